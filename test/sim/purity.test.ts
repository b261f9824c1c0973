/** The simulation reads no real clock, draws no real randomness and touches nothing of the machine. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const FOLDER = new URL("../../runtime/sim/", import.meta.url);

const BANNED =
  /\b(?:Date\b|performance\b|Math\.random|setTimeout|setInterval|queueMicrotask|crypto\b|fetch\b|console\b|Deno\b|Bun\b|globalThis\b|process\.(?:hrtime|env|nextTick|memoryUsage)|import\()|"node:/;

/** Comments may name what the code may not. */
function codeOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
}

describe("runtime/sim", () => {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".ts"));

  it.each(names)("%s names nothing that differs from run to run", (name) => {
    const code = codeOf(readFileSync(new URL(name, FOLDER), "utf8"));
    expect(code.match(BANNED)?.[0]).toBe(undefined);
    // One place waits for the microtasks to be done, in real time but independently of it.
    if (name !== "loop.ts") expect(code).not.toContain("setImmediate");
  });

  it("notices what is banned", () => {
    for (const code of ["Date.now()", "Math.random()", 'from "node:fs"', "await import('x')"]) {
      expect(BANNED.test(codeOf(code)), code).toBe(true);
    }
    expect(BANNED.test(codeOf("/* Date.now() */ // Math.random()\nupdate()"))).toBe(false);
  });
});

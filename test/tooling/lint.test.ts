/**
 * The lint rules of src/, each shown to fire with the message that names the replacement, and shown not to fire on the
 * permitted neighbour. One run of the linter over one file a case.
 */
import { afterAll, describe, expect, test } from "vitest";
import { FixtureTree } from "./fixture-tree.ts";

/** [what, source, words of the message]. */
const banned: readonly (readonly [string, string, string])[] = [
  ["node: import", `import { readFileSync } from "node:fs";\nexport const f = readFileSync;`, "Platform interfaces"],
  ["bare builtin", `import { connect } from "net";\nexport const f = connect;`, "Platform interfaces"],
  ["builtin subpath", `import { readFile } from "fs/promises";\nexport const f = readFile;`, "Platform interfaces"],
  ["type import", `import type { Socket } from "node:net";\nexport type S = Socket;`, "Platform interfaces"],
  ["dynamic import", `export const f = () => import("node:fs");`, "Platform interfaces"],
  ["re-export", `export { connect } from "node:net";`, "Platform interfaces"],
  ["bun import", `import { serve } from "bun";\nexport const f = serve;`, "Platform interfaces"],
  ["Deno", `export const f = () => Deno.listen({ port: 0 });`, "Platform interfaces"],
  ["Bun", `export const f = () => Bun.version;`, "Platform interfaces"],
  ["navigator", `export const f = () => navigator.hardwareConcurrency;`, "Platform interfaces"],
  ["process", `export const f = () => process.pid;`, "platform.process"],
  ["Buffer", `export const f = () => Buffer.alloc(1);`, "Uint8Array"],
  ["Date", `export const f = () => Date.now();`, "platform.clock"],
  ["new Date", `export const f = () => new Date();`, "platform.clock"],
  ["performance", `export const f = () => performance.now();`, "platform.clock"],
  ["setTimeout", `export const f = (g: () => void) => setTimeout(g, 1);`, "platform.timers"],
  ["setInterval", `export const f = (g: () => void) => setInterval(g, 1);`, "platform.timers"],
  ["setImmediate", `export const f = (g: () => void) => setImmediate(g);`, "platform.timers"],
  ["queueMicrotask", `export const f = (g: () => void) => queueMicrotask(g);`, "platform.timers"],
  ["clearTimeout", `export const f = () => clearTimeout(1);`, "platform.timers"],
  ["clearInterval", `export const f = () => clearInterval(1);`, "platform.timers"],
  ["clearImmediate", `export const f = () => clearImmediate(undefined);`, "platform.timers"],
  ["fetch", `export const f = () => fetch("x");`, "platform.net"],
  ["console", `export const f = () => console.log(1);`, "platform.process.writeOut"],
  ["crypto", `export const f = () => crypto.randomUUID();`, "platform.random"],
  ["globalThis", `export const f = () => globalThis.setTimeout;`, "global object"],
  ["globalThis, computed", `export const f = () => globalThis["Date"];`, "global object"],
  ["global", `export const f = () => global.process;`, "global object"],
  ["self", `export const f = () => self.fetch;`, "global object"],
  ["require", `export const f = () => require("fs");`, "use import"],
  ["Math.random", `export const f = () => Math.random();`, "platform.random"],
  ["Math.random, not called", `export const f = Math.random;`, "platform.random"],
  ["Math.random, computed", `export const f = () => Math["random"]();`, "Math.random"],
  ["Math.random, destructured", `const { random } = Math;\nexport const f = random;`, "Math.random"],
  ["module-level let", `let count = 0;\nexport const f = () => ++count;`, "No module-level state"],
  ["module-level let, exported", `export let count = 0;\nexport const f = () => ++count;`, "No module-level state"],
  ["module-level var", `var count = 0;\nexport const f = () => ++count;`, "No module-level state"],
  [
    "module-level Map",
    `const cache = new Map<string, number>();\nexport const f = () => cache;`,
    "No module-level collection",
  ],
  ["module-level Set", `export const seen = new Set();`, "No module-level collection"],
  ["static field", `export class A {\n  static count = 0;\n}`, "static field that changes"],
  [
    "private static field",
    `export class A {\n  private static count = 0;\n  f = () => A.count++;\n}`,
    "static field that changes",
  ],
  [
    "private getter",
    `export class A {\n  f = () => this.#count;\n  get #count() {\n    return 1;\n  }\n}`,
    "make it a method",
  ],
  ["private setter", `export class A {\n  f = () => (this.#at = 1);\n  set #at(_: number) {}\n}`, "make it a method"],
];

const permitted: readonly (readonly [string, string])[] = [
  ["local let", `export function f(): number {\n  let x = 1;\n  x += 1;\n  return x;\n}`],
  ["let in a table built once", `export const table = (() => {\n  let x = 1;\n  x += 1;\n  return [x];\n})();`],
  ["constant table", `export const names = new Map([["a", 1]]);`],
  ["collection of an owner", `export class A {\n  readonly #seen = new Set<number>();\n  f = () => this.#seen;\n}`],
  ["static readonly", `export class A {\n  static readonly limit = 1;\n}`],
  ["static method", `export class A {\n  static make(): A {\n    return new A();\n  }\n  readonly n = 1;\n}`],
  ["getter for others", `export class A {\n  get count(): number {\n    return 1;\n  }\n}`],
  ["own names", `export const f = (process: { pid: number }) => process.pid;`],
  ["other Math", `export const f = () => Math.floor(1.5);`],
  ["own modules", `import { PlatformError } from "../platform/index.ts";\nexport const E = PlatformError;`],
];

const files = (prefix: string, cases: readonly (readonly string[])[]) =>
  Object.fromEntries(cases.map(([, source], index) => [`${prefix}-${index}.ts`, `${source}\n`]));

const tree = new FixtureTree(
  { ...files("src/base/banned", banned), ...files("src/base/permitted", permitted), ...files("runtime/free", banned) },
  ["biome.json", "scripts/lint"],
);
afterAll(() => tree.remove());
const { output } = tree.run("@biomejs/biome/bin/biome", "lint", "--colors=off", "--max-diagnostics=none");

/** All that was said about one file, the wrapped lines put together; only rules about src/, not style. */
function saidAbout(file: string): string {
  const blocks = output.split(/^(?=(?:src|runtime)\/\S+\.ts)/m).filter((block) => block.startsWith(`${file}:`));
  const ours = /^\S+ (?:plugin|lint\/style\/noRestricted|lint\/nursery\/noJsRestricted)/;
  return blocks.filter((block) => ours.test(block)).join("\n");
}

describe("banned in src/", () => {
  test.each(banned)("%s", (name, _source, words) => {
    const index = banned.findIndex(([other]) => other === name);
    expect(saidAbout(`src/base/banned-${index}.ts`)).toContain(words);
    expect(saidAbout(`runtime/free-${index}.ts`)).toBe("");
  });
});

test.each(permitted)("permitted in src/: %s", (name) => {
  const index = permitted.findIndex(([other]) => other === name);
  expect(saidAbout(`src/base/permitted-${index}.ts`)).toBe("");
});

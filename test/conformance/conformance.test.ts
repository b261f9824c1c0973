/**
 * Runs the conformance body in a process of each real runtime and reports every case as a test of its own. Node 20
 * cannot run TypeScript and gets a bundle, as it does in a release.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conformanceCases } from "./body/index.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const HERE = join(ROOT, "test/conformance");
const BIN = join(ROOT, "node_modules/.bin");
/** Only ends a process that hangs. */
const LIMIT_MS = 600_000;

const bundles = mkdtempSync(join(tmpdir(), "conformance-"));

/** The Node that the project is installed with, whichever runs vitest. */
function oldestNode(): string {
  const told = process.env.npm_node_execpath;
  const candidates = told === undefined ? [process.execPath] : [process.execPath, told];
  const isOldest = (path: string): boolean =>
    execFileSync(path, ["--version"], { encoding: "utf8" }).startsWith("v20.");
  return candidates.find(isOldest) ?? process.execPath;
}

interface Runtime {
  readonly name: string;
  readonly command: string;
  /** Arguments before the program, and the program. */
  readonly program: (name: "run" | "probe") => readonly string[];
  readonly options?: readonly string[];
}

const source = (name: string): string => join(HERE, `${name}.ts`);
const newestNode = { command: join(BIN, "node"), program: (name: string) => [source(name)] };
const bundledNode = { command: oldestNode(), program: (name: string) => [join(bundles, `${name}.mjs`)] };

/** What is slower and used only as a fallback moves less. */
const STREAMS = ["--streams", "--bulk", "64"];

const RUNTIMES: readonly Runtime[] = [
  { name: "node, bundled", ...bundledNode },
  { name: "node", ...newestNode },
  { name: "node, streams only", ...newestNode, options: STREAMS },
  { name: "deno", command: join(BIN, "deno"), program: (name) => ["run", "-A", source(name)] },
  { name: "bun", command: join(BIN, "bun"), program: (name) => [source(name)] },
];

interface Outcome {
  readonly code: number | null;
  readonly output: Buffer;
  readonly errors: string;
}

interface Talk {
  readonly input?: Buffer;
  /** Called with everything printed so far. */
  readonly onOutput?: (output: string, kill: (signal: NodeJS.Signals) => void) => void;
}

function run(runtime: Runtime, name: "run" | "probe", args: readonly string[], talk: Talk = {}): Promise<Outcome> {
  const child = spawn(runtime.command, [...runtime.program(name), ...args], {
    cwd: ROOT,
    env: { ...process.env, CONFORMANCE_FIXTURES: join(HERE, "fixtures"), NO_COLOR: "1" },
    timeout: LIMIT_MS,
  });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => {
    output.push(chunk);
    talk.onOutput?.(Buffer.concat(output).toString(), (signal) => child.kill(signal));
  });
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  child.stdin.end(talk.input);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, output: Buffer.concat(output), errors: Buffer.concat(errors).toString() });
    });
  });
}

beforeAll(async () => {
  await build({
    entryPoints: [source("run"), source("probe")],
    outdir: bundles,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    logLevel: "warning",
  });
});

afterAll(() => rmSync(bundles, { recursive: true }));

describe.each(RUNTIMES)("$name", (runtime) => {
  let outcome: Outcome;
  let lines: string[];

  beforeAll(async () => {
    outcome = await run(runtime, "run", runtime.options ?? []);
    lines = outcome.output.toString().split("\n");
  }, LIMIT_MS);

  it.each(conformanceCases.map(({ name }) => name))("%s", (name) => {
    const line = lines.find((text) => text.startsWith(`ok ${name} (`) || text.includes(`ok ${name}: `));
    expect(line, outcome.errors).toMatch(/^ok /);
  });

  it("ends by itself, with a summary", () => {
    const summary = new RegExp(`: ${conformanceCases.length} ok, 0 not ok, 0 skipped$`, "m");
    expect(outcome.output.toString() + outcome.errors).toMatch(summary);
    expect(outcome.code).toBe(0);
  });

  it("takes arguments and standard input, and exits with a code", async () => {
    const input = Buffer.alloc(1_500_000, "0123456789abcdef");
    const { code, output, errors } = await run(runtime, "probe", ["input", "a", "b c"], { input });
    const newline = output.indexOf(10);
    expect(JSON.parse(output.subarray(0, newline).toString())).toEqual(["input", "a", "b c"]);
    expect(output.subarray(newline + 1).equals(input)).toBe(true);
    expect(errors).toContain("to the error output\n");
    expect(code).toBe(7);
  });

  it("lets errors thrown in callbacks surface", async () => {
    const { code, output, errors } = await run(runtime, "probe", ["throw"]);
    const sides = ["data", "drain", "end", "close"];
    const places = ["accept", ...sides.map((place) => `server ${place}`), "client open"];
    const all = [...places, ...sides.map((place) => `client ${place}`), "once", "every", "turn end"];
    expect(output.toString().trim().split(","), errors).toEqual(all);
    expect(code).toBe(0);
  });

  it("hears signals", async () => {
    let sent = 0;
    const onOutput: Talk["onOutput"] = (output, kill) => {
      const heard = output.trim().split("\n").length;
      if (heard <= sent) return;
      sent = heard;
      kill(heard <= 2 ? "SIGHUP" : "SIGTERM");
    };
    const { code, output } = await run(runtime, "probe", ["signal"], { onOutput });
    expect(output.toString()).toBe("ready\nSIGHUP\nSIGHUP\nSIGTERM\n");
    expect(code).toBe(3);
  });
});

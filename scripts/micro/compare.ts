/**
 * What a change costs or gains: the commands of `commands.ts` in this tree and in that of an earlier revision, on Node.
 *
 *     node scripts/micro/compare.ts [--against HEAD] [--rounds 100] [what commands.ts takes]
 *
 * Both are bundled as the server is and run with its flags, each in two processes, for what V8 compiles differs from one
 * to the next by some percent. All four take turns of a few milliseconds, so that the machine's moods meet all alike; the
 * tenth percentile counts. Two figures for one tree say how far a difference between the trees means anything.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { table } from "../bench/figures.ts";
import { inlineConstants } from "../inline-constants.mjs";

/** As `runtime/node/main.ts` sets them. */
const FLAGS = ["--max-inlined-bytecode-size-cumulative=4000", "--max-inlined-bytecode-size=1000"];
/** `commands.ts`, and what it takes from the tests. */
const MEASURING = ["scripts/micro/commands.ts", "test/server/unwired-server.ts"];
const PROCESSES = 2;
/** Of the rounds, what is left for V8 to compile in. */
const WARM_UP = 0.25;

const root = join(import.meta.dirname, "..", "..");
const { values: options, positionals } = parseArgs({
  options: {
    against: { type: "string", default: "HEAD" },
    rounds: { type: "string", default: "100" },
    pipeline: { type: "string", default: "16" },
    range: { type: "string", default: "1000" },
  },
  allowPositionals: true,
});

/** Bundles `commands.ts` as it is here with the sources of a tree. @returns the file. */
async function bundle(tree: string, to: string): Promise<string> {
  await build({
    entryPoints: [join(tree, "scripts", "micro", "commands.ts")],
    outfile: to,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["bun"],
    plugins: [inlineConstants],
    logLevel: "error",
  });
  return to;
}

/** Puts a revision's sources under a folder, beside what of this tree measures them. */
function checkOut(revision: string, tree: string): void {
  mkdirSync(tree);
  const archive = execFileSync("git", ["archive", revision, "src", "runtime", "package.json"], {
    cwd: root,
    maxBuffer: 1 << 28,
  });
  execFileSync("tar", ["-x", "-C", tree], { input: archive });
  for (const file of MEASURING) cpSync(join(root, file), join(tree, file));
  symlinkSync(join(root, "node_modules"), join(tree, "node_modules"));
}

/** A process that measures when it is asked to. */
class Measurer {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(file: string) {
    const { pipeline, range } = options;
    const args = [...FLAGS, file, "--steered", "--pipeline", pipeline, "--range", range, ...positionals];
    this.#child = spawn("node", args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  }

  /** @returns nanoseconds by command. */
  async round(): Promise<Record<string, number>> {
    this.#child.stdin?.write("\n");
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error("a measuring process has ended");
    return JSON.parse(value);
  }

  stop(): void {
    this.#child.kill("SIGKILL");
  }
}

function floor(values: readonly number[]): number {
  const warm = values.slice(Math.floor(values.length * WARM_UP)).sort((a, b) => a - b);
  return warm[Math.floor(warm.length / 10)] as number;
}

const folder = mkdtempSync(join(tmpdir(), "redpoll-compare-"));
try {
  checkOut(options.against, join(folder, "tree"));
  const before = await bundle(join(folder, "tree"), join(folder, "before.mjs"));
  const now = await bundle(root, join(folder, "now.mjs"));
  const measurers = Array.from({ length: 2 * PROCESSES }, (_, index) => new Measurer(index % 2 === 0 ? before : now));
  const rounds: Record<string, number>[][] = measurers.map(() => []);
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [index, measurer] of measurers.entries()) rounds[index]?.push(await measurer.round());
  }
  for (const measurer of measurers) measurer.stop();
  const rows = Object.keys(rounds[0]?.[0] ?? {}).map((command) => [
    command,
    ...rounds.map((figures) => floor(figures.map((round) => round[command] as number)).toFixed(0)),
  ]);
  console.log(table(["command, ns", options.against, "now", options.against, "now"], rows));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Runs one unit of the suite in a work copy. */
import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sweep, takePortRange } from "./processes.ts";
import { parseRunnerOutput, type TestResult, type UnitStatus } from "./runner-output.ts";

/** Units of 7.0 that know no listpacks of lists, which came with 7.2: what they say of encodings is passed over. */
const ENCODINGS_OF_OLD: ReadonlySet<string> = new Set([
  "unit/type/list",
  "unit/type/list-2",
  "unit/type/list-3",
  "unit/sort",
]);

export interface UnitRunOptions {
  readonly copy: string;
  /** Where the runner's output is kept. */
  readonly logFolder: string;
  /** Without progress for so long the runner gives a test up. */
  readonly idleLimitSeconds: number;
  /** The unit as a whole may take so long. */
  readonly limitSeconds: number;
  /** More for the runner, e.g. `--config`, `--tags`, `--only`. */
  readonly runnerArguments: readonly string[];
}

export interface UnitResult {
  readonly unit: string;
  readonly tests: readonly TestResult[];
  readonly status: UnitStatus;
  readonly seconds: number;
}

export async function runUnit(unit: string, options: UnitRunOptions): Promise<UnitResult> {
  const ports = await takePortRange();
  const startMs = performance.now();
  try {
    const { text, tookTooLong } = await runRunner(unit, options, ports.base, ports.count);
    writeFileSync(join(options.logFolder, `${unit.replaceAll("/", "__")}.log`), text);
    const { tests, status, hanging } = parseRunnerOutput(text);
    const hung = hanging.slice(0, 1).map((name): TestResult => ({ status: "err", name, details: ["it hangs"] }));
    return {
      unit,
      tests: [...tests, ...(status === "timeout" ? hung : [])],
      status: tookTooLong ? "limit" : status,
      seconds: (performance.now() - startMs) / 1000,
    };
  } finally {
    ports.release();
  }
}

async function runRunner(
  unit: string,
  { copy, idleLimitSeconds, limitSeconds, runnerArguments }: UnitRunOptions,
  basePort: number,
  portCount: number,
): Promise<{ text: string; tookTooLong: boolean }> {
  const temporary = join(copy, "tests", "tmp");
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary);
  const args = [
    ...["tests/test_helper.tcl", "--single", unit, "--clients", "1", "--timeout", String(idleLimitSeconds)],
    // An unexpected error fails its test instead of ending the unit.
    ...["--durable", "--baseport", String(basePort), "--portcount", String(portCount)],
    ...(ENCODINGS_OF_OLD.has(unit) ? ["--ignore-encoding"] : []),
    ...runnerArguments,
  ];
  const child = spawn("tclsh", args, {
    cwd: copy,
    // A group of its own, so that nothing of it outlives the run.
    detached: true,
    env: { ...process.env, TERM: "dumb", LC_ALL: process.env.LC_ALL ?? "C.UTF-8" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const group = child.pid;
  if (group === undefined) throw new Error("tclsh cannot be started");
  const stop = (): void => {
    void sweep(group, copy);
  };
  process.once("exit", stop);
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  let tookTooLong = false;
  const limit = setTimeout(() => {
    tookTooLong = true;
    stop();
  }, limitSeconds * 1000);
  // Not "close": a server that is left behind may hold the output open.
  await new Promise<void>((resolve) => child.once("exit", () => resolve()));
  clearTimeout(limit);
  process.off("exit", stop);
  await sweep(group, copy);
  return { text: Buffer.concat(chunks).toString("utf8"), tookTooLong };
}

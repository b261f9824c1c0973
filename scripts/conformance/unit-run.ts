/** Runs one unit of the suite in a work copy. */
import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sweep, takePortRange } from "./processes.ts";
import { parseRunnerOutput, type TestResult, type UnitStatus } from "./runner-output.ts";

/** Units of 7.0 that know no listpacks of lists, which came with 7.2: what they say of encodings is passed over. */
const IGNORING_ENCODINGS: readonly string[] = ["--ignore-encoding"];
/** Nor of sets; those can be turned off, so that what the unit says of encodings is judged. */
const WITHOUT_SET_LISTPACKS: readonly string[] = ["--config", "set-max-listpack-entries", "0"];
const OF_SETS: readonly string[] = [
  ...WITHOUT_SET_LISTPACKS,
  // It counts the chains of Redis's own hash table, while a child saves; failing, it leaves its settings to other tests.
  ...["--skiptest", "SRANDMEMBER with a dict containing long chain"],
];

/** What the runner is told of units when a server of 7.2 is judged. */
const OF_NEWER: Readonly<Record<string, readonly string[]>> = {
  "unit/type/list": IGNORING_ENCODINGS,
  "unit/type/list-2": IGNORING_ENCODINGS,
  "unit/type/list-3": IGNORING_ENCODINGS,
  "unit/sort": IGNORING_ENCODINGS,
  "unit/type/set": OF_SETS,
  "unit/scan": WITHOUT_SET_LISTPACKS,
  "unit/keyspace": WITHOUT_SET_LISTPACKS,
};

/** For output that is never closed. */
const READ_LIMIT_MS = 30_000;

export interface UnitRunOptions {
  /** Program and arguments of what is judged. */
  readonly server: readonly string[];
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
  { server, copy, idleLimitSeconds, limitSeconds, runnerArguments }: UnitRunOptions,
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
    ...(basename(server[0]) === "redis-server" ? [] : (OF_NEWER[unit] ?? [])),
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
  const isRead = new Promise<void>((resolve) => child.once("close", () => resolve()));
  // Not its output's end: a server that is left behind may hold that open.
  await new Promise<void>((resolve) => child.once("exit", () => resolve()));
  clearTimeout(limit);
  process.off("exit", stop);
  await sweep(group, copy);
  // What the runner printed last may not have been read yet; the others who held the output open are gone.
  await Promise.race([isRead, sleep(READ_LIMIT_MS, undefined, { ref: false })]);
  return { text: Buffer.concat(chunks).toString("utf8"), tookTooLong };
}

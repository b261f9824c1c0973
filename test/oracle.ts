/**
 * The oracle: Debian's redis-server 7.0.15 and its tools, where they are installed. Tests that compare with it are
 * skipped with a reason elsewhere.
 */
import { execFileSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type ProcessOptions, ServerProcess } from "./server-process.ts";

/** Path of an installed program, or undefined. */
export function findProgram(name: string): string | undefined {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Why there is no oracle, or undefined when there is one. */
export function missingOracle(program = "redis-server"): string | undefined {
  return findProgram(program) === undefined ? `no ${program} installed` : undefined;
}

/** e.g. `7.0.15`; undefined where none is installed. */
export function oracleVersion(): string | undefined {
  const program = findProgram("redis-server");
  if (program === undefined) return undefined;
  return /v=(\S+)/.exec(execFileSync(program, ["--version"], { encoding: "utf8" }))?.[1];
}

/** What keeps a real Redis apart from the machine: no files, and DEBUG allowed as the comparisons need it. */
export const ORACLE_COMMAND: readonly string[] = [
  ...["redis-server", "--save", "", "--appendonly", "no", "--enable-debug-command", "local"],
  ...["--protected-mode", "no"],
];

/** Starts a real Redis on a free port. */
export function startOracle(args: readonly string[] = [], options: ProcessOptions = {}): Promise<ServerProcess> {
  return ServerProcess.start([...ORACLE_COMMAND, ...args], options);
}

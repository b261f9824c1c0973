/** Starts both servers and plays rounds between them. */
import type { CommandRow } from "../../src/commands/spec.ts";
import { allRows } from "../../src/server/rows.ts";
import type { Server } from "../../src/server/server.ts";
import { startOracle } from "../oracle.ts";
import { ServerProcess } from "../server-process.ts";
import { Duel } from "./duel.ts";
import { COMMANDS_PER_ROUND, type Finding, playRound } from "./rounds.ts";

export interface RunOptions {
  readonly seed: number;
  readonly commands: number;
  /** The round to begin with. */
  readonly firstRound?: number;
  /** Stops after so many findings that are not alike. */
  readonly findingsMax: number;
  /** How Redpoll is started. */
  readonly command: readonly string[];
  readonly onRound?: (done: number, rounds: number) => void;
}

export interface RunResult {
  readonly findings: readonly Finding[];
  /** Deliberate differences met, and how often. */
  readonly explained: ReadonlyMap<string, number>;
  readonly rounds: number;
}

/** All rows of the server. They look at nothing of it until they run. */
export function rowsToTest(): readonly CommandRow[] {
  return allRows({} as Server);
}

export async function runDifferential(options: RunOptions): Promise<RunResult> {
  const { seed, command, findingsMax, firstRound = 0 } = options;
  const rows = rowsToTest();
  const rounds = Math.ceil(options.commands / COMMANDS_PER_ROUND);
  const findings = new Map<string, Finding>();
  const [ours, oracle] = await Promise.all([
    ServerProcess.start([...command, "--save", "", "--enable-debug-command", "yes"]),
    startOracle(),
  ]);
  try {
    const duel = new Duel(ours.port, oracle.port);
    for (let round = 0; round < rounds && findings.size < findingsMax; round++) {
      const finding = await playRound(duel, rows, seed, firstRound + round);
      if (finding !== null && !findings.has(kindOf(finding))) findings.set(kindOf(finding), finding);
      if (ours.hasEnded) throw new Error(`Redpoll has ended in round ${firstRound + round}:\n${ours.output}`);
      options.onRound?.(round + 1, rounds);
    }
    return { findings: [...findings.values()], explained: duel.explained, rounds };
  } finally {
    await Promise.all([ours.stop(), oracle.stop()]);
  }
}

/** Findings of one kind are shown once: the same command with replies that differ only in their numbers. */
function kindOf({ difference }: Finding): string {
  const plain = (text: string): string => text.replace(/\d+/g, "0").slice(0, 60);
  return [difference.step.args[0].toLowerCase(), plain(difference.ours), plain(difference.oracle)].join("\n");
}

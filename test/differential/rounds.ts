/** Rounds of generated steps, and the shortest sequence that still shows a difference. */
import type { CommandRow } from "../../src/commands/spec.ts";
import { ALL_KEYS } from "./arguments.ts";
import { Draw } from "./draw.ts";
import { type Difference, type Duel, PROBE, RESP2, RESP3, type Step, showStep } from "./duel.ts";
import { CommandGenerator } from "./generator.ts";
import { leavesDifference } from "./policy.ts";
import { drawThresholds, type Thresholds } from "./thresholds.ts";

/** A round starts from nothing, so that a difference can be played again. */
export const COMMANDS_PER_ROUND = 1000;
const COMMANDS_PER_PROBE = 250;
/** Commands that follow each other on one connection. */
const PIPELINE_MAX = 12;
/** Databases that commands select. */
const DATABASES = ["0", "1", "2", "15"];
const REPLAYS_MAX = 400;
/** Shown of a difference that does not come again. */
const UNREPEATED_STEPS = 20;

/** The steps of one round. The same seed and number give the same steps. */
export function roundOf(rows: readonly CommandRow[], seed: number, number: number): Step[] {
  const draw = new Draw(seed, number);
  const generator = new CommandGenerator(rows);
  const thresholds = thresholdsOf(seed, number);
  const inTransaction = [false, false];
  const steps: Step[] = [];
  for (let made = 0, next = COMMANDS_PER_PROBE; made < COMMANDS_PER_ROUND; ) {
    const connection = draw.pick([RESP2, RESP3] as const);
    for (let left = draw.between(1, PIPELINE_MAX); left > 0 && made < COMMANDS_PER_ROUND; left--, made++) {
      const { args, comparison } = generator.next(draw, inTransaction[connection]);
      if (leavesDifference(args, thresholds)) continue;
      const name = args[0].toUpperCase();
      if (name === "MULTI") inTransaction[connection] = true;
      else if (name === "EXEC" || name === "DISCARD" || name === "RESET") inTransaction[connection] = false;
      steps.push({ connection, args, comparison });
    }
    if (made >= next || made === COMMANDS_PER_ROUND) {
      steps.push(...probes());
      next += COMMANDS_PER_PROBE;
    }
  }
  return steps;
}

/** The thresholds under which a round is played. */
export function thresholdsOf(seed: number, number: number): Thresholds {
  return drawThresholds(new Draw(seed, ~number));
}

/** Looks at everything: names, types, encodings, times to live, values. */
export function probes(): Step[] {
  const steps: Step[] = [];
  const ask = (comparison: Step["comparison"], ...args: string[]): void => {
    steps.push({ connection: PROBE, args, comparison });
  };
  for (const database of DATABASES) {
    ask("bytes", "SELECT", database);
    // Asking for a key deletes it if its time is past; until then it counts.
    for (const key of ALL_KEYS) {
      ask("bytes", "TYPE", key);
      ask("bytes", "OBJECT", "ENCODING", key);
      ask("near", "PTTL", key);
    }
    // And some are keys that nobody asks for otherwise: a scan looks at all of them.
    ask("shape", "SCAN", "0", "COUNT", "100000");
    ask("unordered", "KEYS", "*");
    ask("bytes", "DBSIZE");
    ask("bytes", "DEBUG", "DIGEST-VALUE", ...ALL_KEYS);
  }
  ask("bytes", "DEBUG", "DIGEST");
  return steps;
}

/** A difference, and the steps that show it. */
export interface Shown {
  readonly difference: Difference;
  /** As few as could be found. */
  readonly steps: readonly Step[];
  /** It did not come again when the steps were repeated: these are only the last ones before it. */
  readonly isOnce: boolean;
}

export interface Finding extends Shown {
  readonly seed: number;
  readonly round: number;
  readonly thresholds: Thresholds;
}

/** Plays round `number`. @returns what is different, cut down, or null. */
export async function playRound(
  duel: Duel,
  rows: readonly CommandRow[],
  seed: number,
  number: number,
): Promise<Finding | null> {
  const thresholds = thresholdsOf(seed, number);
  const shown = await playSteps(duel, roundOf(rows, seed, number), thresholds);
  return shown === null ? null : { seed, round: number, thresholds, ...shown };
}

/** Plays steps. @returns what is different, cut down, or null. */
export async function playSteps(
  duel: Duel,
  steps: readonly Step[],
  thresholds: Thresholds = {},
): Promise<Shown | null> {
  const difference = await duel.play(steps, thresholds);
  if (difference === null) return null;
  const upToIt = steps.slice(0, difference.index + 1);
  const shortest = await reduce(duel, upToIt, thresholds);
  if (shortest !== null) return { ...shortest, isOnce: false };
  return { difference, steps: upToIt.slice(-UNREPEATED_STEPS), isOnce: true };
}

/** Leaves out halves, quarters and so on of the steps, as long as the last one still differs. */
async function reduce(
  duel: Duel,
  all: readonly Step[],
  thresholds: Thresholds,
): Promise<{ steps: Step[]; difference: Difference } | null> {
  let steps = [...all];
  let difference = await duel.play(steps, thresholds);
  if (difference === null) return null;
  let replays = 0;
  for (
    let size = Math.ceil(steps.length / 2);
    size >= 1 && replays < REPLAYS_MAX;
    size = size === 1 ? 0 : Math.ceil(size / 2)
  ) {
    for (let start = 0; start < steps.length - 1 && replays < REPLAYS_MAX; replays++) {
      const fewer = [...steps.slice(0, start), ...steps.slice(Math.min(start + size, steps.length - 1))];
      const still = await duel.play(fewer, thresholds);
      if (still === null) start += size;
      else {
        steps = fewer.slice(0, still.index + 1);
        difference = still;
      }
    }
  }
  return { steps, difference };
}

export function showFinding({ seed, round, thresholds, difference, steps, isOnce }: Finding): string {
  return [
    `seed ${seed}, round ${round}${isOnce ? ", seen once only, after" : ""}:`,
    `  ${Object.entries(thresholds).flat().join(" ")}`,
    ...steps.map((step) => `  ${showStep(step)}`),
    `    Redpoll: ${difference.ours}`,
    `    Redis:   ${difference.oracle}`,
  ].join("\n");
}

/**
 * The fuzzer: a target plays rounds, each from its own random numbers, and throws when it finds something. A round is
 * reproduced by the seed and its number alone, whatever was played before it.
 *
 * By hand: `node scripts/fuzz.ts parser --seconds 60 --seed 7`; within the tests a few rounds of fixed
 * seeds. Every target has a canary, a copy of what it tests with a bug put in, which it must find: a fuzzer that
 * cannot fail proves nothing.
 */
import { Prng } from "../../src/base/prng.ts";

export interface FuzzTarget {
  readonly name: string;
  /** @throws any error when something is wrong. */
  round(random: Prng): void;
}

export interface FuzzFailure {
  readonly seed: number;
  readonly round: number;
  readonly error: Error;
}

export interface FuzzReport {
  readonly rounds: number;
  /** The first one; null when there is none. */
  readonly failure: FuzzFailure | null;
}

export interface FuzzOptions {
  readonly seed: number;
  /** The first round, to play one again. */
  readonly from?: number;
  /** Asked before every round with the number of rounds played. */
  readonly goesOn: (rounds: number) => boolean;
}

export function fuzz(target: FuzzTarget, { seed, from = 0, goesOn }: FuzzOptions): FuzzReport {
  let rounds = 0;
  for (; goesOn(rounds); rounds++) {
    const round = from + rounds;
    try {
      target.round(new Prng(seed, round));
    } catch (reason) {
      const error = reason instanceof Error ? reason : new Error(String(reason));
      return { rounds: rounds + 1, failure: { seed, round, error } };
    }
  }
  return { rounds, failure: null };
}

/** What to type to see a failure again. */
export function reproduction(target: FuzzTarget, { seed, round, error }: FuzzFailure): string {
  return `node scripts/fuzz.ts ${target.name} --seed ${seed} --round ${round}\n${error.message}`;
}

export function pick<T>(random: Prng, choices: readonly T[]): T {
  return choices[random.below(choices.length)];
}

/** True once in `n` times. */
export function oneIn(random: Prng, n: number): boolean {
  return random.below(n) === 0;
}

/** Sizes are small mostly, around `edges` sometimes, and anything up to `max` now and then. */
export function someSize(random: Prng, edges: readonly number[], max: number): number {
  const kind = random.below(10);
  if (kind < 6) return random.below(20);
  if (kind < 8) return Math.max(0, pick(random, edges) + random.below(5) - 2);
  return random.below(max);
}

/** Damages a byte string in one place, with bytes and words that mean something to what reads it. */
export function mutate(random: Prng, text: string, dictionary: readonly string[]): string {
  const at = random.below(text.length + 1);
  const length = random.below(Math.min(8, text.length - at) + 1);
  const end = at + length;
  switch (random.below(6)) {
    case 0:
      return text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + text.slice(end);
    case 2:
      return text.slice(0, end) + text.slice(at);
    case 3:
      return text.slice(0, at) + pick(random, dictionary) + text.slice(at);
    case 4:
      return text.slice(0, at) + pick(random, dictionary) + text.slice(end);
    default:
      return text.slice(0, at);
  }
}

/** Sizes of pieces for so many bytes: all at once, byte by byte if they are few, of one size, or of any sizes. */
export function somePieces(random: Prng, total: number): (left: number) => number {
  const kind = random.below(4);
  if (kind === 0) return (left) => left;
  if (kind === 1 && total < 4000) return () => 1;
  if (kind === 2) {
    const size = 1 + someSize(random, [512, 4096], 40_000) + (total >> 12);
    return () => size;
  }
  return () => someSize(random, [512, 16_384], 70_000);
}

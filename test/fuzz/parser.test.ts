import { randomInt } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type FuzzTarget, fuzz, reproduction } from "./fuzz.ts";
import * as parser from "./parser.fuzz.ts";
import * as reply from "./reply.fuzz.ts";

/** Seeds that are played in every run, and once a fresh one, which a failure names. */
const SEEDS = [1, 2, 3, randomInt(2 ** 31)];
const CANARY_ROUNDS_MAX = 20_000;

const cases: [FuzzTarget, number][] = [
  [parser.parserTarget(), 300],
  [reply.replyTarget(), 250],
];

describe.each(cases)("$name", (target, rounds) => {
  test.each(SEEDS)("seed %i", (seed) => {
    const { failure } = fuzz(target, { seed, goesOn: (played) => played < rounds });
    expect(failure === null ? null : reproduction(target, failure)).toBeNull();
  });
});

test.each([...parser.canaries, ...reply.canaries])("finds the $name", (canary) => {
  const { failure } = fuzz(canary, { seed: 1, goesOn: (played) => played < CANARY_ROUNDS_MAX });
  expect(failure).not.toBeNull();
});

test("a failure is found again from its seed and round alone", () => {
  const [canary] = parser.canaries;
  const { failure } = fuzz(canary, { seed: 9, goesOn: () => true });
  const again = fuzz(canary, { seed: 9, from: failure?.round ?? 0, goesOn: (played) => played < 1 });
  expect(again.failure).toEqual(failure);
});

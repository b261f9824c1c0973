import { describe, expect, test } from "vitest";
import { type FuzzTarget, fuzz, reproduction } from "./fuzz.ts";
import * as parser from "./parser.fuzz.ts";
import * as reply from "./reply.fuzz.ts";

/** Those of every run: a change is judged by what it does, not by what it draws. Fresh ones are for runs by hand. */
const SEEDS = [1, 2, 3, 4];
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

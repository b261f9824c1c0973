import { describe, expect, test } from "vitest";
import { fuzz, reproduction } from "./fuzz.ts";
import { canaries, restoreTarget } from "./restore.fuzz.ts";

/** Those of every run: a change is judged by what it does, not by what it draws. Fresh ones are for runs by hand. */
const SEEDS = [1, 2, 3, 4];
const ROUNDS = 250;
const CANARY_ROUNDS_MAX = 2000;

describe("restore", () => {
  test.each(SEEDS)("seed %i", (seed) => {
    const target = restoreTarget();
    const { failure } = fuzz(target, { seed, goesOn: (played) => played < ROUNDS });
    expect(failure === null ? null : reproduction(target, failure)).toBeNull();
  });
});

test.each(canaries)("finds the $name", (canary) => {
  const { failure } = fuzz(canary, { seed: 1, goesOn: (played) => played < CANARY_ROUNDS_MAX });
  expect(failure).not.toBeNull();
});

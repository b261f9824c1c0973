import { randomInt } from "node:crypto";
import { describe, expect, test } from "vitest";
import { fuzz, reproduction } from "./fuzz.ts";
import { canaries, restoreTarget } from "./restore.fuzz.ts";

/** Seeds that are played in every run, and once a fresh one, which a failure names. */
const SEEDS = [1, 2, 3, randomInt(2 ** 31)];
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

import { expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { idleMs, type LfuSettings, lfuFrequency, lruClock, newLfu, usedLfu } from "../../src/keyspace/access.ts";

const START_MS = 1_700_000_000_000;
const MINUTE_MS = 60_000;

test("the LRU clock ticks once a second in 24 bits, and a wrap in between counts once", () => {
  expect(lruClock(START_MS)).toBe((START_MS / 1000) % 2 ** 24);
  expect(idleMs(lruClock(START_MS), lruClock(START_MS + 90_000))).toBe(90_000);
  expect(idleMs(0xfffff0, 0x000010)).toBe((0x10 + 0x0f) * 1000);
});

test("a new key stands at 5 whatever the time", () => {
  const settings: LfuSettings = { logFactor: 10, decayMinutes: 1 };
  expect(lfuFrequency(newLfu(START_MS), START_MS, settings)).toBe(5);
  expect(newLfu(START_MS)).toBeLessThan(2 ** 24);
});

test("the counter loses one every so many minutes, stops at 0 and outlives a wrap of the clock", () => {
  const settings: LfuSettings = { logFactor: 10, decayMinutes: 2 };
  const access = newLfu(START_MS);
  expect(lfuFrequency(access, START_MS + 5 * MINUTE_MS, settings)).toBe(3);
  expect(lfuFrequency(access, START_MS + 1000 * MINUTE_MS, settings)).toBe(0);
  expect(lfuFrequency(access, START_MS + 1000 * MINUTE_MS, { ...settings, decayMinutes: 0 })).toBe(5);
  const wrapsMs = 65536 * MINUTE_MS * 26;
  expect(lfuFrequency(newLfu(wrapsMs - MINUTE_MS), wrapsMs + 2 * MINUTE_MS, settings)).toBe(4);
});

/** Redis's own table of what the factor means, in redis.conf: counters after so many uses. */
test.each([
  [0, 1000, 255, 255],
  [1, 1000, 40, 60],
  [10, 1000, 15, 22],
  [10, 100_000, 130, 160],
  [100, 1000, 6, 11],
])("with a factor of %i, %i uses bring the counter to between %i and %i", (logFactor, uses, least, most) => {
  const settings: LfuSettings = { logFactor, decayMinutes: 1 };
  const random = new Prng(9);
  let access = newLfu(START_MS);
  for (let use = 0; use < uses; use++) access = usedLfu(access, START_MS, settings, random);
  const counter = lfuFrequency(access, START_MS, settings);
  expect(counter).toBeGreaterThanOrEqual(least);
  expect(counter).toBeLessThanOrEqual(most);
});

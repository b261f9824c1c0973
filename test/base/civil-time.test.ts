import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { civilTime } from "../../src/base/civil-time.ts";

const viaDate = (unixMs: number) => {
  const date = new Date(unixMs);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    millisecond: date.getUTCMilliseconds(),
  };
};

describe("civil time", () => {
  test("every day from 1890 to 2110, at both its ends", () => {
    const from = Date.UTC(1890, 0, 1);
    const to = Date.UTC(2110, 0, 1);
    for (let midnight = from; midnight < to; midnight += 86_400_000) {
      for (const unixMs of [midnight, midnight + 86_399_999]) {
        const got = civilTime(unixMs);
        const want = viaDate(unixMs);
        const same = got.year === want.year && got.month === want.month && got.day === want.day;
        if (!same) expect(got).toEqual(want);
      }
    }
  });

  test("agrees with Date over its whole range", () => {
    fc.assert(
      fc.property(fc.integer({ min: -8.64e15, max: 8.64e15 }), (unixMs) => {
        expect(civilTime(unixMs)).toEqual(viaDate(unixMs));
      }),
      { numRuns: 5000, seed: 1 },
    );
  });
});

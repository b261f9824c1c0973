/** How much of the time work in the background takes. */
import { describe, expect, test } from "vitest";
import { sliceUs } from "../../src/server/background.ts";

describe("a slice", () => {
  test("takes a millisecond when nobody is served", () => {
    expect(sliceUs(0, 0)).toBe(1000);
    expect(sliceUs(0, 1e9)).toBe(1000);
  });

  test("takes a fifth of what serving takes, within bounds", () => {
    expect(sliceUs(1, 0)).toBe(300);
    expect(sliceUs(3000, 0)).toBeCloseTo(600);
    expect(sliceUs(90_000, 0)).toBe(1000);
  });

  test("takes more the longer something has been due, up to as much as serving takes", () => {
    expect(sliceUs(900, 30_000)).toBeCloseTo(540);
    expect(sliceUs(900, 60_000)).toBeCloseTo(900);
    expect(sliceUs(900, 1e9)).toBeCloseTo(900);
  });
});

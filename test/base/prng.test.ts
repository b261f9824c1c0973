import { describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";

describe("prng", () => {
  test("the same seed gives the same numbers, another gives others", () => {
    const draw = (low: number, high: number) => {
      const prng = new Prng(low, high);
      return Array.from({ length: 8 }, () => prng.next());
    };
    expect(draw(1, 2)).toEqual(draw(1, 2));
    const first = [draw(0, 0), draw(1, 0), draw(0, 1), draw(1, 1), draw(-1, -1)].map((numbers) => numbers.join());
    expect(new Set(first).size).toBe(first.length);
  });

  test("follows the published recurrence", () => {
    const prng = new Prng(42, 7);
    const { s0, s1, s2, s3 } = prng as unknown as Record<"s0" | "s1" | "s2" | "s3", number>;
    const mask = 0xffffffffn;
    const state = [s0, s1, s2, s3].map((word) => BigInt(word >>> 0));
    const rotate = (x: bigint, by: bigint) => ((x << by) | (x >> (32n - by))) & mask;
    for (let i = 0; i < 1000; i++) {
      const want = (rotate((state[1] * 5n) & mask, 7n) * 9n) & mask;
      const shifted = (state[1] << 9n) & mask;
      state[2] ^= state[0];
      state[3] ^= state[1];
      state[1] ^= state[2];
      state[0] ^= state[3];
      state[2] ^= shifted;
      state[3] = rotate(state[3], 11n);
      const got = prng.next();
      expect(got).toBe(Number(BigInt.asIntN(32, want)));
    }
  });

  test("below is even over any bound and reaches both ends", () => {
    const prng = new Prng(3);
    expect(prng.below(1)).toBe(0);
    for (const bound of [2, 3, 7, 10, 64, 100]) {
      const counts = new Int32Array(bound);
      for (let i = 0; i < 1000 * bound; i++) counts[prng.below(bound)]++;
      const chiSquare = counts.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
      expect(chiSquare).toBeLessThan(bound - 1 + 5 * Math.sqrt(2 * (bound - 1)));
    }
    for (const bound of [2 ** 31, 2 ** 31 + 1, 2 ** 32]) {
      let top = 0;
      for (let i = 0; i < 100; i++) {
        const drawn = prng.below(bound);
        expect(drawn >= 0 && drawn < bound).toBe(true);
        top = Math.max(top, drawn);
      }
      expect(top).toBeGreaterThan(bound * 0.9);
    }
    expect(() => prng.below(0)).toThrow();
  });

  test("float is within [0, 1) and even", () => {
    const prng = new Prng(5);
    let sum = 0;
    for (let i = 0; i < 10_000; i++) {
      const drawn = prng.float();
      if (drawn < 0 || drawn >= 1) expect.fail("out of range");
      sum += drawn;
    }
    expect(Math.abs(sum / 10_000 - 0.5)).toBeLessThan(0.015);
  });
});

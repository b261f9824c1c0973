import { describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { arcSine, cosine, sine } from "../../src/base/trigonometry.ts";

/** Fixed point, with this many bits after the point. */
const BITS = 300n;
const ONE = 1n << BITS;

function exact(x: number): bigint {
  // A double times 2^1074 is whole; the numbers of these tests are not so small.
  const scaled = x * 2 ** 200;
  return (BigInt(scaled) << BITS) >> 200n;
}

/** The sum of ± x^n / n! over every other n, from `start` on. */
function series(x: number, start: bigint): bigint {
  const value = exact(x);
  let term = start === 0n ? ONE : value;
  let sum = 0n;
  for (let n = start; term !== 0n; n += 2n) {
    sum += term;
    term = -(((term * value) >> BITS) * value) / (ONE * (n + 1n) * (n + 2n));
  }
  return sum;
}

const slowSine = (x: number): bigint => series(x, 1n);
const slowCosine = (x: number): bigint => series(x, 0n);

function neighbours(x: number): [below: number, above: number] {
  const words = new BigInt64Array(1);
  const doubles = new Float64Array(words.buffer);
  const step = (by: bigint): number => {
    doubles[0] = x;
    words[0] += x < 0 ? -by : by;
    return doubles[0];
  };
  return [step(-1n), step(1n)];
}

/** Of the distance to the next double: how near to the middle between two either of them will do. */
const TOLERANCE_BITS = 14n;

/** Whether no other double is nearer to what is exact, or hardly. */
function isNearest(x: number, told: bigint): boolean {
  const distance = (to: number): bigint => {
    const difference = exact(to) - told;
    return difference < 0n ? -difference : difference;
  };
  const [below, above] = neighbours(x);
  const tolerance = distance(x) >> (TOLERANCE_BITS - 1n);
  return distance(x) - tolerance <= distance(below) && distance(x) - tolerance <= distance(above);
}

/** Arguments of all sizes. */
function draw(random: Prng, most: number): number {
  const fraction = (random.below(2 ** 26) * 2 ** 26 + random.below(2 ** 26)) / 2 ** 52;
  return fraction * most * (random.below(2) === 0 ? 1 : 2 ** -random.below(40));
}

describe("results are the nearest doubles, or the other one next to the middle", () => {
  const random = new Prng(1);
  test("sine and cosine", () => {
    for (let count = 0; count < 3000; count++) {
      const x = (random.below(2) === 0 ? 1 : -1) * draw(random, Math.PI);
      expect([x, isNearest(sine(x), slowSine(x))]).toEqual([x, true]);
      if (Math.abs(x) < 1.5) expect([x, isNearest(cosine(x), slowCosine(x))]).toEqual([x, true]);
    }
  });

  test("arc sine", () => {
    for (let count = 0; count < 2000; count++) {
      const x = count % 4 === 0 ? 1 - draw(random, 0.1) : draw(random, 1);
      const y = arcSine(x);
      const [below, above] = neighbours(y);
      const middleBelow = (exact(y) + exact(below)) / 2n - ((exact(y) - exact(below)) >> TOLERANCE_BITS);
      const middleAbove = (exact(y) + exact(above)) / 2n + ((exact(above) - exact(y)) >> TOLERANCE_BITS);
      // x lies between the sines of the middles to its neighbours.
      expect([x, sineOf(middleBelow) <= exact(x) && exact(x) <= sineOf(middleAbove)]).toEqual([x, true]);
    }
  });
});

function sineOf(value: bigint): bigint {
  let term = value;
  let sum = 0n;
  for (let n = 1n; term !== 0n; n += 2n) {
    sum += term;
    term = -(((term * value) >> BITS) * value) / (ONE * (n + 1n) * (n + 2n));
  }
  return sum;
}

test("the ends", () => {
  expect([sine(0), cosine(0), arcSine(0)]).toEqual([0, 1, 0]);
  expect([sine(Math.PI / 2), arcSine(1)]).toEqual([1, Math.PI / 2]);
  expect(sine(Math.PI)).toBe(1.2246467991473532e-16);
  expect(cosine(Math.PI)).toBe(-1);
  expect(sine(-1)).toBe(-sine(1));
});

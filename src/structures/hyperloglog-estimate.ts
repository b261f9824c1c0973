/**
 * How many elements a HyperLogLog has seen, from how many of its registers hold which rank.
 *
 * Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (arXiv:1702.01284), section 4: one
 * formula for few elements and many, with two series for the ends of the range that are summed until nothing changes
 * any more. The order of every operation is as in Redis: results are stored in values, and compared by clients.
 */
import type { Int64 } from "../base/text.ts";
import { RANK_BITS, REGISTERS } from "./hyperloglog-hash.ts";

/** 1 / (2 ln 2). */
const ALPHA = 0.7213475204444817;
const TWO_32 = 4294967296;
const TWO_63 = 2 ** 63;
/** What a processor makes of a double that is beyond its integers: their least. */
const BEYOND_HIGH = -0x80000000;

/**
 * @param histogram registers by the rank that they hold.
 * @param into the estimate, a signed integer of 64 bits.
 */
export function estimate(histogram: Int32Array, into: Int64): void {
  const m = REGISTERS;
  let z = m * tau((m - histogram[RANK_BITS + 1]) / m);
  for (let rank = RANK_BITS; rank >= 1; rank--) {
    z += histogram[rank];
    z *= 0.5;
  }
  z += m * sigma(histogram[0] / m);
  const count = Math.round((ALPHA * m * m) / z);
  if (count < TWO_63) into.setWords(Math.floor(count / TWO_32) | 0, (count % TWO_32) | 0);
  else into.setWords(BEYOND_HIGH, 0);
}

/** Registers that hold nothing. */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let x = share;
  let y = 1;
  let z = share;
  let before: number;
  do {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  } while (before !== z);
  return z;
}

/** Registers that hold the highest rank. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let x = share;
  let y = 1;
  let z = 1 - x;
  let before: number;
  do {
    x = Math.sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  } while (before !== z);
  return z / 3;
}

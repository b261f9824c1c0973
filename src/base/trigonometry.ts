/**
 * Sine, cosine and arc sine that are the same on every runtime, to the last bit.
 *
 * JavaScript leaves these functions to the engine. V8's own differ from the nearest double in one of 30 to 60 results,
 * newer builds and JavaScriptCore take others, and C's library is off in one of a thousand. A distance that is computed
 * of five of them is stored by GEOSEARCHSTORE … STOREDIST with all its digits, and sent to replicas on other machines,
 * so here results are rounded to the nearest double: that is what everybody approximates.
 *
 * The engine's answer y is right to an ulp or two, so what is computed is how much it lacks, as a double of its own;
 * adding that to y rounds once. For sin x let a be the nearest multiple of 1/128, and h = x − a, which is exact:
 *
 *     sin x − y = (sin a − y) + cos a · h + sin a · (cos h − 1) + cos a · (sin h − h)
 *
 * sin a and cos a come from a table, each of two doubles. The first two terms are large and nearly cancel, so they are
 * added and multiplied without any rounding (after Dekker and Knuth); the others are below 2^-17 and plain doubles do.
 * What is lacking is then known to about 2^-68 of the result, 15 bits beyond its last: fewer than one result in ten
 * thousand is not the nearest, and then the other neighbour of a value in the very middle. The table is made at start by
 * the addition theorems in pairs of doubles, from the sine and cosine of 1/128.
 *
 * The arc sine is one step of Newton's from the engine's answer, of which the sine's lack is all that it needs.
 *
 * Cost: the engine's function and some 60 operations, about 40 ns more.
 */
import { assert } from "./assert.ts";

const STEPS_PER_UNIT = 128;
/** Arguments beyond this are mirrored at π / 2. */
const MIRROR_MIN = 2;
const STEPS: number = MIRROR_MIN * STEPS_PER_UNIT + 1;
/** π as the sum of two doubles. */
const PI_HIGH: number = Math.PI;
const PI_LOW = 1.2246467991473532e-16;
/** sin(1/128) and cos(1/128) as such sums. */
const SINE_STEP_HIGH = 0.0078124205273828315;
const SINE_STEP_LOW = -4.102755709382617e-19;
const COSINE_STEP_HIGH = 0.9999694825770951;
const COSINE_STEP_LOW = 5.427791428371788e-17;
/** 2^27 + 1 halves a double: its upper 26 bits, and the rest. */
const SPLITTER = 134_217_729;
/** From here on the arc sine is that of the mirrored argument. */
const STEEP_MIN = 0.9;
/** Of the table's four columns. */
const SINE = 0;
const COSINE = 2;
const WIDTH = 4;

/** Zeros until the first angle: most servers never see one, and all would start some milliseconds later. */
const TABLE = new Float64Array(STEPS * WIDTH);

/** @param x of at most π in magnitude. */
export function sine(x: number): number {
  const y = Math.sin(x);
  return y + (x < 0 ? -sineLack(-x, -y) : sineLack(x, y));
}

/** @param x of at most π in magnitude. */
export function cosine(x: number): number {
  const y = Math.cos(x);
  return y + cosineLack(Math.abs(x), y);
}

/** @param x between 0 and 1. */
export function arcSine(x: number): number {
  if (x <= STEEP_MIN) {
    const y = Math.asin(x);
    return y - sineLack(y, x) / Math.sqrt((1 - x) * (1 + x));
  }
  // asin x = π/2 − 2 asin √((1 − x) / 2), where the argument of the root is exact.
  const square = (1 - x) / 2;
  const root = Math.sqrt(square);
  if (root === 0) return PI_HIGH / 2;
  const y = Math.asin(root);
  const rootLow = -squareExcess(root, square) / (2 * root);
  const low = (rootLow - sineLack(y, root)) / Math.sqrt((1 - root) * (1 + root));
  const high = PI_HIGH / 2 - 2 * y;
  const lost = PI_HIGH / 2 - high - 2 * y;
  return high + (lost + PI_LOW / 2 - 2 * low);
}

/** sin x − y for 0 ≤ x ≤ π. */
function sineLack(x: number, y: number): number {
  if (x <= MIRROR_MIN) return combinationLack(x, 0, SINE, COSINE, 1, y);
  assert(x <= PI_HIGH, "angles are within half a turn");
  return combinationLack(PI_HIGH - x, PI_LOW, SINE, COSINE, 1, y);
}

/** cos x − y for 0 ≤ x ≤ π. */
function cosineLack(x: number, y: number): number {
  if (x <= MIRROR_MIN) return combinationLack(x, 0, COSINE, SINE, -1, y);
  assert(x <= PI_HIGH, "angles are within half a turn");
  return -combinationLack(PI_HIGH - x, PI_LOW, COSINE, SINE, -1, -y);
}

/**
 * p · cos h + q · sin h − y, where x + xLow = a + h.
 * @param pColumn column of the table that has p at a.
 * @param qColumn that has q, but for its sign.
 */
function combinationLack(x: number, xLow: number, pColumn: number, qColumn: number, qSign: number, y: number): number {
  const step = (x * STEPS_PER_UNIT + 0.5) | 0;
  const h = x - step / STEPS_PER_UNIT;
  const at = step * WIDTH;
  if (TABLE[COSINE] === 0) fillTable();
  const p = TABLE[at + pColumn];
  const q = qSign * TABLE[at + qColumn];
  // The product q · h and the difference p − y, each with what rounding takes from it.
  const product = q * h;
  const productLow = productError(q, h, product);
  const difference = p - y;
  const taken = difference - p;
  const differenceLow = p - (difference - taken) - (y + taken);
  const square = h * h;
  const cosineTail = square * (-0.5 + square * (1 / 24 - square * (1 / 720)));
  const sineTail = h * square * (-1 / 6 + square * (1 / 120 - square * (1 / 5040)));
  const lows =
    productLow + differenceLow + TABLE[at + pColumn + 1] + qSign * TABLE[at + qColumn + 1] * h + (q - p * h) * xLow;
  return difference + product + (p * cosineTail + q * sineTail + lows);
}

/** a · b − product, exactly, where product is that rounded. */
function productError(a: number, b: number, product: number): number {
  const aScaled = a * SPLITTER;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = b * SPLITTER;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** root² − square, to double precision. */
function squareExcess(root: number, square: number): number {
  const product = root * root;
  return product - square + productError(root, root, product);
}

/** Sines and cosines of the multiples of 1/128, each as the sum of two doubles. */
function fillTable(): void {
  TABLE[COSINE] = 1;
  for (let at = WIDTH; at < TABLE.length; at += WIDTH) {
    const [s, sLow, c, cLow] = TABLE.subarray(at - WIDTH, at);
    const sums = [
      addPairs(
        multiplyPairs(s, sLow, COSINE_STEP_HIGH, COSINE_STEP_LOW),
        multiplyPairs(c, cLow, SINE_STEP_HIGH, SINE_STEP_LOW),
      ),
      addPairs(
        multiplyPairs(c, cLow, COSINE_STEP_HIGH, COSINE_STEP_LOW),
        multiplyPairs(-s, -sLow, SINE_STEP_HIGH, SINE_STEP_LOW),
      ),
    ];
    TABLE.set(sums.flat(), at);
  }
}

type Pair = readonly [high: number, low: number];

function multiplyPairs(aHigh: number, aLow: number, bHigh: number, bLow: number): Pair {
  const product = aHigh * bHigh;
  return normalized(product, productError(aHigh, bHigh, product) + (aHigh * bLow + aLow * bHigh));
}

function addPairs([aHigh, aLow]: Pair, [bHigh, bLow]: Pair): Pair {
  const sum = aHigh + bHigh;
  const bTaken = sum - aHigh;
  const error = aHigh - (sum - bTaken) + (bHigh - bTaken);
  return normalized(sum, error + (aLow + bLow));
}

function normalized(high: number, low: number): Pair {
  const sum = high + low;
  return [sum, low - (sum - high)];
}

/**
 * Long doubles, as INCRBYFLOAT and HINCRBYFLOAT count: the 80-bit extended format of x87.
 *
 *     sign 1 │ exponent 15 │ significand 64, its leading one written out
 *     value = ± significand × 2^exponent      exponent −16445 … 16320, significand ≥ 2^63 except at the lowest exponent
 *
 * Redis reads decimal text into a long double, adds, and prints 17 decimals with the trailing zeros cut. With 53 bits
 * 10.5 + 0.1 would come out of that as 10.59999999999999964; the 11 more bits are what makes it 10.6. The text is
 * stored and replicated, so it has to be the same to the last digit, and the machine has no such format for us: here
 * every step is done exactly on integers of any length and rounded once, half to even, as the hardware and the C
 * library do. Each step makes objects, and a sum takes some 4 µs; `addPlainDecimals` does the everyday ones, counters
 * and small amounts, in a tenth of it, on the grounds that there the rounding errors cannot reach the 17th decimal.
 *
 * Reading is strtold's grammar in the C locale without leading blanks: decimal and hexadecimal floats, `inf`,
 * `infinity`. NaN, overflow to infinity and underflow to zero are refused; a subnormal is taken.
 */
import { latin1Text } from "./ascii.ts";
import { DOUBLE_TEXT_BYTES_MAX } from "./limits.ts";

const SIGNIFICAND_BITS = 64;
const EXPONENT_MIN = -16445;
const EXPONENT_MAX = 16320;
/** Bits that an exact quotient is taken to before it is rounded: what is kept, one to round by, one to spare. */
const QUOTIENT_BITS = SIGNIFICAND_BITS + 2;
/** Operands whose exponents are further apart than this do not reach each other's rounding bits. */
const REACH_BITS = 2 * SIGNIFICAND_BITS + 2;

/** 10^4933 is beyond the largest long double (1.19 × 10^4932) … */
const DECIMAL_EXPONENT_MAX = 4933;
/** … and 10^-4951 below half of the smallest (3.65 × 10^-4951), in terms of the first digit's place. */
const DECIMAL_EXPONENT_MIN = -4952;
/** The same for powers of two, with room for any number of hexadecimal digits. */
const BINARY_EXPONENT_BOUND = 100_000;

const DECIMALS = 17;
/** Powers of ten that everyday numbers need. */
const POWERS_OF_TEN: readonly bigint[] = Array.from({ length: 40 }, (_, exponent) => 10n ** BigInt(exponent));

/** Digits of a plain decimal: any such number, and the sum of two, is an exact integer in a double. */
const PLAIN_DIGITS_MAX = 15;
/** Decimals of a plain number that is no integer, and the magnitude below which it is plain. */
const PLAIN_DECIMALS_MAX = 13;
const PLAIN_MAGNITUDE = 32;
const PLAIN_POWERS: readonly number[] = Array.from({ length: PLAIN_DIGITS_MAX + 1 }, (_, exponent) => 10 ** exponent);
/** The largest integer that a double distinguishes from its neighbours: bits are counted below this. */
const NUMBER_BITS_MAX = 1000;

const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;
const HEXADECIMAL = /^([+-]?)0x([\da-f]*)(?:\.([\da-f]*))?(?:p([+-]?\d+))?$/i;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/** A finite or infinite long double; see the essay for what is normal. Zero is significand 0 at the lowest exponent. */
export interface LongDouble {
  readonly negative: boolean;
  readonly infinite: boolean;
  readonly significand: bigint;
  readonly exponent: number;
}

/** @returns null when the run is not the text of a long double, by the rules above. */
export function parseLongDouble(bytes: Uint8Array, start: number, length: number): LongDouble | null {
  if (length === 0 || length >= DOUBLE_TEXT_BYTES_MAX) return null;
  const text = latin1Text(bytes, start, length);
  const decimal = DECIMAL.exec(text);
  if (decimal !== null) return parseDecimal(decimal[1], decimal[2], decimal[3] ?? "", decimal[4] ?? "0");
  const hexadecimal = HEXADECIMAL.exec(text);
  if (hexadecimal !== null) {
    return parseHexadecimal(hexadecimal[1], hexadecimal[2], hexadecimal[3] ?? "", hexadecimal[4] ?? "0");
  }
  const infinite = INFINITE.exec(text);
  return infinite === null ? null : infinity(infinite[1] === "-");
}

function parseDecimal(sign: string, whole: string, fraction: string, exponentText: string): LongDouble | null {
  const digits = whole + fraction;
  if (digits === "") return null;
  const negative = sign === "-";
  const mantissa = BigInt(digits);
  if (mantissa === 0n) return zero(negative);
  const exponent = Number(exponentText) - fraction.length;
  const top = exponent + digits.replace(/^0+/, "").length - 1;
  if (top >= DECIMAL_EXPONENT_MAX || top <= DECIMAL_EXPONENT_MIN) return null;
  return exponent >= 0
    ? readable(rounded(negative, mantissa * powerOfTen(exponent), 0, false))
    : readable(quotient(negative, mantissa, powerOfTen(-exponent)));
}

function parseHexadecimal(sign: string, whole: string, fraction: string, exponentText: string): LongDouble | null {
  const digits = whole + fraction;
  if (digits === "") return null;
  const negative = sign === "-";
  const mantissa = BigInt(`0x${digits}`);
  if (mantissa === 0n) return zero(negative);
  const exponent = Number(exponentText) - 4 * fraction.length;
  if (Math.abs(exponent) > BINARY_EXPONENT_BOUND) return null;
  return readable(rounded(negative, mantissa, exponent, false));
}

/** A result of reading that counts as an error: out of range either way. */
function readable(value: LongDouble): LongDouble | null {
  return value.infinite || value.significand === 0n ? null : value;
}

/** @returns a + b, or null when that is no finite number. */
export function addLongDoubles(a: LongDouble, b: LongDouble): LongDouble | null {
  if (a.infinite || b.infinite) return null;
  const [high, low] = a.exponent >= b.exponent ? [a, b] : [b, a];
  const highSigned = high.negative ? -high.significand : high.significand;
  let lowSigned = low.negative ? -low.significand : low.significand;
  if (lowSigned === 0n && highSigned === 0n) return zero(a.negative && b.negative);
  let shift = high.exponent - low.exponent;
  if (shift > REACH_BITS && highSigned !== 0n) {
    // Too small to matter but for the side on which it pulls the rounding.
    shift = REACH_BITS;
    lowSigned = lowSigned < 0n ? -1n : lowSigned > 0n ? 1n : 0n;
  }
  const sum = (highSigned << BigInt(shift)) + lowSigned;
  if (sum === 0n) return zero(false);
  const value = rounded(sum < 0n, sum < 0n ? -sum : sum, high.exponent - shift, false);
  return value.infinite ? null : value;
}

/** As Redis shows it to people: 17 decimals at the most, never an exponent, `-0` as `0`. @param value finite. */
export function formatLongDouble(value: LongDouble): string {
  const scaled = value.significand * POWERS_OF_TEN[DECIMALS];
  const units =
    value.exponent >= 0 ? scaled << BigInt(value.exponent) : shiftedHalfEven(scaled, -value.exponent, false);
  return layOut(value.negative, units === 0n ? "" : units.toString(), DECIMALS);
}

/** Puts the point into the digits of a number of units and cuts trailing zeros. No digits stand for 0. */
function layOut(negative: boolean, unitDigits: string, decimals: number): string {
  if (unitDigits === "") return "0";
  const digits = unitDigits.padStart(decimals + 1, "0");
  const point = digits.length - decimals;
  let end = digits.length;
  while (end > point && digits[end - 1] === "0") end--;
  const whole = (negative ? "-" : "") + digits.slice(0, point);
  return end === point ? whole : `${whole}.${digits.slice(point, end)}`;
}

function zero(negative: boolean): LongDouble {
  return { negative, infinite: false, significand: 0n, exponent: EXPONENT_MIN };
}

function infinity(negative: boolean): LongDouble {
  return { negative, infinite: true, significand: 0n, exponent: EXPONENT_MIN };
}

/** numerator / denominator, both > 0, correctly rounded. */
function quotient(negative: boolean, numerator: bigint, denominator: bigint): LongDouble {
  const shift = Math.max(0, QUOTIENT_BITS + bitLength(denominator) - bitLength(numerator));
  const dividend = numerator << BigInt(shift);
  const whole = dividend / denominator;
  return rounded(negative, whole, -shift, whole * denominator !== dividend);
}

/** magnitude × 2^exponent in the format. @param sticky whether the true value is a little larger than that. */
function rounded(negative: boolean, magnitude: bigint, exponent: number, sticky: boolean): LongDouble {
  const excess = Math.max(bitLength(magnitude) - SIGNIFICAND_BITS, EXPONENT_MIN - exponent);
  let significand = excess > 0 ? shiftedHalfEven(magnitude, excess, sticky) : magnitude << BigInt(-excess);
  let finalExponent = exponent + excess;
  if (significand >> 64n !== 0n) {
    significand >>= 1n;
    finalExponent++;
  }
  return finalExponent > EXPONENT_MAX
    ? infinity(negative)
    : { negative, infinite: false, significand, exponent: finalExponent };
}

/** magnitude / 2^shift (shift > 0) to the nearest integer, half to even. */
function shiftedHalfEven(magnitude: bigint, shift: number, sticky: boolean): bigint {
  const kept = magnitude >> BigInt(shift);
  const rest = magnitude - (kept << BigInt(shift));
  const half = 1n << BigInt(shift - 1);
  const up = rest > half || (rest === half && (sticky || (kept & 1n) === 1n));
  return up ? kept + 1n : kept;
}

/** Bits of a positive integer. */
function bitLength(value: bigint): number {
  const approximate = Number(value);
  if (approximate > 2 ** NUMBER_BITS_MAX) {
    const digits = value.toString(16);
    return digits.length * 4 - (Math.clz32(Number.parseInt(digits[0], 16)) - 28);
  }
  // Rounding to a double may have carried into one more bit.
  const bits = Math.floor(Math.log2(approximate)) + 1;
  return value >> BigInt(bits - 1) === 0n ? bits - 1 : bits;
}

function powerOfTen(exponent: number): bigint {
  return exponent < POWERS_OF_TEN.length ? POWERS_OF_TEN[exponent] : 10n ** BigInt(exponent);
}

/**
 * The text of a + b, for two plain decimals: either both integers of at most 15 digits, which long doubles hold
 * exactly, or both below 32 with at most 13 decimals. There a unit in the last place is at most 2^-59, three roundings
 * (reading twice, adding) make an error below 3 × 10^-18, and the nearest number of 17 decimals is the exact sum.
 * @returns null for anything else.
 */
export function addPlainDecimals(
  a: Uint8Array,
  aStart: number,
  aLength: number,
  b: Uint8Array,
  bStart: number,
  bLength: number,
): string | null {
  const aDecimals = plainDecimals(a, aStart, aLength);
  const bDecimals = plainDecimals(b, bStart, bLength);
  if (aDecimals < 0 || bDecimals < 0) return null;
  const decimals = Math.max(aDecimals, bDecimals);
  const scale = PLAIN_POWERS[decimals];
  const aUnits = plainUnits(a, aStart, aLength) * PLAIN_POWERS[decimals - aDecimals];
  const bUnits = plainUnits(b, bStart, bLength) * PLAIN_POWERS[decimals - bDecimals];
  if (decimals > 0) {
    const bound = PLAIN_MAGNITUDE * scale;
    if (Math.abs(aUnits) >= bound || Math.abs(bUnits) >= bound || Math.abs(aUnits + bUnits) >= bound) return null;
  }
  const units = aUnits + bUnits;
  return layOut(units < 0, units === 0 ? "" : String(Math.abs(units)), decimals);
}

/** @returns how many decimals a plain number has, -1 when the run is none. */
function plainDecimals(bytes: Uint8Array, start: number, length: number): number {
  if (length > PLAIN_DIGITS_MAX + 2) return -1;
  const signed = length > 0 && (bytes[start] === MINUS || bytes[start] === PLUS) ? 1 : 0;
  const end = start + length;
  let point = -1;
  for (let at = start + signed; at < end; at++) {
    const byte = bytes[at];
    if (byte === POINT && point < 0) point = at;
    else if (byte < ZERO || byte > ZERO + 9) return -1;
  }
  const digits = length - signed - (point < 0 ? 0 : 1);
  if (digits === 0 || digits > PLAIN_DIGITS_MAX) return -1;
  if (point < 0) return 0;
  const decimals = end - 1 - point;
  return decimals <= PLAIN_DECIMALS_MAX ? decimals : -1;
}

/** The digits of a plain number as one signed integer. */
function plainUnits(bytes: Uint8Array, start: number, length: number): number {
  let units = 0;
  for (let at = start; at < start + length; at++) {
    const digit = bytes[at] - ZERO;
    if (digit >= 0) units = units * 10 + digit;
  }
  return bytes[start] === MINUS ? -units : units;
}

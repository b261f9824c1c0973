/**
 * Doubles and their text.
 *
 * Reading accepts what C's strtod accepts and Redis lets through: decimal and hexadecimal floats, `inf` and `infinity`
 * in any case, an optional sign; no blanks before, nothing after, no NaN, and nothing that overflows to infinity or
 * underflows to zero.
 *
 * Writing is what Redis 7.2 does in replies: an integer of at most 2^62 in magnitude prints as such, everything else
 * with the fewest digits that read back as the same double, laid out as plain, decimal or scientific by a rule of its
 * own, which is neither printf's nor JavaScript's (12345.678901 prints as `12345.678901` but 12345.6789012 as
 * `1.23456789012e+4`). The digits come from the engine, which is exact; Redis takes them from Grisu2, which for about
 * one double in a thousand prints a longer text of the same value.
 */
import { latin1Text } from "./ascii.ts";
import { DOUBLE_TEXT_BYTES_MAX } from "./limits.ts";

const ZERO = 0x30;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const LOWER = 0x20;
const LETTER_A = 0x61;
const LETTER_E = 0x65;
const LETTER_F = 0x66;
const LETTER_P = 0x70;
const LETTER_X = 0x78;

/** Up to this many digits an integer is exact in a double, and so is the division by an exact power of ten. */
const EXACT_DIGITS = 15;
const POWERS_OF_TEN: readonly number[] = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/** @returns null when the run is not the text of a double, by the rules above. */
export function parseDouble(bytes: Uint8Array, start: number, length: number): number | null {
  if (length === 0 || length > DOUBLE_TEXT_BYTES_MAX) return null;
  const end = start + length;
  const sign = bytes[start];
  const negative = sign === MINUS;
  const at = negative || sign === PLUS ? start + 1 : start;
  if (at === end) return null;
  const magnitude = parseMagnitude(bytes, at, end);
  return magnitude === null ? null : negative ? -magnitude : magnitude;
}

function parseMagnitude(bytes: Uint8Array, at: number, end: number): number | null {
  const first = bytes[at];
  if (isDigit(first) || first === POINT) {
    if (first === ZERO && at + 2 < end && (bytes[at + 1] | LOWER) === LETTER_X) return parseHex(bytes, at + 2, end);
    return parseDecimal(bytes, at, end);
  }
  return spells(bytes, at, end, "inf") || spells(bytes, at, end, "infinity") ? Number.POSITIVE_INFINITY : null;
}

/** digits [. digits] [e [sign] digits], at least one digit before the exponent. */
function parseDecimal(bytes: Uint8Array, start: number, end: number): number | null {
  let at = start;
  let mantissa = 0;
  let digits = 0;
  let fraction = 0;
  let nonZero = false;
  let seenPoint = false;
  for (; at < end; at++) {
    const byte = bytes[at];
    if (isDigit(byte)) {
      mantissa = mantissa * 10 + (byte - ZERO);
      digits++;
      if (byte !== ZERO) nonZero = true;
      if (seenPoint) fraction++;
    } else if (byte === POINT && !seenPoint) {
      seenPoint = true;
    } else {
      break;
    }
  }
  if (digits === 0) return null;
  if (at === end) {
    if (digits <= EXACT_DIGITS) return mantissa / POWERS_OF_TEN[fraction];
  } else if (!isExponent(bytes, at, end)) {
    return null;
  }
  if (!nonZero) return 0;
  const value = Number(latin1Text(bytes, start, end - start));
  return value === 0 || value === Number.POSITIVE_INFINITY ? null : value;
}

/** e [sign] digits, and nothing after. */
function isExponent(bytes: Uint8Array, start: number, end: number): boolean {
  if ((bytes[start] | LOWER) !== LETTER_E) return false;
  let at = start + 1;
  if (at < end && (bytes[at] === PLUS || bytes[at] === MINUS)) at++;
  if (at === end) return false;
  for (; at < end; at++) {
    if (!isDigit(bytes[at])) return false;
  }
  return true;
}

/** What follows `0x`: hex digits [. hex digits] [p [sign] digits], rounded half to even as everywhere. */
function parseHex(bytes: Uint8Array, start: number, end: number): number | null {
  let at = start;
  let mantissa = 0n;
  let exponent = 0;
  let digits = 0;
  let seenPoint = false;
  for (; at < end; at++) {
    const byte = bytes[at];
    const digit = hexDigit(byte);
    if (digit >= 0) {
      digits++;
      mantissa = (mantissa << 4n) | BigInt(digit);
      if (seenPoint) exponent -= 4;
    } else if (byte === POINT && !seenPoint) {
      seenPoint = true;
    } else {
      break;
    }
  }
  if (digits === 0) return null;
  if (at < end) {
    const binary = parseBinaryExponent(bytes, at, end);
    if (binary === null) return null;
    exponent += binary;
  }
  return mantissa === 0n ? 0 : scaleBinary(mantissa, exponent);
}

/** p [sign] digits, to the end. Beyond ±100,000 the figure no longer matters. */
function parseBinaryExponent(bytes: Uint8Array, start: number, end: number): number | null {
  if ((bytes[start] | LOWER) !== LETTER_P) return null;
  let at = start + 1;
  const negative = at < end && bytes[at] === MINUS;
  if (negative || (at < end && bytes[at] === PLUS)) at++;
  if (at === end) return null;
  let value = 0;
  for (; at < end; at++) {
    if (!isDigit(bytes[at])) return null;
    value = Math.min(value * 10 + (bytes[at] - ZERO), 100_000);
  }
  return negative ? -value : value;
}

/** mantissa × 2^exponent, correctly rounded, also among the subnormals. Null when that is zero or infinite. */
function scaleBinary(mantissa: bigint, exponent: number): number | null {
  const bits = mantissa.toString(2).length;
  const topExponent = bits - 1 + exponent;
  if (topExponent > 1023 || topExponent < -1075) return null;
  // A double has 53 bits, fewer where its last one would fall below 2^-1074.
  const precision = Math.min(53, topExponent + 1075);
  const dropped = Math.max(0, bits - precision);
  let kept = mantissa >> BigInt(dropped);
  if (dropped > 0) {
    const rest = mantissa - (kept << BigInt(dropped));
    const half = 1n << BigInt(dropped - 1);
    if (rest > half || (rest === half && (kept & 1n) === 1n)) kept += 1n;
  }
  const value = Number(kept) * 2 ** (exponent + dropped);
  return value === 0 || value === Number.POSITIVE_INFINITY ? null : value;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

/** @returns -1 when it is none. */
function hexDigit(byte: number): number {
  if (isDigit(byte)) return byte - ZERO;
  const lower = byte | LOWER;
  return lower >= LETTER_A && lower <= LETTER_F ? lower - LETTER_A + 10 : -1;
}

/** Whether the run spells `word` (lower case letters) in any case. */
function spells(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) {
    if ((bytes[start + i] | LOWER) !== word.charCodeAt(i)) return false;
  }
  return true;
}

/** Up to here an integer prints digit by digit, whatever the number of trailing zeros. */
const INTEGER_MAGNITUDE_MAX = 2 ** 62;

/** The text of a double in replies, ASCII. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (value === Number.POSITIVE_INFINITY) return "inf";
  if (value === Number.NEGATIVE_INFINITY) return "-inf";
  if (value === 0) return 1 / value < 0 ? "-0" : "0";
  if (Number.isInteger(value) && Math.abs(value) <= INTEGER_MAGNITUDE_MAX) {
    return Number.isSafeInteger(value) ? String(value) : BigInt(value).toString();
  }
  const sign = value < 0 ? "-" : "";
  const [mantissa, exponent] = Math.abs(value).toExponential().split("e");
  return sign + layOut(mantissa.replace(".", ""), Number(exponent));
}

/**
 * Lays out shortest digits d1 d2 … dn that stand for d1.d2…dn × 10^exponent.
 *
 * Plain when the last digit is at or above the units and at most seven zeros follow; decimal when at most six digits
 * follow the point or the first digit stands within three places of the units; scientific otherwise, the exponent with
 * a sign and without leading zeros.
 */
function layOut(digits: string, exponent: number): string {
  const count = digits.length;
  const lastExponent = exponent - count + 1;
  const distance = Math.abs(exponent);
  if (lastExponent >= 0 && distance < count + 7) return digits + "0".repeat(lastExponent);
  if (lastExponent < 0 && (lastExponent > -7 || distance < 4)) {
    if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
    return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
  }
  const fraction = count > 1 ? `.${digits.slice(1)}` : "";
  return `${digits[0]}${fraction}e${exponent < 0 ? "-" : "+"}${distance}`;
}

/** Digits that tell every double from any other. */
const DIGITS_EXACT = 17;

/** The text of a double as C's `%.17g` has it, ASCII: what digests are made of. */
export function formatDouble17(value: number): string {
  if (!Number.isFinite(value) || value === 0) return formatDouble(value);
  const sign = value < 0 ? "-" : "";
  const [mantissa, power] = Math.abs(value)
    .toExponential(DIGITS_EXACT - 1)
    .split("e");
  const exponent = Number(power);
  const digits = mantissa.replace(".", "").replace(/0+$/, "");
  if (exponent < -4 || exponent >= DIGITS_EXACT) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    const distance = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${digits[0]}${fraction}e${exponent < 0 ? "-" : "+"}${distance}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, "0");
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

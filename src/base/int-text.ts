/**
 * Signed 64-bit integers and their decimal text, as bytes.
 *
 * Redis counts in 64 bits, JavaScript in 53. Almost every integer that a client sends fits 53, so there are two ways:
 * - `parseSafeInt` and `writeInt` work on plain numbers and are the hot path (INCR, lengths, the integer encoding);
 * - `parseInt64`, `addInt64` and `writeInt64` take the rest as a pair (`hi`, `lo`) of int32 words, in two's complement.
 * BigInt would be shorter to write, but every value of it is an allocation.
 *
 * Reading is as strict as Redis's string2ll: digits with an optional minus, no plus, no blanks, no leading zero, no
 * `-0`, within the range. The strictness is not pedantry: a string is stored as an integer exactly when printing that
 * integer gives the same bytes back.
 */
import { INT64_TEXT_BYTES_MAX } from "./limits.ts";

const ZERO = 0x30;
const MINUS = 0x2d;
const TWO_32 = 4294967296;
/** Nine digits are what fits an int32 whatever they are. */
const GROUP = 1_000_000_000;
const GROUP_DIGITS = 9;
/** 2^63 - 1 is 9223372036 and then 854775807. */
const INT64_TOP_GROUPS = 9_223_372_036;
const INT64_LAST_GROUP = 854_775_807;

/** A signed 64-bit integer: where reading and adding leave their result. */
export class Int64 {
  /** Upper word, int32, carries the sign. */
  hi = 0;
  /** Lower word, int32. */
  lo = 0;
  /** Whether `value` is exact, that is a safe integer. */
  safe = true;
  /** The integer as a double, the nearest one where not `safe`. */
  value = 0;

  setWords(hi: number, lo: number): void {
    this.hi = hi;
    this.lo = lo;
    this.value = hi * TWO_32 + (lo >>> 0);
    this.safe = isSafeUpperWord(hi, lo);
  }

  /** @param value a safe integer. */
  setNumber(value: number): void {
    this.hi = Math.floor(value / TWO_32) | 0;
    this.lo = value | 0;
    this.value = value;
    this.safe = true;
  }
}

/** Where `parseInt64` leaves its result. */
export type Int64Result = Int64;

/** Whether |hi:lo| < 2^53. */
function isSafeUpperWord(hi: number, lo: number): boolean {
  return hi >= -0x200000 && hi < 0x200000 && !(hi === -0x200000 && lo === 0);
}

/**
 * The hot one.
 * @returns NaN when the run is not the canonical text of an integer of at most 2^53 - 1 in magnitude.
 */
export function parseSafeInt(bytes: Uint8Array, start: number, length: number): number {
  let at = start;
  const end = start + length;
  if (length === 0) return Number.NaN;
  const negative = bytes[at] === MINUS;
  if (negative) at++;
  const digits = end - at;
  if (digits === 0 || digits > 16) return Number.NaN;
  const first = bytes[at++] - ZERO;
  if (first <= 0 || first > 9) return first === 0 && length === 1 ? 0 : Number.NaN;
  let small = first;
  const smallEnd = digits > GROUP_DIGITS ? at + GROUP_DIGITS - 1 : end;
  for (; at < smallEnd; at++) {
    const digit = bytes[at] - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    small = (Math.imul(small, 10) + digit) | 0;
  }
  if (at === end) return negative ? -small : small;
  let large = small;
  for (; at < end; at++) {
    const digit = bytes[at] - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    large = large * 10 + digit;
  }
  // Sixteen digits may exceed 2^53; rounding on the way cannot bring such a sum below the bound.
  if (large > Number.MAX_SAFE_INTEGER) return Number.NaN;
  return negative ? -large : large;
}

/** Reads any signed 64-bit integer. @returns false, with `out` undefined, when the run is not the text of one. */
export function parseInt64(bytes: Uint8Array, start: number, length: number, out: Int64Result): boolean {
  const safe = parseSafeInt(bytes, start, length);
  if (!Number.isNaN(safe)) {
    out.setNumber(safe);
    return true;
  }
  return parseWide(bytes, start, length, out);
}

/** What `parseSafeInt` refused: 16 to 19 digits beyond 2^53, or no integer at all. */
function parseWide(bytes: Uint8Array, start: number, length: number, out: Int64Result): boolean {
  if (length < 16 || length > INT64_TEXT_BYTES_MAX) return false;
  const negative = bytes[start] === MINUS;
  const first = negative ? start + 1 : start;
  const end = start + length;
  if (end - first > 19 || bytes[first] === ZERO) return false;
  const split = end - GROUP_DIGITS;
  const top = parseDigits(bytes, first, split);
  const last = parseDigits(bytes, split, end);
  if (top < 0 || last < 0) return false;
  if (top > INT64_TOP_GROUPS) return false;
  if (top === INT64_TOP_GROUPS && last > (negative ? INT64_LAST_GROUP + 1 : INT64_LAST_GROUP)) return false;
  // top × 10^9 + last in 64 bits: the upper factor is taken in 16-bit steps so that every product is exact.
  const upper = Math.floor(top / 65536) * GROUP;
  const lower = (upper % 65536) * 65536 + (top % 65536) * GROUP + last;
  let hi = (Math.floor(upper / 65536) + Math.floor(lower / TWO_32)) | 0;
  let lo = lower | 0;
  if (negative) {
    hi = (~hi + (lo === 0 ? 1 : 0)) | 0;
    lo = -lo | 0;
  }
  out.setWords(hi, lo);
  return true;
}

/** At most ten digits. @returns -1 when there is anything else between `at` and `end`. */
function parseDigits(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let i = at; i < end; i++) {
    const digit = bytes[i] - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** out = a + b; `out` may be one of them. @returns false on overflow of 64 bits, `out` is then unchanged. */
export function addInt64(a: Int64, b: Int64, out: Int64Result): boolean {
  const lo = (a.lo >>> 0) + (b.lo >>> 0);
  const hi = a.hi + b.hi + (lo >= TWO_32 ? 1 : 0);
  if (hi !== (hi | 0)) return false;
  out.setWords(hi, lo | 0);
  return true;
}

/** Decimal digits of a non-negative safe integer; 1 for 0. */
export function digits10(value: number): number {
  if (value < 10) return 1;
  if (value < 100) return 2;
  if (value < 1000) return 3;
  if (value < 10_000) return 4;
  let digits = 5;
  for (let bound = 100_000; value >= bound; bound *= 10) digits++;
  return digits;
}

/** Writes a safe integer as decimal text. @returns the position after it. */
export function writeInt(value: number, into: Uint8Array, at: number): number {
  let position = at;
  let magnitude = value;
  if (value < 0) {
    into[position++] = MINUS;
    magnitude = -value;
  }
  if (magnitude < 10) {
    into[position] = ZERO + magnitude;
    return position + 1;
  }
  if (magnitude < 100) {
    writePair(magnitude, into, position);
    return position + 2;
  }
  if (magnitude < GROUP) return writeGroup(magnitude | 0, digits10(magnitude | 0), into, position);
  const top = Math.floor(magnitude / GROUP);
  position = writeGroup(top, digits10(top), into, position);
  return writeGroup(magnitude - top * GROUP, GROUP_DIGITS, into, position);
}

/** Writes a number below 10^9 in exactly `digits` digits, from the last pair on. */
function writeGroup(value: number, digits: number, into: Uint8Array, at: number): number {
  const end = at + digits;
  let rest = value | 0;
  let position = end;
  for (; position >= at + 2; position -= 2) {
    const hundredth = (rest / 100) | 0;
    writePair(rest - Math.imul(hundredth, 100), into, position - 2);
    rest = hundredth;
  }
  if (position > at) into[at] = ZERO + rest;
  return end;
}

/** Writes two digits. @param value 0 to 99: for these, 103 / 1024 is close enough to a tenth. */
function writePair(value: number, into: Uint8Array, at: number): void {
  const tens = Math.imul(value, 103) >> 10;
  into[at] = ZERO + tens;
  into[at + 1] = ZERO + value - Math.imul(tens, 10);
}

/** Writes the signed 64-bit integer of two int32 words as decimal text. @returns the position after it. */
export function writeInt64(hi: number, lo: number, into: Uint8Array, at: number): number {
  if (isSafeUpperWord(hi, lo)) return writeInt(hi * TWO_32 + (lo >>> 0), into, at);
  let position = at;
  let upper = hi;
  let lower = lo;
  if (hi < 0) {
    into[position++] = MINUS;
    upper = (~hi + (lo === 0 ? 1 : 0)) | 0;
    lower = -lo | 0;
  }
  // Long division by 10^9 in 16-bit digits; a remainder and one digit stay below 2^46, and so exact.
  let quotient = 0;
  let remainder = 0;
  for (let i = 0; i < 4; i++) {
    const word = i < 2 ? upper : lower;
    const dividend = remainder * 65536 + ((i & 1) === 0 ? word >>> 16 : word & 0xffff);
    const digit = Math.floor(dividend / GROUP);
    quotient = quotient * 65536 + digit;
    remainder = dividend - digit * GROUP;
  }
  // Up to ten digits are left above the last nine.
  position = writeInt(quotient, into, position);
  return writeGroup(remainder, GROUP_DIGITS, into, position);
}

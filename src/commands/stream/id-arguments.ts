/**
 * Ids of stream entries among the arguments of commands: `ms-seq`, `ms` alone, and what else a place may allow.
 *
 *     1732201234567-0         both parts
 *     1732201234567           the sequence is 0, or at the upper end of a range the greatest there is
 *     1732201234567-*         XADD: whatever comes next
 *     -  +                    ranges: the smallest and the greatest id
 *     (1-1                    ranges: without the end itself
 *
 * Nearly all ids have parts of no more than 15 digits, which are read as doubles without a detour. Redis reads the rest
 * as C's strtoull does, by which blanks, signs and zeros before a number are allowed where nobody would think of them;
 * so do we.
 */
import { latin1Text } from "../../base/text.ts";
import type { StreamId } from "../../structures/stream-id.ts";
import type { Context } from "../context.ts";

export const INVALID_ID = "ERR Invalid stream ID specified as stream command argument";
const INVALID_START = "ERR invalid start ID for the interval";
const INVALID_END = "ERR invalid end ID for the interval";

/** What an argument has turned out to be. */
export const ID_NONE = 0;
export const ID_WHOLE = 1;
/** `ms-*`: the sequence is left to the stream. */
export const ID_WITHOUT_SEQUENCE = 2;

/** What stands for the sequence where it is not given. */
export const SEQUENCE_MIN = 0;
export const SEQUENCE_MAX = -1;

const ZERO = 0x30;
const MINUS = 0x2d;
const PLUS = 0x2b;
const STAR = 0x2a;
const PARENTHESIS = 0x28;
/** So many digits are exact in a double. */
const SAFE_DIGITS = 15;
const ARGUMENT_BYTES_MAX = 127;
const TWO_64 = 1n << 64n;
const INT64_MIN = -(1n << 63n);

/**
 * Reads an id that is neither `-` nor `+`.
 * @param missing SEQUENCE_MIN or SEQUENCE_MAX. @param mayLackSequence whether `ms-*` is one.
 * @returns ID_NONE, ID_WHOLE or ID_WITHOUT_SEQUENCE, with sequence 0.
 */
export function parseId(
  bytes: Uint8Array,
  start: number,
  length: number,
  into: StreamId,
  missing: number,
  mayLackSequence: boolean,
): number {
  const end = start + length;
  let at = start;
  let ms = 0;
  for (; at < end; at++) {
    const digit = bytes[at] - ZERO;
    if (digit < 0 || digit > 9) break;
    ms = ms * 10 + digit;
  }
  const msDigits = at - start;
  if (msDigits === 0 || msDigits > SAFE_DIGITS) return parseOddId(bytes, start, length, into, missing, mayLackSequence);
  if (at === end) {
    into.setNumbers(ms, 0);
    if (missing === SEQUENCE_MAX) into.setWords(into.msHigh, into.msLow, -1, -1);
    return ID_WHOLE;
  }
  if (bytes[at] !== MINUS) return parseOddId(bytes, start, length, into, missing, mayLackSequence);
  const seqStart = ++at;
  let seq = 0;
  for (; at < end; at++) {
    const digit = bytes[at] - ZERO;
    if (digit < 0 || digit > 9) break;
    seq = seq * 10 + digit;
  }
  const seqDigits = at - seqStart;
  if (at < end || seqDigits === 0 || seqDigits > SAFE_DIGITS) {
    return parseOddId(bytes, start, length, into, missing, mayLackSequence);
  }
  into.setNumbers(ms, seq);
  return ID_WHOLE;
}

/** As `parseId`, of what is longer or stranger. */
function parseOddId(
  bytes: Uint8Array,
  start: number,
  length: number,
  into: StreamId,
  missing: number,
  mayLackSequence: boolean,
): number {
  if (length > ARGUMENT_BYTES_MAX) return ID_NONE;
  const text = asCString(latin1Text(bytes, start, length));
  const dash = text.indexOf("-");
  const ms = parseUnsigned(dash < 0 ? text : text.slice(0, dash));
  if (ms === null) return ID_NONE;
  const msHigh = Number(ms >> 32n);
  const msLow = Number(ms & 0xffffffffn);
  if (dash < 0) {
    into.setWords(msHigh, msLow, missing, missing);
    return ID_WHOLE;
  }
  const rest = text.slice(dash + 1);
  if (mayLackSequence && rest === "*") {
    into.setWords(msHigh, msLow, 0, 0);
    return ID_WITHOUT_SEQUENCE;
  }
  const seq = parseUnsigned(rest);
  if (seq === null) return ID_NONE;
  into.setWords(msHigh, msLow, Number(seq >> 32n), Number(seq & 0xffffffffn));
  return ID_WHOLE;
}

/** Up to the first zero byte. */
export function asCString(text: string): string {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** As strtoull: blanks and a sign may come first, and a minus counts back from 2^64 unless the rest is a tidy int64. */
function parseUnsigned(text: string): bigint | null {
  if (!/^[ \t-\r]*[+-]?\d+$/.test(text)) return null;
  const tidy = text.replace(/^[ \t-\r]*\+?/, "");
  const value = BigInt(tidy.replace("-", ""));
  if (value >= TWO_64) return null;
  if (!tidy.startsWith("-")) return value;
  const isPlainNegative = /^-[1-9]\d*$/.test(text) && -value >= INT64_MIN;
  return isPlainNegative ? null : BigInt.asUintN(64, -value);
}

/** Reads an id, without a sequence 0. @returns false when an error has been replied. */
export function readId(context: Context, index: number, into: StreamId): boolean {
  if (isId(context, index, into)) return true;
  context.fail(INVALID_ID);
  return false;
}

/** `readId` without the reply. */
export function isId(context: Context, index: number, into: StreamId): boolean {
  const bytes = context.bytes(index);
  return parseId(bytes, context.start(index), context.length(index), into, SEQUENCE_MIN, false) !== ID_NONE;
}

/** Whether all arguments from an index on are ids. If not, the error has been replied. */
export function areIds(context: Context, first: number): boolean {
  const { limit } = context.stream;
  for (let index = first; index < context.argc; index++) if (!readId(context, index, limit)) return false;
  return true;
}

/** As `readId`, of one that may be `-` or `+`. */
export function readAnyId(context: Context, index: number, into: StreamId): boolean {
  if (readBound(context, index, into, SEQUENCE_MIN, false)) return true;
  context.fail(INVALID_ID);
  return false;
}

/** Reads the ends of a range, both included as they stand then. @returns false when an error has been replied. */
export function readRange(context: Context, fromIndex: number, toIndex: number, from: StreamId, to: StreamId): boolean {
  return readRangeStart(context, fromIndex, from) && readRangeEnd(context, toIndex, to);
}

/** @returns false when an error has been replied. */
export function readRangeStart(context: Context, index: number, into: StreamId): boolean {
  const isExclusive = isOpenEnd(context, index);
  const isRead = readBound(context, index, into, SEQUENCE_MIN, isExclusive);
  if (isRead && (!isExclusive || into.increment())) return true;
  context.fail(isRead ? INVALID_START : INVALID_ID);
  return false;
}

function readRangeEnd(context: Context, index: number, into: StreamId): boolean {
  const isExclusive = isOpenEnd(context, index);
  const isRead = readBound(context, index, into, SEQUENCE_MAX, isExclusive);
  if (isRead && (!isExclusive || into.decrement())) return true;
  context.fail(isRead ? INVALID_END : INVALID_ID);
  return false;
}

function isOpenEnd(context: Context, index: number): boolean {
  return context.length(index) > 1 && context.bytes(index)[context.start(index)] === PARENTHESIS;
}

/** @param isExclusive the id stands behind a parenthesis, and is no sign. */
function readBound(context: Context, index: number, into: StreamId, missing: number, isExclusive: boolean): boolean {
  const bytes = context.bytes(index);
  const start = context.start(index) + (isExclusive ? 1 : 0);
  const length = context.length(index) - (isExclusive ? 1 : 0);
  if (!isExclusive && isAlone(bytes, start, length, MINUS)) {
    into.setMin();
    return true;
  }
  if (!isExclusive && isAlone(bytes, start, length, PLUS)) {
    into.setMax();
    return true;
  }
  return parseId(bytes, start, length, into, missing, false) !== ID_NONE;
}

/** Whether the argument is this character alone; what a zero byte cuts off does not count. */
export function isCharacter(context: Context, index: number, character: number): boolean {
  return isAlone(context.bytes(index), context.start(index), context.length(index), character);
}

function isAlone(bytes: Uint8Array, start: number, length: number, character: number): boolean {
  return length > 0 && bytes[start] === character && (length === 1 || bytes[start + 1] === 0);
}

/** Whether the argument is `*`. */
export function isStar(context: Context, index: number): boolean {
  return isCharacter(context, index, STAR);
}

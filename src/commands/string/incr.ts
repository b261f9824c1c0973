import { INT64_TEXT_BYTES_MAX } from "../../base/limits.ts";
import { addInt64, Int64, parseInt64 } from "../../base/text.ts";
import { EVENT_INCRBY } from "../../keyspace/key-events.ts";
import { EXPIRY_KEEP, type WriteHandle } from "../../keyspace/write-handle.ts";
import type { Handle } from "../../memory/arena.ts";
import {
  ENCODING_INT,
  encodingOf,
  intHigh,
  intLow,
  intValue,
  isInteger,
  Span,
  TYPE_STRING,
  typeOf,
  valueSpan,
} from "../../structures/entry.ts";
import { stringLength } from "../../structures/string-reader.ts";
import type { Context } from "../context.ts";
import { INCREMENT_OVERFLOW, NOT_AN_INTEGER, WRONG_TYPE } from "../errors.ts";

const TWO_32 = 4294967296;
/** Of the least 64-bit integer there is no negative. */
const INT64_MIN_HIGH = -0x80000000;

export function incr(context: Context): void {
  incrementBy(context, 1);
}

export function decr(context: Context): void {
  incrementBy(context, -1);
}

export function incrby(context: Context): void {
  const delta = context.integer(2);
  if (Number.isNaN(delta)) incrementByWide(context, false);
  else incrementBy(context, delta);
}

export function decrby(context: Context): void {
  const delta = context.integer(2);
  if (Number.isNaN(delta)) incrementByWide(context, true);
  else incrementBy(context, -delta);
}

/** The hot way. @param delta a safe integer. */
function incrementBy(context: Context, delta: number): void {
  const handle = context.openWrite(1);
  const { arena } = context.keyspace;
  const entry = handle.entry;
  const value = entry === 0 ? 0 : isInteger(arena, entry) ? intValue(arena, entry) : Number.NaN;
  const sum = value + delta;
  if (!(sum <= Number.MAX_SAFE_INTEGER && sum >= -Number.MAX_SAFE_INTEGER)) {
    const change = new Int64();
    change.setNumber(delta);
    addWide(context, handle, change);
    return;
  }
  handle.setInteger(Math.floor(sum / TWO_32) | 0, sum | 0, EXPIRY_KEEP);
  handle.close(EVENT_INCRBY, 1);
  context.reply.integer(sum);
}

/** The argument is no safe integer. */
function incrementByWide(context: Context, negated: boolean): void {
  const change = new Int64();
  if (!parseInt64(context.bytes(2), context.start(2), context.length(2), change)) {
    context.fail(NOT_AN_INTEGER);
    return;
  }
  if (negated) {
    if (change.hi === INT64_MIN_HIGH && change.lo === 0) {
      context.fail("ERR decrement would overflow");
      return;
    }
    change.setWords((~change.hi + (change.lo === 0 ? 1 : 0)) | 0, -change.lo | 0);
  }
  addWide(context, context.openWrite(1), change);
}

/** Values of other types, integers kept as text, sums beyond 2^53. */
function addWide(context: Context, handle: WriteHandle, change: Int64): void {
  const sum = new Int64();
  let problem = readInteger(context, handle.entry, sum);
  if (problem === null && !addInt64(sum, change, sum)) problem = INCREMENT_OVERFLOW;
  if (problem !== null) {
    handle.close(null, 0);
    context.fail(problem);
    return;
  }
  handle.setInteger(sum.hi, sum.lo, EXPIRY_KEEP);
  handle.close(EVENT_INCRBY, 1);
  context.reply.integer64(sum.hi, sum.lo);
}

/** @returns the error, or null with the value in `into`. */
function readInteger(context: Context, entry: Handle, into: Int64): string | null {
  const { arena } = context.keyspace;
  if (entry === 0) {
    into.setNumber(0);
    return null;
  }
  if (typeOf(arena, entry) !== TYPE_STRING) return WRONG_TYPE;
  if (encodingOf(arena, entry) === ENCODING_INT) {
    into.setWords(intHigh(arena, entry), intLow(arena, entry));
    return null;
  }
  if (stringLength(arena, entry) > INT64_TEXT_BYTES_MAX) return NOT_AN_INTEGER;
  const span = new Span();
  valueSpan(arena, entry, span);
  return parseInt64(span.bytes, span.start, span.length, into) ? null : NOT_AN_INTEGER;
}

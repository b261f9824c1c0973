import { addInt64, Int64, parseInt64 } from "../../base/text.ts";
import { EVENT_INCRBY } from "../../keyspace/key-events.ts";
import { EXPIRY_KEEP, type WriteHandle } from "../../keyspace/write-handle.ts";
import {
  ENCODING_INT,
  encodingOf,
  intHigh,
  intLow,
  intValue,
  Span,
  TYPE_STRING,
  typeOf,
  valueSpan,
} from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { INCREMENT_OVERFLOW, NOT_AN_INTEGER, WRONG_TYPE } from "../errors.ts";

const TWO_32 = 4294967296;

export function incr(context: Context): void {
  incrementBy(context, 1);
}

export function decr(context: Context): void {
  incrementBy(context, -1);
}

/** @param delta a small integer. */
function incrementBy(context: Context, delta: number): void {
  const handle = context.openWrite(1);
  const { arena } = context.keyspace;
  const entry = handle.entry;
  let value = 0;
  if (entry !== 0) {
    if (typeOf(arena, entry) === TYPE_STRING && encodingOf(arena, entry) === ENCODING_INT) {
      value = intValue(arena, entry);
    } else {
      value = Number.NaN;
    }
  }
  const sum = value + delta;
  if (!(sum <= Number.MAX_SAFE_INTEGER && sum >= -Number.MAX_SAFE_INTEGER)) {
    incrementWide(context, handle, delta);
    return;
  }
  handle.setInteger(Math.floor(sum / TWO_32) | 0, sum | 0, EXPIRY_KEEP);
  handle.close(EVENT_INCRBY, 1);
  context.reply.integer(sum);
}

/** The rest: other types, integers kept as text, 64 bits. */
function incrementWide(context: Context, handle: WriteHandle, delta: number): void {
  const { arena } = context.keyspace;
  const { reply } = context;
  const entry = handle.entry;
  const sum = new Int64();
  const problem = readInteger();
  if (problem !== null) {
    handle.close(null, 0);
    context.fail(problem);
    return;
  }
  const change = new Int64();
  change.setNumber(delta);
  if (!addInt64(sum, change, sum)) {
    handle.close(null, 0);
    context.fail(INCREMENT_OVERFLOW);
    return;
  }
  handle.setInteger(sum.hi, sum.lo, EXPIRY_KEEP);
  handle.close(EVENT_INCRBY, 1);
  reply.integer64(sum.hi, sum.lo);

  function readInteger(): string | null {
    if (typeOf(arena, entry) !== TYPE_STRING) return WRONG_TYPE;
    if (encodingOf(arena, entry) === ENCODING_INT) {
      sum.setWords(intHigh(arena, entry), intLow(arena, entry));
      return null;
    }
    const span = new Span();
    valueSpan(arena, entry, span);
    return parseInt64(span.bytes, span.start, span.length, sum) ? null : NOT_AN_INTEGER;
  }
}

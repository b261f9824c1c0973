/** HINCRBY and HINCRBYFLOAT: the number in a field is text, and is written as text again. */
import { INT64_TEXT_BYTES_MAX } from "../../base/limits.ts";
import {
  addLongDoubles,
  addPlainDecimals,
  formatLongDouble,
  type LongDouble,
  parseLongDouble,
} from "../../base/long-double.ts";
import { addInt64, asciiBytes, Int64, parseInt64, writeInt64 } from "../../base/text.ts";
import { EVENT_HINCRBY, EVENT_HINCRBYFLOAT } from "../../keyspace/key-events.ts";
import type { WriteHandle } from "../../keyspace/write-handle.ts";
import { type Span, TYPE_HASH } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { INCREMENT_OVERFLOW, NOT_A_FLOAT, NOT_AN_INTEGER } from "../errors.ts";

const NOT_FINITE = "ERR value is NaN or Infinity";
const SUM_NOT_FINITE = "ERR increment would produce NaN or Infinity";
const FIELD_NOT_AN_INTEGER = "ERR hash value is not an integer";
const FIELD_NOT_A_FLOAT = "ERR hash value is not a float";
const HSET = asciiBytes("HSET");
const ZERO = asciiBytes("0");

export function hincrby(context: Context): void {
  const sum = new Int64();
  if (!parseInt64(context.bytes(3), context.start(3), context.length(3), sum)) {
    context.fail(NOT_AN_INTEGER);
    return;
  }
  const handle = context.openTyped(1, TYPE_HASH);
  if (handle === null) return;
  const problem = addPresent(findValue(context, handle), sum);
  if (problem !== null) {
    handle.close(null, 0);
    context.fail(problem);
    return;
  }
  const digits = new Uint8Array(INT64_TEXT_BYTES_MAX);
  setValue(context, handle, digits, writeInt64(sum.hi, sum.lo, digits, 0));
  handle.close(EVENT_HINCRBY, 1);
  context.reply.integer64(sum.hi, sum.lo);
}

/** Adds what the field holds, if there is one, to `sum`. @returns the error, or null. */
function addPresent(present: Span | null, sum: Int64): string | null {
  if (present === null) return null;
  const value = new Int64();
  if (!parseInt64(present.bytes, present.start, present.length, value)) return FIELD_NOT_AN_INTEGER;
  return addInt64(value, sum, sum) ? null : INCREMENT_OVERFLOW;
}

export function hincrbyfloat(context: Context): void {
  const increment = parseLongDouble(context.bytes(3), context.start(3), context.length(3));
  if (increment === null || increment.infinite) {
    context.fail(increment === null ? NOT_A_FLOAT : NOT_FINITE);
    return;
  }
  const handle = context.openTyped(1, TYPE_HASH);
  if (handle === null) return;
  const sum = sumText(context, findValue(context, handle), increment);
  if (sum === null) {
    handle.close(null, 0);
    return;
  }
  const text = asciiBytes(sum);
  setValue(context, handle, text, text.length);
  handle.close(EVENT_HINCRBYFLOAT, 1);
  context.reply.bulk(text, 0, text.length);
  propagateResult(context, text);
}

/** @param increment the third argument. @returns null when an error has been replied. */
function sumText(context: Context, present: Span | null, increment: LongDouble): string | null {
  const bytes = present?.bytes ?? ZERO;
  const start = present?.start ?? 0;
  const length = present?.length ?? ZERO.length;
  const plain = addPlainDecimals(bytes, start, length, context.bytes(3), context.start(3), context.length(3));
  if (plain !== null) return plain;
  const value = parseLongDouble(bytes, start, length);
  const sum = value === null ? null : addLongDoubles(value, increment);
  if (sum !== null) return formatLongDouble(sum);
  context.fail(value === null ? FIELD_NOT_A_FLOAT : SUM_NOT_FINITE);
  return null;
}

/** The value of the field in question, null when there is none. */
function findValue(context: Context, handle: WriteHandle): Span | null {
  const { hashes } = context.keyspace.structures;
  if (handle.entry === 0) return null;
  const isThere = hashes.open(handle.entry).find(context.bytes(2), context.start(2), context.length(2));
  return isThere ? hashes.value : null;
}

function setValue(context: Context, handle: WriteHandle, text: Uint8Array, length: number): void {
  const { hashes } = context.keyspace.structures;
  hashes.beginEdit(handle, null);
  hashes.set(context.bytes(2), context.start(2), context.length(2), text, 0, length);
  hashes.endEdit();
}

/** `HSET key field sum`: another machine might round otherwise. */
function propagateResult(context: Context, text: Uint8Array): void {
  const { effects } = context;
  if (!effects.active) return;
  effects.begin(context.database.index, 4);
  effects.constant(HSET);
  effects.argument(context.bytes(1), context.start(1), context.length(1));
  effects.argument(context.bytes(2), context.start(2), context.length(2));
  effects.constant(text);
}

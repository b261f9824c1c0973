/** HINCRBY and HINCRBYFLOAT: the number in a field is text, and is written as text again. */
import {
  addLongDoubles,
  addPlainDecimals,
  formatLongDouble,
  type LongDouble,
  parseLongDouble,
} from "../../base/long-double.ts";
import { addInt64, asciiBytes, Int64, parseInt64, parseSafeInt } from "../../base/text.ts";
import { EVENT_HINCRBY, EVENT_HINCRBYFLOAT } from "../../keyspace/key-events.ts";
import { type Span, TYPE_HASH } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { INCREMENT_OVERFLOW, NOT_A_FLOAT, NOT_AN_INTEGER } from "../errors.ts";
import { FIELDS, findField } from "./field-arguments.ts";

const NOT_FINITE = "ERR value is NaN or Infinity";
const SUM_NOT_FINITE = "ERR increment would produce NaN or Infinity";
const FIELD_NOT_AN_INTEGER = "ERR hash value is not an integer";
const FIELD_NOT_A_FLOAT = "ERR hash value is not a float";
const HSET = asciiBytes("HSET");
const HSETEX = asciiBytes("HSETEX");
const KEEPTTL = asciiBytes("KEEPTTL");
const ZERO = asciiBytes("0");

export function hincrby(context: Context): void {
  const increment = context.integer(3);
  const sum = new Int64();
  if (!Number.isNaN(increment)) {
    sum.setNumber(increment);
  } else if (!parseInt64(context.bytes(3), context.start(3), context.length(3), sum)) {
    context.fail(NOT_AN_INTEGER);
    return;
  }
  const handle = context.openTyped(1, TYPE_HASH);
  if (handle === null) return;
  const { hashes } = context.keyspace.structures;
  hashes.beginEdit(handle, null);
  const problem = findField(context, hashes, 2) ? addPresent(hashes.value, sum) : null;
  if (problem === null) {
    hashes.putInteger(context.bytes(2), context.start(2), context.length(2), sum.hi, sum.lo, true);
  }
  hashes.endEdit();
  handle.close(problem === null ? EVENT_HINCRBY : null, problem === null ? 1 : 0);
  if (problem !== null) context.fail(problem);
  else if (sum.safe) context.reply.integer(sum.value);
  else context.reply.integer64(sum.hi, sum.lo);
}

/** Adds what the field holds to `sum`. @returns the error, or null. */
function addPresent({ bytes, start, length }: Span, sum: Int64): string | null {
  const present = parseSafeInt(bytes, start, length);
  const total = present + sum.value;
  if (sum.safe && Number.isSafeInteger(total)) {
    sum.setNumber(total);
    return null;
  }
  const value = new Int64();
  if (!parseInt64(bytes, start, length, value)) return FIELD_NOT_AN_INTEGER;
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
  const { hashes } = context.keyspace.structures;
  hashes.beginEdit(handle, null);
  const sum = sumText(context, findField(context, hashes, 2) ? hashes.value : null, increment);
  if (sum === null) {
    hashes.endEdit();
    handle.close(null, 0);
    return;
  }
  const text = asciiBytes(sum);
  const expires = hashes.isFound && hashes.foundExpiryMs !== 0;
  hashes.put(context.bytes(2), context.start(2), context.length(2), text, 0, text.length, true);
  hashes.endEdit();
  handle.close(EVENT_HINCRBYFLOAT, 1);
  context.reply.bulk(text, 0, text.length);
  propagateResult(context, text, expires);
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

/**
 * `HSET key field sum`: another machine might round otherwise. Of a field that expires, and will go on to do so,
 * `HSETEX key KEEPTTL FIELDS 1 field sum`.
 */
function propagateResult(context: Context, text: Uint8Array, expires: boolean): void {
  const { effects } = context;
  if (!effects.active) return;
  effects.begin(context.database.index, expires ? 7 : 4);
  effects.constant(expires ? HSETEX : HSET);
  effects.argument(context.bytes(1), context.start(1), context.length(1));
  if (expires) {
    effects.constant(KEEPTTL);
    effects.constant(FIELDS);
    effects.integer(1);
  }
  effects.argument(context.bytes(2), context.start(2), context.length(2));
  effects.constant(text);
}

import { DOUBLE_TEXT_BYTES_MAX } from "../../base/limits.ts";
import { addLongDoubles, addPlainDecimals, formatLongDouble, parseLongDouble } from "../../base/long-double.ts";
import { asciiBytes } from "../../base/text.ts";
import { EVENT_INCRBYFLOAT } from "../../keyspace/key-events.ts";
import { EXPIRY_KEEP, type WriteHandle } from "../../keyspace/write-handle.ts";
import { type Span, TYPE_STRING, typeOf } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { NOT_A_FLOAT, WRONG_TYPE } from "../errors.ts";
import { propagateResult } from "./propagation.ts";

const ZERO = asciiBytes("0");

export function incrbyfloat(context: Context): void {
  const handle = context.openWrite(1);
  const { arena } = context.keyspace;
  if (handle.entry !== 0 && typeOf(arena, handle.entry) !== TYPE_STRING) {
    handle.close(null, 0);
    context.fail(WRONG_TYPE);
    return;
  }
  const present = valueText(context, handle);
  const sum = present === null ? null : sumText(context, present);
  if (sum === null) {
    handle.close(null, 0);
    if (context.failure === "") context.fail(NOT_A_FLOAT);
    return;
  }
  const text = asciiBytes(sum);
  handle.setText(text, 0, text.length, EXPIRY_KEEP, false);
  handle.close(EVENT_INCRBYFLOAT, 1);
  context.reply.bulk(text, 0, text.length);
  propagateResult(context, text);
}

/** The value as it is or as text, null when it is too long for a number. */
function valueText(context: Context, handle: WriteHandle): Span | null {
  const { reader } = context.keyspace;
  const { run } = reader;
  if (handle.entry === 0) {
    run.bytes = ZERO;
    run.start = 0;
    run.length = ZERO.length;
    return run;
  }
  reader.open(handle.entry);
  if (reader.length >= DOUBLE_TEXT_BYTES_MAX) return null;
  reader.findWhole(0, reader.length);
  return run;
}

/** Value and increment added as long doubles. @returns null when one is no number, or an error has been replied. */
function sumText(context: Context, { bytes, start, length }: Span): string | null {
  const by = context.bytes(2);
  const byStart = context.start(2);
  const byLength = context.length(2);
  const plain = addPlainDecimals(bytes, start, length, by, byStart, byLength);
  if (plain !== null) return plain;
  const value = parseLongDouble(bytes, start, length);
  const increment = parseLongDouble(by, byStart, byLength);
  if (value === null || increment === null) return null;
  const sum = addLongDoubles(value, increment);
  if (sum !== null) return formatLongDouble(sum);
  context.fail("ERR increment would produce NaN or Infinity");
  return null;
}

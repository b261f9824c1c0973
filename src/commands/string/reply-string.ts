import { INT64_TEXT_BYTES_MAX } from "../../base/limits.ts";
import { writeInt64 } from "../../base/text.ts";
import { type Handle, SEGMENT_SHIFT } from "../../memory/arena.ts";
import {
  ENCODING_INT,
  ENCODING_RAW_OUTSIDE,
  encodingOf,
  inlineLength,
  inlineStart,
  intHigh,
  intLow,
  intValue,
  outsideHandle,
  outsideLength,
  Span,
  spanOfBlock,
  TYPE_STRING,
  typeOf,
} from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { WRONG_TYPE } from "../errors.ts";

/** From this length on a value is sent from where it lies instead of being copied into the output. */
const PIN_BYTES_MIN = 64 * 1024;

/** Replies with the value of a string key, or with WRONGTYPE. */
export function replyString(context: Context, entry: Handle): void {
  const { arena } = context.keyspace;
  const { reply } = context;
  if (typeOf(arena, entry) !== TYPE_STRING) {
    context.fail(WRONG_TYPE);
    return;
  }
  const encoding = encodingOf(arena, entry);
  if (encoding === ENCODING_INT) {
    const value = intValue(arena, entry);
    if (Number.isNaN(value)) replyWide(context, entry);
    else reply.bulkInteger(value);
  } else if (encoding === ENCODING_RAW_OUTSIDE) {
    replyOutside(context, entry);
  } else {
    reply.bulk(arena.bytes[entry >>> SEGMENT_SHIFT], inlineStart(arena, entry), inlineLength(arena, entry));
  }
}

function replyOutside(context: Context, entry: Handle): void {
  const { arena } = context.keyspace;
  const block = outsideHandle(arena, entry);
  const length = outsideLength(arena, entry);
  if (block < 0 && length >= PIN_BYTES_MIN && arena.canPin(block)) {
    arena.pin(block);
    context.reply.bulkForeign(arena.largeBytes(block).subarray(0, length), { unpin: () => arena.unpin(block) });
    return;
  }
  const span = new Span();
  spanOfBlock(arena, block, length, span);
  context.reply.bulk(span.bytes, span.start, length);
}

/** An integer beyond 2^53. */
function replyWide(context: Context, entry: Handle): void {
  const { arena } = context.keyspace;
  const digits = new Uint8Array(INT64_TEXT_BYTES_MAX);
  context.reply.bulk(digits, 0, writeInt64(intHigh(arena, entry), intLow(arena, entry), digits, 0));
}

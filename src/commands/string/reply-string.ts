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
} from "../../structures/entry.ts";
import { type Run, stringLength } from "../../structures/string-reader.ts";
import type { Context } from "../context.ts";

/** From this length on bytes are sent from where they lie instead of being copied into the output. */
const PIN_BYTES_MIN = 64 * 1024;

/** Replies with the value of a string key. */
export function replyString(context: Context, entry: Handle): void {
  const { arena } = context.keyspace;
  const { reply } = context;
  const encoding = encodingOf(arena, entry);
  if (encoding === ENCODING_INT) {
    const value = intValue(arena, entry);
    if (Number.isNaN(value)) replyWide(context, entry);
    else reply.bulkInteger(value);
  } else if (encoding >= ENCODING_RAW_OUTSIDE) {
    replyRuns(context, entry, 0, stringLength(arena, entry));
  } else {
    const segment = entry >>> SEGMENT_SHIFT;
    reply.bulkWords(arena.bytes[segment], arena.views[segment], inlineStart(arena, entry), inlineLength(arena, entry));
  }
}

/** Replies with the bytes of a string key from `start` to `end`, which are within it. */
export function replyRange(context: Context, entry: Handle, start: number, end: number): void {
  const { arena } = context.keyspace;
  const encoding = encodingOf(arena, entry);
  if (encoding === ENCODING_INT || encoding >= ENCODING_RAW_OUTSIDE) {
    replyRuns(context, entry, start, end);
  } else {
    const from = inlineStart(arena, entry) + start;
    context.reply.bulk(arena.bytes[entry >>> SEGMENT_SHIFT], from, end - start);
  }
}

function replyRuns(context: Context, entry: Handle, start: number, end: number): void {
  const { reply } = context;
  const { reader } = context.keyspace;
  const { run } = reader.open(entry);
  reply.bulkHeader(end - start);
  for (let at = start; at < end; at += run.length) {
    reader.find(at, end);
    appendRun(context, run);
  }
  reply.crlf();
}

/** A long run is sent from where it lies, pinned if it could change; a short one is copied. */
function appendRun(context: Context, run: Run): void {
  const { arena } = context.keyspace;
  const { reply } = context;
  const { block, bytes, start, length } = run;
  const isPinnable = block < 0 && arena.canPin(block);
  if (length < PIN_BYTES_MIN || !(run.isConstant || isPinnable)) {
    reply.append(bytes, start, length);
    return;
  }
  const view = bytes.subarray(start, start + length);
  if (run.isConstant) {
    reply.appendForeign(view, null);
  } else {
    arena.pin(block);
    reply.appendForeign(view, { unpin: () => arena.unpin(block) });
  }
}

/** An integer beyond 2^53. */
function replyWide(context: Context, entry: Handle): void {
  const { arena } = context.keyspace;
  const digits = new Uint8Array(INT64_TEXT_BYTES_MAX);
  context.reply.bulk(digits, 0, writeInt64(intHigh(arena, entry), intLow(arena, entry), digits, 0));
}

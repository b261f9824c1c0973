/** SETBIT and GETBIT: one bit of a string, wherever it is, in constant time. */
import { EVENT_SETBIT } from "../../keyspace/key-events.ts";
import { type Handle, SEGMENT_SHIFT } from "../../memory/arena.ts";
import {
  ENCODING_EMBSTR,
  ENCODING_RAW,
  encodingOf,
  inlineLength,
  inlineStart,
  TYPE_STRING,
} from "../../structures/entry.ts";
import { stringLength } from "../../structures/string-reader.ts";
import type { Context } from "../context.ts";
import { WRONG_TYPE_FOUND } from "../context.ts";
import { readOffset } from "./arguments.ts";

const BAD_BIT = "ERR bit is not an integer or out of range";

export function setbit(context: Context): void {
  const offset = readOffset(context, 2);
  if (Number.isNaN(offset)) return;
  const bit = context.integer(3);
  if (bit !== 0 && bit !== 1) {
    context.fail(BAD_BIT);
    return;
  }
  const handle = context.openTyped(1, TYPE_STRING);
  if (handle === null) return;
  const { arena, reader } = context.keyspace;
  const position = Math.floor(offset / 8);
  const grows = handle.entry === 0 || stringLength(arena, handle.entry) <= position;
  handle.extendString(position + 1);
  const { run } = reader;
  handle.findWritable(position, position + 1, run);
  const mask = 0x80 >> (offset & 7);
  const byte = run.bytes[run.start];
  const old = (byte & mask) === 0 ? 0 : 1;
  const changes = grows || old !== bit;
  if (old !== bit) run.bytes[run.start] = byte ^ mask;
  handle.close(changes ? EVENT_SETBIT : null, changes ? 1 : 0);
  context.reply.integer(old);
}

export function getbit(context: Context): void {
  const offset = readOffset(context, 2);
  if (Number.isNaN(offset)) return;
  const entry = context.lookupTyped(1, TYPE_STRING);
  if (entry === WRONG_TYPE_FOUND) return;
  const byte = entry === 0 ? 0 : byteAt(context, entry, Math.floor(offset / 8));
  context.reply.integer((byte >> (7 - (offset & 7))) & 1);
}

/** A byte of a string; 0 behind its end. */
function byteAt(context: Context, entry: Handle, position: number): number {
  const { arena, reader } = context.keyspace;
  const encoding = encodingOf(arena, entry);
  if (encoding === ENCODING_RAW || encoding === ENCODING_EMBSTR) {
    if (position >= inlineLength(arena, entry)) return 0;
    return arena.bytes[entry >>> SEGMENT_SHIFT][inlineStart(arena, entry) + position];
  }
  const { run } = reader.open(entry);
  if (position >= reader.length) return 0;
  reader.find(position, position + 1);
  return run.bytes[run.start];
}

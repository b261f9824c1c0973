import { EVENT_APPEND, EVENT_SETRANGE } from "../../keyspace/key-events.ts";
import { TYPE_STRING, typeOf } from "../../structures/entry.ts";
import { stringLength } from "../../structures/string-reader.ts";
import type { Context } from "../context.ts";
import { WRONG_TYPE } from "../errors.ts";
import { readInteger } from "../integers.ts";

const TOO_LONG = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";

export function append(context: Context): void {
  const { arena, stringBytesMax } = context.keyspace;
  const handle = context.openWrite(1);
  const entry = handle.entry;
  const length = context.length(2);
  let problem: string | null = null;
  if (entry !== 0) {
    if (typeOf(arena, entry) !== TYPE_STRING) problem = WRONG_TYPE;
    else if (stringLength(arena, entry) + length > stringBytesMax) problem = TOO_LONG;
  }
  if (problem !== null) {
    handle.close(null, 0);
    context.fail(problem);
    return;
  }
  const newLength = handle.append(context.bytes(2), context.start(2), length, context.isAdoptable(2));
  handle.close(EVENT_APPEND, 1);
  context.reply.integer(newLength);
}

export function setrange(context: Context): void {
  const offset = readInteger(context, 2);
  if (Number.isNaN(offset)) return;
  if (offset < 0) {
    context.fail("ERR offset is out of range");
    return;
  }
  const { arena } = context.keyspace;
  const handle = context.openWrite(1);
  const entry = handle.entry;
  const length = context.length(3);
  const isString = entry === 0 || typeOf(arena, entry) === TYPE_STRING;
  if (isString && length > 0 && offset + length <= context.keyspace.stringBytesMax) {
    const { reply } = context;
    const newLength = handle.setRange(offset, context.bytes(3), context.start(3), length, context.isAdoptable(3));
    handle.close(EVENT_SETRANGE, 1);
    reply.integer(newLength);
    return;
  }
  handle.close(null, 0);
  if (!isString) context.fail(WRONG_TYPE);
  else if (length > 0) context.fail(TOO_LONG);
  else context.reply.integer(entry === 0 ? 0 : stringLength(arena, entry));
}

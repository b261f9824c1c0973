import type { HashValue } from "../../keyspace/hash-value.ts";
import type { Context } from "../context.ts";
import { findField } from "./field-arguments.ts";

/** From this length on a value is sent from where it lies instead of being copied into the output. */
const PIN_BYTES_MIN = 64 * 1024;

/** Replies with the field that the hash shows. */
export function replyField(context: Context, { field }: HashValue): void {
  context.reply.bulk(field.bytes, field.start, field.length);
}

/** Replies with the value that the hash shows. */
export function replyValue(context: Context, { value, valueBlock }: HashValue): void {
  const { bytes, start, length } = value;
  const { arena } = context.keyspace;
  if (length < PIN_BYTES_MIN || valueBlock >= 0 || !arena.canPin(valueBlock)) {
    context.reply.bulk(bytes, start, length);
    return;
  }
  arena.pin(valueBlock);
  context.reply.bulkForeign(bytes.subarray(start, start + length), { unpin: () => arena.unpin(valueBlock) });
}

/** Replies with the value of the field that an argument names, or null. @returns whether it is there. */
export function replyValueOf(context: Context, hash: HashValue, index: number): boolean {
  const isThere = findField(context, hash, index);
  if (isThere) replyValue(context, hash);
  else context.reply.nullBulk();
  return isThere;
}

import { TYPE_HASH } from "../../structures/entry.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";
import { replyField, replyValue } from "./reply-field.ts";

export function hgetall(context: Context): void {
  const entry = context.lookupTyped(1, TYPE_HASH);
  if (entry === WRONG_TYPE_FOUND) return;
  const { hashes } = context.keyspace.structures;
  context.reply.mapHeader(entry === 0 ? 0 : hashes.open(entry).count);
  while (entry !== 0 && hashes.next()) {
    replyField(context, hashes);
    replyValue(context, hashes);
  }
}

export function hkeys(context: Context): void {
  const entry = context.lookupTyped(1, TYPE_HASH);
  if (entry === WRONG_TYPE_FOUND) return;
  const { hashes } = context.keyspace.structures;
  context.reply.arrayHeader(entry === 0 ? 0 : hashes.open(entry).count);
  while (entry !== 0 && hashes.next()) replyField(context, hashes);
}

export function hvals(context: Context): void {
  const entry = context.lookupTyped(1, TYPE_HASH);
  if (entry === WRONG_TYPE_FOUND) return;
  const { hashes } = context.keyspace.structures;
  context.reply.arrayHeader(entry === 0 ? 0 : hashes.open(entry).count);
  while (entry !== 0 && hashes.next()) replyValue(context, hashes);
}

import { TYPE_HASH } from "../../structures/entry.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";
import { findField } from "./field-arguments.ts";
import { replyValueOf } from "./reply-field.ts";

export function hget(context: Context): void {
  const entry = context.lookupTyped(1, TYPE_HASH);
  if (entry === WRONG_TYPE_FOUND) return;
  if (entry === 0) context.reply.nullBulk();
  else replyValueOf(context, context.keyspace.structures.hashes.open(entry), 2);
}

export function hmget(context: Context): void {
  const entry = context.lookupTyped(1, TYPE_HASH);
  if (entry === WRONG_TYPE_FOUND) return;
  const { argc, reply } = context;
  const { hashes } = context.keyspace.structures;
  if (entry !== 0) hashes.open(entry);
  reply.arrayHeader(argc - 2);
  for (let index = 2; index < argc; index++) {
    if (entry === 0) reply.nullBulk();
    else replyValueOf(context, hashes, index);
  }
}

export function hexists(context: Context): void {
  const entry = context.lookupTyped(1, TYPE_HASH);
  if (entry === WRONG_TYPE_FOUND) return;
  const { hashes } = context.keyspace.structures;
  const isThere = entry !== 0 && hashes.open(entry).has(context.bytes(2), context.start(2), context.length(2));
  context.reply.integer(isThere ? 1 : 0);
}

export function hstrlen(context: Context): void {
  const entry = context.lookupTyped(1, TYPE_HASH);
  if (entry === WRONG_TYPE_FOUND) return;
  const { hashes } = context.keyspace.structures;
  const isThere = entry !== 0 && findField(context, hashes.open(entry), 2);
  context.reply.integer(isThere ? hashes.value.length : 0);
}

export function hlen(context: Context): void {
  const entry = context.lookupTyped(1, TYPE_HASH);
  if (entry === WRONG_TYPE_FOUND) return;
  context.reply.integer(entry === 0 ? 0 : context.keyspace.structures.hashes.open(entry).count);
}

import type { HashValue } from "../../keyspace/hash-value.ts";
import { drawDistinct } from "../../keyspace/random-draw.ts";
import { TYPE_HASH } from "../../structures/entry.ts";
import { HandleList } from "../../structures/handle-list.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";
import { readRandomCount } from "../random-count.ts";
import { replyField, replyValue } from "./reply-field.ts";

export function hrandfield(context: Context): void {
  if (context.argc > 2) {
    const request = readRandomCount(context, "WITHVALUES");
    if (request !== null) replyMany(context, request.count, request.isPaired);
    return;
  }
  const entry = context.lookupTyped(1, TYPE_HASH);
  if (entry === WRONG_TYPE_FOUND) return;
  if (entry === 0) {
    context.reply.nullBulk();
    return;
  }
  const { random, structures } = context.keyspace;
  const hash = structures.hashes.open(entry);
  hash.show(hash.random(random));
  replyField(context, hash);
}

/** @param count distinct fields at the most; if negative, as many, of which some may be the same. */
function replyMany(context: Context, count: number, withValues: boolean): void {
  const entry = context.lookupTyped(1, TYPE_HASH);
  if (entry === WRONG_TYPE_FOUND) return;
  const { reply } = context;
  if (entry === 0 || count === 0) {
    reply.arrayHeader(0);
    return;
  }
  const hash = context.keyspace.structures.hashes.open(entry);
  const replies = count < 0 ? -count : Math.min(count, hash.count);
  reply.arrayHeader(withValues && reply.resp === 2 ? 2 * replies : replies);
  if (count < 0) replyDraws(context, hash, -count, withValues);
  else if (count >= hash.count) replyAll(context, hash, withValues);
  else replyDistinct(context, hash, count, withValues);
}

function replyAll(context: Context, hash: HashValue, withValues: boolean): void {
  while (hash.next()) replyPair(context, hash, withValues);
}

function replyDistinct(context: Context, hash: HashValue, count: number, withValues: boolean): void {
  const drawn = new HandleList();
  drawDistinct(hash, count, context.keyspace.random, drawn);
  for (let index = 0; index < count; index++) {
    hash.show(drawn.items[index]);
    replyPair(context, hash, withValues);
  }
}

/** Draws anew each time. */
function replyDraws(context: Context, hash: HashValue, count: number, withValues: boolean): void {
  const { random } = context.keyspace;
  const all = new HandleList();
  if (hash.isPacked) hash.collect(all);
  for (let left = count; left > 0 && !context.client.closeAfterReply; left--) {
    hash.show(hash.isPacked ? all.items[random.below(all.length)] : hash.random(random));
    replyPair(context, hash, withValues);
  }
}

function replyPair(context: Context, hash: HashValue, withValues: boolean): void {
  if (withValues && context.reply.resp === 3) context.reply.arrayHeader(2);
  replyField(context, hash);
  if (withValues) replyValue(context, hash);
}

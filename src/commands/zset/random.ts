import { drawDistinct } from "../../keyspace/random-draw.ts";
import type { ZsetValue } from "../../keyspace/zset-value.ts";
import { TYPE_ZSET } from "../../structures/entry.ts";
import { HandleList } from "../../structures/handle-list.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";
import { readRandomCount } from "../random-count.ts";
import { replyMember, replyMembersHeader, replyPair } from "./reply-member.ts";

export function zrandmember(context: Context): void {
  if (context.argc > 2) {
    const request = readRandomCount(context, "WITHSCORES");
    if (request !== null) replyMany(context, request.count, request.isPaired);
    return;
  }
  const entry = context.lookupTyped(1, TYPE_ZSET);
  if (entry === WRONG_TYPE_FOUND) return;
  if (entry === 0) {
    context.reply.nullBulk();
    return;
  }
  const { random, structures } = context.keyspace;
  const zset = structures.zsets.open(entry);
  zset.show(zset.random(random));
  replyMember(context.reply, zset);
}

/** @param count distinct members at the most; if negative, as many, of which some may be the same. */
function replyMany(context: Context, count: number, withScores: boolean): void {
  const entry = context.lookupTyped(1, TYPE_ZSET);
  if (entry === WRONG_TYPE_FOUND) return;
  const { reply } = context;
  if (entry === 0 || count === 0) {
    reply.arrayHeader(0);
    return;
  }
  const zset = context.keyspace.structures.zsets.open(entry);
  replyMembersHeader(reply, count < 0 ? -count : Math.min(count, zset.count), withScores);
  if (count < 0) replyDraws(context, zset, -count, withScores);
  else if (count >= zset.count) while (zset.next()) replyPair(reply, zset, withScores);
  else replyDistinct(context, zset, count, withScores);
}

function replyDistinct(context: Context, zset: ZsetValue, count: number, withScores: boolean): void {
  const drawn = new HandleList();
  drawDistinct(zset, count, context.keyspace.random, drawn);
  for (let index = 0; index < count; index++) {
    zset.show(drawn.items[index]);
    replyPair(context.reply, zset, withScores);
  }
}

/** Draws anew each time. */
function replyDraws(context: Context, zset: ZsetValue, count: number, withScores: boolean): void {
  const { random } = context.keyspace;
  const all = new HandleList();
  if (zset.isPacked) zset.collect(all);
  for (let left = count; left > 0 && !context.client.closeAfterReply; left--) {
    zset.show(zset.isPacked ? all.items[random.below(all.length)] : zset.random(random));
    replyPair(context.reply, zset, withScores);
  }
}

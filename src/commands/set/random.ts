import { drawDistinct } from "../../keyspace/random-draw.ts";
import type { SetValue } from "../../keyspace/set-value.ts";
import { TYPE_SET } from "../../structures/entry.ts";
import { HandleList } from "../../structures/handle-list.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";
import { SYNTAX_ERROR } from "../errors.ts";
import { readRandomCount } from "../random-count.ts";
import { replyMember } from "./read.ts";

export function srandmember(context: Context): void {
  if (context.argc > 2) {
    replyMany(context);
    return;
  }
  const entry = context.lookupTyped(1, TYPE_SET);
  if (entry === WRONG_TYPE_FOUND) return;
  if (entry === 0) {
    context.reply.nullBulk();
    return;
  }
  const { random, structures } = context.keyspace;
  const set = structures.sets.open(entry);
  set.show(set.random(random));
  replyMember(context, set);
}

/** COUNT distinct members at the most; if negative, as many, of which some may be the same. */
function replyMany(context: Context): void {
  if (context.argc > 3) {
    context.fail(SYNTAX_ERROR);
    return;
  }
  const request = readRandomCount(context, "");
  if (request === null) return;
  const { count } = request;
  const entry = context.lookupTyped(1, TYPE_SET);
  if (entry === WRONG_TYPE_FOUND) return;
  const { reply, keyspace } = context;
  if (entry === 0 || count === 0) {
    reply.arrayHeader(0);
    return;
  }
  const set = keyspace.structures.sets.open(entry);
  reply.arrayHeader(count < 0 ? -count : Math.min(count, set.count));
  if (count < 0) replyDraws(context, set, -count);
  else if (count >= set.count) while (set.next()) replyMember(context, set);
  else replyDistinct(context, set, count);
}

function replyDistinct(context: Context, set: SetValue, count: number): void {
  const drawn = new HandleList();
  drawDistinct(set, count, context.keyspace.random, drawn);
  for (let index = 0; index < count; index++) {
    set.show(drawn.items[index]);
    replyMember(context, set);
  }
}

/** Draws anew each time. */
function replyDraws(context: Context, set: SetValue, count: number): void {
  const { random } = context.keyspace;
  const all = new HandleList();
  if (set.isPacked) set.collect(all);
  for (let left = count; left > 0 && !context.client.closeAfterReply; left--) {
    set.show(set.isPacked ? all.items[random.below(all.length)] : set.random(random));
    replyMember(context, set);
  }
}

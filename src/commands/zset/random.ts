import type { ZsetValue } from "../../keyspace/zset-value.ts";
import { TYPE_ZSET } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { drawElements, type ElementDraw } from "../random-elements.ts";
import { replyPair } from "./reply-member.ts";

const MEMBERS: ElementDraw<ZsetValue> = {
  type: TYPE_ZSET,
  option: "WITHSCORES",
  valueOf: (context) => context.keyspace.structures.zsets,
  reply: ({ reply }, zset, withScores) => replyPair(reply, zset, withScores),
};

export function zrandmember(context: Context): void {
  drawElements(context, MEMBERS);
}

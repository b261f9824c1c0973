import type { ZsetValue } from "../../keyspace/zset-value.ts";
import type { ReplyBuffer } from "../../protocol/reply-writer.ts";
import { beginPair } from "../reply-pairs.ts";

/** Replies with the member that the sorted set shows. */
export function replyMember(reply: ReplyBuffer, { member, view }: ZsetValue): void {
  if (view === null) reply.bulk(member.bytes, member.start, member.length);
  else reply.bulkWords(member.bytes, view, member.start, member.length);
}

/** Replies with that member, with its score if that is wanted. */
export function replyPair(reply: ReplyBuffer, zset: ZsetValue, withScores: boolean): void {
  if (!withScores) {
    replyMember(reply, zset);
    return;
  }
  beginPair(reply);
  replyMember(reply, zset);
  reply.double(zset.score);
}

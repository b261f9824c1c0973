import type { ZsetValue } from "../../keyspace/zset-value.ts";
import type { ReplyBuffer } from "../../protocol/reply-writer.ts";

/** Replies with the member that the sorted set shows. */
export function replyMember(reply: ReplyBuffer, { member, view }: ZsetValue): void {
  if (view === null) reply.bulk(member.bytes, member.start, member.length);
  else reply.bulkWords(member.bytes, view, member.start, member.length);
}

/** The header of an array of `count` members; with scores RESP3 has an array for each pair, RESP2 one for all. */
export function replyMembersHeader(reply: ReplyBuffer, count: number, withScores: boolean): void {
  reply.arrayHeader(withScores && reply.resp === 2 ? 2 * count : count);
}

/** One of these members, with its score if that is wanted. */
export function replyPair(reply: ReplyBuffer, zset: ZsetValue, withScores: boolean): void {
  if (!withScores) {
    replyMember(reply, zset);
    return;
  }
  if (reply.resp === 3) reply.arrayHeader(2);
  replyMember(reply, zset);
  reply.double(zset.score);
}

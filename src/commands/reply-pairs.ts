/** Replies of elements with what belongs to each: RESP3 has an array for each pair, RESP2 one for all. */
import type { ReplyBuffer } from "../protocol/reply-writer.ts";

/** The header of as many elements, or pairs. */
export function replyPairsHeader(reply: ReplyBuffer, count: number, isPaired: boolean): void {
  reply.arrayHeader(isPaired && reply.resp === 2 ? 2 * count : count);
}

/** Before the two parts of each pair. */
export function beginPair(reply: ReplyBuffer): void {
  if (reply.resp === 3) reply.arrayHeader(2);
}

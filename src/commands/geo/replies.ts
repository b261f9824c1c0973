import { formatHuman } from "../../base/fixed-text.ts";
import type { Position } from "../../base/geohash.ts";
import type { ReplyBuffer } from "../../protocol/reply-writer.ts";

/** Decimals of a distance, and ten to their power. */
const DISTANCE_DECIMALS = 4;
const DISTANCE_SCALE: number = 10 ** DISTANCE_DECIMALS;
/** Adding this to a smaller number and taking it away again rounds half to even. */
const INTEGERS_FROM: number = 2 ** 52;

/** A distance with four decimals; a bulk string in RESP3 too. */
export function replyDistance(reply: ReplyBuffer, distance: number): void {
  reply.bulkDecimal(distance * DISTANCE_SCALE + INTEGERS_FROM - INTEGERS_FROM, DISTANCE_DECIMALS);
}

/** Longitude and latitude, with up to 17 decimals. */
export function replyPosition(reply: ReplyBuffer, position: Position): void {
  reply.arrayHeader(2);
  reply.doubleText(formatHuman(position.longitude));
  reply.doubleText(formatHuman(position.latitude));
}

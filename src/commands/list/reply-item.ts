import type { ListReader } from "../../keyspace/list-reader.ts";
import { elementBytes } from "../../structures/listpack-encoding.ts";
import { readElement } from "../../structures/quicklist-record.ts";
import type { Context } from "../context.ts";

/** Strings of up to 63 bytes have their length in their first byte, in the lower six bits. */
const SHORT_STRING = 0x80;
const SHORT_STRING_MASK = 0xc0;

/** From this length on an element is sent from where it lies instead of being copied into the output. */
const PIN_BYTES_MIN = 64 * 1024;

/** Replies with the element that the list shows or has at the end that was looked at. */
export function replyItem(context: Context, list: ListReader): void {
  const { bytes, start, length } = list.item;
  if (length < PIN_BYTES_MIN || !replyPinned(context, list)) context.reply.bulk(bytes, start, length);
}

/** Replies with the element that was taken from a list: it stands in no list any more, or in another place. */
export function replyTaken({ reply }: Context, { item }: ListReader): void {
  reply.bulk(item.bytes, item.start, item.length);
}

/** @returns false when the element must be copied. */
function replyPinned({ keyspace, reply }: Context, list: ListReader): boolean {
  const { arena } = keyspace;
  const { bytes, start, length } = list.item;
  const block = list.itemBlock;
  if (block >= 0 || !arena.canPin(block)) return false;
  arena.pin(block);
  reply.bulkForeign(bytes.subarray(start, start + length), { unpin: () => arena.unpin(block) });
  return true;
}

/** Replies with an array of `count` elements from an index on, or back from it. There are as many. */
export function replyItems(context: Context, list: ListReader, from: number, count: number, isBackward: boolean): void {
  context.reply.arrayHeader(count);
  list.seek(from);
  if (isBackward) replyBackward(context, list, count);
  else replyForward(context, list, count);
}

function replyBackward(context: Context, list: ListReader, count: number): void {
  for (let left = count; left > 0; left--) {
    list.show();
    replyItem(context, list);
    if (left > 1) list.move(true);
  }
}

/** Piece by piece: within one, going on to the next element is an addition. */
function replyForward(context: Context, list: ListReader, count: number): void {
  for (let left = count; left > 0; ) {
    if (list.showRest()) {
      left -= replyRest(context, list, left);
    } else {
      list.show();
      replyItem(context, list);
      left--;
    }
    if (left > 0) list.moveBehindRest();
  }
}

/** Replies with up to `countMax` elements of the rest that the list shows. @returns how many. */
function replyRest(context: Context, list: ListReader, countMax: number): number {
  const { item, restView } = list;
  const { bytes, start, length } = list.rest;
  const { reply } = context;
  const end = start + length;
  let count = 0;
  for (let at = start; at < end && count < countMax; count++) {
    const lead = bytes[at];
    if ((lead & SHORT_STRING_MASK) === SHORT_STRING) {
      const stringBytes = lead & ~SHORT_STRING_MASK;
      reply.bulkWords(bytes, restView, at + 1, stringBytes);
      at += stringBytes + 2;
    } else {
      readElement(bytes, at, item);
      replyItem(context, list);
      at += elementBytes(bytes, at);
    }
  }
  return count;
}

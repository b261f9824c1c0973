import type { ListReader } from "../../keyspace/list-reader.ts";
import type { Context } from "../context.ts";

/** Replies with the element that the list shows. */
export function replyItem({ reply }: Context, { item }: ListReader): void {
  reply.bulk(item.bytes, item.start, item.length);
}

/** Replies with an array of `count` elements from an index on, or back from it. There are as many. */
export function replyItems(context: Context, list: ListReader, from: number, count: number, isBackward: boolean): void {
  context.reply.arrayHeader(count);
  let isThere = list.seek(from);
  for (let left = count; left > 0 && isThere; left--) {
    list.show();
    replyItem(context, list);
    if (left > 1) isThere = list.move(isBackward);
  }
}

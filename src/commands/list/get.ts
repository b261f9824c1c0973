import { TYPE_LIST } from "../../structures/entry.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";
import { readInteger } from "../integers.ts";
import { replyItem, replyItems } from "./reply-item.ts";

export function llen(context: Context): void {
  const entry = context.lookupTyped(1, TYPE_LIST);
  if (entry === WRONG_TYPE_FOUND) return;
  context.reply.integer(entry === 0 ? 0 : context.keyspace.structures.lists.open(entry).count);
}

export function lindex(context: Context): void {
  const entry = context.lookupTyped(1, TYPE_LIST);
  if (entry === WRONG_TYPE_FOUND) return;
  if (entry === 0) {
    context.reply.nullBulk();
    return;
  }
  const index = readInteger(context, 2);
  if (Number.isNaN(index)) return;
  const list = context.keyspace.structures.lists.open(entry);
  if (!list.seek(index)) {
    context.reply.nullBulk();
    return;
  }
  list.show();
  replyItem(context, list);
}

export function lrange(context: Context): void {
  const start = readInteger(context, 2);
  if (Number.isNaN(start)) return;
  const stop = readInteger(context, 3);
  if (Number.isNaN(stop)) return;
  const entry = context.lookupTyped(1, TYPE_LIST);
  if (entry === WRONG_TYPE_FOUND) return;
  const { lists } = context.keyspace.structures;
  const count = entry === 0 ? 0 : lists.open(entry).count;
  const first = Math.max(0, start < 0 ? start + count : start);
  const last = Math.min(count - 1, stop < 0 ? stop + count : stop);
  if (first > last) context.reply.arrayHeader(0);
  else replyItems(context, lists, first, last - first + 1, false);
}

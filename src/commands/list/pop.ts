/** LPOP, RPOP, and what takes elements from the first of several lists: LMPOP. */
import type { WriteHandle } from "../../keyspace/write-handle.ts";
import { TYPE_LIST } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { NOT_POSITIVE, wrongArity } from "../errors.ts";
import { readAtLeast } from "../integers.ts";
import { type MultiPop, readMultiPop } from "../multi-pop.ts";
import { closeShrunk } from "../write-steps.ts";
import { HEAD, type ListEnd, readEnd, TAIL } from "./ends.ts";
import { replyItem, replyItems } from "./reply-item.ts";

export function lpop(context: Context): void {
  pop(context, HEAD);
}

export function rpop(context: Context): void {
  pop(context, TAIL);
}

function pop(context: Context, end: ListEnd): void {
  const { argc, reply } = context;
  if (argc > 3) {
    context.fail(wrongArity(context.row.name));
    return;
  }
  const count = argc === 3 ? readAtLeast(context, 2, 0, NOT_POSITIVE) : 1;
  if (Number.isNaN(count)) return;
  const handle = context.openTyped(1, TYPE_LIST);
  if (handle === null) return;
  if (handle.entry === 0 || count === 0) {
    if (handle.entry !== 0) reply.arrayHeader(0);
    else if (argc === 3) reply.nullArray();
    else reply.nullBulk();
    handle.close(null, 0);
  } else if (argc === 3) {
    popSeveral(context, handle, end, count);
  } else {
    popOne(context, handle, end);
  }
}

/** Replies with the element at an end, takes it off and closes the handle. The key holds a list. */
export function popOne(context: Context, handle: WriteHandle, end: ListEnd): void {
  const { lists } = context.keyspace.structures;
  lists.beginEdit(handle);
  lists.peek(end.isTail);
  replyItem(context, lists);
  lists.drop(end.isTail);
  closeShrunk(handle, end.popEvent, 1, lists.endEdit(true) === 0);
}

/** As `popOne`, with an array of up to `countMax` elements. @returns how many. */
export function popSeveral(context: Context, handle: WriteHandle, end: ListEnd, countMax: number): number {
  const { lists } = context.keyspace.structures;
  lists.beginEdit(handle);
  const present = lists.count;
  const count = Math.min(countMax, present);
  replyItems(context, lists, end.isTail ? -1 : 0, count, end.isTail);
  lists.removeRange(end.isTail ? present - count : 0, count);
  closeShrunk(handle, end.popEvent, count, lists.endEdit(true) === 0);
  return count;
}

// ---- of several lists -------------------------------------------------------------------------------------------

/** The argument of the first of some keys that is there, 0 when none is. */
export function firstList(context: Context, firstKey: number, keyCount: number): number {
  for (let index = firstKey; index < firstKey + keyCount; index++) {
    if (context.peek(index) !== 0) return index;
  }
  return 0;
}

export function lmpop(context: Context): void {
  const request = readMultiPop(context, 1, readEnd);
  if (request === null) return;
  const key = firstList(context, request.firstKey, request.keyCount);
  if (key === 0) context.reply.nullArray();
  else popFrom(context, key, request);
}

/** Replies with a key and the elements taken from it. It holds something. */
export function popFrom(context: Context, key: number, { end, count }: MultiPop<ListEnd>): void {
  const handle = context.openTyped(key, TYPE_LIST);
  if (handle === null) return;
  context.reply.arrayHeader(2);
  context.reply.bulk(context.bytes(key), context.start(key), context.length(key));
  propagatePop(context, key, end, popSeveral(context, handle, end, count));
}

/** `LPOP key [count]`. @param count 0 to leave it out. */
export function propagatePop(context: Context, key: number, end: ListEnd, count: number): void {
  const { effects } = context;
  if (!effects.active) return;
  effects.begin(context.database.index, count === 0 ? 2 : 3);
  effects.constant(end.pop);
  effects.argument(context.bytes(key), context.start(key), context.length(key));
  if (count > 0) effects.integer(count);
}

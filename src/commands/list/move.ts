/** LMOVE and RPOPLPUSH: an element from an end of one list to an end of another, or of the same. */
import { equalBytes } from "../../base/bytes.ts";
import type { ListValue } from "../../keyspace/list-value.ts";
import type { WriteHandle } from "../../keyspace/write-handle.ts";
import { TYPE_LIST } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { closeShrunk } from "../write-steps.ts";
import { HEAD, type ListEnd, readEnd, TAIL } from "./ends.ts";
import { replyTaken } from "./reply-item.ts";

const SOURCE = 1;
const DESTINATION = 2;

export function lmove(context: Context): void {
  const from = readEnd(context, 3);
  const to = from === null ? null : readEnd(context, 4);
  if (from !== null && to !== null) moveOrReplyNull(context, from, to);
}

export function rpoplpush(context: Context): void {
  moveOrReplyNull(context, TAIL, HEAD);
}

function moveOrReplyNull(context: Context, from: ListEnd, to: ListEnd): void {
  const source = context.openTyped(SOURCE, TYPE_LIST);
  if (source === null) return;
  if (source.entry !== 0) {
    moveElement(context, source, from, to);
    return;
  }
  source.close(null, 0);
  context.reply.nullBulk();
}

/** Moves an element, replies with it and closes the handle of the source, which holds a list. @returns whether it did. */
export function moveElement(context: Context, source: WriteHandle, from: ListEnd, to: ListEnd): boolean {
  return isSameKey(context) ? rotate(context, source, from, to) : moveAcross(context, source, from, to);
}

function isSameKey(context: Context): boolean {
  const length = context.length(SOURCE);
  if (context.length(DESTINATION) !== length) return false;
  const other = context.bytes(DESTINATION);
  return equalBytes(context.bytes(SOURCE), context.start(SOURCE), other, context.start(DESTINATION), length);
}

function rotate(context: Context, handle: WriteHandle, from: ListEnd, to: ListEnd): boolean {
  const { lists } = context.keyspace.structures;
  lists.beginEdit(handle);
  lists.take(from.isTail);
  measureItem(lists, false);
  lists.grow();
  pushItem(lists, to);
  lists.endEdit(true);
  replyTaken(context, lists);
  handle.signal(to.pushEvent);
  handle.close(from.popEvent, 1);
  return true;
}

/** What is told of: first the push, then the pop, as in Redis. */
function moveAcross(context: Context, source: WriteHandle, from: ListEnd, to: ListEnd): boolean {
  const { lists } = context.keyspace.structures;
  const destination = context.openTyped(DESTINATION, TYPE_LIST);
  if (destination === null) {
    source.close(null, 0);
    return false;
  }
  lists.beginEdit(source);
  lists.take(from.isTail);
  const left = lists.endEdit(true);
  measureItem(lists, destination.entry === 0);
  lists.beginGrowth(destination);
  pushItem(lists, to);
  lists.endEdit(false);
  replyTaken(context, lists);
  destination.close(to.pushEvent, 0);
  closeShrunk(source, from.popEvent, 1, left === 0);
  return true;
}

/** An integer that has been taken from a list is one to Redis, and has no length there. */
function measureItem({ growth, item }: ListValue, isNew: boolean): void {
  growth.reset(1);
  if (!item.isInteger) growth.textBytes = item.length;
  if (isNew) growth.packedBytes = item.length + 2;
}

function pushItem(lists: ListValue, to: ListEnd): void {
  const { item } = lists;
  lists.push(to.isTail, item.bytes, item.start, item.length);
}

/** What changes a list in between: LINSERT, LSET, LREM, LTRIM. */
import { asciiBytes } from "../../base/text.ts";
import { EVENT_DEL, EVENT_LINSERT, EVENT_LREM, EVENT_LSET, EVENT_LTRIM } from "../../keyspace/key-events.ts";
import { TYPE_LIST } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { NO_SUCH_KEY, SYNTAX_ERROR } from "../errors.ts";
import { readDirected, readInteger } from "../integers.ts";
import { closeShrunk, openPresent } from "../write-steps.ts";
import { measure } from "./push.ts";

const BEFORE = asciiBytes("BEFORE");
const AFTER = asciiBytes("AFTER");
const INDEX_OUT_OF_RANGE = "ERR index out of range";

export function linsert(context: Context): void {
  const isAfter = context.is(2, AFTER);
  if (!isAfter && !context.is(2, BEFORE)) {
    context.fail(SYNTAX_ERROR);
    return;
  }
  const handle = openPresent(context, TYPE_LIST);
  if (handle === null) return;
  const { lists } = context.keyspace.structures;
  measure(context, 4, 5, false);
  lists.beginGrowth(handle);
  lists.seek(0);
  const isFound = lists.find(context.bytes(3), context.start(3), context.length(3), false, lists.count) >= 0;
  if (isFound) lists.insert(isAfter, context.bytes(4), context.start(4), context.length(4));
  const count = lists.endEdit(false);
  handle.close(isFound ? EVENT_LINSERT : null, isFound ? 1 : 0);
  context.reply.integer(isFound ? count : -1);
}

export function lset(context: Context): void {
  const handle = context.openTyped(1, TYPE_LIST);
  if (handle === null) return;
  const index = handle.entry === 0 ? 0 : context.integer64(2);
  if (handle.entry === 0 || index === null) {
    const isThere = handle.entry !== 0;
    handle.close(null, 0);
    if (isThere) readInteger(context, 2);
    else context.fail(NO_SUCH_KEY);
    return;
  }
  const { lists } = context.keyspace.structures;
  measure(context, 3, 4, false);
  lists.beginGrowth(handle);
  const isThere = lists.seek(index);
  if (isThere) lists.replace(context.bytes(3), context.start(3), context.length(3));
  lists.endEdit(isThere);
  handle.close(isThere ? EVENT_LSET : null, isThere ? 1 : 0);
  if (isThere) context.reply.ok();
  else context.fail(INDEX_OUT_OF_RANGE);
}

export function lrem(context: Context): void {
  const count = readDirected(context, 2);
  if (Number.isNaN(count)) return;
  const handle = openPresent(context, TYPE_LIST);
  if (handle === null) return;
  const { lists } = context.keyspace.structures;
  const countMax = count === 0 ? Number.POSITIVE_INFINITY : Math.abs(count);
  lists.beginEdit(handle);
  const removed = lists.removeEqual(context.bytes(3), context.start(3), context.length(3), count < 0, countMax);
  closeShrunk(handle, EVENT_LREM, removed, lists.endEdit(removed > 0) === 0);
  context.reply.integer(removed);
}

export function ltrim(context: Context): void {
  const start = readInteger(context, 2);
  if (Number.isNaN(start)) return;
  const stop = readInteger(context, 3);
  if (Number.isNaN(stop)) return;
  const handle = context.openTyped(1, TYPE_LIST);
  if (handle === null) return;
  if (handle.entry === 0) {
    handle.close(null, 0);
    context.reply.ok();
    return;
  }
  const { lists } = context.keyspace.structures;
  lists.beginEdit(handle);
  const { count } = lists;
  const first = Math.max(0, start < 0 ? start + count : start);
  const end = Math.min(count, (stop < 0 ? stop + count : stop) + 1);
  const kept = Math.max(0, end - first);
  // From the tail first, so that the indexes stay what they are.
  if (kept > 0) lists.removeRange(end, count - end);
  lists.removeRange(0, kept > 0 ? first : count);
  const left = lists.endEdit(true);
  if (left === 0) handle.signal(EVENT_LTRIM);
  handle.close(left === 0 ? EVENT_DEL : EVENT_LTRIM, count - left);
  context.reply.ok();
}

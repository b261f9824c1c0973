/** ZPOPMIN, ZPOPMAX, ZMPOP, and the forms of them that wait. */
import { asciiBytes } from "../../base/text.ts";
import { EVENT_DEL, EVENT_ZPOPMAX, EVENT_ZPOPMIN } from "../../keyspace/key-events.ts";
import type { WriteHandle } from "../../keyspace/write-handle.ts";
import type { ZsetValue } from "../../keyspace/zset-value.ts";
import type { ReplyBuffer } from "../../protocol/reply-writer.ts";
import { TYPE_ZSET } from "../../structures/entry.ts";
import { waitForAny } from "../blocking.ts";
import type { Context } from "../context.ts";
import { NOT_POSITIVE, SYNTAX_ERROR } from "../errors.ts";
import { readAtLeast } from "../integers.ts";
import { type MultiPop, readMultiPop } from "../multi-pop.ts";
import { readTimeout } from "../timeout.ts";
import { replyMember } from "./reply-member.ts";

const MIN = asciiBytes("MIN");
const MAX = asciiBytes("MAX");
const ZPOPMIN = asciiBytes("ZPOPMIN");
const ZPOPMAX = asciiBytes("ZPOPMAX");

export function zpopmin(context: Context): void {
  popOne(context, false);
}

export function zpopmax(context: Context): void {
  popOne(context, true);
}

function popOne(context: Context, fromEnd: boolean): void {
  const { argc, reply } = context;
  if (argc > 3) {
    context.fail(SYNTAX_ERROR);
    return;
  }
  const count = argc === 3 ? readAtLeast(context, 2, 0, NOT_POSITIVE) : 1;
  if (Number.isNaN(count)) return;
  const handle = context.openTyped(1, TYPE_ZSET);
  if (handle === null) return;
  if (handle.entry === 0 || count === 0) {
    handle.close(null, 0);
    reply.arrayHeader(0);
    return;
  }
  const { zsets } = context.keyspace.structures;
  const popped = Math.min(count, zsets.open(handle.entry).count);
  const isNested = argc === 3 && reply.resp === 3;
  reply.arrayHeader(isNested ? popped : 2 * popped);
  pop(context, handle, popped, fromEnd, isNested);
}

/** Takes members out of a sorted set that has as many, and closes the handle. */
function pop(context: Context, handle: WriteHandle, count: number, fromEnd: boolean, isNested: boolean): void {
  const { reply, keyspace } = context;
  const { zsets } = keyspace.structures;
  const event = fromEnd ? EVENT_ZPOPMAX : EVENT_ZPOPMIN;
  if (count === zsets.open(handle.entry).count) {
    zsets.seek(fromEnd ? count - 1 : 0);
    while (zsets.take(fromEnd)) replyPair(reply, zsets, isNested);
    // All of it is freed in slices.
    handle.unlink();
    handle.signal(event);
    handle.close(EVENT_DEL, count);
    return;
  }
  zsets.beginEdit(handle, 0, 0, 0);
  for (let left = count; left > 0; left--) {
    zsets.takeOut(fromEnd);
    replyPair(reply, zsets, isNested);
    zsets.drop();
  }
  zsets.endEdit();
  handle.close(event, count);
}

/** A member and its score, nested where the reply is of pairs. */
function replyPair(reply: ReplyBuffer, zset: ZsetValue, isNested: boolean): void {
  if (isNested) reply.arrayHeader(2);
  replyMember(reply, zset);
  reply.double(zset.score);
}

// ---- several keys -----------------------------------------------------------------------------------------------

export function bzpopmin(context: Context): void {
  popOrWait(context, false);
}

export function bzpopmax(context: Context): void {
  popOrWait(context, true);
}

function popOrWait(context: Context, fromEnd: boolean): void {
  const { argc, reply } = context;
  const timeoutMs = readTimeout(context, argc - 1);
  if (Number.isNaN(timeoutMs)) return;
  const handle = firstPresent(context, 1, argc - 2);
  if (handle === null) return;
  if (handle === "none") {
    waitForAny(context, TYPE_ZSET, 1, argc - 2, timeoutMs);
    return;
  }
  reply.arrayHeader(3);
  reply.bulk(handle.key, handle.keyStart, handle.keyLength);
  propagatePop(context, handle, fromEnd, 0);
  pop(context, handle, 1, fromEnd, false);
}

export function zmpop(context: Context): void {
  const request = readMultiPop(context, 1, readFromEnd);
  if (request === null) return;
  const handle = firstPresent(context, request.firstKey, request.keyCount);
  if (handle === null) return;
  if (handle === "none") context.reply.nullArray();
  else popMultiple(context, handle, request);
}

export function bzmpop(context: Context): void {
  const request = readMultiPop(context, 2, readFromEnd);
  if (request === null) return;
  const timeoutMs = readTimeout(context, 1);
  if (Number.isNaN(timeoutMs)) return;
  const handle = firstPresent(context, request.firstKey, request.keyCount);
  if (handle === null) return;
  if (handle === "none") waitForAny(context, TYPE_ZSET, request.firstKey, request.keyCount, timeoutMs);
  else popMultiple(context, handle, request);
}

function popMultiple(context: Context, handle: WriteHandle, { count, end: fromEnd }: MultiPop<boolean>): void {
  const { reply } = context;
  const popped = Math.min(count, context.keyspace.structures.zsets.open(handle.entry).count);
  reply.arrayHeader(2);
  reply.bulk(handle.key, handle.keyStart, handle.keyLength);
  reply.arrayHeader(popped);
  propagatePop(context, handle, fromEnd, popped);
  pop(context, handle, popped, fromEnd, true);
}

/** @returns whether an argument is MAX, null when it is not MIN either: then the error is replied. */
function readFromEnd(context: Context, index: number): boolean | null {
  if (context.is(index, MIN)) return false;
  if (context.is(index, MAX)) return true;
  context.fail(SYNTAX_ERROR);
  return null;
}

/**
 * A grip on the first of these keys that is there.
 * @returns "none" when none is, null when an error has been replied: the first one there holds something else.
 */
function firstPresent(context: Context, first: number, count: number): WriteHandle | "none" | null {
  for (let index = first; index < first + count; index++) {
    const handle = context.openTyped(index, TYPE_ZSET);
    if (handle === null || handle.entry !== 0) return handle;
    handle.close(null, 0);
  }
  return "none";
}

/** Says which key it was. @param count 0 for a single pop. */
function propagatePop(context: Context, handle: WriteHandle, fromEnd: boolean, count: number): void {
  const { effects } = context;
  if (!effects.active) return;
  effects.begin(context.database.index, count === 0 ? 2 : 3);
  effects.constant(fromEnd ? ZPOPMAX : ZPOPMIN);
  effects.argument(handle.key, handle.keyStart, handle.keyLength);
  if (count > 0) effects.integer(count);
}

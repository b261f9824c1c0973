import { EVENT_DEL, EVENT_EXPIRE, EVENT_PERSIST } from "../../keyspace/key-events.ts";
import { EXPIRY_NONE } from "../../keyspace/write-handle.ts";
import type { Handle } from "../../memory/arena.ts";
import { TYPE_STRING, typeOf } from "../../structures/entry.ts";
import { stringLength } from "../../structures/string-reader.ts";
import type { Context } from "../context.ts";
import { WRONG_TYPE } from "../errors.ts";
import { readInteger } from "../integers.ts";
import { EXAT, flagsOf, GETEX_OPTIONS, PERSIST, PXAT, readOptions, readTime, TIMES, timeOf } from "./options.ts";
import { propagateDel, propagateExpiry, propagatePersist } from "./propagation.ts";
import { replyRange, replyString } from "./reply-string.ts";

const EMPTY = new Uint8Array(0);

export function get(context: Context): void {
  const entry = context.lookupRead(1);
  if (entry === 0) context.reply.nullBulk();
  else if (isString(context, entry)) replyString(context, entry);
}

export function mget(context: Context): void {
  const { reply, argc } = context;
  const { arena } = context.keyspace;
  reply.arrayHeader(argc - 1);
  for (let index = 1; index < argc; index++) {
    context.fetchKeys(index, 1);
    const entry = context.lookupRead(index);
    if (entry === 0 || typeOf(arena, entry) !== TYPE_STRING) reply.nullBulk();
    else replyString(context, entry);
  }
}

export function getdel(context: Context): void {
  const entry = context.lookupRead(1);
  if (entry === 0) {
    context.reply.nullBulk();
    return;
  }
  if (!isString(context, entry)) return;
  replyString(context, entry);
  const handle = context.openWrite(1);
  handle.unlink();
  handle.close(EVENT_DEL, 1);
  propagateDel(context);
}

export function getex(context: Context): void {
  const options = readOptions(context, 2, GETEX_OPTIONS);
  if (options < 0) return;
  const entry = context.lookupRead(1);
  if (entry === 0) {
    context.reply.nullBulk();
    return;
  }
  if (!isString(context, entry)) return;
  const flags = flagsOf(options);
  let expiry = EXPIRY_NONE;
  if ((flags & TIMES) !== 0) {
    expiry = readTime(context, flags, timeOf(options));
    if (Number.isNaN(expiry)) return;
  }
  replyString(context, entry);
  if (flags !== 0) changeExpiry(context, flags, expiry);
}

/** What GETEX does besides reading. A point in time that has passed deletes the key. */
function changeExpiry(context: Context, flags: number, expiry: number): void {
  const handle = context.openWrite(1);
  if ((flags & (EXAT | PXAT)) !== 0 && expiry <= context.nowMs) {
    handle.unlink();
    handle.close(EVENT_DEL, 1);
    propagateDel(context);
  } else if ((flags & PERSIST) === 0) {
    handle.setExpiry(expiry);
    handle.close(EVENT_EXPIRE, 1);
    propagateExpiry(context, expiry);
  } else if (handle.expiresAtMs !== 0) {
    handle.setExpiry(EXPIRY_NONE);
    handle.close(EVENT_PERSIST, 1);
    propagatePersist(context);
  } else {
    handle.close(null, 0);
  }
}

export function strlen(context: Context): void {
  const entry = context.lookupRead(1);
  if (entry === 0) context.reply.integer(0);
  else if (isString(context, entry)) context.reply.integer(stringLength(context.keyspace.arena, entry));
}

/** GETRANGE and SUBSTR: both ends belong to the range, negative ones count from behind. */
export function getrange(context: Context): void {
  const { reply } = context;
  let start = readInteger(context, 2);
  if (Number.isNaN(start)) return;
  let last = readInteger(context, 3);
  if (Number.isNaN(last)) return;
  const entry = context.lookupRead(1);
  if (entry === 0) {
    reply.bulk(EMPTY, 0, 0);
    return;
  }
  if (!isString(context, entry)) return;
  const length = stringLength(context.keyspace.arena, entry);
  const isBackwards = start < 0 && last < 0 && isAfter(context, start, last);
  if (start < 0) start = Math.max(0, length + start);
  if (last < 0) last = Math.max(0, length + last);
  const end = Math.min(length, last + 1);
  if (isBackwards || start >= end) reply.bulk(EMPTY, 0, 0);
  else replyRange(context, entry, start, end);
}

/** Whether argument 2 is greater than argument 3, also where their doubles are equal. */
function isAfter(context: Context, start: number, last: number): boolean {
  if (start !== last || Number.isSafeInteger(start)) return start > last;
  return BigInt(context.text(2)) > BigInt(context.text(3));
}

/** Replies with WRONGTYPE when it is none. */
function isString(context: Context, entry: Handle): boolean {
  if (typeOf(context.keyspace.arena, entry) === TYPE_STRING) return true;
  context.fail(WRONG_TYPE);
  return false;
}

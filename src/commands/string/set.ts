import { EVENT_EXPIRE, EVENT_SET } from "../../keyspace/key-events.ts";
import { EXPIRY_KEEP, EXPIRY_NONE } from "../../keyspace/write-handle.ts";
import { TYPE_STRING, typeOf } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { WRONG_TYPE, wrongArity } from "../errors.ts";
import { EX, flagsOf, GET, KEEPTTL, NX, PX, readOptions, readTime, SET_OPTIONS, TIMES, timeOf, XX } from "./options.ts";
import { propagateSet, propagateSetUntil, propagateWithoutGet } from "./propagation.ts";
import { replyString } from "./reply-string.ts";

/** What the reply says: OK or null, or for SETNX 1 or 0. */
const REPLY_STATUS = 0;
const REPLY_COUNT = 1;

export function set(context: Context): void {
  if (context.argc === 3) {
    store(context, 1, 2);
    context.reply.ok();
    return;
  }
  const options = readOptions(context, 3, SET_OPTIONS);
  if (options >= 0) setIf(context, flagsOf(options), timeOf(options), 2, REPLY_STATUS);
}

export function setnx(context: Context): void {
  setIf(context, NX, 0, 2, REPLY_COUNT);
}

export function setex(context: Context): void {
  setIf(context, EX, 2, 3, REPLY_STATUS);
}

export function psetex(context: Context): void {
  setIf(context, PX, 2, 3, REPLY_STATUS);
}

export function getset(context: Context): void {
  if (!replyOld(context)) return;
  store(context, 1, 2);
  propagateSet(context, 2);
}

export function mset(context: Context): void {
  if ((context.argc & 1) === 0) {
    context.fail(wrongArity("mset"));
    return;
  }
  storeAll(context);
  context.reply.ok();
}

export function msetnx(context: Context): void {
  if ((context.argc & 1) === 0) {
    context.fail(wrongArity("msetnx"));
    return;
  }
  for (let index = 1; index < context.argc; index += 2) {
    const handle = context.openWrite(index);
    const present = handle.entry !== 0;
    handle.close(null, 0);
    if (!present) continue;
    context.reply.integer(0);
    return;
  }
  storeAll(context);
  context.reply.integer(1);
}

/** Pairs of key and value to the end. */
function storeAll(context: Context): void {
  // A key that comes twice frees what it adopted first: so the arguments are recorded while they are all there.
  if (context.args.bigCount > 0) context.propagateVerbatim();
  for (let index = 1; index < context.argc; index += 2) {
    context.fetchKeys(index, 2);
    store(context, index, index + 1);
  }
}

/** SET without conditions and options. */
function store(context: Context, keyIndex: number, valueIndex: number): void {
  const handle = context.openWrite(keyIndex);
  handle.setString(
    context.bytes(valueIndex),
    context.start(valueIndex),
    context.length(valueIndex),
    EXPIRY_NONE,
    context.isAdoptable(valueIndex),
  );
  handle.close(EVENT_SET, 1);
}

/** Replies with the value that the key has. @returns false when the reply is WRONGTYPE. */
function replyOld(context: Context): boolean {
  const entry = context.lookupRead(1);
  if (entry === 0) {
    context.reply.nullBulk();
    return true;
  }
  if (typeOf(context.keyspace.arena, entry) !== TYPE_STRING) {
    context.fail(WRONG_TYPE);
    return false;
  }
  replyString(context, entry);
  return true;
}

/** The time, the old value, the conditions, the store. */
function setIf(context: Context, flags: number, timeIndex: number, valueIndex: number, replyKind: number): void {
  const { reply } = context;
  let expiry = (flags & KEEPTTL) !== 0 ? EXPIRY_KEEP : EXPIRY_NONE;
  if ((flags & TIMES) !== 0) {
    expiry = readTime(context, flags, timeIndex);
    if (Number.isNaN(expiry)) return;
  }
  const repliesOld = (flags & GET) !== 0;
  if (repliesOld && !replyOld(context)) return;
  const handle = context.openWrite(1);
  const present = handle.entry !== 0;
  if (((flags & NX) !== 0 && present) || ((flags & XX) !== 0 && !present)) {
    handle.close(null, 0);
    if (repliesOld) return;
    if (replyKind === REPLY_COUNT) reply.integer(0);
    else reply.nullBulk();
    return;
  }
  handle.setString(
    context.bytes(valueIndex),
    context.start(valueIndex),
    context.length(valueIndex),
    expiry,
    context.isAdoptable(valueIndex),
  );
  if (expiry > 0) {
    handle.signal(EVENT_SET);
    handle.close(EVENT_EXPIRE, 1);
    propagateSetUntil(context, valueIndex, expiry);
  } else {
    handle.close(EVENT_SET, 1);
    if (repliesOld) propagateWithoutGet(context);
  }
  if (repliesOld) return;
  if (replyKind === REPLY_COUNT) reply.integer(1);
  else reply.ok();
}

import { asciiBytes } from "../../base/text.ts";
import { EVENT_DEL, EVENT_EXPIRE, EVENT_PERSIST } from "../../keyspace/key-events.ts";
import { EXPIRY_NONE, type WriteHandle } from "../../keyspace/write-handle.ts";
import { expiresAtMs, FLAG_EXPIRES, hasFlag } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { readExpiryTime } from "../expiry-time.ts";

const NX = asciiBytes("NX");
const XX = asciiBytes("XX");
const GT = asciiBytes("GT");
const LT = asciiBytes("LT");
const DEL = asciiBytes("DEL");
const PEXPIREAT = asciiBytes("PEXPIREAT");

const ONLY_WITHOUT = 1;
const ONLY_WITH = 2;
const ONLY_LATER = 4;
const ONLY_EARLIER = 8;

export function expire(context: Context): void {
  expireWith(context, 1000, true);
}

export function pexpire(context: Context): void {
  expireWith(context, 1, true);
}

export function expireat(context: Context): void {
  expireWith(context, 1000, false);
}

export function pexpireat(context: Context): void {
  expireWith(context, 1, false);
}

function expireWith(context: Context, unitMs: number, relative: boolean): void {
  const conditions = readConditions(context);
  if (conditions < 0) return;
  const whenMs = readExpiryTime(context, 2, unitMs, relative, false);
  if (Number.isNaN(whenMs)) return;
  const handle = context.openWrite(1);
  if (handle.entry === 0 || !allows(conditions, handle.expiresAtMs, whenMs)) {
    handle.close(null, 0);
    context.reply.integer(0);
    return;
  }
  applyExpiry(context, handle, whenMs);
  context.reply.integer(1);
}

/** A time in the past deletes the key. */
function applyExpiry(context: Context, handle: WriteHandle, whenMs: number): void {
  if (whenMs <= context.nowMs) {
    handle.unlink();
    handle.close(EVENT_DEL, 1);
    recordDeletion(context);
  } else {
    handle.setExpiry(whenMs);
    handle.close(EVENT_EXPIRE, 1);
    recordExpiry(context, whenMs);
  }
}

function recordDeletion(context: Context): void {
  const { effects } = context;
  if (!effects.active) return;
  effects.begin(context.database.index, 2);
  effects.constant(DEL);
  effects.argument(context.bytes(1), context.start(1), context.length(1));
}

/** Whoever repeats it has another clock, so it is a point in time; the conditions hold there as they did here. */
function recordExpiry(context: Context, whenMs: number): void {
  const { effects, argc } = context;
  // PEXPIREAT says all that is needed as it is.
  if (!effects.active || context.row.name === "pexpireat") return;
  effects.begin(context.database.index, argc);
  effects.constant(PEXPIREAT);
  effects.argument(context.bytes(1), context.start(1), context.length(1));
  effects.integer(whenMs);
  for (let index = 3; index < argc; index++) {
    effects.argument(context.bytes(index), context.start(index), context.length(index));
  }
}

/** @returns the conditions as bits, -1 when an error has been replied. */
function readConditions(context: Context): number {
  let conditions = 0;
  for (let index = 3; index < context.argc; index++) {
    if (context.is(index, NX)) conditions |= ONLY_WITHOUT;
    else if (context.is(index, XX)) conditions |= ONLY_WITH;
    else if (context.is(index, GT)) conditions |= ONLY_LATER;
    else if (context.is(index, LT)) conditions |= ONLY_EARLIER;
    else {
      context.fail(`ERR Unsupported option ${context.text(index)}`);
      return -1;
    }
  }
  if ((conditions & ONLY_WITHOUT) !== 0 && (conditions & ~ONLY_WITHOUT) !== 0) {
    context.fail("ERR NX and XX, GT or LT options at the same time are not compatible");
    return -1;
  }
  if ((conditions & ONLY_LATER) !== 0 && (conditions & ONLY_EARLIER) !== 0) {
    context.fail("ERR GT and LT options at the same time are not compatible");
    return -1;
  }
  return conditions;
}

/** @param presentMs the expiry that the key has, 0 for none, which counts as never for GT and LT. */
function allows(conditions: number, presentMs: number, whenMs: number): boolean {
  if (conditions === 0) return true;
  if ((conditions & ONLY_WITHOUT) !== 0) return presentMs === 0;
  if ((conditions & ONLY_WITH) !== 0 && presentMs === 0) return false;
  const present = presentMs === 0 ? Number.POSITIVE_INFINITY : presentMs;
  if ((conditions & ONLY_LATER) !== 0 && whenMs <= present) return false;
  return (conditions & ONLY_EARLIER) === 0 || whenMs < present;
}

export function ttl(context: Context): void {
  replyTime(context, 1000, context.nowMs);
}

export function pttl(context: Context): void {
  replyTime(context, 1, context.nowMs);
}

export function expiretime(context: Context): void {
  replyTime(context, 1000, 0);
}

export function pexpiretime(context: Context): void {
  replyTime(context, 1, 0);
}

/** -2: no such key; -1: it does not expire; else the time from `baseMs` on, rounded to the unit. */
function replyTime(context: Context, unitMs: number, baseMs: number): void {
  const entry = context.lookupUntouched(1);
  const { arena } = context.keyspace;
  if (entry === 0) {
    context.reply.integer(-2);
  } else if (!hasFlag(arena, entry, FLAG_EXPIRES)) {
    context.reply.integer(-1);
  } else {
    const leftMs = Math.max(0, expiresAtMs(arena, entry) - baseMs);
    context.reply.integer(unitMs === 1 ? leftMs : Math.floor((leftMs + unitMs / 2) / unitMs));
  }
}

export function persist(context: Context): void {
  const handle = context.openWrite(1);
  if (handle.expiresAtMs === 0) {
    handle.close(null, 0);
    context.reply.integer(0);
    return;
  }
  handle.setExpiry(EXPIRY_NONE);
  handle.close(EVENT_PERSIST, 1);
  context.reply.integer(1);
}

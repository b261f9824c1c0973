/** HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT, HPERSIST, and how long fields have: HTTL and its kin. */
import { asciiBytes } from "../../base/text.ts";
import { EVENT_HEXPIRE, EVENT_HPERSIST } from "../../keyspace/key-events.ts";
import type { WriteHandle } from "../../keyspace/write-handle.ts";
import { TYPE_HASH } from "../../structures/entry.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";
import {
  COUNT_NOT_POSITIVE,
  findField,
  readFields,
  readFieldTime,
  SECOND_MS,
  setFieldExpiry,
} from "./field-arguments.ts";
import { FieldOutcomes, NO_FIELD, NOT_MET } from "./field-expiry.ts";

/** Stands for a condition, or none. */
const CONDITION = 3;
const COUNT_BELOW_ONE = "ERR Parameter `numFields` should be greater than 0";
const NO_EXPIRY = -1;
const PERSISTED = 1;

/** Whether a field may be given a time. @param presentMs the one that it has, Infinity for none. */
type Allows = (presentMs: number, whenMs: number) => boolean;

const CONDITIONS: readonly (readonly [Uint8Array, Allows])[] = [
  [asciiBytes("NX"), (presentMs) => presentMs === Number.POSITIVE_INFINITY],
  [asciiBytes("XX"), (presentMs) => presentMs !== Number.POSITIVE_INFINITY],
  [asciiBytes("GT"), (presentMs, whenMs) => whenMs > presentMs],
  [asciiBytes("LT"), (presentMs, whenMs) => whenMs < presentMs],
];

export function hexpire(context: Context): void {
  expireFields(context, SECOND_MS, context.nowMs);
}

export function hpexpire(context: Context): void {
  expireFields(context, 1, context.nowMs);
}

export function hexpireat(context: Context): void {
  expireFields(context, SECOND_MS, 0);
}

export function hpexpireat(context: Context): void {
  expireFields(context, 1, 0);
}

function expireFields(context: Context, unitMs: number, baseMs: number): void {
  const handle = context.openTyped(1, TYPE_HASH);
  if (handle === null) return;
  const whenMs = readFieldTime(context, 2, unitMs, baseMs);
  const condition = CONDITIONS.find(([name]) => context.is(CONDITION, name));
  const fieldsAt = condition === undefined ? CONDITION : CONDITION + 1;
  const first = typeof whenMs === "string" ? whenMs : readFields(context, fieldsAt, COUNT_BELOW_ONE);
  if (typeof whenMs === "string" || typeof first === "string") {
    handle.close(null, 0);
    context.fail(String(first));
    return;
  }
  if (handle.entry === 0) {
    handle.close(null, 0);
    replyForEach(context, first, NO_FIELD);
    return;
  }
  const outcomes = applyTime(context, handle, first, whenMs, condition?.[1]);
  outcomes.propagateRemoved();
  const isAllOfIt = outcomes.expiring === context.argc - first;
  // HPEXPIREAT says all that is needed as it is.
  if (!isAllOfIt || context.row.name !== "hpexpireat") {
    outcomes.propagateExpiring(whenMs, condition === undefined ? 0 : CONDITION);
  }
}

function applyTime(
  context: Context,
  handle: WriteHandle,
  first: number,
  whenMs: number,
  allows: Allows | undefined,
): FieldOutcomes {
  const { hashes } = context.keyspace.structures;
  const outcomes = new FieldOutcomes(context, first);
  context.reply.arrayHeader(context.argc - first);
  hashes.beginEdit(handle, null);
  for (let index = first; index < context.argc; index++) {
    let outcome = NO_FIELD;
    if (findField(context, hashes, index)) {
      const presentMs = hashes.foundExpiryMs || Number.POSITIVE_INFINITY;
      outcome = allows?.(presentMs, whenMs) === false ? NOT_MET : outcomes.expire(hashes, index, whenMs);
    }
    context.reply.integer(outcome);
  }
  outcomes.close(handle, hashes.endEdit() === 0, EVENT_HEXPIRE);
  return outcomes;
}

/** The same for all fields. */
function replyForEach(context: Context, first: number, outcome: number): void {
  context.reply.arrayHeader(context.argc - first);
  for (let index = first; index < context.argc; index++) context.reply.integer(outcome);
}

export function hpersist(context: Context): void {
  const handle = context.openTyped(1, TYPE_HASH);
  if (handle === null) return;
  const first = readFields(context, 2, COUNT_NOT_POSITIVE);
  if (typeof first === "string" || handle.entry === 0) {
    handle.close(null, 0);
    if (typeof first === "string") context.fail(first);
    else replyForEach(context, first, NO_FIELD);
    return;
  }
  const { hashes } = context.keyspace.structures;
  let isChanged = false;
  context.reply.arrayHeader(context.argc - first);
  hashes.beginEdit(handle, null);
  for (let index = first; index < context.argc; index++) {
    if (!findField(context, hashes, index)) {
      context.reply.integer(NO_FIELD);
    } else if (hashes.foundExpiryMs === 0) {
      context.reply.integer(NO_EXPIRY);
    } else {
      setFieldExpiry(context, hashes, index, 0);
      context.reply.integer(PERSISTED);
      isChanged = true;
    }
  }
  hashes.endEdit();
  handle.close(isChanged ? EVENT_HPERSIST : null, isChanged ? 1 : 0);
}

export function httl(context: Context): void {
  replyTimes(context, SECOND_MS, context.nowMs);
}

export function hpttl(context: Context): void {
  replyTimes(context, 1, context.nowMs);
}

export function hexpiretime(context: Context): void {
  replyTimes(context, SECOND_MS, 0);
}

export function hpexpiretime(context: Context): void {
  replyTimes(context, 1, 0);
}

/** For each field: -2 when it is not there, -1 when it does not expire, else the time from `baseMs` on, rounded up. */
function replyTimes(context: Context, unitMs: number, baseMs: number): void {
  const entry = context.lookupTyped(1, TYPE_HASH);
  if (entry === WRONG_TYPE_FOUND) return;
  const first = readFields(context, 2, COUNT_NOT_POSITIVE);
  if (typeof first === "string") {
    context.fail(first);
    return;
  }
  if (entry === 0) {
    replyForEach(context, first, NO_FIELD);
    return;
  }
  const hash = context.keyspace.structures.hashes.open(entry);
  context.reply.arrayHeader(context.argc - first);
  for (let index = first; index < context.argc; index++) {
    const isThere = hash.has(context.bytes(index), context.start(index), context.length(index));
    const whenMs = isThere ? hash.foundExpiryMs : 0;
    if (whenMs === 0) context.reply.integer(isThere ? NO_EXPIRY : NO_FIELD);
    else context.reply.integer(Math.ceil((whenMs - baseMs) / unitMs));
  }
}

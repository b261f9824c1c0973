/** HGETEX. */
import { asciiBytes } from "../../base/text.ts";
import { EVENT_HDEL, EVENT_HEXPIRE, EVENT_HPERSIST } from "../../keyspace/key-events.ts";
import type { WriteHandle } from "../../keyspace/write-handle.ts";
import { TYPE_HASH } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { closeShrunk } from "../write-steps.ts";
import { COUNT_NOT_POSITIVE, FIELDS, readFields, readFieldTime, SECOND_MS, setFieldExpiry } from "./field-arguments.ts";
import { FieldOutcomes } from "./field-expiry.ts";
import { replyValueOf } from "./reply-field.ts";

const OPTION = 2;
const PERSIST = asciiBytes("PERSIST");
const HPERSIST = asciiBytes("HPERSIST");

interface TimeOption {
  readonly name: Uint8Array;
  readonly unitMs: number;
  readonly isRelative: boolean;
}

/** Options that are followed by a time, of HGETEX and HSETEX. */
export const TIME_OPTIONS: readonly TimeOption[] = [
  { name: asciiBytes("EX"), unitMs: SECOND_MS, isRelative: true },
  { name: asciiBytes("PX"), unitMs: 1, isRelative: true },
  { name: asciiBytes("EXAT"), unitMs: SECOND_MS, isRelative: false },
  { name: asciiBytes("PXAT"), unitMs: 1, isRelative: false },
];

/** Reads the time behind an option. @returns ms since the epoch, or the error. */
export function readTimeOf(context: Context, option: TimeOption, index: number): number | string {
  return readFieldTime(context, index, option.unitMs, option.isRelative ? context.nowMs : 0);
}

export function hgetex(context: Context): void {
  const handle = context.openTyped(1, TYPE_HASH);
  if (handle === null) return;
  const option = TIME_OPTIONS.find(({ name }) => context.is(OPTION, name));
  const persists = context.is(OPTION, PERSIST);
  const whenMs = option === undefined ? 0 : readTimeOf(context, option, OPTION + 1);
  const fieldsAt = OPTION + (option !== undefined ? 2 : persists ? 1 : 0);
  const first = typeof whenMs === "string" ? whenMs : readFields(context, fieldsAt, COUNT_NOT_POSITIVE);
  if (typeof whenMs === "string" || typeof first === "string") {
    handle.close(null, 0);
    context.fail(String(first));
  } else if (handle.entry === 0 || (option === undefined && !persists)) {
    replyValues(context, handle, first);
  } else if (persists) {
    getAndPersist(context, handle, first);
  } else {
    getAndExpire(context, handle, first, whenMs);
  }
}

/** Without an option it is HMGET. */
function replyValues(context: Context, handle: WriteHandle, first: number): void {
  const { hashes } = context.keyspace.structures;
  const { entry } = handle;
  context.reply.arrayHeader(context.argc - first);
  if (entry !== 0) hashes.open(entry);
  for (let index = first; index < context.argc; index++) {
    if (entry === 0) context.reply.nullBulk();
    else replyValueOf(context, hashes, index);
  }
  handle.close(null, 0);
}

function getAndExpire(context: Context, handle: WriteHandle, first: number, whenMs: number): void {
  const { hashes } = context.keyspace.structures;
  const outcomes = new FieldOutcomes(context, first);
  context.reply.arrayHeader(context.argc - first);
  hashes.beginEdit(handle, null);
  for (let index = first; index < context.argc; index++) {
    if (replyValueOf(context, hashes, index)) outcomes.expire(hashes, index, whenMs);
  }
  outcomes.close(handle, hashes.endEdit() === 0, EVENT_HEXPIRE);
  outcomes.propagateRemoved();
  outcomes.propagateExpiring(whenMs, 0);
}

function getAndPersist(context: Context, handle: WriteHandle, first: number): void {
  const { hashes } = context.keyspace.structures;
  let persisted = 0;
  context.reply.arrayHeader(context.argc - first);
  hashes.beginEdit(handle, null);
  for (let index = first; index < context.argc; index++) {
    if (!replyValueOf(context, hashes, index) || hashes.foundExpiryMs === 0) continue;
    setFieldExpiry(context, hashes, index, 0);
    persisted++;
  }
  hashes.endEdit();
  handle.close(persisted > 0 ? EVENT_HPERSIST : null, persisted);
  if (persisted > 0) propagatePersist(context, first);
}

/** `HPERSIST key FIELDS count field …`. */
function propagatePersist(context: Context, first: number): void {
  const { effects, argc } = context;
  if (!effects.active) return;
  effects.begin(context.database.index, 4 + argc - first);
  effects.constant(HPERSIST);
  effects.argument(context.bytes(1), context.start(1), context.length(1));
  effects.constant(FIELDS);
  effects.integer(argc - first);
  for (let index = first; index < argc; index++) {
    effects.argument(context.bytes(index), context.start(index), context.length(index));
  }
}

/** HGETDEL: values, and the fields are gone. */
export function hgetdel(context: Context): void {
  const handle = context.openTyped(1, TYPE_HASH);
  if (handle === null) return;
  const first = readFields(context, OPTION, COUNT_NOT_POSITIVE);
  if (typeof first === "string") {
    handle.close(null, 0);
    context.fail(first);
    return;
  }
  if (handle.entry === 0) {
    replyValues(context, handle, first);
    return;
  }
  const { hashes } = context.keyspace.structures;
  let deleted = 0;
  context.reply.arrayHeader(context.argc - first);
  hashes.beginEdit(handle, null);
  for (let index = first; index < context.argc; index++) {
    if (!replyValueOf(context, hashes, index)) continue;
    hashes.removeFound();
    deleted++;
  }
  closeShrunk(handle, EVENT_HDEL, deleted, hashes.endEdit() === 0);
  if (deleted > 0) propagateDeletion(context, first);
}

const HDEL = asciiBytes("HDEL");

/** `HDEL key field …`. */
function propagateDeletion(context: Context, first: number): void {
  const { effects, argc } = context;
  if (!effects.active) return;
  effects.begin(context.database.index, 2 + argc - first);
  effects.constant(HDEL);
  effects.argument(context.bytes(1), context.start(1), context.length(1));
  for (let index = first; index < argc; index++) {
    effects.argument(context.bytes(index), context.start(index), context.length(index));
  }
}

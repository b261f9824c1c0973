/** HSETEX. */
import { asciiBytes } from "../../base/text.ts";
import { EVENT_DEL, EVENT_HDEL, EVENT_HEXPIRE, EVENT_HSET } from "../../keyspace/key-events.ts";
import type { WriteHandle } from "../../keyspace/write-handle.ts";
import { TYPE_HASH } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { wrongArity } from "../errors.ts";
import { FIELDS, findField } from "./field-arguments.ts";
import { FieldOutcomes } from "./field-expiry.ts";
import { readTimeOf, TIME_OPTIONS } from "./get-expire.ts";
import { growthOf, setPair } from "./set.ts";

const FNX = asciiBytes("FNX");
const FXX = asciiBytes("FXX");
const KEEPTTL = asciiBytes("KEEPTTL");
const PXAT = asciiBytes("PXAT");
const FIRST_OPTION = 2;
const INT32_MAX = 2147483647;

const NO_TIME = "ERR missing expire time";
const TWO_CONDITIONS = "ERR Only one of FXX or FNX arguments can be specified";
const TWO_TIMES = "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified";
const WRONG_COUNT = "ERR invalid number of fields";

interface Request {
  /** Sets all fields if there is none of them (FNX), or if there are all (FXX). */
  ifNone: boolean;
  ifAll: boolean;
  keepsExpiry: boolean;
  /** The argument with the time, 0 for none, and the time, ms since the epoch. */
  timeIndex: number;
  whenMs: number;
  /** Where fields and values begin. */
  first: number;
}

export function hsetex(context: Context): void {
  const request: Request = { ifNone: false, ifAll: false, keepsExpiry: false, timeIndex: 0, whenMs: 0, first: 0 };
  const error = readRequest(context, request);
  if (error !== null) {
    context.fail(error);
    return;
  }
  const handle = context.openTyped(1, TYPE_HASH);
  if (handle === null) return;
  if (!isMet(context, handle, request)) {
    handle.close(null, 0);
    context.reply.integer(0);
    return;
  }
  setFields(context, handle, request);
  context.reply.integer(1);
}

/** @returns the error, or null. */
function readRequest(context: Context, request: Request): string | null {
  for (let index = FIRST_OPTION; index < context.argc; index++) {
    if (context.is(index, FIELDS)) return readPairs(context, request, index);
    const option = TIME_OPTIONS.find(({ name }) => context.is(index, name));
    if (option !== undefined || context.is(index, KEEPTTL)) {
      if (request.timeIndex !== 0 || request.keepsExpiry) return TWO_TIMES;
      if (option === undefined) {
        request.keepsExpiry = true;
        continue;
      }
      if (++index === context.argc) return NO_TIME;
      const whenMs = readTimeOf(context, option, index);
      if (typeof whenMs === "string") return whenMs;
      request.whenMs = whenMs;
      request.timeIndex = index;
    } else if (context.is(index, FNX) || context.is(index, FXX)) {
      if (request.ifNone || request.ifAll) return TWO_CONDITIONS;
      request.ifNone = context.is(index, FNX);
      request.ifAll = !request.ifNone;
    } else {
      return `ERR unknown argument: ${context.text(index)}`;
    }
  }
  return wrongArity(context.row.name);
}

/** @param at where FIELDS stands. */
function readPairs(context: Context, request: Request, at: number): string | null {
  const { argc } = context;
  if (at >= argc - 3) return wrongArity(context.row.name);
  const count = context.integer64(at + 1);
  if (count === null || count < 1 || count > INT32_MAX) return WRONG_COUNT;
  request.first = at + 2;
  return 2 * count === argc - request.first ? null : wrongArity(context.row.name);
}

function isMet(context: Context, { entry }: WriteHandle, { ifNone, ifAll, first }: Request): boolean {
  if (!ifNone && !ifAll) return true;
  if (entry === 0) return ifNone;
  const hash = context.keyspace.structures.hashes.open(entry);
  for (let index = first; index < context.argc; index += 2) {
    if (findField(context, hash, index) !== ifAll) return false;
  }
  return true;
}

function setFields(context: Context, handle: WriteHandle, request: Request): void {
  const { first, timeIndex, whenMs, keepsExpiry } = request;
  const { argc, keyspace } = context;
  const { hashes } = keyspace.structures;
  const outcomes = new FieldOutcomes(context, first, 2);
  const expires = timeIndex !== 0;
  hashes.beginEdit(handle, growthOf(context, first, handle.entry === 0));
  for (let index = first; index < argc; index += 2) {
    setPair(context, hashes, index, keepsExpiry || expires);
    if (!expires) continue;
    findField(context, hashes, index);
    outcomes.expire(hashes, index, whenMs);
  }
  close(handle, outcomes, hashes.endEdit() === 0, (argc - first) / 2);
  keyspace.stats.expiredFields += outcomes.removed;
  if (outcomes.removed > 0) outcomes.propagateRemoved();
  else if (expires) propagateUntil(context, request);
}

function close(handle: WriteHandle, { removed, expiring }: FieldOutcomes, isGone: boolean, changes: number): void {
  if (removed + expiring === 0) {
    handle.close(EVENT_HSET, changes);
    return;
  }
  handle.signal(EVENT_HSET);
  if (isGone) handle.signal(EVENT_HDEL);
  handle.close(isGone ? EVENT_DEL : removed > 0 ? EVENT_HDEL : EVENT_HEXPIRE, changes);
}

/** The command as it was, with a point in time. */
function propagateUntil(context: Context, { timeIndex, whenMs }: Request): void {
  const { effects, argc } = context;
  if (!effects.active || context.is(timeIndex - 1, PXAT)) return;
  effects.begin(context.database.index, argc);
  for (let index = 0; index < argc; index++) {
    if (index === timeIndex - 1) effects.constant(PXAT);
    else if (index === timeIndex) effects.integer(whenMs);
    else effects.argument(context.bytes(index), context.start(index), context.length(index));
  }
}

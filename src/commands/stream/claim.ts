/**
 * XCLAIM and XAUTOCLAIM: what is pending for one consumer becomes another's.
 *
 * An entry that has been deleted from the stream cannot be had any more; whoever comes upon it takes it off the pending
 * list. XAUTOCLAIM's reply begins with where to go on, which is known last: so it first claims, keeping the ids, and
 * then replies.
 */
import { asciiBytes, Int64, parseInt64 } from "../../base/text.ts";
import { EVENT_XGROUP_CREATECONSUMER } from "../../keyspace/key-events.ts";
import type { StreamValue } from "../../keyspace/stream-value.ts";
import type { WriteHandle } from "../../keyspace/write-handle.ts";
import type { Handle } from "../../memory/arena.ts";
import { TYPE_STREAM } from "../../structures/entry.ts";
import { ID_WORDS, type StreamId } from "../../structures/stream-id.ts";
import type { Context } from "../context.ts";
import { SYNTAX_ERROR } from "../errors.ts";
import { claimPending, createConsumer, findConsumer, findGroup, openRead } from "./groups.ts";
import { INVALID_ID, isId, readRangeStart } from "./id-arguments.ts";
import { noGroup, shown } from "./problems.ts";
import { recordClaim, recordConsumer, recordPosition } from "./propagation.ts";
import { replyEntry, replyId } from "./reply-entry.ts";

const IDLE = asciiBytes("IDLE");
const TIME = asciiBytes("TIME");
const RETRYCOUNT = asciiBytes("RETRYCOUNT");
const FORCE = asciiBytes("FORCE");
const JUSTID = asciiBytes("JUSTID");
const LASTID = asciiBytes("LASTID");
const COUNT = asciiBytes("COUNT");

const GROUP_INDEX = 2;
const CONSUMER_INDEX = 3;
const IDLE_INDEX = 4;
const FIRST_ID = 5;
const START_INDEX = 5;
const FIRST_AUTO_OPTION = 6;
const AT = { key: 1, group: GROUP_INDEX, consumer: CONSUMER_INDEX } as const;

const NOT_GIVEN = -1;
/** Entries of the pending list that XAUTOCLAIM looks at for one that it may claim. */
const ATTEMPTS_FACTOR = 10;
const AUTO_COUNT_DEFAULT = 100;
const AUTO_COUNT_MAX = 2 ** 59 - 1;
const BAD_COUNT = "ERR COUNT must be > 0";

interface ClaimRequest {
  /** Index of the last id. */
  lastIndex: number;
  readonly minIdleMs: number;
  /** Since when entries are to count as delivered. */
  deliveredAtMs: number;
  /** Deliveries they are to count; negative to count this one. */
  readonly deliveries: Int64;
  isForced: boolean;
  isJustId: boolean;
}

export function xclaim(context: Context): void {
  const handle = withGroup(context, openRead(context));
  if (handle === null) return;
  const request = readClaim(context);
  if (request === null) {
    handle.close(null, 0);
    return;
  }
  const { reply } = context;
  const { first: id, last: lastId } = context.stream;
  const stream = beginClaiming(context, handle);
  const { group } = stream;
  let isMoved = lastId.compare(group.lastId) > 0;
  if (isMoved) group.setLastId(lastId);
  const known = findConsumer(context, group, CONSUMER_INDEX);
  const isMade = known === 0;
  const consumer = isMade ? createConsumer(context, group, CONSUMER_INDEX) : known;
  group.setSeenAtMs(consumer, context.nowMs);
  let changes = 0;
  let claimed = 0;
  reply.deferHeader();
  for (let index = FIRST_ID; index <= request.lastIndex; index++) {
    isId(context, index, id);
    const isPending = group.findPending(id);
    if (!stream.find(id)) {
      if (!isPending) continue;
      recordClaim(context, stream, AT);
      group.removePending(id);
    } else {
      if (!claimOne(context, stream, consumer, request, isPending)) continue;
      recordClaim(context, stream, AT);
      claimed++;
      if (request.isJustId) replyId(reply, id);
      else replyEntry(reply, stream);
    }
    changes++;
  }
  reply.fillArrayHeader(claimed);
  if (claimed > 0) group.setActiveAtMs(consumer, context.nowMs);
  // What is recorded of an entry makes its consumer, and tells where the group is.
  if (isMade && claimed === 0) recordConsumer(context, AT);
  isMoved &&= changes === 0;
  if (isMoved) recordPosition(context, stream, AT);
  endClaiming(handle, stream, isMade, changes + (isMoved ? 1 : 0));
}

/** Sees that the key and the group are there. @returns null when an error has been replied, and the handle is closed. */
function withGroup(context: Context, handle: WriteHandle | null): WriteHandle | null {
  if (handle === null) return null;
  if (handle.entry !== 0 && findGroup(context, context.keyspace.structures.streams.open(handle.entry), GROUP_INDEX))
    return handle;
  handle.close(null, 0);
  context.fail(noGroup(context, 1, GROUP_INDEX));
  return null;
}

function beginClaiming(context: Context, handle: WriteHandle): StreamValue {
  const stream = context.keyspace.structures.streams.beginEdit(handle);
  findGroup(context, stream, GROUP_INDEX);
  return stream;
}

function endClaiming(handle: WriteHandle, stream: StreamValue, isMade: boolean, changes: number): void {
  stream.endEdit();
  if (isMade) handle.close(EVENT_XGROUP_CREATECONSUMER, changes + 1);
  else handle.close(null, changes);
}

/** Claims the entry whose id is in `stream.first` and which is in the stream. @returns false when it may not be had. */
function claimOne(
  context: Context,
  { group }: StreamValue,
  consumer: Handle,
  { deliveredAtMs, deliveries, isForced, isJustId, minIdleMs }: ClaimRequest,
  isPending: boolean,
): boolean {
  const { pending } = group;
  if (!isPending) {
    if (!isForced) return false;
    group.putPending(context.stream.first, consumer, deliveredAtMs, 1);
  } else if (minIdleMs > 0 && context.nowMs - pending.deliveredAtMs < minIdleMs) {
    return false;
  }
  if (deliveries.value >= 0) group.claim(consumer, deliveredAtMs, deliveries.hi, deliveries.lo);
  else claimPending(group, consumer, deliveredAtMs, !isJustId);
  return true;
}

// ---- arguments of XCLAIM ------------------------------------------------------------------------------------------

/** Reads what follows the consumer, a last id into `stream.last`. @returns null when an error has been replied. */
function readClaim(context: Context): ClaimRequest | null {
  const minIdleMs = context.integer64(IDLE_INDEX);
  if (minIdleMs === null) {
    context.fail(`ERR ${badInteger("min-idle-time")}`);
    return null;
  }
  const { nowMs } = context;
  const deliveries = new Int64();
  deliveries.setNumber(NOT_GIVEN);
  const request: ClaimRequest = {
    ...{ lastIndex: lastIdIndex(context), minIdleMs: Math.max(0, minIdleMs), deliveredAtMs: nowMs, deliveries },
    ...{ isForced: false, isJustId: false },
  };
  const problem = readClaimOptions(context, request);
  if (problem !== null) {
    context.fail(problem);
    return null;
  }
  if (request.deliveredAtMs < 0 || request.deliveredAtMs > nowMs) request.deliveredAtMs = nowMs;
  return request;
}

/** Ids go on up to the first argument that is none. */
function lastIdIndex(context: Context): number {
  let index = FIRST_ID;
  while (index < context.argc && isId(context, index, context.stream.first)) index++;
  return index - 1;
}

/** @returns the problem, or null. */
function readClaimOptions(context: Context, request: ClaimRequest): string | null {
  const { argc, stream } = context;
  stream.last.setMin();
  for (let index = request.lastIndex + 1; index < argc; index++) {
    const hasMore = index + 1 < argc;
    if (context.is(index, FORCE)) {
      request.isForced = true;
    } else if (context.is(index, JUSTID)) {
      request.isJustId = true;
    } else if (hasMore && (context.is(index, IDLE) || context.is(index, TIME))) {
      const isIdle = context.is(index, IDLE);
      const value = context.integer64(++index);
      if (value === null) return `ERR ${badInteger(isIdle ? "IDLE option" : "TIME option")}`;
      request.deliveredAtMs = isIdle ? context.nowMs - value : value;
    } else if (hasMore && context.is(index, RETRYCOUNT)) {
      index++;
      const { deliveries } = request;
      if (!parseInt64(context.bytes(index), context.start(index), context.length(index), deliveries)) {
        return `ERR ${badInteger("RETRYCOUNT option")}`;
      }
    } else if (hasMore && context.is(index, LASTID)) {
      if (!isId(context, ++index, stream.last)) return INVALID_ID;
    } else {
      return `ERR Unrecognized XCLAIM option '${shown(context, index)}'`;
    }
  }
  return null;
}

function badInteger(what: string): string {
  return `Invalid ${what} argument for XCLAIM`;
}

// ---- XAUTOCLAIM -----------------------------------------------------------------------------------------------------

interface AutoClaimRequest {
  readonly minIdleMs: number;
  count: number;
  isJustId: boolean;
}

/** Ids that are kept while a command runs. */
class IdList {
  count = 0;
  #words = new Int32Array(AUTO_COUNT_DEFAULT * ID_WORDS);

  add(id: StreamId): void {
    const at = this.count++ * ID_WORDS;
    if (at === this.#words.length) {
      const wider = new Int32Array(2 * at);
      wider.set(this.#words);
      this.#words = wider;
    }
    id.store(this.#words, at);
  }

  load(index: number, into: StreamId): void {
    into.load(this.#words, index * ID_WORDS);
  }
}

export function xautoclaim(context: Context): void {
  // Redis looks the key up before it reads the arguments.
  context.lookupRead(1);
  const request = readAutoClaim(context);
  if (request === null) return;
  const handle = withGroup(context, context.openTyped(1, TYPE_STREAM));
  if (handle === null) return;
  const { nowMs } = context;
  const stream = beginClaiming(context, handle);
  const { group } = stream;
  const { pending } = group;
  const known = findConsumer(context, group, CONSUMER_INDEX);
  const isMade = known === 0;
  const consumer = isMade ? createConsumer(context, group, CONSUMER_INDEX) : known;
  group.setSeenAtMs(consumer, context.nowMs);
  const claimed = new IdList();
  const gone = new IdList();
  let attempts = request.count * ATTEMPTS_FACTOR;
  group.seekPending(context.stream.first);
  while (attempts-- > 0 && claimed.count + gone.count < request.count && group.nextPending()) {
    if (!stream.has(pending.id)) {
      recordClaim(context, stream, AT);
      gone.add(pending.id);
      group.removePending(pending.id);
    } else if (request.minIdleMs === 0 || nowMs - pending.deliveredAtMs >= request.minIdleMs) {
      claimPending(group, consumer, nowMs, !request.isJustId);
      claimed.add(pending.id);
      recordClaim(context, stream, AT);
    }
  }
  if (claimed.count > 0) group.setActiveAtMs(consumer, nowMs);
  else if (isMade) recordConsumer(context, AT);
  const { last: cursor } = context.stream;
  if (group.nextPending()) cursor.setFrom(pending.id);
  else cursor.setMin();
  replyAutoClaim(context, stream, claimed, gone, request.isJustId);
  endClaiming(handle, stream, isMade, claimed.count + gone.count);
}

/** The cursor, which is in `stream.last`, what has been claimed, and the ids of what is gone. */
function replyAutoClaim(context: Context, stream: StreamValue, claimed: IdList, gone: IdList, isJustId: boolean): void {
  const { reply } = context;
  const { first: id, last: cursor } = context.stream;
  reply.arrayHeader(3);
  replyId(reply, cursor);
  reply.arrayHeader(claimed.count);
  for (let index = 0; index < claimed.count; index++) {
    claimed.load(index, id);
    if (isJustId) {
      replyId(reply, id);
    } else {
      stream.find(id);
      replyEntry(reply, stream);
    }
  }
  reply.arrayHeader(gone.count);
  for (let index = 0; index < gone.count; index++) {
    gone.load(index, id);
    replyId(reply, id);
  }
}

/** Reads what follows the consumer, where to begin into `stream.first`. @returns null when an error has been replied. */
function readAutoClaim(context: Context): AutoClaimRequest | null {
  const minIdleMs = context.integer64(IDLE_INDEX);
  if (minIdleMs === null) {
    context.fail("ERR Invalid min-idle-time argument for XAUTOCLAIM");
    return null;
  }
  if (!readRangeStart(context, START_INDEX, context.stream.first)) return null;
  const request = { minIdleMs: Math.max(0, minIdleMs), count: AUTO_COUNT_DEFAULT, isJustId: false };
  for (let index = FIRST_AUTO_OPTION; index < context.argc; index++) {
    if (index + 1 < context.argc && context.is(index, COUNT)) {
      const count = context.integer64(++index);
      if (count === null || count < 1 || count > AUTO_COUNT_MAX) {
        context.fail(BAD_COUNT);
        return null;
      }
      request.count = count;
    } else if (context.is(index, JUSTID)) {
      request.isJustId = true;
    } else {
      context.fail(SYNTAX_ERROR);
      return null;
    }
  }
  return request;
}

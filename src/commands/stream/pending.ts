/** XACK and XPENDING. */
import { asciiBytes } from "../../base/text.ts";
import type { StreamValue } from "../../keyspace/stream-value.ts";
import { TYPE_STREAM } from "../../structures/entry.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";
import { NOT_AN_INTEGER, SYNTAX_ERROR } from "../errors.ts";
import { findConsumer, findGroup, openRead } from "./groups.ts";
import { areIds, isId, readRange } from "./id-arguments.ts";
import { noGroup } from "./problems.ts";
import { replyId } from "./reply-entry.ts";

const IDLE = asciiBytes("IDLE");
const GROUP_INDEX = 2;
const FIRST_ID = 3;
/** XPENDING: with key and group alone a summary; a range takes from so many to so many arguments. */
const SUMMARY_ARGUMENTS = 3;
const RANGE_ARGUMENTS_MIN = 6;
const RANGE_ARGUMENTS_MAX = 9;
/** With IDLE before the range. */
const IDLE_ARGUMENTS_MIN = 8;

export function xack(context: Context): void {
  const handle = openRead(context);
  if (handle === null) return;
  const { streams } = context.keyspace.structures;
  const isThere = handle.entry !== 0 && findGroup(context, streams.open(handle.entry), GROUP_INDEX);
  if (!isThere || !areIds(context, FIRST_ID)) {
    handle.close(null, 0);
    if (!isThere) context.reply.integer(0);
    return;
  }
  const id = context.stream.first;
  let acknowledged = 0;
  streams.beginEdit(handle);
  findGroup(context, streams, GROUP_INDEX);
  for (let index = FIRST_ID; index < context.argc; index++) {
    if (isId(context, index, id) && streams.group.removePending(id)) acknowledged++;
  }
  streams.endEdit();
  handle.close(null, acknowledged);
  context.reply.integer(acknowledged);
}

export function xpending(context: Context): void {
  const { argc } = context;
  const isSummary = argc === SUMMARY_ARGUMENTS;
  if (!isSummary && (argc < RANGE_ARGUMENTS_MIN || argc > RANGE_ARGUMENTS_MAX)) {
    context.fail(SYNTAX_ERROR);
    return;
  }
  const filter = isSummary ? null : readFilter(context);
  if (context.failure !== "") return;
  const entry = context.lookupTyped(1, TYPE_STREAM);
  if (entry === WRONG_TYPE_FOUND) return;
  const { streams } = context.keyspace.structures;
  if (entry === 0 || !findGroup(context, streams.open(entry), GROUP_INDEX))
    context.fail(noGroup(context, 1, GROUP_INDEX));
  else if (filter === null) replySummary(context, streams);
  else replyPending(context, streams, filter);
}

interface PendingFilter {
  readonly minIdleMs: number;
  readonly count: number;
  /** 0 for all. */
  readonly consumerIndex: number;
}

/** Reads `[IDLE ms] start end count [consumer]`, the ends into `stream.first` and `last`. @returns null after an error. */
function readFilter(context: Context): PendingFilter | null {
  const isIdle = context.is(FIRST_ID, IDLE);
  const minIdleMs = isIdle ? context.integer64(FIRST_ID + 1) : 0;
  const isTooShort = minIdleMs !== null && isIdle && context.argc < IDLE_ARGUMENTS_MIN;
  const start = isIdle ? FIRST_ID + 2 : FIRST_ID;
  const count = minIdleMs === null || isTooShort ? null : context.integer64(start + 2);
  if (count === null || minIdleMs === null) {
    context.fail(isTooShort ? SYNTAX_ERROR : NOT_AN_INTEGER);
    return null;
  }
  const { first, last } = context.stream;
  if (!readRange(context, start, start + 1, first, last)) return null;
  const consumerIndex = start + 3 < context.argc ? start + 3 : 0;
  return { minIdleMs, count: Math.max(0, count), consumerIndex };
}

function replySummary(context: Context, stream: StreamValue): void {
  const { reply } = context;
  const { group } = stream;
  const { first: id, name } = context.stream;
  reply.arrayHeader(4);
  reply.integer(group.pendingCount);
  if (group.pendingCount === 0) {
    reply.nullBulk();
    reply.nullBulk();
    reply.nullArray();
    return;
  }
  group.firstPendingId(id);
  replyId(reply, id);
  group.lastPendingId(id);
  replyId(reply, id);
  let consumers = 0;
  reply.deferHeader();
  group.rewindConsumers();
  for (let consumer = group.nextConsumer(); consumer !== 0; consumer = group.nextConsumer()) {
    const pending = group.pendingCountOf(consumer);
    if (pending === 0) continue;
    consumers++;
    group.consumerName(consumer, name);
    reply.arrayHeader(2);
    reply.bulk(name.bytes, name.start, name.length);
    reply.bulkInteger(pending);
  }
  reply.fillArrayHeader(consumers);
}

function replyPending(context: Context, stream: StreamValue, { count, consumerIndex, minIdleMs }: PendingFilter): void {
  const { nowMs, reply } = context;
  const { group } = stream;
  const { first, last, name } = context.stream;
  const { pending } = group;
  if (consumerIndex === 0) {
    group.seekPending(first);
  } else {
    const consumer = findConsumer(context, group, consumerIndex);
    if (consumer === 0) {
      reply.arrayHeader(0);
      return;
    }
    group.seekPendingOf(consumer, first);
  }
  let shown = 0;
  reply.deferHeader();
  while (shown < count && group.nextPending() && pending.id.compare(last) <= 0) {
    const idleMs = nowMs - pending.deliveredAtMs;
    if (minIdleMs !== 0 && idleMs < minIdleMs) continue;
    shown++;
    group.consumerName(pending.consumer, name);
    reply.arrayHeader(4);
    replyId(reply, pending.id);
    reply.bulk(name.bytes, name.start, name.length);
    reply.integer(Math.max(0, idleMs));
    reply.integer64(pending.deliveries.hi, pending.deliveries.lo);
  }
  reply.fillArrayHeader(shown);
}

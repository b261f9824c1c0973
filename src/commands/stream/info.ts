/** XINFO: what there is to know of a stream, its groups and their consumers. */
import { asciiBytes, Int64 } from "../../base/text.ts";
import type { StreamValue } from "../../keyspace/stream-value.ts";
import { TYPE_STREAM } from "../../structures/entry.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";
import { NO_SUCH_KEY, NOT_AN_INTEGER } from "../errors.ts";
import { replyHelp } from "../help.ts";
import { findGroup } from "./groups.ts";
import { badSubcommand, noGroupOfKey } from "./problems.ts";
import { replyEntries, replyEntry, replyId } from "./reply-entry.ts";

const FULL = asciiBytes("FULL");
const COUNT = asciiBytes("COUNT");
const KEY_INDEX = 2;
const GROUP_INDEX = 3;
const FULL_INDEX = 3;
const COUNT_INDEX = 4;
/** FULL shows so many entries, and so much that is pending, unless it is told otherwise. */
const FULL_COUNT_DEFAULT = 10;
/** An active-time before the first. */
const NEVER = -1;

/** The key's stream, which has to be there. @returns null when an error has been replied. */
function openStream(context: Context): StreamValue | null {
  const entry = context.lookupTyped(KEY_INDEX, TYPE_STREAM);
  if (entry === WRONG_TYPE_FOUND) return null;
  if (entry !== 0) return context.keyspace.structures.streams.open(entry);
  context.fail(NO_SUCH_KEY);
  return null;
}

export function streamInfo(context: Context): void {
  const stream = openStream(context);
  if (stream === null) return;
  if (context.argc === FULL_INDEX) {
    replySummary(context, stream);
    return;
  }
  const count = readFullCount(context);
  if (!Number.isNaN(count)) replyFull(context, stream, count);
}

/** Reads `FULL [COUNT count]`. @returns 0 for all, NaN when an error has been replied. */
function readFullCount(context: Context): number {
  const { argc } = context;
  const hasCount = argc === COUNT_INDEX + 2;
  const isWellFormed =
    context.is(FULL_INDEX, FULL) && (argc === COUNT_INDEX || (hasCount && context.is(COUNT_INDEX, COUNT)));
  const count = isWellFormed && hasCount ? context.integer64(COUNT_INDEX + 1) : FULL_COUNT_DEFAULT;
  if (isWellFormed && count !== null) return count < 0 ? FULL_COUNT_DEFAULT : count;
  context.fail(isWellFormed ? NOT_AN_INTEGER : badSubcommand(context));
  return Number.NaN;
}

/** What both forms begin with. */
function replyCounts({ reply }: Context, stream: StreamValue): void {
  const { entriesAdded } = stream;
  reply.bulkText("length");
  reply.integer(stream.length);
  reply.bulkText("radix-tree-keys");
  reply.integer(stream.nodeCount);
  reply.bulkText("radix-tree-nodes");
  reply.integer(stream.radixTreeNodes());
  reply.bulkText("last-generated-id");
  replyId(reply, stream.lastId);
  reply.bulkText("max-deleted-entry-id");
  replyId(reply, stream.maxDeletedId);
  reply.bulkText("entries-added");
  reply.integer64(entriesAdded.hi, entriesAdded.lo);
  reply.bulkText("recorded-first-entry-id");
  replyId(reply, stream.firstId);
}

function replySummary(context: Context, stream: StreamValue): void {
  const { reply } = context;
  reply.mapHeader(10);
  replyCounts(context, stream);
  reply.bulkText("groups");
  reply.integer(stream.groupCount);
  reply.bulkText("first-entry");
  replyEnd(context, stream, false);
  reply.bulkText("last-entry");
  replyEnd(context, stream, true);
}

/** The first entry or the last, or a null. */
function replyEnd(context: Context, stream: StreamValue, isLast: boolean): void {
  const { first, max } = context.stream;
  stream.range(first.setMin(), max, isLast);
  if (stream.next()) replyEntry(context.reply, stream);
  else context.reply.nullBulk();
}

function replyFull(context: Context, stream: StreamValue, count: number): void {
  const { reply } = context;
  const { first, max } = context.stream;
  reply.mapHeader(9);
  replyCounts(context, stream);
  reply.bulkText("entries");
  stream.range(first.setMin(), max, false);
  replyEntries(reply, stream, count);
  reply.bulkText("groups");
  reply.arrayHeader(stream.groupCount);
  stream.rewindGroups();
  while (stream.nextGroup()) replyFullGroup(context, stream, count);
}

function replyFullGroup(context: Context, stream: StreamValue, count: number): void {
  const { reply } = context;
  const { group } = stream;
  reply.mapHeader(7);
  reply.bulkText("name");
  reply.bulk(group.name.bytes, group.name.start, group.name.length);
  replyProgress(context, stream);
  reply.bulkText("pel-count");
  reply.integer(group.pendingCount);
  reply.bulkText("pending");
  group.seekPending(context.stream.first.setMin());
  replyPending(context, stream, count, true);
  reply.bulkText("consumers");
  reply.arrayHeader(group.consumerCount);
  group.rewindConsumers();
  for (let consumer = group.nextConsumer(); consumer !== 0; consumer = group.nextConsumer()) {
    const { name } = context.stream;
    group.consumerName(consumer, name);
    reply.mapHeader(5);
    reply.bulkText("name");
    reply.bulk(name.bytes, name.start, name.length);
    reply.bulkText("seen-time");
    reply.integer(group.seenAtMs(consumer));
    reply.bulkText("active-time");
    reply.integer(group.activeAtMs(consumer));
    reply.bulkText("pel-count");
    reply.integer(group.pendingCountOf(consumer));
    reply.bulkText("pending");
    group.seekPendingOf(consumer, context.stream.first.setMin());
    replyPending(context, stream, count, false);
  }
}

/** How far the group has got. */
function replyProgress({ reply }: Context, stream: StreamValue): void {
  const { entriesRead, lastId } = stream.group;
  const lag = new Int64();
  reply.bulkText("last-delivered-id");
  replyId(reply, lastId);
  reply.bulkText("entries-read");
  if (isUnknown(entriesRead)) reply.nullBulk();
  else reply.integer64(entriesRead.hi, entriesRead.lo);
  reply.bulkText("lag");
  if (stream.lag(lag)) reply.integer64(lag.hi, lag.lo);
  else reply.nullBulk();
}

/** −1, and nothing else: what was set by hand may have counted on beyond 64 bits. */
function isUnknown({ hi, lo }: Int64): boolean {
  return (hi & lo) === -1;
}

/** The pending list from where it stands. @param count 0 for all. */
function replyPending(context: Context, { group }: StreamValue, count: number, withConsumers: boolean): void {
  const { reply } = context;
  const { name } = context.stream;
  const { pending } = group;
  let shown = 0;
  reply.deferHeader();
  while ((count === 0 || shown < count) && group.nextPending()) {
    shown++;
    reply.arrayHeader(withConsumers ? 4 : 3);
    replyId(reply, pending.id);
    if (withConsumers) {
      group.consumerName(pending.consumer, name);
      reply.bulk(name.bytes, name.start, name.length);
    }
    reply.integer(pending.deliveredAtMs);
    reply.integer64(pending.deliveries.hi, pending.deliveries.lo);
  }
  reply.fillArrayHeader(shown);
}

export function groupsInfo(context: Context): void {
  const stream = openStream(context);
  if (stream === null) return;
  const { reply } = context;
  const { group } = stream;
  reply.arrayHeader(stream.groupCount);
  stream.rewindGroups();
  while (stream.nextGroup()) {
    reply.mapHeader(6);
    reply.bulkText("name");
    reply.bulk(group.name.bytes, group.name.start, group.name.length);
    reply.bulkText("consumers");
    reply.integer(group.consumerCount);
    reply.bulkText("pending");
    reply.integer(group.pendingCount);
    replyProgress(context, stream);
  }
}

export function consumersInfo(context: Context): void {
  const stream = openStream(context);
  if (stream === null) return;
  if (!findGroup(context, stream, GROUP_INDEX)) {
    context.fail(noGroupOfKey(context, KEY_INDEX, GROUP_INDEX));
    return;
  }
  const { nowMs, reply } = context;
  const { group } = stream;
  const { name } = context.stream;
  reply.arrayHeader(group.consumerCount);
  group.rewindConsumers();
  for (let consumer = group.nextConsumer(); consumer !== 0; consumer = group.nextConsumer()) {
    const activeAtMs = group.activeAtMs(consumer);
    group.consumerName(consumer, name);
    reply.mapHeader(4);
    reply.bulkText("name");
    reply.bulk(name.bytes, name.start, name.length);
    reply.bulkText("pending");
    reply.integer(group.pendingCountOf(consumer));
    reply.bulkText("idle");
    reply.integer(Math.max(0, nowMs - group.seenAtMs(consumer)));
    reply.bulkText("inactive");
    reply.integer(activeAtMs === NEVER ? NEVER : nowMs - activeAtMs);
  }
}

export function infoHelp(context: Context): void {
  replyHelp(context, [
    "STREAM <key> [FULL [COUNT <count>]]",
    "    Tells about a stream, with FULL about its entries, groups and consumers.",
    "GROUPS <key>",
    "    Tells about the groups of a stream.",
    "CONSUMERS <key> <group>",
    "    Tells about the consumers of a group.",
  ]);
}

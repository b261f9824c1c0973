/**
 * XREAD and XREADGROUP.
 *
 *     XREAD [COUNT n] [BLOCK ms] STREAMS key … id …
 *     XREADGROUP GROUP group consumer [COUNT n] [BLOCK ms] [NOACK] STREAMS key … id …
 *
 * First all keys, groups and ids are looked at, since nothing may happen when one is wrong; then each stream is served
 * that has anything. If none has, the client waits, if it wants to, and the command runs again from its beginning: so
 * `$`, the last id at the moment of the call, becomes that id in what waits.
 *
 * For a group an id other than `>` asks for what its consumer has got already and not acknowledged. That is always
 * answered at once, if with nothing; an entry that has been deleted since is shown with a null.
 *
 * A group whose key goes, or comes to hold something else, is gone: whoever waits for it runs again and is told so.
 */
import { asciiBytes } from "../../base/text.ts";
import { EVENT_XGROUP_CREATECONSUMER } from "../../keyspace/key-events.ts";
import type { StreamValue } from "../../keyspace/stream-value.ts";
import type { Handle } from "../../memory/arena.ts";
import { TYPE_STREAM } from "../../structures/entry.ts";
import type { StreamId } from "../../structures/stream-id.ts";
import { waitsForType } from "../blocking.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";
import { NOT_AN_INTEGER, SYNTAX_ERROR } from "../errors.ts";
import { readTimeoutMs } from "../timeout.ts";
import { claimPending, createConsumer, findConsumer, findGroup } from "./groups.ts";
import { isCharacter, isId, readId } from "./id-arguments.ts";
import { noGroup } from "./problems.ts";
import { type GroupArguments, recordClaim, recordConsumer, recordPosition } from "./propagation.ts";
import { replyEntries, replyEntry, replyId } from "./reply-entry.ts";
import type { ReadRequest } from "./stream-arguments.ts";

const BLOCK = asciiBytes("BLOCK");
const COUNT = asciiBytes("COUNT");
const STREAMS = asciiBytes("STREAMS");
const GROUP = asciiBytes("GROUP");
const NOACK = asciiBytes("NOACK");
const DOLLAR = 0x24;
const PLUS = 0x2b;
const GREATER = 0x3e;
const TYPES = waitsForType(TYPE_STREAM);

const GROUP_OF_XREAD = "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.";
const NOACK_OF_XREAD = "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.";
const NO_GROUP_OPTION = "ERR Missing GROUP option for XREADGROUP";
const NEW_OF_XREAD =
  "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.";

export function xread(context: Context): void {
  readStreams(context, false);
}

export function xreadgroup(context: Context): void {
  readStreams(context, true);
}

function readStreams(context: Context, isGroup: boolean): void {
  const request = context.stream.read;
  if (!readRequest(context, isGroup, request) || !checkStreams(context, request)) return;
  if (serveStreams(context, request) > 0) return;
  if (request.timeoutMs < 0 || !context.mayBlock) context.reply.nullArray();
  else wait(context, request);
}

// ---- arguments --------------------------------------------------------------------------------------------------

/** @returns false when an error has been replied. */
function readRequest(context: Context, isGroup: boolean, request: ReadRequest): boolean {
  request.reset();
  const problem = readOptions(context, isGroup, request);
  if (problem === null) return true;
  // A bad timeout has been replied already.
  if (context.failure === "") context.fail(problem);
  return false;
}

function readOptions(context: Context, isGroup: boolean, request: ReadRequest): string | null {
  const { argc } = context;
  for (let index = 1; index < argc; index++) {
    const left = argc - index - 1;
    if (left > 0 && context.is(index, STREAMS)) {
      if (left % 2 !== 0) return unbalanced(isGroup);
      request.firstKey = index + 1;
      request.keyCount = left / 2;
      return isGroup && request.groupIndex === 0 ? NO_GROUP_OPTION : null;
    }
    if (left > 0 && context.is(index, COUNT)) {
      const count = context.integer64(++index);
      if (count === null) return NOT_AN_INTEGER;
      request.countMax = Math.max(0, count);
    } else if (left > 0 && context.is(index, BLOCK)) {
      request.timeoutMs = readTimeoutMs(context, ++index);
      if (Number.isNaN(request.timeoutMs)) return context.failure;
    } else if (left > 1 && context.is(index, GROUP)) {
      if (!isGroup) return GROUP_OF_XREAD;
      request.groupIndex = index + 1;
      index += 2;
    } else if (context.is(index, NOACK)) {
      if (!isGroup) return NOACK_OF_XREAD;
      request.isAcknowledged = true;
    } else {
      return SYNTAX_ERROR;
    }
  }
  return SYNTAX_ERROR;
}

function unbalanced(isGroup: boolean): string {
  const [command, id] = isGroup ? ["xreadgroup", ">"] : ["xread", "$"];
  return `ERR Unbalanced '${command}' list of streams: for each stream key an ID or '${id}' must be specified.`;
}

/** The error for an id that stands for a place in the stream, of which there is only one in a group. */
function meaningless(id: string): string {
  return (
    `ERR The ${id} ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by ` +
    `specifying a proper ID, or use the > ID to get new messages. The ${id} ID would just return an empty result set.`
  );
}

/** Looks at all keys, groups and ids. @returns false when an error has been replied. */
function checkStreams(context: Context, request: ReadRequest): boolean {
  const { firstKey, groupIndex, keyCount } = request;
  const { streams } = context.keyspace.structures;
  for (let key = firstKey; key < firstKey + keyCount; key++) {
    const entry = context.lookupTyped(key, TYPE_STREAM);
    if (entry === WRONG_TYPE_FOUND) return false;
    if (groupIndex > 0 && (entry === 0 || !findGroup(context, streams.open(entry), groupIndex))) {
      context.fail(noGroup(context, key, groupIndex, " in XREADGROUP with GROUP option"));
      return false;
    }
    if (!checkId(context, key + keyCount, groupIndex > 0)) return false;
  }
  return true;
}

/** @returns false when an error has been replied. */
function checkId(context: Context, index: number, isGroup: boolean): boolean {
  if (isCharacter(context, index, GREATER)) {
    if (isGroup) return true;
    context.fail(NEW_OF_XREAD);
    return false;
  }
  const isLast = isCharacter(context, index, DOLLAR);
  if (!isLast && !isCharacter(context, index, PLUS)) return readId(context, index, context.stream.first);
  if (!isGroup) return true;
  context.fail(meaningless(isLast ? "$" : "+"));
  return false;
}

// ---- serving ----------------------------------------------------------------------------------------------------

/** Replies with what the streams have. @returns how many have anything; with none there is no reply. */
function serveStreams(context: Context, request: ReadRequest): number {
  const { firstKey, groupIndex, keyCount } = request;
  const { reply } = context;
  let served = 0;
  for (let key = firstKey; key < firstKey + keyCount; key++) {
    const isServed =
      groupIndex > 0 ? serveGroup(context, request, key, served === 0) : serveRead(context, request, key, served === 0);
    if (isServed) served++;
  }
  if (served === 0 || keyCount === 1) return served;
  if (reply.resp === 2) reply.fillArrayHeader(served);
  else reply.fillMapHeader(served);
  return served;
}

/** Begins the reply of one stream, and the whole with the first. */
function beginStream(context: Context, { keyCount }: ReadRequest, key: number, isFirst: boolean): void {
  const { reply } = context;
  if (isFirst && keyCount > 1) reply.deferHeader();
  else if (isFirst && reply.resp === 2) reply.arrayHeader(1);
  else if (isFirst) reply.mapHeader(1);
  if (reply.resp === 2) reply.arrayHeader(2);
  reply.bulk(context.bytes(key), context.start(key), context.length(key));
}

function serveRead(context: Context, request: ReadRequest, key: number, isFirst: boolean): boolean {
  const entry = context.lookupRead(key);
  if (entry === 0) return false;
  const { first: after, last, max } = context.stream;
  const stream = context.keyspace.structures.streams.open(entry);
  if (!stream.lastEntryId(last)) return false;
  resolveId(context, key + request.keyCount, stream, after);
  if (last.compare(after) <= 0) return false;
  after.increment();
  beginStream(context, request, key, isFirst);
  stream.range(after, max, false);
  replyEntries(context.reply, stream, request.countMax);
  return true;
}

/** Reads the id after which XREAD is to begin: what `$` and `+` stand for at this moment too. */
function resolveId(context: Context, index: number, stream: StreamValue, into: StreamId): void {
  if (isCharacter(context, index, DOLLAR)) {
    into.setFrom(stream.lastId);
  } else if (isCharacter(context, index, PLUS)) {
    // The last entry, or without one, the next.
    if (stream.lastEntryId(into)) into.decrement();
    else into.setFrom(stream.lastId);
  } else {
    isId(context, index, into);
  }
}

/** Serves a consumer from one stream, making it if it is new. @returns whether there is a reply. */
function serveGroup(context: Context, request: ReadRequest, key: number, isFirst: boolean): boolean {
  const handle = context.openTyped(key, TYPE_STREAM);
  if (handle === null) return false;
  const { first: after, last } = context.stream;
  const { nowMs } = context;
  const at: GroupArguments = { key, group: request.groupIndex, consumer: request.groupIndex + 1 };
  const stream = context.keyspace.structures.streams.beginEdit(handle);
  findGroup(context, stream, at.group);
  const { group } = stream;
  const isHistory = !isNewId(context, key + request.keyCount, after);
  const isNew = !isHistory && stream.lastEntryId(last) && last.compare(group.lastId) > 0;
  const known = findConsumer(context, group, at.consumer);
  const isMade = known === 0;
  const consumer = isMade ? createConsumer(context, group, at.consumer) : known;
  group.setSeenAtMs(consumer, nowMs);
  // What is delivered to it makes it elsewhere, if anything is.
  if (isMade && (!isNew || request.isAcknowledged)) recordConsumer(context, at);
  if (isHistory || isNew) beginStream(context, request, key, isFirst);
  if (isHistory) replyHistory(context, stream, consumer, request.countMax);
  else if (isNew) replyNew(context, stream, consumer, request, at);
  stream.endEdit();
  handle.close(isMade ? EVENT_XGROUP_CREATECONSUMER : null, (isMade ? 1 : 0) + (isHistory || isNew ? 1 : 0));
  return isHistory || isNew;
}

/** Whether the id is `>`, or the greatest there is, which Redis takes for the same. If not, it is read. */
function isNewId(context: Context, index: number, into: StreamId): boolean {
  return isCharacter(context, index, GREATER) || (isId(context, index, into) && into.isMax);
}

/** Delivers entries that the group has not read. */
function replyNew(
  context: Context,
  stream: StreamValue,
  consumer: Handle,
  request: ReadRequest,
  at: GroupArguments,
): void {
  const { nowMs, reply } = context;
  const { first: after, max } = context.stream;
  const { group, id } = stream;
  let count = 0;
  after.setFrom(group.lastId).increment();
  stream.range(after, max, false);
  reply.deferHeader();
  while (stream.next()) {
    stream.deliver(id);
    if (!request.isAcknowledged) {
      group.putPending(id, consumer, nowMs, 1);
      recordClaim(context, stream, at);
    }
    replyEntry(reply, stream);
    if (++count === request.countMax) break;
  }
  reply.fillArrayHeader(count);
  if (!request.isAcknowledged) group.setActiveAtMs(consumer, nowMs);
  recordPosition(context, stream, at);
}

/** Shows a consumer what it has got already. `stream.first` is the id after which to begin. */
function replyHistory(context: Context, stream: StreamValue, consumer: Handle, countMax: number): void {
  const { nowMs, reply } = context;
  const { first: after } = context.stream;
  const { group } = stream;
  const { pending } = group;
  let count = 0;
  after.increment();
  group.seekPendingOf(consumer, after);
  reply.deferHeader();
  while ((countMax === 0 || count < countMax) && group.nextPending()) {
    count++;
    if (stream.find(pending.id)) {
      claimPending(group, consumer, nowMs, true);
      replyEntry(reply, stream);
    } else {
      reply.arrayHeader(2);
      replyId(reply, pending.id);
      reply.nullArray();
    }
  }
  reply.fillArrayHeader(count);
}

// ---- waiting ----------------------------------------------------------------------------------------------------

function wait(context: Context, { firstKey, groupIndex, keyCount, timeoutMs }: ReadRequest): void {
  const replacements = new Map<number, Uint8Array>();
  for (let key = firstKey; key < firstKey + keyCount; key++) {
    if (isCharacter(context, key + keyCount, DOLLAR)) replacements.set(key + keyCount, lastIdText(context, key));
  }
  const unblockOnDeletion = groupIndex > 0;
  context.block({ firstKey, keyCount, timeoutMs, types: TYPES, unblockOnDeletion, replacements });
}

/** The last id of a key's stream, which may not be there, as text. */
function lastIdText(context: Context, key: number): Uint8Array {
  const entry = context.peek(key);
  const { first, text } = context.stream;
  if (entry === 0) first.setMin();
  else first.setFrom(context.keyspace.structures.streams.open(entry).lastId);
  return text.slice(0, first.write(text, 0));
}

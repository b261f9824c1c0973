/** XGROUP: consumer groups and their consumers, made, moved and deleted by hand. */
import { asciiBytes, Int64, parseInt64 } from "../../base/text.ts";
import {
  EVENT_XGROUP_CREATE,
  EVENT_XGROUP_CREATECONSUMER,
  EVENT_XGROUP_DELCONSUMER,
  EVENT_XGROUP_DESTROY,
  EVENT_XGROUP_SETID,
} from "../../keyspace/key-events.ts";
import type { StreamValue } from "../../keyspace/stream-value.ts";
import type { WriteHandle } from "../../keyspace/write-handle.ts";
import { TYPE_STREAM } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { NOT_AN_INTEGER } from "../errors.ts";
import { replyHelp } from "../help.ts";
import { createConsumer, findConsumer, findGroup } from "./groups.ts";
import { isCharacter, readAnyId, readId } from "./id-arguments.ts";
import { badSubcommand, noGroupOfKey } from "./problems.ts";

const MKSTREAM = asciiBytes("MKSTREAM");
const ENTRIESREAD = asciiBytes("ENTRIESREAD");
const DOLLAR = 0x24;

const KEY_INDEX = 2;
const GROUP_INDEX = 3;
const ID_INDEX = 4;
const CONSUMER_INDEX = 4;
const FIRST_OPTION = 5;
/** Options given again and again are too many arguments at some point. */
const CREATE_ARGUMENTS_MAX = 8;
const SETID_ARGUMENTS: readonly number[] = [5, 7];

const UNKNOWN = -1;
const NO_KEY =
  "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option " +
  "to create an empty stream automatically.";
const NAME_TAKEN = "BUSYGROUP Consumer Group name already exists";
const BAD_ENTRIES_READ = "ERR value for ENTRIESREAD must be positive or -1";

interface GroupOptions {
  makesStream: boolean;
  /** −1 when that is not known. */
  readonly entriesRead: Int64;
}

export function create(context: Context): void {
  const options = readOptions(context, true);
  if (options === null) return;
  const handle = options.makesStream ? context.openTyped(KEY_INDEX, TYPE_STREAM) : openStream(context);
  if (handle === null) return;
  const { streams } = context.keyspace.structures;
  if (handle.entry !== 0) streams.open(handle.entry);
  const problem = context.argc > CREATE_ARGUMENTS_MAX ? badSubcommand(context) : null;
  if (problem !== null || !readGroupId(context, handle.entry === 0 ? null : streams, false)) {
    handle.close(null, 0);
    if (problem !== null) context.fail(problem);
    return;
  }
  if (handle.entry !== 0 && findGroup(context, streams, GROUP_INDEX)) {
    handle.close(null, 0);
    context.fail(NAME_TAKEN);
    return;
  }
  const { hi, lo } = options.entriesRead;
  const [bytes, start, length] = [context.bytes(GROUP_INDEX), context.start(GROUP_INDEX), context.length(GROUP_INDEX)];
  streams.beginEdit(handle);
  streams.createGroup(bytes, start, length, context.stream.first, hi, lo);
  streams.endEdit();
  handle.close(EVENT_XGROUP_CREATE, 1);
  context.reply.ok();
}

export function setId(context: Context): void {
  const options = readOptions(context, false);
  if (options === null) return;
  const handle = openGroup(context);
  if (handle === null) return;
  const { streams } = context.keyspace.structures;
  const problem = SETID_ARGUMENTS.includes(context.argc) ? null : badSubcommand(context);
  if (problem !== null || !readGroupId(context, streams, true)) {
    handle.close(null, 0);
    if (problem !== null) context.fail(problem);
    return;
  }
  beginEdit(context, streams, handle);
  streams.group.setLastId(context.stream.first);
  streams.group.setEntriesRead(options.entriesRead.hi, options.entriesRead.lo);
  streams.endEdit();
  handle.close(EVENT_XGROUP_SETID, 1);
  context.reply.ok();
}

export function destroy(context: Context): void {
  const handle = openStream(context);
  if (handle === null) return;
  const { streams } = context.keyspace.structures;
  const isThere = findGroup(context, streams.open(handle.entry), GROUP_INDEX);
  if (isThere) {
    beginEdit(context, streams, handle);
    streams.destroyGroup();
    streams.endEdit();
  }
  handle.close(isThere ? EVENT_XGROUP_DESTROY : null, isThere ? 1 : 0);
  context.reply.integer(isThere ? 1 : 0);
}

export function addConsumer(context: Context): void {
  const handle = openGroup(context);
  if (handle === null) return;
  const { streams } = context.keyspace.structures;
  const isNew = findConsumer(context, streams.group, CONSUMER_INDEX) === 0;
  if (isNew) {
    beginEdit(context, streams, handle);
    createConsumer(context, streams.group, CONSUMER_INDEX);
    streams.endEdit();
  }
  handle.close(isNew ? EVENT_XGROUP_CREATECONSUMER : null, isNew ? 1 : 0);
  context.reply.integer(isNew ? 1 : 0);
}

export function deleteConsumer(context: Context): void {
  const handle = openGroup(context);
  if (handle === null) return;
  const { streams } = context.keyspace.structures;
  const isThere = findConsumer(context, streams.group, CONSUMER_INDEX) !== 0;
  let pending = 0;
  if (isThere) {
    const { group } = beginEdit(context, streams, handle);
    pending = group.deleteConsumer(findConsumer(context, group, CONSUMER_INDEX));
    streams.endEdit();
  }
  handle.close(isThere ? EVENT_XGROUP_DELCONSUMER : null, isThere ? 1 : 0);
  context.reply.integer(pending);
}

export function groupHelp(context: Context): void {
  replyHelp(context, [
    "CREATE <key> <group> <id|$> [MKSTREAM] [ENTRIESREAD <entries-read>]",
    "    Makes a group that reads on from an id. MKSTREAM makes the stream too, if",
    "    it is not there; ENTRIESREAD sets how many entries the group has read.",
    "SETID <key> <group> <id|$> [ENTRIESREAD <entries-read>]",
    "    Has a group read on from another id.",
    "DESTROY <key> <group>",
    "    Deletes a group.",
    "CREATECONSUMER <key> <group> <consumer>",
    "    Makes a consumer.",
    "DELCONSUMER <key> <group> <consumer>",
    "    Deletes a consumer, and what is pending for it.",
  ]);
}

/** @returns null when an error has been replied. */
function readOptions(context: Context, isCreate: boolean): GroupOptions | null {
  const options: GroupOptions = { makesStream: false, entriesRead: new Int64() };
  const { entriesRead } = options;
  entriesRead.setNumber(UNKNOWN);
  for (let index = FIRST_OPTION; index < context.argc; index++) {
    if (isCreate && context.is(index, MKSTREAM)) {
      options.makesStream = true;
      continue;
    }
    const isCount = index + 1 < context.argc && context.is(index, ENTRIESREAD);
    let problem = isCount ? null : badSubcommand(context);
    if (isCount) {
      index++;
      const isRead = parseInt64(context.bytes(index), context.start(index), context.length(index), entriesRead);
      if (!isRead) problem = NOT_AN_INTEGER;
      else if (entriesRead.value < UNKNOWN) problem = BAD_ENTRIES_READ;
    }
    if (problem !== null) {
      context.fail(problem);
      return null;
    }
  }
  return options;
}

/** The key's stream, which has to be there. @returns null when an error has been replied. */
function openStream(context: Context): WriteHandle | null {
  const handle = context.openTyped(KEY_INDEX, TYPE_STREAM);
  if (handle === null || handle.entry !== 0) return handle;
  handle.close(null, 0);
  context.fail(NO_KEY);
  return null;
}

/** The same, and opens its group, which has to be there too. */
function openGroup(context: Context): WriteHandle | null {
  const handle = openStream(context);
  if (handle === null) return null;
  if (findGroup(context, context.keyspace.structures.streams.open(handle.entry), GROUP_INDEX)) return handle;
  handle.close(null, 0);
  context.fail(noGroupOfKey(context, KEY_INDEX, GROUP_INDEX));
  return null;
}

/** Begins to change the group, which is there. */
function beginEdit(context: Context, stream: StreamValue, handle: WriteHandle): StreamValue {
  stream.beginEdit(handle);
  findGroup(context, stream, GROUP_INDEX);
  return stream;
}

/**
 * Reads the id from which the group is to read on, into `stream.first`.
 * @param stream whose last id `$` is; null when there is none. @returns false when an error has been replied.
 */
function readGroupId(context: Context, stream: StreamValue | null, mayBeSign: boolean): boolean {
  const id = context.stream.first;
  if (!isCharacter(context, ID_INDEX, DOLLAR)) {
    return mayBeSign ? readAnyId(context, ID_INDEX, id) : readId(context, ID_INDEX, id);
  }
  if (stream === null) id.setMin();
  else id.setFrom(stream.lastId);
  return true;
}

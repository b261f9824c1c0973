/** XADD, and what else changes the stream as a whole: XDEL, XSETID. */
import { asciiBytes, Int64, parseInt64 } from "../../base/text.ts";
import { EVENT_XADD, EVENT_XDEL, EVENT_XSETID, EVENT_XTRIM } from "../../keyspace/key-events.ts";
import { STREAM_ENTRY_BYTES_MAX, type StreamValue } from "../../keyspace/stream-value.ts";
import { TYPE_STREAM } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { NO_SUCH_KEY, NOT_AN_INTEGER, SYNTAX_ERROR, wrongArity } from "../errors.ts";
import { areIds, ID_NONE, ID_WHOLE, INVALID_ID, isId, isStar, parseId, readId, SEQUENCE_MIN } from "./id-arguments.ts";
import { replyId } from "./reply-entry.ts";
import type { TrimRequest } from "./stream-arguments.ts";
import { readTrim, recordTrimmed, settleTrim, trimAsAsked } from "./trim.ts";

const ENTRIESADDED = asciiBytes("ENTRIESADDED");
const MAXDELETEDID = asciiBytes("MAXDELETEDID");

const ZERO_ID = "ERR The ID specified in XADD must be greater than 0-0";
const EXHAUSTED = "ERR The stream has exhausted the last possible ID, unable to add more items";
const NOT_GREATER = "ERR The ID specified in XADD is equal or smaller than the target stream top item";
const TOO_LARGE = "ERR Elements are too large to be stored";
const NEGATIVE_ENTRIES = "ERR entries_added must be positive";
const LESS_THAN_GIVEN = "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id";
const LESS_THAN_DELETED = "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id";
const LESS_THAN_TOP = "ERR The ID specified in XSETID is smaller than the target stream top item";
const FEWER_THAN_LENGTH = "ERR The entries_added specified in XSETID is smaller than the target stream length";

/** XADD's id argument is `*`: beside what `parseId` gives. */
const ID_AUTOMATIC = 3;
const FIRST_OPTION = 2;

export function xadd(context: Context): void {
  let request: TrimRequest | null = null;
  let idIndex = FIRST_OPTION;
  let form = idFormAt(context, FIRST_OPTION);
  if (form === ID_NONE) {
    request = readTrim(context, true);
    if (request === null) return;
    idIndex = request.end;
    form = idIndex < context.argc ? idFormAt(context, idIndex) : ID_WHOLE;
    if (form === ID_NONE) {
      context.fail(INVALID_ID);
      return;
    }
    if (!settleTrim(context, request, true)) return;
  }
  const problem = problemOf(context, idIndex, form);
  if (problem === null) add(context, request, idIndex, form);
  else context.fail(problem);
}

/** Reads the id, if it is one, into `stream.first`. */
function idFormAt(context: Context, index: number): number {
  if (isStar(context, index)) return ID_AUTOMATIC;
  const bytes = context.bytes(index);
  return parseId(bytes, context.start(index), context.length(index), context.stream.first, SEQUENCE_MIN, true);
}

function problemOf(context: Context, idIndex: number, form: number): string | null {
  const count = context.argc - idIndex - 1;
  if (count < 2 || count % 2 === 1) return wrongArity("xadd");
  return form === ID_WHOLE && context.stream.first.isMin ? ZERO_ID : null;
}

function add(context: Context, request: TrimRequest | null, idIndex: number, form: number): void {
  const first = idIndex + 1;
  const handle = context.openTyped(1, TYPE_STREAM);
  if (handle === null) return;
  const isNew = handle.entry === 0;
  if (isNew && request?.makesNoStream === true) {
    handle.close(null, 0);
    context.reply.nullBulk();
    return;
  }
  const isTooLarge = entryBytes(context, first) > STREAM_ENTRY_BYTES_MAX;
  if (isNew && isTooLarge) {
    handle.close(null, 0);
    context.fail(TOO_LARGE);
    return;
  }
  const { streams } = context.keyspace.structures;
  const id = context.stream.first;
  streams.beginEdit(handle);
  const problem = settleId(context, streams, form) ?? (isTooLarge ? TOO_LARGE : null);
  if (problem !== null) {
    streams.endEdit();
    handle.close(null, 0);
    context.fail(problem);
    return;
  }
  streams.append(id, context, first, (context.argc - first) / 2);
  replyId(context.reply, id);
  const removed = request === null ? 0 : trimAsAsked(context, streams, request);
  streams.endEdit();
  const isRepeatable = form === ID_WHOLE && request?.isApproximate !== true;
  if (context.effects.active && !isRepeatable) {
    recordTrimmed(context, streams, request, form === ID_WHOLE ? 0 : idIndex);
  }
  if (removed > 0) handle.signal(EVENT_XADD);
  handle.close(removed > 0 ? EVENT_XTRIM : EVENT_XADD, 1);
}

/** Makes `stream.first` the id of the new entry. @returns the problem, or null. */
function settleId({ stream, nowMs }: Context, { lastId }: StreamValue, form: number): string | null {
  const id = stream.first;
  if (lastId.isMax) return EXHAUSTED;
  if (form === ID_AUTOMATIC) return id.setNext(nowMs, lastId) ? null : EXHAUSTED;
  if (form !== ID_WHOLE && id.compareMs(lastId) === 0 && !id.setFrom(lastId).incrementSeq()) return NOT_GREATER;
  return id.compare(lastId) > 0 ? null : NOT_GREATER;
}

function entryBytes(context: Context, first: number): number {
  let bytes = 0;
  for (let index = first; index < context.argc; index++) bytes += context.length(index);
  return bytes;
}

export function xdel(context: Context): void {
  const handle = context.openTyped(1, TYPE_STREAM);
  if (handle === null) return;
  if (handle.entry === 0 || !areIds(context, 2)) {
    handle.close(null, 0);
    if (context.failure === "") context.reply.integer(0);
    return;
  }
  const { streams } = context.keyspace.structures;
  const id = context.stream.first;
  let deleted = 0;
  streams.beginEdit(handle);
  for (let index = 2; index < context.argc; index++) {
    if (isId(context, index, id) && streams.delete(id)) deleted++;
  }
  streams.endEdit();
  handle.close(deleted === 0 ? null : EVENT_XDEL, deleted);
  context.reply.integer(deleted);
}

export function xsetid(context: Context): void {
  const { first: lastId, last: maxDeletedId } = context.stream;
  if (!readId(context, 2, lastId)) return;
  maxDeletedId.setMin();
  const entriesAdded = readSetIdOptions(context);
  if (entriesAdded === null) return;
  const handle = context.openTyped(1, TYPE_STREAM);
  if (handle === null) return;
  const { streams } = context.keyspace.structures;
  const problem = handle.entry === 0 ? NO_SUCH_KEY : setIdProblem(context, streams.open(handle.entry), entriesAdded);
  if (problem !== null) {
    handle.close(null, 0);
    context.fail(problem);
    return;
  }
  streams.beginEdit(handle);
  streams.setLastId(lastId);
  if (entriesAdded.value >= 0) streams.setEntriesAdded(entriesAdded.hi, entriesAdded.lo);
  if (!maxDeletedId.isMin) streams.setMaxDeletedId(maxDeletedId);
  streams.endEdit();
  handle.close(EVENT_XSETID, 1);
  context.reply.ok();
}

/**
 * Reads ENTRIESADDED and MAXDELETEDID, that into `ids.last`.
 * @returns entries added, -1 when that is not given; null when an error has been replied.
 */
function readSetIdOptions(context: Context): Int64 | null {
  const entriesAdded = new Int64();
  entriesAdded.setNumber(-1);
  let problem: string | null = null;
  for (let index = 3; index < context.argc && problem === null; index += 2) {
    const value = index + 1;
    if (value < context.argc && context.is(index, ENTRIESADDED)) {
      const isRead = parseInt64(context.bytes(value), context.start(value), context.length(value), entriesAdded);
      if (!isRead) problem = NOT_AN_INTEGER;
      else if (entriesAdded.value < 0) problem = NEGATIVE_ENTRIES;
    } else if (value < context.argc && context.is(index, MAXDELETEDID)) {
      if (!isId(context, value, context.stream.last)) problem = INVALID_ID;
      else if (context.stream.first.compare(context.stream.last) < 0) problem = LESS_THAN_GIVEN;
    } else {
      problem = SYNTAX_ERROR;
    }
  }
  if (problem === null) return entriesAdded;
  context.fail(problem);
  return null;
}

function setIdProblem(context: Context, stream: StreamValue, entriesAdded: Int64): string | null {
  const { first: lastId, limit: topId } = context.stream;
  if (lastId.compare(stream.maxDeletedId) < 0) return LESS_THAN_DELETED;
  if (stream.length === 0) return null;
  stream.lastEntryId(topId);
  if (lastId.compare(topId) < 0) return LESS_THAN_TOP;
  return entriesAdded.value >= 0 && stream.length > entriesAdded.value ? FEWER_THAN_LENGTH : null;
}

/** DUMP, RESTORE. */
import { TIME_MS_MAX } from "../base/limits.ts";
import { asciiBytes } from "../base/text.ts";
import type { Context } from "../commands/context.ts";
import { NOT_AN_INTEGER, SYNTAX_ERROR } from "../commands/errors.ts";
import { propagateDel } from "../commands/string/propagation.ts";
import { EVENT_DEL, EVENT_NEW, EVENT_RESTORE } from "../keyspace/key-events.ts";
import { EXPIRY_NONE, type WriteHandle } from "../keyspace/write-handle.ts";
import type { DumpCodec } from "./dump.ts";
import { setUse } from "./key-use.ts";
import type { RdbValueReader } from "./rdb-value-reader.ts";

const REPLACE = asciiBytes("REPLACE");
const ABSTTL = asciiBytes("ABSTTL");
const IDLETIME = asciiBytes("IDLETIME");
const FREQ = asciiBytes("FREQ");
const FIRST_OPTION = 4;
const FREQUENCY_MAX = 255;
const NOT_GIVEN = -1;

const BUSY_KEY = "BUSYKEY Target key name already exists.";
const WRONG_FOOTER = "ERR DUMP payload version or checksum are wrong";
const BAD_DATA = "ERR Bad data format";
const BAD_TTL = "ERR Invalid TTL value, must be >= 0";
const BAD_IDLE_TIME = "ERR Invalid IDLETIME value, must be >= 0";
const BAD_FREQUENCY = "ERR Invalid FREQ value, must be >= 0 and <= 255";

/** A longer reply is not copied. */
const COPIED_BYTES_MAX = 16 * 1024;

export function dump(context: Context, codec: DumpCodec): void {
  const { reply } = context;
  const entry = context.lookupRead(1);
  if (entry === 0) {
    reply.nullBulk();
    return;
  }
  const pieces = codec.dump(entry);
  reply.bulkHeader(pieces.reduce((sum, piece) => sum + piece.length, 0));
  for (const piece of pieces) {
    if (piece.length <= COPIED_BYTES_MAX) reply.append(piece, 0, piece.length);
    else reply.appendForeign(piece, null);
  }
  reply.crlf();
}

interface Options {
  replaces: boolean;
  isAbsolute: boolean;
  /** Seconds since the key was used, and how often it is: NOT_GIVEN for what is not said. */
  idleSeconds: number;
  frequency: number;
}

export function restore(context: Context, codec: DumpCodec): void {
  const options: Options = { replaces: false, isAbsolute: false, idleSeconds: NOT_GIVEN, frequency: NOT_GIVEN };
  if (!readOptions(context, options)) return;
  const handle = context.openWrite(1);
  const refusal = options.replaces || handle.entry === 0 ? null : BUSY_KEY;
  const ttlMs = refusal === null ? context.integer64(2) : 0;
  const error = refusal ?? (ttlMs === null ? NOT_AN_INTEGER : ttlMs < 0 ? BAD_TTL : null);
  const reader = error === null ? readPayload(context, codec) : error;
  if (typeof reader === "string") {
    handle.close(null, 0);
    context.fail(reader);
    return;
  }
  store(context, handle, reader, ttlMs ?? 0, options);
  context.reply.ok();
}

/** @returns what has been read, or the error. */
function readPayload(context: Context, codec: DumpCodec): RdbValueReader | string {
  const bytes = context.bytes(3);
  const start = context.start(3);
  const length = context.length(3);
  if (!codec.isDump(bytes, start, length)) return WRONG_FOOTER;
  return codec.read(bytes, start, length) ?? BAD_DATA;
}

/** @returns false when an error has been replied. */
function readOptions(context: Context, options: Options): boolean {
  for (let index = FIRST_OPTION; index < context.argc; index++) {
    const hasValue = index + 1 < context.argc;
    if (context.is(index, REPLACE)) {
      options.replaces = true;
    } else if (context.is(index, ABSTTL)) {
      options.isAbsolute = true;
    } else if (hasValue && options.frequency === NOT_GIVEN && context.is(index, IDLETIME)) {
      options.idleSeconds = readWithin(context, ++index, Number.POSITIVE_INFINITY, BAD_IDLE_TIME);
      if (options.idleSeconds < 0) return false;
    } else if (hasValue && options.idleSeconds === NOT_GIVEN && context.is(index, FREQ)) {
      options.frequency = readWithin(context, ++index, FREQUENCY_MAX, BAD_FREQUENCY);
      if (options.frequency < 0) return false;
    } else {
      context.fail(SYNTAX_ERROR);
      return false;
    }
  }
  return true;
}

/** @returns NOT_GIVEN when an error has been replied. */
function readWithin(context: Context, index: number, max: number, error: string): number {
  const value = context.integer64(index);
  if (value !== null && value >= 0 && value <= max) return value;
  context.fail(value === null ? NOT_AN_INTEGER : error);
  return NOT_GIVEN;
}

function store(
  context: Context,
  handle: WriteHandle,
  reader: RdbValueReader,
  ttlMs: number,
  { isAbsolute, idleSeconds, frequency }: Options,
): void {
  const { nowMs, keyspace } = context;
  const expiry = ttlMs === 0 ? EXPIRY_NONE : Math.min(TIME_MS_MAX, ttlMs + (isAbsolute ? 0 : nowMs));
  const present = handle.entry !== 0;
  if (expiry !== EXPIRY_NONE && expiry <= nowMs) {
    reader.discard();
    if (present) handle.unlink();
    handle.close(present ? EVENT_DEL : null, present ? 1 : 0);
    if (present) propagateDel(context);
    return;
  }
  reader.store(handle, expiry);
  setUse(keyspace, handle.entry, idleSeconds, frequency);
  // To whoever is told of it, a key that is replaced has been deleted and is new.
  if (present) handle.signal(EVENT_NEW);
  handle.close(EVENT_RESTORE, 1);
  if (expiry !== EXPIRY_NONE && !isAbsolute) propagateUntil(context, expiry);
}

/** The command as it was, with the time at which the key expires. */
function propagateUntil(context: Context, whenMs: number): void {
  const { effects, argc } = context;
  if (!effects.active) return;
  effects.begin(context.database.index, argc + 1);
  for (let index = 0; index < argc; index++) {
    if (index === 2) effects.integer(whenMs);
    else effects.argument(context.bytes(index), context.start(index), context.length(index));
  }
  effects.constant(ABSTTL);
}

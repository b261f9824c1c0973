/** DEBUG on keys: OBJECT, DIGEST, DIGEST-VALUE, POPULATE. They see keys that have expired and that nobody has noticed yet. */
import { INT64_TEXT_BYTES_MAX } from "../../base/limits.ts";
import { asciiBytes, parseSafeInt, writeInt, writeInt64 } from "../../base/text.ts";
import type { Context } from "../../commands/context.ts";
import { NO_SUCH_KEY } from "../../commands/errors.ts";
import { referencesTo } from "../../commands/generic/object.ts";
import { idleMs } from "../../keyspace/access.ts";
import { addEntry, datasetDigest } from "../../keyspace/digest.ts";
import { Digest } from "../../keyspace/digest-mixer.ts";
import { valueTypeOf } from "../../keyspace/value-types.ts";
import { EXPIRY_NONE } from "../../keyspace/write-handle.ts";
import { type Arena, type Handle, SEGMENT_SHIFT } from "../../memory/arena.ts";
import {
  accessOf,
  ENCODING_INT,
  ENCODING_RAW_OUTSIDE,
  ENCODING_ROOT_MIN,
  encodingOf,
  inlineLength,
  inlineStart,
  intHigh,
  intLow,
  intValue,
  outsideLength,
  TYPE_STRING,
  typeOf,
} from "../../structures/entry.ts";

/** A text of this length may be an integer that RDB writes as one. */
const RDB_INTEGER_TEXT_BYTES_MAX = 11;
/** Bytes a handle counts. */
const GRANULE_BYTES = 16;
/** Redis writes names and values into buffers of 128 with the zero at their end. */
const POPULATE_BYTES_MAX = 127;
const COLON = 0x3a;
const DIGITS_MAX = 20;

/** The entry of argument `index`, whether it has expired or not. */
function find(context: Context, index: number): Handle {
  const { keyspace, database } = context;
  return keyspace.lookupEvenExpired(database, context.bytes(index), context.start(index), context.length(index));
}

export function debugObject(context: Context): void {
  const { keyspace } = context;
  const { arena } = keyspace;
  const entry = find(context, 2);
  if (entry === 0) {
    context.fail(NO_SUCH_KEY);
    return;
  }
  const type = valueTypeOf(arena, entry);
  const access = accessOf(arena, entry);
  const idleSeconds = Math.floor(idleMs(access, keyspace.accessClock) / 1000);
  context.reply.simple(
    `Value at:0x${(entry * GRANULE_BYTES).toString(16)} refcount:${referencesTo(context, entry)} ` +
      `encoding:${type.encodingName(arena, entry)} serializedlength:${serializedLength(context, entry)} ` +
      `lru:${access} lru_seconds_idle:${idleSeconds}`,
  );
}

/** Bytes of a value in an RDB file that does not compress; of a large collection, what it takes here. */
function serializedLength({ keyspace }: Context, entry: Handle): number {
  const { arena } = keyspace;
  if (typeOf(arena, entry) === TYPE_STRING) return serializedString(arena, entry);
  if (encodingOf(arena, entry) >= ENCODING_ROOT_MIN) {
    return valueTypeOf(arena, entry).outsideBytes(keyspace.structures, entry);
  }
  return lengthPrefix(outsideLength(arena, entry)) + outsideLength(arena, entry);
}

function serializedString(arena: Arena, entry: Handle): number {
  const encoding = encodingOf(arena, entry);
  if (encoding === ENCODING_INT) {
    const value = intValue(arena, entry);
    const digits = new Uint8Array(INT64_TEXT_BYTES_MAX);
    return integerLength(value) || 1 + writeInt64(intHigh(arena, entry), intLow(arena, entry), digits, 0);
  }
  if (encoding >= ENCODING_RAW_OUTSIDE) return lengthPrefix(outsideLength(arena, entry)) + outsideLength(arena, entry);
  const length = inlineLength(arena, entry);
  const start = inlineStart(arena, entry);
  const value =
    length <= RDB_INTEGER_TEXT_BYTES_MAX
      ? parseSafeInt(arena.bytes[entry >>> SEGMENT_SHIFT], start, length)
      : Number.NaN;
  return integerLength(value) || lengthPrefix(length) + length;
}

/** 0 when RDB keeps it as text. */
function integerLength(value: number): number {
  if (value === (value << 24) >> 24) return 2;
  if (value === (value << 16) >> 16) return 3;
  return value === (value | 0) ? 5 : 0;
}

function lengthPrefix(length: number): number {
  if (length < 1 << 6) return 1;
  return length < 1 << 14 ? 2 : 5;
}

export function debugDigest(context: Context): void {
  context.reply.simple(datasetDigest(context.keyspace).toString());
}

/** A key that is not there has a digest of zeros. */
export function debugDigestValue(context: Context): void {
  const { keyspace, reply, argc } = context;
  const digest = new Digest();
  reply.arrayHeader(argc - 2);
  for (let index = 2; index < argc; index++) {
    digest.reset();
    const entry = find(context, index);
    if (entry !== 0) addEntry(keyspace, entry, digest);
    reply.simple(digest.toString());
  }
}

/**
 * Makes the keys `prefix:0` to `prefix:<count - 1>` where they are missing, in one go. Their values are `value:<n>`, with
 * a size cut or filled up with zero bytes. Nothing of it is propagated.
 */
export function debugPopulate(context: Context): void {
  const count = readCount(context, 2);
  if (count < 0) return;
  const size = context.argc === 5 ? readCount(context, 4) : 0;
  if (size < 0) return;
  const name = context.argc > 3 ? new Numbered(argumentBytes(context, 3)) : new Numbered(asciiBytes("key"));
  const value = new Numbered(asciiBytes("value"));
  const sized = new Uint8Array(size);
  for (let number = 0; number < count; number++) {
    name.set(number);
    const handle = context.keyspace.openWrite(context.database, name.bytes, 0, name.length);
    if (handle.entry === 0) {
      value.set(number);
      sized.set(value.bytes.subarray(0, Math.min(size, value.length)));
      if (size === 0) handle.setString(value.bytes, 0, value.length, EXPIRY_NONE, false);
      else handle.setString(sized, 0, size, EXPIRY_NONE, false);
    }
    handle.close(null, 0);
  }
  context.reply.ok();
}

/** @returns -1 when an error has been replied. */
function readCount(context: Context, index: number): number {
  const count = context.integer64(index);
  if (count !== null && count >= 0) return count;
  context.fail("ERR value is out of range, must be positive");
  return -1;
}

function argumentBytes(context: Context, index: number): Uint8Array {
  const start = context.start(index);
  return context.bytes(index).slice(start, start + context.length(index));
}

/** `prefix:number` as bytes, for one number after the other. */
class Numbered {
  readonly bytes: Uint8Array;
  length = 0;
  readonly #prefixLength: number;

  constructor(prefix: Uint8Array) {
    this.bytes = new Uint8Array(prefix.length + 1 + DIGITS_MAX);
    this.bytes.set(prefix);
    this.bytes[prefix.length] = COLON;
    this.#prefixLength = prefix.length + 1;
  }

  set(number: number): void {
    this.length = Math.min(writeInt(number, this.bytes, this.#prefixLength), POPULATE_BYTES_MAX);
  }
}

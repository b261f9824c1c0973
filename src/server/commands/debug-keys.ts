/** DEBUG on keys: OBJECT, DIGEST, DIGEST-VALUE, POPULATE. They see keys that have expired and that nobody has noticed yet. */
import { asciiBytes, writeInt } from "../../base/text.ts";
import type { Context } from "../../commands/context.ts";
import { NO_SUCH_KEY } from "../../commands/errors.ts";
import { referencesTo } from "../../commands/generic/object.ts";
import { idleMs } from "../../keyspace/access.ts";
import { addEntry, datasetDigest } from "../../keyspace/digest.ts";
import { Digest } from "../../keyspace/digest-mixer.ts";
import { valueTypeOf } from "../../keyspace/value-types.ts";
import { EXPIRY_NONE } from "../../keyspace/write-handle.ts";
import type { Handle } from "../../memory/arena.ts";
import { accessOf } from "../../structures/entry.ts";
import type { Server } from "../server.ts";

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

export function debugObject(context: Context, server: Server): void {
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
      `encoding:${type.encodingName(arena, entry)} serializedlength:${server.dumps.serializedBytes(entry)} ` +
      `lru:${access} lru_seconds_idle:${idleSeconds}`,
  );
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

/**
 * Writes a dataset of strings as an RDB of version 10, which Redis 7.0 and later and Valkey load.
 *
 *     "REDIS0010"
 *     FA key value …                  facts about the file: who wrote it, when
 *     FE database  FB keys expiring   before the first key of a database, and FE again whenever it changes
 *     [FC time]  00  key  value       a string, and its time to live as ms since 1970 in 64 bits
 *     FF  CRC-64                      over everything before, little end first
 *
 *     length   0 – 2⁶−1     00xxxxxx
 *              … 2¹⁴−1      01xxxxxx xxxxxxxx
 *              … 2³²−1      80 and 4 bytes, big end first
 *              beyond       81 and 8 bytes
 *     string   its length and bytes, or C0, C1, C2 and an integer of 1, 2 or 4 bytes, little end first
 *
 * (The format: `rdb.h` and `rdb.c` of Redis, and its redis-check-rdb.)
 *
 * It is a reader of a snapshot, so a call must not take long, whatever the entry: a value in a large block of its own is
 * pinned and becomes a piece of the output as it lies, and the checksum follows in slices (`checksum`) behind the
 * writing. Databases come mixed when writers push unsaved entries ahead of the walk: a change of database is two bytes,
 * and the hint about sizes is given once for each.
 *
 *     walk the snapshot → end → checksum until it answers false → complete → pieces → release
 */
import { assert } from "../base/assert.ts";
import { ByteQueue } from "../base/byte-queue.ts";
import { Crc64 } from "../base/crc64.ts";
import { INT64_TEXT_BYTES_MAX } from "../base/limits.ts";
import { utf8Bytes, writeInt64 } from "../base/text.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { SnapshotReader } from "../keyspace/snapshot.ts";
import type { Handle } from "../memory/arena.ts";
import {
  ENCODING_INT,
  encodingOf,
  expiresAtMs,
  FLAG_EXPIRES,
  hasFlag,
  intHigh,
  intLow,
  keySpan,
  Span,
  TYPE_STRING,
  typeOf,
} from "../structures/entry.ts";
import { Run, StringReader } from "../structures/string-reader.ts";

const VERSION = "0010";
const OPCODE_AUX = 0xfa;
const OPCODE_RESIZE = 0xfb;
const OPCODE_EXPIRES_MS = 0xfc;
const OPCODE_DATABASE = 0xfe;
const OPCODE_END = 0xff;
const STRING = 0;
const LENGTH_32 = 0x80;
const LENGTH_64 = 0x81;
const INTEGER_8 = 0xc0;
const INTEGER_16 = 0xc1;
const INTEGER_32 = 0xc2;

/** From this length on a value in a block of its own is not copied. */
const PIN_BYTES_MIN = 64 * 1024;
const NO_DATABASE = -1;

/** What the file says about its writer. */
export interface RdbFacts {
  readonly redisVersion: string;
  /** When the snapshot was taken, seconds since 1970. */
  readonly createdSeconds: number;
  readonly usedMemoryBytes: number;
}

export class RdbWriter implements SnapshotReader {
  readonly #keyspace: Keyspace;
  readonly #out = new ByteQueue();
  readonly #sum = new Crc64();
  /** How far the checksum has come: pieces, and bytes of the next. */
  #summedPieces = 0;
  #summedBytes = 0;
  /** The database that the keys now written belong to, and those whose size has been told. */
  #database = NO_DATABASE;
  readonly #announced: Set<number> = new Set();
  readonly #pinned: Handle[] = [];
  #lentBytes = 0;
  #isComplete = false;
  readonly #span = new Span();
  readonly #reader: StringReader;
  readonly #run = new Run();
  readonly #scratch = new Uint8Array(Math.max(INT64_TEXT_BYTES_MAX, 16));
  readonly #view = new DataView(this.#scratch.buffer);

  /** Writes the head. To be made at the instant at which the snapshot begins. */
  constructor(keyspace: Keyspace, facts: RdbFacts) {
    this.#keyspace = keyspace;
    this.#reader = new StringReader(keyspace.arena);
    this.#text(`REDIS${VERSION}`);
    this.#fact("redis-ver", facts.redisVersion);
    this.#fact("redis-bits", "64");
    this.#fact("ctime", String(facts.createdSeconds));
    this.#fact("used-mem", String(facts.usedMemoryBytes));
    this.#fact("aof-base", "0");
  }

  /** Bytes written so far. */
  get sizeBytes(): number {
    return this.#out.sizeBytes;
  }

  /** Of these, bytes of its own: the rest lies where the values do. */
  get ownBytes(): number {
    return this.#out.sizeBytes - this.#lentBytes;
  }

  /** The file in order, once it is complete. Valid until `release`. */
  get pieces(): readonly Uint8Array[] {
    assert(this.#isComplete, "an RDB is read when it is complete");
    return this.#out.pieces;
  }

  // ---- the snapshot ---------------------------------------------------------------------------------------------

  entry(databaseIndex: number, entry: Handle): void {
    const { arena } = this.#keyspace;
    if (databaseIndex !== this.#database) this.#select(databaseIndex);
    if (hasFlag(arena, entry, FLAG_EXPIRES)) {
      this.#byte(OPCODE_EXPIRES_MS);
      this.#view.setBigInt64(0, BigInt(expiresAtMs(arena, entry)), true);
      this.#out.append(this.#scratch, 0, 8);
    }
    assert(typeOf(arena, entry) === TYPE_STRING, "there are strings only");
    this.#byte(STRING);
    const span = this.#span;
    keySpan(arena, entry, span);
    this.#bytes(span.bytes, span.start, span.length);
    this.#value(entry);
  }

  /** Everything has been written: the end mark. */
  end(): void {
    this.#byte(OPCODE_END);
    this.#out.seal();
  }

  /** Sums up to `bytesMax` bytes of complete pieces. @returns whether there are more. */
  checksum(bytesMax: number): boolean {
    const { pieces } = this.#out;
    for (let left = bytesMax; this.#summedPieces < pieces.length; ) {
      if (left === 0) return true;
      const piece = pieces[this.#summedPieces];
      const end = Math.min(piece.length, this.#summedBytes + left);
      this.#sum.update(piece, this.#summedBytes, end);
      left -= end - this.#summedBytes;
      this.#summedBytes = end;
      if (end < piece.length) continue;
      this.#summedPieces++;
      this.#summedBytes = 0;
    }
    return false;
  }

  /** Adds the checksum. */
  complete(): void {
    assert(this.#summedPieces === this.#out.pieces.length, "everything is summed before the sum is written");
    this.#view.setInt32(0, this.#sum.low, true);
    this.#view.setInt32(4, this.#sum.high, true);
    this.#out.append(this.#scratch, 0, 8);
    this.#out.seal();
    this.#isComplete = true;
  }

  /** Lets go of the values that the pieces point into, whether complete or not. */
  release(): void {
    for (const block of this.#pinned) this.#keyspace.arena.unpin(block);
    this.#pinned.length = 0;
  }

  // ---- parts ----------------------------------------------------------------------------------------------------

  #select(index: number): void {
    this.#database = index;
    this.#byte(OPCODE_DATABASE);
    this.#length(index);
    if (this.#announced.has(index)) return;
    this.#announced.add(index);
    const { count, expiry } = this.#keyspace.databases[index];
    this.#byte(OPCODE_RESIZE);
    this.#length(count);
    this.#length(expiry.count);
  }

  #value(entry: Handle): void {
    const { arena } = this.#keyspace;
    const encoding = encodingOf(arena, entry);
    if (encoding === ENCODING_INT) {
      this.#integer(intHigh(arena, entry), intLow(arena, entry));
      return;
    }
    const reader = this.#reader.open(entry);
    const run = this.#run;
    this.#length(reader.length);
    for (let at = 0; at < reader.length; at += run.length) {
      reader.find(at, reader.length, run);
      if (!this.#lend(run)) this.#out.append(run.bytes, run.start, run.length);
    }
  }

  #integer(high: number, low: number): void {
    if (high !== low >> 31) {
      const digits = writeInt64(high, low, this.#scratch, 0);
      // The length goes through the scratch too: its one byte is written as a value of its own.
      this.#out.append(Uint8Array.of(digits), 0, 1);
      this.#out.append(this.#scratch, 0, digits);
      return;
    }
    const width = low === (low << 24) >> 24 ? 1 : low === (low << 16) >> 16 ? 2 : 4;
    this.#scratch[0] = width === 1 ? INTEGER_8 : width === 2 ? INTEGER_16 : INTEGER_32;
    this.#view.setInt32(1, low, true);
    this.#out.append(this.#scratch, 0, 1 + width);
  }

  /** Writes a part of a value as it lies in its block, if that is worth it. */
  #lend({ bytes, start, length, block, isConstant }: Run): boolean {
    const { arena } = this.#keyspace;
    if (length < PIN_BYTES_MIN || (block === 0 && !isConstant)) return false;
    if (!isConstant) {
      if (!arena.canPin(block)) return false;
      arena.pin(block);
      this.#pinned.push(block);
    }
    this.#lentBytes += length;
    this.#out.appendForeign(bytes.subarray(start, start + length));
    return true;
  }

  #fact(name: string, value: string): void {
    this.#byte(OPCODE_AUX);
    this.#length(name.length);
    this.#text(name);
    this.#length(value.length);
    this.#text(value);
  }

  #text(text: string): void {
    const bytes = utf8Bytes(text);
    this.#out.append(bytes, 0, bytes.length);
  }

  #bytes(bytes: Uint8Array, start: number, length: number): void {
    this.#length(length);
    this.#out.append(bytes, start, length);
  }

  #byte(value: number): void {
    this.#scratch[0] = value;
    this.#out.append(this.#scratch, 0, 1);
  }

  #length(length: number): void {
    const bytes = this.#scratch;
    let size = 1;
    if (length < 1 << 6) {
      bytes[0] = length;
    } else if (length < 1 << 14) {
      bytes[0] = 0x40 | (length >>> 8);
      bytes[1] = length & 255;
      size = 2;
    } else if (length < 4294967296) {
      bytes[0] = LENGTH_32;
      this.#view.setUint32(1, length, false);
      size = 5;
    } else {
      bytes[0] = LENGTH_64;
      this.#view.setBigUint64(1, BigInt(length), false);
      size = 9;
    }
    this.#out.append(bytes, 0, size);
  }
}

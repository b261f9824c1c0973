/**
 * Writes a dataset as an RDB (`rdb-format.ts`).
 *
 * It is a reader of a snapshot, so a call must not take long, whatever the entry: a value in a large block of its own is
 * pinned and becomes a piece of the output as it lies, a large collection comes part by part, and the checksum
 * follows in slices (`checksum`) behind the writing. Databases come mixed when writers push unsaved entries ahead of the
 * walk: a change of database is two bytes, and the hint about sizes is given once for each.
 *
 *     walk the snapshot → end → checksum until it answers false → complete → pieces → release
 */
import { assert } from "../base/assert.ts";
import { Crc64 } from "../base/crc64.ts";
import { utf8Bytes } from "../base/text.ts";
import { idleMs, lfuFrequency } from "../keyspace/access.ts";
import type { Parts } from "../keyspace/collection-image.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { SnapshotReader } from "../keyspace/snapshot.ts";
import type { StreamPartReader } from "../keyspace/stream-parts.ts";
import type { Handle } from "../memory/arena.ts";
import { accessOf, expiresAtMs, FLAG_EXPIRES, hasFlag, keySpan, Span } from "../structures/entry.ts";
import {
  OPCODE_AUX,
  OPCODE_DATABASE,
  OPCODE_END,
  OPCODE_EXPIRES_MS,
  OPCODE_FREQUENCY,
  OPCODE_IDLE,
  OPCODE_RESIZE,
  RDB_VERSION,
  RDB_VERSION_FIELD_EXPIRY,
} from "./rdb-format.ts";
import { RdbOutput } from "./rdb-output.ts";
import type { RdbSettings } from "./rdb-settings.ts";
import { RdbValueWriter, rdbCodeOf } from "./rdb-value-writer.ts";

const VERSION_DIGITS = 4;
const SECOND_MS = 1000;
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
  readonly #settings: RdbSettings;
  readonly #out: RdbOutput;
  readonly #values: RdbValueWriter;
  readonly #sum = new Crc64();
  /** How far the checksum has come: pieces, and bytes of the next. */
  #summedPieces = 0;
  #summedBytes = 0;
  /** The database that the keys now written belong to, and those whose size has been told. */
  #database = NO_DATABASE;
  readonly #announced: Set<number> = new Set();
  #isComplete = false;
  readonly #span = new Span();

  /** Writes the head. To be made at the instant at which the snapshot begins. */
  constructor(keyspace: Keyspace, settings: RdbSettings, facts: RdbFacts) {
    this.#keyspace = keyspace;
    this.#settings = settings;
    this.#out = new RdbOutput(keyspace.arena, true, settings);
    this.#values = new RdbValueWriter(keyspace, this.#out);
    const fieldsExpire = keyspace.databases.some(({ fieldExpiry }) => fieldExpiry.count > 0);
    const version = fieldsExpire ? RDB_VERSION_FIELD_EXPIRY : RDB_VERSION;
    this.#text(`REDIS${String(version).padStart(VERSION_DIGITS, "0")}`);
    this.#fact("redis-ver", facts.redisVersion);
    this.#fact("redis-bits", "64");
    this.#fact("ctime", String(facts.createdSeconds));
    this.#fact("used-mem", String(facts.usedMemoryBytes));
    this.#fact("aof-base", "0");
  }

  /** Bytes written so far. */
  get sizeBytes(): number {
    return this.#out.queue.sizeBytes;
  }

  /** Of these, bytes of its own: the rest lies where the values do. */
  get ownBytes(): number {
    return this.#out.queue.sizeBytes - this.#out.lentBytes;
  }

  /** The file in order, once it is complete. Valid until `release`. */
  get pieces(): readonly Uint8Array[] {
    assert(this.#isComplete, "an RDB is read when it is complete");
    return this.#out.queue.pieces;
  }

  // ---- the snapshot ---------------------------------------------------------------------------------------------

  entry(databaseIndex: number, entry: Handle, parts: Parts | null): void {
    this.#begin(databaseIndex, entry, parts);
    this.#values.begin(entry, parts);
  }

  part(part: Handle): void {
    this.#values.part(part);
  }

  get stream(): StreamPartReader {
    return this.#values.stream;
  }

  /** A key with all of its value, without a snapshot: nothing changes meanwhile. O(bytes). */
  whole(databaseIndex: number, entry: Handle): void {
    this.#begin(databaseIndex, entry, null);
    this.#values.write(entry);
  }

  get workBytes(): number {
    return this.#out.workBytes;
  }

  #begin(databaseIndex: number, entry: Handle, parts: Parts | null): void {
    assert(this.#values.isComplete, "one value is complete before the next begins");
    const { arena } = this.#keyspace;
    const out = this.#out;
    if (databaseIndex !== this.#database) this.#select(databaseIndex);
    if (hasFlag(arena, entry, FLAG_EXPIRES)) {
      out.byte(OPCODE_EXPIRES_MS);
      out.int64(expiresAtMs(arena, entry));
    }
    this.#use(entry);
    out.byte(rdbCodeOf(arena, entry, parts));
    const span = this.#span;
    keySpan(arena, entry, span);
    out.string(span.bytes, span.start, span.length);
  }

  /** Everything has been written: the end mark. */
  end(): void {
    assert(this.#values.isComplete, "all values are complete");
    this.#out.byte(OPCODE_END);
    this.#out.queue.seal();
  }

  /** Sums up to `bytesMax` bytes of complete pieces. @returns whether there are more. */
  checksum(bytesMax: number): boolean {
    const { pieces } = this.#out.queue;
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
    assert(this.#summedPieces === this.#out.queue.pieces.length, "everything is summed before the sum is written");
    this.#out.words(this.#sum.high, this.#sum.low);
    this.#out.queue.seal();
    this.#isComplete = true;
  }

  /** Lets go of the values that the pieces point into, whether complete or not. */
  release(): void {
    this.#out.release();
  }

  // ---- parts ----------------------------------------------------------------------------------------------------

  #select(index: number): void {
    const out = this.#out;
    this.#database = index;
    out.byte(OPCODE_DATABASE);
    out.length(index);
    if (this.#announced.has(index)) return;
    this.#announced.add(index);
    const { count, expiry } = this.#keyspace.databases[index];
    out.byte(OPCODE_RESIZE);
    out.length(count);
    out.length(expiry.count);
  }

  /** When the key was last used, or how often it is, if eviction goes by it. */
  #use(entry: Handle): void {
    const { accessClock, arena, lfu, lfuSettings, nowMs } = this.#keyspace;
    if (lfu) {
      this.#out.byte(OPCODE_FREQUENCY);
      this.#out.byte(lfuFrequency(accessOf(arena, entry), nowMs, lfuSettings));
    } else if (this.#settings.savesIdleTimes) {
      this.#out.byte(OPCODE_IDLE);
      this.#out.length(Math.floor(idleMs(accessOf(arena, entry), accessClock) / SECOND_MS));
    }
  }

  #fact(name: string, value: string): void {
    this.#out.byte(OPCODE_AUX);
    for (const text of [name, value]) {
      const bytes = utf8Bytes(text);
      this.#out.string(bytes, 0, bytes.length);
    }
  }

  #text(text: string): void {
    const bytes = utf8Bytes(text);
    this.#out.bytes(bytes, 0, bytes.length);
  }
}

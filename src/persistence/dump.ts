/**
 * A value as DUMP gives it and RESTORE takes it: its type and content as in an RDB, and behind it
 *
 *     version u16 │ CRC-64 of all before
 *
 * both little end first. What is given is of version 10, a hash of which fields expire of 12.
 */
import { Crc64 } from "../base/crc64.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Handle } from "../memory/arena.ts";
import { RDB_HASH_METADATA, RDB_VERSION, RDB_VERSION_FIELD_EXPIRY, RDB_VERSION_READ_MAX } from "./rdb-format.ts";
import { RdbInput } from "./rdb-input.ts";
import { RdbOutput } from "./rdb-output.ts";
import type { RdbSettings } from "./rdb-settings.ts";
import { RdbValueReader, READ_DONE } from "./rdb-value-reader.ts";
import { RdbValueWriter, rdbCodeOf } from "./rdb-value-writer.ts";

const VERSION_BYTES = 2;
const CHECKSUM_BYTES = 8;
const FOOTER_BYTES = VERSION_BYTES + CHECKSUM_BYTES;

/** Writes and reads dumps, one after another. */
export class DumpCodec {
  readonly #keyspace: Keyspace;
  readonly #settings: RdbSettings;
  readonly #out: RdbOutput;
  readonly #writer: RdbValueWriter;
  readonly #reader: RdbValueReader;
  readonly #input = new RdbInput();
  readonly #sum = new Crc64();

  constructor(keyspace: Keyspace, settings: RdbSettings) {
    this.#keyspace = keyspace;
    this.#settings = settings;
    this.#out = new RdbOutput(keyspace.arena, false, settings);
    this.#writer = new RdbValueWriter(keyspace, this.#out);
    this.#reader = new RdbValueReader(keyspace);
  }

  /** The value of an entry. O(bytes). @returns it in pieces, which are nobody else's. */
  dump(entry: Handle): Uint8Array[] {
    const out = this.#out;
    const code = rdbCodeOf(this.#keyspace.arena, entry);
    const version = code < RDB_HASH_METADATA ? RDB_VERSION : RDB_VERSION_FIELD_EXPIRY;
    out.byte(code);
    this.#writer.write(entry);
    out.byte(version & 255);
    out.byte(version >> 8);
    const pieces = out.queue.take();
    const sum = this.#sum;
    sum.reset();
    for (const piece of pieces) sum.update(piece, 0, piece.length);
    out.words(sum.high, sum.low);
    pieces.push(...out.queue.take());
    return pieces;
  }

  /** Bytes of the value of an entry in an RDB, its type not counted. O(bytes). */
  serializedBytes(entry: Handle): number {
    this.#writer.write(entry);
    const bytes = this.#out.queue.sizeBytes;
    this.#out.queue.take();
    return bytes;
  }

  /** Whether bytes are a dump, as far as its end tells. */
  isDump(bytes: Uint8Array, start: number, length: number): boolean {
    if (length < FOOTER_BYTES) return false;
    const footer = start + length - FOOTER_BYTES;
    if ((bytes[footer] | (bytes[footer + 1] << 8)) > RDB_VERSION_READ_MAX) return false;
    if (this.#settings.skipsChecksums) return true;
    const sum = this.#sum;
    const sumAt = footer + VERSION_BYTES;
    sum.reset();
    sum.update(bytes, start, sumAt);
    return word(bytes, sumAt) === sum.low && word(bytes, sumAt + 4) === sum.high;
  }

  /**
   * Reads what `isDump` has found to be one. What has been read stands by, in nobody's key, until it is stored or discarded.
   * @returns null when it is no value; then there is nothing to discard.
   */
  read(bytes: Uint8Array, start: number, length: number): RdbValueReader | null {
    const reader = this.#reader;
    const input = this.#input.open(bytes, start, start + length - FOOTER_BYTES);
    input.stringBytesMax = this.#keyspace.stringBytesMax;
    if (!reader.begin(input.byte())) return null;
    return reader.step(input, Number.POSITIVE_INFINITY) === READ_DONE ? reader : null;
  }
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}

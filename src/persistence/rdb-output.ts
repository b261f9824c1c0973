/**
 * What RDB is made of, written: lengths, strings, numbers (`rdb-format.ts`), into a queue of pieces.
 *
 * Strings that are the text of a small integer become one, and longer ones are compressed where that saves at least
 * four bytes, both as in Redis. Beyond COMPRESSED_BYTES_MAX they are not: compressing takes some 5 to 10 ns a byte, and
 * one string is written in one turn. Long strings in blocks of their own are not even copied, if the output may lend
 * from the arena: the block is pinned, and becomes a piece of the output as it lies.
 */
import { ByteQueue } from "../base/byte-queue.ts";
import { INT64_TEXT_BYTES_MAX } from "../base/limits.ts";
import { LzfCompressor } from "../base/lzf.ts";
import { parseSafeInt, writeInt64 } from "../base/text.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import type { Run, StringReader } from "../structures/string-reader.ts";
import { COMPRESSED, INTEGER_8, INTEGER_16, INTEGER_32, LENGTH_14, LENGTH_32, LENGTH_64 } from "./rdb-format.ts";
import type { RdbSettings } from "./rdb-settings.ts";

/** The text of an integer that is written as one: `-2147483648`. */
const INTEGER_TEXT_BYTES_MAX = 11;
/** Shorter strings do not compress, whatever they are. */
const COMPRESSED_BYTES_MIN = 21;
/** Half a millisecond's worth. */
export const COMPRESSED_BYTES_MAX: number = 64 * 1024;
/** What compression has to save. */
const SAVED_BYTES_MIN = 4;
/** From this length on a value in a block of its own is not copied. */
const LENT_BYTES_MIN = 64 * 1024;

export class RdbOutput {
  readonly queue = new ByteQueue();
  /** Of what was written, bytes that lie where the values do. */
  lentBytes = 0;
  /** Bytes of strings that were copied or compressed: what has taken time. */
  workBytes = 0;
  readonly #arena: Arena;
  readonly #lends: boolean;
  readonly #settings: RdbSettings;
  /** Made when it is first needed. */
  #compressor: LzfCompressor | null = null;
  readonly #pinned: Handle[] = [];
  readonly #scratch = new Uint8Array(Math.max(INT64_TEXT_BYTES_MAX, 16));
  readonly #view = new DataView(this.#scratch.buffer);
  #compressed = new Uint8Array(0);

  /** @param lends whether pieces may point into blocks of the arena, until `release`. */
  constructor(arena: Arena, lends: boolean, settings: RdbSettings) {
    this.#arena = arena;
    this.#lends = lends;
    this.#settings = settings;
  }

  /** Lets go of the blocks that pieces point into. */
  release(): void {
    for (const block of this.#pinned) this.#arena.unpin(block);
    this.#pinned.length = 0;
  }

  byte(value: number): void {
    this.queue.appendByte(value);
  }

  bytes(bytes: Uint8Array, start: number, length: number): void {
    this.queue.append(bytes, start, length);
  }

  length(length: number): void {
    const view = this.#view;
    if (length < 1 << 6) {
      this.byte(length);
    } else if (length < 1 << 14) {
      this.byte(LENGTH_14 | (length >>> 8));
      this.byte(length & 255);
    } else if (length < 4294967296) {
      this.#scratch[0] = LENGTH_32;
      view.setUint32(1, length, false);
      this.bytes(this.#scratch, 0, 5);
    } else {
      this.#scratch[0] = LENGTH_64;
      view.setBigUint64(1, BigInt(length), false);
      this.bytes(this.#scratch, 0, 9);
    }
  }

  /** A length of 64 bits, as two words. */
  lengthWords(high: number, low: number): void {
    if (high === 0) {
      this.length(low >>> 0);
      return;
    }
    this.#scratch[0] = LENGTH_64;
    this.#view.setInt32(1, high, false);
    this.#view.setInt32(5, low, false);
    this.bytes(this.#scratch, 0, 9);
  }

  /** @param value a safe integer; 64 bits, little end first. */
  int64(value: number): void {
    this.#view.setUint32(0, value % 4294967296, true);
    this.#view.setInt32(4, Math.floor(value / 4294967296), true);
    this.bytes(this.#scratch, 0, 8);
  }

  /** Two words, the lower first, little end first each. */
  words(high: number, low: number): void {
    this.#view.setInt32(0, low, true);
    this.#view.setInt32(4, high, true);
    this.bytes(this.#scratch, 0, 8);
  }

  double(value: number): void {
    this.#view.setFloat64(0, value, true);
    this.bytes(this.#scratch, 0, 8);
  }

  /** A string: as an integer, compressed, or as it is. */
  string(bytes: Uint8Array, start: number, length: number): void {
    this.workBytes += length;
    if (length <= INTEGER_TEXT_BYTES_MAX) {
      const value = parseSafeInt(bytes, start, length);
      if (value === (value | 0)) {
        this.#integer32(value);
        return;
      }
    }
    if (this.#compresses(length) && this.#writeCompressed(bytes, start, length)) return;
    this.length(length);
    this.bytes(bytes, start, length);
  }

  /** A string that is compressed already. */
  compressed(bytes: Uint8Array, start: number, compressedLength: number, length: number): void {
    this.byte(COMPRESSED);
    this.length(compressedLength);
    this.length(length);
    this.bytes(bytes, start, compressedLength);
  }

  /** A string that is the text of a 64-bit integer. */
  integer64(high: number, low: number): void {
    if (high === low >> 31) {
      this.#integer32(low);
      return;
    }
    const digits = writeInt64(high, low, this.#scratch, 0);
    this.byte(digits);
    this.bytes(this.#scratch, 0, digits);
  }

  /** As `string`, for bytes that may stand in a block of their own. @param block 0 if they do not. */
  blockString(bytes: Uint8Array, start: number, length: number, block: Handle): void {
    if (block >= 0 || length <= COMPRESSED_BYTES_MAX || !this.#canLend(block, length)) {
      this.string(bytes, start, length);
      return;
    }
    this.length(length);
    this.#lendBlock(block, bytes, start, length);
  }

  /** A string value, piece by piece. @param run is used for it. */
  value(reader: StringReader, run: Run): void {
    const { length } = reader;
    if (length <= COMPRESSED_BYTES_MAX) {
      reader.findWhole(0, length, run);
      this.string(run.bytes, run.start, length);
      return;
    }
    this.length(length);
    for (let at = 0; at < length; at += run.length) {
      reader.find(at, length, run);
      if (this.#lend(run)) continue;
      this.bytes(run.bytes, run.start, run.length);
      this.workBytes += run.length;
    }
  }

  /** @param value an int32. */
  #integer32(value: number): void {
    const width = value === (value << 24) >> 24 ? 1 : value === (value << 16) >> 16 ? 2 : 4;
    this.#scratch[0] = width === 1 ? INTEGER_8 : width === 2 ? INTEGER_16 : INTEGER_32;
    this.#view.setInt32(1, value, true);
    this.bytes(this.#scratch, 0, 1 + width);
  }

  #compresses(length: number): boolean {
    return this.#settings.compresses && length >= COMPRESSED_BYTES_MIN && length <= COMPRESSED_BYTES_MAX;
  }

  #writeCompressed(bytes: Uint8Array, start: number, length: number): boolean {
    this.#compressor ??= new LzfCompressor();
    if (this.#compressed.length < length) this.#compressed = new Uint8Array(Math.max(length, 1024));
    const compressed = this.#compressor.compress(bytes, start, length, this.#compressed, 0, length - SAVED_BYTES_MIN);
    if (compressed === 0) return false;
    this.compressed(this.#compressed, 0, compressed, length);
    return true;
  }

  /** Writes a part of a value as it lies in its block, if that is worth it. */
  #lend({ bytes, start, length, block, isConstant }: Run): boolean {
    if (isConstant && this.#lends && length >= LENT_BYTES_MIN) this.#lendBytes(bytes, start, length);
    else if (!isConstant && block !== 0 && this.#canLend(block, length)) this.#lendBlock(block, bytes, start, length);
    else return false;
    return true;
  }

  #canLend(block: Handle, length: number): boolean {
    return this.#lends && length >= LENT_BYTES_MIN && this.#arena.canPin(block);
  }

  #lendBlock(block: Handle, bytes: Uint8Array, start: number, length: number): void {
    this.#arena.pin(block);
    this.#pinned.push(block);
    this.#lendBytes(bytes, start, length);
  }

  #lendBytes(bytes: Uint8Array, start: number, length: number): void {
    this.lentBytes += length;
    this.queue.appendForeign(bytes.subarray(start, start + length));
  }
}

/**
 * What RDB is made of, read: lengths, strings, numbers (`rdb-format.ts`), from bytes that come whole or by and by.
 *
 * Every bound is checked, and nothing throws. A function that fails leaves `fault` and gives 0 or nothing; all that are
 * called after it do so too, so a reader may read several parts and look at `fault` once. Two kinds of fault:
 *
 *     SHORT   the bytes so far end here, and there may be more: go back to where the element began (`rewind`), and read
 *             it again when more has come
 *     BAD     these bytes are no RDB, or all have come and they end in the middle
 *
 * A string is shown where it stands, or in a buffer of the item it is read into; never both at the same time. What was
 * read is good until more bytes are appended.
 */
import { BULK_BYTES_MAX } from "../base/limits.ts";
import { lzfDecompress } from "../base/lzf.ts";
import { type Int64, parseDouble, writeInt } from "../base/text.ts";
import { Span } from "../structures/entry.ts";
import {
  COMPRESSED,
  INTEGER_8,
  INTEGER_16,
  INTEGER_32,
  LENGTH_32,
  LENGTH_64,
  SCORE_INFINITY,
  SCORE_MINUS_INFINITY,
  SCORE_NAN,
} from "./rdb-format.ts";

export const FAULT_NONE = 0;
export const FAULT_SHORT = 1;
export const FAULT_BAD = 2;

/** Three compressed bytes are 264 at the most. */
const EXPANSION_MAX = 88;
/** A longer string that was compressed gets a buffer to itself, which may become its value. */
const SCRATCH_BYTES_MAX = 32 * 1024;
const INTEGER_TEXT_BYTES = 12;
const NO_BYTES = new Uint8Array(0);

/** A string as it was read. */
export class RdbString extends Span {
  /** Whether `bytes` is a buffer that belongs to nobody else: it may be kept. */
  isOwn = false;
  #scratch = new Uint8Array(INTEGER_TEXT_BYTES);

  /** The item's own buffer. */
  scratch(sizeBytes: number): Uint8Array {
    if (sizeBytes > this.#scratch.length) this.#scratch = new Uint8Array(sizeBytes * 2);
    return this.#scratch;
  }
}

export class RdbInput {
  fault: number = FAULT_NONE;
  /** No string may be longer. */
  stringBytesMax: number = BULK_BYTES_MAX;
  #bytes: Uint8Array = NO_BYTES;
  #position = 0;
  #end = 0;
  /** Whether `#bytes` may be written to. */
  #isOwn = false;
  #isComplete = false;

  /** Reads bytes that are all there is, where they stand. */
  open(bytes: Uint8Array, start: number, end: number): this {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
    this.#isOwn = false;
    this.#isComplete = true;
    this.fault = FAULT_NONE;
    return this;
  }

  /** Adds bytes to those that are there. They are copied, unless there is nothing left of earlier ones. */
  append(bytes: Uint8Array, start: number, end: number): void {
    const left = this.#end - this.#position;
    if (left === 0) {
      this.#bytes = bytes;
      this.#position = start;
      this.#end = end;
      this.#isOwn = false;
      return;
    }
    const needed = left + end - start;
    if (!this.#isOwn || this.#end + end - start > this.#bytes.length) this.#move(left, needed);
    this.#bytes.set(bytes.subarray(start, end), this.#end);
    this.#end += end - start;
  }

  /** There are no more bytes to come. */
  complete(): void {
    this.#isComplete = true;
  }

  /** The bytes that were not yet read, at the front of a buffer with room for others. */
  #move(left: number, neededBytes: number): void {
    const hasRoom = this.#isOwn && neededBytes * 2 <= this.#bytes.length;
    const into = hasRoom ? this.#bytes : new Uint8Array(neededBytes * 2);
    if (hasRoom) into.copyWithin(0, this.#position, this.#end);
    else into.set(this.#bytes.subarray(this.#position, this.#end));
    this.#bytes = into;
    this.#position = 0;
    this.#end = left;
    this.#isOwn = true;
  }

  /** Where the next byte is read, in `bytes`. */
  get position(): number {
    return this.#position;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get leftBytes(): number {
    return this.#end - this.#position;
  }

  /** Goes back to where an element began, for more bytes to come. */
  rewind(position: number): void {
    this.#position = position;
    if (this.fault === FAULT_SHORT) this.fault = FAULT_NONE;
  }

  /** These bytes are no RDB. */
  refuse(): void {
    this.fault = FAULT_BAD;
  }

  // ---- parts ----------------------------------------------------------------------------------------------------

  /** @returns false with a fault. */
  skip(bytes: number): boolean {
    if (!this.#has(bytes)) return false;
    this.#position += bytes;
    return true;
  }

  byte(): number {
    return this.#has(1) ? this.#bytes[this.#position++] : 0;
  }

  /** A length; one beyond 2^53 is the nearest double. */
  length(): number {
    const first = this.byte();
    if (first < LENGTH_32) return first < 0x40 ? first : ((first & 0x3f) << 8) | this.byte();
    if (first === LENGTH_32) return this.#bigEnd32();
    if (first === LENGTH_64) return this.#bigEnd32() * 4294967296 + this.#bigEnd32();
    this.refuse();
    return 0;
  }

  /** A length to its last bit, as two words. */
  lengthWords(into: Int64): void {
    const isWide = this.#has(1) && this.#bytes[this.#position] === LENGTH_64;
    if (!isWide) {
      const length = this.length();
      into.setWords((length / 4294967296) | 0, length | 0);
      return;
    }
    this.#position++;
    const high = this.#bigEnd32();
    into.setWords(high | 0, this.#bigEnd32() | 0);
  }

  /** Bytes as they are, for whoever reads them at the position that they had. @returns it, -1 with a fault. */
  raw(length: number): number {
    if (!this.#has(length)) return -1;
    this.#position += length;
    return this.#position - length;
  }

  /** 32 bits with a sign, little end first. */
  int32(): number {
    if (!this.#has(4)) return 0;
    const bytes = this.#bytes;
    const at = this.#position;
    this.#position = at + 4;
    return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
  }

  /** 64 bits with a sign, little end first; the nearest double. */
  int64(): number {
    const low = this.int32();
    return this.int32() * 4294967296 + (low >>> 0);
  }

  double(): number {
    if (!this.#has(8)) return 0;
    this.#position += 8;
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#position - 8, 8).getFloat64(0, true);
  }

  /** A score as older versions have it: its text. */
  textDouble(): number {
    const length = this.byte();
    if (length === SCORE_INFINITY) return Number.POSITIVE_INFINITY;
    if (length === SCORE_MINUS_INFINITY) return Number.NEGATIVE_INFINITY;
    if (length === SCORE_NAN) return Number.NaN;
    if (!this.#has(length)) return 0;
    this.#position += length;
    return parseDouble(this.#bytes, this.#position - length, length) ?? Number.NaN;
  }

  /** @returns false with a fault. */
  string(item: RdbString): boolean {
    if (!this.#has(1)) return false;
    const first = this.#bytes[this.#position];
    item.isOwn = false;
    if (first < INTEGER_8) {
      this.#plainString(item);
    } else {
      this.#position++;
      if (first === INTEGER_8) this.#integerString((this.byte() << 24) >> 24, item);
      else if (first === INTEGER_16) this.#integerString(((this.byte() | (this.byte() << 8)) << 16) >> 16, item);
      else if (first === INTEGER_32) this.#integerString(this.int32(), item);
      else if (first === COMPRESSED) this.#compressedString(item);
      else this.refuse();
    }
    return this.fault === FAULT_NONE;
  }

  #plainString(item: RdbString): void {
    const length = this.length();
    if (length > this.stringBytesMax) this.refuse();
    if (!this.#has(length)) return;
    item.bytes = this.#bytes;
    item.start = this.#position;
    item.length = length;
    this.#position += length;
  }

  #integerString(value: number, item: RdbString): void {
    item.bytes = item.scratch(INTEGER_TEXT_BYTES);
    item.start = 0;
    item.length = writeInt(value, item.bytes, 0);
  }

  #compressedString(item: RdbString): void {
    const compressedLength = this.length();
    const length = this.length();
    if (length > this.stringBytesMax || length > compressedLength * EXPANSION_MAX) this.refuse();
    if (!this.#has(compressedLength)) return;
    item.isOwn = length > SCRATCH_BYTES_MAX;
    item.bytes = item.isOwn ? new Uint8Array(length) : item.scratch(length);
    item.start = 0;
    item.length = length;
    const read = lzfDecompress(this.#bytes, this.#position, compressedLength, item.bytes, 0, length);
    this.#position += compressedLength;
    if (read !== length) this.refuse();
  }

  #bigEnd32(): number {
    if (!this.#has(4)) return 0;
    const bytes = this.#bytes;
    const at = this.#position;
    this.#position = at + 4;
    return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
  }

  /** Whether so many bytes are there; if not, that is the fault. */
  #has(bytes: number): boolean {
    if (this.fault !== FAULT_NONE) return false;
    if (bytes <= this.#end - this.#position) return true;
    this.fault = this.#isComplete ? FAULT_BAD : FAULT_SHORT;
    return false;
  }
}

/**
 * The id of a stream's entry: two unsigned 64-bit integers, milliseconds and a sequence number, that count as one of
 * 128 bits. It is kept as four int32 words, as they stand in the arena, from the most significant on:
 *
 *     ┌ msHigh ┬ msLow ┬ seqHigh ┬ seqLow ┐
 *
 * Int32 because that is what a small integer is on every engine, and a comparison of unsigned words is one of the same
 * words with their top bits turned around. BigInt would be a quarter of the code and an allocation for each step.
 *
 * An id is an object that is made once and set again and again: nothing here allocates but `toString`.
 */
import { latin1Text, writeInt64 } from "../base/text.ts";

/** Words of an id in the arena. */
export const ID_WORDS = 4;
/** Bytes of an id as RDB has it, most significant first. */
export const ID_BYTES = 16;
/** Longest text: two integers of 20 digits and a minus. */
export const ID_TEXT_BYTES_MAX = 41;

const TWO_32 = 4294967296;
const MINUS = 0x2d;
const TOP_BIT = 0x80000000 | 0;

/** -1, 0 or 1 by the order of two unsigned words given as int32. */
function compareWords(a: number, b: number): number {
  if (a === b) return 0;
  return (a ^ TOP_BIT) < (b ^ TOP_BIT) ? -1 : 1;
}

export class StreamId {
  msHigh = 0;
  msLow = 0;
  seqHigh = 0;
  seqLow = 0;

  // ---- setting --------------------------------------------------------------------------------------------------

  /** @param msHigh and the others: words, as int32 or unsigned. */
  setWords(msHigh: number, msLow: number, seqHigh: number, seqLow: number): this {
    this.msHigh = msHigh | 0;
    this.msLow = msLow | 0;
    this.seqHigh = seqHigh | 0;
    this.seqLow = seqLow | 0;
    return this;
  }

  /** @param ms and `seq`: integers from 0 to 2^53 - 1. */
  setNumbers(ms: number, seq: number): this {
    return this.setWords(ms / TWO_32, ms, seq / TWO_32, seq);
  }

  setFrom(other: StreamId): this {
    this.msHigh = other.msHigh;
    this.msLow = other.msLow;
    this.seqHigh = other.seqHigh;
    this.seqLow = other.seqLow;
    return this;
  }

  /** 0-0. */
  setMin(): this {
    return this.setWords(0, 0, 0, 0);
  }

  /** 18446744073709551615-18446744073709551615. */
  setMax(): this {
    return this.setWords(-1, -1, -1, -1);
  }

  /**
   * The id that `*` stands for: of this moment, or if that is not after the last one, the next after it.
   * @param ms the time, from 0 to 2^53 - 1. @param last the stream's last id.
   * @returns false when there is none after it; the id is 0-0 then.
   */
  setNext(ms: number, last: StreamId): boolean {
    this.setNumbers(ms, 0);
    if (this.compareMs(last) > 0) return true;
    return this.setFrom(last).increment();
  }

  // ---- comparing ------------------------------------------------------------------------------------------------

  /** @returns -1, 0 or 1: this one is before the other, the same, after it. */
  compare(other: StreamId): number {
    const byMs = this.compareMs(other);
    return byMs !== 0 ? byMs : this.compareSeq(other);
  }

  /** `compare` of the milliseconds alone. */
  compareMs(other: StreamId): number {
    if (this.msHigh !== other.msHigh) return compareWords(this.msHigh, other.msHigh);
    return compareWords(this.msLow, other.msLow);
  }

  /** `compare` of the sequence numbers alone. */
  compareSeq(other: StreamId): number {
    if (this.seqHigh !== other.seqHigh) return compareWords(this.seqHigh, other.seqHigh);
    return compareWords(this.seqLow, other.seqLow);
  }

  equals(other: StreamId): boolean {
    return (
      this.seqLow === other.seqLow &&
      this.msLow === other.msLow &&
      this.seqHigh === other.seqHigh &&
      this.msHigh === other.msHigh
    );
  }

  /** Whether it is 0-0. */
  get isMin(): boolean {
    return (this.msHigh | this.msLow | this.seqHigh | this.seqLow) === 0;
  }

  /** Whether it is the greatest there is. */
  get isMax(): boolean {
    return (this.msHigh & this.msLow & this.seqHigh & this.seqLow) === -1;
  }

  /** The milliseconds as a double: exact up to 2^53. */
  get ms(): number {
    return (this.msHigh >>> 0) * TWO_32 + (this.msLow >>> 0);
  }

  /** The sequence number as a double: exact up to 2^53. */
  get seq(): number {
    return (this.seqHigh >>> 0) * TWO_32 + (this.seqLow >>> 0);
  }

  // ---- counting -------------------------------------------------------------------------------------------------

  /** To the id after it. @returns false at the greatest, which becomes 0-0. */
  increment(): boolean {
    if (this.incrementSeq()) return true;
    this.msLow = (this.msLow + 1) | 0;
    if (this.msLow !== 0) return true;
    this.msHigh = (this.msHigh + 1) | 0;
    return this.msHigh !== 0;
  }

  /** One more in the sequence. @returns false when it was full, and is 0 now; the milliseconds stay as they are. */
  incrementSeq(): boolean {
    this.seqLow = (this.seqLow + 1) | 0;
    if (this.seqLow !== 0) return true;
    this.seqHigh = (this.seqHigh + 1) | 0;
    return this.seqHigh !== 0;
  }

  /** To the id before it. @returns false at 0-0, which becomes the greatest. */
  decrement(): boolean {
    this.seqLow = (this.seqLow - 1) | 0;
    if (this.seqLow !== -1) return true;
    this.seqHigh = (this.seqHigh - 1) | 0;
    if (this.seqHigh !== -1) return true;
    this.msLow = (this.msLow - 1) | 0;
    if (this.msLow !== -1) return true;
    this.msHigh = (this.msHigh - 1) | 0;
    return this.msHigh !== -1;
  }

  // ---- elsewhere ------------------------------------------------------------------------------------------------

  /** Reads it from four words. */
  load(words: Int32Array, at: number): this {
    this.msHigh = words[at];
    this.msLow = words[at + 1];
    this.seqHigh = words[at + 2];
    this.seqLow = words[at + 3];
    return this;
  }

  /** Writes it to four words. */
  store(words: Int32Array, at: number): void {
    words[at] = this.msHigh;
    words[at + 1] = this.msLow;
    words[at + 2] = this.seqHigh;
    words[at + 3] = this.seqLow;
  }

  /** Reads it from 16 bytes as RDB has them. */
  decode(bytes: Uint8Array, at: number): this {
    return this.setWords(wordOf(bytes, at), wordOf(bytes, at + 4), wordOf(bytes, at + 8), wordOf(bytes, at + 12));
  }

  /** Writes it as 16 bytes, most significant first. */
  encode(bytes: Uint8Array, at: number): void {
    encodeWord(this.msHigh, bytes, at);
    encodeWord(this.msLow, bytes, at + 4);
    encodeWord(this.seqHigh, bytes, at + 8);
    encodeWord(this.seqLow, bytes, at + 12);
  }

  /** Writes its text, `ms-seq`. @param into has room for ID_TEXT_BYTES_MAX bytes. @returns the position after it. */
  write(into: Uint8Array, at: number): number {
    // Of an upper word that is not negative the signed text is the unsigned one.
    const end = writeInt64(this.msHigh >>> 0, this.msLow, into, at);
    into[end] = MINUS;
    return writeInt64(this.seqHigh >>> 0, this.seqLow, into, end + 1);
  }

  toString(): string {
    const text = new Uint8Array(ID_TEXT_BYTES_MAX);
    return latin1Text(text, 0, this.write(text, 0));
  }
}

function wordOf(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}

function encodeWord(word: number, bytes: Uint8Array, at: number): void {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
}

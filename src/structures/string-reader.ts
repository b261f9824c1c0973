/**
 * Reading a string value whatever keeps it: an integer in two words, bytes in the entry, a block, pages.
 *
 * A value is a row of runs, stretches that stand in one piece. Small values, and all up to a megabyte that were grown,
 * are one run; only big strings that have been changed are more (`big-string.ts`). Whoever can work piece by piece
 * does, and copes with every value at no cost:
 *
 *     const { run } = reader.open(entry);
 *     for (let at = from; at < to; at += run.length) {
 *       reader.find(at, to);
 *       … run.bytes, run.start, run.length
 *     }
 *
 * A reader is made once and opened on one entry after another (`Keyspace.reader` is one for commands, whose run is dead
 * when anybody else opens it). Who reads two values at once makes another. Runs are dead once anything is changed or
 * freed.
 */
import { copyBytes } from "../base/bytes.ts";
import { INT64_TEXT_BYTES_MAX } from "../base/limits.ts";
import { digits10, writeInt64 } from "../base/text.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import { BigString, Run } from "./big-string.ts";
import {
  ENCODING_INT,
  ENCODING_RAW_OUTSIDE,
  ENCODING_RAW_PAGED,
  encodingOf,
  inlineLength,
  intHigh,
  intLow,
  intValue,
  outsideHandle,
  outsideLength,
  valueSpan,
} from "./entry.ts";

export { Run } from "./big-string.ts";

/** Length of a string value in bytes, that of its text for an integer. */
export function stringLength(arena: Arena, entry: Handle): number {
  const encoding = encodingOf(arena, entry);
  if (encoding === ENCODING_INT) return integerLength(arena, entry);
  return encoding >= ENCODING_RAW_OUTSIDE ? outsideLength(arena, entry) : inlineLength(arena, entry);
}

function integerLength(arena: Arena, entry: Handle): number {
  const value = intValue(arena, entry);
  if (!Number.isNaN(value)) return value < 0 ? digits10(-value) + 1 : digits10(value);
  return writeInt64(intHigh(arena, entry), intLow(arena, entry), new Uint8Array(INT64_TEXT_BYTES_MAX), 0);
}

export class StringReader {
  /** Bytes of the value. */
  length = 0;
  /** Where `find` leaves what it finds, unless it is given another. */
  readonly run: Run = new Run();
  readonly #arena: Arena;
  readonly #pages: BigString;
  /** The value itself where it is one run. */
  readonly #whole = new Run();
  readonly #piece = new Run();
  readonly #digits = new Uint8Array(INT64_TEXT_BYTES_MAX);
  #isPaged = false;

  constructor(arena: Arena) {
    this.#arena = arena;
    this.#pages = new BigString(arena);
  }

  /** @param entry a string. */
  open(entry: Handle): this {
    const arena = this.#arena;
    const encoding = encodingOf(arena, entry);
    const whole = this.#whole;
    whole.block = 0;
    this.#isPaged = encoding === ENCODING_RAW_PAGED;
    if (this.#isPaged) {
      this.#pages.attach(outsideHandle(arena, entry));
      this.length = outsideLength(arena, entry);
      return this;
    }
    if (encoding === ENCODING_INT) {
      whole.bytes = this.#digits;
      whole.start = 0;
      whole.length = writeInt64(intHigh(arena, entry), intLow(arena, entry), this.#digits, 0);
    } else {
      valueSpan(arena, entry, whole);
      if (encoding === ENCODING_RAW_OUTSIDE) whole.block = Math.min(0, outsideHandle(arena, entry));
    }
    this.length = whole.length;
    return this;
  }

  /** Points `run` at the bytes from `position` on that stand in one piece, up to `end`: at least one, if there is one. */
  find(position: number, end: number, run: Run = this.run): void {
    if (this.#isPaged) {
      this.#pages.find(position, end, run);
      return;
    }
    const whole = this.#whole;
    run.bytes = whole.bytes;
    run.start = whole.start + position;
    run.length = end - position;
    run.block = whole.block;
    run.isConstant = false;
  }

  /** Points `run` at all bytes from `position` to `end` in one piece: a copy if they are not. O(bytes) at the worst. */
  findWhole(position: number, end: number, run: Run = this.run): void {
    if (position === end && this.#isPaged) {
      run.length = 0;
      return;
    }
    this.find(position, end, run);
    if (run.length === end - position) return;
    const copy = new Uint8Array(end - position);
    this.copyTo(position, end, copy, 0);
    run.bytes = copy;
    run.start = 0;
    run.length = copy.length;
    run.block = 0;
    run.isConstant = false;
  }

  /** Copies the bytes from `position` to `end`. */
  copyTo(position: number, end: number, into: Uint8Array, at: number): void {
    const run = this.#piece;
    for (let from = position; from < end; from += run.length) {
      this.find(from, end, run);
      copyBytes(run.bytes, run.start, into, at + from - position, run.length);
    }
  }
}

/**
 * The intset: a small set of integers, sorted, in one block, byte for byte as Redis has it.
 *
 *     │ width u32: 2, 4 or 8 │ count u32 │ values, ascending, little-endian, `width` bytes each │ … room
 *     0                      4           8
 *
 * All values have the width that the widest one has needed so far: adding a wider one rewrites the set, and removing it
 * does not make the others narrow again. That is Redis's rule, and so part of the format.
 *
 * Values are pairs of int32 words (high, low) throughout: a double cannot tell neighbours beyond 2^53 apart.
 *
 * `Intset` is a lens (`packed-block.ts`). Looking up is a binary search; adding and removing move what follows.
 */
import { assert } from "../base/assert.ts";
import { copyBytes } from "../base/bytes.ts";
import type { Int64 } from "../base/text.ts";
import type { Handle } from "../memory/arena.ts";
import type { ListItem } from "./list-item.ts";
import { word, writeWord } from "./listpack-encoding.ts";
import { PackedBlock } from "./packed-block.ts";
import type { UniformSource } from "./table.ts";

const HEADER_BYTES = 8;
const WIDTH_16 = 2;
const WIDTH_32 = 4;
const WIDTH_64 = 8;
const TWO_32 = 4294967296;

/** A lens over a block that holds an intset. */
export class Intset extends PackedBlock {
  /** Makes an empty intset and attaches to it. @param roomBytes for the whole of it, when more is known to come. */
  create(roomBytes: number = HEADER_BYTES): Handle {
    const handle = this.arena.allocate(roomBytes > HEADER_BYTES ? roomBytes : HEADER_BYTES);
    this.attach(handle);
    this.#setHeader(WIDTH_16, 0);
    return handle;
  }

  /** Makes an intset of the bytes of a valid one (`validateIntset`) and attaches to it. */
  load(bytes: Uint8Array, start: number, length: number): Handle {
    assert(length === HEADER_BYTES + word(bytes, start) * word(bytes, start + 4), "an intset states its own length");
    const handle = this.arena.allocate(length);
    this.attach(handle);
    copyBytes(bytes, start, this.bytes, this.base, length);
    return handle;
  }

  /** Bytes a value takes. */
  get widthBytes(): number {
    return this.bytes[this.base];
  }

  get count(): number {
    return word(this.bytes, this.base + 4);
  }

  get sizeBytes(): number {
    return HEADER_BYTES + this.count * this.widthBytes;
  }

  // --- Reading: by index, in ascending order ------------------------------------------------------------------------

  /** Leaves the value at an index in `out`. */
  at(index: number, out: Int64): void {
    out.setWords(this.highAt(index), this.lowAt(index));
  }

  /** Upper word of the value at an index, as an int32. */
  highAt(index: number): number {
    return highOf(this.bytes, this.#valueAt(index), this.widthBytes);
  }

  /** Lower word of the value at an index, as an int32. */
  lowAt(index: number): number {
    return lowOf(this.bytes, this.#valueAt(index), this.widthBytes);
  }

  /** The value at an index as a double: the nearest one beyond 2^53. */
  doubleAt(index: number): number {
    return this.highAt(index) * TWO_32 + (this.lowAt(index) >>> 0);
  }

  /** Points an item at the value at an index, so that it can be used as text too. */
  read(index: number, item: ListItem): void {
    item.setInteger(this.highAt(index), this.lowAt(index));
  }

  /** The index of a value drawn uniformly; the set must not be empty. */
  random(source: UniformSource): number {
    return source.below(this.count);
  }

  has(high: number, low: number): boolean {
    return this.#search(high, low) >= 0;
  }

  /** Index of a value, or -1. */
  indexOf(high: number, low: number): number {
    const index = this.#search(high, low);
    return index >= 0 ? index : -1;
  }

  // --- Editing ------------------------------------------------------------------------------------------------------

  /** @returns false when the value was there already. */
  add(high: number, low: number): boolean {
    const width = widthOf(high, low);
    if (width > this.widthBytes) {
      this.#widenAndAdd(width, high, low);
      return true;
    }
    const found = this.#search(high, low);
    if (found >= 0) return false;
    this.#insert(~found, high, low);
    return true;
  }

  /** @returns false when the value was not there. */
  remove(high: number, low: number): boolean {
    const index = this.#search(high, low);
    if (index < 0) return false;
    this.removeAt(index);
    return true;
  }

  removeAt(index: number): void {
    const count = this.count;
    const width = this.widthBytes;
    assert(index >= 0 && index < count, "a removed value is in the intset");
    this.resize(HEADER_BYTES + count * width, HEADER_BYTES + index * width, width, 0);
    this.#setHeader(width, count - 1);
  }

  // --- Inside -------------------------------------------------------------------------------------------------------

  #setHeader(width: number, count: number): void {
    writeWord(this.bytes, this.base, width);
    writeWord(this.bytes, this.base + 4, count);
  }

  #valueAt(index: number): number {
    return this.base + HEADER_BYTES + index * this.widthBytes;
  }

  /** @returns the index of a value, or ~index of where it belongs. */
  #search(high: number, low: number): number {
    const bytes = this.bytes;
    const width = this.widthBytes;
    const values = this.base + HEADER_BYTES;
    let below = 0;
    let above = this.count;
    if (widthOf(high, low) > width) return high < 0 ? ~0 : ~above;
    while (below < above) {
      const middle = (below + above) >>> 1;
      const order = compare(bytes, values + middle * width, width, high, low);
      if (order === 0) return middle;
      if (order < 0) below = middle + 1;
      else above = middle;
    }
    return ~below;
  }

  #insert(index: number, high: number, low: number): void {
    const count = this.count;
    const width = this.widthBytes;
    const position = HEADER_BYTES + index * width;
    this.resize(HEADER_BYTES + count * width, position, 0, width);
    this.#setHeader(width, count + 1);
    writeValue(this.bytes, this.base + position, width, high, low);
  }

  /** A value that is wider than all others is less than all or greater than all of them. */
  #widenAndAdd(width: number, high: number, low: number): void {
    const count = this.count;
    const oldWidth = this.widthBytes;
    const end = HEADER_BYTES + count * oldWidth;
    this.resize(end, end, 0, (count + 1) * width - count * oldWidth);
    this.#setHeader(width, count + 1);
    const bytes = this.bytes;
    const values = this.base + HEADER_BYTES;
    const shift = high < 0 ? 1 : 0;
    // From the last one on: none is overwritten before it was read.
    for (let index = count - 1; index >= 0; index--) {
      const at = values + index * oldWidth;
      const oldHigh = highOf(bytes, at, oldWidth);
      writeValue(bytes, values + (index + shift) * width, width, oldHigh, lowOf(bytes, at, oldWidth));
    }
    writeValue(bytes, values + (high < 0 ? 0 : count * width), width, high, low);
  }
}

/** Bytes that a value needs. */
function widthOf(high: number, low: number): number {
  if (high !== low >> 31) return WIDTH_64;
  return low >= -32_768 && low <= 32_767 ? WIDTH_16 : WIDTH_32;
}

function lowOf(bytes: Uint8Array, at: number, width: number): number {
  return width === WIDTH_16 ? ((bytes[at] | (bytes[at + 1] << 8)) << 16) >> 16 : word(bytes, at) | 0;
}

function highOf(bytes: Uint8Array, at: number, width: number): number {
  return width === WIDTH_64 ? word(bytes, at + 4) | 0 : lowOf(bytes, at, width) >> 31;
}

/** The order of the value that stands there and of one that is no wider: negative, 0 or positive. */
function compare(bytes: Uint8Array, at: number, width: number, high: number, low: number): number {
  if (width !== WIDTH_64) return lowOf(bytes, at, width) - low;
  const order = (word(bytes, at + 4) | 0) - high;
  return order !== 0 ? order : word(bytes, at) - (low >>> 0);
}

function writeValue(bytes: Uint8Array, at: number, width: number, high: number, low: number): void {
  bytes[at] = low;
  bytes[at + 1] = low >> 8;
  if (width === WIDTH_16) return;
  bytes[at + 2] = low >> 16;
  bytes[at + 3] = low >> 24;
  if (width === WIDTH_64) writeWord(bytes, at + 4, high);
}

/**
 * Whether bytes from outside are an intset as Redis writes it. Nothing is read outside of the given run.
 * @param isDeep also compares neighbours: ascending, none twice. Otherwise header and length only.
 */
export function validateIntset(bytes: Uint8Array, start: number, length: number, isDeep: boolean): boolean {
  if (length < HEADER_BYTES || start < 0 || start + length > bytes.length) return false;
  const width = word(bytes, start);
  const count = word(bytes, start + 4);
  if (width !== WIDTH_16 && width !== WIDTH_32 && width !== WIDTH_64) return false;
  if (count === 0 || HEADER_BYTES + count * width !== length) return false;
  if (!isDeep) return true;
  const end = start + length;
  for (let at = start + HEADER_BYTES; at + width < end; at += width) {
    const next = at + width;
    if (compare(bytes, at, width, highOf(bytes, next, width), lowOf(bytes, next, width)) >= 0) return false;
  }
  return true;
}

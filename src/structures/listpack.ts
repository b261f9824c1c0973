/**
 * The listpack: a short list of strings and integers in one block, byte for byte as Redis has it, so that DUMP, RDB and
 * replication of a small value are one copy.
 *
 *     ┌ header ────────────────────────┬ elements: encoding, data, back-length ──────┬─────┐
 *     │ total bytes u32 │ count u16    │ 85 'h' 'e' 'l' 'l' 'o' 06 │ 2a 01 │ …       │ ff  │ … room
 *     └────────────────────────────────┴──────────────────────────────────────────────┴─────┘
 *     0                                6                                             total
 *
 * How an element is encoded: `listpack-encoding.ts`. Text that is the canonical form of a 64-bit integer is stored as
 * one, whatever it was meant as, and reads back as the same text.
 *
 * `Listpack` is a lens (`packed-block.ts`, which also says when blocks are exchanged). A position is a byte offset from
 * the start of the listpack, so it survives a move of the block, and is good until an edit in front of it.
 *
 * Cost: finding passes some 6 ns an element; appending takes 100 ns; inserting and removing move what follows.
 * Nothing allocates on the heap, except for the engine's own temporary views when more than a handful of bytes move
 * between segments. Bytes that are passed in must not stand in the listpack itself.
 */
import { assert } from "../base/assert.ts";
import { copyBytes, equalBytes } from "../base/bytes.ts";
import { INT64_TEXT_BYTES_MAX } from "../base/limits.ts";
import { Int64, parseDouble, parseInt64 } from "../base/text.ts";
import type { Handle } from "../memory/arena.ts";
import type { ListItem } from "./list-item.ts";
import {
  backLengthBytes,
  COUNT_UNKNOWN,
  END,
  elementBefore,
  elementBytes,
  HEADER_BYTES,
  integerEncodedBytes,
  integerHigh,
  integerLow,
  isIntegerLead,
  leadBytes,
  stringEncodedBytes,
  stringLength,
  word,
  writeBackLength,
  writeInteger,
  writeString,
  writeWord,
} from "./listpack-encoding.ts";
import { copyRun, PACKED_BYTES_MAX, PackedBlock } from "./packed-block.ts";

export { ListItem } from "./list-item.ts";
export { encodedSize } from "./listpack-encoding.ts";
export { validateListpack } from "./listpack-validation.ts";
export { PACKED_BYTES_MAX as LISTPACK_BYTES_MAX } from "./packed-block.ts";

/** Bytes of a listpack without elements. */
export const LISTPACK_EMPTY_BYTES: number = HEADER_BYTES + 1;
/** What an element takes at most beside its text. */
export const ELEMENT_OVERHEAD_BYTES_MAX = 10;

const NONE = -1;

/** A lens over a block that holds a listpack. See the essay above. */
export class Listpack extends PackedBlock {
  /** A text that was read as an integer. */
  readonly #integer = new Int64();

  /** Makes an empty listpack and attaches to it. @param roomBytes for the whole of it, when more is known to come. */
  create(roomBytes: number = LISTPACK_EMPTY_BYTES): Handle {
    const handle = this.arena.allocate(roomBytes > LISTPACK_EMPTY_BYTES ? roomBytes : LISTPACK_EMPTY_BYTES);
    this.attach(handle);
    this.#setTotal(LISTPACK_EMPTY_BYTES);
    this.#setCount(0);
    this.bytes[this.base + HEADER_BYTES] = END;
    return handle;
  }

  /** Makes a listpack of the bytes of a valid one (`validateListpack`) and attaches to it. */
  load(bytes: Uint8Array, start: number, length: number): Handle {
    assert(length >= LISTPACK_EMPTY_BYTES && word(bytes, start) === length, "a listpack states its own length");
    const handle = this.arena.allocate(length);
    this.attach(handle);
    copyBytes(bytes, start, this.bytes, this.base, length);
    return handle;
  }

  /** Bytes of the listpack, header and end included; its block may be larger. */
  get sizeBytes(): number {
    return word(this.bytes, this.base);
  }

  /** Number of elements. From 65,535 on the header cannot say, and they are counted. */
  get count(): number {
    const stated = this.#statedCount();
    if (stated !== COUNT_UNKNOWN) return stated;
    const count = this.#countFrom(HEADER_BYTES);
    if (count < COUNT_UNKNOWN && !this.isPinned) this.#setCount(count);
    return count;
  }

  /** Whether this many more bytes keep the listpack below the largest that there may be. */
  hasRoomFor(moreBytes: number): boolean {
    return this.sizeBytes + moreBytes <= PACKED_BYTES_MAX;
  }

  // --- Positions ----------------------------------------------------------------------------------------------------

  first(): number {
    return this.#elementOrNone(HEADER_BYTES);
  }

  last(): number {
    return this.previous(this.sizeBytes - 1);
  }

  next(position: number): number {
    return this.#elementOrNone(position + elementBytes(this.bytes, this.base + position));
  }

  previous(position: number): number {
    if (position === HEADER_BYTES) return NONE;
    const at = elementBefore(this.bytes, this.base + position) - this.base;
    assert(at >= HEADER_BYTES, "a back-length leads to an element");
    return at;
  }

  /** Position of the element at an index, from the end when negative (-1 is the last one); -1 when there is none. */
  seek(index: number): number {
    let rest = index;
    const stated = this.#statedCount();
    if (stated !== COUNT_UNKNOWN) {
      if (index >= stated || index < -stated) return NONE;
      // The nearer end.
      if (index >= 0 && index * 2 >= stated) rest = index - stated;
      else if (index < 0 && index * -2 > stated) rest = index + stated;
    }
    if (rest >= 0) {
      let position = this.first();
      for (; rest > 0 && position !== NONE; rest--) position = this.next(position);
      return position;
    }
    let position = this.last();
    for (; rest < -1 && position !== NONE; rest++) position = this.previous(position);
    return position;
  }

  // --- Reading ------------------------------------------------------------------------------------------------------

  /** Points an item at the element. It is good until anything is edited or freed. */
  read(position: number, item: ListItem): void {
    const bytes = this.bytes;
    const at = this.base + position;
    const lead = bytes[at];
    if (isIntegerLead(lead)) item.setInteger(integerHigh(bytes, at), integerLow(bytes, at));
    else item.setBytes(bytes, at + leadBytes(lead), stringLength(bytes, at));
  }

  isIntegerAt(position: number): boolean {
    return isIntegerLead(this.bytes[this.base + position]);
  }

  /** The element as a double, which a score is; NaN when it is none. */
  doubleAt(position: number): number {
    const bytes = this.bytes;
    const at = this.base + position;
    const lead = bytes[at];
    if (isIntegerLead(lead)) return integerHigh(bytes, at) * 4294967296 + (integerLow(bytes, at) >>> 0);
    return parseDouble(bytes, at + leadBytes(lead), stringLength(bytes, at)) ?? Number.NaN;
  }

  /** Whether the element's text is this one. */
  equals(position: number, bytes: Uint8Array, start: number, length: number): boolean {
    const here = this.bytes;
    const at = this.base + position;
    const lead = here[at];
    if (!isIntegerLead(lead)) {
      return stringLength(here, at) === length && equalBytes(here, at + leadBytes(lead), bytes, start, length);
    }
    const sought = this.#integer;
    return (
      parseInt64(bytes, start, length, sought) &&
      integerLow(here, at) === sought.lo &&
      integerHigh(here, at) === sought.hi
    );
  }

  /**
   * Looks for a text from an element on, comparing one element and passing over the next `skip` (1 in a hash, where
   * values stand between the fields).
   * @returns -1 when there is none, or `from` is -1.
   */
  find(from: number, bytes: Uint8Array, start: number, length: number, skip: number): number {
    if (from === NONE) return NONE;
    const here = this.bytes;
    const sought = this.#integer;
    const isInteger = parseInt64(bytes, start, length, sought);
    // Fields that share a prefix differ at the end. Of an empty text it is the encoding that is compared.
    const tail = length > 0 ? bytes[start + length - 1] : 0x80;
    let at = this.base + from;
    while (here[at] !== END) {
      const lead = here[at];
      if ((lead & 0xc0) === 0x80) {
        const shortLength = lead & 63;
        if (shortLength === length && here[at + length] === tail && equalBytes(here, at + 1, bytes, start, length)) {
          return at - this.base;
        }
        at += shortLength + 2;
      } else {
        if (isIntegerLead(lead)) {
          if (isInteger && integerLow(here, at) === sought.lo && integerHigh(here, at) === sought.hi) {
            return at - this.base;
          }
        } else if (stringLength(here, at) === length) {
          if (equalBytes(here, at + leadBytes(lead), bytes, start, length)) return at - this.base;
        }
        at += elementBytes(here, at);
      }
      for (let passed = skip; passed > 0 && here[at] !== END; passed--) at += elementBytes(here, at);
    }
    return NONE;
  }

  // --- Editing ------------------------------------------------------------------------------------------------------
  // All of these return the position of the new element.

  append(bytes: Uint8Array, start: number, length: number): number {
    return this.#insertText(this.sizeBytes - 1, 0, bytes, start, length);
  }

  prepend(bytes: Uint8Array, start: number, length: number): number {
    return this.#insertText(HEADER_BYTES, 0, bytes, start, length);
  }

  insertBefore(position: number, bytes: Uint8Array, start: number, length: number): number {
    return this.#insertText(position, 0, bytes, start, length);
  }

  insertAfter(position: number, bytes: Uint8Array, start: number, length: number): number {
    return this.#insertText(position + this.#elementBytes(position), 0, bytes, start, length);
  }

  replace(position: number, bytes: Uint8Array, start: number, length: number): number {
    return this.#insertText(position, this.#elementBytes(position), bytes, start, length);
  }

  /** @param value a safe integer. */
  appendInteger(value: number): number {
    return this.appendInt64(Math.floor(value / 4294967296) | 0, value | 0);
  }

  appendInt64(high: number, low: number): number {
    return this.#insertInteger(this.sizeBytes - 1, 0, high, low);
  }

  insertInt64Before(position: number, high: number, low: number): number {
    return this.#insertInteger(position, 0, high, low);
  }

  insertInt64After(position: number, high: number, low: number): number {
    return this.#insertInteger(position + this.#elementBytes(position), 0, high, low);
  }

  replaceInt64(position: number, high: number, low: number): number {
    return this.#insertInteger(position, this.#elementBytes(position), high, low);
  }

  /** Removes up to `count` elements from a position on. @returns the position of what follows, or -1. */
  remove(position: number, count = 1): number {
    const bytes = this.bytes;
    const start = this.base + position;
    let end = start;
    let removed = 0;
    for (; removed < count && bytes[end] !== END; removed++) end += elementBytes(bytes, end);
    this.#resize(position, end - start, 0);
    this.#addCount(-removed);
    return this.#elementOrNone(position);
  }

  /**
   * Moves `count` elements from a position on to another place.
   * @param before the element that they will stand in front of, none of them; -1 for the end.
   * @returns their new position.
   */
  move(position: number, count: number, before: number): number {
    // A reply may point into the block: then what moves is a copy.
    this.#resize(position, 0, 0);
    const { bytes, base } = this;
    const start = base + position;
    let end = start;
    for (let moved = 0; moved < count; moved++) end += elementBytes(bytes, end);
    const length = end - start;
    const target = base + (before === NONE ? this.sizeBytes - 1 : before);
    assert(target <= start || target >= end, "elements do not move into themselves");
    const run = bytes.slice(start, end);
    const to = target <= start ? target : target - length;
    if (target <= start) bytes.copyWithin(target + length, target, start);
    else bytes.copyWithin(start, end, target);
    bytes.set(run, to);
    return to - base;
  }

  /** Removes everything. */
  clear(): void {
    this.#resize(HEADER_BYTES, this.sizeBytes - LISTPACK_EMPTY_BYTES, 0);
    this.#setCount(0);
  }

  // --- Between listpacks --------------------------------------------------------------------------------------------

  /** Appends an element of another listpack as it is encoded there. */
  appendItemFrom(other: Listpack, position: number): number {
    return this.#insertElements(this.sizeBytes - 1, other, position, other.#elementBytes(position), 1);
  }

  /** Puts an element of another listpack in front of all. */
  prependItemFrom(other: Listpack, position: number): number {
    return this.#insertElements(HEADER_BYTES, other, position, other.#elementBytes(position), 1);
  }

  /** Appends all elements of another listpack, which stays as it is. */
  appendAll(other: Listpack): void {
    const count = other.count;
    this.#insertElements(this.sizeBytes - 1, other, HEADER_BYTES, other.sizeBytes - LISTPACK_EMPTY_BYTES, count);
  }

  /** Moves the elements from a position on to the end of another listpack. */
  moveTail(position: number, into: Listpack): void {
    const tailBytes = this.sizeBytes - 1 - position;
    const count = this.#countFrom(position);
    into.#insertElements(into.sizeBytes - 1, this, position, tailBytes, count);
    this.#resize(position, tailBytes, 0);
    this.#addCount(-count);
  }

  // --- Inside -------------------------------------------------------------------------------------------------------

  #statedCount(): number {
    return this.bytes[this.base + 4] | (this.bytes[this.base + 5] << 8);
  }

  #setTotal(total: number): void {
    writeWord(this.bytes, this.base, total);
  }

  #setCount(count: number): void {
    this.bytes[this.base + 4] = count;
    this.bytes[this.base + 5] = count >> 8;
  }

  /** The header's count is followed as long as it can say it; once it cannot, only counting finds it again. */
  #addCount(change: number): void {
    const stated = this.#statedCount();
    if (stated === COUNT_UNKNOWN) return;
    const count = stated + change;
    this.#setCount(count < COUNT_UNKNOWN ? count : COUNT_UNKNOWN);
  }

  #elementOrNone(position: number): number {
    return this.bytes[this.base + position] === END ? NONE : position;
  }

  #elementBytes(position: number): number {
    return elementBytes(this.bytes, this.base + position);
  }

  /** Elements from a position to the end. */
  #countFrom(position: number): number {
    const bytes = this.bytes;
    let count = 0;
    for (let at = this.base + position; bytes[at] !== END; count++) at += elementBytes(bytes, at);
    return count;
  }

  #insertText(position: number, replacedBytes: number, bytes: Uint8Array, start: number, length: number): number {
    const integer = this.#integer;
    if (length <= INT64_TEXT_BYTES_MAX && parseInt64(bytes, start, length, integer)) {
      return this.#insertInteger(position, replacedBytes, integer.hi, integer.lo);
    }
    const encodedBytes = stringEncodedBytes(length);
    this.#open(position, replacedBytes, encodedBytes);
    const end = writeString(this.bytes, this.base + position, bytes, start, length);
    writeBackLength(this.bytes, end, encodedBytes);
    return position;
  }

  #insertInteger(position: number, replacedBytes: number, high: number, low: number): number {
    const encodedBytes = integerEncodedBytes(high, low);
    this.#open(position, replacedBytes, encodedBytes);
    const end = writeInteger(this.bytes, this.base + position, high, low, encodedBytes);
    writeBackLength(this.bytes, end, encodedBytes);
    return position;
  }

  #insertElements(position: number, other: Listpack, from: number, length: number, count: number): number {
    assert(other.handle !== this.handle, "elements come from another listpack");
    this.#resize(position, 0, length);
    this.#addCount(count);
    copyRun(other.bytes, other.base + from, this.bytes, this.base + position, length);
    return position;
  }

  /** Makes the gap for one element, in place of `replacedBytes` that stand there or 0. */
  #open(position: number, replacedBytes: number, encodedBytes: number): void {
    this.#resize(position, replacedBytes, encodedBytes + backLengthBytes(encodedBytes));
    if (replacedBytes === 0) this.#addCount(1);
  }

  /** Gives what stands at a position another length and moves what follows. */
  #resize(position: number, oldBytes: number, newBytes: number): void {
    const total = this.sizeBytes;
    this.resize(total, position, oldBytes, newBytes);
    this.#setTotal(total + newBytes - oldBytes);
  }
}

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
 * `Listpack` is a lens: made once, attached to one block after another. A position is a byte offset from the start of
 * the listpack, so it survives a move of the block, and is good until an edit in front of it. `handle` changes when an
 * edit had to move the block; the owner stores it again after every edit.
 *
 * Growth. A block from the slabs has the room of its size class, which steps by a quarter or less; beyond the slabs
 * blocks grow by a quarter of their own accord. So appending one by one copies each byte some five times in all. A block
 * is exchanged for a smaller one when less than half of it is used: any later and HDEL would give nothing back, any
 * earlier and pushing and popping at a boundary would copy each time.
 *
 * Cost: finding compares about 2 ns an element for strings of unlike length; insertion and removal move what follows.
 * Nothing allocates on the heap, except for the engine's own temporary views when more than a handful of bytes move
 * between segments.
 *
 * Bytes that are passed in must not stand in the listpack itself. Replies may point into a block beyond the slabs
 * (`Arena.pin`): an edit then moves the listpack and leaves the old block to them.
 */
import { assert } from "../base/assert.ts";
import { copyBytes, equalBytes } from "../base/bytes.ts";
import { INT64_TEXT_BYTES_MAX } from "../base/limits.ts";
import { Int64, parseDouble, parseInt64, writeInt64 } from "../base/text.ts";
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";
import { SLAB_BYTES_MAX } from "../memory/size-classes.ts";
import { Span } from "./entry.ts";
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

export { encodedSize } from "./listpack-encoding.ts";
export { validateListpack } from "./listpack-validation.ts";

/** Bytes of a listpack without elements. */
export const LISTPACK_EMPTY_BYTES: number = HEADER_BYTES + 1;
/** A listpack may not grow beyond this, as in Redis: the total has to fit its field with certainty. */
export const LISTPACK_BYTES_MAX: number = 1 << 30;
/** What an element takes at most beside its text. */
export const ELEMENT_OVERHEAD_BYTES_MAX = 10;
/** A block up to this size is kept however little of it is used. */
const SPARE_BLOCK_BYTES = 64;
/** Up to here bytes are moved within an array by a loop, beyond by the engine. */
const MOVE_LOOP_MAX = 24;

const NONE = -1;
const NO_BYTES = new Uint8Array(0);

/** One element as read. Its bytes can be used in any case: for an integer they are its decimal text. */
export class ListItem extends Span {
  isInteger = false;
  /** The words of an integer, int32 each. */
  high = 0;
  low = 0;
  readonly #text = new Uint8Array(INT64_TEXT_BYTES_MAX);

  setInteger(high: number, low: number): void {
    this.isInteger = true;
    this.high = high;
    this.low = low;
    this.bytes = this.#text;
    this.start = 0;
    this.length = writeInt64(high, low, this.#text, 0);
  }

  setBytes(bytes: Uint8Array, start: number, length: number): void {
    this.isInteger = false;
    this.bytes = bytes;
    this.start = start;
    this.length = length;
  }
}

/** A lens over a block that holds a listpack. See the essay above. */
export class Listpack {
  /** Changes when an edit moves the listpack to another block. */
  handle: Handle = 0;
  readonly #arena: Arena;
  #bytes: Uint8Array = NO_BYTES;
  /** Where the listpack starts in `#bytes`. */
  #base = 0;
  /** A text that was read as an integer. */
  readonly #integer = new Int64();

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /** Makes an empty listpack and attaches to it. @param roomBytes for the whole of it, when more is known to come. */
  create(roomBytes: number = LISTPACK_EMPTY_BYTES): Handle {
    const handle = this.#arena.allocate(roomBytes > LISTPACK_EMPTY_BYTES ? roomBytes : LISTPACK_EMPTY_BYTES);
    this.attach(handle);
    this.#setTotal(LISTPACK_EMPTY_BYTES);
    this.#setCount(0);
    this.#bytes[this.#base + HEADER_BYTES] = END;
    return handle;
  }

  /** Makes a listpack of the bytes of a valid one (`validateListpack`) and attaches to it. */
  load(bytes: Uint8Array, start: number, length: number): Handle {
    assert(length >= LISTPACK_EMPTY_BYTES && word(bytes, start) === length, "a listpack states its own length");
    const handle = this.#arena.allocate(length);
    this.attach(handle);
    copyBytes(bytes, start, this.#bytes, this.#base, length);
    return handle;
  }

  attach(handle: Handle): this {
    this.handle = handle;
    if (handle < 0) {
      this.#bytes = this.#arena.largeBytes(handle);
      this.#base = 0;
    } else {
      this.#bytes = this.#arena.bytes[handle >>> SEGMENT_SHIFT];
      this.#base = (handle & SEGMENT_MASK) << 4;
    }
    return this;
  }

  /** Frees the block. The lens is attached to nothing then. */
  free(): void {
    this.#arena.free(this.handle);
    this.handle = 0;
    this.#bytes = NO_BYTES;
    this.#base = 0;
  }

  /** Copies the listpack to a block of its own; the lens stays where it is. */
  duplicate(): Handle {
    const total = this.sizeBytes;
    const copy = this.#arena.allocate(total);
    const isLarge = copy < 0;
    const bytes = isLarge ? this.#arena.largeBytes(copy) : this.#arena.bytes[copy >>> SEGMENT_SHIFT];
    copyRun(this.#bytes, this.#base, bytes, isLarge ? 0 : (copy & SEGMENT_MASK) << 4, total);
    return copy;
  }

  /** Points a span at the whole listpack, as it goes into DUMP and RDB. */
  whole(span: Span): void {
    span.bytes = this.#bytes;
    span.start = this.#base;
    span.length = this.sizeBytes;
  }

  /** Bytes of the listpack, header and end included; its block may be larger. */
  get sizeBytes(): number {
    return word(this.#bytes, this.#base);
  }

  /** Number of elements. From 65,535 on the header cannot say, and they are counted. */
  get count(): number {
    const stated = this.#statedCount;
    if (stated !== COUNT_UNKNOWN) return stated;
    const count = this.#countFrom(HEADER_BYTES);
    if (count < COUNT_UNKNOWN && !this.#isPinned) this.#setCount(count);
    return count;
  }

  /** Whether this many more bytes keep the listpack below the largest that there may be. */
  hasRoomFor(moreBytes: number): boolean {
    return this.sizeBytes + moreBytes <= LISTPACK_BYTES_MAX;
  }

  // --- Positions ----------------------------------------------------------------------------------------------------

  first(): number {
    return this.#elementOrNone(HEADER_BYTES);
  }

  last(): number {
    return this.previous(this.sizeBytes - 1);
  }

  next(position: number): number {
    return this.#elementOrNone(position + elementBytes(this.#bytes, this.#base + position));
  }

  previous(position: number): number {
    if (position === HEADER_BYTES) return NONE;
    const at = elementBefore(this.#bytes, this.#base + position) - this.#base;
    assert(at >= HEADER_BYTES, "a back-length leads to an element");
    return at;
  }

  /** Position of the element at an index, from the end when negative (-1 is the last one); -1 when there is none. */
  seek(index: number): number {
    let rest = index;
    const stated = this.#statedCount;
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
    const bytes = this.#bytes;
    const at = this.#base + position;
    const lead = bytes[at];
    if (isIntegerLead(lead)) item.setInteger(integerHigh(bytes, at), integerLow(bytes, at));
    else item.setBytes(bytes, at + leadBytes(lead), stringLength(bytes, at));
  }

  isIntegerAt(position: number): boolean {
    return isIntegerLead(this.#bytes[this.#base + position]);
  }

  /** The element as a double, which a score is; NaN when it is none. */
  doubleAt(position: number): number {
    const bytes = this.#bytes;
    const at = this.#base + position;
    const lead = bytes[at];
    if (isIntegerLead(lead)) return integerHigh(bytes, at) * 4294967296 + (integerLow(bytes, at) >>> 0);
    return parseDouble(bytes, at + leadBytes(lead), stringLength(bytes, at)) ?? Number.NaN;
  }

  /** Whether the element's text is this one. */
  equals(position: number, bytes: Uint8Array, start: number, length: number): boolean {
    const here = this.#bytes;
    const at = this.#base + position;
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
    const here = this.#bytes;
    const sought = this.#integer;
    const isInteger = parseInt64(bytes, start, length, sought);
    let at = this.#base + from;
    while (here[at] !== END) {
      const lead = here[at];
      if ((lead & 0xc0) === 0x80) {
        const shortLength = lead & 63;
        if (shortLength === length && equalBytes(here, at + 1, bytes, start, length)) return at - this.#base;
        at += shortLength + 2;
      } else {
        if (isIntegerLead(lead)) {
          if (isInteger && integerLow(here, at) === sought.lo && integerHigh(here, at) === sought.hi) {
            return at - this.#base;
          }
        } else if (stringLength(here, at) === length) {
          if (equalBytes(here, at + leadBytes(lead), bytes, start, length)) return at - this.#base;
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
    const bytes = this.#bytes;
    const start = this.#base + position;
    let end = start;
    let removed = 0;
    for (; removed < count && bytes[end] !== END; removed++) end += elementBytes(bytes, end);
    this.#resize(position, end - start, 0);
    this.#addCount(-removed);
    return this.#elementOrNone(position);
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

  /** Moves a listpack beyond the slabs, whose room is up to a quarter more than it needs, to a block that just fits. */
  trim(): void {
    if (this.handle < 0 && this.#bytes.length > this.sizeBytes) this.#relocate(HEADER_BYTES, 0, 0, this.sizeBytes);
  }

  // --- Inside -------------------------------------------------------------------------------------------------------

  get #statedCount(): number {
    return this.#bytes[this.#base + 4] | (this.#bytes[this.#base + 5] << 8);
  }

  get #isPinned(): boolean {
    return this.handle < 0 && this.#arena.isPinned(this.handle);
  }

  /** Bytes that the block has for the listpack. */
  get #roomBytes(): number {
    return this.handle < 0 ? this.#bytes.length : this.#arena.sizeOf(this.handle);
  }

  #setTotal(total: number): void {
    writeWord(this.#bytes, this.#base, total);
  }

  #setCount(count: number): void {
    this.#bytes[this.#base + 4] = count;
    this.#bytes[this.#base + 5] = count >> 8;
  }

  /** The header's count is followed as long as it can say it; once it cannot, only counting finds it again. */
  #addCount(change: number): void {
    const stated = this.#statedCount;
    if (stated === COUNT_UNKNOWN) return;
    const count = stated + change;
    this.#setCount(count < COUNT_UNKNOWN ? count : COUNT_UNKNOWN);
  }

  #elementOrNone(position: number): number {
    return this.#bytes[this.#base + position] === END ? NONE : position;
  }

  #elementBytes(position: number): number {
    return elementBytes(this.#bytes, this.#base + position);
  }

  /** Elements from a position to the end. */
  #countFrom(position: number): number {
    const bytes = this.#bytes;
    let count = 0;
    for (let at = this.#base + position; bytes[at] !== END; count++) at += elementBytes(bytes, at);
    return count;
  }

  #insertText(position: number, replacedBytes: number, bytes: Uint8Array, start: number, length: number): number {
    const integer = this.#integer;
    if (length <= INT64_TEXT_BYTES_MAX && parseInt64(bytes, start, length, integer)) {
      return this.#insertInteger(position, replacedBytes, integer.hi, integer.lo);
    }
    const encodedBytes = stringEncodedBytes(length);
    this.#open(position, replacedBytes, encodedBytes);
    const end = writeString(this.#bytes, this.#base + position, bytes, start, length);
    writeBackLength(this.#bytes, end, encodedBytes);
    return position;
  }

  #insertInteger(position: number, replacedBytes: number, high: number, low: number): number {
    const encodedBytes = integerEncodedBytes(high, low);
    this.#open(position, replacedBytes, encodedBytes);
    const end = writeInteger(this.#bytes, this.#base + position, high, low, encodedBytes);
    writeBackLength(this.#bytes, end, encodedBytes);
    return position;
  }

  #insertElements(position: number, other: Listpack, from: number, length: number, count: number): number {
    assert(other.handle !== this.handle, "elements come from another listpack");
    this.#resize(position, 0, length);
    this.#addCount(count);
    copyRun(other.#bytes, other.#base + from, this.#bytes, this.#base + position, length);
    return position;
  }

  /** Makes the gap for one element, in place of `replacedBytes` that stand there or 0. */
  #open(position: number, replacedBytes: number, encodedBytes: number): void {
    this.#resize(position, replacedBytes, encodedBytes + backLengthBytes(encodedBytes));
    if (replacedBytes === 0) this.#addCount(1);
  }

  /** Gives what stands at a position another length, moves what follows, and the listpack when it has to. */
  #resize(position: number, oldBytes: number, newBytes: number): void {
    const total = this.sizeBytes;
    const newTotal = total + newBytes - oldBytes;
    assert(newTotal <= LISTPACK_BYTES_MAX, "a listpack stays below its largest size");
    const room = this.#roomBytes;
    const isWasteful = newBytes < oldBytes && newTotal * 2 < room && room > SPARE_BLOCK_BYTES;
    if (newTotal > room || isWasteful || this.#isPinned) {
      const isBeyondSlabs = newTotal > room && newTotal > SLAB_BYTES_MAX;
      this.#relocate(position, oldBytes, newBytes, isBeyondSlabs ? newTotal + (newTotal >>> 2) : newTotal);
    } else if (newBytes !== oldBytes) {
      const tail = this.#base + position + oldBytes;
      moveRun(this.#bytes, tail, tail + newBytes - oldBytes, total - position - oldBytes);
    }
    this.#setTotal(newTotal);
  }

  /** `#resize` into a new block. */
  #relocate(position: number, oldBytes: number, newBytes: number, roomBytes: number): void {
    const from = this.#bytes;
    const base = this.#base;
    const old = this.handle;
    const tailBytes = this.sizeBytes - position - oldBytes;
    this.attach(this.#arena.allocate(roomBytes));
    copyRun(from, base, this.#bytes, this.#base, position);
    copyRun(from, base + position + oldBytes, this.#bytes, this.#base + position + newBytes, tailBytes);
    this.#arena.free(old);
  }
}

/** Copies between blocks. Within a segment the engine does it without a temporary view. */
function copyRun(from: Uint8Array, start: number, to: Uint8Array, toStart: number, length: number): void {
  if (from === to && length > MOVE_LOOP_MAX) to.copyWithin(toStart, start, start + length);
  else copyBytes(from, start, to, toStart, length);
}

/** Moves bytes within an array; the runs may overlap. */
function moveRun(bytes: Uint8Array, start: number, to: number, length: number): void {
  if (length > MOVE_LOOP_MAX) {
    bytes.copyWithin(to, start, start + length);
  } else if (to < start) {
    for (let i = 0; i < length; i++) bytes[to + i] = bytes[start + i];
  } else {
    for (let i = length - 1; i >= 0; i--) bytes[to + i] = bytes[start + i];
  }
}

/**
 * The grip on one key through which alone it can be changed.
 *
 * A command opens a handle, looks at `entry` (0 when the key is absent), changes the value through the methods here,
 * and closes it with the event that has happened. Closing counts the changes and tells the observer; a handler can not
 * forget a signal, because there is none to give. Handles are reused objects: on the hot path a write costs no
 * allocation on the JavaScript heap.
 *
 * Strings. `setString` and `setInteger` make a value anew. Everything else changes bytes where they are: `append` and
 * `setRange` as the commands of these names, `extendString` and `findWritable` for whoever works on single bytes
 * (bitmaps, counters in a sketch). Before the first such change a value is made fit for it: an integer becomes text, a
 * value that a snapshot has yet to write is left to it, one that has grown moves to where it fits. Where values live
 * by length, and why, is told in `structures/big-string.ts`.
 */
import { assert } from "../base/assert.ts";
import { copyBytes, copyViews } from "../base/bytes.ts";
import { INT64_TEXT_BYTES_MAX } from "../base/limits.ts";
import { Int64, parseInt64, writeInt64 } from "../base/text.ts";
import { type Handle, SEGMENT_SHIFT } from "../memory/arena.ts";
import { SLAB_BYTES_MAX } from "../memory/size-classes.ts";
import { ADOPTED_BYTES_MIN, BigString, CONTIGUOUS_BYTES_MAX } from "../structures/big-string.ts";
import {
  EMBSTR_BYTES_MAX,
  ENCODING_EMBSTR,
  ENCODING_INT,
  ENCODING_RAW,
  ENCODING_RAW_OUTSIDE,
  ENCODING_RAW_PAGED,
  encodingOf,
  FLAG_EXPIRES,
  fitsInline,
  growthRoom,
  hasFlag,
  inlineLength,
  inlineStart,
  intHigh,
  intLow,
  outsideHandle,
  outsideLength,
  replaceInline,
  resizeInline,
  Span,
  setEncoding,
  setInt,
  setOutside,
  spanOfBlock,
  TYPE_STRING,
  typeOf,
  valueSpan,
} from "../structures/entry.ts";
import { type Run, stringLength } from "../structures/string-reader.ts";
import { CollectionGrip } from "./collection-grip.ts";
import { EXPIRY_KEEP, EXPIRY_NONE } from "./entry-grip.ts";
import type { Keyspace } from "./keyspace.ts";

export { EXPIRY_KEEP, EXPIRY_NONE } from "./entry-grip.ts";

/** No byte above it begins an integer. */
const DIGIT_NINE = 0x39;
/** Longer runs are copied by the engine's own routine. */
const COPY_VIEWS_BYTES_MAX = 96;

export class WriteHandle extends CollectionGrip {
  readonly #integer = new Int64();
  readonly #digits = new Uint8Array(INT64_TEXT_BYTES_MAX);
  readonly #span = new Span();
  readonly #source = new Span();
  readonly #pages: BigString;

  constructor(keyspace: Keyspace) {
    super(keyspace);
    this.#pages = new BigString(keyspace.arena);
  }

  // ---- strings anew -----------------------------------------------------------------------------------------------

  /**
   * Makes the key a string with these bytes, whatever it was before; the text of an integer becomes one.
   * @param expiry ms since the epoch, EXPIRY_NONE or EXPIRY_KEEP.
   * @param adoptable whether `bytes` is a buffer of its own that may become the value without a copy.
   */
  setString(bytes: Uint8Array, start: number, length: number, expiry: number, adoptable: boolean): void {
    const mayBeInteger = length <= INT64_TEXT_BYTES_MAX && bytes[start] <= DIGIT_NINE;
    if (mayBeInteger && parseInt64(bytes, start, length, this.#integer)) {
      this.setInteger(this.#integer.hi, this.#integer.lo, expiry);
    } else {
      this.setText(bytes, start, length, expiry, adoptable);
    }
  }

  /** As `setString`, but text stays text: INCRBYFLOAT's results are no integers. */
  setText(bytes: Uint8Array, start: number, length: number, expiry: number, adoptable: boolean): void {
    const expires = this.willExpire(expiry);
    if (!fitsInline(this.keyLength, length)) {
      this.#setOutside(bytes, start, length, expiry, expires, adoptable);
      return;
    }
    const encoding = length <= EMBSTR_BYTES_MAX ? ENCODING_EMBSTR : ENCODING_RAW;
    const old = this.#reshapeInPlace(encoding, length, expires) ? 0 : this.replace(encoding, length, expires);
    const arena = this.arena;
    const entry = this.entry;
    const segment = entry >>> SEGMENT_SHIFT;
    const to = inlineStart(arena, entry);
    if (length > COPY_VIEWS_BYTES_MAX) copyBytes(bytes, start, arena.bytes[segment], to, length);
    else copyViews(this.keyspace.hash.viewOf(bytes), start, arena.views[segment], to, length);
    if (old !== 0) this.retire(old, true);
    this.settle(expiry);
  }

  /** As `setText`, a raw string however short: what was made bit by bit will be changed so. */
  setRaw(bytes: Uint8Array, start: number, length: number, expiry: number, adoptable: boolean): void {
    this.setText(bytes, start, length, expiry, adoptable);
    if (encodingOf(this.arena, this.entry) === ENCODING_EMBSTR) setEncoding(this.arena, this.entry, ENCODING_RAW);
  }

  /** Makes the key a string that is this integer. `expiry` as for `setString`. */
  setInteger(high: number, low: number, expiry: number): void {
    const expires = this.willExpire(expiry);
    const old = this.#isInPlace(ENCODING_INT, expires) ? 0 : this.replace(ENCODING_INT, 0, expires);
    setInt(this.arena, this.entry, high, low);
    if (old !== 0) this.retire(old, true);
    this.settle(expiry);
  }

  #setOutside(
    bytes: Uint8Array,
    start: number,
    length: number,
    expiry: number,
    expires: boolean,
    adoptable: boolean,
  ): void {
    const arena = this.arena;
    let block: Handle;
    if (adoptable && isWholeBuffer(bytes, length) && length > SLAB_BYTES_MAX) {
      block = arena.adopt(bytes);
    } else {
      block = arena.allocate(length);
      spanOfBlock(arena, block, length, this.#span);
      copyBytes(bytes, start, this.#span.bytes, this.#span.start, length);
    }
    const old = this.replace(ENCODING_RAW_OUTSIDE, 0, expires);
    setOutside(arena, this.entry, block, length);
    this.database.entryBytes += arena.sizeOf(block);
    if (old !== 0) this.retire(old, true);
    this.settle(expiry);
  }

  /** Whether the present entry is a string of this storage with the wanted expiry fields, and may be changed. */
  #isInPlace(encoding: number, expires: boolean): boolean {
    const entry = this.entry;
    if (entry === 0) return false;
    const arena = this.arena;
    return (
      typeOf(arena, entry) === TYPE_STRING &&
      encodingOf(arena, entry) === encoding &&
      hasFlag(arena, entry, FLAG_EXPIRES) === expires &&
      !this.keyspace.isUnsaved(entry)
    );
  }

  /** Makes room for an inline string in the present block where its shape allows. */
  #reshapeInPlace(encoding: number, length: number, expires: boolean): boolean {
    const entry = this.entry;
    if (entry === 0) return false;
    const arena = this.arena;
    const present = encodingOf(arena, entry);
    if (typeOf(arena, entry) !== TYPE_STRING || (present !== ENCODING_EMBSTR && present !== ENCODING_RAW)) return false;
    if (hasFlag(arena, entry, FLAG_EXPIRES) !== expires || this.keyspace.isUnsaved(entry)) return false;
    if (!replaceInline(arena, entry, length)) return false;
    if (present !== encoding) setEncoding(arena, entry, encoding);
    return true;
  }

  // ---- strings in place -------------------------------------------------------------------------------------------

  /**
   * Puts bytes behind a string, or makes the key that string if there is none. `adoptable` as for `setString`.
   * @returns the new length.
   */
  append(bytes: Uint8Array, start: number, length: number, adoptable: boolean): number {
    const { arena, entry } = this;
    if (entry === 0) {
      this.setString(bytes, start, length, EXPIRY_NONE, adoptable);
      return length;
    }
    const encoding = encodingOf(arena, entry);
    if ((encoding === ENCODING_RAW || encoding === ENCODING_EMBSTR) && !this.keyspace.isUnsaved(entry)) {
      const oldLength = inlineLength(arena, entry);
      const newLength = oldLength + length;
      if (resizeInline(arena, entry, newLength)) {
        const at = inlineStart(arena, entry) + oldLength;
        copyBytes(bytes, start, arena.bytes[entry >>> SEGMENT_SHIFT], at, length);
        if (encoding !== ENCODING_RAW) setEncoding(arena, entry, ENCODING_RAW);
        this.settle(EXPIRY_KEEP);
        return newLength;
      }
    }
    return this.setRange(stringLength(arena, entry), bytes, start, length, adoptable);
  }

  /**
   * Overwrites a part of a string, which grows as needed, with zeros in a gap; an absent key counts as empty.
   * @returns the new length.
   */
  setRange(position: number, bytes: Uint8Array, start: number, length: number, adoptable: boolean): number {
    const oldLength = this.entry === 0 ? 0 : stringLength(this.arena, this.entry);
    const newLength = Math.max(oldLength, position + length);
    const whole = adoptable && isWholeBuffer(bytes, length);
    if (whole && position === 0 && length === newLength && length > CONTIGUOUS_BYTES_MAX) {
      this.setText(bytes, start, length, EXPIRY_KEEP, true);
      return length;
    }
    this.#prepare(newLength, position, position);
    this.#write(position, bytes, start, length, oldLength, whole);
    this.settle(EXPIRY_KEEP);
    return newLength;
  }

  /**
   * Makes the key a raw string of at least `length` bytes, of which those that were not there are zero. It may be
   * changed through `findWritable` until the handle is closed.
   */
  extendString(length: number): void {
    const oldLength = this.entry === 0 ? 0 : stringLength(this.arena, this.entry);
    const newLength = Math.max(oldLength, length);
    const { arena, entry } = this;
    const isReady =
      newLength === oldLength &&
      entry !== 0 &&
      encodingOf(arena, entry) === ENCODING_RAW_PAGED &&
      !this.keyspace.isUnsaved(entry);
    if (!isReady) this.#prepare(newLength, 0, newLength);
    this.settle(EXPIRY_KEEP);
  }

  /**
   * Points `run` at the bytes from `position` on that stand in one piece, up to `end`, for reading and writing. The key
   * has been made ready by `extendString`, and nothing has been called since but this.
   */
  findWritable(position: number, end: number, run: Run): void {
    const { arena, entry } = this;
    if (encodingOf(arena, entry) === ENCODING_RAW_PAGED) {
      const pages = this.#pages.attach(outsideHandle(arena, entry));
      const before = pages.sizeBytes;
      pages.findWritable(position, end, end, run);
      this.database.entryBytes += pages.sizeBytes - before;
      return;
    }
    valueSpan(arena, entry, run);
    run.start += position;
    run.length = end - position;
    run.block = 0;
    run.isConstant = false;
  }

  /**
   * Makes the key a raw string of `newLength` bytes (not fewer than it has) that may be changed in place.
   * @param from the first byte that will be changed.
   * @param zeroEnd up to here new bytes are zero; what follows is the caller's to write.
   */
  #prepare(newLength: number, from: number, zeroEnd: number): void {
    const arena = this.arena;
    if (this.entry === 0) {
      this.#source.length = 0;
      this.#rebuild(newLength, zeroEnd);
      return;
    }
    if (this.keyspace.isUnsaved(this.entry)) this.relayout(hasFlag(arena, this.entry, FLAG_EXPIRES));
    const encoding = encodingOf(arena, this.entry);
    if (encoding === ENCODING_RAW_PAGED) this.#growPages(newLength);
    else if (encoding === ENCODING_RAW_OUTSIDE) this.#prepareOutside(newLength, from, zeroEnd);
    else if (encoding === ENCODING_INT) this.#rebuildInteger(newLength, zeroEnd);
    else this.#prepareInline(newLength, zeroEnd);
  }

  #rebuildInteger(newLength: number, zeroEnd: number): void {
    const { arena, entry } = this;
    const source = this.#source;
    source.bytes = this.#digits;
    source.start = 0;
    source.length = writeInt64(intHigh(arena, entry), intLow(arena, entry), this.#digits, 0);
    this.#rebuild(newLength, zeroEnd);
  }

  #prepareInline(newLength: number, zeroEnd: number): void {
    const { arena, entry } = this;
    const oldLength = inlineLength(arena, entry);
    if (!resizeInline(arena, entry, newLength)) {
      valueSpan(arena, entry, this.#source);
      this.#rebuild(newLength, zeroEnd);
      return;
    }
    setEncoding(arena, entry, ENCODING_RAW);
    const start = inlineStart(arena, entry);
    if (zeroEnd > oldLength) arena.bytes[entry >>> SEGMENT_SHIFT].fill(0, start + oldLength, start + zeroEnd);
  }

  /** Makes a new entry for a string that begins with the bytes of `#source`: in the entry, in a block, in pages. */
  #rebuild(newLength: number, zeroEnd: number): void {
    const { arena } = this;
    const { bytes, start, length } = this.#source;
    const expires = this.willExpire(EXPIRY_KEEP);
    const target = this.#span;
    let old: Handle;
    if (fitsInline(this.keyLength, newLength)) {
      const room = length === 0 ? newLength : growthRoom(this.keyLength, newLength);
      old = this.replace(ENCODING_RAW, room, expires);
      const fits = resizeInline(arena, this.entry, newLength);
      assert(fits, "an entry has the room that was asked for");
      valueSpan(arena, this.entry, target);
    } else if (newLength <= CONTIGUOUS_BYTES_MAX) {
      const block = arena.allocate(blockRoom(newLength));
      old = this.replace(ENCODING_RAW_OUTSIDE, 0, expires);
      setOutside(arena, this.entry, block, newLength);
      this.database.entryBytes += arena.sizeOf(block);
      valueSpan(arena, this.entry, target);
    } else {
      const pages = this.#pages.createZeros(newLength);
      pages.write(0, bytes, start, length, 0);
      old = this.replace(ENCODING_RAW_PAGED, 0, expires);
      setOutside(arena, this.entry, pages.root, newLength);
      this.database.entryBytes += pages.sizeBytes;
      if (old !== 0) this.retire(old, true);
      return;
    }
    copyBytes(bytes, start, target.bytes, target.start, length);
    if (zeroEnd > length) target.bytes.fill(0, target.start + length, target.start + zeroEnd);
    if (old !== 0) this.retire(old, true);
  }

  /** A block stays while it has the room and nobody else sees what is going to change in it. */
  #prepareOutside(newLength: number, from: number, zeroEnd: number): void {
    const { arena, entry } = this;
    const block = outsideHandle(arena, entry);
    const oldLength = outsideLength(arena, entry);
    const isSeen = block < 0 && from < oldLength && arena.isPinned(block);
    const roomBytes = block < 0 ? arena.largeBytes(block).length : arena.sizeOf(block);
    if (newLength <= roomBytes && !isSeen) {
      setOutside(arena, entry, block, newLength);
    } else if (newLength <= CONTIGUOUS_BYTES_MAX) {
      this.#moveBlock(newLength);
    } else {
      this.#cutIntoPages();
      this.#growPages(newLength);
      return;
    }
    if (zeroEnd <= oldLength) return;
    // Behind a value a large block is zero from the start.
    valueSpan(arena, entry, this.#span);
    if (block >= 0) this.#span.bytes.fill(0, this.#span.start + oldLength, this.#span.start + zeroEnd);
  }

  /** Copies an outside value into a block with more room. */
  #moveBlock(newLength: number): void {
    const { arena, entry } = this;
    const block = outsideHandle(arena, entry);
    valueSpan(arena, entry, this.#source);
    const { bytes, start, length } = this.#source;
    const target = arena.allocate(blockRoom(newLength));
    spanOfBlock(arena, target, newLength, this.#span);
    copyBytes(bytes, start, this.#span.bytes, this.#span.start, length);
    setOutside(arena, entry, target, newLength);
    this.database.entryBytes += arena.sizeOf(target) - arena.sizeOf(block);
    arena.free(block);
  }

  /** Turns a value outside into a big string, within the same entry. */
  #cutIntoPages(): void {
    const { arena, entry } = this;
    const block = outsideHandle(arena, entry);
    const length = outsideLength(arena, entry);
    const pages = this.#pages;
    this.database.entryBytes -= arena.sizeOf(block);
    if (block < 0) {
      pages.createFromBlock(block, length);
    } else {
      pages.createZeros(length);
      valueSpan(arena, entry, this.#source);
      pages.write(0, this.#source.bytes, this.#source.start, length, 0);
      arena.free(block);
    }
    setOutside(arena, entry, pages.root, length);
    setEncoding(arena, entry, ENCODING_RAW_PAGED);
    this.database.entryBytes += pages.sizeBytes;
  }

  #growPages(newLength: number): void {
    const { arena, entry } = this;
    const pages = this.#pages.attach(outsideHandle(arena, entry));
    const before = pages.sizeBytes;
    pages.grow(outsideLength(arena, entry), newLength);
    setOutside(arena, entry, pages.root, newLength);
    this.database.entryBytes += pages.sizeBytes - before;
  }

  /** Writes into a string that `#prepare` has made ready. @param oldLength its length before that. */
  #write(
    position: number,
    bytes: Uint8Array,
    start: number,
    length: number,
    oldLength: number,
    adoptable: boolean,
  ): void {
    const { arena, entry } = this;
    if (encodingOf(arena, entry) !== ENCODING_RAW_PAGED) {
      valueSpan(arena, entry, this.#span);
      copyBytes(bytes, start, this.#span.bytes, this.#span.start + position, length);
      return;
    }
    const newLength = outsideLength(arena, entry);
    const pages = this.#pages.attach(outsideHandle(arena, entry));
    const before = pages.sizeBytes;
    if (adoptable && length >= ADOPTED_BYTES_MIN) pages.adopt(position, bytes, newLength, oldLength);
    else pages.write(position, bytes, start, length, oldLength);
    setOutside(arena, entry, pages.root, newLength);
    this.database.entryBytes += pages.sizeBytes - before;
  }
}

/** Whether bytes are all there is in their buffer, so that they can be handed over with it. */
function isWholeBuffer(bytes: Uint8Array, length: number): boolean {
  // A spare buffer may be longer by an eighth (`SpareBuffers`).
  return bytes.length === length && bytes.byteOffset === 0 && bytes.buffer.byteLength - length <= length >>> 3;
}

/** Bytes of the block for a value that has grown and may go on: the next power of two. */
function blockRoom(valueBytes: number): number {
  return 2 ** Math.ceil(Math.log2(valueBytes));
}

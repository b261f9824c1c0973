/**
 * Editing the listpack of a quicklist's node. `quicklist-record.ts` has the layout, and why a listpack may begin anywhere
 * in its block. `splice` is the one edit that all others are made of.
 */
import { assert } from "../base/assert.ts";
import { copyViews, viewOf } from "../base/bytes.ts";
import { INT64_TEXT_BYTES_MAX } from "../base/limits.ts";
import { Int64, parseInt64 } from "../base/text.ts";
import { type Handle, SEGMENT_SHIFT } from "../memory/arena.ts";
import { SLAB_BYTES_MAX, slabBytes } from "../memory/size-classes.ts";
import {
  backLengthBytes,
  COUNT_UNKNOWN,
  END,
  elementBefore,
  elementBytes,
  HEADER_BYTES,
  integerEncodedBytes,
  stringEncodedBytes,
  writeBackLength,
  writeInteger,
  writeString,
  writeWord,
} from "./listpack-encoding.ts";
import { copyRun, moveRun } from "./packed-block.ts";
import { expectedNodeBytes } from "./quicklist-limits.ts";
import { BLOCK, CONTENT_FLAGS, COUNT, FLAGS, GAP, NodeRecord, ROOM, SIZE } from "./quicklist-record.ts";

/** For `splice`: the block is made to fit. Other values are a list's fill, by which the block grows ahead. */
export const EXACT_FIT = 0;
/** No byte above it begins an integer. */
const DIGIT_NINE = 0x39;
/** A block up to this size is kept however little of it is used. */
const SPARE_BLOCK_BYTES = 64;
/** First byte of a string shorter than this, without the length. */
const SHORT_STRING = 0x80;
const SHORT_STRING_BYTES = 64;

const NO_BYTES = new Uint8Array(0);

/** Whether a node at an end that has lost elements gives up its block. */
function isSparse(sizeBytes: number, roomBytes: number): boolean {
  return sizeBytes * 4 < roomBytes && roomBytes > SPARE_BLOCK_BYTES;
}

/** A lens over one node. */
export class QuicklistNode extends NodeRecord {
  /** The element to be written, as `#measure` found it. */
  readonly #integer = new Int64();
  #isInteger = false;
  /** Where the last short string came from: mostly the connections' buffer. */
  #source: Uint8Array = NO_BYTES;
  #sourceView: DataView = viewOf(NO_BYTES);
  #encodedBytes = 0;

  /** Frees the node and leaves the block, a listpack that begins where the block does, to the caller. */
  release(): Handle {
    assert(!this.isPlain && !this.isCompressed, "only a listpack is taken out of a node");
    if (this.words[this.at + GAP] !== 0) this.#exchange(HEADER_BYTES, 0, 0, this.sizeBytes, EXACT_FIT);
    else this.fit();
    const block = this.words[this.at + BLOCK];
    this.arena.free(this.handle);
    this.handle = 0;
    return block;
  }

  // --- Editing ------------------------------------------------------------------------------------------------------
  // Positions are byte offsets in the listpack. The node is packed and not compressed.

  // The first four are what lists do all day: `splice` where nothing has to move but the header, written out.

  /** @param fill as in `splice`. */
  append(bytes: Uint8Array, start: number, length: number, fill: number): void {
    if (this.guard !== null) this.guard.changeNode(this.handle);
    const words = this.words;
    const at = this.at;
    const block = words[at + BLOCK];
    const size = words[at + SIZE];
    this.#measure(bytes, start, length);
    const addedBytes = this.#encodedBytes + backLengthBytes(this.#encodedBytes);
    if (block <= 0 || words[at + GAP] + size + addedBytes > words[at + ROOM]) {
      this.splice(size - 1, 0, addedBytes, 1, fill);
    } else {
      this.locate(block);
      words[at + SIZE] = size + addedBytes;
      words[at + COUNT]++;
      const header = this.base + words[at + GAP];
      this.#writeHeader(header, size + addedBytes, words[at + COUNT]);
      this.bytes[header + size + addedBytes - 1] = END;
    }
    this.#write(size - 1, bytes, start, length);
  }

  /** @param fill as in `splice`. */
  prepend(bytes: Uint8Array, start: number, length: number, fill: number): void {
    if (this.guard !== null) this.guard.changeNode(this.handle);
    const words = this.words;
    const at = this.at;
    const block = words[at + BLOCK];
    this.#measure(bytes, start, length);
    const addedBytes = this.#encodedBytes + backLengthBytes(this.#encodedBytes);
    const gap = words[at + GAP] - addedBytes;
    if (block <= 0 || gap < 0) {
      this.splice(HEADER_BYTES, 0, addedBytes, 1, fill);
    } else {
      this.locate(block);
      words[at + SIZE] += addedBytes;
      words[at + COUNT]++;
      words[at + GAP] = gap;
      this.#writeHeader(this.base + gap, words[at + SIZE], words[at + COUNT]);
    }
    this.#write(HEADER_BYTES, bytes, start, length);
  }

  removeFirst(): void {
    if (this.guard !== null) this.guard.changeNode(this.handle);
    const words = this.words;
    const at = this.at;
    const block = words[at + BLOCK];
    const removedBytes = this.#bytesAt(HEADER_BYTES);
    const size = words[at + SIZE] - removedBytes;
    if (block <= 0 || isSparse(size, words[at + ROOM])) {
      this.#removeAtEnd(HEADER_BYTES, removedBytes);
      return;
    }
    words[at + SIZE] = size;
    words[at + COUNT]--;
    words[at + GAP] += removedBytes;
    this.#writeHeader(this.base + words[at + GAP], size, words[at + COUNT]);
  }

  removeLast(): void {
    if (this.guard !== null) this.guard.changeNode(this.handle);
    const words = this.words;
    const at = this.at;
    const block = words[at + BLOCK];
    this.locate(block);
    const header = this.base + words[at + GAP];
    const end = words[at + SIZE] - 1;
    const position = elementBefore(this.bytes, header + end) - header;
    const size = position + 1;
    if (block <= 0 || isSparse(size, words[at + ROOM])) {
      this.#removeAtEnd(position, end - position);
      return;
    }
    words[at + SIZE] = size;
    words[at + COUNT]--;
    this.#writeHeader(header, size, words[at + COUNT]);
    this.bytes[header + position] = END;
  }

  /**
   * Removes an element at an end from a large block, or from one that is to be exchanged. The new one is half empty, so
   * that going to and fro at an end exchanges none for a while.
   */
  #removeAtEnd(position: number, removedBytes: number): void {
    const words = this.words;
    const at = this.at;
    if (words[at + BLOCK] <= 0) {
      this.splice(position, removedBytes, 0, -1, EXACT_FIT);
      return;
    }
    const size = words[at + SIZE] - removedBytes;
    this.#exchange(position, removedBytes, 0, 2 * size, EXACT_FIT);
    words[at + SIZE] = size;
    words[at + COUNT]--;
    this.#writeHeader(this.base + words[at + GAP], size, words[at + COUNT]);
  }

  insert(position: number, bytes: Uint8Array, start: number, length: number, fill: number): void {
    this.#measure(bytes, start, length);
    this.splice(position, 0, this.#encodedBytes + backLengthBytes(this.#encodedBytes), 1, fill);
    this.#write(position, bytes, start, length);
  }

  replace(position: number, bytes: Uint8Array, start: number, length: number): void {
    this.#measure(bytes, start, length);
    const newBytes = this.#encodedBytes + backLengthBytes(this.#encodedBytes);
    this.splice(position, this.#bytesAt(position), newBytes, 0, EXACT_FIT);
    this.#write(position, bytes, start, length);
  }

  remove(position: number): void {
    this.splice(position, this.#bytesAt(position), 0, -1, EXACT_FIT);
  }

  /** Appends elements that stand, encoded, in another node. */
  appendFrom(other: QuicklistNode, from: number, to: number, count: number): void {
    const end = this.sizeBytes - 1;
    this.splice(end, 0, to - from, count, EXACT_FIT);
    this.locate(this.words[this.at + BLOCK]);
    other.locate(other.words[other.at + BLOCK]);
    const source = other.base + other.words[other.at + GAP] + from;
    copyRun(other.bytes, source, this.bytes, this.base + this.words[this.at + GAP] + end, to - from);
  }

  /**
   * Gives a stretch of the listpack another length, and the listpack another count. What is inserted is for the caller
   * to write.
   * @param fill the list's fill when the node is to grow further, EXACT_FIT when not.
   */
  splice(position: number, removedBytes: number, insertedBytes: number, countChange: number, fill: number): void {
    if (this.guard !== null) this.guard.changeNode(this.handle);
    const words = this.words;
    const at = this.at;
    const block = words[at + BLOCK];
    const oldSize = words[at + SIZE];
    const size = oldSize + insertedBytes - removedBytes;
    const count = words[at + COUNT] + countChange;
    const room = words[at + ROOM];
    const isWasteful = size * 2 < room && size < oldSize && room > SPARE_BLOCK_BYTES;
    if (size > room || isWasteful || (block < 0 && this.arena.isPinned(block))) {
      this.#exchange(position, removedBytes, insertedBytes, expectedNodeBytes(size, count, fill), fill);
    } else {
      this.locate(block);
      if (size !== oldSize) this.#slide(position, removedBytes, insertedBytes, room);
    }
    words[at + SIZE] = size;
    words[at + COUNT] = count;
    this.#writeHeader(this.base + words[at + GAP], size, count);
  }

  /** Cuts the block to what the listpack needs. */
  fit(): void {
    const size = this.words[this.at + SIZE];
    if ((this.words[this.at + FLAGS] & CONTENT_FLAGS) !== 0) return;
    const room = this.words[this.at + ROOM];
    // Between two large blocks a sixteenth is not worth the copy.
    const needed = size <= SLAB_BYTES_MAX ? slabBytes(size) : size + (size >>> 4);
    if (needed < room) this.#exchange(HEADER_BYTES, 0, 0, size, EXACT_FIT);
  }

  // --- Inside -------------------------------------------------------------------------------------------------------

  #bytesAt(position: number): number {
    this.locate(this.words[this.at + BLOCK]);
    return elementBytes(this.bytes, this.base + this.words[this.at + GAP] + position);
  }

  #measure(bytes: Uint8Array, start: number, length: number): void {
    const integer = this.#integer;
    // Most texts show by their first byte, and the rest by their length, that they are none.
    const mayBeInteger = length <= INT64_TEXT_BYTES_MAX && bytes[start] <= DIGIT_NINE;
    this.#isInteger = mayBeInteger && parseInt64(bytes, start, length, integer);
    this.#encodedBytes = this.#isInteger ? integerEncodedBytes(integer.hi, integer.lo) : stringEncodedBytes(length);
  }

  /** Writes the measured element. */
  #write(position: number, bytes: Uint8Array, start: number, length: number): void {
    const into = this.bytes;
    const at = this.base + this.words[this.at + GAP] + position;
    const block = this.words[this.at + BLOCK];
    if (!this.#isInteger && length < SHORT_STRING_BYTES && block > 0) {
      // What is pushed all day: word by word it takes a third of the time.
      into[at] = SHORT_STRING | length;
      copyViews(this.#sourceViewOf(bytes), start, this.arena.views[block >>> SEGMENT_SHIFT], at + 1, length);
      into[at + 1 + length] = length + 1;
      return;
    }
    const integer = this.#integer;
    const end = this.#isInteger
      ? writeInteger(into, at, integer.hi, integer.lo, this.#encodedBytes)
      : writeString(into, at, bytes, start, length);
    writeBackLength(into, end, this.#encodedBytes);
  }

  #sourceViewOf(bytes: Uint8Array): DataView {
    if (bytes !== this.#source) {
      this.#source = bytes;
      this.#sourceView = viewOf(bytes);
    }
    return this.#sourceView;
  }

  #writeHeader(start: number, size: number, count: number): void {
    const bytes = this.bytes;
    writeWord(bytes, start, size);
    const stated = count < COUNT_UNKNOWN ? count : COUNT_UNKNOWN;
    bytes[start + 4] = stated;
    bytes[start + 5] = stated >> 8;
  }

  /** `splice` within the block. Moves the shorter side, or both to the middle when there is no room on that side. */
  #slide(position: number, removedBytes: number, insertedBytes: number, room: number): void {
    const words = this.words;
    const at = this.at;
    const gap = words[at + GAP];
    const oldSize = words[at + SIZE];
    const change = insertedBytes - removedBytes;
    const frontBytes = position - HEADER_BYTES;
    const backBytes = oldSize - position - removedBytes;
    let newGap = gap;
    if (frontBytes < backBytes) newGap = gap >= change ? gap - change : (room - oldSize - change) >> 1;
    else if (gap + oldSize + change > room) newGap = (room - oldSize - change) >> 1;
    const front = this.base + gap + HEADER_BYTES;
    const back = this.base + gap + position + removedBytes;
    const frontShift = newGap - gap;
    const backShift = frontShift + change;
    if (frontShift <= 0) moveRun(this.bytes, front, front + frontShift, frontBytes);
    moveRun(this.bytes, back, back + backShift, backBytes);
    if (frontShift > 0) moveRun(this.bytes, front, front + frontShift, frontBytes);
    words[at + GAP] = newGap;
  }

  /** `splice` into another block. All room is on the side of the edit when the node is to grow. */
  #exchange(position: number, removedBytes: number, insertedBytes: number, roomBytes: number, fill: number): void {
    const arena = this.arena;
    const words = this.words;
    const at = this.at;
    const old = words[at + BLOCK];
    const oldSize = words[at + SIZE];
    const size = oldSize + insertedBytes - removedBytes;
    const frontBytes = position - HEADER_BYTES;
    const backBytes = oldSize - position - removedBytes;
    const block = arena.allocate(roomBytes);
    const gap = fill !== EXACT_FIT && frontBytes < backBytes ? this.roomOf(block) - size : 0;
    this.locate(old);
    const from = this.bytes;
    const start = this.base + words[at + GAP];
    this.locate(block);
    const to = this.base + gap;
    if (old === 0) {
      this.bytes[to + size - 1] = END;
    } else {
      copyRun(from, start, this.bytes, to, position);
      copyRun(from, start + position + removedBytes, this.bytes, to + position + insertedBytes, backBytes);
      arena.free(old);
    }
    this.setBlock(block, gap);
  }
}

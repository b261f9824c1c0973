/**
 * One node of a quicklist: 32 bytes that say where its elements stand.
 *
 *     next i32 │ previous i32 │ block i32 │ bytes i32 │ count i32 │ gap i32 │ flags i32 │ –
 *
 *     packed      block: ┌ gap ┬ a listpack, `bytes` long ┬ room ┐
 *     plain       block: the bytes of one element that is too long for a listpack
 *     compressed  block: LZF of either, `gap` bytes long; `bytes` is still the length of what it stands for
 *
 * Why the gap. Pushing to and popping from the front of a listpack moves all the rest, 4 KB on average: 90 ns when it is
 * in the cache and 270 when it is not, a good part of what a pipelined LPUSH or LPOP takes altogether. Here the listpack
 * may begin anywhere in its block, and an edit moves whichever side of it is shorter: at both ends that is nothing but
 * the header. What is written out begins at the gap, so DUMP and RDB see a listpack like any other.
 *
 * Room. A node that grows at an end doubles its block up to the size at which it will be full, so that a list of many
 * nodes wastes at most what is free in the two at its ends; once a neighbour takes over there, the block is cut to fit.
 * The size limits of nodes (4 … 32 KB) are size classes of the arena, so a full node loses nothing. An edit elsewhere
 * takes what it needs. A block of which less than half is used is exchanged.
 *
 * `QuicklistNode` is a lens, as all structures are. `splice` is the one edit that all others are made of.
 */
import { assert } from "../base/assert.ts";
import { copyBytes } from "../base/bytes.ts";
import { INT64_TEXT_BYTES_MAX } from "../base/limits.ts";
import { LzfCompressor, lzfDecompress } from "../base/lzf.ts";
import { Int64, parseInt64 } from "../base/text.ts";
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";
import { SLAB_BYTES_MAX, slabBytes } from "../memory/size-classes.ts";
import type { ListItem } from "./list-item.ts";
import { LISTPACK_EMPTY_BYTES } from "./listpack.ts";
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
import { copyRun } from "./packed-block.ts";
import { expectedNodeBytes } from "./quicklist-limits.ts";

const NODE_BYTES = 32;
const NEXT = 0;
const PREVIOUS = 1;
const BLOCK = 2;
const SIZE = 3;
const COUNT = 4;
const GAP = 5;
const FLAGS = 6;

const FLAG_PLAIN = 1;
const FLAG_COMPRESSED = 2;

/** Shorter content is not worth compressing, nor is a gain below this. Redis has the same two figures. */
const COMPRESS_BYTES_MIN = 48;
const COMPRESS_GAIN_BYTES_MIN = 8;
/** Longer content is left as it is, unlike in Redis: compressing a megabyte would hold the loop for some 10 ms. */
const COMPRESS_BYTES_MAX = 256 * 1024;

/** For `splice`: the block is made to fit. Other values are a list's fill, by which the block grows ahead. */
export const EXACT_FIT = 0;
/** Up to here bytes are moved within an array by a loop, beyond by the engine. */
const MOVE_LOOP_MAX = 24;
/** A block up to this size is kept however little of it is used. */
const SPARE_BLOCK_BYTES = 64;

const NO_WORDS = new Int32Array(0);
const NO_BYTES = new Uint8Array(0);

/** What compression works with, made when it is first needed: a buffer that is grown, kept and reused, and the search. */
export class Scratch {
  #bytes: Uint8Array = NO_BYTES;
  #compressor: LzfCompressor | null = null;

  get compressor(): LzfCompressor {
    this.#compressor ??= new LzfCompressor();
    return this.#compressor;
  }

  /** A buffer of at least this many bytes; the one before is overwritten. */
  reserve(sizeBytes: number): Uint8Array {
    if (sizeBytes > COMPRESS_BYTES_MAX) return new Uint8Array(sizeBytes);
    if (this.#bytes.length < sizeBytes) this.#bytes = new Uint8Array(Math.max(sizeBytes, 2 * this.#bytes.length));
    return this.#bytes;
  }
}

/** A lens over one node. See the essay above. */
export class QuicklistNode {
  handle: Handle = 0;
  readonly #arena: Arena;
  #words: Int32Array = NO_WORDS;
  #at = 0;
  /** The block, as `#locate` found it. */
  #bytes: Uint8Array = NO_BYTES;
  #base = 0;
  /** The element to be written, as `#measure` found it. */
  readonly #integer = new Int64();
  #isInteger = false;
  #encodedBytes = 0;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  attach(handle: Handle): this {
    this.handle = handle;
    this.#words = this.#arena.words[handle >>> SEGMENT_SHIFT];
    this.#at = (handle & SEGMENT_MASK) << 2;
    return this;
  }

  // --- Making -------------------------------------------------------------------------------------------------------

  /** A packed node without elements, whose block comes with the first one. */
  create(): this {
    this.attach(this.#arena.allocate(NODE_BYTES));
    this.#words.fill(0, this.#at, this.#at + NODE_BYTES / 4);
    this.#words[this.#at + SIZE] = LISTPACK_EMPTY_BYTES;
    return this;
  }

  /** A node with one element in a block of its own. */
  createPlain(bytes: Uint8Array, start: number, length: number): this {
    this.create();
    this.setPlain(bytes, start, length);
    return this;
  }

  /** A node of a listpack's block, which is the node's from now on. */
  createFromListpack(block: Handle, count: number): this {
    this.create();
    this.#words[this.#at + BLOCK] = block;
    this.#locate(block);
    this.#words[this.#at + SIZE] = word(this.#bytes, this.#base);
    this.#words[this.#at + COUNT] = count;
    return this;
  }

  /** A node like another one, linked to nothing. Compressed content is copied as it is. */
  createCopy(other: QuicklistNode): this {
    this.create();
    const from = other.#words;
    const fromAt = other.#at;
    for (let field = SIZE; field <= FLAGS; field++) this.#words[this.#at + field] = from[fromAt + field];
    const length = other.isCompressed ? from[fromAt + GAP] : other.sizeBytes;
    const block = this.#arena.allocate(length > 0 ? length : 1);
    this.#words[this.#at + BLOCK] = block;
    if (!other.isCompressed) this.#words[this.#at + GAP] = 0;
    this.#locate(block);
    other.#locate(from[fromAt + BLOCK]);
    const start = other.isCompressed ? other.#base : other.#base + from[fromAt + GAP];
    copyRun(other.#bytes, start, this.#bytes, this.#base, length);
    return this;
  }

  /** Replaces all content by one plain element. */
  setPlain(bytes: Uint8Array, start: number, length: number): void {
    const words = this.#words;
    const at = this.#at;
    const old = words[at + BLOCK];
    const block = this.#arena.allocate(length > 0 ? length : 1);
    words[at + BLOCK] = block;
    words[at + SIZE] = length;
    words[at + COUNT] = 1;
    words[at + GAP] = 0;
    words[at + FLAGS] = FLAG_PLAIN;
    this.#locate(block);
    copyBytes(bytes, start, this.#bytes, this.#base, length);
    if (old !== 0) this.#arena.free(old);
  }

  /** Frees the node and its block. @returns their bytes in the accounting. */
  free(): number {
    const arena = this.#arena;
    const block = this.#words[this.#at + BLOCK];
    let bytes = arena.sizeOf(this.handle);
    if (block !== 0) {
      bytes += arena.sizeOf(block);
      arena.free(block);
    }
    arena.free(this.handle);
    this.handle = 0;
    return bytes;
  }

  /** Frees the node and leaves the block, a listpack that begins where the block does, to the caller. */
  release(): Handle {
    assert(!this.isPlain && !this.isCompressed, "only a listpack is taken out of a node");
    if (this.#words[this.#at + GAP] !== 0) this.#exchange(HEADER_BYTES, 0, 0, this.sizeBytes, EXACT_FIT);
    else this.fit();
    const block = this.#words[this.#at + BLOCK];
    this.#arena.free(this.handle);
    this.handle = 0;
    return block;
  }

  // --- What it is ---------------------------------------------------------------------------------------------------

  get next(): Handle {
    return this.#words[this.#at + NEXT];
  }

  set next(node: Handle) {
    this.#words[this.#at + NEXT] = node;
  }

  get previous(): Handle {
    return this.#words[this.#at + PREVIOUS];
  }

  set previous(node: Handle) {
    this.#words[this.#at + PREVIOUS] = node;
  }

  get count(): number {
    return this.#words[this.#at + COUNT];
  }

  /** Bytes of the listpack or of the plain element, not compressed. */
  get sizeBytes(): number {
    return this.#words[this.#at + SIZE];
  }

  get isPlain(): boolean {
    return (this.#words[this.#at + FLAGS] & FLAG_PLAIN) !== 0;
  }

  get isCompressed(): boolean {
    return (this.#words[this.#at + FLAGS] & FLAG_COMPRESSED) !== 0;
  }

  /** Whether the content is a block beyond the slabs. */
  get isLarge(): boolean {
    return this.#words[this.#at + BLOCK] < 0;
  }

  // --- Reading ------------------------------------------------------------------------------------------------------

  /** Points an item at the content: a listpack or a plain element. Compressed content is unpacked into the scratch. */
  show(into: ListItem, scratch: Scratch): void {
    const words = this.#words;
    const at = this.#at;
    this.#locate(words[at + BLOCK]);
    if ((words[at + FLAGS] & FLAG_COMPRESSED) === 0) {
      into.setBytes(this.#bytes, this.#base + words[at + GAP], words[at + SIZE]);
      return;
    }
    const room = scratch.reserve(words[at + SIZE]);
    this.#unpack(room, 0);
    into.setBytes(room, 0, words[at + SIZE]);
  }

  /** The position behind `count` elements of a listpack that is not compressed. */
  positionAfter(position: number, count: number): number {
    this.#locate(this.#words[this.#at + BLOCK]);
    const bytes = this.#bytes;
    const start = this.#base + this.#words[this.#at + GAP];
    let at = start + position;
    for (let passed = 0; passed < count; passed++) at += elementBytes(bytes, at);
    return at - start;
  }

  /** Points an item at the first element, or the last. Neither is in a compressed node. */
  showEnd(isTail: boolean, into: ListItem): void {
    const words = this.#words;
    const at = this.#at;
    this.#locate(words[at + BLOCK]);
    const size = words[at + SIZE];
    const start = this.#base + words[at + GAP];
    if ((words[at + FLAGS] & FLAG_PLAIN) !== 0) into.setBytes(this.#bytes, start, size);
    else readElement(this.#bytes, isTail ? elementBefore(this.#bytes, start + size - 1) : start + HEADER_BYTES, into);
  }

  // --- Editing ------------------------------------------------------------------------------------------------------
  // Positions are byte offsets in the listpack. The node is packed and not compressed.

  /** @param fill as in `splice`. */
  append(bytes: Uint8Array, start: number, length: number, fill: number): void {
    this.insert(this.#words[this.#at + SIZE] - 1, bytes, start, length, fill);
  }

  /** @param fill as in `splice`. */
  prepend(bytes: Uint8Array, start: number, length: number, fill: number): void {
    this.insert(HEADER_BYTES, bytes, start, length, fill);
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

  removeFirst(): void {
    this.remove(HEADER_BYTES);
  }

  removeLast(): void {
    const words = this.#words;
    const at = this.#at;
    this.#locate(words[at + BLOCK]);
    const end = words[at + SIZE] - 1;
    const start = this.#base + words[at + GAP];
    const position = elementBefore(this.#bytes, start + end) - start;
    this.splice(position, end - position, 0, -1, EXACT_FIT);
  }

  /** Appends elements that stand, encoded, in another node. */
  appendFrom(other: QuicklistNode, from: number, to: number, count: number): void {
    const end = this.sizeBytes - 1;
    this.splice(end, 0, to - from, count, EXACT_FIT);
    this.#locate(this.#words[this.#at + BLOCK]);
    other.#locate(other.#words[other.#at + BLOCK]);
    const source = other.#base + other.#words[other.#at + GAP] + from;
    copyRun(other.#bytes, source, this.#bytes, this.#base + this.#words[this.#at + GAP] + end, to - from);
  }

  /**
   * Gives a stretch of the listpack another length, and the listpack another count. What is inserted is for the caller
   * to write.
   * @param fill the list's fill when the node is to grow further, EXACT_FIT when not.
   */
  splice(position: number, removedBytes: number, insertedBytes: number, countChange: number, fill: number): void {
    const words = this.#words;
    const at = this.#at;
    const block = words[at + BLOCK];
    const oldSize = words[at + SIZE];
    const size = oldSize + insertedBytes - removedBytes;
    const count = words[at + COUNT] + countChange;
    const room = block === 0 ? 0 : this.#roomOf(block);
    const isWasteful = size * 2 < room && size < oldSize && room > SPARE_BLOCK_BYTES;
    if (size > room || isWasteful || (block < 0 && this.#arena.isPinned(block))) {
      this.#exchange(position, removedBytes, insertedBytes, expectedNodeBytes(size, count, fill), fill);
    } else {
      this.#locate(block);
      if (size !== oldSize) this.#slide(position, removedBytes, insertedBytes, room);
    }
    words[at + SIZE] = size;
    words[at + COUNT] = count;
    const start = this.#base + words[at + GAP];
    writeWord(this.#bytes, start, size);
    const stated = count < COUNT_UNKNOWN ? count : COUNT_UNKNOWN;
    this.#bytes[start + 4] = stated;
    this.#bytes[start + 5] = stated >> 8;
  }

  /** Cuts the block to what the listpack needs. */
  fit(): void {
    const block = this.#words[this.#at + BLOCK];
    const size = this.#words[this.#at + SIZE];
    const flags = this.#words[this.#at + FLAGS];
    if (flags !== 0) return;
    const room = this.#roomOf(block);
    // Between two large blocks a sixteenth is not worth the copy.
    const needed = size <= SLAB_BYTES_MAX ? slabBytes(size) : size + (size >>> 4);
    if (needed < room) this.#exchange(HEADER_BYTES, 0, 0, size, EXACT_FIT);
  }

  // --- Compression --------------------------------------------------------------------------------------------------

  /** Compresses the content, if that is worth it. */
  compress(scratch: Scratch): void {
    const words = this.#words;
    const at = this.#at;
    const size = words[at + SIZE];
    if ((words[at + FLAGS] & FLAG_COMPRESSED) !== 0) return;
    if (size < COMPRESS_BYTES_MIN || size > COMPRESS_BYTES_MAX) return;
    const block = words[at + BLOCK];
    this.#locate(block);
    const room = scratch.reserve(size);
    const start = this.#base + words[at + GAP];
    const length = scratch.compressor.compress(this.#bytes, start, size, room, 0, size - COMPRESS_GAIN_BYTES_MIN - 1);
    if (length === 0) return;
    const compressed = this.#arena.allocate(length);
    this.#locate(compressed);
    copyBytes(room, 0, this.#bytes, this.#base, length);
    this.#arena.free(block);
    words[at + BLOCK] = compressed;
    words[at + GAP] = length;
    words[at + FLAGS] |= FLAG_COMPRESSED;
  }

  decompress(): void {
    const words = this.#words;
    const at = this.#at;
    if ((words[at + FLAGS] & FLAG_COMPRESSED) === 0) return;
    const block = words[at + BLOCK];
    const raw = this.#arena.allocate(words[at + SIZE]);
    this.#locate(raw);
    const bytes = this.#bytes;
    const base = this.#base;
    this.#locate(block);
    this.#unpack(bytes, base);
    this.#arena.free(block);
    words[at + BLOCK] = raw;
    words[at + GAP] = 0;
    words[at + FLAGS] &= ~FLAG_COMPRESSED;
  }

  // --- Inside -------------------------------------------------------------------------------------------------------

  #locate(block: Handle): void {
    if (block < 0) {
      this.#bytes = this.#arena.largeBytes(block);
      this.#base = 0;
    } else {
      this.#bytes = this.#arena.bytes[block >>> SEGMENT_SHIFT];
      this.#base = (block & SEGMENT_MASK) << 4;
    }
  }

  #roomOf(block: Handle): number {
    return block < 0 ? this.#arena.largeBytes(block).length : this.#arena.sizeOf(block);
  }

  /** Unpacks the located, compressed block. */
  #unpack(into: Uint8Array, intoStart: number): void {
    const size = this.#words[this.#at + SIZE];
    const length = this.#words[this.#at + GAP];
    const unpacked = lzfDecompress(this.#bytes, this.#base, length, into, intoStart, size);
    assert(unpacked === size, "a node's content has the length that the node says");
  }

  #bytesAt(position: number): number {
    this.#locate(this.#words[this.#at + BLOCK]);
    return elementBytes(this.#bytes, this.#base + this.#words[this.#at + GAP] + position);
  }

  #measure(bytes: Uint8Array, start: number, length: number): void {
    const integer = this.#integer;
    this.#isInteger = length <= INT64_TEXT_BYTES_MAX && parseInt64(bytes, start, length, integer);
    this.#encodedBytes = this.#isInteger ? integerEncodedBytes(integer.hi, integer.lo) : stringEncodedBytes(length);
  }

  /** Writes the measured element. */
  #write(position: number, bytes: Uint8Array, start: number, length: number): void {
    const into = this.#bytes;
    const at = this.#base + this.#words[this.#at + GAP] + position;
    const integer = this.#integer;
    const end = this.#isInteger
      ? writeInteger(into, at, integer.hi, integer.lo, this.#encodedBytes)
      : writeString(into, at, bytes, start, length);
    writeBackLength(into, end, this.#encodedBytes);
  }

  /** `splice` within the block. Moves the shorter side, or both to the middle when there is no room on that side. */
  #slide(position: number, removedBytes: number, insertedBytes: number, room: number): void {
    const words = this.#words;
    const at = this.#at;
    const gap = words[at + GAP];
    const oldSize = words[at + SIZE];
    const change = insertedBytes - removedBytes;
    const frontBytes = position - HEADER_BYTES;
    const backBytes = oldSize - position - removedBytes;
    let newGap = gap;
    if (frontBytes < backBytes) newGap = gap >= change ? gap - change : (room - oldSize - change) >> 1;
    else if (gap + oldSize + change > room) newGap = (room - oldSize - change) >> 1;
    const front = this.#base + gap + HEADER_BYTES;
    const back = this.#base + gap + position + removedBytes;
    const frontShift = newGap - gap;
    const backShift = frontShift + change;
    if (frontShift <= 0) moveRun(this.#bytes, front, front + frontShift, frontBytes);
    moveRun(this.#bytes, back, back + backShift, backBytes);
    if (frontShift > 0) moveRun(this.#bytes, front, front + frontShift, frontBytes);
    words[at + GAP] = newGap;
  }

  /** `splice` into another block. All room is on the side of the edit when the node is to grow. */
  #exchange(position: number, removedBytes: number, insertedBytes: number, roomBytes: number, fill: number): void {
    const arena = this.#arena;
    const words = this.#words;
    const at = this.#at;
    const old = words[at + BLOCK];
    const oldSize = words[at + SIZE];
    const size = oldSize + insertedBytes - removedBytes;
    const frontBytes = position - HEADER_BYTES;
    const backBytes = oldSize - position - removedBytes;
    const block = arena.allocate(roomBytes);
    const gap = fill !== EXACT_FIT && frontBytes < backBytes ? this.#roomOf(block) - size : 0;
    this.#locate(old);
    const from = this.#bytes;
    const start = this.#base + words[at + GAP];
    this.#locate(block);
    const to = this.#base + gap;
    if (old === 0) {
      this.#bytes[to + size - 1] = END;
    } else {
      copyRun(from, start, this.#bytes, to, position);
      copyRun(from, start + position + removedBytes, this.#bytes, to + position + insertedBytes, backBytes);
      arena.free(old);
    }
    words[at + BLOCK] = block;
    words[at + GAP] = gap;
  }
}

/** Points an item at the listpack element at a place in an array. */
export function readElement(bytes: Uint8Array, at: number, into: ListItem): void {
  const lead = bytes[at];
  if (isIntegerLead(lead)) into.setInteger(integerHigh(bytes, at), integerLow(bytes, at));
  else into.setBytes(bytes, at + leadBytes(lead), stringLength(bytes, at));
}

/** Moves bytes within an array; the runs may overlap. */
function moveRun(bytes: Uint8Array, start: number, to: number, length: number): void {
  if (length > MOVE_LOOP_MAX) {
    if (start !== to) bytes.copyWithin(to, start, start + length);
  } else if (to < start) {
    for (let i = 0; i < length; i++) bytes[to + i] = bytes[start + i];
  } else {
    for (let i = length - 1; i >= 0; i--) bytes[to + i] = bytes[start + i];
  }
}

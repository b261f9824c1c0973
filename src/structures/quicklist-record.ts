/**
 * One node of a quicklist: 32 bytes that say where its elements stand.
 *
 *     next i32 │ previous i32 │ block i32 │ bytes i32 │ count i32 │ gap i32 │ flags i32 │ room i32
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
 * Flags: two bits, and in bits 8–15 the epoch that a snapshot goes by (`part-guards.ts`).
 *
 * `NodeRecord` is a lens, as all structures are: here is what a node is, and `quicklist-node.ts` edits its listpack.
 */
import { assert } from "../base/assert.ts";
import { copyBytes } from "../base/bytes.ts";
import { LzfCompressor, lzfDecompress } from "../base/lzf.ts";
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT, SLAB_BLOCKS_PER_LARGE } from "../memory/arena.ts";
import type { ListItem } from "./list-item.ts";
import { LISTPACK_EMPTY_BYTES } from "./listpack.ts";
import {
  elementBefore,
  elementBytes,
  HEADER_BYTES,
  integerHigh,
  integerLow,
  isIntegerLead,
  leadBytes,
  stringLength,
  word,
} from "./listpack-encoding.ts";
import { copyRun } from "./packed-block.ts";
import type { NodeGuard } from "./part-guards.ts";

const NODE_BYTES = 32;
export const NEXT = 0;
const PREVIOUS = 1;
export const BLOCK = 2;
export const SIZE = 3;
export const COUNT = 4;
export const GAP = 5;
export const FLAGS = 6;
/** Bytes of the block: what the arena says, kept here as every edit asks for it. */
export const ROOM = 7;

const FLAG_PLAIN = 1;
const FLAG_COMPRESSED = 2;
/** What the content is. */
export const CONTENT_FLAGS = 3;
const EPOCH_SHIFT = 8;

/** Shorter content is not worth compressing, nor is a gain below this. Redis has the same two figures. */
const COMPRESS_BYTES_MIN = 48;
const COMPRESS_GAIN_BYTES_MIN = 8;
/** Longer content is left as it is, unlike in Redis: compressing a megabyte would hold the loop for some 10 ms. */
const COMPRESS_BYTES_MAX = 256 * 1024;

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

/** A lens over one node; linking it is the business of its chain. */
export class NodeRecord {
  handle: Handle = 0;
  /** Set for the length of a change of nodes that a snapshot still needs. */
  guard: NodeGuard | null = null;
  protected readonly arena: Arena;
  protected words: Int32Array = NO_WORDS;
  protected at = 0;
  /** The block, as `locate` found it. */
  protected bytes: Uint8Array = NO_BYTES;
  protected base = 0;

  constructor(arena: Arena) {
    this.arena = arena;
  }

  attach(handle: Handle): this {
    this.handle = handle;
    this.words = this.arena.words[handle >>> SEGMENT_SHIFT];
    this.at = (handle & SEGMENT_MASK) << 2;
    return this;
  }

  // --- Making -------------------------------------------------------------------------------------------------------

  /** A packed node without elements, whose block comes with the first one. */
  create(): this {
    this.attach(this.arena.allocate(NODE_BYTES));
    this.words.fill(0, this.at, this.at + NODE_BYTES / 4);
    this.words[this.at + SIZE] = LISTPACK_EMPTY_BYTES;
    if (this.guard !== null) this.epoch = this.guard.epoch;
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
    this.setBlock(block, 0);
    this.locate(block);
    this.words[this.at + SIZE] = word(this.bytes, this.base);
    this.words[this.at + COUNT] = count;
    return this;
  }

  /** A node like another one, linked to nothing. Compressed content is copied as it is. */
  createCopy(other: NodeRecord): this {
    this.create();
    const from = other.words;
    const fromAt = other.at;
    for (let field = SIZE; field < FLAGS; field++) this.words[this.at + field] = from[fromAt + field];
    this.words[this.at + FLAGS] |= from[fromAt + FLAGS] & CONTENT_FLAGS;
    const length = other.isCompressed ? from[fromAt + GAP] : other.sizeBytes;
    const block = this.arena.allocate(length > 0 ? length : 1);
    this.setBlock(block, other.isCompressed ? length : 0);
    this.locate(block);
    other.locate(from[fromAt + BLOCK]);
    const start = other.isCompressed ? other.base : other.base + from[fromAt + GAP];
    copyRun(other.bytes, start, this.bytes, this.base, length);
    return this;
  }

  /** Replaces all content by one plain element. */
  setPlain(bytes: Uint8Array, start: number, length: number): void {
    this.guard?.changeNode(this.handle);
    const words = this.words;
    const at = this.at;
    const old = words[at + BLOCK];
    const block = this.arena.allocate(length > 0 ? length : 1);
    this.setBlock(block, 0);
    words[at + SIZE] = length;
    words[at + COUNT] = 1;
    words[at + FLAGS] = (words[at + FLAGS] & ~CONTENT_FLAGS) | FLAG_PLAIN;
    this.locate(block);
    copyBytes(bytes, start, this.bytes, this.base, length);
    if (old !== 0) this.arena.free(old);
  }

  /** Frees the node and its block. @returns their bytes in the accounting. */
  free(): number {
    const arena = this.arena;
    const block = this.words[this.at + BLOCK];
    let bytes = arena.sizeOf(this.handle);
    if (block !== 0) {
      bytes += arena.sizeOf(block);
      arena.free(block);
    }
    arena.free(this.handle);
    this.handle = 0;
    return bytes;
  }

  // --- What it is ---------------------------------------------------------------------------------------------------

  get next(): Handle {
    return this.words[this.at + NEXT];
  }

  set next(node: Handle) {
    this.words[this.at + NEXT] = node;
  }

  get previous(): Handle {
    return this.words[this.at + PREVIOUS];
  }

  set previous(node: Handle) {
    this.words[this.at + PREVIOUS] = node;
  }

  get count(): number {
    return this.words[this.at + COUNT];
  }

  /** Bytes of the listpack or of the plain element, not compressed. */
  get sizeBytes(): number {
    return this.words[this.at + SIZE];
  }

  /** See `part-guards.ts`. */
  get epoch(): number {
    return this.words[this.at + FLAGS] >>> EPOCH_SHIFT;
  }

  set epoch(epoch: number) {
    this.words[this.at + FLAGS] = (this.words[this.at + FLAGS] & CONTENT_FLAGS) | (epoch << EPOCH_SHIFT);
  }

  /** Bytes of the node with its block in the accounting. */
  get ownBytes(): number {
    const block = this.words[this.at + BLOCK];
    return this.arena.sizeOf(this.handle) + (block === 0 ? 0 : this.arena.sizeOf(block));
  }

  /** What it takes to free it, in blocks of a slab. */
  get freeingSteps(): number {
    return this.isLarge ? SLAB_BLOCKS_PER_LARGE : 2;
  }

  /** Where the content stands. */
  get block(): Handle {
    return this.words[this.at + BLOCK];
  }

  get isPlain(): boolean {
    return (this.words[this.at + FLAGS] & FLAG_PLAIN) !== 0;
  }

  get isCompressed(): boolean {
    return (this.words[this.at + FLAGS] & FLAG_COMPRESSED) !== 0;
  }

  /** Whether the content is a block beyond the slabs. */
  get isLarge(): boolean {
    return this.block < 0;
  }

  // --- Reading ------------------------------------------------------------------------------------------------------

  /** Points an item at the content: a listpack or a plain element. Compressed content is unpacked into the scratch. */
  show(into: ListItem, scratch: Scratch): void {
    const words = this.words;
    const at = this.at;
    this.locate(words[at + BLOCK]);
    if ((words[at + FLAGS] & FLAG_COMPRESSED) === 0) {
      into.setBytes(this.bytes, this.base + words[at + GAP], words[at + SIZE]);
      return;
    }
    const room = scratch.reserve(words[at + SIZE]);
    this.#unpack(room, 0);
    into.setBytes(room, 0, words[at + SIZE]);
  }

  /** The position behind `count` elements of a listpack that is not compressed. */
  positionAfter(position: number, count: number): number {
    this.locate(this.words[this.at + BLOCK]);
    const bytes = this.bytes;
    const start = this.base + this.words[this.at + GAP];
    let at = start + position;
    for (let passed = 0; passed < count; passed++) at += elementBytes(bytes, at);
    return at - start;
  }

  /** Points an item at the first element, or the last. Neither is in a compressed node. */
  showEnd(isTail: boolean, into: ListItem): void {
    const words = this.words;
    const at = this.at;
    this.locate(words[at + BLOCK]);
    const size = words[at + SIZE];
    const start = this.base + words[at + GAP];
    if ((words[at + FLAGS] & FLAG_PLAIN) !== 0) into.setBytes(this.bytes, start, size);
    else readElement(this.bytes, isTail ? elementBefore(this.bytes, start + size - 1) : start + HEADER_BYTES, into);
  }

  // --- Compression --------------------------------------------------------------------------------------------------

  /** Compresses the content, if that is worth it. */
  compress(scratch: Scratch): void {
    const words = this.words;
    const at = this.at;
    const size = words[at + SIZE];
    if ((words[at + FLAGS] & FLAG_COMPRESSED) !== 0) return;
    if (size < COMPRESS_BYTES_MIN || size > COMPRESS_BYTES_MAX) return;
    const block = words[at + BLOCK];
    this.locate(block);
    const room = scratch.reserve(size);
    const start = this.base + words[at + GAP];
    const length = scratch.compressor.compress(this.bytes, start, size, room, 0, size - COMPRESS_GAIN_BYTES_MIN - 1);
    if (length === 0) return;
    const compressed = this.arena.allocate(length);
    this.locate(compressed);
    copyBytes(room, 0, this.bytes, this.base, length);
    this.arena.free(block);
    this.setBlock(compressed, length);
    words[at + FLAGS] |= FLAG_COMPRESSED;
  }

  decompress(): void {
    const words = this.words;
    const at = this.at;
    if ((words[at + FLAGS] & FLAG_COMPRESSED) === 0) return;
    const block = words[at + BLOCK];
    const raw = this.arena.allocate(words[at + SIZE]);
    this.locate(raw);
    const bytes = this.bytes;
    const base = this.base;
    this.locate(block);
    this.#unpack(bytes, base);
    this.arena.free(block);
    this.setBlock(raw, 0);
    words[at + FLAGS] &= ~FLAG_COMPRESSED;
  }

  // --- Inside -------------------------------------------------------------------------------------------------------

  protected locate(block: Handle): void {
    if (block < 0) {
      this.bytes = this.arena.largeBytes(block);
      this.base = 0;
    } else {
      this.bytes = this.arena.bytes[block >>> SEGMENT_SHIFT];
      this.base = (block & SEGMENT_MASK) << 4;
    }
  }

  protected setBlock(block: Handle, gap: number): void {
    this.words[this.at + BLOCK] = block;
    this.words[this.at + GAP] = gap;
    this.words[this.at + ROOM] = this.roomOf(block);
  }

  protected roomOf(block: Handle): number {
    return block < 0 ? this.arena.largeBytes(block).length : this.arena.sizeOf(block);
  }

  /** Unpacks the located, compressed block. */
  #unpack(into: Uint8Array, intoStart: number): void {
    const size = this.words[this.at + SIZE];
    const length = this.words[this.at + GAP];
    const unpacked = lzfDecompress(this.bytes, this.base, length, into, intoStart, size);
    assert(unpacked === size, "a node's content has the length that the node says");
  }
}

/** Points an item at the listpack element at a place in an array. */
export function readElement(bytes: Uint8Array, at: number, into: ListItem): void {
  const lead = bytes[at];
  if (isIntegerLead(lead)) into.setInteger(integerHigh(bytes, at), integerLow(bytes, at));
  else into.setBytes(bytes, at + leadBytes(lead), stringLength(bytes, at));
}

/**
 * The segments of a table and the directory that names them: the root that both hang below, the records of segments, a
 * directory that doubles and is halved. `table.ts` has the essay; entries are put into segments by `table-shape.ts`.
 */
import { assert } from "../base/assert.ts";
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";
import type { HandleList } from "./handle-list.ts";
import {
  BUCKET_WORDS,
  blockAt,
  DEPTH_MAX,
  DIRECTORY_ENTRY_BYTES,
  FIRST_HANDLE_WORD,
  RECORD_COUNT,
  RECORD_DEPTH,
  RECORD_HANDLE,
  RECORD_PREFIX,
  ROOT_COUNT,
  ROOT_DEEPEST,
  ROOT_DEPTH,
  ROOT_DIRECTORY,
  ROOT_RECORDS,
  ROOT_SEGMENTS,
  ROOT_SHAPE,
  ROOT_SINGLE,
  SEGMENT_LOG2,
  SEGMENT_RECORD_BYTES,
  SEGMENT_RECORD_WORDS,
  SEGMENT_SLOTS,
  shapeOf,
  zero,
} from "./table-layout.ts";

const EMPTY: Int32Array = new Int32Array(0);

/** A lens over a table's root, as far as segments go. */
export class TableSegments {
  root: Handle = 0;
  protected readonly arena: Arena;
  /** How many there are, as the root says it. */
  protected entries = 0;
  /** Bits of the hash that the directory takes; 0 with a single segment and no directory. */
  protected depth = 0;
  /** Of every segment: log2 of its buckets, and fingerprint words (of four slots) per bucket. */
  protected log2 = 0;
  protected printWords = 1;
  /** The only segment, while there is no directory. */
  protected single: Handle = 0;
  protected directory: Int32Array = EMPTY;
  protected directoryAt = 0;

  constructor(arena: Arena) {
    this.arena = arena;
  }

  get count(): number {
    return this.entries;
  }

  /** Number of slots, taken or not. */
  get capacity(): number {
    if (this.depth > 0) return this.rootWord(ROOT_SEGMENTS) * SEGMENT_SLOTS;
    return (1 << this.log2) * this.printWords * 4;
  }

  /** Bytes of root, directory and segments in the accounting; entries are not in it. O(1). */
  get blockBytes(): number {
    const arena = this.arena;
    if (this.depth === 0) return arena.sizeOf(this.root) + arena.sizeOf(this.single);
    const segments = this.rootWord(ROOT_SEGMENTS);
    const beside = arena.sizeOf(this.rootWord(ROOT_DIRECTORY)) + arena.sizeOf(this.rootWord(ROOT_RECORDS));
    return arena.sizeOf(this.root) + beside + segments * arena.sizeOf(this.record(0, RECORD_HANDLE));
  }

  /** Turns the lens to another table. */
  attach(root: Handle): void {
    this.root = root;
    const words = this.arena.words[root >>> SEGMENT_SHIFT];
    const at = (root & SEGMENT_MASK) << 2;
    this.entries = words[at + ROOT_COUNT];
    this.depth = words[at + ROOT_DEPTH];
    const shape = words[at + ROOT_SHAPE];
    this.log2 = shape >> 2;
    this.printWords = shape & 3;
    this.single = words[at + ROOT_SINGLE];
    if (this.depth > 0) this.attachDirectory(words[at + ROOT_DIRECTORY]);
    else this.directory = EMPTY;
  }

  // ---- the directory ---------------------------------------------------------------------------------------------

  protected directorySlot(hi: number): number {
    return this.directoryAt + ((hi >>> (32 - this.depth)) << 1);
  }

  protected attachDirectory(block: Handle): void {
    this.directory = this.#blockWords(block);
    this.directoryAt = blockAt(block);
    this.log2 = SEGMENT_LOG2;
    this.printWords = 3;
  }

  protected doubleDirectory(): void {
    const depth = this.depth;
    assert(depth < DEPTH_MAX, "the directory is bounded");
    const from = this.directory;
    const fromAt = this.directoryAt;
    const oldBlock = this.rootWord(ROOT_DIRECTORY);
    const block = this.arena.allocate(DIRECTORY_ENTRY_BYTES << (depth + 1));
    this.attachDirectory(block);
    for (let slot = 0; slot < 1 << depth; slot++) {
      const to = this.directoryAt + slot * 4;
      this.directory[to] = this.directory[to + 2] = from[fromAt + slot * 2];
      this.directory[to + 1] = this.directory[to + 3] = from[fromAt + slot * 2 + 1];
    }
    this.arena.free(oldBlock);
    this.setRootWord(ROOT_DIRECTORY, block);
    this.setRootWord(ROOT_DEEPEST, 0);
    this.setDepth(depth + 1);
  }

  protected halveDirectory(): void {
    const depth = this.depth - 1;
    if (depth === 0) {
      this.setDepth(0);
      this.#becomeSingle();
      return;
    }
    const from = this.directory;
    const fromAt = this.directoryAt;
    const oldBlock = this.rootWord(ROOT_DIRECTORY);
    const block = this.arena.allocate(DIRECTORY_ENTRY_BYTES << depth);
    this.attachDirectory(block);
    for (let slot = 0; slot < 1 << depth; slot++) {
      this.directory[this.directoryAt + slot * 2] = from[fromAt + slot * 4];
      this.directory[this.directoryAt + slot * 2 + 1] = from[fromAt + slot * 4 + 1];
    }
    this.arena.free(oldBlock);
    this.setRootWord(ROOT_DIRECTORY, block);
    this.setDepth(depth);
    let deepest = 0;
    for (let id = 0; id < this.segmentCount(); id++) {
      if (this.record(id, RECORD_DEPTH) === depth) deepest++;
    }
    this.setRootWord(ROOT_DEEPEST, deepest);
  }

  /** Back from many segments to one. */
  #becomeSingle(): void {
    const arena = this.arena;
    this.single = this.record(0, RECORD_HANDLE);
    arena.free(this.rootWord(ROOT_DIRECTORY));
    arena.free(this.rootWord(ROOT_RECORDS));
    this.directory = EMPTY;
    this.setRootWord(ROOT_SINGLE, this.single);
    this.setRootWord(ROOT_SHAPE, shapeOf(SEGMENT_LOG2, 3));
  }

  // ---- records of segments ---------------------------------------------------------------------------------------

  protected segmentCount(): number {
    return this.depth > 0 ? this.rootWord(ROOT_SEGMENTS) : 1;
  }

  protected segmentHandle(id: number): Handle {
    return this.depth > 0 ? this.record(id, RECORD_HANDLE) : this.single;
  }

  protected record(id: number, field: number): number {
    const block = this.rootWord(ROOT_RECORDS);
    return this.#blockWords(block)[blockAt(block) + id * SEGMENT_RECORD_WORDS + field];
  }

  protected addToRecord(id: number, change: number): void {
    const block = this.rootWord(ROOT_RECORDS);
    this.#blockWords(block)[blockAt(block) + id * SEGMENT_RECORD_WORDS + RECORD_COUNT] += change;
  }

  /** Writes a segment's record and the directory slots that are its own. */
  protected writeRecord(id: number, segment: Handle, depth: number, count: number, prefix: number): void {
    const block = this.rootWord(ROOT_RECORDS);
    const words = this.#blockWords(block);
    const at = blockAt(block) + id * SEGMENT_RECORD_WORDS;
    words[at + RECORD_HANDLE] = segment;
    words[at + RECORD_DEPTH] = depth;
    words[at + RECORD_COUNT] = count;
    words[at + RECORD_PREFIX] = prefix;
    const span = 1 << (this.depth - depth);
    const first = this.directoryAt + prefix * span * 2;
    for (let slot = first; slot < first + span * 2; slot += 2) {
      this.directory[slot] = segment;
      this.directory[slot + 1] = (id << 5) | depth;
    }
  }

  /** Makes room for one more record. @returns its id. */
  protected addRecord(): number {
    const id = this.rootWord(ROOT_SEGMENTS);
    const block = this.rootWord(ROOT_RECORDS);
    const bytes = id * SEGMENT_RECORD_BYTES;
    // Powers of two: the block is full exactly when the number of records is one.
    if (id >= 4 && (id & (id - 1)) === 0) {
      const wider = this.arena.allocate(bytes * 2);
      this.#blockWords(wider).set(
        this.#blockWords(block).subarray(blockAt(block), blockAt(block) + (bytes >> 2)),
        blockAt(wider),
      );
      this.arena.free(block);
      this.setRootWord(ROOT_RECORDS, wider);
    }
    this.setRootWord(ROOT_SEGMENTS, id + 1);
    return id;
  }

  /** Removes a record by moving the last one into its place. */
  protected dropRecord(id: number): void {
    const last = this.rootWord(ROOT_SEGMENTS) - 1;
    this.setRootWord(ROOT_SEGMENTS, last);
    if (id === last) return;
    this.writeRecord(
      id,
      this.record(last, RECORD_HANDLE),
      this.record(last, RECORD_DEPTH),
      this.record(last, RECORD_COUNT),
      this.record(last, RECORD_PREFIX),
    );
  }

  protected emitSegment(segment: Handle, into: HandleList): void {
    const words = this.arena.words[segment >>> SEGMENT_SHIFT];
    const base = (segment & SEGMENT_MASK) << 2;
    for (let bucket = 0; bucket < 1 << this.log2; bucket++) {
      for (let slot = 0; slot < this.printWords * 4; slot++) {
        const entry = words[base + bucket * BUCKET_WORDS + FIRST_HANDLE_WORD + slot];
        if (entry !== 0) into.push(entry);
      }
    }
  }

  // ---- root and blocks ---------------------------------------------------------------------------------------------

  protected rootWord(field: number): number {
    return this.arena.words[this.root >>> SEGMENT_SHIFT][((this.root & SEGMENT_MASK) << 2) + field];
  }

  protected setRootWord(field: number, value: number): void {
    this.arena.words[this.root >>> SEGMENT_SHIFT][((this.root & SEGMENT_MASK) << 2) + field] = value;
  }

  protected setCount(count: number): void {
    this.entries = count;
    this.setRootWord(ROOT_COUNT, count);
  }

  protected setDepth(depth: number): void {
    this.depth = depth;
    this.setRootWord(ROOT_DEPTH, depth);
  }

  #blockWords(block: Handle): Int32Array {
    return block < 0 ? this.arena.largeWords(block) : this.arena.words[block >>> SEGMENT_SHIFT];
  }

  protected newBlock(words: number): Handle {
    const block = this.arena.allocate(words << 2);
    zero(this.arena, block, words);
    return block;
  }
}

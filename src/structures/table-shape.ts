/**
 * How a table grows and shrinks: entries are placed, the single segment takes other shapes, segments are split and
 * joined. `table.ts` has the essay.
 */
import { assert } from "../base/assert.ts";
import type { KeyedHash } from "../base/keyed-hash.ts";
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";
import { keySpan, Span, shortKeyLength, shortKeyStart } from "./entry.ts";
import { HandleList } from "./handle-list.ts";
import {
  BUCKET_WORDS,
  DEPTH_MAX,
  DIRECTORY_ENTRY_BYTES,
  DISPLACEMENT_MAX,
  FIRST_HANDLE_WORD,
  MERGE_SLOTS_MAX,
  META_WORD,
  OVERFLOW_ONE,
  PRINT_MASK,
  printAt,
  RECORD_COUNT,
  RECORD_DEPTH,
  RECORD_HANDLE,
  RECORD_PREFIX,
  ROOT_DEEPEST,
  ROOT_DIRECTORY,
  ROOT_RECORDS,
  ROOT_SEGMENTS,
  ROOT_SHAPE,
  ROOT_SINGLE,
  SEGMENT_BUCKETS,
  SEGMENT_LOG2,
  SEGMENT_RECORD_BYTES,
  SLOTS_PER_BUCKET,
  shapeOf,
  zeroBytes,
} from "./table-layout.ts";
import { TableSegments } from "./table-segments.ts";

/** The lens with what changes a table's shape. */
export class TableShape extends TableSegments {
  protected readonly hash: KeyedHash;
  /** Hash of the key last looked for, or of the entry last placed. */
  protected hi = 0;
  protected lo = 0;
  protected readonly span: Span = new Span();
  /** What reading ahead has read, kept so that no compiler finds the reads useless. */
  protected warmSum = 0;

  constructor(arena: Arena, hash: KeyedHash) {
    super(arena);
    this.hash = hash;
  }

  // ---- placing ---------------------------------------------------------------------------------------------------

  /** Puts an entry into the table, which grows until it has room for it. */
  protected placeOrGrow(entry: Handle, hi: number, lo: number): void {
    for (let tries = 0; !this.#place(entry, hi, lo); tries++) {
      assert(tries <= DEPTH_MAX, "splitting makes room");
      if (this.depth > 0) this.#split(this.directory[this.directorySlot(hi) + 1] >>> 5);
      else if (this.printWords < 3) this.resizeSingle(0, this.printWords + 1);
      else if (this.log2 < SEGMENT_LOG2) this.resizeSingle(this.log2 + 1, 3);
      else this.#splitSingle();
    }
  }

  #place(entry: Handle, hi: number, lo: number): boolean {
    const print = lo & PRINT_MASK || 1;
    if (this.depth === 0) {
      return this.#placeInto(this.single, this.log2, (hi >>> 1) >>> (31 - this.log2), print, entry);
    }
    const slot = this.directorySlot(hi);
    const idAndDepth = this.directory[slot + 1];
    const home = (hi << (idAndDepth & 31)) >>> (32 - SEGMENT_LOG2);
    if (!this.#placeInto(this.directory[slot], SEGMENT_LOG2, home, print, entry)) return false;
    this.addToRecord(idAndDepth >>> 5, 1);
    return true;
  }

  /** Puts an entry into the first empty slot of the window of its home. @returns false when the window is full. */
  #placeInto(segment: Handle, log2: number, home: number, print: number, entry: Handle): boolean {
    const words = this.arena.words[segment >>> SEGMENT_SHIFT];
    const base = (segment & SEGMENT_MASK) << 2;
    const mask = (1 << log2) - 1;
    const last = Math.min(DISPLACEMENT_MAX, mask);
    for (let distance = 0; distance <= last; distance++) {
      const bucket = base + ((home + distance) & mask) * BUCKET_WORDS;
      for (let group = 0; group < this.printWords; group++) {
        const empty = zeroBytes(words[bucket + group]);
        if (empty === 0) continue;
        const byte = (31 - Math.clz32(empty & -empty)) >>> 3;
        const slot = (group << 2) + byte;
        words[bucket + group] |= print << (byte << 3);
        words[bucket + FIRST_HANDLE_WORD + slot] = entry;
        if (distance > 0) {
          words[bucket + META_WORD] |= distance << (slot << 1);
          words[base + home * BUCKET_WORDS + META_WORD] += OVERFLOW_ONE;
        }
        return true;
      }
    }
    return false;
  }

  /** Hashes and places entries that are counted already. */
  #placeAll(entries: HandleList): void {
    for (let index = 0; index < entries.length; index++) {
      const entry = entries.items[index];
      this.hashEntry(entry);
      this.placeOrGrow(entry, this.hi, this.lo);
    }
  }

  // ---- one segment -----------------------------------------------------------------------------------------------

  /** Moves the only segment's entries into one of another shape. */
  protected resizeSingle(log2: number, printWords: number): void {
    const old = this.single;
    const entries = new HandleList();
    this.emitSegment(old, entries);
    const words = printWords === 3 ? BUCKET_WORDS << log2 : FIRST_HANDLE_WORD + printWords * 4;
    this.log2 = log2;
    this.printWords = printWords;
    this.single = this.newBlock(words);
    this.setRootWord(ROOT_SHAPE, shapeOf(log2, printWords));
    this.setRootWord(ROOT_SINGLE, this.single);
    this.arena.free(old);
    this.#placeAll(entries);
  }

  /** The step from one segment to many: a directory of two slots, then an ordinary split. */
  #splitSingle(): void {
    const records = this.arena.allocate(SEGMENT_RECORD_BYTES * 4);
    const directory = this.arena.allocate(DIRECTORY_ENTRY_BYTES * 2);
    this.setRootWord(ROOT_RECORDS, records);
    this.setRootWord(ROOT_SEGMENTS, 1);
    this.setRootWord(ROOT_DEEPEST, 0);
    this.setRootWord(ROOT_DIRECTORY, directory);
    this.setDepth(1);
    this.attachDirectory(directory);
    this.writeRecord(0, this.single, 0, 0, 0);
    this.single = 0;
    this.#split(0);
  }

  // ---- many segments ---------------------------------------------------------------------------------------------

  /** Splits a segment by its next hash bit. */
  #split(id: number): void {
    const depth = this.record(id, RECORD_DEPTH);
    if (depth === this.depth) this.doubleDirectory();
    const old = this.record(id, RECORD_HANDLE);
    const prefix = this.record(id, RECORD_PREFIX) * 2;
    const lower = this.newBlock(BUCKET_WORDS * SEGMENT_BUCKETS);
    const upper = this.newBlock(BUCKET_WORDS * SEGMENT_BUCKETS);
    const words = this.arena.words[old >>> SEGMENT_SHIFT];
    const base = (old & SEGMENT_MASK) << 2;
    this.#warmEntries(words, base);
    const stragglers = new HandleList();
    let lowerCount = 0;
    let upperCount = 0;
    for (let bucket = base; bucket < base + BUCKET_WORDS * SEGMENT_BUCKETS; bucket += BUCKET_WORDS) {
      for (let slot = 0; slot < SLOTS_PER_BUCKET; slot++) {
        const entry = words[bucket + FIRST_HANDLE_WORD + slot];
        if (entry === 0) continue;
        const print = printAt(words, bucket, slot);
        this.hashKeyOf(entry);
        const hi = this.hash.hi;
        const home = (hi << (depth + 1)) >>> (32 - SEGMENT_LOG2);
        const goesUp = hi << depth < 0;
        if (!this.#placeInto(goesUp ? upper : lower, SEGMENT_LOG2, home, print, entry)) stragglers.push(entry);
        else if (goesUp) upperCount++;
        else lowerCount++;
      }
    }
    this.arena.free(old);
    const upperId = this.addRecord();
    this.writeRecord(id, lower, depth + 1, lowerCount, prefix);
    this.writeRecord(upperId, upper, depth + 1, upperCount, prefix + 1);
    if (depth + 1 === this.depth) this.setRootWord(ROOT_DEEPEST, this.rootWord(ROOT_DEEPEST) + 2);
    // A child whose window is full at once: against all odds, but then it is split in turn.
    this.#placeAll(stragglers);
  }

  /** Reads the first line of every entry of a segment, one independent of the other, before they are hashed in turn. */
  #warmEntries(words: Int32Array, base: number): void {
    const arena = this.arena;
    let sum = 0;
    for (let bucket = base; bucket < base + BUCKET_WORDS * SEGMENT_BUCKETS; bucket += BUCKET_WORDS) {
      for (let slot = bucket + FIRST_HANDLE_WORD; slot < bucket + BUCKET_WORDS; slot++) {
        const entry = words[slot];
        sum += arena.words[entry >>> SEGMENT_SHIFT][(entry & SEGMENT_MASK) << 2];
      }
    }
    this.warmSum = sum | 0;
  }

  /** A segment has lost an entry: joins it with its sibling when both have become small. */
  protected segmentLost(id: number): void {
    this.addToRecord(id, -1);
    const count = this.record(id, RECORD_COUNT);
    if (count > MERGE_SLOTS_MAX) return;
    const depth = this.record(id, RECORD_DEPTH);
    const siblingPrefix = this.record(id, RECORD_PREFIX) ^ 1;
    const siblingSlot = siblingPrefix << (this.depth - depth);
    const sibling = this.directory[this.directoryAt + siblingSlot * 2 + 1];
    if ((sibling & 31) !== depth) return;
    if (count + this.record(sibling >>> 5, RECORD_COUNT) > MERGE_SLOTS_MAX) return;
    this.#merge(id, sibling >>> 5);
  }

  /** Joins two siblings. Homes are known without hashing: the parent's bucket is the child's with its last bit gone. */
  #merge(id: number, siblingId: number): void {
    const depth = this.record(id, RECORD_DEPTH);
    const prefix = this.record(id, RECORD_PREFIX);
    const joined = this.newBlock(BUCKET_WORDS * SEGMENT_BUCKETS);
    const isUpper = (prefix & 1) === 1;
    const lower = isUpper ? siblingId : id;
    const upper = isUpper ? id : siblingId;
    if (
      !this.#moveInto(this.record(lower, RECORD_HANDLE), joined, 0) ||
      !this.#moveInto(this.record(upper, RECORD_HANDLE), joined, SEGMENT_BUCKETS / 2)
    ) {
      this.arena.free(joined);
      return;
    }
    const count = this.record(id, RECORD_COUNT) + this.record(siblingId, RECORD_COUNT);
    this.arena.free(this.record(id, RECORD_HANDLE));
    this.arena.free(this.record(siblingId, RECORD_HANDLE));
    if (depth === this.depth) this.setRootWord(ROOT_DEEPEST, this.rootWord(ROOT_DEEPEST) - 2);
    this.writeRecord(id, joined, depth - 1, count, prefix >>> 1);
    this.dropRecord(siblingId);
    while (this.depth > 0 && this.rootWord(ROOT_DEEPEST) === 0) this.halveDirectory();
  }

  /** Copies all slots of a child into the parent, whose homes begin at `firstHome` for it. */
  #moveInto(segment: Handle, parent: Handle, firstHome: number): boolean {
    const words = this.arena.words[segment >>> SEGMENT_SHIFT];
    const base = (segment & SEGMENT_MASK) << 2;
    for (let bucket = 0; bucket < SEGMENT_BUCKETS; bucket++) {
      const at = base + bucket * BUCKET_WORDS;
      const meta = words[at + META_WORD];
      for (let slot = 0; slot < SLOTS_PER_BUCKET; slot++) {
        const entry = words[at + FIRST_HANDLE_WORD + slot];
        if (entry === 0) continue;
        const print = printAt(words, at, slot);
        const home = (bucket - ((meta >>> (slot << 1)) & 3)) & (SEGMENT_BUCKETS - 1);
        if (!this.#placeInto(parent, SEGMENT_LOG2, firstHome + (home >> 1), print, entry)) return false;
      }
    }
    return true;
  }

  // ---- hashing -----------------------------------------------------------------------------------------------------

  /** Leaves the hash of an entry's key in `hi` and `lo`. */
  protected hashEntry(entry: Handle): void {
    this.hashKeyOf(entry);
    this.hi = this.hash.hi;
    this.lo = this.hash.lo;
  }

  protected hashKeyOf(entry: Handle): void {
    const arena = this.arena;
    const start = shortKeyStart(arena, entry);
    if (start >= 0) {
      this.hash.hashView(arena.views[entry >>> SEGMENT_SHIFT], start, shortKeyLength(arena, entry));
      return;
    }
    keySpan(arena, entry, this.span);
    this.hash.hash(this.span.bytes, this.span.start, this.span.length);
  }
}

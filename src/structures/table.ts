/**
 * The table: entries found by key, off-heap, from four slots to tens of millions.
 *
 * Layout. A slot is a fingerprint byte and an int32 handle; twelve of them make a bucket of one cache line:
 *
 *     bucket, 64 bytes   ┌───────────────┬──────────┬─────────────────────────────┐
 *                        │ 12 × print u8 │ meta i32 │ 12 × handle i32             │
 *                        └───────────────┴──────────┴─────────────────────────────┘
 *     print  0 = empty slot, else eight bits of the hash's low word
 *     meta   bits 0–23: two bits a slot, how many buckets after its home the entry stands (0–3)
 *            bits 24–31: how many entries whose home is this bucket stand in a later one
 *
 *     segment  64 buckets (4 KiB); a small table is one segment of 32, 48 (4, 8 slots), 64, 128 … bytes
 *
 *     hash     ┌ hi ─────────────────────────────────────┬ lo ──────────────┐
 *              │ directory: d bits │ bucket: 6 bits │ …  │ …        print 8 │
 *              └─────────────────────────────────────────┴──────────────────┘
 *
 *     directory 2^depth × { segment handle, segment id << 5 | segment depth }     only with more than one segment
 *     segments  dense list by id: { handle, depth, count, first directory slot >> … as prefix }
 *
 * It is extendible hashing over small open-addressed segments, after Dash (Lu et al., "Dash: Scalable Hashing on
 * Persistent Memory", VLDB 2020): a full segment is split in two by its next hash bit, and nothing else moves. So
 * growth costs at most one segment's worth of work (some 600 entries) in any turn, at any size; Redis's doubling needs
 * two tables side by side and a linear array for each. The alternatives measured worse: linear probing over one array
 * has no bounded growth; chaining costs a pointer an entry and a miss a hop.
 *
 * An entry goes to its home bucket or to one of the next three (wrapping within the segment), so a look-up reads one
 * cache line, in the rare full bucket up to four, then the entry itself. The overflow count lets a miss stop at home.
 * Segments split at a fill around 85–90 %, merge with their sibling when both together would fill 40 %: on average
 * 5.33 bytes / 0.65 ≈ 8 bytes an entry, 12 just after a round of splits.
 *
 * Order. Directory and bucket are the most significant bits, one after the other, so walking the homes in order walks
 * the hash in order at any size. A scan cursor is the hash prefix at which the next home begins (below 2^32, an exact
 * double): growth makes homes finer and the prefix still names a boundary; a merge makes them coarser and the cursor
 * is rounded down to the home that contains it. So what is present throughout is returned (perhaps twice), whatever
 * happens in between.
 *
 * The root (32 bytes in the arena) is all that identifies a table; this class is a lens over it. A database keeps one
 * attached for good, a million hashes share one: `attach` reads eight words.
 *
 * Invariants (asserted by `check`): every entry is found by its own key; displacement < window; overflow counts
 * equal the displaced entries; counts agree; each segment owns exactly 2^(depth − its depth) directory slots in a row.
 */
import { assert } from "../base/assert.ts";
import type { KeyedHash } from "../base/keyed-hash.ts";
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";
import { keyEquals, keySpan, Span, shortKeyLength, shortKeyStart } from "./entry.ts";
import { HandleList } from "./handle-list.ts";

const BUCKET_WORDS = 16;
const META_WORD = 3;
const FIRST_HANDLE_WORD = 4;
const SEGMENT_LOG2 = 6;
const SEGMENT_BUCKETS = 1 << SEGMENT_LOG2;
const SLOTS_PER_BUCKET = 12;
export const SEGMENT_SLOTS: number = SEGMENT_BUCKETS * SLOTS_PER_BUCKET;
/** An entry stands at most this many buckets after its home. */
const DISPLACEMENT_MAX = 3;
const OVERFLOW_ONE = 1 << 24;
/** Together no more than this: two siblings become one segment. */
const MERGE_SLOTS_MAX = Math.floor(SEGMENT_SLOTS * 0.4);
/** 2^20 segments are half a billion entries; the prefix must leave bits for the bucket. */
const DEPTH_MAX = 24;
const DIRECTORY_ENTRY_BYTES = 8;
const SEGMENT_RECORD_WORDS = 4;
const SEGMENT_RECORD_BYTES = 16;
const RECORD_HANDLE = 0;
const RECORD_DEPTH = 1;
const RECORD_COUNT = 2;
const RECORD_PREFIX = 3;

export const TABLE_ROOT_BYTES = 32;
const ROOT_COUNT = 0;
const ROOT_DEPTH = 1;
const ROOT_SHAPE = 2;
const ROOT_SINGLE = 3;
const ROOT_DIRECTORY = 4;
const ROOT_RECORDS = 5;
const ROOT_SEGMENTS = 6;
const ROOT_DEEPEST = 7;

/** Of the hash's low word, what a slot keeps. */
const PRINT_MASK = 0xff;
/** Of a hash prefix, what stands beside a fingerprint in one number. */
const PLACE_BITS = 24;
/** Hash prefixes are below this. */
const HASH_END = 4294967296;

const EMPTY: Int32Array = new Int32Array(0);
/** Draws before `random` settles for a neighbour; at the lowest fill one in eight hits. */
const RANDOM_TRIES_MAX = 1000;

/** Uniform integers. */
export interface UniformSource {
  /** In [0, n). */
  below(n: number): number;
}

/** Allocates an empty table. @returns the handle of its root. */
export function createTable(arena: Arena): Handle {
  const segment = arena.allocate(32);
  zero(arena, segment, 8);
  const root = arena.allocate(TABLE_ROOT_BYTES);
  const words = arena.words[root >>> SEGMENT_SHIFT];
  const at = (root & SEGMENT_MASK) << 2;
  words.fill(0, at, at + 8);
  words[at + ROOT_SHAPE] = shapeOf(0, 1);
  words[at + ROOT_SINGLE] = segment;
  return root;
}

/** `shape` of a single segment: log2 of its buckets, and fingerprint words (of four slots) per bucket. */
function shapeOf(log2Buckets: number, printWords: number): number {
  return (log2Buckets << 2) | printWords;
}

function zero(arena: Arena, block: Handle, words: number): void {
  const at = (block & SEGMENT_MASK) << 2;
  arena.words[block >>> SEGMENT_SHIFT].fill(0, at, at + words);
}

/** Marks the zero bytes of `x` with their top bit; above the lowest true one there may be false ones. */
function zeroBytes(x: number): number {
  return (x - 0x01010101) & ~x & 0x80808080;
}

export class Table {
  readonly #arena: Arena;
  readonly #hash: KeyedHash;

  #root: Handle = 0;
  #count = 0;
  #depth = 0;
  #log2 = 0;
  #printWords = 1;
  #single: Handle = 0;
  #directory: Int32Array = EMPTY;
  #directoryAt = 0;

  /** Hash of the key last looked for. */
  #hi = 0;
  #lo = 0;
  /** Where `find` found it: view, first word of the bucket, slot, home bucket's first word, id of the segment. */
  #foundWords: Int32Array = EMPTY;
  #foundBucket = 0;
  #foundSlot = -1;
  #foundHome = 0;
  #foundId = 0;
  #stamp = 0;
  #warmed = 0;
  readonly #warmHomes = new Int32Array(16);
  readonly #span = new Span();

  /** @param root of the table to begin with; 0 for a lens that will be attached before it is used. */
  constructor(arena: Arena, hash: KeyedHash, root: Handle) {
    this.#arena = arena;
    this.#hash = hash;
    if (root !== 0) this.attach(root);
  }

  get root(): Handle {
    return this.#root;
  }

  get count(): number {
    return this.#count;
  }

  /** Number of slots, taken or not. */
  get capacity(): number {
    if (this.#depth > 0) return this.#rootWord(ROOT_SEGMENTS) * SEGMENT_SLOTS;
    return (1 << this.#log2) * this.#printWords * 4;
  }

  /** Bytes of root, directory and segments in the accounting; entries are not in it. O(1). */
  get blockBytes(): number {
    const arena = this.#arena;
    if (this.#depth === 0) return arena.sizeOf(this.#root) + arena.sizeOf(this.#single);
    const segments = this.#rootWord(ROOT_SEGMENTS);
    const beside = arena.sizeOf(this.#rootWord(ROOT_DIRECTORY)) + arena.sizeOf(this.#rootWord(ROOT_RECORDS));
    return arena.sizeOf(this.#root) + beside + segments * arena.sizeOf(this.#record(0, RECORD_HANDLE));
  }

  /**
   * Changes with every look-up and every change of structure: who kept it can tell whether `replaceFound`,
   * `removeFound` and `insert` still refer to its own `find`.
   */
  get stamp(): number {
    return this.#stamp;
  }

  /** Points the lens at another table. */
  attach(root: Handle): void {
    this.#root = root;
    const words = this.#arena.words[root >>> SEGMENT_SHIFT];
    const at = (root & SEGMENT_MASK) << 2;
    this.#count = words[at + ROOT_COUNT];
    this.#depth = words[at + ROOT_DEPTH];
    const shape = words[at + ROOT_SHAPE];
    this.#log2 = shape >> 2;
    this.#printWords = shape & 3;
    this.#single = words[at + ROOT_SINGLE];
    this.#foundSlot = -1;
    if (this.#depth > 0) this.#attachDirectory(words[at + ROOT_DIRECTORY]);
  }

  /**
   * Looks a key up and remembers the place for `replaceFound`, `removeFound` and `insert`.
   * @returns the entry's handle, or 0.
   */
  find(key: Uint8Array, start: number, length: number): Handle {
    const hash = this.#hash;
    hash.hashKey(key, start, length);
    return this.#findHashed(hash.viewOf(key), start, length);
  }

  /** As `find`, the key of an entry that another table has. */
  findKeyOf(entry: Handle): Handle {
    this.#hashKeyOf(entry);
    return this.#findKeyHashed(entry);
  }

  /** Finds the key of another table's entry, of which the hash is known. */
  #findKeyHashed(entry: Handle): Handle {
    const arena = this.#arena;
    const start = shortKeyStart(arena, entry);
    if (start >= 0) return this.#findHashed(arena.views[entry >>> SEGMENT_SHIFT], start, shortKeyLength(arena, entry));
    const span = this.#span;
    keySpan(arena, entry, span);
    return this.#findHashed(this.#hash.viewOf(span.bytes), span.start, span.length);
  }

  /** Finds the key that has just been hashed. */
  #findHashed(view: DataView, start: number, length: number): Handle {
    const { hi, lo } = this.#hash;
    this.#stamp = (this.#stamp + 1) | 0;
    this.#hi = hi;
    this.#lo = lo;
    const arena = this.#arena;

    let segment = this.#single;
    let log2 = this.#log2;
    let prefixed = hi;
    this.#foundId = 0;
    if (this.#depth > 0) {
      const slot = this.#directoryAt + ((hi >>> (32 - this.#depth)) << 1);
      segment = this.#directory[slot];
      const idAndDepth = this.#directory[slot + 1];
      prefixed = hi << (idAndDepth & 31);
      log2 = SEGMENT_LOG2;
      this.#foundId = idAndDepth >>> 5;
    }
    const words = arena.words[segment >>> SEGMENT_SHIFT];
    const base = (segment & SEGMENT_MASK) << 2;
    const mask = (1 << log2) - 1;
    const homeBucket = (prefixed >>> 1) >>> (31 - log2);
    const home = base + homeBucket * BUCKET_WORDS;
    const printWords = this.#printWords;
    const pattern = Math.imul(lo & PRINT_MASK || 1, 0x01010101);
    // Only where entries of this home were displaced is it worth to look further than one cache line.
    const last = words[home + META_WORD] >>> 24 === 0 ? 0 : Math.min(DISPLACEMENT_MAX, mask);
    for (let distance = 0; distance <= last; distance++) {
      const bucket = base + ((homeBucket + distance) & mask) * BUCKET_WORDS;
      for (let group = 0; group < printWords; group++) {
        let matches = zeroBytes(words[bucket + group] ^ pattern);
        while (matches !== 0) {
          const slot = (group << 2) + ((31 - Math.clz32(matches & -matches)) >>> 3);
          const entry = words[bucket + FIRST_HANDLE_WORD + slot];
          if (entry !== 0 && keyEquals(arena, entry, view, start, length)) {
            this.#foundWords = words;
            this.#foundBucket = bucket;
            this.#foundSlot = slot;
            this.#foundHome = home;
            return entry;
          }
          matches &= matches - 1;
        }
      }
    }
    this.#foundSlot = -1;
    return 0;
  }

  /**
   * Goes to the place of an entry that is in the table, as `find` goes to that of a key. Its own bytes are hashed where
   * they stand, and only handles are compared.
   */
  locate(entry: Handle): void {
    this.#stamp = (this.#stamp + 1) | 0;
    this.#hashEntry(entry);
    const hi = this.#hi;
    let segment = this.#single;
    let homeBucket = (hi >>> 1) >>> (31 - this.#log2);
    this.#foundId = 0;
    if (this.#depth > 0) {
      const slot = this.#directorySlot(hi);
      const idAndDepth = this.#directory[slot + 1];
      segment = this.#directory[slot];
      homeBucket = (hi << (idAndDepth & 31)) >>> (32 - SEGMENT_LOG2);
      this.#foundId = idAndDepth >>> 5;
    }
    const words = this.#arena.words[segment >>> SEGMENT_SHIFT];
    const base = (segment & SEGMENT_MASK) << 2;
    const mask = (1 << this.#log2) - 1;
    const slots = this.#printWords << 2;
    this.#foundWords = words;
    this.#foundHome = base + homeBucket * BUCKET_WORDS;
    for (let distance = 0; distance <= mask && distance <= DISPLACEMENT_MAX; distance++) {
      const bucket = base + ((homeBucket + distance) & mask) * BUCKET_WORDS;
      const handles = bucket + FIRST_HANDLE_WORD;
      for (let slot = 0; slot < slots; slot++) {
        if (words[handles + slot] !== entry) continue;
        this.#foundBucket = bucket;
        this.#foundSlot = slot;
        return;
      }
    }
    assert(false, "an entry is in its table");
  }

  /**
   * Reads the bucket, then the entry, of every key that the hash holds ahead, so that their cache lines are there when
   * the keys are looked up. The reads depend on nothing but each hash, so the processor has ten misses under way at a
   * time where one look-up after the other waits for two in a row: at a million keys that is a third of a GET.
   */
  warm(): void {
    const hash = this.#hash;
    const arena = this.#arena;
    const count = hash.ahead;
    const homes = this.#warmHomes;
    if (this.#depth === 0) return;
    let sum = 0;
    for (let index = 0; index < count; index++) {
      const hi = hash.aheadHi(index);
      const slot = this.#directoryAt + ((hi >>> (32 - this.#depth)) << 1);
      const segment = this.#directory[slot];
      const bucket = (hi << (this.#directory[slot + 1] & 31)) >>> (32 - SEGMENT_LOG2);
      // A bucket is four granules: a handle names it.
      const home = segment + bucket * 4;
      homes[index] = home;
      sum += arena.words[home >>> SEGMENT_SHIFT][(home & SEGMENT_MASK) << 2];
    }
    for (let index = 0; index < count; index++) {
      const words = arena.words[homes[index] >>> SEGMENT_SHIFT];
      const home = (homes[index] & SEGMENT_MASK) << 2;
      const pattern = Math.imul(hash.aheadLo(index) & PRINT_MASK || 1, 0x01010101);
      for (let group = 0; group < 3; group++) {
        const matches = zeroBytes(words[home + group] ^ pattern);
        if (matches === 0) continue;
        const slot = (group << 2) + ((31 - Math.clz32(matches & -matches)) >>> 3);
        const entry = words[home + FIRST_HANDLE_WORD + slot];
        sum += arena.words[entry >>> SEGMENT_SHIFT][(entry & SEGMENT_MASK) << 2];
        break;
      }
    }
    // Kept, so that no compiler finds the reads useless.
    this.#warmed = sum | 0;
  }

  /** What the last `warm` has read; means nothing. */
  get warmed(): number {
    return this.#warmed;
  }

  /** Puts another entry with the same key in the place of the one just found. */
  replaceFound(entry: Handle): void {
    assert(this.#foundSlot >= 0, "replaced entry was found");
    this.#foundWords[this.#foundBucket + FIRST_HANDLE_WORD + this.#foundSlot] = entry;
  }

  /** Takes the entry just found out of the table; its block is the caller's. May shrink the table. */
  removeFound(): void {
    assert(this.#foundSlot >= 0, "removed entry was found");
    clearSlot(this.#foundWords, this.#foundBucket, this.#foundSlot, this.#foundHome);
    this.#foundSlot = -1;
    this.#stamp = (this.#stamp + 1) | 0;
    this.#setCount(this.#count - 1);
    if (this.#depth > 0) this.#segmentLost(this.#foundId);
    else if (this.#log2 > 0 && this.#count < this.capacity >> 3) this.#resizeSingle(this.#log2 - 1, 3);
  }

  /** Adds an entry for the key that `find` has just not found. May split a segment. */
  insert(entry: Handle): void {
    assert(entry > 0, "an entry is a slab block");
    this.#stamp = (this.#stamp + 1) | 0;
    this.#setCount(this.#count + 1);
    this.#placeOrGrow(entry, this.#hi, this.#lo);
  }

  /**
   * Emits every entry whose home is the bucket that holds `cursor`.
   * @param cursor a hash prefix, 0 to begin, else what the call before returned.
   * @param places takes for each entry, where it is wanted for `hasKeyOf` of another table, what is known of its hash:
   * the prefix that its home stands for, 24 bits, and its fingerprint, 8.
   * @returns the next cursor, 0 after the last bucket.
   */
  scan(cursor: number, into: HandleList, places: HandleList | null = null): number {
    if (!(cursor >= 0 && cursor < HASH_END)) return 0;
    const hi = cursor | 0;
    let segment = this.#single;
    let log2 = this.#log2;
    let segmentDepth = 0;
    if (this.#depth > 0) {
      const slot = this.#directoryAt + ((hi >>> (32 - this.#depth)) << 1);
      segment = this.#directory[slot];
      segmentDepth = this.#directory[slot + 1] & 31;
      log2 = SEGMENT_LOG2;
    }
    const home = ((hi << segmentDepth) >>> 1) >>> (31 - log2);
    const bits = segmentDepth + log2;
    if (bits === 0) {
      this.#emitHome(segment, home, log2, into, places, 0);
      return 0;
    }
    const width = 1 << (32 - bits);
    this.#emitHome(segment, home, log2, into, places, hi & -width);
    const next = ((hi | (width - 1)) >>> 0) + 1;
    return next === HASH_END ? 0 : next;
  }

  /**
   * Whether the key of an entry of another table is here as well. Both tables are in the order of the same hash, so
   * where the other has at least as many homes its `place` there says all that a look-up needs, and nothing is hashed.
   * It is no look-up that a change may follow.
   * @param place what `scan` has told of the entry, of `other` as it is now.
   */
  hasKeyOf(entry: Handle, place: number, other: Table): boolean {
    const bits = this.#homeBits(place);
    if (bits > PLACE_BITS || bits > other.#homeBits(place)) return this.findKeyOf(entry) !== 0;
    this.#hash.hi = place & ~PRINT_MASK;
    this.#hash.lo = place & PRINT_MASK;
    return this.#findKeyHashed(entry) !== 0;
  }

  /** Bits of the hash that say which home a prefix has. */
  #homeBits(prefix: number): number {
    if (this.#depth === 0) return this.#log2;
    return (this.#directory[this.#directorySlot(prefix) + 1] & 31) + SEGMENT_LOG2;
  }

  /** A uniformly random entry, or 0 from an empty table: draws slots over the dense list of segments until one is taken. */
  random(source: UniformSource): Handle {
    if (this.#count === 0) return 0;
    const segments = this.#segmentCount();
    for (let tries = 0; tries < RANDOM_TRIES_MAX; tries++) {
      const segment = this.#segmentHandle(source.below(segments));
      const words = this.#arena.words[segment >>> SEGMENT_SHIFT];
      const bucket = ((segment & SEGMENT_MASK) << 2) + source.below(1 << this.#log2) * BUCKET_WORDS;
      const entry = words[bucket + FIRST_HANDLE_WORD + source.below(this.#printWords << 2)];
      if (entry !== 0) return entry;
    }
    const found = new HandleList();
    for (let id = source.below(segments); found.length === 0; id = (id + 1) % segments) {
      this.#emitSegment(this.#segmentHandle(id), found);
    }
    return found.items[source.below(found.length)];
  }

  /**
   * Takes the table apart, a segment a call: emits the entries of one and frees it. After the first call nothing else
   * may be done with the table.
   * @returns false when the last segment and the root are gone.
   */
  drain(into: HandleList): boolean {
    const arena = this.#arena;
    if (this.#depth === 0) {
      this.#emitSegment(this.#single, into);
      arena.free(this.#single);
      arena.free(this.#root);
      this.#root = 0;
      this.#count = 0;
      return false;
    }
    const id = this.#segmentCount() - 1;
    const segment = this.#record(id, RECORD_HANDLE);
    this.#emitSegment(segment, into);
    arena.free(segment);
    this.#setCount(this.#count - this.#record(id, RECORD_COUNT));
    this.#setRootWord(ROOT_SEGMENTS, id);
    if (id > 0) return true;
    arena.free(this.#rootWord(ROOT_DIRECTORY));
    arena.free(this.#rootWord(ROOT_RECORDS));
    arena.free(this.#root);
    this.#root = 0;
    return false;
  }

  /**
   * As `drain`, a bucket a call: emits the entries of one; a segment is freed when its buckets are empty. For whoever
   * may be stopped by what a single entry holds.
   * @returns false when the last segment and the root are gone.
   */
  drainBucket(into: HandleList): boolean {
    const id = this.#segmentCount() - 1;
    const segment = this.#segmentHandle(id);
    const words = this.#arena.words[segment >>> SEGMENT_SHIFT];
    const base = (segment & SEGMENT_MASK) << 2;
    const before = into.length;
    for (let bucket = base; bucket < base + (BUCKET_WORDS << this.#log2); bucket += BUCKET_WORDS) {
      for (let group = 0; group < this.#printWords; group++) {
        if (words[bucket + group] === 0) continue;
        words[bucket + group] = 0;
        const first = bucket + FIRST_HANDLE_WORD + group * 4;
        for (let slot = first; slot < first + 4; slot++) {
          if (words[slot] !== 0) into.push(words[slot]);
          words[slot] = 0;
        }
      }
      const taken = into.length - before;
      if (taken === 0) continue;
      this.#setCount(this.#count - taken);
      if (this.#depth > 0) this.#addToRecord(id, -taken);
      return true;
    }
    return this.drain(into);
  }

  /** Asserts the invariants of the essay, reading every key. O(entries): for tests and DEBUG. */
  check(): void {
    let total = 0;
    let slots = 0;
    let deepest = 0;
    const multiple = this.#depth > 0;
    for (let id = 0; id < this.#segmentCount(); id++) {
      const count = this.#checkSegment(id);
      total += count;
      if (!multiple) continue;
      const depth = this.#record(id, RECORD_DEPTH);
      assert(count === this.#record(id, RECORD_COUNT), "a segment knows its count");
      const span = 1 << (this.#depth - depth);
      const first = this.#record(id, RECORD_PREFIX) * span;
      for (let slot = first; slot < first + span; slot++) {
        const at = this.#directoryAt + slot * 2;
        assert(this.#directory[at] === this.#record(id, RECORD_HANDLE), "the directory names the segment");
        assert(this.#directory[at + 1] === ((id << 5) | depth), "the directory names id and depth");
      }
      slots += span;
      if (depth === this.#depth) deepest++;
    }
    assert(total === this.#count, "the table knows its count");
    if (!multiple) return;
    assert(slots === 1 << this.#depth, "every directory slot is owned once");
    assert(deepest === this.#rootWord(ROOT_DEEPEST), "the deepest segments are counted");
  }

  #checkSegment(id: number): number {
    const segment = this.#segmentHandle(id);
    const words = this.#arena.words[segment >>> SEGMENT_SHIFT];
    const base = (segment & SEGMENT_MASK) << 2;
    const buckets = 1 << this.#log2;
    const displaced = new Array<number>(buckets).fill(0);
    const depth = this.#depth > 0 ? this.#record(id, RECORD_DEPTH) : 0;
    let count = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      const at = base + bucket * BUCKET_WORDS;
      for (let slot = 0; slot < this.#printWords * 4; slot++) {
        const entry = words[at + FIRST_HANDLE_WORD + slot];
        const print = printAt(words, at, slot);
        assert((entry === 0) === (print === 0), "a slot is wholly taken or wholly empty");
        if (entry === 0) continue;
        count++;
        const home = (bucket - ((words[at + META_WORD] >>> (slot << 1)) & 3)) & (buckets - 1);
        if (home !== bucket) displaced[home]++;
        this.#hashEntry(entry);
        assert(print === (this.#lo & PRINT_MASK || 1), "the fingerprint is the hash's");
        assert(home === ((this.#hi << depth) >>> 1) >>> (31 - this.#log2), "an entry stands at its home");
        assert(
          this.#depth === 0 || this.#hi >>> (32 - depth) === this.#record(id, RECORD_PREFIX) || depth === 0,
          "prefix",
        );
      }
    }
    for (let bucket = 0; bucket < buckets; bucket++) {
      const overflow = words[base + bucket * BUCKET_WORDS + META_WORD] >>> 24;
      assert(overflow === displaced[bucket], "overflow counts the displaced");
    }
    return count;
  }

  // ---- placing --------------------------------------------------------------------------------------------------

  #placeOrGrow(entry: Handle, hi: number, lo: number): void {
    for (let tries = 0; !this.#place(entry, hi, lo); tries++) {
      assert(tries <= DEPTH_MAX, "splitting makes room");
      if (this.#depth > 0) this.#split(this.#directory[this.#directorySlot(hi) + 1] >>> 5);
      else if (this.#printWords < 3) this.#resizeSingle(0, this.#printWords + 1);
      else if (this.#log2 < SEGMENT_LOG2) this.#resizeSingle(this.#log2 + 1, 3);
      else this.#splitSingle();
    }
  }

  #place(entry: Handle, hi: number, lo: number): boolean {
    const print = lo & PRINT_MASK || 1;
    if (this.#depth === 0) {
      return this.#placeInto(this.#single, this.#log2, (hi >>> 1) >>> (31 - this.#log2), print, entry);
    }
    const slot = this.#directorySlot(hi);
    const idAndDepth = this.#directory[slot + 1];
    const home = (hi << (idAndDepth & 31)) >>> (32 - SEGMENT_LOG2);
    if (!this.#placeInto(this.#directory[slot], SEGMENT_LOG2, home, print, entry)) return false;
    this.#addToRecord(idAndDepth >>> 5, 1);
    return true;
  }

  /** Puts an entry into the first empty slot of the window of its home. @returns false when the window is full. */
  #placeInto(segment: Handle, log2: number, home: number, print: number, entry: Handle): boolean {
    const words = this.#arena.words[segment >>> SEGMENT_SHIFT];
    const base = (segment & SEGMENT_MASK) << 2;
    const mask = (1 << log2) - 1;
    const last = Math.min(DISPLACEMENT_MAX, mask);
    for (let distance = 0; distance <= last; distance++) {
      const bucket = base + ((home + distance) & mask) * BUCKET_WORDS;
      for (let group = 0; group < this.#printWords; group++) {
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

  // ---- one segment ----------------------------------------------------------------------------------------------

  /** Moves the only segment's entries into one of another shape. */
  #resizeSingle(log2: number, printWords: number): void {
    const old = this.#single;
    const entries = new HandleList();
    this.#emitSegment(old, entries);
    const words = printWords === 3 ? BUCKET_WORDS << log2 : FIRST_HANDLE_WORD + printWords * 4;
    this.#log2 = log2;
    this.#printWords = printWords;
    this.#single = this.#newBlock(words);
    this.#setRootWord(ROOT_SHAPE, shapeOf(log2, printWords));
    this.#setRootWord(ROOT_SINGLE, this.#single);
    this.#arena.free(old);
    this.#placeAll(entries);
  }

  /** Hashes and places entries that are counted already. */
  #placeAll(entries: HandleList): void {
    for (let index = 0; index < entries.length; index++) {
      const entry = entries.items[index];
      this.#hashEntry(entry);
      this.#placeOrGrow(entry, this.#hi, this.#lo);
    }
  }

  /** The step from one segment to many: a directory of two slots, then an ordinary split. */
  #splitSingle(): void {
    const records = this.#arena.allocate(SEGMENT_RECORD_BYTES * 4);
    const directory = this.#arena.allocate(DIRECTORY_ENTRY_BYTES * 2);
    this.#setRootWord(ROOT_RECORDS, records);
    this.#setRootWord(ROOT_SEGMENTS, 1);
    this.#setRootWord(ROOT_DEEPEST, 0);
    this.#setRootWord(ROOT_DIRECTORY, directory);
    this.#setDepth(1);
    this.#attachDirectory(directory);
    this.#writeRecord(0, this.#single, 0, 0, 0);
    this.#single = 0;
    this.#split(0);
  }

  /** Back from many segments to one. */
  #becomeSingle(): void {
    const arena = this.#arena;
    this.#single = this.#record(0, RECORD_HANDLE);
    arena.free(this.#rootWord(ROOT_DIRECTORY));
    arena.free(this.#rootWord(ROOT_RECORDS));
    this.#directory = EMPTY;
    this.#setRootWord(ROOT_SINGLE, this.#single);
    this.#setRootWord(ROOT_SHAPE, shapeOf(SEGMENT_LOG2, 3));
  }

  // ---- many segments --------------------------------------------------------------------------------------------

  /** Splits a segment by its next hash bit. */
  #split(id: number): void {
    const depth = this.#record(id, RECORD_DEPTH);
    if (depth === this.#depth) this.#doubleDirectory();
    const old = this.#record(id, RECORD_HANDLE);
    const prefix = this.#record(id, RECORD_PREFIX) * 2;
    const lower = this.#newBlock(BUCKET_WORDS * SEGMENT_BUCKETS);
    const upper = this.#newBlock(BUCKET_WORDS * SEGMENT_BUCKETS);
    const words = this.#arena.words[old >>> SEGMENT_SHIFT];
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
        this.#hashKeyOf(entry);
        const hi = this.#hash.hi;
        const home = (hi << (depth + 1)) >>> (32 - SEGMENT_LOG2);
        const goesUp = hi << depth < 0;
        if (!this.#placeInto(goesUp ? upper : lower, SEGMENT_LOG2, home, print, entry)) stragglers.push(entry);
        else if (goesUp) upperCount++;
        else lowerCount++;
      }
    }
    this.#arena.free(old);
    const upperId = this.#addRecord();
    this.#writeRecord(id, lower, depth + 1, lowerCount, prefix);
    this.#writeRecord(upperId, upper, depth + 1, upperCount, prefix + 1);
    if (depth + 1 === this.#depth) this.#setRootWord(ROOT_DEEPEST, this.#rootWord(ROOT_DEEPEST) + 2);
    // A child whose window is full at once: against all odds, but then it is split in turn.
    this.#placeAll(stragglers);
  }

  /** Reads the first line of every entry of a segment, one independent of the other, before they are hashed in turn. */
  #warmEntries(words: Int32Array, base: number): void {
    const arena = this.#arena;
    let sum = 0;
    for (let bucket = base; bucket < base + BUCKET_WORDS * SEGMENT_BUCKETS; bucket += BUCKET_WORDS) {
      for (let slot = bucket + FIRST_HANDLE_WORD; slot < bucket + BUCKET_WORDS; slot++) {
        const entry = words[slot];
        sum += arena.words[entry >>> SEGMENT_SHIFT][(entry & SEGMENT_MASK) << 2];
      }
    }
    this.#warmed = sum | 0;
  }

  /** A segment has lost an entry: joins it with its sibling when both have become small. */
  #segmentLost(id: number): void {
    this.#addToRecord(id, -1);
    const count = this.#record(id, RECORD_COUNT);
    if (count > MERGE_SLOTS_MAX) return;
    const depth = this.#record(id, RECORD_DEPTH);
    const siblingPrefix = this.#record(id, RECORD_PREFIX) ^ 1;
    const siblingSlot = siblingPrefix << (this.#depth - depth);
    const sibling = this.#directory[this.#directoryAt + siblingSlot * 2 + 1];
    if ((sibling & 31) !== depth) return;
    if (count + this.#record(sibling >>> 5, RECORD_COUNT) > MERGE_SLOTS_MAX) return;
    this.#merge(id, sibling >>> 5);
  }

  /** Joins two siblings. Homes are known without hashing: the parent's bucket is the child's with its last bit gone. */
  #merge(id: number, siblingId: number): void {
    const depth = this.#record(id, RECORD_DEPTH);
    const prefix = this.#record(id, RECORD_PREFIX);
    const joined = this.#newBlock(BUCKET_WORDS * SEGMENT_BUCKETS);
    const isUpper = (prefix & 1) === 1;
    const lower = isUpper ? siblingId : id;
    const upper = isUpper ? id : siblingId;
    if (
      !this.#moveInto(this.#record(lower, RECORD_HANDLE), joined, 0) ||
      !this.#moveInto(this.#record(upper, RECORD_HANDLE), joined, SEGMENT_BUCKETS / 2)
    ) {
      this.#arena.free(joined);
      return;
    }
    const count = this.#record(id, RECORD_COUNT) + this.#record(siblingId, RECORD_COUNT);
    this.#arena.free(this.#record(id, RECORD_HANDLE));
    this.#arena.free(this.#record(siblingId, RECORD_HANDLE));
    if (depth === this.#depth) this.#setRootWord(ROOT_DEEPEST, this.#rootWord(ROOT_DEEPEST) - 2);
    this.#writeRecord(id, joined, depth - 1, count, prefix >>> 1);
    this.#dropRecord(siblingId);
    while (this.#depth > 0 && this.#rootWord(ROOT_DEEPEST) === 0) this.#halveDirectory();
  }

  /** Copies all slots of a child into the parent, whose homes begin at `firstHome` for it. */
  #moveInto(segment: Handle, parent: Handle, firstHome: number): boolean {
    const words = this.#arena.words[segment >>> SEGMENT_SHIFT];
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

  #doubleDirectory(): void {
    const depth = this.#depth;
    assert(depth < DEPTH_MAX, "the directory is bounded");
    const from = this.#directory;
    const fromAt = this.#directoryAt;
    const oldBlock = this.#rootWord(ROOT_DIRECTORY);
    const block = this.#arena.allocate(DIRECTORY_ENTRY_BYTES << (depth + 1));
    this.#attachDirectory(block);
    for (let slot = 0; slot < 1 << depth; slot++) {
      const to = this.#directoryAt + slot * 4;
      this.#directory[to] = this.#directory[to + 2] = from[fromAt + slot * 2];
      this.#directory[to + 1] = this.#directory[to + 3] = from[fromAt + slot * 2 + 1];
    }
    this.#arena.free(oldBlock);
    this.#setRootWord(ROOT_DIRECTORY, block);
    this.#setRootWord(ROOT_DEEPEST, 0);
    this.#setDepth(depth + 1);
  }

  #halveDirectory(): void {
    const depth = this.#depth - 1;
    if (depth === 0) {
      this.#setDepth(0);
      this.#becomeSingle();
      return;
    }
    const from = this.#directory;
    const fromAt = this.#directoryAt;
    const oldBlock = this.#rootWord(ROOT_DIRECTORY);
    const block = this.#arena.allocate(DIRECTORY_ENTRY_BYTES << depth);
    this.#attachDirectory(block);
    for (let slot = 0; slot < 1 << depth; slot++) {
      this.#directory[this.#directoryAt + slot * 2] = from[fromAt + slot * 4];
      this.#directory[this.#directoryAt + slot * 2 + 1] = from[fromAt + slot * 4 + 1];
    }
    this.#arena.free(oldBlock);
    this.#setRootWord(ROOT_DIRECTORY, block);
    this.#setDepth(depth);
    let deepest = 0;
    for (let id = 0; id < this.#segmentCount(); id++) {
      if (this.#record(id, RECORD_DEPTH) === depth) deepest++;
    }
    this.#setRootWord(ROOT_DEEPEST, deepest);
  }

  // ---- records of segments --------------------------------------------------------------------------------------

  #segmentCount(): number {
    return this.#depth > 0 ? this.#rootWord(ROOT_SEGMENTS) : 1;
  }

  #segmentHandle(id: number): Handle {
    return this.#depth > 0 ? this.#record(id, RECORD_HANDLE) : this.#single;
  }

  #record(id: number, field: number): number {
    const block = this.#rootWord(ROOT_RECORDS);
    return this.#blockWords(block)[blockAt(block) + id * SEGMENT_RECORD_WORDS + field];
  }

  #addToRecord(id: number, change: number): void {
    const block = this.#rootWord(ROOT_RECORDS);
    this.#blockWords(block)[blockAt(block) + id * SEGMENT_RECORD_WORDS + RECORD_COUNT] += change;
  }

  /** Writes a segment's record and the directory slots that are its own. */
  #writeRecord(id: number, segment: Handle, depth: number, count: number, prefix: number): void {
    const block = this.#rootWord(ROOT_RECORDS);
    const words = this.#blockWords(block);
    const at = blockAt(block) + id * SEGMENT_RECORD_WORDS;
    words[at + RECORD_HANDLE] = segment;
    words[at + RECORD_DEPTH] = depth;
    words[at + RECORD_COUNT] = count;
    words[at + RECORD_PREFIX] = prefix;
    const span = 1 << (this.#depth - depth);
    const first = this.#directoryAt + prefix * span * 2;
    for (let slot = first; slot < first + span * 2; slot += 2) {
      this.#directory[slot] = segment;
      this.#directory[slot + 1] = (id << 5) | depth;
    }
  }

  /** Makes room for one more record. @returns its id. */
  #addRecord(): number {
    const id = this.#rootWord(ROOT_SEGMENTS);
    const block = this.#rootWord(ROOT_RECORDS);
    const bytes = id * SEGMENT_RECORD_BYTES;
    // Powers of two: the block is full exactly when the number of records is one.
    if (id >= 4 && (id & (id - 1)) === 0) {
      const wider = this.#arena.allocate(bytes * 2);
      this.#blockWords(wider).set(
        this.#blockWords(block).subarray(blockAt(block), blockAt(block) + (bytes >> 2)),
        blockAt(wider),
      );
      this.#arena.free(block);
      this.#setRootWord(ROOT_RECORDS, wider);
    }
    this.#setRootWord(ROOT_SEGMENTS, id + 1);
    return id;
  }

  /** Removes a record by moving the last one into its place. */
  #dropRecord(id: number): void {
    const last = this.#rootWord(ROOT_SEGMENTS) - 1;
    this.#setRootWord(ROOT_SEGMENTS, last);
    if (id === last) return;
    this.#writeRecord(
      id,
      this.#record(last, RECORD_HANDLE),
      this.#record(last, RECORD_DEPTH),
      this.#record(last, RECORD_COUNT),
      this.#record(last, RECORD_PREFIX),
    );
  }

  // ---- small things ---------------------------------------------------------------------------------------------

  #directorySlot(hi: number): number {
    return this.#directoryAt + ((hi >>> (32 - this.#depth)) << 1);
  }

  #attachDirectory(block: Handle): void {
    this.#directory = this.#blockWords(block);
    this.#directoryAt = blockAt(block);
    this.#log2 = SEGMENT_LOG2;
    this.#printWords = 3;
  }

  #blockWords(block: Handle): Int32Array {
    return block < 0 ? this.#arena.largeWords(block) : this.#arena.words[block >>> SEGMENT_SHIFT];
  }

  #newBlock(words: number): Handle {
    const block = this.#arena.allocate(words << 2);
    zero(this.#arena, block, words);
    return block;
  }

  #rootWord(field: number): number {
    return this.#arena.words[this.#root >>> SEGMENT_SHIFT][((this.#root & SEGMENT_MASK) << 2) + field];
  }

  #setRootWord(field: number, value: number): void {
    this.#arena.words[this.#root >>> SEGMENT_SHIFT][((this.#root & SEGMENT_MASK) << 2) + field] = value;
  }

  #setCount(count: number): void {
    this.#count = count;
    this.#setRootWord(ROOT_COUNT, count);
  }

  #setDepth(depth: number): void {
    this.#depth = depth;
    this.#setRootWord(ROOT_DEPTH, depth);
  }

  /** Leaves the hash of an entry's key in `#hi` and `#lo`. */
  #hashEntry(entry: Handle): void {
    this.#hashKeyOf(entry);
    this.#hi = this.#hash.hi;
    this.#lo = this.#hash.lo;
  }

  #hashKeyOf(entry: Handle): void {
    const arena = this.#arena;
    const start = shortKeyStart(arena, entry);
    if (start >= 0) {
      this.#hash.hashView(arena.views[entry >>> SEGMENT_SHIFT], start, shortKeyLength(arena, entry));
      return;
    }
    keySpan(arena, entry, this.#span);
    this.#hash.hash(this.#span.bytes, this.#span.start, this.#span.length);
  }

  /** Emits the entries of one home: it and the next three buckets, filtered by displacement. */
  #emitHome(
    segment: Handle,
    home: number,
    log2: number,
    into: HandleList,
    places: HandleList | null,
    prefix: number,
  ): void {
    const words = this.#arena.words[segment >>> SEGMENT_SHIFT];
    const base = (segment & SEGMENT_MASK) << 2;
    const mask = (1 << log2) - 1;
    const overflow = words[base + home * BUCKET_WORDS + META_WORD] >>> 24;
    const last = overflow === 0 ? 0 : Math.min(DISPLACEMENT_MAX, mask);
    const slots = this.#printWords * 4;
    for (let distance = 0; distance <= last; distance++) {
      const bucket = base + ((home + distance) & mask) * BUCKET_WORDS;
      const meta = words[bucket + META_WORD];
      for (let slot = 0; slot < slots; slot++) {
        const entry = words[bucket + FIRST_HANDLE_WORD + slot];
        if (entry === 0 || ((meta >>> (slot << 1)) & 3) !== distance) continue;
        into.push(entry);
        if (places === null) continue;
        places.push((prefix & ~PRINT_MASK) | printAt(words, bucket, slot));
      }
    }
  }

  #emitSegment(segment: Handle, into: HandleList): void {
    const words = this.#arena.words[segment >>> SEGMENT_SHIFT];
    const base = (segment & SEGMENT_MASK) << 2;
    for (let bucket = 0; bucket < 1 << this.#log2; bucket++) {
      for (let slot = 0; slot < this.#printWords * 4; slot++) {
        const entry = words[base + bucket * BUCKET_WORDS + FIRST_HANDLE_WORD + slot];
        if (entry !== 0) into.push(entry);
      }
    }
  }
}

function blockAt(block: Handle): number {
  return block < 0 ? 0 : (block & SEGMENT_MASK) << 2;
}

function printAt(words: Int32Array, bucket: number, slot: number): number {
  return (words[bucket + (slot >> 2)] >>> ((slot & 3) << 3)) & PRINT_MASK;
}

/** Empties a slot and, when its entry stood away from home, lowers the home's overflow count. */
function clearSlot(words: Int32Array, bucket: number, slot: number, home: number): void {
  words[bucket + (slot >> 2)] &= ~(255 << ((slot & 3) << 3));
  words[bucket + FIRST_HANDLE_WORD + slot] = 0;
  if (bucket === home) return;
  words[bucket + META_WORD] &= ~(3 << (slot << 1));
  words[home + META_WORD] -= OVERFLOW_ONE;
}

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
import { AHEAD_MAX, type KeyedHash } from "../base/keyed-hash.ts";
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";
import { keyEquals, keySpan, shortKeyLength, shortKeyStart } from "./entry.ts";
import { HandleList } from "./handle-list.ts";
import { TableCheck } from "./table-check.ts";
import {
  BUCKET_WORDS,
  clearSlot,
  DISPLACEMENT_MAX,
  FIRST_HANDLE_WORD,
  HASH_END,
  META_WORD,
  PLACE_BITS,
  PRINT_MASK,
  printAt,
  RECORD_COUNT,
  RECORD_HANDLE,
  ROOT_DIRECTORY,
  ROOT_RECORDS,
  ROOT_SEGMENTS,
  ROOT_SHAPE,
  ROOT_SINGLE,
  SEGMENT_LOG2,
  shapeOf,
  TABLE_ROOT_BYTES,
  zero,
  zeroBytes,
} from "./table-layout.ts";
import { TableShape } from "./table-shape.ts";

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

export class Table extends TableShape {
  /** Where `find` found it: view, first word of the bucket, slot, home bucket's first word, id of the segment. */
  #foundWords: Int32Array = EMPTY;
  #foundBucket = 0;
  #foundSlot = -1;
  #foundHome = 0;
  #foundId = 0;
  /** The last four bytes of the key last looked for, 0 of a shorter one. */
  #soughtTail = 0;
  #stamp = 0;
  readonly #warmHomes = new Int32Array(AHEAD_MAX);
  readonly #warmHandles = new Int32Array(AHEAD_MAX);

  /** @param root of the table to begin with; 0 for a lens that will be attached before it is used. */
  constructor(arena: Arena, hash: KeyedHash, root: Handle) {
    super(arena, hash);
    if (root !== 0) this.attach(root);
  }

  /**
   * Changes with every look-up and every change of structure: who kept it can tell whether `replaceFound`,
   * `removeFound` and `insert` still refer to its own `find`.
   */
  get stamp(): number {
    return this.#stamp;
  }

  /** Points the lens at another table. */
  override attach(root: Handle): void {
    super.attach(root);
    this.#foundSlot = -1;
    this.#foundWords = EMPTY;
  }

  /**
   * Looks a key up and remembers the place for `replaceFound`, `removeFound` and `insert`. A key that the last look-up
   * has found is compared with what stands there now, and not hashed again: clients go on with the key that they have.
   * @returns the entry's handle, or 0.
   */
  find(key: Uint8Array, start: number, length: number): Handle {
    const hash = this.hash;
    const view = hash.viewOf(key);
    const tail = length >= 4 ? view.getInt32(start + length - 4, true) : 0;
    if (tail === this.#soughtTail && this.#foundSlot >= 0) {
      const entry = this.#foundWords[this.#foundBucket + FIRST_HANDLE_WORD + this.#foundSlot];
      if (entry !== 0 && keyEquals(this.arena, entry, view, start, length)) {
        this.#stamp = (this.#stamp + 1) | 0;
        return entry;
      }
    }
    this.#soughtTail = tail;
    hash.hashKey(key, start, length);
    return this.#findHashed(view, start, length);
  }

  /** As `find`, the key of an entry that another table has. */
  findKeyOf(entry: Handle): Handle {
    this.hashKeyOf(entry);
    return this.#findKeyHashed(entry);
  }

  /** Finds the key of another table's entry, of which the hash is known. */
  #findKeyHashed(entry: Handle): Handle {
    const arena = this.arena;
    const start = shortKeyStart(arena, entry);
    if (start >= 0) return this.#findHashed(arena.views[entry >>> SEGMENT_SHIFT], start, shortKeyLength(arena, entry));
    const span = this.span;
    keySpan(arena, entry, span);
    return this.#findHashed(this.hash.viewOf(span.bytes), span.start, span.length);
  }

  /** Finds the key that has just been hashed. */
  #findHashed(view: DataView, start: number, length: number): Handle {
    const { hi, lo } = this.hash;
    this.#stamp = (this.#stamp + 1) | 0;
    this.hi = hi;
    this.lo = lo;
    const arena = this.arena;

    let segment = this.single;
    let log2 = this.log2;
    let prefixed = hi;
    this.#foundId = 0;
    if (this.depth > 0) {
      const slot = this.directoryAt + ((hi >>> (32 - this.depth)) << 1);
      segment = this.directory[slot];
      const idAndDepth = this.directory[slot + 1];
      prefixed = hi << (idAndDepth & 31);
      log2 = SEGMENT_LOG2;
      this.#foundId = idAndDepth >>> 5;
    }
    const words = arena.words[segment >>> SEGMENT_SHIFT];
    const base = (segment & SEGMENT_MASK) << 2;
    const mask = (1 << log2) - 1;
    const homeBucket = (prefixed >>> 1) >>> (31 - log2);
    const home = base + homeBucket * BUCKET_WORDS;
    const printWords = this.printWords;
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
    this.hashEntry(entry);
    const hi = this.hi;
    let segment = this.single;
    let homeBucket = (hi >>> 1) >>> (31 - this.log2);
    this.#foundId = 0;
    if (this.depth > 0) {
      const slot = this.directorySlot(hi);
      const idAndDepth = this.directory[slot + 1];
      segment = this.directory[slot];
      homeBucket = (hi << (idAndDepth & 31)) >>> (32 - SEGMENT_LOG2);
      this.#foundId = idAndDepth >>> 5;
    }
    const words = this.arena.words[segment >>> SEGMENT_SHIFT];
    const base = (segment & SEGMENT_MASK) << 2;
    const mask = (1 << this.log2) - 1;
    const slots = this.printWords << 2;
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
   * time where one look-up after the other waits for two in a row. What that is worth: docs/performance.md.
   *
   * It sees some two hundred instructions ahead: the loops that wait for memory do nothing else, so that about ten turns
   * of them are in sight. With the computing in them it would be three; GET, SET and INCR took up to a sixth longer.
   */
  warm(): void {
    const hash = this.hash;
    const arena = this.arena;
    const count = hash.ahead;
    const homes = this.#warmHomes;
    if (this.depth === 0) return;
    const handles = this.#warmHandles;
    const { directory, directoryAt, depth } = this;
    const segments = arena.words;
    for (let index = 0; index < count; index++) {
      const hi = hash.aheadHi(index);
      const slot = directoryAt + ((hi >>> (32 - depth)) << 1);
      const bucket = (hi << (directory[slot + 1] & 31)) >>> (32 - SEGMENT_LOG2);
      // A bucket is four granules: a handle names it.
      homes[index] = directory[slot] + bucket * 4;
    }
    let sum = 0;
    for (let index = 0; index < count; index++) {
      const home = homes[index];
      sum += segments[home >>> SEGMENT_SHIFT][(home & SEGMENT_MASK) << 2];
    }
    let found = 0;
    for (let index = 0; index < count; index++) {
      const words = segments[homes[index] >>> SEGMENT_SHIFT];
      const home = (homes[index] & SEGMENT_MASK) << 2;
      const pattern = Math.imul(hash.aheadLo(index) & PRINT_MASK || 1, 0x01010101);
      for (let group = 0; group < 3; group++) {
        const matches = zeroBytes(words[home + group] ^ pattern);
        if (matches === 0) continue;
        const slot = (group << 2) + ((31 - Math.clz32(matches & -matches)) >>> 3);
        handles[found++] = words[home + FIRST_HANDLE_WORD + slot];
        break;
      }
    }
    for (let index = 0; index < found; index++) {
      const entry = handles[index];
      sum += segments[entry >>> SEGMENT_SHIFT][(entry & SEGMENT_MASK) << 2];
    }
    // Kept, so that no compiler finds the reads useless.
    this.warmSum = sum | 0;
  }

  /** What the last `warm` has read; means nothing. */
  get warmed(): number {
    return this.warmSum;
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
    this.setCount(this.entries - 1);
    if (this.depth > 0) this.segmentLost(this.#foundId);
    else if (this.log2 > 0 && this.entries < this.capacity >> 3) this.resizeSingle(this.log2 - 1, 3);
  }

  /** Adds an entry for the key that `find` has just not found. May split a segment. */
  insert(entry: Handle): void {
    assert(entry > 0, "an entry is a slab block");
    this.#stamp = (this.#stamp + 1) | 0;
    this.setCount(this.entries + 1);
    this.placeOrGrow(entry, this.hi, this.lo);
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
    let segment = this.single;
    let log2 = this.log2;
    let segmentDepth = 0;
    if (this.depth > 0) {
      const slot = this.directoryAt + ((hi >>> (32 - this.depth)) << 1);
      segment = this.directory[slot];
      segmentDepth = this.directory[slot + 1] & 31;
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
    this.hash.hi = place & ~PRINT_MASK;
    this.hash.lo = place & PRINT_MASK;
    return this.#findKeyHashed(entry) !== 0;
  }

  /** Bits of the hash that say which home a prefix has. */
  #homeBits(prefix: number): number {
    if (this.depth === 0) return this.log2;
    return (this.directory[this.directorySlot(prefix) + 1] & 31) + SEGMENT_LOG2;
  }

  /** A uniformly random entry, or 0 from an empty table: draws slots over the dense list of segments until one is taken. */
  random(source: UniformSource): Handle {
    if (this.entries === 0) return 0;
    const segments = this.segmentCount();
    for (let tries = 0; tries < RANDOM_TRIES_MAX; tries++) {
      const segment = this.segmentHandle(source.below(segments));
      const words = this.arena.words[segment >>> SEGMENT_SHIFT];
      const bucket = ((segment & SEGMENT_MASK) << 2) + source.below(1 << this.log2) * BUCKET_WORDS;
      const entry = words[bucket + FIRST_HANDLE_WORD + source.below(this.printWords << 2)];
      if (entry !== 0) return entry;
    }
    const found = new HandleList();
    for (let id = source.below(segments); found.length === 0; id = (id + 1) % segments) {
      this.emitSegment(this.segmentHandle(id), found);
    }
    return found.items[source.below(found.length)];
  }

  /**
   * Takes the table apart, a segment a call: emits the entries of one and frees it. After the first call nothing else
   * may be done with the table.
   * @returns false when the last segment and the root are gone.
   */
  drain(into: HandleList): boolean {
    const arena = this.arena;
    if (this.depth === 0) {
      this.emitSegment(this.single, into);
      arena.free(this.single);
      this.#forgetTable();
      this.entries = 0;
      return false;
    }
    const id = this.segmentCount() - 1;
    const segment = this.record(id, RECORD_HANDLE);
    this.emitSegment(segment, into);
    arena.free(segment);
    this.setCount(this.entries - this.record(id, RECORD_COUNT));
    this.setRootWord(ROOT_SEGMENTS, id);
    if (id > 0) return true;
    arena.free(this.rootWord(ROOT_DIRECTORY));
    arena.free(this.rootWord(ROOT_RECORDS));
    this.#forgetTable();
    return false;
  }

  /** Frees the root and keeps no view of what is gone: it would hold a whole segment of the arena. */
  #forgetTable(): void {
    this.arena.free(this.root);
    this.root = 0;
    this.directory = EMPTY;
    this.#foundWords = EMPTY;
  }

  /**
   * As `drain`, a bucket a call: emits the entries of one; a segment is freed when its buckets are empty. For whoever
   * may be stopped by what a single entry holds.
   * @returns false when the last segment and the root are gone.
   */
  drainBucket(into: HandleList): boolean {
    const id = this.segmentCount() - 1;
    const segment = this.segmentHandle(id);
    const words = this.arena.words[segment >>> SEGMENT_SHIFT];
    const base = (segment & SEGMENT_MASK) << 2;
    const before = into.length;
    for (let bucket = base; bucket < base + (BUCKET_WORDS << this.log2); bucket += BUCKET_WORDS) {
      for (let group = 0; group < this.printWords; group++) {
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
      this.setCount(this.entries - taken);
      if (this.depth > 0) this.addToRecord(id, -taken);
      return true;
    }
    return this.drain(into);
  }

  /** Asserts the invariants of the essay, reading every key. O(entries): for tests and DEBUG. */
  check(): void {
    const check = new TableCheck(this.arena, this.hash);
    check.attach(this.root);
    check.check();
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
    const words = this.arena.words[segment >>> SEGMENT_SHIFT];
    const base = (segment & SEGMENT_MASK) << 2;
    const mask = (1 << log2) - 1;
    const overflow = words[base + home * BUCKET_WORDS + META_WORD] >>> 24;
    const last = overflow === 0 ? 0 : Math.min(DISPLACEMENT_MAX, mask);
    const slots = this.printWords * 4;
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
}

/**
 * The arena: every byte of user data, off the JavaScript heap, addressed by int32 handles.
 *
 *     handle ≥ 0   granule number     sssssssss pppppppppp gggggggggggg
 *                                     segment 9  page 10    granule 12     (granule = 16 bytes)
 *     handle < 0   ~handle = index of a large block, which has an ArrayBuffer of its own
 *     handle 0     no block: the first granule is never handed out
 *
 *     segment 0 (1 MiB)        segment 1 (64 MiB)                     segment 2 …
 *     ┌──┬──┬──┬─ … ┐          ┌────┬────┬────┬────┬─ … ┬────┐
 *     │p0│p1│p2│    │          │ 48 │ 48 │4096│ 64 │    │free│   a page (64 KiB) holds blocks of one size class
 *     └──┴──┴──┴─ … ┘          └────┴────┴────┴────┴─ … ┴────┘
 *
 * Why so. An int32 stays a small integer on every engine (a uint32 does not: stores become three times slower on
 * JavaScriptCore); 31 bits of granules reach 32 GiB. Segments are fixed buffers that never move, so a view once taken
 * stays good until the block is freed. The first one is small because a few long-lived blocks (the roots of the
 * tables) land there: after a flush everything behind it can go back to the system. Resizable, shared and one-buffer
 * layouts measured within 15 % of this one.
 *
 * Pages carry their free list themselves (the first word of a free block is the handle of the next), their bump mark
 * (granules never used yet, so that untouched memory stays untouched) and the count of live blocks. Pages of a class
 * that have room are a doubly linked list; a page whose last block goes returns to its segment, and a segment whose
 * last page goes is given back, one kept as a spare against flapping until `trim`. The alternative, one free list per
 * class, is a few nanoseconds faster to push and can never find out that a page is empty.
 *
 * Cost: `allocate` and `free` touch one word of the block and two or three words of page tables (28 bytes a page,
 * 7 KiB per 16 MiB of data, so they stay in the cache): 10–20 ns. Exact accounting is one integer addition.
 *
 * Invariants (walked by `check` in tests): live + free-listed + never-used blocks = blocks of the page; a page is in
 * its class's list exactly when it has room; used granules = sum over pages; no page of a released segment is open.
 */
import { assert } from "../base/assert.ts";
import {
  CLASS_BLOCKS,
  CLASS_COUNT,
  CLASS_GRANULES,
  CLASS_OF_GRANULES,
  GRANULE_BYTES,
  PAGE_GRANULES,
  SLAB_GRANULES_MAX,
} from "./size-classes.ts";

/** An int32 address in an arena. See the essay above. */
export type Handle = number;

export const SEGMENT_SHIFT = 22;
/** `handle & SEGMENT_MASK` is the granule within its segment. */
export const SEGMENT_MASK = 0x3fffff;
const SEGMENT_BYTES = 64 * 1024 * 1024;
const FIRST_SEGMENT_BYTES = 1024 * 1024;
const SEGMENTS_MAX = 512;
const PAGE_SHIFT = 12;
const PAGES_PER_SEGMENT = 1024;
const PAGES_FIRST_SEGMENT = FIRST_SEGMENT_BYTES / (PAGE_GRANULES * GRANULE_BYTES);
const PAGE_FREE = 255;
const NONE = -1;

/** What a large block costs beside its bytes: its two views, the buffer object and the slot in the table. */
export const LARGE_BLOCK_OVERHEAD_BYTES = 256;
/** Blocks of a slab that take as long to free as a large one, which goes back to the system. */
export const SLAB_BLOCKS_PER_LARGE = 32;

/** How long it takes to free a block, in blocks of a slab. */
export function freeingSteps(block: Handle): number {
  return block < 0 ? SLAB_BLOCKS_PER_LARGE : 1;
}
/** Large blocks at the most: 2^24 blocks of over 32 KiB are half a terabyte. */
const LARGE_BLOCKS_MAX = 1 << 24;

const NO_BYTES = new Uint8Array(0);
const NO_WORDS = new Int32Array(0);
const NO_DOUBLES = new Float64Array(0);
const NO_VIEW = new DataView(new ArrayBuffer(0));

/** Where the arena's buffers come from and go to: the seam's memory, or a test's. */
export interface BufferSource {
  /** A buffer of zeros, possibly a little longer than asked for. */
  allocate(sizeBytes: number): ArrayBuffer;
  release(buffer: ArrayBuffer): void;
}

export class Arena {
  /** Views by segment. `bytes[handle >>> SEGMENT_SHIFT]`, at `(handle & SEGMENT_MASK) << 4`. */
  readonly bytes: Uint8Array[] = [];
  /** As `bytes`, at `(handle & SEGMENT_MASK) << 2`. */
  readonly words: Int32Array[] = [];
  /** As `bytes`: reads and writes four bytes at any alignment. */
  readonly views: DataView[] = [];
  /** As `bytes`, at `(handle & SEGMENT_MASK) << 1`. */
  readonly doubles: Float64Array[] = [];

  readonly #source: BufferSource;

  #pageClass = new Uint8Array(0);
  #pageLive = new Uint16Array(0);
  #pageFreeHead = new Int32Array(0);
  #pageBump = new Uint16Array(0);
  #pageNext = new Int32Array(0);
  #pagePrevious = new Int32Array(0);
  /** First page with room, by class. */
  readonly #open = new Int32Array(CLASS_COUNT).fill(NONE);

  /** Pages in use, by segment; -1 for a segment that does not exist (any more). */
  readonly #segmentPages = new Int16Array(SEGMENTS_MAX).fill(NONE);
  /** Pages of the segment that were ever opened: the rest is untouched memory. */
  readonly #segmentTouched = new Int16Array(SEGMENTS_MAX);
  /** Head of the list of touched, free pages, by segment. */
  readonly #segmentFreePage = new Int32Array(SEGMENTS_MAX).fill(NONE);
  #segments = 0;
  #emptySegments = 0;
  #liveGranules = 0;

  readonly #large: Uint8Array[] = [];
  readonly #largeWords: Int32Array[] = [];
  /** Replies that still point into the block; a freed block with pins is released with the last of them. */
  #largePins = new Uint8Array(64);
  #largeDead = new Uint8Array(64);
  #largeFree = new Int32Array(64);
  #largeFreeCount = 0;
  #largeLive = 0;
  #largeBytes = 0;

  constructor(source: BufferSource) {
    this.#source = source;
    this.#addSegment();
  }

  /** Bytes of live blocks, by size class, large blocks with their constant: the arena's part of used_memory. */
  get usedBytes(): number {
    return this.#liveGranules * GRANULE_BYTES + this.#largeBytes;
  }

  /** Bytes of the tables beside the data. */
  get overheadBytes(): number {
    return this.#pageClass.length * 17 + this.#largePins.length * 6 + SEGMENTS_MAX * 8;
  }

  /** Bytes obtained from the system: whole segments (touched or not) and large blocks. */
  get reservedBytes(): number {
    let bytes = this.#largeBytes;
    for (let segment = 0; segment < SEGMENTS_MAX; segment++) {
      if (this.#segmentPages[segment] !== NONE) bytes += this.bytes[segment].length;
    }
    return bytes;
  }

  /** Bytes of pages that were ever written to and large blocks: an estimate of what is resident. */
  get touchedBytes(): number {
    let pages = 0;
    for (let segment = 0; segment < SEGMENTS_MAX; segment++) {
      if (this.#segmentPages[segment] !== NONE) pages += this.#segmentTouched[segment];
    }
    return pages * PAGE_GRANULES * GRANULE_BYTES + this.#largeBytes;
  }

  get segmentCount(): number {
    return this.#segments;
  }

  get largeCount(): number {
    return this.#largeLive;
  }

  /**
   * A block of at least `sizeBytes` (≥ 1) with undefined content. Blocks of up to 32 KiB get a handle > 0, longer ones
   * a handle < 0 and zeroed memory.
   */
  allocate(sizeBytes: number): Handle {
    const granules = (sizeBytes + 15) >>> 4;
    if (granules > SLAB_GRANULES_MAX) return this.#allocateLarge(sizeBytes);
    const sizeClass = CLASS_OF_GRANULES[granules];
    const blockGranules = CLASS_GRANULES[sizeClass];
    let page = this.#open[sizeClass];
    if (page === NONE) page = this.#openPage(sizeClass);
    let handle = this.#pageFreeHead[page];
    if (handle !== 0) {
      const words = this.words[handle >>> SEGMENT_SHIFT];
      this.#pageFreeHead[page] = words[(handle & SEGMENT_MASK) << 2];
    } else {
      const bump = this.#pageBump[page];
      handle = (page << PAGE_SHIFT) + bump;
      this.#pageBump[page] = bump + blockGranules;
    }
    const live = this.#pageLive[page] + 1;
    this.#pageLive[page] = live;
    if (live === CLASS_BLOCKS[sizeClass]) this.#unlink(page, sizeClass);
    this.#liveGranules += blockGranules;
    return handle;
  }

  /** Gives a block back. The handle and all views derived from it are dead. */
  free(handle: Handle): void {
    if (handle < 0) {
      this.#freeLarge(handle);
      return;
    }
    const page = handle >>> PAGE_SHIFT;
    const sizeClass = this.#pageClass[page];
    assert(handle !== 0 && sizeClass !== PAGE_FREE, "freed handle belongs to an open page");
    const words = this.words[handle >>> SEGMENT_SHIFT];
    words[(handle & SEGMENT_MASK) << 2] = this.#pageFreeHead[page];
    this.#pageFreeHead[page] = handle;
    const live = this.#pageLive[page] - 1;
    this.#pageLive[page] = live;
    if (live + 1 === CLASS_BLOCKS[sizeClass]) this.#link(page, sizeClass);
    this.#liveGranules -= CLASS_GRANULES[sizeClass];
    if (live === 0) this.#closePage(page, sizeClass);
  }

  /** Bytes a block takes in the accounting. */
  sizeOf(handle: Handle): number {
    if (handle < 0) return this.#large[~handle].buffer.byteLength + LARGE_BLOCK_OVERHEAD_BYTES;
    return CLASS_GRANULES[this.#pageClass[handle >>> PAGE_SHIFT]] << 4;
  }

  /** What `sizeOf` of many comes to: of `count` handles in `words`, each `stride` after the one before. */
  sizeOfAll(words: Int32Array, first: number, stride: number, count: number): number {
    const pageClass = this.#pageClass;
    let bytes = 0;
    for (let at = first, end = first + count * stride; at < end; at += stride) {
      const handle = words[at];
      bytes += handle < 0 ? this.sizeOf(handle) : CLASS_GRANULES[pageClass[handle >>> PAGE_SHIFT]] << 4;
    }
    return bytes;
  }

  /** The bytes of a large block (`handle` < 0). */
  largeBytes(handle: Handle): Uint8Array {
    return this.#large[~handle];
  }

  /** The words of a large block that was allocated here (not adopted). */
  largeWords(handle: Handle): Int32Array {
    const index = ~handle;
    let words = this.#largeWords[index];
    if (words.length === 0) {
      const bytes = this.#large[index];
      words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
      this.#largeWords[index] = words;
    }
    return words;
  }

  /** Makes a buffer that somebody else filled (a long argument) a large block without copying it. */
  adopt(bytes: Uint8Array): Handle {
    let index: number;
    if (this.#largeFreeCount > 0) {
      index = this.#largeFree[--this.#largeFreeCount];
    } else {
      index = this.#large.length;
      assert(index < LARGE_BLOCKS_MAX, "number of large blocks is bounded");
      this.#large.push(NO_BYTES);
      this.#largeWords.push(NO_WORDS);
      if (index === this.#largePins.length) this.#growLargeTables();
    }
    this.#large[index] = bytes;
    this.#largeLive++;
    this.#largeBytes += bytes.buffer.byteLength + LARGE_BLOCK_OVERHEAD_BYTES;
    return ~index;
  }

  /**
   * Keeps a large block's bytes as they are while a reply points into them: a free in between is put off until the
   * last `unpin`, and who wants to change the block in place must copy it first (`isPinned`).
   */
  pin(handle: Handle): void {
    const pins = this.#largePins[~handle];
    assert(handle < 0 && pins < 255, "a large block has at most 255 pins");
    this.#largePins[~handle] = pins + 1;
  }

  isPinned(handle: Handle): boolean {
    return this.#largePins[~handle] !== 0;
  }

  /** Whether one more reply may point into the block; past the bound a reply is copied. A last pin is for snapshots. */
  canPin(handle: Handle): boolean {
    return this.#largePins[~handle] < 254;
  }

  unpin(handle: Handle): void {
    const index = ~handle;
    assert(this.#largePins[index] > 0, "unpinned block was pinned");
    this.#largePins[index] = this.#largePins[index] - 1;
    if (this.#largePins[index] === 0 && this.#largeDead[index] === 1) this.#dropLarge(index);
  }

  /** Gives every empty segment back to the system, the spare too. The first segment stays. */
  trim(): void {
    for (let segment = 1; segment < SEGMENTS_MAX && this.#emptySegments > 0; segment++) {
      if (this.#segmentPages[segment] === 0) this.#releaseSegment(segment);
    }
  }

  /**
   * Walks every page and asserts the invariants of the essay. O(memory): for tests and DEBUG.
   * @returns live bytes counted by the walk, to be compared with `usedBytes`.
   */
  check(): number {
    let granules = 0;
    for (let segment = 0; segment < SEGMENTS_MAX; segment++) {
      const pages = this.#segmentPages[segment];
      if (pages === NONE) continue;
      let open = 0;
      for (let slot = 0; slot < this.#pagesOf(segment); slot++) {
        const page = segment * PAGES_PER_SEGMENT + slot;
        if (this.#pageClass[page] === PAGE_FREE) continue;
        open++;
        granules += this.#checkPage(page);
      }
      assert(open === pages, "a segment knows how many pages are open");
      assert(pages <= this.#segmentTouched[segment], "open pages were touched");
    }
    for (let sizeClass = 0; sizeClass < CLASS_COUNT; sizeClass++) this.#checkList(sizeClass);
    assert(granules === this.#liveGranules, "live granules are counted exactly");
    let largeBytes = 0;
    for (let index = 0; index < this.#large.length; index++) {
      if (this.#largeDead[index] === 1 || this.#large[index] === NO_BYTES) continue;
      largeBytes += this.#large[index].buffer.byteLength + LARGE_BLOCK_OVERHEAD_BYTES;
    }
    assert(largeBytes === this.#largeBytes, "large bytes are counted exactly");
    return granules * GRANULE_BYTES + largeBytes;
  }

  #checkPage(page: number): number {
    const sizeClass = this.#pageClass[page];
    const blockGranules = CLASS_GRANULES[sizeClass];
    const reserved = page === 0 ? 1 : 0;
    let free = 0;
    for (let handle = this.#pageFreeHead[page]; handle !== 0; free++) {
      assert(handle >>> PAGE_SHIFT === page, "a free list stays within its page");
      assert(free <= CLASS_BLOCKS[sizeClass], "a free list has no cycle");
      handle = this.words[handle >>> SEGMENT_SHIFT][(handle & SEGMENT_MASK) << 2];
    }
    const bumped = this.#pageBump[page] / blockGranules;
    assert(this.#pageLive[page] + free === bumped, "live + free = blocks handed out so far");
    return (this.#pageLive[page] - reserved) * blockGranules;
  }

  #checkList(sizeClass: number): void {
    let previous = NONE;
    for (let page = this.#open[sizeClass]; page !== NONE; page = this.#pageNext[page]) {
      assert(this.#pageClass[page] === sizeClass, "a class's list holds pages of the class");
      assert(this.#pagePrevious[page] === previous, "the list is linked both ways");
      assert(this.#pageLive[page] < CLASS_BLOCKS[sizeClass], "a listed page has room");
      previous = page;
    }
  }

  #pagesOf(segment: number): number {
    return segment === 0 ? PAGES_FIRST_SEGMENT : PAGES_PER_SEGMENT;
  }

  /** Takes a free page for a class and puts it at the head of the class's list. Lowest segment first. */
  #openPage(sizeClass: number): number {
    let segment = 0;
    while (segment < SEGMENTS_MAX) {
      const pages = this.#segmentPages[segment];
      if (pages !== NONE && pages < this.#pagesOf(segment)) break;
      segment++;
    }
    if (segment === SEGMENTS_MAX) segment = this.#addSegment();
    let page = this.#segmentFreePage[segment];
    if (page !== NONE) {
      this.#segmentFreePage[segment] = this.#pageNext[page];
    } else {
      page = segment * PAGES_PER_SEGMENT + this.#segmentTouched[segment];
      this.#segmentTouched[segment] = this.#segmentTouched[segment] + 1;
    }
    if (this.#segmentPages[segment] === 0 && segment > 0) this.#emptySegments--;
    this.#segmentPages[segment] = this.#segmentPages[segment] + 1;
    this.#pageClass[page] = sizeClass;
    // The first block of the very first page would be handle 0: it counts as live for ever.
    const reserved = page === 0 ? 1 : 0;
    this.#pageLive[page] = reserved;
    this.#pageBump[page] = reserved * CLASS_GRANULES[sizeClass];
    this.#pageFreeHead[page] = 0;
    this.#link(page, sizeClass);
    return page;
  }

  #closePage(page: number, sizeClass: number): void {
    this.#unlink(page, sizeClass);
    const segment = (page / PAGES_PER_SEGMENT) | 0;
    this.#pageClass[page] = PAGE_FREE;
    this.#pageNext[page] = this.#segmentFreePage[segment];
    this.#segmentFreePage[segment] = page;
    this.#segmentPages[segment] = this.#segmentPages[segment] - 1;
    if (this.#segmentPages[segment] === 0 && segment > 0) {
      this.#emptySegments++;
      if (this.#emptySegments > 1) this.#releaseSegment(segment);
    }
  }

  #link(page: number, sizeClass: number): void {
    const head = this.#open[sizeClass];
    this.#pageNext[page] = head;
    this.#pagePrevious[page] = NONE;
    if (head !== NONE) this.#pagePrevious[head] = page;
    this.#open[sizeClass] = page;
  }

  #unlink(page: number, sizeClass: number): void {
    const next = this.#pageNext[page];
    const previous = this.#pagePrevious[page];
    if (previous === NONE) this.#open[sizeClass] = next;
    else this.#pageNext[previous] = next;
    if (next !== NONE) this.#pagePrevious[next] = previous;
  }

  #addSegment(): number {
    let segment = 0;
    while (segment < SEGMENTS_MAX && this.#segmentPages[segment] !== NONE) segment++;
    assert(segment < SEGMENTS_MAX, "the arena is full: 32 GiB of blocks");
    const buffer = this.#source.allocate(segment === 0 ? FIRST_SEGMENT_BYTES : SEGMENT_BYTES);
    this.bytes[segment] = new Uint8Array(buffer);
    this.words[segment] = new Int32Array(buffer);
    this.doubles[segment] = new Float64Array(buffer);
    this.views[segment] = new DataView(buffer);
    this.#growPageTables((segment + 1) * PAGES_PER_SEGMENT);
    const firstPage = segment * PAGES_PER_SEGMENT;
    this.#pageClass.fill(PAGE_FREE, firstPage, firstPage + PAGES_PER_SEGMENT);
    this.#segmentPages[segment] = 0;
    this.#segmentTouched[segment] = 0;
    this.#segmentFreePage[segment] = NONE;
    this.#segments++;
    if (segment > 0) this.#emptySegments++;
    return segment;
  }

  #releaseSegment(segment: number): void {
    const buffer = this.bytes[segment].buffer as ArrayBuffer;
    this.bytes[segment] = NO_BYTES;
    this.words[segment] = NO_WORDS;
    this.doubles[segment] = NO_DOUBLES;
    this.views[segment] = NO_VIEW;
    this.#segmentPages[segment] = NONE;
    this.#segments--;
    this.#emptySegments--;
    this.#source.release(buffer);
  }

  #growPageTables(pages: number): void {
    if (pages <= this.#pageClass.length) return;
    const length = Math.max(pages, this.#pageClass.length * 2);
    const grow = <T extends Uint8Array | Uint16Array | Int32Array>(into: T, from: T): T => {
      into.set(from);
      return into;
    };
    this.#pageClass = grow(new Uint8Array(length).fill(PAGE_FREE), this.#pageClass);
    this.#pageLive = grow(new Uint16Array(length), this.#pageLive);
    this.#pageFreeHead = grow(new Int32Array(length), this.#pageFreeHead);
    this.#pageBump = grow(new Uint16Array(length), this.#pageBump);
    this.#pageNext = grow(new Int32Array(length), this.#pageNext);
    this.#pagePrevious = grow(new Int32Array(length), this.#pagePrevious);
  }

  #allocateLarge(sizeBytes: number): Handle {
    return this.adopt(new Uint8Array(this.#source.allocate(sizeBytes), 0, sizeBytes));
  }

  #freeLarge(handle: Handle): void {
    const index = ~handle;
    assert(this.#large[index] !== undefined && this.#large[index] !== NO_BYTES, "freed large block is live");
    this.#largeBytes -= this.#large[index].buffer.byteLength + LARGE_BLOCK_OVERHEAD_BYTES;
    this.#largeLive--;
    if (this.#largePins[index] !== 0) this.#largeDead[index] = 1;
    else this.#dropLarge(index);
  }

  #dropLarge(index: number): void {
    const buffer = this.#large[index].buffer as ArrayBuffer;
    this.#large[index] = NO_BYTES;
    this.#largeWords[index] = NO_WORDS;
    this.#largeDead[index] = 0;
    this.#largeFree[this.#largeFreeCount++] = index;
    this.#source.release(buffer);
  }

  #growLargeTables(): void {
    const length = this.#largePins.length * 2;
    const pins = new Uint8Array(length);
    pins.set(this.#largePins);
    this.#largePins = pins;
    const dead = new Uint8Array(length);
    dead.set(this.#largeDead);
    this.#largeDead = dead;
    const free = new Int32Array(length);
    free.set(this.#largeFree);
    this.#largeFree = free;
  }
}

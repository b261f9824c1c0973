/**
 * Big strings: values beyond a megabyte, in pages, so that no command ever copies the whole.
 *
 *     how a string value is kept, by length
 *       64 bits                INTEGER  in the entry
 *       up to ~32 KB           INLINE   in the entry, with the slack of its block
 *       up to 1 MB             OUTSIDE  one block; it doubles as the value grows
 *       more, as it came       OUTSIDE  one block of exactly that length: the argument itself, not copied
 *       more, once changed     PAGED    this file
 *
 *     root   ┌ header ───────────────────┬ bases: 3 words each ────────┬ slots: 1 word for 256 KB each ─────────┐
 *            │ flags, slots, bases, pages │ block, origin, references … │ 0 │ −17 │ 1 │ 1 │ 1 │ −18 │ 0 │ 0 │ … │
 *            └───────────────────────────┴─────────────────────────────┴────────────────────────────────────────┘
 *     slot   0     zeros, without memory
 *            < 0   a page: a large block of its own
 *            n > 0 these bytes stand in base n, at (position − origin)
 *     base   a block that was there before it was cut into pages: an argument of any length, or the grown block
 *
 * Why pages. One large block would be simpler to read, but a block of 256 MB that has to grow is copied, and memory
 * that is touched for the first time costs some 0.5 to 2 ms a megabyte (page faults, not copying, are what takes the
 * time): a stall of a tenth of a second and twice the memory meanwhile. Here growing by one byte costs one byte or one
 * page; SETRANGE at the far end of nothing costs the root (8 KB for 512 MB) and one page.
 *
 * Why bases. A value of 512 MB arrives in one buffer; cutting that into pages would again be a copy. So it stays where
 * it is and slots point into it. A long argument that is appended or set in the middle becomes a base too: only the
 * edges, where a page is shared with what stands there already, are copied. That is worth it from 4 MB on: the edges
 * waste at most an eighth of it.
 *
 * Why 256 KB. A page is what is copied when a change meets a reader: a reply on its way to a slow client points into
 * the page, or a snapshot has yet to write it. Then the page is copied first and the reader keeps the old one: a
 * fraction of a millisecond each. 64 KB would make it shorter still, but with four times the blocks, each with objects
 * on the JavaScript heap; with 1 MB the last page of a value is half a megabyte of air on average.
 *
 * Who else sees a page is told by its pins (`Arena.pin`). A reply pins the runs it sends. A snapshot that has yet to
 * write the value gets a root of its own: `share` makes this one BORROWED, pins every block once for it, and hands the
 * blocks to a copy of the root, which belongs to the changed value. What is borrowed is unpinned where what is owned
 * is freed; so both roots are freed in any order, and a page lives as long as one of them needs it. Readers see at most
 * the bytes that the string had when they came, so bytes behind the end may always be written in place.
 *
 * Invariants: slots = ⌈length / PAGE⌉ (a root has no more than that); a base's references = slots that name it; a base
 * without references is freed; bytes behind the string's end in its last page are zero.
 *
 * Cost: finding the run at a position is one look at its slot; reading and writing cost a step a page.
 */
import { assert } from "../base/assert.ts";
import { copyBytes } from "../base/bytes.ts";
import { type Arena, type Handle, LARGE_BLOCK_OVERHEAD_BYTES } from "../memory/arena.ts";
import { Span, wordAt, wordsOf } from "./entry.ts";

const PAGE_SHIFT = 18;
/** What is copied at once when a change meets a reader. */
export const STRING_PAGE_BYTES: number = 1 << PAGE_SHIFT;
const PAGE_MASK = STRING_PAGE_BYTES - 1;
/** A value that grows is one block up to here, and paged beyond. */
export const CONTIGUOUS_BYTES_MAX: number = 4 * STRING_PAGE_BYTES;
/** From here on an argument with a buffer of its own becomes part of a big string without being copied. */
export const ADOPTED_BYTES_MIN: number = 16 * STRING_PAGE_BYTES;

const FLAGS = 0;
const SLOTS = 1;
const BASES = 2;
const PAGES = 3;
const HEADER_WORDS = 4;
const BASE_WORDS = 3;
const BASE_BLOCK = 0;
const BASE_ORIGIN = 1;
const BASE_REFERENCES = 2;

const BORROWED = 1;

const NO_WORDS = new Int32Array(0);
/** What a slot without memory reads as; never written to. */
const ZEROS = new Uint8Array(64 * 1024);

/** A stretch of a value that stands in one piece. */
export class Run extends Span {
  /** The large block it stands in, which may be pinned; 0 when it stands elsewhere. */
  block: Handle = 0;
  /** Whether these are bytes that never change and need no pin. */
  isConstant = false;
}

/** A lens over the root of a big string. The string's length is in its entry, so callers pass it. */
export class BigString {
  /** Changes when the root has to grow or to share. */
  root: Handle = 0;
  readonly #arena: Arena;
  #words: Int32Array = NO_WORDS;
  /** Index of the root's first word, and of its first slot. */
  #at = 0;
  #slotsAt = 0;
  readonly #run = new Run();

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  attach(root: Handle): this {
    this.root = root;
    this.#words = root < 0 ? this.#arena.largeWords(root) : wordsOf(this.#arena, root);
    this.#at = root < 0 ? 0 : wordAt(root);
    this.#slotsAt = this.#at + HEADER_WORDS + this.#words[this.#at + BASES] * BASE_WORDS;
    return this;
  }

  /** Makes a string of zeros. */
  createZeros(lengthBytes: number): this {
    this.#allocate(0, slotsFor(lengthBytes));
    return this;
  }

  /** Makes a string of the first `lengthBytes` bytes of a large block, which is the string's from now on. */
  createFromBlock(block: Handle, lengthBytes: number): this {
    const slots = slotsFor(lengthBytes);
    this.#allocate(1, slots);
    this.#setBase(0, block, 0, slots);
    this.#words.fill(1, this.#slotsAt, this.#slotsAt + slots);
    return this;
  }

  /** Bytes in the accounting: the root and the blocks, whether owned or borrowed. */
  get sizeBytes(): number {
    const arena = this.#arena;
    let bytes = arena.sizeOf(this.root);
    bytes += this.#words[this.#at + PAGES] * (STRING_PAGE_BYTES + LARGE_BLOCK_OVERHEAD_BYTES);
    for (let base = 0; base < this.#bases(); base++) {
      const block = this.#words[this.#baseAt(base) + BASE_BLOCK];
      if (block !== 0) bytes += arena.sizeOf(block);
    }
    return bytes;
  }

  // ---- reading --------------------------------------------------------------------------------------------------

  /** Points `run` at the bytes from `position` on that stand in one piece, up to `end`, which is within the string. */
  find(position: number, end: number, run: Run): void {
    const slot = position >>> PAGE_SHIFT;
    const value = this.#words[this.#slotsAt + slot];
    run.isConstant = value === 0;
    run.block = 0;
    if (value > 0) {
      this.#findInBase(slot, value, position, end, run);
      return;
    }
    run.length = Math.min(end, (slot + 1) * STRING_PAGE_BYTES) - position;
    if (value < 0) {
      run.block = value;
      run.bytes = this.#arena.largeBytes(value);
      run.start = position & PAGE_MASK;
    } else {
      run.bytes = ZEROS;
      run.start = 0;
      run.length = Math.min(run.length, ZEROS.length);
    }
  }

  #findInBase(slot: number, value: number, position: number, end: number, run: Run): void {
    const words = this.#words;
    let next = slot + 1;
    while (next * STRING_PAGE_BYTES < end && words[this.#slotsAt + next] === value) next++;
    const base = this.#baseAt(value - 1);
    run.block = words[base + BASE_BLOCK];
    run.bytes = this.#arena.largeBytes(run.block);
    run.start = position - words[base + BASE_ORIGIN];
    run.length = Math.min(end, next * STRING_PAGE_BYTES) - position;
  }

  // ---- changing -------------------------------------------------------------------------------------------------

  /** Lengthens the string by zeros. They cost no memory until they are written to. */
  grow(oldLength: number, newLength: number): void {
    assert(!this.#isBorrowed(), "a borrowed string does not change");
    const slots = slotsFor(newLength);
    if (slots > this.#slots()) this.#reshape(this.#bases(), slots);
    const last = oldLength >>> PAGE_SHIFT;
    if ((oldLength & PAGE_MASK) === 0) return;
    const value = this.#words[this.#slotsAt + last];
    // Where the string ended in a base, the base may end there too.
    if (value > 0 && this.#baseEnd(value - 1) < Math.min(newLength, (last + 1) * STRING_PAGE_BYTES)) {
      this.#copyToPage(last);
    }
  }

  /**
   * As `find`, for bytes that may be written to.
   * @param seenEnd behind this position nobody else sees the string; what stands before it is copied if somebody does.
   */
  findWritable(position: number, end: number, seenEnd: number, run: Run): void {
    assert(!this.#isBorrowed(), "a borrowed string does not change");
    const slot = position >>> PAGE_SHIFT;
    const value = this.#words[this.#slotsAt + slot];
    const slotEnd = Math.min(end, (slot + 1) * STRING_PAGE_BYTES);
    if (value === 0) {
      this.#setPage(slot);
    } else if (position < seenEnd && this.#arena.isPinned(this.#blockOf(value))) {
      const isWhole = (position & PAGE_MASK) === 0 && slotEnd - position === STRING_PAGE_BYTES;
      if (isWhole) this.#setPage(slot);
      else this.#copyToPage(slot);
    }
    this.find(position, slotEnd, run);
  }

  /** Writes bytes at a position within the string. `seenEnd` as for `findWritable`. */
  write(position: number, source: Uint8Array, start: number, length: number, seenEnd: number): void {
    const run = this.#run;
    for (let done = 0; done < length; done += run.length) {
      this.findWritable(position + done, position + length, seenEnd, run);
      copyBytes(source, start + done, run.bytes, run.start, run.length);
    }
  }

  /**
   * As `write` for a buffer of at least ADOPTED_BYTES_MIN that becomes part of the string.
   * @param stringEnd the string's length.
   */
  adopt(position: number, source: Uint8Array, stringEnd: number, seenEnd: number): void {
    const end = position + source.length;
    const first = slotsFor(position);
    const last = end === stringEnd ? slotsFor(end) : end >>> PAGE_SHIFT;
    assert(first < last, "a buffer worth keeping fills pages");
    const base = this.#addBase(this.#arena.adopt(source), position, last - first);
    for (let slot = first; slot < last; slot++) {
      this.#dropSlot(slot);
      this.#words[this.#slotsAt + slot] = base + 1;
    }
    const head = first * STRING_PAGE_BYTES - position;
    const tail = Math.max(0, end - last * STRING_PAGE_BYTES);
    this.write(position, source, 0, head, seenEnd);
    this.write(end - tail, source, source.length - tail, tail, seenEnd);
  }

  // ---- whose it is ----------------------------------------------------------------------------------------------

  /**
   * Makes this root a borrower of its blocks, for somebody who still has to read the string as it is now.
   * @returns the root that owns them from now on.
   */
  share(): Handle {
    assert(!this.#isBorrowed(), "a string is lent by its owner");
    const arena = this.#arena;
    const { root } = this;
    const words = this.#words;
    const at = this.#at;
    for (let slot = 0; slot < this.#slots(); slot++) {
      const value = words[this.#slotsAt + slot];
      if (value < 0) arena.pin(value);
    }
    for (let base = 0; base < this.#bases(); base++) {
      const block = words[this.#baseAt(base) + BASE_BLOCK];
      if (block !== 0) arena.pin(block);
    }
    this.#reshapeCopy(this.#bases(), this.#slots());
    const owner = this.root;
    words[at + FLAGS] |= BORROWED;
    this.attach(root);
    return owner;
  }

  /** Copies the string. O(bytes). @returns the root of the copy. */
  copy(lengthBytes: number): Handle {
    const into = new BigString(this.#arena).createZeros(lengthBytes);
    const run = new Run();
    for (let at = 0; at < lengthBytes; at += run.length) {
      this.find(at, lengthBytes, run);
      if (!run.isConstant) into.write(at, run.bytes, run.start, run.length, 0);
    }
    return into.root;
  }

  /**
   * Frees the string, or a part of it, after which only more freeing makes sense.
   * @param pagesMax how many pages at the most.
   * @returns bytes that are left to free; 0 when all is freed, and the root is gone.
   */
  free(pagesMax: number): number {
    let slots = this.#slots();
    for (let freed = 0; freed < pagesMax && slots > 0; freed++) this.#dropSlot(--slots);
    this.#words[this.#at + SLOTS] = slots;
    if (slots > 0) return this.#isBorrowed() ? this.#arena.sizeOf(this.root) : this.sizeBytes;
    this.#arena.free(this.root);
    this.root = 0;
    return 0;
  }

  // ---- steps ----------------------------------------------------------------------------------------------------

  #isBorrowed(): boolean {
    return (this.#words[this.#at + FLAGS] & BORROWED) !== 0;
  }

  #slots(): number {
    return this.#words[this.#at + SLOTS];
  }

  #bases(): number {
    return this.#words[this.#at + BASES];
  }

  #baseAt(base: number): number {
    return this.#at + HEADER_WORDS + base * BASE_WORDS;
  }

  #setBase(base: number, block: Handle, origin: number, references: number): void {
    const at = this.#baseAt(base);
    this.#words[at + BASE_BLOCK] = block;
    this.#words[at + BASE_ORIGIN] = origin;
    this.#words[at + BASE_REFERENCES] = references;
  }

  /** The position behind the last byte that a base can hold. */
  #baseEnd(base: number): number {
    const at = this.#baseAt(base);
    return this.#words[at + BASE_ORIGIN] + this.#arena.largeBytes(this.#words[at + BASE_BLOCK]).length;
  }

  /** @returns the number of the base. */
  #addBase(block: Handle, origin: number, references: number): number {
    let base = 0;
    while (base < this.#bases() && this.#words[this.#baseAt(base) + BASE_BLOCK] !== 0) base++;
    if (base === this.#bases()) this.#reshape(base + 1, this.#slots());
    this.#setBase(base, block, origin, references);
    return base;
  }

  /** The block that a slot's value stands for. */
  #blockOf(value: number): Handle {
    return value < 0 ? value : this.#words[this.#baseAt(value - 1) + BASE_BLOCK];
  }

  /** Gives a slot a page of zeros. */
  #setPage(slot: number): Uint8Array {
    this.#dropSlot(slot);
    const page = this.#arena.allocate(STRING_PAGE_BYTES);
    this.#words[this.#slotsAt + slot] = page;
    this.#words[this.#at + PAGES]++;
    return this.#arena.largeBytes(page);
  }

  /** Gives a slot a page of its own with the bytes that it has. */
  #copyToPage(slot: number): void {
    const run = this.#run;
    const position = slot * STRING_PAGE_BYTES;
    const value = this.#words[this.#slotsAt + slot];
    const end = position + STRING_PAGE_BYTES;
    this.find(position, value > 0 ? Math.min(end, this.#baseEnd(value - 1)) : end, run);
    const { bytes, start, length } = run;
    const source = bytes.subarray(start, start + Math.min(length, STRING_PAGE_BYTES));
    // The old block may go with the slot, so it is kept until it is copied.
    const block = run.block;
    this.#arena.pin(block);
    this.#setPage(slot).set(source);
    this.#arena.unpin(block);
  }

  /** Lets go of what a slot has. The slot's value is the caller's to replace. */
  #dropSlot(slot: number): void {
    const arena = this.#arena;
    const words = this.#words;
    const value = words[this.#slotsAt + slot];
    if (value === 0) return;
    let block = value;
    if (value > 0) {
      const base = this.#baseAt(value - 1);
      words[base + BASE_REFERENCES]--;
      if (words[base + BASE_REFERENCES] > 0) return;
      block = words[base + BASE_BLOCK];
      words[base + BASE_BLOCK] = 0;
    } else {
      words[this.#at + PAGES]--;
    }
    if (this.#isBorrowed()) arena.unpin(block);
    else arena.free(block);
  }

  /** Makes room for so many bases and slots. */
  #reshape(bases: number, slots: number): void {
    const capacity = this.#capacityWords() - HEADER_WORDS - bases * BASE_WORDS;
    if (bases === this.#bases() && slots <= capacity) {
      this.#words.fill(0, this.#slotsAt + this.#slots(), this.#slotsAt + slots);
      this.#words[this.#at + SLOTS] = slots;
      return;
    }
    const old = this.root;
    this.#reshapeCopy(bases, slots);
    this.#arena.free(old);
  }

  #capacityWords(): number {
    return this.root < 0 ? this.#words.length : this.#arena.sizeOf(this.root) >> 2;
  }

  /** Copies the root into a new one, which is attached then. */
  #reshapeCopy(bases: number, slots: number): void {
    const words = this.#words;
    const at = this.#at;
    const slotsAt = this.#slotsAt;
    const oldSlots = this.#slots();
    this.#allocate(bases, slots);
    this.#words[this.#at + PAGES] = words[at + PAGES];
    this.#words.set(words.subarray(at + HEADER_WORDS, slotsAt), this.#at + HEADER_WORDS);
    this.#words.set(words.subarray(slotsAt, slotsAt + oldSlots), this.#slotsAt);
  }

  /** Allocates and attaches an empty root. */
  #allocate(bases: number, slots: number): void {
    const words = HEADER_WORDS + bases * BASE_WORDS + slots;
    // Room to grow by a quarter: who appends a page does not copy the root each time.
    const root = this.#arena.allocate((words + (slots >> 2)) << 2);
    this.root = root;
    this.#words = root < 0 ? this.#arena.largeWords(root) : wordsOf(this.#arena, root);
    this.#at = root < 0 ? 0 : wordAt(root);
    this.#words.fill(0, this.#at, this.#at + words);
    this.#words[this.#at + SLOTS] = slots;
    this.#words[this.#at + BASES] = bases;
    this.attach(root);
  }
}

/** Slots for so many bytes. */
function slotsFor(lengthBytes: number): number {
  return Math.ceil(lengthBytes / STRING_PAGE_BYTES);
}

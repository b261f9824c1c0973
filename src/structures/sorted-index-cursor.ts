/** A place in a sorted index: see `sorted-index.ts`. */
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";
import {
  HEADER_DOUBLES,
  HEADER_WORDS,
  LEAF_NEXT,
  LEAF_PREVIOUS,
  NODE_CAPACITY,
  NODE_COUNT,
} from "./sorted-index-nodes.ts";

const NO_WORDS: Int32Array = new Int32Array(0);
const NO_DOUBLES: Float64Array = new Float64Array(0);

/**
 * Walks the elements in order, either way: a step within a leaf is two loads. Made once and placed again and again by
 * the index's seeks; good until the index next changes.
 */
export class SortedCursor {
  /** The entry under the cursor; 0 before the first and after the last. */
  entry: Handle = 0;
  /** Its score. */
  score = 0;
  readonly #arena: Arena;
  #words: Int32Array = NO_WORDS;
  #doubles: Float64Array = NO_DOUBLES;
  /** Index of the leaf's header and of its first entry in `#words`, of its first score in `#doubles`. */
  #headerAt = 0;
  #entriesAt = 0;
  #scoresAt = 0;
  #slot = 0;
  #count = 0;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /**
   * Places the cursor on a slot of a leaf; one slot beyond the last means the next leaf's first, or the end.
   * @returns whether there is an element.
   */
  place(leaf: Handle, slot: number): boolean {
    this.#enter(leaf);
    this.#slot = slot;
    if (slot < this.#count) return this.#load();
    const next = this.#words[this.#headerAt + LEAF_NEXT];
    if (next === 0) {
      this.entry = 0;
      return false;
    }
    this.#enter(next);
    this.#slot = 0;
    return this.#load();
  }

  /** Steps to the element after. @returns false, and `entry` is 0, when there is none. */
  next(): boolean {
    if (this.#slot + 1 < this.#count) {
      this.#slot++;
      return this.#load();
    }
    const next = this.#words[this.#headerAt + LEAF_NEXT];
    if (next === 0) {
      this.#slot = this.#count;
      this.entry = 0;
      return false;
    }
    this.#enter(next);
    this.#slot = 0;
    return this.#load();
  }

  /** Steps to the element before, from the end to the last. @returns false, and `entry` is 0, when there is none. */
  previous(): boolean {
    if (this.#slot > 0) {
      this.#slot--;
      return this.#load();
    }
    const previous = this.#words[this.#headerAt + LEAF_PREVIOUS];
    if (previous === 0) {
      this.#slot = -1;
      this.entry = 0;
      return false;
    }
    this.#enter(previous);
    this.#slot = this.#count - 1;
    return this.#load();
  }

  #enter(leaf: Handle): void {
    this.#words = this.#arena.words[leaf >>> SEGMENT_SHIFT];
    this.#doubles = this.#arena.doubles[leaf >>> SEGMENT_SHIFT];
    const at = (leaf & SEGMENT_MASK) << 2;
    this.#headerAt = at;
    this.#count = this.#words[at + NODE_COUNT];
    this.#entriesAt = at + HEADER_WORDS + 2 * this.#words[at + NODE_CAPACITY];
    this.#scoresAt = ((leaf & SEGMENT_MASK) << 1) + HEADER_DOUBLES;
  }

  #load(): boolean {
    this.entry = this.#words[this.#entriesAt + this.#slot];
    this.score = this.#doubles[this.#scoresAt + this.#slot];
    return true;
  }
}

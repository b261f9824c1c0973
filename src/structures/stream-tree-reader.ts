/**
 * Places in a tree of ids and what stands there: everything that changes no element. `stream-tree.ts` has the essay.
 *
 * A place is a leaf and a slot in it. The words that it is in and where it begins in these are kept at hand: going on
 * within a leaf looks at nothing else. The one word that looking up writes is the finger in the root.
 */
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";
import { ID_WORDS, type StreamId } from "./stream-id.ts";
import {
  childAt,
  childFor,
  compareWordsWith,
  HEADER_WORDS,
  LEAF_NEXT,
  LEAF_PREVIOUS,
  NODE_COUNT,
  ROOT_COUNT,
  ROOT_FINGER,
  ROOT_FIRST,
  ROOT_HEIGHT,
  ROOT_INNERS,
  ROOT_LAST,
  ROOT_LEAVES,
  ROOT_TOP,
  TREE_NODE_BYTES,
  TREE_ROOT_WORDS,
} from "./stream-tree-nodes.ts";

const NO_WORDS = new Int32Array(0);

export class IdTreeReader {
  protected readonly arena: Arena;
  /** Words of a slot in a leaf. */
  protected readonly stride: number;

  /** The place: a leaf, its words, and the slot in it. */
  protected leaf: Handle = 0;
  protected words: Int32Array = NO_WORDS;
  protected base = 0;
  protected slot = 0;

  /** Elements that the last `pass` has passed. */
  passed = 0;

  /** The root. */
  #root: Int32Array = NO_WORDS;
  #at = 0;

  /** @param valueWords words beside each id. */
  constructor(arena: Arena, valueWords: number) {
    this.arena = arena;
    this.stride = ID_WORDS + valueWords;
  }

  /** Points the lens at the root that stands in a block. It stands at no element. */
  attach(block: Handle, offset: number): this {
    this.#root = this.arena.words[block >>> SEGMENT_SHIFT];
    this.#at = ((block & SEGMENT_MASK) << 2) + offset;
    this.leaf = 0;
    return this;
  }

  /** Number of elements. */
  get count(): number {
    return this.#root[this.#at + ROOT_COUNT];
  }

  /** Bytes of the nodes in the accounting. O(1). */
  get blockBytes(): number {
    const height = this.rootWord(ROOT_HEIGHT);
    if (height === 0) return 0;
    if (height === 1) return this.arena.sizeOf(this.rootWord(ROOT_TOP));
    return (this.rootWord(ROOT_LEAVES) + this.rootWord(ROOT_INNERS)) * TREE_NODE_BYTES;
  }

  /** Whether the tree has no nodes: it is empty, or all has been freed. */
  get isGone(): boolean {
    return this.rootWord(ROOT_HEIGHT) === 0;
  }

  // ---- places ----------------------------------------------------------------------------------------------------

  /** To an id. @returns whether it is there; otherwise the lens stands at no element. */
  find(id: StreamId): boolean {
    if (this.rootWord(ROOT_COUNT) === 0) return this.#nowhere();
    return this.locate(id) || this.#nowhere();
  }

  /** To the first element with at least this id. @returns whether there is one. */
  seek(id: StreamId): boolean {
    if (this.rootWord(ROOT_COUNT) === 0) return this.#nowhere();
    this.enter(this.#leafFor(id));
    this.slot = this.#lowerBound(id);
    if (this.slot < this.words[this.base + NODE_COUNT]) return true;
    this.slot--;
    return this.next();
  }

  /** To the last element with at most this id. @returns whether there is one. */
  seekBack(id: StreamId): boolean {
    if (this.rootWord(ROOT_COUNT) === 0) return this.#nowhere();
    return this.locate(id) || this.previous();
  }

  /** To the first element. @returns whether there is one. */
  first(): boolean {
    const leaf = this.rootWord(ROOT_FIRST);
    if (leaf === 0) return this.#nowhere();
    this.enter(leaf);
    this.slot = 0;
    return true;
  }

  /** To the last element. @returns whether there is one. */
  last(): boolean {
    const leaf = this.rootWord(ROOT_LAST);
    if (leaf === 0) return this.#nowhere();
    this.enter(leaf);
    this.slot = this.words[this.base + NODE_COUNT] - 1;
    return true;
  }

  /** To the element after. @returns whether there is one. */
  next(): boolean {
    if (++this.slot < this.words[this.base + NODE_COUNT]) return true;
    const leaf = this.words[this.base + LEAF_NEXT];
    if (leaf === 0) return this.#nowhere();
    this.enter(leaf);
    this.slot = 0;
    return true;
  }

  /** To the element before. @returns whether there is one. */
  previous(): boolean {
    if (--this.slot >= 0) return true;
    const leaf = this.words[this.base + LEAF_PREVIOUS];
    if (leaf === 0) return this.#nowhere();
    this.enter(leaf);
    this.slot = this.words[this.base + NODE_COUNT] - 1;
    return true;
  }

  /** Whether the lens stands at an element. */
  get isPlaced(): boolean {
    return this.leaf !== 0;
  }

  /** To no element. */
  leave(): void {
    this.leaf = 0;
  }

  /**
   * From the first element on as long as a word of those passed sums up to less than `enough`, and with the next to no
   * more than `max`, but not beyond the one at which the lens stands, if it does. It stands afterwards where that ends,
   * or nowhere when that is behind all. O(those passed).
   * @returns the sum. How many were passed is `passed`.
   */
  pass(word: number, enough: number, max: number): number {
    const endLeaf = this.leaf;
    const endSlot = this.slot;
    const stride = this.stride;
    let sum = 0;
    let passed = 0;
    for (let isMore = this.first(); isMore; isMore = this.next()) {
      const words = this.words;
      const count = this.leaf === endLeaf ? endSlot : words[this.base + NODE_COUNT];
      let slot = 0;
      for (let at = this.slotAt(0) + ID_WORDS + word; slot < count && sum < enough; at += stride) {
        const next = sum + words[at];
        if (next > max) break;
        sum = next;
        slot++;
      }
      passed += slot;
      this.slot = slot;
      if (slot < count || this.leaf === endLeaf) break;
      this.slot--;
    }
    this.passed = passed;
    return sum;
  }

  /** Bytes in the accounting of the blocks whose handles are a word of the first elements, as many as there must be. */
  sizeOfFirst(count: number, word: number): number {
    let bytes = 0;
    let left = count;
    for (let leaf = this.rootWord(ROOT_FIRST); left > 0; leaf = this.header(leaf, LEAF_NEXT)) {
      const here = Math.min(left, this.header(leaf, NODE_COUNT));
      const words = this.arena.words[leaf >>> SEGMENT_SHIFT];
      const first = ((leaf & SEGMENT_MASK) << 2) + HEADER_WORDS + ID_WORDS + word;
      bytes += this.arena.sizeOfAll(words, first, this.stride, here);
      left -= here;
    }
    return bytes;
  }

  /** Reads the element's id. */
  readId(into: StreamId): StreamId {
    return into.load(this.words, this.slotAt(this.slot));
  }

  /** -1, 0 or 1 by the order of the element's id and another. */
  compareId(other: StreamId): number {
    return compareWordsWith(this.words, this.slotAt(this.slot), other);
  }

  /** A word of the element's value. */
  word(index: number): number {
    return this.words[this.slotAt(this.slot) + ID_WORDS + index];
  }

  // ---- inside a leaf ---------------------------------------------------------------------------------------------

  /** Index in `words` of a slot: an id, then the value. */
  protected slotAt(slot: number): number {
    return this.base + HEADER_WORDS + slot * this.stride;
  }

  protected enter(leaf: Handle): void {
    this.leaf = leaf;
    this.words = this.arena.words[leaf >>> SEGMENT_SHIFT];
    this.base = (leaf & SEGMENT_MASK) << 2;
  }

  #nowhere(): false {
    this.leaf = 0;
    return false;
  }

  /** The first slot of the leaf with at least this id. */
  #lowerBound(id: StreamId): number {
    const words = this.words;
    const stride = this.stride;
    const slots = this.base + HEADER_WORDS;
    let low = 0;
    let high = words[this.base + NODE_COUNT];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareWordsWith(words, slots + middle * stride, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** To the slot where an id is, or would be: at the end of a leaf, too. Not of an empty tree. @returns whether it is. */
  protected locate(id: StreamId): boolean {
    this.enter(this.#leafFor(id));
    this.slot = this.#lowerBound(id);
    return this.slot < this.words[this.base + NODE_COUNT] && this.compareId(id) === 0;
  }

  // ---- the way down ----------------------------------------------------------------------------------------------

  /** The leaf in which an id is, or would be. */
  #leafFor(id: StreamId): Handle {
    const finger = this.rootWord(ROOT_FINGER);
    if (finger !== 0 && this.#spans(finger, id)) return finger;
    let node = this.rootWord(ROOT_TOP);
    for (let level = this.rootWord(ROOT_HEIGHT) - 1; level > 0; level--) {
      const words = this.arena.words[node >>> SEGMENT_SHIFT];
      node = words[childAt(node, childFor(words, node, id))];
    }
    this.setRootWord(ROOT_FINGER, node);
    return node;
  }

  /** Whether an id is between the first and the last of a leaf. */
  #spans(leaf: Handle, id: StreamId): boolean {
    const words = this.arena.words[leaf >>> SEGMENT_SHIFT];
    const at = (leaf & SEGMENT_MASK) << 2;
    const first = at + HEADER_WORDS;
    if (compareWordsWith(words, first, id) > 0) return false;
    return compareWordsWith(words, first + (words[at + NODE_COUNT] - 1) * this.stride, id) >= 0;
  }

  // ---- words of nodes and of the root ----------------------------------------------------------------------------

  protected header(node: Handle, field: number): number {
    return this.arena.words[node >>> SEGMENT_SHIFT][((node & SEGMENT_MASK) << 2) + field];
  }

  protected rootWord(field: number): number {
    return this.#root[this.#at + field];
  }

  protected setRootWord(field: number, value: number): void {
    this.#root[this.#at + field] = value;
  }

  protected addToRootWord(field: number, change: number): void {
    this.#root[this.#at + field] += change;
  }

  /** Makes it one of an empty tree. */
  protected clearRoot(): void {
    this.#root.fill(0, this.#at, this.#at + TREE_ROOT_WORDS);
  }
}

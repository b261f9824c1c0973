/**
 * The tree of ids: what a stream finds its listpacks and its pending entries by.
 *
 * Layout. A B+ tree of blocks of 2 KiB, ascending by the 128-bit id. With each id stand `valueWords` words that are the
 * owner's: the handle of a listpack and its entries; delivery time, count and consumer of a pending entry; nothing, for the ids that are
 * pending for one consumer.
 *
 *     leaf    ┌ count, capacity, next, previous ┬ id 4, value n ┬ id 4, value n ┬ …
 *     inner   ┌ count, –, –, –                  ┬ id 4, child   ┬ id 4, child   ┬ …      ids below child i are ≥ id i
 *     root    count, top, height, first leaf, last leaf, leaves, inner nodes, finger     8 words in the owner's record
 *
 * The id beside a child is a border, not an element: when the first element of a leaf goes, nothing above learns of it.
 * The border of the first child of a node is never looked at. There are no counts above the leaves, since nobody asks
 * for ranks in a stream; so most changes touch one leaf and one word of the root, and look at nothing else.
 *
 * Two things make the usual ways short. What is added is greater than all there is: it goes to the end of the last leaf,
 * known to the root, without a search; and since a full last leaf is followed by a new one, leaves stay full. What is
 * looked up is near what was looked up before (acknowledged in the order of delivery): the root keeps the leaf of the
 * last look-up as a finger, and a search within its borders stays there.
 *
 * A leaf that has fallen to a third joins a neighbour if both together leave an eighth free, else it stays until it is
 * empty. A tree of one leaf starts at 64 bytes and doubles. Bytes an element when filled in order: 36.6 for pending
 * entries, 16.1 for bare ids; a radix tree as in Redis takes some 25 a key, and 32 for what hangs on it.
 *
 * Cost: a search halves in each of at most four nodes for five million; growing never moves more than a node a level;
 * emptying frees as many nodes a call as it is told. All before a place can be cut off along the way down to it, and given
 * away to be freed: that is short whatever there is, where removing one after the other is not.
 *
 * The class is a lens, attached to one root after another, and itself a place in the tree: every seek ends at an
 * element, whose id and words are read and written there. A place is good until elements are added or removed.
 *
 * Invariants (asserted by `check`): ids ascend strictly; no leaf is empty; all leaves are at the same depth, linked both
 * ways; each border is above all to its left and not above anything below it; the root's counts agree.
 */
import { assert } from "../base/assert.ts";
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";
import { ID_WORDS, StreamId } from "./stream-id.ts";
import { IdTreeCheck } from "./stream-tree-check.ts";
import {
  borderAt,
  childAt,
  childFor,
  compareWordsWith,
  HEADER_WORDS,
  INNER_CAPACITY,
  INNER_STRIDE,
  LEAF_CAPACITY,
  LEAF_NEXT,
  LEAF_PREVIOUS,
  LONE_LEAF_BYTES_MIN,
  moveWords,
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

export { TREE_NODE_BYTES, TREE_ROOT_WORDS } from "./stream-tree-nodes.ts";

const INNER_SPARSE_MAX: number = Math.floor(INNER_CAPACITY / 3);
const INNER_JOINED_MAX: number = INNER_CAPACITY - (INNER_CAPACITY >> 3);

/** Levels, leaves included: with a third of each node taken, eight hold more elements than there are handles. */
const HEIGHT_MAX = 16;
const NO_WORDS = new Int32Array(0);

/** Takes what a value owns when the tree is freed. @returns how many nodes' worth of time that took. */
export type FreeValue = (words: Int32Array, at: number) => number;

export class IdTree {
  readonly #arena: Arena;
  /** Words of a slot in a leaf. */
  readonly #stride: number;
  readonly #capacity: number;
  readonly #sparseMax: number;
  readonly #joinedMax: number;

  /** The root. */
  #root: Int32Array = NO_WORDS;
  #at = 0;
  /** The place: a leaf, its words, and the slot in it. */
  #leaf: Handle = 0;
  #words: Int32Array = NO_WORDS;
  #base = 0;
  #slot = 0;

  /** Elements that the last `pass` has passed. */
  passed = 0;

  /** The way down to the place last looked for: nodes, and in each inner one the child taken. */
  readonly #nodes = new Int32Array(HEIGHT_MAX);
  readonly #slots = new Int32Array(HEIGHT_MAX);
  readonly #border = new StreamId();
  readonly #here = new StreamId();

  /** @param valueWords words beside each id. */
  constructor(arena: Arena, valueWords: number) {
    this.#arena = arena;
    this.#stride = ID_WORDS + valueWords;
    this.#capacity = this.#capacityOf(TREE_NODE_BYTES);
    this.#sparseMax = Math.floor(this.#capacity / 3);
    this.#joinedMax = this.#capacity - (this.#capacity >> 3);
  }

  /** Makes an empty tree of the words from an offset on in a block, and attaches to it. */
  create(block: Handle, offset: number): this {
    this.attach(block, offset);
    this.#root.fill(0, this.#at, this.#at + TREE_ROOT_WORDS);
    return this;
  }

  /** Points the lens at the root that stands in a block. It stands at no element. */
  attach(block: Handle, offset: number): this {
    this.#root = this.#arena.words[block >>> SEGMENT_SHIFT];
    this.#at = ((block & SEGMENT_MASK) << 2) + offset;
    this.#leaf = 0;
    return this;
  }

  /** Number of elements. */
  get count(): number {
    return this.#root[this.#at + ROOT_COUNT];
  }

  /** Bytes of the nodes in the accounting. O(1). */
  get blockBytes(): number {
    const height = this.#rootWord(ROOT_HEIGHT);
    if (height === 0) return 0;
    if (height === 1) return this.#arena.sizeOf(this.#rootWord(ROOT_TOP));
    return (this.#rootWord(ROOT_LEAVES) + this.#rootWord(ROOT_INNERS)) * TREE_NODE_BYTES;
  }

  // ---- places ---------------------------------------------------------------------------------------------------

  /** To an id. @returns whether it is there; otherwise the lens stands at no element. */
  find(id: StreamId): boolean {
    if (this.#rootWord(ROOT_COUNT) === 0) return this.#nowhere();
    this.#enter(this.#leafFor(id));
    const slot = this.#lowerBound(id);
    if (slot === this.#words[this.#base + NODE_COUNT] || this.#compareAt(slot, id) !== 0) return this.#nowhere();
    this.#slot = slot;
    return true;
  }

  /** To the first element with at least this id. @returns whether there is one. */
  seek(id: StreamId): boolean {
    if (this.#rootWord(ROOT_COUNT) === 0) return this.#nowhere();
    this.#enter(this.#leafFor(id));
    this.#slot = this.#lowerBound(id);
    if (this.#slot < this.#words[this.#base + NODE_COUNT]) return true;
    this.#slot--;
    return this.next();
  }

  /** To the last element with at most this id. @returns whether there is one. */
  seekBack(id: StreamId): boolean {
    if (this.#rootWord(ROOT_COUNT) === 0) return this.#nowhere();
    this.#enter(this.#leafFor(id));
    const slot = this.#lowerBound(id);
    this.#slot = slot;
    if (slot < this.#words[this.#base + NODE_COUNT] && this.#compareAt(slot, id) === 0) return true;
    return this.previous();
  }

  /** To the first element. @returns whether there is one. */
  first(): boolean {
    const leaf = this.#rootWord(ROOT_FIRST);
    if (leaf === 0) return this.#nowhere();
    this.#enter(leaf);
    this.#slot = 0;
    return true;
  }

  /** To the last element. @returns whether there is one. */
  last(): boolean {
    const leaf = this.#rootWord(ROOT_LAST);
    if (leaf === 0) return this.#nowhere();
    this.#enter(leaf);
    this.#slot = this.#words[this.#base + NODE_COUNT] - 1;
    return true;
  }

  /** To the element after. @returns whether there is one. */
  next(): boolean {
    if (++this.#slot < this.#words[this.#base + NODE_COUNT]) return true;
    const leaf = this.#words[this.#base + LEAF_NEXT];
    if (leaf === 0) return this.#nowhere();
    this.#enter(leaf);
    this.#slot = 0;
    return true;
  }

  /** To the element before. @returns whether there is one. */
  previous(): boolean {
    if (--this.#slot >= 0) return true;
    const leaf = this.#words[this.#base + LEAF_PREVIOUS];
    if (leaf === 0) return this.#nowhere();
    this.#enter(leaf);
    this.#slot = this.#words[this.#base + NODE_COUNT] - 1;
    return true;
  }

  /** Whether the lens stands at an element. */
  get isPlaced(): boolean {
    return this.#leaf !== 0;
  }

  /** To no element. */
  leave(): void {
    this.#leaf = 0;
  }

  /**
   * From the first element on as long as a word of those passed sums up to no more than `max`, but not beyond the one at
   * which the lens stands, if it does. There it stands afterwards, or nowhere when that is behind all. O(those passed).
   * @returns the sum. How many were passed is `passed`.
   */
  pass(word: number, max: number): number {
    const endLeaf = this.#leaf;
    const endSlot = this.#slot;
    const stride = this.#stride;
    let sum = 0;
    let passed = 0;
    for (let isMore = this.first(); isMore; isMore = this.next()) {
      const words = this.#words;
      const first = this.#slotAt(0) + ID_WORDS + word;
      const count = this.#leaf === endLeaf ? endSlot : words[this.#base + NODE_COUNT];
      let leafSum = 0;
      for (let at = first, end = first + count * stride; at < end; at += stride) leafSum += words[at];
      let slot = count;
      for (; sum + leafSum > max; slot--) leafSum -= words[first + (slot - 1) * stride];
      sum += leafSum;
      passed += slot;
      this.#slot = slot;
      if (slot < count || this.#leaf === endLeaf) break;
      this.#slot--;
    }
    this.passed = passed;
    return sum;
  }

  /** Bytes in the accounting of the blocks whose handles are a word of the first elements, as many as there must be. */
  sizeOfFirst(count: number, word: number): number {
    let bytes = 0;
    let left = count;
    for (let leaf = this.#rootWord(ROOT_FIRST); left > 0; leaf = this.#header(leaf, LEAF_NEXT)) {
      const here = Math.min(left, this.#header(leaf, NODE_COUNT));
      const words = this.#arena.words[leaf >>> SEGMENT_SHIFT];
      const first = ((leaf & SEGMENT_MASK) << 2) + HEADER_WORDS + ID_WORDS + word;
      bytes += this.#arena.sizeOfAll(words, first, this.#stride, here);
      left -= here;
    }
    return bytes;
  }

  /** Reads the element's id. */
  readId(into: StreamId): StreamId {
    return into.load(this.#words, this.#slotAt(this.#slot));
  }

  /** -1, 0 or 1 by the order of the element's id and another. */
  compareId(other: StreamId): number {
    return this.#compareAt(this.#slot, other);
  }

  /** A word of the element's value. */
  word(index: number): number {
    return this.#words[this.#slotAt(this.#slot) + ID_WORDS + index];
  }

  setWord(index: number, value: number): void {
    this.#words[this.#slotAt(this.#slot) + ID_WORDS + index] = value;
  }

  // ---- changes --------------------------------------------------------------------------------------------------

  /** Adds an id, or finds it; the lens stands there. Its words are the caller's to set. @returns whether it is new. */
  insert(id: StreamId): boolean {
    if (this.#rootWord(ROOT_COUNT) === 0) {
      this.#plant();
      return this.#insertAt(0, id);
    }
    if (this.last() && this.#compareAt(this.#slot, id) < 0) {
      this.#slot++;
    } else {
      this.#enter(this.#leafFor(id));
      this.#slot = this.#lowerBound(id);
      if (this.#slot < this.#words[this.#base + NODE_COUNT] && this.#compareAt(this.#slot, id) === 0) return false;
    }
    if (this.#words[this.#base + NODE_COUNT] === this.#words[this.#base + LEAF_CAPACITY]) this.#makeRoom(id);
    return this.#insertAt(this.#slot, id);
  }

  /** Removes the element that the lens stands at, which stands nowhere then. What its value owns is the caller's. */
  remove(): void {
    assert(this.#leaf !== 0, "an element is removed where the lens stands");
    const words = this.#words;
    const base = this.#base;
    const stride = this.#stride;
    const count = words[base + NODE_COUNT] - 1;
    const isSparse = count <= this.#sparseMax && this.#rootWord(ROOT_HEIGHT) > 1;
    if (isSparse) this.#descend(this.readId(this.#here));
    const at = this.#slotAt(this.#slot);
    moveWords(words, at + stride, words, at, (count - this.#slot) * stride);
    words[base + NODE_COUNT] = count;
    this.#addToRootWord(ROOT_COUNT, -1);
    const leaf = this.#leaf;
    this.#leaf = 0;
    if (isSparse) this.#sparse();
    else if (this.#rootWord(ROOT_HEIGHT) === 1) this.#shrinkLoneLeaf(leaf, count);
  }

  /** Removes the first elements, as many as there must be; the lens stands nowhere then. */
  removeFirst(count: number): void {
    const stride = this.#stride;
    for (let left = count; left > 0; ) {
      this.first();
      const here = this.#words[this.#base + NODE_COUNT];
      const gone = Math.min(left, here);
      // The last of them goes the way on which nodes are joined and dropped.
      const kept = here - gone + 1;
      if (gone > 1) moveWords(this.#words, this.#slotAt(gone - 1), this.#words, this.#slotAt(0), kept * stride);
      this.#words[this.#base + NODE_COUNT] = kept;
      this.#addToRootWord(ROOT_COUNT, kept - here);
      this.remove();
      left -= gone;
    }
  }

  /**
   * Moves the elements before the one at which the lens stands, all when it stands nowhere, to another tree, which is
   * empty, and with which nothing may be done then but `free`: what stands left of the way down, and a new node beside
   * each of the way, some of them with nothing below. O(leaves), but for their counts O(levels).
   */
  cut(into: IdTree): void {
    assert(into.isGone, "elements are moved to an empty tree");
    if (this.#leaf === 0) {
      for (let field = 0; field < TREE_ROOT_WORDS; field++) {
        into.#setRootWord(field, this.#rootWord(field));
        this.#setRootWord(field, 0);
      }
      return;
    }
    this.#descend(this.readId(this.#here));
    const height = this.#rootWord(ROOT_HEIGHT);
    const leaf = this.#leaf;
    let count = this.#slot;
    let leaves = 0;
    for (let other = this.#rootWord(ROOT_FIRST); other !== leaf; other = this.#header(other, LEAF_NEXT)) {
      count += this.#header(other, NODE_COUNT);
      leaves++;
    }
    const lastLeaf = this.#cutLeaf();
    let top = lastLeaf;
    let inners = 0;
    for (let level = height - 2; level >= 0; level--) {
      const node = this.#nodes[level];
      const slot = this.#slots[level];
      for (let left = 0; left < slot; left++) inners += this.#innersFrom(node, left, level + 1);
      const beside = into.#createInner();
      this.#moveChildren(node, 0, beside, 0, slot + 1);
      this.#arena.words[beside >>> SEGMENT_SHIFT][childAt(beside, slot)] = top;
      this.#setHeader(beside, NODE_COUNT, slot + 1);
      const kept = this.#header(node, NODE_COUNT) - slot;
      this.#moveChildren(node, slot, node, 0, kept);
      this.#setHeader(node, NODE_COUNT, kept);
      top = beside;
    }
    into.#setRootWord(ROOT_COUNT, count);
    into.#setRootWord(ROOT_TOP, top);
    into.#setRootWord(ROOT_HEIGHT, height);
    into.#setRootWord(ROOT_FIRST, leaves > 0 ? this.#rootWord(ROOT_FIRST) : lastLeaf);
    into.#setRootWord(ROOT_LAST, lastLeaf);
    into.#setRootWord(ROOT_LEAVES, leaves + 1);
    into.#addToRootWord(ROOT_INNERS, inners);
    this.#addToRootWord(ROOT_COUNT, -count);
    this.#setRootWord(ROOT_FIRST, leaf);
    this.#addToRootWord(ROOT_LEAVES, -leaves);
    this.#addToRootWord(ROOT_INNERS, -inners);
    this.#setRootWord(ROOT_FINGER, 0);
    this.#leaf = 0;
    this.#dropLevels();
  }

  /** Moves what stands before the place in its leaf to a new one, which is linked instead of that to those before. */
  #cutLeaf(): Handle {
    const leaf = this.#leaf;
    const slot = this.#slot;
    const previous = this.#header(leaf, LEAF_PREVIOUS);
    const cut = this.#createLeaf(TREE_NODE_BYTES);
    this.#moveElements(leaf, cut, 0, slot);
    this.#setHeader(cut, NODE_COUNT, slot);
    this.#setHeader(cut, LEAF_PREVIOUS, previous);
    if (previous !== 0) this.#setHeader(previous, LEAF_NEXT, cut);
    const kept = this.#header(leaf, NODE_COUNT) - slot;
    moveWords(this.#words, this.#slotAt(slot), this.#words, this.#slotAt(0), kept * this.#stride);
    this.#setHeader(leaf, NODE_COUNT, kept);
    this.#setHeader(leaf, LEAF_PREVIOUS, 0);
    return cut;
  }

  /** Inner nodes from a child on, which is at a level. */
  #innersFrom(parent: Handle, slot: number, level: number): number {
    if (level === this.#rootWord(ROOT_HEIGHT) - 1) return 0;
    const node = this.#arena.words[parent >>> SEGMENT_SHIFT][childAt(parent, slot)];
    let inners = 1;
    for (let child = this.#header(node, NODE_COUNT) - 1; child >= 0; child--) {
      inners += this.#innersFrom(node, child, level + 1);
    }
    return inners;
  }

  /**
   * Frees the nodes or, of a large tree, a part. After the first call nothing else may be done with it.
   * @param nodesMax nodes that one call may give back. @param freeValue takes what a value owns.
   * @returns what is left of `nodesMax`; nothing is left of the tree when that is more than 0.
   */
  free(nodesMax: number, freeValue?: FreeValue): number {
    let left = nodesMax;
    while (left > 0 && this.#rootWord(ROOT_HEIGHT) > 0) left -= this.#freeLast(left, freeValue);
    return this.#rootWord(ROOT_HEIGHT) > 0 ? 0 : Math.max(left, 1);
  }

  /** Whether `free` has freed all, or there was nothing. */
  get isGone(): boolean {
    return this.#rootWord(ROOT_HEIGHT) === 0;
  }

  // ---- inside a leaf --------------------------------------------------------------------------------------------

  #capacityOf(blockBytes: number): number {
    return Math.floor((blockBytes / 4 - HEADER_WORDS) / this.#stride);
  }

  #slotAt(slot: number): number {
    return this.#base + HEADER_WORDS + slot * this.#stride;
  }

  #enter(leaf: Handle): void {
    this.#leaf = leaf;
    this.#words = this.#arena.words[leaf >>> SEGMENT_SHIFT];
    this.#base = (leaf & SEGMENT_MASK) << 2;
  }

  #nowhere(): false {
    this.#leaf = 0;
    return false;
  }

  #compareAt(slot: number, id: StreamId): number {
    return compareWordsWith(this.#words, this.#slotAt(slot), id);
  }

  /** The first slot of the leaf with at least this id. */
  #lowerBound(id: StreamId): number {
    const words = this.#words;
    const stride = this.#stride;
    const slots = this.#base + HEADER_WORDS;
    let low = 0;
    let high = words[this.#base + NODE_COUNT];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareWordsWith(words, slots + middle * stride, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insertAt(slot: number, id: StreamId): true {
    const words = this.#words;
    const count = words[this.#base + NODE_COUNT];
    const at = this.#slotAt(slot);
    if (slot < count) moveWords(words, at, words, at + this.#stride, (count - slot) * this.#stride);
    id.store(words, at);
    words[this.#base + NODE_COUNT] = count + 1;
    this.#slot = slot;
    this.#addToRootWord(ROOT_COUNT, 1);
    return true;
  }

  // ---- the way down ---------------------------------------------------------------------------------------------

  /** The leaf in which an id is, or would be. */
  #leafFor(id: StreamId): Handle {
    const finger = this.#rootWord(ROOT_FINGER);
    if (finger !== 0 && this.#spans(finger, id)) return finger;
    let node = this.#rootWord(ROOT_TOP);
    for (let level = this.#rootWord(ROOT_HEIGHT) - 1; level > 0; level--) {
      const words = this.#arena.words[node >>> SEGMENT_SHIFT];
      node = words[childAt(node, childFor(words, node, id))];
    }
    this.#root[this.#at + ROOT_FINGER] = node;
    return node;
  }

  /** Whether an id is between the first and the last of a leaf. */
  #spans(leaf: Handle, id: StreamId): boolean {
    const words = this.#arena.words[leaf >>> SEGMENT_SHIFT];
    const at = (leaf & SEGMENT_MASK) << 2;
    const first = at + HEADER_WORDS;
    if (compareWordsWith(words, first, id) > 0) return false;
    return compareWordsWith(words, first + (words[at + NODE_COUNT] - 1) * this.#stride, id) >= 0;
  }

  /** As `#leafFor`, and keeps the way. */
  #descend(id: StreamId): void {
    let node = this.#rootWord(ROOT_TOP);
    const last = this.#rootWord(ROOT_HEIGHT) - 1;
    for (let level = 0; level < last; level++) {
      const words = this.#arena.words[node >>> SEGMENT_SHIFT];
      const slot = childFor(words, node, id);
      this.#nodes[level] = node;
      this.#slots[level] = slot;
      node = words[childAt(node, slot)];
    }
    this.#nodes[last] = node;
  }

  // ---- growing --------------------------------------------------------------------------------------------------

  /** A first leaf. */
  #plant(): void {
    const leaf = this.#createLeaf(LONE_LEAF_BYTES_MIN);
    this.#setRootWord(ROOT_TOP, leaf);
    this.#setRootWord(ROOT_HEIGHT, 1);
    this.#setRootWord(ROOT_FIRST, leaf);
    this.#setRootWord(ROOT_LAST, leaf);
    this.#setRootWord(ROOT_LEAVES, 1);
    this.#enter(leaf);
  }

  /** The leaf that the lens stands in is full: makes room for an id at its slot, to which the lens moves. */
  #makeRoom(id: StreamId): void {
    const count = this.#words[this.#base + NODE_COUNT];
    if (count < this.#capacity) {
      this.#resizeLoneLeaf(this.#arena.sizeOf(this.#leaf) * 2);
      return;
    }
    const left = this.#leaf;
    const slot = this.#slot;
    const next = this.#words[this.#base + LEAF_NEXT];
    // Where ids come in order the full leaf stays full.
    const kept = slot === count && next === 0 ? count : count >> 1;
    this.#descend(id);
    const right = this.#createLeaf(TREE_NODE_BYTES);
    this.#enter(left);
    const moved = (count - kept) * this.#stride;
    const rightWords = this.#arena.words[right >>> SEGMENT_SHIFT];
    const rightBase = (right & SEGMENT_MASK) << 2;
    moveWords(this.#words, this.#slotAt(kept), rightWords, rightBase + HEADER_WORDS, moved);
    this.#words[this.#base + NODE_COUNT] = kept;
    rightWords[rightBase + NODE_COUNT] = count - kept;
    this.#linkAfter(left, right);
    const border = kept === count ? this.#border.setFrom(id) : this.#border.load(rightWords, rightBase + HEADER_WORDS);
    this.#addChild(this.#rootWord(ROOT_HEIGHT) - 2, border, right);
    if (slot < kept || (slot === kept && kept < count)) return;
    this.#enter(right);
    this.#slot = slot - kept;
  }

  #linkAfter(left: Handle, right: Handle): void {
    const next = this.#header(left, LEAF_NEXT);
    this.#setHeader(right, LEAF_NEXT, next);
    this.#setHeader(right, LEAF_PREVIOUS, left);
    this.#setHeader(left, LEAF_NEXT, right);
    if (next !== 0) this.#setHeader(next, LEAF_PREVIOUS, right);
    else this.#setRootWord(ROOT_LAST, right);
    this.#addToRootWord(ROOT_LEAVES, 1);
  }

  /**
   * Adds a child behind the one that the way takes at a level; -1 is above the top.
   * @param border its id, `#border`: what is left in it is undefined.
   */
  #addChild(level: number, border: StreamId, child: Handle): void {
    if (level < 0) {
      this.#addTop(border, child);
      return;
    }
    const node = this.#nodes[level];
    const slot = this.#slots[level] + 1;
    const count = this.#header(node, NODE_COUNT);
    if (count < INNER_CAPACITY) {
      this.#insertChild(node, slot, border, child);
      return;
    }
    const kept = slot === count ? count : count >> 1;
    const right = this.#createInner();
    this.#moveChildren(node, kept, right, 0, count - kept);
    this.#setHeader(node, NODE_COUNT, kept);
    this.#setHeader(right, NODE_COUNT, count - kept);
    if (slot > kept || kept === count) this.#insertChild(right, slot - kept, border, child);
    else this.#insertChild(node, slot, border, child);
    const words = this.#arena.words[right >>> SEGMENT_SHIFT];
    this.#addChild(level - 1, border.load(words, borderAt(right, 0)), right);
  }

  #insertChild(node: Handle, slot: number, border: StreamId, child: Handle): void {
    const count = this.#header(node, NODE_COUNT);
    this.#moveChildren(node, slot, node, slot + 1, count - slot);
    const words = this.#arena.words[node >>> SEGMENT_SHIFT];
    border.store(words, borderAt(node, slot));
    words[childAt(node, slot)] = child;
    this.#setHeader(node, NODE_COUNT, count + 1);
  }

  /** A new top above the old one and its new neighbour. */
  #addTop(border: StreamId, right: Handle): void {
    const height = this.#rootWord(ROOT_HEIGHT);
    assert(height < HEIGHT_MAX, "the height is bounded");
    const top = this.#createInner();
    const words = this.#arena.words[top >>> SEGMENT_SHIFT];
    words.fill(0, borderAt(top, 0), borderAt(top, 0) + ID_WORDS);
    words[childAt(top, 0)] = this.#rootWord(ROOT_TOP);
    border.store(words, borderAt(top, 1));
    words[childAt(top, 1)] = right;
    this.#setHeader(top, NODE_COUNT, 2);
    this.#setRootWord(ROOT_TOP, top);
    this.#setRootWord(ROOT_HEIGHT, height + 1);
  }

  #createLeaf(blockBytes: number): Handle {
    const leaf = this.#arena.allocate(blockBytes);
    this.#setHeader(leaf, NODE_COUNT, 0);
    this.#setHeader(leaf, LEAF_CAPACITY, this.#capacityOf(blockBytes));
    this.#setHeader(leaf, LEAF_NEXT, 0);
    this.#setHeader(leaf, LEAF_PREVIOUS, 0);
    return leaf;
  }

  #createInner(): Handle {
    const node = this.#arena.allocate(TREE_NODE_BYTES);
    this.#setHeader(node, NODE_COUNT, 0);
    this.#addToRootWord(ROOT_INNERS, 1);
    return node;
  }

  #resizeLoneLeaf(blockBytes: number): void {
    const old = this.#rootWord(ROOT_TOP);
    assert(this.#rootWord(ROOT_HEIGHT) === 1 && blockBytes <= TREE_NODE_BYTES, "only a lone leaf has several sizes");
    const leaf = this.#createLeaf(blockBytes);
    const count = this.#header(old, NODE_COUNT);
    const words = this.#arena.words[old >>> SEGMENT_SHIFT];
    const at = ((old & SEGMENT_MASK) << 2) + HEADER_WORDS;
    this.#enter(leaf);
    moveWords(words, at, this.#words, this.#slotAt(0), count * this.#stride);
    this.#words[this.#base + NODE_COUNT] = count;
    this.#arena.free(old);
    this.#setRootWord(ROOT_TOP, leaf);
    this.#setRootWord(ROOT_FIRST, leaf);
    this.#setRootWord(ROOT_LAST, leaf);
    this.#setRootWord(ROOT_FINGER, 0);
  }

  // ---- shrinking ------------------------------------------------------------------------------------------------

  /** A lone leaf that is a quarter full takes half the room, an empty one goes. */
  #shrinkLoneLeaf(leaf: Handle, count: number): void {
    if (count === 0) {
      this.#arena.free(leaf);
      this.#root.fill(0, this.#at, this.#at + TREE_ROOT_WORDS);
      return;
    }
    const sizeBytes = this.#arena.sizeOf(leaf);
    if (sizeBytes === LONE_LEAF_BYTES_MIN || count > this.#header(leaf, LEAF_CAPACITY) >> 2) return;
    this.#resizeLoneLeaf(sizeBytes >> 1);
    this.#leaf = 0;
  }

  /** The leaf at the end of the way has become sparse: drops it when it is empty, joins it with a neighbour. */
  #sparse(): void {
    const last = this.#rootWord(ROOT_HEIGHT) - 1;
    for (let level = last; level > 0; level--) {
      const isLeaf = level === last;
      const count = this.#header(this.#nodes[level], NODE_COUNT);
      if (count > (isLeaf ? this.#sparseMax : INNER_SPARSE_MAX)) return;
      if (count === 0) this.#drop(level, this.#slots[level - 1], isLeaf);
      else if (!this.#join(level, count, isLeaf)) return;
    }
    this.#dropLevels();
  }

  /** Joins a node on the way with the smaller of its neighbours. @returns false when they are too large. */
  #join(level: number, count: number, isLeaf: boolean): boolean {
    const parent = this.#nodes[level - 1];
    const slot = this.#slots[level - 1];
    const words = this.#arena.words[parent >>> SEGMENT_SHIFT];
    const room = (isLeaf ? this.#joinedMax : INNER_JOINED_MAX) - count;
    const hasRight = slot + 1 < this.#header(parent, NODE_COUNT);
    const left = slot > 0 ? this.#header(words[childAt(parent, slot - 1)], NODE_COUNT) : room + 1;
    const right = hasRight ? this.#header(words[childAt(parent, slot + 1)], NODE_COUNT) : room + 1;
    if (left > room && right > room) return false;
    const into = left < right ? slot - 1 : slot;
    const target = words[childAt(parent, into)];
    const source = words[childAt(parent, into + 1)];
    const targetCount = this.#header(target, NODE_COUNT);
    const sourceCount = this.#header(source, NODE_COUNT);
    if (isLeaf) {
      this.#moveElements(source, target, targetCount, sourceCount);
    } else {
      // The border of a first child need not be one: the parent knows it.
      const sourceWords = this.#arena.words[source >>> SEGMENT_SHIFT];
      moveWords(words, borderAt(parent, into + 1), sourceWords, borderAt(source, 0), ID_WORDS);
      this.#moveChildren(source, 0, target, targetCount, sourceCount);
    }
    this.#setHeader(target, NODE_COUNT, targetCount + sourceCount);
    this.#drop(level, into + 1, isLeaf);
    return true;
  }

  /** Frees a child of the node at `level - 1` of the way, whose elements are gone or elsewhere. */
  #drop(level: number, slot: number, isLeaf: boolean): void {
    const parent = this.#nodes[level - 1];
    const node = this.#arena.words[parent >>> SEGMENT_SHIFT][childAt(parent, slot)];
    if (isLeaf) this.#unlink(node);
    else this.#addToRootWord(ROOT_INNERS, -1);
    this.#arena.free(node);
    const left = this.#header(parent, NODE_COUNT) - 1;
    this.#moveChildren(parent, slot + 1, parent, slot, left - slot);
    this.#setHeader(parent, NODE_COUNT, left);
  }

  #unlink(leaf: Handle): void {
    const next = this.#header(leaf, LEAF_NEXT);
    const previous = this.#header(leaf, LEAF_PREVIOUS);
    if (next !== 0) this.#setHeader(next, LEAF_PREVIOUS, previous);
    else this.#setRootWord(ROOT_LAST, previous);
    if (previous !== 0) this.#setHeader(previous, LEAF_NEXT, next);
    else this.#setRootWord(ROOT_FIRST, next);
    this.#addToRootWord(ROOT_LEAVES, -1);
    if (this.#rootWord(ROOT_FINGER) === leaf) this.#setRootWord(ROOT_FINGER, 0);
  }

  /** Takes tops with a single child off. */
  #dropLevels(): void {
    while (this.#rootWord(ROOT_HEIGHT) > 1) {
      const top = this.#rootWord(ROOT_TOP);
      const children = this.#header(top, NODE_COUNT);
      assert(children > 0, "leaves are joined before the last of them is empty");
      if (children > 1) return;
      this.#setRootWord(ROOT_TOP, this.#arena.words[top >>> SEGMENT_SHIFT][childAt(top, 0)]);
      this.#addToRootWord(ROOT_HEIGHT, -1);
      this.#addToRootWord(ROOT_INNERS, -1);
      this.#arena.free(top);
    }
    const leaf = this.#rootWord(ROOT_TOP);
    this.#shrinkLoneLeaf(leaf, this.#header(leaf, NODE_COUNT));
  }

  // ---- freeing --------------------------------------------------------------------------------------------------

  /** Frees the last node, or of a leaf's values as many as may be. @returns how much of the budget that took. */
  #freeLast(budget: number, freeValue: FreeValue | undefined): number {
    let node = this.#rootWord(ROOT_TOP);
    let parent = 0;
    let level = this.#rootWord(ROOT_HEIGHT) - 1;
    while (level > 0 && this.#header(node, NODE_COUNT) > 0) {
      parent = node;
      node = this.#arena.words[node >>> SEGMENT_SHIFT][childAt(node, this.#header(node, NODE_COUNT) - 1)];
      level--;
    }
    let spent = 1;
    if (level === 0) {
      if (freeValue !== undefined) {
        spent += this.#freeValues(node, budget, freeValue);
        if (this.#header(node, NODE_COUNT) > 0) return spent;
      } else {
        this.#addToRootWord(ROOT_COUNT, -this.#header(node, NODE_COUNT));
      }
    }
    this.#arena.free(node);
    this.#addToRootWord(level === 0 ? ROOT_LEAVES : ROOT_INNERS, -1);
    if (parent === 0) this.#root.fill(0, this.#at, this.#at + TREE_ROOT_WORDS);
    else this.#setHeader(parent, NODE_COUNT, this.#header(parent, NODE_COUNT) - 1);
    return spent;
  }

  #freeValues(leaf: Handle, budget: number, freeValue: FreeValue): number {
    this.#enter(leaf);
    let spent = 0;
    let count = this.#words[this.#base + NODE_COUNT];
    for (; count > 0 && spent < budget; count--) {
      spent += freeValue(this.#words, this.#slotAt(count - 1) + ID_WORDS);
      this.#addToRootWord(ROOT_COUNT, -1);
    }
    this.#words[this.#base + NODE_COUNT] = count;
    this.#leaf = 0;
    return spent;
  }

  // ---- words ----------------------------------------------------------------------------------------------------

  #moveElements(from: Handle, to: Handle, toSlot: number, length: number): void {
    const stride = this.#stride;
    moveWords(
      this.#arena.words[from >>> SEGMENT_SHIFT],
      ((from & SEGMENT_MASK) << 2) + HEADER_WORDS,
      this.#arena.words[to >>> SEGMENT_SHIFT],
      ((to & SEGMENT_MASK) << 2) + HEADER_WORDS + toSlot * stride,
      length * stride,
    );
  }

  #moveChildren(from: Handle, fromSlot: number, to: Handle, toSlot: number, length: number): void {
    moveWords(
      this.#arena.words[from >>> SEGMENT_SHIFT],
      borderAt(from, fromSlot),
      this.#arena.words[to >>> SEGMENT_SHIFT],
      borderAt(to, toSlot),
      length * INNER_STRIDE,
    );
  }

  #header(node: Handle, field: number): number {
    return this.#arena.words[node >>> SEGMENT_SHIFT][((node & SEGMENT_MASK) << 2) + field];
  }

  #setHeader(node: Handle, field: number, value: number): void {
    this.#arena.words[node >>> SEGMENT_SHIFT][((node & SEGMENT_MASK) << 2) + field] = value;
  }

  #rootWord(field: number): number {
    return this.#root[this.#at + field];
  }

  #setRootWord(field: number, value: number): void {
    this.#root[this.#at + field] = value;
  }

  #addToRootWord(field: number, change: number): void {
    this.#root[this.#at + field] += change;
  }

  /** Asserts the invariants of the essay. O(elements): for tests and DEBUG. */
  check(): void {
    const height = this.#rootWord(ROOT_HEIGHT);
    const check = new IdTreeCheck(this.#arena, this.#stride);
    if (height > 0) check.walk(this.#rootWord(ROOT_TOP), height - 1, null, null);
    assert(check.elements === this.count, "elements are counted");
    assert(check.leaves === this.#rootWord(ROOT_LEAVES), "leaves are counted");
    assert(check.inners === this.#rootWord(ROOT_INNERS), "inner nodes are counted");
    assert(check.firstLeaf === this.#rootWord(ROOT_FIRST), "the root knows the first leaf");
    assert(check.lastLeaf === this.#rootWord(ROOT_LAST), "the root knows the last leaf");
  }
}

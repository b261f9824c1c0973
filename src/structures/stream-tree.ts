/**
 * The tree of ids: what a stream finds its listpacks and its pending entries by.
 *
 * Layout. A B+ tree of blocks of 2 KiB, ascending by the 128-bit id. With each id stand `valueWords` words that are the
 * owner's: the handle of a listpack and its entries; delivery time, count and consumer of a pending entry; nothing, for
 * the ids that are pending for one consumer. What stands where in a node is `stream-tree-nodes.ts`.
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
 * emptying frees as many nodes a call as it is told. All before a place can be cut off along the way down to it, and
 * given away to be freed: that is short whatever there is, where removing one after the other is not.
 *
 * The class is a lens, attached to one root after another, and itself a place in the tree: every seek ends at an
 * element, whose id and words are read and written there. A place is good until elements are added or removed. Places
 * and reading are `stream-tree-reader.ts`; splitting and joining nodes is `stream-tree-shape.ts`; here is what is done
 * with elements: one is added or removed, all before a place are cut off, all are freed.
 *
 * Invariants (asserted by `check`): ids ascend strictly; no leaf is empty; all leaves are at the same depth, linked both
 * ways; each border is above all to its left and not above anything below it; the root's counts agree.
 */
import { assert } from "../base/assert.ts";
import { type Handle, SEGMENT_SHIFT } from "../memory/arena.ts";
import { ID_WORDS, StreamId } from "./stream-id.ts";
import { IdTreeCheck } from "./stream-tree-check.ts";
import {
  childAt,
  LEAF_CAPACITY,
  LEAF_NEXT,
  LEAF_PREVIOUS,
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
import { IdTreeShape } from "./stream-tree-shape.ts";

export { TREE_NODE_BYTES, TREE_ROOT_WORDS } from "./stream-tree-nodes.ts";

/** Takes what a value owns when the tree is freed. @returns how many nodes' worth of time that took. */
export type FreeValue = (words: Int32Array, at: number) => number;

/** A lens over a tree, and a place in it. See the essay above. */
export class IdTree extends IdTreeShape {
  /** The id at which the lens stands, when the way to it is wanted. */
  readonly #here = new StreamId();

  /** Makes an empty tree of the words from an offset on in a block, and attaches to it. */
  create(block: Handle, offset: number): this {
    this.attach(block, offset);
    this.clearRoot();
    return this;
  }

  /** Changes a word of the element's value. */
  setWord(index: number, value: number): void {
    this.words[this.slotAt(this.slot) + ID_WORDS + index] = value;
  }

  // ---- adding and removing ---------------------------------------------------------------------------------------

  /** Adds an id, or finds it; the lens stands there. Its words are the caller's to set. @returns whether it is new. */
  insert(id: StreamId): boolean {
    if (this.rootWord(ROOT_COUNT) === 0) {
      this.plant();
      return this.#insertAt(0, id);
    }
    if (this.last() && this.compareId(id) < 0) this.slot++;
    else if (this.locate(id)) return false;
    if (this.words[this.base + NODE_COUNT] === this.words[this.base + LEAF_CAPACITY]) this.makeRoom(id);
    return this.#insertAt(this.slot, id);
  }

  #insertAt(slot: number, id: StreamId): true {
    const words = this.words;
    const count = words[this.base + NODE_COUNT];
    const at = this.slotAt(slot);
    if (slot < count) moveWords(words, at, words, at + this.stride, (count - slot) * this.stride);
    id.store(words, at);
    words[this.base + NODE_COUNT] = count + 1;
    this.slot = slot;
    this.addToRootWord(ROOT_COUNT, 1);
    return true;
  }

  /** Removes the element that the lens stands at, which stands nowhere then. What its value owns is the caller's. */
  remove(): void {
    assert(this.leaf !== 0, "an element is removed where the lens stands");
    const words = this.words;
    const base = this.base;
    const stride = this.stride;
    const count = words[base + NODE_COUNT] - 1;
    const isSparse = this.isSparse(count);
    if (isSparse) this.descend(this.readId(this.#here));
    const at = this.slotAt(this.slot);
    moveWords(words, at + stride, words, at, (count - this.slot) * stride);
    words[base + NODE_COUNT] = count;
    this.addToRootWord(ROOT_COUNT, -1);
    const leaf = this.leaf;
    this.leaf = 0;
    if (isSparse) this.joinSparse();
    else if (this.rootWord(ROOT_HEIGHT) === 1) this.shrinkLoneLeaf(leaf, count);
  }

  /** Removes the first elements, as many as there must be; the lens stands nowhere then. */
  removeFirst(count: number): void {
    const stride = this.stride;
    for (let left = count; left > 0; ) {
      this.first();
      const here = this.words[this.base + NODE_COUNT];
      const gone = Math.min(left, here);
      // The last of them goes the way on which nodes are joined and dropped.
      const kept = here - gone + 1;
      if (gone > 1) moveWords(this.words, this.slotAt(gone - 1), this.words, this.slotAt(0), kept * stride);
      this.words[this.base + NODE_COUNT] = kept;
      this.addToRootWord(ROOT_COUNT, kept - here);
      this.remove();
      left -= gone;
    }
  }

  // ---- cutting off -----------------------------------------------------------------------------------------------

  /**
   * Moves the elements before the one at which the lens stands, all when it stands nowhere, to another tree, which is
   * empty, and with which nothing may be done then but `free`: what stands left of the way down, and a new node beside
   * each of the way, some of them with nothing below. O(leaves), but for their counts O(levels).
   */
  cut(into: IdTree): void {
    assert(into.isGone, "elements are moved to an empty tree");
    if (this.leaf === 0) {
      for (let field = 0; field < TREE_ROOT_WORDS; field++) into.setRootWord(field, this.rootWord(field));
      this.clearRoot();
      return;
    }
    this.descend(this.readId(this.#here));
    const height = this.rootWord(ROOT_HEIGHT);
    const leaf = this.leaf;
    let count = this.slot;
    let leaves = 0;
    for (let other = this.rootWord(ROOT_FIRST); other !== leaf; other = this.header(other, LEAF_NEXT)) {
      count += this.header(other, NODE_COUNT);
      leaves++;
    }
    const lastLeaf = this.#cutLeaf();
    let top = lastLeaf;
    let inners = 0;
    for (let level = height - 2; level >= 0; level--) {
      const node = this.wayNodes[level];
      const slot = this.waySlots[level];
      for (let left = 0; left < slot; left++) inners += this.#innersFrom(node, left, level + 1);
      const beside = into.createInner();
      this.moveChildren(node, 0, beside, 0, slot + 1);
      this.arena.words[beside >>> SEGMENT_SHIFT][childAt(beside, slot)] = top;
      this.setHeader(beside, NODE_COUNT, slot + 1);
      const kept = this.header(node, NODE_COUNT) - slot;
      this.moveChildren(node, slot, node, 0, kept);
      this.setHeader(node, NODE_COUNT, kept);
      top = beside;
    }
    into.setRootWord(ROOT_COUNT, count);
    into.setRootWord(ROOT_TOP, top);
    into.setRootWord(ROOT_HEIGHT, height);
    into.setRootWord(ROOT_FIRST, leaves > 0 ? this.rootWord(ROOT_FIRST) : lastLeaf);
    into.setRootWord(ROOT_LAST, lastLeaf);
    into.setRootWord(ROOT_LEAVES, leaves + 1);
    into.addToRootWord(ROOT_INNERS, inners);
    this.addToRootWord(ROOT_COUNT, -count);
    this.setRootWord(ROOT_FIRST, leaf);
    this.addToRootWord(ROOT_LEAVES, -leaves);
    this.addToRootWord(ROOT_INNERS, -inners);
    this.setRootWord(ROOT_FINGER, 0);
    this.leaf = 0;
    this.dropLevels();
  }

  /** Moves what stands before the place in its leaf to a new one, which is linked instead of that to those before. */
  #cutLeaf(): Handle {
    const leaf = this.leaf;
    const slot = this.slot;
    const previous = this.header(leaf, LEAF_PREVIOUS);
    const cut = this.createLeaf(TREE_NODE_BYTES);
    this.moveElements(leaf, cut, 0, slot);
    this.setHeader(cut, NODE_COUNT, slot);
    this.setHeader(cut, LEAF_PREVIOUS, previous);
    if (previous !== 0) this.setHeader(previous, LEAF_NEXT, cut);
    const kept = this.header(leaf, NODE_COUNT) - slot;
    moveWords(this.words, this.slotAt(slot), this.words, this.slotAt(0), kept * this.stride);
    this.setHeader(leaf, NODE_COUNT, kept);
    this.setHeader(leaf, LEAF_PREVIOUS, 0);
    return cut;
  }

  /** Inner nodes from a child on, which is at a level. */
  #innersFrom(parent: Handle, slot: number, level: number): number {
    if (level === this.rootWord(ROOT_HEIGHT) - 1) return 0;
    const node = this.arena.words[parent >>> SEGMENT_SHIFT][childAt(parent, slot)];
    let inners = 1;
    for (let child = this.header(node, NODE_COUNT) - 1; child >= 0; child--) {
      inners += this.#innersFrom(node, child, level + 1);
    }
    return inners;
  }

  // ---- freeing ---------------------------------------------------------------------------------------------------

  /**
   * Frees the nodes or, of a large tree, a part. After the first call nothing else may be done with it.
   * @param nodesMax nodes that one call may give back. @param freeValue takes what a value owns.
   * @returns what is left of `nodesMax`; nothing is left of the tree when that is more than 0.
   */
  free(nodesMax: number, freeValue?: FreeValue): number {
    let left = nodesMax;
    while (left > 0 && this.rootWord(ROOT_HEIGHT) > 0) left -= this.#freeLast(left, freeValue);
    return this.rootWord(ROOT_HEIGHT) > 0 ? 0 : Math.max(left, 1);
  }

  /** Frees the last node, or of a leaf's values as many as may be. @returns how much of the budget that took. */
  #freeLast(budget: number, freeValue: FreeValue | undefined): number {
    let node = this.rootWord(ROOT_TOP);
    let parent = 0;
    let level = this.rootWord(ROOT_HEIGHT) - 1;
    while (level > 0 && this.header(node, NODE_COUNT) > 0) {
      parent = node;
      node = this.arena.words[node >>> SEGMENT_SHIFT][childAt(node, this.header(node, NODE_COUNT) - 1)];
      level--;
    }
    let spent = 1;
    if (level === 0) {
      if (freeValue !== undefined) {
        spent += this.#freeValues(node, budget, freeValue);
        if (this.header(node, NODE_COUNT) > 0) return spent;
      } else {
        this.addToRootWord(ROOT_COUNT, -this.header(node, NODE_COUNT));
      }
    }
    this.arena.free(node);
    this.addToRootWord(level === 0 ? ROOT_LEAVES : ROOT_INNERS, -1);
    if (parent === 0) this.clearRoot();
    else this.setHeader(parent, NODE_COUNT, this.header(parent, NODE_COUNT) - 1);
    return spent;
  }

  #freeValues(leaf: Handle, budget: number, freeValue: FreeValue): number {
    this.enter(leaf);
    let spent = 0;
    let count = this.words[this.base + NODE_COUNT];
    for (; count > 0 && spent < budget; count--) {
      spent += freeValue(this.words, this.slotAt(count - 1) + ID_WORDS);
      this.addToRootWord(ROOT_COUNT, -1);
    }
    this.words[this.base + NODE_COUNT] = count;
    this.leaf = 0;
    return spent;
  }

  /** Asserts the invariants of the essay. O(elements): for tests and DEBUG. */
  check(): void {
    const height = this.rootWord(ROOT_HEIGHT);
    const check = new IdTreeCheck(this.arena, this.stride);
    if (height > 0) check.walk(this.rootWord(ROOT_TOP), height - 1, null, null);
    assert(check.elements === this.count, "elements are counted");
    assert(check.leaves === this.rootWord(ROOT_LEAVES), "leaves are counted");
    assert(check.inners === this.rootWord(ROOT_INNERS), "inner nodes are counted");
    assert(check.firstLeaf === this.rootWord(ROOT_FIRST), "the root knows the first leaf");
    assert(check.lastLeaf === this.rootWord(ROOT_LAST), "the root knows the last leaf");
  }
}

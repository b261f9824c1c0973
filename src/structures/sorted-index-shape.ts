/**
 * The tree under the sorted index: how it grows, shrinks and goes, and the counts and first elements that inner nodes
 * have of what is below them. What stands where, and why, is told in `SortedIndex`, which finds the places.
 */
import { assert } from "../base/assert.ts";
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT, SLAB_BLOCKS_PER_LARGE } from "../memory/arena.ts";
import {
  childOf,
  countBelow,
  countsAt,
  createInner,
  createLeaf,
  entryAt,
  headerOf,
  INNER_BYTES,
  INNER_CAPACITY,
  isFull,
  LEAF_BYTES,
  LEAF_CAPACITY,
  LEAF_NEXT,
  LEAF_PREVIOUS,
  moveSlots,
  NODE_CAPACITY,
  NODE_COUNT,
  scoreAt,
  setChild,
  setCountBelow,
  setHeader,
  setSlot,
  TOP_LEAF_BYTES,
  totalBelow,
} from "./sorted-index-nodes.ts";

const ROOT_BYTES = 32;
const ROOT_COUNT = 0;
const ROOT_TOP = 1;
const ROOT_HEIGHT = 2;
const ROOT_LEAVES = 3;
const ROOT_INNERS = 4;

/** Levels, leaves included. With a third of each node taken, eight hold more elements than there are handles. */
export const HEIGHT_MAX = 16;
/** A node that has fallen to this looks for a neighbour to join. */
export const LEAF_SPARSE_MAX: number = Math.floor(LEAF_CAPACITY / 3);
const INNER_SPARSE_MAX: number = Math.floor(INNER_CAPACITY / 3);
/** Two nodes are joined when no more than this is in both: the one that results must not be split at once. */
const LEAF_JOINED_MAX: number = LEAF_CAPACITY - (LEAF_CAPACITY >> 3);
const INNER_JOINED_MAX: number = INNER_CAPACITY - (INNER_CAPACITY >> 3);
/** A full leaf shares with a neighbour that has this many free slots. */
const SHARED_SLOTS_MIN: number = LEAF_CAPACITY >> 3;

export class SortedIndexShape {
  protected readonly arena: Arena;
  #root: Handle = 0;
  #count = 0;
  #height = 1;
  /** The way down to the place last looked for: nodes, and in each the child taken; the last is the leaf. */
  protected readonly nodes = new Int32Array(HEIGHT_MAX);
  protected readonly slots = new Int32Array(HEIGHT_MAX);

  constructor(arena: Arena) {
    this.arena = arena;
  }

  get root(): Handle {
    return this.#root;
  }

  get count(): number {
    return this.#count;
  }

  /** Levels of nodes. */
  get height(): number {
    return this.#height;
  }

  protected get leafCount(): number {
    return this.#rootWord(ROOT_LEAVES);
  }

  protected get innerCount(): number {
    return this.#rootWord(ROOT_INNERS);
  }

  /** Bytes of root and nodes in the accounting; entries are not in it. O(1). */
  get blockBytes(): number {
    const arena = this.arena;
    const leafBytes = this.#height === 1 ? arena.sizeOf(this.nodes[0]) : LEAF_BYTES;
    return ROOT_BYTES + this.leafCount * leafBytes + this.innerCount * INNER_BYTES;
  }

  /** Makes an empty index and attaches to it. @returns its root. */
  create(): Handle {
    const top = createLeaf(this.arena, TOP_LEAF_BYTES[0]);
    const root = this.arena.allocate(ROOT_BYTES);
    const words = this.arena.words[root >>> SEGMENT_SHIFT];
    const at = (root & SEGMENT_MASK) << 2;
    words[at + ROOT_COUNT] = 0;
    words[at + ROOT_TOP] = top;
    words[at + ROOT_HEIGHT] = 1;
    words[at + ROOT_LEAVES] = 1;
    words[at + ROOT_INNERS] = 0;
    this.attach(root);
    return root;
  }

  /** Points the lens at another index. */
  attach(root: Handle): this {
    const words = this.arena.words[root >>> SEGMENT_SHIFT];
    const at = (root & SEGMENT_MASK) << 2;
    this.#root = root;
    this.#count = words[at + ROOT_COUNT];
    this.#height = words[at + ROOT_HEIGHT];
    this.nodes[0] = words[at + ROOT_TOP];
    return this;
  }

  // ---- the nodes above a leaf -----------------------------------------------------------------------------------

  protected addToCounts(change: number): void {
    for (let level = this.#height - 2; level >= 0; level--) {
      const node = this.nodes[level];
      this.arena.words[node >>> SEGMENT_SHIFT][countsAt(node) + this.slots[level]] += change;
    }
    this.#count += change;
    this.#setRootWord(ROOT_COUNT, this.#count);
  }

  /** The first element of the node at a level of the way is another: the nodes above it learn. */
  protected firstChanged(level: number): void {
    const arena = this.arena;
    const score = scoreAt(arena, this.nodes[level], 0);
    const entry = entryAt(arena, this.nodes[level], 0);
    for (let above = level - 1; above >= 0; above--) {
      setSlot(arena, this.nodes[above], this.slots[above], score, entry);
      if (this.slots[above] > 0) return;
    }
  }

  // ---- growing --------------------------------------------------------------------------------------------------

  /** A step towards room at the place just found, after which the way must be looked for again. */
  protected makeRoom(): void {
    const arena = this.arena;
    let level = this.#height - 1;
    const leaf = this.nodes[level];
    const count = headerOf(arena, leaf, NODE_COUNT);
    if (count < LEAF_CAPACITY) {
      this.#resizeTopLeaf(TOP_LEAF_BYTES.indexOf(arena.sizeOf(leaf)) + 1);
      return;
    }
    const isAscending = this.slots[level] === count && headerOf(arena, leaf, LEAF_NEXT) === 0;
    const isDescending = this.slots[level] === 0 && headerOf(arena, leaf, LEAF_PREVIOUS) === 0;
    if (!isAscending && !isDescending && level > 0 && this.#share(level)) return;
    // The highest of the full nodes in a row above the leaf goes first: its parent has room for one more.
    while (level > 0 && isFull(arena, this.nodes[level - 1])) level--;
    if (level === 0) {
      this.#addLevel();
      level = 1;
    }
    const slots = headerOf(arena, this.nodes[level], NODE_COUNT);
    this.#split(level, isAscending ? slots - 1 : isDescending ? 1 : slots >> 1);
  }

  /** Evens a full leaf out with the emptier of its neighbours. @returns false when they have no room. */
  #share(level: number): boolean {
    const arena = this.arena;
    const parent = this.nodes[level - 1];
    const slot = this.slots[level - 1];
    const left = slot > 0 ? countBelow(arena, parent, slot - 1) : LEAF_CAPACITY;
    const right = slot + 1 < headerOf(arena, parent, NODE_COUNT) ? countBelow(arena, parent, slot + 1) : LEAF_CAPACITY;
    const isLeft = left < right;
    const other = isLeft ? left : right;
    if (other > LEAF_CAPACITY - SHARED_SLOTS_MIN) return false;
    const moved = (LEAF_CAPACITY - other) >> 1;
    if (isLeft) this.#shiftLeft(parent, slot, moved);
    else this.#shiftRight(parent, slot, moved);
    return true;
  }

  /** Moves the first `moved` elements of the leaf in a slot to the one before it. */
  #shiftLeft(parent: Handle, slot: number, moved: number): void {
    const arena = this.arena;
    const from = childOf(arena, parent, slot);
    const to = childOf(arena, parent, slot - 1);
    const fromCount = headerOf(arena, from, NODE_COUNT);
    const toCount = headerOf(arena, to, NODE_COUNT);
    moveSlots(arena, from, 0, to, toCount, moved, false);
    moveSlots(arena, from, moved, from, 0, fromCount - moved, false);
    this.#recount(parent, slot - 1, to, toCount + moved);
    this.#recount(parent, slot, from, fromCount - moved);
  }

  /** Moves the last `moved` elements of the leaf in a slot to the one after it. */
  #shiftRight(parent: Handle, slot: number, moved: number): void {
    const arena = this.arena;
    const from = childOf(arena, parent, slot);
    const to = childOf(arena, parent, slot + 1);
    const fromCount = headerOf(arena, from, NODE_COUNT);
    const toCount = headerOf(arena, to, NODE_COUNT);
    moveSlots(arena, to, 0, to, moved, toCount, false);
    moveSlots(arena, from, fromCount - moved, to, 0, moved, false);
    this.#recount(parent, slot, from, fromCount - moved);
    this.#recount(parent, slot + 1, to, toCount + moved);
  }

  /** A leaf has another number of elements and another first one. */
  #recount(parent: Handle, slot: number, leaf: Handle, count: number): void {
    const arena = this.arena;
    setHeader(arena, leaf, NODE_COUNT, count);
    setCountBelow(arena, parent, slot, count);
    setSlot(arena, parent, slot, scoreAt(arena, leaf, 0), entryAt(arena, leaf, 0));
  }

  /** A new top above the old one. */
  #addLevel(): void {
    const arena = this.arena;
    assert(this.#height < HEIGHT_MAX, "the height is bounded");
    const top = createInner(arena);
    const child = this.nodes[0];
    setSlot(arena, top, 0, scoreAt(arena, child, 0), entryAt(arena, child, 0));
    setChild(arena, top, 0, child, this.#count);
    setHeader(arena, top, NODE_COUNT, 1);
    this.#addToRootWord(ROOT_INNERS, 1);
    for (let level = this.#height; level > 0; level--) {
      this.nodes[level] = this.nodes[level - 1];
      this.slots[level] = this.slots[level - 1];
    }
    this.slots[0] = 0;
    this.#setTop(top, this.#height + 1);
  }

  /** Moves what a node on the way has from slot `kept` on to a new node after it. Its parent has room. */
  #split(level: number, kept: number): void {
    const arena = this.arena;
    const node = this.nodes[level];
    const isInner = level < this.#height - 1;
    const moved = headerOf(arena, node, NODE_COUNT) - kept;
    const right = isInner ? createInner(arena) : createLeaf(arena, LEAF_BYTES);
    moveSlots(arena, node, kept, right, 0, moved, isInner);
    setHeader(arena, node, NODE_COUNT, kept);
    setHeader(arena, right, NODE_COUNT, moved);
    if (!isInner) this.#linkAfter(node, right);
    this.#addToRootWord(isInner ? ROOT_INNERS : ROOT_LEAVES, 1);

    const parent = this.nodes[level - 1];
    const slot = this.slots[level - 1];
    const siblings = headerOf(arena, parent, NODE_COUNT);
    moveSlots(arena, parent, slot + 1, parent, slot + 2, siblings - slot - 1, true);
    setHeader(arena, parent, NODE_COUNT, siblings + 1);
    setCountBelow(arena, parent, slot, isInner ? totalBelow(arena, node) : kept);
    setChild(arena, parent, slot + 1, right, isInner ? totalBelow(arena, right) : moved);
    setSlot(arena, parent, slot + 1, scoreAt(arena, right, 0), entryAt(arena, right, 0));
  }

  #linkAfter(leaf: Handle, right: Handle): void {
    const arena = this.arena;
    const next = headerOf(arena, leaf, LEAF_NEXT);
    setHeader(arena, right, LEAF_NEXT, next);
    setHeader(arena, right, LEAF_PREVIOUS, leaf);
    setHeader(arena, leaf, LEAF_NEXT, right);
    if (next !== 0) setHeader(arena, next, LEAF_PREVIOUS, right);
  }

  // ---- shrinking ------------------------------------------------------------------------------------------------

  /** A node on the way has become sparse: drops it when it is empty, joins it with a neighbour when both are. */
  protected sparse(from: number): void {
    const arena = this.arena;
    for (let level = from; level > 0; level--) {
      const isInner = level < this.#height - 1;
      const count = headerOf(arena, this.nodes[level], NODE_COUNT);
      if (count > (isInner ? INNER_SPARSE_MAX : LEAF_SPARSE_MAX)) return;
      if (count === 0) this.#drop(level, this.slots[level - 1]);
      else if (!this.#join(level, count, isInner)) return;
    }
    this.#dropLevels();
  }

  /** Joins a node on the way with the smaller of its neighbours. @returns false when they are too large. */
  #join(level: number, count: number, isInner: boolean): boolean {
    const arena = this.arena;
    const parent = this.nodes[level - 1];
    const slot = this.slots[level - 1];
    const room = (isInner ? INNER_JOINED_MAX : LEAF_JOINED_MAX) - count;
    const left = slot > 0 ? headerOf(arena, childOf(arena, parent, slot - 1), NODE_COUNT) : room + 1;
    const hasRight = slot + 1 < headerOf(arena, parent, NODE_COUNT);
    const right = hasRight ? headerOf(arena, childOf(arena, parent, slot + 1), NODE_COUNT) : room + 1;
    if (left > room && right > room) return false;
    const into = left < right ? slot - 1 : slot;
    const target = childOf(arena, parent, into);
    const source = childOf(arena, parent, into + 1);
    const targetCount = headerOf(arena, target, NODE_COUNT);
    const sourceCount = headerOf(arena, source, NODE_COUNT);
    moveSlots(arena, source, 0, target, targetCount, sourceCount, isInner);
    setHeader(arena, target, NODE_COUNT, targetCount + sourceCount);
    const elements = countBelow(arena, parent, into) + countBelow(arena, parent, into + 1);
    setCountBelow(arena, parent, into, elements);
    this.#drop(level, into + 1);
    return true;
  }

  /** Frees a child of the parent at `level - 1` of the way, whose elements are gone or elsewhere. */
  #drop(level: number, slot: number): void {
    const arena = this.arena;
    const parent = this.nodes[level - 1];
    const node = childOf(arena, parent, slot);
    if (level === this.#height - 1) {
      const next = headerOf(arena, node, LEAF_NEXT);
      const previous = headerOf(arena, node, LEAF_PREVIOUS);
      if (next !== 0) setHeader(arena, next, LEAF_PREVIOUS, previous);
      if (previous !== 0) setHeader(arena, previous, LEAF_NEXT, next);
      this.#addToRootWord(ROOT_LEAVES, -1);
    } else {
      this.#addToRootWord(ROOT_INNERS, -1);
    }
    arena.free(node);
    const left = headerOf(arena, parent, NODE_COUNT) - 1;
    moveSlots(arena, parent, slot + 1, parent, slot, left - slot, true);
    setHeader(arena, parent, NODE_COUNT, left);
    if (slot === 0 && left > 0) this.firstChanged(level - 1);
  }

  /** Takes tops with a single child off; what is left may be one leaf, or nothing at all. */
  #dropLevels(): void {
    const arena = this.arena;
    while (this.#height > 1) {
      const top = this.nodes[0];
      const children = headerOf(arena, top, NODE_COUNT);
      if (children > 1) return;
      const child = children === 1 ? childOf(arena, top, 0) : this.#newTopLeaf();
      arena.free(top);
      this.#addToRootWord(ROOT_INNERS, -1);
      this.#setTop(child, children === 1 ? this.#height - 1 : 1);
    }
    this.shrinkTopLeaf();
  }

  /** A leaf for an index that has become empty from below. */
  #newTopLeaf(): Handle {
    assert(this.#count === 0, "an index without leaves is empty");
    this.#addToRootWord(ROOT_LEAVES, 1);
    return createLeaf(this.arena, TOP_LEAF_BYTES[0]);
  }

  /** A leaf that is the whole tree and a quarter full takes half the room. */
  protected shrinkTopLeaf(): void {
    const sizeBytes = this.arena.sizeOf(this.nodes[0]);
    if (sizeBytes === TOP_LEAF_BYTES[0]) return;
    const capacity = headerOf(this.arena, this.nodes[0], NODE_CAPACITY);
    if (this.#count > capacity >> 2) return;
    this.#resizeTopLeaf(TOP_LEAF_BYTES.indexOf(sizeBytes) - 1);
    this.shrinkTopLeaf();
  }

  #resizeTopLeaf(size: number): void {
    const arena = this.arena;
    const old = this.nodes[0];
    assert(this.#height === 1 && size >= 0 && size < TOP_LEAF_BYTES.length, "only a lone leaf has several sizes");
    const leaf = createLeaf(arena, TOP_LEAF_BYTES[size]);
    moveSlots(arena, old, 0, leaf, 0, this.#count, false);
    setHeader(arena, leaf, NODE_COUNT, this.#count);
    arena.free(old);
    this.#setTop(leaf, 1);
  }

  // ---- freeing --------------------------------------------------------------------------------------------------

  /**
   * Frees an index or, of a large one, a part; entries are the table's to free. After the first call nothing else may
   * be done with it.
   * @param blocksMax large blocks, or what takes as long, that one call may give back.
   * @returns bytes that are left to be freed by more calls; 0 when all is gone.
   */
  free(root: Handle, blocksMax: number): number {
    this.attach(root);
    for (let left = blocksMax * SLAB_BLOCKS_PER_LARGE; left > 0; left--) {
      if (this.#freeLast()) continue;
      this.arena.free(root);
      this.#root = 0;
      return 0;
    }
    return this.blockBytes;
  }

  /** Frees the last node of the tree. @returns false when it was the last one. */
  #freeLast(): boolean {
    const arena = this.arena;
    let node = this.nodes[0];
    let parent = 0;
    let level = 0;
    while (level < this.#height - 1 && headerOf(arena, node, NODE_COUNT) > 0) {
      parent = node;
      node = childOf(arena, node, headerOf(arena, node, NODE_COUNT) - 1);
      level++;
    }
    arena.free(node);
    this.#addToRootWord(level === this.#height - 1 ? ROOT_LEAVES : ROOT_INNERS, -1);
    if (parent === 0) return false;
    setHeader(arena, parent, NODE_COUNT, headerOf(arena, parent, NODE_COUNT) - 1);
    return true;
  }

  // ---- the root -------------------------------------------------------------------------------------------------

  #setTop(top: Handle, height: number): void {
    this.nodes[0] = top;
    this.#height = height;
    this.#setRootWord(ROOT_TOP, top);
    this.#setRootWord(ROOT_HEIGHT, height);
  }

  #rootWord(field: number): number {
    return headerOf(this.arena, this.#root, field);
  }

  #setRootWord(field: number, value: number): void {
    setHeader(this.arena, this.#root, field, value);
  }

  #addToRootWord(field: number, change: number): void {
    this.#setRootWord(field, this.#rootWord(field) + change);
  }
}

/**
 * How a tree of ids grows and shrinks: nodes are split, joined and dropped, levels come and go. `stream-tree.ts` has
 * the essay; what is done with elements is there, too.
 *
 * Nodes do not know their parents. What changes more than one leaf descends from the top first, keeps the way, and goes
 * up along it as far as it must: a full node is split in halves, or followed by a new one where it is the end that
 * grows; a sparse one joins a neighbour below the same parent; an empty one goes. Each adds or takes one child above.
 *
 * A leaf that is the whole tree is the only block of another size: it is doubled and halved.
 */
import { assert } from "../base/assert.ts";
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";
import { ID_WORDS, StreamId } from "./stream-id.ts";
import {
  borderAt,
  childAt,
  childFor,
  HEADER_WORDS,
  INNER_CAPACITY,
  INNER_STRIDE,
  LEAF_CAPACITY,
  LEAF_NEXT,
  LEAF_PREVIOUS,
  LONE_LEAF_BYTES_MIN,
  moveWords,
  NODE_COUNT,
  ROOT_FINGER,
  ROOT_FIRST,
  ROOT_HEIGHT,
  ROOT_INNERS,
  ROOT_LAST,
  ROOT_LEAVES,
  ROOT_TOP,
  TREE_NODE_BYTES,
} from "./stream-tree-nodes.ts";
import { IdTreeReader } from "./stream-tree-reader.ts";

const INNER_SPARSE_MAX: number = Math.floor(INNER_CAPACITY / 3);
const INNER_JOINED_MAX: number = INNER_CAPACITY - (INNER_CAPACITY >> 3);

/** Levels, leaves included: with a third of each node taken, eight hold more elements than there are handles. */
const HEIGHT_MAX = 16;

export class IdTreeShape extends IdTreeReader {
  /** The way last gone down, from the top: nodes, and in each inner one the child taken. */
  protected readonly wayNodes: Int32Array = new Int32Array(HEIGHT_MAX);
  protected readonly waySlots: Int32Array = new Int32Array(HEIGHT_MAX);
  /** Elements of a full leaf, the most of a sparse one, and the most that two have that join. */
  readonly #capacity: number;
  readonly #sparseMax: number;
  readonly #joinedMax: number;
  readonly #border = new StreamId();

  /** @param valueWords words beside each id. */
  constructor(arena: Arena, valueWords: number) {
    super(arena, valueWords);
    this.#capacity = this.#capacityOf(TREE_NODE_BYTES);
    this.#sparseMax = Math.floor(this.#capacity / 3);
    this.#joinedMax = this.#capacity - (this.#capacity >> 3);
  }

  /** Goes down to the leaf in which an id is, or would be, and keeps the way; the place stays. */
  protected descend(id: StreamId): void {
    let node = this.rootWord(ROOT_TOP);
    const last = this.rootWord(ROOT_HEIGHT) - 1;
    for (let level = 0; level < last; level++) {
      const words = this.arena.words[node >>> SEGMENT_SHIFT];
      const slot = childFor(words, node, id);
      this.wayNodes[level] = node;
      this.waySlots[level] = slot;
      node = words[childAt(node, slot)];
    }
    this.wayNodes[last] = node;
  }

  // ---- growing ---------------------------------------------------------------------------------------------------

  /** A first leaf. */
  protected plant(): void {
    const leaf = this.createLeaf(LONE_LEAF_BYTES_MIN);
    this.setRootWord(ROOT_TOP, leaf);
    this.setRootWord(ROOT_HEIGHT, 1);
    this.setRootWord(ROOT_FIRST, leaf);
    this.setRootWord(ROOT_LAST, leaf);
    this.setRootWord(ROOT_LEAVES, 1);
    this.enter(leaf);
  }

  /** The leaf that the lens stands in is full: makes room for an id at its slot, to which the lens moves. */
  protected makeRoom(id: StreamId): void {
    const count = this.words[this.base + NODE_COUNT];
    if (count < this.#capacity) {
      this.#resizeLoneLeaf(this.arena.sizeOf(this.leaf) * 2);
      return;
    }
    const left = this.leaf;
    const slot = this.slot;
    const next = this.words[this.base + LEAF_NEXT];
    // Where ids come in order the full leaf stays full.
    const kept = slot === count && next === 0 ? count : count >> 1;
    this.descend(id);
    const right = this.createLeaf(TREE_NODE_BYTES);
    this.enter(left);
    const moved = (count - kept) * this.stride;
    const rightWords = this.arena.words[right >>> SEGMENT_SHIFT];
    const rightBase = (right & SEGMENT_MASK) << 2;
    moveWords(this.words, this.slotAt(kept), rightWords, rightBase + HEADER_WORDS, moved);
    this.words[this.base + NODE_COUNT] = kept;
    rightWords[rightBase + NODE_COUNT] = count - kept;
    this.#linkAfter(left, right);
    const border = kept === count ? this.#border.setFrom(id) : this.#border.load(rightWords, rightBase + HEADER_WORDS);
    this.#addChild(this.rootWord(ROOT_HEIGHT) - 2, border, right);
    if (slot < kept || (slot === kept && kept < count)) return;
    this.enter(right);
    this.slot = slot - kept;
  }

  #linkAfter(left: Handle, right: Handle): void {
    const next = this.header(left, LEAF_NEXT);
    this.setHeader(right, LEAF_NEXT, next);
    this.setHeader(right, LEAF_PREVIOUS, left);
    this.setHeader(left, LEAF_NEXT, right);
    if (next !== 0) this.setHeader(next, LEAF_PREVIOUS, right);
    else this.setRootWord(ROOT_LAST, right);
    this.addToRootWord(ROOT_LEAVES, 1);
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
    const node = this.wayNodes[level];
    const slot = this.waySlots[level] + 1;
    const count = this.header(node, NODE_COUNT);
    if (count < INNER_CAPACITY) {
      this.#insertChild(node, slot, border, child);
      return;
    }
    const kept = slot === count ? count : count >> 1;
    const right = this.createInner();
    this.moveChildren(node, kept, right, 0, count - kept);
    this.setHeader(node, NODE_COUNT, kept);
    this.setHeader(right, NODE_COUNT, count - kept);
    if (slot > kept || kept === count) this.#insertChild(right, slot - kept, border, child);
    else this.#insertChild(node, slot, border, child);
    const words = this.arena.words[right >>> SEGMENT_SHIFT];
    this.#addChild(level - 1, border.load(words, borderAt(right, 0)), right);
  }

  #insertChild(node: Handle, slot: number, border: StreamId, child: Handle): void {
    const count = this.header(node, NODE_COUNT);
    this.moveChildren(node, slot, node, slot + 1, count - slot);
    const words = this.arena.words[node >>> SEGMENT_SHIFT];
    border.store(words, borderAt(node, slot));
    words[childAt(node, slot)] = child;
    this.setHeader(node, NODE_COUNT, count + 1);
  }

  /** A new top above the old one and its new neighbour. */
  #addTop(border: StreamId, right: Handle): void {
    const height = this.rootWord(ROOT_HEIGHT);
    assert(height < HEIGHT_MAX, "the height is bounded");
    const top = this.createInner();
    const words = this.arena.words[top >>> SEGMENT_SHIFT];
    words.fill(0, borderAt(top, 0), borderAt(top, 0) + ID_WORDS);
    words[childAt(top, 0)] = this.rootWord(ROOT_TOP);
    border.store(words, borderAt(top, 1));
    words[childAt(top, 1)] = right;
    this.setHeader(top, NODE_COUNT, 2);
    this.setRootWord(ROOT_TOP, top);
    this.setRootWord(ROOT_HEIGHT, height + 1);
  }

  /** A leaf without elements, which is not linked. */
  protected createLeaf(blockBytes: number): Handle {
    const leaf = this.arena.allocate(blockBytes);
    this.setHeader(leaf, NODE_COUNT, 0);
    this.setHeader(leaf, LEAF_CAPACITY, this.#capacityOf(blockBytes));
    this.setHeader(leaf, LEAF_NEXT, 0);
    this.setHeader(leaf, LEAF_PREVIOUS, 0);
    return leaf;
  }

  /** An inner node without children, which the root counts. */
  protected createInner(): Handle {
    const node = this.arena.allocate(TREE_NODE_BYTES);
    this.setHeader(node, NODE_COUNT, 0);
    this.addToRootWord(ROOT_INNERS, 1);
    return node;
  }

  #resizeLoneLeaf(blockBytes: number): void {
    const old = this.rootWord(ROOT_TOP);
    assert(this.rootWord(ROOT_HEIGHT) === 1 && blockBytes <= TREE_NODE_BYTES, "only a lone leaf has several sizes");
    const leaf = this.createLeaf(blockBytes);
    const count = this.header(old, NODE_COUNT);
    const words = this.arena.words[old >>> SEGMENT_SHIFT];
    const at = ((old & SEGMENT_MASK) << 2) + HEADER_WORDS;
    this.enter(leaf);
    moveWords(words, at, this.words, this.slotAt(0), count * this.stride);
    this.words[this.base + NODE_COUNT] = count;
    this.arena.free(old);
    this.setRootWord(ROOT_TOP, leaf);
    this.setRootWord(ROOT_FIRST, leaf);
    this.setRootWord(ROOT_LAST, leaf);
    this.setRootWord(ROOT_FINGER, 0);
  }

  // ---- shrinking -------------------------------------------------------------------------------------------------

  /** A lone leaf that is a quarter full takes half the room, an empty one goes. */
  protected shrinkLoneLeaf(leaf: Handle, count: number): void {
    if (count === 0) {
      this.arena.free(leaf);
      this.clearRoot();
      return;
    }
    const sizeBytes = this.arena.sizeOf(leaf);
    if (sizeBytes === LONE_LEAF_BYTES_MIN || count > this.header(leaf, LEAF_CAPACITY) >> 2) return;
    this.#resizeLoneLeaf(sizeBytes >> 1);
    this.leaf = 0;
  }

  /** Whether a leaf with so many elements is one that `joinSparse` is for, which needs the way to it. */
  protected isSparse(count: number): boolean {
    return count <= this.#sparseMax && this.rootWord(ROOT_HEIGHT) > 1;
  }

  /** The leaf at the end of the way has become sparse: drops it when it is empty, joins it with a neighbour. */
  protected joinSparse(): void {
    const last = this.rootWord(ROOT_HEIGHT) - 1;
    for (let level = last; level > 0; level--) {
      const isLeaf = level === last;
      const count = this.header(this.wayNodes[level], NODE_COUNT);
      if (count > (isLeaf ? this.#sparseMax : INNER_SPARSE_MAX)) return;
      if (count === 0) this.#drop(level, this.waySlots[level - 1], isLeaf);
      else if (!this.#join(level, count, isLeaf)) return;
    }
    this.dropLevels();
  }

  /** Joins a node on the way with the smaller of its neighbours. @returns false when they are too large. */
  #join(level: number, count: number, isLeaf: boolean): boolean {
    const parent = this.wayNodes[level - 1];
    const slot = this.waySlots[level - 1];
    const words = this.arena.words[parent >>> SEGMENT_SHIFT];
    const room = (isLeaf ? this.#joinedMax : INNER_JOINED_MAX) - count;
    const hasRight = slot + 1 < this.header(parent, NODE_COUNT);
    const left = slot > 0 ? this.header(words[childAt(parent, slot - 1)], NODE_COUNT) : room + 1;
    const right = hasRight ? this.header(words[childAt(parent, slot + 1)], NODE_COUNT) : room + 1;
    if (left > room && right > room) return false;
    const into = left < right ? slot - 1 : slot;
    const target = words[childAt(parent, into)];
    const source = words[childAt(parent, into + 1)];
    const targetCount = this.header(target, NODE_COUNT);
    const sourceCount = this.header(source, NODE_COUNT);
    if (isLeaf) {
      this.moveElements(source, target, targetCount, sourceCount);
    } else {
      // The border of a first child need not be one: the parent knows it.
      const sourceWords = this.arena.words[source >>> SEGMENT_SHIFT];
      moveWords(words, borderAt(parent, into + 1), sourceWords, borderAt(source, 0), ID_WORDS);
      this.moveChildren(source, 0, target, targetCount, sourceCount);
    }
    this.setHeader(target, NODE_COUNT, targetCount + sourceCount);
    this.#drop(level, into + 1, isLeaf);
    return true;
  }

  /** Frees a child of the node at `level - 1` of the way, whose elements are gone or elsewhere. */
  #drop(level: number, slot: number, isLeaf: boolean): void {
    const parent = this.wayNodes[level - 1];
    const node = this.arena.words[parent >>> SEGMENT_SHIFT][childAt(parent, slot)];
    if (isLeaf) this.#unlink(node);
    else this.addToRootWord(ROOT_INNERS, -1);
    this.arena.free(node);
    const left = this.header(parent, NODE_COUNT) - 1;
    this.moveChildren(parent, slot + 1, parent, slot, left - slot);
    this.setHeader(parent, NODE_COUNT, left);
  }

  #unlink(leaf: Handle): void {
    const next = this.header(leaf, LEAF_NEXT);
    const previous = this.header(leaf, LEAF_PREVIOUS);
    if (next !== 0) this.setHeader(next, LEAF_PREVIOUS, previous);
    else this.setRootWord(ROOT_LAST, previous);
    if (previous !== 0) this.setHeader(previous, LEAF_NEXT, next);
    else this.setRootWord(ROOT_FIRST, next);
    this.addToRootWord(ROOT_LEAVES, -1);
    if (this.rootWord(ROOT_FINGER) === leaf) this.setRootWord(ROOT_FINGER, 0);
  }

  /** Takes tops with a single child off. */
  protected dropLevels(): void {
    while (this.rootWord(ROOT_HEIGHT) > 1) {
      const top = this.rootWord(ROOT_TOP);
      const children = this.header(top, NODE_COUNT);
      assert(children > 0, "leaves are joined before the last of them is empty");
      if (children > 1) return;
      this.setRootWord(ROOT_TOP, this.arena.words[top >>> SEGMENT_SHIFT][childAt(top, 0)]);
      this.addToRootWord(ROOT_HEIGHT, -1);
      this.addToRootWord(ROOT_INNERS, -1);
      this.arena.free(top);
    }
    const leaf = this.rootWord(ROOT_TOP);
    this.shrinkLoneLeaf(leaf, this.header(leaf, NODE_COUNT));
  }

  // ---- words of nodes --------------------------------------------------------------------------------------------

  protected moveElements(from: Handle, to: Handle, toSlot: number, length: number): void {
    const stride = this.stride;
    moveWords(
      this.arena.words[from >>> SEGMENT_SHIFT],
      ((from & SEGMENT_MASK) << 2) + HEADER_WORDS,
      this.arena.words[to >>> SEGMENT_SHIFT],
      ((to & SEGMENT_MASK) << 2) + HEADER_WORDS + toSlot * stride,
      length * stride,
    );
  }

  protected moveChildren(from: Handle, fromSlot: number, to: Handle, toSlot: number, length: number): void {
    moveWords(
      this.arena.words[from >>> SEGMENT_SHIFT],
      borderAt(from, fromSlot),
      this.arena.words[to >>> SEGMENT_SHIFT],
      borderAt(to, toSlot),
      length * INNER_STRIDE,
    );
  }

  protected setHeader(node: Handle, field: number, value: number): void {
    this.arena.words[node >>> SEGMENT_SHIFT][((node & SEGMENT_MASK) << 2) + field] = value;
  }

  #capacityOf(blockBytes: number): number {
    return Math.floor((blockBytes / 4 - HEADER_WORDS) / this.stride);
  }
}

/**
 * The sorted index: the members of a sorted set in the order of (score, member bytes), with ranks.
 *
 * Layout. A counted B+ tree of blocks of 1 KiB over entries that belong to the set's table:
 *
 *     inner   ┌ header ┬ 50 × score f64 ┬ 50 × entry i32 ┬ 50 × child i32 ┬ 50 × elements below i32 ┐
 *             └────────┴─ of the first element below ────┴────────────────┴─────────────────────────┘
 *     leaf    ┌ header: count, capacity, next, previous ┬ 84 × score f64 ┬ 84 × entry i32 ┐
 *             └─────────────────────────────────────────┴────────────────┴────────────────┘
 *     root    count, top node, height, leaves, inner nodes                                    (32 bytes)
 *
 * Scores stand in the nodes, so a search reads entries only among equal scores: to find a place among a million costs
 * some 20 comparisons within five or six cache lines of the leaf and of inner nodes that stay in the cache (half a byte
 * an element). That the first element below every child is kept exactly, and not just some border, makes an entry in an
 * inner node one that lives, so ties can be settled by its bytes; what it costs is a store in the parent whenever the
 * first of a leaf changes, one change in a hundred.
 *
 * Filling. A full leaf first shares with a neighbour below the same parent that has room, and is split only when both
 * are full. Where elements come in order, ascending or descending, it is split at the very edge, so that it stays full.
 * A node that has fallen to a third joins a neighbour if both together leave an eighth free, else it is left alone until
 * it is empty. A tree of one leaf starts at 112 bytes and doubles.
 * Bytes an element, inner nodes included: 12.6 when a million come in ascending order, 15.2 in random order, 16.4 after
 * as many random changes of score again. A skiplist as in Redis takes 24 bytes for member, score and
 * the link back, and 16 more for each level, 1.33 on average; an AVL or red-black tree with counts 28 at least.
 *
 * Why not these. Each step of a skiplist or a binary tree is a cache miss, 20 to 25 of them at a million, where this
 * takes two or three; their nodes are blocks of their own, with an allocation each; and a walk of 100 elements takes 100
 * misses where leaves take ten, beside those of the members. What they do better is never to move an element (so that a
 * node may be the member), and finger searches, of which the commands have no use.
 *
 * Cost, for n elements, all O(log n); processor time at a million random ones on Node 20, on a machine busy with other
 * things (a quiet one takes a fraction), members out of the cache (`scripts/micro/sorted-index.ts`):
 * - insert 0.85 µs, in ascending order 0.35; rescore 1.4 nearby, 2.3 anywhere, which is a removal and an insertion;
 * - rankOf 1.2, at 0.5, seekScore 0.7; a step of a cursor 15 ns; removing the first 0.45;
 * - growing never copies more than a node a level; emptying frees as many nodes a call as it is told.
 *
 * Scores are doubles with the infinities; -0 and 0 are equal and NaN never enters. A member is in the index at most once:
 * to look whether it is there is the table's business.
 *
 * Positions are cursors (`SortedCursor`), good until the next change. An index is identified by its root; this class is
 * a lens, attached again and again.
 *
 * Invariants (asserted by `check`): elements ascend strictly; every node but a lone leaf has at least one slot taken and
 * all leaves are at the same depth, linked both ways; each slot of an inner node has the first element below its child
 * and the number of elements there; counts of nodes and elements agree.
 */
import { assert } from "../base/assert.ts";
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT, SLAB_BLOCKS_PER_LARGE } from "../memory/arena.ts";
import { SortedIndexCheck } from "./sorted-index-check.ts";
import type { SortedCursor } from "./sorted-index-cursor.ts";
import {
  childOf,
  childrenAt,
  countBelow,
  countsAt,
  createInner,
  createLeaf,
  entryAt,
  HEADER_DOUBLES,
  HEADER_WORDS,
  headerOf,
  INNER_BYTES,
  INNER_CAPACITY,
  isFull,
  LEAF_BYTES,
  LEAF_CAPACITY,
  LEAF_NEXT,
  LEAF_PREVIOUS,
  moveDoubles,
  moveSlots,
  moveWords,
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
import { MemberProbe } from "./sorted-index-probe.ts";

const ROOT_BYTES = 32;
const ROOT_COUNT = 0;
const ROOT_TOP = 1;
const ROOT_HEIGHT = 2;
const ROOT_LEAVES = 3;
const ROOT_INNERS = 4;

/** Levels, leaves included. With a third of each node taken, eight hold more elements than there are handles. */
const HEIGHT_MAX = 16;
/** A node that has fallen to this looks for a neighbour to join. */
const LEAF_SPARSE_MAX: number = Math.floor(LEAF_CAPACITY / 3);
const INNER_SPARSE_MAX: number = Math.floor(INNER_CAPACITY / 3);
/** Two nodes are joined when no more than this is in both: the one that results must not be split at once. */
const LEAF_JOINED_MAX: number = LEAF_CAPACITY - (LEAF_CAPACITY >> 3);
const INNER_JOINED_MAX: number = INNER_CAPACITY - (INNER_CAPACITY >> 3);
/** A full leaf shares with a neighbour that has this many free slots. */
const SHARED_SLOTS_MIN: number = LEAF_CAPACITY >> 3;
/** Whether equal scores count as before the place that is looked for. */
type After = boolean;

export class SortedIndex {
  readonly #arena: Arena;
  readonly #probe: MemberProbe;
  #root: Handle = 0;
  #count = 0;
  #height = 1;
  #beside: Handle = 0;
  #warmed = 0;
  /** The way down to the place last looked for: nodes, and in each the child taken; the last is the leaf. */
  readonly #nodes = new Int32Array(HEIGHT_MAX);
  readonly #slots = new Int32Array(HEIGHT_MAX);

  constructor(arena: Arena) {
    this.#arena = arena;
    this.#probe = new MemberProbe(arena);
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

  /** Bytes of root and nodes in the accounting; entries are not in it. O(1). */
  get blockBytes(): number {
    const arena = this.#arena;
    const leafBytes = this.#height === 1 ? arena.sizeOf(this.#nodes[0]) : LEAF_BYTES;
    return ROOT_BYTES + this.#rootWord(ROOT_LEAVES) * leafBytes + this.#rootWord(ROOT_INNERS) * INNER_BYTES;
  }

  /** Makes an empty index and attaches to it. @returns its root. */
  create(): Handle {
    const top = createLeaf(this.#arena, TOP_LEAF_BYTES[0]);
    const root = this.#arena.allocate(ROOT_BYTES);
    const words = this.#arena.words[root >>> SEGMENT_SHIFT];
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
    const words = this.#arena.words[root >>> SEGMENT_SHIFT];
    const at = (root & SEGMENT_MASK) << 2;
    this.#root = root;
    this.#count = words[at + ROOT_COUNT];
    this.#height = words[at + ROOT_HEIGHT];
    this.#nodes[0] = words[at + ROOT_TOP];
    return this;
  }

  // ---- changes --------------------------------------------------------------------------------------------------

  /** Adds an entry, whose member is not in the index. @param score any double but NaN. */
  insert(score: number, entry: Handle): void {
    assert(!Number.isNaN(score), "a score is a number");
    this.#probe.setEntry(entry);
    let leaf = this.#descend(score, false);
    for (let tries = 0; isFull(this.#arena, leaf); tries++) {
      assert(tries <= HEIGHT_MAX, "making room makes room");
      this.#makeRoom();
      leaf = this.#descend(score, false);
    }
    this.#insertHere(leaf, score, entry);
  }

  /** Takes an entry out. It must be there, and is the caller's to free. */
  remove(score: number, entry: Handle): void {
    this.#locate(score, entry);
    this.#removeHere();
  }

  /** Takes the element at a rank out, without comparing anything. @returns its entry. */
  removeAt(rank: number): Handle {
    const leaf = this.#descendTo(rank);
    const slot = this.#slots[this.#height - 1];
    const entry = entryAt(this.#arena, leaf, slot);
    const beside = slot === 0 ? 1 : slot - 1;
    this.#beside = beside < headerOf(this.#arena, leaf, NODE_COUNT) ? entryAt(this.#arena, leaf, beside) : entry;
    this.#removeHere();
    return entry;
  }

  /**
   * Reads the first line of the entry that stood beside the one last taken out by its rank: who takes elements from an
   * end comes for it next. A reading that nothing waits for costs least together with another one.
   */
  warmBeside(): void {
    const entry = this.#beside;
    this.#warmed = this.#arena.words[entry >>> SEGMENT_SHIFT][(entry & SEGMENT_MASK) << 2];
  }

  /** What was read ahead; means nothing, but is kept so that no compiler finds the reading useless. */
  get warmed(): number {
    return this.#warmed;
  }

  /** Gives an entry another score. */
  rescore(oldScore: number, entry: Handle, newScore: number): void {
    assert(!Number.isNaN(newScore), "a score is a number");
    const leaf = this.#locate(oldScore, entry);
    if (this.#moveWithin(leaf, oldScore, entry, newScore)) return;
    this.#removeHere();
    this.insert(newScore, entry);
  }

  /** The entry has been moved in memory: its block is another. Both blocks must have the member still. */
  replaceEntry(score: number, old: Handle, entry: Handle): void {
    const leaf = this.#locate(score, old);
    const slot = this.#slots[this.#height - 1];
    setSlot(this.#arena, leaf, slot, scoreAt(this.#arena, leaf, slot), entry);
    if (slot === 0) this.#firstChanged(this.#height - 1);
  }

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
      this.#arena.free(root);
      this.#root = 0;
      return 0;
    }
    return this.blockBytes;
  }

  // ---- places ---------------------------------------------------------------------------------------------------

  /** The rank of an entry that is in the index: how many elements come before it. */
  rankOf(score: number, entry: Handle): number {
    this.#locate(score, entry);
    return this.#rankHere();
  }

  /** Places the cursor at a rank. @returns whether there is an element. */
  at(rank: number, cursor: SortedCursor): boolean {
    if (rank < 0 || rank >= this.#count) return this.#end(cursor);
    return cursor.place(this.#descendTo(rank), this.#slots[this.#height - 1]);
  }

  /**
   * Places the cursor on the first element with at least this score, or with more than it.
   * @param exclusive whether more.
   * @returns whether there is one; without, the cursor is at the end.
   */
  seekScore(score: number, exclusive: boolean, cursor: SortedCursor): boolean {
    const leaf = this.#descendByScore(score, exclusive);
    return cursor.place(leaf, this.#slots[this.#height - 1]);
  }

  /** Places the cursor on the last element with at most this score, or with less. @returns whether there is one. */
  lastBeforeScore(score: number, exclusive: boolean, cursor: SortedCursor): boolean {
    this.seekScore(score, !exclusive, cursor);
    return cursor.previous();
  }

  /** How many elements have less than this score, or at most as much: the rank of the first that `seekScore` finds. */
  rankOfScore(score: number, exclusive: boolean): number {
    this.#descendByScore(score, exclusive);
    return this.#rankHere();
  }

  /** As `seekScore` by member, in an index whose scores are all the same. */
  seekLex(bytes: Uint8Array, start: number, length: number, exclusive: boolean, cursor: SortedCursor): boolean {
    const leaf = this.#descendByMember(bytes, start, length, exclusive);
    return cursor.place(leaf, this.#slots[this.#height - 1]);
  }

  /** As `lastBeforeScore` by member, in an index whose scores are all the same. */
  lastBeforeLex(bytes: Uint8Array, start: number, length: number, exclusive: boolean, cursor: SortedCursor): boolean {
    this.seekLex(bytes, start, length, !exclusive, cursor);
    return cursor.previous();
  }

  /** As `rankOfScore` by member, in an index whose scores are all the same. */
  rankOfLex(bytes: Uint8Array, start: number, length: number, exclusive: boolean): number {
    this.#descendByMember(bytes, start, length, exclusive);
    return this.#rankHere();
  }

  /** Asserts the invariants of the essay. O(elements): for tests and DEBUG. */
  check(): void {
    const seen = new SortedIndexCheck(this.#arena, this.#nodes[0], this.#height);
    assert(seen.elements === this.#count, "the index knows its count");
    assert(seen.leaves === this.#rootWord(ROOT_LEAVES), "leaves are counted");
    assert(seen.inners === this.#rootWord(ROOT_INNERS), "inner nodes are counted");
  }

  // ---- the way down ---------------------------------------------------------------------------------------------

  /** Finds the first place whose element is not before (score, probe); with `after`, is behind it. @returns the leaf. */
  #descend(score: number, after: After): Handle {
    const leaf = this.#descendToLeaf(score);
    this.#slots[this.#height - 1] = this.#before(leaf, score, after);
    return leaf;
  }

  /** As `#descend`, without a place in the leaf. */
  #descendToLeaf(score: number): Handle {
    const arena = this.#arena;
    const last = this.#height - 1;
    let node = this.#nodes[0];
    for (let level = 0; level < last; level++) {
      const slot = this.#before(node, score, true) - 1;
      this.#slots[level] = slot < 0 ? 0 : slot;
      node = childOf(arena, node, this.#slots[level]);
      this.#nodes[level + 1] = node;
    }
    return node;
  }

  /** As `#descend` by score alone. */
  #descendByScore(score: number, after: After): Handle {
    const arena = this.#arena;
    const last = this.#height - 1;
    let node = this.#nodes[0];
    for (let level = 0; level < last; level++) {
      const slot = this.#beforeScore(node, score, after) - 1;
      this.#slots[level] = slot < 0 ? 0 : slot;
      node = childOf(arena, node, this.#slots[level]);
      this.#nodes[level + 1] = node;
    }
    this.#slots[last] = this.#beforeScore(node, score, after);
    return node;
  }

  #descendByMember(bytes: Uint8Array, start: number, length: number, after: After): Handle {
    this.#probe.setBytes(bytes, start, length);
    return this.#descend(this.#count === 0 ? 0 : scoreAt(this.#arena, this.#nodes[0], 0), after);
  }

  /** The way to a rank that there is. @returns the leaf. */
  #descendTo(rank: number): Handle {
    assert(rank >= 0 && rank < this.#count, "a rank is that of an element");
    const arena = this.#arena;
    const last = this.#height - 1;
    let node = this.#nodes[0];
    let left = rank;
    for (let level = 0; level < last; level++) {
      const words = arena.words[node >>> SEGMENT_SHIFT];
      const at = countsAt(node);
      let slot = 0;
      for (let below = words[at]; left >= below; below = words[at + slot]) {
        left -= below;
        slot++;
      }
      this.#slots[level] = slot;
      node = words[childrenAt(node) + slot];
      this.#nodes[level + 1] = node;
    }
    this.#slots[last] = left;
    return node;
  }

  /** The way to an entry, which must be there. @returns the leaf. */
  #locate(score: number, entry: Handle): Handle {
    this.#probe.setEntry(entry);
    const leaf = this.#descendToLeaf(score);
    const words = this.#arena.words[leaf >>> SEGMENT_SHIFT];
    const doubles = this.#arena.doubles[leaf >>> SEGMENT_SHIFT];
    const at = (leaf & SEGMENT_MASK) << 2;
    const scores = ((leaf & SEGMENT_MASK) << 1) + HEADER_DOUBLES;
    const end = scores + words[at + NODE_COUNT];
    const entries = at + HEADER_WORDS + 2 * words[at + NODE_CAPACITY] - scores;
    // Among equal scores it is known by its handle: the others' members, which are cold, need not be compared.
    let place = lowerBound(doubles, scores, end, score);
    while (place < end && words[entries + place] !== entry) place++;
    assert(place < end && doubles[place] === score, "an entry is in the index under its score");
    this.#slots[this.#height - 1] = place - scores;
    return leaf;
  }

  /** Slots of a node before (score, probe), which itself counts with `after`. */
  #before(node: Handle, score: number, after: After): number {
    const words = this.#arena.words[node >>> SEGMENT_SHIFT];
    const doubles = this.#arena.doubles[node >>> SEGMENT_SHIFT];
    const at = (node & SEGMENT_MASK) << 2;
    const scores = ((node & SEGMENT_MASK) << 1) + HEADER_DOUBLES;
    const end = scores + words[at + NODE_COUNT];
    // What comes in ascending order goes to the end at once: inner nodes and the last leaf have no next one.
    if (words[at + LEAF_NEXT] === 0 && end > scores && doubles[end - 1] < score) return end - scores;
    const first = lowerBound(doubles, scores, end, score);
    if (first === end || doubles[first] !== score) return first - scores;
    // Among equal scores the members decide.
    const entries = at + HEADER_WORDS + 2 * words[at + NODE_CAPACITY] - scores;
    let low = first;
    let high = first + 1 < end && doubles[first + 1] === score ? upperBound(doubles, first + 2, end, score) : first + 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = this.#probe.compareWith(words[entries + middle]);
      if (order > 0 || (order === 0 && after)) low = middle + 1;
      else high = middle;
    }
    return low - scores;
  }

  /** Slots of a node with less than a score, or with `after` at most as much. */
  #beforeScore(node: Handle, score: number, after: After): number {
    const doubles = this.#arena.doubles[node >>> SEGMENT_SHIFT];
    const scores = ((node & SEGMENT_MASK) << 1) + HEADER_DOUBLES;
    const end = scores + headerOf(this.#arena, node, NODE_COUNT);
    return (after ? upperBound(doubles, scores, end, score) : lowerBound(doubles, scores, end, score)) - scores;
  }

  /** How many elements come before the place just found. */
  #rankHere(): number {
    const last = this.#height - 1;
    let rank = this.#slots[last];
    for (let level = 0; level < last; level++) {
      const node = this.#nodes[level];
      const words = this.#arena.words[node >>> SEGMENT_SHIFT];
      const at = countsAt(node);
      const end = at + this.#slots[level];
      for (let slot = at; slot < end; slot++) rank += words[slot];
    }
    return rank;
  }

  /** Places the cursor behind the last element. */
  #end(cursor: SortedCursor): boolean {
    let node = this.#nodes[0];
    for (let level = 0; level < this.#height - 1; level++) {
      node = childOf(this.#arena, node, headerOf(this.#arena, node, NODE_COUNT) - 1);
    }
    return cursor.place(node, headerOf(this.#arena, node, NODE_COUNT));
  }

  // ---- changing a leaf ------------------------------------------------------------------------------------------

  /** Puts an element at the place just found, in a leaf with room. */
  #insertHere(leaf: Handle, score: number, entry: Handle): void {
    const words = this.#arena.words[leaf >>> SEGMENT_SHIFT];
    const doubles = this.#arena.doubles[leaf >>> SEGMENT_SHIFT];
    const at = (leaf & SEGMENT_MASK) << 2;
    const count = words[at + NODE_COUNT];
    const last = this.#height - 1;
    const slot = this.#slots[last];
    const scores = ((leaf & SEGMENT_MASK) << 1) + HEADER_DOUBLES;
    const scorePlace = scores + slot;
    moveDoubles(doubles, scorePlace, doubles, scorePlace + 1, count - slot);
    doubles[scorePlace] = score;
    const entryPlace = at + HEADER_WORDS + 2 * words[at + NODE_CAPACITY] + slot;
    moveWords(words, entryPlace, words, entryPlace + 1, count - slot);
    words[entryPlace] = entry;
    words[at + NODE_COUNT] = count + 1;
    this.#addToCounts(1);
    if (slot === 0) this.#firstChanged(last);
  }

  /** Takes the element at the place just found out. */
  #removeHere(): void {
    const arena = this.#arena;
    const last = this.#height - 1;
    const leaf = this.#nodes[last];
    const slot = this.#slots[last];
    const count = headerOf(arena, leaf, NODE_COUNT) - 1;
    moveSlots(arena, leaf, slot + 1, leaf, slot, count - slot, false);
    setHeader(arena, leaf, NODE_COUNT, count);
    this.#addToCounts(-1);
    if (last === 0) {
      this.#shrinkTopLeaf();
      return;
    }
    if (slot === 0 && count > 0) this.#firstChanged(last);
    if (count <= LEAF_SPARSE_MAX) this.#sparse(last);
  }

  /** Moves an element to its new place within its leaf. @returns false when that is not where it belongs. */
  #moveWithin(leaf: Handle, oldScore: number, entry: Handle, newScore: number): boolean {
    const arena = this.#arena;
    const last = this.#height - 1;
    const slot = this.#slots[last];
    const rises = newScore > oldScore;
    const place = newScore === oldScore ? slot : this.#before(leaf, newScore, false) - (rises ? 1 : 0);
    const lastSlot = headerOf(arena, leaf, NODE_COUNT) - 1;
    // At either end the neighbouring leaf has a say, unless there is none or the element moves away from it.
    if (rises && place === lastSlot && headerOf(arena, leaf, LEAF_NEXT) !== 0) return false;
    if (!rises && place === 0 && headerOf(arena, leaf, LEAF_PREVIOUS) !== 0 && newScore !== oldScore) return false;
    if (place > slot) moveSlots(arena, leaf, slot + 1, leaf, slot, place - slot, false);
    else moveSlots(arena, leaf, place, leaf, place + 1, slot - place, false);
    setSlot(arena, leaf, place, newScore, entry);
    if (slot === 0 || place === 0) this.#firstChanged(last);
    return true;
  }

  #addToCounts(change: number): void {
    for (let level = this.#height - 2; level >= 0; level--) {
      const node = this.#nodes[level];
      this.#arena.words[node >>> SEGMENT_SHIFT][countsAt(node) + this.#slots[level]] += change;
    }
    this.#count += change;
    this.#setRootWord(ROOT_COUNT, this.#count);
  }

  /** The first element of the node at a level of the way is another: the nodes above it learn. */
  #firstChanged(level: number): void {
    const arena = this.#arena;
    const score = scoreAt(arena, this.#nodes[level], 0);
    const entry = entryAt(arena, this.#nodes[level], 0);
    for (let above = level - 1; above >= 0; above--) {
      setSlot(arena, this.#nodes[above], this.#slots[above], score, entry);
      if (this.#slots[above] > 0) return;
    }
  }

  // ---- growing --------------------------------------------------------------------------------------------------

  /** A step towards room at the place just found, after which the way must be looked for again. */
  #makeRoom(): void {
    const arena = this.#arena;
    let level = this.#height - 1;
    const leaf = this.#nodes[level];
    const count = headerOf(arena, leaf, NODE_COUNT);
    if (count < LEAF_CAPACITY) {
      this.#resizeTopLeaf(TOP_LEAF_BYTES.indexOf(arena.sizeOf(leaf)) + 1);
      return;
    }
    const isAscending = this.#slots[level] === count && headerOf(arena, leaf, LEAF_NEXT) === 0;
    const isDescending = this.#slots[level] === 0 && headerOf(arena, leaf, LEAF_PREVIOUS) === 0;
    if (!isAscending && !isDescending && level > 0 && this.#share(level)) return;
    // The highest of the full nodes in a row above the leaf goes first: its parent has room for one more.
    while (level > 0 && isFull(arena, this.#nodes[level - 1])) level--;
    if (level === 0) {
      this.#addLevel();
      level = 1;
    }
    const slots = headerOf(arena, this.#nodes[level], NODE_COUNT);
    this.#split(level, isAscending ? slots - 1 : isDescending ? 1 : slots >> 1);
  }

  /** Evens a full leaf out with the emptier of its neighbours. @returns false when they have no room. */
  #share(level: number): boolean {
    const arena = this.#arena;
    const parent = this.#nodes[level - 1];
    const slot = this.#slots[level - 1];
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
    const arena = this.#arena;
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
    const arena = this.#arena;
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
    const arena = this.#arena;
    setHeader(arena, leaf, NODE_COUNT, count);
    setCountBelow(arena, parent, slot, count);
    setSlot(arena, parent, slot, scoreAt(arena, leaf, 0), entryAt(arena, leaf, 0));
  }

  /** A new top above the old one. */
  #addLevel(): void {
    const arena = this.#arena;
    assert(this.#height < HEIGHT_MAX, "the height is bounded");
    const top = createInner(arena);
    const child = this.#nodes[0];
    setSlot(arena, top, 0, scoreAt(arena, child, 0), entryAt(arena, child, 0));
    setChild(arena, top, 0, child, this.#count);
    setHeader(arena, top, NODE_COUNT, 1);
    this.#addToRootWord(ROOT_INNERS, 1);
    for (let level = this.#height; level > 0; level--) {
      this.#nodes[level] = this.#nodes[level - 1];
      this.#slots[level] = this.#slots[level - 1];
    }
    this.#slots[0] = 0;
    this.#setTop(top, this.#height + 1);
  }

  /** Moves what a node on the way has from slot `kept` on to a new node after it. Its parent has room. */
  #split(level: number, kept: number): void {
    const arena = this.#arena;
    const node = this.#nodes[level];
    const isInner = level < this.#height - 1;
    const moved = headerOf(arena, node, NODE_COUNT) - kept;
    const right = isInner ? createInner(arena) : createLeaf(arena, LEAF_BYTES);
    moveSlots(arena, node, kept, right, 0, moved, isInner);
    setHeader(arena, node, NODE_COUNT, kept);
    setHeader(arena, right, NODE_COUNT, moved);
    if (!isInner) this.#linkAfter(node, right);
    this.#addToRootWord(isInner ? ROOT_INNERS : ROOT_LEAVES, 1);

    const parent = this.#nodes[level - 1];
    const slot = this.#slots[level - 1];
    const siblings = headerOf(arena, parent, NODE_COUNT);
    moveSlots(arena, parent, slot + 1, parent, slot + 2, siblings - slot - 1, true);
    setHeader(arena, parent, NODE_COUNT, siblings + 1);
    setCountBelow(arena, parent, slot, isInner ? totalBelow(arena, node) : kept);
    setChild(arena, parent, slot + 1, right, isInner ? totalBelow(arena, right) : moved);
    setSlot(arena, parent, slot + 1, scoreAt(arena, right, 0), entryAt(arena, right, 0));
  }

  #linkAfter(leaf: Handle, right: Handle): void {
    const arena = this.#arena;
    const next = headerOf(arena, leaf, LEAF_NEXT);
    setHeader(arena, right, LEAF_NEXT, next);
    setHeader(arena, right, LEAF_PREVIOUS, leaf);
    setHeader(arena, leaf, LEAF_NEXT, right);
    if (next !== 0) setHeader(arena, next, LEAF_PREVIOUS, right);
  }

  // ---- shrinking ------------------------------------------------------------------------------------------------

  /** A node on the way has become sparse: drops it when it is empty, joins it with a neighbour when both are. */
  #sparse(from: number): void {
    const arena = this.#arena;
    for (let level = from; level > 0; level--) {
      const isInner = level < this.#height - 1;
      const count = headerOf(arena, this.#nodes[level], NODE_COUNT);
      if (count > (isInner ? INNER_SPARSE_MAX : LEAF_SPARSE_MAX)) return;
      if (count === 0) this.#drop(level, this.#slots[level - 1]);
      else if (!this.#join(level, count, isInner)) return;
    }
    this.#dropLevels();
  }

  /** Joins a node on the way with the smaller of its neighbours. @returns false when they are too large. */
  #join(level: number, count: number, isInner: boolean): boolean {
    const arena = this.#arena;
    const parent = this.#nodes[level - 1];
    const slot = this.#slots[level - 1];
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
    const arena = this.#arena;
    const parent = this.#nodes[level - 1];
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
    if (slot === 0 && left > 0) this.#firstChanged(level - 1);
  }

  /** Takes tops with a single child off; what is left may be one leaf, or nothing at all. */
  #dropLevels(): void {
    const arena = this.#arena;
    while (this.#height > 1) {
      const top = this.#nodes[0];
      const children = headerOf(arena, top, NODE_COUNT);
      if (children > 1) return;
      const child = children === 1 ? childOf(arena, top, 0) : this.#newTopLeaf();
      arena.free(top);
      this.#addToRootWord(ROOT_INNERS, -1);
      this.#setTop(child, children === 1 ? this.#height - 1 : 1);
    }
    this.#shrinkTopLeaf();
  }

  /** A leaf for an index that has become empty from below. */
  #newTopLeaf(): Handle {
    assert(this.#count === 0, "an index without leaves is empty");
    this.#addToRootWord(ROOT_LEAVES, 1);
    return createLeaf(this.#arena, TOP_LEAF_BYTES[0]);
  }

  /** A leaf that is the whole tree and a quarter full takes half the room. */
  #shrinkTopLeaf(): void {
    const sizeBytes = this.#arena.sizeOf(this.#nodes[0]);
    if (sizeBytes === TOP_LEAF_BYTES[0]) return;
    const capacity = headerOf(this.#arena, this.#nodes[0], NODE_CAPACITY);
    if (this.#count > capacity >> 2) return;
    this.#resizeTopLeaf(TOP_LEAF_BYTES.indexOf(sizeBytes) - 1);
    this.#shrinkTopLeaf();
  }

  #resizeTopLeaf(size: number): void {
    const arena = this.#arena;
    const old = this.#nodes[0];
    assert(this.#height === 1 && size >= 0 && size < TOP_LEAF_BYTES.length, "only a lone leaf has several sizes");
    const leaf = createLeaf(arena, TOP_LEAF_BYTES[size]);
    moveSlots(arena, old, 0, leaf, 0, this.#count, false);
    setHeader(arena, leaf, NODE_COUNT, this.#count);
    arena.free(old);
    this.#setTop(leaf, 1);
  }

  // ---- freeing --------------------------------------------------------------------------------------------------

  /** Frees the last node of the tree. @returns false when it was the last one. */
  #freeLast(): boolean {
    const arena = this.#arena;
    let node = this.#nodes[0];
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
    this.#nodes[0] = top;
    this.#height = height;
    this.#setRootWord(ROOT_TOP, top);
    this.#setRootWord(ROOT_HEIGHT, height);
  }

  #rootWord(field: number): number {
    return headerOf(this.#arena, this.#root, field);
  }

  #setRootWord(field: number, value: number): void {
    setHeader(this.#arena, this.#root, field, value);
  }

  #addToRootWord(field: number, change: number): void {
    this.#setRootWord(field, this.#rootWord(field) + change);
  }
}

/** Scores to a cache line: how far a search jumps. */
const STRIDE = 8;

/**
 * The first of the ascending scores from `low` to before `end` that is at least `score`; `end` when there is none.
 *
 * Looks at one score of each line, then at those of the line. In 84 scores that is ten comparisons where halving takes
 * six or seven; but each of those is a guess that fails every second time, and waits for a line that only the guess
 * before could name, while here the processor fetches all lines ahead. A third off a look-up among a million.
 */
function lowerBound(doubles: Float64Array, low: number, end: number, score: number): number {
  let at = low;
  while (at + STRIDE <= end && doubles[at + STRIDE - 1] < score) at += STRIDE;
  while (at < end && doubles[at] < score) at++;
  return at;
}

/** The first that is more than `score`. */
function upperBound(doubles: Float64Array, low: number, end: number, score: number): number {
  let at = low;
  while (at + STRIDE <= end && doubles[at + STRIDE - 1] <= score) at += STRIDE;
  while (at < end && doubles[at] <= score) at++;
  return at;
}

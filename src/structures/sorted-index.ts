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
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";
import { SortedIndexCheck } from "./sorted-index-check.ts";
import type { SortedCursor } from "./sorted-index-cursor.ts";
import {
  childOf,
  childrenAt,
  countsAt,
  entryAt,
  HEADER_DOUBLES,
  HEADER_WORDS,
  headerOf,
  isFull,
  LEAF_NEXT,
  LEAF_PREVIOUS,
  moveDoubles,
  moveSlots,
  moveWords,
  NODE_CAPACITY,
  NODE_COUNT,
  scoreAt,
  setHeader,
  setSlot,
} from "./sorted-index-nodes.ts";
import { MemberProbe } from "./sorted-index-probe.ts";
import { HEIGHT_MAX, LEAF_SPARSE_MAX, SortedIndexShape } from "./sorted-index-shape.ts";

/** Whether equal scores count as before the place that is looked for. */
type After = boolean;

export class SortedIndex extends SortedIndexShape {
  readonly #probe: MemberProbe;
  #beside: Handle = 0;
  #warmed = 0;

  constructor(arena: Arena) {
    super(arena);
    this.#probe = new MemberProbe(arena);
  }

  // ---- changes --------------------------------------------------------------------------------------------------

  /** Adds an entry, whose member is not in the index. @param score any double but NaN. */
  insert(score: number, entry: Handle): void {
    assert(!Number.isNaN(score), "a score is a number");
    this.#probe.setEntry(entry);
    let leaf = this.#descend(score, false);
    for (let tries = 0; isFull(this.arena, leaf); tries++) {
      assert(tries <= HEIGHT_MAX, "making room makes room");
      this.makeRoom();
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
    const slot = this.slots[this.height - 1];
    const entry = entryAt(this.arena, leaf, slot);
    const beside = slot === 0 ? 1 : slot - 1;
    this.#beside = beside < headerOf(this.arena, leaf, NODE_COUNT) ? entryAt(this.arena, leaf, beside) : entry;
    this.#removeHere();
    return entry;
  }

  /**
   * Reads the first line of the entry that stood beside the one last taken out by its rank: who takes elements from an
   * end comes for it next. A reading that nothing waits for costs least together with another one.
   */
  warmBeside(): void {
    const entry = this.#beside;
    this.#warmed = this.arena.words[entry >>> SEGMENT_SHIFT][(entry & SEGMENT_MASK) << 2];
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
    const slot = this.slots[this.height - 1];
    setSlot(this.arena, leaf, slot, scoreAt(this.arena, leaf, slot), entry);
    if (slot === 0) this.firstChanged(this.height - 1);
  }

  // ---- places ---------------------------------------------------------------------------------------------------

  /** The rank of an entry that is in the index: how many elements come before it. */
  rankOf(score: number, entry: Handle): number {
    this.#locate(score, entry);
    return this.#rankHere();
  }

  /** Places the cursor at a rank. @returns whether there is an element. */
  at(rank: number, cursor: SortedCursor): boolean {
    if (rank < 0 || rank >= this.count) return this.#end(cursor);
    return cursor.place(this.#descendTo(rank), this.slots[this.height - 1]);
  }

  /**
   * Places the cursor on the first element with at least this score, or with more than it.
   * @param exclusive whether more.
   * @returns whether there is one; without, the cursor is at the end.
   */
  seekScore(score: number, exclusive: boolean, cursor: SortedCursor): boolean {
    const leaf = this.#descendByScore(score, exclusive);
    return cursor.place(leaf, this.slots[this.height - 1]);
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
    return cursor.place(leaf, this.slots[this.height - 1]);
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
    const seen = new SortedIndexCheck(this.arena, this.nodes[0], this.height);
    assert(seen.elements === this.count, "the index knows its count");
    assert(seen.leaves === this.leafCount, "leaves are counted");
    assert(seen.inners === this.innerCount, "inner nodes are counted");
  }

  // ---- the way down ---------------------------------------------------------------------------------------------

  /** Finds the first place whose element is not before (score, probe); with `after`, is behind it. @returns the leaf. */
  #descend(score: number, after: After): Handle {
    const leaf = this.#descendToLeaf(score);
    this.slots[this.height - 1] = this.#before(leaf, score, after);
    return leaf;
  }

  /** As `#descend`, without a place in the leaf. */
  #descendToLeaf(score: number): Handle {
    const arena = this.arena;
    const last = this.height - 1;
    let node = this.nodes[0];
    for (let level = 0; level < last; level++) {
      const slot = this.#before(node, score, true) - 1;
      this.slots[level] = slot < 0 ? 0 : slot;
      node = childOf(arena, node, this.slots[level]);
      this.nodes[level + 1] = node;
    }
    return node;
  }

  /** As `#descend` by score alone. */
  #descendByScore(score: number, after: After): Handle {
    const arena = this.arena;
    const last = this.height - 1;
    let node = this.nodes[0];
    for (let level = 0; level < last; level++) {
      const slot = this.#beforeScore(node, score, after) - 1;
      this.slots[level] = slot < 0 ? 0 : slot;
      node = childOf(arena, node, this.slots[level]);
      this.nodes[level + 1] = node;
    }
    this.slots[last] = this.#beforeScore(node, score, after);
    return node;
  }

  #descendByMember(bytes: Uint8Array, start: number, length: number, after: After): Handle {
    this.#probe.setBytes(bytes, start, length);
    return this.#descend(this.count === 0 ? 0 : scoreAt(this.arena, this.nodes[0], 0), after);
  }

  /** The way to a rank that there is. @returns the leaf. */
  #descendTo(rank: number): Handle {
    assert(rank >= 0 && rank < this.count, "a rank is that of an element");
    const arena = this.arena;
    const last = this.height - 1;
    let node = this.nodes[0];
    let left = rank;
    for (let level = 0; level < last; level++) {
      const words = arena.words[node >>> SEGMENT_SHIFT];
      const at = countsAt(node);
      let slot = 0;
      for (let below = words[at]; left >= below; below = words[at + slot]) {
        left -= below;
        slot++;
      }
      this.slots[level] = slot;
      node = words[childrenAt(node) + slot];
      this.nodes[level + 1] = node;
    }
    this.slots[last] = left;
    return node;
  }

  /** The way to an entry, which must be there. @returns the leaf. */
  #locate(score: number, entry: Handle): Handle {
    this.#probe.setEntry(entry);
    const leaf = this.#descendToLeaf(score);
    const words = this.arena.words[leaf >>> SEGMENT_SHIFT];
    const doubles = this.arena.doubles[leaf >>> SEGMENT_SHIFT];
    const at = (leaf & SEGMENT_MASK) << 2;
    const scores = ((leaf & SEGMENT_MASK) << 1) + HEADER_DOUBLES;
    const end = scores + words[at + NODE_COUNT];
    const entries = at + HEADER_WORDS + 2 * words[at + NODE_CAPACITY] - scores;
    // Among equal scores it is known by its handle: the others' members, which are cold, need not be compared.
    let place = lowerBound(doubles, scores, end, score);
    while (place < end && words[entries + place] !== entry) place++;
    assert(place < end && doubles[place] === score, "an entry is in the index under its score");
    this.slots[this.height - 1] = place - scores;
    return leaf;
  }

  /** Slots of a node before (score, probe), which itself counts with `after`. */
  #before(node: Handle, score: number, after: After): number {
    const words = this.arena.words[node >>> SEGMENT_SHIFT];
    const doubles = this.arena.doubles[node >>> SEGMENT_SHIFT];
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
    const doubles = this.arena.doubles[node >>> SEGMENT_SHIFT];
    const scores = ((node & SEGMENT_MASK) << 1) + HEADER_DOUBLES;
    const end = scores + headerOf(this.arena, node, NODE_COUNT);
    return (after ? upperBound(doubles, scores, end, score) : lowerBound(doubles, scores, end, score)) - scores;
  }

  /** How many elements come before the place just found. */
  #rankHere(): number {
    const last = this.height - 1;
    let rank = this.slots[last];
    for (let level = 0; level < last; level++) {
      const node = this.nodes[level];
      const words = this.arena.words[node >>> SEGMENT_SHIFT];
      const at = countsAt(node);
      const end = at + this.slots[level];
      for (let slot = at; slot < end; slot++) rank += words[slot];
    }
    return rank;
  }

  /** Places the cursor behind the last element. */
  #end(cursor: SortedCursor): boolean {
    let node = this.nodes[0];
    for (let level = 0; level < this.height - 1; level++) {
      node = childOf(this.arena, node, headerOf(this.arena, node, NODE_COUNT) - 1);
    }
    return cursor.place(node, headerOf(this.arena, node, NODE_COUNT));
  }

  // ---- changing a leaf ------------------------------------------------------------------------------------------

  /** Puts an element at the place just found, in a leaf with room. */
  #insertHere(leaf: Handle, score: number, entry: Handle): void {
    const words = this.arena.words[leaf >>> SEGMENT_SHIFT];
    const doubles = this.arena.doubles[leaf >>> SEGMENT_SHIFT];
    const at = (leaf & SEGMENT_MASK) << 2;
    const count = words[at + NODE_COUNT];
    const last = this.height - 1;
    const slot = this.slots[last];
    const scores = ((leaf & SEGMENT_MASK) << 1) + HEADER_DOUBLES;
    const scorePlace = scores + slot;
    moveDoubles(doubles, scorePlace, doubles, scorePlace + 1, count - slot);
    doubles[scorePlace] = score;
    const entryPlace = at + HEADER_WORDS + 2 * words[at + NODE_CAPACITY] + slot;
    moveWords(words, entryPlace, words, entryPlace + 1, count - slot);
    words[entryPlace] = entry;
    words[at + NODE_COUNT] = count + 1;
    this.addToCounts(1);
    if (slot === 0) this.firstChanged(last);
  }

  /** Takes the element at the place just found out. */
  #removeHere(): void {
    const arena = this.arena;
    const last = this.height - 1;
    const leaf = this.nodes[last];
    const slot = this.slots[last];
    const count = headerOf(arena, leaf, NODE_COUNT) - 1;
    moveSlots(arena, leaf, slot + 1, leaf, slot, count - slot, false);
    setHeader(arena, leaf, NODE_COUNT, count);
    this.addToCounts(-1);
    if (last === 0) {
      this.shrinkTopLeaf();
      return;
    }
    if (slot === 0 && count > 0) this.firstChanged(last);
    if (count <= LEAF_SPARSE_MAX) this.sparse(last);
  }

  /** Moves an element to its new place within its leaf. @returns false when that is not where it belongs. */
  #moveWithin(leaf: Handle, oldScore: number, entry: Handle, newScore: number): boolean {
    const arena = this.arena;
    const last = this.height - 1;
    const slot = this.slots[last];
    const rises = newScore > oldScore;
    const place = newScore === oldScore ? slot : this.#before(leaf, newScore, false) - (rises ? 1 : 0);
    const lastSlot = headerOf(arena, leaf, NODE_COUNT) - 1;
    // At either end the neighbouring leaf has a say, unless there is none or the element moves away from it.
    if (rises && place === lastSlot && headerOf(arena, leaf, LEAF_NEXT) !== 0) return false;
    if (!rises && place === 0 && headerOf(arena, leaf, LEAF_PREVIOUS) !== 0 && newScore !== oldScore) return false;
    if (place > slot) moveSlots(arena, leaf, slot + 1, leaf, slot, place - slot, false);
    else moveSlots(arena, leaf, place, leaf, place + 1, slot - place, false);
    setSlot(arena, leaf, place, newScore, entry);
    if (slot === 0 || place === 0) this.firstChanged(last);
    return true;
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

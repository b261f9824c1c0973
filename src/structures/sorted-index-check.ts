/** Walks a whole sorted index and asserts the invariants that `sorted-index.ts` states. For tests and DEBUG. */
import { assert } from "../base/assert.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import {
  childOf,
  countBelow,
  entryAt,
  headerOf,
  LEAF_NEXT,
  LEAF_PREVIOUS,
  NODE_CAPACITY,
  NODE_COUNT,
  scoreAt,
} from "./sorted-index-nodes.ts";
import { MemberProbe } from "./sorted-index-probe.ts";

/** Made, it has checked; its fields are what it has seen, to be compared with what the index believes. */
export class SortedIndexCheck {
  elements = 0;
  leaves = 0;
  inners = 0;
  readonly #arena: Arena;
  readonly #height: number;
  readonly #probe: MemberProbe;
  #lastLeaf: Handle = 0;
  #lastScore = 0;
  #lastEntry: Handle = 0;

  constructor(arena: Arena, top: Handle, height: number) {
    this.#arena = arena;
    this.#height = height;
    this.#probe = new MemberProbe(arena);
    this.#node(top, 0);
    assert(headerOf(arena, this.#lastLeaf, LEAF_NEXT) === 0, "nothing comes after the last leaf");
    assert(height === 1 || headerOf(arena, top, NODE_COUNT) > 1, "no level is for nothing");
  }

  #node(node: Handle, level: number): void {
    const count = headerOf(this.#arena, node, NODE_COUNT);
    assert(count <= headerOf(this.#arena, node, NODE_CAPACITY), "a node holds no more than it can");
    assert(count > 0 || this.#height === 1, "only a lone leaf is empty");
    if (level === this.#height - 1) this.#leaf(node, count);
    else this.#inner(node, count, level);
  }

  #inner(node: Handle, count: number, level: number): void {
    const arena = this.#arena;
    this.inners++;
    for (let slot = 0; slot < count; slot++) {
      const child = childOf(arena, node, slot);
      const before = this.elements;
      this.#node(child, level + 1);
      assert(this.elements - before === countBelow(arena, node, slot), "a slot has the number of elements below");
      assert(scoreAt(arena, node, slot) === scoreAt(arena, child, 0), "a slot has the score of the first below");
      assert(entryAt(arena, node, slot) === entryAt(arena, child, 0), "a slot has the entry of the first below");
    }
  }

  #leaf(leaf: Handle, count: number): void {
    const arena = this.#arena;
    this.leaves++;
    this.elements += count;
    assert(headerOf(arena, leaf, LEAF_PREVIOUS) === this.#lastLeaf, "a leaf knows the one before");
    if (this.#lastLeaf !== 0) assert(headerOf(arena, this.#lastLeaf, LEAF_NEXT) === leaf, "and that one knows it");
    this.#lastLeaf = leaf;
    for (let slot = 0; slot < count; slot++) this.#element(scoreAt(arena, leaf, slot), entryAt(arena, leaf, slot));
  }

  #element(score: number, entry: Handle): void {
    if (this.#lastEntry !== 0) {
      this.#probe.setEntry(entry);
      const isTie = this.#lastScore === score;
      assert(isTie ? this.#probe.compareWith(this.#lastEntry) > 0 : this.#lastScore < score, "elements ascend");
    }
    this.#lastScore = score;
    this.#lastEntry = entry;
  }
}

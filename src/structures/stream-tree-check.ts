/** Walks a tree of ids and asserts what must hold of it: see `stream-tree.ts`. */
import { assert } from "../base/assert.ts";
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";
import { StreamId } from "./stream-id.ts";
import {
  borderAt,
  childAt,
  HEADER_WORDS,
  LEAF_CAPACITY,
  LEAF_NEXT,
  LEAF_PREVIOUS,
  NODE_COUNT,
} from "./stream-tree-nodes.ts";

export class IdTreeCheck {
  elements = 0;
  leaves = 0;
  inners = 0;
  firstLeaf: Handle = 0;
  lastLeaf: Handle = 0;
  readonly #arena: Arena;
  readonly #stride: number;

  /** @param stride words of a slot in a leaf. */
  constructor(arena: Arena, stride: number) {
    this.#arena = arena;
    this.#stride = stride;
  }

  /** @param from and `to`: between these, the upper one excluded, are all ids below the node. */
  walk(node: Handle, level: number, from: StreamId | null, to: StreamId | null): void {
    if (level === 0) {
      this.#checkLeaf(node, from, to);
      return;
    }
    this.inners++;
    const words = this.#arena.words[node >>> SEGMENT_SHIFT];
    const count = this.#header(node, NODE_COUNT);
    assert(count > 0, "a node is not empty");
    for (let slot = 0; slot < count; slot++) {
      const lower = slot === 0 ? from : new StreamId().load(words, borderAt(node, slot));
      const upper = slot + 1 < count ? new StreamId().load(words, borderAt(node, slot + 1)) : to;
      this.walk(words[childAt(node, slot)], level - 1, lower, upper);
    }
  }

  #checkLeaf(leaf: Handle, from: StreamId | null, to: StreamId | null): void {
    const words = this.#arena.words[leaf >>> SEGMENT_SHIFT];
    const count = this.#header(leaf, NODE_COUNT);
    assert(count > 0 && count <= this.#header(leaf, LEAF_CAPACITY), "a leaf is not empty, nor more than full");
    assert(this.#header(leaf, LEAF_PREVIOUS) === this.lastLeaf, "leaves are linked both ways");
    if (this.lastLeaf === 0) this.firstLeaf = leaf;
    else assert(this.#header(this.lastLeaf, LEAF_NEXT) === leaf, "leaves are linked both ways");
    let before: StreamId | null = null;
    for (let slot = 0; slot < count; slot++) {
      const at = ((leaf & SEGMENT_MASK) << 2) + HEADER_WORDS + slot * this.#stride;
      const id: StreamId = new StreamId().load(words, at);
      assert(before === null || before.compare(id) < 0, "ids ascend");
      assert(from === null || from.compare(id) <= 0, "an id is not below its border");
      assert(to === null || to.compare(id) > 0, "an id is below the next border");
      before = id;
    }
    this.elements += count;
    this.leaves++;
    this.lastLeaf = leaf;
  }

  #header(node: Handle, field: number): number {
    return this.#arena.words[node >>> SEGMENT_SHIFT][((node & SEGMENT_MASK) << 2) + field];
  }
}

/**
 * The chain of a quicklist's nodes: links, splits, merges, compression. What is in the nodes is `quicklist.ts`, which has
 * the essay.
 *
 * Three lenses on nodes are enough: `node` and `other` are what an edit works on, `walker` goes along the chain in between
 * and is never held across a call. Nodes leave the chain as a run (`quicklist-run.ts`), a single one too.
 */
import { assert } from "../base/assert.ts";
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT, SLAB_BLOCKS_PER_LARGE } from "../memory/arena.ts";
import { setRootBytes } from "./collection-root.ts";
import type { ListItem } from "./list-item.ts";
import { Listpack, validateListpack } from "./listpack.ts";
import { HEADER_BYTES } from "./listpack-encoding.ts";
import type { NodeGuard, NodeTaker } from "./part-guards.ts";
import {
  admitsElement,
  admitsMerge,
  COMPRESS_DEPTH_MAX,
  clampFill,
  fitsListpack,
  PACKED_THRESHOLD_BYTES_DEFAULT,
} from "./quicklist-limits.ts";
import { EXACT_FIT, QuicklistNode } from "./quicklist-node.ts";
import { Scratch } from "./quicklist-record.ts";
import { NodeRun } from "./quicklist-run.ts";

const ROOT_BYTES = 32;
export const HEAD = 2;
export const TAIL = 3;
const NODES = 4;
const COUNT = 5;
const OPTIONS = 6;
const COUNT_MAX = 0x7fffffff;

const NO_WORDS = new Int32Array(0);

export class QuicklistChain {
  root: Handle = 0;
  /** Elements from this length on get a node of their own, as DEBUG QUICKLIST-PACKED-THRESHOLD says. */
  packedThresholdBytes: number = PACKED_THRESHOLD_BYTES_DEFAULT;

  /** Whom nodes go to that have left the chain; null to have them freed at once. */
  taker: NodeTaker | null = null;

  protected readonly arena: Arena;
  protected words: Int32Array = NO_WORDS;
  protected at = 0;
  protected readonly node: QuicklistNode;
  protected readonly other: QuicklistNode;
  protected readonly walker: QuicklistNode;
  protected readonly scratch: Scratch = new Scratch();
  /** The node whose content the reader has at hand; 0 after any edit. */
  protected shown: Handle = 0;
  readonly #listpack: Listpack;
  /** What is leaving the chain; empty in between. */
  readonly #run: NodeRun = new NodeRun();

  constructor(arena: Arena) {
    this.arena = arena;
    this.node = new QuicklistNode(arena);
    this.other = new QuicklistNode(arena);
    this.walker = new QuicklistNode(arena);
    this.#listpack = new Listpack(arena);
  }

  /**
   * Makes an empty list and attaches to it.
   * @param fill `list-max-listpack-size`. @param compressDepth `list-compress-depth`.
   */
  create(fill: number, compressDepth: number): Handle {
    const root = this.arena.allocate(ROOT_BYTES);
    this.attach(root);
    this.words.fill(0, this.at, this.at + ROOT_BYTES / 4);
    const depth = Math.max(0, Math.min(compressDepth, COMPRESS_DEPTH_MAX));
    this.words[this.at + OPTIONS] = (depth << 16) | (clampFill(fill) & 0xffff);
    return root;
  }

  attach(root: Handle): this {
    this.root = root;
    this.words = this.arena.words[root >>> SEGMENT_SHIFT];
    this.at = (root & SEGMENT_MASK) << 2;
    this.shown = 0;
    return this;
  }

  /** Set for the length of a change of nodes that a snapshot still needs. */
  set guard(guard: NodeGuard | null) {
    this.node.guard = guard;
    this.other.guard = guard;
  }

  get count(): number {
    return this.words[this.at + COUNT];
  }

  get nodeCount(): number {
    return this.words[this.at + NODES];
  }

  get fill(): number {
    return (this.words[this.at + OPTIONS] << 16) >> 16;
  }

  get compressDepth(): number {
    return this.words[this.at + OPTIONS] >>> 16;
  }

  // --- Whole nodes --------------------------------------------------------------------------------------------------

  /** 0 when the list is empty. */
  get firstNode(): Handle {
    return this.words[this.at + HEAD];
  }

  /** 0 when the list is empty. */
  get lastNode(): Handle {
    return this.words[this.at + TAIL];
  }

  /** The block of a node's content. */
  blockOf(node: Handle): Handle {
    return this.walker.attach(node).block;
  }

  /** 0 after the last one. */
  nextNode(node: Handle): Handle {
    return this.walker.attach(node).next;
  }

  /**
   * Points an item at a node's content, which is unpacked if it is compressed. It is good until the next such call.
   * @returns whether it is one plain element; otherwise it is a listpack.
   */
  showNode(node: Handle, into: ListItem): boolean {
    this.shown = 0;
    this.walker.attach(node).show(into, this.scratch);
    return this.walker.isPlain;
  }

  /** Appends a listpack that is not empty as a node; its block is the list's from now on. */
  appendListpack(block: Handle): void {
    const count = this.#listpack.attach(block).count;
    assert(count > 0, "a node has elements");
    this.#appendNode(this.node.createFromListpack(block, count), count);
  }

  /** Appends an element as a plain node, however short it is. */
  appendPlain(bytes: Uint8Array, start: number, length: number): void {
    this.#appendNode(this.node.createPlain(bytes, start, length), 1);
  }

  #appendNode(node: QuicklistNode, count: number): void {
    this.shown = 0;
    const tail = this.words[this.at + TAIL];
    this.link(node, tail, true);
    this.addCount(count);
    this.settle(tail);
  }

  /**
   * Whether all is in one listpack that should stand alone.
   * @param fill `list-max-listpack-size` as it is now. @param isShrinking the list has lost elements: half as much then.
   */
  canBeListpack(fill: number, isShrinking: boolean): boolean {
    if (this.nodeCount !== 1) return false;
    const node = this.walker.attach(this.firstNode);
    return !node.isPlain && fitsListpack(fill, node.sizeBytes, node.count, isShrinking);
  }

  /** Frees a list of one packed node but for its listpack. @returns the listpack's block, which just fits. */
  takeListpack(): Handle {
    assert(this.nodeCount === 1, "a list of one node becomes a listpack");
    const { guard, handle } = this.node.attach(this.firstNode);
    // Its block goes to somebody else, so that the guard gets a copy.
    guard?.changeNode(handle);
    guard?.removeNode(handle, 0);
    const block = this.node.release();
    this.arena.free(this.root);
    this.root = 0;
    return block;
  }

  /** Copies the list node by node; its size is in the copy's root. O(bytes). @returns the root of the copy. */
  copy(): Handle {
    const { arena, root: from, fill, compressDepth, count } = this;
    const before = arena.usedBytes;
    let source = this.firstNode;
    const copy = this.create(fill, compressDepth);
    for (let tail = 0; source !== 0; tail = this.node.handle) {
      this.link(this.node.createCopy(this.other.attach(source)), tail, true);
      source = this.other.next;
    }
    this.addCount(count);
    setRootBytes(arena, copy, arena.usedBytes - before);
    this.attach(from);
    return copy;
  }

  /** Bytes of all listpacks and plain elements, not compressed. O(nodes). */
  uncompressedBytes(): number {
    let bytes = 0;
    for (let node = this.firstNode; node !== 0; node = this.walker.next) bytes += this.walker.attach(node).sizeBytes;
    return bytes;
  }

  /**
   * Frees a list or, of a long one, a part. After the first call nothing else may be done with it.
   * @param blocksMax large blocks, or what takes as long, that one call may give back.
   * @returns elements that are left to be freed by more calls, at least 1 until the root itself is gone; 0 at the end.
   */
  free(root: Handle, blocksMax: number): number {
    this.attach(root);
    const { words, at, node } = this;
    let budget = blocksMax * SLAB_BLOCKS_PER_LARGE;
    while (words[at + HEAD] !== 0 && budget > 0) {
      node.attach(words[at + HEAD]);
      words[at + HEAD] = node.next;
      words[at + COUNT] -= node.count;
      budget -= node.freeingSteps;
      node.free();
    }
    if (words[at + HEAD] !== 0) return Math.max(1, words[at + COUNT]);
    this.arena.free(root);
    this.root = 0;
    return 0;
  }

  /** Asserts the invariants. O(bytes): for tests and DEBUG. */
  check(content: ListItem): void {
    const depth = this.compressDepth;
    let previous = 0;
    let nodes = 0;
    let elements = 0;
    for (let handle = this.firstNode; handle !== 0; handle = this.nextNode(handle)) {
      const node = this.node.attach(handle);
      assert(node.previous === previous, "nodes are linked both ways");
      assert(node.count > 0, "a node is not empty");
      const isInterior = nodes >= depth && nodes < this.nodeCount - depth;
      assert(!node.isCompressed || (depth > 0 && isInterior), "nodes at the ends are not compressed");
      assert(!node.isPlain || node.count === 1, "a plain node is one element");
      if (!this.showNode(handle, content)) this.#checkListpack(content, node.count);
      previous = handle;
      nodes++;
      elements += node.count;
    }
    assert(this.words[this.at + TAIL] === previous, "the last node is the tail");
    assert(nodes === this.nodeCount && elements === this.count, "nodes and elements are counted");
  }

  #checkListpack({ bytes, start, length }: ListItem, count: number): void {
    let seen = 0;
    const isValid = validateListpack(bytes, start, length, true, () => {
      seen++;
      return true;
    });
    assert(isValid && seen === count, "a packed node is a listpack of as many elements as it says");
  }

  // --- Links --------------------------------------------------------------------------------------------------------

  protected addCount(change: number): void {
    const count = this.words[this.at + COUNT] + change;
    assert(count <= COUNT_MAX, "elements of a list are counted in 31 bits");
    this.words[this.at + COUNT] = count;
  }

  /** Links a new node beside another one, or as the only one when that is 0. */
  protected link(added: QuicklistNode, beside: Handle, isAfter: boolean): void {
    const { words, at, walker } = this;
    const { handle } = added;
    const nearEnd = isAfter ? TAIL : HEAD;
    words[at + NODES]++;
    if (beside === 0) {
      words[at + HEAD] = handle;
      words[at + TAIL] = handle;
      return;
    }
    walker.attach(beside);
    const far = isAfter ? walker.next : walker.previous;
    if (isAfter) walker.next = handle;
    else walker.previous = handle;
    added.previous = isAfter ? beside : far;
    added.next = isAfter ? far : beside;
    if (far === 0) words[at + nearEnd] = handle;
    else if (isAfter) walker.attach(far).previous = handle;
    else walker.attach(far).next = handle;
  }

  /** Takes a node out of the chain and frees it. The caller settles the chain. */
  protected removeNode(removed: QuicklistNode): void {
    this.#run.collect(this.arena, removed.handle, removed.count);
    this.#removeRun(removed.guard);
  }

  /**
   * Takes nodes out of the chain and frees them, from one on, as many as have no more than so many elements together. The
   * caller settles the chain.
   * @returns the node behind them, 0 for none.
   */
  protected removeNodes(from: Handle, elementsMax: number): Handle {
    const { node } = this;
    if (node.guard === null) {
      const next = this.#run.collect(this.arena, from, elementsMax);
      if (this.#run.nodes > 0) this.#removeRun(null);
      return next;
    }
    // A guard is told of each.
    const kept = this.count - elementsMax;
    let handle = from;
    while (this.count > kept && this.count - node.attach(handle).count >= kept) {
      handle = node.next;
      this.removeNode(node);
    }
    return handle;
  }

  /** @param guard when there is one, the run is a single node. */
  #removeRun(guard: NodeGuard | null): void {
    const { words, at, walker } = this;
    const run = this.#run;
    const { previous } = walker.attach(run.first);
    const { next } = walker.attach(run.last);
    if (previous === 0) words[at + HEAD] = next;
    else walker.attach(previous).next = next;
    if (next === 0) words[at + TAIL] = previous;
    else walker.attach(next).previous = previous;
    words[at + NODES] -= run.nodes;
    this.addCount(-run.elements);
    if (guard?.removeNode(run.first, next) === true) run.clear();
    else if (this.taker === null) run.free(walker);
    else this.taker.takeNodes(run);
  }

  /** Takes over nodes that have left the chain of another list. With that this list is good for nothing but `free`. */
  adopt(run: NodeRun): void {
    const { words, at } = this;
    this.walker.attach(run.last).next = words[at + HEAD];
    words[at + HEAD] = run.first;
    words[at + NODES] += run.nodes;
    this.addCount(run.elements);
    run.clear();
  }

  /** A new node of one element. */
  protected createNode(lens: QuicklistNode, bytes: Uint8Array, start: number, length: number): QuicklistNode {
    if (this.isLong(length)) return lens.createPlain(bytes, start, length);
    lens.create().append(bytes, start, length, EXACT_FIT);
    return lens;
  }

  protected isLong(length: number): boolean {
    return length >= this.packedThresholdBytes;
  }

  /** Whether a node takes one more element. */
  protected admits(node: QuicklistNode, length: number): boolean {
    return !node.isPlain && !this.isLong(length) && admitsElement(this.fill, node.sizeBytes, node.count, length);
  }

  // --- Splitting and merging ----------------------------------------------------------------------------------------

  /**
   * Moves what stands behind an element of `node`, or in front of it, to a new node on `other`, which the caller links.
   * There is something to move.
   */
  protected split(position: number, index: number, isAfter: boolean): void {
    const { node, other } = this;
    node.decompress();
    const from = isAfter ? node.positionAfter(position, 1) : HEADER_BYTES;
    const to = isAfter ? node.sizeBytes - 1 : position;
    const moved = isAfter ? node.count - index - 1 : index;
    other.create().appendFrom(node, from, to, moved);
    node.splice(from, to - from, 0, -moved, EXACT_FIT);
    node.fit();
  }

  /** Merges what may be merged around a node that has come to be by a split, in Redis's order. */
  protected mergeAround(center: Handle): void {
    const { walker } = this;
    const { previous, next } = walker.attach(center);
    if (previous !== 0) this.#tryMerge(walker.attach(previous).previous, previous);
    if (next !== 0) this.#tryMerge(next, walker.attach(next).next);
    const merged = this.#tryMerge(walker.attach(center).previous, center);
    this.#tryMerge(merged, walker.attach(merged).next);
  }

  /** Moves the elements of a node's right neighbour into it when both together are no more than a node may hold. */
  #tryMerge(left: Handle, right: Handle): Handle {
    if (left === 0) return right;
    if (right === 0) return left;
    const { node, other } = this;
    node.attach(left);
    other.attach(right);
    const size = node.sizeBytes + other.sizeBytes;
    if (node.isPlain || other.isPlain || !admitsMerge(this.fill, size, node.count + other.count)) return right;
    node.decompress();
    other.decompress();
    const moved = other.count;
    node.appendFrom(other, HEADER_BYTES, other.sizeBytes - 1, moved);
    this.addCount(moved);
    this.removeNode(other);
    this.settle(left);
    return left;
  }

  // --- Compression --------------------------------------------------------------------------------------------------

  /**
   * After a change of the chain or of a node: the ends are unpacked, and compressed what has come to stand between them.
   * @param changed a node that is perhaps not compressed though it should be; 0 when there is none.
   */
  protected settle(changed: Handle): void {
    const depth = this.compressDepth;
    if (depth === 0) return;
    this.shown = 0;
    const { words, at, walker, scratch } = this;
    let forward = words[at + HEAD];
    let backward = words[at + TAIL];
    let isAtEnd = changed === 0;
    for (let passed = 0; passed < depth && forward !== 0; passed++) {
      walker.attach(forward).decompress();
      const next = walker.next;
      walker.attach(backward).decompress();
      isAtEnd ||= changed === forward || changed === backward;
      if (forward === backward || next === backward) return;
      forward = next;
      backward = walker.previous;
    }
    if (forward === 0) return;
    if (!isAtEnd) walker.attach(changed).compress(scratch);
    walker.attach(forward).compress(scratch);
    walker.attach(backward).compress(scratch);
  }
}

/**
 * The expiry index: who is due when, off the JavaScript heap.
 *
 * An 8-ary min-heap over pairs (when, handle), in chunks of 64 Ki nodes:
 *
 *     position      7      8 … 15      16 … 23 │ 24 … 31 │ …     (0 … 6 do not exist)
 *                  root    children    of 8    │  of 9   │       children of p: 8 × (p − 6) … + 7, parent: p / 8 + 6
 *
 *     chunk c       ┌ when: 64 Ki × f64, ms ────────────────┐┌ handle: 64 Ki × i32 ┐   node of position p: c = p >> 16,
 *                   └───────────────────────────────────────┘└─────────────────────┘   index p & 0xffff
 *
 * Each element knows its place: whenever one moves, the index tells its owner through the `positions` port, and the
 * owner (the entry in the keyspace, later a field of a hash) keeps the int32. So removing or changing the time of any
 * element needs no search. The index knows nothing else about handles; what kind of thing one is stands behind it.
 * An owner is told nothing when its element is removed.
 *
 * Why a heap. It answers "what is due next" exactly and at once, an element costs 12 bytes, it is an array, so that a
 * uniform random pick is one number, and nothing about it depends on how far away the times are.
 * - A timing wheel adds and removes in O(1), but links cost 8 bytes more, the next due time takes a search over empty
 *   slots, distant times must be moved inwards later, and a uniform sample needs a second structure.
 * - Buckets of a time range in a tree (Redis's ebuckets) give up order within a bucket and again have no uniform pick.
 * - A radix heap wants times that only grow; PEXPIREAT gives any.
 * - Redis itself keeps a second hash table and samples it: a key may outlive its time by as long as sampling misses it.
 *
 * Why eight children. What an operation costs are cache lines: of the index and, more dearly, one of each entry that is
 * told its new position. The eight times of a group are 64 bytes, so a level takes one or two lines to find the
 * earliest, one for its handle, one for its entry; five million elements are eight levels against twelve with four
 * children. Measured with 2, 4, 8, 16 and 32: four cost a fifth to a half more than eight, sixteen the same.
 *
 * Cost, for n elements:
 * - add: one store when the time is later than most (the usual case: a fixed TTL), rarely more than two levels;
 * - update and remove of any: a leaf in seven cases of eight, so the same;
 * - removing the first: log8 n levels down, each about three cache lines;
 * - next due, random pick, mean: constant. The mean is of exact sums rather than a sample.
 * At five million elements over entries scattered in 240 MB (Node 20, 2.5 GHz): add in order of time 65 ns, at random
 * 140; change a random one 500; remove the first 420 when entries lie in order of time, 1,250 when scattered. Within
 * the cache: 35, and 300 to remove the first. Newer V8 and JavaScriptCore take about two thirds of that.
 *
 * Nothing is copied to grow: a chunk (768 KiB) is added or given back, with one kept in reserve at the boundary, in
 * 0.05 ms. Only the first chunk starts small and doubles (0.3 ms for the last time, the longest of all operations), so
 * that an empty database costs nothing and sixteen cost little.
 */
import { assert } from "../base/assert.ts";
import type { BufferSource, Handle } from "../memory/arena.ts";

/** Whoever keeps the position of an element. A class rather than a closure, so that the call stays monomorphic. */
export interface ExpiryPositions {
  /** The element of this handle is at `position` (≥ 7) from now on. Called within `add`, `update` and `remove`. */
  setPosition(handle: Handle, position: number): void;
}

const ARITY_SHIFT = 3;
const ARITY = 1 << ARITY_SHIFT;
/** Position of the root, chosen so that every group of children starts at a multiple of the arity. */
const ROOT = ARITY - 1;
/** A parent's position is that of its children divided by the arity, plus this. */
const PARENT_OFFSET = ARITY - 2;

const CHUNK_SHIFT = 16;
const CHUNK_NODES = 1 << CHUNK_SHIFT;
const CHUNK_MASK = CHUNK_NODES - 1;
const CHUNK_NODES_MIN = 64;
const NODE_BYTES = 12;
/** The buffer object and two views. */
const CHUNK_OVERHEAD_BYTES = 320;
/** Positions are int32; 2^30 of them are 12 GiB of index. */
const POSITION_MAX = 2 ** 30;
/** Chunks that `clear` gives back at once. */
const CHUNKS_PER_CLEAR = 8;

/** Times are summed in two parts, so that both sums stay exact: below 2^21 ms (35 minutes), and the multiples of it. */
const SUM_UNIT = 2 ** 21;

const SYSTEM_BUFFERS: BufferSource = {
  allocate: (sizeBytes) => new ArrayBuffer(sizeBytes),
  release: () => {},
};

export class ExpiryIndex {
  readonly #positions: ExpiryPositions;
  readonly #source: BufferSource;
  #whens: Float64Array[] = [];
  #handles: Int32Array[] = [];
  #retired: ArrayBuffer[] = [];
  /** One beyond the last position in use. */
  #end = ROOT;
  #sizeBytes = 0;
  #sumUnits = 0;
  #sumRest = 0;

  constructor(positions: ExpiryPositions, source: BufferSource = SYSTEM_BUFFERS) {
    this.#positions = positions;
    this.#source = source;
  }

  get count(): number {
    return this.#end - ROOT;
  }

  /** Bytes held: chunks with a constant for their objects. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Adds an element and tells its owner where. @param when ms since 1970, a safe integer. */
  add(handle: Handle, when: number): void {
    const position = this.#end;
    if (position >= this.#capacity()) this.#grow();
    this.#end = position + 1;
    this.#sum(when, 1);
    this.#siftUp(position, when, handle);
  }

  /** Removes the element at `position`, which the owner must forget. */
  remove(position: number): void {
    this.#assertPosition(position);
    const removed = this.whenAt(position);
    this.#sum(removed, -1);
    const last = --this.#end;
    if (position !== last) this.#resettle(position, removed, this.whenAt(last), this.handleAt(last));
    this.#shrink();
  }

  /** Changes the time of the element at `position`, which may move it. */
  update(position: number, when: number): void {
    this.#assertPosition(position);
    const before = this.whenAt(position);
    this.#sum(before, -1);
    this.#sum(when, 1);
    this.#resettle(position, before, when, this.handleAt(position));
  }

  /** The element at `position` goes by another handle from now on: it was moved in memory, with its position. */
  rehandle(position: number, handle: Handle): void {
    this.#assertPosition(position);
    this.#handles[position >> CHUNK_SHIFT][position & CHUNK_MASK] = handle;
  }

  whenAt(position: number): number {
    return this.#whens[position >> CHUNK_SHIFT][position & CHUNK_MASK];
  }

  handleAt(position: number): Handle {
    return this.#handles[position >> CHUNK_SHIFT][position & CHUNK_MASK];
  }

  /** The earliest time, Infinity when there is none. */
  nextDue(): number {
    return this.#end === ROOT ? Number.POSITIVE_INFINITY : this.#whens[0][ROOT];
  }

  /** The element that is due first; there must be one. Of several due at the same time, any. */
  topHandle(): Handle {
    assert(this.#end > ROOT, "an element is due only in an index that has one");
    return this.#handles[0][ROOT];
  }

  /** Removes the element that is due first. */
  removeTop(): void {
    this.remove(ROOT);
  }

  /** The position of an element drawn uniformly; there must be one. */
  randomPosition(random: { below(bound: number): number }): number {
    assert(this.#end > ROOT, "an element is drawn only from an index that has one");
    return ROOT + random.below(this.#end - ROOT);
  }

  /** Mean time to live in ms, at least 0; 0 without elements. */
  averageTtlMs(nowMs: number): number {
    const count = this.#end - ROOT;
    if (count === 0) return 0;
    const mean = (this.#sumUnits / count) * SUM_UNIT + this.#sumRest / count;
    return Math.max(0, Math.round(mean - nowMs));
  }

  /** Forgets all elements; their owners are not told. A large index goes back to the system with `releaseSome`. */
  clear(): void {
    for (const whens of this.#whens) this.#retired.push(whens.buffer as ArrayBuffer);
    this.#whens = [];
    this.#handles = [];
    this.#end = ROOT;
    this.#sizeBytes = 0;
    this.#sumUnits = 0;
    this.#sumRest = 0;
    this.releaseSome(CHUNKS_PER_CLEAR);
  }

  /** Gives back up to `chunks` of the chunks that `clear` retired. @returns whether some still wait. */
  releaseSome(chunks: number): boolean {
    for (let i = 0; i < chunks; i++) {
      const buffer = this.#retired.pop();
      if (buffer === undefined) return false;
      this.#source.release(buffer);
    }
    return this.#retired.length > 0;
  }

  /**
   * Walks everything and asserts what must hold; for tests.
   * @param positionOf what the owner of a handle believes.
   */
  check(positionOf: (handle: Handle) => number): void {
    let units = 0;
    let rest = 0;
    for (let position = ROOT; position < this.#end; position++) {
      const when = this.whenAt(position);
      assert(position === ROOT || this.whenAt(parentOf(position)) <= when, "no element is due before its parent");
      assert(positionOf(this.handleAt(position)) === position, "the owner knows the position");
      const unit = Math.floor(when / SUM_UNIT);
      units += unit;
      rest += when - unit * SUM_UNIT;
    }
    assert(units === this.#sumUnits && rest === this.#sumRest, "the sums are exact");
    assert(this.count === 0 || this.#end <= this.#capacity(), "every node is backed");
    assert(this.#capacity() - this.#end <= Math.max(2 * CHUNK_NODES, CHUNK_NODES_MIN), "no more than a spare chunk");
    let bytes = 0;
    for (const whens of this.#whens) bytes += whens.buffer.byteLength + CHUNK_OVERHEAD_BYTES;
    assert(bytes === this.#sizeBytes, "the size is exact");
  }

  #assertPosition(position: number): void {
    assert(position >= ROOT && position < this.#end, "the position is that of an element");
  }

  #sum(when: number, times: number): void {
    const units = Math.floor(when / SUM_UNIT);
    this.#sumUnits += times * units;
    this.#sumRest += times * (when - units * SUM_UNIT);
  }

  /** Puts an element into the hole at `position`, whose former content was due at `before`. */
  #resettle(position: number, before: number, when: number, handle: Handle): void {
    if (when < before) this.#siftUp(position, when, handle);
    else this.#siftDown(position, when, handle);
  }

  #place(position: number, when: number, handle: Handle): void {
    this.#whens[position >> CHUNK_SHIFT][position & CHUNK_MASK] = when;
    this.#handles[position >> CHUNK_SHIFT][position & CHUNK_MASK] = handle;
    this.#positions.setPosition(handle, position);
  }

  #siftUp(from: number, when: number, handle: Handle): void {
    let position = from;
    while (position > ROOT) {
      const parent = parentOf(position);
      const parentWhen = this.whenAt(parent);
      if (parentWhen <= when) break;
      this.#place(position, parentWhen, this.handleAt(parent));
      position = parent;
    }
    this.#place(position, when, handle);
  }

  #siftDown(from: number, when: number, handle: Handle): void {
    let position = from;
    for (;;) {
      const first = (position - PARENT_OFFSET) << ARITY_SHIFT;
      if (first >= this.#end) break;
      // A group never crosses a chunk, since both start at multiples of the arity.
      const whens = this.#whens[first >> CHUNK_SHIFT];
      const start = first & CHUNK_MASK;
      const stop = start + Math.min(ARITY, this.#end - first);
      let earliest = start;
      let earliestWhen = whens[start];
      for (let i = start + 1; i < stop; i++) {
        const childWhen = whens[i];
        if (childWhen < earliestWhen) {
          earliestWhen = childWhen;
          earliest = i;
        }
      }
      if (earliestWhen >= when) break;
      const child = first + earliest - start;
      this.#place(position, earliestWhen, this.handleAt(child));
      position = child;
    }
    this.#place(position, when, handle);
  }

  #capacity(): number {
    const chunks = this.#whens.length;
    return chunks === 0 ? 0 : ((chunks - 1) << CHUNK_SHIFT) + this.#whens[chunks - 1].length;
  }

  #grow(): void {
    const chunks = this.#whens.length;
    assert(chunks << CHUNK_SHIFT < POSITION_MAX, "positions fit 30 bits");
    if (chunks === 0) this.#pushChunk(CHUNK_NODES_MIN);
    else if (this.#whens[0].length < CHUNK_NODES) this.#resizeFirst(this.#whens[0].length * 2);
    else this.#pushChunk(CHUNK_NODES);
  }

  /** Keeps one empty chunk in reserve, so that an index at a boundary does not allocate all the time. */
  #shrink(): void {
    const chunks = this.#whens.length;
    if (chunks > 1) {
      if (this.#end <= (chunks - 2) << CHUNK_SHIFT || (chunks === 2 && this.#end <= CHUNK_NODES >> 1)) this.#popChunk();
      return;
    }
    const nodes = this.#whens[0].length;
    if (nodes > CHUNK_NODES_MIN && this.#end <= nodes >> 2) this.#resizeFirst(nodes >> 1);
  }

  #pushChunk(nodes: number): void {
    const buffer = this.#source.allocate(nodes * NODE_BYTES);
    this.#whens.push(new Float64Array(buffer, 0, nodes));
    this.#handles.push(new Int32Array(buffer, nodes * 8, nodes));
    this.#sizeBytes += buffer.byteLength + CHUNK_OVERHEAD_BYTES;
  }

  #popChunk(): void {
    const whens = this.#whens.pop() as Float64Array;
    this.#handles.pop();
    this.#sizeBytes -= whens.buffer.byteLength + CHUNK_OVERHEAD_BYTES;
    this.#source.release(whens.buffer as ArrayBuffer);
  }

  /** Copies the only chunk into one of another size: at most 384 KiB. */
  #resizeFirst(nodes: number): void {
    const whens = this.#whens[0];
    const handles = this.#handles[0];
    this.#whens.pop();
    this.#handles.pop();
    this.#sizeBytes -= whens.buffer.byteLength + CHUNK_OVERHEAD_BYTES;
    this.#pushChunk(nodes);
    this.#whens[0].set(whens.subarray(0, Math.min(nodes, this.#end)));
    this.#handles[0].set(handles.subarray(0, Math.min(nodes, this.#end)));
    this.#source.release(whens.buffer as ArrayBuffer);
  }
}

function parentOf(position: number): number {
  return (position >> ARITY_SHIFT) + PARENT_OFFSET;
}

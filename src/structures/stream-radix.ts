/**
 * How many nodes a radix tree like Redis's has for a set of ids: a figure that XINFO shows, and that nothing else here
 * has a use for.
 *
 * In such a tree of keys of one length there is a node for each key's end and for each place where keys part, and what
 * lies between two of these, when it is not empty, is one compressed node. All of it follows from how many bytes each
 * key has in common with the next.
 */
import { ID_BYTES, StreamId } from "./stream-id.ts";

/** Above the root. */
const NO_DEPTH = -1;

export class RadixNodes {
  readonly #last = new StreamId();
  #keys = 0;
  #nodes = 0;
  /** Depths at which the last key parts from others, ascending. */
  readonly #partings: number[] = [];
  /** Bytes that the last key has in common with the one before. */
  #common = NO_DEPTH;

  /** Adds the next id in ascending order. */
  add(id: StreamId): void {
    const common = this.#keys === 0 ? NO_DEPTH : commonBytes(this.#last, id);
    if (this.#keys > 0) this.#close(common);
    this.#common = common;
    this.#keys++;
    this.#last.setFrom(id);
  }

  count(): number {
    if (this.#keys === 0) return 1;
    this.#close(NO_DEPTH);
    this.#keys = 0;
    return this.#nodes;
  }

  /** Counts the last key's end, and the partings that the next key, with so many bytes in common, is not below. */
  #close(common: number): void {
    const partings = this.#partings;
    this.#countNode(ID_BYTES, Math.max(this.#common, common));
    while (partings.length > 0 && partings[partings.length - 1] > common) {
      const depth = partings.pop() ?? NO_DEPTH;
      this.#countNode(depth, Math.max(partings[partings.length - 1] ?? NO_DEPTH, common));
    }
    if (common !== NO_DEPTH && partings[partings.length - 1] !== common) partings.push(common);
  }

  /** A node at a depth, and what lies between it and the parting above. */
  #countNode(depth: number, above: number): void {
    this.#nodes += depth - above - 1 > 0 ? 2 : 1;
  }
}

/** How many leading bytes two different ids share. */
function commonBytes(a: StreamId, b: StreamId): number {
  if (a.msHigh !== b.msHigh) return Math.clz32(a.msHigh ^ b.msHigh) >> 3;
  if (a.msLow !== b.msLow) return 4 + (Math.clz32(a.msLow ^ b.msLow) >> 3);
  if (a.seqHigh !== b.seqHigh) return 8 + (Math.clz32(a.seqHigh ^ b.seqHigh) >> 3);
  return 12 + (Math.clz32(a.seqLow ^ b.seqLow) >> 3);
}

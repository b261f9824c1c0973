/** The nodes of a tree of ids: what stands where in a block. The essay is in `stream-tree.ts`. */
import { type Handle, SEGMENT_MASK } from "../memory/arena.ts";
import { ID_WORDS, type StreamId } from "./stream-id.ts";

/** Words of a root. */
export const TREE_ROOT_WORDS = 8;
export const ROOT_COUNT = 0;
export const ROOT_TOP = 1;
export const ROOT_HEIGHT = 2;
export const ROOT_FIRST = 3;
export const ROOT_LAST = 4;
export const ROOT_LEAVES = 5;
export const ROOT_INNERS = 6;
export const ROOT_FINGER = 7;

export const HEADER_WORDS = 4;
export const NODE_COUNT = 0;
export const LEAF_CAPACITY = 1;
export const LEAF_NEXT = 2;
export const LEAF_PREVIOUS = 3;

export const TREE_NODE_BYTES = 2048;
const NODE_WORDS = TREE_NODE_BYTES / 4;
/** Of a leaf that is the whole tree: it doubles as it grows. */
export const LONE_LEAF_BYTES_MIN = 64;

export const INNER_STRIDE: number = ID_WORDS + 1;
export const INNER_CAPACITY: number = Math.floor((NODE_WORDS - HEADER_WORDS) / INNER_STRIDE);

/** Longer runs are moved by the engine (50 ns for any), shorter ones by a loop. */
const LOOP_WORDS_MAX = 24;
const TOP_BIT = 0x80000000 | 0;

/** -1, 0 or 1 by the order of the id in four words and another. */
export function compareWordsWith(words: Int32Array, at: number, id: StreamId): number {
  let a = words[at];
  let b = id.msHigh;
  if (a === b) {
    a = words[at + 1];
    b = id.msLow;
    if (a === b) {
      a = words[at + 2];
      b = id.seqHigh;
      if (a === b) {
        a = words[at + 3];
        b = id.seqLow;
        if (a === b) return 0;
      }
    }
  }
  return (a ^ TOP_BIT) < (b ^ TOP_BIT) ? -1 : 1;
}

/** Index in the segment's words of the border of an inner node's child. */
export function borderAt(node: Handle, slot: number): number {
  return ((node & SEGMENT_MASK) << 2) + HEADER_WORDS + slot * INNER_STRIDE;
}

export function childAt(node: Handle, slot: number): number {
  return borderAt(node, slot) + ID_WORDS;
}

/** The last child whose border is not above an id; the first one has none. */
export function childFor(words: Int32Array, node: Handle, id: StreamId): number {
  let low = 1;
  let high = words[((node & SEGMENT_MASK) << 2) + NODE_COUNT];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareWordsWith(words, borderAt(node, middle), id) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export function moveWords(from: Int32Array, fromAt: number, to: Int32Array, toAt: number, length: number): void {
  if (from === to && length > LOOP_WORDS_MAX) {
    from.copyWithin(toAt, fromAt, fromAt + length);
  } else if (from === to && toAt > fromAt) {
    for (let index = length - 1; index >= 0; index--) to[toAt + index] = from[fromAt + index];
  } else {
    for (let index = 0; index < length; index++) to[toAt + index] = from[fromAt + index];
  }
}

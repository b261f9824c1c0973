/**
 * The root of a collection in a table: a hash, a set, or a sorted set with its index.
 *
 *     16 bytes   ┌ sizeBytes f64 ───────────┬ table i32 ──┬ index i32 ───────────────┐
 *                │ all that hangs below,    │ root of the │ root of the sorted index, │
 *                │ this block included      │ Table       │ 0 without one             │
 *                └──────────────────────────┴─────────────┴───────────────────────────┘
 *
 * Every root of a value outside of its entry begins with the same double: the bytes that the value takes in the
 * arena's accounting. With it a deletion subtracts ten million elements from used_memory without visiting one; the
 * blocks themselves go later, in slices. Whoever changes a collection measures `arena.usedBytes` before and after and
 * adds the difference here, so that no structure needs a counter of its own.
 */
import { assert } from "../base/assert.ts";
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";
import type { MemberTable } from "./member-table.ts";
import type { SortedIndex } from "./sorted-index.ts";

export const COLLECTION_ROOT_BYTES = 16;
const TABLE = 2;
const INDEX = 3;

/**
 * Allocates a root and counts it.
 * @param sizeBytes of table and index with all members, in the accounting.
 * @param index root of the sorted index, 0 for none.
 */
export function createCollectionRoot(arena: Arena, table: Handle, index: Handle, sizeBytes: number): Handle {
  const root = arena.allocate(COLLECTION_ROOT_BYTES);
  setRootBytes(arena, root, sizeBytes + arena.sizeOf(root));
  setTableOf(arena, root, table);
  setIndexOf(arena, root, index);
  return root;
}

/** Bytes in the accounting of all that hangs below a root (of any kind) and of the root itself. */
export function rootBytes(arena: Arena, root: Handle): number {
  return arena.doubles[root >>> SEGMENT_SHIFT][(root & SEGMENT_MASK) << 1];
}

export function setRootBytes(arena: Arena, root: Handle, sizeBytes: number): void {
  arena.doubles[root >>> SEGMENT_SHIFT][(root & SEGMENT_MASK) << 1] = sizeBytes;
}

/** @param change bytes that the collection takes more; negative for less. */
export function addRootBytes(arena: Arena, root: Handle, change: number): void {
  arena.doubles[root >>> SEGMENT_SHIFT][(root & SEGMENT_MASK) << 1] += change;
}

/** Root of the table of members. */
export function tableOf(arena: Arena, root: Handle): Handle {
  return arena.words[root >>> SEGMENT_SHIFT][((root & SEGMENT_MASK) << 2) + TABLE];
}

export function setTableOf(arena: Arena, root: Handle, table: Handle): void {
  arena.words[root >>> SEGMENT_SHIFT][((root & SEGMENT_MASK) << 2) + TABLE] = table;
}

/** Root of the sorted index, 0 when there is none. */
export function indexOf(arena: Arena, root: Handle): Handle {
  return arena.words[root >>> SEGMENT_SHIFT][((root & SEGMENT_MASK) << 2) + INDEX];
}

export function setIndexOf(arena: Arena, root: Handle, index: Handle): void {
  arena.words[root >>> SEGMENT_SHIFT][((root & SEGMENT_MASK) << 2) + INDEX] = index;
}

/**
 * Frees a collection, or of a large one a part: first the index, then the members, then the root. After the first call
 * nothing else may be done with it.
 * @param blocksMax large blocks (or what takes as long) that one call may give back.
 * @returns bytes that are left to be freed by more calls; 0 when all is gone.
 */
export function freeCollection(
  arena: Arena,
  members: MemberTable,
  sorted: SortedIndex,
  root: Handle,
  blocksMax: number,
): number {
  const before = arena.usedBytes;
  const index = indexOf(arena, root);
  if (index !== 0) {
    if (sorted.free(index, blocksMax) === 0) setIndexOf(arena, root, 0);
  } else if (members.free(tableOf(arena, root), blocksMax) === 0) {
    const left = rootBytes(arena, root) - arena.sizeOf(root) - (before - arena.usedBytes);
    assert(left === 0, "a collection's bytes are those of its blocks");
    arena.free(root);
    return 0;
  }
  addRootBytes(arena, root, arena.usedBytes - before);
  return rootBytes(arena, root);
}

/**
 * The nodes of the sorted index: where each thing stands in a block, and how slots are moved. The essay is in
 * `sorted-index.ts`.
 *
 *     leaf    ┌ count, capacity, next, previous ┬ capacity × score f64 ┬ capacity × entry i32 ┐
 *     inner   ┌ count, capacity, –, –           ┬ capacity × score f64 ┬ capacity × entry i32 ┬ … child ┬ … elements ┐
 *
 * Both begin alike, so one search serves both: in an inner node score and entry are those of the child's first element.
 */
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";

export const HEADER_WORDS = 4;
const HEADER_BYTES = 16;
/** Doubles before the first score. */
export const HEADER_DOUBLES = 2;
export const NODE_COUNT = 0;
export const NODE_CAPACITY = 1;
export const LEAF_NEXT = 2;
export const LEAF_PREVIOUS = 3;

const LEAF_SLOT_BYTES = 12;
const INNER_SLOT_BYTES = 20;

export const LEAF_BYTES = 1024;
export const INNER_BYTES = 1024;
/** Of a leaf that is the whole tree: it doubles as it grows. The last one holds LEAF_CAPACITY. */
export const TOP_LEAF_BYTES: readonly number[] = [112, 224, 448, LEAF_BYTES];
export const LEAF_CAPACITY: number = leafCapacity(LEAF_BYTES);
export const INNER_CAPACITY: number = Math.floor((INNER_BYTES - HEADER_BYTES) / INNER_SLOT_BYTES);

export function leafCapacity(blockBytes: number): number {
  return Math.floor((blockBytes - HEADER_BYTES) / LEAF_SLOT_BYTES);
}

/** An empty leaf without neighbours. */
export function createLeaf(arena: Arena, blockBytes: number): Handle {
  return createNode(arena, blockBytes, leafCapacity(blockBytes));
}

export function createInner(arena: Arena): Handle {
  return createNode(arena, INNER_BYTES, INNER_CAPACITY);
}

function createNode(arena: Arena, blockBytes: number, capacity: number): Handle {
  const node = arena.allocate(blockBytes);
  const words = arena.words[node >>> SEGMENT_SHIFT];
  const at = (node & SEGMENT_MASK) << 2;
  words[at + NODE_COUNT] = 0;
  words[at + NODE_CAPACITY] = capacity;
  words[at + LEAF_NEXT] = 0;
  words[at + LEAF_PREVIOUS] = 0;
  return node;
}

/** A word of the node's header. */
export function headerOf(arena: Arena, node: Handle, field: number): number {
  return arena.words[node >>> SEGMENT_SHIFT][((node & SEGMENT_MASK) << 2) + field];
}

export function setHeader(arena: Arena, node: Handle, field: number, value: number): void {
  arena.words[node >>> SEGMENT_SHIFT][((node & SEGMENT_MASK) << 2) + field] = value;
}

export function isFull(arena: Arena, node: Handle): boolean {
  const words = arena.words[node >>> SEGMENT_SHIFT];
  const at = (node & SEGMENT_MASK) << 2;
  return words[at + NODE_COUNT] === words[at + NODE_CAPACITY];
}

export function scoreAt(arena: Arena, node: Handle, slot: number): number {
  return arena.doubles[node >>> SEGMENT_SHIFT][((node & SEGMENT_MASK) << 1) + HEADER_DOUBLES + slot];
}

export function entryAt(arena: Arena, node: Handle, slot: number): Handle {
  const words = arena.words[node >>> SEGMENT_SHIFT];
  const at = (node & SEGMENT_MASK) << 2;
  return words[at + HEADER_WORDS + 2 * words[at + NODE_CAPACITY] + slot];
}

/** Writes what a slot is found by. */
export function setSlot(arena: Arena, node: Handle, slot: number, score: number, entry: Handle): void {
  const words = arena.words[node >>> SEGMENT_SHIFT];
  const at = (node & SEGMENT_MASK) << 2;
  words[at + HEADER_WORDS + 2 * words[at + NODE_CAPACITY] + slot] = entry;
  arena.doubles[node >>> SEGMENT_SHIFT][((node & SEGMENT_MASK) << 1) + HEADER_DOUBLES + slot] = score;
}

/** Index of an inner node's first child in its segment's words. */
export function childrenAt(node: Handle): number {
  return ((node & SEGMENT_MASK) << 2) + HEADER_WORDS + 3 * INNER_CAPACITY;
}

/** Index of the first number of elements below a child. */
export function countsAt(node: Handle): number {
  return ((node & SEGMENT_MASK) << 2) + HEADER_WORDS + 4 * INNER_CAPACITY;
}

export function childOf(arena: Arena, node: Handle, slot: number): Handle {
  return arena.words[node >>> SEGMENT_SHIFT][childrenAt(node) + slot];
}

/** Elements below a child. */
export function countBelow(arena: Arena, node: Handle, slot: number): number {
  return arena.words[node >>> SEGMENT_SHIFT][countsAt(node) + slot];
}

export function setCountBelow(arena: Arena, node: Handle, slot: number, count: number): void {
  arena.words[node >>> SEGMENT_SHIFT][countsAt(node) + slot] = count;
}

export function setChild(arena: Arena, node: Handle, slot: number, child: Handle, count: number): void {
  const words = arena.words[node >>> SEGMENT_SHIFT];
  words[childrenAt(node) + slot] = child;
  words[countsAt(node) + slot] = count;
}

/** Elements below an inner node. */
export function totalBelow(arena: Arena, node: Handle): number {
  const words = arena.words[node >>> SEGMENT_SHIFT];
  const at = countsAt(node);
  const end = at + headerOf(arena, node, NODE_COUNT);
  let total = 0;
  for (let slot = at; slot < end; slot++) total += words[slot];
  return total;
}

/** Copies `length` slots from one node to another of the same kind, or within one; counts are the caller's. */
export function moveSlots(
  arena: Arena,
  from: Handle,
  fromSlot: number,
  to: Handle,
  toSlot: number,
  length: number,
  isInner: boolean,
): void {
  moveDoubles(
    arena.doubles[from >>> SEGMENT_SHIFT],
    ((from & SEGMENT_MASK) << 1) + HEADER_DOUBLES + fromSlot,
    arena.doubles[to >>> SEGMENT_SHIFT],
    ((to & SEGMENT_MASK) << 1) + HEADER_DOUBLES + toSlot,
    length,
  );
  const source = arena.words[from >>> SEGMENT_SHIFT];
  const target = arena.words[to >>> SEGMENT_SHIFT];
  const entriesFrom = ((from & SEGMENT_MASK) << 2) + HEADER_WORDS + 2 * headerOf(arena, from, NODE_CAPACITY);
  const entriesTo = ((to & SEGMENT_MASK) << 2) + HEADER_WORDS + 2 * headerOf(arena, to, NODE_CAPACITY);
  moveWords(source, entriesFrom + fromSlot, target, entriesTo + toSlot, length);
  if (!isInner) return;
  moveWords(source, childrenAt(from) + fromSlot, target, childrenAt(to) + toSlot, length);
  moveWords(source, countsAt(from) + fromSlot, target, countsAt(to) + toSlot, length);
}

/** Within one array a longer run goes to the engine (50 ns for any of these), a shorter one by a loop (3 ns each). */
const LOOP_MAX = 16;

/** Two functions that read alike, since one that sees both kinds of array is slow for either. */
export function moveDoubles(from: Float64Array, fromAt: number, to: Float64Array, toAt: number, length: number): void {
  if (from === to && length > LOOP_MAX) {
    from.copyWithin(toAt, fromAt, fromAt + length);
  } else if (from === to && toAt > fromAt) {
    for (let index = length - 1; index >= 0; index--) to[toAt + index] = from[fromAt + index];
  } else {
    for (let index = 0; index < length; index++) to[toAt + index] = from[fromAt + index];
  }
}

export function moveWords(from: Int32Array, fromAt: number, to: Int32Array, toAt: number, length: number): void {
  if (from === to && length > LOOP_MAX) {
    from.copyWithin(toAt, fromAt, fromAt + length);
  } else if (from === to && toAt > fromAt) {
    for (let index = length - 1; index >= 0; index--) to[toAt + index] = from[fromAt + index];
  } else {
    for (let index = 0; index < length; index++) to[toAt + index] = from[fromAt + index];
  }
}

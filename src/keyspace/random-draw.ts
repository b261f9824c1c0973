/** Picking elements of a collection at random, each as likely as any other. */
import type { Handle } from "../memory/arena.ts";
import type { HandleList } from "../structures/handle-list.ts";
import type { UniformSource } from "../structures/table.ts";

/** A collection whose elements have references: handles or positions that name them while nothing changes. */
export interface Drawable {
  readonly count: number;
  /** A small collection in one block: finding an element takes a walk. */
  readonly isPacked: boolean;
  /** Adds the references of all elements. */
  collect(into: HandleList): void;
  /** The reference of one. */
  random(source: UniformSource): Handle;
}

/**
 * Of a collection with no more than this many elements for each one wanted, all are listed and some of them picked;
 * from a larger one elements are drawn, and drawn again when they come a second time.
 */
const LISTED_PER_DRAWN = 3;

/** Puts the references of `count` different elements in front of `into`, which is empty. There are more than that. */
export function drawDistinct(from: Drawable, count: number, source: UniformSource, into: HandleList): void {
  if (from.isPacked || count * LISTED_PER_DRAWN > from.count) {
    from.collect(into);
    shuffle(into, count, source);
    return;
  }
  const drawn = new Set<Handle>();
  while (drawn.size < count) {
    const reference = from.random(source);
    if (drawn.has(reference)) continue;
    drawn.add(reference);
    into.push(reference);
  }
}

/** The first `count` steps of a shuffle (Fisher and Yates): what they leave in front is a uniform choice. */
function shuffle({ items, length }: HandleList, count: number, source: UniformSource): void {
  for (let index = 0; index < count; index++) {
    const other = index + source.below(length - index);
    const picked = items[other];
    items[other] = items[index];
    items[index] = picked;
  }
}

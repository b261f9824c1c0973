/**
 * A small hash of which fields expire (`listpackex`), as Redis 7.4 has it:
 *
 *     field, value, time │ field, value, time │ …      times ascending, ms since the epoch; 0, for never, after all others
 *
 * So the next field to go is the first, and what has lapsed stands in front. A plain listpack is made one when its first
 * field gets a time, and stays one.
 */
import type { Listpack } from "../structures/listpack.ts";

/** Elements that a field takes, by the kind of listpack. */
export const PAIR = 2;
export const TRIPLE = 3;
/** What a time takes at the most. */
export const TIME_BYTES_MAX = 10;

const NONE = -1;

/** When the field at a position expires, 0 for never. */
export function timeAt(packed: Listpack, position: number): number {
  return packed.doubleAt(packed.next(packed.next(position)));
}

/** Position of the field after that at a position, -1 at the end. */
function after(packed: Listpack, position: number): number {
  return packed.next(packed.next(packed.next(position)));
}

/** How many fields have lapsed: they come first. */
export function lapsedTriples(packed: Listpack, nowMs: number): number {
  let count = 0;
  for (let at = packed.first(); at !== NONE; at = after(packed, at)) {
    const whenMs = timeAt(packed, at);
    if (whenMs === 0 || whenMs >= nowMs) break;
    count++;
  }
  return count;
}

/** Makes triples of the pairs of a listpack. @param scratch is used for it. */
export function widen(packed: Listpack, scratch: Listpack): void {
  scratch.create(packed.sizeBytes + packed.count);
  for (let at = packed.first(); at !== NONE; at = packed.next(at)) {
    scratch.appendItemFrom(packed, at);
    at = packed.next(at);
    scratch.appendItemFrom(packed, at);
    scratch.appendInteger(0);
  }
  packed.free();
  packed.attach(scratch.handle);
}

/** Says when the field at a position expires, 0 for never, and moves it to its place. @returns its new position. */
export function setTime(packed: Listpack, position: number, whenMs: number): number {
  if (timeAt(packed, position) === whenMs) return position;
  const timePosition = packed.next(packed.next(position));
  packed.replaceInt64(timePosition, Math.floor(whenMs / 4294967296) | 0, whenMs | 0);
  return packed.move(position, TRIPLE, placeFor(packed, position, whenMs));
}

/** The field in front of which one with this time belongs; -1 for the end. @param own its position, passed over. */
function placeFor(packed: Listpack, own: number, whenMs: number): number {
  if (whenMs === 0) return NONE;
  for (let at = packed.first(); at !== NONE; at = after(packed, at)) {
    if (at === own) continue;
    const otherMs = timeAt(packed, at);
    if (otherMs === 0 || otherMs > whenMs) return at;
  }
  return NONE;
}

import type { HandleList } from "../structures/handle-list.ts";

/** What can be scanned: a table of keys or of members. */
export interface Scannable {
  /** Emits the entries of one place. @returns the next cursor, 0 at the end. */
  scan(cursor: number, into: HandleList): number;
}

/** A nearly empty table has many empty places: as Redis, look at ten times COUNT of them at the most. */
const PLACES_PER_COUNT = 10;

/**
 * Emits about `count` entries from `cursor` on, whole buckets at a time.
 * @returns the next cursor, 0 at the end.
 */
export function scanAtLeast(table: Scannable, cursor: number, count: number, into: HandleList): number {
  const end = into.length + count;
  let next = cursor;
  for (let places = 0; places < count * PLACES_PER_COUNT; places++) {
    next = table.scan(next, into);
    if (next === 0 || into.length >= end) break;
  }
  return next;
}

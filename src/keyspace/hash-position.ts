/**
 * The place of a hash in its database's index of hashes of which fields expire (`Database.fieldExpiry`).
 *
 * Of a value outside of its entry, the entry keeps a handle and a length. The length of a listpack is in its own header
 * too, and a table has none: so where fields may expire (`listpackex`, `hashtable`) the word keeps the place instead, 0
 * for none. A hash in the index costs 12 bytes there and nothing else; one that is not, nothing at all.
 *
 * The place belongs to the entry, not to the value: an entry that takes over a value begins without one.
 */
import type { Arena, Handle } from "../memory/arena.ts";
import { ENCODING_LISTPACK, encodingOf, outsideHandle, outsideLength, setOutside } from "../structures/entry.ts";

/** @param entry of a hash. @returns its place in the index, 0 when it is not there. */
export function fieldsPosition(arena: Arena, entry: Handle): number {
  return encodingOf(arena, entry) === ENCODING_LISTPACK ? 0 : outsideLength(arena, entry);
}

/** @param entry of a hash that is no plain listpack. */
export function setFieldsPosition(arena: Arena, entry: Handle, position: number): void {
  setOutside(arena, entry, outsideHandle(arena, entry), position);
}

/**
 * Whether bytes from outside (RESTORE, an RDB file, a primary) are a listpack. Everything else trusts what it walks, so
 * nothing may enter the arena as a listpack that has not passed here.
 *
 * Accepted is what Redis accepts: also elements that Redis itself would have encoded shorter, and numbers stored as
 * strings. Nothing is read outside of the given run, whatever the bytes say.
 */
import {
  backLengthBytes,
  COUNT_UNKNOWN,
  END,
  encodedBytesAt,
  HEADER_BYTES,
  leadBytes,
  readBackLength,
  word,
} from "./listpack-encoding.ts";

/**
 * Told of every element, in order: its offset from the listpack's start, and the count that the header states.
 * @returns false when the element is not acceptable.
 */
export type ListpackVisit = (position: number, statedCount: number) => boolean;

/**
 * @param isDeep also walks all elements and compares their number with the header's; otherwise header and end only.
 * @param visit is asked about each element when `isDeep`.
 */
export function validateListpack(
  bytes: Uint8Array,
  start: number,
  length: number,
  isDeep: boolean,
  visit?: ListpackVisit,
): boolean {
  if (length < HEADER_BYTES + 1 || start < 0 || start + length > bytes.length) return false;
  if (word(bytes, start) !== length || bytes[start + length - 1] !== END) return false;
  return !isDeep || validateElements(bytes, start, start + length - 1, visit);
}

/** @param end where the end mark stands. */
function validateElements(bytes: Uint8Array, start: number, end: number, visit: ListpackVisit | undefined): boolean {
  const stated = bytes[start + 4] | (bytes[start + 5] << 8);
  let count = 0;
  let at = start + HEADER_BYTES;
  while (at < end) {
    const after = validateElement(bytes, at, end);
    if (after < 0) return false;
    if (visit !== undefined && !visit(at - start, stated)) return false;
    at = after;
    count++;
  }
  return stated === COUNT_UNKNOWN || stated === count;
}

/** @returns the position after the element, at most `end`; -1 when it is not well-formed. */
function validateElement(bytes: Uint8Array, at: number, end: number): number {
  const lead = leadBytes(bytes[at]);
  if (lead === 0 || at + lead > end) return -1;
  const encodedBytes = encodedBytesAt(bytes, at);
  const after = at + encodedBytes + backLengthBytes(encodedBytes);
  // A back-length is read towards the front, at most into the header of the listpack.
  return after <= end && readBackLength(bytes, after) === encodedBytes ? after : -1;
}

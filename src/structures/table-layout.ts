/** How a table lies in memory, and how single slots are read and written: see the essay in `table.ts`. */
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";

/** A bucket, and where in it meta and handles stand; the fingerprints are in front. */
export const BUCKET_WORDS = 16;
export const META_WORD = 3;
export const FIRST_HANDLE_WORD = 4;
/** Of a segment, but for the only one of a small table: log2 of its buckets. */
export const SEGMENT_LOG2 = 6;
export const SEGMENT_BUCKETS = 1 << SEGMENT_LOG2;
export const SLOTS_PER_BUCKET = 12;
export const SEGMENT_SLOTS: number = SEGMENT_BUCKETS * SLOTS_PER_BUCKET;
/** An entry stands at most this many buckets after its home. */
export const DISPLACEMENT_MAX = 3;
/** What meta grows by for an entry that stands in a later bucket. */
export const OVERFLOW_ONE = 1 << 24;
/** Together no more than this: two siblings become one segment. */
export const MERGE_SLOTS_MAX = Math.floor(SEGMENT_SLOTS * 0.4);
/** 2^20 segments are half a billion entries; the prefix must leave bits for the bucket. */
export const DEPTH_MAX = 24;
export const DIRECTORY_ENTRY_BYTES = 8;
/** The record of a segment, and its words. */
export const SEGMENT_RECORD_WORDS = 4;
export const SEGMENT_RECORD_BYTES = 16;
export const RECORD_HANDLE = 0;
export const RECORD_DEPTH = 1;
export const RECORD_COUNT = 2;
export const RECORD_PREFIX = 3;

/** The root, and its words. */
export const TABLE_ROOT_BYTES = 32;
export const ROOT_COUNT = 0;
export const ROOT_DEPTH = 1;
export const ROOT_SHAPE = 2;
export const ROOT_SINGLE = 3;
export const ROOT_DIRECTORY = 4;
export const ROOT_RECORDS = 5;
export const ROOT_SEGMENTS = 6;
export const ROOT_DEEPEST = 7;

/** Of the hash's low word, what a slot keeps. */
export const PRINT_MASK = 0xff;
/** Of a hash prefix, what stands beside a fingerprint in one number. */
export const PLACE_BITS = 24;
/** Hash prefixes are below this. */
export const HASH_END = 4294967296;

/** `shape` of a single segment: log2 of its buckets, and fingerprint words (of four slots) per bucket. */
export function shapeOf(log2Buckets: number, printWords: number): number {
  return (log2Buckets << 2) | printWords;
}

/** Fills the beginning of a block with zeros. */
export function zero(arena: Arena, block: Handle, words: number): void {
  const at = (block & SEGMENT_MASK) << 2;
  arena.words[block >>> SEGMENT_SHIFT].fill(0, at, at + words);
}

/** Marks the zero bytes of `x` with their top bit; above the lowest true one there may be false ones. */
export function zeroBytes(x: number): number {
  return (x - 0x01010101) & ~x & 0x80808080;
}

/** Where a block begins in its array of words. */
export function blockAt(block: Handle): number {
  return block < 0 ? 0 : (block & SEGMENT_MASK) << 2;
}

/** The fingerprint in a slot; 0 when it is empty. */
export function printAt(words: Int32Array, bucket: number, slot: number): number {
  return (words[bucket + (slot >> 2)] >>> ((slot & 3) << 3)) & PRINT_MASK;
}

/** Empties a slot and, when its entry stood away from home, lowers the home's overflow count. */
export function clearSlot(words: Int32Array, bucket: number, slot: number, home: number): void {
  words[bucket + (slot >> 2)] &= ~(255 << ((slot & 3) << 3));
  words[bucket + FIRST_HANDLE_WORD + slot] = 0;
  if (bucket === home) return;
  words[bucket + META_WORD] &= ~(3 << (slot << 1));
  words[home + META_WORD] -= OVERFLOW_ONE;
}

/**
 * Comparing and copying runs of bytes. Callers give offsets, never subarrays: a view is an object, a run two numbers.
 *
 * Two families, since the way in matters more than anything done inside. Nanoseconds, for copying (comparing is alike):
 *
 *     bytes                      8    16    32    64   128   256  1024
 *     byte by byte, Node 20     29    53   100   193   399   776  3009
 *                   Node 26     13    19    36    70   137   271  1088      Bun and Deno are like Node 26
 *     by DataView,  Node 20     14    21    35    63   120   243   930
 *                   Node 26      7     8    11    18    31    57   213      Deno alike, Bun between
 *     set(subarray), all        75–95 for any of these, as it makes an object and calls into the engine
 *
 * So the hot paths (keys and short values) go by `equalViews` and `copyViews`, whose callers keep a DataView of a chunk
 * or of a segment beside its bytes, and everything else goes by bytes. A DataView reads and writes four bytes at any
 * alignment; eight at a time would need Float64, which does not promise to keep the bits of a NaN.
 */

/** Up to here a loop over bytes is cheaper than `set`: 27 bytes on Node 20, some 70 on the others. */
const COPY_BYTES_LOOP_MAX = 32;
/** The same for a loop over words: 90 bytes on Node 20, 128 on Bun, 300 on Node 26 and Deno. */
const COPY_VIEWS_LOOP_MAX = 128;

/** Whether the two runs hold the same bytes. */
export function equalBytes(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  const aEnd = aStart + length;
  for (let i = aStart, j = bStart; i < aEnd; i++, j++) {
    if (a[i] !== b[j]) return false;
  }
  return true;
}

/** As `equalBytes`, four bytes a step. Positions count from the beginning of the views. */
export function equalViews(a: DataView, aStart: number, b: DataView, bStart: number, length: number): boolean {
  const distance = bStart - aStart;
  const wordsEnd = aStart + (length & ~3);
  let at = aStart;
  for (; at < wordsEnd; at += 4) {
    if (a.getInt32(at, true) !== b.getInt32(at + distance, true)) return false;
  }
  for (const end = aStart + length; at < end; at++) {
    if (a.getUint8(at) !== b.getUint8(at + distance)) return false;
  }
  return true;
}

/** Copies `length` bytes. Runs that overlap must move to the left. */
export function copyBytes(
  source: Uint8Array,
  sourceStart: number,
  destination: Uint8Array,
  destinationStart: number,
  length: number,
): void {
  const sourceEnd = sourceStart + length;
  if (length > COPY_BYTES_LOOP_MAX) {
    destination.set(source.subarray(sourceStart, sourceEnd), destinationStart);
    return;
  }
  for (let i = sourceStart, j = destinationStart; i < sourceEnd; i++, j++) destination[j] = source[i];
}

/**
 * As `copyBytes`, four bytes a step. Positions count from the beginning of the views. A run beyond some hundred bytes
 * makes two temporary arrays; who copies many of those has arrays of his own and is better served by `copyBytes`.
 */
export function copyViews(
  source: DataView,
  sourceStart: number,
  destination: DataView,
  destinationStart: number,
  length: number,
): void {
  if (length > COPY_VIEWS_LOOP_MAX) {
    const from = new Uint8Array(source.buffer, source.byteOffset + sourceStart, length);
    new Uint8Array(destination.buffer, destination.byteOffset + destinationStart, length).set(from);
    return;
  }
  const distance = destinationStart - sourceStart;
  const wordsEnd = sourceStart + (length & ~3);
  let at = sourceStart;
  for (; at < wordsEnd; at += 4) destination.setInt32(at + distance, source.getInt32(at, true), true);
  for (const end = sourceStart + length; at < end; at++) destination.setUint8(at + distance, source.getUint8(at));
}

/** A view of exactly the bytes of an array. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * The order of memcmp, then of length: that of every sorted thing in Redis.
 * @returns negative, 0 or positive.
 */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aLength: number,
  b: Uint8Array,
  bStart: number,
  bLength: number,
): number {
  const shared = Math.min(aLength, bLength);
  for (let i = 0; i < shared; i++) {
    const difference = a[aStart + i] - b[bStart + i];
    if (difference !== 0) return difference;
  }
  return aLength - bLength;
}

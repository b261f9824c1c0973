/** Comparing and copying runs of bytes. Callers give offsets, never subarrays: a view is an object, a run is two numbers. */

/** Runs up to this length are copied byte by byte. */
const COPY_LOOP_BYTES_MAX = 32;

/** Whether the two runs hold the same bytes. */
export function equalBytes(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) {
    if (a[aStart + i] !== b[bStart + i]) return false;
  }
  return true;
}

/** Copies `length` bytes. The runs may overlap only if `destination` and `source` differ or it moves to the left. */
export function copyBytes(
  source: Uint8Array,
  sourceStart: number,
  destination: Uint8Array,
  destinationStart: number,
  length: number,
): void {
  if (length <= COPY_LOOP_BYTES_MAX) {
    for (let i = 0; i < length; i++) destination[destinationStart + i] = source[sourceStart + i];
  } else {
    destination.set(source.subarray(sourceStart, sourceStart + length), destinationStart);
  }
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

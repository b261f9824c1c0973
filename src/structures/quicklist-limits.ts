/**
 * When a node of a quicklist is full, and when a list is one listpack: the rules of Redis 7.2, to the byte, since they
 * show in OBJECT ENCODING, in DEBUG OBJECT, and in what DUMP gives.
 *
 * `list-max-listpack-size`, a list's *fill*, is either a number of elements (then 8 KB hold as well), or names a limit in
 * bytes: −1 is 4 KB, −2 is 8, −3 is 16, −4 is 32, −5 is 64.
 */

/** With a fill that counts elements, a node of several is not longer than this either. */
const COUNTED_BYTES_MAX = 8192;
const BYTES_OF_FILL_ONE = 4096;
const FILL_MIN = -5;
/** Redis keeps fill and depth in 16 bits. */
const FILL_MAX = 32_767;
export const COMPRESS_DEPTH_MAX = 65_535;
/** What an element is taken to need beside its bytes, when a node is asked whether it has room. */
const ELEMENT_OVERHEAD_BYTES = 8;
/** A listpack's header and end, of which two merged listpacks need only one. */
const MERGED_BYTES = 7;

/** An element of this length stands in a node of its own. DEBUG QUICKLIST-PACKED-THRESHOLD lowers it. */
export const PACKED_THRESHOLD_BYTES_DEFAULT: number = 2 ** 30;

/** The fill that Redis would keep for this one. */
export function clampFill(fill: number): number {
  if (fill > FILL_MAX) return FILL_MAX;
  return fill < FILL_MIN ? FILL_MIN : fill;
}

/** Bytes of a full node by a fill < 0. */
function bytesOfFill(fill: number): number {
  return BYTES_OF_FILL_ONE << (-1 - (fill < FILL_MIN ? FILL_MIN : fill));
}

/** Whether a node, or a list that is one listpack, must not become this long and have so many elements. */
export function exceedsNodeLimit(fill: number, sizeBytes: number, count: number): boolean {
  if (fill < 0) return sizeBytes > bytesOfFill(fill);
  return sizeBytes > COUNTED_BYTES_MAX || count > (fill === 0 ? 1 : fill);
}

/** Whether a packed node takes one more element. */
export function admitsElement(fill: number, sizeBytes: number, count: number, elementLength: number): boolean {
  return !exceedsNodeLimit(fill, sizeBytes + elementLength + ELEMENT_OVERHEAD_BYTES, count + 1);
}

/** Whether two packed neighbours may become one. */
export function admitsMerge(fill: number, sizeBytes: number, count: number): boolean {
  return !exceedsNodeLimit(fill, sizeBytes - MERGED_BYTES, count);
}

/**
 * Whether a quicklist of one packed node is to be a mere listpack.
 * @param isShrinking it has lost elements: then it waits until half the limit, so as not to go back and forth.
 */
export function fitsListpack(fill: number, sizeBytes: number, count: number, isShrinking: boolean): boolean {
  const divisor = isShrinking ? 2 : 1;
  if (fill < 0) return sizeBytes <= bytesOfFill(fill) / divisor;
  return count <= Math.floor((fill === 0 ? 1 : fill) / divisor);
}

/**
 * Room for a node that has this size and will grow.
 * @param fill 0 when it will not.
 */
export function expectedNodeBytes(sizeBytes: number, count: number, fill: number): number {
  if (fill === 0) return sizeBytes;
  const limit =
    fill < 0
      ? bytesOfFill(fill)
      : Math.min(COUNTED_BYTES_MAX, MERGED_BYTES + Math.ceil(((sizeBytes - MERGED_BYTES) / count) * fill));
  if (sizeBytes >= limit) return sizeBytes;
  // By bytes the limit is certain to be reached, so the first few steps are left out.
  const start = fill < 0 ? limit >> 3 : 0;
  return Math.min(limit, Math.max(2 * sizeBytes, start));
}

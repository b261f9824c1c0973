/**
 * The sizes in which the arena hands out memory, in granules of 16 bytes.
 *
 * Up to 128 bytes every granule is a class. Above that four classes per doubling keep the loss inside a block below
 * one fifth (one tenth on average). Above 4 KiB a class is a whole fraction of a page, because there the loss at the
 * end of the page would outweigh the loss inside the block.
 */
import { assert } from "../base/assert.ts";

export const GRANULE_BYTES = 16;
/** Granules in a page: 64 KiB, all of it one size class. */
export const PAGE_GRANULES = 4096;

function buildClasses(): number[] {
  const classes: number[] = [];
  for (let granules = 1; granules <= 8; granules++) classes.push(granules);
  for (let base = 8; base < 256; base *= 2) {
    for (let quarter = 5; quarter <= 8; quarter++) classes.push((base * quarter) / 4);
  }
  for (const share of [14, 12, 10, 9, 8, 7, 6, 5, 4, 3, 2]) classes.push(Math.floor(PAGE_GRANULES / share));
  return classes;
}

const CLASSES = buildClasses();

/** Granules of a block, by class. */
export const CLASS_GRANULES: Uint16Array = Uint16Array.from(CLASSES);
export const CLASS_COUNT: number = CLASSES.length;
/** Blocks in a page, by class. */
export const CLASS_BLOCKS: Uint16Array = Uint16Array.from(CLASSES, (granules) => Math.floor(PAGE_GRANULES / granules));
/** The largest block of a page; anything longer is a large block with a buffer of its own. */
export const SLAB_GRANULES_MAX: number = CLASSES[CLASSES.length - 1];
export const SLAB_BYTES_MAX: number = SLAB_GRANULES_MAX * GRANULE_BYTES;

/** The smallest class that holds a number of granules. */
export const CLASS_OF_GRANULES: Uint8Array = (() => {
  const table = new Uint8Array(SLAB_GRANULES_MAX + 1);
  for (let granules = 1, index = 0; granules <= SLAB_GRANULES_MAX; granules++) {
    if (granules > CLASSES[index]) index++;
    table[granules] = index;
  }
  return table;
})();

assert(CLASS_COUNT < 255, "a page's class fits a byte with 255 left for 'free'");
assert(SLAB_BYTES_MAX === 32768, "blocks up to half a page come from slabs");

/** Bytes a block of `sizeBytes` really takes: what accounting counts. Not for large blocks. */
export function slabBytes(sizeBytes: number): number {
  const granules = (sizeBytes + GRANULE_BYTES - 1) >> 4;
  return CLASS_GRANULES[CLASS_OF_GRANULES[granules]] << 4;
}

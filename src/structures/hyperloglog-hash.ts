/**
 * What a HyperLogLog keeps of an element: a register, and how rare the element's hash is.
 *
 * The hash is MurmurHash64A (Austin Appleby, MurmurHash2 for 64-bit machines, public domain) with the seed that Redis
 * uses, so that sketches of either server can be merged. Its lowest 14 bits say which register; the rank is the place,
 * counted from 1, of the lowest 1 among the 50 bits above: rank r turns up once in 2^r elements. A hash of 50 zeros
 * counts as rank 51.
 *
 * 64-bit numbers are pairs of 32-bit words here. The hash is little more than multiplications by one constant modulo
 * 2^64, and of such a product only the lower words' needs all 64 bits: it is put together from four products of 16-bit
 * halves. With BigInt each step would allocate. The words stay in local variables: as fields they cost twice the time.
 */

/** The multiplier, in words and in halves of the lower word. */
const M_HIGH = 0xc6a4a793 | 0;
const M_LOW = 0x5bd1e995;
const M_LOW_UPPER = 0x5bd1;
const M_LOW_LOWER = 0xe995;
/** Of a shift by 47 bits, what is more than a word. */
const SHIFT_BEYOND_WORD = 47 - 32;
const SEED = 0xadc83b19 | 0;

export const REGISTER_BITS = 14;
export const REGISTERS: number = 1 << REGISTER_BITS;
const REGISTER_MASK = REGISTERS - 1;
/** Bits of the hash that are left for the rank. */
export const RANK_BITS: number = 64 - REGISTER_BITS;
const WORD_BITS = 32;
const WORD_BYTES = 4;
const BLOCK_BYTES = 8;

export class ElementHash {
  /** The register. */
  register = 0;
  /** 1 … 51. */
  rank = 0;

  /** Finds register and rank of an element. */
  take(bytes: Uint8Array, start: number, length: number): void {
    let hi = upperProduct(length, 0);
    let lo = Math.imul(length, M_LOW) ^ SEED;
    const left = length & (BLOCK_BYTES - 1);
    const tail = start + length - left;
    for (let at = start; at < tail; at += BLOCK_BYTES) {
      const blockLo = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
      const blockHi = bytes[at + 4] | (bytes[at + 5] << 8) | (bytes[at + 6] << 16) | (bytes[at + 7] << 24);
      const mixedHi = upperProduct(blockLo, blockHi);
      const mixedLo = Math.imul(blockLo, M_LOW) ^ (mixedHi >>> SHIFT_BEYOND_WORD);
      hi ^= upperProduct(mixedLo, mixedHi);
      lo ^= Math.imul(mixedLo, M_LOW);
      hi = upperProduct(lo, hi);
      lo = Math.imul(lo, M_LOW);
    }
    if (left > 0) {
      for (let index = 0; index < left && index < WORD_BYTES; index++) lo ^= bytes[tail + index] << (8 * index);
      for (let index = WORD_BYTES; index < left; index++) hi ^= bytes[tail + index] << (8 * (index - WORD_BYTES));
      hi = upperProduct(lo, hi);
      lo = Math.imul(lo, M_LOW);
    }
    lo ^= hi >>> SHIFT_BEYOND_WORD;
    hi = upperProduct(lo, hi);
    lo = Math.imul(lo, M_LOW);
    this.#split(lo ^ (hi >>> SHIFT_BEYOND_WORD), hi);
  }

  #split(lo: number, hi: number): void {
    this.register = lo & REGISTER_MASK;
    const lower = (lo >>> REGISTER_BITS) | (hi << (WORD_BITS - REGISTER_BITS));
    if (lower !== 0) {
      this.rank = WORD_BITS - Math.clz32(lower & -lower);
      return;
    }
    // A 1 above the last bit ends the search.
    const upper = (hi >>> REGISTER_BITS) | (1 << (RANK_BITS - WORD_BITS));
    this.rank = 2 * WORD_BITS - Math.clz32(upper & -upper);
  }
}

/** The upper word of a number times the multiplier, modulo 2^64; the lower one is `Math.imul(lo, M_LOW)`. */
function upperProduct(lo: number, hi: number): number {
  const lower = lo & 0xffff;
  const upper = lo >>> 16;
  const cross = Math.imul(upper, M_LOW_LOWER);
  const middle = (Math.imul(lower, M_LOW_LOWER) >>> 16) + (cross & 0xffff) + Math.imul(lower, M_LOW_UPPER);
  const carried = Math.imul(upper, M_LOW_UPPER) + (cross >>> 16) + (middle >>> 16);
  return (carried + Math.imul(hi, M_LOW) + Math.imul(lo, M_HIGH)) | 0;
}

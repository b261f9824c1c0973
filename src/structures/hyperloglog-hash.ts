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
 * halves. With BigInt each step would allocate.
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

export class ElementHash {
  /** The register. */
  register = 0;
  /** 1 … 51. */
  rank = 0;
  #hi = 0;
  #lo = 0;

  /** Finds register and rank of an element. */
  take(bytes: Uint8Array, start: number, length: number): void {
    this.#hash(bytes, start, length);
    const hi = this.#hi;
    const lo = this.#lo;
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

  #hash(bytes: Uint8Array, start: number, length: number): void {
    this.#hi = 0;
    this.#lo = length;
    this.#multiply();
    let hi = this.#hi;
    let lo = this.#lo ^ SEED;
    const tail = start + (length & ~7);
    for (let at = start; at < tail; at += 8) {
      this.#lo = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
      this.#hi = bytes[at + 4] | (bytes[at + 5] << 8) | (bytes[at + 6] << 16) | (bytes[at + 7] << 24);
      this.#multiply();
      this.#lo ^= this.#hi >>> SHIFT_BEYOND_WORD;
      this.#multiply();
      this.#hi ^= hi;
      this.#lo ^= lo;
      this.#multiply();
      hi = this.#hi;
      lo = this.#lo;
    }
    this.#hi = hi;
    this.#lo = lo;
    if ((length & 7) !== 0) this.#addTail(bytes, tail, length & 7);
    this.#lo ^= this.#hi >>> SHIFT_BEYOND_WORD;
    this.#multiply();
    this.#lo ^= this.#hi >>> SHIFT_BEYOND_WORD;
  }

  #addTail(bytes: Uint8Array, at: number, length: number): void {
    for (let index = 0; index < length; index++) {
      if (index < 4) this.#lo ^= bytes[at + index] << (8 * index);
      else this.#hi ^= bytes[at + index] << (8 * (index - 4));
    }
    this.#multiply();
  }

  /** Multiplies by the constant, modulo 2^64. */
  #multiply(): void {
    const lo = this.#lo;
    const lower = lo & 0xffff;
    const upper = lo >>> 16;
    const lowest = Math.imul(lower, M_LOW_LOWER);
    const crossA = Math.imul(upper, M_LOW_LOWER);
    const crossB = Math.imul(lower, M_LOW_UPPER);
    const middle = (lowest >>> 16) + (crossA & 0xffff) + (crossB & 0xffff);
    const carried = Math.imul(upper, M_LOW_UPPER) + (crossA >>> 16) + (crossB >>> 16) + (middle >>> 16);
    this.#hi = (carried + Math.imul(this.#hi, M_LOW) + Math.imul(lo, M_HIGH)) | 0;
    this.#lo = (lowest & 0xffff) | (middle << 16);
  }
}

/**
 * An integer of 1 to 64 bits at any bit of a string: taking it out, changing it, putting it back (BITFIELD).
 *
 *     bits   0        8        16       24            the first bit of a byte is its most significant
 *            ├────────┼───▓▓▓▓▓┼▓▓▓▓▓▓▓▓┼▓▓▓▓───
 *     window          └─ shift 3, 17 bits ─┘
 *
 * A field touches at most nine bytes. They are copied into `window`, worked on there, and copied back by the caller:
 * a string may stand in pieces, and may end before the field does, where zeros follow. Values are pairs of int32 words
 * in two's complement, `hi` and `lo`, since fields of up to 64 bits are exact.
 *
 * A value that does not fit its field wraps around, is cut off at the limit it has passed, or leaves the field as it
 * is. Which limit a number has passed is as in Redis also where that is odd: for an unsigned field every negative number
 * is beyond the upper one, and for a signed one those that are farther from it than 2^63.
 */
import { Int64 } from "../base/text.ts";

/** Bytes that a field can touch. */
export const FIELD_BYTES_MAX = 9;

export const OVERFLOW_WRAP = 0;
export const OVERFLOW_SATURATE = 1;
export const OVERFLOW_FAIL = 2;

const WORD_BITS = 32;
const BYTE_BITS = 8;

export class BitField {
  /** The bytes that the field touches; the first bit of the field is within the first. */
  readonly window: Uint8Array = new Uint8Array(FIELD_BYTES_MAX);
  /** What the field holds, as `read` has found it. */
  readonly value: Int64 = new Int64();
  /** What it is to hold, as `assign` or `increase` has decided. */
  readonly next: Int64 = new Int64();
  /** Where a number among the arguments is read to. */
  readonly operand: Int64 = new Int64();
  /** Operations of the command that runs, as it has counted them. */
  operations = 0;
  #bits = 0;
  #shift = 0;
  #isSigned = false;

  /** @param bits 1 … 64, or 63 at most if unsigned. @param offset of its first bit in the string; what counts is mod 8. */
  open(bits: number, isSigned: boolean, offset: number): void {
    this.#bits = bits;
    this.#isSigned = isSigned;
    this.#shift = offset % BYTE_BITS;
  }

  /** Bytes that the field touches. */
  get bytes(): number {
    return (this.#shift + this.#bits + BYTE_BITS - 1) >>> 3;
  }

  /** Takes the field out of the window. */
  read(): void {
    const { window } = this;
    const last = this.bytes - 1;
    const tail = (last + 1) * BYTE_BITS - this.#shift - this.#bits;
    let hi = 0;
    let lo = 0;
    for (let index = 0; index <= last; index++) {
      const byte = index === 0 ? window[0] & (0xff >> this.#shift) : window[index];
      const unused = index === last ? tail : 0;
      const taken = BYTE_BITS - unused;
      hi = (hi << taken) | (lo >>> (WORD_BITS - taken));
      lo = (lo << taken) | (byte >> unused);
    }
    this.#setExtended(hi, lo, this.value);
  }

  /** Puts `next` into the window. */
  write(): void {
    const { window } = this;
    let { hi, lo } = this.next;
    let left = this.#bits;
    let unused = this.bytes * BYTE_BITS - this.#shift - left;
    for (let index = this.bytes - 1; index >= 0; index--) {
      const put = Math.min(left, BYTE_BITS - unused);
      const mask = ((1 << put) - 1) << unused;
      window[index] = (window[index] & ~mask) | ((lo << unused) & mask);
      lo = (lo >>> put) | (hi << (WORD_BITS - put));
      hi >>>= put;
      left -= put;
      unused = 0;
    }
  }

  /** Makes `next` the operand, or what is left of it. @returns false when it does not fit and so must not be written. */
  assign(overflow: number): boolean {
    const { hi, lo } = this.operand;
    if (this.#fits(hi, lo)) {
      this.next.setWords(hi, lo);
      return true;
    }
    return this.#overflow(hi, lo, this.#isSigned && hi < 0 && this.#isWithinReach(hi, lo), overflow);
  }

  /** Makes `next` the sum of value and operand, or what is left of it. @returns as `assign`. */
  increase(overflow: number): boolean {
    const { value, operand } = this;
    const sum = (value.lo >>> 0) + (operand.lo >>> 0);
    const lo = sum | 0;
    const hi = (value.hi + operand.hi + (sum > 0xffffffff ? 1 : 0)) | 0;
    const hasOverflown = ((value.hi ^ hi) & (operand.hi ^ hi)) < 0;
    if (!hasOverflown && this.#fits(hi, lo)) {
      this.next.setWords(hi, lo);
      return true;
    }
    return this.#overflow(hi, lo, operand.hi < 0, overflow);
  }

  get hasChanged(): boolean {
    return this.value.hi !== this.next.hi || this.value.lo !== this.next.lo;
  }

  /** Whether the field can hold a value. */
  #fits(hi: number, lo: number): boolean {
    this.#setExtended(hi, lo, this.next);
    return this.next.hi === hi && this.next.lo === lo;
  }

  /** Whether the distance of a negative number to the greatest value of the field is an integer of 64 bits. */
  #isWithinReach(hi: number, lo: number): boolean {
    this.#setLimit(false);
    const { next } = this;
    const borrowed = next.lo >>> 0 < lo >>> 0 ? 1 : 0;
    return ((next.hi - hi - borrowed) | 0) >= 0;
  }

  #overflow(hi: number, lo: number, isBelow: boolean, overflow: number): boolean {
    if (overflow === OVERFLOW_FAIL) return false;
    if (overflow === OVERFLOW_WRAP) this.#setExtended(hi, lo, this.next);
    else this.#setLimit(isBelow);
    return true;
  }

  /** Makes `next` the least or the greatest value of the field. */
  #setLimit(isLeast: boolean): void {
    const sign = this.#isSigned ? 1 : 0;
    // The greatest has as many ones as the field has bits but the sign; the least is its complement, or 0.
    const ones = this.#bits - sign;
    const hi = ones > WORD_BITS ? 2 ** (ones - WORD_BITS) - 1 : 0;
    const lo = ones >= WORD_BITS ? -1 : ((1 << ones) - 1) | 0;
    if (!isLeast) this.next.setWords(hi, lo);
    else if (this.#isSigned) this.next.setWords(~hi, ~lo);
    else this.next.setWords(0, 0);
  }

  /** The lowest bits of two words, as the field's value: what stands above is copies of the sign, or zero. */
  #setExtended(hi: number, lo: number, into: Int64): void {
    const spare = 2 * WORD_BITS - this.#bits;
    if (spare >= WORD_BITS) {
      const narrow = spare - WORD_BITS;
      const low = this.#isSigned ? (lo << narrow) >> narrow : ((lo << narrow) >>> narrow) | 0;
      into.setWords(this.#isSigned ? low >> 31 : 0, low);
    } else {
      into.setWords(this.#isSigned ? (hi << spare) >> spare : (hi << spare) >>> spare, lo);
    }
  }
}

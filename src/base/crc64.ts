/**
 * CRC-64 with the Jones polynomial, reflected, from 0 without a final exclusive or: the checksum of RDB files and of
 * DUMP. `123456789` gives e9c6d914c4b8d9ca.
 *
 * JavaScript has no 64-bit integers but slow ones, so the sum is two 32-bit words. Eight bytes go in at once, each
 * through a table of its own ("slicing by 8", Kounavis and Berry, Intel 2005): the tables take 16 KB.
 */
const POLYNOMIAL_HIGH = 0x95ac9329;
const POLYNOMIAL_LOW = 0xac4bc9b5 | 0;
const SLICES = 8;

/** Word pairs of table `slice` at byte value `index`: low at `slice << 8 | index`. */
const LOW = new Int32Array(SLICES << 8);
const HIGH = new Int32Array(SLICES << 8);
fillTables();

function fillTables(): void {
  for (let index = 0; index < 256; index++) {
    let low = index;
    let high = 0;
    for (let bit = 0; bit < 8; bit++) {
      const odd = low & 1;
      low = (low >>> 1) | (high << 31);
      high >>>= 1;
      if (odd === 1) {
        low ^= POLYNOMIAL_LOW;
        high ^= POLYNOMIAL_HIGH;
      }
    }
    LOW[index] = low;
    HIGH[index] = high;
  }
  for (let at = 256; at < SLICES << 8; at++) {
    const low = LOW[at - 256];
    const high = HIGH[at - 256];
    LOW[at] = ((low >>> 8) | (high << 24)) ^ LOW[low & 255];
    HIGH[at] = (high >>> 8) ^ HIGH[low & 255];
  }
}

/** A sum over bytes that come piece by piece. */
export class Crc64 {
  /** The sum so far, as two signed words. */
  low = 0;
  high = 0;

  reset(): void {
    this.low = 0;
    this.high = 0;
  }

  update(bytes: Uint8Array, start: number, end: number): void {
    let { low, high } = this;
    let at = start;
    for (; at + SLICES <= end; at += SLICES) {
      const a = low ^ (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24));
      const b = high ^ (bytes[at + 4] | (bytes[at + 5] << 8) | (bytes[at + 6] << 16) | (bytes[at + 7] << 24));
      const i0 = 0x700 | (a & 255);
      const i1 = 0x600 | ((a >>> 8) & 255);
      const i2 = 0x500 | ((a >>> 16) & 255);
      const i3 = 0x400 | (a >>> 24);
      const i4 = 0x300 | (b & 255);
      const i5 = 0x200 | ((b >>> 8) & 255);
      const i6 = 0x100 | ((b >>> 16) & 255);
      const i7 = b >>> 24;
      low = LOW[i0] ^ LOW[i1] ^ LOW[i2] ^ LOW[i3] ^ LOW[i4] ^ LOW[i5] ^ LOW[i6] ^ LOW[i7];
      high = HIGH[i0] ^ HIGH[i1] ^ HIGH[i2] ^ HIGH[i3] ^ HIGH[i4] ^ HIGH[i5] ^ HIGH[i6] ^ HIGH[i7];
    }
    for (; at < end; at++) {
      const index = (low ^ bytes[at]) & 255;
      low = ((low >>> 8) | (high << 24)) ^ LOW[index];
      high = (high >>> 8) ^ HIGH[index];
    }
    this.low = low;
    this.high = high;
  }
}

/** Bits of long strings beside the same done bit by bit, at every alignment. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { BitField, OVERFLOW_FAIL, OVERFLOW_SATURATE, OVERFLOW_WRAP } from "../../src/structures/bit-field.ts";
import { bitsOfWord, combineBits, countBits, findOtherByte, firstBitOfByte } from "../../src/structures/bitmap.ts";

/** Lengths on either side of every border: bytes only, words, groups of words. */
const LENGTHS = fc.oneof(fc.nat(80), fc.constantFrom(255, 256, 257, 1023, 4096, 10_001));
const FILLED = fc.tuple(LENGTHS, fc.nat(7), fc.nat(255), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }));

/** A run that begins anywhere in its buffer, mostly of one byte. */
function runOf([length, start, byte, others]: [number, number, number, [number, number][]]) {
  const bytes = new Uint8Array(start + length + 9).fill(~byte);
  bytes.fill(byte, start, start + length);
  for (const [at, other] of others) if (length > 0) bytes[start + (at % length)] = other;
  return { bytes, start, length, plain: [...bytes.subarray(start, start + length)] };
}

function onesOf(byte: number): number {
  return byte.toString(2).replaceAll("0", "").length;
}

test("bits are counted", () => {
  fc.assert(
    fc.property(FILLED, (filled) => {
      const { bytes, start, length, plain } = runOf(filled);
      expect(countBits(bytes, start, length)).toBe(plain.reduce((sum, byte) => sum + onesOf(byte), 0));
    }),
    { numRuns: 1000, seed: 1 },
  );
  expect(bitsOfWord(-1)).toBe(32);
  expect(bitsOfWord(0x80000001 | 0)).toBe(2);
});

test("the first byte that is another is found, and the first bit in it", () => {
  fc.assert(
    fc.property(FILLED, fc.constantFrom(0, 255), (filled, other) => {
      const { bytes, start, length, plain } = runOf([filled[0], filled[1], other, filled[3]]);
      const at = plain.findIndex((byte) => byte !== other);
      expect(findOtherByte(bytes, start, length, other)).toBe(at < 0 ? length : at);
    }),
    { numRuns: 1000, seed: 2 },
  );
  for (let byte = 0; byte < 256; byte++) {
    const text = byte.toString(2).padStart(8, "0");
    for (const bit of [0, 1]) {
      const at = text.indexOf(String(bit));
      expect(firstBitOfByte(byte, bit)).toBe(at < 0 ? 8 : at);
    }
  }
});

test("strings are combined, whatever the alignment of either", () => {
  const operations = [
    (a: number, b: number) => a & b,
    (a: number, b: number) => a | b,
    (a: number, b: number) => a ^ b,
    (_: number, b: number) => ~b & 255,
  ];
  fc.assert(
    fc.property(FILLED, fc.nat(7), fc.nat(255), fc.nat(3), (filled, at, byte, operation) => {
      const { bytes, start, length, plain } = runOf(filled);
      const into = new Uint8Array(at + length + 5).fill(byte);
      const scratch = new Uint8Array(length + 4);
      combineBits(operation, into, at, bytes, start, length, scratch);
      const wanted = [...into].map((old, index) => {
        const source = plain[index - at];
        return source === undefined ? old : operations[operation](byte, source);
      });
      expect([...into]).toEqual(wanted);
    }),
    { numRuns: 1000, seed: 3 },
  );
});

test("integers of any width are read and written at any bit", () => {
  const field = new BitField();
  const width = fc.integer({ min: 1, max: 64 });
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 9, maxLength: 9 }),
      width,
      fc.boolean(),
      fc.nat(7),
      fc.bigInt(),
      (bytes, wide, isSigned, shift, number) => {
        const bits = isSigned ? wide : Math.min(wide, 63);
        const before = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
        const held = BigInt(`0b${before.slice(shift, shift + bits)}`);
        const wanted = isSigned ? BigInt.asIntN(bits, number) : BigInt.asUintN(bits, number);
        field.open(bits, isSigned, shift);
        field.window.set(bytes);
        field.read();
        expect(BigInt(field.value.hi) * 2n ** 32n + BigInt(field.value.lo >>> 0)).toBe(
          isSigned ? BigInt.asIntN(bits, held) : held,
        );
        field.next.setWords(Number(BigInt.asIntN(32, wanted >> 32n)), Number(BigInt.asIntN(32, wanted)));
        field.write();
        const after = [...field.window].map((byte) => byte.toString(2).padStart(8, "0")).join("");
        const text = BigInt.asUintN(bits, wanted).toString(2).padStart(bits, "0");
        expect(after).toBe(before.slice(0, shift) + text + before.slice(shift + bits));
      },
    ),
    { numRuns: 2000, seed: 4 },
  );
});

test("a sum that does not fit wraps around, stops at the limit, or is none", () => {
  const field = new BitField();
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 63 }),
      fc.boolean(),
      fc.bigInt(),
      fc.bigInt(),
      (bits, isSigned, start, step) => {
        const [least, most] = isSigned
          ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n]
          : [0n, 2n ** BigInt(bits) - 1n];
        const value = isSigned ? BigInt.asIntN(bits, start) : BigInt.asUintN(bits, start);
        const operand = BigInt.asIntN(64, step);
        const sum = value + operand;
        const fits = sum >= least && sum <= most;
        for (const overflow of [OVERFLOW_WRAP, OVERFLOW_SATURATE, OVERFLOW_FAIL]) {
          field.open(bits, isSigned, 0);
          field.value.setWords(Number(BigInt.asIntN(32, value >> 32n)), Number(BigInt.asIntN(32, value)));
          field.operand.setWords(Number(BigInt.asIntN(32, operand >> 32n)), Number(BigInt.asIntN(32, operand)));
          expect(field.increase(overflow)).toBe(fits || overflow !== OVERFLOW_FAIL);
          if (!fits && overflow === OVERFLOW_FAIL) continue;
          const wrapped = isSigned ? BigInt.asIntN(bits, sum) : BigInt.asUintN(bits, sum);
          const limit = sum > most ? most : sum < least ? least : sum;
          expect(BigInt(field.next.hi) * 2n ** 32n + BigInt(field.next.lo >>> 0)).toBe(
            overflow === OVERFLOW_SATURATE ? limit : wrapped,
          );
        }
      },
    ),
    { numRuns: 1000, seed: 5 },
  );
});

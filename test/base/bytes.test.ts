import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareBytes, copyBytes, equalBytes } from "../../src/base/bytes.ts";

const runs = fc.record({
  a: fc.uint8Array({ maxLength: 200 }),
  b: fc.uint8Array({ maxLength: 200 }),
  shared: fc.uint8Array({ maxLength: 100 }),
  offset: fc.nat({ max: 9 }),
});

const place = (offset: number, ...parts: Uint8Array[]) => {
  const all = new Uint8Array(offset + parts.reduce((sum, part) => sum + part.length, 0) + 4).fill(0xee);
  let at = offset;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

describe("runs of bytes", () => {
  test("compareBytes orders as strings of Latin-1 do, equalBytes agrees", () => {
    fc.assert(
      fc.property(runs, ({ a, b, shared, offset }) => {
        const left = place(offset, shared, a);
        const right = place(3, shared, b);
        const [aLength, bLength] = [shared.length + a.length, shared.length + b.length];
        const order = compareBytes(left, offset, aLength, right, 3, bLength);
        const [x, y] = [String.fromCharCode(...shared, ...a), String.fromCharCode(...shared, ...b)];
        expect(Math.sign(order)).toBe(x < y ? -1 : x > y ? 1 : 0);
        if (aLength === bLength) expect(equalBytes(left, offset, right, 3, aLength)).toBe(order === 0);
        expect(equalBytes(left, offset, right, 3, shared.length)).toBe(true);
      }),
      { numRuns: 3000, seed: 1 },
    );
  });

  test("a difference at any place is seen", () => {
    for (let length = 1; length <= 80; length++) {
      const a = Uint8Array.from({ length }, (_, i) => i);
      for (let at = 0; at < length; at++) {
        const b = a.slice();
        b[at] ^= 0x80;
        expect(equalBytes(a, 0, b, 0, length)).toBe(false);
        expect(compareBytes(a, 0, length, b, 0, length)).not.toBe(0);
      }
    }
  });

  test("copyBytes touches exactly the run", () => {
    for (let length = 0; length <= 300; length++) {
      const source = Uint8Array.from({ length: length + 10 }, (_, i) => (i * 11 + 1) & 0xff);
      const destination = new Uint8Array(length + 20).fill(0xee);
      copyBytes(source, 7, destination, 5, length);
      const want = new Uint8Array(length + 20).fill(0xee);
      want.set(source.subarray(7, 7 + length), 5);
      expect(destination).toEqual(want);
    }
  });
});

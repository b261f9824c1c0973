import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareBytes, copyBytes, copyViews, equalBytes, equalViews, viewOf } from "../../src/base/bytes.ts";

const runs = fc.record({
  a: fc.uint8Array({ maxLength: 200 }),
  b: fc.uint8Array({ maxLength: 200 }),
  shared: fc.uint8Array({ maxLength: 100 }),
  offset: fc.nat({ max: 9 }),
});

/** The parts one after the other from `offset` on, with other bytes around, in an array that is a part of its buffer. */
const place = (offset: number, ...parts: Uint8Array[]) => {
  const total = offset + parts.reduce((sum, part) => sum + part.length, 0) + 4;
  const all = new Uint8Array(new ArrayBuffer(total + 5), 3, total).fill(0xee);
  let at = offset;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

const isSame = (one: Uint8Array, other: Uint8Array) =>
  one.length === other.length && one.every((byte, i) => byte === other[i]);

describe("runs of bytes", () => {
  test("compareBytes orders as strings of Latin-1 do, equalBytes and equalViews agree", () => {
    fc.assert(
      fc.property(runs, ({ a, b, shared, offset }) => {
        const left = place(offset, shared, a);
        const right = place(3, shared, b);
        const [aLength, bLength] = [shared.length + a.length, shared.length + b.length];
        const order = compareBytes(left, offset, aLength, right, 3, bLength);
        const [x, y] = [String.fromCharCode(...shared, ...a), String.fromCharCode(...shared, ...b)];
        expect(Math.sign(order)).toBe(x < y ? -1 : x > y ? 1 : 0);
        for (const length of aLength === bLength ? [aLength, shared.length] : [shared.length]) {
          const same = length === shared.length || order === 0;
          expect(equalBytes(left, offset, right, 3, length)).toBe(same);
          expect(equalViews(viewOf(left), offset, viewOf(right), 3, length)).toBe(same);
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  test("a difference at any place is seen", () => {
    for (let length = 1; length <= 80; length++) {
      const a = Uint8Array.from({ length }, (_, i) => i);
      for (let at = 0; at < length; at++) {
        const b = a.slice();
        b[at] ^= 0x80;
        const seen =
          !equalBytes(a, 0, b, 0, length) &&
          !equalViews(viewOf(a), 0, viewOf(b), 0, length) &&
          compareBytes(a, 0, length, b, 0, length) !== 0;
        if (!seen) expect.fail(`length ${length}, at ${at}`);
      }
    }
  });

  test.each(["copyBytes", "copyViews"])("%s touches exactly the run", (name) => {
    for (let length = 0; length <= 300; length++) {
      for (const [from, to] of [
        [0, 0],
        [7, 5],
        [2, 9],
      ]) {
        const source = place(
          0,
          Uint8Array.from({ length: length + 10 }, (_, i) => (i * 11 + 1) & 0xff),
        );
        const destination = place(length + 20);
        if (name === "copyBytes") copyBytes(source, from, destination, to, length);
        else copyViews(viewOf(source), from, viewOf(destination), to, length);
        const want = place(length + 20);
        want.set(source.subarray(from, from + length), to);
        if (!isSame(destination, want)) expect.fail(`length ${length}, ${from} to ${to}`);
      }
    }
  });

  test("a run may move to the left over itself", () => {
    for (let length = 0; length <= 300; length++) {
      for (const shift of [1, 2, 3, 4, 5, 50]) {
        const original = Uint8Array.from({ length: length + 60 }, (_, i) => (i * 13) & 0xff);
        const want = original.slice().copyWithin(3, 3 + shift, 3 + shift + length);
        const byBytes = original.slice();
        copyBytes(byBytes, 3 + shift, byBytes, 3, length);
        const byViews = original.slice();
        copyViews(viewOf(byViews), 3 + shift, viewOf(byViews), 3, length);
        if (!isSame(byBytes, want) || !isSame(byViews, want)) expect.fail(`length ${length}, shift ${shift}`);
      }
    }
  });
});

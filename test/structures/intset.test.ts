import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { Int64 } from "../../src/base/text.ts";
import { Span } from "../../src/structures/entry.ts";
import { Intset, validateIntset } from "../../src/structures/intset.ts";
import { ListItem } from "../../src/structures/list-item.ts";
import { bigintOf, highOf, INTEGER_BOUNDS, int64, lowOf, newArena, textOf } from "./packed-elements.ts";

function add(set: Intset, value: bigint): boolean {
  return set.add(highOf(value), lowOf(value));
}

function remove(set: Intset, value: bigint): boolean {
  return set.remove(highOf(value), lowOf(value));
}

function has(set: Intset, value: bigint): boolean {
  return set.has(highOf(value), lowOf(value));
}

function newSet(values: readonly bigint[] = [], arena = newArena()): Intset {
  const set = new Intset(arena);
  set.create();
  for (const value of values) add(set, value);
  return set;
}

function valuesOf(set: Intset): bigint[] {
  return Array.from({ length: set.count }, (_, index) => bigintOf(set.highAt(index), set.lowAt(index)));
}

function bytesOfSet(set: Intset): Uint8Array {
  const span = new Span();
  set.whole(span);
  return span.bytes.slice(span.start, span.start + span.length);
}

function ascending(values: Iterable<bigint>): bigint[] {
  return [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function hexOf(values: readonly bigint[]): string {
  return Buffer.from(bytesOfSet(newSet(values))).toString("hex");
}

describe("an intset's bytes", () => {
  test.each([
    [[], "0200000000000000"],
    [[5n, -1n, 300n], "0200000003000000ffff05002c01"],
    [[32768n, -1n], "0400000002000000ffffffff00800000"],
    [[-32769n, 7n], "0400000002000000ff7fffff07000000"],
    [[2147483648n, 1n], "080000000200000001000000000000000000008000000000"],
    [[-2147483649n, 1n], "0800000002000000ffffff7fffffffff0100000000000000"],
  ])("%s", (values, hex) => {
    expect(hexOf(values)).toBe(hex);
    expect(hexOf(values.toReversed())).toBe(hex);
  });
});

describe("an intset against a Set", () => {
  const edit = fc.record({ isAdd: fc.boolean(), isNew: fc.boolean(), value: int64, where: fc.nat() });

  test("any sequence of additions and removals", () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 80 }), (edits) => {
        const arena = newArena();
        const set = newSet([], arena);
        const twin = new Set<bigint>();
        let width = 2;
        for (const { isAdd, isNew, value, where } of edits) {
          const present = [...twin];
          const chosen = isNew || present.length === 0 ? value : present[where % present.length];
          expect(has(set, chosen)).toBe(twin.has(chosen));
          expect(isAdd ? add(set, chosen) : remove(set, chosen)).toBe(isAdd ? !twin.has(chosen) : twin.has(chosen));
          if (isAdd) {
            twin.add(chosen);
            width = Math.max(
              width,
              BigInt.asIntN(16, chosen) === chosen ? 2 : BigInt.asIntN(32, chosen) === chosen ? 4 : 8,
            );
          } else {
            twin.delete(chosen);
          }
          expect(valuesOf(set)).toEqual(ascending(twin));
          expect(set.widthBytes).toBe(width);
          expect(set.sizeBytes).toBe(8 + width * twin.size);
        }
        const bytes = bytesOfSet(set);
        expect(validateIntset(bytes, 0, bytes.length, true)).toBe(twin.size > 0);
        expect(arena.check()).toBe(arena.usedBytes);
        set.free();
        expect(arena.usedBytes).toBe(0);
      }),
      { numRuns: 100, seed: 8 },
    );
  });

  test("every bound is told from its neighbours", () => {
    const sorted = ascending(new Set(INTEGER_BOUNDS));
    const set = newSet(INTEGER_BOUNDS);
    expect(valuesOf(set)).toEqual(sorted);
    const item = new ListItem();
    const out = new Int64();
    for (const [index, value] of sorted.entries()) {
      expect(set.indexOf(highOf(value), lowOf(value))).toBe(index);
      expect(set.doubleAt(index)).toBe(Number(value));
      set.at(index, out);
      expect(bigintOf(out.hi, out.lo)).toBe(value);
      set.read(index, item);
      expect(textOf(item.bytes, item.start, item.length)).toBe(String(value));
      set.removeAt(index);
      expect(has(set, value)).toBe(false);
      expect(set.indexOf(highOf(value), lowOf(value))).toBe(-1);
      for (const other of sorted) expect(has(set, other)).toBe(other !== value);
      add(set, value);
    }
  });

  test("a wider value than any is not looked for", () => {
    const set = newSet([1n, 2n]);
    expect([2n ** 40n, -(2n ** 40n), 70_000n, 65_537n, -65_535n].map((value) => has(set, value))).not.toContain(true);
  });

  test("many values, in any order, and a copy of them", () => {
    const prng = new Prng(9);
    const arena = newArena();
    const set = newSet([], arena);
    const twin = new Set<bigint>();
    for (let i = 0; i < 6_000; i++) {
      const value = BigInt(prng.below(40_000)) - 20_000n;
      if (add(set, value) === twin.has(value)) expect.unreachable("add says whether the value is new");
      twin.add(value);
    }
    expect(valuesOf(set)).toEqual(ascending(twin));
    add(set, 2n ** 62n);
    twin.add(2n ** 62n);
    expect(valuesOf(set)).toEqual(ascending(twin));
    const copy = new Intset(arena).attach(set.duplicate());
    const bytes = bytesOfSet(set);
    const loaded = new Intset(arena);
    loaded.load(Uint8Array.of(1, 2, ...bytes), 2, bytes.length);
    for (const value of twin) if (value % 7n !== 0n) remove(set, value);
    expect(valuesOf(set)).toEqual(ascending(twin).filter((value) => value % 7n === 0n));
    expect(bytesOfSet(copy)).toEqual(bytes);
    expect(bytesOfSet(loaded)).toEqual(bytes);
    for (const one of [set, copy, loaded]) one.free();
    expect(arena.usedBytes).toBe(0);
  });

  test("draws every value", () => {
    const set = newSet([1n, 2n, 3n, 4n]);
    const prng = new Prng(10);
    const drawn = new Set(Array.from({ length: 100 }, () => set.random(prng)));
    expect(ascending([...drawn].map(BigInt))).toEqual([0n, 1n, 2n, 3n]);
  });
});

describe("validating an intset", () => {
  test.each([
    ["nothing", ""],
    ["half a header", "02000000"],
    ["an empty one", "0200000000000000"],
    ["an unknown width", "03000000010000000000ff"],
    ["too few values", "02000000020000000100"],
    ["too many values", "020000000100000001000200"],
    ["a count that overflows", "0800000001000020 0100000000000000"],
    ["values that descend", "020000000200000002000100"],
    ["a value twice", "020000000200000001000100"],
    ["64-bit values that descend in the lower word", "080000000200000001000000010000000000000001000000"],
  ])("refuses %s", (_, hex) => {
    const bytes = new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
    expect(validateIntset(bytes, 0, bytes.length, true)).toBe(false);
  });

  test("does not compare values when it is not deep", () => {
    const bytes = new Uint8Array(Buffer.from("020000000200000001000100", "hex"));
    expect(validateIntset(bytes, 0, bytes.length, false)).toBe(true);
    expect(validateIntset(bytes.subarray(0, -1), 0, bytes.length - 1, false)).toBe(false);
    expect(validateIntset(bytes, 0, bytes.length + 2, false)).toBe(false);
  });

  test("bytes at random are refused or are ascending", () => {
    const prng = new Prng(11);
    const set = new Intset(newArena());
    for (let round = 0; round < 3000; round++) {
      const width = [2, 4, 8, 2, 2, 4, 3][prng.below(7)];
      const count = prng.below(4);
      const bytes = Uint8Array.from({ length: 8 + width * count }, () => prng.below(256));
      new DataView(bytes.buffer).setUint32(0, width, true);
      new DataView(bytes.buffer).setUint32(4, prng.below(20) === 0 ? prng.next() : count, true);
      if (!validateIntset(bytes, 0, bytes.length, true)) continue;
      set.load(bytes, 0, bytes.length);
      expect(valuesOf(set)).toEqual(ascending(new Set(valuesOf(set))));
      set.free();
    }
  });
});

/** Ids beside integers of any size. */
import { describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { ID_BYTES, StreamId } from "../../src/structures/stream-id.ts";
import { RadixNodes } from "../../src/structures/stream-radix.ts";

const TOP = (1n << 128n) - 1n;
const EDGES = [0n, 1n, 0xffffffffn, 0x100000000n, (1n << 64n) - 1n, 1n << 64n, (1n << 96n) - 1n, 1n << 127n, TOP];

function idOf(value: bigint): StreamId {
  const word = (shift: bigint): number => Number((value >> shift) & 0xffffffffn);
  return new StreamId().setWords(word(96n), word(64n), word(32n), word(0n));
}

function numberOf({ msHigh, msLow, seqHigh, seqLow }: StreamId): bigint {
  return [msHigh, msLow, seqHigh, seqLow].reduce((value, word) => (value << 32n) | BigInt(word >>> 0), 0n);
}

function textOf(value: bigint): string {
  return `${value >> 64n}-${value & ((1n << 64n) - 1n)}`;
}

const random = new Prng(1);
const VALUES: readonly bigint[] = [
  ...EDGES.flatMap((edge) => [edge, edge + 1n, edge - 1n]).filter((value) => value >= 0n && value <= TOP),
  ...Array.from({ length: 60 }, () => {
    const words = Array.from({ length: 4 }, () => BigInt(random.below(4294967296)));
    return words.reduce((value, word) => (value << 32n) | word) >> BigInt(random.below(128));
  }),
];

describe("an id", () => {
  test("is ordered as a number of 128 bits", () => {
    for (const a of VALUES) {
      for (const b of VALUES) {
        expect(idOf(a).compare(idOf(b))).toBe(a < b ? -1 : a > b ? 1 : 0);
        expect(idOf(a).equals(idOf(b))).toBe(a === b);
      }
    }
  });

  test.each(VALUES.map(textOf))("%s: text, bytes, the ones beside it", (text) => {
    const [ms, seq] = text.split("-").map(BigInt);
    const value = (ms << 64n) | seq;
    const id = idOf(value);
    expect(String(id)).toBe(text);
    const bytes = new Uint8Array(ID_BYTES + 2);
    id.encode(bytes, 1);
    expect(Buffer.from(bytes.subarray(1, 17)).toString("hex")).toBe(value.toString(16).padStart(32, "0"));
    expect(numberOf(new StreamId().decode(bytes, 1))).toBe(value);
    const words = new Int32Array(6);
    id.store(words, 1);
    expect(numberOf(new StreamId().load(words, 1))).toBe(value);
    expect([id.isMin, id.isMax]).toEqual([value === 0n, value === TOP]);
    expect([id.ms, id.seq]).toEqual([Number(ms), Number(seq)]);
    const after = new StreamId().setFrom(id);
    expect(after.increment()).toBe(value !== TOP);
    expect(numberOf(after)).toBe((value + 1n) & TOP);
    const before = new StreamId().setFrom(id);
    expect(before.decrement()).toBe(value !== 0n);
    expect(numberOf(before)).toBe((value - 1n) & TOP);
  });

  test("of a moment is that moment, or the next after the last one", () => {
    const last = new StreamId().setNumbers(1_700_000_000_000, 5);
    const next = new StreamId();
    expect([next.setNext(1_700_000_000_001, last), String(next)]).toEqual([true, "1700000000001-0"]);
    expect([next.setNext(1_700_000_000_000, last), String(next)]).toEqual([true, "1700000000000-6"]);
    expect([next.setNext(1, last), String(next)]).toEqual([true, "1700000000000-6"]);
    expect([next.setNext(1, new StreamId().setMax()), String(next)]).toEqual([false, "0-0"]);
    expect(String(next.setNumbers(2 ** 53 - 1, 2 ** 40 + 7))).toBe("9007199254740991-1099511627783");
  });
});

describe("nodes of a radix tree", () => {
  /** By building it: a map for every place, chains of single children joined. */
  function plainCount(values: readonly bigint[]): number {
    type Trie = Map<number, Trie>;
    const root: Trie = new Map();
    for (const value of values) {
      let node = root;
      for (let byte = 15; byte >= 0; byte--) {
        const digit = Number((value >> BigInt(8 * byte)) & 255n);
        const child: Trie = node.get(digit) ?? new Map();
        node.set(digit, child);
        node = child;
      }
    }
    const count = (node: Trie): number => {
      if (node.size === 0) return 1;
      if (node.size > 1) return 1 + [...node.values()].reduce((sum, child) => sum + count(child), 0);
      let [child] = node.values();
      while (child.size === 1) [child] = child.values();
      return 1 + count(child);
    };
    return count(root);
  }

  test.each([0, 1, 2, 3, 10, 300])("of %i ids", (count) => {
    for (let round = 0; round < 20; round++) {
      const width = BigInt(1 + random.below(128));
      const some = Array.from({ length: count }, () => {
        const words = Array.from({ length: 4 }, () => BigInt(random.below(4294967296)));
        return words.reduce((value, word) => (value << 32n) | word) & ((1n << width) - 1n);
      });
      const values = [...new Set(some)].sort((a, b) => (a < b ? -1 : 1));
      const nodes = new RadixNodes();
      for (const value of values) nodes.add(idOf(value));
      expect(nodes.count()).toBe(plainCount(values));
    }
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KeyedHash } from "../../src/base/keyed-hash.ts";
import { Prng } from "../../src/base/prng.ts";
import { Arena } from "../../src/memory/arena.ts";
import {
  createCollectionRoot,
  freeCollection,
  indexOf,
  rootBytes,
  setIndexOf,
  tableOf,
} from "../../src/structures/collection-root.ts";
import { keySpan, Span } from "../../src/structures/entry.ts";
import { HandleList } from "../../src/structures/handle-list.ts";
import { MemberTable } from "../../src/structures/member-table.ts";
import { SortedIndex } from "../../src/structures/sorted-index.ts";
import { countingSource } from "../memory/counting-source.ts";

const bytesOf = (text: string) => Uint8Array.from(`>${text}<`, (char) => char.charCodeAt(0));

function textOf({ bytes, start, length }: Span): string {
  return Array.from(bytes.subarray(start, start + length), (byte) => String.fromCharCode(byte)).join("");
}

/** A hash beside the Map that it must equal. */
class Model {
  readonly arena = new Arena(countingSource());
  readonly members = new MemberTable(this.arena, new KeyedHash(3, 4));
  readonly plain = new Map<string, string>();
  readonly #span = new Span();

  constructor() {
    this.members.create();
  }

  set(field: string, value: string): void {
    const key = bytesOf(field);
    const isNew = this.members.setField(key, 1, field.length, bytesOf(value), 1, value.length);
    if (isNew === this.plain.has(field)) expect.fail("new or not");
    this.plain.set(field, value);
  }

  delete(field: string): void {
    if (this.members.remove(bytesOf(field), 1, field.length) !== this.plain.delete(field)) expect.fail("there or not");
  }

  get(field: string): string | undefined {
    const entry = this.members.find(bytesOf(field), 1, field.length);
    if (entry === 0) return undefined;
    this.members.valueSpan(entry, this.#span);
    return textOf(this.#span);
  }

  fieldOf(entry: number): string {
    keySpan(this.arena, entry, this.#span);
    return textOf(this.#span);
  }

  verify(): void {
    this.members.check();
    expect(this.members.count).toBe(this.plain.size);
    for (const [field, value] of this.plain) if (this.get(field) !== value) expect.fail("a value is wrong");
    const seen = new Set<string>();
    const batch = new HandleList();
    let cursor = 0;
    do {
      cursor = this.members.scan(cursor, batch);
    } while (cursor !== 0);
    for (let at = 0; at < batch.length; at++) seen.add(this.fieldOf(batch.items[at]));
    expect(seen.size).toBe(this.plain.size);
    expect(batch.length).toBe(this.plain.size);
    this.arena.check();
  }

  dispose(): void {
    const root = this.members.root;
    for (let left = this.members.free(root, 1), before = Infinity; left > 0; left = this.members.free(root, 1)) {
      expect(left).toBeLessThanOrEqual(before);
      before = left;
    }
    expect(this.arena.check()).toBe(0);
  }
}

const lengths = [0, 1, 5, 40, 250, 254, 255, 256, 300, 5000, 32600, 32760, 40000];
const FIELDS: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: fc.constantFrom("a", "b", "\xff"), maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(254, 255, 256, 8192, 8193, 33000).map((length) => "f".repeat(length)) },
);
const VALUES: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom("x", "y", "\0"), fc.constantFrom(...lengths))
  .map(([char, length]) => char.repeat(length));

describe("member table", () => {
  test("equals a Map, for values and fields of every length", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 3 }), FIELDS, VALUES), { maxLength: 150 }), (steps) => {
        const model = new Model();
        for (const [kind, field, value] of steps) {
          if (kind === 0) model.delete(field);
          else model.set(field, value);
        }
        model.verify();
        model.dispose();
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  test("grows over many segments, shrinks again, and is freed in slices", () => {
    const model = new Model();
    const prng = new Prng(2);
    for (let step = 0; step < 60_000; step++) {
      const field = `f${prng.below(20_000)}`;
      if (prng.below(4) === 0) model.delete(field);
      else model.set(field, "v".repeat(prng.below(40)));
    }
    model.verify();
    for (const field of [...model.plain.keys()].slice(3000)) model.delete(field);
    model.verify();
    model.dispose();
  });

  test("a set keeps its members", () => {
    const { arena, members } = new Model();
    const key = bytesOf("abc");
    expect(members.addMember(key, 1, 2)).toBe(true);
    expect(members.addMember(key, 1, 2)).toBe(false);
    expect(members.addMember(key, 1, 3)).toBe(true);
    expect([members.has(key, 1, 3), members.has(key, 1, 1), members.count]).toEqual([true, false, 2]);
    expect([members.remove(key, 1, 3), members.remove(key, 1, 3), members.count]).toEqual([true, false, 1]);
    while (members.free(members.root, 1) > 0);
    expect(arena.check()).toBe(0);
  });

  test("scores are kept to the bit beside short and long members", () => {
    const { members } = new Model();
    for (const length of [0, 3, 254, 255, 300, 8193]) {
      for (const score of [0, -0, 1.5, -Infinity, Infinity, 5e-324, 2 ** 53 + 2]) {
        const member = bytesOf("m".repeat(length));
        members.remove(member, 0, length);
        members.find(member, 0, length);
        const entry = members.addScored(member, 0, length, 7);
        expect(members.scoreOf(entry)).toBe(7);
        members.setScore(entry, score);
        expect(members.scoreOf(members.find(member, 0, length))).toBe(score);
      }
    }
  });

  test("a random pick is uniform", () => {
    const model = new Model();
    for (let at = 0; at < 50; at++) model.set(`f${at}`, "");
    const prng = new Prng(5);
    const counts = new Map<number, number>();
    for (let draw = 0; draw < 50_000; draw++) {
      const entry = model.members.random(prng);
      counts.set(entry, (counts.get(entry) ?? 0) + 1);
    }
    expect(counts.size).toBe(50);
    const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(chiSquare).toBeLessThan(49 + 5 * Math.sqrt(98));
  });

  test("a change without its find is refused", () => {
    const { members } = new Model();
    const key = bytesOf("abc");
    expect(() => members.insertMember(key, 0, 3)).toThrow();
    members.addMember(key, 0, 3);
    expect(() => members.insertMember(key, 0, 3)).toThrow();
    members.find(key, 0, 2);
    expect(() => members.removeFound()).toThrow();
    members.find(key, 0, 3);
    members.attach(members.root);
    expect(() => members.removeFound()).toThrow();
  });

  test("a value in place costs nothing, and a much smaller one gives its block back", () => {
    const model = new Model();
    model.set("field", "x".repeat(1000));
    const used = model.arena.usedBytes;
    model.set("field", "y".repeat(990));
    expect(model.arena.usedBytes).toBe(used);
    model.set("field", "z");
    expect(model.arena.usedBytes).toBeLessThan(used - 900);
    model.verify();
  });

  test("large values are freed a few at a time", () => {
    const model = new Model();
    for (let at = 0; at < 200; at++) model.set(`f${at}`, "x".repeat(40_000));
    let calls = 1;
    for (let before = model.arena.largeCount; model.members.free(model.members.root, 4) > 0; calls++) {
      expect(before - model.arena.largeCount).toBeLessThanOrEqual(4 + 12);
      before = model.arena.largeCount;
    }
    expect(calls).toBeGreaterThan(10);
    expect(model.arena.check()).toBe(0);
  });
});

describe("collection root", () => {
  test("counts its bytes and is freed to the last of them", () => {
    const { arena, members } = new Model();
    const sorted = new SortedIndex(arena);
    const index = sorted.create();
    for (let at = 0; at < 5000; at++) {
      const key = bytesOf(`m${at}`);
      members.find(key, 1, key.length - 2);
      sorted.insert(at, members.addScored(key, 1, key.length - 2, at));
    }
    const root = createCollectionRoot(arena, members.root, 0, arena.usedBytes);
    setIndexOf(arena, root, index);
    expect([tableOf(arena, root), indexOf(arena, root)]).toEqual([members.root, index]);
    expect(rootBytes(arena, root)).toBe(arena.usedBytes);
    let calls = 0;
    for (let left = rootBytes(arena, root); left > 0; calls++) {
      left = freeCollection(arena, members, sorted, root, 2);
      expect(left).toBe(arena.usedBytes);
    }
    expect(calls).toBeGreaterThan(20);
    expect(arena.check()).toBe(0);
  });
});

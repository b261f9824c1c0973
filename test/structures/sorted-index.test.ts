import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KeyedHash } from "../../src/base/keyed-hash.ts";
import { Prng } from "../../src/base/prng.ts";
import { Arena, SEGMENT_MASK, SEGMENT_SHIFT } from "../../src/memory/arena.ts";
import { keySpan, Span } from "../../src/structures/entry.ts";
import { MemberTable } from "../../src/structures/member-table.ts";
import { SortedIndex } from "../../src/structures/sorted-index.ts";
import { SortedCursor } from "../../src/structures/sorted-index-cursor.ts";
import { LEAF_CAPACITY } from "../../src/structures/sorted-index-nodes.ts";
import { countingSource } from "../memory/counting-source.ts";

interface Element {
  readonly member: string;
  readonly entry: number;
  score: number;
}

const bytesOf = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** By score, then by code units, which are bytes here. */
function compare(a: Element, b: Element): number {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1;
  return a.member < b.member ? -1 : a.member > b.member ? 1 : 0;
}

/** A sorted set beside a plain array of its elements in order. */
class Model {
  readonly arena = new Arena(countingSource());
  readonly table = new MemberTable(this.arena, new KeyedHash(1, 2));
  readonly index = new SortedIndex(this.arena);
  readonly cursor = new SortedCursor(this.arena);
  readonly plain: Element[] = [];
  readonly #span = new Span();

  constructor() {
    this.table.create();
    this.index.create();
  }

  /** How many elements come before this one. */
  rank(element: Element): number {
    let low = 0;
    let high = this.plain.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compare(this.plain[middle], element) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  add(member: string, score: number): void {
    const key = bytesOf(member);
    if (this.table.find(key, 0, key.length) !== 0) return;
    const entry = this.table.addScored(key, 0, key.length, score);
    this.index.insert(score, entry);
    const element = { member, entry, score };
    this.plain.splice(this.rank(element), 0, element);
  }

  remove(rank: number, byRank = false): void {
    const [{ member, entry, score }] = this.plain.splice(rank, 1);
    if (byRank) expect(this.index.removeAt(rank)).toBe(entry);
    else this.index.remove(score, entry);
    const key = bytesOf(member);
    expect(this.table.remove(key, 0, key.length)).toBe(true);
  }

  rescore(rank: number, score: number): void {
    const [element] = this.plain.splice(rank, 1);
    this.index.rescore(element.score, element.entry, score);
    element.score = score;
    this.plain.splice(this.rank(element), 0, element);
  }

  memberOf(entry: number): string {
    keySpan(this.arena, entry, this.#span);
    const { bytes, start, length } = this.#span;
    return String.fromCharCode(...bytes.subarray(start, start + length));
  }

  verify(): void {
    const { index, cursor, plain } = this;
    index.check();
    expect(index.count).toBe(plain.length);
    const wanted = plain.map((element) => element.entry);
    const forward: number[] = [];
    for (let more = index.at(0, cursor); more; more = cursor.next()) forward.push(cursor.entry);
    expect(forward).toEqual(wanted);
    expect(cursor.entry).toBe(0);
    const backward: number[] = [];
    while (cursor.previous()) backward.push(cursor.entry);
    expect(backward.reverse()).toEqual(wanted);
    for (let rank = 0; rank < plain.length; rank += 1 + (plain.length >> 6)) {
      const { score, entry } = plain[rank];
      if (index.rankOf(score, entry) !== rank) expect.fail("a rank is wrong");
      if (!index.at(rank, cursor) || cursor.entry !== entry || cursor.score !== score) expect.fail("a place is wrong");
    }
    expect(index.at(plain.length, cursor)).toBe(false);
    expect(index.at(-1, cursor)).toBe(false);
  }

  verifySeeks(score: number): void {
    const { index, cursor, plain } = this;
    const below = plain.filter((element) => element.score < score).length;
    const upTo = plain.filter((element) => element.score <= score).length;
    const entryAt = (rank: number) => plain[rank]?.entry ?? 0;
    expect(index.rankOfScore(score, false)).toBe(below);
    expect(index.rankOfScore(score, true)).toBe(upTo);
    expect([index.seekScore(score, false, cursor), cursor.entry]).toEqual([below < plain.length, entryAt(below)]);
    expect([index.seekScore(score, true, cursor), cursor.entry]).toEqual([upTo < plain.length, entryAt(upTo)]);
    expect([index.lastBeforeScore(score, false, cursor), cursor.entry]).toEqual([upTo > 0, entryAt(upTo - 1)]);
    expect([index.lastBeforeScore(score, true, cursor), cursor.entry]).toEqual([below > 0, entryAt(below - 1)]);
  }

  verifyLex(text: string): void {
    const { index, cursor, plain } = this;
    const key = bytesOf(`??${text}?`);
    const below = plain.filter((element) => element.member < text).length;
    const upTo = plain.filter((element) => element.member <= text).length;
    const entryAt = (rank: number) => plain[rank]?.entry ?? 0;
    const run = [key, 2, text.length] as const;
    expect(index.rankOfLex(...run, false)).toBe(below);
    expect(index.rankOfLex(...run, true)).toBe(upTo);
    expect([index.seekLex(...run, false, cursor), cursor.entry]).toEqual([below < plain.length, entryAt(below)]);
    expect([index.seekLex(...run, true, cursor), cursor.entry]).toEqual([upTo < plain.length, entryAt(upTo)]);
    expect([index.lastBeforeLex(...run, false, cursor), cursor.entry]).toEqual([upTo > 0, entryAt(upTo - 1)]);
    expect([index.lastBeforeLex(...run, true, cursor), cursor.entry]).toEqual([below > 0, entryAt(below - 1)]);
  }

  /** Frees everything in small slices. */
  dispose(): void {
    let left = this.index.free(this.index.root, 1);
    for (let before = Number.POSITIVE_INFINITY; left > 0; left = this.index.free(this.index.root, 1)) {
      expect(left).toBeLessThan(before);
      before = left;
    }
    const root = this.table.root;
    while (this.table.free(root, 1) > 0);
    expect(this.arena.check()).toBe(0);
  }
}

const SCORES: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -5, max: 5 }) },
  { weight: 1, arbitrary: fc.constantFrom(Infinity, -Infinity, 0, -0, Number.MIN_VALUE, 0.1) },
  { weight: 2, arbitrary: fc.double({ noNaN: true }) },
);
const MEMBERS: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.string({ unit: fc.constantFrom("a", "b", "\xff", "\0"), maxLength: 6 }) },
  { weight: 1, arbitrary: fc.integer({ min: 250, max: 260 }).map((length) => "a".repeat(length)) },
  { weight: 1, arbitrary: fc.constantFrom(8191, 8193, 33000, 33001).map((length) => "b".repeat(length)) },
);

describe("sorted index", () => {
  type Step = readonly ["add" | "remove" | "pop" | "rescore", string, number, number];
  const steps: fc.Arbitrary<Step[]> = fc.array(
    fc.tuple(fc.constantFrom("add", "add", "add", "remove", "pop", "rescore"), MEMBERS, SCORES, fc.nat()),
    { maxLength: 300 },
  );

  test("equals a sorted array after every kind of step, with all kinds of scores and members", () => {
    fc.assert(
      fc.property(steps, SCORES, (list, score) => {
        const model = new Model();
        for (const [kind, member, newScore, pick] of list) {
          const rank = model.plain.length === 0 ? -1 : pick % model.plain.length;
          if (kind === "add") model.add(member, newScore);
          else if (rank < 0) continue;
          else if (kind === "rescore") model.rescore(rank, newScore);
          else model.remove(rank, kind === "pop");
        }
        model.verify();
        model.verifySeeks(score);
        model.verifySeeks(Infinity);
        model.verifySeeks(-Infinity);
        model.dispose();
      }),
      { numRuns: 150, seed: 1 },
    );
  });

  test("orders equal scores by bytes, then by length, and seeks by them", () => {
    fc.assert(
      fc.property(fc.array(MEMBERS, { maxLength: 200 }), fc.array(MEMBERS, { maxLength: 5 }), (members, sought) => {
        const model = new Model();
        for (const member of members) model.add(member, 1);
        model.verify();
        expect(model.plain.map(({ entry }) => model.memberOf(entry))).toEqual([...new Set(members)].sort());
        for (const text of [...sought, ...members.slice(0, 3), ""]) model.verifyLex(text);
        model.dispose();
      }),
      { numRuns: 100, seed: 2 },
    );
  });

  const orders: Record<string, (at: number, prng: Prng) => number> = {
    ascending: (at) => at,
    descending: (at) => -at,
    "all the same": () => 0,
    random: (_, prng) => prng.float(),
    "few different": (_, prng) => prng.below(7),
    "from the edges inwards": (at) => (at & 1 ? at : -at),
    "from the middle outwards": (at) => (at & 1 ? 1 / (at + 1) : -1 / (at + 1)),
    sawtooth: (at) => (at % 100) * 1000 + Math.floor(at / 100),
  };
  const count = 6000;
  for (const [name, scoreOf] of Object.entries(orders)) {
    test(`grows, changes and empties again: ${name}`, () => {
      const model = new Model();
      const prng = new Prng(3);
      for (let at = 0; at < count; at++) model.add(`m${prng.next()}`, scoreOf(at, prng));
      model.verify();
      model.verifySeeks(model.plain[count >> 1].score);
      if (name === "all the same") model.verifyLex(model.plain[count >> 1].member);
      for (let step = 0; step < count; step++) {
        const at = prng.below(model.plain.length);
        const { score } = model.plain[at];
        const nearby = score + (prng.float() - 0.5) / 100;
        model.rescore(at, prng.below(2) === 0 ? nearby : scoreOf(prng.below(count), prng));
      }
      model.verify();
      // From the front, from the back, from anywhere.
      for (let step = 0; model.plain.length > 0; step++) {
        const last = model.plain.length - 1;
        const way = Math.floor(step / 500) % 3;
        model.remove(way === 0 ? 0 : way === 1 ? last : prng.below(last + 1), (step & 1) === 1);
        if (step % 1000 === 999) model.index.check();
      }
      model.verify();
      expect(model.index.blockBytes).toBe(32 + 112);
      model.dispose();
    });
  }

  test("a block that moves keeps its place, also as the first of many", () => {
    const model = new Model();
    for (let at = 0; at < 3000; at++) model.add(`m${at}`, at % 50);
    const { arena, index, plain } = model;
    const moved = plain.map((element) => {
      const entry = arena.allocate(32);
      const bytes = arena.bytes[entry >>> SEGMENT_SHIFT];
      const from = (element.entry & SEGMENT_MASK) << 4;
      bytes.copyWithin((entry & SEGMENT_MASK) << 4, from, from + 32);
      index.replaceEntry(element.score, element.entry, entry);
      return { ...element, entry };
    });
    index.check();
    for (const [rank, { score, entry }] of moved.entries()) expect(index.rankOf(score, entry)).toBe(rank);
  });

  test("takes few bytes an element, from the first to many", () => {
    const bytesPer = (scoreOf: (at: number, prng: Prng) => number, elements: number) => {
      const model = new Model();
      const prng = new Prng(4);
      const key = new Uint8Array(4);
      const view = new DataView(key.buffer);
      for (let at = 0; at < elements; at++) {
        view.setInt32(0, at);
        const score = scoreOf(at, prng);
        model.table.find(key, 0, 4);
        model.index.insert(score, model.table.addScored(key, 0, 4, score));
      }
      return model.index.blockBytes / elements;
    };
    expect(bytesPer(orders.random, 8)).toBe(18);
    for (const elements of [50, 150, 250, 500]) expect(bytesPer(orders.random, elements)).toBeLessThan(26);
    expect(bytesPer(orders.random, 50_000)).toBeLessThan(16.5);
    expect(bytesPer(orders.ascending, 50_000)).toBeLessThan(13);
    expect(bytesPer(orders.descending, 50_000)).toBeLessThan(13);
  });

  test("counts what it takes, to the byte, and stays consistent at the borders of its nodes", () => {
    const model = new Model();
    const { arena, index, plain } = model;
    const prng = new Prng(5);
    for (let round = 0; round < 6; round++) {
      const goal = [1, LEAF_CAPACITY, LEAF_CAPACITY + 1, 5000, LEAF_CAPACITY * 2, 3][round];
      while (plain.length < goal) model.add(`m${prng.next()}`, prng.below(1000));
      while (plain.length > goal) {
        const before = arena.usedBytes - index.blockBytes;
        const { score, entry } = plain[prng.below(plain.length)];
        index.remove(score, entry);
        expect(arena.usedBytes - index.blockBytes).toBe(before);
        index.insert(score, entry);
        model.remove(prng.below(plain.length));
      }
      model.verify();
    }
    model.dispose();
  });

  test("refuses what is not there, and what is no number", () => {
    const model = new Model();
    model.add("a", 1);
    const [{ entry }] = model.plain;
    expect(() => model.index.remove(2, entry)).toThrow();
    expect(() => model.index.removeAt(1)).toThrow();
    expect(() => model.index.insert(Number.NaN, entry)).toThrow();
    expect(() => model.index.rescore(1, entry, Number.NaN)).toThrow();
    model.verify();
  });

  test("one lens serves many indexes", () => {
    const model = new Model();
    const first = model.index.root;
    for (let at = 0; at < 500; at++) model.add(`m${at}`, at);
    const second = model.index.create();
    model.index.insert(5, model.plain[5].entry);
    expect(model.index.count).toBe(1);
    model.index.attach(first);
    model.verify();
    while (model.index.free(second, 1) > 0);
    model.index.attach(first);
    model.dispose();
  });
});

/** Sorted sets of both kinds through all changes, beside plain maps. */
import { describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { drawDistinct } from "../../src/keyspace/random-draw.ts";
import { EXPIRY_NONE } from "../../src/keyspace/write-handle.ts";
import {
  ADD_IF_ABSENT,
  ADD_IF_GREATER,
  ADD_IF_LESS,
  ADD_IF_PRESENT,
  ADD_INCREMENTS,
  ZsetValue,
} from "../../src/keyspace/zset-value.ts";
import { AGGREGATE_SUM } from "../../src/keyspace/zset-value-algebra.ts";
import { LEX_FIRST, LEX_LAST, LEX_MEMBER, type LexBound, ScoreBounds } from "../../src/keyspace/zset-value-ranges.ts";
import type { Handle } from "../../src/memory/arena.ts";
import { indexOf } from "../../src/structures/collection-root.ts";
import { ENCODING_LISTPACK, ENCODING_SORTED, encodingOf, outsideHandle, Span } from "../../src/structures/entry.ts";
import { HandleList } from "../../src/structures/handle-list.ts";
import { SortedIndex } from "../../src/structures/sorted-index.ts";
import { CollectionModel, scanned } from "./collection-model.ts";
import { bytesOf, randomText, textOf } from "./texts.ts";

type Scores = Map<string, number>;
type Pair = readonly [member: string, score: number];

function sorted(plain: Scores): Pair[] {
  return [...plain].sort(([a, aScore], [b, bScore]) => aScore - bScore || Buffer.compare(bytesOf(a), bytesOf(b)));
}

class ZsetModel extends CollectionModel<Scores> {
  /** A lens of its own: snapshots read while others are attached. */
  readonly reader: ZsetValue;

  constructor(seed: number, entriesMax: number, valueMax: number) {
    super(seed);
    const { arena, hash, collectionLimits } = this.keyspace;
    collectionLimits.zsetMaxListpackEntries = entriesMax;
    collectionLimits.zsetMaxListpackValue = valueMax;
    this.reader = new ZsetValue(arena, hash, collectionLimits);
  }

  add(key: string, pairs: readonly Pair[], conditions: number): void {
    const { zsets } = this.keyspace.structures;
    const plain = this.plain.get(key) ?? new Map<string, number>();
    if (plain.size === 0 && (conditions & ADD_IF_PRESENT) !== 0) return;
    this.change(key, (handle) => {
      zsets.beginEdit(handle, pairs.length, pairs[0][0].length, 0);
      for (const [member, score] of pairs) zsets.add(bytesOf(member), 0, member.length, score, conditions);
      zsets.endEdit();
    });
    for (const [member, score] of pairs) {
      const present = plain.get(member);
      if (present === undefined) {
        if ((conditions & ADD_IF_PRESENT) === 0) plain.set(member, score);
        continue;
      }
      const next = (conditions & ADD_INCREMENTS) !== 0 ? present + score : score;
      if ((conditions & ADD_IF_ABSENT) !== 0) continue;
      if ((conditions & ADD_IF_GREATER) !== 0 && next <= present) continue;
      if ((conditions & ADD_IF_LESS) !== 0 && next >= present) continue;
      plain.set(member, next);
    }
    this.plain.set(key, plain);
  }

  remove(key: string, members: readonly string[]): void {
    const { zsets } = this.keyspace.structures;
    const plain = this.plain.get(key);
    if (plain === undefined) return;
    const removed = this.change(key, (handle) => {
      zsets.beginEdit(handle, 0, 0, 0);
      const count = members.filter((member) => zsets.remove(bytesOf(member), 0, member.length)).length;
      zsets.endEdit();
      return count;
    });
    expect(removed).toBe(members.filter((member) => plain.delete(member)).length);
    if (plain.size === 0) this.plain.delete(key);
  }

  removeRange(key: string, first: number, end: number): void {
    const { zsets } = this.keyspace.structures;
    const plain = this.plain.get(key);
    if (plain === undefined) return;
    const pairs = sorted(plain);
    const last = Math.min(end, pairs.length);
    if (first >= last) return;
    this.change(key, (handle) => {
      zsets.beginEdit(handle, 0, 0, 0);
      zsets.removeRange(first, last);
      zsets.endEdit();
    });
    for (const [member] of pairs.slice(first, last)) plain.delete(member);
    if (plain.size === 0) this.plain.delete(key);
  }

  /** Stores a union in a key. */
  store(key: string, sources: readonly string[]): void {
    const { zsetAlgebra } = this.keyspace.structures;
    const inputs = sources.map((source) => ({ entry: this.peek(source), weight: 1 }));
    const united: Scores = new Map();
    // From the smallest to the largest: sums depend on their order.
    const sizeOf = (source: string): number => this.plain.get(source)?.size ?? 0;
    for (const source of [...sources].sort((a, b) => sizeOf(a) - sizeOf(b))) {
      for (const [member, score] of this.plain.get(source) ?? []) {
        united.set(member, (united.get(member) ?? 0) + score);
      }
    }
    this.change(key, (handle) => {
      zsetAlgebra.union(inputs, AGGREGATE_SUM, handle);
      zsetAlgebra.pack();
      if (united.size > 0) zsetAlgebra.result.endResult();
      else zsetAlgebra.result.dropResult();
    });
    if (united.size > 0) this.plain.set(key, united);
  }

  protected clone(value: Scores): Scores {
    return new Map(value);
  }

  protected expectSame(entry: Handle, plain: Scores): void {
    const zset = this.reader.open(entry);
    const pairs = sorted(plain);
    const walked: Pair[] = [];
    while (zset.next()) walked.push([textOf(zset.member), zset.score]);
    expect(walked).toEqual(pairs);
    expect(zset.count).toBe(pairs.length);
    for (const [rank, [member, score]] of pairs.entries()) {
      expect(zset.find(bytesOf(member), 0, member.length)).toBe(true);
      expect(zset.score).toBe(score);
      expect(zset.rankOfFound()).toBe(rank);
    }
    expect(zset.find(bytesOf("not there"), 0, 9)).toBe(false);
  }

  protected countOutside(entry: Handle): number {
    const { arena } = this.keyspace;
    const handle = outsideHandle(arena, entry);
    if (encodingOf(arena, entry) === ENCODING_LISTPACK) return arena.sizeOf(handle);
    const index = new SortedIndex(arena).attach(indexOf(arena, handle));
    index.check();
    expect(index.count).toBe(this.membersOf(handle).count);
    return this.countMembers(handle) + index.blockBytes;
  }
}

const LENGTHS = [0, 1, 5, 10, 20, 21, 64, 65, 200, 254, 255, 1000, 9000];
const SCORES = [0, 1, -1, 1.5, 2 ** 62, 2 ** 63, -(2 ** 62), 1e300, 0.1, Number.POSITIVE_INFINITY, 5e-324, 4096, -129];

/** Does something to one of a few sorted sets. */
function step(model: ZsetModel, random: Prng, members: number): void {
  const key = (): string => `key:${random.below(5)}`;
  const member = (): string => randomText(random, members, LENGTHS);
  const score = (): number => (random.below(3) === 0 ? SCORES[random.below(SCORES.length)] : random.below(20) - 5);
  const several = <T>(make: () => T): T[] => Array.from({ length: 1 + random.below(8) }, make);
  const conditions = [0, 0, 0, 0, ADD_IF_ABSENT, ADD_IF_PRESENT, ADD_IF_GREATER, ADD_IF_LESS, ADD_INCREMENTS];
  const kind = random.below(100);
  if (kind < 50) {
    const pairs = several((): Pair => [member(), score()]);
    model.add(key(), pairs, conditions[random.below(conditions.length)]);
  } else if (kind < 75) model.remove(key(), several(member));
  else if (kind < 82) model.removeRange(key(), random.below(10), random.below(20));
  else if (kind < 86) model.store(key(), several(key).slice(0, 3));
  else if (kind < 88) model.delete(key());
  else if (kind < 92) model.transfer(key(), key(), random.below(2) === 0);
  else if (kind < 94) model.expire(key(), random.below(2) === 0 ? EXPIRY_NONE : 4e12);
  else if (kind < 96) model.startSnapshot();
  else model.stepSnapshot(20);
}

describe("sorted sets in the keyspace", () => {
  test.each([
    [1, 128, 64, 30],
    [2, 8, 20, 30],
    [3, 8, 100_000, 30],
    [4, 0, 0, 100],
    [5, 60, 64, 800],
  ])("equal plain maps after any work, and leave nothing behind (seed %i)", (seed, entriesMax, valueMax, members) => {
    const model = new ZsetModel(seed, entriesMax, valueMax);
    const random = new Prng(seed, 2);
    model.play(1000, 100, () => step(model, random, members));
  });

  test("a sorted set of many members is counted out at once and freed in slices", () => {
    const model = new ZsetModel(6, 128, 64);
    for (let index = 0; index < 10_000; index += 100) {
      model.add(
        "z",
        Array.from({ length: 100 }, (_, more): Pair => [`member:${index + more}`, (index * 7919 + more) % 1000]),
        0,
      );
    }
    model.checkFreedInSlices("z", 10);
  });
});

describe("ranges, walks and draws", () => {
  function filled(count: number, scoreOf: (index: number) => number): { model: ZsetModel; zset: ZsetValue } {
    const model = new ZsetModel(8, 128, 64);
    const pairs = Array.from({ length: count }, (_, index): Pair => [`m${index}`, scoreOf(index)]);
    for (const pair of pairs) model.add("z", [pair], 0);
    const entry = model.peek("z");
    expect(encodingOf(model.keyspace.arena, entry)).toBe(count > 128 ? ENCODING_SORTED : ENCODING_LISTPACK);
    return { model, zset: model.keyspace.structures.zsets.open(entry) };
  }

  test.each([20, 500])("by score, of %i members", (count) => {
    const { model, zset } = filled(count, (index) => (index * 31) % 17);
    const pairs = sorted(model.plain.get("z") as Scores);
    const bounds = new ScoreBounds();
    for (let min = -1; min < 18; min += 1) {
      for (let max = -1; max < 18; max += 2) {
        for (const [minExclusive, maxExclusive] of [
          [false, false],
          [true, false],
          [false, true],
          [true, true],
        ]) {
          Object.assign(bounds, { min, max, minExclusive, maxExclusive });
          const within = pairs.filter(
            ([, score]) => (minExclusive ? score > min : score >= min) && (maxExclusive ? score < max : score <= max),
          );
          const range = zset.scoreRange(bounds);
          expect(range.count).toBe(within.length);
          if (within.length > 0) expect(pairs.slice(range.first, range.end)).toEqual(within);
        }
      }
    }
  });

  test.each([20, 500])("by member, of %i members", (count) => {
    const { model, zset } = filled(count, () => 3);
    const pairs = sorted(model.plain.get("z") as Scores);
    const bound = (kind: number, text: string, exclusive: boolean): LexBound => {
      const member = new Span();
      Object.assign(member, { bytes: bytesOf(text), start: 0, length: text.length });
      return { kind, member, exclusive };
    };
    const texts = ["", "m", "m1", "m15", "m2", "m9", "z"];
    for (const min of texts) {
      for (const max of texts) {
        for (const isReversed of [false, true]) {
          const within = pairs.filter(([member]) => member >= min && member < max);
          const bounds = { min: bound(LEX_MEMBER, min, false), max: bound(LEX_MEMBER, max, true) };
          const range = zset.lexRange(bounds, isReversed);
          expect(range.count).toBe(within.length);
          if (within.length > 0) expect(pairs.slice(range.first, range.end)).toEqual(within);
        }
      }
    }
    const [first, last] = [bound(LEX_FIRST, "", true), bound(LEX_LAST, "", true)];
    expect(zset.lexRange({ min: first, max: last }, false).count).toBe(count);
    expect(zset.lexRange({ min: last, max: first }, false).count).toBe(0);
    expect(zset.lexRange({ min: last, max: last }, true).count).toBe(0);
  });

  test.each([20, 500])("from any rank either way, of %i members", (count) => {
    const { model, zset } = filled(count, (index) => index % 5);
    const pairs = sorted(model.plain.get("z") as Scores);
    for (let rank = 0; rank < count; rank += 7) {
      for (const isReversed of [false, true]) {
        zset.seek(rank);
        const walked: Pair[] = [];
        while (zset.take(isReversed)) walked.push([textOf(zset.member), zset.score]);
        expect(walked).toEqual(isReversed ? pairs.slice(0, rank + 1).reverse() : pairs.slice(rank));
      }
    }
  });

  test.each([20, 500])("all that is scanned and drawn, of %i members", (count) => {
    const { model, zset } = filled(count, (index) => index / 4);
    const plain = model.plain.get("z") as Scores;
    const seen = scanned(zset, 10, (reference) => {
      zset.show(reference);
      const member = textOf(zset.member);
      expect(plain.get(member)).toBe(zset.score);
      return member;
    });
    expect(seen.size).toBe(count);
    for (const wanted of [1, 5, count - 1]) {
      const drawn = new HandleList();
      drawDistinct(zset, wanted, model.keyspace.random, drawn);
      expect(new Set(drawn.items.subarray(0, wanted)).size).toBe(wanted);
    }
  });
});

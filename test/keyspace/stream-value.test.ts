/** Streams through all changes, beside plain objects. */
import { describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { EXPIRY_NONE } from "../../src/keyspace/write-handle.ts";
import { StreamId } from "../../src/structures/stream-id.ts";
import { idOf, StreamModel, TextSource } from "./stream-model.ts";
import { bytesOf } from "./texts.ts";

const LENGTHS = [0, 1, 63, 64, 300, 5000];

function randomText(random: Prng): string {
  const number = random.below(1000);
  if (random.below(3) === 0) return String(number * 37 - 500);
  const length = random.below(30) === 0 ? LENGTHS[random.below(LENGTHS.length)] : random.below(12);
  return `${number}:`.padEnd(length, "xyz");
}

/** Mostly the same fields as the others have. */
function randomFields(random: Prng): string[] {
  const kind = random.below(10);
  if (kind < 7) return ["name", randomText(random), "7", randomText(random)];
  return Array.from({ length: 2 * random.below(5) + 2 }, () => randomText(random));
}

function step(model: StreamModel, random: Prng, nowMs: number): void {
  const key = `key:${random.below(3)}`;
  const coin = (): boolean => random.below(2) === 0;
  const plain = model.plain.get(key);
  const entries = plain?.entries ?? [];
  const id = (): number => entries[random.below(entries.length + 1)]?.id ?? random.below(5000);
  const group = `group${random.below(3)}`;
  const consumer = (): string => `c${random.below(4)}`;
  const pending = [...(plain?.groups.get(group)?.pending.keys() ?? [])];
  const kind = random.below(100);
  if (kind < 40) model.add(key, 1 + random.below(random.below(10) === 0 ? 400 : 3), randomFields(random));
  else if (kind < 46) model.remove(key, [id(), id(), id()]);
  else if (kind < 48)
    model.remove(
      key,
      entries.slice(0, random.below(12)).map((entry) => entry.id),
    );
  else if (kind < 51) model.trimToLength(key, random.below(entries.length + 20), coin(), coin() ? 0 : random.below(9));
  else if (kind < 53) model.trimToId(key, id(), coin(), coin() ? 0 : random.below(9));
  else if (kind < 58) model.createGroup(key, group, coin() ? 0 : id());
  else if (kind < 59) model.destroyGroup(key, group);
  else if (kind < 75) model.read(key, group, consumer(), 1 + random.below(12), nowMs);
  else if (kind < 82) model.acknowledge(key, group, [...pending.slice(0, random.below(6)), id()]);
  else if (kind < 86) model.claim(key, group, coin() ? null : consumer(), consumer(), 2 + random.below(4), nowMs);
  else if (kind < 88) model.deleteConsumer(key, group, consumer());
  else if (kind < 89) model.moveGroup(key, group, id());
  else if (kind < 90) model.force(key, group, consumer(), [id(), ...pending.slice(0, 3)], nowMs);
  else if (kind < 91) model.delete(key);
  else if (kind < 93) model.transfer(key, `key:${random.below(3)}`, coin());
  else if (kind < 95) model.expire(key, coin() ? EXPIRY_NONE : 4e12);
  else if (kind < 97) model.startSnapshot();
  else model.stepSnapshot(1 + random.below(80));
  model.expectLag(key, group);
}

describe("streams in the keyspace", () => {
  test.each([
    [1, 4096, 100],
    [2, 200, 0],
    [3, 0, 3],
    [4, 1, 0],
    [5, 600, 10],
    [6, 0, 0],
  ])("equal plain objects after any work, and leave nothing behind (seed %i)", (seed, bytesMax, entriesMax) => {
    const model = new StreamModel(seed, bytesMax, entriesMax);
    const random = new Prng(seed, 2);
    for (let count = 0; count < 900; count++) {
      step(model, random, 1_700_000_000_000 + count);
      if (count % 60 === 0) model.checkAll();
    }
    model.endSnapshot();
    expect(model.snapshots).toBeGreaterThan(1);
    model.checkAll();
    model.checkNothingIsLeft();
  });

  test.each([41, 42])("also while what consumers leave behind is removed in slices (seed %i)", (seed) => {
    const model = new StreamModel(seed, 4096, 100);
    const random = new Prng(seed, 2);
    model.streams.gone.removedAtOnceMax = seed % 2;
    let goneMax = 0;
    for (let count = 0; count < 400; count++) {
      const key = `key:${random.below(3)}`;
      const group = `group${random.below(3)}`;
      step(model, random, 1_700_000_000_000 + count);
      if (random.below(20) === 0) for (let more = 60; more > 0; more--) model.add(key, 1, ["name", "v", "7", "w"]);
      if (random.below(6) === 0) model.createGroup(key, group, 0);
      if (random.below(6) === 0) model.read(key, group, `c${random.below(4)}`, 150, count);
      if (random.below(8) === 0) model.deleteConsumer(key, group, `c${random.below(4)}`);
      if (random.below(12) === 0) model.keyspace.streamSweep.discard(1 + random.below(40));
      if (model.plain.has(key)) goneMax = Math.max(goneMax, model.goneEntries(key));
      if (count % 50 === 0) model.checkAll();
    }
    expect(goneMax).toBeGreaterThan(100);
    model.endSnapshot();
    model.checkAll();
    while (model.keyspace.lazyFree.step());
    for (const key of model.plain.keys()) expect(model.goneEntries(key)).toBe(0);
    model.checkAll();
    model.checkNothingIsLeft();
  });

  test("a long stream with a long pending list is counted out at once and freed in slices", () => {
    const model = new StreamModel(7, 4096, 100);
    const { keyspace } = model;
    for (let index = 0; index < 2400; index++) model.add("s", 1, ["field", String(index)]);
    model.createGroup("s", "g", 0);
    model.createGroup("s", "h", 0);
    for (let index = 0; index < 3; index++) model.read("s", "g", `c${index}`, 800, 5);
    model.read("s", "h", "only", 2400, 5);
    model.checkAll();
    const before = keyspace.databases[0].entryBytes;
    // All of a group's pending list at once, then a group.
    model.deleteConsumer("s", "h", "only");
    model.checkAll();
    model.deleteConsumer("s", "g", "c1");
    model.destroyGroup("s", "g");
    model.checkAll();
    expect(keyspace.databases[0].entryBytes).toBeLessThan(before - 2400 * 80);
    model.delete("s");
    expect(keyspace.databases[0].entryBytes).toBe(0);
    expect(keyspace.usedBytes).toBeLessThan(10_000);
    model.checkNothingIsLeft();
  });

  test("what is swept follows its key wherever that goes, and copies have nothing to sweep", () => {
    const model = new StreamModel(12, 4096, 100);
    model.streams.gone.removedAtOnceMax = 10;
    for (let index = 0; index < 900; index++) model.add("s", 1, ["field", String(index)]);
    for (const group of ["g", "h"]) model.createGroup("s", group, 0);
    for (const group of ["g", "h"]) for (let index = 0; index < 3; index++) model.read("s", group, `c${index}`, 300, 5);
    for (const group of ["g", "h"]) model.deleteConsumer("s", group, "c1");
    model.deleteConsumer("s", "g", "c0");
    expect(model.goneEntries("s")).toBe(900);
    model.transfer("s", "copy", true);
    expect(model.goneEntries("copy")).toBe(0);
    model.startSnapshot();
    model.transfer("s", "t", false);
    model.expire("t", 4e12);
    // The snapshot has yet to be told: the slices wait.
    while (model.keyspace.lazyFree.step());
    model.endSnapshot();
    model.checkAll();
    while (model.keyspace.lazyFree.step());
    expect(model.goneEntries("t")).toBe(0);
    model.checkAll();
    model.deleteConsumer("t", "h", "c0");
    expect(model.goneEntries("t")).toBe(300);
    model.transfer("t", "s", false);
    // All that is left is of one consumer: it takes what others have left along.
    model.deleteConsumer("s", "h", "c2");
    expect(model.goneEntries("s")).toBe(0);
    model.checkAll();
    model.checkNothingIsLeft();
  });

  /** Which trimming, of how many entries, and how many are left. */
  const cuts: [string, number, (model: StreamModel, count: number) => void][] = [
    ["by length", 7, (model) => model.trimToLength("s", 7, false, 0)],
    ["by length, to none", 0, (model) => model.trimToLength("s", 0, false, 0)],
    ["by length, whole nodes", 8, (model) => model.trimToLength("s", 7, true, 0)],
    ["by id", 5, (model, count) => model.trimToId("s", count - 4, false, 0)],
    ["by id, beyond the last", 0, (model, count) => model.trimToId("s", count + 1, false, 0)],
    ["by id, whole nodes", 6, (model, count) => model.trimToId("s", count - 4, true, 0)],
  ];
  test.each(cuts)("most of a long stream goes in slices when it is trimmed %s", (_, left, trim) => {
    const model = new StreamModel(8, 4096, 2);
    for (let index = 0; index < 3000; index++) model.add("s", 1, ["field", "value"]);
    model.createGroup("s", "g", 0);
    model.read("s", "g", "c0", 100, 5000);
    model.createGroup("s", "h", 0);
    model.deleteConsumer("s", "g", "c0");
    trim(model, 3000);
    expect(model.plain.get("s")?.entries.length).toBe(left);
    expect(model.keyspace.lazyFree.pendingBytes).toBeGreaterThan(400 * 50);
    model.checkAll();
    model.add("s", 1, ["field", "value"]);
    model.trimToLength("s", 1, false, 0);
    model.checkAll();
    while (model.keyspace.lazyFree.step());
    model.checkAll();
    model.checkNothingIsLeft();
  });

  test("what a snapshot still needs of a long stream is its own when that is trimmed", () => {
    const model = new StreamModel(8, 4096, 4);
    for (let index = 0; index < 4000; index++) model.add("s", 1, ["field", "value"]);
    model.startSnapshot();
    model.trimToLength("s", 3, false, 0);
    expect(model.keyspace.lazyFree.pendingBytes).toBe(0);
    model.checkAll();
    while (model.keyspace.snapshot !== null) model.stepSnapshot(80);
    model.checkAll();
    model.checkNothingIsLeft();
  });

  test("nodes that are large blocks go in slices when they are trimmed", () => {
    const model = new StreamModel(8, 4096, 100);
    const long = "x".repeat(40_000);
    for (let index = 0; index < 60; index++) model.add("s", 1, ["field", long]);
    model.trimToLength("s", 3, false, 0);
    expect(model.keyspace.lazyFree.pendingBytes).toBeGreaterThan(10 * 40_000);
    model.checkAll();
    while (model.keyspace.lazyFree.step());
    model.checkAll();
    model.checkNothingIsLeft();
  });
});

describe("what is found where", () => {
  const filled = (): StreamModel => {
    const model = new StreamModel(9, 4096, 10);
    for (let index = 0; index < 100; index++) model.add("s", 2, ["n", String(index)]);
    return model;
  };

  test("ids in any order, one after another, deleted ones not", () => {
    const model = filled();
    model.remove("s", [20, 40]);
    const streams = model.streams.open(model.peek("s"));
    const random = new Prng(3);
    for (let count = 0; count < 400; count++) {
      const id = random.below(210);
      const isThere = id >= 2 && id % 2 === 0 && id <= 200 && id !== 20 && id !== 40;
      expect([id, streams.find(idOf(id))]).toEqual([id, isThere]);
      expect(streams.has(idOf(id))).toBe(isThere);
    }
  });

  test("a range that is empty, upside down or beyond all", () => {
    const model = filled();
    const streams = model.streams.open(model.peek("s"));
    const max = new StreamId().setMax();
    for (const isReverse of [false, true]) {
      for (const [from, to] of [
        [idOf(50), idOf(40)],
        [idOf(51), idOf(51)],
        [idOf(201), max],
        [max, max],
        [idOf(0), idOf(1)],
      ]) {
        streams.range(from, to, isReverse);
        expect(streams.next()).toBe(false);
        expect(streams.next()).toBe(false);
      }
    }
  });

  test("the first edge may be a deleted entry, the first entry not", () => {
    const model = filled();
    model.trimToLength("s", 95, false, 0);
    const streams = model.streams.open(model.peek("s"));
    const edge = new StreamId();
    expect([streams.firstEdgeId(edge), String(edge)]).toEqual([true, "0-2"]);
    expect([streams.firstEntryId(edge), String(edge)]).toEqual([true, "0-12"]);
    expect(String(streams.firstId)).toBe("0-12");
  });

  test("ids of 64 bits on either side", () => {
    const model = new StreamModel(10, 4096, 100);
    const top = new StreamId().setMax();
    const ids = [new StreamId().setWords(0, 1, -1, -5), new StreamId().setWords(0x7fffffff, -1, 0, 3), top];
    model.change("s", (handle) => {
      const streams = model.streams.beginEdit(handle);
      for (const id of ids) streams.append(id, new TextSource(["a", "b"]), 0, 1);
      streams.endEdit();
    });
    const streams = model.streams.open(model.peek("s"));
    streams.range(new StreamId(), top, false);
    const seen: string[] = [];
    while (streams.next()) seen.push(String(streams.id));
    expect(seen).toEqual(ids.map(String));
    for (const id of ids) expect(streams.find(id)).toBe(true);
    expect(String(top)).toBe("18446744073709551615-18446744073709551615");
  });

  test("names in the order of their bytes", () => {
    const model = new StreamModel(11, 4096, 100);
    const names = ["b", "", "a", "ab", "b\u00ff", "B", "x".repeat(20_000)];
    for (const name of names) model.createGroup("s", name, 0);
    model.checkAll();
    for (const name of names) {
      const bytes = bytesOf(name);
      const streams = model.streams.open(model.peek("s"));
      expect(streams.findGroup(bytes, 0, bytes.length)).toBe(true);
      model.destroyGroup("s", name);
    }
    model.checkAll();
    model.checkNothingIsLeft();
  });
});

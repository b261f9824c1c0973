/** Hashes of both kinds through all changes, beside plain maps. */
import { describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { HashValue } from "../../src/keyspace/hash-value.ts";
import { EXPIRY_NONE } from "../../src/keyspace/write-handle.ts";
import type { Handle } from "../../src/memory/arena.ts";
import { ENCODING_LISTPACK, ENCODING_TABLE, encodingOf, outsideHandle } from "../../src/structures/entry.ts";
import { CollectionModel, expectUniform, scanned } from "./collection-model.ts";
import { bytesOf, randomText, textOf } from "./texts.ts";

type Fields = Map<string, string>;

/** @returns whether the field is new. */
function setField(hashes: HashValue, field: string, value: string): boolean {
  const isThere = hashes.has(bytesOf(field), 0, field.length);
  hashes.put(bytesOf(field), 0, field.length, bytesOf(value), 0, value.length, false);
  return !isThere;
}

class HashModel extends CollectionModel<Fields> {
  /** A lens of its own: snapshots read while others are attached. */
  readonly #reader: HashValue;

  constructor(seed: number, entriesMax: number, valueMax: number) {
    super(seed);
    const { arena, hash, collectionLimits } = this.keyspace;
    collectionLimits.hashMaxListpackEntries = entriesMax;
    collectionLimits.hashMaxListpackValue = valueMax;
    this.#reader = new HashValue(arena, hash, collectionLimits);
  }

  set(key: string, pairs: readonly (readonly [string, string])[]): void {
    const { hashes } = this.keyspace.structures;
    const plain = this.plain.get(key) ?? new Map<string, string>();
    const created = this.change(key, (handle) => {
      const { growth } = hashes;
      growth.reset(pairs.length);
      for (const text of pairs.flat()) growth.add(text.length);
      hashes.beginEdit(handle, growth);
      let count = 0;
      for (const [field, value] of pairs) {
        if (setField(hashes, field, value)) count++;
      }
      hashes.endEdit();
      return count;
    });
    const before = plain.size;
    for (const [field, value] of pairs) plain.set(field, value);
    this.plain.set(key, plain);
    expect(created).toBe(plain.size - before);
  }

  remove(key: string, fields: readonly string[]): void {
    const { hashes } = this.keyspace.structures;
    const plain = this.plain.get(key);
    if (plain === undefined) return;
    const removed = this.change(key, (handle) => {
      hashes.beginEdit(handle, null);
      const count = fields.filter((field) => hashes.remove(bytesOf(field), 0, field.length)).length;
      hashes.endEdit();
      return count;
    });
    expect(removed).toBe(fields.filter((field) => plain.delete(field)).length);
    if (plain.size === 0) this.plain.delete(key);
  }

  protected clone(value: Fields): Fields {
    return new Map(value);
  }

  protected expectSame(entry: Handle, plain: Fields): void {
    const hash = this.#reader.open(entry);
    expect(hash.count).toBe(plain.size);
    const walked = new Map<string, string>();
    while (hash.next()) {
      const field = textOf(hash.field);
      expect(walked.has(field)).toBe(false);
      walked.set(field, textOf(hash.value));
    }
    expect([...walked].sort()).toEqual([...plain].sort());
    for (const [field, value] of plain) {
      expect(hash.find(bytesOf(field), 0, field.length)).toBe(true);
      expect(textOf(hash.value)).toBe(value);
    }
    expect(hash.find(bytesOf("not there"), 0, 9)).toBe(false);
  }

  protected countOutside(entry: Handle): number {
    const { arena } = this.keyspace;
    const handle = outsideHandle(arena, entry);
    if (encodingOf(arena, entry) === ENCODING_LISTPACK) return arena.sizeOf(handle);
    return this.countMembers(handle);
  }
}

const LENGTHS = [0, 1, 5, 10, 20, 21, 64, 65, 200, 254, 255, 1000, 9000, 40_000];

/** Does something to one of a few hashes. */
function step(model: HashModel, random: Prng, fields: number): void {
  const key = (): string => `key:${random.below(5)}`;
  const field = (): string => randomText(random, fields, LENGTHS, 9000);
  const pair = (): [string, string] => [field(), randomText(random, 1000, LENGTHS)];
  const several = <T>(make: () => T): T[] => Array.from({ length: 1 + random.below(8) }, make);
  const kind = random.below(100);
  if (kind < 50) model.set(key(), random.below(2) === 0 ? [pair()] : several(pair));
  else if (kind < 88) model.remove(key(), random.below(2) === 0 ? [field()] : several(field));
  else if (kind < 90) model.delete(key());
  else if (kind < 93) model.transfer(key(), key(), random.below(2) === 0);
  else if (kind < 95) model.expire(key(), random.below(2) === 0 ? EXPIRY_NONE : 4e12);
  else if (kind < 97) model.startSnapshot();
  else model.stepSnapshot(20);
}

describe("hashes in the keyspace", () => {
  test.each([
    [1, 512, 64, 30],
    [2, 8, 20, 30],
    [3, 8, 100_000, 30],
    [4, 0, 0, 100],
    [5, 60, 64, 800],
  ])("equal plain maps after any work, and leave nothing behind (seed %i)", (seed, entriesMax, valueMax, fields) => {
    const model = new HashModel(seed, entriesMax, valueMax);
    const random = new Prng(seed, 2);
    model.play(1000, 100, () => step(model, random, fields));
  });

  test("a hash of many fields is counted out at once and freed in slices", () => {
    const model = new HashModel(6, 512, 64);
    for (let index = 0; index < 10_000; index += 100) {
      model.set(
        "h",
        Array.from({ length: 100 }, (_, more) => [`field:${index + more}`, `value:${index + more}`]),
      );
    }
    model.checkFreedInSlices("h", 10);
  });

  test("a new hash takes the block that it needs", () => {
    const model = new HashModel(7, 512, 64);
    const { arena, structures } = model.keyspace;
    const pairs = Array.from({ length: 20 }, (_, index) => [`field${index}`, String(index * 1000)] as const);
    const { growth } = structures.hashes;
    growth.reset(20);
    growth.packedBytes = 20 * (2 + 8 + 4);
    model.change("h", (handle) => {
      structures.hashes.beginEdit(handle, growth);
      const before = arena.usedBytes;
      for (const [field, value] of pairs) {
        setField(structures.hashes, field, value);
      }
      expect(arena.usedBytes).toBe(before);
      structures.hashes.endEdit();
    });
  });
});

describe("walks and draws", () => {
  function filled(count: number): { model: HashModel; hash: HashValue } {
    const model = new HashModel(8, 512, 64);
    for (let index = 0; index < count; index++) model.set("h", [[`f${index}`, String(index)]]);
    const entry = model.peek("h");
    expect(encodingOf(model.keyspace.arena, entry)).toBe(count > 512 ? ENCODING_TABLE : ENCODING_LISTPACK);
    return { model, hash: model.keyspace.structures.hashes.open(entry) };
  }

  function fieldAt(hash: HashValue, reference: Handle): string {
    hash.show(reference);
    return textOf(hash.field);
  }

  test.each([10, 2000])("steps visit every one of %i fields once", (count) => {
    const { hash } = filled(count);
    const seen: string[] = [];
    const visitor = {
      element(bytes: Uint8Array, start: number, length: number, value: Uint8Array, from: number, size: number): void {
        const name = textOf({ bytes, start, length });
        seen.push(`${name} ${textOf({ bytes: value, start: from, length: size })}`);
      },
    };
    let steps = 0;
    while (hash.step(7, visitor)) steps++;
    expect(seen.sort()).toEqual(Array.from({ length: count }, (_, index) => `f${index} ${index}`).sort());
    expect(steps).toBe(Math.floor(count / 7));
  });

  test.each([10, 2000])("a scan of %i fields comes to its end with all of them", (count) => {
    const { hash } = filled(count);
    expect(scanned(hash, 20, (reference) => fieldAt(hash, reference)).size).toBe(count);
  });

  test.each([
    [10, 3],
    [10, 9],
    [700, 30],
    [700, 600],
  ])("of %i fields, %i different ones are drawn, each as likely as the others", (count, drawn) => {
    const { hash } = filled(count);
    expectUniform(hash, count, drawn, new Prng(9), (reference) => fieldAt(hash, reference));
  });
});

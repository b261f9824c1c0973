/** Hashes of which fields expire, through all changes while time passes, beside plain maps. */
import { describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { fieldsPosition } from "../../src/keyspace/hash-position.ts";
import { HashValue } from "../../src/keyspace/hash-value.ts";
import { HASH_VALUES } from "../../src/keyspace/hash-values.ts";
import { EXPIRY_NONE } from "../../src/keyspace/write-handle.ts";
import type { Handle } from "../../src/memory/arena.ts";
import { indexOf } from "../../src/structures/collection-root.ts";
import { ENCODING_TABLE, encodingOf, outsideHandle } from "../../src/structures/entry.ts";
import { HandleList } from "../../src/structures/handle-list.ts";
import { SortedIndex } from "../../src/structures/sorted-index.ts";
import { CollectionModel } from "./collection-model.ts";
import { bytesOf, randomText, textOf } from "./texts.ts";

interface Field {
  readonly value: string;
  /** 0 for never. */
  readonly whenMs: number;
  /** As parts of a snapshot are compared. */
  toString(): string;
}

function fieldOf(value: string, whenMs: number): Field {
  return { value, whenMs, toString: () => value };
}
type Fields = Map<string, Field>;

const START_MS = 1_000_000;

class ExpiringModel extends CollectionModel<Fields> {
  nowMs = START_MS;
  readonly #clock = { nowMs: 0 };
  readonly #reader: HashValue;

  constructor(seed: number, entriesMax: number, valueMax: number) {
    super(seed);
    const { arena, hash, collectionLimits } = this.keyspace;
    collectionLimits.hashMaxListpackEntries = entriesMax;
    collectionLimits.hashMaxListpackValue = valueMax;
    this.#reader = new HashValue(arena, hash, collectionLimits, this.#clock);
  }

  // ---- time -----------------------------------------------------------------------------------------------------

  pass(ms: number): void {
    this.nowMs += ms;
    this.keyspace.setNow(this.nowMs);
    for (const [key, fields] of this.plain) {
      for (const [field, { whenMs }] of fields) if (whenMs !== 0 && whenMs < this.nowMs) fields.delete(field);
      if (fields.size === 0) this.plain.delete(key);
    }
  }

  /** A slice of what goes without being asked for. */
  expireDue(limit: number): void {
    this.keyspace.expireDueFields(this.keyspace.databases[0], limit);
  }

  expireAll(): void {
    const { fieldExpiry } = this.keyspace.databases[0];
    while (fieldExpiry.nextDue() < this.nowMs) this.expireDue(10);
  }

  // ---- changes --------------------------------------------------------------------------------------------------

  set(key: string, pairs: readonly (readonly [string, string])[], keeps: boolean): void {
    const { hashes } = this.keyspace.structures;
    const plain = this.plain.get(key) ?? new Map<string, Field>();
    this.change(key, (handle) => {
      const { growth } = hashes;
      growth.reset(pairs.length);
      for (const text of pairs.flat()) growth.add(text.length);
      hashes.beginEdit(handle, growth);
      for (const [field, value] of pairs) {
        expect(hashes.find(bytesOf(field), 0, field.length)).toBe(plain.has(field));
        hashes.put(bytesOf(field), 0, field.length, bytesOf(value), 0, value.length, keeps);
        plain.set(field, fieldOf(value, keeps ? (plain.get(field)?.whenMs ?? 0) : 0));
      }
      expect(hashes.endEdit()).toBe(plain.size);
    });
    this.plain.set(key, plain);
  }

  setTimes(key: string, fields: readonly string[], whenMs: number): void {
    const plain = this.plain.get(key);
    if (plain === undefined) return;
    const { hashes } = this.keyspace.structures;
    this.change(key, (handle) => {
      hashes.beginEdit(handle, null);
      for (const field of fields) {
        const isThere = hashes.has(bytesOf(field), 0, field.length);
        const before = plain.get(field);
        expect(isThere).toBe(before !== undefined);
        if (before === undefined) continue;
        expect(hashes.foundExpiryMs).toBe(before.whenMs);
        hashes.setExpiry(bytesOf(field), 0, field.length, whenMs);
        plain.set(field, fieldOf(before.value, whenMs));
      }
      hashes.endEdit();
    });
  }

  remove(key: string, fields: readonly string[]): void {
    const plain = this.plain.get(key);
    if (plain === undefined) return;
    const { hashes } = this.keyspace.structures;
    const removed = this.change(key, (handle) => {
      hashes.beginEdit(handle, null);
      const count = fields.filter((field) => hashes.remove(bytesOf(field), 0, field.length)).length;
      hashes.endEdit();
      return count;
    });
    expect(removed).toBe(fields.filter((field) => plain.delete(field)).length);
    if (plain.size === 0) this.plain.delete(key);
  }

  /** A snapshot has what is there, lapsed or not: so what has lapsed goes first. */
  override startSnapshot(): void {
    this.expireAll();
    super.startSnapshot();
  }

  // ---- comparing ------------------------------------------------------------------------------------------------

  /** Compares as commands see it, with what has lapsed in part still there. */
  lookAtAll(): void {
    for (const [key, fields] of this.plain) {
      // Looking it up removes some, which may have a snapshot write it first.
      const entry = this.peek(key);
      this.#clock.nowMs = this.nowMs;
      this.expectSame(entry, fields);
      this.#clock.nowMs = 0;
    }
  }

  override checkAll(): void {
    this.expireAll();
    super.checkAll();
    const { arena, databases, structures } = this.keyspace;
    const { fieldExpiry } = databases[0];
    fieldExpiry.check((entry) => fieldsPosition(arena, entry));
    let indexed = 0;
    for (const [key, fields] of this.plain) {
      const times = [...fields.values()].map(({ whenMs }) => whenMs).filter((whenMs) => whenMs !== 0);
      const entry = this.peek(key);
      const position = fieldsPosition(arena, entry);
      expect(position !== 0).toBe(times.length > 0);
      expect(HASH_VALUES.nextExpiryMs?.(structures, entry)).toBe(Math.min(...times));
      if (position === 0) continue;
      expect(fieldExpiry.whenAt(position)).toBe(Math.min(...times));
      indexed++;
    }
    expect(fieldExpiry.count).toBe(indexed);
  }

  protected clone(value: Fields): Fields {
    return new Map(value);
  }

  protected expectSame(entry: Handle, plain: Fields): void {
    const hash = this.#reader.open(entry);
    expect(hash.count).toBe(plain.size);
    const walked = new Set<string>();
    while (hash.next()) walked.add(textOf(hash.field));
    expect([...walked].sort()).toEqual([...plain.keys()].sort());
    const references = new HandleList();
    hash.open(entry).collect(references);
    expect(references.length).toBe(plain.size);
    const wrong = [...plain].filter(([field, { value, whenMs }]) => {
      const isThere = hash.find(bytesOf(field), 0, field.length);
      return !isThere || textOf(hash.value) !== value || hash.foundExpiryMs !== whenMs;
    });
    expect(wrong).toEqual([]);
    expect(hash.find(bytesOf("not there"), 0, 9)).toBe(false);
  }

  protected countOutside(entry: Handle): number {
    const { arena } = this.keyspace;
    const handle = outsideHandle(arena, entry);
    if (encodingOf(arena, entry) !== ENCODING_TABLE) return arena.sizeOf(handle);
    const index = indexOf(arena, handle);
    if (index === 0) return this.countMembers(handle);
    const sorted = new SortedIndex(arena).attach(index);
    sorted.check();
    return this.countMembers(handle) + sorted.blockBytes;
  }
}

const LENGTHS = [0, 1, 10, 20, 64, 65, 254, 255, 1000, 9000, 32_700, 32_760, 40_000];

/** Does something to one of a few hashes, or lets time pass. */
function step(model: ExpiringModel, random: Prng, choices: number): void {
  const key = (): string => `key:${random.below(4)}`;
  const field = (): string => randomText(random, choices, LENGTHS, 9000);
  const pair = (): [string, string] => [field(), randomText(random, 1000, LENGTHS)];
  const several = <T>(make: () => T): T[] => Array.from({ length: 1 + random.below(8) }, make);
  const kind = random.below(100);
  if (kind < 30) model.set(key(), several(pair), random.below(2) === 0);
  else if (kind < 60) model.setTimes(key(), several(field), model.nowMs + 1 + random.below(50));
  else if (kind < 65) model.setTimes(key(), several(field), 0);
  else if (kind < 75) model.remove(key(), several(field));
  else if (kind < 85) model.pass(random.below(30));
  else if (kind < 88) model.expireDue(1 + random.below(5));
  else if (kind < 89) model.delete(key());
  else if (kind < 92) model.transfer(key(), key(), random.below(2) === 0);
  else if (kind < 94) model.expire(key(), random.below(2) === 0 ? EXPIRY_NONE : 4e12);
  else if (kind < 96) model.startSnapshot();
  else model.stepSnapshot(1);
}

describe("hashes of which fields expire", () => {
  test.each([
    [1, 512, 64, 30],
    [2, 8, 20, 30],
    [3, 8, 100_000, 30],
    [4, 0, 0, 100],
    [5, 60, 64, 200],
    [6, 0, 0, 300],
  ])(
    "equal plain maps while time passes, and leave nothing behind (seed %i)",
    (seed, entriesMax, valueMax, choices) => {
      const model = new ExpiringModel(seed, entriesMax, valueMax);
      const random = new Prng(seed, 2);
      model.play(1000, 100, (count) => {
        step(model, random, choices);
        if (count % 50 === 0) model.lookAtAll();
      });
      expect(model.keyspace.stats.expiredFields).toBeGreaterThan(10);
      expect(model.keyspace.databases[0].fieldExpiry.count).toBe(0);
    },
  );

  test("what lapses together is out of sight at once, and removed in slices", () => {
    const model = new ExpiringModel(7, 0, 0);
    const names = Array.from({ length: 3000 }, (_, index) => `f${index}`);
    model.set(
      "h",
      names.map((name) => [name, "value"]),
      false,
    );
    model.set("h", [["stays", "value"]], false);
    model.setTimes("h", names, START_MS + 5);
    model.pass(6);
    model.lookAtAll();
    const { fieldExpiry } = model.keyspace.databases[0];
    expect(fieldExpiry.count).toBe(1);
    expect(model.keyspace.stats.expiredFields).toBeLessThan(300);
    let slices = 0;
    for (; fieldExpiry.count > 0; slices++) model.expireDue(64);
    expect(slices).toBeGreaterThan(30);
    expect(model.keyspace.stats.expiredFields).toBe(3000);
    model.checkAll();
    model.checkNothingIsLeft();
  });

  test("a hash without them takes no more than one that never had any", () => {
    const bytesOfHash = (model: ExpiringModel): number => model.keyspace.databases[0].entryBytes;
    const plain = new ExpiringModel(8, 0, 0);
    const other = new ExpiringModel(8, 0, 0);
    const pairs = Array.from({ length: 1000 }, (_, index) => [`field:${index}`, `value:${index}`] as const);
    plain.set("h", pairs, false);
    other.set("h", pairs, false);
    other.setTimes(
      "h",
      pairs.map(([field]) => field),
      START_MS + 5,
    );
    expect(bytesOfHash(other)).toBeGreaterThan(bytesOfHash(plain));
    other.setTimes(
      "h",
      pairs.map(([field]) => field),
      0,
    );
    expect(bytesOfHash(other)).toBe(bytesOfHash(plain));
  });
});

import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { KeyedHash } from "../../src/base/keyed-hash.ts";
import { Prng } from "../../src/base/prng.ts";
import { Arena } from "../../src/memory/arena.ts";
import {
  createEntry,
  ENCODING_INT,
  freeEntry,
  intValue,
  keySpan,
  Span,
  setInt,
  TYPE_STRING,
} from "../../src/structures/entry.ts";
import { HandleList } from "../../src/structures/handle-list.ts";
import { createTable, Table } from "../../src/structures/table.ts";
import { countingSource } from "../memory/counting-source.ts";

/** A table of keys with integer values, beside the plain Map that it must equal. */
class Model {
  readonly arena: Arena;
  readonly table: Table;
  readonly plain = new Map<string, number>();
  readonly #key = new Uint8Array(20000);
  readonly #span = new Span();

  constructor(seed: number, arena = new Arena(countingSource())) {
    this.arena = arena;
    this.table = new Table(this.arena, new KeyedHash(seed, seed ^ 0x5bd1e995), createTable(this.arena));
  }

  #write(key: string): number {
    for (let index = 0; index < key.length; index++) this.#key[index] = key.charCodeAt(index);
    return key.length;
  }

  set(key: string, value: number): void {
    const length = this.#write(key);
    const found = this.table.find(this.#key, 0, length);
    if ((found !== 0) !== this.plain.has(key)) throw new Error(`find ${key}`);
    const entry = createEntry(this.arena, TYPE_STRING, ENCODING_INT, this.#key, 0, length, 0, (value & 1) === 1, 0);
    setInt(this.arena, entry, 0, value);
    if (found !== 0) {
      this.table.replaceFound(entry);
      freeEntry(this.arena, found);
    } else {
      this.table.insert(entry);
    }
    this.plain.set(key, value);
  }

  delete(key: string): void {
    const found = this.table.find(this.#key, 0, this.#write(key));
    if ((found !== 0) !== this.plain.delete(key)) throw new Error(`find ${key}`);
    if (found === 0) return;
    this.table.removeFound();
    freeEntry(this.arena, found);
  }

  /** As `delete`, at the place of the entry. */
  removeByEntry(key: string): void {
    const found = this.table.find(this.#key, 0, this.#write(key));
    if ((found !== 0) !== this.plain.delete(key)) throw new Error(`find ${key}`);
    if (found === 0) return;
    this.table.locate(found);
    this.table.removeFound();
    freeEntry(this.arena, found);
  }

  /** Looks for a key in an empty table with the same lens. */
  lookElsewhere(root: number, key: string): void {
    const own = this.table.root;
    this.table.attach(root);
    expect(this.get(key)).toBe(undefined);
    this.table.attach(own);
  }

  get(key: string): number | undefined {
    const found = this.table.find(this.#key, 0, this.#write(key));
    return found === 0 ? undefined : intValue(this.arena, found);
  }

  keyOf(entry: number): string {
    keySpan(this.arena, entry, this.#span);
    const { bytes, start, length } = this.#span;
    return String.fromCharCode(...bytes.subarray(start, start + length));
  }

  verify(): void {
    this.table.check();
    this.arena.check();
    expect(this.table.count).toBe(this.plain.size);
    for (const [key, value] of this.plain) if (this.get(key) !== value) throw new Error(`get ${key}`);
  }
}

describe("table", () => {
  it("equals a Map over millions of operations, growing to 200,000 keys and back to none", () => {
    const model = new Model(1);
    const random = new Prng(7);
    let operations = 0;
    for (const [rounds, writes] of [
      [400_000, 90],
      [300_000, 50],
      [800_000, 20],
    ]) {
      for (let step = 0; step < rounds; step++, operations++) {
        const key = `key:${random.below(250_000)}`;
        const choice = random.below(100);
        if (choice < writes) model.set(key, step);
        else if (choice < 97) model.delete(key);
        else if (model.get(key) !== model.plain.get(key)) expect.unreachable(`get ${key}`);
      }
      model.verify();
    }
    expect(operations).toBe(1_500_000);
    for (const key of [...model.plain.keys()]) model.delete(key);
    model.verify();
    expect(model.table.capacity).toBeLessThan(800);
    model.table.drain(new HandleList());
    expect(model.arena.usedBytes).toBe(0);
  });

  it("equals a Map at every small size, with keys of any length", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.array(fc.tuple(fc.constantFrom("set", "delete", "get"), fc.integer({ min: 0, max: 60 })), {
          maxLength: 400,
        }),
        (seed, steps) => {
          const model = new Model(seed);
          for (const [what, id] of steps) {
            // Lengths around the borders of the entry's key length field and of the inline key.
            const key = `${id}`.padEnd([1, 16, 253, 254, 255, 256, 8191, 8192, 8193][id % 9], "k");
            if (what === "set") model.set(key, id);
            else if (what === "delete") model.delete(key);
            else expect(model.get(key)).toBe(model.plain.get(key));
          }
          model.verify();
        },
      ),
      { numRuns: 60 },
    );
  });

  it("knows a key again that it has just found, whatever has become of it since", () => {
    const action = fc.constantFrom("get", "set", "delete", "remove by entry", "grow", "shrink", "leave and come back");
    // Keys that end alike, and one without four bytes.
    const key = fc.constantFrom("a:tail", "b:tail", "cc:tail", "abc", "tail");
    fc.assert(
      fc.property(
        fc.integer(),
        fc.array(fc.tuple(action, key, fc.integer({ min: 1, max: 4 })), { maxLength: 80 }),
        (seed, steps) => {
          const model = new Model(seed);
          const elsewhere = createTable(model.arena);
          let others = 0;
          for (const [name, wanted, times] of steps) {
            for (let time = 0; time < times; time++) {
              if (name === "get") expect(model.get(wanted)).toBe(model.plain.get(wanted));
              else if (name === "set") model.set(wanted, time);
              else if (name === "delete") model.delete(wanted);
              else if (name === "remove by entry") model.removeByEntry(wanted);
              else if (name === "grow") for (let i = 0; i < 300; i++) model.set(`other:${others++}:tail`, i);
              else if (name === "shrink")
                for (let i = 0; i < 400 && others > 0; i++) model.delete(`other:${--others}:tail`);
              else model.lookElsewhere(elsewhere, wanted);
              expect(model.get(wanted)).toBe(model.plain.get(wanted));
            }
          }
          model.verify();
        },
      ),
      { numRuns: 60 },
    );
  });

  it("starts at four slots and doubles up to one segment before it splits", () => {
    const model = new Model(3);
    const capacities = new Set<number>();
    for (let id = 0; id < 2000; id++) {
      model.set(`k${id}`, id);
      capacities.add(model.table.capacity);
    }
    expect([...capacities].slice(0, 10)).toEqual([4, 8, 12, 24, 48, 96, 192, 384, 768, 1536]);
    model.verify();
  });

  it("stays between a third and nine tenths full while it grows, at 11 bytes an entry on average", () => {
    const model = new Model(4);
    let worst = 0;
    let sum = 0;
    let samples = 0;
    for (let id = 0; id < 150_000; id++) {
      model.set(`key:${id}`, id);
      if (id < 20_000 || id % 5000 !== 0) continue;
      const bytes = (model.table.capacity * 16) / 3 / model.table.count;
      worst = Math.max(worst, bytes);
      sum += bytes;
      samples++;
    }
    expect(worst).toBeLessThan(16);
    expect(sum / samples).toBeLessThan(11);
  });

  it("returns everything that is present throughout a scan, for any COUNT, while it grows, shrinks and merges", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 500 }),
        fc.constantFrom("grow", "shrink", "both"),
        (seed, count, how) => {
          const model = new Model(seed);
          const random = new Prng(seed);
          const stable = new Set<string>();
          for (let id = 0; id < 1500; id++) {
            model.set(`stable:${id}`, id);
            stable.add(`stable:${id}`);
          }
          for (let id = 0; id < (how === "grow" ? 0 : 12_000); id++) model.set(`other:${id}`, id);
          const seen = new Set<string>();
          const batch = new HandleList();
          let cursor = 0;
          let calls = 0;
          do {
            batch.clear();
            while (batch.length < count) {
              cursor = model.table.scan(cursor, batch);
              if (cursor === 0) break;
            }
            for (let index = 0; index < batch.length; index++) seen.add(model.keyOf(batch.items[index]));
            const changes = random.below(4 * count + 20);
            for (let change = 0; change < changes; change++) {
              const key = `other:${random.below(12_000)}`;
              if (how === "grow" || (how === "both" && random.below(2) === 0)) model.set(key, change);
              else model.delete(key);
            }
            expect(++calls).toBeLessThan(100_000);
          } while (cursor !== 0);
          for (const key of stable) expect(seen.has(key)).toBe(true);
          model.verify();
        },
      ),
      { numRuns: 25 },
    );
  });

  it("emits nothing twice and nothing else when the table stands still", () => {
    const model = new Model(9);
    for (let id = 0; id < 5000; id++) model.set(`key:${id}`, id);
    const batch = new HandleList();
    let cursor = 0;
    do cursor = model.table.scan(cursor, batch);
    while (cursor !== 0);
    expect(batch.length).toBe(5000);
    expect(new Set(batch.items.subarray(0, batch.length)).size).toBe(5000);
  });

  describe("knows whether it has the keys of another table by their places there", () => {
    const key = (id: number): string => (id % 50 === 0 ? `${"long".repeat(100)}${id}` : `key:${id}`);

    it.each([
      [3, 3],
      [700, 4],
      [4, 700],
      [1_000, 1_000],
      [5_000, 6_000],
      [20_000, 3_000],
      [3_000, 20_000],
    ])("%i keys in one of %i", (walkedKeys, askedKeys) => {
      const walked = new Model(21);
      const asked = new Model(21, walked.arena);
      for (let id = 0; id < walkedKeys; id++) walked.set(key(id), id);
      // Half of the keys of the smaller one are in both.
      const first = walkedKeys - Math.ceil(Math.min(walkedKeys, askedKeys) / 2);
      for (let id = first; id < first + askedKeys; id++) asked.set(key(id), id);
      const batch = new HandleList();
      const places = new HandleList();
      let cursor = 0;
      do cursor = walked.table.scan(cursor, batch, places);
      while (cursor !== 0);
      expect([batch.length, places.length]).toEqual([walkedKeys, walkedKeys]);
      for (let index = 0; index < walkedKeys; index++) {
        const id = intValue(walked.arena, batch.items[index]);
        const has = asked.table.hasKeyOf(batch.items[index], places.items[index], walked.table);
        if (has !== asked.plain.has(key(id))) throw new Error(`${key(id)}: ${has}`);
      }
    });

    it("and hashes none of them when it has no more homes than the other", () => {
      const walked = new Model(21);
      const asked = new Model(21, walked.arena);
      for (let id = 0; id < 20_000; id++) walked.set(key(id), id);
      for (let id = 0; id < 1_000; id++) asked.set(key(id), id);
      const batch = new HandleList();
      const places = new HandleList();
      walked.table.scan(0, batch, places);
      const hashed = vi.spyOn(KeyedHash.prototype, "hashView");
      for (let index = 0; index < batch.length; index++) {
        asked.table.hasKeyOf(batch.items[index], places.items[index], walked.table);
      }
      expect(hashed).not.toHaveBeenCalled();
      hashed.mockRestore();
    });
  });

  it("treats a cursor beyond the hash as the end", () => {
    const model = new Model(9);
    model.set("a", 1);
    const batch = new HandleList();
    expect(model.table.scan(2 ** 32, batch)).toBe(0);
    expect(model.table.scan(Number.MAX_SAFE_INTEGER, batch)).toBe(0);
    expect(batch.length).toBe(0);
  });

  it("picks uniformly", () => {
    const model = new Model(11);
    const keys = 1000;
    for (let id = 0; id < keys; id++) model.set(`key:${id}`, id);
    const picks = new Array<number>(keys).fill(0);
    const random = new Prng(5);
    const draws = 200 * keys;
    for (let draw = 0; draw < draws; draw++) picks[intValue(model.arena, model.table.random(random))]++;
    // Chi-squared with 999 degrees of freedom: mean 999, standard deviation 45.
    const chi = picks.reduce((sum, seen) => sum + (seen - 200) ** 2 / 200, 0);
    expect(chi).toBeGreaterThan(999 - 6 * 45);
    expect(chi).toBeLessThan(999 + 6 * 45);
  });

  it("picks from a table that is nearly empty, and nothing from an empty one", () => {
    const model = new Model(12);
    const random = new Prng(5);
    expect(model.table.random(random)).toBe(0);
    model.set("only", 3);
    expect(intValue(model.arena, model.table.random(random))).toBe(3);
  });

  it("shares one lens between many tables", () => {
    const arena = new Arena(countingSource());
    const hash = new KeyedHash(1, 2);
    const roots = Array.from({ length: 50 }, () => createTable(arena));
    const lens = new Table(arena, hash, roots[0]);
    const key = new Uint8Array(2);
    for (let id = 0; id < 50 * 40; id++) {
      lens.attach(roots[id % 50]);
      key[0] = id;
      key[1] = id >> 8;
      expect(lens.find(key, 0, 2)).toBe(0);
      lens.insert(createEntry(arena, TYPE_STRING, ENCODING_INT, key, 0, 2, 0, false, 0));
    }
    const batch = new HandleList();
    for (const root of roots) {
      lens.attach(root);
      lens.check();
      expect(lens.count).toBe(40);
      while (lens.drain(batch));
    }
    for (let index = 0; index < batch.length; index++) freeEntry(arena, batch.items[index]);
    expect(arena.usedBytes).toBe(0);
  });

  it("comes apart a segment at a time", () => {
    const model = new Model(13);
    for (let id = 0; id < 50_000; id++) model.set(`key:${id}`, id);
    const batch = new HandleList();
    let calls = 0;
    let more = true;
    let emitted = 0;
    while (more) {
      batch.clear();
      more = model.table.drain(batch);
      expect(batch.length).toBeLessThanOrEqual(768);
      for (let index = 0; index < batch.length; index++) freeEntry(model.arena, batch.items[index]);
      emitted += batch.length;
      calls++;
    }
    expect(emitted).toBe(50_000);
    expect(calls).toBeGreaterThan(60);
    expect(model.arena.usedBytes).toBe(0);
  });
});

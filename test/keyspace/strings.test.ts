/** Strings of all lengths through all changes, beside plain bytes. */
import { describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { RandomWork } from "./random-strings.ts";
import { EXPIRY_NONE, StringModel } from "./string-model.ts";

const MIB = 1024 * 1024;

describe("strings in the keyspace", () => {
  test.each([1, 2, 3, 4])("equal plain bytes after any work, and leave nothing behind (seed %i)", (seed) => {
    const model = new StringModel(seed);
    const work = new RandomWork(model, new Prng(seed, 2), 40, 100_000);
    for (let step = 0; step < 3000; step++) work.step();
    model.checkAll();
    model.checkNothingIsLeft();
  });

  test.each([11, 12])("so do a few that become big (seed %i)", (seed) => {
    const model = new StringModel(seed);
    const work = new RandomWork(model, new Prng(seed, 2), 6, 6 * MIB);
    for (let step = 0; step < 500; step++) work.step();
    model.checkAll();
    model.checkNothingIsLeft();
  });

  test("grow by small steps through every storage", () => {
    const model = new StringModel(5);
    const piece = new Uint8Array(19_997).map((_, index) => index);
    for (let length = 0; length < 3 * MIB; length += piece.length) {
      model.append(0, "k", piece, false);
      model.checkKey(0, "k");
    }
    model.checkNothingIsLeft();
  });

  test("bytes appended one by one move the value some thirty times", () => {
    const model = new StringModel(6);
    const { keyspace } = model;
    const key = new Uint8Array(Buffer.from("counter"));
    const byte = Uint8Array.of(120);
    let moves = 0;
    let last = 0;
    for (let count = 0; count < 300_000; count++) {
      const handle = keyspace.openWrite(keyspace.databases[0], key, 0, key.length);
      handle.append(byte, 0, 1, false);
      const bytes = keyspace.databases[0].entryBytes;
      if (bytes !== last) moves++;
      last = bytes;
      handle.close(null, 1);
    }
    expect(moves).toBeLessThan(35);
    model.checkNothingIsLeft();
  });

  test("a gap is zeros wherever the value stands", () => {
    const model = new StringModel(9);
    const key = "k".repeat(8000);
    for (const length of [10, 300, 20_000, 24_300, 40_000, 500_000]) {
      // Memory that has been used before.
      model.set(0, "other", new Uint8Array(length).fill(255), EXPIRY_NONE, false);
      model.set(0, key, new Uint8Array(length - 5).fill(254), EXPIRY_NONE, false);
      model.delete(0, "other");
      model.setRange(0, key, length, Uint8Array.of(1), false);
      model.checkKey(0, key);
      model.poke(0, key, [length + 100]);
      model.checkKey(0, key);
      model.delete(0, key);
    }
    model.checkNothingIsLeft();
  });

  test("a value that shrinks gives its room back", () => {
    const model = new StringModel(7);
    model.set(0, "k", new Uint8Array(30_000), EXPIRY_NONE, false);
    const before = model.keyspace.arena.usedBytes;
    model.set(0, "k", new Uint8Array(300), EXPIRY_NONE, false);
    expect(model.keyspace.arena.usedBytes).toBeLessThan(before - 29_000);
    model.checkNothingIsLeft();
  });

  test("a large value is counted out at once and freed in slices", () => {
    const model = new StringModel(8);
    const { keyspace } = model;
    const used = keyspace.usedBytes;
    model.set(0, "k", new Uint8Array(8 * MIB), EXPIRY_NONE, true);
    model.setRange(0, "k", 20 * MIB, Uint8Array.of(1), false);
    for (let at = 8; at < 20; at++) model.setRange(0, "k", at * MIB, new Uint8Array(MIB), false);
    model.delete(0, "k");
    expect(keyspace.usedBytes).toBe(used);
    expect(keyspace.lazyFree.pendingEntries).toBe(1);
    expect(keyspace.lazyFree.pendingBytes).toBeGreaterThan(10 * MIB);
    let steps = 0;
    while (keyspace.lazyFree.step()) steps++;
    expect(steps).toBeGreaterThan(1);
    expect(keyspace.lazyFree.freedEntries).toBe(1);
    model.checkNothingIsLeft();
  });
});

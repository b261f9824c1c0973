/**
 * Snapshots of large collections that change while they are being told: what is written is the dataset as it was, nothing
 * is lost or left behind, and no step is longer than another.
 */
import { describe, expect, test } from "vitest";
import type { Keyspace } from "../../src/keyspace/keyspace.ts";
import { Snapshot, type SnapshotReader } from "../../src/keyspace/snapshot.ts";
import { RdbWriter } from "../../src/persistence/rdb-writer.ts";
import { LocalServer } from "../commands/generic-server.ts";
import { Draw } from "../differential/draw.ts";
import { LargeWrites } from "./large-writes.ts";
import { loadRdb } from "./rdb-copy.ts";

const LIST_LIMITS = [
  [-2, 0],
  [-1, 1],
  [5, 0],
  [16, 2],
];

function server(draw: Draw): LocalServer {
  const local = new LocalServer(2);
  const [size, depth] = draw.pick(LIST_LIMITS);
  local.call("CONFIG", "SET", "list-max-listpack-size", size, "list-compress-depth", depth);
  return local;
}

function writerOf({ server: { keyspace, rdb } }: LocalServer): RdbWriter {
  return new RdbWriter(keyspace, rdb, { redisVersion: "7.2.4", createdSeconds: 0, usedMemoryBytes: 0 });
}

/** The digest of the dataset that a complete RDB holds. */
function digestOf(writer: RdbWriter, nowMs: number): string {
  writer.end();
  while (writer.checksum(Number.POSITIVE_INFINITY));
  writer.complete();
  const copy = new LocalServer(2);
  copy.nowMs = nowMs;
  loadRdb(copy, writer.pieces);
  return String(copy.call("DEBUG", "DIGEST"));
}

function checkNothingIsLeft(local: LocalServer, emptyBytes: number): void {
  const { keyspace } = local.server;
  local.check();
  local.call("FLUSHALL");
  while (keyspace.lazyFree.step());
  expect(keyspace.databases.map(({ entryBytes }) => entryBytes)).toEqual([0, 0]);
  expect(keyspace.lazyFree.pendingBytes).toBe(0);
  expect(keyspace.lazyFree.pendingEntries).toBe(0);
  expect(keyspace.arena.check()).toBe(emptyBytes);
}

describe("a snapshot of large collections", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("is the dataset as it was when it began (seed %i)", (seed) => {
    const draw = new Draw(seed);
    const local = server(draw);
    const { keyspace } = local.server;
    const emptyBytes = keyspace.arena.usedBytes;
    const writes = new LargeWrites(draw, { elements: 700, bytes: 25 });
    for (let round = 0; round < 2; round++) {
      for (const words of writes.fill()) local.call(...words);
      for (let left = 100; left > 0; left--) local.call(...writes.next());
      const digest = local.call("DEBUG", "DIGEST");
      const writer = writerOf(local);
      const snapshot = new Snapshot(keyspace, writer);
      const pace = draw.pick([10, 40, 100]);
      let steps = 0;
      for (; snapshot.step(pace); steps++) {
        for (let left = draw.below(4); left > 0; left--) local.call(...writes.next());
        if (draw.chance(0.5)) keyspace.lazyFree.step();
      }
      local.effects.length = 0;
      expect(steps).toBeGreaterThan(30);
      expect(snapshot.keptBytes).toBe(0);
      expect(digestOf(writer, local.nowMs)).toBe(digest);
      writer.release();
    }
    checkNothingIsLeft(local, emptyBytes);
  });

  test.each([11, 12, 13, 14])("may be given up at any time (seed %i)", (seed) => {
    const draw = new Draw(seed);
    const local = server(draw);
    const { keyspace } = local.server;
    const emptyBytes = keyspace.arena.usedBytes;
    const writes = new LargeWrites(draw, { elements: 700, bytes: 25 });
    for (const words of writes.fill()) local.call(...words);
    for (let round = 0; round < 30; round++) {
      const writer = writerOf(local);
      const snapshot = new Snapshot(keyspace, writer);
      for (let left = draw.below(60); left > 0 && snapshot.step(1 + draw.below(30)); left--) {
        for (let more = draw.below(4); more > 0; more--) local.call(...writes.next());
      }
      if (keyspace.snapshot !== null) expect(snapshot.abandon()).toBe(true);
      expect(keyspace.snapshot).toBe(null);
      writer.release();
      local.effects.length = 0;
      for (let left = draw.below(20); left > 0; left--) local.call(...writes.next());
      while (draw.chance(0.9) && keyspace.lazyFree.step());
    }
    const digest = local.call("DEBUG", "DIGEST");
    const writer = writerOf(local);
    const snapshot = new Snapshot(keyspace, writer);
    while (snapshot.step(100)) local.call(...writes.next());
    expect(digestOf(writer, local.nowMs)).toBe(digest);
    writer.release();
    checkNothingIsLeft(local, emptyBytes);
  });

  test("comes to its end with nobody reading after many were given up", () => {
    const draw = new Draw(21);
    const local = server(draw);
    const { keyspace } = local.server;
    const writes = new LargeWrites(draw, { elements: 400, bytes: 60 });
    for (const words of writes.fill()) local.call(...words);
    for (let round = 0; round < 700; round++) {
      const snapshot = new Snapshot(keyspace, { entry() {}, part() {} });
      snapshot.step(40);
      local.call(...writes.next());
      if (!snapshot.abandon()) while (snapshot.step(200)) local.call(...writes.next());
    }
    const digest = local.call("DEBUG", "DIGEST");
    const writer = writerOf(local);
    const snapshot = new Snapshot(keyspace, writer);
    while (snapshot.step(100));
    expect(digestOf(writer, local.nowMs)).toBe(digest);
  });
});

/** Counts what it is told in a step. */
class Meter implements SnapshotReader {
  parts = 0;
  total = 0;

  entry(): void {
    this.parts++;
  }

  part(): void {
    this.parts++;
    this.total++;
  }
}

const MEMBERS = 60_000;

function fillLarge(local: LocalServer): void {
  for (let at = 0; at < MEMBERS; at += 1000) {
    const names = Array.from({ length: 1000 }, (_, index) => `element:${at + index}`);
    local.call("HSET", "hash", ...names.flatMap((name) => [name, "value"]));
    local.call("SADD", "set", ...names);
    local.call("ZADD", "zset", ...names.flatMap((name, index) => [String(at + index), name]));
    local.call("RPUSH", "list", ...names);
  }
}

const CHANGES: readonly string[][] = [
  ["HSET", "hash", "element:7", "changed"],
  ["HDEL", "hash", "element:59999"],
  ["SREM", "set", "element:7"],
  ["ZADD", "zset", "-1", "element:59999"],
  ["ZINCRBY", "zset", "5", "element:7"],
  ["LPUSH", "list", "new"],
  ["LSET", "list", "30000", "changed"],
  ["RPOP", "list"],
  ["DEL", "hash"],
  ["RENAME", "zset", "other"],
  ["LTRIM", "list", "10", "20"],
];

test("no step and no change is as long as a collection", () => {
  const local = new LocalServer(2);
  local.call("CONFIG", "SET", "list-max-listpack-size", 16);
  fillLarge(local);
  const { keyspace } = local.server;
  const meter = new Meter();
  const snapshot = new Snapshot(keyspace, meter);
  for (const words of CHANGES) {
    expect(local.call(...words)).not.toHaveProperty("error");
    expect(meter.parts).toBe(0);
  }
  for (let isMore = true; isMore; ) {
    isMore = snapshot.step(64);
    // A bucket's worth more at the most.
    expect(meter.parts).toBeLessThanOrEqual(64 + 48);
    meter.parts = 0;
  }
  expect(meter.total).toBe(3 * MEMBERS + Math.ceil(MEMBERS / 16));
});

test("a list that becomes a listpack with what is left of it", () => {
  const local = new LocalServer(2);
  local.call("CONFIG", "SET", "list-max-listpack-size", 16);
  local.call("RPUSH", "list", ...Array.from({ length: 16 * 30 + 3 }, (_, index) => `${index}:${"x".repeat(200)}`));
  const digest = local.call("DEBUG", "DIGEST");
  const writer = writerOf(local);
  const snapshot = new Snapshot(local.server.keyspace, writer);
  local.call("LTRIM", "list", -3, -1);
  expect(local.call("OBJECT", "ENCODING", "list")).toBe("listpack");
  local.call("RPUSH", "list", "more");
  while (snapshot.step(50)) local.call("LPOP", "list");
  expect(digestOf(writer, local.nowMs)).toBe(digest);
});

test("what is kept counts as used, but not as the value's", () => {
  const local = new LocalServer(2);
  fillLarge(local);
  const { keyspace } = local.server;
  const [{ entryBytes }] = keyspace.databases;
  const usedBytes = keyspace.usedBytes;
  const snapshot = new Snapshot(keyspace, new Meter());
  for (let at = 0; at < MEMBERS; at += 2) local.call("HDEL", "hash", `element:${at}`);
  const [half] = keyspace.databases;
  expect(snapshot.keptBytes).toBeGreaterThan(MEMBERS * 12);
  expect(entryBytes - half.entryBytes).toBeGreaterThanOrEqual(snapshot.keptBytes);
  expect(keyspace.usedBytes).toBeLessThan(usedBytes + MEMBERS * 16);
  expect(keyspace.usedBytes).toBeGreaterThan(usedBytes - MEMBERS);
  while (snapshot.step(1000));
  expect(snapshot.keptBytes).toBe(0);
  expect(keyspace.usedBytes).toBeLessThan(usedBytes - MEMBERS * 12);
});

test("writers work for the snapshot when it keeps too much", () => {
  const local = new LocalServer(2);
  for (let index = 0; index < 120; index++) {
    const fields = Array.from({ length: 40 }, (_, at) => [`f${at}`, "v".repeat(20_000)]).flat();
    local.call("HSET", `hash:${index}`, ...fields);
  }
  const { keyspace } = local.server;
  const snapshot = new Snapshot(keyspace, new Meter());
  let most = 0;
  for (let index = 0; index < 120; index++) {
    const fields = Array.from({ length: 40 }, (_, at) => [`f${at}`, "w"]).flat();
    for (let at = 0; at < 40; at++) local.call("HSET", `hash:${index}`, fields[2 * at], "w");
    most = Math.max(most, snapshot.keptBytes);
  }
  expect(most).toBeLessThan(70 * 1024 * 1024);
  while (snapshot.step(100));
  expect(keyspace.snapshot).toBe(null as Keyspace["snapshot"]);
});

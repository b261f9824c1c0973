/**
 * Snapshots of long streams that change while they are being told: what is told is byte for byte what DUMP gave when the
 * snapshot began, nothing is lost or left behind, and no step is longer than another.
 */
import { describe, expect, test, vi } from "vitest";
import type { Parts } from "../../src/keyspace/collection-image.ts";
import type { Keyspace } from "../../src/keyspace/keyspace.ts";
import { Snapshot, type SnapshotReader } from "../../src/keyspace/snapshot.ts";
import type { StreamPartReader } from "../../src/keyspace/stream-parts.ts";
import type { Handle } from "../../src/memory/arena.ts";
import { DumpCodec } from "../../src/persistence/dump.ts";
import { RdbOutput } from "../../src/persistence/rdb-output.ts";
import { RdbValueWriter, rdbCodeOf } from "../../src/persistence/rdb-value-writer.ts";
import { keySpan, Span } from "../../src/structures/entry.ts";
import { HandleList } from "../../src/structures/handle-list.ts";
import { StreamNode } from "../../src/structures/stream-node.ts";
import { IdTree } from "../../src/structures/stream-tree.ts";
import { LocalServer } from "../commands/generic-server.ts";
import { Draw } from "../differential/draw.ts";
import { bytesOf, textOf } from "../keyspace/texts.ts";

const FOOTER_BYTES = 10;
const KEYS = ["a", "b"];
const GROUPS = ["g", "h", "i"];
const CONSUMERS = ["alice", "bob", "carol", ""];
const LONG = "x".repeat(180);

type Dumps = Map<string, string>;

function keyOf({ arena }: Keyspace, entry: Handle): string {
  const span = new Span();
  keySpan(arena, entry, span);
  return textOf(span);
}

function entryOf({ server: { keyspace } }: LocalServer, key: string): Handle {
  const bytes = bytesOf(key);
  return keyspace.lookupEvenExpired(keyspace.databases[0], bytes, 0, bytes.length);
}

function joined(pieces: readonly Uint8Array[]): string {
  return Buffer.concat(pieces).toString("latin1");
}

/** All values, as DUMP gives them. */
function dumpsOf({ server: { keyspace, rdb } }: LocalServer): Dumps {
  const codec = new DumpCodec(keyspace, rdb);
  const dumps: Dumps = new Map();
  for (const database of keyspace.databases) {
    const entries = new HandleList();
    let cursor = 0;
    do cursor = database.table.scan(cursor, entries);
    while (cursor !== 0);
    for (const entry of entries.items.subarray(0, entries.length)) {
      const text = joined(codec.dump(entry)).slice(0, -FOOTER_BYTES);
      dumps.set(`${database.index}:${keyOf(keyspace, entry)}`, text);
    }
  }
  return dumps;
}

/** Collects values as they are told. */
class DumpReader implements SnapshotReader {
  readonly dumps: Dumps = new Map();
  readonly #keyspace: Keyspace;
  readonly #out: RdbOutput;
  readonly #values: RdbValueWriter;
  #key = "";

  constructor({ server: { keyspace, rdb } }: LocalServer) {
    this.#keyspace = keyspace;
    this.#out = new RdbOutput(keyspace.arena, false, rdb);
    this.#values = new RdbValueWriter(keyspace, this.#out);
  }

  entry(databaseIndex: number, entry: Handle, parts: Parts | null): void {
    this.end();
    this.#key = `${databaseIndex}:${keyOf(this.#keyspace, entry)}`;
    expect(this.dumps.has(this.#key)).toBe(false);
    this.#out.byte(rdbCodeOf(this.#keyspace.arena, entry, parts));
    this.#values.begin(entry, parts);
  }

  part(part: Handle): void {
    this.#values.part(part);
  }

  get stream(): StreamPartReader {
    return this.#values.stream;
  }

  get workBytes(): number {
    return this.#out.workBytes;
  }

  end(): void {
    expect(this.#values.isComplete).toBe(true);
    if (this.#key !== "") this.dumps.set(this.#key, joined(this.#out.queue.take()));
  }
}

/** Calls that keep a few streams long, and change all that there is of them. */
class StreamWork {
  readonly #local: LocalServer;
  readonly #draw: Draw;
  #ms = 1000;

  constructor(local: LocalServer, draw: Draw) {
    this.#local = local;
    this.#draw = draw;
  }

  fill(): void {
    for (const key of KEYS) {
      for (let left = 400; left > 0; left--) this.#add(key);
      for (const group of GROUPS.slice(1)) {
        this.#local.call("XGROUP", "CREATE", key, group, 0);
        for (const consumer of CONSUMERS)
          this.#local.call(
            ..."XREADGROUP GROUP".split(" "),
            group,
            consumer,
            ..."COUNT 90 STREAMS".split(" "),
            key,
            ">",
          );
      }
    }
  }

  #add(key: string): void {
    this.#ms += this.#draw.below(3);
    const fields = this.#draw.chance(0.8) ? ["f", LONG] : ["g", `${this.#ms}`, "f", LONG];
    this.#local.call("XADD", key, `${this.#ms}-*`, ...fields);
  }

  #id(): string {
    return `${1000 + this.#draw.below(this.#ms - 999)}-${this.#draw.below(2)}`;
  }

  #ids(): string[] {
    return Array.from({ length: 1 + this.#draw.below(12) }, () => this.#id());
  }

  next(): void {
    const draw = this.#draw;
    const call = (...words: (string | number)[]): unknown => this.#local.call(...words);
    const key = draw.pick(draw.chance(0.9) ? KEYS : ["c"]);
    const [group, consumer] = [draw.pick(GROUPS), draw.pick(CONSUMERS)];
    const kind = draw.below(100);
    if (kind < 30) for (let left = 1 + draw.below(12); left > 0; left--) this.#add(key);
    else if (kind < 36) call("XDEL", key, ...this.#ids());
    else if (kind < 39) call("XTRIM", key, "MINID", draw.pick(["=", "~"]), this.#id());
    else if (kind < 42) call("XTRIM", key, "MAXLEN", draw.pick(["=", "~"]), 250 + draw.below(200));
    else if (kind < 45) call("XGROUP", "CREATE", key, group, draw.pick(["0", "$", this.#id()]));
    else if (kind < 47) call("XGROUP", "DESTROY", key, group);
    else if (kind < 49) call("XGROUP", "SETID", key, group, draw.pick(["0", this.#id()]));
    else if (kind < 53) call("XGROUP", "DELCONSUMER", key, group, consumer);
    else if (kind < 54) call("XGROUP", "CREATECONSUMER", key, group, consumer);
    else if (kind < 70) call("XREADGROUP", "GROUP", group, consumer, "COUNT", 1 + draw.below(150), "STREAMS", key, ">");
    else if (kind < 72) call("XREADGROUP", "GROUP", group, consumer, "COUNT", 20, "STREAMS", key, this.#id());
    else if (kind < 80) call("XACK", key, group, ...this.#ids(), ...this.#ids());
    else if (kind < 84) call("XCLAIM", key, group, consumer, 0, ...this.#ids(), draw.pick(["FORCE", "JUSTID"]));
    else if (kind < 88) call("XAUTOCLAIM", key, group, consumer, 0, this.#id(), "COUNT", 30);
    else if (kind < 90) call("PEXPIRE", key, 10_000_000 + draw.below(1000));
    else if (kind < 91) call("RENAME", key, draw.pick([...KEYS, "c"]));
    else if (kind < 92) call("COPY", key, draw.pick([...KEYS, "c"]), "REPLACE");
    else if (kind < 93) call("MOVE", key, 1);
    else if (kind === 93) this.#rarely(key);
    this.#local.nowMs += draw.below(2);
  }

  #rarely(key: string): void {
    const call = (...words: (string | number)[]): unknown => this.#local.call(...words);
    const kind = this.#draw.below(8);
    if (kind === 0) call("DEL", key);
    else if (kind === 1) call("SET", key, "x");
    else if (kind === 2) call("FLUSHDB");
    else if (kind === 3) call("SWAPDB", 0, 1);
    else if (kind === 4 && this.#draw.chance(0.5)) call("XGROUP", "CREATE", key, "new", 0, "MKSTREAM");
    else if (kind < 6) {
      // The ids of a stream that was trimmed to nothing may begin again.
      call("XTRIM", key, "MAXLEN", 0);
      call("XSETID", key, "500-0");
      for (let ms = 900; ms < 1100; ms += 1 + this.#draw.below(3)) call("XADD", key, `${ms}-0`, "f", LONG);
    } else this.fill();
  }
}

function checkNothingIsLeft(local: LocalServer, emptyBytes: number): void {
  const { keyspace } = local.server;
  local.check();
  local.call("FLUSHALL");
  while (keyspace.lazyFree.step());
  expect(keyspace.databases.map(({ entryBytes }) => entryBytes)).toEqual([0, 0]);
  expect(keyspace.lazyFree.pendingBytes).toBe(0);
  expect(keyspace.arena.check()).toBe(emptyBytes);
}

describe("a snapshot of long streams", () => {
  test.each([1, 2, 3, 4])("is the dataset as it was when it began (seed %i)", (seed) => {
    const draw = new Draw(seed);
    const local = new LocalServer(2);
    const { keyspace } = local.server;
    const emptyBytes = keyspace.arena.usedBytes;
    const work = new StreamWork(local, draw);
    let changed = 0;
    work.fill();
    for (let round = 0; round < 8; round++) {
      keyspace.structures.streams.gone.removedAtOnceMax = draw.pick([0, 20, 4096]);
      for (let left = 60; left > 0; left--) work.next();
      const expected = dumpsOf(local);
      const reader = new DumpReader(local);
      const snapshot = new Snapshot(keyspace, reader);
      const pace = draw.pick([5, 30, 300]);
      while (snapshot.step(1 + draw.below(pace))) {
        for (let left = draw.below(3); left > 0; left--) work.next();
        if (draw.chance(0.2)) keyspace.lazyFree.step();
        if (snapshot.keptBytes > 10_000) changed++;
      }
      reader.end();
      expect(snapshot.keptBytes).toBe(0);
      expect([...reader.dumps.keys()].sort()).toEqual([...expected.keys()].sort());
      for (const [key, dump] of expected) expect(reader.dumps.get(key) === dump, key).toBe(true);
      local.effects.length = 0;
      local.check();
    }
    expect(changed).toBeGreaterThan(5);
    checkNothingIsLeft(local, emptyBytes);
  });

  test.each([11, 12])("may be given up at any time (seed %i)", (seed) => {
    const draw = new Draw(seed);
    const local = new LocalServer(2);
    const { keyspace } = local.server;
    const emptyBytes = keyspace.arena.usedBytes;
    keyspace.structures.streams.gone.removedAtOnceMax = 0;
    const work = new StreamWork(local, draw);
    work.fill();
    for (let round = 0; round < 60; round++) {
      const snapshot = new Snapshot(keyspace, new DumpReader(local));
      for (let left = draw.below(40); left > 0 && snapshot.step(1 + draw.below(100)); left--) work.next();
      if (keyspace.snapshot !== null) expect(snapshot.abandon()).toBe(true);
      for (let left = draw.below(20); left > 0; left--) work.next();
      while (draw.chance(0.9) && keyspace.lazyFree.step());
      local.effects.length = 0;
    }
    checkNothingIsLeft(local, emptyBytes);
  });
});

/** Counts what it is told in a step. */
class Meter implements SnapshotReader, StreamPartReader {
  readonly stream: StreamPartReader = this;
  told = 0;
  total = 0;

  #tell(): void {
    this.told++;
    this.total++;
  }

  entry(): void {
    this.#tell();
  }

  part(): void {
    this.#tell();
  }

  node(): void {
    this.#tell();
  }

  facts(): void {}

  group(): void {
    this.#tell();
  }

  pending(): void {
    this.#tell();
  }

  consumers(): void {}

  consumer(): void {
    this.#tell();
  }

  consumerId(): void {
    this.#tell();
  }

  end(): void {}
}

const ENTRIES = 12_000;
const NODES = ENTRIES / 100;

/** A stream of many entries, all of which are pending for one of two consumers. */
function longStream(): LocalServer {
  const local = new LocalServer(2);
  const call = (line: string): unknown => local.call(...line.split(" "));
  for (let ms = 1; ms <= ENTRIES; ms++) call(`XADD s ${ms} f v`);
  call("XGROUP CREATE s g 0");
  for (const consumer of ["one", "two"]) call(`XREADGROUP GROUP g ${consumer} COUNT ${ENTRIES / 2} STREAMS s >`);
  return local;
}

const CHANGES = [
  "XADD s * f v",
  "XDEL s 1 6000 12000",
  "XACK s g 7 5000 7000",
  "XCLAIM s g two 0 1000 1001",
  "XGROUP DELCONSUMER s g one",
  "XREADGROUP GROUP g three COUNT 10 STREAMS s >",
  "XGROUP CREATE s h 0",
  "XGROUP DESTROY s g",
  "XTRIM s MAXLEN 100",
  "RENAME s t",
  "DEL t",
];

test("no step and no change is as long as a stream", () => {
  const local = longStream();
  const { keyspace } = local.server;
  const emptyBytes = new LocalServer(2).server.keyspace.arena.usedBytes;
  const meter = new Meter();
  const snapshot = new Snapshot(keyspace, meter);
  const duplicated = vi.spyOn(StreamNode.prototype, "duplicate");
  const inserted = vi.spyOn(IdTree.prototype, "insert");
  for (const line of CHANGES) {
    expect(local.call(...line.split(" "))).not.toHaveProperty("error");
    // Nodes that a trim takes out are put aside, one by one; no pending list is gone through.
    expect([line, inserted.mock.calls.length <= NODES + 20]).toEqual([line, true]);
    expect(meter.told).toBe(0);
    inserted.mockClear();
  }
  expect(duplicated.mock.calls.length).toBeLessThan(8);
  duplicated.mockRestore();
  inserted.mockRestore();
  for (let isMore = true; isMore; ) {
    isMore = snapshot.step(64);
    expect(meter.told).toBeLessThanOrEqual(64);
    meter.told = 0;
  }
  // The key, its nodes, a group and two consumers, and what is pending twice.
  expect(meter.total).toBe(1 + NODES + 1 + 2 + 2 * ENTRIES);
  checkNothingIsLeft(local, emptyBytes);
});

test.each([0, 30, 4000])("ids may begin again below what was there (after %i steps)", (steps) => {
  const local = longStream();
  const { keyspace } = local.server;
  const expected = dumpsOf(local);
  const reader = new DumpReader(local);
  const snapshot = new Snapshot(keyspace, reader);
  if (steps > 0) snapshot.step(steps);
  local.call("XTRIM", "s", "MAXLEN", 0);
  expect(local.call("XSETID", "s", "50-0")).toBe("OK");
  for (let ms = 51; ms < 300; ms++) local.call("XADD", "s", `${ms}-0`, "f", "other");
  expect(local.call("XREADGROUP", "GROUP", "g", "one", "STREAMS", "s", ">")).toBe(null);
  local.call("XGROUP", "SETID", "s", "g", 0);
  local.call("XREADGROUP", "GROUP", "g", "two", "STREAMS", "s", ">");
  while (snapshot.step(100)) local.call("XTRIM", "s", "MAXLEN", local.call("XLEN", "s") as number);
  reader.end();
  expect(reader.dumps.get("0:s") === expected.get("0:s")).toBe(true);
});

test("what was pending for a consumer that was gone before is not told, whoever takes it over", () => {
  const local = longStream();
  const { keyspace } = local.server;
  local.call("XGROUP", "DELCONSUMER", "s", "g", "one");
  expect(keyspace.structures.streams.open(entryOf(local, "s")).gone.isAny).toBe(true);
  const expected = dumpsOf(local);
  const reader = new DumpReader(local);
  const snapshot = new Snapshot(keyspace, reader);
  expect(local.call("XCLAIM", "s", "g", "two", 0, 5, 6, 7, 5000, "FORCE", "JUSTID")).toHaveLength(4);
  local.call("XGROUP", "DELCONSUMER", "s", "g", "two");
  expect(local.call("XCLAIM", "s", "g", "three", 0, 6, 7, 8, 11_000, "FORCE", "JUSTID")).toHaveLength(4);
  for (let ms = 100; snapshot.step(50); ms += 10) {
    local.call("XCLAIM", "s", "g", "three", 0, ms, 6000 + ms, "FORCE", "JUSTID");
    keyspace.lazyFree.step();
  }
  reader.end();
  expect(reader.dumps.get("0:s") === expected.get("0:s")).toBe(true);
  while (keyspace.lazyFree.step());
  expect(keyspace.structures.streams.open(entryOf(local, "s")).gone.isAny).toBe(false);
  local.check();
});

test("what is kept counts as used, but not as the value's", () => {
  const local = longStream();
  const { keyspace } = local.server;
  const [{ entryBytes }] = keyspace.databases;
  const usedBytes = keyspace.usedBytes;
  const snapshot = new Snapshot(keyspace, new Meter());
  for (let ms = 1; ms <= ENTRIES; ms += 2) local.call("XACK", "s", "g", ms);
  local.call("XTRIM", "s", "MAXLEN", ENTRIES / 2);
  const [half] = keyspace.databases;
  expect(snapshot.keptBytes).toBeGreaterThan((ENTRIES / 2) * 50);
  expect(half.entryBytes).toBeLessThan(entryBytes);
  expect(keyspace.usedBytes).toBeGreaterThan(usedBytes);
  expect(keyspace.usedBytes - usedBytes).toBeLessThan(snapshot.keptBytes);
  while (snapshot.step(1000));
  expect(snapshot.keptBytes).toBe(0);
  expect(keyspace.usedBytes).toBeLessThan(usedBytes);
});

test("writers work for the snapshot when it keeps too much", () => {
  const local = new LocalServer(2);
  const long = "v".repeat(30_000);
  for (let ms = 1; ms <= 3500; ms++) local.call("XADD", "s", ms, "f", long);
  const { keyspace } = local.server;
  const snapshot = new Snapshot(keyspace, new Meter());
  let most = 0;
  for (let ms = 1; ms <= 3500; ms++) {
    local.call("XDEL", "s", ms);
    most = Math.max(most, snapshot.keptBytes);
  }
  expect(most).toBeGreaterThan(60 * 1024 * 1024);
  expect(most).toBeLessThan(66 * 1024 * 1024);
  while (snapshot.step(100));
  expect(snapshot.keptBytes).toBe(0);
});

import { expect, test } from "vitest";
import { V8Memory } from "../../runtime/shared/v8_memory.ts";
import { KeyedHash } from "../../src/base/keyed-hash.ts";
import { Arena, type Handle } from "../../src/memory/arena.ts";
import { createEntry, ENCODING_INT, freeEntry, TYPE_STRING } from "../../src/structures/entry.ts";
import { HandleList } from "../../src/structures/handle-list.ts";
import { createTable, Table } from "../../src/structures/table.ts";

const MEBIBYTE = 1024 * 1024;
const KEYS = 60_000;

const memory = new V8Memory(() => {
  throw new Error("the collector alone is to do it");
});

test("a table that was flushed or drained holds no segment of the arena back from the collector", async () => {
  const segments: WeakRef<ArrayBuffer>[] = [];
  const allocate = (sizeBytes: number): ArrayBuffer => {
    const buffer = new ArrayBuffer(sizeBytes);
    if (sizeBytes > MEBIBYTE) segments.push(new WeakRef(buffer));
    return buffer;
  };
  const arena = new Arena({ allocate, release() {} });
  const hash = new KeyedHash(1, 2);
  const table = new Table(arena, hash, createTable(arena));
  const lens = new Table(arena, hash, 0);
  // Takes up the first segment, and what is left of its pages, so that all of the table but its root is in another.
  const others: Handle[] = [];
  while (arena.segmentCount === 1) others.push(arena.allocate(8192));
  for (let sizeBytes = 16; sizeBytes < 8192; sizeBytes *= 2) {
    for (let bytes = 0; bytes <= 65_536; bytes += sizeBytes) others.push(arena.allocate(sizeBytes));
  }
  fill(arena, table);
  for (const other of others) arena.free(other);
  expect(segments.map((segment) => segment.deref()?.byteLength)).toEqual([64 * MEBIBYTE]);

  // As FLUSHALL does: the entries of the old table are freed through a lens of their own.
  const flushed = table.root;
  table.attach(createTable(arena));
  lens.attach(flushed);
  const batch = new HandleList();
  while (lens.drain(batch));
  for (let index = 0; index < batch.length; index++) freeEntry(arena, batch.items[index]);
  arena.trim();
  expect(arena.segmentCount).toBe(1);

  // What a job has dereferenced lives until its end.
  await new Promise((resolve) => setImmediate(resolve));
  memory.collect();
  expect(segments.map((segment) => segment.deref() === undefined)).toEqual([true]);
  // The tables live, and are of use.
  expect([table.find(new Uint8Array([1]), 0, 1), lens.count]).toEqual([0, 0]);
});

/** Enough for many table segments, most of them beyond the arena's first segment. */
function fill(arena: Arena, table: Table): void {
  const key = new Uint8Array(32);
  for (let number = 0; number < KEYS; number++) {
    new DataView(key.buffer).setInt32(0, number);
    expect(table.find(key, 0, key.length)).toBe(0);
    table.insert(createEntry(arena, TYPE_STRING, ENCODING_INT, key, 0, key.length, 0, false, 0));
  }
  expect(table.find(key, 0, key.length)).not.toBe(0);
}

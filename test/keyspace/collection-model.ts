/**
 * A keyspace of collections beside a plain map that it must equal, its accounting counted out block by block, and
 * snapshots of both. What a collection is and how it reads is said by each type.
 */
import { expect } from "vitest";
import type { Prng } from "../../src/base/prng.ts";
import { copyKey, moveKey } from "../../src/keyspace/key-moves.ts";
import type { Keyspace } from "../../src/keyspace/keyspace.ts";
import { type Drawable, drawDistinct } from "../../src/keyspace/random-draw.ts";
import { Snapshot } from "../../src/keyspace/snapshot.ts";
import type { WriteHandle } from "../../src/keyspace/write-handle.ts";
import type { Handle } from "../../src/memory/arena.ts";
import { tableOf } from "../../src/structures/collection-root.ts";
import {
  ENCODING_RAW_OUTSIDE,
  encodingOf,
  entryOwnBytes,
  keySpan,
  outsideHandle,
  Span,
  TYPE_STREAM,
  typeOf,
} from "../../src/structures/entry.ts";
import { HandleList } from "../../src/structures/handle-list.ts";
import { MemberTable } from "../../src/structures/member-table.ts";
import { PartCollector, textsOf } from "./part-collector.ts";
import { seededKeyspace } from "./seeded-keyspace.ts";
import { StreamCollector } from "./stream-collector.ts";
import { bytesOf, textOf } from "./texts.ts";

/** `T`: what a key should hold; never empty. */
export abstract class CollectionModel<T> {
  readonly keyspace: Keyspace;
  readonly plain: Map<string, T> = new Map();
  snapshots = 0;
  /** Bytes of the arena with nothing in it. */
  readonly #emptyBytes: number;
  #snapshot: Snapshot | null = null;
  #image: Map<string, T> = new Map();
  #told: Set<string> = new Set();
  readonly #span = new Span();
  readonly #parts: PartCollector;
  readonly #streamParts: StreamCollector;
  /** What the parts that are being told must make. */
  #expected: readonly string[] = [];

  constructor(seed: number) {
    this.keyspace = seededKeyspace(seed, 1);
    this.#parts = new PartCollector(this.keyspace.arena);
    this.#streamParts = new StreamCollector(this.keyspace.arena, (texts) => expect(texts).toEqual(this.#expected));
    this.#emptyBytes = this.keyspace.arena.usedBytes;
    this.keyspace.setNow(1_000_000);
  }

  /** A copy that later changes do not reach. */
  protected abstract clone(value: T): T;
  /** Expects the entry to hold this. */
  protected abstract expectSame(entry: Handle, value: T): void;
  /** What the value takes outside of its entry, counted out. */
  protected abstract countOutside(entry: Handle): number;

  /** What the parts of the value are to be told as. */
  protected textsOf(value: T): string[] {
    return textsOf(value);
  }

  // ---- changes, each in both worlds -----------------------------------------------------------------------------

  change<R>(key: string, change: (handle: WriteHandle) => R): R {
    const bytes = bytesOf(key);
    const handle = this.keyspace.openWrite(this.keyspace.databases[0], bytes, 0, bytes.length);
    const result = change(handle);
    handle.close(null, 1);
    return result;
  }

  delete(key: string): void {
    if (!this.plain.delete(key)) return;
    this.change(key, (handle) => handle.unlink());
  }

  /** RENAME or COPY. */
  transfer(key: string, toKey: string, copies: boolean): void {
    const value = this.plain.get(key);
    if (value === undefined || key === toKey) return;
    this.change(key, (from) =>
      this.change(toKey, (to) => {
        if (copies) copyKey(this.keyspace, from.entry, to);
        else moveKey(this.keyspace, from, to);
      }),
    );
    this.plain.set(toKey, copies ? this.clone(value) : value);
    if (!copies) this.plain.delete(key);
  }

  /** @param expiry ms since the epoch, or EXPIRY_NONE. */
  expire(key: string, expiry: number): void {
    if (this.plain.has(key)) this.change(key, (handle) => handle.setExpiry(expiry));
  }

  /** Any work, compared now and then; in the end nothing may be left behind. */
  play(steps: number, stepsPerCheck: number, step: (count: number) => void): void {
    for (let count = 0; count < steps; count++) {
      step(count);
      if (count % stepsPerCheck === 0) this.checkAll();
    }
    this.endSnapshot();
    expect(this.snapshots).toBeGreaterThan(1);
    this.checkAll();
    this.checkNothingIsLeft();
  }

  // ---- comparing ------------------------------------------------------------------------------------------------

  peek(key: string): Handle {
    const bytes = bytesOf(key);
    return this.keyspace.peek(this.keyspace.databases[0], bytes, 0, bytes.length);
  }

  checkKey(key: string): void {
    const entry = this.peek(key);
    const value = this.plain.get(key);
    expect(entry !== 0).toBe(value !== undefined);
    if (value !== undefined) this.expectSame(entry, value);
  }

  /** Compares everything, and what the database says it takes with what it takes. */
  checkAll(): void {
    const { keyspace } = this;
    const { arena } = keyspace;
    const [database] = keyspace.databases;
    expect(database.count).toBe(this.plain.size);
    for (const key of this.plain.keys()) this.checkKey(key);
    let bytes = 0;
    for (const entry of allOf(database.table)) bytes += entryOwnBytes(arena, entry) + this.countOutside(entry);
    expect(database.entryBytes).toBe(bytes);
    database.table.check();
    arena.check();
  }

  /** Deletes everything and lets it be freed: nothing may be left, in truth or in the books. */
  checkNothingIsLeft(): void {
    const { keyspace } = this;
    keyspace.flush(keyspace.databases[0]);
    while (keyspace.lazyFree.step());
    expect(keyspace.arena.check()).toBe(this.#emptyBytes);
    expect(keyspace.lazyFree.pendingBytes).toBe(0);
    expect(keyspace.lazyFree.pendingEntries).toBe(0);
    expect(keyspace.databases[0].entryBytes).toBe(0);
  }

  /** Deletes the only key, a large one: it is counted out at once, and freed in more slices than these. */
  checkFreedInSlices(key: string, slicesBelow: number): void {
    const { keyspace } = this;
    this.checkAll();
    this.delete(key);
    expect(keyspace.databases[0].entryBytes).toBe(0);
    expect(keyspace.usedBytes).toBeLessThan(10_000);
    let slices = 0;
    while (keyspace.lazyFree.step()) slices++;
    expect(slices).toBeGreaterThan(slicesBelow);
    this.checkNothingIsLeft();
  }

  protected membersOf(root: Handle): MemberTable {
    const { arena, hash } = this.keyspace;
    return new MemberTable(arena, hash).attach(tableOf(arena, root));
  }

  /** What a root takes with its table and all members, but without an index. */
  protected countMembers(root: Handle): number {
    const { arena } = this.keyspace;
    const table = this.membersOf(root);
    table.check();
    let bytes = arena.sizeOf(root) + table.blockBytes;
    for (const member of allOf(table)) {
      bytes += entryOwnBytes(arena, member);
      if (encodingOf(arena, member) === ENCODING_RAW_OUTSIDE) bytes += arena.sizeOf(outsideHandle(arena, member));
    }
    return bytes;
  }

  // ---- snapshots ------------------------------------------------------------------------------------------------

  startSnapshot(): void {
    if (this.#snapshot !== null) return;
    this.#image = new Map([...this.plain].map(([key, value]) => [key, this.clone(value)]));
    this.#told = new Set();
    this.#snapshot = new Snapshot(this.keyspace, {
      entry: (_index, entry, parts) => {
        expect([this.#parts.left, this.#streamParts.isOpen]).toEqual([0, false]);
        keySpan(this.keyspace.arena, entry, this.#span);
        const key = textOf(this.#span);
        const value = this.#image.get(key);
        if (value === undefined) throw new Error(`the snapshot tells of ${key}, which came later`);
        expect(this.#told.has(key)).toBe(false);
        this.#told.add(key);
        if (parts === null) this.expectSame(entry, value);
        else this.#expected = this.textsOf(value);
        if (typeOf(this.keyspace.arena, entry) === TYPE_STREAM) this.#streamParts.begin(parts?.count ?? 0);
        else this.#parts.begin(entry, parts?.count ?? 0);
      },
      part: (part) => {
        this.#parts.part(part);
        if (this.#parts.left === 0) expect(this.#parts.end()).toEqual(this.#expected);
      },
      stream: this.#streamParts,
    });
  }

  stepSnapshot(limit: number): void {
    if (this.#snapshot === null || this.#snapshot.step(limit)) return;
    expect([...this.#image.keys()].filter((key) => !this.#told.has(key))).toEqual([]);
    this.#snapshot = null;
    this.snapshots++;
  }

  endSnapshot(): void {
    while (this.#snapshot !== null) this.stepSnapshot(100);
  }
}

/** Handles of all that is in a table. */
function allOf(table: { scan(cursor: number, into: HandleList): number }): Int32Array {
  const all = new HandleList();
  for (let cursor = table.scan(0, all); cursor !== 0; ) cursor = table.scan(cursor, all);
  return all.items.subarray(0, all.length);
}

/** A collection that has pages. */
interface Scannable {
  scan(cursor: number, count: number, into: HandleList): number;
}

/** What a scan finds, page by page. */
export function scanned(from: Scannable, count: number, nameOf: (reference: Handle) => string): Set<string> {
  const seen = new Set<string>();
  let cursor = 0;
  do {
    const page = new HandleList();
    cursor = from.scan(cursor, count, page);
    for (const reference of page.items.subarray(0, page.length)) seen.add(nameOf(reference));
  } while (cursor !== 0);
  return seen;
}

/** Expects that `drawn` different ones of `count` elements are drawn, each as likely as the others. */
export function expectUniform(
  from: Drawable,
  count: number,
  drawn: number,
  random: Prng,
  nameOf: (reference: Handle) => string,
): void {
  const times = new Map<string, number>();
  const rounds = Math.ceil((count * 200) / drawn);
  for (let round = 0; round < rounds; round++) {
    const into = new HandleList();
    drawDistinct(from, drawn, random, into);
    const different = new Set(into.items.subarray(0, drawn));
    expect(different.size).toBe(drawn);
    for (const reference of different) {
      const name = nameOf(reference);
      times.set(name, (times.get(name) ?? 0) + 1);
    }
  }
  expect(times.size).toBe(count);
  // 200 on average, a deviation of less than 15: seven of them never happen.
  for (const seen of times.values()) expect(Math.abs(seen - (rounds * drawn) / count)).toBeLessThan(100);
}

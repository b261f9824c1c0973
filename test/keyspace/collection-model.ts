/**
 * A keyspace of collections beside a plain map that it must equal, its accounting counted out block by block, and
 * snapshots of both. What a collection is and how it reads is said by each type.
 */
import { expect } from "vitest";
import { KeyedHash } from "../../src/base/keyed-hash.ts";
import { Prng } from "../../src/base/prng.ts";
import { copyKey, moveKey } from "../../src/keyspace/key-moves.ts";
import { type KeyObserver, Keyspace } from "../../src/keyspace/keyspace.ts";
import { Snapshot } from "../../src/keyspace/snapshot.ts";
import type { WriteHandle } from "../../src/keyspace/write-handle.ts";
import type { Handle } from "../../src/memory/arena.ts";
import { entryOwnBytes, keySpan, Span } from "../../src/structures/entry.ts";
import { HandleList } from "../../src/structures/handle-list.ts";
import { countingSource } from "../memory/counting-source.ts";
import { PartCollector, textsOf } from "./part-collector.ts";

const NOBODY: KeyObserver = {
  keyEvent() {},
  keyExpired() {},
  fieldsExpired() {},
  keyMissed() {},
  databaseFlushed() {},
  databasesExchanged() {},
};

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
  /** What the parts that are being told must make. */
  #expected: readonly string[] = [];

  constructor(seed: number) {
    this.keyspace = new Keyspace(countingSource(), new KeyedHash(seed, 7), new Prng(seed, 1), 1, NOBODY);
    this.#parts = new PartCollector(this.keyspace.arena);
    this.#emptyBytes = this.keyspace.arena.usedBytes;
    this.keyspace.setNow(1_000_000);
  }

  /** A copy that later changes do not reach. */
  protected abstract clone(value: T): T;
  /** Expects the entry to hold this. */
  protected abstract expectSame(entry: Handle, value: T): void;
  /** What the value takes outside of its entry, counted out. */
  protected abstract countOutside(entry: Handle): number;

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
    const entries = new HandleList();
    for (let cursor = database.table.scan(0, entries); cursor !== 0; ) cursor = database.table.scan(cursor, entries);
    let bytes = 0;
    for (const entry of entries.items.subarray(0, entries.length)) {
      bytes += entryOwnBytes(arena, entry) + this.countOutside(entry);
    }
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

  // ---- snapshots ------------------------------------------------------------------------------------------------

  startSnapshot(): void {
    if (this.#snapshot !== null) return;
    this.#image = new Map([...this.plain].map(([key, value]) => [key, this.clone(value)]));
    this.#told = new Set();
    this.#snapshot = new Snapshot(this.keyspace, {
      entry: (_index, entry, parts) => {
        expect(this.#parts.left).toBe(0);
        keySpan(this.keyspace.arena, entry, this.#span);
        const key = textOf(this.#span);
        const value = this.#image.get(key);
        if (value === undefined) throw new Error(`the snapshot tells of ${key}, which came later`);
        expect(this.#told.has(key)).toBe(false);
        this.#told.add(key);
        this.#parts.begin(entry, parts?.count ?? 0);
        if (parts === null) this.expectSame(entry, value);
        else this.#expected = textsOf(value);
      },
      part: (part) => {
        this.#parts.part(part);
        if (this.#parts.left === 0) expect(this.#parts.end()).toEqual(this.#expected);
      },
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

export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

export function textOf({ bytes, start, length }: Span): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString("latin1");
}

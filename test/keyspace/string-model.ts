/** A keyspace with strings beside plain maps that it must equal, and the snapshots of both. */
import { expect } from "vitest";
import { copyKey, moveKey } from "../../src/keyspace/key-moves.ts";
import type { Keyspace } from "../../src/keyspace/keyspace.ts";
import { Snapshot } from "../../src/keyspace/snapshot.ts";
import { EXPIRY_KEEP, EXPIRY_NONE, type WriteHandle } from "../../src/keyspace/write-handle.ts";
import type { Handle } from "../../src/memory/arena.ts";
import { expiresAtMs, FLAG_EXPIRES, hasFlag, keySpan, Span } from "../../src/structures/entry.ts";
import { Run, StringReader, stringLength } from "../../src/structures/string-reader.ts";
import { seededKeyspace } from "./seeded-keyspace.ts";
import { bytesOf, textOf } from "./texts.ts";

/** What a key should hold. Never changed, only replaced, so that a copy of the map is an image. */
export interface Expected {
  readonly bytes: Uint8Array;
  readonly expiresAtMs: number;
}

type Image = ReadonlyMap<string, Expected>;

const START_MS = 1_000_000;

export class StringModel {
  readonly keyspace: Keyspace;
  readonly plain: Map<string, Expected>[] = [new Map(), new Map()];
  /** Bytes of the arena with nothing in it. */
  readonly emptyBytes: number;
  nowMs = START_MS;
  /** The running snapshot, and what it must have told when it ends. */
  snapshot: Snapshot | null = null;
  snapshots = 0;
  readonly #held: { block: Handle; view: Uint8Array; saw: Uint8Array }[] = [];
  #images: Image[] = [];
  #told: Set<string>[] = [];
  readonly #reader: StringReader;
  readonly #span = new Span();

  constructor(seed: number) {
    this.keyspace = seededKeyspace(seed, 2);
    this.#reader = new StringReader(this.keyspace.arena);
    this.emptyBytes = this.keyspace.arena.usedBytes;
    this.keyspace.setNow(this.nowMs);
  }

  // ---- changes, each in both worlds -----------------------------------------------------------------------------

  set(index: number, key: string, bytes: Uint8Array, expiry: number, adopted: boolean): void {
    const old = this.#expected(index, key);
    const kept = expiry === EXPIRY_KEEP ? (old?.expiresAtMs ?? 0) : expiry;
    const plain = bytes.slice();
    this.#change(index, key, (handle) => handle.setString(bytes, 0, bytes.length, expiry, adopted));
    this.plain[index].set(key, { bytes: plain, expiresAtMs: kept });
  }

  append(index: number, key: string, bytes: Uint8Array, adopted: boolean): void {
    this.setRange(index, key, null, bytes, adopted);
  }

  /** @param position null for the end. */
  setRange(index: number, key: string, position: number | null, bytes: Uint8Array, adopted: boolean): void {
    const old = this.#expected(index, key) ?? { bytes: new Uint8Array(0), expiresAtMs: 0 };
    const at = position ?? old.bytes.length;
    const plain = new Uint8Array(Math.max(old.bytes.length, at + bytes.length));
    plain.set(old.bytes);
    plain.set(bytes, at);
    const length = this.#change(index, key, (handle) =>
      position === null
        ? handle.append(bytes, 0, bytes.length, adopted)
        : handle.setRange(position, bytes, 0, bytes.length, adopted),
    );
    expect(length).toBe(plain.length);
    this.plain[index].set(key, { ...old, bytes: plain });
  }

  /** As SETBIT works: makes room, then changes single bytes. */
  poke(index: number, key: string, positions: readonly number[]): void {
    const old = this.#expected(index, key) ?? { bytes: new Uint8Array(0), expiresAtMs: 0 };
    const length = Math.max(0, ...positions.map((position) => position + 1));
    const plain = new Uint8Array(Math.max(old.bytes.length, length));
    plain.set(old.bytes);
    for (const position of positions) plain[position] ^= 1;
    this.#change(index, key, (handle) => {
      handle.extendString(length);
      const run = new Run();
      for (const position of positions) {
        handle.findWritable(position, position + 1, run);
        expect(run.length).toBe(1);
        run.bytes[run.start] ^= 1;
      }
    });
    this.plain[index].set(key, { ...old, bytes: plain });
  }

  expire(index: number, key: string, expiry: number): void {
    const old = this.#expected(index, key);
    if (old === undefined) return;
    this.#change(index, key, (handle) => handle.setExpiry(expiry));
    this.plain[index].set(key, { ...old, expiresAtMs: expiry });
  }

  delete(index: number, key: string): void {
    if (this.#expected(index, key) === undefined) return;
    this.#change(index, key, (handle) => handle.unlink());
    this.plain[index].delete(key);
  }

  /** RENAME, MOVE or COPY. */
  transfer(index: number, key: string, toIndex: number, toKey: string, copies: boolean): void {
    if (index === toIndex && key === toKey) return;
    const old = this.#expected(index, key);
    if (old === undefined) return;
    this.#change(index, key, (from) =>
      this.#change(toIndex, toKey, (to) => {
        if (copies) copyKey(this.keyspace, from.entry, to);
        else moveKey(this.keyspace, from, to);
      }),
    );
    this.plain[toIndex].set(toKey, old);
    if (!copies) this.plain[index].delete(key);
  }

  flush(index: number): void {
    expect(this.keyspace.flush(this.keyspace.databases[index])).toBe(this.plain[index].size);
    this.plain[index].clear();
  }

  /** SWAPDB 0 1. */
  exchange(): void {
    this.keyspace.exchange(0, 1);
    this.plain.reverse();
  }

  /** Lets time pass: what expires goes when it is looked at, or by itself. */
  pass(ms: number): void {
    this.nowMs += ms;
    this.keyspace.setNow(this.nowMs);
    for (const database of this.keyspace.databases) this.keyspace.expireDue(database, 1_000_000);
    for (const [index, plain] of this.plain.entries()) {
      for (const key of [...plain.keys()]) this.#expected(index, key);
    }
  }

  #change<T>(index: number, key: string, change: (handle: WriteHandle) => T): T {
    const bytes = bytesOf(key);
    const handle = this.keyspace.openWrite(this.keyspace.databases[index], bytes, 0, bytes.length);
    const result = change(handle);
    handle.close(null, 1);
    return result;
  }

  #expected(index: number, key: string): Expected | undefined {
    const found = this.plain[index].get(key);
    if (found === undefined || found.expiresAtMs === 0 || found.expiresAtMs >= this.nowMs) return found;
    this.plain[index].delete(key);
    return undefined;
  }

  // ---- replies on their way -------------------------------------------------------------------------------------

  /** Pins what a reply would point into, and remembers what it says. */
  hold(index: number, key: string): void {
    const bytes = bytesOf(key);
    const { arena } = this.keyspace;
    const entry = this.keyspace.peek(this.keyspace.databases[index], bytes, 0, bytes.length);
    if (entry === 0) return;
    this.#reader.open(entry);
    for (let at = 0; at < this.#reader.length; ) {
      const run = new Run();
      this.#reader.find(at, this.#reader.length, run);
      at += run.length;
      if (run.block >= 0 || !arena.canPin(run.block)) continue;
      arena.pin(run.block);
      const view = run.bytes.subarray(run.start, run.start + run.length);
      this.#held.push({ block: run.block, view, saw: view.slice() });
    }
  }

  /** The oldest of them have been sent: they must still say the same. */
  send(count: number): void {
    for (const { block, view, saw } of this.#held.splice(0, count)) {
      expect(Buffer.compare(view, saw)).toBe(0);
      this.keyspace.arena.unpin(block);
    }
  }

  // ---- comparing ------------------------------------------------------------------------------------------------

  checkKey(index: number, key: string): void {
    const bytes = bytesOf(key);
    const entry = this.keyspace.peek(this.keyspace.databases[index], bytes, 0, bytes.length);
    const expected = this.#expected(index, key);
    expect(entry !== 0).toBe(expected !== undefined);
    if (expected !== undefined) this.#checkEntry(entry, expected);
  }

  checkAll(): void {
    for (const [index, plain] of this.plain.entries()) {
      expect(this.keyspace.databases[index].count).toBe(plain.size);
      for (const key of plain.keys()) this.checkKey(index, key);
      this.keyspace.databases[index].table.check();
    }
    this.keyspace.arena.check();
  }

  #checkEntry(entry: Handle, { bytes, expiresAtMs: whenMs }: Expected): void {
    const { arena } = this.keyspace;
    expect(hasFlag(arena, entry, FLAG_EXPIRES) ? expiresAtMs(arena, entry) : 0).toBe(whenMs);
    expect(stringLength(arena, entry)).toBe(bytes.length);
    this.#reader.open(entry);
    expect(this.#reader.length).toBe(bytes.length);
    const run = new Run();
    for (let at = 0; at < bytes.length; at += run.length) {
      this.#reader.find(at, bytes.length, run);
      const found = run.bytes.subarray(run.start, run.start + run.length);
      if (Buffer.compare(found, bytes.subarray(at, at + run.length)) !== 0)
        throw new Error(`bytes differ from ${at} on`);
    }
  }

  /** Deletes everything and lets it be freed: nothing may be left, in truth or in the books. */
  checkNothingIsLeft(): void {
    const { keyspace } = this;
    this.send(this.#held.length);
    for (const database of keyspace.databases) keyspace.flush(database);
    while (keyspace.lazyFree.step());
    expect(keyspace.arena.check()).toBe(this.emptyBytes);
    expect(keyspace.lazyFree.pendingBytes).toBe(0);
    expect(keyspace.lazyFree.pendingEntries).toBe(0);
    for (const database of keyspace.databases) expect(database.entryBytes).toBe(0);
  }

  // ---- snapshots ------------------------------------------------------------------------------------------------

  startSnapshot(): void {
    this.#images = this.plain.map((plain) => new Map(plain));
    this.#told = this.plain.map(() => new Set());
    this.snapshot = new Snapshot(this.keyspace, {
      entry: (databaseIndex, entry) => {
        keySpan(this.keyspace.arena, entry, this.#span);
        const key = textOf(this.#span);
        const expected = this.#images[databaseIndex].get(key);
        if (expected === undefined) throw new Error(`the snapshot tells of ${databaseIndex}:${key}, which came later`);
        expect(this.#told[databaseIndex].has(key)).toBe(false);
        this.#told[databaseIndex].add(key);
        this.#checkEntry(entry, expected);
      },
      part() {
        throw new Error("strings have no parts");
      },
    });
  }

  /** @returns whether it goes on. */
  stepSnapshot(limit: number): boolean {
    if (this.snapshot === null || this.snapshot.step(limit)) return true;
    for (const [index, image] of this.#images.entries()) {
      expect([...image.keys()].filter((key) => !this.#told[index].has(key))).toEqual([]);
    }
    this.snapshot = null;
    this.snapshots++;
    return false;
  }

  abandonSnapshot(): void {
    if (this.snapshot?.abandon() === true) this.snapshot = null;
  }
}

export { EXPIRY_KEEP, EXPIRY_NONE };

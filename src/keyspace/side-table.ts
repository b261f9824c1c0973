/**
 * A table beside the keyspace: an int for each of some keys, present in the keyspace or not. WATCH, blocked clients,
 * tracking and channels use it. Same table, same arena, same hash as the keys themselves, so that a client that names
 * a million keys costs bytes and no objects.
 */
import type { KeyedHash } from "../base/keyed-hash.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import { createEntry, ENCODING_INT, freeEntry, intLow, setInt, TYPE_STRING } from "../structures/entry.ts";
import type { HandleList } from "../structures/handle-list.ts";
import { createTable, Table } from "../structures/table.ts";

export class SideTable {
  readonly #arena: Arena;
  readonly #table: Table;

  constructor(arena: Arena, hash: KeyedHash) {
    this.#arena = arena;
    this.#table = new Table(arena, hash, createTable(arena));
  }

  get count(): number {
    return this.#table.count;
  }

  /** The key's int, or -1. */
  get(key: Uint8Array, start: number, length: number): number {
    const entry = this.#table.find(key, start, length);
    return entry === 0 ? -1 : intLow(this.#arena, entry);
  }

  /** @param value ≥ 0, an int32. */
  set(key: Uint8Array, start: number, length: number, value: number): void {
    const found = this.#table.find(key, start, length);
    if (found !== 0) {
      setInt(this.#arena, found, 0, value);
      return;
    }
    const entry = createEntry(this.#arena, TYPE_STRING, ENCODING_INT, key, start, length, 0, false, 0);
    setInt(this.#arena, entry, 0, value);
    this.#table.insert(entry);
  }

  delete(key: Uint8Array, start: number, length: number): void {
    const entry = this.#table.find(key, start, length);
    if (entry === 0) return;
    this.#table.removeFound();
    freeEntry(this.#arena, entry);
  }

  /** Emits entries bucket by bucket, as `Table.scan`; `keySpan` gives their keys. */
  scan(cursor: number, into: HandleList): number {
    return this.#table.scan(cursor, into);
  }

  /** The int of an entry that `scan` has emitted. */
  valueOf(entry: Handle): number {
    return intLow(this.#arena, entry);
  }
}

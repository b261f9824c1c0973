/**
 * One logical database: a table of entries, the index of those that expire, and that of hashes of which fields do.
 *
 * In standalone mode a database is one table. Cluster mode will make it an array of tables, one a slot: nothing outside
 * this room may assume a single one, so callers go through `Keyspace`.
 */
import type { KeyedHash } from "../base/keyed-hash.ts";
import type { Arena, BufferSource, Handle } from "../memory/arena.ts";
import { setExpiryPosition } from "../structures/entry.ts";
import { ExpiryIndex, type ExpiryPositions } from "../structures/expiry-index.ts";
import { createTable, Table } from "../structures/table.ts";
import { setFieldsPosition } from "./hash-position.ts";

/** An entry knows its place in the index. */
class EntryPositions implements ExpiryPositions {
  readonly #arena: Arena;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  setPosition(entry: Handle, position: number): void {
    setExpiryPosition(this.#arena, entry, position);
  }
}

/** So does a hash of which fields expire. */
class HashPositions implements ExpiryPositions {
  readonly #arena: Arena;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  setPosition(entry: Handle, position: number): void {
    setFieldsPosition(this.#arena, entry, position);
  }
}

export class Database {
  /** Changed by `Keyspace.exchange` only. */
  index: number;
  readonly table: Table;
  readonly expiry: ExpiryIndex;
  /** Hashes of which fields expire, each with the time of the next one. */
  readonly fieldExpiry: ExpiryIndex;
  /** Bytes of the entries and of what they own, table and index not counted: what a flush takes from used_memory. */
  entryBytes = 0;

  constructor(index: number, arena: Arena, hash: KeyedHash, source: BufferSource) {
    this.index = index;
    this.table = new Table(arena, hash, createTable(arena));
    this.expiry = new ExpiryIndex(new EntryPositions(arena), source);
    this.fieldExpiry = new ExpiryIndex(new HashPositions(arena), source);
  }

  /** Bytes of both indexes. */
  get indexBytes(): number {
    return this.expiry.sizeBytes + this.fieldExpiry.sizeBytes;
  }

  get count(): number {
    return this.table.count;
  }
}

/**
 * The snapshot rule, and the walker that every structure gives to those who read it whole.
 *
 * A snapshot is the keyspace as it was at one instant, read in slices while writes go on, without fork(). Each entry
 * carries an epoch (8 bits, see `structures/entry.ts`): the snapshot generation in which it was made or last changed.
 * Starting a snapshot raises the generation; then
 *
 *     entry.epoch = generation    made or changed after the start: not part of the snapshot
 *     entry.epoch ≠ generation    untouched since: the walker writes it out and sets the epoch
 *
 * A write to an entry that is still unsaved keeps the old one alive: an overwrite, a deletion and a rename put its
 * handle on the pending list instead of freeing it, an in-place change of a small entry first copies it. The walker
 * drains the list before it advances, frees what it has written, and the list is bounded: past the bound the writer
 * itself writes pending entries out (it is slowed; nothing is lost).
 *
 * Why per entry: writing out a whole segment before a write to it was modelled at 5 M keys to leave 4 % of the
 * throughput; writing out one entry leaves 76 %. Big collections carry the epoch in each node, so a change copies a
 * node, not the collection.
 *
 * A database that is flushed meanwhile leaves its table to the snapshot, which walks it in that database's place and
 * then gives it to the slices that free. Without that the snapshot would lack what commands before the flush still
 * need: COPY to another database, then FLUSHDB.
 *
 * Generations wrap at 256. When a snapshot ends, every entry it has seen carries its generation and all later ones do
 * too, so the next start may use any other value; an entry cannot carry a value from 255 snapshots ago, because each
 * snapshot in between visited it. One that is abandoned has not visited all: after many of these in a row the last one
 * walks on to its end with nobody reading.
 */
import { assert } from "../base/assert.ts";
import type { Handle } from "../memory/arena.ts";
import { epochOf, setEpoch } from "../structures/entry.ts";
import { HandleList } from "../structures/handle-list.ts";
import { Table } from "../structures/table.ts";
import type { Database } from "./database.ts";
import type { Keyspace } from "./keyspace.ts";

/**
 * What a structure shows to whoever reads it as a whole: the snapshot, DUMP, digests, freeing and defragmentation.
 * All of them go through the same steps, so each structure implements one walk and each reader one visitor.
 */
export interface CollectionWalker {
  /** Points at a collection. @param root the handle in its entry. */
  open(root: Handle): void;
  /** Elements in the collection, known from the start: RDB writes it first. */
  readonly count: number;
  /**
   * Visits at most about `limit` elements and remembers the place.
   * @returns false when the end is reached. The collection may change between two steps only in ways that the epoch
   *   of its nodes lets the walker recognise.
   */
  step(limit: number, visitor: ElementVisitor): boolean;
}

/** Receives the elements of a collection in order. Bytes are valid during the call only. */
export interface ElementVisitor {
  /**
   * @param field the element: a list item, a member, a field.
   * @param value the value of a field; empty otherwise.
   * @param score the score of a sorted set's member; 0 otherwise.
   */
  element(
    field: Uint8Array,
    fieldStart: number,
    fieldLength: number,
    value: Uint8Array,
    valueStart: number,
    valueLength: number,
    score: number,
  ): void;
}

/** Who reads a snapshot: RDB save, AOF rewrite, full resync, diskless sync are readers of the one walk. */
export interface SnapshotReader {
  /** One key as it was when the snapshot began. The handle is valid during the call, and until the value is complete. */
  entry(databaseIndex: number, entry: Handle): void;
  /** Whether of the last entry's value there is more to be read. Until then the value stays as it is. */
  readonly isInside?: boolean;
  /** Reads about so many elements of it. */
  more?(elementsMax: number): void;
}

/** Entries on the pending list at the most: past it, the writer that adds one drains the list itself. */
export const PENDING_ENTRIES_MAX = 65536;

/** Snapshots abandoned in a row, without one that visited every entry: fewer than there are generations. */
export const ABANDONED_MAX = 240;

/** The reader of a snapshot that has been abandoned. */
const NOBODY: SnapshotReader = { entry() {} };

/** The table of a database that was flushed. */
interface FlushedTable {
  readonly table: Table;
  readonly entries: number;
  readonly bytes: number;
}

/** One running snapshot: begins when it is made, ends when `step` has returned false or with `abandon`. */
export class Snapshot {
  readonly #keyspace: Keyspace;
  #reader: SnapshotReader;
  /** The databases in their order at the start: SWAPDB may give them other numbers meanwhile. */
  readonly #databases: readonly Database[];
  readonly #batch = new HandleList();
  readonly #pending = new HandleList();
  /** Database of each pending entry. */
  readonly #pendingDatabases = new HandleList();
  /** By place in `#databases`: tables that flushes have left here. */
  readonly #flushed: Map<number, FlushedTable> = new Map();
  /** How many of the pending entries have been written. */
  #drained = 0;
  #database = 0;
  #cursor = 0;
  /** The entry whose value the reader is inside of, 0 when there is none. */
  #open: Handle = 0;

  constructor(keyspace: Keyspace, reader: SnapshotReader) {
    assert(keyspace.snapshot === null, "one snapshot at a time");
    this.#keyspace = keyspace;
    this.#reader = reader;
    this.#databases = [...keyspace.databases];
    keyspace.epoch = (keyspace.epoch + 1) & 255;
    keyspace.snapshot = this;
  }

  get pendingCount(): number {
    return this.#pending.length;
  }

  /** The keyspace lets go of an entry that is still to be written. */
  keep(database: Database, entry: Handle): void {
    this.#pending.push(entry);
    this.#pendingDatabases.push(this.#databases.indexOf(database));
    if (this.#pending.length >= PENDING_ENTRIES_MAX) this.#drain(Number.POSITIVE_INFINITY);
  }

  /** Writes an unsaved entry out of its turn, because it is about to change and too large to be copied. */
  saveNow(database: Database, entry: Handle): void {
    this.#finish();
    this.#visit(this.#databases.indexOf(database), entry);
    this.#finish();
  }

  /**
   * The keyspace empties a database and lets go of its table.
   * @param bytes what the table and its entries take.
   * @returns false when the snapshot has no more need of it.
   */
  takeTable(database: Database, bytes: number): boolean {
    const place = this.#databases.indexOf(database);
    // What was made since the start, or has been walked, holds nothing unsaved.
    if (place < this.#database || this.#flushed.has(place)) return false;
    const { arena, hash } = this.#keyspace;
    const table = new Table(arena, hash, database.table.root);
    this.#flushed.set(place, { table, entries: table.count, bytes });
    return true;
  }

  /** Writes about `limit` entries, or elements of one. @returns false when all is written and the snapshot has ended. */
  step(limit: number): boolean {
    const keyspace = this.#keyspace;
    if (!this.#goOn(limit) || !this.#drain(limit)) return true;
    for (let written = 0; written < limit; ) {
      const database = this.#databases[this.#database];
      if (database === undefined) {
        keyspace.abandonedSnapshots = 0;
        keyspace.snapshot = null;
        return false;
      }
      this.#batch.clear();
      const table = this.#flushed.get(this.#database)?.table ?? database.table;
      const next = table.scan(this.#cursor, this.#batch);
      // What is not visited now is found in the same place again: what is between has been marked.
      if (!this.#visitBatch(limit)) return true;
      this.#cursor = next;
      written += this.#batch.length + 1;
      if (next === 0) this.#freeFlushed(this.#database++);
    }
    return true;
  }

  /** @returns false when it has come upon a value that is more than may be read now. */
  #visitBatch(limit: number): boolean {
    for (let index = 0; index < this.#batch.length; index++) {
      this.#visit(this.#database, this.#batch.items[index]);
      if (!this.#goOn(limit)) return false;
    }
    return true;
  }

  /** Reads on in the value that is open. @returns whether none is open any more. */
  #goOn(elementsMax: number): boolean {
    if (this.#open === 0) return true;
    this.#reader.more?.(elementsMax);
    if (this.#reader.isInside === true) return false;
    this.#close();
    return true;
  }

  /** Reads to the end of the value that is open. */
  #finish(): void {
    while (!this.#goOn(Number.POSITIVE_INFINITY));
  }

  #close(): void {
    setEpoch(this.#keyspace.arena, this.#open, this.#keyspace.epoch);
    this.#open = 0;
  }

  /**
   * Ends the snapshot before everything is written: its reader is told no more.
   * @returns false when it must nevertheless be stepped to its end.
   */
  abandon(): boolean {
    const keyspace = this.#keyspace;
    this.#reader = NOBODY;
    this.#finish();
    this.#drain(Number.POSITIVE_INFINITY);
    if (keyspace.abandonedSnapshots >= ABANDONED_MAX) return false;
    keyspace.abandonedSnapshots++;
    keyspace.snapshot = null;
    for (const place of [...this.#flushed.keys()]) this.#freeFlushed(place);
    return true;
  }

  /** Has the flushed table in a place freed, if there is one. */
  #freeFlushed(place: number): void {
    const flushed = this.#flushed.get(place);
    if (flushed === undefined) return;
    this.#flushed.delete(place);
    this.#keyspace.lazyFree.addTable(flushed.table.root, flushed.entries, flushed.bytes);
  }

  #visit(databaseIndex: number, entry: Handle): void {
    const { arena, epoch } = this.#keyspace;
    if (epochOf(arena, entry) === epoch) return;
    this.#reader.entry(databaseIndex, entry);
    this.#open = entry;
    if (this.#reader.isInside !== true) this.#close();
  }

  /** Writes and frees pending entries. @returns false when one of them is more than may be read now. */
  #drain(elementsMax: number): boolean {
    for (; this.#drained < this.#pending.length; this.#drained++) {
      const entry = this.#pending.items[this.#drained];
      if (this.#open !== entry) {
        this.#finish();
        this.#visit(this.#pendingDatabases.items[this.#drained], entry);
      }
      if (!this.#goOn(elementsMax)) return false;
      this.#keyspace.lazyFree.freeEntry(entry);
    }
    this.#drained = 0;
    this.#pending.clear();
    this.#pendingDatabases.clear();
    return true;
  }
}

/**
 * The snapshot rule.
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
 * drains the list before it advances, frees what it has written, and the list is bounded, as is what images keep: past
 * the bound each writer does some steps of the walk (it is slowed; nothing is lost, and no turn is long).
 *
 * Why per entry: writing out a whole segment before a write to it was modelled at 5 M keys to leave 4 % of the
 * throughput; writing out one entry leaves 76 %.
 *
 * What hangs below a root is too much to be copied, or to be written in one go. It is told in parts, and the snapshot has an
 * image of each such collection that it is writing, or that has changed before (`collection-image.ts`, of a stream
 * `stream-image.ts`). A key whose collection changes first gets another entry; the old one comes to the pending list
 * and stands for the collection as it was, while the collection itself stays with the key. Only one value is open at a
 * time, told in slices; all else waits meanwhile. If the collection is given up, the snapshot keeps it (`claim`).
 *
 * A database that is flushed meanwhile leaves its table to the snapshot, which walks it in that database's place and
 * then gives it to the slices that free. Without that the snapshot would lack what commands before the flush still
 * need: COPY to another database, then FLUSHDB.
 *
 * Generations wrap at 255. When a snapshot ends, every entry it has seen carries its generation and all later ones do
 * too, so the next start may use any other value; an entry cannot carry a value from 254 snapshots ago, because each
 * snapshot in between visited it, and the parts of its collection. One that is abandoned has not visited all: after many
 * of these in a row the last one walks on to its end with nobody reading.
 */
import { assert } from "../base/assert.ts";
import type { Handle } from "../memory/arena.ts";
import { encodingOf, epochOf, freeEntry, setEpoch } from "../structures/entry.ts";
import { HandleList } from "../structures/handle-list.ts";
import { Table } from "../structures/table.ts";
import {
  type CollectionImage,
  hasParts,
  IMAGE_OVERHEAD_BYTES,
  KEPT_PART_OVERHEAD_BYTES,
  PartLenses,
  type PartReader,
  type Parts,
  STEP_BYTES,
} from "./collection-image.ts";
import type { Database } from "./database.ts";
import { imageOf } from "./image-kinds.ts";
import type { Keyspace } from "./keyspace.ts";
import type { Discardable, RootKeeper } from "./lazy-free.ts";

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
export interface SnapshotReader extends PartReader {
  /**
   * One key as it was when the snapshot began.
   * @param entry good during the call, and until the last of the parts.
   * @param parts null when the whole value is to be read here and now; else `part` is called for each of them before the
   *   next entry (of a stream, what `stream` has), and what stands below the root is no longer what it was.
   */
  entry(databaseIndex: number, entry: Handle, parts: Parts | null): void;
}

/** Entries on the pending list, and bytes that images keep: past these a writer works for the snapshot. */
export const PENDING_ENTRIES_MAX = 65536;
export const KEPT_BYTES_MAX: number = 64 * 1024 * 1024;
/** How much: 32 KB, or so many small parts. */
const PAID_STEPS = 256;

/** Snapshots abandoned in a row, without one that visited every entry: fewer than there are generations. */
export const ABANDONED_MAX = 240;

/** Generations are 1 to this. */
const GENERATIONS = 255;

/** The reader of a snapshot that has been abandoned. */
const NOBODY: SnapshotReader = { entry() {}, part() {} };

/** The table of a database that was flushed. */
interface FlushedTable {
  readonly table: Table;
  readonly entries: number;
  readonly bytes: number;
}

/** One running snapshot: begins when it is made, ends when `step` has returned false or with `abandon`. */
export class Snapshot implements RootKeeper, Discardable {
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
  #database = 0;
  #cursor = 0;
  readonly #lenses: PartLenses;
  /** By the entry that stands for it, and by its root: collections that are being told, or have changed. */
  readonly #images: Map<Handle, CollectionImage> = new Map();
  readonly #roots: Map<Handle, CollectionImage> = new Map();
  /** The entry whose value is being told, 0 when there is none, and whether it is out of its table. */
  #open: Handle = 0;
  #isOpenKept = false;
  /** Steps that may still be taken. */
  #left = 0;

  constructor(keyspace: Keyspace, reader: SnapshotReader) {
    assert(keyspace.snapshot === null, "one snapshot at a time");
    this.#keyspace = keyspace;
    this.#reader = reader;
    this.#databases = [...keyspace.databases];
    this.#lenses = new PartLenses(keyspace.arena, keyspace.hash);
    // 0 is the epoch of parts that no snapshot has seen.
    keyspace.epoch = (keyspace.epoch % GENERATIONS) + 1;
    keyspace.snapshot = this;
    keyspace.lazyFree.keeper = this;
  }

  get pendingCount(): number {
    return this.#pending.length;
  }

  /** Bytes in the accounting of what images keep. */
  get keptBytes(): number {
    return this.#lenses.keptBytes;
  }

  /** Bytes on the JavaScript heap. */
  get sideBytes(): number {
    const lists = this.#pending.items.byteLength + this.#pendingDatabases.items.byteLength;
    return lists + this.#images.size * IMAGE_OVERHEAD_BYTES + this.#lenses.keptParts * KEPT_PART_OVERHEAD_BYTES;
  }

  // ---- what changes meanwhile -----------------------------------------------------------------------------------

  /** The keyspace lets go of an entry that is still to be written. */
  keep(database: Database, entry: Handle): void {
    if (entry === this.#open) {
      this.#isOpenKept = true;
      return;
    }
    this.#pending.push(entry);
    this.#pendingDatabases.push(this.#databases.indexOf(database));
    if (this.#pending.length >= PENDING_ENTRIES_MAX) this.#pay();
  }

  /**
   * The key of an unsaved collection is going to have it by another entry. This one is left here (`keep`) and stands for
   * the collection as it was.
   */
  freeze(entry: Handle): void {
    this.#imageOf(entry).isShared = true;
  }

  /** Whether it has been: then its value is not its own. */
  isFrozen(entry: Handle): boolean {
    return this.#images.get(entry)?.isShared === true;
  }

  /** Whether there is an image of what hangs below a root. */
  hasImage(root: Handle): boolean {
    return this.#roots.has(root);
  }

  /** A collection is about to change. @returns who must be told of it, null when nobody need be. */
  guard(root: Handle): CollectionImage | null {
    if (this.#lenses.keptBytes > KEPT_BYTES_MAX) this.#pay();
    const image = this.#roots.get(root);
    if (image === undefined) return null;
    image.touch();
    return image;
  }

  /** What was a large collection has become a small one, and its root is gone. */
  detach(image: CollectionImage): void {
    this.#roots.delete(image.root);
    image.root = 0;
  }

  claim(root: Handle): boolean {
    const image = this.#roots.get(root);
    if (image === undefined) return false;
    assert(image.isShared, "a collection is given up once");
    image.isShared = false;
    return true;
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

  #pay(): void {
    this.#left = PAID_STEPS;
    if (this.#goOn()) this.#drain();
  }

  // ---- the walk -------------------------------------------------------------------------------------------------

  /**
   * Writes for about so many steps: an entry or a part of a collection is one, a long one as many as its bytes make.
   * @returns false when all is written and the snapshot has ended.
   */
  step(stepsMax: number): boolean {
    this.#left = stepsMax;
    if (!this.#goOn() || !this.#drain()) return true;
    while (this.#left > 0) {
      const database = this.#databases[this.#database];
      if (database === undefined) {
        this.#keyspace.abandonedSnapshots = 0;
        this.#end();
        return false;
      }
      this.#batch.clear();
      const table = this.#flushed.get(this.#database)?.table ?? database.table;
      const next = table.scan(this.#cursor, this.#batch);
      this.#left--;
      // What is not visited now is found in the same place again: what is between has been marked.
      if (!this.#visitBatch()) return true;
      this.#cursor = next;
      if (next === 0) this.#freeFlushed(this.#database++);
    }
    return true;
  }

  /** @returns false when no more is to be done now. */
  #visitBatch(): boolean {
    const { arena, epoch } = this.#keyspace;
    for (let index = 0; index < this.#batch.length; index++) {
      const entry = this.#batch.items[index];
      if (epochOf(arena, entry) === epoch) continue;
      if (this.#left <= 0) return false;
      this.#visit(this.#database, entry, false);
      if (!this.#goOn()) return false;
    }
    return true;
  }

  /** Writes and frees pending entries. @returns whether there are none any more. */
  #drain(): boolean {
    const pending = this.#pending;
    const databases = this.#pendingDatabases;
    while (pending.length > 0) {
      if (this.#left <= 0) return false;
      const entry = pending.items[--pending.length];
      this.#visit(databases.items[--databases.length], entry, true);
      if (!this.#goOn()) return false;
    }
    return true;
  }

  /** Opens an entry. @param isKept whether it is out of its table, and to be freed when it is told. */
  #visit(databaseIndex: number, entry: Handle, isKept: boolean): void {
    const { arena } = this.#keyspace;
    const reader = this.#reader;
    const before = reader.workBytes ?? 0;
    this.#open = entry;
    this.#isOpenKept = isKept;
    const encoding = encodingOf(arena, entry);
    reader.entry(databaseIndex, entry, hasParts(encoding) ? this.#imageOf(entry) : null);
    this.#left -= 1 + Math.floor(((reader.workBytes ?? 0) - before) / STEP_BYTES);
  }

  /** Tells more of the value that is open. @returns whether none is open any more. */
  #goOn(): boolean {
    const entry = this.#open;
    if (entry === 0) return true;
    const { arena, epoch } = this.#keyspace;
    const image = this.#images.get(entry);
    if (image !== undefined) {
      const isMore = image.step(Math.max(1, this.#left), this.#reader);
      this.#left = image.left;
      if (isMore) return false;
      this.#forget(entry, image);
    }
    setEpoch(arena, entry, epoch);
    this.#open = 0;
    if (this.#isOpenKept) this.#free(entry, image);
    return true;
  }

  #imageOf(entry: Handle): CollectionImage {
    let image = this.#images.get(entry);
    if (image === undefined) {
      image = imageOf(this.#lenses, entry, this.#keyspace.epoch);
      this.#images.set(entry, image);
      this.#roots.set(image.root, image);
    }
    return image;
  }

  #forget(entry: Handle, image: CollectionImage): void {
    this.#images.delete(entry);
    if (image.root !== 0) this.#roots.delete(image.root);
  }

  /** Frees an entry that was kept here, with its value if that is its own. */
  #free(entry: Handle, image: CollectionImage | undefined): void {
    const { arena, lazyFree } = this.#keyspace;
    if (image !== undefined && (image.isShared || image.root === 0)) freeEntry(arena, entry);
    else lazyFree.freeEntry(entry);
  }

  // ---- the end --------------------------------------------------------------------------------------------------

  /**
   * Ends the snapshot before everything is written: its reader is told no more. What is kept is freed in slices.
   * @returns false when it must nevertheless be stepped to its end.
   */
  abandon(): boolean {
    const keyspace = this.#keyspace;
    this.#reader = NOBODY;
    if (keyspace.abandonedSnapshots >= ABANDONED_MAX) return false;
    keyspace.abandonedSnapshots++;
    const open = this.#open;
    const image = this.#images.get(open);
    this.#open = 0;
    if (this.#isOpenKept && open !== 0) this.#pending.push(open);
    else if (image !== undefined) this.#giveUp(open, image);
    this.#roots.clear();
    this.#end();
    for (const place of [...this.#flushed.keys()]) this.#freeFlushed(place);
    if (this.#pending.length > 0) keyspace.lazyFree.addLeftovers(this);
    return true;
  }

  /** The image of a collection that has not changed: what it has made to be read is little. */
  #giveUp(entry: Handle, image: CollectionImage): void {
    image.discard(Number.POSITIVE_INFINITY);
    this.#forget(entry, image);
  }

  /** For `LazyFree`: frees what an abandoned snapshot has kept. */
  discard(stepsMax: number): boolean {
    const pending = this.#pending;
    for (let left = stepsMax; left > 0 && pending.length > 0; left--) {
      const entry = pending.items[pending.length - 1];
      const image = this.#images.get(entry);
      if (image?.discard(left) === true) return true;
      left -= image === undefined ? 0 : left - image.left;
      pending.length--;
      this.#images.delete(entry);
      this.#free(entry, image);
    }
    return pending.length > 0;
  }

  #end(): void {
    this.#keyspace.snapshot = null;
    this.#keyspace.lazyFree.keeper = null;
    this.#keyspace.streamSweep.resume();
  }

  /** Has the flushed table in a place freed, if there is one. */
  #freeFlushed(place: number): void {
    const flushed = this.#flushed.get(place);
    if (flushed === undefined) return;
    this.#flushed.delete(place);
    this.#keyspace.lazyFree.addTable(flushed.table.root, flushed.entries, flushed.bytes);
  }
}

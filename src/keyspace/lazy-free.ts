/**
 * Freeing in slices. A flush takes a database's table away in one step and subtracts its bytes from used_memory at
 * once; the entries themselves, possibly millions, are freed here, one table segment (at most 768 entries) a step or a
 * few megabytes of it, within the time that the event turn allows. The same goes for a single value of many blocks.
 *
 * A collection that a snapshot still needs (`collection-image.ts`) is its own from the moment at which its key lets go of
 * it: only the entry is freed then, and the value counts as used again.
 */
import { assert } from "../base/assert.ts";
import { type Arena, type Handle, SLAB_BLOCKS_PER_LARGE } from "../memory/arena.ts";
import { rootBytes } from "../structures/collection-root.ts";
import { ENCODING_ROOT_MIN, encodingOf, freeEntry, outsideHandle } from "../structures/entry.ts";
import { HandleList } from "../structures/handle-list.ts";
import { createTable, Table } from "../structures/table.ts";
import type { Structures } from "./structures.ts";
import { valueTypeOf } from "./value-types.ts";

/** Blocks of one value that are freed in one go. Giving one back to the system takes up to 50 µs. */
export const FREED_BLOCKS_MAX = 16;
/** The same of blocks of a slab: what a change of a collection gives back itself. */
export const FREED_AT_ONCE: number = FREED_BLOCKS_MAX * SLAB_BLOCKS_PER_LARGE;
/** A step that has freed so much leaves the rest of its entries to the next. */
const STEP_BYTES = 4 * 1024 * 1024;

/** Steps of discarding in one go. */
const DISCARD_STEPS = 256;
/** Instead of bytes: nobody wants to keep the value. */
const UNCLAIMED = -1;

/** Whoever may want to keep a collection. */
export interface RootKeeper {
  /** A collection is about to be freed. @returns whether it is the keeper's from now on. */
  claim(root: Handle): boolean;
}

/** Something else that is to be freed in slices. It counts as used for as long. */
export interface Discardable {
  /** @returns false when nothing is left. */
  discard(stepsMax: number): boolean;
}

interface DetachedTable {
  readonly root: Handle;
  /** What is still counted as used by the arena for this table. */
  bytes: number;
}

export class LazyFree {
  readonly #structures: Structures;
  readonly #arena: Arena;
  readonly #lens: Table;
  readonly #tables: DetachedTable[] = [];
  /** Entries whose values are too large to be freed in one go. */
  readonly #entries = new HandleList();
  /** Entries of the first table that are no longer in it, and the next of them to be freed. */
  readonly #batch = new HandleList();
  #next = 0;
  #attached = false;
  readonly #leftovers: Discardable[] = [];
  /** The running snapshot. */
  keeper: RootKeeper | null = null;
  /** Bytes that the arena still counts and used_memory no longer does. */
  pendingBytes = 0;
  /** Entries waiting: INFO `lazyfree_pending_objects`. */
  pendingEntries = 0;
  /** Entries freed since the start: INFO `lazyfreed_objects`. */
  freedEntries = 0;

  constructor(structures: Structures) {
    const { arena, hash } = structures;
    this.#structures = structures;
    this.#arena = arena;
    this.#lens = new Table(arena, hash, createTable(arena));
    this.#lens.drain(this.#batch);
  }

  get isIdle(): boolean {
    return this.#tables.length === 0 && this.#entries.length === 0 && this.#leftovers.length === 0;
  }

  /** Takes over a table with all its entries. */
  addTable(root: Handle, entries: number, bytes: number): void {
    this.#tables.push({ root, bytes });
    this.pendingBytes += bytes;
    this.pendingEntries += entries;
  }

  addLeftovers(leftovers: Discardable): void {
    this.#leftovers.push(leftovers);
  }

  /** Frees an entry that is out of its table, at once or in slices. */
  freeEntry(entry: Handle): void {
    if (this.#claimed(entry) !== UNCLAIMED) return;
    const left = valueTypeOf(this.#arena, entry).free(this.#structures, entry, FREED_BLOCKS_MAX);
    if (left === 0) return;
    this.#entries.push(entry);
    this.pendingBytes += left;
    this.pendingEntries++;
  }

  /** Frees one slice. @returns false when nothing is left to free. */
  step(): boolean {
    const before = this.#arena.usedBytes;
    if (this.#entries.length > 0) this.#stepEntry(before);
    else if (this.#tables.length > 0) this.#stepTable(this.#tables[0], before);
    else if (this.#leftovers.length > 0 && !this.#leftovers[0].discard(DISCARD_STEPS)) this.#leftovers.shift();
    return !this.isIdle;
  }

  #stepEntry(before: number): void {
    const arena = this.#arena;
    const entry = this.#entries.items[this.#entries.length - 1];
    const left = valueTypeOf(arena, entry).free(this.#structures, entry, FREED_BLOCKS_MAX);
    this.pendingBytes -= before - arena.usedBytes;
    if (left > 0) return;
    this.#entries.length--;
    this.#countFreed();
  }

  #stepTable(job: DetachedTable, before: number): void {
    const arena = this.#arena;
    const batch = this.#batch;
    if (this.#next === batch.length) this.#refill(job);
    while (this.#next < batch.length && before - arena.usedBytes < STEP_BYTES) {
      const entry = batch.items[this.#next++];
      const claimedBytes = this.#claimed(entry);
      if (claimedBytes !== UNCLAIMED) {
        job.bytes -= claimedBytes;
        this.pendingBytes -= claimedBytes;
        this.#countFreed();
        continue;
      }
      const left = valueTypeOf(arena, entry).free(this.#structures, entry, FREED_BLOCKS_MAX);
      if (left === 0) {
        this.#countFreed();
      } else {
        this.#entries.push(entry);
        job.bytes -= left;
      }
    }
    const freed = before - arena.usedBytes;
    job.bytes -= freed;
    this.pendingBytes -= freed;
    if (this.#attached || this.#next < batch.length) return;
    assert(job.bytes === 0, "what a flush subtracts is what freeing gives back");
    this.#tables.shift();
  }

  /** Takes the next entries out of the table; with the last of them goes the table. */
  #refill(job: DetachedTable): void {
    if (!this.#attached) this.#lens.attach(job.root);
    this.#batch.clear();
    this.#next = 0;
    this.#attached = this.#lens.drain(this.#batch);
  }

  /** Frees an entry without its value, if that is wanted. @returns bytes of the value, or UNCLAIMED. */
  #claimed(entry: Handle): number {
    const arena = this.#arena;
    if (this.keeper === null || encodingOf(arena, entry) < ENCODING_ROOT_MIN) return UNCLAIMED;
    const root = outsideHandle(arena, entry);
    if (!this.keeper.claim(root)) return UNCLAIMED;
    freeEntry(arena, entry);
    return rootBytes(arena, root);
  }

  #countFreed(): void {
    this.pendingEntries--;
    this.freedEntries++;
  }
}

/**
 * Freeing in slices. A flush takes a database's table away in one step and subtracts its bytes from used_memory at
 * once; the entries themselves, possibly millions, are freed here, one table segment (at most 768 entries) a step,
 * within the time that the event turn allows.
 */
import { assert } from "../base/assert.ts";
import type { KeyedHash } from "../base/keyed-hash.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import { HandleList } from "../structures/handle-list.ts";
import { createTable, Table } from "../structures/table.ts";
import { valueTypeOf } from "./value-types.ts";

interface DetachedTable {
  readonly root: Handle;
  /** What is still counted as used by the arena for this table. */
  bytes: number;
}

export class LazyFree {
  readonly #arena: Arena;
  readonly #lens: Table;
  readonly #queue: DetachedTable[] = [];
  readonly #batch = new HandleList();
  #attached = false;
  /** Bytes that the arena still counts and used_memory no longer does. */
  pendingBytes = 0;
  /** Entries waiting: INFO `lazyfree_pending_objects`. */
  pendingEntries = 0;
  /** Entries freed since the start: INFO `lazyfreed_objects`. */
  freedEntries = 0;

  constructor(arena: Arena, hash: KeyedHash) {
    this.#arena = arena;
    this.#lens = new Table(arena, hash, createTable(arena));
    this.#lens.drain(this.#batch);
  }

  get isIdle(): boolean {
    return this.#queue.length === 0;
  }

  /** Takes over a table with all its entries. */
  addTable(root: Handle, entries: number, bytes: number): void {
    this.#queue.push({ root, bytes });
    this.pendingBytes += bytes;
    this.pendingEntries += entries;
  }

  /** Frees one table segment with its entries. @returns false when nothing is left to free. */
  step(): boolean {
    const job = this.#queue[0];
    if (job === undefined) return false;
    if (!this.#attached) this.#lens.attach(job.root);
    const before = this.#arena.usedBytes;
    const batch = this.#batch;
    batch.clear();
    this.#attached = this.#lens.drain(batch);
    for (let index = 0; index < batch.length; index++) {
      const entry = batch.items[index];
      valueTypeOf(this.#arena, entry).free(this.#arena, entry);
    }
    this.pendingEntries -= batch.length;
    this.freedEntries += batch.length;
    const freed = before - this.#arena.usedBytes;
    job.bytes -= freed;
    this.pendingBytes -= freed;
    if (!this.#attached) {
      assert(job.bytes === 0, "what a flush subtracts is what freeing gives back");
      this.#queue.shift();
    }
    return this.#queue.length > 0;
  }
}

/**
 * When the fields of one large hash expire: a sorted index (`structures/sorted-index.ts`) of those that do, by their
 * time, below the hash's root. It is there while there is such a field, so that a hash without has nothing of it.
 *
 * Why this one. What is asked: which field is next, how many have lapsed by now (so that HLEN is exact while some wait
 * to be removed), the first so many of them; a field that is set, persisted or deleted leaves it. A heap as that of keys
 * (`structures/expiry-index.ts`) does the first in fewer steps and cannot count what has lapsed; it lives in buffers of
 * its own, where here the index must be freed, copied and accounted with its hash. The sorted index is in the arena, is
 * freed in slices with the hash, and takes 12.6 to 16 bytes a field where a heap takes 12 and a place in the entry.
 *
 * Cost: as there, under a microsecond or two among a million; fields of the very same time are told apart by their
 * names, which costs a look at some of the entries.
 */
import { assert } from "../base/assert.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import { indexOf, setIndexOf } from "../structures/collection-root.ts";
import type { Span } from "../structures/entry.ts";
import type { MemberTable } from "../structures/member-table.ts";
import { SortedIndex } from "../structures/sorted-index.ts";
import { SortedCursor } from "../structures/sorted-index-cursor.ts";

/** More nodes than an index without elements has. */
const BLOCKS_OF_EMPTY = 1;

export class FieldIndex {
  readonly #arena: Arena;
  readonly #sorted: SortedIndex;
  readonly #cursor: SortedCursor;
  /** Of the hash. */
  #root: Handle = 0;
  #isThere = false;

  constructor(arena: Arena) {
    this.#arena = arena;
    this.#sorted = new SortedIndex(arena);
    this.#cursor = new SortedCursor(arena);
  }

  /** Points the lens at the index of the hash with this root. */
  attach(root: Handle): void {
    this.#root = root;
    const index = indexOf(this.#arena, root);
    this.#isThere = index !== 0;
    if (index !== 0) this.#sorted.attach(index);
  }

  /** Fields that expire. */
  get count(): number {
    return this.#isThere ? this.#sorted.count : 0;
  }

  /** When the next field expires, Infinity for never. */
  get nextMs(): number {
    if (!this.#isThere) return Number.POSITIVE_INFINITY;
    this.#sorted.at(0, this.#cursor);
    return this.#cursor.score;
  }

  /** How many fields have lapsed. */
  lapsed(nowMs: number): number {
    return this.nextMs < nowMs ? this.#sorted.rankOfScore(nowMs, false) : 0;
  }

  /** Calls `visit` with the entries of the first `count` fields, which there must be. */
  eachFirst(count: number, visit: (entry: Handle) => void): void {
    const cursor = this.#cursor;
    this.#sorted.at(0, cursor);
    for (let visited = 0; visited < count; visited++) {
      visit(cursor.entry);
      cursor.next();
    }
  }

  add(whenMs: number, entry: Handle): void {
    if (!this.#isThere) {
      setIndexOf(this.#arena, this.#root, this.#sorted.create());
      this.#isThere = true;
    }
    this.#sorted.insert(whenMs, entry);
  }

  remove(whenMs: number, entry: Handle): void {
    this.#sorted.remove(whenMs, entry);
    this.#leaveIfEmpty();
  }

  /** Takes the next field out. @returns its entry. */
  removeFirst(): Handle {
    const entry = this.#sorted.removeAt(0);
    this.#leaveIfEmpty();
    return entry;
  }

  /** Gives a field another time; its entry stays. */
  move(oldMs: number, entry: Handle, whenMs: number): void {
    this.#sorted.rescore(oldMs, entry, whenMs);
  }

  /** Asserts the invariants. O(fields): for tests. */
  check(): void {
    if (this.#isThere) this.#sorted.check();
  }

  #leaveIfEmpty(): void {
    if (this.#sorted.count > 0) return;
    while (this.#sorted.free(this.#sorted.root, BLOCKS_OF_EMPTY) > 0);
    setIndexOf(this.#arena, this.#root, 0);
    this.#isThere = false;
  }
}

/** Adds a field that a table has not got yet, and, if it expires (at 0 it does not), its time to the index. */
export function addIndexed(table: MemberTable, index: FieldIndex, field: Span, value: Span, whenMs: number): void {
  const isThere = table.has(field.bytes, field.start, field.length);
  assert(!isThere, "a field stands in a hash once");
  const entry = table.insertField(
    field.bytes,
    field.start,
    field.length,
    value.bytes,
    value.start,
    value.length,
    whenMs,
  );
  if (whenMs !== 0) index.add(whenMs, entry);
}

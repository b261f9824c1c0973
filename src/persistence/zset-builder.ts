import { asciiBytes, formatDouble } from "../base/text.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { createCollectionRoot, freeCollection, indexOf, setRootBytes, tableOf } from "../structures/collection-root.ts";
import { ENCODING_LISTPACK, ENCODING_SORTED, keySpan, Span, TYPE_ZSET } from "../structures/entry.ts";
import { ListItem } from "../structures/list-item.ts";
import { Listpack } from "../structures/listpack.ts";
import { MemberTable } from "../structures/member-table.ts";
import { SortedIndex } from "../structures/sorted-index.ts";
import { SortedCursor } from "../structures/sorted-index-cursor.ts";
import { CollectionBuilder, Names } from "./collection-builder.ts";

const ALL_BLOCKS = 1 << 20;

/**
 * Builds a sorted set. One that was written member by member may come in any order, so it is sorted first, and made a
 * listpack in the end if it may be one; one that was a listpack stays one by its number of members.
 */
export class ZsetBuilder extends CollectionBuilder {
  protected readonly type = TYPE_ZSET;
  readonly #listpack: Listpack;
  readonly #members: MemberTable;
  readonly #sorted: SortedIndex;
  readonly #cursor: SortedCursor;
  readonly #names: Names;
  readonly #item = new ListItem();
  readonly #span = new Span();
  #longestBytes = 0;
  #totalBytes = 0;

  constructor(keyspace: Keyspace) {
    super(keyspace);
    const { arena, hash } = keyspace;
    this.#listpack = new Listpack(arena);
    this.#members = new MemberTable(arena, hash);
    this.#sorted = new SortedIndex(arena);
    this.#cursor = new SortedCursor(arena);
    this.#names = new Names(keyspace);
  }

  begin(): void {
    this.#longestBytes = 0;
    this.#totalBytes = 0;
    this.#beginTable();
  }

  /** @param score no NaN. @returns false when there is such a member already. */
  add({ bytes, start, length }: Span, score: number): boolean {
    const { arena } = this;
    const before = arena.usedBytes;
    const members = this.#members.attach(tableOf(arena, this.handle));
    if (members.has(bytes, start, length)) return false;
    const entry = members.addScored(bytes, start, length, score);
    this.#sorted.attach(indexOf(arena, this.handle)).insert(score, entry);
    this.sizeBytes += arena.usedBytes - before;
    this.#longestBytes = Math.max(this.#longestBytes, length);
    this.#totalBytes += length;
    return true;
  }

  /** All members have come. */
  finish(): void {
    const { zsetMaxListpackEntries, zsetMaxListpackValue } = this.keyspace.collectionLimits;
    const { count } = this.#members.attach(tableOf(this.arena, this.handle));
    const fits = count <= zsetMaxListpackEntries && this.#longestBytes <= zsetMaxListpackValue;
    if (fits && this.#listpackHasRoom()) this.#pack();
  }

  /** A sorted set that is a valid listpack. @returns false when it is none. */
  load(bytes: Uint8Array, start: number, length: number): boolean {
    this.stands(ENCODING_LISTPACK, this.#listpack.load(bytes, start, length), length);
    return this.settle();
  }

  beginListpack(): void {
    this.stands(ENCODING_LISTPACK, this.#listpack.create(), 0);
  }

  /** Adds to a listpack, whatever the limits say. @returns false when it would be too long. */
  append({ bytes, start, length }: Span): boolean {
    const listpack = this.#listpack.attach(this.handle);
    if (!listpack.hasRoomFor(length)) return false;
    listpack.append(bytes, start, length);
    this.handle = listpack.handle;
    return true;
  }

  /**
   * The end of one that was built as a listpack: looks for members that come twice and for scores that are none, and
   * makes it a table if it has many. @returns false when it is no sorted set.
   */
  settle(): boolean {
    const listpack = this.#listpack.attach(this.handle);
    listpack.trim();
    this.stands(ENCODING_LISTPACK, listpack.handle, listpack.sizeBytes);
    if (!this.#isSortedSet()) return false;
    if (listpack.count > 2 * this.keyspace.collectionLimits.zsetMaxListpackEntries) this.#spread();
    return true;
  }

  #isSortedSet(): boolean {
    const listpack = this.#listpack;
    const item = this.#item;
    let isOne = listpack.count % 2 === 0;
    for (let at = listpack.first(); at >= 0 && isOne; ) {
      const scoreAt = listpack.next(at);
      listpack.read(at, item);
      isOne = this.#names.add(item.bytes, item.start, item.length) && !Number.isNaN(listpack.doubleAt(scoreAt));
      at = listpack.next(scoreAt);
    }
    this.#names.clear();
    return isOne;
  }

  #beginTable(): void {
    const { arena } = this;
    const before = arena.usedBytes;
    const table = this.#members.create();
    this.hangs(ENCODING_SORTED, createCollectionRoot(arena, table, this.#sorted.create(), 0));
    this.sizeBytes = arena.usedBytes - before;
  }

  #spread(): void {
    const from = this.handle;
    this.begin();
    const listpack = this.#listpack.attach(from);
    for (let at = listpack.first(); at >= 0; ) {
      const scoreAt = listpack.next(at);
      listpack.read(at, this.#item);
      this.add(this.#item, listpack.doubleAt(scoreAt));
      at = listpack.next(scoreAt);
    }
    listpack.free();
  }

  #listpackHasRoom(): boolean {
    return this.#totalBytes < 1 << 29;
  }

  /** Turns table and index into a listpack. */
  #pack(): void {
    const { arena } = this;
    const root = this.handle;
    const listpack = this.#listpack;
    const cursor = this.#cursor;
    const span = this.#span;
    listpack.create(this.#totalBytes);
    let isMore = this.#sorted.attach(indexOf(arena, root)).at(0, cursor);
    for (; isMore; isMore = cursor.next()) {
      keySpan(arena, cursor.entry, span);
      listpack.append(span.bytes, span.start, span.length);
      const text = asciiBytes(cursor.score === 0 ? "0" : formatDouble(cursor.score));
      listpack.append(text, 0, text.length);
    }
    setRootBytes(arena, root, this.sizeBytes);
    while (freeCollection(arena, this.#members, this.#sorted, root, ALL_BLOCKS) > 0);
    listpack.trim();
    this.stands(ENCODING_LISTPACK, listpack.handle, listpack.sizeBytes);
  }
}

import { Int64, parseInt64 } from "../base/text.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { createCollectionRoot, tableOf } from "../structures/collection-root.ts";
import { ENCODING_INTSET, ENCODING_LISTPACK, ENCODING_TABLE, type Span, TYPE_SET } from "../structures/entry.ts";
import { Intset } from "../structures/intset.ts";
import { ListItem } from "../structures/list-item.ts";
import { Listpack } from "../structures/listpack.ts";
import { MemberTable } from "../structures/member-table.ts";
import { CollectionBuilder, Names } from "./collection-builder.ts";

/**
 * Builds a set. One that was written member by member begins as an intset if it may have so many members as one; with
 * the first that is no integer it becomes a listpack, and a table once it has too many or too long members for that. One
 * that was an intset or a listpack stays so by its number of members.
 */
export class SetBuilder extends CollectionBuilder {
  protected readonly type = TYPE_SET;
  readonly #intset: Intset;
  readonly #listpack: Listpack;
  readonly #members: MemberTable;
  readonly #names: Names;
  readonly #integer = new Int64();
  readonly #item = new ListItem();
  #longestBytes = 0;

  constructor(keyspace: Keyspace) {
    super(keyspace);
    this.#intset = new Intset(keyspace.arena);
    this.#listpack = new Listpack(keyspace.arena);
    this.#members = new MemberTable(keyspace.arena, keyspace.hash);
    this.#names = new Names(keyspace);
  }

  /** @param count members that will come, as far as is known. */
  begin(count: number): void {
    this.#longestBytes = 0;
    if (count > this.keyspace.collectionLimits.setMaxIntsetEntries) this.#beginTable();
    else this.stands(ENCODING_INTSET, this.#intset.create(), 0);
  }

  /** @returns false when there is such a member already. */
  add(member: Span): boolean {
    this.#longestBytes = Math.max(this.#longestBytes, member.length);
    if (this.encoding === ENCODING_INTSET) {
      const integer = this.#integer;
      if (parseInt64(member.bytes, member.start, member.length, integer)) return this.#addInteger(integer);
      this.#leaveIntset();
    }
    if (this.encoding === ENCODING_LISTPACK) {
      if (this.#fitsListpack(member.length)) return this.#addToListpack(member);
      this.#spreadListpack();
    }
    return this.#addToTable(member);
  }

  /** All members have come. */
  finish(): void {
    this.#names.clear();
    if (this.encoding === ENCODING_TABLE) return;
    const lens = this.encoding === ENCODING_INTSET ? this.#intset : this.#listpack;
    lens.attach(this.handle).trim();
    this.stands(this.encoding, lens.handle, lens.sizeBytes);
  }

  /** A set that is a valid intset. */
  loadIntset(bytes: Uint8Array, start: number, length: number): void {
    this.stands(ENCODING_INTSET, this.#intset.load(bytes, start, length), length);
    if (this.#intset.count > this.keyspace.collectionLimits.setMaxIntsetEntries) this.#spreadIntset();
  }

  /** A set that is a valid listpack. @returns false when it is no set. */
  loadListpack(bytes: Uint8Array, start: number, length: number): boolean {
    this.stands(ENCODING_LISTPACK, this.#listpack.load(bytes, start, length), length);
    const item = this.#item;
    let isSet = true;
    for (let at = this.#listpack.first(); at >= 0 && isSet; at = this.#listpack.next(at)) {
      this.#listpack.read(at, item);
      isSet = this.#names.add(item.bytes, item.start, item.length);
    }
    this.#names.clear();
    if (!isSet) return false;
    this.#listpack.attach(this.handle);
    if (this.#listpack.count > this.keyspace.collectionLimits.setMaxListpackEntries) this.#spreadListpack();
    return true;
  }

  override discard(): void {
    this.#names.clear();
    super.discard();
  }

  #addInteger({ hi, lo }: Int64): boolean {
    const intset = this.#intset.attach(this.handle);
    const isNew = intset.add(hi, lo);
    this.handle = intset.handle;
    return isNew;
  }

  #addToListpack({ bytes, start, length }: Span): boolean {
    if (!this.#names.add(bytes, start, length)) return false;
    const listpack = this.#listpack.attach(this.handle);
    listpack.append(bytes, start, length);
    this.handle = listpack.handle;
    return true;
  }

  #fitsListpack(length: number): boolean {
    const { setMaxListpackEntries, setMaxListpackValue } = this.keyspace.collectionLimits;
    const listpack = this.#listpack.attach(this.handle);
    return listpack.count < setMaxListpackEntries && length <= setMaxListpackValue && listpack.hasRoomFor(length);
  }

  /** For a member that is no integer: a listpack if the set may be one with it. */
  #leaveIntset(): void {
    const { setMaxListpackEntries, setMaxListpackValue } = this.keyspace.collectionLimits;
    const intset = this.#intset.attach(this.handle);
    const { count } = intset;
    if (count >= setMaxListpackEntries || this.#longestBytes > setMaxListpackValue) {
      this.#spreadIntset();
      return;
    }
    const from = this.handle;
    this.stands(ENCODING_LISTPACK, this.#listpack.create(), 0);
    intset.attach(from);
    for (let index = 0; index < count; index++) {
      intset.read(index, this.#item);
      this.#addToListpack(this.#item);
    }
    intset.attach(from).free();
  }

  #spreadIntset(): void {
    const from = this.handle;
    const { count } = this.#intset.attach(from);
    this.#beginTable();
    for (let index = 0; index < count; index++) {
      this.#intset.attach(from).read(index, this.#item);
      this.#addToTable(this.#item);
    }
    this.#intset.attach(from).free();
  }

  #spreadListpack(): void {
    const from = this.handle;
    this.#names.clear();
    this.#beginTable();
    const listpack = this.#listpack.attach(from);
    for (let at = listpack.first(); at >= 0; at = listpack.next(at)) {
      listpack.read(at, this.#item);
      this.#addToTable(this.#item);
    }
    listpack.free();
  }

  #beginTable(): void {
    const before = this.arena.usedBytes;
    this.hangs(ENCODING_TABLE, createCollectionRoot(this.arena, this.#members.create(), 0, 0));
    this.sizeBytes = this.arena.usedBytes - before;
  }

  #addToTable({ bytes, start, length }: Span): boolean {
    const before = this.arena.usedBytes;
    const isNew = this.#members.attach(tableOf(this.arena, this.handle)).addMember(bytes, start, length);
    this.sizeBytes += this.arena.usedBytes - before;
    return isNew;
  }
}

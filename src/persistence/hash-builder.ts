import { FieldIndex } from "../keyspace/hash-field-index.ts";
import { setTime, TRIPLE } from "../keyspace/hash-triples.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { createCollectionRoot, tableOf } from "../structures/collection-root.ts";
import { ENCODING_LISTPACK, ENCODING_LISTPACK_EX, ENCODING_TABLE, type Span, TYPE_HASH } from "../structures/entry.ts";
import { ListItem } from "../structures/list-item.ts";
import { Listpack } from "../structures/listpack.ts";
import { MemberTable } from "../structures/member-table.ts";
import { CollectionBuilder, Names } from "./collection-builder.ts";

/** What a listpack that is to be one of fields, values and times may turn out to be. */
const NOT_TRIPLES = 0;
const UNORDERED = 1;
const ORDERED = 2;

/**
 * Builds a hash. One that was written field by field is a listpack if it may be by its number of fields, and until a
 * field or value is too long; one that was a listpack stays one if it may by its number of fields alone.
 */
export class HashBuilder extends CollectionBuilder {
  protected readonly type = TYPE_HASH;
  readonly #listpack: Listpack;
  readonly #members: MemberTable;
  readonly #index: FieldIndex;
  readonly #names: Names;
  readonly #field = new ListItem();
  readonly #value = new ListItem();

  constructor(keyspace: Keyspace) {
    super(keyspace);
    this.#listpack = new Listpack(keyspace.arena);
    this.#members = new MemberTable(keyspace.arena, keyspace.hash);
    this.#index = new FieldIndex(keyspace.arena);
    this.#names = new Names(keyspace);
  }

  /** @param count fields that will come, as far as is known. */
  begin(count: number): void {
    if (count > this.keyspace.collectionLimits.hashMaxListpackEntries) this.#beginTable();
    else this.stands(ENCODING_LISTPACK, this.#listpack.create(), 0);
  }

  /** @returns false when there is such a field already. */
  add(field: Span, value: Span): boolean {
    if (this.encoding === ENCODING_LISTPACK) {
      if (!this.#names.add(field.bytes, field.start, field.length)) return false;
      const bytesMax = this.keyspace.collectionLimits.hashMaxListpackValue;
      const listpack = this.#listpack.attach(this.handle);
      if (field.length <= bytesMax && value.length <= bytesMax && listpack.hasRoomFor(field.length + value.length)) {
        listpack.append(field.bytes, field.start, field.length);
        listpack.append(value.bytes, value.start, value.length);
        this.handle = listpack.handle;
        return true;
      }
      this.#spread();
    }
    return this.#addToTable(field, value, 0);
  }

  /** As `begin`, of a hash of which fields expire. */
  beginExpiring(count: number): void {
    if (count > this.keyspace.collectionLimits.hashMaxListpackEntries) this.#beginTable();
    else this.stands(ENCODING_LISTPACK_EX, this.#listpack.create(), 0);
  }

  /** As `add`. @param whenMs when the field expires, 0 for never. */
  addExpiring(field: Span, value: Span, whenMs: number): boolean {
    if (this.encoding !== ENCODING_LISTPACK_EX) return this.#addToTable(field, value, whenMs);
    if (!this.#names.add(field.bytes, field.start, field.length)) return false;
    const bytesMax = this.keyspace.collectionLimits.hashMaxListpackValue;
    const listpack = this.#listpack.attach(this.handle);
    if (field.length > bytesMax || value.length > bytesMax || !listpack.hasRoomFor(field.length + value.length)) {
      this.#spread();
      return this.#addToTable(field, value, whenMs);
    }
    const position = listpack.append(field.bytes, field.start, field.length);
    listpack.append(value.bytes, value.start, value.length);
    listpack.appendInteger(0);
    setTime(listpack, position, whenMs);
    this.handle = listpack.handle;
    return true;
  }

  /** A hash of which fields expire and that is a valid listpack. @param endMs after all times. @returns as `load`. */
  loadExpiring(bytes: Uint8Array, start: number, length: number, endMs: number): boolean {
    this.stands(ENCODING_LISTPACK_EX, this.#listpack.load(bytes, start, length), 0);
    const order = this.#triples(endMs);
    if (order === NOT_TRIPLES) return false;
    const { count } = this.#listpack.attach(this.handle);
    const isLarge = count > TRIPLE * this.keyspace.collectionLimits.hashMaxListpackEntries;
    if (isLarge || order === UNORDERED) this.#spread();
    return true;
  }

  /** Looks through a listpack of fields, values and times: whether it is that, and in order. */
  #triples(endMs: number): number {
    const listpack = this.#listpack.attach(this.handle);
    const item = this.#field;
    let order = listpack.count % TRIPLE === 0 ? ORDERED : NOT_TRIPLES;
    let beforeMs = 0;
    for (let at = listpack.first(); at >= 0 && order !== NOT_TRIPLES; ) {
      listpack.read(at, item);
      const isNew = this.#names.add(item.bytes, item.start, item.length);
      at = listpack.next(listpack.next(at));
      const whenMs = listpack.isIntegerAt(at) ? listpack.doubleAt(at) : Number.NaN;
      if (!isNew || !(whenMs >= 0 && whenMs < endMs)) order = NOT_TRIPLES;
      // Those that never expire come last.
      else if ((whenMs || endMs) < beforeMs) order = UNORDERED;
      beforeMs = whenMs || endMs;
      at = listpack.next(at);
    }
    this.#names.clear();
    return order;
  }

  /** All elements have come. */
  finish(): void {
    this.#names.clear();
    if (this.encoding === ENCODING_TABLE) return;
    const listpack = this.#listpack.attach(this.handle);
    listpack.trim();
    // Of one with times the entry keeps no length.
    this.stands(this.encoding, listpack.handle, this.encoding === ENCODING_LISTPACK ? listpack.sizeBytes : 0);
  }

  /** A hash that is a valid listpack. @returns false when it is no hash. */
  load(bytes: Uint8Array, start: number, length: number): boolean {
    this.stands(ENCODING_LISTPACK, this.#listpack.load(bytes, start, length), length);
    return this.settle();
  }

  /**
   * The end of one that was built as a listpack: looks for names that come twice, and makes it a table if it has many.
   * @returns false when it is no hash.
   */
  settle(): boolean {
    this.finish();
    if (!this.#isHash()) return false;
    this.spreadIfLarge();
    return true;
  }

  /** Makes a listpack of many fields a table. */
  spreadIfLarge(): void {
    if (this.encoding !== ENCODING_LISTPACK) return;
    const { count } = this.#listpack.attach(this.handle);
    if (count > 2 * this.keyspace.collectionLimits.hashMaxListpackEntries) this.#spread();
  }

  /** Adds to a listpack, whatever the limits say. @returns false when it would be too long. */
  append({ bytes, start, length }: Span): boolean {
    const listpack = this.#listpack.attach(this.handle);
    if (!listpack.hasRoomFor(length)) return false;
    listpack.append(bytes, start, length);
    this.handle = listpack.handle;
    return true;
  }

  beginListpack(): void {
    this.stands(ENCODING_LISTPACK, this.#listpack.create(), 0);
  }

  override discard(): void {
    this.#names.clear();
    super.discard();
  }

  #isHash(): boolean {
    const listpack = this.#listpack.attach(this.handle);
    const field = this.#field;
    let isHash = listpack.count % 2 === 0;
    for (let at = listpack.first(); at >= 0 && isHash; at = listpack.next(listpack.next(at))) {
      listpack.read(at, field);
      isHash = this.#names.add(field.bytes, field.start, field.length);
    }
    this.#names.clear();
    return isHash;
  }

  /** Turns the listpack into a table. */
  #spread(): void {
    const from = this.handle;
    const hasTimes = this.encoding === ENCODING_LISTPACK_EX;
    this.#names.clear();
    this.#beginTable();
    const listpack = this.#listpack.attach(from);
    for (let at = listpack.first(); at >= 0; ) {
      const valueAt = listpack.next(at);
      listpack.read(at, this.#field);
      listpack.read(valueAt, this.#value);
      const timeAt = hasTimes ? listpack.next(valueAt) : valueAt;
      this.#addToTable(this.#field, this.#value, hasTimes ? listpack.doubleAt(timeAt) : 0);
      at = listpack.next(timeAt);
    }
    listpack.free();
  }

  #beginTable(): void {
    const before = this.arena.usedBytes;
    this.hangs(ENCODING_TABLE, createCollectionRoot(this.arena, this.#members.create(), 0, 0));
    this.sizeBytes = this.arena.usedBytes - before;
  }

  #addToTable(field: Span, value: Span, whenMs: number): boolean {
    const before = this.arena.usedBytes;
    const members = this.#members.attach(tableOf(this.arena, this.handle));
    if (members.has(field.bytes, field.start, field.length)) return false;
    const { bytes, start, length } = field;
    const entry = members.insertField(bytes, start, length, value.bytes, value.start, value.length, whenMs);
    if (whenMs !== 0) {
      this.#index.attach(this.handle);
      this.#index.add(whenMs, entry);
    }
    this.sizeBytes += this.arena.usedBytes - before;
    return true;
  }
}

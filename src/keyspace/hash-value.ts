/**
 * A hash, whichever way it is kept:
 *
 *     listpack     field, value, field, value …, in order of arrival; a look-up compares field by field
 *     hashtable    a table of fields (`structures/member-table.ts`) below a root
 *
 * A hash begins as a listpack and becomes a table for good when it has more than `hash-max-listpack-entries` fields, or
 * a field or value longer than `hash-max-listpack-value`, at the very element at which Redis does it.
 *
 * One object serves all hashes: it is opened on one, used, and opened on the next. Reading:
 *
 *     hash.open(entry)                    then `count`, `find(field)`, or `next()` until false
 *     hash.value                          what `find`, `next` and `show` have come upon, and with it
 *     hash.field                          its field (not after `find`: the caller has it)
 *
 * Changing, under a write handle, with nothing else done to the keyspace in between:
 *
 *     hash.beginEdit(handle, …)           makes the hash if there is none
 *     hash.set(…), hash.remove(…), or hash.find(…) and then hash.put(…)
 *     hash.endEdit()                      an empty hash takes its key with it
 *
 * A reference names one field for as long as nothing changes: the position in the listpack, the entry in the table.
 */
import { assert } from "../base/assert.ts";
import type { KeyedHash } from "../base/keyed-hash.ts";
import { INT64_TEXT_BYTES_MAX } from "../base/limits.ts";
import { writeInt64 } from "../base/text.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import { createCollectionRoot, tableOf } from "../structures/collection-root.ts";
import {
  ENCODING_LISTPACK,
  ENCODING_RAW_OUTSIDE,
  ENCODING_TABLE,
  encodingOf,
  keySpan,
  outsideHandle,
  type Span,
  TYPE_HASH,
  typeOf,
} from "../structures/entry.ts";
import { HandleList } from "../structures/handle-list.ts";
import { ListItem } from "../structures/list-item.ts";
import { ELEMENT_OVERHEAD_BYTES_MAX, LISTPACK_EMPTY_BYTES, Listpack } from "../structures/listpack.ts";
import { MemberTable } from "../structures/member-table.ts";
import { PACKED_BYTES_MAX } from "../structures/packed-block.ts";
import type { UniformSource } from "../structures/table.ts";
import type { CollectionLimits } from "./collection-limits.ts";
import { scanAtLeast } from "./scan-page.ts";
import type { ElementVisitor } from "./snapshot.ts";
import type { WriteHandle } from "./write-handle.ts";

/** Entries of a table that a walk takes at a time. */
const WALK_ENTRIES = 64;
const NONE = -1;

/** What is about to be set, as far as it decides how a hash is kept. */
export class HashGrowth {
  /** Pairs of field and value. */
  pairs = 0;
  /** Of the longest field or value. */
  longestBytes = 0;
  /** Of all fields and values as text. */
  textBytes = 0;
  /** Of all of them as elements of a listpack; only wanted when there is no hash yet. */
  packedBytes = 0;

  reset(pairs: number): void {
    this.pairs = pairs;
    this.longestBytes = 0;
    this.textBytes = 0;
    this.packedBytes = 0;
  }

  /** Counts a field or a value. */
  add(lengthBytes: number): void {
    this.textBytes += lengthBytes;
    if (lengthBytes > this.longestBytes) this.longestBytes = lengthBytes;
  }
}

export class HashValue {
  readonly field: Span;
  readonly value: Span;
  /** The block that `value` has to itself, 0 when it has none: a reply may pin it. */
  valueBlock: Handle = 0;
  /** For `beginEdit`, to be filled in anew. */
  readonly growth: HashGrowth = new HashGrowth();

  readonly #arena: Arena;
  readonly #limits: CollectionLimits;
  readonly #packed: Listpack;
  readonly #fields: MemberTable;
  readonly #fieldItem = new ListItem();
  readonly #valueItem = new ListItem();
  readonly #digits = new Uint8Array(INT64_TEXT_BYTES_MAX);
  #isPacked = true;
  /** Of the table. */
  #root: Handle = 0;
  #handle: WriteHandle | null = null;
  /** Reference of the field last looked up: -1 or 0 when it is not there. */
  #found = NONE;

  /** Where `next` goes on: a position, or a place in the table and in the batch taken from before it. */
  #position = NONE;
  #cursor = 0;
  readonly #batch = new HandleList();
  #batchNext = 0;

  constructor(arena: Arena, hash: KeyedHash, limits: CollectionLimits) {
    this.#arena = arena;
    this.#limits = limits;
    this.#packed = new Listpack(arena);
    this.#fields = new MemberTable(arena, hash);
    this.field = this.#fieldItem;
    this.value = this.#valueItem;
  }

  // ---- reading --------------------------------------------------------------------------------------------------

  /** Opens the hash of a key's entry. A walk begins at the first field. */
  open(entry: Handle): this {
    const arena = this.#arena;
    assert(typeOf(arena, entry) === TYPE_HASH, "the entry holds a hash");
    const handle = outsideHandle(arena, entry);
    this.#isPacked = encodingOf(arena, entry) === ENCODING_LISTPACK;
    if (this.#isPacked) {
      this.#position = this.#packed.attach(handle).first();
    } else {
      this.#root = handle;
      this.#fields.attach(tableOf(arena, handle));
      this.#cursor = 0;
      this.#batchNext = 0;
      this.#batch.clear();
    }
    return this;
  }

  /** Whether it is kept as a listpack. */
  get isPacked(): boolean {
    return this.#isPacked;
  }

  /** Number of fields. */
  get count(): number {
    return this.#isPacked ? this.#packed.count >>> 1 : this.#fields.count;
  }

  /** Looks a field up, and points `value` at its value. Within a change `put` may follow. */
  find(bytes: Uint8Array, start: number, length: number): boolean {
    if (!this.#locate(bytes, start, length)) return false;
    if (this.#isPacked) this.#packed.read(this.#packed.next(this.#found), this.#valueItem);
    else this.#showValue(this.#found);
    return true;
  }

  /** Looks a field up. @returns whether it is there. */
  has(bytes: Uint8Array, start: number, length: number): boolean {
    return this.#locate(bytes, start, length);
  }

  #locate(bytes: Uint8Array, start: number, length: number): boolean {
    this.valueBlock = 0;
    if (!this.#isPacked) {
      this.#found = this.#fields.find(bytes, start, length);
      return this.#found !== 0;
    }
    const packed = this.#packed;
    this.#found = packed.find(packed.first(), bytes, start, length, 1);
    return this.#found !== NONE;
  }

  /** Points `field` and `value` at the next field, in no particular order. @returns false after the last. */
  next(): boolean {
    if (this.#isPacked) {
      if (this.#position === NONE) return false;
      this.#position = this.#showPair(this.#position);
      return true;
    }
    if (this.#batchNext === this.#batch.length && !this.#refill()) return false;
    this.show(this.#batch.items[this.#batchNext++]);
    return true;
  }

  /** As a walker of collections: visits about `limit` fields. @returns false at the end. */
  step(limit: number, visitor: ElementVisitor): boolean {
    const { field, value } = this;
    for (let visited = 0; visited < limit; visited++) {
      if (!this.next()) return false;
      visitor.element(field.bytes, field.start, field.length, value.bytes, value.start, value.length, 0);
    }
    return true;
  }

  /** Takes the next entries out of the table. @returns false at its end. */
  #refill(): boolean {
    const batch = this.#batch;
    this.#batchNext = 0;
    batch.clear();
    if (this.#cursor === NONE) return false;
    while (batch.length < WALK_ENTRIES) {
      this.#cursor = this.#fields.scan(this.#cursor, batch);
      if (this.#cursor === 0) {
        this.#cursor = NONE;
        break;
      }
    }
    return batch.length > 0;
  }

  // ---- references -----------------------------------------------------------------------------------------------

  /** Points `field` and `value` at what a reference names. */
  show(reference: Handle): void {
    if (this.#isPacked) {
      this.#showPair(reference);
    } else {
      keySpan(this.#arena, reference, this.field);
      this.#showValue(reference);
    }
  }

  /** References of all fields. */
  collect(into: HandleList): void {
    if (!this.#isPacked) {
      for (let cursor = this.#fields.scan(0, into); cursor !== 0; ) cursor = this.#fields.scan(cursor, into);
      return;
    }
    const packed = this.#packed;
    for (let at = packed.first(); at !== NONE; at = packed.next(packed.next(at))) into.push(at);
  }

  /** The reference of a uniformly random field. The hash has one. */
  random(source: UniformSource): Handle {
    return this.#isPacked ? this.#packed.seek(2 * source.below(this.count)) : this.#fields.random(source);
  }

  /** A page of a scan, as of `scanAtLeast`: references. All of a listpack is one page. */
  scan(cursor: number, count: number, into: HandleList): number {
    if (!this.#isPacked) return scanAtLeast(this.#fields, cursor, count, into);
    this.collect(into);
    return 0;
  }

  /** @returns the position of the next field. */
  #showPair(position: number): number {
    const packed = this.#packed;
    packed.read(position, this.#fieldItem);
    const valuePosition = packed.next(position);
    packed.read(valuePosition, this.#valueItem);
    this.valueBlock = 0;
    return packed.next(valuePosition);
  }

  #showValue(entry: Handle): void {
    const arena = this.#arena;
    this.#fields.valueSpan(entry, this.value);
    this.valueBlock = encodingOf(arena, entry) === ENCODING_RAW_OUTSIDE ? outsideHandle(arena, entry) : 0;
  }

  // ---- changing -------------------------------------------------------------------------------------------------

  /**
   * Begins to change the hash of a key, which holds one or nothing.
   * @param growth of what will be set, null when nothing will: Redis gives up the listpack before it sets the first
   *   field when one of them is too long for it, or when there are too many.
   */
  beginEdit(handle: WriteHandle, growth: HashGrowth | null): void {
    this.#handle = handle;
    handle.beginChange();
    if (handle.entry !== 0) {
      this.open(handle.entry);
      if (this.#isPacked && growth !== null && !this.#fitsPacked(growth, this.#packed.sizeBytes)) this.#convert();
    } else if (growth === null || this.#fitsPacked(growth, LISTPACK_EMPTY_BYTES)) {
      this.#isPacked = true;
      this.#packed.create(LISTPACK_EMPTY_BYTES + (growth?.packedBytes ?? 0));
    } else {
      this.#becomeTable();
    }
  }

  /** Gives a field its value. Neither may stand in the hash itself. @returns whether the field is new. */
  set(
    field: Uint8Array,
    fieldStart: number,
    fieldLength: number,
    value: Uint8Array,
    valueStart: number,
    valueLength: number,
  ): boolean {
    const isThere = this.#locate(field, fieldStart, fieldLength);
    this.put(field, fieldStart, fieldLength, value, valueStart, valueLength);
    return !isThere;
  }

  /** As `set`, for the field that has just been looked up, there or not. */
  put(
    field: Uint8Array,
    fieldStart: number,
    fieldLength: number,
    value: Uint8Array,
    valueStart: number,
    valueLength: number,
  ): void {
    const packed = this.#packed;
    const found = this.#found;
    if (!this.#isPacked) {
      if (found === 0) this.#fields.insertField(field, fieldStart, fieldLength, value, valueStart, valueLength);
      else this.#fields.setFound(field, fieldStart, fieldLength, value, valueStart, valueLength);
      return;
    }
    if (!this.#hasRoomFor(fieldLength, valueLength)) {
      this.#convert();
      this.#fields.setField(field, fieldStart, fieldLength, value, valueStart, valueLength);
      return;
    }
    if (found !== NONE) {
      packed.replace(packed.next(found), value, valueStart, valueLength);
    } else {
      packed.append(field, fieldStart, fieldLength);
      packed.append(value, valueStart, valueLength);
    }
    if (this.count > this.#limits.hashMaxListpackEntries) this.#convert();
  }

  /** As `put` with the text of a 64-bit integer. */
  putInteger(field: Uint8Array, start: number, length: number, high: number, low: number): void {
    const digits = this.#digits;
    this.put(field, start, length, digits, 0, writeInt64(high, low, digits, 0));
  }

  /** Whether a pair may stand in the listpack. */
  #hasRoomFor(fieldLength: number, valueLength: number): boolean {
    const longest = this.#limits.hashMaxListpackValue;
    if (fieldLength > longest || valueLength > longest) return false;
    return this.#packed.hasRoomFor(fieldLength + valueLength + 2 * ELEMENT_OVERHEAD_BYTES_MAX);
  }

  /** @returns whether the field was there. */
  remove(bytes: Uint8Array, start: number, length: number): boolean {
    if (!this.#locate(bytes, start, length)) return false;
    if (this.#isPacked) this.#packed.remove(this.#found, 2);
    else this.#fields.removeFound();
    return true;
  }

  /** Ends the change; the handle is still to be closed. @returns fields that are left: with none the key is gone. */
  endEdit(): number {
    const handle = this.#handle;
    assert(handle !== null, "a change ends once");
    this.#handle = null;
    const { count } = this;
    if (this.#isPacked) {
      const { handle: block, sizeBytes } = this.#packed;
      handle.endChange(TYPE_HASH, ENCODING_LISTPACK, block, sizeBytes);
    } else {
      handle.endChange(TYPE_HASH, ENCODING_TABLE, this.#root, 0);
    }
    if (count === 0) handle.unlink();
    return count;
  }

  #fitsPacked({ pairs, longestBytes, textBytes }: HashGrowth, presentBytes: number): boolean {
    const limits = this.#limits;
    if (pairs > limits.hashMaxListpackEntries || longestBytes > limits.hashMaxListpackValue) return false;
    return presentBytes + textBytes + 2 * pairs * ELEMENT_OVERHEAD_BYTES_MAX <= PACKED_BYTES_MAX;
  }

  /** Moves all pairs from the listpack to a table. */
  #convert(): void {
    const packed = this.#packed;
    const { field, value } = this;
    this.#becomeTable();
    for (let at = packed.first(); at !== NONE; ) {
      at = this.#showPair(at);
      const isNew = this.#fields.setField(
        field.bytes,
        field.start,
        field.length,
        value.bytes,
        value.start,
        value.length,
      );
      assert(isNew, "a field stands in a hash once");
    }
    packed.free();
  }

  #becomeTable(): void {
    this.#isPacked = false;
    // What it takes is told by the end of the change.
    this.#root = createCollectionRoot(this.#arena, this.#fields.create(), 0, 0);
  }
}

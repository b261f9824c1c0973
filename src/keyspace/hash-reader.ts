/**
 * Reading a hash: see `hash-value.ts`, which changes one.
 *
 * Fields that have lapsed by the clock are not there, whether they have been removed or not: they are not counted, found,
 * walked, drawn or scanned. What is left of them costs only hashes that have some. In a listpack they stand in front of
 * all others, so reading begins behind them; in a table each entry says when it expires, and the index how many have.
 */
import { assert } from "../base/assert.ts";
import type { KeyedHash } from "../base/keyed-hash.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import { tableOf } from "../structures/collection-root.ts";
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
import { Listpack } from "../structures/listpack.ts";
import { MemberTable } from "../structures/member-table.ts";
import type { UniformSource } from "../structures/table.ts";
import { TableWalk } from "../structures/table-walk.ts";
import { FieldIndex } from "./hash-field-index.ts";
import { lapsedTriples, PAIR, TRIPLE, timeAt } from "./hash-triples.ts";
import { scanAtLeast } from "./scan-page.ts";
import type { ElementVisitor } from "./snapshot.ts";

/** Draws that come upon lapsed fields, before the first that is found by walking is taken. */
const RANDOM_TRIES_MAX = 10_000;
const NONE = -1;

/** By which clock fields lapse. */
export interface FieldClock {
  /** ms since the epoch. */
  nowMs: number;
}

/** Is told of a field; the bytes are good during the call. */
export type TellField = (bytes: Uint8Array, start: number, length: number) => void;

export class HashReader {
  readonly field: Span;
  readonly value: Span;
  /** The block that `value` has to itself, 0 when it has none: a reply may pin it. */
  valueBlock: Handle = 0;
  /** Fields that have lapsed and are still to be removed. */
  lapsed = 0;

  protected readonly arena: Arena;
  protected readonly clock: FieldClock;
  protected readonly packed: Listpack;
  protected readonly fields: MemberTable;
  protected readonly index: FieldIndex;
  protected readonly fieldItem: ListItem = new ListItem();
  protected readonly valueItem: ListItem = new ListItem();
  protected isListpack = true;
  /** Elements of the listpack that are one field: PAIR or TRIPLE. */
  protected stride: number = PAIR;
  /** Of the table. */
  protected root: Handle = 0;
  /** Reference of the field last looked up: -1 or 0 when it is not there. */
  protected found: Handle = NONE;

  /** Position of the first field of the listpack that has not lapsed. */
  #first = NONE;
  /** Where `next` goes on: a position, or a place in the table. */
  #position = NONE;
  readonly #walk = new TableWalk();

  constructor(arena: Arena, hash: KeyedHash, clock: FieldClock) {
    this.arena = arena;
    this.clock = clock;
    this.packed = new Listpack(arena);
    this.fields = new MemberTable(arena, hash);
    this.index = new FieldIndex(arena);
    this.field = this.fieldItem;
    this.value = this.valueItem;
  }

  /** Opens the hash of a key's entry. A walk begins at the first field. */
  open(entry: Handle): this {
    const { arena } = this;
    assert(typeOf(arena, entry) === TYPE_HASH, "the entry holds a hash");
    const handle = outsideHandle(arena, entry);
    const encoding = encodingOf(arena, entry);
    this.lapsed = 0;
    this.isListpack = encoding !== ENCODING_TABLE;
    if (!this.isListpack) {
      this.root = handle;
      this.fields.attach(tableOf(arena, handle));
      this.index.attach(handle);
      if (this.index.count > 0) this.lapsed = this.index.lapsed(this.clock.nowMs);
      this.#walk.rewind();
      return this;
    }
    this.stride = encoding === ENCODING_LISTPACK ? PAIR : TRIPLE;
    this.#first = this.packed.attach(handle).first();
    if (this.stride === TRIPLE) this.#passLapsed();
    this.#position = this.#first;
    return this;
  }

  #passLapsed(): void {
    this.lapsed = lapsedTriples(this.packed, this.clock.nowMs);
    if (this.lapsed > 0) this.#first = this.packed.seek(this.lapsed * TRIPLE);
  }

  /** Whether it is kept as a listpack. */
  get isPacked(): boolean {
    return this.isListpack;
  }

  /** Number of fields. */
  get count(): number {
    if (!this.isListpack) return this.fields.count - this.lapsed;
    return this.stride === PAIR ? this.packed.count >>> 1 : this.packed.count / TRIPLE - this.lapsed;
  }

  /** Whether fields may expire: of a listpack with times perhaps none does. */
  get isExpiring(): boolean {
    return this.isListpack ? this.stride === TRIPLE : this.index.count > 0;
  }

  /** When the next field expires, or has lapsed; Infinity when none does. */
  get nextExpiryMs(): number {
    if (!this.isListpack) return this.index.nextMs;
    const first = this.stride === PAIR ? NONE : this.packed.first();
    return (first === NONE ? 0 : timeAt(this.packed, first)) || Number.POSITIVE_INFINITY;
  }

  /** Looks a field up, and points `value` at its value. Within a change `put` may follow. */
  find(bytes: Uint8Array, start: number, length: number): boolean {
    if (!this.locate(bytes, start, length)) return false;
    if (this.isListpack) this.packed.read(this.packed.next(this.found), this.valueItem);
    else this.#showValue(this.found);
    return true;
  }

  /** Looks a field up. @returns whether it is there. */
  has(bytes: Uint8Array, start: number, length: number): boolean {
    return this.locate(bytes, start, length);
  }

  /** Whether the field that has just been looked up is there. */
  get isFound(): boolean {
    return this.found !== (this.isListpack ? NONE : 0);
  }

  /** When the field that has just been looked up, and is there, expires: ms since the epoch, 0 for never. */
  get foundExpiryMs(): number {
    return this.expiryOf(this.found);
  }

  protected locate(bytes: Uint8Array, start: number, length: number): boolean {
    this.valueBlock = 0;
    if (!this.isListpack) {
      this.found = this.fields.find(bytes, start, length);
      if (this.found === 0) return false;
      return this.lapsed === 0 || !this.#hasLapsed(this.found) || this.foundLapsed(bytes, start, length);
    }
    const { packed, stride } = this;
    const from = this.lapsed === 0 ? packed.first() : this.#first;
    this.found = packed.find(from, bytes, start, length, stride - 1);
    return this.found !== NONE;
  }

  /** The field that has been found in the table has lapsed: it is not there. */
  protected foundLapsed(_bytes: Uint8Array, _start: number, _length: number): false {
    this.found = 0;
    return false;
  }

  #hasLapsed(entry: Handle): boolean {
    const whenMs = this.fields.expiryOf(entry);
    return whenMs !== 0 && whenMs < this.clock.nowMs;
  }

  // ---- walking --------------------------------------------------------------------------------------------------

  /** Points `field` and `value` at the next field, in no particular order. @returns false after the last. */
  next(): boolean {
    if (this.isListpack) {
      if (this.#position === NONE) return false;
      this.#position = this.showPacked(this.#position);
      return true;
    }
    for (;;) {
      const entry = this.#walk.next(this.fields);
      if (entry === 0) return false;
      if (this.lapsed > 0 && this.#hasLapsed(entry)) continue;
      this.show(entry);
      return true;
    }
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

  // ---- references -----------------------------------------------------------------------------------------------

  /** Points `field` and `value` at what a reference names. */
  show(reference: Handle): void {
    if (this.isListpack) {
      this.showPacked(reference);
    } else {
      keySpan(this.arena, reference, this.field);
      this.#showValue(reference);
    }
  }

  /** When the field that a reference names expires, ms since the epoch; 0 for never. */
  expiryOf(reference: Handle): number {
    if (!this.isListpack) return this.fields.expiryOf(reference);
    return this.stride === PAIR ? 0 : timeAt(this.packed, reference);
  }

  /** References of all fields. */
  collect(into: HandleList): void {
    if (!this.isListpack) {
      const from = into.length;
      this.fields.collect(into);
      this.#dropLapsed(into, from);
      return;
    }
    const { packed } = this;
    for (let at = this.#first; at !== NONE; ) {
      into.push(at);
      for (let passed = 0; passed < this.stride && at !== NONE; passed++) at = packed.next(at);
    }
  }

  /** The reference of a uniformly random field. The hash has one. */
  random(source: UniformSource): Handle {
    if (this.isListpack) return this.packed.seek(this.stride * (this.lapsed + source.below(this.count)));
    if (this.lapsed === 0) return this.fields.random(source);
    for (let tries = 0; tries < RANDOM_TRIES_MAX; tries++) {
      const entry = this.fields.random(source);
      if (!this.#hasLapsed(entry)) return entry;
    }
    const some = new HandleList();
    for (let cursor = 0; some.length === 0; ) {
      cursor = this.fields.scan(cursor, some);
      this.#dropLapsed(some, 0);
      assert(some.length > 0 || cursor !== 0, "a field is drawn from a hash that has one");
    }
    return some.items[0];
  }

  /** A page of a scan, as of `scanAtLeast`: references. All of a listpack is one page. */
  scan(cursor: number, count: number, into: HandleList): number {
    if (!this.isListpack) {
      const from = into.length;
      const next = scanAtLeast(this.fields, cursor, count, into);
      this.#dropLapsed(into, from);
      return next;
    }
    this.collect(into);
    return 0;
  }

  /** Takes references of lapsed fields out of a list. */
  #dropLapsed(list: HandleList, from: number): void {
    if (this.lapsed === 0) return;
    let kept = from;
    for (let index = from; index < list.length; index++) {
      if (!this.#hasLapsed(list.items[index])) list.items[kept++] = list.items[index];
    }
    list.length = kept;
  }

  /** @returns the position of the next field. */
  protected showPacked(position: number): number {
    const { packed } = this;
    packed.read(position, this.fieldItem);
    const valuePosition = packed.next(position);
    packed.read(valuePosition, this.valueItem);
    this.valueBlock = 0;
    const after = packed.next(valuePosition);
    return this.stride === PAIR ? after : packed.next(after);
  }

  #showValue(entry: Handle): void {
    const { arena } = this;
    this.fields.valueSpan(entry, this.value);
    this.valueBlock = encodingOf(arena, entry) === ENCODING_RAW_OUTSIDE ? outsideHandle(arena, entry) : 0;
  }
}

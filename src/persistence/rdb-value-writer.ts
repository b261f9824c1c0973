/**
 * Writes one value as RDB has it, in steps: a large collection is as many steps as wanted, in between which it does not
 * change. A small collection is the listpack or intset that it is in memory.
 *
 * Sorted sets are written from the greatest member down, as in Redis; nodes of a list one by one, unpacked ones
 * compressed again as any string is.
 */
import { assert } from "../base/assert.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import { indexOf, tableOf } from "../structures/collection-root.ts";
import {
  ENCODING_INT,
  ENCODING_INTSET,
  ENCODING_LISTPACK,
  ENCODING_LISTPACK_EX,
  encodingOf,
  intHigh,
  intLow,
  keySpan,
  outsideHandle,
  outsideLength,
  Span,
  spanOfBlock,
  TYPE_HASH,
  TYPE_LIST,
  TYPE_SET,
  TYPE_STREAM,
  TYPE_STRING,
  TYPE_ZSET,
  typeOf,
} from "../structures/entry.ts";
import { HandleList } from "../structures/handle-list.ts";
import { ListItem } from "../structures/list-item.ts";
import { Listpack } from "../structures/listpack.ts";
import { MemberTable } from "../structures/member-table.ts";
import { Quicklist } from "../structures/quicklist.ts";
import { SortedIndex } from "../structures/sorted-index.ts";
import { SortedCursor } from "../structures/sorted-index-cursor.ts";
import { Run, StringReader } from "../structures/string-reader.ts";
import { HashWriter, hashCodeOf } from "./hash-writer.ts";
import {
  NODE_PACKED,
  NODE_PLAIN,
  RDB_LIST_QUICKLIST_2,
  RDB_SET,
  RDB_SET_INTSET,
  RDB_STREAM_2,
  RDB_STRING,
  RDB_ZSET_2,
  RDB_ZSET_LISTPACK,
} from "./rdb-format.ts";
import type { RdbOutput } from "./rdb-output.ts";
import { StreamWriter } from "./stream-writer.ts";

/** How the value of an entry is written: a type of RDB. */
export function rdbCodeOf(arena: Arena, entry: Handle): number {
  const encoding = encodingOf(arena, entry);
  switch (typeOf(arena, entry)) {
    case TYPE_STRING:
      return RDB_STRING;
    case TYPE_LIST:
      return RDB_LIST_QUICKLIST_2;
    case TYPE_SET:
      return encoding === ENCODING_INTSET ? RDB_SET_INTSET : RDB_SET;
    case TYPE_ZSET:
      return encoding === ENCODING_LISTPACK ? RDB_ZSET_LISTPACK : RDB_ZSET_2;
    case TYPE_STREAM:
      return RDB_STREAM_2;
    default:
      assert(typeOf(arena, entry) === TYPE_HASH, "every type of value can be written");
      return hashCodeOf(arena, entry);
  }
}

/** A node of a list is written in the time of so many elements. */
const NODE_ELEMENTS = 64;

/** Writes about so many elements. @returns false when the value is complete. */
type Step = (elementsMax: number) => boolean;

const COMPLETE: Step = () => false;

export class RdbValueWriter {
  readonly #arena: Arena;
  readonly #out: RdbOutput;
  readonly #reader: StringReader;
  readonly #run = new Run();
  readonly #listpack: Listpack;
  readonly #members: MemberTable;
  readonly #hash: HashWriter;
  readonly #sorted: SortedIndex;
  readonly #list: Quicklist;
  readonly #stream: StreamWriter;
  readonly #item = new ListItem();
  readonly #span = new Span();
  readonly #value = new Span();
  /** What of a large collection comes next. */
  #step: Step = COMPLETE;
  #root: Handle = 0;
  #isAtStart = true;
  #cursor = 0;
  readonly #batch = new HandleList();
  #place: Handle = 0;
  readonly #sortedPlace: SortedCursor;
  readonly #stepHash: Step = (elementsMax) => this.#stepTable(elementsMax, true);
  readonly #stepSet: Step = (elementsMax) => this.#stepTable(elementsMax, false);
  readonly #stepSorted: Step = (elementsMax) => this.#stepIndex(elementsMax);
  readonly #stepList: Step = (elementsMax) => this.#stepNodes(elementsMax);
  readonly #stepStream: Step = (elementsMax) => this.#stream.step(elementsMax);

  constructor({ arena, hash }: Keyspace, out: RdbOutput) {
    this.#arena = arena;
    this.#out = out;
    this.#reader = new StringReader(arena);
    this.#listpack = new Listpack(arena);
    this.#members = new MemberTable(arena, hash);
    this.#hash = new HashWriter(arena, out);
    this.#sorted = new SortedIndex(arena);
    this.#list = new Quicklist(arena);
    this.#stream = new StreamWriter(arena, out);
    this.#sortedPlace = new SortedCursor(arena);
  }

  /** Begins to write the value of an entry; small values are written with it. @returns whether `step` is to be called. */
  begin(entry: Handle): boolean {
    const arena = this.#arena;
    const out = this.#out;
    const encoding = encodingOf(arena, entry);
    const type = typeOf(arena, entry);
    this.#step = COMPLETE;
    if (type === TYPE_STRING) {
      if (encoding === ENCODING_INT) out.integer64(intHigh(arena, entry), intLow(arena, entry));
      else out.value(this.#reader.open(entry), this.#run);
    } else if (type === TYPE_HASH && encoding === ENCODING_LISTPACK_EX) {
      this.#hash.writePacked(outsideHandle(arena, entry));
    } else if (encoding === ENCODING_LISTPACK || encoding === ENCODING_INTSET) {
      const block = outsideHandle(arena, entry);
      if (type === TYPE_SET && encoding === ENCODING_LISTPACK) this.#writeMembers(block);
      else this.#writeBlock(type, block, outsideLength(arena, entry));
    } else {
      this.#begin(type, outsideHandle(arena, entry));
    }
    return this.#step !== COMPLETE;
  }

  /** Writes about so many elements more. @returns false when the value is complete. */
  step(elementsMax: number): boolean {
    if (this.#step(elementsMax)) return true;
    this.#step = COMPLETE;
    return false;
  }

  /** A listpack or an intset. A list is one of one node. */
  #writeBlock(type: number, block: Handle, length: number): void {
    const out = this.#out;
    const span = this.#span;
    spanOfBlock(this.#arena, block, length, span);
    if (type === TYPE_LIST) {
      out.length(1);
      out.length(NODE_PACKED);
    }
    out.string(span.bytes, span.start, length);
  }

  /** A set that is a listpack, member by member. */
  #writeMembers(block: Handle): void {
    const listpack = this.#listpack.attach(block);
    const item = this.#item;
    this.#out.length(listpack.count);
    for (let at = listpack.first(); at >= 0; at = listpack.next(at)) {
      listpack.read(at, item);
      this.#out.string(item.bytes, item.start, item.length);
    }
  }

  #begin(type: number, root: Handle): void {
    this.#root = root;
    this.#isAtStart = true;
    this.#cursor = 0;
    if (type === TYPE_STREAM) {
      this.#step = this.#stepStream;
      this.#stream.begin(root);
      return;
    }
    if (type === TYPE_LIST) {
      this.#step = this.#stepList;
      this.#out.length(this.#list.attach(root).nodeCount);
      this.#place = this.#list.firstNode;
      return;
    }
    if (type === TYPE_HASH) this.#hash.beginTable(root);
    this.#step = type === TYPE_HASH ? this.#stepHash : type === TYPE_SET ? this.#stepSet : this.#stepSorted;
    this.#out.length(this.#members.attach(tableOf(this.#arena, root)).count);
  }

  #stepTable(elementsMax: number, hasValues: boolean): boolean {
    const members = this.#members.attach(tableOf(this.#arena, this.#root));
    const batch = this.#batch;
    for (let written = 0; written < elementsMax; ) {
      if (this.#cursor === 0 && !this.#isAtStart) return false;
      this.#isAtStart = false;
      batch.clear();
      this.#cursor = members.scan(this.#cursor, batch);
      for (let index = 0; index < batch.length; index++) this.#writeMember(batch.items[index], hasValues);
      written += batch.length + 1;
    }
    return this.#cursor !== 0;
  }

  #writeMember(entry: Handle, hasValue: boolean): void {
    const span = this.#span;
    if (hasValue) this.#hash.beginField(entry);
    keySpan(this.#arena, entry, span);
    this.#out.string(span.bytes, span.start, span.length);
    if (!hasValue) return;
    const value = this.#value;
    this.#members.valueSpan(entry, value);
    this.#out.string(value.bytes, value.start, value.length);
  }

  #stepIndex(elementsMax: number): boolean {
    const place = this.#sortedPlace;
    const span = this.#span;
    let isMore = true;
    if (this.#isAtStart) {
      const sorted = this.#sorted.attach(indexOf(this.#arena, this.#root));
      isMore = sorted.at(sorted.count - 1, place);
      this.#isAtStart = false;
    }
    for (let written = 0; written < elementsMax && isMore; written++) {
      keySpan(this.#arena, place.entry, span);
      this.#out.string(span.bytes, span.start, span.length);
      this.#out.double(place.score);
      isMore = place.previous();
    }
    return isMore;
  }

  /** A node counts as many elements: it takes as long. */
  #stepNodes(elementsMax: number): boolean {
    const list = this.#list.attach(this.#root);
    const item = this.#item;
    for (let left = elementsMax; left > 0 && this.#place !== 0; left -= NODE_ELEMENTS) {
      const isPlain = list.showNode(this.#place, item);
      this.#out.length(isPlain ? NODE_PLAIN : NODE_PACKED);
      this.#out.string(item.bytes, item.start, item.length);
      this.#place = list.nextNode(this.#place);
    }
    return this.#place !== 0;
  }
}

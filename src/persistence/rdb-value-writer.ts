/**
 * Writes one value as RDB has it. A small collection is the listpack or intset that it is in memory; of a large one the
 * parts come one by one, from a snapshot or all in a row (`keyspace/collection-image.ts`).
 *
 * Sorted sets are written from the greatest member down, as in Redis; nodes of a list one by one, unpacked ones
 * compressed again as any string is.
 */
import { assert } from "../base/assert.ts";
import { EPOCH_NONE, hasParts, PartLenses, type PartReader, type Parts } from "../keyspace/collection-image.ts";
import { imageOf } from "../keyspace/image-kinds.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import {
  ENCODING_INT,
  ENCODING_INTSET,
  ENCODING_LISTPACK,
  ENCODING_LISTPACK_EX,
  ENCODING_RAW_OUTSIDE,
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
import { ListItem } from "../structures/list-item.ts";
import { Listpack } from "../structures/listpack.ts";
import { MemberTable } from "../structures/member-table.ts";
import { NodeRecord, Scratch } from "../structures/quicklist-record.ts";
import { Run, StringReader } from "../structures/string-reader.ts";
import { HashWriter, hashCodeOf } from "./hash-writer.ts";
import {
  NODE_PACKED,
  NODE_PLAIN,
  RDB_HASH,
  RDB_HASH_METADATA,
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

/** How the value of an entry is written: a type of RDB. @param parts null when the entry has its value still. */
export function rdbCodeOf(arena: Arena, entry: Handle, parts: Parts | null = null): number {
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
      if (parts !== null) return parts.firstExpiryMs === 0 ? RDB_HASH : RDB_HASH_METADATA;
      return hashCodeOf(arena, entry);
  }
}

export class RdbValueWriter implements PartReader {
  readonly #arena: Arena;
  readonly #out: RdbOutput;
  readonly #reader: StringReader;
  readonly #run = new Run();
  readonly #listpack: Listpack;
  readonly #members: MemberTable;
  readonly #hash: HashWriter;
  readonly #node: NodeRecord;
  readonly #scratch = new Scratch();
  readonly #item = new ListItem();
  readonly #span = new Span();
  readonly #value = new Span();
  readonly stream: StreamWriter;
  readonly #lenses: PartLenses;
  /** Type of the collection whose parts are written, and how many are to come. */
  #type = TYPE_STRING;
  #partsLeft = 0;

  constructor({ arena, hash }: Keyspace, out: RdbOutput) {
    this.#arena = arena;
    this.#out = out;
    this.#reader = new StringReader(arena);
    this.#listpack = new Listpack(arena);
    this.#members = new MemberTable(arena, hash);
    this.#hash = new HashWriter(arena, out);
    this.#node = new NodeRecord(arena);
    this.stream = new StreamWriter(arena, out);
    this.#lenses = new PartLenses(arena, hash);
  }

  /** Writes the value of an entry, which does not change meanwhile. O(bytes). */
  write(entry: Handle): void {
    const encoding = encodingOf(this.#arena, entry);
    if (!hasParts(encoding)) {
      this.begin(entry, null);
      return;
    }
    const image = imageOf(this.#lenses, entry, EPOCH_NONE);
    this.begin(entry, image);
    image.step(Number.POSITIVE_INFINITY, this);
  }

  /**
   * Begins to write the value of an entry: all of it, or if it has parts, how many they are. They are to follow, those of
   * a stream by `stream`.
   */
  begin(entry: Handle, parts: Parts | null): void {
    const arena = this.#arena;
    const out = this.#out;
    const encoding = encodingOf(arena, entry);
    const type = typeOf(arena, entry);
    if (parts !== null) {
      this.#type = type;
      this.#hash.beginTable(parts.firstExpiryMs);
      out.length(parts.count);
      if (type === TYPE_STREAM) this.stream.begin();
      else this.#partsLeft = parts.count;
    } else if (type === TYPE_STRING) {
      if (encoding === ENCODING_INT) out.integer64(intHigh(arena, entry), intLow(arena, entry));
      else out.value(this.#reader.open(entry), this.#run);
    } else if (type === TYPE_HASH && encoding === ENCODING_LISTPACK_EX) {
      this.#hash.writePacked(outsideHandle(arena, entry));
    } else {
      assert(encoding === ENCODING_LISTPACK || encoding === ENCODING_INTSET, "a small collection is one block");
      const block = outsideHandle(arena, entry);
      if (type === TYPE_SET && encoding === ENCODING_LISTPACK) this.#writeMembers(block);
      else this.#writeBlock(type, block, outsideLength(arena, entry));
    }
  }

  /** Whether no parts are to come. */
  get isComplete(): boolean {
    return this.#partsLeft === 0 && this.stream.isComplete;
  }

  part(part: Handle): void {
    this.#partsLeft--;
    if (this.#type === TYPE_LIST) this.#writeNode(part);
    else this.#writeMember(part);
  }

  get workBytes(): number {
    return this.#out.workBytes;
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

  /** A field with its value, or a member, with its score if it has one. */
  #writeMember(entry: Handle): void {
    const out = this.#out;
    const span = this.#span;
    if (this.#type === TYPE_HASH) this.#hash.beginField(entry);
    keySpan(this.#arena, entry, span);
    out.string(span.bytes, span.start, span.length);
    if (this.#type === TYPE_ZSET) out.double(this.#members.scoreOf(entry));
    if (this.#type !== TYPE_HASH) return;
    const value = this.#value;
    this.#members.valueSpan(entry, value);
    const isOutside = encodingOf(this.#arena, entry) === ENCODING_RAW_OUTSIDE;
    out.blockString(value.bytes, value.start, value.length, isOutside ? outsideHandle(this.#arena, entry) : 0);
  }

  /** A node of a list. */
  #writeNode(handle: Handle): void {
    const node = this.#node.attach(handle);
    const item = this.#item;
    node.show(item, this.#scratch);
    this.#out.length(node.isPlain ? NODE_PLAIN : NODE_PACKED);
    this.#out.blockString(item.bytes, item.start, item.length, node.isCompressed ? 0 : node.block);
  }
}

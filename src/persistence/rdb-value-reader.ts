/**
 * Reads one value of an RDB, whatever the version that wrote it, in steps: so many elements a call, and as far as the
 * bytes have come. Nothing is taken on trust (`rdb-input.ts`, `collection-builder.ts`): every bound, every listpack and
 * every name that must not come twice is checked, whoever sends it, whatever `sanitize-dump-payload` says. Redis by
 * default trusts what is inside of a value, and may crash later if it should not have.
 *
 *     begin(code) → step until it is not READ_MORE → store(handle, expiry), or discard
 *
 * After READ_SHORT more bytes are appended to the input and `step` is called again. After READ_BAD and READ_EMPTY there is
 * nothing to store or to discard.
 */
import type { Keyspace } from "../keyspace/keyspace.ts";
import { EXPIRY_NONE, type WriteHandle } from "../keyspace/write-handle.ts";
import type { Span } from "../structures/entry.ts";
import { validateIntset } from "../structures/intset.ts";
import { LISTPACK_EMPTY_BYTES, validateListpack } from "../structures/listpack.ts";
import { PACKED_BYTES_MAX } from "../structures/packed-block.ts";
import type { CollectionBuilder } from "./collection-builder.ts";
import { HashBuilder } from "./hash-builder.ts";
import { ListBuilder } from "./list-builder.ts";
import {
  FIELD_TIME_MS_END,
  NODE_PACKED,
  NODE_PLAIN,
  RDB_HASH,
  RDB_HASH_LISTPACK,
  RDB_HASH_LISTPACK_EX,
  RDB_HASH_LISTPACK_EX_EARLY,
  RDB_HASH_METADATA,
  RDB_HASH_METADATA_EARLY,
  RDB_HASH_ZIPLIST,
  RDB_HASH_ZIPMAP,
  RDB_LIST,
  RDB_LIST_QUICKLIST,
  RDB_LIST_QUICKLIST_2,
  RDB_LIST_ZIPLIST,
  RDB_SET,
  RDB_SET_INTSET,
  RDB_SET_LISTPACK,
  RDB_STREAM,
  RDB_STREAM_2,
  RDB_STREAM_3,
  RDB_STRING,
  RDB_ZSET,
  RDB_ZSET_2,
  RDB_ZSET_LISTPACK,
  RDB_ZSET_ZIPLIST,
} from "./rdb-format.ts";
import { FAULT_NONE, FAULT_SHORT, type RdbInput, RdbString } from "./rdb-input.ts";
import { WALK_BROKEN, WALK_ELEMENT, WALK_END, ZiplistWalk, ZipmapWalk } from "./rdb-ziplist.ts";
import { SetBuilder } from "./set-builder.ts";
import { STREAM_BROKEN, STREAM_END, StreamBuilder } from "./stream-reader.ts";
import { ZsetBuilder } from "./zset-builder.ts";

/** The value is complete. */
export const READ_DONE = 0;
/** There is more to read. */
export const READ_MORE = 1;
/** The bytes that are there end before the value does. */
export const READ_SHORT = 2;
/** These bytes are no value. */
export const READ_BAD = 3;
/** A collection without elements, which is no value. */
export const READ_EMPTY = 4;

const COUNT_UNREAD = -1;

/** Reads one element. @returns false when it is none; a fault of the input is looked at first. */
type ReadElement = (input: RdbInput) => boolean;
/** Takes a whole small collection that came as one string. @returns READ_DONE, READ_BAD or READ_EMPTY. */
type TakeBlob = (bytes: Uint8Array, start: number, length: number) => number;

interface Elementwise {
  readonly builder: CollectionBuilder;
  /** Reads what comes before the count. */
  readonly head?: (input: RdbInput) => void;
  readonly begin: (count: number) => void;
  readonly element: ReadElement;
  /** @returns false when nothing was built. */
  readonly finish: () => boolean;
}

interface Blob {
  readonly builder: CollectionBuilder;
  /** Reads what comes before the string. */
  readonly head?: (input: RdbInput) => void;
  readonly take: TakeBlob;
}

export class RdbValueReader {
  readonly #hash: HashBuilder;
  readonly #set: SetBuilder;
  readonly #zset: ZsetBuilder;
  readonly #list: ListBuilder;
  readonly #stream: StreamBuilder;
  readonly #first = new RdbString();
  readonly #second = new RdbString();
  readonly #ziplist = new ZiplistWalk();
  readonly #zipmap = new ZipmapWalk();
  /** By code: how it is read. */
  readonly #elementwise: Readonly<Record<number, Elementwise>>;
  readonly #blobs: Readonly<Record<number, Blob>>;
  /** Elements read so far, of all values; only grows. */
  elementsRead = 0;
  #code = RDB_STRING;
  #left = COUNT_UNREAD;
  /** What is being built; null for a string. */
  #builder: CollectionBuilder | null = null;

  constructor(keyspace: Keyspace) {
    this.#hash = new HashBuilder(keyspace);
    this.#set = new SetBuilder(keyspace);
    this.#zset = new ZsetBuilder(keyspace);
    this.#list = new ListBuilder(keyspace);
    this.#stream = new StreamBuilder(keyspace);
    this.#elementwise = this.#elementwiseCodes();
    this.#blobs = this.#blobCodes();
  }

  /** @returns false when there is no such kind of value, or none that can be read. */
  begin(code: number): boolean {
    this.#code = code;
    this.#left = COUNT_UNREAD;
    this.#builder = null;
    return code === RDB_STRING || code in this.#elementwise || code in this.#blobs || isStream(code);
  }

  /** Reads up to `elementsMax` elements. */
  step(input: RdbInput, elementsMax: number): number {
    const elementwise = this.#elementwise[this.#code];
    if (elementwise !== undefined) return this.#stepElements(input, elementwise, elementsMax);
    if (isStream(this.#code)) return this.#stepStream(input, elementsMax);
    const start = input.position;
    this.#blobs[this.#code]?.head?.(input);
    if (!input.string(this.#first)) return this.#fault(input, start);
    if (this.#code === RDB_STRING) return READ_DONE;
    const { builder, take } = this.#blobs[this.#code];
    this.#builder = builder;
    const result = take(this.#first.bytes, this.#first.start, this.#first.length);
    if (result !== READ_DONE) this.discard();
    return result;
  }

  /** Makes the value that has been read that of a key. `expiry` is a time or EXPIRY_NONE. */
  store(handle: WriteHandle, expiry: number): void {
    const builder = this.#builder;
    if (builder === null) {
      const { bytes, start, length, isOwn } = this.#first;
      handle.setString(bytes, start, length, expiry, isOwn);
    } else {
      this.#builder = null;
      handle.put(builder.entry(handle, expiry !== EXPIRY_NONE), expiry);
    }
  }

  /** Gives up what has been read so far. */
  discard(): void {
    this.#builder?.discard();
    this.#builder = null;
  }

  // ---- element by element ---------------------------------------------------------------------------------------

  #stepElements(input: RdbInput, way: Elementwise, elementsMax: number): number {
    if (this.#left === COUNT_UNREAD) {
      const start = input.position;
      way.head?.(input);
      const count = input.length();
      if (input.fault !== FAULT_NONE) return this.#fault(input, start);
      if (count === 0) return READ_EMPTY;
      this.#left = count;
      this.#builder = way.builder;
      way.begin(count);
    }
    for (let more = elementsMax; this.#left > 0; more--) {
      if (more <= 0) return READ_MORE;
      const start = input.position;
      const isElement = way.element(input);
      if (input.fault !== FAULT_NONE) return this.#fault(input, start);
      if (!isElement) return this.#bad();
      this.#left--;
      this.elementsRead++;
    }
    if (way.finish()) return READ_DONE;
    this.discard();
    return READ_EMPTY;
  }

  #stepStream(input: RdbInput, elementsMax: number): number {
    const stream = this.#stream;
    if (this.#builder === null) stream.begin(this.#code);
    this.#builder = stream;
    for (let left = elementsMax; left > 0; left -= stream.weight) {
      const start = input.position;
      const result = stream.read(input);
      if (result === STREAM_BROKEN) return this.#fault(input, start);
      this.elementsRead += stream.weight;
      if (result === STREAM_END) return READ_DONE;
    }
    return READ_MORE;
  }

  #fault(input: RdbInput, start: number): number {
    if (input.fault !== FAULT_SHORT) return this.#bad();
    input.rewind(start);
    return READ_SHORT;
  }

  #bad(): number {
    this.discard();
    return READ_BAD;
  }

  #elementwiseCodes(): Record<number, Elementwise> {
    const list = this.#list;
    const set = this.#set;
    const zset = this.#zset;
    const hash = this.#hash;
    const first = this.#first;
    const second = this.#second;
    const finishing = (builder: { finish(): void }) => () => {
      builder.finish();
      return true;
    };
    const inZset = { builder: zset, begin: () => zset.begin(), finish: finishing(zset) };
    const inList = { builder: list, begin: () => list.begin(), finish: () => list.finish() };
    const inExpiring = {
      builder: hash,
      begin: (count: number) => hash.beginExpiring(count),
      finish: finishing(hash),
    };
    let firstMs = 0;
    const scored = (score: number): boolean => !Number.isNaN(score) && zset.add(first, score);
    return {
      [RDB_LIST]: {
        ...inList,
        element: (input) => {
          if (input.string(first)) list.push(first);
          return true;
        },
      },
      [RDB_SET]: {
        builder: set,
        begin: (count) => set.begin(count),
        element: (input) => input.string(first) && set.add(first),
        finish: finishing(set),
      },
      [RDB_HASH]: {
        builder: hash,
        begin: (count) => hash.begin(count),
        element: (input) => input.string(first) && input.string(second) && hash.add(first, second),
        finish: finishing(hash),
      },
      [RDB_HASH_METADATA_EARLY]: { ...inExpiring, element: (input) => this.#expiringField(input, 0) },
      [RDB_HASH_METADATA]: {
        ...inExpiring,
        head: (input) => {
          firstMs = input.int64();
        },
        element: (input) => this.#expiringField(input, firstMs - 1),
      },
      [RDB_ZSET]: {
        ...inZset,
        element: (input) => {
          if (!input.string(first)) return false;
          const score = input.textDouble();
          return input.fault === FAULT_NONE && scored(score);
        },
      },
      [RDB_ZSET_2]: {
        ...inZset,
        element: (input) => {
          if (!input.string(first)) return false;
          const score = input.double();
          return input.fault === FAULT_NONE && scored(score);
        },
      },
      [RDB_LIST_QUICKLIST]: { ...inList, element: (input) => input.string(first) && this.#ziplistNode(first) },
      [RDB_LIST_QUICKLIST_2]: { ...inList, element: (input) => this.#node(input) },
    };
  }

  /** A field with its time. @param firstMs that of the field that expires first, which times are counted from, plus 1. */
  #expiringField(input: RdbInput, firstMs: number): boolean {
    const time = input.length();
    if (!input.string(this.#first) || !input.string(this.#second)) return false;
    const whenMs = time === 0 ? 0 : firstMs + time;
    if (whenMs < 0 || whenMs >= FIELD_TIME_MS_END) return false;
    return this.#hash.addExpiring(this.#first, this.#second, whenMs);
  }

  /** A node of a quicklist. */
  #node(input: RdbInput): boolean {
    const container = input.length();
    const node = this.#first;
    if (!input.string(node) || node.length === 0) return false;
    if (container === NODE_PLAIN) {
      this.#list.appendPlain(node);
      return true;
    }
    if (container !== NODE_PACKED || !isListpack(node.bytes, node.start, node.length)) return false;
    return node.length === LISTPACK_EMPTY_BYTES || this.#list.appendListpack(node);
  }

  /** A node of a quicklist as it was before 7.0. */
  #ziplistNode({ bytes, start, length }: Span): boolean {
    const list = this.#list;
    const walk = this.#ziplist;
    if (!walk.open(bytes, start, length)) return false;
    list.beginNode();
    let found = walk.next();
    for (; found === WALK_ELEMENT && list.addToNode(walk.item); found = walk.next());
    return list.endNode(found === WALK_END);
  }

  // ---- all at once ----------------------------------------------------------------------------------------------

  #blobCodes(): Record<number, Blob> {
    const hash = this.#hash;
    const zset = this.#zset;
    const set = this.#set;
    return {
      [RDB_HASH_LISTPACK]: { builder: hash, take: (...blob) => takeListpack(hash, ...blob) },
      [RDB_HASH_LISTPACK_EX_EARLY]: { builder: hash, take: (...blob) => takeTriples(hash, ...blob) },
      [RDB_HASH_LISTPACK_EX]: {
        builder: hash,
        // The first of the times, which are in the listpack too.
        head: (input) => void input.int64(),
        take: (...blob) => takeTriples(hash, ...blob),
      },
      [RDB_ZSET_LISTPACK]: { builder: zset, take: (...blob) => takeListpack(zset, ...blob) },
      [RDB_HASH_ZIPLIST]: { builder: hash, take: (...blob) => this.#takeZiplist(hash, ...blob) },
      [RDB_ZSET_ZIPLIST]: { builder: zset, take: (...blob) => this.#takeZiplist(zset, ...blob) },
      [RDB_HASH_ZIPMAP]: { builder: hash, take: (...blob) => this.#takeZipmap(...blob) },
      [RDB_LIST_ZIPLIST]: { builder: this.#list, take: (...blob) => this.#takeList(...blob) },
      [RDB_SET_LISTPACK]: {
        builder: set,
        take: (bytes, start, length) => {
          if (!isListpack(bytes, start, length)) return READ_BAD;
          if (length === LISTPACK_EMPTY_BYTES) return READ_EMPTY;
          return set.loadListpack(bytes, start, length) ? READ_DONE : READ_BAD;
        },
      },
      [RDB_SET_INTSET]: {
        builder: set,
        take: (bytes, start, length) => {
          if (!validateIntset(bytes, start, length, true)) return READ_BAD;
          set.loadIntset(bytes, start, length);
          return READ_DONE;
        },
      },
    };
  }

  #takeZiplist(builder: HashBuilder | ZsetBuilder, bytes: Uint8Array, start: number, length: number): number {
    const walk = this.#ziplist;
    if (!walk.open(bytes, start, length)) return READ_BAD;
    builder.beginListpack();
    let found = walk.next();
    if (found !== WALK_ELEMENT) return found === WALK_BROKEN ? READ_BAD : READ_EMPTY;
    for (; found === WALK_ELEMENT; found = walk.next()) {
      if (!builder.append(walk.item)) return READ_BAD;
    }
    return found !== WALK_BROKEN && builder.settle() ? READ_DONE : READ_BAD;
  }

  #takeZipmap(bytes: Uint8Array, start: number, length: number): number {
    const walk = this.#zipmap;
    const hash = this.#hash;
    if (!walk.open(bytes, start, length)) return READ_BAD;
    hash.begin(0);
    let found = walk.next();
    for (; found === WALK_ELEMENT; found = walk.next()) {
      if (!hash.add(walk.field, walk.value)) return READ_BAD;
    }
    if (found === WALK_BROKEN) return READ_BAD;
    hash.finish();
    hash.spreadIfLarge();
    return READ_DONE;
  }

  #takeList(bytes: Uint8Array, start: number, length: number): number {
    const walk = this.#ziplist;
    const list = this.#list;
    if (!walk.open(bytes, start, length)) return READ_BAD;
    list.begin();
    let found = walk.next();
    for (; found === WALK_ELEMENT; found = walk.next()) list.push(walk.item);
    if (found === WALK_BROKEN) return READ_BAD;
    return list.finish() ? READ_DONE : READ_EMPTY;
  }
}

function isStream(code: number): boolean {
  return code === RDB_STREAM || code === RDB_STREAM_2 || code === RDB_STREAM_3;
}

function isListpack(bytes: Uint8Array, start: number, length: number): boolean {
  return length <= PACKED_BYTES_MAX && validateListpack(bytes, start, length, true);
}

function takeTriples(builder: HashBuilder, bytes: Uint8Array, start: number, length: number): number {
  if (!isListpack(bytes, start, length)) return READ_BAD;
  if (length === LISTPACK_EMPTY_BYTES) return READ_EMPTY;
  return builder.loadExpiring(bytes, start, length, FIELD_TIME_MS_END) ? READ_DONE : READ_BAD;
}

function takeListpack(builder: HashBuilder | ZsetBuilder, bytes: Uint8Array, start: number, length: number): number {
  if (!isListpack(bytes, start, length)) return READ_BAD;
  if (length === LISTPACK_EMPTY_BYTES) return READ_EMPTY;
  return builder.load(bytes, start, length) ? READ_DONE : READ_BAD;
}

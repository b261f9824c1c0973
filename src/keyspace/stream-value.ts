/**
 * A stream. One object serves all streams: it is opened on one, used, and opened on the next. Reading:
 *
 *     stream.open(entry)                  then `length`, `lastId`, `has(id)` …
 *     stream.range(from, to, isReverse)   the entries between two ids, both included
 *     stream.next()                       to the next of them: `id`, `fieldCount`
 *     stream.nextField()                  to its next `field` and `value`
 *
 * Changing, under a write handle, with nothing else done to the keyspace in between:
 *
 *     stream.beginEdit(handle)            makes the stream if there is none
 *     stream.append(…), stream.delete(…), stream.trim…, everything of `stream.group`
 *     stream.endEdit()                    an empty stream keeps its key
 *
 * What `field`, `value` and names are pointed at is good until the stream itself is changed: `append`, `delete` or
 * `trim…`. Consumers and pending lists may be changed while a range is gone through.
 */
import { Int64 } from "../base/text.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import { ListItem } from "../structures/list-item.ts";
import { StreamId } from "../structures/stream-id.ts";
import type { CollectionLimits } from "./collection-limits.ts";
import { StreamGroup } from "./stream-group.ts";
import type { WriteHandle } from "./write-handle.ts";

const UNWRITTEN = "unwritten";

/** All fields and values of one entry together: an entry with more cannot be added. As in Redis. */
export const STREAM_ENTRY_BYTES_MAX: number = 1 << 30;

/** Where the fields and values of a new entry are: a command's context is one. Alternating, by index. */
export interface FieldSource {
  bytes(index: number): Uint8Array;
  start(index: number): number;
  length(index: number): number;
}

export class StreamValue {
  /** What `next` or `find` has come upon. */
  readonly id: StreamId = new StreamId();
  fieldCount = 0;
  readonly field: ListItem = new ListItem();
  readonly value: ListItem = new ListItem();

  /** The greatest id that was ever added, or set by `setLastId`. */
  readonly lastId: StreamId = new StreamId();
  /** Of the first entry; 0-0 without entries. */
  readonly firstId: StreamId = new StreamId();
  /** The greatest id that was deleted; set by `delete` and `setMaxDeletedId`. */
  readonly maxDeletedId: StreamId = new StreamId();
  /** Entries that were ever added; counted by `append`, set by `setEntriesAdded`. */
  readonly entriesAdded: Int64 = new Int64();

  /** The group that `findGroup` or `nextGroup` has come upon. */
  readonly group: StreamGroup = new StreamGroup();

  protected readonly arena: Arena;
  protected readonly limits: CollectionLimits;

  constructor(arena: Arena, limits: CollectionLimits) {
    this.arena = arena;
    this.limits = limits;
  }

  // ---- reading --------------------------------------------------------------------------------------------------

  /** Opens the stream of a key's entry. */
  open(_entry: Handle): this {
    throw new Error(UNWRITTEN);
  }

  /** Number of entries. */
  get length(): number {
    throw new Error(UNWRITTEN);
  }

  /**
   * Begins to go through the entries from one id to another, both included; from the greater one down with `isReverse`.
   * The ids are copied. `from` is the smaller one in either case; when it is the greater there are none.
   */
  range(_from: StreamId, _to: StreamId, _isReverse: boolean): void {
    throw new Error(UNWRITTEN);
  }

  /** To the next entry. @returns false at the end. */
  next(): boolean {
    throw new Error(UNWRITTEN);
  }

  /** To the entry's next field and value. @returns false after `fieldCount` of them. */
  nextField(): boolean {
    throw new Error(UNWRITTEN);
  }

  /** As `range` and `next` for one id. @returns whether there is such an entry. */
  find(_id: StreamId): boolean {
    throw new Error(UNWRITTEN);
  }

  /** Whether there is such an entry. A range that is gone through stays where it is. */
  has(_id: StreamId): boolean {
    throw new Error(UNWRITTEN);
  }

  /** The greatest id that an entry has (not a deleted one). @returns false without entries; it is 0-0 then. */
  lastEntryId(_into: StreamId): boolean {
    throw new Error(UNWRITTEN);
  }

  /** Listpacks: XINFO's radix-tree-keys. */
  get nodeCount(): number {
    throw new Error(UNWRITTEN);
  }

  /** Nodes that Redis's radix tree would have: XINFO's radix-tree-nodes. O(nodeCount). */
  radixTreeNodes(): number {
    throw new Error(UNWRITTEN);
  }

  // ---- changing -------------------------------------------------------------------------------------------------

  /** Begins to change the stream of a key, which holds one or nothing: then it is made. It is open. */
  beginEdit(_handle: WriteHandle): this {
    throw new Error(UNWRITTEN);
  }

  /** Ends the change; the handle is still to be closed. */
  endEdit(): void {
    throw new Error(UNWRITTEN);
  }

  /**
   * Adds an entry.
   * @param id greater than `lastId`, which it becomes.
   * @param source has field, value, field … from index `first` on, together at most STREAM_ENTRY_BYTES_MAX.
   */
  append(_id: StreamId, _source: FieldSource, _first: number, _fieldCount: number): void {
    throw new Error(UNWRITTEN);
  }

  /** Deletes an entry, and follows with `firstId` and `maxDeletedId`. @returns whether it was there. */
  delete(_id: StreamId): boolean {
    throw new Error(UNWRITTEN);
  }

  /**
   * Removes the oldest entries until no more than so many are left.
   * @param isApproximate only whole nodes. @param limit entries to remove at the most (a node that has more stays); 0
   *   for no limit.
   * @returns how many are gone.
   */
  trimToLength(_lengthMax: number, _isApproximate: boolean, _limit: number): number {
    throw new Error(UNWRITTEN);
  }

  /** Removes entries with smaller ids; the rest as `trimToLength`. */
  trimToId(_idMin: StreamId, _isApproximate: boolean, _limit: number): number {
    throw new Error(UNWRITTEN);
  }

  setLastId(_id: StreamId): void {
    throw new Error(UNWRITTEN);
  }

  setMaxDeletedId(_id: StreamId): void {
    throw new Error(UNWRITTEN);
  }

  setEntriesAdded(_high: number, _low: number): void {
    throw new Error(UNWRITTEN);
  }

  // ---- groups ---------------------------------------------------------------------------------------------------

  get groupCount(): number {
    throw new Error(UNWRITTEN);
  }

  /** Points `group` at the group of a name. @returns whether there is one. */
  findGroup(_name: Uint8Array, _start: number, _length: number): boolean {
    throw new Error(UNWRITTEN);
  }

  /**
   * Makes a group, whose name is not there yet; `group` is it.
   * @param readHigh entries read as two words, -1 and -1 when that is not known.
   */
  createGroup(
    _name: Uint8Array,
    _start: number,
    _length: number,
    _lastId: StreamId,
    _readHigh: number,
    _readLow: number,
  ): void {
    throw new Error(UNWRITTEN);
  }

  /** Deletes the group that `group` points at, with all that is its own. */
  destroyGroup(): void {
    throw new Error(UNWRITTEN);
  }

  /** Begins to go through the groups, in the order of their names' bytes. */
  rewindGroups(): void {
    throw new Error(UNWRITTEN);
  }

  /** Points `group` at the next one. @returns false at the end. No group may have been made or destroyed since. */
  nextGroup(): boolean {
    throw new Error(UNWRITTEN);
  }

  /**
   * `group` gets an entry delivered: when its id is greater than the group's `lastId` it becomes that, and
   * `entriesRead` is counted or, where that cannot be, estimated.
   * @returns whether the group's `lastId` has changed.
   */
  deliver(_id: StreamId): boolean {
    throw new Error(UNWRITTEN);
  }

  /** How many entries `group` has yet to read. @returns false when that cannot be told. */
  lag(_into: Int64): boolean {
    throw new Error(UNWRITTEN);
  }

  /** The number of entries that were added up to an id, this one included. @returns false when that cannot be told. */
  entriesUpTo(_id: StreamId, _into: Int64): boolean {
    throw new Error(UNWRITTEN);
  }
}

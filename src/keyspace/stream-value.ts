/**
 * A stream. One object serves all streams: it is opened on one, used, and opened on the next. Reading is
 * `stream-reader.ts`, its groups are `stream-group.ts`. Changing, under a write handle, with nothing else done to the
 * keyspace in between:
 *
 *     stream.beginEdit(handle)            makes the stream if there is none
 *     stream.append(…), stream.delete(…), stream.trim…, everything of `stream.group`
 *     stream.endEdit()                    an empty stream keeps its key
 *
 * What `field`, `value` and names are pointed at is good until the stream itself is changed: `append`, `delete` or
 * `trim…`. Consumers and pending lists may be changed while a range is gone through.
 *
 * An entry goes to the end of the last node, which the tree's root knows, until that is full: `stream-node-max-bytes`,
 * `stream-node-max-entries`. So adding does not depend on how many there are.
 *
 * What takes long to free is not freed by who lets go of it: see `stream-apart.ts`.
 */
import { assert } from "../base/assert.ts";
import { addInt64, Int64 } from "../base/text.ts";
import { type Arena, freeingSteps, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";
import { ENCODING_STREAM, TYPE_STREAM } from "../structures/entry.ts";
import type { StreamId } from "../structures/stream-id.ts";
import {
  createRecord,
  GROUP_NAME,
  GROUP_RECORD_BYTES,
  NODE_ENTRIES,
  NODE_HANDLE,
  recordWord,
  STREAM_ADDED,
  STREAM_FIRST_ID,
  STREAM_GROUPS,
  STREAM_LAST_ID,
  STREAM_LENGTH_DOUBLE,
  STREAM_MAX_DELETED_ID,
  STREAM_RECORD_BYTES,
  setRecordDouble,
  setRecordWord,
} from "../structures/stream-layout.ts";
import { NameIndex } from "../structures/stream-names.ts";
import { type FieldSource, STREAM_ENTRY_BYTES_MAX } from "../structures/stream-node.ts";
import { StreamRelease } from "../structures/stream-release.ts";
import type { CollectionLimits } from "./collection-limits.ts";
import { FREED_AT_ONCE } from "./lazy-free.ts";
import { StreamApart } from "./stream-apart.ts";
import { StreamGone } from "./stream-gone.ts";
import { StreamGroup } from "./stream-group.ts";
import type { StreamImage } from "./stream-image.ts";
import { StreamReader } from "./stream-reader.ts";
import type { WriteHandle } from "./write-handle.ts";

export { type FieldSource, STREAM_ENTRY_BYTES_MAX } from "../structures/stream-node.ts";

const UNKNOWN_READ = -1;

export class StreamValue extends StreamReader {
  /** The group that `findGroup` or `nextGroup` has come upon. */
  readonly group: StreamGroup;
  readonly release: StreamRelease;

  readonly #limits: CollectionLimits;
  readonly #groups: NameIndex;
  readonly #groupWalk: NameIndex;
  #handle: WriteHandle | null = null;
  #isFirstStale = false;
  /** Who is to be told of changes: null but while a snapshot still needs what the stream was. */
  #guard: StreamImage | null = null;
  /** Whether slices were to sweep the stream already when the change began. */
  #wasUnfinished = false;
  readonly #read = new Int64();
  readonly #difference = new Int64();

  readonly #apart: StreamApart;
  /** Its consumers that are gone. */
  readonly gone: StreamGone;
  /** What this change may still give back itself. */
  #freedLeft = 0;

  constructor(arena: Arena, limits: CollectionLimits) {
    super(arena);
    this.#limits = limits;
    this.#groups = new NameIndex(arena);
    this.#groupWalk = new NameIndex(arena);
    this.release = new StreamRelease(arena);
    this.#apart = new StreamApart(arena, this.release);
    this.gone = new StreamGone(arena);
    this.group = new StreamGroup(arena, this.#apart, this.gone);
  }

  override openRecord(record: Handle): this {
    super.openRecord(record);
    this.#groups.attach(recordWord(this.arena, record, STREAM_GROUPS));
    this.gone.attach(record);
    return this;
  }

  // ---- beginning and end ----------------------------------------------------------------------------------------

  /** Begins to change the stream of a key, which holds one or nothing: then it is made. It is open. */
  beginEdit(handle: WriteHandle): this {
    assert(this.#handle === null, "one change of a stream at a time");
    handle.beginChange();
    this.#handle = handle;
    this.#setGuard(handle.streamGuard);
    this.#isFirstStale = false;
    this.#freedLeft = FREED_AT_ONCE;
    if (handle.entry !== 0) this.open(handle.entry);
    else this.openRecord(createRecord(this.arena, STREAM_RECORD_BYTES));
    this.#wasUnfinished = this.gone.isAny;
    return this;
  }

  /** Ends the change; the handle is still to be closed. */
  endEdit(): void {
    const handle = this.#handle;
    assert(handle !== null, "a change ends once");
    this.#handle = null;
    this.#setGuard(null);
    this.settle();
    this.#apart.free(handle);
    handle.endChange(TYPE_STREAM, ENCODING_STREAM, this.record, 0);
    if (this.gone.isAny && !this.#wasUnfinished) handle.leaveUnfinished();
  }

  #setGuard(guard: StreamImage | null): void {
    this.#guard = guard;
    this.group.guard = guard;
  }

  /** Makes a stream that no key has, and opens it: for who builds one. `settle` before it is given to a key. */
  create(): Handle {
    this.openRecord(createRecord(this.arena, STREAM_RECORD_BYTES));
    return this.record;
  }

  /** Brings `firstId` to where the first entry is. */
  settle(): void {
    if (!this.#isFirstStale) return;
    this.#isFirstStale = false;
    this.firstEntryId(this.firstId);
    this.#storeId(this.firstId, STREAM_FIRST_ID);
  }

  // ---- entries --------------------------------------------------------------------------------------------------

  /**
   * Adds an entry.
   * @param id greater than `lastId`, which it becomes.
   * @param source has field, value, field … from index `first` on, together at most STREAM_ENTRY_BYTES_MAX.
   */
  append(id: StreamId, source: FieldSource, first: number, fieldCount: number): void {
    const { tree, node } = this;
    let textBytes = 0;
    for (let index = first, end = first + 2 * fieldCount; index < end; index++) textBytes += source.length(index);
    assert(textBytes <= STREAM_ENTRY_BYTES_MAX, "an entry is not longer than a node may be");
    this.isInside = false;
    let roomBytes = 0;
    let isAdded = false;
    if (tree.last()) {
      const handle = tree.word(NODE_HANDLE);
      node.attach(handle);
      this.#guard?.changeNode(tree.readId(node.masterId), handle);
      if (this.#isFull(textBytes)) {
        roomBytes = node.sizeBytes;
        node.fit();
      } else {
        tree.readId(node.masterId);
        node.append(id, source, first, fieldCount);
        tree.setWord(NODE_ENTRIES, tree.word(NODE_ENTRIES) + 1);
        isAdded = true;
      }
      if (node.handle !== handle) tree.setWord(NODE_HANDLE, node.handle);
    }
    if (!isAdded) {
      node.begin(id, source, first, fieldCount, roomBytes);
      node.append(id, source, first, fieldCount);
      this.#guard?.addNode(id);
      tree.insert(id);
      tree.setWord(NODE_HANDLE, node.handle);
      tree.setWord(NODE_ENTRIES, 1);
    }
    this.#count(id);
  }

  /** Counts an entry that was added. */
  #count(id: StreamId): void {
    const { entriesAdded } = this;
    this.setLength(this.entryCount + 1);
    const low = (entriesAdded.lo + 1) | 0;
    this.setEntriesAdded(low === 0 ? (entriesAdded.hi + 1) | 0 : entriesAdded.hi, low);
    this.setLastId(id);
    if (this.entryCount === 1) {
      this.firstId.setFrom(id);
      this.#storeId(id, STREAM_FIRST_ID);
      this.#isFirstStale = false;
    }
  }

  /** Whether the last node takes no entry with so much text. */
  #isFull(textBytes: number): boolean {
    const { node } = this;
    const { streamNodeMaxBytes, streamNodeMaxEntries } = this.#limits;
    const isBounded = streamNodeMaxBytes > 0 && streamNodeMaxBytes < STREAM_ENTRY_BYTES_MAX;
    if (node.sizeBytes + textBytes >= (isBounded ? streamNodeMaxBytes : STREAM_ENTRY_BYTES_MAX)) return true;
    return streamNodeMaxEntries > 0 && node.entryCount >= streamNodeMaxEntries;
  }

  /** Deletes an entry, and follows with `firstId` and `maxDeletedId`. @returns whether it was there. */
  delete(id: StreamId): boolean {
    if (!this.find(id)) return false;
    const { tree, node } = this;
    // `find` has left the tree at the node.
    this.isInside = false;
    if (node.liveCount === 1) {
      this.#freeNode(node.handle, node.masterId);
      tree.remove();
    } else {
      this.#guard?.changeNode(node.masterId, node.handle);
      node.flagDeleted();
      this.#countDeleted(1);
    }
    if (id.compare(this.maxDeletedId) > 0) this.setMaxDeletedId(id);
    this.setLength(this.entryCount - 1);
    if (this.entryCount === 0 || id.equals(this.firstId)) this.#isFirstStale = true;
    return true;
  }

  /**
   * Removes the oldest entries until no more than so many are left.
   * @param isApproximate only whole nodes. @param limit entries to remove at the most (a node that has more stays); 0
   *   for no limit.
   * @returns how many are gone.
   */
  trimToLength(lengthMax: number, isApproximate: boolean, limit: number): number {
    return this.#trim(lengthMax, null, isApproximate, limit);
  }

  /** Removes entries with smaller ids; the rest as `trimToLength`. */
  trimToId(idMin: StreamId, isApproximate: boolean, limit: number): number {
    return this.#trim(0, idMin, isApproximate, limit);
  }

  /** @param idMin null to trim by length. */
  #trim(lengthMax: number, idMin: StreamId | null, isApproximate: boolean, limit: number): number {
    const { tree } = this;
    const surplus = idMin === null ? this.entryCount - lengthMax : Number.POSITIVE_INFINITY;
    const goneMax = limit > 0 ? limit : Number.POSITIVE_INFINITY;
    this.isInside = false;
    if (surplus <= 0) return 0;
    // Nodes before the one in which an id is, or would be, have smaller ids only.
    if (idMin === null) tree.leave();
    else if (!tree.seekBack(idMin)) return 0;
    let gone = tree.pass(NODE_ENTRIES, surplus, Math.min(goneMax, surplus));
    let nodes = tree.passed;
    const endsInNode = gone < surplus && tree.isPlaced;
    // None, where all have been deleted.
    const entries = endsInNode ? tree.word(NODE_ENTRIES) : 0;
    if (endsInNode && gone + entries <= goneMax) {
      if (idMin !== null && this.#endsBefore(idMin)) {
        gone += entries;
        nodes++;
        tree.next();
      } else if (!isApproximate) {
        gone += this.#trimNode(idMin === null ? surplus - gone : entries, idMin);
      }
    }
    this.#removeFirstNodes(nodes);
    if (gone > 0) this.#isFirstStale = true;
    this.setLength(this.entryCount - gone);
    return gone;
  }

  /** Removes the nodes before that at which the tree stands, or all of them. @param count how many these are. */
  #removeFirstNodes(count: number): void {
    const { tree, node } = this;
    if (count > FREED_AT_ONCE && this.#guard === null) {
      this.#apart.takeFirstNodes(tree, count);
      return;
    }
    tree.first();
    for (let index = 0; index < count; index++, tree.next()) {
      this.#freeNode(tree.word(NODE_HANDLE), tree.readId(node.masterId));
    }
    tree.removeFirst(count);
  }

  /** Whether the last entry, deleted or not, of the node at which the tree stands is before an id. */
  #endsBefore(idMin: StreamId): boolean {
    const { tree, node } = this;
    tree.readId(node.masterId);
    node.enter(tree.word(NODE_HANDLE)).toEnd();
    return node.previousEntry() && node.id.compare(idMin) < 0;
  }

  /** Deletes the first entries of the node at which the tree stands: so many at the most, before an id. */
  #trimNode(deletedMax: number, idMin: StreamId | null): number {
    const { tree, node } = this;
    const handle = tree.word(NODE_HANDLE);
    this.#guard?.changeNode(tree.readId(node.masterId), handle);
    tree.readId(node.masterId);
    node.enter(handle);
    let deleted = 0;
    while (deleted < deletedMax && node.nextEntry()) {
      if (idMin !== null && node.id.compare(idMin) >= 0) break;
      if (node.isDeleted) continue;
      node.flagDeleted();
      deleted++;
    }
    this.#countDeleted(deleted);
    return deleted;
  }

  /** Counts entries of the node at which the tree stands that have been flagged. */
  #countDeleted(deleted: number): void {
    const { tree, node } = this;
    node.countDeleted(deleted);
    tree.setWord(NODE_HANDLE, node.handle);
    tree.setWord(NODE_ENTRIES, tree.word(NODE_ENTRIES) - deleted);
  }

  /** Lets go of a node. */
  #freeNode(node: Handle, masterId: StreamId): void {
    if (this.#guard?.removeNode(masterId, node) === true) return;
    if (this.#freedLeft <= 0) {
      this.#apart.takeNode(masterId, node);
      return;
    }
    this.#freedLeft -= freeingSteps(node);
    this.arena.free(node);
  }

  // ---- what the record says -------------------------------------------------------------------------------------

  /** For who builds a stream. */
  setLength(length: number): void {
    this.entryCount = length;
    setRecordDouble(this.arena, this.record, STREAM_LENGTH_DOUBLE, length);
  }

  setLastId(id: StreamId): void {
    this.lastId.setFrom(id);
    this.#storeId(id, STREAM_LAST_ID);
  }

  /** For who builds a stream. */
  setFirstId(id: StreamId): void {
    this.firstId.setFrom(id);
    this.#storeId(id, STREAM_FIRST_ID);
  }

  setMaxDeletedId(id: StreamId): void {
    this.maxDeletedId.setFrom(id);
    this.#storeId(id, STREAM_MAX_DELETED_ID);
  }

  setEntriesAdded(high: number, low: number): void {
    this.entriesAdded.setWords(high, low);
    setRecordWord(this.arena, this.record, STREAM_ADDED, high);
    setRecordWord(this.arena, this.record, STREAM_ADDED + 1, low);
  }

  #storeId(id: StreamId, field: number): void {
    const { record } = this;
    id.store(this.arena.words[record >>> SEGMENT_SHIFT], ((record & SEGMENT_MASK) << 2) + field);
  }

  // ---- groups ---------------------------------------------------------------------------------------------------

  get groupCount(): number {
    return this.#groups.count;
  }

  /** Bytes of the index of the groups' names, which stand in it. */
  get groupIndexBytes(): number {
    return this.#groups.blockBytes;
  }

  /** Points `group` at the group of a name. @returns whether there is one. */
  findGroup(name: Uint8Array, start: number, length: number): boolean {
    const group = this.#groups.find(name, start, length);
    if (group === 0) return false;
    this.group.attach(group);
    return true;
  }

  /**
   * Makes a group, whose name is not there yet; `group` is it.
   * @param readHigh entries read as two words, -1 and -1 when that is not known.
   */
  createGroup(
    name: Uint8Array,
    start: number,
    length: number,
    lastId: StreamId,
    readHigh: number,
    readLow: number,
  ): void {
    const { arena, record } = this;
    const group = createRecord(arena, GROUP_RECORD_BYTES);
    setRecordWord(arena, group, GROUP_NAME, this.#groups.add(name, start, length, group));
    setRecordWord(arena, record, STREAM_GROUPS, this.#groups.root);
    this.#guard?.newGroup(group);
    this.group.attach(group).setLastId(lastId);
    this.group.setEntriesRead(readHigh, readLow);
  }

  /** Deletes the group that `group` points at, with all that is its own. */
  destroyGroup(): void {
    const { arena, record } = this;
    const group = this.group.record;
    this.#groups.remove(recordWord(arena, group, GROUP_NAME));
    setRecordWord(arena, record, STREAM_GROUPS, this.#groups.root);
    this.gone.unlink(group);
    if (this.#guard?.removeGroup(group) !== true) this.#apart.takeGroup(group);
  }

  /** Begins to go through the groups, in the order of their names' bytes. */
  rewindGroups(): void {
    this.#groupWalk.attach(this.#groups.root).rewind();
  }

  /** Points `group` at the next one. @returns false at the end. No group may have been made or destroyed since. */
  nextGroup(): boolean {
    const group = this.#groupWalk.next();
    if (group === 0) return false;
    this.group.attach(group);
    return true;
  }

  /**
   * `group` gets an entry delivered: when its id is greater than the group's `lastId` it becomes that, and
   * `entriesRead` is counted or, where that cannot be, estimated.
   * @returns whether the group's `lastId` has changed.
   */
  deliver(id: StreamId): boolean {
    const { group } = this;
    if (id.compare(group.lastId) <= 0) return false;
    const { entriesRead } = group;
    const isKnown = !isUnknown(entriesRead);
    if (isKnown && !this.#hasGapsFrom(id)) {
      const low = (entriesRead.lo + 1) | 0;
      group.setEntriesRead(low === 0 ? (entriesRead.hi + 1) | 0 : entriesRead.hi, low);
    } else if (!isZero(this.entriesAdded)) {
      const read = this.#read;
      if (this.entriesUpTo(id, read)) group.setEntriesRead(read.hi, read.lo);
      else group.setEntriesRead(UNKNOWN_READ, UNKNOWN_READ);
    }
    group.setLastId(id);
    return true;
  }

  /** How many entries `group` has yet to read. @returns false when that cannot be told. */
  lag(into: Int64): boolean {
    const { group, entriesAdded } = this;
    if (isZero(entriesAdded)) {
      into.setNumber(0);
      return true;
    }
    if (!isUnknown(group.entriesRead) && !this.#hasGapsFrom(group.lastId)) {
      subtract(entriesAdded, group.entriesRead, into);
      return true;
    }
    if (!this.entriesUpTo(group.lastId, into)) return false;
    subtract(entriesAdded, into, into);
    return true;
  }

  /**
   * The number of entries that were added up to an id, this one included, as far as it follows from what the record
   * says. @returns false when it does not.
   */
  entriesUpTo(id: StreamId, into: Int64): boolean {
    const { entriesAdded, entryCount, firstId, lastId, maxDeletedId } = this;
    into.setWords(entriesAdded.hi, entriesAdded.lo);
    if (isZero(entriesAdded)) return true;
    const byLast = id.compare(lastId);
    if (byLast >= 0) return byLast === 0;
    if (entryCount === 0) return true;
    if (!maxDeletedId.isMin && maxDeletedId.compare(firstId) >= 0) return false;
    const byFirst = id.compare(firstId);
    if (byFirst > 0) return false;
    const difference = this.#difference;
    difference.setNumber(byFirst < 0 ? -entryCount : 1 - entryCount);
    addInt64(into, difference, into);
    return true;
  }

  /** Whether an entry from an id on has been deleted, as far as is known. */
  #hasGapsFrom(id: StreamId): boolean {
    const { maxDeletedId } = this;
    if (this.entryCount === 0 || maxDeletedId.isMin || this.firstId.compare(maxDeletedId) > 0) return false;
    return id.compare(maxDeletedId) <= 0;
  }
}

function isZero(value: Int64): boolean {
  return (value.hi | value.lo) === 0;
}

function isUnknown(entriesRead: Int64): boolean {
  return (entriesRead.hi & entriesRead.lo) === -1;
}

/** into = a − b in 64 bits; it may be one of them. */
function subtract(a: Int64, b: Int64, into: Int64): void {
  const low = (a.lo >>> 0) - (b.lo >>> 0);
  into.setWords((a.hi - b.hi - (low < 0 ? 1 : 0)) | 0, low | 0);
}

/**
 * A consumer group of a stream: how far it has read, its consumers, and what has been delivered and not acknowledged.
 *
 *     stream.open(entry), stream.findGroup(name)       `stream.group` is this one, until another is found or opened
 *
 * A consumer is named by a handle, good until it is deleted. `pending` is the entry of the pending list that the last
 * `findPending` or `nextPending` has come upon. Whatever changes needs `stream.beginEdit` before.
 *
 * Every pending entry is in two trees (`structures/stream-layout.ts`): both are changed here and nowhere else. In the
 * group's there may also be entries of consumers that are gone (`stream-gone.ts`), which are not to be seen from outside.
 */
import { assert } from "../base/assert.ts";
import { Int64 } from "../base/text.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import { freeEntry, keySpan, Span } from "../structures/entry.ts";
import { StreamId } from "../structures/stream-id.ts";
import {
  CONSUMER_ACTIVE_DOUBLE,
  CONSUMER_NAME,
  CONSUMER_RECORD_BYTES,
  CONSUMER_SEEN_DOUBLE,
  CONSUMER_TREE,
  createRecord,
  GROUP_CONSUMERS,
  GROUP_GONE_COUNT,
  GROUP_LAST_ID,
  GROUP_NAME,
  GROUP_READ,
  GROUP_TREE,
  isGone,
  PENDING_CONSUMER,
  PENDING_COUNT_HIGH,
  PENDING_COUNT_LOW,
  PENDING_TIME_HIGH,
  PENDING_TIME_LOW,
  PENDING_VALUE_WORDS,
  recordDouble,
  recordWord,
  setRecordDouble,
  setRecordWord,
} from "../structures/stream-layout.ts";
import { NameIndex } from "../structures/stream-names.ts";
import { IdTree } from "../structures/stream-tree.ts";
import type { StreamGone } from "./stream-gone.ts";
import type { StreamImage } from "./stream-image.ts";

const TWO_32 = 4294967296;
const NEVER_MS = -1;

/** An entry that was delivered and is not acknowledged. */
export class PendingEntry {
  readonly id: StreamId = new StreamId();
  /** To whom it was delivered last. */
  consumer: Handle = 0;
  /** When, ms since 1970. */
  deliveredAtMs = 0;
  /** How often. */
  readonly deliveries: Int64 = new Int64();
}

/** What a deleted consumer leaves behind where its whole group's pending list was its own. */
export interface LeftBehind {
  /** Takes over the pending list of a group and its consumer, whose name is out of the group's index. */
  takePending(group: Handle, consumer: Handle): void;
}

export class StreamGroup {
  readonly name: Span = new Span();
  /** The last entry that was delivered; set by `setLastId` and `stream.deliver`. */
  readonly lastId: StreamId = new StreamId();
  /** How many entries of the stream it has read, -1 when that is not known; set by `setEntriesRead`, `stream.deliver`. */
  readonly entriesRead: Int64 = new Int64();
  readonly pending: PendingEntry = new PendingEntry();
  /** Its record. */
  record: Handle = 0;
  /** For the stream to set: who is to be told of changes, null mostly. */
  guard: StreamImage | null = null;

  readonly #arena: Arena;
  readonly #leftBehind: LeftBehind;
  readonly #gone: StreamGone;
  readonly #consumers: NameIndex;
  readonly #consumerWalk: NameIndex;
  /** All that is pending, and what is for one consumer. */
  readonly #tree: IdTree;
  readonly #ids: IdTree;

  /** The walk of `nextPending`: its trees, whose consumer's it is (0 for the group's), and the id to go on from. */
  readonly #treeWalk: IdTree;
  readonly #idsWalk: IdTree;
  #walkConsumer: Handle = 0;
  readonly #walkFrom = new StreamId();
  readonly #other = new StreamId();
  /** Whether `#walkFrom` was shown already, and whether the walk's place has been lost. */
  #isShown = false;
  #isLost = true;

  /** @param gone attached to the stream whose groups these are. */
  constructor(arena: Arena, leftBehind: LeftBehind, gone: StreamGone) {
    this.#arena = arena;
    this.#leftBehind = leftBehind;
    this.#gone = gone;
    this.#consumers = new NameIndex(arena);
    this.#consumerWalk = new NameIndex(arena);
    this.#tree = new IdTree(arena, PENDING_VALUE_WORDS);
    this.#ids = new IdTree(arena, 0);
    this.#treeWalk = new IdTree(arena, PENDING_VALUE_WORDS);
    this.#idsWalk = new IdTree(arena, 0);
  }

  /** For the stream: points the lens at a group. */
  attach(record: Handle): this {
    const arena = this.#arena;
    this.record = record;
    keySpan(arena, recordWord(arena, record, GROUP_NAME), this.name);
    this.#loadId();
    this.entriesRead.setWords(recordWord(arena, record, GROUP_READ), recordWord(arena, record, GROUP_READ + 1));
    this.#consumers.attach(recordWord(arena, record, GROUP_CONSUMERS));
    this.#tree.attach(record, GROUP_TREE);
    this.#treeWalk.attach(record, GROUP_TREE);
    this.#isLost = true;
    return this;
  }

  #loadId(): void {
    const arena = this.#arena;
    const { record } = this;
    this.lastId.setWords(
      recordWord(arena, record, GROUP_LAST_ID),
      recordWord(arena, record, GROUP_LAST_ID + 1),
      recordWord(arena, record, GROUP_LAST_ID + 2),
      recordWord(arena, record, GROUP_LAST_ID + 3),
    );
  }

  setLastId(id: StreamId): void {
    const arena = this.#arena;
    const { record } = this;
    this.guard?.touchGroup(record);
    this.lastId.setFrom(id);
    setRecordWord(arena, record, GROUP_LAST_ID, id.msHigh);
    setRecordWord(arena, record, GROUP_LAST_ID + 1, id.msLow);
    setRecordWord(arena, record, GROUP_LAST_ID + 2, id.seqHigh);
    setRecordWord(arena, record, GROUP_LAST_ID + 3, id.seqLow);
  }

  setEntriesRead(high: number, low: number): void {
    this.guard?.touchGroup(this.record);
    this.entriesRead.setWords(high, low);
    setRecordWord(this.#arena, this.record, GROUP_READ, high);
    setRecordWord(this.#arena, this.record, GROUP_READ + 1, low);
  }

  // ---- consumers ------------------------------------------------------------------------------------------------

  get consumerCount(): number {
    return this.#consumers.count;
  }

  /** @returns 0 when there is none of this name. */
  findConsumer(name: Uint8Array, start: number, length: number): Handle {
    return this.#consumers.find(name, start, length);
  }

  /** Makes a consumer, whose name is not there yet: seen now, never active. */
  createConsumer(name: Uint8Array, start: number, length: number, nowMs: number): Handle {
    const arena = this.#arena;
    const consumer = createRecord(arena, CONSUMER_RECORD_BYTES);
    this.guard?.touchGroup(this.record);
    this.guard?.newConsumer(consumer);
    setRecordWord(arena, consumer, CONSUMER_NAME, this.#consumers.add(name, start, length, consumer));
    setRecordWord(arena, this.record, GROUP_CONSUMERS, this.#consumers.root);
    this.setSeenAtMs(consumer, nowMs);
    this.setActiveAtMs(consumer, NEVER_MS);
    return consumer;
  }

  /** Deletes a consumer with all that is pending for it. @returns how many entries that were. */
  deleteConsumer(consumer: Handle): number {
    const arena = this.#arena;
    const ids = this.#ids.attach(consumer, CONSUMER_TREE);
    const { count } = ids;
    const name = recordWord(arena, consumer, CONSUMER_NAME);
    const isNameKept = this.guard?.removeConsumer(this.record, consumer, name) ?? false;
    this.#consumers.remove(name);
    setRecordWord(arena, this.record, GROUP_CONSUMERS, this.#consumers.root);
    this.#isLost = true;
    // What a snapshot still needs stays where it is.
    const isLeft = isNameKept || (this.guard !== null && count > 0);
    if (!isLeft && count > 0 && count === this.pendingCount) {
      this.#gone.unlink(this.record);
      this.#leftBehind.takePending(this.record, consumer);
      this.attach(this.record);
      return count;
    }
    if (isLeft || count > this.#gone.removedAtOnceMax) {
      this.#gone.take(this.record, consumer, count);
      if (!isNameKept) freeEntry(arena, name);
      return count;
    }
    const id = this.#other;
    for (let isMore = ids.first(); isMore; isMore = ids.next()) {
      const isPending = this.#tree.find(ids.readId(id));
      assert(isPending, "what is pending for a consumer is pending in its group");
      this.#tree.remove();
    }
    ids.free(Number.POSITIVE_INFINITY);
    freeEntry(arena, name);
    arena.free(consumer);
    return count;
  }

  /** Begins to go through the consumers, in the order of their names' bytes. */
  rewindConsumers(): void {
    this.#consumerWalk.attach(recordWord(this.#arena, this.record, GROUP_CONSUMERS)).rewind();
  }

  /** @returns the next one, 0 at the end. No consumer may have been made or deleted since `rewindConsumers`. */
  nextConsumer(): Handle {
    return this.#consumerWalk.next();
  }

  /** Points a span at the consumer's name. */
  consumerName(consumer: Handle, name: Span): void {
    keySpan(this.#arena, recordWord(this.#arena, consumer, CONSUMER_NAME), name);
  }

  /** When it last asked for anything, ms since 1970. */
  seenAtMs(consumer: Handle): number {
    return recordDouble(this.#arena, consumer, CONSUMER_SEEN_DOUBLE);
  }

  setSeenAtMs(consumer: Handle, whenMs: number): void {
    this.guard?.touchConsumer(consumer);
    setRecordDouble(this.#arena, consumer, CONSUMER_SEEN_DOUBLE, whenMs);
  }

  /** When it last got anything, ms since 1970; -1 for never. */
  activeAtMs(consumer: Handle): number {
    return recordDouble(this.#arena, consumer, CONSUMER_ACTIVE_DOUBLE);
  }

  setActiveAtMs(consumer: Handle, whenMs: number): void {
    this.guard?.touchConsumer(consumer);
    setRecordDouble(this.#arena, consumer, CONSUMER_ACTIVE_DOUBLE, whenMs);
  }

  /** Entries that are pending for it. */
  pendingCountOf(consumer: Handle): number {
    return this.#ids.attach(consumer, CONSUMER_TREE).count;
  }

  // ---- the pending list -----------------------------------------------------------------------------------------

  /** Entries that are pending in the group. */
  get pendingCount(): number {
    return this.#tree.count - this.#goneCount();
  }

  /** Entries of the tree that are not pending any more. */
  #goneCount(): number {
    return recordWord(this.#arena, this.record, GROUP_GONE_COUNT);
  }

  /** Looks an id up in the pending list, for `pending`. */
  findPending(id: StreamId): boolean {
    if (!this.#find(id)) return false;
    this.#show(this.#tree);
    return true;
  }

  #find(id: StreamId): boolean {
    return this.#tree.find(id) && !isGone(this.#arena, this.#tree.word(PENDING_CONSUMER));
  }

  /**
   * Makes an entry pending for a consumer, or hands it to that consumer when it is pending already (as `claim`).
   * @returns whether it was not pending. `pending` is it.
   */
  putPending(id: StreamId, consumer: Handle, deliveredAtMs: number, deliveries: number): boolean {
    const tree = this.#tree;
    this.guard?.keepPending(this.record, id);
    let isNew = tree.insert(id);
    this.#isLost = true;
    let owner = isNew ? 0 : tree.word(PENDING_CONSUMER);
    if (!isNew && isGone(this.#arena, owner)) {
      this.guard?.keepId(owner, id);
      this.#gone.leave(this.record, owner, id);
      isNew = true;
      owner = 0;
    }
    if (owner !== consumer) {
      if (owner !== 0) this.#removeId(owner, id);
      this.#addId(consumer, id);
    }
    this.#write(consumer, deliveredAtMs, Math.floor(deliveries / TWO_32) | 0, deliveries | 0);
    this.#show(tree);
    return isNew;
  }

  /**
   * Hands what `pending` shows, which is in the list, to a consumer (the same, or another).
   * @param deliveredAtMs and the count's words: what it has from now on.
   */
  claim(consumer: Handle, deliveredAtMs: number, deliveriesHigh: number, deliveriesLow: number): void {
    const tree = this.#tree;
    const { id } = this.pending;
    const isPending = this.#find(id);
    assert(isPending, "only what is pending is claimed");
    this.guard?.keepPending(this.record, id);
    const owner = tree.word(PENDING_CONSUMER);
    if (owner !== consumer) {
      this.#removeId(owner, id);
      this.#addId(consumer, id);
      // The group's own walk stands as it did: only the trees of consumers have changed.
      if (this.#walkConsumer !== 0) this.#isLost = true;
    }
    this.#write(consumer, deliveredAtMs, deliveriesHigh, deliveriesLow);
    this.#show(tree);
  }

  /** Takes an entry off the list: acknowledged, or gone from the stream. @returns whether it was there. */
  removePending(id: StreamId): boolean {
    const tree = this.#tree;
    if (!this.#find(id)) return false;
    this.guard?.keepPending(this.record, id);
    this.#removeId(tree.word(PENDING_CONSUMER), id);
    tree.remove();
    this.#isLost = true;
    return true;
  }

  #addId(consumer: Handle, id: StreamId): void {
    this.guard?.keepId(consumer, id);
    this.#ids.attach(consumer, CONSUMER_TREE).insert(id);
  }

  #removeId(consumer: Handle, id: StreamId): void {
    this.guard?.keepId(consumer, id);
    const isThere = this.#ids.attach(consumer, CONSUMER_TREE).find(id);
    assert(isThere, "what is pending in the group is pending for its consumer");
    this.#ids.remove();
  }

  /** Writes what is known of the entry at which the group's tree stands. */
  #write(consumer: Handle, deliveredAtMs: number, deliveriesHigh: number, deliveriesLow: number): void {
    const tree = this.#tree;
    tree.setWord(PENDING_TIME_HIGH, Math.floor(deliveredAtMs / TWO_32) | 0);
    tree.setWord(PENDING_TIME_LOW, deliveredAtMs | 0);
    tree.setWord(PENDING_COUNT_HIGH, deliveriesHigh);
    tree.setWord(PENDING_COUNT_LOW, deliveriesLow);
    tree.setWord(PENDING_CONSUMER, consumer);
  }

  #show(tree: IdTree): void {
    const { pending } = this;
    tree.readId(pending.id);
    pending.consumer = tree.word(PENDING_CONSUMER);
    pending.deliveredAtMs = tree.word(PENDING_TIME_HIGH) * TWO_32 + (tree.word(PENDING_TIME_LOW) >>> 0);
    pending.deliveries.setWords(tree.word(PENDING_COUNT_HIGH), tree.word(PENDING_COUNT_LOW));
  }

  // ---- going through it -----------------------------------------------------------------------------------------

  /** Begins to go through what is pending in the group with this id or a greater one, in ascending order. */
  seekPending(from: StreamId): void {
    this.seekPendingOf(0, from);
  }

  /** As `seekPending`, of one consumer. */
  seekPendingOf(consumer: Handle, from: StreamId): void {
    this.#walkConsumer = consumer;
    if (consumer !== 0) this.#idsWalk.attach(consumer, CONSUMER_TREE);
    this.#walkFrom.setFrom(from);
    this.#isShown = false;
    this.#isLost = true;
  }

  /**
   * Shows the next entry in `pending`. Entries, the shown one too, may be added, claimed and removed in between: it goes
   * on after the id it showed last.
   * @returns false at the end.
   */
  nextPending(): boolean {
    const walk = this.#walkConsumer === 0 ? this.#treeWalk : this.#idsWalk;
    if (!this.#step(walk)) {
      this.#isLost = true;
      return false;
    }
    this.#isLost = false;
    this.#isShown = true;
    walk.readId(this.#walkFrom);
    if (walk === this.#treeWalk) {
      this.#show(walk);
      return true;
    }
    const isPending = this.#tree.find(this.#walkFrom);
    assert(isPending, "what is pending for a consumer is pending in its group");
    this.#show(this.#tree);
    return true;
  }

  #step(walk: IdTree): boolean {
    if (!this.#isLost) {
      if (!walk.next()) return false;
    } else {
      if (!walk.seek(this.#walkFrom)) return false;
      if (this.#isShown && walk.compareId(this.#walkFrom) === 0 && !walk.next()) return false;
    }
    return walk !== this.#treeWalk || this.#goneCount() === 0 || this.#gone.stepOver(this.record, walk);
  }

  /** The smallest pending id, which XPENDING's summary shows. @returns whether there is one. */
  firstPendingId(into: StreamId): boolean {
    if (this.#goneCount() > 0) return this.#gone.nextPending(this.record, this.#other.setMin(), into);
    if (!this.#tree.first()) return false;
    this.#tree.readId(into);
    return true;
  }

  /** The greatest. */
  lastPendingId(into: StreamId): boolean {
    if (this.#goneCount() > 0) return this.#gone.lastPending(this.record, into);
    if (!this.#tree.last()) return false;
    this.#tree.readId(into);
    return true;
  }
}

/**
 * The half of a stream's image that keeps: what whoever changes the stream tells it before (`stream-image.ts` has the essay).
 */
import { assert } from "../base/assert.ts";
import { freeingSteps, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";
import { entryOwnBytes, freeEntry } from "../structures/entry.ts";
import { StreamId } from "../structures/stream-id.ts";
import {
  CONSUMER_ACTIVE_DOUBLE,
  CONSUMER_EPOCH,
  CONSUMER_SEEN_DOUBLE,
  CONSUMER_TREE,
  createRecord,
  GROUP_CONSUMERS,
  GROUP_EPOCH,
  GROUP_GONE_COUNT,
  GROUP_LAST_ID,
  GROUP_NAME,
  GROUP_TREE,
  isGone,
  PENDING_CONSUMER,
  PENDING_VALUE_WORDS,
  recordDouble,
  recordWord,
  STREAM_TREE,
  setRecordDouble,
  setRecordWord,
} from "../structures/stream-layout.ts";
import type { FreeValue, IdTree } from "../structures/stream-tree.ts";
import { CollectionImage, EPOCH_NONE, type PartLenses } from "./collection-image.ts";
import type { StreamLenses } from "./stream-parts.ts";

/** What is kept here of a tree, and of the group or consumer whose it is. In words; counts and ids as they were. */
const KEPT_RECORD_BYTES = 96;
/** The tree of what was otherwise. */
export const KEPT_TREE = 0;
/** The greatest id; how many there were. */
const KEPT_MAX = 8;
export const KEPT_COUNT = 12;
/** Whether ids may still be wanted: the tree had some, and they are not all told. */
export const KEPT_IS_OPEN = 13;
/** Of a group. */
export const KEPT_LAST_ID = 14;
export const KEPT_READ = 18;
export const KEPT_CONSUMER_COUNT = 20;
/** Names of consumers that have been deleted. */
export const KEPT_CONSUMERS = 21;
/** Of a consumer, as doubles. */
export const KEPT_SEEN_DOUBLE = 7;
export const KEPT_ACTIVE_DOUBLE = 8;

/** In a kept tree, of an id at which nothing stood. */
export const NOTHING = 0;
const SOMETHING = 1;

export abstract class StreamKeeper extends CollectionImage {
  readonly firstExpiryMs = 0;
  protected readonly streams: StreamLenses;
  /** By the record of a group or a consumer: the record of what it was. */
  protected readonly records: Map<Handle, Handle> = new Map();
  /** The same of the nodes; 0 when they are told. */
  protected nodesRecord: Handle;
  /** Root of the names of groups that have been destroyed. */
  protected destroyed: Handle = 0;
  /** One of these that has been told, and is being freed. */
  protected freed: Handle = 0;

  // Where the walk is: the record of the tree whose elements are told, and the last of these.
  protected walked: Handle;
  protected readonly last: StreamId = new StreamId();
  protected isStarted = false;

  constructor(lenses: PartLenses, root: Handle, epoch: number) {
    const { arena, streams } = lenses;
    super(lenses, root, epoch, streams.nodes.attach(root, STREAM_TREE).count);
    this.streams = streams;
    const before = arena.usedBytes;
    this.nodesRecord = this.#keep(streams.nodes, this.count);
    this.walked = this.nodesRecord;
    this.countSince(before);
  }

  touch(): void {}

  // ---- who changes the stream tells before ------------------------------------------------------------------------

  /** The content of a node is about to change, or the node to move. */
  changeNode(masterId: StreamId, node: Handle): void {
    if (!this.#isWanted(this.nodesRecord, this.streams.keptNodes, masterId)) return;
    const { arena } = this.lenses;
    const before = arena.usedBytes;
    this.#keepNode(masterId, this.streams.node.attach(node).duplicate());
    this.countSince(before);
  }

  /** A node is about to be removed. @returns whether it is the image's from now on; else it is to be freed. */
  removeNode(masterId: StreamId, node: Handle): boolean {
    if (!this.#isWanted(this.nodesRecord, this.streams.keptNodes, masterId)) return false;
    const { arena } = this.lenses;
    const before = arena.usedBytes;
    this.#keepNode(masterId, node);
    this.countSince(before - arena.sizeOf(node));
    return true;
  }

  /** A node is about to be added. */
  addNode(masterId: StreamId): void {
    if (!this.#isWanted(this.nodesRecord, this.streams.keptNodes, masterId)) return;
    const before = this.lenses.arena.usedBytes;
    this.#keepNode(masterId, NOTHING);
    this.countSince(before);
  }

  #keepNode(masterId: StreamId, node: Handle): void {
    const { keptNodes } = this.streams;
    keptNodes.insert(masterId);
    keptNodes.setWord(0, node);
  }

  /** A group is about to change. @returns the record of what it was, 0 when that is not wanted any more. */
  touchGroup(group: Handle): Handle {
    const { arena } = this.lenses;
    if (this.#isSeen(group, GROUP_EPOCH)) return this.records.get(group) ?? 0;
    const before = arena.usedBytes;
    const { names, pending } = this.streams;
    const tree = pending.attach(group, GROUP_TREE);
    const kept = this.#keep(tree, tree.count - recordWord(arena, group, GROUP_GONE_COUNT));
    // The last id, and behind it the entries read.
    for (let field = 0; field < GROUP_TREE - GROUP_LAST_ID; field++) {
      setRecordWord(arena, kept, KEPT_LAST_ID + field, recordWord(arena, group, GROUP_LAST_ID + field));
    }
    setRecordWord(arena, kept, KEPT_CONSUMER_COUNT, names.attach(recordWord(arena, group, GROUP_CONSUMERS)).count);
    this.records.set(group, kept);
    this.countSince(before);
    return kept;
  }

  /** A consumer is about to change. @returns as `touchGroup`. */
  touchConsumer(consumer: Handle): Handle {
    const { arena } = this.lenses;
    if (this.#isSeen(consumer, CONSUMER_EPOCH)) return this.records.get(consumer) ?? 0;
    const before = arena.usedBytes;
    const tree = this.streams.ids.attach(consumer, CONSUMER_TREE);
    const kept = this.#keep(tree, tree.count);
    setRecordDouble(arena, kept, KEPT_SEEN_DOUBLE, recordDouble(arena, consumer, CONSUMER_SEEN_DOUBLE));
    setRecordDouble(arena, kept, KEPT_ACTIVE_DOUBLE, recordDouble(arena, consumer, CONSUMER_ACTIVE_DOUBLE));
    this.records.set(consumer, kept);
    this.countSince(before);
    return kept;
  }

  /** A group has been made. */
  newGroup(group: Handle): void {
    setRecordWord(this.lenses.arena, group, GROUP_EPOCH, this.epoch);
  }

  /** A consumer has been made. */
  newConsumer(consumer: Handle): void {
    setRecordWord(this.lenses.arena, consumer, CONSUMER_EPOCH, this.epoch);
  }

  /** What is pending in a group with an id is about to change, to be added or removed. */
  keepPending(group: Handle, id: StreamId): void {
    const { keptPending, pending } = this.streams;
    if (!this.#isWanted(this.touchGroup(group), keptPending, id)) return;
    const before = this.lenses.arena.usedBytes;
    const wasThere = pending.attach(group, GROUP_TREE).find(id) && this.wasPending(pending);
    keptPending.insert(id);
    for (let word = 0; word < PENDING_VALUE_WORDS; word++) {
      keptPending.setWord(word, wasThere ? pending.word(word) : NOTHING);
    }
    this.countSince(before);
  }

  /** Whether a consumer has an id is about to change. */
  keepId(consumer: Handle, id: StreamId): void {
    const { keptIds, ids } = this.streams;
    if (this.#wasGone(consumer)) return;
    if (!this.#isWanted(this.touchConsumer(consumer), keptIds, id)) return;
    const before = this.lenses.arena.usedBytes;
    const wasThere = ids.attach(consumer, CONSUMER_TREE).find(id);
    keptIds.insert(id);
    keptIds.setWord(0, wasThere ? SOMETHING : NOTHING);
    this.countSince(before);
  }

  /**
   * A consumer is about to be deleted.
   * @param name the entry that bears its name. @returns whether that is the image's from now on.
   */
  removeConsumer(group: Handle, consumer: Handle, name: Handle): boolean {
    const { arena } = this.lenses;
    const kept = this.touchGroup(group);
    if (kept === 0 || this.touchConsumer(consumer) === 0) return false;
    const before = arena.usedBytes;
    const names = this.streams.names.attach(recordWord(arena, kept, KEPT_CONSUMERS));
    names.addEntry(name);
    setRecordWord(arena, kept, KEPT_CONSUMERS, names.root);
    this.countSince(before - entryOwnBytes(arena, name));
    return true;
  }

  /** A group, whose name is out of the stream's index, is about to go. @returns whether it is the image's from now on. */
  removeGroup(group: Handle): boolean {
    const { arena } = this.lenses;
    if (this.touchGroup(group) === 0) return false;
    const { names, release } = this.streams;
    const groupBytes = release.groupBytes(group);
    const before = arena.usedBytes;
    names.attach(this.destroyed).addEntry(recordWord(arena, group, GROUP_NAME));
    this.destroyed = names.root;
    this.countSince(before - groupBytes);
    return true;
  }

  /** Whether a group or a consumer is told, kept or new; after the first time it is kept. */
  #isSeen(record: Handle, field: number): boolean {
    const { arena } = this.lenses;
    if (this.epoch === EPOCH_NONE) return false;
    if (recordWord(arena, record, field) === this.epoch) return true;
    setRecordWord(arena, record, field, this.epoch);
    return false;
  }

  /** A record for a tree of ids. */
  #keep(tree: IdTree, count: number): Handle {
    const { arena } = this.lenses;
    const kept = createRecord(arena, KEPT_RECORD_BYTES);
    const isOpen = tree.last();
    if (isOpen) tree.readId(this.streams.id).store(this.wordsOf(kept), wordAt(kept, KEPT_MAX));
    setRecordWord(arena, kept, KEPT_IS_OPEN, isOpen ? 1 : 0);
    setRecordWord(arena, kept, KEPT_COUNT, count);
    this.lenses.keptParts++;
    return kept;
  }

  /** Whether an id of a tree is to be kept, which the lens is attached to then. */
  #isWanted(kept: Handle, lens: IdTree, id: StreamId): boolean {
    if (kept === 0 || recordWord(this.lenses.arena, kept, KEPT_IS_OPEN) === 0) return false;
    if (kept === this.walked && this.isStarted && id.compare(this.last) <= 0) return false;
    if (id.compare(this.loadMax(kept)) > 0) return false;
    return !lens.attach(kept, KEPT_TREE).find(id);
  }

  protected loadMax(kept: Handle): StreamId {
    return this.streams.max.load(this.wordsOf(kept), wordAt(kept, KEPT_MAX));
  }

  protected wordsOf(kept: Handle): Int32Array {
    return this.lenses.arena.words[kept >>> SEGMENT_SHIFT];
  }

  /** Whether the entry of a group's tree was pending: not if its consumer was gone before the snapshot began. */
  protected wasPending(tree: IdTree): boolean {
    return !this.#wasGone(tree.word(PENDING_CONSUMER));
  }

  #wasGone(consumer: Handle): boolean {
    const { arena } = this.lenses;
    return isGone(arena, consumer) && recordWord(arena, consumer, CONSUMER_EPOCH) !== this.epoch;
  }

  // ---- accounting and the end -------------------------------------------------------------------------------------

  /** Frees a record that is not wanted any more. */
  protected drop(kept: Handle): void {
    const { arena } = this.lenses;
    assert(this.streams.keptIds.attach(kept, KEPT_TREE).count === 0, "what is kept is told");
    this.countBytes(-arena.sizeOf(kept));
    this.#freeKept(kept);
  }

  protected countBytes(bytes: number): void {
    this.keptBytes += bytes;
    this.lenses.keptBytes += bytes;
  }

  protected countSince(before: number): void {
    this.countBytes(this.lenses.arena.usedBytes - before);
  }

  discard(stepsMax: number): boolean {
    this.left = stepsMax;
    const before = this.lenses.arena.usedBytes;
    const isMore = this.#discardSome();
    this.countSince(before);
    assert(isMore || this.keptBytes === 0, "what an image keeps is counted");
    return isMore;
  }

  #discardSome(): boolean {
    const { arena } = this.lenses;
    const { keptNodes, names } = this.streams;
    if (this.nodesRecord !== 0) {
      const freeNode: FreeValue = (words, at) => this.#freeKeptNode(words[at]);
      this.left = keptNodes.attach(this.nodesRecord, KEPT_TREE).free(this.left, freeNode);
      if (this.left <= 0) return true;
      this.#freeKept(this.nodesRecord);
      this.nodesRecord = 0;
    }
    for (const [record, kept] of this.records) {
      if (!this.#discardKept(kept)) return true;
      this.records.delete(record);
    }
    for (;;) {
      if (this.freed !== 0 && !this.freeGroup()) return true;
      if (this.destroyed === 0) return false;
      this.freed = names.attach(this.destroyed).last();
      const name = names.removeLast();
      assert(name === recordWord(arena, this.freed, GROUP_NAME), "a group that was destroyed has its name");
      this.destroyed = names.root;
    }
  }

  /** @returns how much of the budget that took. */
  #freeKeptNode(node: Handle): number {
    if (node === NOTHING) return 0;
    this.lenses.arena.free(node);
    return freeingSteps(node);
  }

  /** Frees what is kept of a group or a consumer. @returns whether all of it is gone. */
  #discardKept(kept: Handle): boolean {
    const { arena } = this.lenses;
    const { keptIds, names } = this.streams;
    this.left = keptIds.attach(kept, KEPT_TREE).free(this.left);
    names.attach(recordWord(arena, kept, KEPT_CONSUMERS));
    for (; this.left > 0 && names.root !== 0; this.left--) {
      freeEntry(arena, names.removeLast());
      setRecordWord(arena, kept, KEPT_CONSUMERS, names.root);
    }
    if (this.left <= 0) return false;
    this.#freeKept(kept);
    return true;
  }

  #freeKept(kept: Handle): void {
    this.lenses.arena.free(kept);
    this.lenses.keptParts--;
  }

  /** Frees some of a group that is told, or not going to be. @returns whether all of it is gone. */
  protected freeGroup(): boolean {
    const { arena } = this.lenses;
    const name = recordWord(arena, this.freed, GROUP_NAME);
    this.left = this.streams.release.freeGroup(this.freed, this.left);
    if (this.left <= 0) return false;
    freeEntry(arena, name);
    this.freed = 0;
    return true;
  }
}

/** Where a word of a record stands in the words of its segment. */
export function wordAt(record: Handle, field: number): number {
  return ((record & SEGMENT_MASK) << 2) + field;
}

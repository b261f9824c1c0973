/**
 * The image of a stream: what it was when a snapshot began, told in the order of RDB while it changes
 * (`collection-image.ts` has the rule).
 *
 * All that a stream has is ordered for good: nodes and pending entries by their ids, groups and consumers by their names.
 * So the walk is a cut: what lies behind it is told, and need not be kept. And what was there is found by its id, so that
 * parts need no epochs: beside each tree of ids that has changed before it was told there is another, of what was otherwise,
 *
 *     id → what stood there, or that nothing did
 *
 * made by whoever changes something, for the first change of each id. The tree as it was is both together: where the second
 * knows an id it counts, where it does not the live tree does, and ids beyond the greatest that the tree had are new. Of
 * nodes it has a copy, or the node itself when that is being removed; of a pending entry all that is known of it; of a
 * consumer's ids whether it had them.
 *
 * Groups and consumers have epochs: one that has another than the snapshot's is as it was. Before its first change, or when
 * the walk comes to it, it gets the snapshot's and a record here of what it was (ids, times and counts, which RDB wants
 * before the elements) with the root of that second tree; the record goes when it is told. One that has the epoch and no
 * record is told already, or new. What is deleted comes here: a group with all it has; of a consumer the name, while the
 * consumer itself goes the way of those that are gone (`stream-gone.ts`), so that its entries still stand where they did.
 *
 * The alternatives. Copies of leaves are 2 KiB for what may be one acknowledgement, and no smaller when all of a leaf goes.
 * A frozen root whose nodes are copied on the way down needs counted references, and two roots for every lens.
 *
 * Cost, for the first change of an id: a look-up and an insertion, 0.5 µs, 36 bytes for a pending entry and 20 for the
 * consumer's id; a copy of a node (4 KiB) for each node in which something is deleted. Where nothing changes, two records
 * of 96 bytes. DUMP reads an image of a stream of which nothing changes.
 */
import { assert } from "../base/assert.ts";
import { type Handle, SEGMENT_MASK, SEGMENT_SHIFT, SLAB_BLOCKS_PER_LARGE } from "../memory/arena.ts";
import { freeEntry, keySpan } from "../structures/entry.ts";
import {
  CONSUMER_TREE,
  GROUP_CONSUMERS,
  GROUP_NAME,
  GROUP_TREE,
  NODE_HANDLE,
  PENDING_CONSUMER,
  PENDING_COUNT_HIGH,
  PENDING_COUNT_LOW,
  PENDING_TIME_HIGH,
  PENDING_TIME_LOW,
  recordDouble,
  recordWord,
  STREAM_ADDED,
  STREAM_FIRST_ID,
  STREAM_GROUPS,
  STREAM_LAST_ID,
  STREAM_LENGTH_DOUBLE,
  STREAM_MAX_DELETED_ID,
  STREAM_TREE,
  setRecordWord,
} from "../structures/stream-layout.ts";
import type { IdTree } from "../structures/stream-tree.ts";
import { NODE_STEPS, type PartLenses, type PartReader, STEP_BYTES } from "./collection-image.ts";
import {
  KEPT_ACTIVE_DOUBLE,
  KEPT_CONSUMER_COUNT,
  KEPT_CONSUMERS,
  KEPT_COUNT,
  KEPT_IS_OPEN,
  KEPT_LAST_ID,
  KEPT_READ,
  KEPT_SEEN_DOUBLE,
  KEPT_TREE,
  NOTHING,
  StreamKeeper,
  wordAt,
} from "./stream-keeper.ts";
import { StreamFacts } from "./stream-parts.ts";

const NODES = 0;
const GROUPS = 1;
const PENDING = 2;
const CONSUMERS = 3;
const IDS = 4;
const END = 5;

/** Where the next element of a tree as it was stands. */
const NOWHERE = 0;
const LIVE = 1;
const KEPT = 2;

export class StreamImage extends StreamKeeper {
  readonly #facts = new StreamFacts();
  /** What comes next. */
  #phase = NODES;
  #group: Handle = 0;
  #consumer: Handle = 0;
  /** Their names, or of others that need not be told, to go on from. */
  #groupName: Uint8Array | null = null;
  #consumerName: Uint8Array | null = null;

  constructor(lenses: PartLenses, root: Handle, epoch: number) {
    super(lenses, root, epoch);
    const { arena } = lenses;
    const words = arena.words[root >>> SEGMENT_SHIFT];
    const at = (root & SEGMENT_MASK) << 2;
    const facts = this.#facts;
    facts.length = recordDouble(arena, root, STREAM_LENGTH_DOUBLE);
    facts.lastId.load(words, at + STREAM_LAST_ID);
    facts.firstId.load(words, at + STREAM_FIRST_ID);
    facts.maxDeletedId.load(words, at + STREAM_MAX_DELETED_ID);
    facts.entriesAdded.setWords(words[at + STREAM_ADDED], words[at + STREAM_ADDED + 1]);
    facts.groupCount = this.streams.names.attach(words[at + STREAM_GROUPS]).count;
  }

  // ---- the walk -------------------------------------------------------------------------------------------------

  step(stepsMax: number, reader: PartReader): boolean {
    this.left = stepsMax;
    this.#place();
    while (this.left > 0 && this.#phase !== END) this.#tellNext(reader);
    if (this.#phase !== END) return true;
    assert(this.keptBytes === 0 && this.records.size === 0, "an image that is told keeps nothing");
    return false;
  }

  #tellNext(reader: PartReader): void {
    this.left--;
    if (this.#phase === NODES) this.#tellNode(reader);
    else if (this.#phase === GROUPS) this.#tellGroup(reader);
    else if (this.#phase === PENDING) this.#tellPending(reader);
    else if (this.#phase === CONSUMERS) this.#tellConsumer(reader);
    else this.#tellId(reader);
  }

  /** Puts the lenses where the walk goes on: whatever has changed since, it is after the last id. */
  #place(): void {
    const { ids, keptIds, keptNodes, keptPending, nodes, pending } = this.streams;
    if (this.#phase === NODES) {
      keptNodes.attach(this.walked, KEPT_TREE);
      this.#seek(nodes.attach(this.root, STREAM_TREE));
    } else if (this.#phase === PENDING) {
      keptPending.attach(this.walked, KEPT_TREE);
      this.#seek(pending.attach(this.#group, GROUP_TREE));
    } else if (this.#phase === IDS) {
      keptIds.attach(this.walked, KEPT_TREE);
      this.#seek(ids.attach(this.#consumer, CONSUMER_TREE));
    }
  }

  #seek(tree: IdTree): void {
    const isPlaced = this.isStarted ? tree.seek(this.last) : tree.first();
    if (isPlaced && this.isStarted && tree.compareId(this.last) === 0) tree.next();
    this.loadMax(this.walked);
  }

  /** Begins with the elements of a tree. */
  #walk(kept: Handle, phase: number): void {
    this.walked = kept;
    this.#phase = phase;
    this.isStarted = false;
    this.#place();
  }

  /** The elements of the tree are told. */
  #endWalk(phase: number): void {
    this.walked = 0;
    this.#phase = phase;
  }

  /** Where the next element of a tree as it was stands; its id is the last one from now on. */
  #nextOf(tree: IdTree, kept: IdTree): number {
    const id = this.last;
    const isOpen = recordWord(this.lenses.arena, this.walked, KEPT_IS_OPEN) === 1;
    const isLive = isOpen && tree.isPlaced && tree.compareId(this.streams.max) <= 0;
    const isKept = kept.first();
    if (!isLive && !isKept) return NOWHERE;
    this.isStarted = true;
    if (isKept && !(isLive && tree.compareId(kept.readId(id)) < 0)) {
      kept.readId(id);
      if (isLive && tree.compareId(id) === 0) tree.next();
      return KEPT;
    }
    tree.readId(id);
    return LIVE;
  }

  #tellNode(reader: PartReader): void {
    const { keptNodes, nodes } = this.streams;
    const place = this.#nextOf(nodes, keptNodes);
    if (place === NOWHERE) {
      this.nodesRecord = 0;
      this.drop(this.walked);
      this.#endWalk(GROUPS);
      reader.stream?.facts(this.#facts);
      return;
    }
    const node = place === LIVE ? nodes.word(NODE_HANDLE) : keptNodes.word(0);
    if (node !== NOTHING) {
      const before = reader.workBytes ?? 0;
      reader.stream?.node(this.last, node);
      this.left -= Math.floor(((reader.workBytes ?? 0) - before) / STEP_BYTES);
    }
    if (place === LIVE) nodes.next();
    else this.#removeKept(keptNodes);
    if (place === KEPT && node !== NOTHING) this.#freeNode(node);
  }

  #freeNode(node: Handle): void {
    const { arena } = this.lenses;
    this.countBytes(-arena.sizeOf(node));
    arena.free(node);
    this.left -= node < 0 ? SLAB_BLOCKS_PER_LARGE : NODE_STEPS;
  }

  #tellPending(reader: PartReader): void {
    const { keptPending, pending, pendingFacts } = this.streams;
    const place = this.#nextOf(pending, keptPending);
    if (place === NOWHERE) {
      setRecordWord(this.lenses.arena, this.walked, KEPT_IS_OPEN, 0);
      const consumers = recordWord(this.lenses.arena, this.walked, KEPT_CONSUMER_COUNT);
      this.#endWalk(CONSUMERS);
      this.#consumerName = null;
      reader.stream?.consumers(consumers);
      return;
    }
    const tree = place === LIVE ? pending : keptPending;
    if (place === LIVE ? this.wasPending(pending) : keptPending.word(PENDING_CONSUMER) !== NOTHING) {
      pendingFacts.id.setFrom(this.last);
      pendingFacts.deliveredAtMs.setWords(tree.word(PENDING_TIME_HIGH), tree.word(PENDING_TIME_LOW));
      pendingFacts.deliveries.setWords(tree.word(PENDING_COUNT_HIGH), tree.word(PENDING_COUNT_LOW));
      reader.stream?.pending(pendingFacts);
    }
    if (place === LIVE) pending.next();
    else this.#removeKept(keptPending);
  }

  #tellId(reader: PartReader): void {
    const { ids, keptIds } = this.streams;
    const place = this.#nextOf(ids, keptIds);
    if (place === NOWHERE) {
      this.#endConsumer();
      return;
    }
    if (place === LIVE || keptIds.word(0) !== NOTHING) reader.stream?.consumerId(this.last);
    if (place === LIVE) ids.next();
    else this.#removeKept(keptIds);
  }

  /** Takes the element at which a kept tree stands out of it. */
  #removeKept(kept: IdTree): void {
    const before = this.lenses.arena.usedBytes;
    kept.remove();
    this.countSince(before);
  }

  // ---- groups and consumers ---------------------------------------------------------------------------------------

  /** Begins with the next group in the order of names, or passes over one that need not be told. */
  #tellGroup(reader: PartReader): void {
    const { arena } = this.lenses;
    if (this.freed !== 0) {
      const before = arena.usedBytes;
      const isFreed = this.freeGroup();
      this.countSince(before);
      if (!isFreed) return;
    }
    const { groupFacts } = this.streams;
    const group = this.#nextName(recordWord(arena, this.root, STREAM_GROUPS), this.destroyed, this.#groupName);
    if (group === 0) {
      this.#phase = END;
      reader.stream?.end();
      return;
    }
    const name = recordWord(arena, group, GROUP_NAME);
    this.#groupName = this.streams.nameOf(name);
    const kept = this.touchGroup(group);
    if (kept === 0) return;
    this.#group = group;
    keySpan(arena, name, groupFacts.name);
    groupFacts.lastId.load(this.wordsOf(kept), wordAt(kept, KEPT_LAST_ID));
    groupFacts.entriesRead.setWords(recordWord(arena, kept, KEPT_READ), recordWord(arena, kept, KEPT_READ + 1));
    groupFacts.pendingCount = recordWord(arena, kept, KEPT_COUNT);
    reader.stream?.group(groupFacts);
    this.#walk(kept, PENDING);
  }

  /** The group is told with its last consumer. */
  #endGroup(): void {
    const { arena } = this.lenses;
    const group = this.#group;
    const kept = this.records.get(group) ?? 0;
    assert(recordWord(arena, kept, KEPT_CONSUMERS) === 0, "consumers that were deleted have been told");
    this.records.delete(group);
    this.drop(kept);
    this.#phase = GROUPS;
    const { names } = this.streams;
    // Where it has been destroyed it is the first of these: those before it are told, and freed.
    if (this.streams.begin(names, this.destroyed, null).next() !== group) return;
    const before = arena.usedBytes;
    names.remove(recordWord(arena, group, GROUP_NAME));
    this.destroyed = names.root;
    this.countSince(before);
    this.freed = group;
  }

  #tellConsumer(reader: PartReader): void {
    const { arena } = this.lenses;
    const { consumerFacts } = this.streams;
    const keptGroup = this.records.get(this.#group) ?? 0;
    const root = recordWord(arena, this.#group, GROUP_CONSUMERS);
    const deleted = recordWord(arena, keptGroup, KEPT_CONSUMERS);
    const consumer = this.#nextName(root, deleted, this.#consumerName);
    if (consumer === 0) {
      this.#endGroup();
      return;
    }
    const name = this.streams.names.nameEntry;
    this.#consumerName = this.streams.nameOf(name);
    const kept = this.touchConsumer(consumer);
    if (kept === 0) return;
    this.#consumer = consumer;
    consumerFacts.seenAtMs = recordDouble(arena, kept, KEPT_SEEN_DOUBLE);
    consumerFacts.activeAtMs = recordDouble(arena, kept, KEPT_ACTIVE_DOUBLE);
    consumerFacts.pendingCount = recordWord(arena, kept, KEPT_COUNT);
    keySpan(arena, name, consumerFacts.name);
    reader.stream?.consumer(consumerFacts);
    this.#walk(kept, IDS);
  }

  #endConsumer(): void {
    const { arena } = this.lenses;
    const consumer = this.#consumer;
    const kept = this.records.get(consumer) ?? 0;
    this.records.delete(consumer);
    this.drop(kept);
    this.#endWalk(CONSUMERS);
    const keptGroup = this.records.get(this.#group) ?? 0;
    const { names } = this.streams;
    if (this.streams.begin(names, recordWord(arena, keptGroup, KEPT_CONSUMERS), null).next() !== consumer) return;
    const before = arena.usedBytes;
    const name = names.nameEntry;
    names.remove(name);
    setRecordWord(arena, keptGroup, KEPT_CONSUMERS, names.root);
    freeEntry(arena, name);
    this.countSince(before);
  }

  /**
   * The record that comes next by its name, of those that are there and those that were deleted, and were not told.
   * `names` stands at it, and has its name.
   */
  #nextName(root: Handle, deleted: Handle, after: Uint8Array | null): Handle {
    const streams = this.streams;
    const { names, otherNames } = streams;
    const one = streams.begin(otherNames, root, after).next();
    const other = streams.begin(names, deleted, null).next();
    if (one === 0 || (other !== 0 && !streams.isBefore(otherNames.nameEntry, names.nameEntry))) return other;
    return streams.begin(names, root, after).next();
  }
}

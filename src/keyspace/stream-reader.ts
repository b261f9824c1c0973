/**
 * Reading a stream: what its record says, and its entries in order.
 *
 *     stream.open(entry)                  then `length`, `lastId`, `has(id)` …
 *     stream.range(from, to, isReverse)   the entries between two ids, both included
 *     stream.next()                       to the next of them: `id`, `fieldCount`
 *     stream.nextField()                  to its next `field` and `value`
 *
 * What `field` and `value` are pointed at is good until the stream itself is changed.
 */
import { assert } from "../base/assert.ts";
import { Int64 } from "../base/text.ts";
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";
import { ENCODING_STREAM, encodingOf, outsideHandle } from "../structures/entry.ts";
import { ListItem } from "../structures/list-item.ts";
import { StreamId } from "../structures/stream-id.ts";
import {
  NODE_HANDLE,
  NODE_VALUE_WORDS,
  recordDouble,
  STREAM_ADDED,
  STREAM_FIRST_ID,
  STREAM_LAST_ID,
  STREAM_LENGTH_DOUBLE,
  STREAM_MAX_DELETED_ID,
  STREAM_TREE,
} from "../structures/stream-layout.ts";
import { StreamNode } from "../structures/stream-node.ts";
import { RadixNodes } from "../structures/stream-radix.ts";
import { IdTree } from "../structures/stream-tree.ts";

export class StreamReader {
  /** What `next` or `find` has come upon. */
  readonly id: StreamId;
  readonly field: ListItem = new ListItem();
  readonly value: ListItem = new ListItem();

  /** The greatest id that was ever added, or set by `setLastId`. */
  readonly lastId: StreamId = new StreamId();
  /** Of the first entry; 0-0 without entries. Within a change it may be that of an entry just deleted. */
  readonly firstId: StreamId = new StreamId();
  /** The greatest id that was deleted; set by `delete` and `setMaxDeletedId`. */
  readonly maxDeletedId: StreamId = new StreamId();
  /** Entries that were ever added; counted by `append`, set by `setEntriesAdded`. */
  readonly entriesAdded: Int64 = new Int64();

  protected readonly arena: Arena;
  /** The record; 0 when none is open. */
  protected record: Handle = 0;
  protected entryCount = 0;
  /** The stream's nodes by id, and the one that was looked at last. */
  protected readonly tree: IdTree;
  protected readonly node: StreamNode;
  /** Whether `node` stands in a node that has not changed since. */
  protected isInside = false;

  /** The range. */
  readonly #from = new StreamId();
  readonly #to = new StreamId();
  #isReverse = false;
  #isAtStart = false;
  readonly #rangeTree: IdTree;
  /** For `has`, in the middle of a range. */
  readonly #probe: StreamNode;

  constructor(arena: Arena) {
    this.arena = arena;
    this.tree = new IdTree(arena, NODE_VALUE_WORDS);
    this.node = new StreamNode(arena);
    this.#rangeTree = new IdTree(arena, NODE_VALUE_WORDS);
    this.#probe = new StreamNode(arena);
    this.id = this.node.id;
  }

  /** Opens the stream of a key's entry. */
  open(entry: Handle): this {
    assert(encodingOf(this.arena, entry) === ENCODING_STREAM, "the entry holds a stream");
    return this.openRecord(outsideHandle(this.arena, entry));
  }

  /** Opens a stream that no key has, or not yet. */
  openRecord(record: Handle): this {
    const words = this.arena.words[record >>> SEGMENT_SHIFT];
    const at = (record & SEGMENT_MASK) << 2;
    this.record = record;
    this.entryCount = recordDouble(this.arena, record, STREAM_LENGTH_DOUBLE);
    this.lastId.load(words, at + STREAM_LAST_ID);
    this.firstId.load(words, at + STREAM_FIRST_ID);
    this.maxDeletedId.load(words, at + STREAM_MAX_DELETED_ID);
    this.entriesAdded.setWords(words[at + STREAM_ADDED], words[at + STREAM_ADDED + 1]);
    this.tree.attach(record, STREAM_TREE);
    this.#rangeTree.attach(record, STREAM_TREE);
    this.isInside = false;
    return this;
  }

  /** Number of entries. */
  get length(): number {
    return this.entryCount;
  }

  /** Fields of the entry that `next` or `find` has come upon. */
  get fieldCount(): number {
    return this.node.fieldCount;
  }

  // ---- ranges ---------------------------------------------------------------------------------------------------

  /**
   * Begins to go through the entries from one id to another, both included; from the greater one down with `isReverse`.
   * The ids are copied. `from` is the smaller one in either case; when it is the greater there are none.
   */
  range(from: StreamId, to: StreamId, isReverse: boolean): void {
    this.#from.setFrom(from);
    this.#to.setFrom(to);
    this.#isReverse = isReverse;
    this.#isAtStart = true;
  }

  /** To the next entry. @returns false at the end. */
  next(): boolean {
    return this.#isReverse ? this.#nextDown() : this.#nextUp();
  }

  #nextUp(): boolean {
    const { node } = this;
    const tree = this.#rangeTree;
    const isAtStart = this.#isAtStart;
    if (isAtStart) {
      this.#isAtStart = false;
      if (!tree.seekBack(this.#from) && !tree.first()) return false;
      this.#enter();
    }
    for (;;) {
      while (!node.nextEntry()) {
        if (!tree.isPlaced || !tree.next()) return false;
        this.#enter();
      }
      if (isAtStart && node.id.compare(this.#from) < 0) continue;
      if (node.isDeleted) continue;
      return node.id.compare(this.#to) <= 0 && node.id.compare(this.#from) >= 0;
    }
  }

  #nextDown(): boolean {
    const { node } = this;
    const tree = this.#rangeTree;
    if (this.#isAtStart) {
      this.#isAtStart = false;
      if (!tree.seekBack(this.#to)) return false;
      this.#enter();
      node.toEnd();
    }
    for (;;) {
      while (!node.previousEntry()) {
        if (!tree.isPlaced || !tree.previous()) return false;
        this.#enter();
        node.toEnd();
      }
      if (node.isDeleted || node.id.compare(this.#to) > 0) continue;
      return node.id.compare(this.#from) >= 0;
    }
  }

  /** Stands in front of the first entry of the node that the range has come to. */
  #enter(): void {
    const tree = this.#rangeTree;
    tree.readId(this.node.masterId);
    this.node.enter(tree.word(NODE_HANDLE));
    this.isInside = true;
  }

  /** To the entry's next field and value. @returns false after `fieldCount` of them. */
  nextField(): boolean {
    return this.node.nextField(this.field, this.value);
  }

  // ---- single entries -------------------------------------------------------------------------------------------

  /**
   * As `range` and `next` for one id: `next` goes nowhere then. Ids that are looked for in ascending order are found
   * where the last one was left. @returns whether there is such an entry.
   */
  find(id: StreamId): boolean {
    const { node, tree } = this;
    this.range(id, id, false);
    this.#isAtStart = false;
    this.#rangeTree.attach(this.record, STREAM_TREE);
    if (!tree.seekBack(id)) return false;
    const handle = tree.word(NODE_HANDLE);
    const goesOn = this.isInside && node.handle === handle && !node.isAtEdge && node.id.compare(id) < 0;
    if (!goesOn) {
      tree.readId(node.masterId);
      node.enter(handle);
      this.isInside = true;
    }
    return seekEntry(node, id) && !node.isDeleted;
  }

  /** Whether there is such an entry. A range that is gone through stays where it is. */
  has(id: StreamId): boolean {
    const { tree } = this;
    const probe = this.#probe;
    if (!tree.seekBack(id)) return false;
    tree.readId(probe.masterId);
    return seekEntry(probe.enter(tree.word(NODE_HANDLE)), id) && !probe.isDeleted;
  }

  /** The greatest id that an entry has (not a deleted one). @returns false without entries; it is 0-0 then. */
  lastEntryId(into: StreamId): boolean {
    return this.#edge(into, true);
  }

  /** The smallest. */
  firstEntryId(into: StreamId): boolean {
    return this.#edge(into, false);
  }

  #edge(into: StreamId, isLast: boolean): boolean {
    const { tree } = this;
    const probe = this.#probe;
    into.setMin();
    if (this.entryCount === 0) return false;
    for (let isMore = isLast ? tree.last() : tree.first(); isMore; isMore = isLast ? tree.previous() : tree.next()) {
      tree.readId(probe.masterId);
      probe.enter(tree.word(NODE_HANDLE));
      if (probe.liveCount === 0) continue;
      if (isLast) probe.toEnd();
      while (isLast ? probe.previousEntry() : probe.nextEntry()) {
        if (probe.isDeleted) continue;
        into.setFrom(probe.id);
        return true;
      }
    }
    return false;
  }

  /** The id of the first entry of the first node, deleted or not. @returns false without nodes. */
  firstEdgeId(into: StreamId): boolean {
    const { tree } = this;
    const probe = this.#probe;
    if (!tree.first()) return false;
    tree.readId(probe.masterId);
    probe.enter(tree.word(NODE_HANDLE)).nextEntry();
    into.setFrom(probe.id);
    return true;
  }

  // ---- nodes ----------------------------------------------------------------------------------------------------

  /** Listpacks: XINFO's radix-tree-keys. */
  get nodeCount(): number {
    return this.tree.count;
  }

  /** Nodes that Redis's radix tree would have: XINFO's radix-tree-nodes. O(nodeCount). */
  radixTreeNodes(): number {
    const { tree } = this;
    const radix = new RadixNodes();
    const id = new StreamId();
    for (let isMore = tree.first(); isMore; isMore = tree.next()) radix.add(tree.readId(id));
    return radix.count();
  }
}

/** To the first entry with at least this id. @returns whether its id is this one. */
function seekEntry(node: StreamNode, id: StreamId): boolean {
  while (node.nextEntry()) {
    const order = node.id.compare(id);
    if (order >= 0) return order === 0;
  }
  return false;
}

/**
 * What a change takes out of a stream and would take long to free: a group with millions of pending entries, nodes that
 * are large blocks, or very many. It is hung below the record of another stream, which no key has, and which is freed in
 * slices as a deleted one is.
 */
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";
import { ENCODING_STREAM, TYPE_STREAM } from "../structures/entry.ts";
import type { StreamId } from "../structures/stream-id.ts";
import {
  CONSUMER_NAME,
  createRecord,
  GROUP_CONSUMERS,
  GROUP_NAME,
  GROUP_PENDING_WORDS,
  GROUP_RECORD_BYTES,
  GROUP_TREE,
  NODE_HANDLE,
  NODE_VALUE_WORDS,
  recordWord,
  STREAM_GROUPS,
  STREAM_RECORD_BYTES,
  STREAM_TREE,
  setRecordWord,
} from "../structures/stream-layout.ts";
import { NameIndex } from "../structures/stream-names.ts";
import type { StreamRelease } from "../structures/stream-release.ts";
import { IdTree } from "../structures/stream-tree.ts";
import type { CollectionGrip } from "./collection-grip.ts";

const NO_NAME = new Uint8Array(0);

export class StreamApart {
  readonly #arena: Arena;
  readonly #release: StreamRelease;
  /** The record, 0 when there is none, and the bytes of all that hangs below it. */
  #record: Handle = 0;
  #bytes = 0;
  readonly #tree: IdTree;
  readonly #names: NameIndex;

  constructor(arena: Arena, release: StreamRelease) {
    this.#arena = arena;
    this.#release = release;
    this.#tree = new IdTree(arena, NODE_VALUE_WORDS);
    this.#names = new NameIndex(arena);
  }

  /** Takes a node, which is the stream's no longer. */
  takeNode(masterId: StreamId, node: Handle): void {
    this.#begin();
    const before = this.#arena.usedBytes;
    this.#tree.insert(masterId);
    this.#tree.setWord(NODE_HANDLE, node);
    this.#bytes += this.#arena.usedBytes - before + this.#arena.sizeOf(node);
  }

  /**
   * Takes the nodes before that at which a stream's tree stands, or all of them, before any other.
   * @param count how many these are.
   */
  takeFirstNodes(tree: IdTree, count: number): void {
    this.#begin();
    this.#bytes += tree.sizeOfFirst(count, NODE_HANDLE);
    tree.cut(this.#tree);
    this.#bytes += this.#tree.blockBytes;
  }

  /** Takes a group, whose name is out of the stream's index, with its consumers that are gone. */
  takeGroup(group: Handle): void {
    this.#begin();
    this.#bytes += this.#release.groupBytes(group);
    const before = this.#arena.usedBytes;
    this.#names.addEntry(recordWord(this.#arena, group, GROUP_NAME));
    setRecordWord(this.#arena, this.#record, STREAM_GROUPS, this.#names.root);
    this.#bytes += this.#arena.usedBytes - before;
  }

  /**
   * Takes the pending list of a group, all of which is of one consumer (or of some that are gone), and that consumer, whose
   * name is out of the group's index: as a group without a name.
   */
  takePending(group: Handle, consumer: Handle): void {
    const arena = this.#arena;
    const taken = createRecord(arena, GROUP_RECORD_BYTES);
    const words = arena.words[group >>> SEGMENT_SHIFT];
    const at = ((group & SEGMENT_MASK) << 2) + GROUP_TREE;
    for (let field = 0; field < GROUP_PENDING_WORDS; field++) {
      setRecordWord(arena, taken, GROUP_TREE + field, words[at + field]);
      words[at + field] = 0;
    }
    const consumers = new NameIndex(arena);
    consumers.addEntry(recordWord(arena, consumer, CONSUMER_NAME));
    setRecordWord(arena, taken, GROUP_CONSUMERS, consumers.root);
    const names = new NameIndex(arena);
    const name = names.add(NO_NAME, 0, 0, taken);
    names.remove(name);
    setRecordWord(arena, taken, GROUP_NAME, name);
    this.takeGroup(taken);
  }

  #begin(): void {
    if (this.#record !== 0) return;
    this.#record = createRecord(this.#arena, STREAM_RECORD_BYTES);
    this.#bytes = this.#arena.sizeOf(this.#record);
    this.#tree.attach(this.#record, STREAM_TREE);
    this.#names.attach(0);
  }

  /** At the end of a change: has all that was taken freed. */
  free(handle: CollectionGrip): void {
    if (this.#record === 0) return;
    handle.freeApart(TYPE_STREAM, ENCODING_STREAM, this.#record, this.#bytes);
    this.#record = 0;
  }
}

/**
 * Freeing streams in slices: group by group, consumer by consumer, then the nodes, each from the last to the first. How
 * far it has come shows in what is left, so a slice needs to know nothing of the one before.
 */
import { type Arena, freeingSteps, type Handle, SLAB_BLOCKS_PER_LARGE } from "../memory/arena.ts";
import { entryOwnBytes, freeEntry } from "./entry.ts";
import {
  CONSUMER_GONE_NEXT,
  CONSUMER_NAME,
  CONSUMER_TREE,
  GROUP_CONSUMERS,
  GROUP_GONE,
  GROUP_NAME,
  GROUP_TREE,
  NODE_HANDLE,
  NODE_VALUE_WORDS,
  PENDING_VALUE_WORDS,
  recordWord,
  STREAM_GROUPS,
  STREAM_TREE,
  setRecordWord,
} from "./stream-layout.ts";
import { NameIndex } from "./stream-names.ts";
import { type FreeValue, IdTree } from "./stream-tree.ts";

export class StreamRelease {
  readonly #arena: Arena;
  readonly #groups: NameIndex;
  readonly #consumers: NameIndex;
  readonly #nodes: IdTree;
  readonly #pending: IdTree;
  readonly #ids: IdTree;
  readonly #freeNode: FreeValue;

  constructor(arena: Arena) {
    this.#arena = arena;
    this.#groups = new NameIndex(arena);
    this.#consumers = new NameIndex(arena);
    this.#nodes = new IdTree(arena, NODE_VALUE_WORDS);
    this.#pending = new IdTree(arena, PENDING_VALUE_WORDS);
    this.#ids = new IdTree(arena, 0);
    this.#freeNode = (words, at) => {
      const node = words[at + NODE_HANDLE];
      arena.free(node);
      return freeingSteps(node);
    };
  }

  /**
   * Frees a stream or, of a large one, a part. After the first call nothing else may be done with it.
   * @param blocksMax large blocks, or what takes as long, that one call may give back.
   * @returns whether all of it is gone.
   */
  free(stream: Handle, blocksMax: number): boolean {
    let left = blocksMax * SLAB_BLOCKS_PER_LARGE;
    const groups = this.#groups.attach(recordWord(this.#arena, stream, STREAM_GROUPS));
    while (groups.count > 0) {
      left = this.freeGroup(groups.last(), left);
      if (left <= 0) return false;
      freeEntry(this.#arena, groups.removeLast());
      setRecordWord(this.#arena, stream, STREAM_GROUPS, groups.root);
    }
    left = this.#nodes.attach(stream, STREAM_TREE).free(left, this.#freeNode);
    if (left <= 0) return false;
    this.#arena.free(stream);
    return true;
  }

  /**
   * Frees a group but for its name, or a part of it.
   * @returns what is left of the budget; the group is gone if it is more than 0.
   */
  freeGroup(group: Handle, budget: number): number {
    const arena = this.#arena;
    let left = this.#pending.attach(group, GROUP_TREE).free(budget);
    if (left <= 0) return 0;
    const consumers = this.#consumers.attach(recordWord(arena, group, GROUP_CONSUMERS));
    while (consumers.count > 0) {
      const consumer = consumers.last();
      left = this.#ids.attach(consumer, CONSUMER_TREE).free(left);
      if (left <= 0) return 0;
      freeEntry(arena, consumers.removeLast());
      setRecordWord(arena, group, GROUP_CONSUMERS, consumers.root);
      arena.free(consumer);
      left -= 2;
    }
    for (let gone = recordWord(arena, group, GROUP_GONE); gone !== 0; left--) {
      left = this.#ids.attach(gone, CONSUMER_TREE).free(left);
      if (left <= 0) return 0;
      const next = recordWord(arena, gone, CONSUMER_GONE_NEXT);
      setRecordWord(arena, group, GROUP_GONE, next);
      arena.free(gone);
      gone = next;
    }
    arena.free(group);
    return Math.max(left, 1);
  }

  /** Bytes in the accounting of a group with its name and all that is its own. O(consumers). */
  groupBytes(group: Handle): number {
    const arena = this.#arena;
    let bytes = arena.sizeOf(group) + entryOwnBytes(arena, recordWord(arena, group, GROUP_NAME));
    bytes += this.#pending.attach(group, GROUP_TREE).blockBytes;
    const consumers = this.#consumers.attach(recordWord(arena, group, GROUP_CONSUMERS));
    bytes += consumers.blockBytes;
    consumers.rewind();
    for (let consumer = consumers.next(); consumer !== 0; consumer = consumers.next()) {
      bytes += entryOwnBytes(arena, recordWord(arena, consumer, CONSUMER_NAME)) + this.#consumerBytes(consumer);
    }
    for (let gone = recordWord(arena, group, GROUP_GONE); gone !== 0; ) {
      bytes += this.#consumerBytes(gone);
      gone = recordWord(arena, gone, CONSUMER_GONE_NEXT);
    }
    return bytes;
  }

  /** Bytes of a consumer with the ids that are pending for it, without its name. */
  #consumerBytes(consumer: Handle): number {
    return this.#arena.sizeOf(consumer) + this.#ids.attach(consumer, CONSUMER_TREE).blockBytes;
  }
}

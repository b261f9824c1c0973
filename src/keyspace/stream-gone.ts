/**
 * Consumers that have been deleted while much was pending for them.
 *
 * XGROUP DELCONSUMER takes all that is pending for a consumer off its group's list. In the list these entries stand among
 * those of others, so they have to be taken out one by one: 0.25 µs each, 0.3 s for a quarter of five million. So from some
 * thousands on a consumer goes by its name alone. Its record stays, without a name, in a chain behind its group's, with
 * the tree of the ids that were its own, and slices take these out of both trees later (`stream-sweep.ts`).
 *
 * Until then an entry whose consumer is gone stands in the group's tree and is not pending for anybody who looks: the
 * group's count is less by those (`GROUP_GONE_COUNT`), whoever looks an id up is told that it is not there, and whoever makes
 * it pending again takes it over. Only a walk of the whole list has to be careful, which may come upon millions of them in a
 * row: after a bounded number it asks each consumer for its next id, and goes on at the smallest of these. The first and the
 * last pending id are found in the same way. So a look costs what consumers there are, never what was deleted.
 *
 * The alternatives. To hang the dead part elsewhere at once takes a tree a consumer, in which a bare id could no longer be
 * found (XACK names no consumer). To have whoever changes the group next do the removing makes others pay, or nobody.
 *
 * Cost: a look at the consumer's record where one at the entry's word did, 3 words a group. Copies and files have no trace.
 */
import { assert } from "../base/assert.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import { StreamId } from "../structures/stream-id.ts";
import {
  CONSUMER_GONE_NEXT,
  CONSUMER_NAME,
  CONSUMER_TREE,
  GROUP_CONSUMERS,
  GROUP_GONE,
  GROUP_GONE_COUNT,
  GROUP_GONE_NEXT,
  GROUP_TREE,
  isGone,
  PENDING_CONSUMER,
  PENDING_VALUE_WORDS,
  recordWord,
  STREAM_GONE,
  setRecordWord,
} from "../structures/stream-layout.ts";
import { NameIndex } from "../structures/stream-names.ts";
import { IdTree } from "../structures/stream-tree.ts";

/** Up to so many pending entries go with their consumer at once: a millisecond. */
export const REMOVED_AT_ONCE_MAX = 4096;
/** Entries that a walk steps over, for each consumer that it would have to ask instead: that takes as long. */
const STEPPED_OVER_MAX = 32;

/** The consumers that are gone of one stream after another. */
export class StreamGone {
  /** Tests have it smaller. */
  removedAtOnceMax: number = REMOVED_AT_ONCE_MAX;
  readonly #arena: Arena;
  readonly #tree: IdTree;
  readonly #ids: IdTree;
  readonly #id = new StreamId();
  readonly #nearest = new StreamId();
  /** The consumers of a group that are asked. */
  readonly #consumers: NameIndex;
  #stream: Handle = 0;

  constructor(arena: Arena) {
    this.#arena = arena;
    this.#tree = new IdTree(arena, PENDING_VALUE_WORDS);
    this.#ids = new IdTree(arena, 0);
    this.#consumers = new NameIndex(arena);
  }

  /** Points the lens at a stream. */
  attach(stream: Handle): this {
    this.#stream = stream;
    return this;
  }

  /** Whether the stream has any. */
  get isAny(): boolean {
    return recordWord(this.#arena, this.#stream, STREAM_GONE) !== 0;
  }

  /** Takes over a consumer, whose name is out of its group's index, without that. @param count of what is pending for it. */
  take(group: Handle, consumer: Handle, count: number): void {
    const arena = this.#arena;
    setRecordWord(arena, consumer, CONSUMER_NAME, 0);
    const first = recordWord(arena, group, GROUP_GONE);
    if (first === 0) {
      setRecordWord(arena, group, GROUP_GONE_NEXT, recordWord(arena, this.#stream, STREAM_GONE));
      setRecordWord(arena, this.#stream, STREAM_GONE, group);
    }
    setRecordWord(arena, consumer, CONSUMER_GONE_NEXT, first);
    setRecordWord(arena, group, GROUP_GONE, consumer);
    this.#count(group, count);
  }

  /** An entry of a consumer that is gone is another's from now on. */
  leave(group: Handle, consumer: Handle, id: StreamId): void {
    const isThere = this.#ids.attach(consumer, CONSUMER_TREE).find(id);
    assert(isThere, "an entry of a consumer that is gone is in its tree");
    this.#ids.remove();
    this.#count(group, -1);
  }

  /** The group is about to leave the stream, or what is pending in it is: no longer to be swept. */
  unlink(group: Handle): void {
    const arena = this.#arena;
    const next = recordWord(arena, group, GROUP_GONE_NEXT);
    let before = 0;
    for (let at = recordWord(arena, this.#stream, STREAM_GONE); at !== 0; ) {
      const following = recordWord(arena, at, GROUP_GONE_NEXT);
      if (at === group) {
        if (before === 0) setRecordWord(arena, this.#stream, STREAM_GONE, next);
        else setRecordWord(arena, before, GROUP_GONE_NEXT, next);
        setRecordWord(arena, group, GROUP_GONE_NEXT, 0);
        return;
      }
      before = at;
      at = following;
    }
  }

  // ---- looking past them ----------------------------------------------------------------------------------------

  /**
   * From an entry of a group's tree to the first that is pending, itself or a later one.
   * @param walk stands at the entry. @returns whether there is one.
   */
  stepOver(group: Handle, walk: IdTree): boolean {
    const arena = this.#arena;
    if (!isGone(arena, walk.word(PENDING_CONSUMER))) return true;
    const { count } = this.#consumers.attach(recordWord(arena, group, GROUP_CONSUMERS));
    for (let left = STEPPED_OVER_MAX * (count + 1); left > 0; left--) {
      if (!walk.next()) return false;
      if (!isGone(arena, walk.word(PENDING_CONSUMER))) return true;
    }
    return this.nextPending(group, walk.readId(this.#id), this.#id) && walk.find(this.#id);
  }

  /** The smallest id from one on that is pending in a group. @returns whether there is one. */
  nextPending(group: Handle, from: StreamId, into: StreamId): boolean {
    const nearest = this.#nearest.setMax();
    let isThere = false;
    for (let consumer = this.#firstOf(group); consumer !== 0; consumer = this.#consumers.next()) {
      const ids = this.#ids.attach(consumer, CONSUMER_TREE);
      if (!ids.seek(from) || ids.compareId(nearest) > 0) continue;
      ids.readId(nearest);
      isThere = true;
    }
    if (isThere) into.setFrom(nearest);
    return isThere;
  }

  /** The greatest of all. @returns whether there is one. */
  lastPending(group: Handle, into: StreamId): boolean {
    let isThere = false;
    for (let consumer = this.#firstOf(group); consumer !== 0; consumer = this.#consumers.next()) {
      const ids = this.#ids.attach(consumer, CONSUMER_TREE);
      if (!ids.last() || (isThere && ids.compareId(into) < 0)) continue;
      ids.readId(into);
      isThere = true;
    }
    return isThere;
  }

  /** The first consumer of a group; the next follow. */
  #firstOf(group: Handle): Handle {
    const consumers = this.#consumers.attach(recordWord(this.#arena, group, GROUP_CONSUMERS));
    consumers.rewind();
    return consumers.next();
  }

  // ---- removing -------------------------------------------------------------------------------------------------

  /** Takes entries of consumers that are gone off their lists, about so many. */
  sweep(entriesMax: number): void {
    const arena = this.#arena;
    for (let left = entriesMax; left > 0 && this.isAny; left--) {
      const group = recordWord(arena, this.#stream, STREAM_GONE);
      const consumer = recordWord(arena, group, GROUP_GONE);
      left -= this.#remove(group, consumer, left);
      if (this.#ids.count > 0) return;
      const next = recordWord(arena, consumer, CONSUMER_GONE_NEXT);
      setRecordWord(arena, group, GROUP_GONE, next);
      arena.free(consumer);
      if (next !== 0) continue;
      assert(
        recordWord(arena, group, GROUP_GONE_COUNT) === 0,
        "what was pending for consumers that are gone is counted",
      );
      this.unlink(group);
    }
  }

  /** @returns how many it has removed. */
  #remove(group: Handle, consumer: Handle, entriesMax: number): number {
    const tree = this.#tree.attach(group, GROUP_TREE);
    const ids = this.#ids.attach(consumer, CONSUMER_TREE);
    const count = Math.min(entriesMax, ids.count);
    ids.first();
    for (let left = count; left > 0; left--) {
      const isPending = tree.find(ids.readId(this.#id));
      assert(isPending, "what is pending for a consumer is pending in its group");
      tree.remove();
      ids.next();
    }
    ids.removeFirst(count);
    this.#count(group, -count);
    return count;
  }

  #count(group: Handle, change: number): void {
    const arena = this.#arena;
    setRecordWord(arena, group, GROUP_GONE_COUNT, recordWord(arena, group, GROUP_GONE_COUNT) + change);
  }
}

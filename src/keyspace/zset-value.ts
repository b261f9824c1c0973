/**
 * A sorted set, whichever way it is kept:
 *
 *     listpack     member, score, member, score … in order (`zset-value-packed.ts`)
 *     skiplist     a table of members and a sorted index over them (`zset-value-sorted.ts`); the name is Redis's
 *
 * It begins as a listpack and turns into the other for good when it gets more than `zset-max-listpack-entries` members
 * or one longer than `zset-max-listpack-value`, at the very member at which Redis does it.
 *
 * One object serves all sorted sets: it is opened on one, used, and opened on the next. Reading:
 *
 *     zset.open(entry)                    then `count`, `find(member)` → `score`, `next()` until false
 *     zset.scoreRange(…), zset.lexRange(…), zset.range.setIndexes(…)
 *                                         all give ranks, in `range`: what a command then limits, counts, removes or
 *     zset.seek(rank), zset.take(…)       walks, in either direction, pointing `member` and `score` at each
 *
 * Changing, under a write handle, with nothing else done to the keyspace in between:
 *
 *     zset.beginEdit(handle, …)           makes the sorted set if there is none
 *     zset.add(…), zset.remove(…), zset.removeRange(…)
 *     zset.endEdit()                      an empty one takes its key with it
 *
 * and `beginResult … endResult` make a new one that comes in the place of what the key holds, or is only looked at.
 *
 * A reference names one member for as long as nothing changes: the position in the listpack, the entry in the table.
 */
import { assert } from "../base/assert.ts";
import type { KeyedHash } from "../base/keyed-hash.ts";
import { type Arena, type Handle, SEGMENT_SHIFT } from "../memory/arena.ts";
import { freeCollection, setRootBytes } from "../structures/collection-root.ts";
import {
  createEntry,
  ENCODING_LISTPACK,
  ENCODING_SORTED,
  ENTRY_KEY_BYTES_MAX,
  encodingOf,
  keySpan,
  outsideHandle,
  Span,
  setOutside,
  TYPE_ZSET,
  typeOf,
} from "../structures/entry.ts";
import type { HandleList } from "../structures/handle-list.ts";
import { ELEMENT_OVERHEAD_BYTES_MAX, LISTPACK_EMPTY_BYTES } from "../structures/listpack.ts";
import { PACKED_BYTES_MAX } from "../structures/packed-block.ts";
import type { UniformSource } from "../structures/table.ts";
import type { CollectionLimits } from "./collection-limits.ts";
import { scanAtLeast } from "./scan-page.ts";
import type { ElementVisitor } from "./snapshot.ts";
import { EXPIRY_NONE, type WriteHandle } from "./write-handle.ts";
import { PackedZset } from "./zset-value-packed.ts";
import { type LexBounds, RankRange, type ScoreBounds } from "./zset-value-ranges.ts";
import { SortedZset } from "./zset-value-sorted.ts";

const NONE = -1;
/** Bytes of a score in a listpack: up to 25 of text, its lead and its back-length. */
const SCORE_BYTES_MAX = 32;
const ALL_BLOCKS = 1 << 20;
const NO_BYTES = new Uint8Array(0);

/** Conditions of `add`, as bits. */
export const ADD_IF_ABSENT = 1;
export const ADD_IF_PRESENT = 2;
export const ADD_IF_GREATER = 4;
export const ADD_IF_LESS = 8;
/** The score is added to the present one. */
export const ADD_INCREMENTS = 16;

/** What `add` has done. */
export const ADDED = 0;
export const UPDATED = 1;
/** The member has this score already. */
export const SAME = 2;
/** A condition was not met. */
export const UNMET = 3;
/** The sum is not a number, and nothing is changed. */
export const NOT_A_NUMBER = 4;

export class ZsetValue {
  /** Of what `find`, `next`, `take` and `show` have come upon; the member not after `find`. */
  readonly member: Span = new Span();
  /** A view of the bytes of `member` where there is one at hand, which there is of a table's. */
  view: DataView | null = null;
  score = 0;
  /** What `nextReference` has come upon. */
  reference: Handle = 0;
  /** What the last of the range methods has found. */
  readonly range: RankRange = new RankRange();

  readonly #arena: Arena;
  readonly #limits: CollectionLimits;
  readonly #packed: PackedZset;
  readonly #sorted: SortedZset;
  #isPacked = true;
  /** Of a large one. */
  #root: Handle = 0;
  #handle: WriteHandle | null = null;
  /** The arena's count before a result. */
  #usedBefore = 0;
  /** Reference of what `find` has found. */
  #found = NONE;
  /** Where `take` goes on in a listpack. */
  #position = NONE;
  /** Whether the cursor of a large one is still to be placed at the first member. */
  #isAtStart = false;

  constructor(arena: Arena, hash: KeyedHash, limits: CollectionLimits) {
    this.#arena = arena;
    this.#limits = limits;
    this.#packed = new PackedZset(arena);
    this.#sorted = new SortedZset(arena, hash);
  }

  // ---- reading --------------------------------------------------------------------------------------------------

  /** Opens the sorted set of a key's entry. A walk begins at the first member. */
  open(entry: Handle): this {
    const arena = this.#arena;
    assert(typeOf(arena, entry) === TYPE_ZSET, "the entry holds a sorted set");
    const handle = outsideHandle(arena, entry);
    this.#isPacked = encodingOf(arena, entry) === ENCODING_LISTPACK;
    if (this.#isPacked) {
      this.#position = this.#packed.pack.attach(handle).first();
    } else {
      this.#root = handle;
      this.#sorted.attach(handle);
      this.#isAtStart = true;
    }
    return this;
  }

  /** Whether it is kept as a listpack. */
  get isPacked(): boolean {
    return this.#isPacked;
  }

  /** Number of members. */
  get count(): number {
    return this.#isPacked ? this.#packed.count : this.#sorted.count;
  }

  /** Looks a member up, and sets `score`. */
  find(bytes: Uint8Array, start: number, length: number): boolean {
    if (this.#isPacked) {
      const position = this.#packed.find(bytes, start, length);
      this.#found = position;
      if (position === NONE) return false;
      this.score = this.#packed.scoreOf(position);
      return true;
    }
    const { members } = this.#sorted;
    const entry = members.find(bytes, start, length);
    this.#found = entry;
    if (entry === 0) return false;
    this.score = members.scoreOf(entry);
    return true;
  }

  /** The rank of the member that `find` has just found. */
  rankOfFound(): number {
    if (this.#isPacked) return this.#packed.rankOf(this.#found);
    return this.#sorted.index.rankOf(this.score, this.#found);
  }

  /** Goes to the first member with at least a score: there `nextReference` goes on. */
  seekScore(score: number): void {
    if (this.#isPacked) {
      this.#position = this.#packed.seekScore(score);
    } else {
      this.#isAtStart = false;
      this.#sorted.index.seekScore(score, false, this.#sorted.cursor);
    }
  }

  /** As `next`, but sets `reference` and `score` only: for who looks at many and shows few. */
  nextReference(): boolean {
    if (this.#isPacked) {
      const position = this.#position;
      if (position === NONE) return false;
      this.reference = position;
      this.score = this.#packed.scoreOf(position);
      this.#position = this.#packed.after(position);
      return true;
    }
    const { cursor } = this.#sorted;
    if (cursor.entry === 0) return false;
    this.reference = cursor.entry;
    this.score = cursor.score;
    cursor.next();
    return true;
  }

  /** Goes to a rank: there `take` goes on. */
  seek(rank: number): void {
    if (this.#isPacked) {
      this.#position = rank < this.count ? this.#packed.seek(rank) : NONE;
    } else {
      this.#isAtStart = false;
      this.#sorted.index.at(rank, this.#sorted.cursor);
    }
  }

  /** Points `member` and `score` at the next member, in order. @returns false after the last. */
  next(): boolean {
    return this.take(false);
  }

  /** As `next`, towards the end or, reversed, towards the start. */
  take(isReversed: boolean): boolean {
    if (this.#isPacked) {
      const position = this.#position;
      if (position === NONE) return false;
      this.show(position);
      this.#position = isReversed ? this.#packed.before(position) : this.#packed.after(position);
      return true;
    }
    const { cursor } = this.#sorted;
    if (this.#isAtStart) this.seek(0);
    if (cursor.entry === 0) return false;
    this.score = cursor.score;
    this.#showEntry(cursor.entry);
    if (isReversed) cursor.previous();
    else cursor.next();
    return true;
  }

  /** As a walker of collections: visits about `limit` members. @returns false at the end. */
  step(limit: number, visitor: ElementVisitor): boolean {
    const { member } = this;
    for (let visited = 0; visited < limit; visited++) {
      if (!this.next()) return false;
      visitor.element(member.bytes, member.start, member.length, member.bytes, member.start, 0, this.score);
    }
    return true;
  }

  /** Finds the members between two scores. */
  scoreRange(bounds: ScoreBounds): RankRange {
    const { range } = this;
    const { min, max, minExclusive, maxExclusive } = bounds;
    if (bounds.isEmpty) {
      range.set(0, 0);
    } else if (this.#isPacked) {
      const packed = this.#packed;
      range.set(packed.rankOfScore(min, minExclusive), packed.rankOfScore(max, !maxExclusive));
    } else {
      const { index } = this.#sorted;
      range.set(index.rankOfScore(min, minExclusive), index.rankOfScore(max, !maxExclusive));
    }
    return range;
  }

  /** Finds the members between two, where all scores are the same. @param isReversed what follows is a walk back. */
  lexRange(bounds: LexBounds, isReversed: boolean): RankRange {
    if (this.#isPacked) this.#packed.lexRange(bounds, isReversed, this.range);
    else this.#sorted.lexRange(bounds, this.range);
    return this.range;
  }

  // ---- references -----------------------------------------------------------------------------------------------

  /** Points `member` and `score` at what a reference names. */
  show(reference: Handle): void {
    if (!this.#isPacked) {
      this.score = this.#sorted.members.scoreOf(reference);
      this.#showEntry(reference);
      return;
    }
    this.view = null;
    const packed = this.#packed;
    const { member } = this;
    packed.show(reference);
    member.bytes = packed.member.bytes;
    member.start = packed.member.start;
    member.length = packed.member.length;
    this.score = packed.scoreOf(reference);
  }

  #showEntry(entry: Handle): void {
    keySpan(this.#arena, entry, this.member);
    this.view = this.member.length <= ENTRY_KEY_BYTES_MAX ? this.#arena.views[entry >>> SEGMENT_SHIFT] : null;
  }

  /** The text of a score in a listpack, as it is kept. */
  packedScore(reference: Handle): Span {
    this.#packed.showScore(reference);
    return this.#packed.scoreItem;
  }

  /** References of all members. */
  collect(into: HandleList): void {
    if (this.#isPacked) this.#packed.collect(into);
    else this.#sorted.collect(into);
  }

  /** The reference of a uniformly random member. There is one. */
  random(source: UniformSource): Handle {
    return this.#isPacked ? this.#packed.seek(source.below(this.count)) : this.#sorted.members.random(source);
  }

  /** A page of a scan, as of `scanAtLeast`: references. All of a listpack is one page. */
  scan(cursor: number, count: number, into: HandleList): number {
    if (!this.#isPacked) return scanAtLeast(this.#sorted.members, cursor, count, into);
    this.collect(into);
    return 0;
  }

  // ---- changing -------------------------------------------------------------------------------------------------

  /**
   * Begins to change the sorted set of a key, which holds one or nothing.
   * @param addCount members that are about to be added, as far as is known: when they are more than a listpack may
   *   have, Redis does without from the start.
   * @param firstBytes length of the first of them.
   * @param packedBytes of all of them in a listpack, about, for a new one.
   */
  beginEdit(handle: WriteHandle, addCount: number, firstBytes: number, packedBytes: number): void {
    this.#handle = handle;
    handle.beginChange();
    this.#sorted.members.guard = handle.memberGuard;
    if (handle.entry !== 0) {
      this.open(handle.entry);
      if (this.#isPacked && addCount > this.#limits.zsetMaxListpackEntries) this.#convert();
    } else {
      this.#create(addCount, firstBytes, packedBytes);
    }
  }

  #create(addCount: number, firstBytes: number, packedBytes: number): void {
    const { zsetMaxListpackEntries, zsetMaxListpackValue } = this.#limits;
    this.#isPacked = addCount <= zsetMaxListpackEntries && firstBytes <= zsetMaxListpackValue;
    if (this.#isPacked) this.#packed.pack.create(LISTPACK_EMPTY_BYTES + packedBytes);
    else this.#root = this.#sorted.create();
  }

  /**
   * Gives a member its score. It may not stand in the sorted set itself. Afterwards `score` is what it has.
   * @param score no NaN.
   * @param conditions of the ADD constants.
   * @returns what has been done.
   */
  add(bytes: Uint8Array, start: number, length: number, score: number, conditions: number): number {
    if (this.find(bytes, start, length)) return this.#update(bytes, start, length, score, conditions);
    if ((conditions & ADD_IF_PRESENT) !== 0) return UNMET;
    if (this.#isPacked && !this.#fitsPacked(length)) {
      this.#convert();
      // The table is another: what is going to be added has to be looked for in it.
      this.#sorted.members.find(bytes, start, length);
    }
    if (this.#isPacked) this.#packed.insert(bytes, start, length, score);
    else this.#sorted.insert(bytes, start, length, score);
    this.score = score;
    return ADDED;
  }

  /** Changes the score of what has just been found. */
  #update(bytes: Uint8Array, start: number, length: number, given: number, conditions: number): number {
    const present = this.score;
    if ((conditions & ADD_IF_ABSENT) !== 0) return UNMET;
    const score = (conditions & ADD_INCREMENTS) !== 0 ? present + given : given;
    if (Number.isNaN(score)) return NOT_A_NUMBER;
    if ((conditions & ADD_IF_LESS) !== 0 && score >= present) return UNMET;
    if ((conditions & ADD_IF_GREATER) !== 0 && score <= present) return UNMET;
    this.score = score;
    if (score === present) return SAME;
    if (this.#isPacked) {
      this.#packed.remove(this.#found);
      this.#packed.insert(bytes, start, length, score);
    } else {
      this.#sorted.rescore(this.#found, present, score);
    }
    return UPDATED;
  }

  /** @returns whether the member was there. */
  remove(bytes: Uint8Array, start: number, length: number): boolean {
    if (!this.find(bytes, start, length)) return false;
    if (this.#isPacked) this.#packed.remove(this.#found);
    else this.#sorted.removeFound(this.#found);
    return true;
  }

  /** Removes the members between two ranks that are there. */
  removeRange(first: number, end: number): void {
    if (first === end) return;
    if (this.#isPacked) this.#packed.remove(this.#packed.seek(first), end - first);
    else this.#sorted.removeFrom(first, end - first);
  }

  /** Takes the first or the last member out, and points `member` and `score` at it. The next call is `drop`. */
  takeOut(fromEnd: boolean): void {
    if (this.#isPacked) this.#found = this.#packed.seek(fromEnd ? this.count - 1 : 0);
    else this.#found = this.#sorted.takeOut(fromEnd);
    this.show(this.#found);
  }

  /** Lets go of what `takeOut` has shown. */
  drop(): void {
    if (this.#isPacked) this.#packed.remove(this.#found);
    else this.#sorted.drop(this.#found);
  }

  /** Ends the change; the handle is still to be closed. @returns members that are left: with none the key is gone. */
  endEdit(): number {
    const handle = this.#handle;
    assert(handle !== null, "a change ends once");
    this.#handle = null;
    this.#sorted.members.guard = null;
    const { count } = this;
    if (this.#isPacked) {
      const { pack } = this.#packed;
      handle.endChange(TYPE_ZSET, ENCODING_LISTPACK, pack.handle, pack.sizeBytes);
    } else {
      handle.endChange(TYPE_ZSET, ENCODING_SORTED, this.#root, 0);
    }
    if (count === 0) handle.unlink();
    return count;
  }

  #fitsPacked(memberBytes: number): boolean {
    const { zsetMaxListpackEntries, zsetMaxListpackValue } = this.#limits;
    if (this.#packed.count >= zsetMaxListpackEntries || memberBytes > zsetMaxListpackValue) return false;
    return this.#packed.pack.hasRoomFor(memberBytes + ELEMENT_OVERHEAD_BYTES_MAX + SCORE_BYTES_MAX);
  }

  /** Moves all members from the listpack to a table with an index. */
  #convert(): void {
    const packed = this.#packed;
    const sorted = this.#sorted;
    const { member } = packed;
    this.#isPacked = false;
    this.#root = sorted.create();
    for (let at = packed.pack.first(); at !== NONE; at = packed.after(at)) {
      packed.show(at);
      const entry = sorted.members.find(member.bytes, member.start, member.length);
      assert(entry === 0, "a member stands in a sorted set once");
      sorted.insert(member.bytes, member.start, member.length, packed.scoreOf(at));
    }
    packed.pack.free();
  }

  // ---- results --------------------------------------------------------------------------------------------------

  /**
   * Begins a new sorted set of what a command finds, filled with `add`. Nothing else may allocate or free until its end.
   * @param handle the key that it is for, null when it is only to be looked at.
   * @param addCount members that will come, if it is known: more than a listpack may have make it none.
   */
  beginResult(handle: WriteHandle | null, addCount: number): void {
    this.#handle = handle;
    handle?.beginBuild();
    this.#usedBefore = this.#arena.usedBytes;
    this.#create(addCount, 0, 0);
  }

  /**
   * As `beginResult` for members that come more than once: `find` and `accumulate`, which leave them without order, and
   * in the end `indexResult`.
   */
  beginAccumulation(handle: WriteHandle | null): void {
    this.beginResult(handle, Number.POSITIVE_INFINITY);
  }

  /** Gives the member that `find` has just looked for a score, whether it was there or not. */
  accumulate(bytes: Uint8Array, start: number, length: number, score: number): void {
    const { members } = this.#sorted;
    if (this.#found === 0) members.addScored(bytes, start, length, score);
    else members.setScore(this.#found, score);
  }

  indexResult(): void {
    this.#sorted.indexAll();
  }

  /** Goes to the first member of a result. */
  rewind(): void {
    if (this.#isPacked) this.#position = this.#packed.pack.first();
    else this.#isAtStart = true;
  }

  /** Gives the result to its key, in the place of what it holds; the handle is still to be closed. It has members. */
  endResult(): void {
    const handle = this.#handle;
    assert(handle !== null && this.count > 0, "a key gets a sorted set that is not empty");
    this.#handle = null;
    if (this.#isPacked) {
      const { pack } = this.#packed;
      handle.endBuild(TYPE_ZSET, ENCODING_LISTPACK, pack.handle, pack.sizeBytes, EXPIRY_NONE);
    } else {
      handle.endBuild(TYPE_ZSET, ENCODING_SORTED, this.#root, 0, EXPIRY_NONE);
    }
  }

  /** Makes a result a listpack if it may be one. @param longestBytes of its members. @param textBytes of all of them. */
  packResult(longestBytes: number, textBytes: number): void {
    const { zsetMaxListpackEntries, zsetMaxListpackValue } = this.#limits;
    const { count } = this;
    if (this.#isPacked || count > zsetMaxListpackEntries || longestBytes > zsetMaxListpackValue) return;
    if (textBytes + count * (ELEMENT_OVERHEAD_BYTES_MAX + SCORE_BYTES_MAX) > PACKED_BYTES_MAX) return;
    const packed = this.#packed;
    const sizeBytes = this.#arena.usedBytes - this.#usedBefore;
    packed.pack.create(LISTPACK_EMPTY_BYTES + textBytes);
    for (this.rewind(); this.next(); ) packed.appendSpan(this.member, this.score);
    this.#freeRoot(sizeBytes);
    this.#isPacked = true;
  }

  /** Gives up an empty result. */
  dropResult(): void {
    if (this.#isPacked) this.#packed.pack.free();
    else this.#freeRoot(this.#arena.usedBytes - this.#usedBefore);
    this.#handle?.abandonBuild();
    this.#handle = null;
  }

  /** @returns an entry without a name that holds a result which no key gets, to be freed as entries are: in slices. */
  detachResult(): Handle {
    const arena = this.#arena;
    const { pack } = this.#packed;
    if (!this.#isPacked) setRootBytes(arena, this.#root, arena.usedBytes - this.#usedBefore);
    const encoding = this.#isPacked ? ENCODING_LISTPACK : ENCODING_SORTED;
    const entry = createEntry(arena, TYPE_ZSET, encoding, NO_BYTES, 0, 0, 0, false, 0);
    if (this.#isPacked) setOutside(arena, entry, pack.handle, pack.sizeBytes);
    else setOutside(arena, entry, this.#root, 0);
    return entry;
  }

  /** @param sizeBytes of all of it: a result has not told its root. */
  #freeRoot(sizeBytes: number): void {
    setRootBytes(this.#arena, this.#root, sizeBytes);
    const { members, index } = this.#sorted;
    while (freeCollection(this.#arena, members, index, this.#root, ALL_BLOCKS) > 0);
  }
}

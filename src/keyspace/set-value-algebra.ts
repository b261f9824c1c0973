/**
 * Intersection, union and difference of sets, as SINTER and its kin need them: the sources are entries, the result goes
 * member by member to a sink, or into a set that is being made (`result`).
 *
 * Nothing is copied where asking is enough. An intersection walks the smallest set and asks the others. A difference
 * walks the first and asks the others, or, when that is more work than to look at every member once, makes a copy of
 * the first and removes the others from it: Redis's rule decides, for the way a stored result is kept depends on it. A
 * union of a few sets walks each and asks those before it; of more, it makes a set of all of them. To ask is a hash and a
 * look-up; to add is both, an entry that is made and freed again, and its place in a table that grows. An intersection
 * of tables mostly asks without a hash: both are in the order of the same one (`Table.hasKeyOf`).
 *
 * Sets that are asked are held open by lenses of their own; of more sets than there are lenses, the rest share the last.
 */
import type { KeyedHash } from "../base/keyed-hash.ts";
import { Int64, parseInt64 } from "../base/text.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import { ENCODING_INTSET, ENCODING_LISTPACK } from "../structures/entry.ts";
import { HandleList } from "../structures/handle-list.ts";
import type { ListItem } from "../structures/list-item.ts";
import type { CollectionLimits } from "./collection-limits.ts";
import { type SetEncoding, SetValue } from "./set-value.ts";

const NONE = -1;
/** Lenses for sets that are asked. */
const LENSES = 8;
/** A number of members and an index of a source in one exact double: arguments are fewer than this. */
const INDEX_RANGE = 2 ** 21;

/** Where the members of a result go. */
export interface MemberSink {
  /** @param set shows the member during the call. @returns whether more are wanted. */
  member(set: SetValue): boolean;
}

export class SetAlgebra {
  /** Entries of the sets, 0 for one that does not exist. The operations may bring them into another order. */
  readonly sources = new HandleList();
  /** For a result that is made as a set. */
  readonly result: SetValue;

  readonly #walked: SetValue;
  readonly #lenses: readonly SetValue[];
  /** What each lens is open on. */
  readonly #opened = new Int32Array(LENSES);
  readonly #integer = new Int64();

  constructor(arena: Arena, hash: KeyedHash, limits: CollectionLimits) {
    const lens = (): SetValue => new SetValue(arena, hash, limits);
    this.result = lens();
    this.#walked = lens();
    this.#lenses = Array.from({ length: LENSES }, lens);
  }

  // ---- intersection ---------------------------------------------------------------------------------------------

  /** Whether one of the sources does not exist. */
  get isAnyAbsent(): boolean {
    const { items, length } = this.sources;
    return items.subarray(0, length).includes(0);
  }

  /** Brings the sources, all of which exist, into the order of `intersect`: the smallest first. */
  orderBySize(): void {
    this.#order(0, 1);
    this.#opened.fill(0);
  }

  /** How an intersection that is stored begins: see `storeMember`. */
  get intersectionEncoding(): SetEncoding {
    return this.#walked.open(this.sources.items[0]).encoding === ENCODING_INTSET ? ENCODING_INTSET : ENCODING_LISTPACK;
  }

  /** Members of all sources, which are in order of size. */
  intersect(sink: MemberSink): void {
    const first = this.#walked.open(this.sources.items[0]);
    for (let reference = first.nextReference(); reference !== NONE; reference = first.nextReference()) {
      if (!this.#isInAll(first, reference)) continue;
      first.show(reference);
      if (!sink.member(first)) return;
    }
  }

  /** Puts the intersection into `result`, which is begun; it is an intset if it has only integers. */
  storeIntersection(): void {
    const { result } = this;
    const integer = this.#integer;
    let isIntegers = true;
    const first = this.#walked.open(this.sources.items[0]);
    const { member } = first;
    for (let reference = first.nextReference(); reference !== NONE; reference = first.nextReference()) {
      if (!this.#isInAll(first, reference)) continue;
      first.show(reference);
      if (isIntegers && !member.isInteger) isIntegers = parseInt64(member.bytes, member.start, member.length, integer);
      result.addMember(member);
    }
    if (isIntegers && result.count > 0) result.becomeIntset();
  }

  #isInAll(first: SetValue, reference: Handle): boolean {
    const { items, length } = this.sources;
    for (let index = 1; index < length; index++) {
      if (items[index] !== items[0] && !this.#ask(index).hasShared(first, reference)) return false;
    }
    return true;
  }

  // ---- union ----------------------------------------------------------------------------------------------------

  /** Whether `unite` asks; otherwise the union is to be made as a set. */
  get isUnionAsked(): boolean {
    return this.sources.length <= LENSES;
  }

  /** Members of any source, each once. */
  unite(sink: MemberSink): void {
    const { items, length } = this.sources;
    this.#opened.fill(0);
    for (let index = 0; index < length; index++) {
      if (items[index] === 0) continue;
      const set = this.#walked.open(items[index]);
      while (set.next()) if (!this.#isInAny(set.member, 0, index) && !sink.member(set)) return;
    }
  }

  /** Puts the union into `result`, which is begun. */
  storeUnion(): void {
    const { items, length } = this.sources;
    for (let index = 0; index < length; index++) {
      if (items[index] === 0) continue;
      const set = this.#walked.open(items[index]);
      while (set.next()) this.result.addMember(set.member);
    }
  }

  /** Whether a member is in one of the sources from an index on. */
  #isInAny(member: ListItem, from: number, end: number): boolean {
    const { items } = this.sources;
    for (let index = from; index < end; index++) {
      if (items[index] !== 0 && this.#ask(index).hasMember(member)) return true;
    }
    return false;
  }

  // ---- difference -----------------------------------------------------------------------------------------------

  /** Whether nothing is left for certain: there is no first set, or it is taken from itself. */
  get isDifferenceEmpty(): boolean {
    const { items, length } = this.sources;
    return items[0] === 0 || items.subarray(1, length).includes(items[0]);
  }

  /** Whether `subtract` asks; otherwise the difference is to be made as a set. */
  get isDifferenceAsked(): boolean {
    const { items, length } = this.sources;
    let present = 0;
    let members = 0;
    for (let index = 0; index < length; index++) {
      if (items[index] === 0) continue;
      present++;
      members += this.#walked.open(items[index]).count;
    }
    // To ask is less work than to remove, and often ends at the first of several sets.
    return Math.floor((this.#walked.open(items[0]).count * present) / 2) <= members;
  }

  /** Members of the first source, which exists, that are in no other. */
  subtract(sink: MemberSink): void {
    // A member is sooner found in a large set.
    this.#order(1, -1);
    this.#opened.fill(0);
    const first = this.#walked.open(this.sources.items[0]);
    while (first.next()) {
      if (!this.#isInAny(first.member, 1, this.sources.length) && !sink.member(first)) return;
    }
  }

  /** Puts the difference into `result`, which is begun: all of the first source, without what the others have. */
  storeDifference(): void {
    const { items, length } = this.sources;
    const { result } = this;
    const first = this.#walked.open(items[0]);
    while (first.next()) result.addMember(first.member);
    for (let index = 1; index < length && result.count > 0; index++) {
      if (items[index] === 0) continue;
      const other = this.#walked.open(items[index]);
      const { member } = other;
      while (other.next()) result.remove(member.bytes, member.start, member.length);
    }
  }

  // ---- inside ---------------------------------------------------------------------------------------------------

  /** A lens on a source. */
  #ask(index: number): SetValue {
    const place = index < LENSES ? index : LENSES - 1;
    const lens = this.#lenses[place];
    const entry = this.sources.items[index];
    if (this.#opened[place] !== entry) {
      lens.open(entry);
      this.#opened[place] = entry;
    }
    return lens;
  }

  /** Sorts the sources from an index on by their number of members. @param direction 1 for ascending, -1 for descending. */
  #order(from: number, direction: 1 | -1): void {
    const { items, length } = this.sources;
    if (length - from < 2) return;
    const keys = new Float64Array(length - from);
    for (let index = 0; index < keys.length; index++) {
      const entry: Handle = items[from + index];
      const count = entry === 0 ? 0 : this.#walked.open(entry).count;
      keys[index] = direction * count * INDEX_RANGE + index;
    }
    keys.sort();
    const before = items.slice(from, length);
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index];
      items[from + index] = before[key - Math.floor(key / INDEX_RANGE) * INDEX_RANGE];
    }
  }
}

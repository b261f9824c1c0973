/**
 * Union, intersection and difference of sorted sets; plain sets count as sorted sets whose scores are all 1.
 *
 * - Intersection and difference walk one input (of an intersection the smallest) and look its members up in the others:
 *   members times inputs, and half a microsecond to put each into its order.
 * - A union gathers members and scores in a table, and puts them in order once, when all scores are known.
 *
 * The result is a sorted set that no key has yet (`ZsetValue.beginResult`).
 */
import type { KeyedHash } from "../base/keyed-hash.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import { type Span, TYPE_ZSET, typeOf } from "../structures/entry.ts";
import type { CollectionLimits } from "./collection-limits.ts";
import { SetValue } from "./set-value.ts";
import type { WriteHandle } from "./write-handle.ts";
import { ZsetValue } from "./zset-value.ts";

export interface AlgebraInput {
  /** Of a sorted set or a set; 0 for none. */
  readonly entry: Handle;
  weight: number;
}

/** How scores of the same member become one. */
export type Aggregate = (present: number, more: number) => number;

/** Infinities of either sign add up to nothing. */
export const AGGREGATE_SUM: Aggregate = (present, more) => orZero(present + more);
export const AGGREGATE_MIN: Aggregate = (present, more) => (more < present ? more : present);
export const AGGREGATE_MAX: Aggregate = (present, more) => (more > present ? more : present);

function orZero(score: number): number {
  return Number.isNaN(score) ? 0 : score;
}

/** A sorted set or a set, to be walked or asked. */
class InputReader {
  score = 0;
  readonly #arena: Arena;
  readonly #zset: ZsetValue;
  readonly #set: SetValue;
  #isSorted = true;

  constructor(arena: Arena, hash: KeyedHash, limits: CollectionLimits) {
    this.#arena = arena;
    this.#zset = new ZsetValue(arena, hash, limits);
    this.#set = new SetValue(arena, hash, limits);
  }

  open(entry: Handle): this {
    this.#isSorted = typeOf(this.#arena, entry) === TYPE_ZSET;
    if (this.#isSorted) {
      this.#zset.open(entry);
    } else {
      this.#set.open(entry);
      this.score = 1;
    }
    return this;
  }

  get count(): number {
    return this.#isSorted ? this.#zset.count : this.#set.count;
  }

  /** What `next` has come upon. */
  get member(): Span {
    return this.#isSorted ? this.#zset.member : this.#set.member;
  }

  next(): boolean {
    if (!this.#isSorted) return this.#set.next();
    if (!this.#zset.next()) return false;
    this.score = this.#zset.score;
    return true;
  }

  /** Whether it has a member, and with what `score`. */
  find({ bytes, start, length }: Span): boolean {
    if (!this.#isSorted) return this.#set.has(bytes, start, length);
    if (!this.#zset.find(bytes, start, length)) return false;
    this.score = this.#zset.score;
    return true;
  }
}

export class ZsetAlgebra {
  readonly result: ZsetValue;
  readonly #walked: InputReader;
  readonly #asked: InputReader;
  /** Of the members of the result. */
  #longestBytes = 0;
  #textBytes = 0;

  constructor(arena: Arena, hash: KeyedHash, limits: CollectionLimits) {
    this.result = new ZsetValue(arena, hash, limits);
    this.#walked = new InputReader(arena, hash, limits);
    this.#asked = new InputReader(arena, hash, limits);
  }

  /** @param handle the key that gets the result, null for none. */
  union(inputs: readonly AlgebraInput[], aggregate: Aggregate, handle: WriteHandle | null): void {
    this.#begin(handle);
    for (const input of this.#bySize(inputs)) {
      if (input.entry !== 0) this.#accumulate(input, aggregate);
    }
    this.result.indexResult();
  }

  intersection(inputs: readonly AlgebraInput[], aggregate: Aggregate, handle: WriteHandle | null): void {
    this.#begin(handle);
    const [smallest, ...others] = this.#bySize(inputs);
    if (smallest.entry === 0) return;
    const walked = this.#walked.open(smallest.entry);
    while (walked.next()) {
      const score = this.#commonScore(walked, smallest, others, aggregate);
      if (!Number.isNaN(score)) this.#add(walked.member, score);
    }
  }

  /** @returns how many members all inputs have, or `limit` if that is less; 0 is no limit. */
  intersectionCount(inputs: readonly AlgebraInput[], limit: number): number {
    const [smallest, ...others] = this.#bySize(inputs);
    if (smallest.entry === 0) return 0;
    const walked = this.#walked.open(smallest.entry);
    let count = 0;
    while (count !== (limit === 0 ? -1 : limit) && walked.next()) {
      if (others.every(({ entry }) => this.#asked.open(entry).find(walked.member))) count++;
    }
    return count;
  }

  /** What the first has and none of the others. */
  difference(inputs: readonly AlgebraInput[], handle: WriteHandle | null): void {
    this.#begin(handle);
    const [first, ...others] = inputs;
    const present = others.filter(({ entry }) => entry !== 0);
    if (first.entry === 0 || present.some(({ entry }) => entry === first.entry)) return;
    const walked = this.#walked.open(first.entry);
    while (walked.next()) {
      if (present.some(({ entry }) => this.#asked.open(entry).find(walked.member))) continue;
      this.#add(walked.member, walked.score);
    }
  }

  /** Makes a result that a key gets small if it may be. */
  pack(): void {
    this.result.packResult(this.#longestBytes, this.#textBytes);
  }

  #begin(handle: WriteHandle | null): void {
    this.#longestBytes = 0;
    this.#textBytes = 0;
    this.result.beginAccumulation(handle);
  }

  #bySize(inputs: readonly AlgebraInput[]): readonly AlgebraInput[] {
    const sized = inputs.map((input) => ({
      input,
      count: input.entry === 0 ? 0 : this.#asked.open(input.entry).count,
    }));
    return sized.sort((a, b) => a.count - b.count).map(({ input }) => input);
  }

  #accumulate({ entry, weight }: AlgebraInput, aggregate: Aggregate): void {
    const { result } = this;
    const walked = this.#walked.open(entry);
    while (walked.next()) {
      const { bytes, start, length } = walked.member;
      const score = orZero(walked.score * weight);
      if (result.find(bytes, start, length)) {
        result.accumulate(bytes, start, length, aggregate(result.score, score));
      } else {
        result.accumulate(bytes, start, length, score);
        this.#measure(length);
      }
    }
  }

  /** NaN for a member that not all have. */
  #commonScore(
    walked: InputReader,
    { weight }: AlgebraInput,
    others: readonly AlgebraInput[],
    aggregate: Aggregate,
  ): number {
    let score = orZero(walked.score * weight);
    const { member } = walked;
    for (const other of others) {
      const asked = this.#asked.open(other.entry);
      if (!asked.find(member)) return Number.NaN;
      score = aggregate(score, asked.score * other.weight);
    }
    return score;
  }

  #add({ bytes, start, length }: Span, score: number): void {
    this.result.add(bytes, start, length, score, 0);
    this.#measure(length);
  }

  #measure(length: number): void {
    this.#longestBytes = Math.max(this.#longestBytes, length);
    this.#textBytes += length;
  }
}

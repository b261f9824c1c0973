/**
 * A small sorted set: a listpack of member, score, member, score … in the order of score, then member, as Redis has it.
 *
 *     ┌ header ┬ "a" ┬ 1 ┬ "c" ┬ 1 ┬ "b" ┬ "2.5" ┬ end
 *
 * A score that is a whole number of at most 2^62 is an integer element, any other its shortest text. So -0 becomes 0.
 * Everything walks: a sorted set of 128 members takes a microsecond or two.
 */
import { compareBytes } from "../base/bytes.ts";
import { asciiBytes, formatDouble } from "../base/text.ts";
import type { Arena } from "../memory/arena.ts";
import type { Span } from "../structures/entry.ts";
import type { HandleList } from "../structures/handle-list.ts";
import { ListItem } from "../structures/list-item.ts";
import { Listpack } from "../structures/listpack.ts";
import { LEX_FIRST, LEX_LAST, type LexBound, type LexBounds, type RankRange } from "./zset-value-ranges.ts";

const NONE = -1;
/** Beyond this a whole number is kept as text. */
const INTEGER_SCORE_MAX = 2 ** 62;
const WORD = 2 ** 32;

/** Positions are those of members; -1 is none. */
export class PackedZset {
  readonly pack: Listpack;
  /** What `show` has come upon. */
  readonly member: ListItem = new ListItem();
  /** The score as it is kept, for a reply of its text. */
  readonly scoreItem: ListItem = new ListItem();

  constructor(arena: Arena) {
    this.pack = new Listpack(arena);
  }

  get count(): number {
    return this.pack.count >>> 1;
  }

  find(bytes: Uint8Array, start: number, length: number): number {
    const { pack } = this;
    return pack.find(pack.first(), bytes, start, length, 1);
  }

  scoreOf(position: number): number {
    return this.pack.doubleAt(this.pack.next(position));
  }

  /** Position of the member at a rank. */
  seek(rank: number): number {
    return this.pack.seek(2 * rank);
  }

  /** Position of the first member with at least a score. */
  seekScore(score: number): number {
    let at = this.pack.first();
    while (at !== NONE && this.scoreOf(at) < score) at = this.after(at);
    return at;
  }

  rankOf(position: number): number {
    let rank = 0;
    for (let at = this.pack.first(); at !== position; at = this.after(at)) rank++;
    return rank;
  }

  after(position: number): number {
    return this.pack.next(this.pack.next(position));
  }

  before(position: number): number {
    const scoreAt = this.pack.previous(position);
    return scoreAt === NONE ? NONE : this.pack.previous(scoreAt);
  }

  show(position: number): void {
    this.pack.read(position, this.member);
  }

  showScore(position: number): void {
    this.pack.read(this.pack.next(position), this.scoreItem);
  }

  collect(into: HandleList): void {
    for (let at = this.pack.first(); at !== NONE; at = this.after(at)) into.push(at);
  }

  // ---- ranges ---------------------------------------------------------------------------------------------------

  /** How many members have less than a score; with `orEqual`, at most as much. */
  rankOfScore(score: number, orEqual: boolean): number {
    let rank = 0;
    for (let at = this.pack.first(); at !== NONE; at = this.after(at)) {
      const here = this.scoreOf(at);
      if (orEqual ? here > score : here >= score) break;
      rank++;
    }
    return rank;
  }

  /**
   * The ranks between two members, found from the end at which the walk begins: where scores differ, which is not meant
   * to be, Redis's answer depends on that.
   */
  lexRange(bounds: LexBounds, isReversed: boolean, range: RankRange): void {
    const { pack, count } = this;
    range.set(0, 0);
    if (count === 0 || !this.#isFrom(this.seek(count - 1), bounds.min) || !this.#isUpTo(pack.first(), bounds.max)) {
      return;
    }
    if (isReversed) this.#lexRangeFromEnd(bounds, count, range);
    else this.#lexRangeFromStart(bounds, range);
  }

  #lexRangeFromStart({ min, max }: LexBounds, range: RankRange): void {
    let rank = 0;
    let at = this.pack.first();
    for (; at !== NONE && !this.#isFrom(at, min); at = this.after(at)) rank++;
    const first = rank;
    for (; at !== NONE && this.#isUpTo(at, max); at = this.after(at)) rank++;
    range.set(first, rank);
  }

  #lexRangeFromEnd({ min, max }: LexBounds, count: number, range: RankRange): void {
    let rank = count;
    let at = this.seek(count - 1);
    for (; at !== NONE && !this.#isUpTo(at, max); at = this.before(at)) rank--;
    const end = rank;
    for (; at !== NONE && this.#isFrom(at, min); at = this.before(at)) rank--;
    range.set(rank, end);
  }

  #isFrom(position: number, { kind, member, exclusive }: LexBound): boolean {
    if (kind === LEX_FIRST) return true;
    if (kind === LEX_LAST) return false;
    const order = this.#compare(position, member.bytes, member.start, member.length);
    return exclusive ? order > 0 : order >= 0;
  }

  #isUpTo(position: number, { kind, member, exclusive }: LexBound): boolean {
    if (kind === LEX_FIRST) return false;
    if (kind === LEX_LAST) return true;
    const order = this.#compare(position, member.bytes, member.start, member.length);
    return exclusive ? order < 0 : order <= 0;
  }

  /** How the member at a position compares with another. */
  #compare(position: number, bytes: Uint8Array, start: number, length: number): number {
    const { member } = this;
    this.pack.read(position, member);
    return compareBytes(member.bytes, member.start, member.length, bytes, start, length);
  }

  // ---- changes --------------------------------------------------------------------------------------------------

  /** Adds a member that is not there, in its place. */
  insert(bytes: Uint8Array, start: number, length: number, score: number): void {
    const { pack } = this;
    const at = this.#placeFor(bytes, start, length, score);
    if (at === NONE) this.append(bytes, start, length, score);
    else this.#writeScore(pack.insertBefore(at, bytes, start, length), score);
  }

  /** Adds a member behind all others, where it belongs. */
  append(bytes: Uint8Array, start: number, length: number, score: number): void {
    this.#writeScore(this.pack.append(bytes, start, length), score);
  }

  appendSpan({ bytes, start, length }: Span, score: number): void {
    this.append(bytes, start, length, score);
  }

  remove(position: number, count = 1): void {
    this.pack.remove(position, 2 * count);
  }

  /** The member that the new one comes before. */
  #placeFor(bytes: Uint8Array, start: number, length: number, score: number): number {
    const { pack } = this;
    const lastScore = pack.last();
    if (lastScore === NONE || pack.doubleAt(lastScore) < score) return NONE;
    let at = pack.first();
    while (at !== NONE) {
      const scoreAt = pack.next(at);
      const here = pack.doubleAt(scoreAt);
      if (here > score || (here === score && this.#compare(at, bytes, start, length) > 0)) return at;
      at = pack.next(scoreAt);
    }
    return NONE;
  }

  #writeScore(position: number, score: number): void {
    if (Number.isInteger(score) && Math.abs(score) <= INTEGER_SCORE_MAX) {
      const high = Math.floor(score / WORD);
      this.pack.insertInt64After(position, high | 0, (score - high * WORD) | 0);
      return;
    }
    const text = asciiBytes(formatDouble(score));
    this.pack.insertAfter(position, text, 0, text.length);
  }
}

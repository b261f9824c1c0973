/** What part of a sorted set is meant: between two scores, or between two members of equal score. */
import type { Span } from "../structures/entry.ts";

export class ScoreBounds {
  min = 0;
  max = 0;
  /** Whether the bound itself is outside. */
  minExclusive = false;
  maxExclusive = false;

  get isEmpty(): boolean {
    return this.min > this.max || (this.min === this.max && (this.minExclusive || this.maxExclusive));
  }
}

/** Before all members, a member, and after all of them. */
export const LEX_FIRST = 0;
export const LEX_MEMBER = 1;
export const LEX_LAST = 2;

export interface LexBound {
  /** LEX_FIRST, LEX_MEMBER or LEX_LAST. */
  readonly kind: number;
  /** The member, of the second kind. */
  readonly member: Span;
  readonly exclusive: boolean;
}

export interface LexBounds {
  readonly min: LexBound;
  readonly max: LexBound;
}

/** Ranks of a part of a sorted set, from `first` to before `end`. */
export class RankRange {
  first = 0;
  end = 0;

  set(first: number, end: number): void {
    this.first = first;
    this.end = end > first ? end : first;
  }

  get count(): number {
    return this.end - this.first;
  }

  /**
   * As indexes are given to commands: from the end when negative, both included.
   * @param count members of the sorted set.
   * @param isReversed whether they count from the last member.
   */
  setIndexes(start: number, stop: number, count: number, isReversed: boolean): void {
    const first = Math.max(0, start < 0 ? count + start : start);
    const end = Math.min(count, (stop < 0 ? count + stop : stop) + 1);
    if (first >= end) this.set(0, 0);
    else if (isReversed) this.set(count - end, count - first);
    else this.set(first, end);
  }

  /**
   * Leaves out the first `offset`, and of what remains all but `count`.
   * @param offset when negative nothing remains.
   * @param count when negative everything does.
   * @param isReversed whether the last come first.
   */
  limit(offset: number, count: number, isReversed: boolean): void {
    if (offset < 0 || offset >= this.count) {
      this.set(this.first, this.first);
      return;
    }
    const kept = count < 0 ? this.count - offset : Math.min(count, this.count - offset);
    if (isReversed) this.set(this.end - offset - kept, this.end - offset);
    else this.set(this.first + offset, this.first + offset + kept);
  }
}

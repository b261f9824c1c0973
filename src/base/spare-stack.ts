/**
 * Things kept for reuse. How many are worth keeping only use can tell: a stack hands out last what came back last, so what
 * lies at its bottom from one `takeSurplus` to the next was needed by nobody, and half of that goes.
 */
import { assert } from "./assert.ts";

export class SpareStack<T> {
  /** Bottom first. Whoever reorders them leaves their number alone. */
  readonly items: T[] = [];
  /** The fewest there were at once since the last `takeSurplus`. */
  #fewest = 0;

  get length(): number {
    return this.items.length;
  }

  push(item: T): void {
    this.items.push(item);
  }

  pop(): T | undefined {
    const item = this.items.pop();
    if (this.items.length < this.#fewest) this.#fewest = this.items.length;
    return item;
  }

  /** To be called now and then. @returns half of those that nobody has needed since the last time; `keptMin` stay. */
  takeSurplus(keptMin = 0): T[] {
    const { items } = this;
    assert(this.#fewest <= items.length, "the fewest are no more than there are");
    const count = Math.min(Math.ceil(this.#fewest / 2), Math.max(0, items.length - keptMin));
    const surplus = count === 0 ? [] : items.splice(0, count);
    this.#fewest = items.length;
    return surplus;
  }

  takeAll(): T[] {
    this.#fewest = 0;
    return this.items.splice(0);
  }
}

/** A source of random calls. Which ones, and over which keys and values, is said by each family. */
import type { Prng } from "../../src/base/prng.ts";
import type { Call } from "./generic-oracle.ts";

/** `C`: what is drawn at a time. */
export abstract class RandomCalls<C = Call> {
  protected readonly random: Prng;
  /** Each as likely as the others: what should come more often is there more than once. */
  protected abstract readonly makers: readonly (() => C)[];

  constructor(random: Prng) {
    this.random = random;
  }

  next(): C {
    return this.pick(this.makers)();
  }

  protected pick<T>(from: readonly T[]): T {
    return from[this.random.below(from.length)];
  }

  /** One to `most` of what may be several arguments each. */
  protected some(most: number, make: () => string | readonly string[]): string[] {
    return Array.from({ length: 1 + this.random.below(most) }, make).flat();
  }

  /** Mostly none of these words. */
  protected options(...words: string[]): string[] {
    return words.filter(() => this.random.below(4) === 0);
  }

  /** The option of a scan. */
  protected match(patterns: readonly string[]): string[] {
    return this.random.below(2) === 0 ? [] : ["MATCH", this.pick(patterns)];
  }
}

/** Draws from a seeded generator, in the forms that generators of commands want. */
import { Prng } from "../../src/base/prng.ts";

export class Draw {
  readonly #random: Prng;

  constructor(seed: number, stream = 0) {
    this.#random = new Prng(seed | 0, stream | 0);
  }

  /** 0 … bound - 1. */
  below(bound: number): number {
    return this.#random.below(bound);
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.#random.float() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }

  /** One of several makers, each as likely as its weight says. */
  weighted<T>(choices: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.#random.float() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of choices) {
      left -= weight;
      if (left < 0) return value;
    }
    return choices[choices.length - 1][1];
  }
}

/** Random work on a model of strings. */
import type { Prng } from "../../src/base/prng.ts";
import { EXPIRY_KEEP, EXPIRY_NONE, type StringModel } from "./string-model.ts";

/** Lengths around every border between storages, and mostly small ones. */
function randomLength(random: Prng, largest: number): number {
  const kind = random.below(100);
  if (kind < 60) return random.below(60);
  if (kind < 75) return 240 + random.below(40);
  if (kind < 90) return random.below(5_000);
  if (kind < 96) return 20_000 + random.below(15_000);
  return random.below(largest);
}

function randomBytes(random: Prng, length: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(random.below(256));
  for (let count = 0; count < 8 && length > 0; count++) bytes[random.below(length)] = random.below(256);
  return bytes;
}

function randomValue(random: Prng, largest: number): Uint8Array {
  if (random.below(5) === 0) return new Uint8Array(Buffer.from(String(random.below(1_000_000) - 500_000)));
  return randomBytes(random, randomLength(random, largest));
}

export class RandomWork {
  readonly #model: StringModel;
  readonly #random: Prng;
  readonly #keys: readonly string[];
  readonly #largest: number;

  /** @param largest bytes of a value that is set in one go. */
  constructor(model: StringModel, random: Prng, keys: number, largest: number) {
    this.#model = model;
    this.#random = random;
    this.#largest = largest;
    // Of all the ways in which an entry holds a key.
    const lengths = [3, 3, 3, 3, 20, 300, 9000];
    this.#keys = Array.from({ length: keys }, (_, index) => `${index}`.padEnd(lengths[index % lengths.length], "k"));
  }

  step(): void {
    const random = this.#random;
    const model = this.#model;
    const index = random.below(8) === 0 ? 1 : 0;
    const key = this.#keys[random.below(this.#keys.length)];
    const kind = random.below(100);
    const value = randomValue(random, this.#largest);
    const adopted = random.below(2) === 0;
    const length = model.plain[index].get(key)?.bytes.length ?? 0;
    if (kind < 25) model.set(index, key, value, this.#expiry(), adopted);
    else if (kind < 50) model.append(index, key, value, adopted);
    else if (kind < 65) model.setRange(index, key, this.#position(length), value, adopted);
    else if (kind < 75) model.poke(index, key, [this.#position(length), random.below(length + 1)]);
    else if (kind < 82) model.expire(index, key, Math.max(0, this.#expiry()));
    else if (kind < 90) model.delete(index, key);
    else if (kind < 97) model.transfer(index, key, random.below(2), this.#otherKey(), kind < 93);
    else model.pass(random.below(200));
    model.checkKey(index, key);
    if (random.below(10) === 0) model.hold(index, key);
    if (random.below(15) === 0) model.send(random.below(4));
  }

  #otherKey(): string {
    return this.#keys[this.#random.below(this.#keys.length)];
  }

  #position(length: number): number {
    const random = this.#random;
    return random.below(4) === 0 ? length + randomLength(random, this.#largest) : random.below(length + 1);
  }

  #expiry(): number {
    const kind = this.#random.below(3);
    if (kind === 0) return EXPIRY_NONE;
    return kind === 1 ? EXPIRY_KEEP : this.#model.nowMs + this.#random.below(2000);
  }
}

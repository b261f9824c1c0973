/**
 * Seeded pseudo-random numbers: xoshiro128** (Blackman and Vigna, https://prng.di.unimi.it/).
 *
 * For everything that wants cheap randomness and must repeat from a seed: sampling for eviction and expiry, random
 * picks, simulation, fuzzing. Secrets (the hash key, replication ids, ACL GENPASS) come from the platform instead.
 * 128 bits of state in four int32 fields, 32-bit arithmetic only, a few nanoseconds a number.
 */
import { assert } from "./assert.ts";

export class Prng {
  private s0 = 0;
  private s1 = 0;
  private s2 = 0;
  private s3 = 0;

  /** Any two words will do as a seed, also zeros: the state is drawn from them by another generator. */
  constructor(seedLow: number, seedHigh = 0) {
    this.s0 = mix(seedLow ^ 0x243f6a88);
    this.s1 = mix(seedHigh ^ this.s0);
    this.s2 = mix(seedLow + this.s1);
    // An odd word keeps the state away from all zeros, the one state that never moves.
    this.s3 = mix(seedHigh - this.s2) | 1;
  }

  /** The next 32 bits, as an int32. */
  next(): number {
    const s1 = this.s1;
    const scaled = Math.imul(s1, 5);
    const result = Math.imul((scaled << 7) | (scaled >>> 25), 9);
    const s2 = this.s2 ^ this.s0;
    const s3 = this.s3 ^ s1;
    this.s1 = s1 ^ s2;
    this.s0 ^= s3;
    this.s2 = s2 ^ (s1 << 9);
    this.s3 = (s3 << 11) | (s3 >>> 21);
    return result;
  }

  /** Uniform over 0 … bound − 1, without bias. @param bound 1 to 2^32. */
  below(bound: number): number {
    assert(bound >= 1 && bound <= 4294967296, "the bound is between 1 and 2^32");
    if (bound === 1) return 0;
    // As many bits as the largest answer has; drawn again when above it, which happens less than every second time.
    const shift = Math.clz32(bound - 1);
    let drawn = this.next() >>> shift;
    while (drawn >= bound) drawn = this.next() >>> shift;
    return drawn;
  }

  /** Uniform over [0, 1), in steps of 2^-53. */
  float(): number {
    const high = this.next() >>> 5;
    const low = this.next() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }
}

/** A bijection of 32-bit words in which every input bit reaches every output bit (the finalizer of MurmurHash3). */
function mix(word: number): number {
  let mixed = word | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

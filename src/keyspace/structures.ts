/**
 * The lenses on what values are made of, one of each for a keyspace. A lens is attached to a value for as long as a call
 * lasts: whoever calls anything else in between attaches it again.
 */
import type { KeyedHash } from "../base/keyed-hash.ts";
import type { Prng } from "../base/prng.ts";
import type { Arena } from "../memory/arena.ts";
import { BigString } from "../structures/big-string.ts";

export class Structures {
  readonly arena: Arena;
  readonly hash: KeyedHash;
  readonly random: Prng;
  readonly pages: BigString;

  constructor(arena: Arena, hash: KeyedHash, random: Prng) {
    this.arena = arena;
    this.hash = hash;
    this.random = random;
    this.pages = new BigString(arena);
  }
}

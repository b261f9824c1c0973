/**
 * SHA-1, for what is defined by it: the dataset digest of DEBUG DIGEST, the names of scripts. Nothing here relies on
 * its being hard to collide. The one door to the package that computes it.
 */
import { sha1 } from "@noble/hashes/legacy.js";

export const SHA1_BYTES = 20;

/** A hash to be: `update` any number of times, then `digest` once. */
export interface Sha1 {
  update(bytes: Uint8Array): unknown;
  /** @returns 20 bytes, the caller's. */
  digest(): Uint8Array;
}

export function startSha1(): Sha1 {
  return sha1.create();
}

/** @returns 20 bytes, the caller's. */
export function sha1Of(bytes: Uint8Array): Uint8Array {
  return sha1(bytes);
}

/**
 * Redis's running digest, 20 bytes, in two operations:
 *
 *     xor    digest ← digest ⊕ SHA1(data)              for what has no order: members, fields, keys
 *     mix    digest ← SHA1(digest ⊕ SHA1(data))        for what has one: items, an element's parts
 *
 * That two servers hold the same data shows in 40 digits, whatever order their tables are in.
 */
import { SHA1_BYTES, sha1Of } from "../base/sha1.ts";

export class Digest {
  readonly bytes: Uint8Array = new Uint8Array(SHA1_BYTES);

  xor(data: Uint8Array, start: number, length: number): void {
    const hash = sha1Of(data.subarray(start, start + length));
    for (let index = 0; index < SHA1_BYTES; index++) this.bytes[index] ^= hash[index];
  }

  mix(data: Uint8Array, start: number, length: number): void {
    this.xor(data, start, length);
    this.bytes.set(sha1Of(this.bytes));
  }

  /** Mixes a 32-bit integer, most significant byte first. */
  mixWord(value: number): void {
    const word = new Uint8Array(4);
    new DataView(word.buffer).setUint32(0, value);
    this.mix(word, 0, 4);
  }

  /** Back to all zeros. */
  reset(): void {
    this.bytes.fill(0);
  }

  toString(): string {
    return Array.from(this.bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}

/** What the tests of listpack and intset share: elements worth trying, and text as bytes and back. */
import fc from "fast-check";
import { Arena } from "../../src/memory/arena.ts";
import { countingSource } from "../memory/counting-source.ts";

/** Latin-1: every character is a byte. */
export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

export function textOf(bytes: Uint8Array, start: number, length: number): string {
  return Buffer.from(bytes.subarray(start, start + length)).toString("latin1");
}

export function newArena(): Arena {
  return new Arena(countingSource());
}

/** Both sides of every bound between integer encodings, of listpack and intset alike. */
export const INTEGER_BOUNDS: readonly bigint[] = [0n, 127n, 4095n, 32767n, 8388607n, 2147483647n, 2n ** 53n, 2n ** 63n]
  .flatMap((bound) => [bound - 1n, bound, bound + 1n, -bound - 2n, -bound - 1n, -bound, -bound + 1n])
  .filter((value) => BigInt.asIntN(64, value) === value);

/** What looks like an integer and is none, since printing it would give other bytes. */
export const NOT_INTEGERS: readonly string[] = [
  ...["", "-", "-0", "00", "01", "+1", " 1", "1 ", "1e3", "0x10", "--1", "1-", "1.0"],
  ...["9223372036854775808", "-9223372036854775809", "99999999999999999999", "18446744073709551615"],
];

/** Both sides of every bound between lengths of strings and of back-lengths. */
export const LENGTH_BOUNDS: readonly number[] = [0, 1, 62, 63, 64, 65, 124, 125, 126, 127, 4094, 4095, 4096, 4097];

export const int64: fc.Arbitrary<bigint> = fc.oneof(
  fc.constantFrom(...INTEGER_BOUNDS),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.integer({ min: -40, max: 40 }).map(BigInt),
  fc.integer().map(BigInt),
);

export const elementText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: "binary-ascii", maxLength: 12 }) },
  { weight: 4, arbitrary: int64.map(String) },
  { weight: 1, arbitrary: fc.constantFrom(...NOT_INTEGERS) },
  { weight: 2, arbitrary: fc.constantFrom(...LENGTH_BOUNDS).map((length) => "é".repeat(length)) },
);

export function highOf(value: bigint): number {
  return Number(BigInt.asIntN(32, value >> 32n));
}

export function lowOf(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

export function bigintOf(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

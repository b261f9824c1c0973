/**
 * Numbers as the configuration writes them. C's own rules show through in four ways of reading, all kept, since files
 * that Redis starts with must start this server, and with the same figures:
 * - the strict one of commands, for most parameters: digits with an optional minus, nothing else;
 * - strtoll, for lists such as `save`: blanks and a plus before, the empty text is 0, too much is the greatest;
 * - memory: digits and a unit (1k = 1000, 1kb = 1024), where no digits are 0 and 64 bits wrap around;
 * - octal, strtoll in base 8.
 * Figures are bigints here, because a bound of 2^63 - 1 has to be told from 2^63.
 */
import { lowerAscii, upToNul } from "./byte-text.ts";

export const INT_MIN = -(2n ** 31n);
export const INT_MAX = 2n ** 31n - 1n;
export const UINT_MAX = 2n ** 32n - 1n;
export const LONG_MIN = -(2n ** 63n);
export const LONG_MAX = 2n ** 63n - 1n;
export const ULONG_MAX = 2n ** 64n - 1n;

const KIB = 1024n;
const MIB = KIB * KIB;
const GIB = MIB * KIB;

const UNITS: Readonly<Record<string, bigint>> = {
  "": 1n,
  b: 1n,
  k: 1000n,
  kb: KIB,
  m: 1_000_000n,
  mb: MIB,
  g: 1_000_000_000n,
  gb: GIB,
};

/** Digits of a memory size; more are refused. */
const MEMORY_DIGITS_MAX = 127;
/** Characters of a strict integer; longer texts are none. */
const STRICT_CHARACTERS_MAX = 20;

/** The strict form. @returns null when the text is not exactly that of a signed 64-bit integer. */
export function readStrictInteger(text: string): bigint | null {
  if (text.length > STRICT_CHARACTERS_MAX || !/^(?:0|-?[1-9][0-9]*)$/.test(text)) return null;
  const value = BigInt(text);
  return value < LONG_MIN || value > LONG_MAX ? null : value;
}

/** What strtoll says of the whole text. */
export interface LooseInteger {
  readonly value: bigint;
  /** Whether it had to be brought into 64 bits. */
  readonly overflowed: boolean;
}

/** The form of strtoll. @returns null when something follows the number, or there is none in a text that is not empty. */
export function readLooseInteger(text: string, base: 8 | 10): LooseInteger | null {
  const seen = upToNul(text);
  if (seen === "") return { value: 0n, overflowed: false };
  const pattern = base === 8 ? /^[ \t-\r]*([-+]?)([0-7]+)$/ : /^[ \t-\r]*([-+]?)([0-9]+)$/;
  const match = pattern.exec(seen);
  if (match === null) return null;
  const magnitude = BigInt(base === 8 ? `0o${match[2]}` : match[2]);
  const value = match[1] === "-" ? -magnitude : magnitude;
  if (value > LONG_MAX) return { value: LONG_MAX, overflowed: true };
  if (value < LONG_MIN) return { value: LONG_MIN, overflowed: true };
  return { value, overflowed: false };
}

/** A size in bytes with its unit, any case. @returns an unsigned 64-bit figure, or null. */
export function readMemory(text: string): bigint | null {
  const match = /^([0-9]*)([a-z]*)$/.exec(lowerAscii(upToNul(text)));
  if (match === null || match[1].length > MEMORY_DIGITS_MAX || !Object.hasOwn(UNITS, match[2])) return null;
  const digits = match[1] === "" ? 0n : BigInt(match[1]);
  return BigInt.asUintN(64, (digits > ULONG_MAX ? ULONG_MAX : digits) * UNITS[match[2]]);
}

/** A size in the largest binary unit that loses nothing: 2097152 is `2mb`. */
export function memoryText(bytes: bigint): string {
  if (bytes !== 0n && bytes % GIB === 0n) return `${bytes / GIB}gb`;
  if (bytes !== 0n && bytes % MIB === 0n) return `${bytes / MIB}mb`;
  if (bytes !== 0n && bytes % KIB === 0n) return `${bytes / KIB}kb`;
  return String(bytes);
}

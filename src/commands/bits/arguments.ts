/** Arguments of the commands on bits: where a bit is, what kind of integer a field is. */
import { Int64, parseInt64 } from "../../base/text.ts";
import type { Context } from "../context.ts";

const BITS_PER_BYTE = 8;
const TWO_32 = 4294967296;
const NUMBER_SIGN = 0x23;
const LETTER_I = 0x69;
const LETTER_U = 0x75;
const SIGNED_BITS_MAX = 64;
/** An unsigned one of 64 bits would not fit the protocol's integers. */
const UNSIGNED_BITS_MAX = 63;

const BAD_OFFSET = "ERR bit offset is not an integer or out of range";
const BAD_TYPE = "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.";

/** @returns NaN when an error has been replied. */
export function readOffset(context: Context, index: number): number {
  return checkOffset(context, context.integer(index));
}

/** As `readOffset`; `#n` is the n-th of integers of `bits` bits that stand side by side. */
export function readFieldOffset(context: Context, index: number, bits: number): number {
  const bytes = context.bytes(index);
  const start = context.start(index);
  const length = context.length(index);
  if (length === 0 || bytes[start] !== NUMBER_SIGN) return readOffset(context, index);
  const ordinal = new Int64();
  if (!parseInt64(bytes, start + 1, length - 1, ordinal)) return checkOffset(context, Number.NaN);
  // The product wraps around at 64 bits, as it does in Redis.
  const low = (ordinal.lo >>> 0) * bits;
  const high = (ordinal.hi * bits + Math.floor(low / TWO_32)) | 0;
  return checkOffset(context, high * TWO_32 + (low % TWO_32));
}

function checkOffset(context: Context, offset: number): number {
  if (offset >= 0 && offset / BITS_PER_BYTE < context.keyspace.stringBytesMax) return offset;
  context.fail(BAD_OFFSET);
  return Number.NaN;
}

/** Reads `u8`, `i16` …. @returns bits, negative for an unsigned integer; 0 when an error has been replied. */
export function readFieldType(context: Context, index: number): number {
  const bytes = context.bytes(index);
  const start = context.start(index);
  const length = context.length(index);
  const letter = length === 0 ? 0 : bytes[start];
  const most = letter === LETTER_I ? SIGNED_BITS_MAX : letter === LETTER_U ? UNSIGNED_BITS_MAX : 0;
  const bits = most === 0 ? 0 : readBits(bytes, start + 1, length - 1);
  if (bits >= 1 && bits <= most) return letter === LETTER_I ? bits : -bits;
  context.fail(BAD_TYPE);
  return 0;
}

/** @returns 0 when they are no number of one or two digits. */
function readBits(bytes: Uint8Array, start: number, length: number): number {
  let bits = 0;
  for (let at = start; at < start + length; at++) {
    const digit = bytes[at] - 0x30;
    if (digit < 0 || digit > 9 || (digit === 0 && at === start) || bits > SIGNED_BITS_MAX) return 0;
    bits = bits * 10 + digit;
  }
  return bits;
}

/**
 * How one element stands in a listpack, byte by byte, as Redis writes it (its design: listpack.md by S. Sanfilippo).
 *
 *     ┌ encoding and data ─────────────────────────────┬ back-length ┐
 *     0vvvvvvv                                            1           integer 0 … 127
 *     10llllll  bytes                                     1           string of up to 63 bytes
 *     110vvvvv vvvvvvvv                                   1           13-bit integer
 *     1110llll llllllll  bytes                            1 – 2       string of up to 4,095 bytes
 *     11110000 l l l l  bytes                             2 – 5       longer string, length little-endian
 *     11110001 v v   11110010 v v v   11110011 v v v v    1           16-, 24-, 32-bit integer, little-endian
 *     11110100 v × 8                                      1           64-bit integer
 *     11111111                                                        end of the listpack
 *
 * The back-length is the length of encoding and data in groups of seven bits, most significant first; all but the
 * first of its bytes have their top bit set, so it is read from its end towards the front. Three of the bounds between
 * its widths are one less than seven bits allow (16,383 takes three bytes): a slip of the first implementation that is
 * part of the format now.
 *
 * Everything here works on an array and a position in it, so that it serves the arena and foreign buffers alike.
 */
import { assert } from "../base/assert.ts";
import { copyBytes } from "../base/bytes.ts";
import { Int64, parseInt64, parseSafeInt } from "../base/text.ts";

/** Total length u32 and count u16, both little-endian. */
export const HEADER_BYTES = 6;
/** The count says "too many to say" and has to be found by walking. */
export const COUNT_UNKNOWN = 0xffff;
/** First byte of what stands behind the last element. */
export const END = 0xff;
/** Longest back-length. */
export const BACK_LENGTH_BYTES_MAX = 5;

const INT13 = 0xc0;
const STRING12 = 0xe0;
const STRING32 = 0xf0;
const INT16 = 0xf1;
const INT24 = 0xf2;
const INT64 = 0xf4;

/** Bytes of the back-length of an element whose encoding and data take `encodedBytes`. */
export function backLengthBytes(encodedBytes: number): number {
  if (encodedBytes <= 127) return 1;
  if (encodedBytes < 16_383) return 2;
  if (encodedBytes < 2_097_151) return 3;
  return encodedBytes < 268_435_455 ? 4 : 5;
}

/** @returns the position after it. */
export function writeBackLength(bytes: Uint8Array, at: number, encodedBytes: number): number {
  if (encodedBytes <= 127) {
    bytes[at] = encodedBytes;
    return at + 1;
  }
  const end = at + backLengthBytes(encodedBytes);
  let rest = encodedBytes;
  for (let i = end - 1; i > at; i--) {
    bytes[i] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[at] = rest;
  return end;
}

/** The back-length that ends before `end`; -1 when it is none. Reads at most five bytes. */
export function readBackLength(bytes: Uint8Array, end: number): number {
  const last = bytes[end - 1];
  if (last < 128) return last;
  let value = last & 127;
  let scale = 128;
  for (let i = 2; i <= BACK_LENGTH_BYTES_MAX; i++) {
    const byte = bytes[end - i];
    value += (byte & 127) * scale;
    if (byte < 128) return value;
    scale *= 128;
  }
  return -1;
}

/** Where the element starts that ends before `end`. */
export function elementBefore(bytes: Uint8Array, end: number): number {
  const encodedBytes = readBackLength(bytes, end);
  return end - encodedBytes - backLengthBytes(encodedBytes);
}

/** Bytes of the encoding (type and length) in front of the data; 0 for what is no element. */
export function leadBytes(lead: number): number {
  if (lead < STRING12) return 1;
  if (lead < STRING32) return 2;
  if (lead === STRING32) return 5;
  return lead <= INT64 ? 1 : 0;
}

/** Bytes of encoding and data, the back-length not counted. All bytes of the encoding must be there. */
export function encodedBytesAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  if (lead < 0x80) return 1;
  if (lead < INT13) return (lead & 0x3f) + 1;
  if (lead < STRING12) return 2;
  if (lead < STRING32) return (((lead & 15) << 8) | bytes[at + 1]) + 2;
  if (lead === STRING32) return word(bytes, at + 1) + 5;
  assert(lead <= INT64, "a listpack's element has a known encoding");
  return lead === INT64 ? 9 : lead - INT16 + 3;
}

/** Bytes of a whole element by its first byte, where that says it; 0 where a length follows, or nothing valid. */
const ELEMENT_BYTES: Uint8Array = Uint8Array.from({ length: 256 }, (_, lead) => {
  if (lead >= STRING12 && (lead <= STRING32 || lead > INT64)) return 0;
  return encodedBytesAt(Uint8Array.of(lead), 0) + 1;
});

/** Bytes of the whole element: encoding, data, back-length. */
export function elementBytes(bytes: Uint8Array, at: number): number {
  const known = ELEMENT_BYTES[bytes[at]];
  if (known !== 0) return known;
  const encodedBytes = encodedBytesAt(bytes, at);
  return encodedBytes + backLengthBytes(encodedBytes);
}

/** Whether an element with this first byte is an integer. It must be one of the encodings above. */
export function isIntegerLead(lead: number): boolean {
  return lead < 0x80 || (lead >= INT13 && lead < STRING12) || lead > STRING32;
}

/** Length of a string element's data. */
export function stringLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  if (lead < INT13) return lead & 0x3f;
  if (lead < STRING32) return ((lead & 15) << 8) | bytes[at + 1];
  return word(bytes, at + 1);
}

/** Lower word of an integer element, as an int32. */
export function integerLow(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  if (lead < 0x80) return lead;
  if (lead < STRING12) return (((lead << 8) | bytes[at + 1]) << 19) >> 19;
  if (lead === INT16) return ((bytes[at + 1] | (bytes[at + 2] << 8)) << 16) >> 16;
  if (lead === INT24) return ((bytes[at + 1] | (bytes[at + 2] << 8) | (bytes[at + 3] << 16)) << 8) >> 8;
  return word(bytes, at + 1) | 0;
}

/** Upper word of an integer element, as an int32. */
export function integerHigh(bytes: Uint8Array, at: number): number {
  return bytes[at] === INT64 ? word(bytes, at + 5) | 0 : integerLow(bytes, at) >> 31;
}

/** Bytes of the encoding and data of a 64-bit integer given as two int32 words. */
export function integerEncodedBytes(high: number, low: number): number {
  if (high !== low >> 31) return 9;
  if (low >= 0 && low <= 127) return 1;
  if (low >= -4096 && low <= 4095) return 2;
  if (low >= -32_768 && low <= 32_767) return 3;
  return low >= -8_388_608 && low <= 8_388_607 ? 4 : 5;
}

/** Writes encoding and data in the `encodedBytes` that the integer takes. @returns the position after them. */
export function writeInteger(bytes: Uint8Array, at: number, high: number, low: number, encodedBytes: number): number {
  if (encodedBytes === 1) {
    bytes[at] = low;
    return at + 1;
  }
  if (encodedBytes === 2) {
    bytes[at] = INT13 | ((low >> 8) & 0x1f);
    bytes[at + 1] = low;
    return at + 2;
  }
  if (encodedBytes === 9) {
    bytes[at] = INT64;
    writeWord(bytes, at + 1, low);
    writeWord(bytes, at + 5, high);
    return at + 9;
  }
  bytes[at] = INT16 + encodedBytes - 3;
  const end = at + encodedBytes;
  for (let i = at + 1, rest = low; i < end; i++, rest >>= 8) bytes[i] = rest;
  return end;
}

/** Bytes of the encoding and data of a string. */
export function stringEncodedBytes(length: number): number {
  if (length < 64) return length + 1;
  return length < 4096 ? length + 2 : length + 5;
}

/** Writes encoding and data of a string. @returns the position after them. */
export function writeString(bytes: Uint8Array, at: number, source: Uint8Array, start: number, length: number): number {
  let position = at;
  if (length < 64) {
    bytes[position++] = 0x80 | length;
  } else if (length < 4096) {
    bytes[position++] = STRING12 | (length >> 8);
    bytes[position++] = length;
  } else {
    bytes[position++] = STRING32;
    writeWord(bytes, position, length);
    position += 4;
  }
  copyBytes(source, start, bytes, position, length);
  return position + length;
}

/** Bytes that an element made of this text takes in a listpack, its back-length included. */
export function encodedSize(bytes: Uint8Array, start: number, length: number): number {
  const encodedBytes = textEncodedBytes(bytes, start, length);
  return encodedBytes + backLengthBytes(encodedBytes);
}

function textEncodedBytes(bytes: Uint8Array, start: number, length: number): number {
  const value = parseSafeInt(bytes, start, length);
  if (value === (value | 0)) return integerEncodedBytes(value >> 31, value);
  if (!Number.isNaN(value)) return 9;
  // Whatever starts with neither a digit nor a minus is told apart before an object is made for the result.
  const isCandidate = length >= 16 && length <= 20 && bytes[start] <= 0x39;
  return isCandidate && parseInt64(bytes, start, length, new Int64()) ? 9 : stringEncodedBytes(length);
}

/** Four bytes, little-endian, as a number ≥ 0. */
export function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}

export function writeWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >> 8;
  bytes[at + 2] = value >> 16;
  bytes[at + 3] = value >> 24;
}

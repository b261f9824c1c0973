/** RDB written as plainly as it can be: values of every version, from arrays and strings, a character a byte. */
import { Crc64 } from "../../src/base/crc64.ts";

/** A string, a character a byte. */
export type Bytes = string;

export function latin1(text: Bytes): Uint8Array {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

function number(value: number | bigint, bytes: number, isBigEnd = false): Bytes {
  const digits = Array.from({ length: bytes }, (_, index) => Number((BigInt(value) >> BigInt(8 * index)) & 255n));
  return String.fromCharCode(...(isBigEnd ? digits.reverse() : digits));
}

export const little = (value: number | bigint, bytes: number): Bytes => number(value, bytes);

export function length(value: number): Bytes {
  if (value < 64) return number(value, 1);
  if (value < 16_384) return number(value | 0x4000, 2, true);
  return `\x80${number(value, 4, true)}`;
}

export const string = (text: Bytes): Bytes => length(text.length) + text;

/** LZF without a single repetition. */
export function literally(text: Bytes): Bytes {
  let packed = "";
  for (let at = 0; at < text.length; at += 32) {
    const run = text.slice(at, at + 32);
    packed += number(run.length - 1, 1) + run;
  }
  return `\xc3${length(packed.length)}${length(text.length)}${packed}`;
}

export function double(value: number): Bytes {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes.toString("latin1");
}

const INTEGER = /^(0|-?[1-9]\d{0,8})$/;

/** Times in ms. */
const LONG_INTEGER = /^[1-9]\d{11,14}$/;

/** A listpack in which every integer takes four bytes or eight, and every string is one of 32 bits of length. */
export function listpack(elements: readonly Bytes[]): Bytes {
  const all = elements.map((element) => {
    const encoded = LONG_INTEGER.test(element)
      ? `\xf4${number(BigInt(element), 8)}`
      : INTEGER.test(element)
        ? `\xf3${number(Number(element), 4)}`
        : `\xf0${number(element.length, 4)}${element}`;
    return encoded + backLength(encoded.length);
  });
  const body = all.join("");
  return `${number(body.length + 7, 4)}${number(Math.min(65_535, elements.length), 2)}${body}\xff`;
}

function backLength(bytes: number): Bytes {
  const groups: number[] = [];
  for (let rest = bytes; groups.length === 0 || rest > 0; rest = Math.floor(rest / 128)) groups.unshift(rest % 128);
  return String.fromCharCode(...groups.map((group, index) => (index === 0 ? group : group | 128)));
}

/** An entry of a stream: what its id is above the master's, and its fields; those of the master when there are none. */
export interface PlainEntry {
  readonly ms: number;
  readonly seq: number;
  readonly fields?: readonly Bytes[];
  readonly values: readonly Bytes[];
  readonly isDeleted?: boolean;
}

/** The elements of a stream's node. */
export function streamElements(fields: readonly Bytes[], entries: readonly PlainEntry[]): Bytes[] {
  const deleted = entries.filter(({ isDeleted }) => isDeleted === true).length;
  const elements = [String(entries.length - deleted), String(deleted), String(fields.length), ...fields, "0"];
  for (const entry of entries) {
    const own = entry.fields;
    const flags = (entry.isDeleted === true ? 1 : 0) + (own === undefined ? 2 : 0);
    const texts = own === undefined ? entry.values : own.flatMap((field, index) => [field, entry.values[index]]);
    const body = [String(entry.ms), String(entry.seq), ...(own === undefined ? [] : [String(own.length)]), ...texts];
    elements.push(String(flags), ...body, String(body.length + 1));
  }
  return elements;
}

/** A listpack whose small numbers are one byte, as the flags of a stream's entries always are. */
export function streamListpack(elements: readonly Bytes[]): Bytes {
  const all = elements.map((element) => {
    const value = INTEGER.test(element) ? Number(element) : -1;
    return value >= 0 && value < 128 ? `${number(value, 1)}\x01` : listpack([element]).slice(6, -1);
  });
  const body = all.join("");
  return `${number(body.length + 7, 4)}${number(Math.min(65_535, elements.length), 2)}${body}\xff`;
}

/** An id as a key of a node and as a pending entry has it. */
export const idBytes = (ms: number, seq: number): Bytes => number(ms, 8, true) + number(seq, 8, true);

export function ziplist(elements: readonly Bytes[]): Bytes {
  let body = "";
  let previous = 0;
  let tail = 10;
  for (const element of elements) {
    const value = INTEGER.test(element) ? Number(element) : Number.NaN;
    let encoded = previous < 254 ? number(previous, 1) : `\xfe${number(previous, 4)}`;
    if (value >= 0 && value <= 12) encoded += number(0xf1 + value, 1);
    else if (value >= -128 && value <= 127) encoded += `\xfe${number(value, 1)}`;
    else if (value >= -32_768 && value <= 32_767) encoded += `\xc0${number(value, 2)}`;
    else if (value >= -8_388_608 && value <= 8_388_607) encoded += `\xf0${number(value, 3)}`;
    else if (!Number.isNaN(value))
      encoded += element.length % 2 === 0 ? `\xd0${number(value, 4)}` : `\xe0${number(value, 8)}`;
    else if (element.length < 64) encoded += number(element.length, 1) + element;
    else if (element.length < 16_384) encoded += number(element.length | 0x4000, 2, true) + element;
    else encoded += `\x80${number(element.length, 4, true)}${element}`;
    tail = 10 + body.length;
    body += encoded;
    previous = encoded.length;
  }
  return `${number(body.length + 11, 4)}${number(tail, 4)}${number(Math.min(65_535, elements.length), 2)}${body}\xff`;
}

/** @param freeBytes air behind every value. */
export function zipmap(pairs: readonly (readonly [Bytes, Bytes])[], freeBytes = 0): Bytes {
  const size = (text: Bytes): Bytes => (text.length < 254 ? number(text.length, 1) : `\xfe${number(text.length, 4)}`);
  const body = pairs.map(
    ([field, value]) => size(field) + field + size(value) + number(freeBytes, 1) + value + "_".repeat(freeBytes),
  );
  return `${number(Math.min(254, pairs.length), 1)}${body.join("")}\xff`;
}

/** @param values in ascending order. */
export function intset(values: readonly (number | bigint)[], width: 2 | 4 | 8): Bytes {
  return number(width, 4) + number(values.length, 4) + values.map((value) => number(value, width)).join("");
}

/** What RESTORE takes. */
export function payload(type: number, body: Bytes, version = 10): Uint8Array {
  const before = latin1(String.fromCharCode(type) + body + number(version, 2));
  return new Uint8Array(Buffer.concat([before, checksum(before)]));
}

/** A whole file. */
export function file(body: Bytes, version = 10): Uint8Array {
  const before = latin1(`REDIS${String(version).padStart(4, "0")}${body}\xff`);
  return version < 5 ? before : new Uint8Array(Buffer.concat([before, checksum(before)]));
}

function checksum(bytes: Uint8Array): Uint8Array {
  const sum = new Crc64();
  sum.update(bytes, 0, bytes.length);
  const words = new Int32Array([sum.low, sum.high]);
  return new Uint8Array(words.buffer);
}

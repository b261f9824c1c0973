/** Strings, as everything that does not care what a key holds sees them. */
import { copyBytes } from "../base/bytes.ts";
import { INT64_TEXT_BYTES_MAX } from "../base/limits.ts";
import { writeInt64 } from "../base/text.ts";
import { type Arena, type Handle, SEGMENT_SHIFT } from "../memory/arena.ts";
import {
  createEntry,
  ENCODING_EMBSTR,
  ENCODING_INT,
  ENCODING_RAW_OUTSIDE,
  encodingOf,
  entryValueBytes,
  fitsInline,
  freeEntry,
  inlineLength,
  inlineStart,
  intHigh,
  intLow,
  outsideHandle,
  outsideLength,
  Span,
  setInt,
  setOutside,
  spanOfBlock,
  TYPE_STRING,
  valueSpan,
} from "../structures/entry.ts";
import type { Digest } from "./digest-mixer.ts";
import type { KeyBytes, ValueType } from "./value-types.ts";

export const STRING_VALUES: ValueType = {
  type: TYPE_STRING,
  name: "string",
  encodingName,
  outsideBytes: entryValueBytes,
  take: (arena, from, key, expires, epoch) =>
    encodingOf(arena, from) === ENCODING_RAW_OUTSIDE
      ? withOutside(arena, outsideHandle(arena, from), outsideLength(arena, from), key, expires, epoch)
      : copySmall(arena, from, key, expires, epoch),
  copy: (arena, from, key, expires, epoch) =>
    encodingOf(arena, from) === ENCODING_RAW_OUTSIDE
      ? copyOutside(arena, from, key, expires, epoch)
      : copySmall(arena, from, key, expires, epoch),
  free: (arena, entry) => freeEntry(arena, entry, true),
  digest,
};

function encodingName(arena: Arena, entry: Handle): string {
  const encoding = encodingOf(arena, entry);
  if (encoding === ENCODING_INT) return "int";
  return encoding === ENCODING_EMBSTR ? "embstr" : "raw";
}

function digest(arena: Arena, entry: Handle, into: Digest): void {
  if (encodingOf(arena, entry) === ENCODING_INT) {
    const digits = new Uint8Array(INT64_TEXT_BYTES_MAX);
    into.mix(digits, 0, writeInt64(intHigh(arena, entry), intLow(arena, entry), digits, 0));
    return;
  }
  const span = new Span();
  valueSpan(arena, entry, span);
  into.mix(span.bytes, span.start, span.length);
}

/** An integer, or bytes that stand in the entry: cheaper to copy than to share. */
function copySmall(arena: Arena, from: Handle, key: KeyBytes, expires: boolean, epoch: number): Handle {
  const encoding = encodingOf(arena, from);
  if (encoding === ENCODING_INT) {
    const entry = newEntry(arena, encoding, key, 0, expires, epoch);
    setInt(arena, entry, intHigh(arena, from), intLow(arena, from));
    return entry;
  }
  const length = inlineLength(arena, from);
  // Beside a longer key there may be no room for it.
  if (!fitsInline(key.keyLength, length)) return copyOutside(arena, from, key, expires, epoch);
  const entry = newEntry(arena, encoding, key, length, expires, epoch);
  const into = arena.bytes[entry >>> SEGMENT_SHIFT];
  copyBytes(arena.bytes[from >>> SEGMENT_SHIFT], inlineStart(arena, from), into, inlineStart(arena, entry), length);
  return entry;
}

function copyOutside(arena: Arena, from: Handle, key: KeyBytes, expires: boolean, epoch: number): Handle {
  const source = new Span();
  valueSpan(arena, from, source);
  const { length } = source;
  const block = arena.allocate(length);
  const target = new Span();
  spanOfBlock(arena, block, length, target);
  copyBytes(source.bytes, source.start, target.bytes, target.start, length);
  return withOutside(arena, block, length, key, expires, epoch);
}

function withOutside(
  arena: Arena,
  block: Handle,
  length: number,
  key: KeyBytes,
  expires: boolean,
  epoch: number,
): Handle {
  const entry = newEntry(arena, ENCODING_RAW_OUTSIDE, key, 0, expires, epoch);
  setOutside(arena, entry, block, length);
  return entry;
}

function newEntry(
  arena: Arena,
  encoding: number,
  { key, keyStart, keyLength }: KeyBytes,
  inlineBytes: number,
  expires: boolean,
  epoch: number,
): Handle {
  return createEntry(arena, TYPE_STRING, encoding, key, keyStart, keyLength, inlineBytes, expires, epoch);
}

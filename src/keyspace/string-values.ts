/** Strings, as everything that does not care what a key holds sees them. */
import { copyBytes } from "../base/bytes.ts";
import { type Arena, type Handle, SEGMENT_SHIFT } from "../memory/arena.ts";
import { CONTIGUOUS_BYTES_MAX } from "../structures/big-string.ts";
import {
  createEntry,
  ENCODING_EMBSTR,
  ENCODING_INT,
  ENCODING_RAW_BORROWED,
  ENCODING_RAW_OUTSIDE,
  ENCODING_RAW_PAGED,
  encodingOf,
  entryOwnBytes,
  fitsInline,
  freeEntry,
  inlineLength,
  inlineStart,
  intHigh,
  intLow,
  outsideHandle,
  outsideLength,
  Span,
  setEncoding,
  setInt,
  setOutside,
  spanOfBlock,
  TYPE_STRING,
  valueSpan,
} from "../structures/entry.ts";
import { Run, StringReader } from "../structures/string-reader.ts";
import type { Digest } from "./digest-mixer.ts";
import type { Structures } from "./structures.ts";
import type { KeyBytes, ValueType } from "./value-types.ts";

export const STRING_VALUES: ValueType = {
  type: TYPE_STRING,
  name: "string",
  encodingName,
  outsideBytes,
  take: ({ arena }, from, key, expires, epoch) =>
    encodingOf(arena, from) >= ENCODING_RAW_OUTSIDE
      ? withOutside(arena, from, outsideHandle(arena, from), key, expires, epoch)
      : copySmall(arena, from, key, expires, epoch),
  copy,
  share,
  free,
  digest,
};

function encodingName(arena: Arena, entry: Handle): string {
  const encoding = encodingOf(arena, entry);
  if (encoding === ENCODING_INT) return "int";
  return encoding === ENCODING_EMBSTR ? "embstr" : "raw";
}

function outsideBytes({ arena, pages }: Structures, entry: Handle): number {
  const encoding = encodingOf(arena, entry);
  if (encoding < ENCODING_RAW_OUTSIDE) return 0;
  const handle = outsideHandle(arena, entry);
  return encoding === ENCODING_RAW_PAGED ? pages.attach(handle).sizeBytes : arena.sizeOf(handle);
}

function free({ arena, pages }: Structures, entry: Handle, blocksMax: number): number {
  const encoding = encodingOf(arena, entry);
  if (encoding >= ENCODING_RAW_OUTSIDE) {
    const handle = outsideHandle(arena, entry);
    if (encoding === ENCODING_RAW_PAGED) {
      const left = pages.attach(handle).free(blocksMax);
      if (left > 0) return left + entryOwnBytes(arena, entry);
    } else if (encoding === ENCODING_RAW_BORROWED) {
      arena.unpin(handle);
    } else {
      arena.free(handle);
    }
  }
  freeEntry(arena, entry);
  return 0;
}

function digest({ arena }: Structures, entry: Handle, into: Digest): void {
  const reader = new StringReader(arena).open(entry);
  const run = new Run();
  reader.findWhole(0, reader.length, run);
  into.mix(run.bytes, run.start, run.length);
}

function copy(structures: Structures, from: Handle, key: KeyBytes, expires: boolean, epoch: number): Handle {
  const { arena, pages } = structures;
  const encoding = encodingOf(arena, from);
  if (encoding < ENCODING_RAW_OUTSIDE) return copySmall(arena, from, key, expires, epoch);
  if (encoding !== ENCODING_RAW_PAGED) return copyOutside(arena, from, key, expires, epoch);
  const root = pages.attach(outsideHandle(arena, from)).copy(outsideLength(arena, from));
  return withOutside(arena, from, root, key, expires, epoch);
}

/** Long values are lent to the old entry and belong to the new one. */
function share(structures: Structures, from: Handle, key: KeyBytes, expires: boolean, epoch: number): Handle {
  const { arena, pages } = structures;
  const encoding = encodingOf(arena, from);
  const length = encoding < ENCODING_RAW_OUTSIDE ? 0 : outsideLength(arena, from);
  if (length <= CONTIGUOUS_BYTES_MAX) return copy(structures, from, key, expires, epoch);
  const handle = outsideHandle(arena, from);
  if (encoding === ENCODING_RAW_PAGED) {
    return withOutside(arena, from, pages.attach(handle).share(), key, expires, epoch);
  }
  arena.pin(handle);
  const entry = withOutside(arena, from, pages.createFromBlock(handle, length).root, key, expires, epoch);
  setEncoding(arena, entry, ENCODING_RAW_PAGED);
  setEncoding(arena, from, ENCODING_RAW_BORROWED);
  return entry;
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
  const entry = newEntry(arena, ENCODING_RAW_OUTSIDE, key, 0, expires, epoch);
  setOutside(arena, entry, block, length);
  return entry;
}

/** An entry as `from`, with a handle in place of its outside value's. */
function withOutside(
  arena: Arena,
  from: Handle,
  handle: Handle,
  key: KeyBytes,
  expires: boolean,
  epoch: number,
): Handle {
  const length = outsideLength(arena, from);
  const entry = newEntry(arena, encodingOf(arena, from), key, 0, expires, epoch);
  setOutside(arena, entry, handle, length);
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

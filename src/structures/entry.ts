/**
 * The entry: one key with its value (or one field, or one member) as a single block of the arena.
 *
 *     word 0   keyLength 8 │ epoch 8 │ keyOffset 4 │ flags 4 │ encoding 4 │ type 4     (most significant first)
 *     word 1   valueLength 8 │ access 24
 *     [2..4]   expiresAtMs f64, expiryPosition i32             when HAS_EXPIRY
 *     [+1]     key length i32                                  when keyLength = 255
 *     then by storage:
 *              INTEGER  low i32, high i32      the value itself, 64 bits
 *              OUTSIDE  handle i32, length i32 the value in a block of its own: a string, a listpack, an intset
 *              PAGED    handle i32, length i32 the value in pages below a root (`big-string.ts`)
 *              ROOT     handle i32, 0          a collection that hangs below
 *              INLINE   [value length i32]     when valueLength = 255: any value that is longer, or has room to be
 *     key bytes, at word `keyOffset`
 *     value bytes (INLINE only)
 *
 * Why so. Whatever a lookup decides on stands in the first eight bytes, next to the key: one cache line serves a GET
 * of a small value. Fixed-width values stand before the key so that they are aligned and INCR is two word stores.
 * `keyOffset` is stored rather than derived so that comparing a key costs no branch over the optional parts. There is
 * no pointer back to the table and no hash: 16 + 16 bytes of user data take 40 bytes (48 as a block) where Redis
 * spends a dictEntry, an sds and an object with another sds (112).
 *
 * An inline value may be shorter than its block allows: APPEND takes a block half as large again as it needs, so that
 * the next ones find room. How much there is says the block's size class; it is written nowhere.
 *
 * - type: what TYPE says. encoding: what OBJECT ENCODING says, and how the value is stored.
 * - epoch: the snapshot generation in which the entry was last made or changed (`keyspace/snapshot.ts`).
 * - access: LRU clock or LFU counter, 24 bits as in Redis.
 * - flags: see below; those about side tables (watched, tracked, blocked) let a write skip the look-up in them.
 *
 * The same layout serves hash fields and set members (type and access unused), so there is one table.
 *
 * Invariants: the block is never longer than `SLAB_BYTES_MAX`: a value that does not fit, and a key longer than
 * `ENTRY_KEY_BYTES_MAX`, stands in a block of its own; keyOffset × 4 + key + inline value ≤ block size.
 */
import { assert } from "../base/assert.ts";
import { copyBytes, equalViews, viewOf } from "../base/bytes.ts";
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";
import { SLAB_BYTES_MAX } from "../memory/size-classes.ts";

/** Values of the type field, numbered as Redis numbers its object types. */
export const TYPE_STRING = 0;
export const TYPE_LIST = 1;
export const TYPE_SET = 2;
export const TYPE_ZSET = 3;
export const TYPE_HASH = 4;
export const TYPE_STREAM = 6;

/** The value is a 64-bit integer in two words. */
export const ENCODING_INT = 0;
/** Bytes in the entry; Redis would have made an embedded string. */
export const ENCODING_EMBSTR = 1;
/** Bytes in the entry; Redis would have made a raw string. */
export const ENCODING_RAW = 2;
/** As RAW to the user; the bytes are in a block of their own. */
export const ENCODING_RAW_OUTSIDE = 3;
/** As RAW to the user; the bytes are in pages. */
export const ENCODING_RAW_PAGED = 4;
/**
 * As OUTSIDE, in an entry that waits for a snapshot only: the block belongs to another entry, and is pinned for this
 * one.
 */
export const ENCODING_RAW_BORROWED = 5;
/** A small collection as one listpack, in a block of its own. */
export const ENCODING_LISTPACK = 6;
/** A small set of integers, in a block of its own. */
export const ENCODING_INTSET = 7;
/** A small hash of which fields may expire, in a block of its own. No hash is an intset, so they share a number. */
export const ENCODING_LISTPACK_EX = 7;
/** From here on a value is a tree of blocks below a root that begins with their size (`collection-root.ts`). */
export const ENCODING_ROOT_MIN = 8;
/** A hash or a set as a table of members. */
export const ENCODING_TABLE = 8;
export const ENCODING_QUICKLIST = 9;
/** A sorted set as a table of members and an index of their order. */
export const ENCODING_SORTED = 10;
/** A stream as a record above trees of ids. */
export const ENCODING_STREAM = 11;

export const FLAG_EXPIRES = 1;
/** Somebody WATCHes the key. */
export const FLAG_WATCHED = 2;
/** Some client's cache may hold the key. */
export const FLAG_TRACKED = 4;
/** Clients are blocked on the key. */
export const FLAG_BLOCKED_ON = 8;

export const ACCESS_MASK = 0xffffff;
const FLAGS_SHIFT = 8;
const LENGTH_WIDE = 255;
const WORDS_FIXED = 2;
const WORDS_EXPIRY = 3;

/** A longer key stands in a block of its own and the entry holds the handle. */
export const ENTRY_KEY_BYTES_MAX = 8 * 1024;
/** A block up to this size is kept however little of it a new value needs. */
const SPARE_BLOCK_BYTES = 64;
/** The longest string that Redis embeds in its object: OBJECT ENCODING turns from embstr to raw after it. */
export const EMBSTR_BYTES_MAX = 44;

/** A view on bytes somewhere, reused by its owner: never kept across a call that may allocate or free. */
export class Span {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  length = 0;
}

/** Points a span at `length` bytes at the start of a block. */
export function spanOfBlock(arena: Arena, handle: Handle, length: number, span: Span): void {
  if (handle < 0) {
    span.bytes = arena.largeBytes(handle);
    span.start = 0;
  } else {
    span.bytes = arena.bytes[handle >>> SEGMENT_SHIFT];
    span.start = (handle & SEGMENT_MASK) << 4;
  }
  span.length = length;
}

export function wordsOf(arena: Arena, entry: Handle): Int32Array {
  return arena.words[entry >>> SEGMENT_SHIFT];
}

/** Index of the entry's first word in `wordsOf`. */
export function wordAt(entry: Handle): number {
  return (entry & SEGMENT_MASK) << 2;
}

export function typeOf(arena: Arena, entry: Handle): number {
  return wordsOf(arena, entry)[wordAt(entry)] & 15;
}

export function encodingOf(arena: Arena, entry: Handle): number {
  return (wordsOf(arena, entry)[wordAt(entry)] >>> 4) & 15;
}

/** Whether the entry is a string that is kept as an integer. */
export function isInteger(arena: Arena, entry: Handle): boolean {
  return (wordsOf(arena, entry)[wordAt(entry)] & 255) === (TYPE_STRING | (ENCODING_INT << 4));
}

export function hasFlag(arena: Arena, entry: Handle, flag: number): boolean {
  return (wordsOf(arena, entry)[wordAt(entry)] & (flag << FLAGS_SHIFT)) !== 0;
}

export function setFlag(arena: Arena, entry: Handle, flag: number, on: boolean): void {
  const words = wordsOf(arena, entry);
  const at = wordAt(entry);
  const word = words[at];
  words[at] = on ? word | (flag << FLAGS_SHIFT) : word & ~(flag << FLAGS_SHIFT);
}

/** Gives a new entry the side-table flags of the one it replaces. */
export function inheritFlags(arena: Arena, old: Handle, entry: Handle): void {
  const sideTables = (FLAG_WATCHED | FLAG_TRACKED | FLAG_BLOCKED_ON) << FLAGS_SHIFT;
  wordsOf(arena, entry)[wordAt(entry)] |= wordsOf(arena, old)[wordAt(old)] & sideTables;
}

export function epochOf(arena: Arena, entry: Handle): number {
  return (wordsOf(arena, entry)[wordAt(entry)] >>> 16) & 255;
}

export function setEpoch(arena: Arena, entry: Handle, epoch: number): void {
  const words = wordsOf(arena, entry);
  const at = wordAt(entry);
  words[at] = (words[at] & ~0xff0000) | (epoch << 16);
}

export function accessOf(arena: Arena, entry: Handle): number {
  return wordsOf(arena, entry)[wordAt(entry) + 1] & ACCESS_MASK;
}

/** Writes only when the clock has moved: an unchanged entry's cache line stays clean. */
export function setAccess(arena: Arena, entry: Handle, access: number): void {
  const words = wordsOf(arena, entry);
  const at = wordAt(entry) + 1;
  const word = words[at];
  if ((word & ACCESS_MASK) !== access) words[at] = (word & ~ACCESS_MASK) | access;
}

/** Milliseconds since the epoch; only with FLAG_EXPIRES. */
export function expiresAtMs(arena: Arena, entry: Handle): number {
  return arena.doubles[entry >>> SEGMENT_SHIFT][((entry & SEGMENT_MASK) << 1) + 1];
}

export function setExpiresAtMs(arena: Arena, entry: Handle, whenMs: number): void {
  arena.doubles[entry >>> SEGMENT_SHIFT][((entry & SEGMENT_MASK) << 1) + 1] = whenMs;
}

/** Where the expiry index holds the entry; only with FLAG_EXPIRES. */
export function expiryPosition(arena: Arena, entry: Handle): number {
  return wordsOf(arena, entry)[wordAt(entry) + 4];
}

export function setExpiryPosition(arena: Arena, entry: Handle, position: number): void {
  wordsOf(arena, entry)[wordAt(entry) + 4] = position;
}

function keyWord(words: Int32Array, at: number): number {
  return at + ((words[at] >>> 12) & 15);
}

export function keyLength(arena: Arena, entry: Handle): number {
  const words = wordsOf(arena, entry);
  const at = wordAt(entry);
  const word = words[at];
  const short = word >>> 24;
  if (short !== LENGTH_WIDE) return short;
  return words[at + WORDS_FIXED + ((word >>> FLAGS_SHIFT) & FLAG_EXPIRES) * WORDS_EXPIRY];
}

/** Byte index of a key of up to 254 bytes in its segment; -1 for a longer one. */
export function shortKeyStart(arena: Arena, entry: Handle): number {
  const at = wordAt(entry);
  const word = wordsOf(arena, entry)[at];
  return word >>> 24 === LENGTH_WIDE ? -1 : (at << 2) + ((word >>> 10) & 60);
}

/** Length of a key for which `shortKeyStart` is not -1. */
export function shortKeyLength(arena: Arena, entry: Handle): number {
  return wordsOf(arena, entry)[wordAt(entry)] >>> 24;
}

/** Bytes the key takes within the entry. */
function keyBytesInside(length: number): number {
  return length > ENTRY_KEY_BYTES_MAX ? 4 : length;
}

export function keySpan(arena: Arena, entry: Handle, span: Span): void {
  const length = keyLength(arena, entry);
  const words = wordsOf(arena, entry);
  const at = keyWord(words, wordAt(entry));
  if (length > ENTRY_KEY_BYTES_MAX) {
    spanOfBlock(arena, words[at], length, span);
    return;
  }
  span.bytes = arena.bytes[entry >>> SEGMENT_SHIFT];
  span.start = at << 2;
  span.length = length;
}

/** Whether the entry's key is `length` bytes of `key`. Lengths up to 254 are decided on the first cache line. */
export function keyEquals(arena: Arena, entry: Handle, key: DataView, start: number, length: number): boolean {
  const segment = entry >>> SEGMENT_SHIFT;
  const at = (entry & SEGMENT_MASK) << 2;
  const word = arena.words[segment][at];
  if (word >>> 24 !== (length < LENGTH_WIDE ? length : LENGTH_WIDE)) return false;
  if (length >= LENGTH_WIDE) return keyEqualsWide(arena, entry, key, start, length);
  return equalViews(arena.views[segment], (at << 2) + ((word >>> 10) & 60), key, start, length);
}

function keyEqualsWide(arena: Arena, entry: Handle, key: DataView, start: number, length: number): boolean {
  const span = new Span();
  keySpan(arena, entry, span);
  return span.length === length && equalViews(viewOf(span.bytes), span.start, key, start, length);
}

/** Length of an INLINE value. */
export function inlineLength(arena: Arena, entry: Handle): number {
  const words = wordsOf(arena, entry);
  const at = wordAt(entry);
  const short = words[at + 1] >>> 24;
  return short !== LENGTH_WIDE ? short : words[keyWord(words, at) - 1];
}

/** Byte index of an INLINE value in `arena.bytes` of the entry's segment. */
export function inlineStart(arena: Arena, entry: Handle): number {
  const words = wordsOf(arena, entry);
  const at = wordAt(entry);
  const word = words[at];
  const short = word >>> 24;
  const inside = short !== LENGTH_WIDE ? short : keyBytesInside(keyLength(arena, entry));
  return (keyWord(words, at) << 2) + inside;
}

/** Handle of a value outside: its block, or the root of its pages. */
export function outsideHandle(arena: Arena, entry: Handle): Handle {
  const words = wordsOf(arena, entry);
  return words[keyWord(words, wordAt(entry)) - 2];
}

/** Length of a value outside, bytes. */
export function outsideLength(arena: Arena, entry: Handle): number {
  const words = wordsOf(arena, entry);
  return words[keyWord(words, wordAt(entry)) - 1];
}

export function intLow(arena: Arena, entry: Handle): number {
  const words = wordsOf(arena, entry);
  return words[keyWord(words, wordAt(entry)) - 2];
}

export function intHigh(arena: Arena, entry: Handle): number {
  const words = wordsOf(arena, entry);
  return words[keyWord(words, wordAt(entry)) - 1];
}

/** The integer as a double; NaN when it is beyond ±2^53. */
export function intValue(arena: Arena, entry: Handle): number {
  const words = wordsOf(arena, entry);
  const at = keyWord(words, wordAt(entry));
  const high = words[at - 1];
  const value = high * 4294967296 + (words[at - 2] >>> 0);
  return high >= -0x200000 && high < 0x200000 ? value : Number.NaN;
}

export function setInt(arena: Arena, entry: Handle, high: number, low: number): void {
  const words = wordsOf(arena, entry);
  const at = keyWord(words, wordAt(entry));
  words[at - 2] = low;
  words[at - 1] = high;
}

/** Points a span at the bytes of a string value that is neither an integer nor paged (`string-reader.ts` reads all). */
export function valueSpan(arena: Arena, entry: Handle, span: Span): void {
  if (encodingOf(arena, entry) >= ENCODING_RAW_OUTSIDE) {
    assert(encodingOf(arena, entry) !== ENCODING_RAW_PAGED, "a value in pages is not in one piece");
    spanOfBlock(arena, outsideHandle(arena, entry), outsideLength(arena, entry), span);
    return;
  }
  span.bytes = arena.bytes[entry >>> SEGMENT_SHIFT];
  span.start = inlineStart(arena, entry);
  span.length = inlineLength(arena, entry);
}

/** Words that stand between the header and the key, by what the entry holds. */
function storageWords(encoding: number, inlineBytes: number): number {
  if (encoding === ENCODING_INT || encoding >= ENCODING_RAW_OUTSIDE) return 2;
  return inlineBytes >= LENGTH_WIDE ? 1 : 0;
}

/** Bytes of the block that an entry needs; `inlineBytes` is 0 for storage other than INLINE. */
export function entryBytes(encoding: number, keyBytes: number, inlineBytes: number, expires: boolean): number {
  const words =
    WORDS_FIXED +
    (expires ? WORDS_EXPIRY : 0) +
    (keyBytes >= LENGTH_WIDE ? 1 : 0) +
    storageWords(encoding, inlineBytes);
  return (words << 2) + keyBytesInside(keyBytes) + inlineBytes;
}

/** Whether a string value of this length stands in the entry, beside a key of that length. */
export function fitsInline(keyBytes: number, valueBytes: number): boolean {
  return entryBytes(ENCODING_RAW, keyBytes, valueBytes, true) <= SLAB_BYTES_MAX;
}

/** Room to ask for, for an inline value that has grown to this length and may grow again. */
export function growthRoom(keyBytes: number, valueBytes: number): number {
  const wanted = valueBytes + (valueBytes >> 1);
  return fitsInline(keyBytes, wanted) ? wanted : valueBytes;
}

/**
 * Allocates an entry and writes header and key; the value is the caller's to write (`inlineStart`, `setInt`,
 * `setOutside`). Access is 0, and expiry fields are not yet in the index.
 */
export function createEntry(
  arena: Arena,
  type: number,
  encoding: number,
  key: Uint8Array,
  keyStart: number,
  keyBytes: number,
  inlineBytes: number,
  expires: boolean,
  epoch: number,
): Handle {
  const sizeBytes = entryBytes(encoding, keyBytes, inlineBytes, expires);
  assert(sizeBytes <= SLAB_BYTES_MAX, "an entry fits a slab block");
  let keyHandle = 0;
  if (keyBytes > ENTRY_KEY_BYTES_MAX) {
    keyHandle = arena.allocate(keyBytes);
    const span = new Span();
    spanOfBlock(arena, keyHandle, keyBytes, span);
    copyBytes(key, keyStart, span.bytes, span.start, keyBytes);
  }
  const entry = arena.allocate(sizeBytes);
  const words = wordsOf(arena, entry);
  const at = wordAt(entry);
  const wideKey = keyBytes >= LENGTH_WIDE;
  let offset = WORDS_FIXED + (expires ? WORDS_EXPIRY : 0);
  if (wideKey) words[at + offset++] = keyBytes;
  offset += storageWords(encoding, inlineBytes);
  if (inlineBytes >= LENGTH_WIDE) words[at + offset - 1] = inlineBytes;
  words[at] =
    type |
    (encoding << 4) |
    (expires ? FLAG_EXPIRES << FLAGS_SHIFT : 0) |
    (offset << 12) |
    (epoch << 16) |
    ((wideKey ? LENGTH_WIDE : keyBytes) << 24);
  words[at + 1] = (inlineBytes < LENGTH_WIDE ? inlineBytes : LENGTH_WIDE) << 24;
  if (keyHandle !== 0) {
    words[at + offset] = keyHandle;
  } else {
    copyBytes(key, keyStart, arena.bytes[entry >>> SEGMENT_SHIFT], (at + offset) << 2, keyBytes);
  }
  return entry;
}

export function setOutside(arena: Arena, entry: Handle, handle: Handle, length: number): void {
  const words = wordsOf(arena, entry);
  const at = keyWord(words, wordAt(entry));
  words[at - 2] = handle;
  words[at - 1] = length;
}

/**
 * Gives an INLINE entry's value another length within the same block.
 * @returns false when it does not fit, or the field for the length is too narrow: a new entry is needed.
 */
export function resizeInline(arena: Arena, entry: Handle, inlineBytes: number): boolean {
  const words = wordsOf(arena, entry);
  const at = wordAt(entry);
  const isWide = words[at + 1] >>> 24 === LENGTH_WIDE;
  if (!isWide && inlineBytes >= LENGTH_WIDE) return false;
  const end = inlineStart(arena, entry) - (at << 2) + inlineBytes;
  if (end > arena.sizeOf(entry)) return false;
  if (isWide) words[keyWord(words, at) - 1] = inlineBytes;
  else words[at + 1] = (words[at + 1] & ACCESS_MASK) | (inlineBytes << 24);
  return true;
}

/** As `resizeInline` for a value that comes instead: also refuses a block that is more than twice what it needs. */
export function replaceInline(arena: Arena, entry: Handle, inlineBytes: number): boolean {
  const blockBytes = arena.sizeOf(entry);
  if (blockBytes > SPARE_BLOCK_BYTES) {
    const end = inlineStart(arena, entry) - (wordAt(entry) << 2) + inlineBytes;
    if (end * 2 < blockBytes) return false;
  }
  return resizeInline(arena, entry, inlineBytes);
}

/** Replaces the encoding field; the storage it implies must be the same. */
export function setEncoding(arena: Arena, entry: Handle, encoding: number): void {
  const words = wordsOf(arena, entry);
  const at = wordAt(entry);
  words[at] = (words[at] & ~0xf0) | (encoding << 4);
}

/** Bytes an entry takes in the accounting with its key, an outside value not counted. */
export function entryOwnBytes(arena: Arena, entry: Handle): number {
  const own = arena.sizeOf(entry);
  if (keyLength(arena, entry) <= ENTRY_KEY_BYTES_MAX) return own;
  const words = wordsOf(arena, entry);
  return own + arena.sizeOf(words[keyWord(words, wordAt(entry))]);
}

/** Frees an entry's block and its outside key. An outside value must be freed before, or have been taken over. */
export function freeEntry(arena: Arena, entry: Handle): void {
  if (keyLength(arena, entry) > ENTRY_KEY_BYTES_MAX) {
    const words = wordsOf(arena, entry);
    arena.free(words[keyWord(words, wordAt(entry))]);
  }
  arena.free(entry);
}

/**
 * The small collections of older versions: ziplists (until 7.0) and zipmaps (until 2.6), walked element by element, every
 * bound checked. Nothing writes them any more.
 *
 *     ziplist   bytes u32 │ offset of the last u32 │ count u16 │ elements … │ ff
 *     element   length of the one before: 1 byte, or fe and u32 │ encoding │ data
 *     encoding  00llllll                      string of up to 63 bytes
 *               01llllll llllllll             up to 16,383
 *               10……     and u32, big end     longer
 *               c0, f0, d0, e0, fe            integer of 2, 3, 4, 8, 1 bytes, little end first
 *               f1 … fd                       integer 0 … 12
 *
 *     zipmap    count u8 (fe: unknown) │ pairs … │ ff
 *     pair      length │ field │ length │ free u8 │ value │ free bytes
 *     length    1 byte up to 253, or fe and u32
 */
import { ListItem } from "../structures/list-item.ts";

export const WALK_ELEMENT = 0;
export const WALK_END = 1;
export const WALK_BROKEN = 2;

const ZIPLIST_HEADER_BYTES = 10;
const ZIPMAP_LENGTH_BYTES = 1;
const LONG_LENGTH = 0xfe;
const END = 0xff;
const COUNT_UNKNOWN = 0xffff;
const INTEGER_16 = 0xc0;
const INTEGER_32 = 0xd0;
const INTEGER_64 = 0xe0;
const INTEGER_24 = 0xf0;
const INTEGER_8 = 0xfe;
const IMMEDIATE_FIRST = 0xf1;
const IMMEDIATE_LAST = 0xfd;

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}

export class ZiplistWalk {
  /** The element that `next` has found. */
  readonly item = new ListItem();
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #at = 0;
  /** Where the end mark must stand. */
  #end = 0;
  #lastAt = 0;
  #previousBytes = 0;
  #count = 0;
  #statedCount = 0;
  #lastStated = 0;

  /** @returns false when the head is none of a ziplist of this length. */
  open(bytes: Uint8Array, start: number, length: number): boolean {
    if (length < ZIPLIST_HEADER_BYTES + 1 || word(bytes, start) !== length) return false;
    this.#bytes = bytes;
    this.#start = start;
    this.#at = start + ZIPLIST_HEADER_BYTES;
    this.#end = start + length - 1;
    this.#lastAt = this.#at;
    this.#lastStated = start + word(bytes, start + 4);
    this.#statedCount = bytes[start + 8] | (bytes[start + 9] << 8);
    this.#previousBytes = 0;
    this.#count = 0;
    return bytes[this.#end] === END;
  }

  next(): number {
    const bytes = this.#bytes;
    const at = this.#at;
    if (at === this.#end) return this.#finish();
    const isLong = bytes[at] === LONG_LENGTH;
    const encodingAt = at + (isLong ? 5 : 1);
    if (bytes[at] === END || encodingAt >= this.#end) return WALK_BROKEN;
    if ((isLong ? word(bytes, at + 1) : bytes[at]) !== this.#previousBytes) return WALK_BROKEN;
    const next = this.#read(encodingAt);
    if (next < 0) return WALK_BROKEN;
    this.#lastAt = at;
    this.#previousBytes = next - at;
    this.#at = next;
    this.#count++;
    return WALK_ELEMENT;
  }

  #finish(): number {
    const isCounted = this.#statedCount === COUNT_UNKNOWN || this.#statedCount === this.#count;
    const hasTail = this.#count === 0 ? this.#lastStated <= this.#end : this.#lastStated === this.#lastAt;
    return isCounted && hasTail && this.#lastAt >= this.#start ? WALK_END : WALK_BROKEN;
  }

  /** @returns where the element ends, or -1. */
  #read(at: number): number {
    const bytes = this.#bytes;
    const encoding = bytes[at];
    if (encoding < INTEGER_16) return this.#readString(at, encoding);
    if (encoding >= IMMEDIATE_FIRST && encoding <= IMMEDIATE_LAST) {
      this.item.setInteger(0, (encoding & 15) - 1);
      return at + 1;
    }
    const width = integerBytes(encoding);
    if (width === 0 || at + 1 + width > this.#end) return -1;
    const shift = 32 - 8 * Math.min(4, width);
    const low = (word(bytes, at + 1) << shift) >> shift;
    this.item.setInteger(width === 8 ? word(bytes, at + 5) | 0 : low >> 31, low);
    return at + 1 + width;
  }

  #readString(at: number, encoding: number): number {
    const bytes = this.#bytes;
    const headBytes = encoding < 0x40 ? 1 : encoding < 0x80 ? 2 : 5;
    if (at + headBytes > this.#end) return -1;
    let length = encoding & 0x3f;
    if (headBytes === 2) length = (length << 8) | bytes[at + 1];
    else if (headBytes === 5) {
      length = ((bytes[at + 1] << 24) | (bytes[at + 2] << 16) | (bytes[at + 3] << 8) | bytes[at + 4]) >>> 0;
    }
    if (at + headBytes + length > this.#end) return -1;
    this.item.setBytes(bytes, at + headBytes, length);
    return at + headBytes + length;
  }
}

/** 0 for what is no encoding. */
function integerBytes(encoding: number): number {
  if (encoding === INTEGER_8) return 1;
  if (encoding === INTEGER_16) return 2;
  if (encoding === INTEGER_24) return 3;
  if (encoding === INTEGER_32) return 4;
  return encoding === INTEGER_64 ? 8 : 0;
}

export class ZipmapWalk {
  readonly field = new ListItem();
  readonly value = new ListItem();
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #count = 0;
  #statedCount = 0;

  /** @returns false when it can not be a zipmap. */
  open(bytes: Uint8Array, start: number, length: number): boolean {
    if (length < 2) return false;
    this.#bytes = bytes;
    this.#at = start + ZIPMAP_LENGTH_BYTES;
    this.#end = start + length - 1;
    this.#count = 0;
    this.#statedCount = bytes[start];
    return bytes[this.#end] === END;
  }

  next(): number {
    if (this.#at === this.#end) {
      const isCounted = this.#statedCount >= LONG_LENGTH || this.#statedCount === this.#count;
      return isCounted && this.#count > 0 ? WALK_END : WALK_BROKEN;
    }
    if (!this.#string(this.field, false) || !this.#string(this.value, true)) return WALK_BROKEN;
    this.#count++;
    return WALK_ELEMENT;
  }

  #string(item: ListItem, hasFree: boolean): boolean {
    const bytes = this.#bytes;
    const isLong = bytes[this.#at] === LONG_LENGTH;
    let at = this.#at + (isLong ? 5 : 1);
    if (bytes[this.#at] === END || at + (hasFree ? 1 : 0) > this.#end) return false;
    const length = isLong ? word(bytes, this.#at + 1) : bytes[this.#at];
    if (isLong && length < LONG_LENGTH) return false;
    const freeBytes = hasFree ? bytes[at++] : 0;
    if (at + length + freeBytes > this.#end) return false;
    item.setBytes(bytes, at, length);
    this.#at = at + length + freeBytes;
    return true;
  }
}

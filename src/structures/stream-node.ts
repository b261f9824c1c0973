/**
 * A node of a stream: a listpack of entries, byte for byte as Redis has it.
 *
 *     master   ┌ entries ┬ deleted ┬ fields n ┬ field 1 … field n ┬ 0 ┐       then the entries:
 *     entry    ┌ flags ┬ ms − ┬ seq − ┬ value 1 … value n ┬ elements ┐         with the master's fields (flag 2)
 *              ┌ flags ┬ ms − ┬ seq − ┬ fields m ┬ field 1 ┬ value 1 … field m ┬ value m ┬ elements ┐
 *
 * The fields of the first entry are written once, in the master; an entry that has the same says so by a flag. Ids are
 * differences from the master's id, which is the id of the first entry ever and stands in the tree beside the node. The
 * last element of an entry is how many it has before it, so that it can be read from behind; the master ends in 0.
 * A deleted entry is only flagged (flag 1) and counted in the master; its bytes go with the node.
 *
 * `StreamNode` is a lens, and a place: at an entry of the node, and within it at a field. Whatever is edited, places in
 * front of the edit stay good.
 *
 * Room. A node grows by doubling up to what a full one takes in the default configuration, then by the steps of the
 * slabs, beyond these by a quarter; `fit` gives back what is left when the next node begins. So an entry is appended
 * without moving anything, and without looking at more of the node than its head and its end.
 */
import { assert } from "../base/assert.ts";
import { copyBytes, equalBytes } from "../base/bytes.ts";
import { INT64_TEXT_BYTES_MAX } from "../base/limits.ts";
import { Int64, parseInt64 } from "../base/text.ts";
import type { Handle } from "../memory/arena.ts";
import { SLAB_BYTES_MAX, slabBytes } from "../memory/size-classes.ts";
import type { ListItem } from "./list-item.ts";
import {
  backLengthBytes,
  COUNT_UNKNOWN,
  END,
  elementBefore,
  elementBytes,
  HEADER_BYTES,
  integerEncodedBytes,
  integerHigh,
  integerLow,
  isIntegerLead,
  leadBytes,
  stringEncodedBytes,
  stringLength,
  word,
  writeBackLength,
  writeInteger,
  writeString,
  writeWord,
} from "./listpack-encoding.ts";
import { copyRun, PackedBlock } from "./packed-block.ts";
import { StreamId } from "./stream-id.ts";

export const ENTRY_DELETED = 1;
export const ENTRY_SAME_FIELDS = 2;

/** All fields and values of one entry together. As in Redis. */
export const STREAM_ENTRY_BYTES_MAX: number = 1 << 30;

/** Up to this size a node's block doubles. */
const DOUBLED_BYTES_MAX = 4096;
/** A node is not made smaller than this. */
const ROOM_BYTES_MIN = 96;
/** Flags, two differences of 64 bits, number of fields, number of elements, with their back-lengths. */
const ENTRY_FIXED_BYTES_MAX = 34;
/** The same of a master, with header and end. */
const MASTER_FIXED_BYTES_MAX = 32;
/** Elements of a master beside its fields. */
const MASTER_FIXED_ELEMENTS = 4;
/** No byte above it begins an integer. */
const DIGIT_NINE = 0x39;
const ONE_BYTE_INTEGER_MAX = 127;

/** Where the fields and values of an entry are: a command's context is one. Alternating, by index. */
export interface FieldSource {
  bytes(index: number): Uint8Array;
  start(index: number): number;
  length(index: number): number;
}

export class StreamNode extends PackedBlock {
  /** Of the master: set by `enter`. */
  readonly masterId: StreamId = new StreamId();
  /** The entry at which the lens stands. */
  readonly id: StreamId = new StreamId();
  flags = 0;
  fieldCount = 0;

  readonly #integer = new Int64();
  #masterFieldCount = 0;
  /** Position of the master's first field, and of the first entry. */
  #fieldsAt = 0;
  #entriesAt = 0;
  /** Position of the entry's flags; of what is read next, and how many elements there are from there to the next entry. */
  #entryAt = 0;
  #nextAt = 0;
  #elementsLeft = 0;
  /** Position of the master's field that belongs to the next value. */
  #nextFieldAt = 0;
  #fieldsLeft = 0;

  get sizeBytes(): number {
    return word(this.bytes, this.base);
  }

  /** Entries that are not deleted. */
  get liveCount(): number {
    return integerLow(this.bytes, this.base + HEADER_BYTES);
  }

  get deletedCount(): number {
    return integerLow(this.bytes, this.base + this.#deletedAt());
  }

  #deletedAt(): number {
    return HEADER_BYTES + elementBytes(this.bytes, this.base + HEADER_BYTES);
  }

  /** All entries, deleted or not. */
  get entryCount(): number {
    return this.liveCount + this.deletedCount;
  }

  // ---- reading --------------------------------------------------------------------------------------------------

  /** Attaches to a node and stands in front of its first entry. */
  enter(handle: Handle): this {
    this.attach(handle);
    const { bytes, base } = this;
    let at = base + this.#deletedAt();
    at += elementBytes(bytes, at);
    this.#masterFieldCount = integerLow(bytes, at);
    at += elementBytes(bytes, at);
    this.#fieldsAt = at - base;
    for (let field = this.#masterFieldCount; field > 0; field--) at += elementBytes(bytes, at);
    at += elementBytes(bytes, at);
    this.#entriesAt = at - base;
    this.rewind();
    return this;
  }

  /** Stands in front of the first entry. */
  rewind(): void {
    this.#entryAt = this.#entriesAt;
    this.#nextAt = this.#entriesAt;
    this.#elementsLeft = 0;
    this.#fieldsLeft = 0;
  }

  /** Stands behind the last entry. */
  toEnd(): void {
    this.#entryAt = this.sizeBytes - 1;
    this.#nextAt = this.#entryAt;
    this.#elementsLeft = 0;
    this.#fieldsLeft = 0;
  }

  /** Whether it stands in front of all entries, or behind them. */
  get isAtEdge(): boolean {
    return this.#elementsLeft === 0;
  }

  /** To the next entry, deleted or not. @returns false when there is none; it stands at the end then. */
  nextEntry(): boolean {
    const { bytes } = this;
    let at = this.base + this.#nextAt;
    for (let left = this.#elementsLeft; left > 0; left--) at += elementBytes(bytes, at);
    if (bytes[at] === END) {
      this.toEnd();
      return false;
    }
    this.#readHead(at);
    return true;
  }

  /** To the entry before. @returns false when there is none; it stands at the start then. */
  previousEntry(): boolean {
    const { bytes, base } = this;
    let at = elementBefore(bytes, base + this.#entryAt);
    const elements = integerLow(bytes, at);
    if (elements === 0) {
      this.rewind();
      return false;
    }
    for (let left = elements; left > 0; left--) at = elementBefore(bytes, at);
    this.#readHead(at);
    return true;
  }

  #readHead(start: number): void {
    const { bytes, base, masterId, id } = this;
    let at = start;
    this.#entryAt = at - base;
    this.flags = integerLow(bytes, at);
    at += elementBytes(bytes, at);
    const msLow = (masterId.msLow >>> 0) + (integerLow(bytes, at) >>> 0);
    id.msLow = msLow | 0;
    id.msHigh = (masterId.msHigh + integerHigh(bytes, at) + (msLow > 0xffffffff ? 1 : 0)) | 0;
    at += elementBytes(bytes, at);
    const seqLow = (masterId.seqLow >>> 0) + (integerLow(bytes, at) >>> 0);
    id.seqLow = seqLow | 0;
    id.seqHigh = (masterId.seqHigh + integerHigh(bytes, at) + (seqLow > 0xffffffff ? 1 : 0)) | 0;
    at += elementBytes(bytes, at);
    if ((this.flags & ENTRY_SAME_FIELDS) !== 0) {
      this.fieldCount = this.#masterFieldCount;
      this.#elementsLeft = this.fieldCount + 1;
      this.#nextFieldAt = this.#fieldsAt;
    } else {
      this.fieldCount = integerLow(bytes, at);
      this.#elementsLeft = 2 * this.fieldCount + 1;
      at += elementBytes(bytes, at);
    }
    this.#fieldsLeft = this.fieldCount;
    this.#nextAt = at - base;
  }

  /** Shows the entry's next field and value. @returns false when there are no more. */
  nextField(field: ListItem, value: ListItem): boolean {
    if (this.#fieldsLeft === 0) return false;
    this.#fieldsLeft--;
    if ((this.flags & ENTRY_SAME_FIELDS) !== 0) {
      this.#nextFieldAt = this.#read(this.#nextFieldAt, field);
    } else {
      this.#nextAt = this.#read(this.#nextAt, field);
      this.#elementsLeft--;
    }
    this.#nextAt = this.#read(this.#nextAt, value);
    this.#elementsLeft--;
    return true;
  }

  /** @returns the position after the element. */
  #read(position: number, item: ListItem): number {
    const { bytes } = this;
    const at = this.base + position;
    const lead = bytes[at];
    if (isIntegerLead(lead)) item.setInteger(integerHigh(bytes, at), integerLow(bytes, at));
    else item.setBytes(bytes, at + leadBytes(lead), stringLength(bytes, at));
    return position + elementBytes(bytes, at);
  }

  // ---- loading --------------------------------------------------------------------------------------------------

  /** Makes a node of the bytes of a valid one (`stream-node-validation.ts`) and attaches to it. */
  load(bytes: Uint8Array, start: number, length: number): Handle {
    this.attach(this.arena.allocate(length));
    copyBytes(bytes, start, this.bytes, this.base, length);
    return this.handle;
  }

  // ---- adding ---------------------------------------------------------------------------------------------------

  /**
   * Makes a node without entries, whose master has the fields of the entry that will be its first, and attaches to it.
   * @param roomBytes that it is expected to need.
   */
  begin(masterId: StreamId, source: FieldSource, first: number, fieldCount: number, roomBytes: number): Handle {
    let bound = MASTER_FIXED_BYTES_MAX;
    const end = first + 2 * fieldCount;
    for (let index = first; index < end; index += 2) bound += textBytesMax(source.length(index));
    const handle = this.arena.allocate(Math.max(roomBytes, bound, ROOM_BYTES_MIN));
    this.attach(handle);
    this.masterId.setFrom(masterId);
    const { bytes, base } = this;
    let at = base + HEADER_BYTES;
    at = writeNumber(bytes, at, 0);
    at = writeNumber(bytes, at, 0);
    at = writeNumber(bytes, at, fieldCount);
    for (let index = first; index < end; index += 2) at = this.#writeText(at, source, index);
    at = writeNumber(bytes, at, 0);
    bytes[at] = END;
    writeWord(bytes, base, at + 1 - base);
    bytes[base + 4] = 0;
    bytes[base + 5] = 0;
    this.#addElements(fieldCount + MASTER_FIXED_ELEMENTS);
    return handle;
  }

  /** Appends an entry to the node to which the lens is attached with its `masterId`; `handle` may change. */
  append(id: StreamId, source: FieldSource, first: number, fieldCount: number): void {
    const isSame = this.#hasFields(source, first, fieldCount);
    const end = first + 2 * fieldCount;
    const step = isSame ? 2 : 1;
    let bound = ENTRY_FIXED_BYTES_MAX;
    for (let index = isSame ? first + 1 : first; index < end; index += step)
      bound += textBytesMax(source.length(index));
    this.#reserve(bound);
    const { bytes, base, masterId } = this;
    let at = base + this.sizeBytes - 1;
    at = writeNumber(bytes, at, isSame ? ENTRY_SAME_FIELDS : 0);
    const msBorrow = id.msLow >>> 0 < masterId.msLow >>> 0 ? 1 : 0;
    at = writeWords(bytes, at, (id.msHigh - masterId.msHigh - msBorrow) | 0, (id.msLow - masterId.msLow) | 0);
    const seqBorrow = id.seqLow >>> 0 < masterId.seqLow >>> 0 ? 1 : 0;
    at = writeWords(bytes, at, (id.seqHigh - masterId.seqHigh - seqBorrow) | 0, (id.seqLow - masterId.seqLow) | 0);
    if (!isSame) at = writeNumber(bytes, at, fieldCount);
    for (let index = isSame ? first + 1 : first; index < end; index += step) at = this.#writeText(at, source, index);
    const elements = isSame ? fieldCount + 3 : 2 * fieldCount + 4;
    at = writeNumber(bytes, at, elements);
    bytes[at] = END;
    writeWord(bytes, base, at + 1 - base);
    this.#addElements(elements + 1);
    this.#replaceCount(HEADER_BYTES, this.liveCount + 1);
  }

  /** Moves the node to a block that just fits. @returns its handle. */
  fit(): Handle {
    const { sizeBytes } = this;
    const room = this.#roomBytes();
    if (sizeBytes <= SLAB_BYTES_MAX ? slabBytes(sizeBytes) < room : sizeBytes < room) this.#move(sizeBytes);
    return this.handle;
  }

  /** Whether the fields of an entry are those of the master. */
  #hasFields(source: FieldSource, first: number, fieldCount: number): boolean {
    const { bytes } = this;
    let at = this.base + this.#deletedAt();
    at += elementBytes(bytes, at);
    if (integerLow(bytes, at) !== fieldCount) return false;
    at += elementBytes(bytes, at);
    const end = first + 2 * fieldCount;
    for (let index = first; index < end; index += 2) {
      if (!this.#equals(at, source.bytes(index), source.start(index), source.length(index))) return false;
      at += elementBytes(bytes, at);
    }
    return true;
  }

  #equals(at: number, text: Uint8Array, start: number, length: number): boolean {
    const { bytes } = this;
    const lead = bytes[at];
    if (!isIntegerLead(lead)) {
      return stringLength(bytes, at) === length && equalBytes(bytes, at + leadBytes(lead), text, start, length);
    }
    const sought = this.#integer;
    if (!parseInt64(text, start, length, sought)) return false;
    return integerLow(bytes, at) === sought.lo && integerHigh(bytes, at) === sought.hi;
  }

  #writeText(at: number, source: FieldSource, index: number): number {
    const text = source.bytes(index);
    const start = source.start(index);
    const length = source.length(index);
    const { bytes } = this;
    if (length > 0 && length <= INT64_TEXT_BYTES_MAX && text[start] <= DIGIT_NINE) {
      const integer = this.#integer;
      if (parseInt64(text, start, length, integer)) return writeWords(bytes, at, integer.hi, integer.lo);
    }
    return writeBackLength(bytes, writeString(bytes, at, text, start, length), stringEncodedBytes(length));
  }

  // ---- room -----------------------------------------------------------------------------------------------------

  #roomBytes(): number {
    return this.handle < 0 ? this.bytes.length : this.arena.sizeOf(this.handle);
  }

  /** Makes sure that the block can take so many bytes more. */
  #reserve(moreBytes: number): void {
    const room = this.#roomBytes();
    const wanted = this.sizeBytes + moreBytes;
    if (wanted <= room && !this.isPinned) return;
    if (room * 2 <= DOUBLED_BYTES_MAX && wanted <= room * 2) this.#move(room * 2);
    else this.#move(wanted <= SLAB_BYTES_MAX ? wanted : wanted + (wanted >>> 2));
  }

  #move(roomBytes: number): void {
    const { bytes, base, handle, sizeBytes } = this;
    this.attach(this.arena.allocate(roomBytes));
    copyRun(bytes, base, this.bytes, this.base, sizeBytes);
    this.arena.free(handle);
  }

  // ---- deleting -------------------------------------------------------------------------------------------------

  get isDeleted(): boolean {
    return (this.flags & ENTRY_DELETED) !== 0;
  }

  /** Flags the entry as deleted; `count` is the caller's to call, once for all that were flagged. */
  flagDeleted(): void {
    assert(!this.isDeleted, "an entry is deleted once");
    this.flags |= ENTRY_DELETED;
    this.bytes[this.base + this.#entryAt] = this.flags;
  }

  /** Counts so many entries as deleted. `handle` may change, and the place is lost. */
  countDeleted(deleted: number): void {
    const before = this.deletedCount;
    this.#replaceCount(HEADER_BYTES, this.liveCount - deleted);
    this.#replaceCount(this.#deletedAt(), before + deleted);
  }

  #replaceCount(position: number, count: number): void {
    const { bytes } = this;
    const at = this.base + position;
    if (bytes[at] <= ONE_BYTE_INTEGER_MAX && count <= ONE_BYTE_INTEGER_MAX) {
      bytes[at] = count;
      return;
    }
    const size = this.sizeBytes;
    const oldBytes = elementBytes(bytes, at);
    const newBytes = integerEncodedBytes(0, count) + 1;
    this.resize(size, position, oldBytes, newBytes);
    writeWord(this.bytes, this.base, size + newBytes - oldBytes);
    writeWords(this.bytes, this.base + position, 0, count);
  }

  /** Adds to the header's number of elements; once it cannot say it, it never does again. */
  #addElements(more: number): void {
    const { bytes, base } = this;
    const stated = bytes[base + 4] | (bytes[base + 5] << 8);
    if (stated === COUNT_UNKNOWN) return;
    const count = Math.min(stated + more, COUNT_UNKNOWN);
    bytes[base + 4] = count;
    bytes[base + 5] = count >> 8;
  }
}

/** What a text takes at most as an element. */
function textBytesMax(length: number): number {
  const encodedBytes = stringEncodedBytes(length);
  return encodedBytes + backLengthBytes(encodedBytes);
}

/** Writes an integer ≥ 0 as an element. @returns the position after it. */
function writeNumber(bytes: Uint8Array, at: number, value: number): number {
  if (value > ONE_BYTE_INTEGER_MAX) return writeWords(bytes, at, 0, value);
  bytes[at] = value;
  bytes[at + 1] = 1;
  return at + 2;
}

/** Writes an integer of two words as an element. @returns the position after it. */
function writeWords(bytes: Uint8Array, at: number, high: number, low: number): number {
  const encodedBytes = integerEncodedBytes(high, low);
  const end = writeInteger(bytes, at, high, low, encodedBytes);
  bytes[end] = encodedBytes;
  return end + 1;
}

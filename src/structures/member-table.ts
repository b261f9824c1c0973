/**
 * Members of a hash, a set or a sorted set: a lens over a `Table` whose entries are fields and members.
 *
 *     a field     header 8, [key length 4], [value length 4], field, value      value up to some 32 KB in the entry
 *                 header 8, [key length 4], handle 4, length 4, field           longer: value in a block of its own
 *     a member    header 8, [key length 4], member
 *     with score  header 8, [key length 4], score f64 as two words, member
 *     expiring    header 8, expires at f64, 4 unused, then as any field
 *
 * They are entries as keys are (`entry.ts`), with type, access and flags unused, so that there is one table and
 * one layout, found by the same keyed hash: members are chosen by clients as much as keys are. Values stay bytes, never
 * integers or pages: HGET is by far more frequent than HINCRBY, and copies them out.
 *
 * Bytes an element at a million, with the table (8 to 12 of them, between rounds of splits): members of 10 bytes 41,
 * fields of 10 with values of 16 bytes 57, scored members of 10 bytes 41 (and 16 more in the sorted index).
 *
 * Cost: a look-up is a hash and two cache misses (bucket, entry). What has just been found is changed or removed without
 * looking again: `find`, then one of the `…Found` operations; `find` without success, then one of the `insert…`.
 *
 * While a snapshot still needs the members (`part-guards.ts`) one that it has not seen is not changed in place: a fresh
 * entry takes its place and it goes, as one that is removed does, to the guard instead of being freed.
 *
 * A table is identified by its root; this class is attached again and again. Bytes that are passed in must not stand in
 * the entry that is being changed.
 */
import { assert } from "../base/assert.ts";
import { copyBytes } from "../base/bytes.ts";
import type { KeyedHash } from "../base/keyed-hash.ts";
import { type Arena, type Handle, SEGMENT_SHIFT, SLAB_BLOCKS_PER_LARGE } from "../memory/arena.ts";
import { SLAB_BYTES_MAX } from "../memory/size-classes.ts";
import {
  createEntry,
  ENCODING_EMBSTR,
  ENCODING_INT,
  ENCODING_RAW_OUTSIDE,
  ENTRY_KEY_BYTES_MAX,
  encodingOf,
  entryBytes,
  entryOwnBytes,
  epochOf,
  expiresAtMs,
  FLAG_EXPIRES,
  freeEntry,
  hasFlag,
  inlineStart,
  intHigh,
  intLow,
  keyLength,
  keySpan,
  outsideHandle,
  outsideLength,
  replaceInline,
  Span,
  setEpoch,
  setExpiresAtMs,
  setExpiryPosition,
  setInt,
  setOutside,
  spanOfBlock,
  valueSpan,
} from "./entry.ts";
import { HandleList } from "./handle-list.ts";
import type { MemberGuard } from "./part-guards.ts";
import { createTable, Table, type UniformSource } from "./table.ts";

export class MemberTable {
  /** Set for the length of a change of members that a snapshot still needs. */
  guard: MemberGuard | null = null;
  readonly #arena: Arena;
  readonly #table: Table;
  readonly #batch = new HandleList();
  readonly #span = new Span();
  readonly #key = new Span();
  /** A double seen as two words. */
  readonly #double = new Float64Array(1);
  readonly #doubleWords = new Int32Array(this.#double.buffer);
  /** The table's stamp after the last `find`, and what it found. */
  #stamp = 0;
  #found: Handle = 0;

  constructor(arena: Arena, hash: KeyedHash) {
    this.#arena = arena;
    this.#table = new Table(arena, hash, 0);
  }

  /** Root of the table. */
  get root(): Handle {
    return this.#table.root;
  }

  get count(): number {
    return this.#table.count;
  }

  /** Number of slots, taken or not. */
  get capacity(): number {
    return this.#table.capacity;
  }

  /** Bytes of the table's own blocks in the accounting; entries are not in it. */
  get blockBytes(): number {
    return this.#table.blockBytes;
  }

  /** Makes an empty table and attaches to it. @returns its root. */
  create(): Handle {
    const root = createTable(this.#arena);
    this.attach(root);
    return root;
  }

  /** Points the lens at another table. */
  attach(root: Handle): this {
    this.#table.attach(root);
    this.#stamp = ~this.#table.stamp;
    return this;
  }

  // ---- one member -----------------------------------------------------------------------------------------------

  /** @returns the entry of a member or field, or 0. */
  find(member: Uint8Array, start: number, length: number): Handle {
    this.#found = this.#table.find(member, start, length);
    this.#stamp = this.#table.stamp;
    return this.#found;
  }

  has(member: Uint8Array, start: number, length: number): boolean {
    return this.find(member, start, length) !== 0;
  }

  /** Whether the member that an entry of another table has is here as well. @param place as `scan` told it there. */
  hasMemberOf(entry: Handle, place: number, other: MemberTable): boolean {
    this.#found = 0;
    return this.#table.hasKeyOf(entry, place, other.#table);
  }

  /** Sets a field's value. @returns whether the field is new. */
  setField(
    field: Uint8Array,
    fieldStart: number,
    fieldLength: number,
    value: Uint8Array,
    valueStart: number,
    valueLength: number,
  ): boolean {
    if (this.find(field, fieldStart, fieldLength) === 0) {
      this.insertField(field, fieldStart, fieldLength, value, valueStart, valueLength);
      return true;
    }
    this.setFound(field, fieldStart, fieldLength, value, valueStart, valueLength);
    return false;
  }

  /**
   * Adds the field that `find` has just not found.
   * @param expiresAtMs when it expires, 0 for never. @returns its entry.
   */
  insertField(
    field: Uint8Array,
    fieldStart: number,
    fieldLength: number,
    value: Uint8Array,
    valueStart: number,
    valueLength: number,
    expiresAtMs = 0,
  ): Handle {
    this.#assertFresh(true);
    const entry = this.#createField(field, fieldStart, fieldLength, value, valueStart, valueLength, expiresAtMs);
    this.#table.insert(entry);
    return entry;
  }

  /**
   * Gives the field that `find` has just found another value: in place when the block fits it, else in another entry.
   * If it was to expire, it is no longer.
   * @param field the field's bytes, the same again.
   * @returns its entry.
   */
  setFound(
    field: Uint8Array,
    fieldStart: number,
    fieldLength: number,
    value: Uint8Array,
    valueStart: number,
    valueLength: number,
  ): Handle {
    this.#assertFresh(false);
    const entry = this.#found;
    const expires = hasFlag(this.#arena, entry, FLAG_EXPIRES);
    if (!expires && this.#setInPlace(entry, fieldLength, value, valueStart, valueLength, false)) return entry;
    return this.replaceFound(field, fieldStart, fieldLength, value, valueStart, valueLength, 0);
  }

  /**
   * Gives the field that has been found another value where it stands, if that is possible; when it expires stays.
   * @returns whether it was.
   */
  changeFound(fieldLength: number, value: Uint8Array, start: number, length: number): boolean {
    this.#assertFresh(false);
    const expires = hasFlag(this.#arena, this.#found, FLAG_EXPIRES);
    return this.#setInPlace(this.#found, fieldLength, value, start, length, expires);
  }

  /** Makes a new entry for the field that has been found. Parameters as of `insertField`. @returns it. */
  replaceFound(
    field: Uint8Array,
    fieldStart: number,
    fieldLength: number,
    value: Uint8Array,
    valueStart: number,
    valueLength: number,
    expiresAtMs: number,
  ): Handle {
    this.#assertFresh(false);
    const old = this.#found;
    const entry = this.#createField(field, fieldStart, fieldLength, value, valueStart, valueLength, expiresAtMs);
    this.#table.replaceFound(entry);
    this.#found = entry;
    this.#letGo(old);
    return entry;
  }

  /** When the field of an entry expires, ms since the epoch; 0 for never. */
  expiryOf(entry: Handle): number {
    return hasFlag(this.#arena, entry, FLAG_EXPIRES) ? expiresAtMs(this.#arena, entry) : 0;
  }

  /**
   * Says when the field that has been found expires, 0 for never.
   * @returns its entry, another one if it was not to expire and now is, or the other way round, or if it is kept.
   */
  setFoundExpiry(whenMs: number): Handle {
    this.#assertFresh(false);
    const expires = hasFlag(this.#arena, this.#found, FLAG_EXPIRES);
    if (expires !== (whenMs !== 0) || this.isFoundKept) return this.#relayoutFound(whenMs);
    if (whenMs !== 0) setExpiresAtMs(this.#arena, this.#found, whenMs);
    return this.#found;
  }

  /** Copies an entry into one with or without a time; a value outside changes hands. */
  #relayoutFound(whenMs: number): Handle {
    const arena = this.#arena;
    const old = this.#found;
    const key = this.#key;
    keySpan(arena, old, key);
    if (encodingOf(arena, old) !== ENCODING_RAW_OUTSIDE || this.isFoundKept) {
      const value = new Span();
      valueSpan(arena, old, value);
      return this.replaceFound(key.bytes, key.start, key.length, value.bytes, value.start, value.length, whenMs);
    }
    const { bytes, start, length } = key;
    const entry = createEntry(arena, 0, ENCODING_RAW_OUTSIDE, bytes, start, length, 0, whenMs !== 0, this.#epoch());
    setOutside(arena, entry, outsideHandle(arena, old), outsideLength(arena, old));
    writeExpiry(arena, entry, whenMs);
    this.#table.replaceFound(entry);
    this.#found = entry;
    freeEntry(arena, old);
    return entry;
  }

  #setInPlace(
    entry: Handle,
    fieldLength: number,
    value: Uint8Array,
    start: number,
    length: number,
    expires: boolean,
  ): boolean {
    const arena = this.#arena;
    const isOutside = encodingOf(arena, entry) === ENCODING_RAW_OUTSIDE;
    if (isOutside !== !isInline(fieldLength, length, expires) || this.#isKept(entry)) return false;
    if (isOutside) {
      const old = outsideHandle(arena, entry);
      setOutside(arena, entry, this.#createBlock(value, start, length), length);
      arena.free(old);
      return true;
    }
    if (!replaceInline(arena, entry, length)) return false;
    this.#writeInline(entry, value, start, length);
    return true;
  }

  /** Adds a member to a set. @returns whether it is new. */
  addMember(member: Uint8Array, start: number, length: number): boolean {
    if (this.find(member, start, length) !== 0) return false;
    this.insertMember(member, start, length);
    return true;
  }

  /** Adds the member that `find` has just not found. @returns its entry. */
  insertMember(member: Uint8Array, start: number, length: number): Handle {
    this.#assertFresh(true);
    const entry = createEntry(this.#arena, 0, ENCODING_EMBSTR, member, start, length, 0, false, this.#epoch());
    this.#table.insert(entry);
    return entry;
  }

  /** Adds a member with its score, which `find` has just not found, to a sorted set. @returns its entry. */
  addScored(member: Uint8Array, start: number, length: number, score: number): Handle {
    this.#assertFresh(true);
    const entry = createEntry(this.#arena, 0, ENCODING_INT, member, start, length, 0, false, this.#epoch());
    this.setScore(entry, score);
    this.#table.insert(entry);
    return entry;
  }

  scoreOf(entry: Handle): number {
    this.#doubleWords[0] = intLow(this.#arena, entry);
    this.#doubleWords[1] = intHigh(this.#arena, entry);
    return this.#double[0];
  }

  /** The sorted index is the caller's to keep in step. */
  setScore(entry: Handle, score: number): void {
    if (this.#isKept(entry)) this.#keepScored(entry);
    this.#double[0] = score;
    setInt(this.#arena, entry, this.#doubleWords[1], this.#doubleWords[0]);
  }

  /** Points a span at a field's value. */
  valueSpan(entry: Handle, span: Span): void {
    valueSpan(this.#arena, entry, span);
  }

  /** Removes a member with its value. @returns whether it was there. */
  remove(member: Uint8Array, start: number, length: number): boolean {
    if (this.find(member, start, length) === 0) return false;
    this.removeFound();
    return true;
  }

  /** Removes and frees what `find` has just found. */
  removeFound(): void {
    this.#assertFresh(false);
    const entry = this.#found;
    this.#found = 0;
    this.#table.removeFound();
    this.#letGo(entry);
  }

  /** Removes and frees a member by its entry, which is in the table. */
  removeEntry(entry: Handle): void {
    this.#table.locate(entry);
    this.#table.removeFound();
    this.#found = 0;
    this.#letGo(entry);
  }

  // ---- all members ----------------------------------------------------------------------------------------------

  /** A uniformly random entry, 0 from an empty table. */
  random(source: UniformSource): Handle {
    return this.#table.random(source);
  }

  /**
   * Emits the entries of one place; whatever is there throughout a scan is emitted at least once.
   * @param cursor 0 to begin, else what the call before returned. @param places as of `Table.scan`.
   * @returns the next cursor, 0 at the end.
   */
  scan(cursor: number, into: HandleList, places: HandleList | null = null): number {
    return this.#table.scan(cursor, into, places);
  }

  /** Emits all entries. */
  collect(into: HandleList): void {
    for (let cursor = this.scan(0, into); cursor !== 0; ) cursor = this.scan(cursor, into);
  }

  /**
   * Frees a table with all members or, of a large one, a part. After the first call nothing else may be done with it.
   * @param blocksMax large blocks, or what takes as long, that one call may give back; a bucket's worth more at most.
   * @returns entries that are left to be freed by more calls, at least 1 until the root itself is gone; 0 at the end.
   */
  free(root: Handle, blocksMax: number): number {
    const table = this.#table;
    const batch = this.#batch;
    this.attach(root);
    for (let left = blocksMax * SLAB_BLOCKS_PER_LARGE; left > 0; ) {
      batch.clear();
      const isMore = table.drainBucket(batch);
      for (let index = 0; index < batch.length; index++) {
        left -= freeMember(this.#arena, batch.items[index]) * SLAB_BLOCKS_PER_LARGE + 1;
      }
      left--;
      if (!isMore) return 0;
    }
    return Math.max(1, table.count);
  }

  /** Asserts the table's invariants. O(members): for tests and DEBUG. */
  check(): void {
    this.#table.check();
  }

  // ---- what a snapshot needs ------------------------------------------------------------------------------------

  /** Whether what has been found must be left as it is: with whatever changes it gets another entry. */
  get isFoundKept(): boolean {
    return this.#isKept(this.#found);
  }

  /** The epoch of new members. */
  #epoch(): number {
    return this.guard === null ? 0 : this.guard.epoch;
  }

  /** Whether a member must be left as it is. */
  #isKept(entry: Handle): boolean {
    return this.guard !== null && epochOf(this.#arena, entry) !== this.guard.epoch;
  }

  /** Frees an entry that is out of the table, or has the guard take it. */
  #letGo(entry: Handle): void {
    if (this.#isKept(entry)) this.guard?.keepMember(entry);
    else freeMember(this.#arena, entry);
  }

  /** Gives the guard a copy of a scored member: the index points at the entry, so that it stays. */
  #keepScored(entry: Handle): void {
    const { guard } = this;
    if (guard === null) return;
    const arena = this.#arena;
    const span = this.#span;
    keySpan(arena, entry, span);
    const copy = createEntry(arena, 0, ENCODING_INT, span.bytes, span.start, span.length, 0, false, 0);
    setInt(arena, copy, intHigh(arena, entry), intLow(arena, entry));
    guard.keepMember(copy);
    setEpoch(arena, entry, guard.epoch);
  }

  // ---- entries --------------------------------------------------------------------------------------------------

  /** What was found or not is known only until the table is looked into again. */
  #assertFresh(isAbsent: boolean): void {
    assert(this.#stamp === this.#table.stamp, "a change follows its own find");
    assert((this.#found === 0) === isAbsent, "only what is absent is added, and only what is there is changed");
  }

  #createField(
    field: Uint8Array,
    fieldStart: number,
    fieldLength: number,
    value: Uint8Array,
    valueStart: number,
    valueLength: number,
    whenMs: number,
  ): Handle {
    const arena = this.#arena;
    const expires = whenMs !== 0;
    const epoch = this.#epoch();
    let entry: Handle;
    if (isInline(fieldLength, valueLength, expires)) {
      entry = createEntry(arena, 0, ENCODING_EMBSTR, field, fieldStart, fieldLength, valueLength, expires, epoch);
      this.#writeInline(entry, value, valueStart, valueLength);
    } else {
      const block = this.#createBlock(value, valueStart, valueLength);
      entry = createEntry(arena, 0, ENCODING_RAW_OUTSIDE, field, fieldStart, fieldLength, 0, expires, epoch);
      setOutside(arena, entry, block, valueLength);
    }
    writeExpiry(arena, entry, whenMs);
    return entry;
  }

  #writeInline(entry: Handle, value: Uint8Array, start: number, length: number): void {
    const arena = this.#arena;
    copyBytes(value, start, arena.bytes[entry >>> SEGMENT_SHIFT], inlineStart(arena, entry), length);
  }

  #createBlock(value: Uint8Array, start: number, length: number): Handle {
    const block = this.#arena.allocate(length);
    spanOfBlock(this.#arena, block, length, this.#span);
    copyBytes(value, start, this.#span.bytes, this.#span.start, length);
    return block;
  }
}

/** Whether a value stands in the entry of its field. */
function isInline(fieldBytes: number, valueBytes: number, expires: boolean): boolean {
  return entryBytes(ENCODING_EMBSTR, fieldBytes, valueBytes, expires) <= SLAB_BYTES_MAX;
}

/** Writes when a field expires into an entry that has the room for it; 0 for one that has none. */
function writeExpiry(arena: Arena, entry: Handle, whenMs: number): void {
  if (whenMs === 0) return;
  setExpiresAtMs(arena, entry, whenMs);
  // Fields are found in their index by the time: no place is kept.
  setExpiryPosition(arena, entry, 0);
}

/** Bytes of an entry with its value in the accounting. */
export function memberBytes(arena: Arena, entry: Handle): number {
  const isOutside = encodingOf(arena, entry) === ENCODING_RAW_OUTSIDE;
  return entryOwnBytes(arena, entry) + (isOutside ? arena.sizeOf(outsideHandle(arena, entry)) : 0);
}

/** Frees an entry with its value. @returns how many large blocks that were. */
export function freeMember(arena: Arena, entry: Handle): number {
  let large = 0;
  if (encodingOf(arena, entry) === ENCODING_RAW_OUTSIDE) {
    const block = outsideHandle(arena, entry);
    if (block < 0) large++;
    arena.free(block);
  }
  if (keyLength(arena, entry) > ENTRY_KEY_BYTES_MAX) large++;
  freeEntry(arena, entry);
  return large;
}

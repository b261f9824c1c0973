/**
 * A set, whichever way it is kept:
 *
 *     intset       integers only, sorted, in one block; a look-up is a binary search
 *     listpack     members in order of arrival, in one block; a look-up compares one after the other
 *     hashtable    a table of members (`structures/member-table.ts`) below a root
 *
 * A set whose first member is an integer begins as an intset. The first member that is none makes it a listpack if it
 * may be one by its size, and a table otherwise; an intset of too many members becomes a table at once, and so does a
 * listpack that is too long. None of these steps is ever taken back, except that a result which is stored anew may be
 * an intset again. All of it at the very member at which Redis 7.2 does it, which goes by the number of arguments too:
 * SADD of more members than a small set may have makes a table before it looks whether they are different ones.
 *
 * One object serves all sets: it is opened on one, used, and opened on the next. Reading:
 *
 *     set.open(entry)                     then `count`, `has(member)`, or `next()` until false
 *     set.member                          what `next` and `show` have come upon
 *
 * Changing, under a write handle, with nothing else done to the keyspace in between:
 *
 *     set.beginAdd(handle, …) or set.beginRemove(handle)
 *     set.add(…), set.remove(…)
 *     set.endEdit()                       an empty set takes its key with it
 *
 * A set can also be made in a key's place (`beginBuild`) or for the length of a command (`beginScratch`).
 *
 * A reference names one member for as long as nothing changes: the index in the intset, the position in the listpack,
 * the entry in the table.
 */
import { assert } from "../base/assert.ts";
import type { KeyedHash } from "../base/keyed-hash.ts";
import { Int64, parseInt64 } from "../base/text.ts";
import { type Arena, type Handle, SEGMENT_SHIFT } from "../memory/arena.ts";
import { createCollectionRoot, setRootBytes, tableOf } from "../structures/collection-root.ts";
import {
  createEntry,
  ENCODING_INTSET,
  ENCODING_LISTPACK,
  ENCODING_TABLE,
  ENTRY_KEY_BYTES_MAX,
  encodingOf,
  keySpan,
  outsideHandle,
  setOutside,
  TYPE_SET,
  typeOf,
} from "../structures/entry.ts";
import type { HandleList } from "../structures/handle-list.ts";
import { Intset } from "../structures/intset.ts";
import { ListItem } from "../structures/list-item.ts";
import { ELEMENT_OVERHEAD_BYTES_MAX, Listpack } from "../structures/listpack.ts";
import { MemberTable } from "../structures/member-table.ts";
import { PACKED_BYTES_MAX } from "../structures/packed-block.ts";
import type { UniformSource } from "../structures/table.ts";
import { TableWalk } from "../structures/table-walk.ts";
import type { CollectionLimits } from "./collection-limits.ts";
import { scanAtLeast } from "./scan-page.ts";
import type { ElementVisitor } from "./snapshot.ts";
import type { WriteHandle } from "./write-handle.ts";

/** How a set is kept: one of the encodings of its entry. */
export type SetEncoding = typeof ENCODING_INTSET | typeof ENCODING_LISTPACK | typeof ENCODING_TABLE;

/** What an intset may become. */
type OtherEncoding = Exclude<SetEncoding, typeof ENCODING_INTSET>;

/** Members of an intset at the most, whatever the configuration says. */
const INTSET_ENTRIES_MAX = 1 << 30;
/** Large blocks that are freed at a time when an emptied set is given up: it has a few. */
const FREED_BLOCKS = 16;
const NONE = -1;
const NO_BYTES = new Uint8Array(0);

export class SetValue {
  readonly member = new ListItem();
  /** A view of the bytes of `member` where there is one at hand, which there is of a table's. */
  view: DataView | null = null;

  readonly #arena: Arena;
  readonly #limits: CollectionLimits;
  readonly #integers: Intset;
  readonly #packed: Listpack;
  readonly #members: MemberTable;
  /** A member that was read as an integer. */
  readonly #integer = new Int64();
  #encoding: SetEncoding = ENCODING_INTSET;
  /** Of the table. */
  #root: Handle = 0;
  #handle: WriteHandle | null = null;
  /** The arena's count when a scratch set was begun. */
  #usedBefore = 0;

  /** Where `next` goes on: an index, a position, or a place in the table. */
  #cursor = 0;
  readonly #walk = new TableWalk();

  constructor(arena: Arena, hash: KeyedHash, limits: CollectionLimits) {
    this.#arena = arena;
    this.#limits = limits;
    this.#integers = new Intset(arena);
    this.#packed = new Listpack(arena);
    this.#members = new MemberTable(arena, hash);
  }

  // ---- reading --------------------------------------------------------------------------------------------------

  /** Opens the set of a key's entry. A walk begins at the first member. */
  open(entry: Handle): this {
    const arena = this.#arena;
    assert(typeOf(arena, entry) === TYPE_SET, "the entry holds a set");
    const handle = outsideHandle(arena, entry);
    const encoding = encodingOf(arena, entry) as SetEncoding;
    this.#encoding = encoding;
    if (encoding === ENCODING_TABLE) {
      this.#root = handle;
      this.#members.attach(tableOf(arena, handle));
    } else {
      this.#block().attach(handle);
    }
    this.rewind();
    return this;
  }

  /** Has the walk begin at the first member again. */
  rewind(): void {
    this.#cursor = this.#encoding === ENCODING_LISTPACK ? this.#packed.first() : 0;
    this.#walk.rewind();
  }

  get encoding(): SetEncoding {
    return this.#encoding;
  }

  /** Whether finding a member takes a walk. */
  get isPacked(): boolean {
    return this.#encoding === ENCODING_LISTPACK;
  }

  /** Number of members. */
  get count(): number {
    return this.#encoding === ENCODING_TABLE ? this.#members.count : this.#block().count;
  }

  has(bytes: Uint8Array, start: number, length: number): boolean {
    if (this.#encoding === ENCODING_TABLE) return this.#members.has(bytes, start, length);
    if (this.#encoding === ENCODING_LISTPACK) {
      return this.#packed.find(this.#packed.first(), bytes, start, length, 0) !== NONE;
    }
    const integer = this.#integer;
    return parseInt64(bytes, start, length, integer) && this.#integers.has(integer.hi, integer.lo);
  }

  /** As `has`, of a member that another set shows. */
  hasMember(member: ListItem): boolean {
    if (member.isInteger && this.#encoding === ENCODING_INTSET) return this.#integers.has(member.high, member.low);
    return this.has(member.bytes, member.start, member.length);
  }

  /** As `has`, of the member that another set has just come upon by `nextReference`. */
  hasShared(other: SetValue, reference: Handle): boolean {
    if (this.#encoding === ENCODING_TABLE && other.encoding === ENCODING_TABLE) {
      return this.#members.hasMemberOf(reference, other.#walk.place, other.#members);
    }
    other.show(reference);
    return this.hasMember(other.member);
  }

  /** The reference of the next member, in no particular order; −1 after the last. No walk goes by this and by `next`. */
  nextReference(): Handle {
    if (this.#encoding === ENCODING_TABLE) {
      return this.#walk.nextPlaced(this.#members) || NONE;
    }
    const reference = this.#cursor;
    if (this.#encoding === ENCODING_INTSET) return reference === this.#integers.count ? NONE : this.#cursor++;
    if (reference !== NONE) this.#cursor = this.#packed.next(reference);
    return reference;
  }

  /** Points `member` at the next member, in no particular order. @returns false after the last. */
  next(): boolean {
    if (this.#encoding === ENCODING_TABLE) {
      const entry = this.#walk.next(this.#members);
      if (entry !== 0) this.#showEntry(entry);
      return entry !== 0;
    }
    if (this.#encoding === ENCODING_INTSET) {
      if (this.#cursor === this.#integers.count) return false;
      this.#integers.read(this.#cursor++, this.member);
      this.view = null;
      return true;
    }
    if (this.#cursor === NONE) return false;
    this.#packed.read(this.#cursor, this.member);
    this.view = null;
    this.#cursor = this.#packed.next(this.#cursor);
    return true;
  }

  /** As a walker of collections: visits about `limit` members. @returns false at the end. */
  step(limit: number, visitor: ElementVisitor): boolean {
    const { member } = this;
    for (let visited = 0; visited < limit; visited++) {
      if (!this.next()) return false;
      visitor.element(member.bytes, member.start, member.length, NO_BYTES, 0, 0, 0);
    }
    return true;
  }

  #showEntry(entry: Handle): void {
    const { member } = this;
    member.isInteger = false;
    keySpan(this.#arena, entry, member);
    this.view = member.length <= ENTRY_KEY_BYTES_MAX ? this.#arena.views[entry >>> SEGMENT_SHIFT] : null;
  }

  /** The lens of a set in one block. */
  #block(): Intset | Listpack {
    return this.#encoding === ENCODING_INTSET ? this.#integers : this.#packed;
  }

  // ---- references -----------------------------------------------------------------------------------------------

  /** Points `member` at what a reference names. */
  show(reference: Handle): void {
    if (this.#encoding === ENCODING_TABLE) {
      this.#showEntry(reference);
    } else {
      this.#block().read(reference, this.member);
      this.view = null;
    }
  }

  /** References of all members; of a set in one block in their order. */
  collect(into: HandleList): void {
    if (this.#encoding === ENCODING_TABLE) {
      this.#members.collect(into);
    } else if (this.#encoding === ENCODING_INTSET) {
      for (let index = 0; index < this.#integers.count; index++) into.push(index);
    } else {
      for (let at = this.#packed.first(); at !== NONE; at = this.#packed.next(at)) into.push(at);
    }
  }

  /** The reference of a uniformly random member. The set has one. */
  random(source: UniformSource): Handle {
    if (this.#encoding === ENCODING_TABLE) return this.#members.random(source);
    return this.#encoding === ENCODING_INTSET
      ? this.#integers.random(source)
      : this.#packed.seek(source.below(this.#packed.count));
  }

  /** A page of a scan, as of `scanAtLeast`: references. All of a set in one block is one page. */
  scan(cursor: number, count: number, into: HandleList): number {
    if (this.#encoding === ENCODING_TABLE) return scanAtLeast(this.#members, cursor, count, into);
    this.collect(into);
    return 0;
  }

  // ---- changing -------------------------------------------------------------------------------------------------

  /**
   * Begins to add members to the set of a key, which holds one or nothing.
   * @param adding how many members will be given.
   * @param isIntegerFirst whether the first of them is an integer: an intset is made for it if there is no set.
   */
  beginAdd(handle: WriteHandle, adding: number, isIntegerFirst: boolean): void {
    this.#handle = handle;
    handle.beginChange();
    this.#members.guard = handle.memberGuard;
    const limits = this.#limits;
    if (handle.entry === 0) {
      if (isIntegerFirst && adding <= limits.setMaxIntsetEntries) this.#create(ENCODING_INTSET);
      else this.#create(adding <= limits.setMaxListpackEntries ? ENCODING_LISTPACK : ENCODING_TABLE);
      return;
    }
    this.open(handle.entry);
    const encoding = this.#encoding;
    if (encoding === ENCODING_LISTPACK && adding > limits.setMaxListpackEntries) this.#convert(ENCODING_TABLE);
    else if (encoding === ENCODING_INTSET && adding > limits.setMaxIntsetEntries) this.#convert(ENCODING_TABLE);
  }

  /** Begins to remove members from the set that a key holds. */
  beginRemove(handle: WriteHandle): void {
    this.#handle = handle;
    handle.beginChange();
    this.#members.guard = handle.memberGuard;
    this.open(handle.entry);
  }

  /** Adds a member, which may not stand in the set itself. @returns whether it is new. */
  add(bytes: Uint8Array, start: number, length: number): boolean {
    if (this.#encoding === ENCODING_TABLE) return this.#members.addMember(bytes, start, length);
    if (this.#encoding === ENCODING_LISTPACK) {
      const packed = this.#packed;
      if (packed.find(packed.first(), bytes, start, length, 0) !== NONE) return false;
      if (this.#fitsPacked(packed.count, packed.sizeBytes, length)) packed.append(bytes, start, length);
      else this.#addAs(ENCODING_TABLE, bytes, start, length);
      return true;
    }
    if (!parseInt64(bytes, start, length, this.#integer)) {
      this.#addAs(this.#mayBePackedWith(length) ? ENCODING_LISTPACK : ENCODING_TABLE, bytes, start, length);
      return true;
    }
    if (!this.#integers.add(this.#integer.hi, this.#integer.lo)) return false;
    if (this.#integers.count > this.#intsetEntriesMax()) this.#convert(ENCODING_TABLE);
    return true;
  }

  /** Adds a member that another set shows. @returns whether it is new. */
  addMember({ bytes, start, length }: ListItem): boolean {
    return this.add(bytes, start, length);
  }

  /** @returns whether the member was there. */
  remove(bytes: Uint8Array, start: number, length: number): boolean {
    if (this.#encoding === ENCODING_TABLE) return this.#members.remove(bytes, start, length);
    if (this.#encoding === ENCODING_INTSET) {
      const integer = this.#integer;
      return parseInt64(bytes, start, length, integer) && this.#integers.remove(integer.hi, integer.lo);
    }
    const position = this.#packed.find(this.#packed.first(), bytes, start, length, 0);
    if (position === NONE) return false;
    this.#packed.remove(position);
    return true;
  }

  /** Removes what a reference names. In a set in one block references behind it name something else then. */
  removeAt(reference: Handle): void {
    if (this.#encoding === ENCODING_INTSET) {
      this.#integers.removeAt(reference);
    } else if (this.#encoding === ENCODING_LISTPACK) {
      this.#packed.remove(reference);
    } else {
      this.#members.removeEntry(reference);
    }
  }

  /** Ends the change; the handle is still to be closed. @returns members that are left: with none the key is gone. */
  endEdit(): number {
    const handle = this.#handle;
    assert(handle !== null, "a change ends once");
    this.#handle = null;
    this.#members.guard = null;
    const { count } = this;
    handle.endChange(TYPE_SET, this.#encoding, this.#standsAt(), this.#sizeBytes());
    if (count === 0) handle.unlink();
    return count;
  }

  // ---- making anew ----------------------------------------------------------------------------------------------

  /** Begins a set in the place of whatever the key holds, which stays readable until the end. */
  beginBuild(handle: WriteHandle, encoding: SetEncoding): void {
    this.#handle = handle;
    handle.beginBuild();
    this.#create(encoding);
  }

  /**
   * Ends it; an empty set is given up, and the key left as it is.
   * @param expiry as for `WriteHandle.setString`. @returns the number of members.
   */
  endBuild(expiry: number): number {
    const handle = this.#handle;
    assert(handle !== null, "a set is built once");
    this.#handle = null;
    const { count } = this;
    if (count === 0) {
      this.#giveUp();
      handle.abandonBuild();
      return 0;
    }
    if (this.#encoding !== ENCODING_TABLE) this.#block().trim();
    handle.endBuild(TYPE_SET, this.#encoding, this.#standsAt(), this.#sizeBytes(), expiry);
    return count;
  }

  /** Makes a set that has only integers an intset, if it may be one. */
  becomeIntset(): void {
    if (this.#encoding === ENCODING_INTSET || this.count > this.#intsetEntriesMax()) return;
    const integer = this.#integer;
    const { member } = this;
    this.#integers.create();
    this.rewind();
    while (this.next()) {
      const isInteger = parseInt64(member.bytes, member.start, member.length, integer);
      assert(isInteger, "a member of an intset is an integer");
      this.#integers.add(integer.hi, integer.lo);
    }
    this.#giveUp();
    this.#encoding = ENCODING_INTSET;
  }

  /** Begins a set that no key has, for as long as a command needs it. */
  beginScratch(): void {
    this.#usedBefore = this.#arena.usedBytes;
    this.#create(ENCODING_INTSET);
  }

  /** @returns an entry without a name that holds the scratch set, to be freed as entries are: in slices. */
  endScratch(): Handle {
    const arena = this.#arena;
    if (this.#encoding === ENCODING_TABLE) setRootBytes(arena, this.#root, arena.usedBytes - this.#usedBefore);
    const entry = createEntry(arena, TYPE_SET, this.#encoding, NO_BYTES, 0, 0, 0, false, 0);
    setOutside(arena, entry, this.#standsAt(), this.#sizeBytes());
    return entry;
  }

  // ---- inside ---------------------------------------------------------------------------------------------------

  /** The block of a small set, the root of a large one. */
  #standsAt(): Handle {
    return this.#encoding === ENCODING_TABLE ? this.#root : this.#block().handle;
  }

  /** Bytes of what stands in a block; 0 for a root. */
  #sizeBytes(): number {
    return this.#encoding === ENCODING_TABLE ? 0 : this.#block().sizeBytes;
  }

  #intsetEntriesMax(): number {
    return Math.min(this.#limits.setMaxIntsetEntries, INTSET_ENTRIES_MAX);
  }

  #create(encoding: SetEncoding): void {
    this.#encoding = encoding;
    if (encoding === ENCODING_TABLE) this.#createTable();
    else this.#block().create();
  }

  /** Frees all blocks of a set that has no members, or of a small one. */
  #giveUp(): void {
    if (this.#encoding !== ENCODING_TABLE) {
      this.#block().free();
      return;
    }
    while (this.#members.free(tableOf(this.#arena, this.#root), FREED_BLOCKS) !== 0);
    this.#arena.free(this.#root);
  }

  /** Whether a listpack of so many members and bytes may have one more. */
  #fitsPacked(count: number, sizeBytes: number, length: number): boolean {
    const limits = this.#limits;
    if (count >= limits.setMaxListpackEntries || length > limits.setMaxListpackValue) return false;
    return sizeBytes + length + ELEMENT_OVERHEAD_BYTES_MAX <= PACKED_BYTES_MAX;
  }

  /** Whether the intset may be a listpack together with a text that is no integer. */
  #mayBePackedWith(length: number): boolean {
    const { count } = this.#integers;
    if (!this.#fitsPacked(count, count * (ELEMENT_OVERHEAD_BYTES_MAX + 1), length)) return false;
    if (count === 0) return true;
    // The longest text is that of the least or of the greatest.
    this.#integers.read(0, this.member);
    const least = this.member.length;
    this.#integers.read(count - 1, this.member);
    return Math.max(least, this.member.length) <= this.#limits.setMaxListpackValue;
  }

  /** Adds a member that is known to be new to a set that has to change its encoding for it. */
  #addAs(encoding: OtherEncoding, bytes: Uint8Array, start: number, length: number): void {
    this.#convert(encoding);
    if (encoding === ENCODING_LISTPACK) this.#packed.append(bytes, start, length);
    else this.#members.addMember(bytes, start, length);
  }

  /** Moves all members out of their block. */
  #convert(encoding: OtherEncoding): void {
    const { member } = this;
    const from = this.#block();
    assert(encoding === ENCODING_TABLE || from === this.#integers, "only an intset becomes a listpack");
    this.rewind();
    if (encoding === ENCODING_TABLE) this.#createTable();
    else this.#packed.create();
    while (this.next()) {
      if (encoding === ENCODING_LISTPACK) this.#packed.appendInt64(member.high, member.low);
      else this.#members.addMember(member.bytes, member.start, member.length);
    }
    from.free();
    this.#encoding = encoding;
  }

  #createTable(): void {
    // What it takes is told by the end of the change.
    this.#root = createCollectionRoot(this.#arena, this.#members.create(), 0, 0);
  }
}

/**
 * A hash, whichever way it is kept:
 *
 *     listpack     field, value, field, value …, in order of arrival; a look-up compares field by field
 *     listpackex   the same of a hash of which fields expire, with their times (`hash-triples.ts`)
 *     hashtable    a table of fields (`structures/member-table.ts`) below a root; entries of fields that expire say when,
 *                  and stand in an index by that (`hash-field-index.ts`) below the same root
 *
 * A hash begins as a listpack and becomes a table for good when it has more than `hash-max-listpack-entries` fields, or
 * a field or value longer than `hash-max-listpack-value`, at the very element at which Redis does it. A hash none of
 * whose fields expires takes not a byte for it, nor do those of its fields that do not.
 *
 * Fields that expire. The time of the next one is that of the hash in its database's index of such hashes
 * (`Database.fieldExpiry`, the heap that keys have), from which fields go on time without being read, so many a slice
 * (`hash-lapse.ts`). A command that looks a hash up removes what has lapsed before it sees anything, LAPSED_FIELDS_MAX
 * fields at the most; should there be more, they are hidden from it (`hash-reader.ts`) and left to the slices. So a
 * million fields that lapse at once are gone at once to every command, and no turn pays for more than a few.
 *
 * One object serves all hashes: it is opened on one, used, and opened on the next. Reading:
 *
 *     hash.open(entry)                    then `count`, `find(field)`, or `next()` until false
 *     hash.value                          what `find`, `next` and `show` have come upon, and with it
 *     hash.field                          its field (not after `find`: the caller has it)
 *
 * Changing, under a write handle, with nothing else done to the keyspace in between:
 *
 *     hash.beginEdit(handle, …)           makes the hash if there is none
 *     hash.has(…) and then hash.put(…); hash.remove(…), hash.setExpiry(…)
 *     hash.endEdit()                      an empty hash takes its key with it
 *
 * A reference names one field for as long as nothing changes: the position in the listpack, the entry in the table.
 */
import { assert } from "../base/assert.ts";
import type { KeyedHash } from "../base/keyed-hash.ts";
import { INT64_TEXT_BYTES_MAX } from "../base/limits.ts";
import { writeInt64 } from "../base/text.ts";
import type { Arena } from "../memory/arena.ts";
import { createCollectionRoot } from "../structures/collection-root.ts";
import { ENCODING_LISTPACK, ENCODING_LISTPACK_EX, ENCODING_TABLE, TYPE_HASH } from "../structures/entry.ts";
import { ELEMENT_OVERHEAD_BYTES_MAX, LISTPACK_EMPTY_BYTES, Listpack } from "../structures/listpack.ts";
import { PACKED_BYTES_MAX } from "../structures/packed-block.ts";
import type { CollectionLimits } from "./collection-limits.ts";
import { addIndexed } from "./hash-field-index.ts";
import { type FieldClock, HashReader, type TellField } from "./hash-reader.ts";
import { PAIR, setTime, TIME_BYTES_MAX, TRIPLE, timeAt, widen } from "./hash-triples.ts";
import type { WriteHandle } from "./write-handle.ts";

const NONE = -1;
const NEVER = 0;

/** What is about to be set, as far as it decides how a hash is kept. */
export class HashGrowth {
  /** Pairs of field and value. */
  pairs = 0;
  /** Of the longest field or value. */
  longestBytes = 0;
  /** Of all fields and values as text. */
  textBytes = 0;
  /** Of all of them as elements of a listpack; only wanted when there is no hash yet. */
  packedBytes = 0;

  reset(pairs: number): void {
    this.pairs = pairs;
    this.longestBytes = 0;
    this.textBytes = 0;
    this.packedBytes = 0;
  }

  /** Counts a field or a value. */
  add(lengthBytes: number): void {
    this.textBytes += lengthBytes;
    if (lengthBytes > this.longestBytes) this.longestBytes = lengthBytes;
  }
}

export class HashValue extends HashReader {
  /** For `beginEdit`, to be filled in anew. */
  readonly growth: HashGrowth = new HashGrowth();

  readonly #limits: CollectionLimits;
  readonly #digits = new Uint8Array(INT64_TEXT_BYTES_MAX);
  readonly #scratch: Listpack;
  #handle: WriteHandle | null = null;

  constructor(arena: Arena, hash: KeyedHash, limits: CollectionLimits, clock: FieldClock = { nowMs: 0 }) {
    super(arena, hash, clock);
    this.#limits = limits;
    this.#scratch = new Listpack(arena);
  }

  /**
   * Begins to change the hash of a key, which holds one or nothing.
   * @param growth of what will be set, null when nothing will: Redis gives up the listpack before it sets the first
   *   field when one of them is too long for it, or when there are too many.
   */
  beginEdit(handle: WriteHandle, growth: HashGrowth | null): void {
    this.#begin(handle);
    if (handle.entry !== 0) {
      if (!this.isListpack) return;
      assert(this.lapsed === 0, "what has lapsed of a listpack is removed before it is changed");
      if (growth !== null && !this.#fitsPacked(growth, this.packed.sizeBytes)) this.#convert();
    } else if (growth === null || this.#fitsPacked(growth, LISTPACK_EMPTY_BYTES)) {
      this.isListpack = true;
      this.stride = PAIR;
      this.packed.create(LISTPACK_EMPTY_BYTES + (growth?.packedBytes ?? 0));
    } else {
      this.#becomeTable();
    }
  }

  #begin(handle: WriteHandle): void {
    this.#handle = handle;
    handle.beginChange();
    this.fields.guard = handle.memberGuard;
    this.lapsed = 0;
    if (handle.entry !== 0) this.open(handle.entry);
  }

  /**
   * Gives the field that has just been looked up, there or not, a value. Neither may stand in the hash itself.
   * @param keepsExpiry whether it expires when it did before.
   */
  put(
    field: Uint8Array,
    fieldStart: number,
    fieldLength: number,
    value: Uint8Array,
    valueStart: number,
    valueLength: number,
    keepsExpiry: boolean,
  ): void {
    const { packed, found } = this;
    if (!this.isListpack) {
      this.#putInTable(field, fieldStart, fieldLength, value, valueStart, valueLength, keepsExpiry);
      return;
    }
    if (!this.#hasRoomFor(fieldLength, valueLength)) {
      this.#convert();
      this.locate(field, fieldStart, fieldLength);
      this.#putInTable(field, fieldStart, fieldLength, value, valueStart, valueLength, keepsExpiry);
      return;
    }
    if (found !== NONE) {
      packed.replace(packed.next(found), value, valueStart, valueLength);
      if (this.stride === TRIPLE && !keepsExpiry) this.found = setTime(packed, found, NEVER);
    } else {
      packed.append(field, fieldStart, fieldLength);
      packed.append(value, valueStart, valueLength);
      if (this.stride === TRIPLE) packed.appendInteger(NEVER);
    }
    if (this.count > this.#limits.hashMaxListpackEntries) this.#convert();
  }

  #putInTable(
    field: Uint8Array,
    fieldStart: number,
    fieldLength: number,
    value: Uint8Array,
    valueStart: number,
    valueLength: number,
    keepsExpiry: boolean,
  ): void {
    const { fields, found, index } = this;
    if (found === 0) {
      fields.insertField(field, fieldStart, fieldLength, value, valueStart, valueLength);
      return;
    }
    const whenMs = index.count === 0 ? NEVER : fields.expiryOf(found);
    if (whenMs !== NEVER) {
      if (keepsExpiry && fields.changeFound(fieldLength, value, valueStart, valueLength)) return;
      index.remove(whenMs, found);
      if (keepsExpiry) {
        const entry = fields.replaceFound(field, fieldStart, fieldLength, value, valueStart, valueLength, whenMs);
        index.add(whenMs, entry);
        return;
      }
    }
    fields.setFound(field, fieldStart, fieldLength, value, valueStart, valueLength);
  }

  /** As `put` with the text of a 64-bit integer. */
  putInteger(field: Uint8Array, start: number, length: number, high: number, low: number, keepsExpiry: boolean): void {
    const digits = this.#digits;
    this.put(field, start, length, digits, 0, writeInt64(high, low, digits, 0), keepsExpiry);
  }

  /** Whether a field with its value may stand in the listpack. */
  #hasRoomFor(fieldLength: number, valueLength: number): boolean {
    const longest = this.#limits.hashMaxListpackValue;
    if (fieldLength > longest || valueLength > longest) return false;
    return this.packed.hasRoomFor(fieldLength + valueLength + TRIPLE * ELEMENT_OVERHEAD_BYTES_MAX);
  }

  /** @returns whether the field was there. */
  remove(bytes: Uint8Array, start: number, length: number): boolean {
    if (!this.locate(bytes, start, length)) return false;
    this.removeFound();
    return true;
  }

  /** Removes the field that has just been looked up, and is there. */
  removeFound(): void {
    if (this.isListpack) {
      this.packed.remove(this.found, this.stride);
      return;
    }
    const whenMs = this.fields.expiryOf(this.found);
    if (whenMs !== NEVER) this.index.remove(whenMs, this.found);
    this.fields.removeFound();
  }

  // ---- fields that expire -----------------------------------------------------------------------------------------

  /** Says when a field that is there expires: ms since the epoch, 0 for never. */
  setExpiry(bytes: Uint8Array, start: number, length: number, whenMs: number): void {
    const { packed } = this;
    if (this.isListpack && this.stride === PAIR && whenMs !== NEVER) {
      if (packed.hasRoomFor(this.count * TIME_BYTES_MAX)) {
        widen(packed, this.#scratch);
        this.stride = TRIPLE;
      } else {
        this.#convert();
      }
    }
    const isThere = this.locate(bytes, start, length);
    assert(isThere, "only a field that is there expires");
    if (!this.isListpack) this.#setExpiryInTable(whenMs);
    else if (this.stride === TRIPLE) this.found = setTime(packed, this.found, whenMs);
  }

  #setExpiryInTable(whenMs: number): void {
    const { fields, index } = this;
    const beforeMs = fields.expiryOf(this.found);
    const moves = beforeMs !== NEVER && whenMs !== NEVER && !fields.isFoundKept;
    if (moves) index.move(beforeMs, this.found, whenMs);
    else if (beforeMs !== NEVER) index.remove(beforeMs, this.found);
    this.found = fields.setFoundExpiry(whenMs);
    if (!moves && whenMs !== NEVER) index.add(whenMs, this.found);
  }

  /** Shows the lapsed fields one after the other, up to `count`, which there must be. */
  eachLapsed(count: number, tell: TellField): void {
    const { field } = this;
    if (!this.isListpack) {
      this.index.eachFirst(count, (entry) => {
        this.show(entry);
        tell(field.bytes, field.start, field.length);
      });
      return;
    }
    let at = this.packed.first();
    for (let told = 0; told < count; told++) {
      at = this.showPacked(at);
      tell(field.bytes, field.start, field.length);
    }
  }

  /** Removes the first `count` lapsed fields, as a change of its own. The hash has others, and keeps its key. */
  removeLapsed(handle: WriteHandle, count: number): void {
    this.#begin(handle);
    assert(count <= this.lapsed && this.count > 0, "fields are removed that have lapsed, and others are left");
    if (this.isListpack) {
      this.packed.remove(this.packed.first(), TRIPLE * count);
    } else {
      for (let removed = 0; removed < count; removed++) this.fields.removeEntry(this.index.removeFirst());
    }
    this.lapsed -= count;
    this.endEdit();
  }

  /** Within a change what has lapsed is removed when it is come upon, so that another field may stand in its place. */
  protected override foundLapsed(bytes: Uint8Array, start: number, length: number): false {
    if (this.#handle === null) return super.foundLapsed(bytes, start, length);
    this.#handle.tellLapsedField(bytes, start, length);
    this.removeFound();
    this.lapsed--;
    this.found = this.fields.find(bytes, start, length);
    return false;
  }

  // ---- the end ----------------------------------------------------------------------------------------------------

  /** Ends the change; the handle is still to be closed. @returns fields that are left: with none the key is gone. */
  endEdit(): number {
    const handle = this.#handle;
    assert(handle !== null, "a change ends once");
    this.#handle = null;
    this.fields.guard = null;
    const { count } = this;
    if (this.isListpack && this.stride === PAIR) {
      const { handle: block, sizeBytes } = this.packed;
      handle.endChange(TYPE_HASH, ENCODING_LISTPACK, block, sizeBytes);
    } else {
      const position = handle.fieldsPosition;
      if (this.isListpack) handle.endChange(TYPE_HASH, ENCODING_LISTPACK_EX, this.packed.handle, position);
      else handle.endChange(TYPE_HASH, ENCODING_TABLE, this.root, position);
      if (position !== 0 || this.isExpiring) handle.indexFields(this.nextExpiryMs);
    }
    if (count === 0) {
      // Whoever repeats what has been done does not know that the rest has lapsed.
      if (this.lapsed > 0) handle.tellLapsedKey();
      handle.unlink();
    }
    return count;
  }

  #fitsPacked({ pairs, longestBytes, textBytes }: HashGrowth, presentBytes: number): boolean {
    const limits = this.#limits;
    if (pairs > limits.hashMaxListpackEntries || longestBytes > limits.hashMaxListpackValue) return false;
    return presentBytes + textBytes + TRIPLE * pairs * ELEMENT_OVERHEAD_BYTES_MAX <= PACKED_BYTES_MAX;
  }

  /** Moves all fields from the listpack to a table. */
  #convert(): void {
    const { packed, field, value, fields, index } = this;
    const isExpiring = this.stride === TRIPLE;
    this.#becomeTable();
    for (let at = packed.first(); at !== NONE; ) {
      const whenMs = isExpiring ? timeAt(packed, at) : NEVER;
      at = this.showPacked(at);
      addIndexed(fields, index, field, value, whenMs);
    }
    packed.free();
  }

  #becomeTable(): void {
    this.isListpack = false;
    // What it takes is told by the end of the change.
    this.root = createCollectionRoot(this.arena, this.fields.create(), 0, 0);
    this.index.attach(this.root);
  }
}

/**
 * A list, whichever way it is kept:
 *
 *     listpack     all elements in one block
 *     quicklist    a chain of listpacks (`structures/quicklist.ts`)
 *
 * A list begins as a listpack and becomes a quicklist when what is about to be added would make it larger than one node
 * of a quicklist may be (`list-max-listpack-size`): Redis decides before it adds, by the lengths of the texts. It
 * becomes a listpack again when it has shrunk to a single node of half that size, so that a list whose length goes up
 * and down does not change each time.
 *
 * One object serves all lists. Reading: `list-reader.ts`. Changing, under a write handle, with nothing else done to the
 * keyspace in between:
 *
 *     list.beginGrowth(handle, …)         makes the list if there is none, and gives it the form for what will be added
 *     list.push(…), list.insert(…), list.replace(…)
 *     list.endEdit(…)                     an empty list takes its key with it
 *
 *     list.beginEdit(handle)              for what only takes away: the key holds a list
 *     list.drop(…), list.removeRange(…), list.removeEqual(…)
 *     list.endEdit(…)
 *
 * `beginBuild … endBuild` make a list in place of whatever the key holds.
 *
 * What takes long to free is not freed by who lets go of it: see `list-apart.ts`.
 */
import { assert } from "../base/assert.ts";
import { copyBytes } from "../base/bytes.ts";
import type { Arena } from "../memory/arena.ts";
import { ENCODING_LISTPACK, ENCODING_QUICKLIST, TYPE_LIST } from "../structures/entry.ts";
import { LISTPACK_EMPTY_BYTES } from "../structures/listpack.ts";
import { exceedsNodeLimit } from "../structures/quicklist-limits.ts";
import type { CollectionLimits } from "./collection-limits.ts";
import { ListApart } from "./list-apart.ts";
import { ListReader } from "./list-reader.ts";
import { EXPIRY_NONE, type WriteHandle } from "./write-handle.ts";

const NONE = -1;
/** A taken element up to this size is copied to a buffer that is kept. */
const TAKEN_BYTES_KEPT = 64 * 1024;

/** What is about to be added, as far as it decides how a list is kept. */
export class ListGrowth {
  elements = 0;
  /** Of all elements as text. */
  textBytes = 0;
  /** Of all of them as elements of a listpack; only wanted when there is no list yet. */
  packedBytes = 0;

  /** @param elements how many there will be. */
  reset(elements: number): void {
    this.elements = elements;
    this.textBytes = 0;
    this.packedBytes = 0;
  }
}

export class ListValue extends ListReader {
  /** For `beginGrowth`, to be filled in anew. */
  readonly growth: ListGrowth = new ListGrowth();
  readonly #limits: CollectionLimits;
  readonly #apart: ListApart;
  #handle: WriteHandle | null = null;
  #taken = new Uint8Array(256);

  constructor(arena: Arena, limits: CollectionLimits) {
    super(arena);
    this.#limits = limits;
    this.#apart = new ListApart(arena);
    this.quicklist.taker = this.#apart;
  }

  // ---- beginning and end ----------------------------------------------------------------------------------------

  /** Begins to change the list that a key holds. */
  beginEdit(handle: WriteHandle): void {
    assert(handle.entry !== 0, "there is a list to take from");
    this.#handle = handle;
    handle.beginChange();
    this.quicklist.guard = handle.nodeGuard;
    this.open(handle.entry);
  }

  /** Begins to add what `growth` says to the list of a key, which holds one or nothing. */
  beginGrowth(handle: WriteHandle): void {
    this.#handle = handle;
    handle.beginChange();
    this.quicklist.guard = handle.nodeGuard;
    if (handle.entry !== 0) {
      this.open(handle.entry);
      this.grow();
    } else if (this.#exceeds(LISTPACK_EMPTY_BYTES, 0)) {
      this.#createQuicklist();
    } else {
      this.isPacked = true;
      this.packed.create(LISTPACK_EMPTY_BYTES + this.growth.packedBytes);
    }
  }

  /** Gives a list that is being changed the form for what `growth` says. */
  grow(): void {
    const { packed } = this;
    if (!this.isPacked || !this.#exceeds(packed.sizeBytes, packed.count)) return;
    const { count, handle } = packed;
    this.#createQuicklist();
    if (count === 0) packed.attach(handle).free();
    else this.quicklist.appendListpack(handle);
  }

  /**
   * Ends the change; the handle is still to be closed.
   * @param isShrinking elements have gone, or become shorter. @returns elements that are left: with none the key is gone.
   */
  endEdit(isShrinking: boolean): number {
    const handle = this.#handle;
    assert(handle !== null, "a change ends once");
    this.#handle = null;
    if (isShrinking) this.#condense(true);
    this.quicklist.guard = null;
    const { count, packed } = this;
    const { root } = this.quicklist;
    // To free a list its lens is turned to it.
    this.#apart.free(handle);
    if (this.isPacked) handle.endChange(TYPE_LIST, ENCODING_LISTPACK, packed.handle, packed.sizeBytes);
    else handle.endChange(TYPE_LIST, ENCODING_QUICKLIST, root, 0);
    if (count === 0) handle.unlink();
    return count;
  }

  /** Begins a list that will stand in the place of whatever the key holds; elements are pushed to its tail. */
  beginBuild(handle: WriteHandle): void {
    this.#handle = handle;
    handle.beginBuild();
    this.#createQuicklist();
  }

  /** Ends it, with at least one element. The key will not expire. */
  endBuild(): void {
    const handle = this.#handle;
    assert(handle !== null && this.count > 0, "a list is built once, and not empty");
    this.#handle = null;
    this.#condense(false);
    const { packed } = this;
    if (this.isPacked) handle.endBuild(TYPE_LIST, ENCODING_LISTPACK, packed.handle, packed.sizeBytes, EXPIRY_NONE);
    else handle.endBuild(TYPE_LIST, ENCODING_QUICKLIST, this.quicklist.root, 0, EXPIRY_NONE);
  }

  #exceeds(sizeBytes: number, count: number): boolean {
    const { elements, textBytes } = this.growth;
    return exceedsNodeLimit(this.#limits.listMaxListpackSize, sizeBytes + textBytes, count + elements);
  }

  #createQuicklist(): void {
    this.isPacked = false;
    this.quicklist.create(this.#limits.listMaxListpackSize, this.#limits.listCompressDepth);
  }

  /** Makes a quicklist of one node a listpack, if it is small enough. */
  #condense(isShrinking: boolean): void {
    if (this.isPacked || !this.quicklist.canBeListpack(this.#limits.listMaxListpackSize, isShrinking)) return;
    this.packed.attach(this.quicklist.takeListpack());
    this.isPacked = true;
  }

  // ---- the ends -------------------------------------------------------------------------------------------------

  /** Adds an element at an end. Its bytes must not stand in the list itself. */
  push(isTail: boolean, bytes: Uint8Array, start: number, length: number): void {
    if (this.isPacked) {
      if (isTail) this.packed.append(bytes, start, length);
      else this.packed.prepend(bytes, start, length);
    } else if (isTail) {
      this.quicklist.pushTail(bytes, start, length);
    } else {
      this.quicklist.pushHead(bytes, start, length);
    }
  }

  /** Points `item` at the element at an end; the list is not empty. */
  peek(isTail: boolean): void {
    const { item, packed, quicklist } = this;
    if (this.isPacked) packed.read(isTail ? packed.last() : packed.first(), item);
    else if (isTail) quicklist.peekTail(item);
    else quicklist.peekHead(item);
  }

  /** Removes the element at an end; the list is not empty. */
  drop(isTail: boolean): void {
    const { packed, quicklist } = this;
    if (this.isPacked) packed.remove(isTail ? packed.last() : packed.first());
    else if (isTail) quicklist.dropTail();
    else quicklist.dropHead();
  }

  /** `peek` and `drop`: `item` has a copy, good until the next is taken, which may be pushed to any list. */
  take(isTail: boolean): void {
    this.peek(isTail);
    const { item } = this;
    const { length } = item;
    if (!item.isInteger) {
      let room = this.#taken;
      if (room.length < length) {
        room = new Uint8Array(length > TAKEN_BYTES_KEPT ? length : TAKEN_BYTES_KEPT);
        if (length <= TAKEN_BYTES_KEPT) this.#taken = room;
      }
      copyBytes(item.bytes, item.start, room, 0, length);
      item.setBytes(room, 0, length);
    }
    this.drop(isTail);
  }

  // ---- in between -----------------------------------------------------------------------------------------------

  /** Adds an element beside the one that `find` has come upon. The place is lost. */
  insert(isAfter: boolean, bytes: Uint8Array, start: number, length: number): void {
    const { cursor, packed, position, quicklist } = this;
    if (this.isPacked) {
      if (isAfter) packed.insertAfter(position, bytes, start, length);
      else packed.insertBefore(position, bytes, start, length);
    } else if (isAfter) {
      quicklist.insertAfter(cursor, bytes, start, length);
    } else {
      quicklist.insertBefore(cursor, bytes, start, length);
    }
  }

  /** Gives the element that `seek` has come upon other bytes. The place is lost. */
  replace(bytes: Uint8Array, start: number, length: number): void {
    if (this.isPacked) this.packed.replace(this.position, bytes, start, length);
    else this.quicklist.replace(this.cursor, bytes, start, length);
  }

  /** Removes elements from an index on, as many as there must be. */
  removeRange(from: number, count: number): void {
    if (!this.isPacked) this.quicklist.removeRange(from, count);
    else if (count > 0) this.packed.remove(this.packed.seek(from), count);
  }

  /** Removes elements with these bytes. @param countMax so many at the most. @returns how many. */
  removeEqual(bytes: Uint8Array, start: number, length: number, isBackward: boolean, countMax: number): number {
    const { packed } = this;
    if (!this.isPacked) return this.quicklist.removeEqual(bytes, start, length, isBackward, countMax);
    let removed = 0;
    let at = isBackward ? packed.last() : packed.find(packed.first(), bytes, start, length, 0);
    while (at !== NONE && removed < countMax) {
      const isFound = packed.equals(at, bytes, start, length);
      const before = isBackward ? packed.previous(at) : NONE;
      if (isFound) {
        at = packed.remove(at);
        removed++;
      }
      at = isBackward ? before : packed.find(at, bytes, start, length, 0);
    }
    return removed;
  }
}

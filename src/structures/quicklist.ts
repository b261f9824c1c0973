/**
 * The quicklist: a list of any length as a chain of listpacks.
 *
 *     root, 32 bytes   bytes f64 │ head i32 │ tail i32 │ nodes i32 │ elements i32 │ depth u16, fill i16 │ –
 *
 *         head                                                    tail
 *     ┌─────────┐ ⇄ ┌─────────┐ ⇄ ┌──────────┐ ⇄ ┌─────────┐ ⇄ ┌─────────┐     nodes, 32 bytes: `quicklist-record.ts`
 *     └────│────┘   └────│────┘   └────│─────┘   └────│────┘   └────│────┘
 *       listpack      listpack    LZF(listpack)     plain        listpack     when a node is full: `quicklist-limits.ts`
 *
 * Why so. A linked list of elements costs two links and a block each; a single listpack would move megabytes for an
 * LPUSH. A chain of 8 KB pieces costs half a percent beside the data, and pushing and popping stay in the piece at the
 * end. It is Redis's structure, with nodes filled, split and merged by the same rules, so that a list has the same nodes
 * as there: they show in DEBUG OBJECT, and RDB and DUMP write them one by one. An unrolled tree would find the middle in
 * O(log n) where this passes n / 500 node headers; but lists are used at their ends.
 *
 * Fill and depth belong to the list: it keeps what was configured when it was made, as in Redis.
 *
 * Compression. With a depth of d > 0 all nodes but d at either end are LZF, where that gains something. Reading one
 * unpacks it into a buffer of the lens, so readers change nothing; an edit unpacks the node in place, and `settle`
 * compresses it again.
 *
 * `Quicklist` is a lens over the root. A `ListCursor` stands on an element and is good until the list is edited other
 * than through it. What an item was pointed at is good until the list is edited or another element is read.
 *
 * Invariants (asserted by `check`): links agree both ways; counts agree; no node is empty; `depth` nodes at either end
 * are not compressed.
 *
 * Cost: push and pop some 50 ns; an index passes the nodes from the nearer end, then elements within one. A range that
 * goes takes some 15 ns for each of its nodes, which leave the chain as one run (`quicklist-run.ts`), beside freeing them.
 */
import { assert } from "../base/assert.ts";
import { copyBytes } from "../base/bytes.ts";
import type { Handle } from "../memory/arena.ts";
import type { ListItem } from "./list-item.ts";
import { HEADER_BYTES } from "./listpack-encoding.ts";
import { HEAD, TAIL } from "./quicklist-chain.ts";
import { EXACT_FIT } from "./quicklist-node.ts";
import { ListCursor, QuicklistReader } from "./quicklist-reader.ts";

export { ListCursor } from "./quicklist-reader.ts";

/** Popped elements up to this size are copied to a buffer that is kept. */
const POPPED_BYTES_KEPT = 64 * 1024;

/** A lens over a list. See the essay above. */
export class Quicklist extends QuicklistReader {
  readonly #place = new ListCursor();
  #popped = new Uint8Array(256);
  /** A node that was changed and is not settled. */
  #loose: Handle = 0;

  // --- The ends -----------------------------------------------------------------------------------------------------

  pushHead(bytes: Uint8Array, start: number, length: number): void {
    this.shown = 0;
    const head = this.words[this.at + HEAD];
    if (head !== 0 && this.admits(this.node.attach(head), length)) {
      this.node.prepend(bytes, start, length, this.fill);
      this.addCount(1);
    } else {
      this.#pushNode(head, false, bytes, start, length);
    }
  }

  pushTail(bytes: Uint8Array, start: number, length: number): void {
    this.shown = 0;
    const tail = this.words[this.at + TAIL];
    if (tail !== 0 && this.admits(this.node.attach(tail), length)) {
      this.node.append(bytes, start, length, this.fill);
      this.addCount(1);
    } else {
      this.#pushNode(tail, true, bytes, start, length);
    }
  }

  #pushNode(end: Handle, isTail: boolean, bytes: Uint8Array, start: number, length: number): void {
    if (end !== 0) this.node.attach(end).fit();
    this.link(this.createNode(this.other, bytes, start, length), end, isTail);
    this.addCount(1);
    this.settle(end);
  }

  /** Points an item at the first element. @returns false when the list is empty. */
  peekHead(item: ListItem): boolean {
    const head = this.words[this.at + HEAD];
    if (head !== 0) this.node.attach(head).showEnd(false, item);
    return head !== 0;
  }

  /** Points an item at the last element. @returns false when the list is empty. */
  peekTail(item: ListItem): boolean {
    const tail = this.words[this.at + TAIL];
    if (tail !== 0) this.node.attach(tail).showEnd(true, item);
    return tail !== 0;
  }

  /** Removes the first element of a list that is not empty. */
  dropHead(): void {
    this.shown = 0;
    const node = this.node.attach(this.words[this.at + HEAD]);
    if (node.count === 1) {
      this.removeNode(node);
      this.settle(0);
    } else {
      node.removeFirst();
      this.addCount(-1);
    }
  }

  /** Removes the last element of a list that is not empty. */
  dropTail(): void {
    this.shown = 0;
    const node = this.node.attach(this.words[this.at + TAIL]);
    if (node.count === 1) {
      this.removeNode(node);
      this.settle(0);
    } else {
      node.removeLast();
      this.addCount(-1);
    }
  }

  /**
   * Removes the first element. The item has a copy of it, good until the next pop: it may be pushed again, to this list
   * too. Who only replies with it spares the copy by `peekHead` and `dropHead`.
   * @returns false when the list is empty.
   */
  popHead(item: ListItem): boolean {
    if (!this.peekHead(item)) return false;
    this.#keep(item);
    this.dropHead();
    return true;
  }

  /** As `popHead`, with the last element. */
  popTail(item: ListItem): boolean {
    if (!this.peekTail(item)) return false;
    this.#keep(item);
    this.dropTail();
    return true;
  }

  #keep(item: ListItem): void {
    const { length } = item;
    if (item.isInteger) return;
    let room = this.#popped;
    if (room.length < length) {
      room = new Uint8Array(length > POPPED_BYTES_KEPT ? length : POPPED_BYTES_KEPT);
      if (length <= POPPED_BYTES_KEPT) this.#popped = room;
    }
    copyBytes(item.bytes, item.start, room, 0, length);
    item.setBytes(room, 0, length);
  }

  // --- Edits at a place ---------------------------------------------------------------------------------------------

  /** The cursor stands nowhere afterwards. */
  insertBefore(cursor: ListCursor, bytes: Uint8Array, start: number, length: number): void {
    this.#insert(cursor, bytes, start, length, false);
  }

  /** The cursor stands nowhere afterwards. */
  insertAfter(cursor: ListCursor, bytes: Uint8Array, start: number, length: number): void {
    this.#insert(cursor, bytes, start, length, true);
  }

  /** The rules, and their order, are those of Redis 7.2. */
  #insert(cursor: ListCursor, bytes: Uint8Array, start: number, length: number, isAfter: boolean): void {
    const { node: handle, index, position } = cursor;
    const { node, other } = this;
    this.#leave(cursor);
    node.attach(handle);
    const isAtEdge = index === (isAfter ? node.count - 1 : 0);
    const beside = isAfter ? node.next : node.previous;
    if (this.admits(node, length)) {
      node.decompress();
      const at = isAfter ? node.positionAfter(position, 1) : position;
      node.insert(at, bytes, start, length, EXACT_FIT);
      this.settle(handle);
    } else if (!isAtEdge) {
      this.split(position, index, isAfter);
      if (this.isLong(length)) this.#linkBetween(handle, bytes, start, length, isAfter);
      else this.#linkLengthened(handle, bytes, start, length, isAfter);
    } else if (beside !== 0 && this.admits(other.attach(beside), length)) {
      other.decompress();
      if (isAfter) other.prepend(bytes, start, length, EXACT_FIT);
      else other.append(bytes, start, length, EXACT_FIT);
      this.settle(beside);
    } else {
      const added = this.createNode(other, bytes, start, length).handle;
      this.link(other, handle, isAfter);
      this.settle(handle);
      this.settle(added);
    }
    this.addCount(1);
  }

  /** Links what was split off on `other`, with the new element at the side of the split. */
  #linkLengthened(handle: Handle, bytes: Uint8Array, start: number, length: number, isAfter: boolean): void {
    const { other } = this;
    if (isAfter) other.prepend(bytes, start, length, EXACT_FIT);
    else other.append(bytes, start, length, EXACT_FIT);
    const added = other.handle;
    this.link(other, handle, isAfter);
    this.settle(handle);
    this.settle(added);
    this.mergeAround(handle);
  }

  /** Links what was split off on `other`, and between it and the rest a plain node. @returns the plain node. */
  #linkBetween(handle: Handle, bytes: Uint8Array, start: number, length: number, isAfter: boolean): Handle {
    const part = this.other.handle;
    const long = this.node.createPlain(bytes, start, length).handle;
    this.link(this.node, handle, isAfter);
    this.link(this.other, long, isAfter);
    this.settle(handle);
    this.settle(long);
    this.settle(part);
    return long;
  }

  /** Gives the element other bytes. The cursor stands nowhere afterwards. */
  replace(cursor: ListCursor, bytes: Uint8Array, start: number, length: number): void {
    const { node: handle, index, position } = cursor;
    const node = this.node.attach(handle);
    const isLong = this.isLong(length);
    if (node.isPlain && !isLong) {
      this.#insert(cursor, bytes, start, length, true);
      this.removeNode(node.attach(handle));
      this.settle(0);
      return;
    }
    this.#leave(cursor);
    if (isLong && !node.isPlain) {
      this.#replaceByPlain(handle, index, position, bytes, start, length);
    } else {
      if (isLong) node.setPlain(bytes, start, length);
      else node.decompress();
      if (!isLong) node.replace(position, bytes, start, length);
      this.settle(handle);
    }
  }

  #replaceByPlain(
    handle: Handle,
    index: number,
    position: number,
    bytes: Uint8Array,
    start: number,
    length: number,
  ): void {
    const { node, other } = this;
    let long: Handle;
    if (index < node.count - 1) {
      this.split(position, index, true);
      long = this.#linkBetween(handle, bytes, start, length, true);
    } else {
      long = other.createPlain(bytes, start, length).handle;
      this.link(other, handle, true);
    }
    this.addCount(1);
    node.attach(handle);
    if (node.count === 1) {
      this.removeNode(node);
      this.settle(long);
      return;
    }
    node.decompress();
    node.removeLast();
    this.addCount(-1);
    this.settle(handle);
    this.settle(long);
    this.mergeAround(long);
  }

  // --- Removing -----------------------------------------------------------------------------------------------------

  /**
   * Removes the element. The cursor moves to the next one, or to the one before.
   * @returns false, and the cursor stands nowhere, when there is none.
   */
  remove(cursor: ListCursor, isBackward: boolean): boolean {
    const isMore = this.#removeAt(cursor, isBackward);
    this.#tidy();
    return isMore;
  }

  /**
   * Removes elements with these bytes, which must not stand in the list themselves.
   * @param isBackward from the tail on. @param countMax so many at the most. @returns how many.
   */
  removeEqual(bytes: Uint8Array, start: number, length: number, isBackward: boolean, countMax: number): number {
    const cursor = this.#place;
    const isInteger = this.seekValue(bytes, start, length);
    let removed = 0;
    let isMore = this.seek(cursor, isBackward ? -1 : 0);
    while (isMore && removed < countMax) {
      if (this.isSought(cursor, bytes, start, length, isInteger)) {
        isMore = this.#removeAt(cursor, isBackward);
        removed++;
      } else {
        isMore = isBackward ? this.previous(cursor) : this.next(cursor);
      }
      if (cursor.node !== this.#loose) this.#tidy();
    }
    this.#tidy();
    return removed;
  }

  /** Removes elements from an index on, as many as there must be. Whole nodes go together, and are not looked into. */
  removeRange(from: number, count: number): void {
    assert(from >= 0 && count >= 0 && from + count <= this.count, "a range to remove lies within the list");
    if (count === 0) return;
    const kept = this.count - count;
    const cursor = this.#place;
    this.seek(cursor, from);
    const { node: first, index, position } = cursor;
    this.#leave(cursor);
    const isPart = index > 0 || this.node.attach(first).count > count;
    const next = isPart ? this.#cut(first, index, position, count) : first;
    const last = this.removeNodes(next, this.count - kept);
    const isLastPart = this.count > kept;
    if (isLastPart) this.#cut(last, 0, HEADER_BYTES, this.count - kept);
    this.settle(isPart ? first : 0);
    if (isLastPart) this.settle(last);
  }

  /**
   * Removes elements of a node, which keeps some, from a position on.
   * @param countMax so many, or all to its end. @returns the node behind it, 0 for none.
   */
  #cut(handle: Handle, index: number, position: number, countMax: number): Handle {
    const node = this.node.attach(handle);
    const toEnd = node.count - index;
    const removed = Math.min(countMax, toEnd);
    node.decompress();
    const end = removed === toEnd ? node.sizeBytes - 1 : node.positionAfter(position, removed);
    node.splice(position, end - position, 0, -removed, EXACT_FIT);
    this.addCount(-removed);
    return node.next;
  }

  /** Removes the element and leaves the chain to be tidied. */
  #removeAt(cursor: ListCursor, isBackward: boolean): boolean {
    const node = this.node.attach(cursor.node);
    const beside = isBackward ? node.previous : node.next;
    this.shown = 0;
    if (node.count === 1) {
      this.removeNode(node);
      this.#loose = 0;
      this.settle(0);
      return isBackward ? this.enterAtTail(cursor, beside) : this.enterAtHead(cursor, beside);
    }
    node.decompress();
    node.remove(cursor.position);
    this.addCount(-1);
    this.#loose = cursor.node;
    if (!isBackward) return cursor.index < node.count || this.enterAtHead(cursor, beside);
    return this.previous(cursor);
  }

  /** Settles what a removal has left unpacked. */
  #tidy(): void {
    if (this.#loose === 0) return;
    this.settle(this.#loose);
    this.#loose = 0;
  }

  #leave(cursor: ListCursor): void {
    cursor.node = 0;
    this.shown = 0;
  }
}

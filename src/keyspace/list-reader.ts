/**
 * Reading a list, whichever way it is kept: as one listpack, or as a quicklist (`list-value.ts` says when it is which).
 *
 *     list.open(entry)                    then `count`
 *     list.seek(index)                    stands on an element, false when there is none
 *     list.show()                         points `item` at it
 *     list.move(isBackward)               steps to its neighbour, false when there is none
 *     list.showRest()                     points `rest` at it and all behind it that stand in one piece
 *     list.find(…)                        looks for an element from there on
 *
 * What `item` was pointed at is good until the list is changed or another element is shown.
 */
import { assert } from "../base/assert.ts";
import { viewOf } from "../base/bytes.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import { ENCODING_LISTPACK, encodingOf, outsideHandle, Span, TYPE_LIST, typeOf } from "../structures/entry.ts";
import { ListItem } from "../structures/list-item.ts";
import { Listpack } from "../structures/listpack.ts";
import { ListCursor, Quicklist } from "../structures/quicklist.ts";

const NONE = -1;

export class ListReader {
  readonly item: ListItem = new ListItem();
  readonly rest: Span = new Span();
  /** Over the same bytes as `rest`. */
  restView: DataView = new DataView(new ArrayBuffer(0));
  /** What `restView` is over: mostly a segment of the arena, so that it is seldom made anew. */
  #viewedBytes: Uint8Array | null = null;
  readonly quicklist: Quicklist;
  protected readonly packed: Listpack;
  protected readonly arena: Arena;
  /** Whether it is kept as a listpack. */
  protected isPacked = true;
  /** The place: in the listpack, and in the quicklist. */
  protected position = NONE;
  protected readonly cursor: ListCursor = new ListCursor();

  constructor(arena: Arena) {
    this.arena = arena;
    this.packed = new Listpack(arena);
    this.quicklist = new Quicklist(arena);
  }

  /** Opens the list of a key's entry; it stands nowhere yet. */
  open(entry: Handle): this {
    const arena = this.arena;
    assert(typeOf(arena, entry) === TYPE_LIST, "the entry holds a list");
    const handle = outsideHandle(arena, entry);
    this.isPacked = encodingOf(arena, entry) === ENCODING_LISTPACK;
    if (this.isPacked) this.packed.attach(handle);
    else this.quicklist.attach(handle);
    return this;
  }

  /** Number of elements. */
  get count(): number {
    return this.isPacked ? this.packed.count : this.quicklist.count;
  }

  /** Stands on the element at an index, from the end when negative. @returns false when there is none. */
  seek(index: number): boolean {
    if (!this.isPacked) return this.quicklist.seek(this.cursor, index);
    this.position = this.packed.seek(index);
    return this.position !== NONE;
  }

  /** Steps to the next element, or to the one before. @returns false, and stands nowhere, when there is none. */
  move(isBackward: boolean): boolean {
    if (!this.isPacked) {
      const { cursor, quicklist } = this;
      return isBackward ? quicklist.previous(cursor) : quicklist.next(cursor);
    }
    const { packed, position } = this;
    this.position = isBackward ? packed.previous(position) : packed.next(position);
    return this.position !== NONE;
  }

  /** Points `item` at the element. */
  show(): void {
    if (this.isPacked) this.packed.read(this.position, this.item);
    else this.quicklist.read(this.cursor, this.item);
  }

  /**
   * Points `rest` at what stands in one piece from the element on, encoded as in a listpack, for whoever reads many.
   * @returns false when that is one long element, which is shown as any other.
   */
  showRest(): boolean {
    const { packed, rest } = this;
    if (!this.isPacked) {
      if (!this.quicklist.readRest(this.cursor, rest)) return false;
    } else {
      packed.whole(rest);
      rest.start += this.position;
      rest.length -= this.position + 1;
    }
    if (rest.bytes !== this.#viewedBytes) {
      this.#viewedBytes = rest.bytes;
      this.restView = viewOf(rest.bytes);
    }
    return true;
  }

  /**
   * The large block in which the item stands, 0 when it stands in none: a reply may point into it. Only long elements
   * have one, so it is looked for when it is wanted. Asked of an item that was shown, and before anything is changed.
   */
  get itemBlock(): Handle {
    const { arena, cursor, item, packed, quicklist } = this;
    const first = this.isPacked ? packed.handle : quicklist.blockOf(quicklist.firstNode);
    if (isBlockOf(arena, first, item.bytes)) return first;
    if (this.isPacked) return 0;
    const last = quicklist.blockOf(quicklist.lastNode);
    if (isBlockOf(arena, last, item.bytes)) return last;
    const here = cursor.node === 0 ? 0 : quicklist.blockOf(cursor.node);
    return isBlockOf(arena, here, item.bytes) ? here : 0;
  }

  /** Steps behind all that `showRest` has shown. @returns false, and stands nowhere, when there is no more. */
  moveBehindRest(): boolean {
    if (!this.isPacked) return this.quicklist.nextNodeOf(this.cursor);
    this.position = NONE;
    return false;
  }

  /**
   * Looks for an element with these bytes, beginning with the one that it stands on.
   * @param compareMax elements to compare at the most.
   * @returns how many were passed, and it stands on the one that was found; -1 when there is none, and it stands on any
   *   or none.
   */
  find(bytes: Uint8Array, start: number, length: number, isBackward: boolean, compareMax: number): number {
    if (!this.isPacked) return this.quicklist.find(this.cursor, bytes, start, length, isBackward, compareMax);
    for (let passed = 0; passed < compareMax; passed++) {
      if (this.packed.equals(this.position, bytes, start, length)) return passed;
      if (passed + 1 < compareMax && !this.move(isBackward)) return -1;
    }
    return -1;
  }
}

function isBlockOf(arena: Arena, block: Handle, bytes: Uint8Array): boolean {
  return block < 0 && arena.largeBytes(block) === bytes;
}

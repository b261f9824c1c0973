/** The one walk over a list that snapshot, DUMP and digests share: from head to tail, in steps. */
import type { Arena, Handle } from "../memory/arena.ts";
import { ListItem } from "./list-item.ts";
import { ListCursor, Quicklist } from "./quicklist.ts";

/** Receives the elements in order; those of a list have no value and no score. Bytes are good during the call only. */
export interface ListVisitor {
  element(
    field: Uint8Array,
    fieldStart: number,
    fieldLength: number,
    value: Uint8Array,
    valueStart: number,
    valueLength: number,
    score: number,
  ): void;
}

const NO_VALUE = new Uint8Array(0);

/** Walks one list after another. A list does not change between two steps of its walk. */
export class QuicklistWalker {
  readonly #list: Quicklist;
  readonly #cursor = new ListCursor();
  readonly #item = new ListItem();

  constructor(arena: Arena) {
    this.#list = new Quicklist(arena);
  }

  /** Begins at the head of a list. @param root its handle. */
  open(root: Handle): void {
    this.#list.attach(root).seek(this.#cursor, 0);
  }

  /** Elements of the list. */
  get count(): number {
    return this.#list.count;
  }

  /** Visits up to `limit` elements. @returns false when the end is reached. */
  step(limit: number, visitor: ListVisitor): boolean {
    const list = this.#list;
    const cursor = this.#cursor;
    const item = this.#item;
    for (let visited = 0; visited < limit && cursor.node !== 0; visited++) {
      list.read(cursor, item);
      visitor.element(item.bytes, item.start, item.length, NO_VALUE, 0, 0, 0);
      list.next(cursor);
    }
    return cursor.node !== 0;
  }
}

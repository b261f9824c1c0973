import type { Handle } from "../memory/arena.ts";
import { HandleList } from "./handle-list.ts";

/** Entries that are taken at a time: a home's worth more at most. */
const BATCH_ENTRIES = 64;
const AT_END = -1;

/** What is walked through: a table of keys or of members. */
interface Walked {
  /** As of `Table.scan`. */
  scan(cursor: number, into: HandleList, places: HandleList | null): number;
}

/** A walk through all entries of a table, each once, while nothing is added to it or removed. */
export class TableWalk {
  readonly #batch = new HandleList();
  readonly #places = new HandleList();
  /** The batch's, at hand. */
  #items: Int32Array = this.#batch.items;
  #count = 0;
  #next = 0;
  #cursor = 0;

  /** Has the walk begin anew. */
  rewind(): void {
    this.#count = 0;
    this.#next = 0;
    this.#cursor = 0;
  }

  /** @returns the next entry, 0 after the last. */
  next(table: Walked): Handle {
    if (this.#next === this.#count && !this.#refill(table, null)) return 0;
    return this.#items[this.#next++];
  }

  /** As `next`, and `place` is known; no walk goes by both. */
  nextPlaced(table: Walked): Handle {
    if (this.#next === this.#count && !this.#refill(table, this.#places)) return 0;
    return this.#items[this.#next++];
  }

  /** What the table has told of the entry that `nextPlaced` has come upon. */
  get place(): number {
    return this.#places.items[this.#next - 1];
  }

  /** @returns whether there is anything in the batch. */
  #refill(table: Walked, places: HandleList | null): boolean {
    const batch = this.#batch;
    batch.clear();
    places?.clear();
    while (batch.length < BATCH_ENTRIES && this.#cursor !== AT_END) {
      this.#cursor = table.scan(this.#cursor, batch, places) || AT_END;
    }
    this.#items = batch.items;
    this.#count = batch.length;
    this.#next = 0;
    return this.#count > 0;
  }
}

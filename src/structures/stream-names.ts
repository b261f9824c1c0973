/** Records by name, in the order of the names' bytes: a stream's groups, a group's consumers (`stream-layout.ts`). */
import { assert } from "../base/assert.ts";
import { equalBytes } from "../base/bytes.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import { createEntry, ENCODING_INT, intLow, keySpan, Span, setInt, TYPE_STRING } from "./entry.ts";
import { SortedIndex } from "./sorted-index.ts";
import { SortedCursor } from "./sorted-index-cursor.ts";

const SCORE = 0;
/** More than an empty index has. */
const ALL_BLOCKS = 16;

/** A lens over an index, which exists from the first name to the last: its root is 0 without names. */
export class NameIndex {
  root: Handle = 0;
  readonly #arena: Arena;
  readonly #index: SortedIndex;
  readonly #cursor: SortedCursor;
  readonly #span = new Span();
  #isAtStart = true;
  /** Whether the cursor stands at what comes next. */
  #isThere = false;

  constructor(arena: Arena) {
    this.#arena = arena;
    this.#index = new SortedIndex(arena);
    this.#cursor = new SortedCursor(arena);
  }

  attach(root: Handle): this {
    this.root = root;
    if (root !== 0) this.#index.attach(root);
    return this;
  }

  get count(): number {
    return this.root === 0 ? 0 : this.#index.count;
  }

  /** Bytes of the index in the accounting, names and records not counted. */
  get blockBytes(): number {
    return this.root === 0 ? 0 : this.#index.blockBytes;
  }

  /** @returns the record of a name, 0 when there is none. */
  find(name: Uint8Array, start: number, length: number): Handle {
    if (this.root === 0 || !this.#index.seekLex(name, start, length, false, this.#cursor)) return 0;
    const { entry } = this.#cursor;
    const span = this.#span;
    keySpan(this.#arena, entry, span);
    const isIt = span.length === length && equalBytes(span.bytes, span.start, name, start, length);
    return isIt ? intLow(this.#arena, entry) : 0;
  }

  /** Gives a record a name that is not there yet; `root` may change. @returns the entry that bears the name. */
  add(name: Uint8Array, start: number, length: number, record: Handle): Handle {
    const arena = this.#arena;
    const entry = createEntry(arena, TYPE_STRING, ENCODING_INT, name, start, length, 0, false, 0);
    setInt(arena, entry, 0, record);
    this.addEntry(entry);
    return entry;
  }

  /** As `add`, of an entry that another index had. */
  addEntry(entry: Handle): void {
    if (this.root === 0) this.root = this.#index.create();
    this.#index.insert(SCORE, entry);
  }

  /** Takes an entry out; it is the caller's to free. `root` may change. */
  remove(entry: Handle): void {
    this.#index.remove(SCORE, entry);
    this.#dropIfEmpty();
  }

  /** Takes the last entry out. @returns it. */
  removeLast(): Handle {
    const entry = this.#index.removeAt(this.#index.count - 1);
    this.#dropIfEmpty();
    return entry;
  }

  #dropIfEmpty(): void {
    if (this.#index.count > 0) return;
    const left = this.#index.free(this.root, ALL_BLOCKS);
    assert(left === 0, "an empty index is freed at once");
    this.root = 0;
  }

  /** @returns the record of the last name, of which there must be one. */
  last(): Handle {
    this.#index.at(this.#index.count - 1, this.#cursor);
    return intLow(this.#arena, this.#cursor.entry);
  }

  /** Begins to go through the names. */
  rewind(): void {
    this.#isAtStart = true;
    this.#isThere = false;
  }

  /** Begins to go through the names that come after one, which need not be there. */
  rewindAfter(name: Uint8Array): void {
    this.#isAtStart = false;
    this.#isThere = true;
    if (this.root !== 0) this.#index.seekLex(name, 0, name.length, true, this.#cursor);
  }

  /** The entry that bears the name of the record that `next` has given. */
  get nameEntry(): Handle {
    return this.#cursor.entry;
  }

  /** @returns the next record, 0 at the end. The index must not have changed since `rewind`. */
  next(): Handle {
    if (this.root === 0) return 0;
    const cursor = this.#cursor;
    let isThere = this.#isThere && cursor.entry !== 0;
    if (this.#isAtStart) isThere = this.#index.at(0, cursor);
    else if (!this.#isThere) isThere = cursor.next();
    this.#isAtStart = false;
    this.#isThere = false;
    return isThere ? intLow(this.#arena, cursor.entry) : 0;
  }
}

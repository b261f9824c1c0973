/**
 * Who is interested in a key: a side table from keys to lists of members, for keys that exist and keys that do not.
 * WATCH, channels and patterns are registries of clients. Lists of the same length as most are (one member) cost one
 * small array; the keys cost bytes in the arena.
 */
import { assert } from "../base/assert.ts";
import type { KeyedHash } from "../base/keyed-hash.ts";
import type { Arena } from "../memory/arena.ts";
import { keySpan, type Span } from "../structures/entry.ts";
import { TableWalk } from "../structures/table-walk.ts";
import { SideTable } from "./side-table.ts";

const NOBODY: readonly never[] = [];

export class KeyRegistry<M> {
  readonly #arena: Arena;
  readonly #table: SideTable;
  readonly #lists: (M[] | null)[] = [];
  readonly #freeIds: number[] = [];

  constructor(arena: Arena, hash: KeyedHash) {
    this.#arena = arena;
    this.#table = new SideTable(arena, hash);
  }

  /** Keys that somebody is interested in. */
  get count(): number {
    return this.#table.count;
  }

  /** The members of a key; must not be kept across a change. */
  members(key: Uint8Array, start: number, length: number): readonly M[] {
    const id = this.#table.get(key, start, length);
    return id < 0 ? NOBODY : this.#listOf(id);
  }

  /** @returns false when the member was there already. */
  add(key: Uint8Array, start: number, length: number, member: M): boolean {
    let id = this.#table.get(key, start, length);
    if (id < 0) {
      id = this.#freeIds.pop() ?? this.#lists.length;
      this.#lists[id] = [];
      this.#table.set(key, start, length, id);
    }
    const list = this.#listOf(id);
    if (list.includes(member)) return false;
    list.push(member);
    return true;
  }

  /** @returns false when the member was not there. */
  remove(key: Uint8Array, start: number, length: number, member: M): boolean {
    const id = this.#table.get(key, start, length);
    if (id < 0) return false;
    const list = this.#listOf(id);
    const at = list.indexOf(member);
    if (at < 0) return false;
    list.splice(at, 1);
    if (list.length === 0) {
      this.#table.delete(key, start, length);
      this.#lists[id] = null;
      this.#freeIds.push(id);
    }
    return true;
  }

  /** Calls `visit` with each key and its members. The span is valid during the call; nothing may be changed in it. */
  forEach(span: Span, visit: (members: readonly M[]) => void): void {
    const table = this.#table;
    const walk = new TableWalk();
    for (let entry = walk.next(table); entry !== 0; entry = walk.next(table)) {
      keySpan(this.#arena, entry, span);
      visit(this.#listOf(table.valueOf(entry)));
    }
  }

  #listOf(id: number): M[] {
    const list = this.#lists[id];
    assert(list !== null && list !== undefined, "a list is there while its key is in the table");
    return list;
  }
}

/**
 * A large sorted set: a table of members with their scores, and a sorted index over the same entries, below one root.
 * The table answers who is there and with what score, the index who comes where.
 */
import type { KeyedHash } from "../base/keyed-hash.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import { createCollectionRoot, indexOf, tableOf } from "../structures/collection-root.ts";
import type { HandleList } from "../structures/handle-list.ts";
import { MemberTable } from "../structures/member-table.ts";
import { SortedIndex } from "../structures/sorted-index.ts";
import { SortedCursor } from "../structures/sorted-index-cursor.ts";
import { TableWalk } from "../structures/table-walk.ts";
import { LEX_FIRST, LEX_LAST, type LexBound, type LexBounds, type RankRange } from "./zset-value-ranges.ts";

/** Entries are those of members; 0 is none. */
export class SortedZset {
  readonly members: MemberTable;
  readonly index: SortedIndex;
  readonly cursor: SortedCursor;
  readonly #arena: Arena;

  constructor(arena: Arena, hash: KeyedHash) {
    this.#arena = arena;
    this.members = new MemberTable(arena, hash);
    this.index = new SortedIndex(arena);
    this.cursor = new SortedCursor(arena);
  }

  attach(root: Handle): void {
    this.members.attach(tableOf(this.#arena, root));
    this.index.attach(indexOf(this.#arena, root));
  }

  /** Makes an empty one and attaches to it. @returns its root, in which its size is still to be told. */
  create(): Handle {
    const table = this.members.create();
    return createCollectionRoot(this.#arena, table, this.index.create(), 0);
  }

  get count(): number {
    return this.members.count;
  }

  // ---- ranges ---------------------------------------------------------------------------------------------------

  lexRange({ min, max }: LexBounds, range: RankRange): void {
    range.set(this.#rankOfBound(min, min.exclusive), this.#rankOfBound(max, !max.exclusive));
  }

  /** How many members are before a bound; with `orEqual`, itself as well. */
  #rankOfBound({ kind, member }: LexBound, orEqual: boolean): number {
    if (kind === LEX_FIRST || this.count === 0) return 0;
    if (kind === LEX_LAST) return this.count;
    return this.index.rankOfLex(member.bytes, member.start, member.length, orEqual);
  }

  // ---- changes --------------------------------------------------------------------------------------------------

  /** Adds the member that the table has just not found. */
  insert(bytes: Uint8Array, start: number, length: number, score: number): void {
    this.index.insert(score, this.members.addScored(bytes, start, length, score));
  }

  rescore(entry: Handle, oldScore: number, newScore: number): void {
    this.index.rescore(oldScore, entry, newScore);
    this.members.setScore(entry, newScore);
  }

  /** Removes the member that the table has just found. */
  removeFound(entry: Handle): void {
    this.index.remove(this.members.scoreOf(entry), entry);
    this.members.removeFound();
  }

  /** Removes `count` members from a rank on. */
  removeFrom(rank: number, count: number): void {
    for (let left = count; left > 0; left--) this.members.removeEntry(this.index.removeAt(rank));
  }

  /** Takes the first or the last member out of the index; in the table it stays. @returns its entry. */
  takeOut(fromEnd: boolean): Handle {
    return this.index.removeAt(fromEnd ? this.index.count - 1 : 0);
  }

  /** Removes what was taken out from the table. */
  drop(entry: Handle): void {
    // The next one to be taken out, and the bucket of this one: both are cold, and are waited for together.
    this.index.warmBeside();
    this.members.removeEntry(entry);
  }

  /** Indexes all members of the table, none of which is in the index yet. */
  indexAll(): void {
    const { members, index } = this;
    const walk = new TableWalk();
    for (let entry = walk.next(members); entry !== 0; entry = walk.next(members)) {
      index.insert(members.scoreOf(entry), entry);
    }
  }

  collect(into: HandleList): void {
    this.members.collect(into);
  }
}

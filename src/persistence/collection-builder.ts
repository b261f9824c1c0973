/**
 * Values that are built from outside, element by element, before any key has them: what RESTORE and loading make.
 *
 * A builder keeps what it has built so far in the arena and knows its size, so that it may go on in a later turn, be
 * given to a key (`entry`), or be given up (`discard`). Nothing that comes is trusted: a second field or member of the
 * same name is told by `add` and its kin, and nothing asserts that a client could bring about.
 *
 * The encoding follows the rules by which Redis 7.2 loads, which are not quite those by which commands add: see each.
 */
import { assert } from "../base/assert.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import type { KeyBytes } from "../keyspace/value-types.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import { setRootBytes } from "../structures/collection-root.ts";
import { createEntry, ENCODING_ROOT_MIN, setOutside } from "../structures/entry.ts";
import { MemberTable } from "../structures/member-table.ts";

/** Large blocks: more than there are in any table of names. */
const ALL_BLOCKS = 1 << 20;
const NOTHING = -1;
const NO_KEY: KeyBytes = { key: new Uint8Array(0), keyStart: 0, keyLength: 0 };

export abstract class CollectionBuilder {
  protected readonly keyspace: Keyspace;
  protected readonly arena: Arena;
  /** The type of entry that it makes. */
  protected abstract readonly type: number;
  protected encoding: number = NOTHING;
  /** The block or root. */
  protected handle: Handle = 0;
  /** Bytes in the block; 0 for a root. */
  protected length = 0;
  /** What hangs below a root takes, with it. */
  protected sizeBytes = 0;

  constructor(keyspace: Keyspace) {
    this.keyspace = keyspace;
    this.arena = keyspace.arena;
  }

  /** Makes an entry that owns what was built, in no table yet. */
  entry({ key, keyStart, keyLength }: KeyBytes, expires: boolean): Handle {
    assert(this.encoding !== NOTHING, "there is something built");
    const { arena, encoding, handle, length } = this;
    const { epoch } = this.keyspace;
    if (encoding >= ENCODING_ROOT_MIN) setRootBytes(arena, handle, this.sizeBytes);
    const entry = createEntry(arena, this.type, encoding, key, keyStart, keyLength, 0, expires, epoch);
    setOutside(arena, entry, handle, length);
    this.encoding = NOTHING;
    return entry;
  }

  /** Gives up what was built, complete or not: it is freed, in slices if it is much. */
  discard(): void {
    if (this.encoding !== NOTHING) this.keyspace.lazyFree.freeEntry(this.entry(NO_KEY, false));
  }

  /** What stands in a block. */
  protected stands(encoding: number, handle: Handle, length: number): void {
    this.encoding = encoding;
    this.handle = handle;
    this.length = length;
  }

  /** What hangs below a root; `sizeBytes` is the caller's to keep. */
  protected hangs(encoding: number, root: Handle): void {
    this.stands(encoding, root, 0);
  }
}

/** Finds names that come twice. A table for the while, since any other way is quadratic in what a client sends. */
export class Names {
  readonly #members: MemberTable;
  #root: Handle = 0;

  constructor(keyspace: Keyspace) {
    this.#members = new MemberTable(keyspace.arena, keyspace.hash);
  }

  /** @returns false when the name has come before. */
  add(bytes: Uint8Array, start: number, length: number): boolean {
    if (this.#root === 0) this.#root = this.#members.create();
    return this.#members.attach(this.#root).addMember(bytes, start, length);
  }

  /** Forgets them all. */
  clear(): void {
    if (this.#root === 0) return;
    while (this.#members.free(this.#root, ALL_BLOCKS) > 0);
    this.#root = 0;
  }
}

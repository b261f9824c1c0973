/**
 * Changing a collection under a grip. A change is what happens between `beginChange` and `endChange`:
 *
 *     handle.beginChange()            what a snapshot still needs has been put aside: the value may be changed in place
 *     … a structure's lens is attached to `outsideHandle(entry)`, or makes a new value, and works on it …
 *     handle.endChange(type, encoding, where it stands now, length)
 *
 * and `beginBuild … endBuild` make a new value in the key's place, whatever it held: what the *STORE commands do.
 *
 * What a value takes is not told by the structures: the arena's count is read before and after, and the difference
 * belongs to the value. So between the two calls nothing else may allocate or free: no other handle is changed, nothing
 * else is deleted. A value below a root carries its size there, so that letting go of millions of elements is one
 * subtraction.
 */
import { assert } from "../base/assert.ts";
import type { Handle } from "../memory/arena.ts";
import { setRootBytes } from "../structures/collection-root.ts";
import {
  createEntry,
  ENCODING_ROOT_MIN,
  encodingOf,
  entryOwnBytes,
  FLAG_EXPIRES,
  hasFlag,
  outsideHandle,
  setEncoding,
  setOutside,
  typeOf,
} from "../structures/entry.ts";
import type { MemberGuard, NodeGuard } from "../structures/part-guards.ts";
import { type CollectionImage, ListImage, MemberImage } from "./collection-image.ts";
import { valueBytes } from "./collection-values.ts";
import { EntryGrip, EXPIRY_KEEP } from "./entry-grip.ts";
import type { Snapshot } from "./snapshot.ts";
import { StreamImage } from "./stream-image.ts";

const NO_CHANGE = -1;
const NO_NAME = new Uint8Array(0);

export class CollectionGrip extends EntryGrip {
  /** The arena's count when the change began. */
  #usedBefore = NO_CHANGE;
  /** What the value took then. */
  #valueBefore = 0;
  /** Of the collection that is being changed, while a snapshot still needs what it was, and what that kept before. */
  #image: CollectionImage | null = null;
  #keptBefore = 0;

  /** Whom the structures must tell of what they change, null mostly: set when a change has begun, and taken away at its end. */
  get memberGuard(): MemberGuard | null {
    return this.#image instanceof MemberImage ? this.#image : null;
  }

  get nodeGuard(): NodeGuard | null {
    return this.#image instanceof ListImage ? this.#image : null;
  }

  get streamGuard(): StreamImage | null {
    return this.#image instanceof StreamImage ? this.#image : null;
  }

  /** Begins a change of the collection that the key holds, or is going to. */
  beginChange(): void {
    assert(this.#usedBefore === NO_CHANGE, "one change at a time");
    this.#valueBefore = 0;
    if (this.entry !== 0) {
      if (this.keyspace.snapshot !== null) this.#leaveToSnapshot(this.keyspace.snapshot);
      this.#valueBefore = valueBytes(this.arena, this.entry);
    }
    this.#usedBefore = this.arena.usedBytes;
  }

  /** Has a running snapshot keep what it needs. */
  #leaveToSnapshot(snapshot: Snapshot): void {
    const arena = this.arena;
    if (this.keyspace.isUnsaved(this.entry)) this.relayout(hasFlag(arena, this.entry, FLAG_EXPIRES));
    if (encodingOf(arena, this.entry) < ENCODING_ROOT_MIN) return;
    this.#image = snapshot.guard(outsideHandle(arena, this.entry));
    this.#keptBefore = this.#image?.keptBytes ?? 0;
  }

  /**
   * Ends it.
   * @param handle where the value stands now: the block of a small one, the root of a large one.
   * @param length bytes of what stands in a block; 0 for a root.
   */
  endChange(type: number, encoding: number, handle: Handle, length: number): void {
    const arena = this.arena;
    const grown = this.#account(encoding, handle);
    if (this.entry === 0) this.replace(encoding, 0, false, type);
    else if (encodingOf(arena, this.entry) !== encoding) setEncoding(arena, this.entry, encoding);
    assert(typeOf(arena, this.entry) === type, "a change leaves the type as it is");
    setOutside(arena, this.entry, handle, length);
    this.database.entryBytes += grown;
    this.settle(EXPIRY_KEEP);
  }

  /** Begins a new value that will stand in the place of whatever the key holds. */
  beginBuild(): void {
    assert(this.#usedBefore === NO_CHANGE, "one change at a time");
    this.#valueBefore = 0;
    this.#usedBefore = this.arena.usedBytes;
  }

  /** Ends it; parameters as of `endChange`. @param expiry as for `WriteHandle.setString`. */
  endBuild(type: number, encoding: number, handle: Handle, length: number, expiry: number): void {
    const grown = this.#account(encoding, handle);
    const old = this.replace(encoding, 0, this.willExpire(expiry), type);
    setOutside(this.arena, this.entry, handle, length);
    this.database.entryBytes += grown;
    if (old !== 0) this.retire(old, true);
    this.settle(expiry);
  }

  /** Gives up a new value: the caller has freed all of it. */
  abandonBuild(): void {
    assert(this.arena.usedBytes === this.#usedBefore, "what was built for nothing is freed");
    this.#usedBefore = NO_CHANGE;
  }

  /**
   * Frees a part of the value that has been hung below a root of its own: in slices if it is much.
   * @param type and encoding of what stands below the root. @param bytes of all of it: the value has them no longer.
   */
  freeApart(type: number, encoding: number, root: Handle, bytes: number): void {
    assert(this.#usedBefore !== NO_CHANGE, "a part is taken out in the course of a change");
    const { arena } = this;
    setRootBytes(arena, root, bytes);
    const entry = createEntry(arena, type, encoding, NO_NAME, 0, 0, 0, false, 0);
    setOutside(arena, entry, root, 0);
    const partBytes = bytes + entryOwnBytes(arena, entry);
    const before = arena.usedBytes;
    this.keyspace.lazyFree.freeEntry(entry);
    this.#usedBefore += partBytes - (before - arena.usedBytes);
  }

  /** @returns bytes by which the value has grown. */
  #account(encoding: number, handle: Handle): number {
    const arena = this.arena;
    assert(this.#usedBefore !== NO_CHANGE, "a change ends once");
    const image = this.#image;
    // What the snapshot keeps is still there, but no longer the value's.
    const keptBytes = image === null ? 0 : image.keptBytes - this.#keptBefore;
    const grown = arena.usedBytes - this.#usedBefore - keptBytes;
    const bytes = this.#valueBefore + grown;
    if (encoding >= ENCODING_ROOT_MIN) setRootBytes(arena, handle, bytes);
    else assert(bytes === arena.sizeOf(handle), "a small collection is its block");
    this.#usedBefore = NO_CHANGE;
    this.#image = null;
    if (image !== null && encoding < ENCODING_ROOT_MIN) this.keyspace.snapshot?.detach(image);
    return grown;
  }
}

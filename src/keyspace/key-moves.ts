/**
 * What is done with two keys at once: renaming, moving to another database, copying.
 *
 * The caller holds a grip on each, which are not the same key, and closes both. A value that stands outside of its
 * entry changes hands without being copied, however large; only while a running snapshot has yet to write the old entry
 * does the new one get a copy. Time to live and, where the value itself moves, its access field go along.
 */
import { assert } from "../base/assert.ts";
import { accessOf, setAccess } from "../structures/entry.ts";
import type { Keyspace } from "./keyspace.ts";
import { valueTypeOf } from "./value-types.ts";
import { EXPIRY_NONE, type WriteHandle } from "./write-handle.ts";

/** Gives the value of one key to another, whose own is deleted; the first is gone then. */
export function moveKey(keyspace: Keyspace, from: WriteHandle, to: WriteHandle): void {
  const { arena } = keyspace;
  assert(from.entry !== 0, "a key that is moved exists");
  const expiry = from.expiresAtMs;
  const access = accessOf(arena, from.entry);
  const unsaved = keyspace.isUnsaved(from.entry);
  const type = valueTypeOf(arena, from.entry);
  const make = unsaved ? type.copy : type.take;
  to.put(make(arena, from.entry, to, expiry !== EXPIRY_NONE, keyspace.epoch), expiry);
  setAccess(arena, to.entry, access);
  from.unlink(unsaved);
}

/** Gives a copy of the value of one key to another, whose own is deleted. */
export function copyKey(keyspace: Keyspace, from: WriteHandle, to: WriteHandle): void {
  const { arena } = keyspace;
  assert(from.entry !== 0, "a key that is copied exists");
  const expiry = from.expiresAtMs;
  const type = valueTypeOf(arena, from.entry);
  to.put(type.copy(arena, from.entry, to, expiry !== EXPIRY_NONE, keyspace.epoch), expiry);
  setAccess(arena, to.entry, keyspace.newAccess);
}

/**
 * What is done with two keys at once: renaming, moving to another database, copying.
 *
 * The caller holds a grip on what changes, never two on one key, and closes it. A value that stands outside of its
 * entry changes hands without being copied, however large; while a running snapshot has yet to write the old entry the
 * new one gets a copy, or shares what is large. Time to live and, where the value itself moves, its access field go along.
 */
import { assert } from "../base/assert.ts";
import type { Handle } from "../memory/arena.ts";
import { accessOf, expiresAtMs, FLAG_EXPIRES, hasFlag, setAccess } from "../structures/entry.ts";
import { EVENT_NEW } from "./key-events.ts";
import type { Keyspace } from "./keyspace.ts";
import { valueTypeOf } from "./value-types.ts";
import { EXPIRY_NONE, type WriteHandle } from "./write-handle.ts";

/** Gives the value of one key to another, whose own is deleted; the first is gone then. */
export function moveKey(keyspace: Keyspace, from: WriteHandle, to: WriteHandle): void {
  const { arena } = keyspace;
  assert(from.entry !== 0, "a key that is moved exists");
  const expiry = from.expiresAtMs;
  const access = accessOf(arena, from.entry);
  const unsaved = keyspace.outlivesItsKey(from.entry);
  const type = valueTypeOf(arena, from.entry);
  const make = unsaved ? type.share : type.take;
  put(to, make(keyspace.structures, from.entry, to, expiry !== EXPIRY_NONE, keyspace.epoch), expiry);
  setAccess(arena, to.entry, access);
  from.unlink(unsaved);
}

/** Gives a key a copy of the value of an entry; what it had before is deleted. */
export function copyKey(keyspace: Keyspace, from: Handle, to: WriteHandle): void {
  const { arena } = keyspace;
  assert(from !== to.entry, "a key is copied to another one");
  const expires = hasFlag(arena, from, FLAG_EXPIRES);
  const entry = valueTypeOf(arena, from).copy(keyspace.structures, from, to, expires, keyspace.epoch);
  put(to, entry, expires ? expiresAtMs(arena, from) : EXPIRY_NONE);
  setAccess(arena, to.entry, keyspace.newAccess);
}

/** To whoever is told of it, a key that is replaced so has been deleted and is new. */
function put(to: WriteHandle, entry: Handle, expiry: number): void {
  const replaces = to.entry !== 0;
  to.put(entry, expiry);
  if (replaces) to.signal(EVENT_NEW);
}

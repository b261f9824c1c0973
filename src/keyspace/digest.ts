/**
 * The digest of a dataset: what DEBUG DIGEST and DIGEST-VALUE answer, to the byte as Redis computes it (its debug.c), so
 * that a server and its replica, a dataset and its reload, or Redpoll and a real Redis can be compared.
 */
import { asciiBytes } from "../base/text.ts";
import type { Handle } from "../memory/arena.ts";
import { FLAG_EXPIRES, hasFlag, keySpan, Span } from "../structures/entry.ts";
import { TableWalk } from "../structures/table-walk.ts";
import type { Database } from "./database.ts";
import { Digest } from "./digest-mixer.ts";
import type { Keyspace } from "./keyspace.ts";
import { valueTypeOf } from "./value-types.ts";

/** When a key expires is not part of the digest; that it does, is. */
const EXPIRES = asciiBytes("!!expire!!");

/** The digest of everything there is, expired keys that nobody has noticed yet included. O(dataset). */
export function datasetDigest(keyspace: Keyspace): Digest {
  const total = new Digest();
  for (const database of keyspace.databases) {
    if (database.count === 0) continue;
    total.mixWord(database.index);
    addDatabase(keyspace, database, total);
  }
  return total;
}

/** Adds type, value and whether it expires. Starts from whatever is in the digest: for a whole dataset, the key. */
export function addEntry(keyspace: Keyspace, entry: Handle, into: Digest): void {
  const { arena } = keyspace;
  const type = valueTypeOf(arena, entry);
  into.mixWord(type.type);
  type.digest(keyspace.structures, entry, into);
  if (hasFlag(arena, entry, FLAG_EXPIRES)) into.xor(EXPIRES, 0, EXPIRES.length);
}

function addDatabase(keyspace: Keyspace, database: Database, total: Digest): void {
  const { table } = database;
  const walk = new TableWalk();
  const span = new Span();
  const one = new Digest();
  for (let entry = walk.next(table); entry !== 0; entry = walk.next(table)) {
    one.reset();
    keySpan(keyspace.arena, entry, span);
    one.mix(span.bytes, span.start, span.length);
    addEntry(keyspace, entry, one);
    total.xor(one.bytes, 0, one.bytes.length);
  }
}

/** Hashes, as everything that does not care what a key holds sees them. */
import type { Handle } from "../memory/arena.ts";
import { createCollectionRoot, freeCollection, tableOf } from "../structures/collection-root.ts";
import { ENCODING_LISTPACK, ENCODING_TABLE, keySpan, Span, TYPE_HASH } from "../structures/entry.ts";
import { HandleList } from "../structures/handle-list.ts";
import { MemberTable } from "../structures/member-table.ts";
import { collectionValues } from "./collection-values.ts";
import { Digest } from "./digest-mixer.ts";
import type { Structures } from "./structures.ts";
import type { ValueType } from "./value-types.ts";

export const HASH_VALUES: ValueType = collectionValues({
  type: TYPE_HASH,
  name: "hash",
  encodings: {
    [ENCODING_LISTPACK]: { name: "listpack" },
    [ENCODING_TABLE]: { name: "hashtable", root: { copy: copyFields, free: freeFields } },
  },
  digest: addDigest,
});

function copyFields({ arena, hash, members }: Structures, root: Handle): Handle {
  const before = arena.usedBytes;
  const copies = new MemberTable(arena, hash);
  const table = copies.create();
  const batch = new HandleList();
  const field = new Span();
  const value = new Span();
  members.attach(tableOf(arena, root));
  let cursor = 0;
  do {
    batch.clear();
    cursor = members.scan(cursor, batch);
    for (let index = 0; index < batch.length; index++) {
      keySpan(arena, batch.items[index], field);
      members.valueSpan(batch.items[index], value);
      copies.setField(field.bytes, field.start, field.length, value.bytes, value.start, value.length);
    }
  } while (cursor !== 0);
  return createCollectionRoot(arena, table, 0, arena.usedBytes - before);
}

function freeFields({ arena, members, sorted }: Structures, root: Handle, blocksMax: number): boolean {
  return freeCollection(arena, members, sorted, root, blocksMax) === 0;
}

/** Fields have no order, but each is before its value. */
function addDigest({ hashes }: Structures, entry: Handle, into: Digest): void {
  const pair = new Digest();
  const { field, value } = hashes.open(entry);
  while (hashes.next()) {
    pair.reset();
    pair.mix(field.bytes, field.start, field.length);
    pair.mix(value.bytes, value.start, value.length);
    into.xor(pair.bytes, 0, pair.bytes.length);
  }
}

/** Sets, as everything that does not care what a key holds sees them. */
import type { Handle } from "../memory/arena.ts";
import { createCollectionRoot, freeCollection, tableOf } from "../structures/collection-root.ts";
import { ENCODING_INTSET, ENCODING_LISTPACK, ENCODING_TABLE, keySpan, Span, TYPE_SET } from "../structures/entry.ts";
import { MemberTable } from "../structures/member-table.ts";
import { TableWalk } from "../structures/table-walk.ts";
import { collectionValues } from "./collection-values.ts";
import type { Digest } from "./digest-mixer.ts";
import type { Structures } from "./structures.ts";
import type { ValueType } from "./value-types.ts";

export const SET_VALUES: ValueType = collectionValues({
  type: TYPE_SET,
  name: "set",
  encodings: {
    [ENCODING_INTSET]: { name: "intset" },
    [ENCODING_LISTPACK]: { name: "listpack" },
    [ENCODING_TABLE]: { name: "hashtable", root: { copy: copyMembers, free: freeMembers } },
  },
  digest: addDigest,
});

function copyMembers({ arena, hash, members }: Structures, root: Handle): Handle {
  const before = arena.usedBytes;
  const copies = new MemberTable(arena, hash);
  const table = copies.create();
  const member = new Span();
  const walk = new TableWalk();
  members.attach(tableOf(arena, root));
  for (let entry = walk.next(members); entry !== 0; entry = walk.next(members)) {
    keySpan(arena, entry, member);
    copies.addMember(member.bytes, member.start, member.length);
  }
  return createCollectionRoot(arena, table, 0, arena.usedBytes - before);
}

function freeMembers({ arena, members, sorted }: Structures, root: Handle, blocksMax: number): boolean {
  return freeCollection(arena, members, sorted, root, blocksMax) === 0;
}

/** Members have no order. */
function addDigest({ sets }: Structures, entry: Handle, into: Digest): void {
  const { member } = sets.open(entry);
  while (sets.next()) into.xor(member.bytes, member.start, member.length);
}

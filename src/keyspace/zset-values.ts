/** Sorted sets, as everything that does not care what a key holds sees them. */
import { asciiBytes, formatDouble17 } from "../base/text.ts";
import type { Handle } from "../memory/arena.ts";
import { createCollectionRoot, freeCollection, indexOf } from "../structures/collection-root.ts";
import { ENCODING_LISTPACK, ENCODING_SORTED, keySpan, Span, TYPE_ZSET } from "../structures/entry.ts";
import { MemberTable } from "../structures/member-table.ts";
import { SortedIndex } from "../structures/sorted-index.ts";
import { SortedCursor } from "../structures/sorted-index-cursor.ts";
import { collectionValues } from "./collection-values.ts";
import { Digest } from "./digest-mixer.ts";
import type { Structures } from "./structures.ts";
import type { ValueType } from "./value-types.ts";

export const ZSET_VALUES: ValueType = collectionValues({
  type: TYPE_ZSET,
  name: "zset",
  encodings: {
    [ENCODING_LISTPACK]: { name: "listpack" },
    [ENCODING_SORTED]: { name: "skiplist", root: { copy: copyMembers, free: freeMembers } },
  },
  digest: addDigest,
});

/** In order, so that the copy's index is full. */
function copyMembers({ arena, hash, sorted }: Structures, root: Handle): Handle {
  const before = arena.usedBytes;
  const members = new MemberTable(arena, hash);
  const table = members.create();
  const index = new SortedIndex(arena);
  const indexRoot = index.create();
  const cursor = new SortedCursor(arena);
  const member = new Span();
  let isMore = sorted.attach(indexOf(arena, root)).at(0, cursor);
  for (; isMore; isMore = cursor.next()) {
    keySpan(arena, cursor.entry, member);
    members.find(member.bytes, member.start, member.length);
    index.insert(cursor.score, members.addScored(member.bytes, member.start, member.length, cursor.score));
  }
  return createCollectionRoot(arena, table, indexRoot, arena.usedBytes - before);
}

function freeMembers({ arena, members, sorted }: Structures, root: Handle, blocksMax: number): boolean {
  return freeCollection(arena, members, sorted, root, blocksMax) === 0;
}

/** Order is no part of it, since it follows from the scores; their text is that of 17 digits. */
function addDigest({ zsets }: Structures, entry: Handle, into: Digest): void {
  const pair = new Digest();
  const { member } = zsets.open(entry);
  while (zsets.next()) {
    const score = asciiBytes(formatDouble17(zsets.score));
    pair.reset();
    pair.mix(member.bytes, member.start, member.length);
    pair.mix(score, 0, score.length);
    into.xor(pair.bytes, 0, pair.bytes.length);
  }
}

/** Lists, as everything that does not care what a key holds sees them. */
import type { Handle } from "../memory/arena.ts";
import { ENCODING_LISTPACK, ENCODING_QUICKLIST, TYPE_LIST } from "../structures/entry.ts";
import { collectionValues } from "./collection-values.ts";
import type { Digest } from "./digest-mixer.ts";
import type { Structures } from "./structures.ts";
import type { ValueType } from "./value-types.ts";

export const LIST_VALUES: ValueType = collectionValues({
  type: TYPE_LIST,
  name: "list",
  encodings: {
    [ENCODING_LISTPACK]: { name: "listpack" },
    [ENCODING_QUICKLIST]: { name: "quicklist", root: { copy: copyNodes, free: freeNodes } },
  },
  digest: addDigest,
});

function copyNodes({ lists }: Structures, root: Handle): Handle {
  return lists.quicklist.attach(root).copy();
}

function freeNodes({ lists }: Structures, root: Handle, blocksMax: number): boolean {
  return lists.quicklist.free(root, blocksMax) === 0;
}

/** Elements in their order. */
function addDigest({ lists }: Structures, entry: Handle, into: Digest): void {
  const { item } = lists.open(entry);
  for (let isMore = lists.seek(0); isMore; isMore = lists.move(false)) {
    lists.show();
    into.mix(item.bytes, item.start, item.length);
  }
}

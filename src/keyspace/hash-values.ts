/** Hashes, as everything that does not care what a key holds sees them. */
import type { Arena, Handle } from "../memory/arena.ts";
import { createCollectionRoot, freeCollection, setRootBytes, tableOf } from "../structures/collection-root.ts";
import {
  createEntry,
  ENCODING_LISTPACK,
  ENCODING_LISTPACK_EX,
  ENCODING_TABLE,
  encodingOf,
  keySpan,
  outsideHandle,
  Span,
  setOutside,
  TYPE_HASH,
} from "../structures/entry.ts";
import { Listpack } from "../structures/listpack.ts";
import { MemberTable } from "../structures/member-table.ts";
import { TableWalk } from "../structures/table-walk.ts";
import { collectionValues } from "./collection-values.ts";
import { Digest } from "./digest-mixer.ts";
import { addIndexed, FieldIndex } from "./hash-field-index.ts";
import { setFieldsPosition } from "./hash-position.ts";
import type { Structures } from "./structures.ts";
import type { ValueType } from "./value-types.ts";

const BASE: ValueType = collectionValues({
  type: TYPE_HASH,
  name: "hash",
  encodings: {
    [ENCODING_LISTPACK]: { name: "listpack" },
    [ENCODING_LISTPACK_EX]: { name: "listpackex" },
    [ENCODING_TABLE]: { name: "hashtable", root: { copy: copyFields, free: freeFields } },
  },
  digest: addDigest,
});

export const HASH_VALUES: ValueType = {
  ...BASE,
  take: (structures, from, ...rest) => withoutPlace(structures.arena, BASE.take(structures, from, ...rest)),
  copy,
  share: copy,
  nextExpiryMs: ({ lapsing }, entry) => lapsing.open(entry).nextExpiryMs,
};

/** A new entry begins without the place in the index that the other has (`hash-position.ts`). */
function withoutPlace(arena: Arena, entry: Handle): Handle {
  if (encodingOf(arena, entry) !== ENCODING_LISTPACK) setFieldsPosition(arena, entry, 0);
  return entry;
}

function copy(...copied: Parameters<ValueType["copy"]>): Handle {
  const [structures, from, { key, keyStart, keyLength }, expires, epoch] = copied;
  const { arena } = structures;
  const encoding = encodingOf(arena, from);
  if (encoding !== ENCODING_LISTPACK_EX) return withoutPlace(arena, BASE.copy(...copied));
  const block = new Listpack(arena).attach(outsideHandle(arena, from)).duplicate();
  const entry = createEntry(arena, TYPE_HASH, encoding, key, keyStart, keyLength, 0, expires, epoch);
  setOutside(arena, entry, block, 0);
  return entry;
}

function copyFields({ arena, hash, members }: Structures, root: Handle): Handle {
  const before = arena.usedBytes;
  const copies = new MemberTable(arena, hash);
  const index = new FieldIndex(arena);
  const copied = createCollectionRoot(arena, copies.create(), 0, 0);
  index.attach(copied);
  const field = new Span();
  const value = new Span();
  const walk = new TableWalk();
  members.attach(tableOf(arena, root));
  for (let entry = walk.next(members); entry !== 0; entry = walk.next(members)) {
    keySpan(arena, entry, field);
    members.valueSpan(entry, value);
    addIndexed(copies, index, field, value, members.expiryOf(entry));
  }
  setRootBytes(arena, copied, arena.usedBytes - before);
  return copied;
}

function freeFields({ arena, members, sorted }: Structures, root: Handle, blocksMax: number): boolean {
  return freeCollection(arena, members, sorted, root, blocksMax) === 0;
}

/** Fields have no order, but each is before its value. When they expire does not count. */
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

/** Writes hashes of which fields expire: what is not in an RDB of other hashes (`rdb-format.ts`). */
import { TRIPLE, timeAt } from "../keyspace/hash-triples.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import { indexOf } from "../structures/collection-root.ts";
import {
  ENCODING_LISTPACK,
  ENCODING_LISTPACK_EX,
  encodingOf,
  expiresAtMs,
  FLAG_EXPIRES,
  hasFlag,
  outsideHandle,
} from "../structures/entry.ts";
import { ListItem } from "../structures/list-item.ts";
import { Listpack } from "../structures/listpack.ts";
import { RDB_HASH, RDB_HASH_LISTPACK, RDB_HASH_LISTPACK_EX, RDB_HASH_METADATA } from "./rdb-format.ts";
import type { RdbOutput } from "./rdb-output.ts";

/** How a hash is written. One none of whose fields expires any more is written as any other. */
export function hashCodeOf(arena: Arena, entry: Handle): number {
  const handle = outsideHandle(arena, entry);
  switch (encodingOf(arena, entry)) {
    case ENCODING_LISTPACK:
      return RDB_HASH_LISTPACK;
    case ENCODING_LISTPACK_EX:
      return firstTime(new Listpack(arena).attach(handle)) === 0 ? RDB_HASH : RDB_HASH_LISTPACK_EX;
    default:
      return indexOf(arena, handle) === 0 ? RDB_HASH : RDB_HASH_METADATA;
  }
}

/** When the field that expires first does so; 0 when none does. */
function firstTime(packed: Listpack): number {
  const first = packed.first();
  return first < 0 ? 0 : timeAt(packed, first);
}

export class HashWriter {
  readonly #arena: Arena;
  readonly #out: RdbOutput;
  readonly #packed: Listpack;
  readonly #item = new ListItem();
  /** Of the table that is being written: the first time; 0 when no field expires. */
  #firstMs = 0;

  constructor(arena: Arena, out: RdbOutput) {
    this.#arena = arena;
    this.#out = out;
    this.#packed = new Listpack(arena);
  }

  /** Writes a `listpackex`. @param block with the listpack. */
  writePacked(block: Handle): void {
    const packed = this.#packed.attach(block);
    const out = this.#out;
    const firstMs = firstTime(packed);
    const item = this.#item;
    if (firstMs !== 0) {
      out.int64(firstMs);
      packed.whole(item);
      out.string(item.bytes, item.start, item.length);
      return;
    }
    out.length(packed.count / TRIPLE);
    let place = 0;
    for (let at = packed.first(); at >= 0; at = packed.next(at)) {
      if (++place % TRIPLE === 0) continue;
      packed.read(at, item);
      out.string(item.bytes, item.start, item.length);
    }
  }

  /** Writes what comes before the fields of a table. @param firstMs when the first of them expires; 0 for never. */
  beginTable(firstMs: number): void {
    this.#firstMs = firstMs;
    if (firstMs !== 0) this.#out.int64(firstMs);
  }

  /** Writes what comes before a field of it. */
  beginField(entry: Handle): void {
    if (this.#firstMs === 0) return;
    const expires = hasFlag(this.#arena, entry, FLAG_EXPIRES);
    this.#out.length(expires ? expiresAtMs(this.#arena, entry) - this.#firstMs + 1 : 0);
  }
}

/**
 * The types of values: what has to be done with a value whoever's it is, one row a type. Everything that moves,
 * copies, frees, measures or digests a key without caring what it holds goes through this table, so that a new type
 * is added here and nowhere else.
 */
import type { Arena, Handle } from "../memory/arena.ts";
import { typeOf } from "../structures/entry.ts";
import type { Digest } from "./digest-mixer.ts";
import { HASH_VALUES } from "./hash-values.ts";
import { LIST_VALUES } from "./list-values.ts";
import { SET_VALUES } from "./set-values.ts";
import { STREAM_VALUES } from "./stream-values.ts";
import { STRING_VALUES } from "./string-values.ts";
import type { Structures } from "./structures.ts";
import { ZSET_VALUES } from "./zset-values.ts";

/** The key that an entry is made for; a write handle is one. */
export interface KeyBytes {
  readonly key: Uint8Array;
  readonly keyStart: number;
  readonly keyLength: number;
}

export interface ValueType {
  /** The field of the entry. */
  readonly type: number;
  /** What TYPE says. */
  readonly name: string;
  /** What OBJECT ENCODING says. */
  encodingName(arena: Arena, entry: Handle): string;
  /** Bytes in the accounting of all that the value has outside of the entry. */
  outsideBytes(structures: Structures, entry: Handle): number;
  /**
   * A new entry, in no table yet, that has the value of `from` from now on: what stands outside changes hands without a
   * copy. `from` is to be let go of without its value. Access is 0, and expiry fields are not in the index.
   */
  take(structures: Structures, from: Handle, key: KeyBytes, expires: boolean, epoch: number): Handle;
  /** As `take`, with a copy of the value. */
  copy(structures: Structures, from: Handle, key: KeyBytes, expires: boolean, epoch: number): Handle;
  /**
   * As `copy`, while a running snapshot has yet to write `from`, which nobody else will read any more: what is large may
   * stand in both, as long as changes of the new entry do not reach the old one. Never asked of large
   * collections (`collection-image.ts`).
   */
  share(structures: Structures, from: Handle, key: KeyBytes, expires: boolean, epoch: number): Handle;
  /**
   * Frees an entry with its key and value, or if that is more than `blocksMax` blocks or so, a part of the value.
   * @returns bytes that are left to be freed by more calls; 0 when all is freed.
   */
  free(structures: Structures, entry: Handle, blocksMax: number): number;
  /** When the next part of the value expires by itself, ms since the epoch; Infinity for never. Only of hashes. */
  nextExpiryMs?(structures: Structures, entry: Handle): number;
  /** Whether slices have something to do on the value yet (`stream-sweep.ts`). Only of streams. */
  isUnfinished?(structures: Structures, entry: Handle): boolean;
  /** Adds the value, without type and expiry, to a digest. */
  digest(structures: Structures, entry: Handle, into: Digest): void;
}

/** All types there are. */
export const VALUE_TYPES: readonly ValueType[] = [
  STRING_VALUES,
  LIST_VALUES,
  SET_VALUES,
  HASH_VALUES,
  ZSET_VALUES,
  STREAM_VALUES,
];

const BY_NUMBER: readonly ValueType[] = VALUE_TYPES.reduce<ValueType[]>((table, type) => {
  table[type.type] = type;
  return table;
}, []);

export function valueTypeOf(arena: Arena, entry: Handle): ValueType {
  return BY_NUMBER[typeOf(arena, entry)];
}

/**
 * Collections, as everything that does not care what a key holds sees them. A type of collection is a row of encodings:
 * a small one is a block, which is copied as it is; a large one hangs below a root, and its structure copies and frees it.
 */
import { copyBytes } from "../base/bytes.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import { rootBytes, setRootBytes } from "../structures/collection-root.ts";
import {
  createEntry,
  ENCODING_ROOT_MIN,
  encodingOf,
  entryOwnBytes,
  freeEntry,
  outsideHandle,
  outsideLength,
  Span,
  setOutside,
  spanOfBlock,
  typeOf,
} from "../structures/entry.ts";
import type { Digest } from "./digest-mixer.ts";
import type { Structures } from "./structures.ts";
import type { KeyBytes, ValueType } from "./value-types.ts";

/** A structure below a root. */
export interface RootStructure {
  /** A copy of all of it, its size in its root. */
  copy(structures: Structures, root: Handle): Handle;
  /** Frees about `blocksMax` blocks of it. @returns whether all of it is gone. */
  free(structures: Structures, root: Handle, blocksMax: number): boolean;
}

export interface CollectionEncoding {
  /** What OBJECT ENCODING says. */
  readonly name: string;
  /** Absent where the value is one block. */
  readonly root?: RootStructure;
}

export interface CollectionType {
  readonly type: number;
  readonly name: string;
  /** By the entry's encoding field. */
  readonly encodings: Readonly<Record<number, CollectionEncoding>>;
  digest(structures: Structures, entry: Handle, into: Digest): void;
}

export function collectionValues({ type, name, encodings, digest }: CollectionType): ValueType {
  const rootOf = (arena: Arena, entry: Handle): RootStructure | undefined => encodings[encodingOf(arena, entry)].root;

  const copy: ValueType["copy"] = (structures, from, key, expires, epoch) => {
    const { arena } = structures;
    const handle = outsideHandle(arena, from);
    const length = outsideLength(arena, from);
    const copied = rootOf(arena, from)?.copy(structures, handle) ?? copyBlock(arena, handle, length);
    return entryWith(arena, from, copied, key, expires, epoch);
  };

  return {
    type,
    name,
    encodingName: (arena, entry) => encodings[encodingOf(arena, entry)].name,
    outsideBytes: ({ arena }, entry) => valueBytes(arena, entry),
    take: ({ arena }, from, key, expires, epoch) =>
      entryWith(arena, from, outsideHandle(arena, from), key, expires, epoch),
    copy,
    share: copy,
    free(structures, entry, blocksMax) {
      const { arena } = structures;
      const handle = outsideHandle(arena, entry);
      const root = rootOf(arena, entry);
      if (root === undefined) {
        arena.free(handle);
      } else {
        const before = arena.usedBytes;
        const bytes = rootBytes(arena, handle);
        if (!root.free(structures, handle, blocksMax)) {
          const left = bytes - (before - arena.usedBytes);
          setRootBytes(arena, handle, left);
          return left + entryOwnBytes(arena, entry);
        }
      }
      freeEntry(arena, entry);
      return 0;
    },
    digest,
  };
}

/** Bytes that a collection has outside of its entry. */
export function valueBytes(arena: Arena, entry: Handle): number {
  const handle = outsideHandle(arena, entry);
  return encodingOf(arena, entry) >= ENCODING_ROOT_MIN ? rootBytes(arena, handle) : arena.sizeOf(handle);
}

function copyBlock(arena: Arena, block: Handle, length: number): Handle {
  const copied = arena.allocate(length);
  const from = new Span();
  const to = new Span();
  spanOfBlock(arena, block, length, from);
  spanOfBlock(arena, copied, length, to);
  copyBytes(from.bytes, from.start, to.bytes, to.start, length);
  return copied;
}

/** An entry as `from`, with another handle. */
function entryWith(
  arena: Arena,
  from: Handle,
  handle: Handle,
  { key, keyStart, keyLength }: KeyBytes,
  expires: boolean,
  epoch: number,
): Handle {
  const type = typeOf(arena, from);
  const entry = createEntry(arena, type, encodingOf(arena, from), key, keyStart, keyLength, 0, expires, epoch);
  setOutside(arena, entry, handle, outsideLength(arena, from));
  return entry;
}

/** Which image a collection gets (`collection-image.ts`). */
import { assert } from "../base/assert.ts";
import type { Handle } from "../memory/arena.ts";
import {
  ENCODING_QUICKLIST,
  ENCODING_SORTED,
  ENCODING_STREAM,
  encodingOf,
  outsideHandle,
} from "../structures/entry.ts";
import { type CollectionImage, hasParts, ListImage, MemberImage, type PartLenses } from "./collection-image.ts";
import { StreamImage } from "./stream-image.ts";

/** @param entry holds a collection with parts. @param epoch the generation of the snapshot, or EPOCH_NONE. */
export function imageOf(lenses: PartLenses, entry: Handle, epoch: number): CollectionImage {
  const encoding = encodingOf(lenses.arena, entry);
  assert(hasParts(encoding), "a collection has parts");
  const root = outsideHandle(lenses.arena, entry);
  if (encoding === ENCODING_QUICKLIST) return new ListImage(lenses, root, epoch);
  if (encoding === ENCODING_STREAM) return new StreamImage(lenses, root, epoch);
  return new MemberImage(lenses, root, epoch, encoding === ENCODING_SORTED);
}

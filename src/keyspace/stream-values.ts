/** Streams, as everything that does not care what a key holds sees them. */
import { writeInt64 } from "../base/text.ts";
import type { Handle } from "../memory/arena.ts";
import { ENCODING_STREAM, TYPE_STREAM } from "../structures/entry.ts";
import { StreamCopy } from "../structures/stream-copy.ts";
import { ID_TEXT_BYTES_MAX, StreamId } from "../structures/stream-id.ts";
import { collectionValues } from "./collection-values.ts";
import type { Digest } from "./digest-mixer.ts";
import type { Structures } from "./structures.ts";
import type { ValueType } from "./value-types.ts";

const COLLECTION: ValueType = collectionValues({
  type: TYPE_STREAM,
  name: "stream",
  encodings: {
    [ENCODING_STREAM]: {
      name: "stream",
      root: {
        copy: ({ arena }, root) => new StreamCopy(arena).copy(root),
        free: ({ streams }, root, blocksMax) => streams.release.free(root, blocksMax),
      },
    },
  },
  digest: addDigest,
});

export const STREAM_VALUES: ValueType = {
  ...COLLECTION,
  isUnfinished: ({ streams }, entry) => streams.open(entry).gone.isAny,
};

/** Entries in their order, ids with a point between the halves; groups are no part of it. */
function addDigest({ streams }: Structures, entry: Handle, into: Digest): void {
  const text = new Uint8Array(ID_TEXT_BYTES_MAX);
  const { field, id, value } = streams.open(entry);
  streams.range(new StreamId(), new StreamId().setMax(), false);
  while (streams.next()) {
    into.mix(text, 0, writePointed(id, text));
    while (streams.nextField()) {
      into.mix(field.bytes, field.start, field.length);
      into.mix(value.bytes, value.start, value.length);
    }
  }
}

/** @returns the length of the text. */
function writePointed(id: StreamId, into: Uint8Array): number {
  const end = writeInt64(id.msHigh >>> 0, id.msLow, into, 0);
  into[end] = 0x2e;
  return writeInt64(id.seqHigh >>> 0, id.seqLow, into, end + 1);
}

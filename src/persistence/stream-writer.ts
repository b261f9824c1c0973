/**
 * Writes a stream as RDB has it, part by part as an image tells of them (`keyspace/stream-image.ts`), behind the number of
 * its nodes:
 *
 *     nodes, each its id in 16 bytes as a string and its listpack
 *     length, last id, first id, greatest deleted id, entries ever added
 *     groups: name, last id, entries read
 *       pending entries: id in 16 bytes, delivery time, count
 *       consumers: name, when last seen, ids that are pending for it
 *
 * This is what Redis 7.0 writes; when a consumer was last active, which 7.2 adds, is lost.
 */
import { assert } from "../base/assert.ts";
import type { Int64 } from "../base/text.ts";
import type {
  ConsumerFacts,
  GroupFacts,
  PendingFacts,
  StreamFacts,
  StreamPartReader,
} from "../keyspace/stream-parts.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import { Span } from "../structures/entry.ts";
import { ID_BYTES, type StreamId } from "../structures/stream-id.ts";
import { StreamNode } from "../structures/stream-node.ts";
import type { RdbOutput } from "./rdb-output.ts";

export class StreamWriter implements StreamPartReader {
  readonly #out: RdbOutput;
  readonly #node: StreamNode;
  readonly #span = new Span();
  readonly #idBytes = new Uint8Array(ID_BYTES);
  /** Whether a stream has been begun and is not at its end. */
  #isOpen = false;
  /** What has been announced and is to come: groups, and of the present one entries, consumers, ids of the present one. */
  #groupsLeft = 0;
  #pendingLeft = 0;
  #consumersLeft = 0;
  #idsLeft = 0;

  constructor(arena: Arena, out: RdbOutput) {
    this.#out = out;
    this.#node = new StreamNode(arena);
  }

  get isComplete(): boolean {
    return !this.#isOpen;
  }

  /** The number of nodes has been written. */
  begin(): void {
    assert(!this.#isOpen, "one stream is complete before the next begins");
    this.#isOpen = true;
  }

  node(masterId: StreamId, node: Handle): void {
    const span = this.#span;
    masterId.encode(this.#idBytes, 0);
    this.#out.string(this.#idBytes, 0, ID_BYTES);
    this.#node.attach(node).whole(span);
    this.#out.string(span.bytes, span.start, span.length);
  }

  facts({ entriesAdded, firstId, groupCount, lastId, length, maxDeletedId }: StreamFacts): void {
    this.#out.length(length);
    for (const id of [lastId, firstId, maxDeletedId]) this.#idAsLengths(id);
    this.#words(entriesAdded);
    this.#out.length(groupCount);
    this.#groupsLeft = groupCount;
  }

  group({ entriesRead, lastId, name, pendingCount }: GroupFacts): void {
    assert(this.#consumersLeft === 0 && this.#idsLeft === 0, "a group has all its consumers before the next");
    this.#groupsLeft--;
    this.#out.string(name.bytes, name.start, name.length);
    this.#idAsLengths(lastId);
    this.#words(entriesRead);
    this.#out.length(pendingCount);
    this.#pendingLeft = pendingCount;
  }

  pending({ deliveredAtMs, deliveries, id }: PendingFacts): void {
    this.#pendingLeft--;
    this.#rawId(id);
    this.#out.words(deliveredAtMs.hi, deliveredAtMs.lo);
    this.#words(deliveries);
  }

  consumers(count: number): void {
    assert(this.#pendingLeft === 0, "a group has as many pending entries as it was said to have");
    this.#out.length(count);
    this.#consumersLeft = count;
  }

  consumer({ name, pendingCount, seenAtMs }: ConsumerFacts): void {
    assert(this.#idsLeft === 0, "a consumer has as many ids as it was said to have");
    this.#consumersLeft--;
    this.#out.string(name.bytes, name.start, name.length);
    this.#out.int64(seenAtMs);
    this.#out.length(pendingCount);
    this.#idsLeft = pendingCount;
  }

  consumerId(id: StreamId): void {
    this.#idsLeft--;
    this.#rawId(id);
  }

  end(): void {
    assert(this.#groupsLeft === 0 && this.#consumersLeft === 0 && this.#idsLeft === 0, "a stream has all its groups");
    this.#isOpen = false;
  }

  #rawId(id: StreamId): void {
    id.encode(this.#idBytes, 0);
    this.#out.bytes(this.#idBytes, 0, ID_BYTES);
  }

  #idAsLengths({ msHigh, msLow, seqHigh, seqLow }: StreamId): void {
    this.#out.lengthWords(msHigh, msLow);
    this.#out.lengthWords(seqHigh, seqLow);
  }

  #words({ hi, lo }: Int64): void {
    this.#out.lengthWords(hi, lo);
  }
}

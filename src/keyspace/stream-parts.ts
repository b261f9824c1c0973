/**
 * What is told of a stream part by part, in the order in which RDB has it, and what it is read with. The walk itself is in
 * `stream-image.ts`.
 */
import { compareBytes } from "../base/bytes.ts";
import { Int64 } from "../base/text.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import { keySpan, Span } from "../structures/entry.ts";
import { StreamId } from "../structures/stream-id.ts";
import { NODE_VALUE_WORDS, PENDING_VALUE_WORDS } from "../structures/stream-layout.ts";
import { NameIndex } from "../structures/stream-names.ts";
import { StreamNode } from "../structures/stream-node.ts";
import { StreamRelease } from "../structures/stream-release.ts";
import { IdTree } from "../structures/stream-tree.ts";

/** What the record of a stream says. */
export class StreamFacts {
  length = 0;
  readonly lastId: StreamId = new StreamId();
  readonly firstId: StreamId = new StreamId();
  readonly maxDeletedId: StreamId = new StreamId();
  readonly entriesAdded: Int64 = new Int64();
  groupCount = 0;
}

export class GroupFacts {
  readonly name: Span = new Span();
  readonly lastId: StreamId = new StreamId();
  /** -1 when that is not known. */
  readonly entriesRead: Int64 = new Int64();
  pendingCount = 0;
}

export class PendingFacts {
  readonly id: StreamId = new StreamId();
  /** When it was delivered last, ms since 1970 in 64 bits, and how often. */
  readonly deliveredAtMs: Int64 = new Int64();
  readonly deliveries: Int64 = new Int64();
}

export class ConsumerFacts {
  readonly name: Span = new Span();
  seenAtMs = 0;
  activeAtMs = 0;
  /** Of ids that are pending for it. */
  pendingCount = 0;
}

/** Receives a stream. What it is given is good during the call only. */
export interface StreamPartReader {
  /** As many as there are, in the order of ids. */
  node(masterId: StreamId, node: Handle): void;
  /** After the nodes. */
  facts(facts: StreamFacts): void;
  /** A group, in the order of names; then what is pending, in the order of ids, and its consumers. */
  group(group: GroupFacts): void;
  pending(entry: PendingFacts): void;
  /** All that is pending in the group has been told; so many consumers follow. */
  consumers(count: number): void;
  /** A consumer, in the order of names; then its ids. */
  consumer(consumer: ConsumerFacts): void;
  consumerId(id: StreamId): void;
  /** That was all. */
  end(): void;
}

/** Lenses and places for images of streams, one set for all of a reader. */
export class StreamLenses {
  readonly arena: Arena;
  /** The trees as they are. */
  readonly nodes: IdTree;
  readonly pending: IdTree;
  readonly ids: IdTree;
  /** What is kept of each: a node, all that was known of an entry, whether the id was there. */
  readonly keptNodes: IdTree;
  readonly keptPending: IdTree;
  readonly keptIds: IdTree;
  readonly node: StreamNode;
  readonly names: NameIndex;
  readonly otherNames: NameIndex;
  readonly release: StreamRelease;
  /** The greatest id that is told of a tree. */
  readonly max: StreamId = new StreamId();
  readonly id: StreamId = new StreamId();

  readonly facts: StreamFacts = new StreamFacts();
  readonly groupFacts: GroupFacts = new GroupFacts();
  readonly pendingFacts: PendingFacts = new PendingFacts();
  readonly consumerFacts: ConsumerFacts = new ConsumerFacts();
  readonly #span = new Span();
  readonly #other = new Span();

  constructor(arena: Arena) {
    this.arena = arena;
    this.nodes = new IdTree(arena, NODE_VALUE_WORDS);
    this.pending = new IdTree(arena, PENDING_VALUE_WORDS);
    this.ids = new IdTree(arena, 0);
    this.keptNodes = new IdTree(arena, 1);
    this.keptPending = new IdTree(arena, PENDING_VALUE_WORDS);
    this.keptIds = new IdTree(arena, 1);
    this.node = new StreamNode(arena);
    this.names = new NameIndex(arena);
    this.otherNames = new NameIndex(arena);
    this.release = new StreamRelease(arena);
  }

  /** Begins to go through the names of an index that come after one, all of them after null. */
  begin(names: NameIndex, root: Handle, after: Uint8Array | null): NameIndex {
    names.attach(root);
    if (after === null) names.rewind();
    else names.rewindAfter(after);
    return names;
  }

  /** Whether of two entries that bear names one comes before the other. */
  isBefore(one: Handle, other: Handle): boolean {
    const a = this.#span;
    const b = this.#other;
    keySpan(this.arena, one, a);
    keySpan(this.arena, other, b);
    return compareBytes(a.bytes, a.start, a.length, b.bytes, b.start, b.length) < 0;
  }

  /** A copy of the name that an entry bears. */
  nameOf(entry: Handle): Uint8Array {
    const span = this.#span;
    keySpan(this.arena, entry, span);
    return span.bytes.slice(span.start, span.start + span.length);
  }
}

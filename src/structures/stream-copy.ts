/**
 * Copying streams: nodes block by block, trees by adding in order, so that the copy's are full. Consumers that are gone,
 * and what was pending for them, are not copied. O(stream).
 */
import type { Arena, Handle } from "../memory/arena.ts";
import { setRootBytes } from "./collection-root.ts";
import { keySpan, Span } from "./entry.ts";
import { StreamId } from "./stream-id.ts";
import {
  CONSUMER_ACTIVE_DOUBLE,
  CONSUMER_NAME,
  CONSUMER_RECORD_BYTES,
  CONSUMER_SCRATCH,
  CONSUMER_SEEN_DOUBLE,
  CONSUMER_TREE,
  createRecord,
  GROUP_CONSUMERS,
  GROUP_LAST_ID,
  GROUP_NAME,
  GROUP_RECORD_BYTES,
  GROUP_TREE,
  isGone,
  NODE_VALUE_WORDS,
  PENDING_VALUE_WORDS,
  recordDouble,
  recordWord,
  STREAM_GROUPS,
  STREAM_RECORD_BYTES,
  STREAM_TREE,
  setRecordDouble,
  setRecordWord,
} from "./stream-layout.ts";
import { NameIndex } from "./stream-names.ts";
import { StreamNode } from "./stream-node.ts";
import { IdTree } from "./stream-tree.ts";

export class StreamCopy {
  readonly #arena: Arena;
  readonly #id = new StreamId();
  readonly #name = new Span();

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /** @returns the record of the copy, its size in it. */
  copy(from: Handle): Handle {
    const arena = this.#arena;
    const before = arena.usedBytes;
    const stream = createRecord(arena, STREAM_RECORD_BYTES);
    // Length, ids, entries added: all that stands before the groups.
    this.#copyWords(from, stream, 2, STREAM_GROUPS);
    const node = new StreamNode(arena);
    this.#copyTree(from, stream, STREAM_TREE, NODE_VALUE_WORDS, (block) => node.attach(block).duplicate());
    const groups = new NameIndex(arena).attach(recordWord(arena, from, STREAM_GROUPS));
    const copies = new NameIndex(arena);
    groups.rewind();
    for (let group = groups.next(); group !== 0; group = groups.next()) this.#copyGroup(group, copies);
    setRecordWord(arena, stream, STREAM_GROUPS, copies.root);
    setRootBytes(arena, stream, arena.usedBytes - before);
    return stream;
  }

  #copyGroup(from: Handle, into: NameIndex): void {
    const arena = this.#arena;
    const group = createRecord(arena, GROUP_RECORD_BYTES);
    setRecordWord(arena, group, GROUP_NAME, this.#addName(from, GROUP_NAME, into, group));
    this.#copyWords(from, group, GROUP_LAST_ID, GROUP_TREE);
    const consumers = new NameIndex(arena).attach(recordWord(arena, from, GROUP_CONSUMERS));
    const copies = new NameIndex(arena);
    consumers.rewind();
    for (let old = consumers.next(); old !== 0; old = consumers.next()) {
      setRecordWord(arena, old, CONSUMER_SCRATCH, this.#copyConsumer(old, copies));
    }
    setRecordWord(arena, group, GROUP_CONSUMERS, copies.root);
    // The last word of what is known of a pending entry is its consumer.
    const copyOf = (old: number): number => (isGone(arena, old) ? 0 : recordWord(arena, old, CONSUMER_SCRATCH));
    this.#copyTree(from, group, GROUP_TREE, PENDING_VALUE_WORDS, copyOf);
  }

  #copyConsumer(from: Handle, into: NameIndex): Handle {
    const arena = this.#arena;
    const consumer = createRecord(arena, CONSUMER_RECORD_BYTES);
    setRecordWord(arena, consumer, CONSUMER_NAME, this.#addName(from, CONSUMER_NAME, into, consumer));
    for (const field of [CONSUMER_SEEN_DOUBLE, CONSUMER_ACTIVE_DOUBLE]) {
      setRecordDouble(arena, consumer, field, recordDouble(arena, from, field));
    }
    this.#copyTree(from, consumer, CONSUMER_TREE, 0, (word) => word);
    return consumer;
  }

  #addName(from: Handle, field: number, into: NameIndex, record: Handle): Handle {
    const name = this.#name;
    keySpan(this.#arena, recordWord(this.#arena, from, field), name);
    return into.add(name.bytes, name.start, name.length, record);
  }

  #copyWords(from: Handle, to: Handle, first: number, end: number): void {
    for (let field = first; field < end; field++) {
      setRecordWord(this.#arena, to, field, recordWord(this.#arena, from, field));
    }
  }

  /** @param lastWord makes of the last word of a value that of its copy, 0 of one that is not to be copied. */
  #copyTree(from: Handle, to: Handle, offset: number, valueWords: number, lastWord: (word: number) => number): void {
    const source = new IdTree(this.#arena, valueWords).attach(from, offset);
    const copy = new IdTree(this.#arena, valueWords).create(to, offset);
    const last = valueWords - 1;
    for (let isMore = source.first(); isMore; isMore = source.next()) {
      const word = last < 0 ? 0 : lastWord(source.word(last));
      if (last >= 0 && word === 0) continue;
      copy.insert(source.readId(this.#id));
      for (let index = 0; index < last; index++) copy.setWord(index, source.word(index));
      if (last >= 0) copy.setWord(last, word);
    }
  }
}

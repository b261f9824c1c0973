/**
 * Writes a stream as RDB has it, in steps, in between which it does not change:
 *
 *     nodes, each its id in 16 bytes as a string and its listpack
 *     length, last id, first id, greatest deleted id, entries ever added
 *     groups: name, last id, entries read
 *       pending entries: id in 16 bytes, delivery time, count
 *       consumers: name, when last seen, ids that are pending for it
 *
 * This is what Redis 7.0 writes; when a consumer was last active, which 7.2 adds, is lost.
 */
import type { Arena, Handle } from "../memory/arena.ts";
import { keySpan, Span } from "../structures/entry.ts";
import { ID_BYTES, StreamId } from "../structures/stream-id.ts";
import {
  CONSUMER_NAME,
  CONSUMER_SEEN_DOUBLE,
  CONSUMER_TREE,
  GROUP_CONSUMERS,
  GROUP_GONE_COUNT,
  GROUP_LAST_ID,
  GROUP_NAME,
  GROUP_READ,
  GROUP_TREE,
  isGone,
  NODE_VALUE_WORDS,
  PENDING_CONSUMER,
  PENDING_COUNT_HIGH,
  PENDING_COUNT_LOW,
  PENDING_TIME_HIGH,
  PENDING_TIME_LOW,
  PENDING_VALUE_WORDS,
  recordDouble,
  recordWord,
  STREAM_ADDED,
  STREAM_FIRST_ID,
  STREAM_GROUPS,
  STREAM_LAST_ID,
  STREAM_LENGTH_DOUBLE,
  STREAM_MAX_DELETED_ID,
  STREAM_TREE,
} from "../structures/stream-layout.ts";
import { NameIndex } from "../structures/stream-names.ts";
import { StreamNode } from "../structures/stream-node.ts";
import { IdTree } from "../structures/stream-tree.ts";
import type { RdbOutput } from "./rdb-output.ts";

/** A node is written in the time of so many elements. */
const NODE_ELEMENTS = 64;

const NODES = 0;
const GROUPS = 1;
const PENDING = 2;
const CONSUMERS = 3;
const IDS = 4;

export class StreamWriter {
  readonly #arena: Arena;
  readonly #out: RdbOutput;
  readonly #tree: IdTree;
  readonly #pending: IdTree;
  readonly #ids: IdTree;
  readonly #node: StreamNode;
  readonly #groups: NameIndex;
  readonly #consumers: NameIndex;
  readonly #span = new Span();
  readonly #id = new StreamId();
  readonly #idBytes = new Uint8Array(ID_BYTES);
  #stream: Handle = 0;
  #group: Handle = 0;
  /** What comes next. */
  #phase = NODES;

  constructor(arena: Arena, out: RdbOutput) {
    this.#arena = arena;
    this.#out = out;
    this.#tree = new IdTree(arena, NODE_VALUE_WORDS);
    this.#pending = new IdTree(arena, PENDING_VALUE_WORDS);
    this.#ids = new IdTree(arena, 0);
    this.#node = new StreamNode(arena);
    this.#groups = new NameIndex(arena);
    this.#consumers = new NameIndex(arena);
  }

  /** Begins with the stream that hangs below a record. */
  begin(stream: Handle): void {
    this.#stream = stream;
    this.#tree.attach(stream, STREAM_TREE).first();
    this.#out.length(this.#tree.count);
    this.#phase = NODES;
  }

  /** Writes about so many elements more. @returns false when the stream is complete. */
  step(elementsMax: number): boolean {
    for (let left = elementsMax; left > 0; left -= this.#phase === NODES ? NODE_ELEMENTS : 1) {
      if (!this.#writeNext()) return false;
    }
    return true;
  }

  #writeNext(): boolean {
    switch (this.#phase) {
      case NODES:
        if (this.#tree.isPlaced) this.#writeNode();
        else this.#writeFacts();
        return true;
      case GROUPS:
        return this.#writeGroup();
      case PENDING:
        if (this.#pending.isPlaced) this.#writePending();
        else this.#beginConsumers();
        return true;
      case CONSUMERS:
        this.#writeConsumer();
        return true;
      default:
        if (this.#ids.isPlaced) this.#writeId(this.#ids);
        else this.#phase = CONSUMERS;
        return true;
    }
  }

  #writeNode(): void {
    const tree = this.#tree;
    const span = this.#span;
    tree.readId(this.#id).encode(this.#idBytes, 0);
    this.#out.string(this.#idBytes, 0, ID_BYTES);
    this.#node.attach(tree.word(0)).whole(span);
    this.#out.string(span.bytes, span.start, span.length);
    tree.next();
  }

  #writeFacts(): void {
    const stream = this.#stream;
    this.#out.length(recordDouble(this.#arena, stream, STREAM_LENGTH_DOUBLE));
    for (const field of [STREAM_LAST_ID, STREAM_FIRST_ID, STREAM_MAX_DELETED_ID]) {
      this.#writeLength(stream, field);
      this.#writeLength(stream, field + 2);
    }
    this.#writeLength(stream, STREAM_ADDED);
    this.#groups.attach(recordWord(this.#arena, stream, STREAM_GROUPS)).rewind();
    this.#out.length(this.#groups.count);
    this.#phase = GROUPS;
  }

  #writeGroup(): boolean {
    const group = this.#groups.next();
    if (group === 0) return false;
    this.#group = group;
    this.#writeName(group, GROUP_NAME);
    this.#writeLength(group, GROUP_LAST_ID);
    this.#writeLength(group, GROUP_LAST_ID + 2);
    this.#writeLength(group, GROUP_READ);
    this.#pending.attach(group, GROUP_TREE).first();
    this.#out.length(this.#pending.count - recordWord(this.#arena, group, GROUP_GONE_COUNT));
    this.#phase = PENDING;
    return true;
  }

  #writePending(): void {
    const pending = this.#pending;
    if (isGone(this.#arena, pending.word(PENDING_CONSUMER))) {
      pending.next();
      return;
    }
    const timeHigh = pending.word(PENDING_TIME_HIGH);
    const timeLow = pending.word(PENDING_TIME_LOW);
    const countHigh = pending.word(PENDING_COUNT_HIGH);
    const countLow = pending.word(PENDING_COUNT_LOW);
    this.#writeId(pending);
    this.#out.words(timeHigh, timeLow);
    this.#out.lengthWords(countHigh, countLow);
  }

  /** Writes the id at which a tree stands, and goes on to the next. */
  #writeId(tree: IdTree): void {
    tree.readId(this.#id).encode(this.#idBytes, 0);
    this.#out.bytes(this.#idBytes, 0, ID_BYTES);
    tree.next();
  }

  #beginConsumers(): void {
    this.#consumers.attach(recordWord(this.#arena, this.#group, GROUP_CONSUMERS)).rewind();
    this.#out.length(this.#consumers.count);
    this.#phase = CONSUMERS;
  }

  #writeConsumer(): void {
    const consumer = this.#consumers.next();
    if (consumer === 0) {
      this.#phase = GROUPS;
      return;
    }
    this.#writeName(consumer, CONSUMER_NAME);
    this.#out.int64(recordDouble(this.#arena, consumer, CONSUMER_SEEN_DOUBLE));
    this.#ids.attach(consumer, CONSUMER_TREE).first();
    this.#out.length(this.#ids.count);
    this.#phase = IDS;
  }

  #writeName(record: Handle, field: number): void {
    const span = this.#span;
    keySpan(this.#arena, recordWord(this.#arena, record, field), span);
    this.#out.string(span.bytes, span.start, span.length);
  }

  /** Two words of a record as a length. */
  #writeLength(record: Handle, field: number): void {
    const arena = this.#arena;
    this.#out.lengthWords(recordWord(arena, record, field), recordWord(arena, record, field + 1));
  }
}

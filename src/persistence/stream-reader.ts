/**
 * Reads a stream from RDB (`stream-writer.ts` has the order) in steps, element by element, each of which is read again
 * from its beginning when the bytes end in its middle.
 *
 * Three versions: 15 lacks what 7.0 added (first id, greatest deleted id, entries added and read), which is estimated as
 * Redis does; 21 has when each consumer was last active.
 *
 * All that Redis checks when it sanitizes is checked always, and that nodes come in the order of their ids, that their
 * lengths add up, and that no entry is later than the stream's last id: a stream is only ever written so.
 */
import { Int64 } from "../base/text.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { StreamValue } from "../keyspace/stream-value.ts";
import type { Handle } from "../memory/arena.ts";
import { ENCODING_STREAM, TYPE_STREAM } from "../structures/entry.ts";
import { ID_BYTES, StreamId } from "../structures/stream-id.ts";
import {
  CONSUMER_TREE,
  GROUP_TREE,
  NODE_ENTRIES,
  NODE_HANDLE,
  NODE_VALUE_WORDS,
  PENDING_CONSUMER,
  PENDING_COUNT_HIGH,
  PENDING_COUNT_LOW,
  PENDING_TIME_HIGH,
  PENDING_TIME_LOW,
  PENDING_VALUE_WORDS,
  STREAM_TREE,
} from "../structures/stream-layout.ts";
import { StreamNode } from "../structures/stream-node.ts";
import { StreamNodeCheck } from "../structures/stream-node-validation.ts";
import { IdTree } from "../structures/stream-tree.ts";
import { CollectionBuilder } from "./collection-builder.ts";
import { RDB_STREAM, RDB_STREAM_3 } from "./rdb-format.ts";
import { FAULT_NONE, type RdbInput, RdbString } from "./rdb-input.ts";

/** One element has been read. */
export const STREAM_ELEMENT = 0;
/** The stream is complete. */
export const STREAM_END = 1;
/** This is no stream, or the input has a fault. */
export const STREAM_BROKEN = 2;

const NODE_COUNT = 0;
const NODES = 1;
const FACTS = 2;
const GROUPS = 3;
const PENDING = 4;
const CONSUMER_COUNT = 5;
const CONSUMERS = 6;
const IDS = 7;
const END = 8;

/** A node is read in the time of so many elements. */
const NODE_ELEMENTS = 64;

export class StreamBuilder extends CollectionBuilder {
  protected readonly type = TYPE_STREAM;
  /** Elements that the last one counts as. */
  weight = 1;

  readonly #stream: StreamValue;
  readonly #tree: IdTree;
  readonly #pending: IdTree;
  readonly #ids: IdTree;
  readonly #node: StreamNode;
  readonly #check = new StreamNodeCheck();
  readonly #text = new RdbString();
  readonly #id = new StreamId();
  readonly #length = new Int64();
  readonly #count = new Int64();

  #code = RDB_STREAM;
  #phase = NODE_COUNT;
  /** Elements of the present phase that are left. */
  #left = 0;
  /** Entries of all nodes, and the greatest id among them. */
  #entries = 0;
  readonly #lastId = new StreamId();
  #groupsLeft = 0;
  #consumersLeft = 0;
  /** Pending entries of the group that have no consumer yet. */
  #ownerless = 0;
  #consumer: Handle = 0;

  constructor(keyspace: Keyspace) {
    super(keyspace);
    const { arena, collectionLimits } = keyspace;
    this.#stream = new StreamValue(arena, collectionLimits);
    this.#tree = new IdTree(arena, NODE_VALUE_WORDS);
    this.#pending = new IdTree(arena, PENDING_VALUE_WORDS);
    this.#ids = new IdTree(arena, 0);
    this.#node = new StreamNode(arena);
  }

  /** @param code one of the three kinds of streams. */
  begin(code: number): void {
    const before = this.arena.usedBytes;
    this.#code = code;
    this.#phase = NODE_COUNT;
    this.#entries = 0;
    this.#lastId.setMin();
    const record = this.#stream.create();
    this.hangs(ENCODING_STREAM, record);
    this.#tree.attach(record, STREAM_TREE);
    this.sizeBytes = this.arena.usedBytes - before;
  }

  /** Reads one element. @returns STREAM_…; with a fault of the input, nothing has changed. */
  read(input: RdbInput): number {
    const before = this.arena.usedBytes;
    this.weight = 1;
    const isElement = this.#readNext(input);
    this.sizeBytes += this.arena.usedBytes - before;
    if (!isElement || input.fault !== FAULT_NONE) return STREAM_BROKEN;
    return this.#phase === END ? STREAM_END : STREAM_ELEMENT;
  }

  #readNext(input: RdbInput): boolean {
    switch (this.#phase) {
      case NODE_COUNT:
        return this.#enter(input, NODES);
      case NODES:
        return this.#left === 0 ? this.#go(FACTS) : this.#readNode(input);
      case FACTS:
        return this.#readFacts(input);
      case GROUPS:
        return this.#groupsLeft === 0 ? this.#go(END) : this.#readGroup(input);
      case PENDING:
        return this.#left === 0 ? this.#go(CONSUMER_COUNT) : this.#readPending(input);
      case CONSUMER_COUNT:
        this.#consumersLeft = input.length();
        return input.fault === FAULT_NONE && this.#go(CONSUMERS);
      case CONSUMERS:
        return this.#consumersLeft === 0 ? this.#endGroup() : this.#readConsumer(input);
      default:
        return this.#left === 0 ? this.#go(CONSUMERS) : this.#readId(input);
    }
  }

  #go(phase: number): true {
    this.#phase = phase;
    return true;
  }

  /** Reads how many elements the next phase has. */
  #enter(input: RdbInput, phase: number): boolean {
    this.#left = input.length();
    return input.fault === FAULT_NONE && this.#go(phase);
  }

  // ---- nodes ----------------------------------------------------------------------------------------------------

  #readNode(input: RdbInput): boolean {
    const text = this.#text;
    if (!input.string(text)) return false;
    if (text.length !== ID_BYTES) return false;
    const masterId = this.#id.decode(text.bytes, text.start);
    if (!input.string(text)) return false;
    const check = this.#check;
    const isAfter = this.#tree.count === 0 || masterId.compare(this.#lastId) > 0;
    if (!isAfter || !check.check(text.bytes, text.start, text.length, masterId)) return false;
    const node = this.#node.load(text.bytes, text.start, text.length);
    this.#tree.insert(masterId);
    this.#tree.setWord(NODE_HANDLE, node);
    this.#tree.setWord(NODE_ENTRIES, check.liveCount);
    this.#entries += check.liveCount;
    this.#lastId.setFrom(check.lastId);
    this.#left--;
    this.weight = NODE_ELEMENTS;
    return true;
  }

  /** What the record says, and how many groups there are. */
  #readFacts(input: RdbInput): boolean {
    const stream = this.#stream;
    const length = input.length();
    stream.setLength(length);
    stream.setLastId(this.#readWords(input));
    if (this.#code === RDB_STREAM) {
      stream.setEntriesAdded((length / 4294967296) | 0, length | 0);
      if (stream.firstEntryId(this.#id)) stream.setFirstId(this.#id);
    } else {
      stream.setFirstId(this.#readWords(input));
      stream.setMaxDeletedId(this.#readWords(input));
      input.lengthWords(this.#count);
      stream.setEntriesAdded(this.#count.hi, this.#count.lo);
    }
    this.#groupsLeft = input.length();
    if (input.fault !== FAULT_NONE || length !== this.#entries) return false;
    return stream.lastId.compare(this.#lastId) >= 0 && this.#go(GROUPS);
  }

  /** An id as two lengths. */
  #readWords(input: RdbInput): StreamId {
    input.lengthWords(this.#length);
    const { hi, lo } = this.#length;
    input.lengthWords(this.#length);
    return this.#id.setWords(hi, lo, this.#length.hi, this.#length.lo);
  }

  // ---- groups ---------------------------------------------------------------------------------------------------

  #readGroup(input: RdbInput): boolean {
    const stream = this.#stream;
    const text = this.#text;
    input.string(text);
    const lastId = this.#readWords(input);
    const read = this.#count;
    if (this.#code !== RDB_STREAM) input.lengthWords(read);
    else if (!stream.entriesUpTo(lastId, read)) read.setNumber(-1);
    const pending = input.length();
    if (input.fault !== FAULT_NONE || stream.findGroup(text.bytes, text.start, text.length)) return false;
    stream.createGroup(text.bytes, text.start, text.length, lastId, read.hi, read.lo);
    this.#pending.attach(stream.group.record, GROUP_TREE);
    this.#groupsLeft--;
    this.#left = pending;
    this.#ownerless = pending;
    return this.#go(PENDING);
  }

  #readPending(input: RdbInput): boolean {
    const at = input.raw(ID_BYTES);
    if (at < 0) return false;
    const id = this.#id.decode(input.bytes, at);
    const timeLow = input.int32();
    const timeHigh = input.int32();
    input.lengthWords(this.#count);
    const pending = this.#pending;
    if (!Number.isSafeInteger(timeHigh * 4294967296 + (timeLow >>> 0))) return false;
    if (input.fault !== FAULT_NONE || !pending.insert(id)) return false;
    pending.setWord(PENDING_TIME_HIGH, timeHigh);
    pending.setWord(PENDING_TIME_LOW, timeLow);
    pending.setWord(PENDING_COUNT_HIGH, this.#count.hi);
    pending.setWord(PENDING_COUNT_LOW, this.#count.lo);
    pending.setWord(PENDING_CONSUMER, 0);
    this.#left--;
    return true;
  }

  #readConsumer(input: RdbInput): boolean {
    const { group } = this.#stream;
    const text = this.#text;
    input.string(text);
    const seenAtMs = input.int64();
    const activeAtMs = this.#code === RDB_STREAM_3 ? input.int64() : Number.NaN;
    const pending = input.length();
    // Redis takes any 64 bits; beyond 53 they are no time that anybody has written.
    if (!Number.isSafeInteger(seenAtMs) || (!Number.isNaN(activeAtMs) && !Number.isSafeInteger(activeAtMs)))
      return false;
    if (input.fault !== FAULT_NONE || group.findConsumer(text.bytes, text.start, text.length) !== 0) return false;
    this.#consumer = group.createConsumer(text.bytes, text.start, text.length, seenAtMs);
    // Before 7.2 a consumer was seen only when it was active.
    group.setActiveAtMs(this.#consumer, Number.isNaN(activeAtMs) ? seenAtMs : activeAtMs);
    this.#ids.attach(this.#consumer, CONSUMER_TREE);
    this.#consumersLeft--;
    this.#left = pending;
    return this.#go(IDS);
  }

  #readId(input: RdbInput): boolean {
    const at = input.raw(ID_BYTES);
    if (at < 0) return false;
    const id = this.#id.decode(input.bytes, at);
    const pending = this.#pending;
    if (!pending.find(id) || pending.word(PENDING_CONSUMER) !== 0) return false;
    pending.setWord(PENDING_CONSUMER, this.#consumer);
    this.#ids.insert(id);
    this.#left--;
    this.#ownerless--;
    return true;
  }

  /** Every pending entry must have come with a consumer. */
  #endGroup(): boolean {
    return this.#ownerless === 0 && this.#go(GROUPS);
  }
}

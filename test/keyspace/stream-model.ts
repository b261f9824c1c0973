/** Streams beside plain objects: every change in both, and the bytes of a stream counted out block by block. */
import { expect } from "vitest";
import { Int64 } from "../../src/base/text.ts";
import type { PendingEntry } from "../../src/keyspace/stream-group.ts";
import { StreamValue } from "../../src/keyspace/stream-value.ts";
import type { Handle } from "../../src/memory/arena.ts";
import { outsideHandle, Span } from "../../src/structures/entry.ts";
import { validateListpack } from "../../src/structures/listpack.ts";
import { StreamId } from "../../src/structures/stream-id.ts";
import {
  GROUP_TREE,
  NODE_ENTRIES,
  NODE_HANDLE,
  NODE_VALUE_WORDS,
  STREAM_TREE,
} from "../../src/structures/stream-layout.ts";
import { StreamNode } from "../../src/structures/stream-node.ts";
import { IdTree } from "../../src/structures/stream-tree.ts";
import { CollectionModel } from "./collection-model.ts";
import { bytesOf, textOf } from "./texts.ts";

export interface PlainPending {
  consumer: string;
  atMs: number;
  count: number;
}

export interface PlainGroup {
  lastId: number;
  readonly pending: Map<number, PlainPending>;
  readonly consumers: Map<string, { seenMs: number; activeMs: number }>;
}

/** Ids are milliseconds times 100 and the sequence number. */
export interface PlainStream {
  entries: { id: number; fields: string[] }[];
  lastId: number;
  maxDeletedId: number;
  added: number;
  groups: Map<string, PlainGroup>;
}

const SEQUENCES = 100;

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

export function idOf(value: number): StreamId {
  return new StreamId().setNumbers(Math.floor(value / SEQUENCES), value % SEQUENCES);
}

export function numberOf(id: StreamId): number {
  return id.ms * SEQUENCES + id.seq;
}

/** Fields and values as a command's arguments would give them. */
export class TextSource {
  readonly #texts: readonly Uint8Array[];

  constructor(texts: readonly string[]) {
    this.#texts = texts.map(bytesOf);
  }

  bytes(index: number): Uint8Array {
    return this.#texts[index];
  }

  start(): number {
    return 0;
  }

  length(index: number): number {
    return this.#texts[index].length;
  }
}

export class StreamModel extends CollectionModel<PlainStream> {
  readonly streams: StreamValue;
  /** Lenses of its own: snapshots read while others are attached. */
  readonly #reader: StreamValue;
  readonly #sum = new Int64();

  constructor(seed: number, nodeMaxBytes: number, nodeMaxEntries: number) {
    super(seed);
    const { arena, collectionLimits, structures } = this.keyspace;
    collectionLimits.streamNodeMaxBytes = nodeMaxBytes;
    collectionLimits.streamNodeMaxEntries = nodeMaxEntries;
    this.streams = structures.streams;
    this.#reader = new StreamValue(arena, collectionLimits);
  }

  /** A change of a stream, which is made if there is none. */
  edit<R>(key: string, change: (plain: PlainStream, streams: StreamValue) => R): R {
    let plain = this.plain.get(key);
    if (plain === undefined) {
      plain = { entries: [], lastId: 0, maxDeletedId: 0, added: 0, groups: new Map() };
      this.plain.set(key, plain);
    }
    const stream = plain;
    return this.change(key, (handle) => {
      this.streams.beginEdit(handle);
      const result = change(stream, this.streams);
      this.streams.endEdit();
      return result;
    });
  }

  add(key: string, step: number, fields: string[]): void {
    this.edit(key, (plain, streams) => {
      plain.lastId += step;
      plain.entries.push({ id: plain.lastId, fields });
      plain.added++;
      streams.append(idOf(plain.lastId), new TextSource(["", ...fields]), 1, fields.length / 2);
    });
  }

  remove(key: string, ids: readonly number[]): void {
    this.edit(key, (plain, streams) => {
      for (const id of ids) {
        const place = plain.entries.findIndex((entry) => entry.id === id);
        expect(streams.delete(idOf(id))).toBe(place >= 0);
        if (place < 0) continue;
        plain.entries.splice(place, 1);
        plain.maxDeletedId = Math.max(plain.maxDeletedId, id);
      }
    });
  }

  trimToLength(key: string, lengthMax: number, isApproximate: boolean, limit: number): void {
    this.edit(key, (plain, streams) => {
      const wanted = Math.max(plain.entries.length - lengthMax, 0);
      const gone = streams.trimToLength(lengthMax, isApproximate, limit);
      this.#expectTrimmed(plain, gone, wanted, isApproximate, limit);
    });
  }

  trimToId(key: string, idMin: number, isApproximate: boolean, limit: number): void {
    this.edit(key, (plain, streams) => {
      const wanted = plain.entries.filter(({ id }) => id < idMin).length;
      const gone = streams.trimToId(idOf(idMin), isApproximate, limit);
      this.#expectTrimmed(plain, gone, wanted, isApproximate, limit);
    });
  }

  #expectTrimmed(plain: PlainStream, gone: number, wanted: number, isApproximate: boolean, limit: number): void {
    if (!isApproximate && limit === 0) expect(gone).toBe(wanted);
    expect(gone).toBeLessThanOrEqual(limit > 0 ? Math.min(wanted, limit) : wanted);
    plain.entries.splice(0, gone);
  }

  // ---- groups ---------------------------------------------------------------------------------------------------

  createGroup(key: string, group: string, lastId: number): void {
    this.edit(key, (plain, streams) => {
      const name = bytesOf(group);
      expect(streams.findGroup(name, 0, name.length)).toBe(plain.groups.has(group));
      if (plain.groups.has(group)) return;
      streams.createGroup(name, 0, name.length, idOf(lastId), -1, -1);
      plain.groups.set(group, { lastId, pending: new Map(), consumers: new Map() });
    });
  }

  destroyGroup(key: string, group: string): void {
    this.withGroup(key, group, (_plain, streams) => {
      streams.destroyGroup();
      this.plain.get(key)?.groups.delete(group);
    });
  }

  withGroup(key: string, group: string, change: (plain: PlainGroup, streams: StreamValue) => void): void {
    const plain = this.plain.get(key)?.groups.get(group);
    if (plain === undefined) return;
    this.edit(key, (_stream, streams) => {
      const name = bytesOf(group);
      expect(streams.findGroup(name, 0, name.length)).toBe(true);
      change(plain, streams);
    });
  }

  /** Finds a consumer or makes it. */
  consumer(plain: PlainGroup, name: string, nowMs: number): Handle {
    const { group } = this.streams;
    const bytes = bytesOf(name);
    let consumer = group.findConsumer(bytes, 0, bytes.length);
    expect(consumer !== 0).toBe(plain.consumers.has(name));
    if (consumer === 0) {
      consumer = group.createConsumer(bytes, 0, bytes.length, nowMs);
      plain.consumers.set(name, { seenMs: nowMs, activeMs: -1 });
    }
    return consumer;
  }

  /** Delivers up to so many new entries. */
  read(key: string, group: string, name: string, count: number, nowMs: number): void {
    const entries = this.plain.get(key)?.entries ?? [];
    this.withGroup(key, group, (plain, streams) => {
      const consumer = this.consumer(plain, name, nowMs);
      const next = entries.filter(({ id }) => id > plain.lastId).slice(0, count);
      const from = idOf(plain.lastId);
      from.increment();
      streams.range(from, new StreamId().setMax(), false);
      for (const { id } of next) {
        expect(streams.next()).toBe(true);
        expect(numberOf(streams.id)).toBe(id);
        expect(streams.deliver(streams.id)).toBe(true);
        expect(streams.group.putPending(streams.id, consumer, nowMs, 1)).toBe(!plain.pending.has(id));
        plain.pending.set(id, { consumer: name, atMs: nowMs, count: 1 });
        plain.lastId = id;
      }
      if (next.length < count) expect(streams.next()).toBe(false);
      if (next.length === 0) return;
      streams.group.setActiveAtMs(consumer, nowMs);
      plain.consumers.set(name, { seenMs: plain.consumers.get(name)?.seenMs ?? 0, activeMs: nowMs });
    });
  }

  acknowledge(key: string, group: string, ids: readonly number[]): void {
    this.withGroup(key, group, (plain, { group: lens }) => {
      for (const id of ids) expect(lens.removePending(idOf(id))).toBe(plain.pending.delete(id));
    });
  }

  /** Goes through what is pending for `from` (or all) and claims, drops or leaves it. */
  claim(key: string, group: string, from: string | null, to: string, every: number, nowMs: number): void {
    this.withGroup(key, group, (plain, { group: lens }) => {
      const consumer = this.consumer(plain, to, nowMs);
      const owner = from === null ? 0 : this.consumer(plain, from, nowMs);
      const pending = [...plain.pending.keys()].sort((a, b) => a - b);
      const ids = pending.filter((id) => from === null || plain.pending.get(id)?.consumer === from);
      if (owner === 0) lens.seekPending(idOf(0));
      else lens.seekPendingOf(owner, idOf(0));
      for (const [index, id] of ids.entries()) {
        expect(lens.nextPending()).toBe(true);
        expect(numberOf(lens.pending.id)).toBe(id);
        this.#expectPending(lens.pending, plain.pending.get(id));
        if (index % every === 0) {
          const count = lens.pending.deliveries.value + 1;
          lens.claim(consumer, nowMs, 0, count);
          plain.pending.set(id, { consumer: to, atMs: nowMs, count });
        } else if (index % every === 1) {
          lens.removePending(lens.pending.id);
          plain.pending.delete(id);
        }
      }
      expect(lens.nextPending()).toBe(false);
    });
  }

  deleteConsumer(key: string, group: string, name: string): void {
    this.withGroup(key, group, (plain, { group: lens }) => {
      if (!plain.consumers.has(name)) return;
      const consumer = this.consumer(plain, name, 0);
      const pending = [...plain.pending].filter(([, entry]) => entry.consumer === name);
      expect(lens.deleteConsumer(consumer)).toBe(pending.length);
      for (const [id] of pending) plain.pending.delete(id);
      plain.consumers.delete(name);
    });
  }

  /** Has a group read on from an id, which may be one that it has read. */
  moveGroup(key: string, group: string, lastId: number): void {
    this.withGroup(key, group, (plain, { group: lens }) => {
      lens.setLastId(idOf(lastId));
      lens.setEntriesRead(-1, -1);
      plain.lastId = lastId;
    });
  }

  /** XCLAIM FORCE. */
  force(key: string, group: string, name: string, ids: readonly number[], nowMs: number): void {
    this.withGroup(key, group, (plain, { group: lens }) => {
      const consumer = this.consumer(plain, name, nowMs);
      for (const id of ids) {
        expect(lens.findPending(idOf(id))).toBe(plain.pending.has(id));
        expect(lens.putPending(idOf(id), consumer, nowMs, 3)).toBe(!plain.pending.has(id));
        plain.pending.set(id, { consumer: name, atMs: nowMs, count: 3 });
      }
    });
  }

  /** Pending entries of consumers that are gone, still in their groups' trees. */
  goneEntries(key: string): number {
    const stream = this.#reader.open(this.peek(key));
    let entries = 0;
    stream.rewindGroups();
    while (stream.nextGroup()) {
      entries += new IdTree(this.keyspace.arena, 5).attach(stream.group.record, GROUP_TREE).count;
      entries -= stream.group.pendingCount;
    }
    return entries;
  }

  // ---- comparing ------------------------------------------------------------------------------------------------

  protected clone({ entries, groups, ...rest }: PlainStream): PlainStream {
    return {
      ...rest,
      entries: [...entries],
      groups: new Map(
        [...groups].map(([name, { lastId, pending, consumers }]) => [
          name,
          {
            lastId,
            pending: new Map([...pending].map(([id, entry]) => [id, { ...entry }])),
            consumers: new Map(consumers),
          },
        ]),
      ),
    };
  }

  protected override textsOf({ added, entries, groups, lastId, maxDeletedId }: PlainStream): string[] {
    const texts = entries.map(({ id, fields }) => [idOf(id), ...fields].join(" "));
    const firstId = idOf(entries[0]?.id ?? 0);
    texts.push([entries.length, idOf(lastId), firstId, idOf(maxDeletedId), added, groups.size].join(" "));
    for (const [name, group] of [...groups].sort(byName)) {
      const pending = [...group.pending].sort(([a], [b]) => a - b);
      texts.push(`group ${name} ${idOf(group.lastId)} ${pending.length}`);
      for (const [id, { atMs, count }] of pending) texts.push(`${idOf(id)} ${atMs} ${count}`);
      for (const [consumer, { activeMs, seenMs }] of [...group.consumers].sort(byName)) {
        const own = pending.filter(([, entry]) => entry.consumer === consumer);
        texts.push(`consumer ${consumer} ${seenMs} ${activeMs} ${own.length}`, ...own.map(([id]) => String(idOf(id))));
      }
    }
    return texts;
  }

  protected expectSame(entry: Handle, plain: PlainStream): void {
    const stream = this.#reader.open(entry);
    const { entries } = plain;
    expect(stream.length).toBe(entries.length);
    expect(numberOf(stream.lastId)).toBe(plain.lastId);
    expect(numberOf(stream.firstId)).toBe(entries[0]?.id ?? 0);
    expect(numberOf(stream.maxDeletedId)).toBe(plain.maxDeletedId);
    expect(stream.entriesAdded.value).toBe(plain.added);
    expect(this.#walk(0, plain.lastId + SEQUENCES, false)).toEqual(entries);
    expect(this.#walk(0, plain.lastId + SEQUENCES, true)).toEqual([...entries].reverse());
    const edge = new StreamId();
    expect(stream.lastEntryId(edge)).toBe(entries.length > 0);
    expect(numberOf(edge)).toBe(entries.at(-1)?.id ?? 0);
    this.#expectParts(plain);
    expect(stream.groupCount).toBe(plain.groups.size);
    stream.rewindGroups();
    for (const name of [...plain.groups.keys()].sort()) {
      expect(stream.nextGroup()).toBe(true);
      expect(textOf(stream.group.name)).toBe(name);
      this.#expectGroup(plain.groups.get(name));
    }
    expect(stream.nextGroup()).toBe(false);
  }

  /** Some ranges and single entries. */
  #expectParts({ entries }: PlainStream): void {
    const stream = this.#reader;
    for (let at = 0; at < entries.length; at += 1 + (entries.length >> 2)) {
      const part = entries.slice(at, at + 5);
      const from = part[0].id;
      const to = (part.at(-1)?.id ?? 0) + (at % 2);
      const inside = entries.filter(({ id }) => id >= from && id <= to);
      expect(this.#walk(from, to, false)).toEqual(inside);
      expect(this.#walk(from, to, true)).toEqual(inside.reverse());
      for (const { id, fields } of part) {
        expect(stream.has(idOf(id))).toBe(true);
        expect(stream.find(idOf(id))).toBe(true);
        expect(this.#fields()).toEqual(fields);
        const isNext = entries.some((entry) => entry.id === id + 1);
        expect(stream.has(idOf(id + 1))).toBe(isNext);
        expect(stream.find(idOf(id + 1))).toBe(isNext);
      }
    }
  }

  #walk(from: number, to: number, isReverse: boolean): PlainStream["entries"] {
    const stream = this.#reader;
    const walked: PlainStream["entries"] = [];
    stream.range(idOf(from), idOf(to), isReverse);
    while (stream.next()) walked.push({ id: numberOf(stream.id), fields: this.#fields() });
    return walked;
  }

  #fields(): string[] {
    const stream = this.#reader;
    const fields: string[] = [];
    while (stream.nextField()) fields.push(textOf(stream.field), textOf(stream.value));
    expect(fields.length).toBe(2 * stream.fieldCount);
    return fields;
  }

  #expectGroup(plain: PlainGroup | undefined): void {
    const { group } = this.#reader;
    if (plain === undefined) throw new Error("there is a group");
    expect(numberOf(group.lastId)).toBe(plain.lastId);
    expect(group.pendingCount).toBe(plain.pending.size);
    expect(group.consumerCount).toBe(plain.consumers.size);
    const ids = [...plain.pending.keys()].sort((a, b) => a - b);
    const edge = new StreamId();
    expect([group.firstPendingId(edge), numberOf(edge)]).toEqual([ids.length > 0, ids[0] ?? 0]);
    expect([group.lastPendingId(edge), numberOf(edge)]).toEqual([ids.length > 0, ids.at(-1) ?? 0]);
    group.seekPending(idOf(0));
    for (const id of ids) {
      expect(group.nextPending()).toBe(true);
      expect(numberOf(group.pending.id)).toBe(id);
      this.#expectPending(group.pending, plain.pending.get(id));
    }
    expect(group.nextPending()).toBe(false);
    group.rewindConsumers();
    for (const name of [...plain.consumers.keys()].sort()) {
      const consumer = group.nextConsumer();
      const own = ids.filter((id) => plain.pending.get(id)?.consumer === name);
      expect(group.pendingCountOf(consumer)).toBe(own.length);
      const { seenMs, activeMs } = plain.consumers.get(name) ?? { seenMs: 0, activeMs: 0 };
      expect([group.seenAtMs(consumer), group.activeAtMs(consumer)]).toEqual([seenMs, activeMs]);
      group.seekPendingOf(consumer, idOf(0));
      const walked: number[] = [];
      while (group.nextPending()) walked.push(numberOf(group.pending.id));
      expect(walked).toEqual(own);
    }
    expect(group.nextConsumer()).toBe(0);
  }

  #expectPending(pending: PendingEntry, plain: PlainPending | undefined): void {
    const name = new Span();
    this.streams.group.consumerName(pending.consumer, name);
    const { atMs, count, consumer } = plain ?? { atMs: 0, count: 0, consumer: "" };
    expect([textOf(name), pending.deliveredAtMs, pending.deliveries.value]).toEqual([consumer, atMs, count]);
  }

  protected countOutside(entry: Handle): number {
    const { arena } = this.keyspace;
    const record = outsideHandle(arena, entry);
    const { release } = this.#reader;
    const tree = new IdTree(arena, NODE_VALUE_WORDS).attach(record, STREAM_TREE);
    const node = new StreamNode(arena);
    tree.check();
    let bytes = arena.sizeOf(record) + tree.blockBytes;
    for (let isMore = tree.first(); isMore; isMore = tree.next()) {
      bytes += this.#nodeBytes(tree.word(NODE_HANDLE));
      expect(tree.word(NODE_ENTRIES)).toBe(node.attach(tree.word(NODE_HANDLE)).liveCount);
    }
    const stream = this.#reader.open(entry);
    stream.rewindGroups();
    while (stream.nextGroup()) bytes += release.groupBytes(stream.group.record);
    return bytes + stream.groupIndexBytes;
  }

  #nodeBytes(node: Handle): number {
    const { arena } = this.keyspace;
    const span = new Span();
    span.bytes = node < 0 ? arena.largeBytes(node) : arena.bytes[node >>> 22];
    span.start = node < 0 ? 0 : (node & 0x3fffff) << 4;
    const length = span.bytes[span.start] | (span.bytes[span.start + 1] << 8) | (span.bytes[span.start + 2] << 16);
    expect(validateListpack(span.bytes, span.start, length, true)).toBe(true);
    return arena.sizeOf(node);
  }

  /** Where nothing was deleted or trimmed, what is told of how far a group is behind is true. */
  expectLag(key: string, group: string): void {
    const plain = this.plain.get(key);
    if (plain === undefined) return;
    const stream = this.#reader.open(this.peek(key));
    const name = bytesOf(group);
    if (!stream.findGroup(name, 0, name.length)) return;
    const { lastId } = plain.groups.get(group) ?? { lastId: 0 };
    const isKnown = stream.lag(this.#sum);
    if (!isKnown || plain.added !== plain.entries.length) return;
    expect(this.#sum.value).toBe(plain.entries.filter(({ id }) => id > lastId).length);
  }
}

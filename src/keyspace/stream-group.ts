/**
 * A consumer group of a stream: how far it has read, its consumers, and what has been delivered and not acknowledged.
 *
 *     stream.open(entry), stream.findGroup(name)       `stream.group` is this one, until another is found or opened
 *
 * A consumer is named by a handle, good until it is deleted. `pending` is the entry of the pending list that the last
 * `findPending` or `nextPending` has come upon. Whatever changes needs `stream.beginEdit` before.
 */
import { Int64 } from "../base/text.ts";
import type { Handle } from "../memory/arena.ts";
import { Span } from "../structures/entry.ts";
import { StreamId } from "../structures/stream-id.ts";

const UNWRITTEN = "unwritten";

/** An entry that was delivered and is not acknowledged. */
export class PendingEntry {
  readonly id: StreamId = new StreamId();
  /** To whom it was delivered last. */
  consumer: Handle = 0;
  /** When, ms since 1970. */
  deliveredAtMs = 0;
  /** How often. */
  readonly deliveries: Int64 = new Int64();
}

export class StreamGroup {
  readonly name: Span = new Span();
  /** The last entry that was delivered; set by `setLastId` and `stream.deliver`. */
  readonly lastId: StreamId = new StreamId();
  /** How many entries of the stream it has read, -1 when that is not known; set by `setEntriesRead`, `stream.deliver`. */
  readonly entriesRead: Int64 = new Int64();
  readonly pending: PendingEntry = new PendingEntry();

  setLastId(_id: StreamId): void {
    throw new Error(UNWRITTEN);
  }

  setEntriesRead(_high: number, _low: number): void {
    throw new Error(UNWRITTEN);
  }

  // ---- consumers ------------------------------------------------------------------------------------------------

  get consumerCount(): number {
    throw new Error(UNWRITTEN);
  }

  /** @returns 0 when there is none of this name. */
  findConsumer(_name: Uint8Array, _start: number, _length: number): Handle {
    throw new Error(UNWRITTEN);
  }

  /** Makes a consumer, whose name is not there yet: seen now, never active. */
  createConsumer(_name: Uint8Array, _start: number, _length: number, _nowMs: number): Handle {
    throw new Error(UNWRITTEN);
  }

  /** Deletes a consumer with all that is pending for it. @returns how many entries that were. */
  deleteConsumer(_consumer: Handle): number {
    throw new Error(UNWRITTEN);
  }

  /** Begins to go through the consumers, in the order of their names' bytes. */
  rewindConsumers(): void {
    throw new Error(UNWRITTEN);
  }

  /** @returns the next one, 0 at the end. No consumer may have been made or deleted since `rewindConsumers`. */
  nextConsumer(): Handle {
    throw new Error(UNWRITTEN);
  }

  /** Points a span at the consumer's name. */
  consumerName(_consumer: Handle, _name: Span): void {
    throw new Error(UNWRITTEN);
  }

  /** When it last asked for anything, ms since 1970. */
  seenAtMs(_consumer: Handle): number {
    throw new Error(UNWRITTEN);
  }

  setSeenAtMs(_consumer: Handle, _whenMs: number): void {
    throw new Error(UNWRITTEN);
  }

  /** When it last got anything, ms since 1970; -1 for never. */
  activeAtMs(_consumer: Handle): number {
    throw new Error(UNWRITTEN);
  }

  setActiveAtMs(_consumer: Handle, _whenMs: number): void {
    throw new Error(UNWRITTEN);
  }

  /** Entries that are pending for it. */
  pendingCountOf(_consumer: Handle): number {
    throw new Error(UNWRITTEN);
  }

  // ---- the pending list -----------------------------------------------------------------------------------------

  /** Entries that are pending in the group. */
  get pendingCount(): number {
    throw new Error(UNWRITTEN);
  }

  /** Looks an id up in the pending list, for `pending`. */
  findPending(_id: StreamId): boolean {
    throw new Error(UNWRITTEN);
  }

  /**
   * Makes an entry pending for a consumer, or hands it to that consumer when it is pending already (as `claim`).
   * @returns whether it was not pending. `pending` is it.
   */
  putPending(_id: StreamId, _consumer: Handle, _deliveredAtMs: number, _deliveries: number): boolean {
    throw new Error(UNWRITTEN);
  }

  /**
   * Hands what `pending` shows, which is in the list, to a consumer (the same, or another).
   * @param deliveredAtMs and the count's words: what it has from now on.
   */
  claim(_consumer: Handle, _deliveredAtMs: number, _deliveriesHigh: number, _deliveriesLow: number): void {
    throw new Error(UNWRITTEN);
  }

  /** Takes an entry off the list: acknowledged, or gone from the stream. @returns whether it was there. */
  removePending(_id: StreamId): boolean {
    throw new Error(UNWRITTEN);
  }

  /** Begins to go through what is pending in the group with this id or a greater one, in ascending order. */
  seekPending(_from: StreamId): void {
    throw new Error(UNWRITTEN);
  }

  /** As `seekPending`, of one consumer. */
  seekPendingOf(_consumer: Handle, _from: StreamId): void {
    throw new Error(UNWRITTEN);
  }

  /**
   * Shows the next entry in `pending`. Entries, the shown one too, may be added, claimed and removed in between: it goes
   * on after the id it showed last.
   * @returns false at the end.
   */
  nextPending(): boolean {
    throw new Error(UNWRITTEN);
  }

  /** The smallest pending id, which XPENDING's summary shows. @returns whether there is one. */
  firstPendingId(_into: StreamId): boolean {
    throw new Error(UNWRITTEN);
  }

  /** The greatest. */
  lastPendingId(_into: StreamId): boolean {
    throw new Error(UNWRITTEN);
  }
}

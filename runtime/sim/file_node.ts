/**
 * One file of a simulated disk: its content, and what of it would not survive a loss of power.
 *
 * The content is kept once, as the process sees it. Every change since the last sync leaves an undo record (what it
 * overwrote or cut off, and the size before), so a file that is appended to and synced costs no second copy. A loss of
 * power takes the changes back, newest first, down to what was synced; in the `seeded` case it then does some of them
 * again: the oldest ones whole and the next one up to a byte drawn at random, as a write that was torn.
 *
 * Appends that follow each other are one record, so a log of a million small appends costs one. A sync that is under
 * way covers only what was written before it was asked for: it remembers the sequence number of the last change.
 */
import { assert } from "../../src/base/assert.ts";
import type { Prng } from "../../src/base/prng.ts";

/** Beyond this many unsynced changes the oldest count as written back, as a kernel does in time. */
const UNSYNCED_CHANGES_MAX = 100_000;

const CAPACITY_BYTES_MIN = 256;

interface Change {
  readonly sequence: number;
  readonly position: number;
  /** Bytes written; 0 for a truncation. */
  lengthBytes: number;
  readonly sizeBeforeBytes: number;
  sizeAfterBytes: number;
  /** What stood at `position` before: overwritten bytes, or the end that a truncation cut off. */
  readonly before: Uint8Array;
}

export class FileNode {
  readonly kind = "file";
  readonly id: number;
  sizeBytes = 0;
  modifiedMs: number;
  /** Directory entries and open handles that refer to it; its space is free again when both are 0. */
  linkCount = 0;
  handleCount = 0;
  private content = new Uint8Array(0);
  private unsynced: Change[] = [];
  private lastSequence = 0;
  /** The last change may not grow any more: a sync that covers it is under way. */
  private isSealed = false;

  constructor(id: number, modifiedMs: number) {
    this.id = id;
    this.modifiedMs = modifiedMs;
  }

  get unsyncedCount(): number {
    return this.unsynced.length;
  }

  read(into: Uint8Array, position: number): number {
    const lengthBytes = Math.max(0, Math.min(into.length, this.sizeBytes - position));
    into.set(this.content.subarray(position, position + lengthBytes));
    return lengthBytes;
  }

  write(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return;
    const sizeBeforeBytes = this.sizeBytes;
    const endBytes = position + bytes.length;
    const before = this.content.slice(Math.min(position, sizeBeforeBytes), Math.min(endBytes, sizeBeforeBytes));
    this.resize(Math.max(sizeBeforeBytes, endBytes));
    this.content.set(bytes, position);
    if (position === sizeBeforeBytes && this.extendLast(bytes.length)) return;
    this.record({ position, lengthBytes: bytes.length, sizeBeforeBytes, before });
  }

  truncate(sizeBytes: number): void {
    const sizeBeforeBytes = this.sizeBytes;
    if (sizeBytes === sizeBeforeBytes) return;
    const before = this.content.slice(Math.min(sizeBytes, sizeBeforeBytes), sizeBeforeBytes);
    this.resize(sizeBytes);
    this.record({ position: sizeBytes, lengthBytes: 0, sizeBeforeBytes, before });
  }

  /** A sync begins. @returns what to give to `finishSync` when it is done. */
  beginSync(): number {
    this.isSealed = true;
    return this.lastSequence;
  }

  finishSync(sequence: number): void {
    const first = this.unsynced.findIndex((change) => change.sequence > sequence);
    this.unsynced = first < 0 ? [] : this.unsynced.slice(first);
  }

  /** A loss of power. @param prng what survives; null when nothing does that was not synced. */
  losePower(prng: Prng | null): void {
    const changes = this.unsynced;
    if (changes.length === 0) return;
    this.unsynced = [];
    const after: Uint8Array[] = [];
    for (let index = changes.length - 1; index >= 0; index--) {
      const { position, lengthBytes, sizeBeforeBytes, before } = changes[index];
      after[index] = this.content.slice(position, position + lengthBytes);
      this.resize(sizeBeforeBytes);
      this.content.set(before, position);
    }
    if (prng === null) return;
    const wholeCount = prng.below(changes.length + 1);
    for (let index = 0; index < wholeCount; index++) this.redo(changes[index], after[index]);
    if (wholeCount < changes.length) {
      const torn = changes[wholeCount];
      const keptBytes = torn.lengthBytes === 0 ? 0 : prng.below(torn.lengthBytes);
      if (keptBytes > 0) this.redoTorn(torn, after[wholeCount].subarray(0, keptBytes));
    }
  }

  private redo(change: Change, bytes: Uint8Array): void {
    this.resize(change.sizeAfterBytes);
    this.content.set(bytes, change.position);
  }

  private redoTorn(change: Change, bytes: Uint8Array): void {
    this.resize(Math.max(this.sizeBytes, change.position + bytes.length));
    this.content.set(bytes, change.position);
  }

  /** Lets the last change grow by an append that follows it. @returns whether it did. */
  private extendLast(lengthBytes: number): boolean {
    const last = this.unsynced[this.unsynced.length - 1];
    if (this.isSealed || last === undefined || last.lengthBytes === 0) return false;
    if (last.position + last.lengthBytes !== this.sizeBytes - lengthBytes) return false;
    last.lengthBytes += lengthBytes;
    last.sizeAfterBytes = this.sizeBytes;
    return true;
  }

  private record(change: Omit<Change, "sequence" | "sizeAfterBytes">): void {
    this.unsynced.push({ ...change, sequence: ++this.lastSequence, sizeAfterBytes: this.sizeBytes });
    this.isSealed = false;
    if (this.unsynced.length > UNSYNCED_CHANGES_MAX) this.unsynced.splice(0, UNSYNCED_CHANGES_MAX >> 1);
  }

  /** Bytes beyond the size are always zero, so that growing shows zeros. */
  private resize(sizeBytes: number): void {
    assert(sizeBytes >= 0, "a file has no negative size");
    if (sizeBytes > this.content.length) {
      const grown = new Uint8Array(Math.max(sizeBytes, 2 * this.content.length, CAPACITY_BYTES_MIN));
      grown.set(this.content.subarray(0, this.sizeBytes));
      this.content = grown;
    } else if (sizeBytes < this.sizeBytes) {
      this.content.fill(0, sizeBytes, this.sizeBytes);
    }
    this.sizeBytes = sizeBytes;
  }
}

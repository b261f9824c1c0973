/**
 * Finishing in slices what commands have begun on streams: taking off the pending lists what was pending for consumers
 * that are gone (`stream-gone.ts`).
 *
 * A slice is a change like any other, made under a grip on the stream's key, so that accounting and snapshot rule hold by
 * themselves; nobody is told of it, since nothing that can be seen changes. The list here is of keys: a key that no longer
 * has such a stream is forgotten when its turn comes, and one that gets such a stream, by being renamed or moved, is put on
 * the list again by that (`EntryGrip.put`). A stream that a running snapshot has yet to write waits for its end, lest the
 * snapshot keep what it is not going to tell.
 */
import { outsideHandle, TYPE_STREAM, typeOf } from "../structures/entry.ts";
import type { Database } from "./database.ts";
import type { Keyspace } from "./keyspace.ts";
import type { Discardable } from "./lazy-free.ts";

interface UnfinishedKey {
  readonly database: Database;
  readonly key: Uint8Array;
}

export class StreamSweep implements Discardable {
  readonly #keyspace: Keyspace;
  #keys: UnfinishedKey[] = [];
  /** Those that wait for the end of a snapshot. */
  #waiting: UnfinishedKey[] = [];

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  /** A key's stream is to be finished. The key is copied. */
  add(database: Database, key: Uint8Array, start: number, length: number): void {
    this.#push([{ database, key: key.slice(start, start + length) }]);
  }

  /** A snapshot has ended. */
  resume(): void {
    this.#push(this.#waiting.splice(0));
  }

  #push(keys: UnfinishedKey[]): void {
    if (keys.length === 0) return;
    if (this.#keys.length === 0) this.#keyspace.lazyFree.addLeftovers(this);
    this.#keys.push(...keys);
  }

  /** For `LazyFree`: one slice. @returns false when no key is left, but for those that wait. */
  discard(stepsMax: number): boolean {
    const job = this.#keys.at(-1);
    if (job === undefined) return false;
    if (!this.#sweep(job, stepsMax)) this.#keys.pop();
    return this.#keys.length > 0;
  }

  /** @returns whether there is more to be done now. */
  #sweep(job: UnfinishedKey, stepsMax: number): boolean {
    const keyspace = this.#keyspace;
    const { database, key } = job;
    const entry = database.table.find(key, 0, key.length);
    if (entry === 0 || typeOf(keyspace.arena, entry) !== TYPE_STREAM) return false;
    const { streams } = keyspace.structures;
    if (!streams.open(entry).gone.isAny) return false;
    const root = outsideHandle(keyspace.arena, entry);
    if (keyspace.isUnsaved(entry) || keyspace.snapshot?.hasImage(root) === true) {
      this.#waiting.push(job);
      return false;
    }
    const handle = keyspace.openOwn(database, entry);
    streams.beginEdit(handle);
    streams.gone.sweep(stepsMax);
    streams.endEdit();
    handle.close(null, 0);
    return streams.gone.isAny;
  }
}

/**
 * The queues of clients that wait for keys, and the keys that have become ready.
 *
 *     database → registry: key → WaitQueue → waiters, the first come first        keys need not exist
 *     Waiter → the queues that it stands in
 *     ready: queues whose key has changed, in the order of changing
 *
 * What it costs while somebody waits. A key that does not exist becomes ready by being made, so as long as none of the
 * keys waited for exists, only the making of keys is looked at, and a server whose clients wait for jobs changes
 * everything else at full speed. Once one does exist (a stream; a key of a type that nobody waits for) every change of
 * every key is looked at, a look-up each, until nobody waits any more.
 *
 * Keys belong to the number of a database: SWAPDB exchanges what is found under them.
 */
import { assert } from "../base/assert.ts";
import { KeyedHash } from "../base/keyed-hash.ts";
import type { Database } from "../keyspace/database.ts";
import { EVENT_NEW, type KeyEvent } from "../keyspace/key-events.ts";
import { KeyRegistry } from "../keyspace/key-registry.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { Span, typeOf } from "../structures/entry.ts";
import type { Waiter } from "./waiter.ts";

/** Bit of `Keyspace.attention`. */
export const ATTENTION_WAITERS = 4;

/** Instead of a type: the key is not there. */
export const TYPE_ABSENT = -1;

/** Who waits for one key. */
export interface WaitQueue {
  readonly databaseIndex: number;
  readonly key: Uint8Array;
  /** In the order in which they have blocked. */
  readonly waiters: Waiter[];
  /** How many of them want to run when the key goes. */
  deletionWaiters: number;
  /** It is in the list of those that are ready. */
  isReady: boolean;
}

export class WaitQueues {
  readonly #keyspace: Keyspace;
  /** Made when somebody first waits. */
  #hash: KeyedHash | null = null;
  /** By database; made when somebody first waits in it. A key has one member there, its queue. */
  readonly #registries: (KeyRegistry<WaitQueue> | undefined)[] = [];
  #ready: WaitQueue[] = [];
  #readyTaken = 0;
  /** Keys that somebody waits for. */
  keyCount = 0;
  /** Those of them for which somebody waits to see them go. */
  deletionKeyCount = 0;
  /** One of the keys may exist: changes of keys count as much as their making. */
  #watchesChanges = false;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  /** Puts a waiter at the end of a key's queue; a second time is none. */
  add(waiter: Waiter, databaseIndex: number, key: Uint8Array, start: number, length: number): void {
    const queue = this.#queueOf(databaseIndex, key, start, length) ?? this.#create(databaseIndex, key, start, length);
    if (queue.waiters.at(-1) === waiter) return;
    queue.waiters.push(waiter);
    waiter.queues.push(queue);
    if (waiter.unblockOnDeletion && queue.deletionWaiters++ === 0) this.deletionKeyCount++;
    if (this.typeOf(queue) !== TYPE_ABSENT) this.#watchesChanges = true;
  }

  /** Takes a waiter out of all its queues. */
  remove(waiter: Waiter): void {
    for (const queue of waiter.queues) {
      const at = queue.waiters.indexOf(waiter);
      assert(at >= 0, "a waiter stands in its queues");
      queue.waiters.splice(at, 1);
      if (waiter.unblockOnDeletion && --queue.deletionWaiters === 0) this.deletionKeyCount--;
      if (queue.waiters.length === 0) this.#drop(queue);
    }
    waiter.queues.length = 0;
  }

  #queueOf(databaseIndex: number, key: Uint8Array, start: number, length: number): WaitQueue | undefined {
    return this.#registries[databaseIndex]?.members(key, start, length)[0];
  }

  #create(databaseIndex: number, key: Uint8Array, start: number, length: number): WaitQueue {
    const { arena, random } = this.#keyspace;
    let registry = this.#registries[databaseIndex];
    if (registry === undefined) {
      this.#hash ??= new KeyedHash(random.next(), random.next());
      registry = new KeyRegistry(arena, this.#hash);
      this.#registries[databaseIndex] = registry;
    }
    const own = key.slice(start, start + length);
    const queue: WaitQueue = { databaseIndex, key: own, waiters: [], deletionWaiters: 0, isReady: false };
    registry.add(own, 0, length, queue);
    this.keyCount++;
    this.#keyspace.attention |= ATTENTION_WAITERS;
    return queue;
  }

  #drop(queue: WaitQueue): void {
    const removed = this.#registries[queue.databaseIndex]?.remove(queue.key, 0, queue.key.length, queue);
    assert(removed === true, "a queue is registered while somebody stands in it");
    if (--this.keyCount > 0) return;
    this.#keyspace.attention &= ~ATTENTION_WAITERS;
    this.#watchesChanges = false;
  }

  /** What the key holds, or TYPE_ABSENT. Nothing is counted, touched or deleted. */
  typeOf(queue: WaitQueue): number {
    const keyspace = this.#keyspace;
    const entry = this.#entryOf(queue);
    return entry === 0 || keyspace.isExpired(entry) ? TYPE_ABSENT : typeOf(keyspace.arena, entry);
  }

  /** Whether the key's time is up and it has not been deleted yet. */
  isExpired(queue: WaitQueue): boolean {
    const entry = this.#entryOf(queue);
    return entry !== 0 && this.#keyspace.isExpired(entry);
  }

  #entryOf({ databaseIndex, key }: WaitQueue): number {
    const keyspace = this.#keyspace;
    return keyspace.lookupEvenExpired(keyspace.databases[databaseIndex], key, 0, key.length);
  }

  /** Deletes the key if its time is up, within a unit that is open. */
  expire({ databaseIndex, key }: WaitQueue): void {
    const keyspace = this.#keyspace;
    keyspace.peek(keyspace.databases[databaseIndex], key, 0, key.length);
  }

  // ---- what the keyspace tells ----------------------------------------------------------------------------------

  keyEvent(database: Database, key: Uint8Array, start: number, length: number, event: KeyEvent): void {
    if (event !== EVENT_NEW && !this.#watchesChanges) return;
    const queue = this.#queueOf(database.index, key, start, length);
    if (queue !== undefined) this.#makeReady(queue);
  }

  /** All keys of a database have other values, or none. */
  databaseChanged(databaseIndex: number): void {
    this.#registries[databaseIndex]?.forEach(new Span(), (queues) => {
      for (const queue of queues) this.#makeReady(queue);
    });
  }

  // ---- ready keys -----------------------------------------------------------------------------------------------

  get hasReady(): boolean {
    return this.#ready.length > 0;
  }

  #makeReady(queue: WaitQueue): void {
    if (queue.isReady) return;
    queue.isReady = true;
    this.#ready.push(queue);
  }

  /** The next ready key, whose waiters the caller serves; null when there is none. */
  takeReady(): WaitQueue | null {
    if (this.#readyTaken === this.#ready.length) {
      this.#ready.length = 0;
      this.#readyTaken = 0;
      return null;
    }
    const queue = this.#ready[this.#readyTaken++];
    queue.isReady = false;
    return queue;
  }

  /** Its waiters have been served: whoever stays waits for a key that may be there. */
  served(queue: WaitQueue): void {
    if (queue.waiters.length > 0 && this.typeOf(queue) !== TYPE_ABSENT) this.#watchesChanges = true;
  }
}

/**
 * The unit of work: everything between the first look at the keyspace and the moment its effects are out.
 *
 * A command of a client is a unit; the commands of an EXEC or a script join their parent's; expiry, eviction, cron and
 * each woken waiter open units of their own. Time stands still within one. When the outermost commits,
 *
 *     1  its effects go to the log, as one                      the only place where anything is propagated
 *     2  keyspace notifications are published, in their order
 *
 * and when its caller has been answered, clients that wait for keys it has made are served (`blocking.ts`).
 *
 * While nobody reads the log and no notification is wanted, opening and committing cost a few integer operations.
 */
import { assert } from "../base/assert.ts";
import { utf8Bytes } from "../base/text.ts";
import { Effects } from "../commands/effects.ts";
import type { Database } from "../keyspace/database.ts";
import type { TellField } from "../keyspace/hash-reader.ts";
import { EVENT_KEY_MISS, type KeyEvent } from "../keyspace/key-events.ts";
import type { KeyObserver, Keyspace } from "../keyspace/keyspace.ts";
import { NOTIFY_KEYEVENT, NOTIFY_KEYSPACE } from "../keyspace/notify-flags.ts";
import { Log } from "./log.ts";
import { ATTENTION_WAITERS } from "./wait-queues.ts";
import { ATTENTION_WATCH, type WatchTable } from "./watch.ts";

/** Where a unit comes from, and what follows from that. */
export interface Origin {
  readonly name: string;
  /** Whether its commands pass the gates. */
  readonly gated: boolean;
  /** Whether its effects go to the log. */
  readonly logged: boolean;
  /** Whether several effects are one: if not, each is a change of its own. */
  readonly atomic: boolean;
  /** Whether somebody waits for a reply. */
  readonly replied: boolean;
}

/** All origins there are. */
export const ORIGINS = {
  client: { name: "client", gated: true, logged: true, atomic: true, replied: true },
  waiter: { name: "waiter", gated: false, logged: true, atomic: true, replied: true },
  exec: { name: "exec", gated: false, logged: true, atomic: true, replied: true },
  expire: { name: "expire", gated: false, logged: true, atomic: false, replied: false },
  cron: { name: "cron", gated: false, logged: true, atomic: true, replied: false },
} as const satisfies Record<string, Origin>;

/** Bit of `Keyspace.attention`: keyspace notifications are on. */
export const ATTENTION_NOTIFY = 2;

/** Publishes to the subscribers of a channel; the server's pub/sub. */
export interface Publisher {
  publish(channel: Uint8Array, message: Uint8Array): number;
}

/** Who wants to know that keys may have come to serve somebody; the engine's blocked clients. */
export interface KeyWaiters {
  keyEvent(database: Database, key: Uint8Array, start: number, length: number, event: KeyEvent): void;
  /** All keys of a database are about to go, or to be exchanged for others. */
  databaseChanged(database: Database): void;
}

/** A notification waits for its unit to commit; past this many the earliest go out while it still runs. */
const EVENTS_MAX = 65536;

interface RecordedEvent {
  readonly databaseIndex: number;
  readonly key: Uint8Array;
  readonly event: KeyEvent;
}

export class Unit implements KeyObserver {
  readonly effects: Effects = new Effects();
  readonly log: Log = new Log(this.effects);
  /** Bits of `notify-keyspace-events`; set through `setNotifications`. */
  #notify = 0;
  #depth = 0;
  #origin: Origin = ORIGINS.client;
  #events: RecordedEvent[] = [];
  // Wired after construction: both need the keyspace, whose observer this is.
  #keyspace!: Keyspace;
  #watches!: WatchTable;
  #publisher!: Publisher;
  #waiters!: KeyWaiters;

  wire(keyspace: Keyspace, watches: WatchTable, publisher: Publisher): void {
    this.#keyspace = keyspace;
    this.#watches = watches;
    this.#publisher = publisher;
  }

  wireWaiters(waiters: KeyWaiters): void {
    this.#waiters = waiters;
  }

  get notifications(): number {
    return this.#notify;
  }

  setNotifications(bits: number): void {
    this.#notify = bits;
    const on = (bits & (NOTIFY_KEYSPACE | NOTIFY_KEYEVENT)) !== 0;
    if (on) this.#keyspace.attention |= ATTENTION_NOTIFY;
    else this.#keyspace.attention &= ~ATTENTION_NOTIFY;
  }

  get isOpen(): boolean {
    return this.#depth > 0;
  }

  /** The unit that is open is within no other. */
  get isOutermost(): boolean {
    return this.#depth === 1;
  }

  /** Whether somebody waits for the reply of the unit that is open. */
  get isReplied(): boolean {
    return this.#origin.replied;
  }

  open(nowMs: number, origin: Origin): void {
    if (this.#depth++ > 0) return;
    this.#origin = origin;
    this.#keyspace.setNow(nowMs);
  }

  commit(): void {
    assert(this.#keyspace.isQuiet, "a command closes its write handles");
    assert(this.#depth > 0, "a unit is committed once");
    if (--this.#depth > 0) {
      this.effects.isAtomic = true;
      return;
    }
    if (this.effects.count > 0) this.#propagate();
    if (this.#events.length > 0) this.#publish();
  }

  #propagate(): void {
    if (!this.#origin.atomic) this.effects.separate();
    if (this.#origin.logged) this.log.append(this.effects);
    this.effects.clear();
  }

  // ---- what the keyspace tells ----------------------------------------------------------------------------------

  keyEvent(database: Database, key: Uint8Array, start: number, length: number, event: KeyEvent): void {
    const { attention } = this.#keyspace;
    const isWatched = (attention & ATTENTION_WATCH) !== 0 && event.isUnwatched !== true;
    if (isWatched) this.#watches.touch(database.index, key, start, length);
    if ((attention & ATTENTION_NOTIFY) !== 0) this.notify(database.index, key, start, length, event);
    if ((attention & ATTENTION_WAITERS) !== 0) this.#waiters.keyEvent(database, key, start, length, event);
  }

  keyExpired(database: Database, key: Uint8Array, start: number, length: number): void {
    if (this.effects.active) this.effects.deletion(database.index, key, start, length);
  }

  fieldsExpired(
    { index }: Database,
    key: Uint8Array,
    start: number,
    length: number,
    count: number,
    each: (tell: TellField) => void,
  ): void {
    const { effects } = this;
    if (!effects.active) return;
    effects.fieldDeletion(index, key, start, length, count);
    each((field, fieldStart, fieldLength) => effects.argument(field, fieldStart, fieldLength));
  }

  databaseFlushed(database: Database): void {
    if ((this.#keyspace.attention & ATTENTION_WAITERS) !== 0) this.#waiters.databaseChanged(database);
    if ((this.#keyspace.attention & ATTENTION_WATCH) !== 0) this.#watches.touchDatabase(database, null);
  }

  databasesExchanged(one: Database, other: Database): void {
    if ((this.#keyspace.attention & ATTENTION_WAITERS) !== 0) {
      this.#waiters.databaseChanged(one);
      this.#waiters.databaseChanged(other);
    }
    if ((this.#keyspace.attention & ATTENTION_WATCH) === 0) return;
    this.#watches.touchDatabase(one, other);
    this.#watches.touchDatabase(other, one);
  }

  keyMissed(database: Database, key: Uint8Array, start: number, length: number): void {
    this.notify(database.index, key, start, length, EVENT_KEY_MISS);
  }

  /** Records a notification that is not about a change, such as a key miss. */
  notify(databaseIndex: number, key: Uint8Array, start: number, length: number, event: KeyEvent): void {
    if ((this.#notify & event.eventClass) === 0) return;
    this.#events.push({ databaseIndex, key: key.slice(start, start + length), event });
    if (this.#events.length >= EVENTS_MAX) this.#publish();
  }

  #publish(): void {
    const events = this.#events;
    this.#events = [];
    for (const { databaseIndex, key, event } of events) {
      const name = utf8Bytes(event.name);
      if ((this.#notify & NOTIFY_KEYSPACE) !== 0) {
        this.#publisher.publish(joined(`__keyspace@${databaseIndex}__:`, key), name);
      }
      if ((this.#notify & NOTIFY_KEYEVENT) !== 0) {
        this.#publisher.publish(joined(`__keyevent@${databaseIndex}__:`, name), key);
      }
    }
  }
}

function joined(prefix: string, rest: Uint8Array): Uint8Array {
  const head = utf8Bytes(prefix);
  const all = new Uint8Array(head.length + rest.length);
  all.set(head);
  all.set(rest, head.length);
  return all;
}

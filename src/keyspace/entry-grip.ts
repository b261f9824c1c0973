/**
 * What a grip on a key is, whatever type the key holds: where its entry stands, and the steps in which an entry is
 * replaced, given a time to live, or deleted. `write-handle.ts` adds what can be done with values.
 *
 * Every step keeps four things together: the table's slot, the expiry indexes, the database's byte count and the snapshot
 * rule. Views derived before a call are dead after it.
 */
import { assert } from "../base/assert.ts";
import type { Arena, Handle } from "../memory/arena.ts";
import {
  accessOf,
  createEntry,
  entryOwnBytes,
  expiresAtMs,
  expiryPosition,
  FLAG_EXPIRES,
  hasFlag,
  inheritFlags,
  setAccess,
  setEpoch,
  setExpiresAtMs,
  setExpiryPosition,
  TYPE_HASH,
  TYPE_STRING,
  typeOf,
} from "../structures/entry.ts";
import type { Database } from "./database.ts";
import { fieldsPosition, setFieldsPosition } from "./hash-position.ts";
import { EVENT_NEW, type KeyEvent } from "./key-events.ts";
import type { Keyspace } from "./keyspace.ts";
import { valueTypeOf } from "./value-types.ts";

/** Instead of a point in time: no expiry, and: whatever the key had before. */
export const EXPIRY_NONE = 0;
export const EXPIRY_KEEP = -1;

const EMPTY = new Uint8Array(0);
/** A stamp that no table gives: the next change looks the key up again. */
const NO_STAMP = -1;

export class EntryGrip {
  /** The key's entry now; 0 when there is none. */
  entry: Handle = 0;
  database!: Database;
  key: Uint8Array = EMPTY;
  keyStart = 0;
  keyLength = 0;

  protected readonly keyspace: Keyspace;
  protected readonly arena: Arena;
  /** The table's stamp after our own last look-up: another means that somebody has looked something else up. */
  #stamp = NO_STAMP;

  constructor(keyspace: Keyspace) {
    this.keyspace = keyspace;
    this.arena = keyspace.arena;
  }

  /** For the keyspace: the table has just looked the key up. */
  open(database: Database, key: Uint8Array, start: number, length: number, entry: Handle): void {
    this.database = database;
    this.key = key;
    this.keyStart = start;
    this.keyLength = length;
    this.entry = entry;
    this.#stamp = database.table.stamp;
  }

  /**
   * Ends the grip.
   * @param event what has happened, null for nothing.
   * @param changes what Redis adds to its dirty count; 0 with an event is a notification without propagation.
   */
  close(event: KeyEvent | null, changes: number): void {
    this.keyspace.handleClosed(this, event, changes);
    this.key = EMPTY;
  }

  /** One more event of the same change, before `close`: SET with a time is `set`, then `expire`. */
  signal(event: KeyEvent): void {
    this.keyspace.announce(this, event);
  }

  // ---- the key itself -------------------------------------------------------------------------------------------

  /** When the key expires, ms since the epoch; 0 when it does not. */
  get expiresAtMs(): number {
    if (this.entry === 0 || !hasFlag(this.arena, this.entry, FLAG_EXPIRES)) return 0;
    return expiresAtMs(this.arena, this.entry);
  }

  /** Gives the key (which exists) a time to live, or takes it away with EXPIRY_NONE. The value stays. */
  setExpiry(expiry: number): void {
    const arena = this.arena;
    assert(this.entry !== 0, "only a key that exists can expire");
    const expires = expiry !== EXPIRY_NONE;
    if (hasFlag(arena, this.entry, FLAG_EXPIRES) !== expires || this.keyspace.isUnsaved(this.entry)) {
      this.relayout(expires);
    }
    this.settle(expiry);
  }

  /**
   * Makes the key hold an entry that was made elsewhere, whatever it held before (`key-moves.ts`).
   * @param entry bears this key, stands in no table, owns its value; its expiry fields are there if `expiry` is a time.
   * @param expiry ms since the epoch or EXPIRY_NONE.
   */
  put(entry: Handle, expiry: number): void {
    const arena = this.arena;
    const old = this.install(entry, expiry !== EXPIRY_NONE);
    this.database.entryBytes += valueTypeOf(arena, entry).outsideBytes(this.keyspace.structures, entry);
    if (old !== 0) this.retire(old, true);
    this.#enterIndex();
    this.settle(expiry);
    if (valueTypeOf(arena, entry).isUnfinished?.(this.keyspace.structures, entry) === true) this.leaveUnfinished();
  }

  /** Slices are to finish what has been begun on the key's value. */
  leaveUnfinished(): void {
    const { database, key, keyLength, keyStart } = this;
    this.keyspace.streamSweep.add(database, key, keyStart, keyLength);
  }

  /** Deletes the key. @param withValue false when another entry has taken the value over. */
  unlink(withValue = true): void {
    const entry = this.entry;
    assert(entry !== 0, "only a key that exists can be deleted");
    this.#refind();
    const database = this.database;
    database.table.removeFound();
    this.#stamp = NO_STAMP;
    if (hasFlag(this.arena, entry, FLAG_EXPIRES)) database.expiry.remove(expiryPosition(this.arena, entry));
    this.#leaveIndex(entry);
    this.retire(entry, withValue);
    this.entry = 0;
  }

  // ---- hashes of which fields expire ----------------------------------------------------------------------------

  /** Where the index of these has the key's hash; 0 for nowhere. */
  get fieldsPosition(): number {
    if (this.entry === 0 || this.database.fieldExpiry.count === 0) return 0;
    return fieldsPosition(this.arena, this.entry);
  }

  /** Keeps that index in step. @param nextMs when the next field of the key's hash expires, Infinity for never. */
  indexFields(nextMs: number): void {
    const { entry } = this;
    const index = this.database.fieldExpiry;
    const position = this.fieldsPosition;
    if (nextMs === Number.POSITIVE_INFINITY) {
      if (position !== 0) this.#leaveIndex(entry);
    } else if (position === 0) {
      index.add(entry, nextMs);
    } else if (index.whenAt(position) !== nextMs) {
      index.update(position, nextMs);
    }
  }

  /** A field has lapsed, and is going to be removed. */
  tellLapsedField(bytes: Uint8Array, start: number, length: number): void {
    this.keyspace.tellLapsedFields(this, 1, (tell) => tell(bytes, start, length));
  }

  /** All fields that are left have lapsed, and the key is going to be deleted. */
  tellLapsedKey(): void {
    this.keyspace.tellLapsedKey(this);
  }

  #enterIndex(): void {
    const nextMs = valueTypeOf(this.arena, this.entry).nextExpiryMs?.(this.keyspace.structures, this.entry);
    if (nextMs !== undefined && nextMs !== Number.POSITIVE_INFINITY) this.indexFields(nextMs);
  }

  /** An entry that goes, or no longer has such fields. */
  #leaveIndex(entry: Handle): void {
    const { arena } = this;
    if (typeOf(arena, entry) !== TYPE_HASH) return;
    const position = fieldsPosition(arena, entry);
    if (position === 0) return;
    this.database.fieldExpiry.remove(position);
    setFieldsPosition(arena, entry, 0);
  }

  // ---- steps ----------------------------------------------------------------------------------------------------

  /** Whether the key will have a time to live after `expiry` has been applied. */
  protected willExpire(expiry: number): boolean {
    if (expiry === EXPIRY_KEEP) return this.entry !== 0 && hasFlag(this.arena, this.entry, FLAG_EXPIRES);
    return expiry !== EXPIRY_NONE;
  }

  /**
   * Puts a fresh entry in the place of the present one (or of none). Its value is the caller's to fill in.
   * @returns the entry replaced, still readable and now the caller's to retire; 0 for none.
   */
  protected replace(encoding: number, inlineBytes: number, expires: boolean, type: number = TYPE_STRING): Handle {
    const arena = this.arena;
    const epoch = this.keyspace.epoch;
    const { key, keyStart, keyLength } = this;
    const entry = createEntry(arena, type, encoding, key, keyStart, keyLength, inlineBytes, expires, epoch);
    return this.install(entry, expires);
  }

  /**
   * Puts an entry that bears the key in the place of the present one (or of none).
   * @returns as `replace`.
   */
  protected install(entry: Handle, expires: boolean): Handle {
    const arena = this.arena;
    const old = this.entry;
    const database = this.database;
    this.#refind();
    this.entry = entry;
    database.entryBytes += entryOwnBytes(arena, entry);
    if (old === 0) {
      database.table.insert(entry);
      this.#stamp = NO_STAMP;
      if (expires) database.expiry.add(entry, Number.MAX_SAFE_INTEGER);
      setAccess(arena, entry, this.keyspace.newAccess);
      this.keyspace.announce(this, EVENT_NEW);
    } else {
      database.table.replaceFound(entry);
      this.#leaveIndex(old);
      this.#inherit(old, entry, expires);
    }
    return old;
  }

  /** What a new entry takes over: side-table flags, access, and the place in the expiry index. */
  #inherit(old: Handle, entry: Handle, expires: boolean): void {
    const arena = this.arena;
    inheritFlags(arena, old, entry);
    setAccess(arena, entry, accessOf(arena, old));
    const index = this.database.expiry;
    const expired = hasFlag(arena, old, FLAG_EXPIRES);
    if (expired && expires) {
      const position = expiryPosition(arena, old);
      setExpiresAtMs(arena, entry, expiresAtMs(arena, old));
      setExpiryPosition(arena, entry, position);
      index.rehandle(position, entry);
    } else if (expired) {
      index.remove(expiryPosition(arena, old));
    } else if (expires) {
      index.add(entry, Number.MAX_SAFE_INTEGER);
    }
  }

  /** Lets go of an entry that is out of the table. @param withValue false when another entry has taken its value over. */
  protected retire(old: Handle, withValue: boolean): void {
    const arena = this.arena;
    const outsideBytes = valueTypeOf(arena, old).outsideBytes(this.keyspace.structures, old);
    this.database.entryBytes -= entryOwnBytes(arena, old) + outsideBytes;
    this.keyspace.release(this.database, old, withValue);
  }

  /** Gives the entry a shape with or without expiry fields; in any case it is one that may be changed in place then. */
  protected relayout(expires: boolean): void {
    const arena = this.arena;
    const type = valueTypeOf(arena, this.entry);
    const { epoch, structures } = this.keyspace;
    // An unsaved entry lives on until the snapshot has written it, and with it its value, but for a large collection.
    const unsaved = this.keyspace.outlivesItsKey(this.entry);
    const entry = unsaved
      ? type.share(structures, this.entry, this, expires, epoch)
      : type.take(structures, this.entry, this, expires, epoch);
    const old = this.install(entry, expires);
    this.database.entryBytes += type.outsideBytes(structures, entry);
    this.retire(old, unsaved);
    this.#enterIndex();
  }

  /** The last step of every change: expiry and epoch. */
  protected settle(expiry: number): void {
    const arena = this.arena;
    const entry = this.entry;
    if (expiry > 0) {
      setExpiresAtMs(arena, entry, expiry);
      this.database.expiry.update(expiryPosition(arena, entry), expiry);
    }
    setEpoch(arena, entry, this.keyspace.epoch);
  }

  /** Makes the table's last look-up ours again when somebody has looked something else up in between. */
  #refind(): void {
    const table = this.database.table;
    if (table.stamp === this.#stamp) return;
    const found = table.find(this.key, this.keyStart, this.keyLength);
    assert(found === this.entry, "a key under a grip stays where it is");
    this.#stamp = table.stamp;
  }
}

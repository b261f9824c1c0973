/**
 * The keyspace: all databases, and the only way to their content.
 *
 * Reading: `lookupRead` gives an entry's handle, valid until the next call that may write. Writing: `openWrite` gives a
 * handle object from a small fixed stack; what is done through it is recorded when it is closed (`write-handle.ts`).
 * Nothing else changes a value, so dirty counts, notifications, WATCH, tracking and the snapshot rule have one place.
 *
 * Time stands still during a unit of work: `nowMs` is set when it opens, and an entry is expired or not by that clock.
 */
import { assert } from "../base/assert.ts";
import type { KeyedHash } from "../base/keyed-hash.ts";
import { BULK_BYTES_DEFAULT } from "../base/limits.ts";
import type { Prng } from "../base/prng.ts";
import { Arena, type BufferSource, type Handle } from "../memory/arena.ts";
import {
  accessOf,
  epochOf,
  expiresAtMs,
  FLAG_EXPIRES,
  freeEntry,
  hasFlag,
  keySpan,
  Span,
  setAccess,
  TYPE_HASH,
  typeOf,
  wordAt,
  wordsOf,
} from "../structures/entry.ts";
import type { HandleList } from "../structures/handle-list.ts";
import { StringReader } from "../structures/string-reader.ts";
import { createTable } from "../structures/table.ts";
import {
  LFU_DECAY_MINUTES_DEFAULT,
  LFU_LOG_FACTOR_DEFAULT,
  type LfuSettings,
  lruClock,
  newLfu,
  usedLfu,
} from "./access.ts";
import { wantsImage } from "./collection-image.ts";
import { CollectionLimits } from "./collection-limits.ts";
import { Database } from "./database.ts";
import type { EntryGrip } from "./entry-grip.ts";
import { dropLapsed, LAPSED_FIELDS_MAX } from "./hash-lapse.ts";
import { fieldsPosition } from "./hash-position.ts";
import type { TellField } from "./hash-reader.ts";
import { EVENT_EXPIRED, type KeyEvent } from "./key-events.ts";
import { LazyFree } from "./lazy-free.ts";
import { LookAhead } from "./look-ahead.ts";
import { scanAtLeast } from "./scan-page.ts";
import type { Snapshot } from "./snapshot.ts";
import { StreamSweep } from "./stream-sweep.ts";
import { Structures } from "./structures.ts";
import { WriteHandle } from "./write-handle.ts";

/** Handles open at once: *STORE commands take a destination and read their sources by look-up. */
const WRITE_HANDLES_MAX = 8;
const FLAG_EXPIRES_BIT = FLAG_EXPIRES << 8;
/** Bits of an entry's first word of which one is set in whatever may go by itself: a time to live, or a hash (or stream). */
const MAY_LAPSE_BITS = FLAG_EXPIRES_BIT | TYPE_HASH;
/** Expired entries that a random pick steps over before it gives one back anyway, as Redis does. */
const RANDOM_KEY_TRIES_MAX = 100;

/** Who is told what has happened to keys. The engine is; called only while `Keyspace.attention` says so. */
export interface KeyObserver {
  /** The key bytes are valid during the call. */
  keyEvent(database: Database, key: Uint8Array, start: number, length: number, event: KeyEvent): void;
  /** An expired key has been deleted; always called. */
  keyExpired(database: Database, key: Uint8Array, start: number, length: number): void;
  /**
   * Fields of a hash have lapsed and are about to be removed; always called.
   * @param each shows them one after the other, `count` in all.
   */
  fieldsExpired(
    database: Database,
    key: Uint8Array,
    start: number,
    length: number,
    count: number,
    each: (tell: TellField) => void,
  ): void;
  /** A key was wanted to be read and is not there. */
  keyMissed(database: Database, key: Uint8Array, start: number, length: number): void;
  /** All keys of a database are about to go; always called. */
  databaseFlushed(database: Database): void;
  /** Two databases are about to exchange their keys; always called. */
  databasesExchanged(one: Database, other: Database): void;
}

export class KeyspaceStats {
  hits = 0;
  misses = 0;
  expired = 0;
  /** Fields of hashes. */
  expiredFields = 0;

  reset(): void {
    this.hits = 0;
    this.misses = 0;
    this.expired = 0;
    this.expiredFields = 0;
  }
}

export class Keyspace {
  readonly arena: Arena;
  readonly hash: KeyedHash;
  readonly lookAhead: LookAhead;
  readonly databases: Database[];
  readonly stats = new KeyspaceStats();
  readonly structures: Structures;
  readonly lazyFree: LazyFree;
  readonly streamSweep: StreamSweep;
  readonly collectionLimits: CollectionLimits = new CollectionLimits();
  /** For commands to read string values with: opened again by the next one that does. */
  readonly reader: StringReader;
  readonly random: Prng;

  /** The clock of the running unit of work, ms since the epoch. */
  nowMs = 0;
  /** LRU clock, 24 bits, in seconds. */
  accessClock = 0;
  readonly lfuSettings: LfuSettings = { logFactor: LFU_LOG_FACTOR_DEFAULT, decayMinutes: LFU_DECAY_MINUTES_DEFAULT };
  /** Whether Redis, configured alike, would share small integers among keys: not under a policy that ages each. */
  sharesIntegers = true;
  #lfu = false;
  #touches = true;
  /** LRU, and a use counts as one: the hot path's only test. */
  #touchesPlainly = true;
  /** `proto-max-bulk-len`, bytes: no command makes a string longer. */
  stringBytesMax = BULK_BYTES_DEFAULT;
  /** `lazyfree-lazy-server-del`: a key that is emptied at one go is propagated as UNLINK instead of DEL. */
  unlinksEmptied = false;
  /** Changes to the dataset since the start, as Redis counts them. */
  dirty = 0;
  /** Not 0 while anybody wants `KeyObserver.keyEvent`: bits are the engine's (notifications, watched keys, …). */
  attention = 0;
  /** The running snapshot. */
  snapshot: Snapshot | null = null;
  /** Snapshots given up since one came to its end. */
  abandonedSnapshots = 0;
  /** The epoch that new and changed entries carry: the snapshot generation. */
  epoch = 0;

  readonly #observer: KeyObserver;
  readonly #handles: WriteHandle[] = [];
  #openHandles = 0;
  readonly #span = new Span();

  constructor(source: BufferSource, hash: KeyedHash, random: Prng, databaseCount: number, observer: KeyObserver) {
    const arena = new Arena(source);
    this.arena = arena;
    this.hash = hash;
    this.lookAhead = new LookAhead(hash);
    this.random = random;
    this.#observer = observer;
    this.databases = Array.from({ length: databaseCount }, (_, index) => new Database(index, arena, hash, source));
    this.structures = new Structures(arena, hash, random, this.collectionLimits);
    this.lazyFree = new LazyFree(this.structures);
    this.streamSweep = new StreamSweep(this);
    this.reader = new StringReader(arena);
    for (let index = 0; index < WRITE_HANDLES_MAX; index++) this.#handles.push(new WriteHandle(this));
  }

  /** Bytes of the dataset that count as used: entries, tables, indexes; what waits to be freed is not in it. */
  get usedBytes(): number {
    let bytes = this.arena.usedBytes - this.lazyFree.pendingBytes + (this.snapshot?.sideBytes ?? 0);
    for (const database of this.databases) bytes += database.indexBytes;
    return bytes;
  }

  /** Sets the clocks; called when a unit of work opens. */
  setNow(nowMs: number): void {
    if (nowMs === this.nowMs) return;
    this.nowMs = nowMs;
    this.structures.fieldClock.nowMs = nowMs;
    this.accessClock = lruClock(nowMs);
  }

  // ---- reading --------------------------------------------------------------------------------------------------

  /**
   * Looks a key up to read it: counts hit or miss, counts as a use, deletes it when it has expired.
   * @returns its entry, or 0.
   */
  lookupRead(database: Database, key: Uint8Array, start: number, length: number): Handle {
    const entry = this.peek(database, key, start, length);
    if (entry === 0) {
      this.stats.misses++;
      if (this.attention !== 0) this.#observer.keyMissed(database, key, start, length);
      return 0;
    }
    this.stats.hits++;
    if (this.#touchesPlainly) setAccess(this.arena, entry, this.accessClock);
    else this.#touch(entry);
    return entry;
  }

  /**
   * As `lookupRead`, for a look from outside that is no use of the key: EXISTS, TYPE, TTL.
   * @param announcesMiss false for OBJECT, whose misses nobody is told of.
   */
  lookupUntouched(database: Database, key: Uint8Array, start: number, length: number, announcesMiss: boolean): Handle {
    const entry = this.peek(database, key, start, length);
    if (entry !== 0) {
      this.stats.hits++;
    } else {
      this.stats.misses++;
      if (announcesMiss && this.attention !== 0) this.#observer.keyMissed(database, key, start, length);
    }
    return entry;
  }

  /** The entry of a key if it is there and has not expired; nothing is counted or touched. */
  peek(database: Database, key: Uint8Array, start: number, length: number): Handle {
    const entry = database.table.find(key, start, length);
    if (entry === 0) return 0;
    const may = wordsOf(this.arena, entry)[wordAt(entry)] & MAY_LAPSE_BITS;
    if (may === 0 || ((may & FLAG_EXPIRES_BIT) === 0 && database.fieldExpiry.count === 0)) return entry;
    return this.#peekAlive(database, entry);
  }

  /** What is left of an entry that the table has just found, by the clock. @returns the entry, 0 for none. */
  #peekAlive(database: Database, entry: Handle): Handle {
    if (this.isExpired(entry)) {
      this.#expireFound(database, entry);
      return 0;
    }
    if (!this.#hasLapsedFields(database, entry)) return entry;
    const handle = this.#openFound(database, entry);
    dropLapsed(this, handle, LAPSED_FIELDS_MAX);
    this.#openHandles--;
    return handle.entry;
  }

  /** The entry of a key whether it has expired or not, for looking into the machinery. */
  lookupEvenExpired(database: Database, key: Uint8Array, start: number, length: number): Handle {
    return database.table.find(key, start, length);
  }

  isExpired(entry: Handle): boolean {
    return hasFlag(this.arena, entry, FLAG_EXPIRES) && expiresAtMs(this.arena, entry) < this.nowMs;
  }

  /** Whether an entry in the table has expired: then it is deleted. */
  dropIfExpired(database: Database, entry: Handle): boolean {
    if (!this.isExpired(entry)) return false;
    this.#expireEntry(database, entry);
    return true;
  }

  /** `maxmemory-policy` evicts the least frequently used: entries count uses instead of keeping the time of the last. */
  get lfu(): boolean {
    return this.#lfu;
  }

  set lfu(on: boolean) {
    this.#lfu = on;
    this.#touchesPlainly = this.#touches && !on;
  }

  /** Whether looking a key up counts as a use: not for a client with CLIENT NO-TOUCH. */
  get touches(): boolean {
    return this.#touches;
  }

  set touches(on: boolean) {
    this.#touches = on;
    this.#touchesPlainly = on && !this.#lfu;
  }

  #touch(entry: Handle): void {
    if (!this.#touches) return;
    const { arena, lfuSettings, nowMs, random } = this;
    setAccess(arena, entry, this.#lfu ? usedLfu(accessOf(arena, entry), nowMs, lfuSettings, random) : this.accessClock);
  }

  /** The access field of a new entry. */
  get newAccess(): number {
    return this.#lfu ? newLfu(this.nowMs) : this.accessClock;
  }

  /** A uniformly random entry that has not expired, or 0. */
  randomEntry(database: Database): Handle {
    for (let tries = 0; database.count > 0; tries++) {
      const entry = database.table.random(this.random);
      if (!this.isExpired(entry) || tries >= RANDOM_KEY_TRIES_MAX) return entry;
      this.#expireEntry(database, entry);
    }
    return 0;
  }

  /**
   * Emits about `count` live entries from `cursor` on, whole buckets at a time.
   * @returns the next cursor, 0 at the end.
   */
  scan(database: Database, cursor: number, count: number, into: HandleList): number {
    return scanAtLeast(database.table, cursor, count, into);
  }

  // ---- writing --------------------------------------------------------------------------------------------------

  /**
   * Takes a grip on a key, present or not. The key's bytes must stay where they are until the handle is closed.
   * Handles close in the reverse order of opening.
   */
  openWrite(database: Database, key: Uint8Array, start: number, length: number): WriteHandle {
    assert(this.#openHandles < WRITE_HANDLES_MAX, "a command holds a bounded number of write handles");
    const handle = this.#handles[this.#openHandles++];
    const entry = this.peek(database, key, start, length);
    if (entry !== 0) {
      if (this.#touchesPlainly) setAccess(this.arena, entry, this.accessClock);
      else this.#touch(entry);
    }
    handle.open(database, key, start, length, entry);
    return handle;
  }

  /** As `openWrite`, of the entry that the table has just found, and for the keyspace's own ends: it is no use of the key. */
  openOwn(database: Database, entry: Handle): WriteHandle {
    return this.#openFound(database, entry);
  }

  /** Called by a handle that closes. `event` is null when nothing was changed. */
  handleClosed(handle: EntryGrip, event: KeyEvent | null, changes: number): void {
    assert(this.#handles[this.#openHandles - 1] === handle, "write handles close in reverse order");
    this.#openHandles--;
    this.dirty += changes;
    if (event !== null) this.announce(handle, event);
  }

  /** Tells the observer, when it listens. */
  announce(handle: EntryGrip, event: KeyEvent): void {
    if (this.attention === 0) return;
    this.#observer.keyEvent(handle.database, handle.key, handle.keyStart, handle.keyLength, event);
  }

  /** Whether every handle has been closed: asserted at the end of a unit of work. */
  get isQuiet(): boolean {
    return this.#openHandles === 0;
  }

  /**
   * Empties a database. used_memory drops at once (when a running snapshot has walked the database, if it has yet to
   * do so); the entries are freed in slices.
   * @returns the number of keys removed.
   */
  flush(database: Database): number {
    this.#observer.databaseFlushed(database);
    const table = database.table;
    const entries = table.count;
    const bytes = database.entryBytes + table.blockBytes;
    const snapshotTakes = this.snapshot?.takeTable(database, bytes) ?? false;
    if (!snapshotTakes) this.lazyFree.addTable(table.root, entries, bytes);
    table.attach(createTable(this.arena));
    database.expiry.clear();
    database.fieldExpiry.clear();
    database.entryBytes = 0;
    return entries;
  }

  /** Exchanges what two databases hold, and that is all: clients and watches keep the number that they have. */
  exchange(one: number, other: number): void {
    const { databases } = this;
    if (one === other) return;
    this.#observer.databasesExchanged(databases[one], databases[other]);
    [databases[one], databases[other]] = [databases[other], databases[one]];
    databases[one].index = one;
    databases[other].index = other;
  }

  // ---- expiry ---------------------------------------------------------------------------------------------------

  /**
   * Deletes up to `limit` entries whose time has come. A unit of work of its own must be open.
   * @returns how many were deleted; fewer than `limit` means none is due any more.
   */
  expireDue(database: Database, limit: number): number {
    const expiry = database.expiry;
    let deleted = 0;
    while (deleted < limit && expiry.count > 0 && expiry.nextDue() < this.nowMs) {
      this.#expireEntry(database, expiry.topHandle());
      deleted++;
    }
    return deleted;
  }

  /**
   * Removes up to about `limit` fields of hashes whose time has come. A unit of work of its own must be open.
   * @returns how many; fewer than `limit` means none is due any more.
   */
  expireDueFields(database: Database, limit: number): number {
    const { fieldExpiry } = database;
    let removed = 0;
    while (removed < limit && fieldExpiry.count > 0 && fieldExpiry.nextDue() < this.nowMs) {
      const entry = fieldExpiry.topHandle();
      this.#find(database, entry);
      removed += dropLapsed(this, this.#openFound(database, entry), limit - removed);
      this.#openHandles--;
    }
    return removed;
  }

  #hasLapsedFields({ fieldExpiry }: Database, entry: Handle): boolean {
    // Hardly ever is anything due: slices and commands before have removed it.
    if (fieldExpiry.count === 0 || fieldExpiry.nextDue() >= this.nowMs) return false;
    if (typeOf(this.arena, entry) !== TYPE_HASH) return false;
    const position = fieldsPosition(this.arena, entry);
    return position !== 0 && fieldExpiry.whenAt(position) < this.nowMs;
  }

  /** Tells of fields that have lapsed, before they are removed. */
  tellLapsedFields(
    { database, key, keyStart, keyLength }: EntryGrip,
    count: number,
    each: (tell: TellField) => void,
  ): void {
    this.stats.expiredFields += count;
    this.#observer.fieldsExpired(database, key, keyStart, keyLength, count, each);
  }

  /** Tells of a key none of whose fields is left, and that is deleted with them. */
  tellLapsedKey({ database, key, keyStart, keyLength }: EntryGrip): void {
    this.#observer.keyExpired(database, key, keyStart, keyLength);
  }

  /** Makes an entry that is in the table what it has found last. */
  #find(database: Database, entry: Handle): void {
    const span = this.#span;
    keySpan(this.arena, entry, span);
    const found = database.table.find(span.bytes, span.start, span.length);
    assert(found === entry, "an indexed entry is in its table");
  }

  /** Takes a grip on the entry that the table has just found; its bytes are copied, since it may be replaced. */
  #openFound(database: Database, entry: Handle): WriteHandle {
    const handle = this.#handles[this.#openHandles++];
    assert(handle !== undefined, "a command holds a bounded number of write handles");
    const span = this.#span;
    keySpan(this.arena, entry, span);
    const { bytes, start, length } = span;
    handle.open(database, bytes.slice(start, start + length), 0, length, entry);
    return handle;
  }

  #expireEntry(database: Database, entry: Handle): void {
    this.#find(database, entry);
    this.#expireFound(database, entry);
  }

  /** Deletes the entry that the table has just found. */
  #expireFound(database: Database, entry: Handle): void {
    const handle = this.#handles[this.#openHandles];
    assert(handle !== undefined, "a command holds a bounded number of write handles");
    const span = this.#span;
    keySpan(this.arena, entry, span);
    const { bytes, start, length } = span;
    this.#openHandles++;
    handle.open(database, bytes, start, length, entry);
    this.stats.expired++;
    // Told first: with the entry go the key's bytes.
    this.#observer.keyExpired(database, bytes, start, length);
    if (this.attention !== 0) this.#observer.keyEvent(database, bytes, start, length, EVENT_EXPIRED);
    handle.unlink();
    this.#openHandles--;
  }

  // ---- snapshots ------------------------------------------------------------------------------------------------

  /** Whether a running snapshot still has to write this entry, so that it must be neither changed nor freed. */
  isUnsaved(entry: Handle): boolean {
    return this.snapshot !== null && epochOf(this.arena, entry) !== this.epoch;
  }

  /**
   * Whether the value must be kept as it is when its key changes. A large collection need not: the snapshot takes an
   * image of it, for which the entry, without its value, is to be released.
   */
  outlivesItsKey(entry: Handle): boolean {
    if (this.snapshot === null || !this.isUnsaved(entry)) return false;
    if (!wantsImage(this.arena, entry)) return true;
    this.snapshot.freeze(entry);
    return false;
  }

  /** Frees an entry that is out of its table, or leaves it to the running snapshot. */
  release(database: Database, entry: Handle, withValue: boolean): void {
    if (this.snapshot !== null && this.isUnsaved(entry)) {
      assert(
        withValue || this.snapshot.isFrozen(entry),
        "an unsaved entry keeps its value, or there is an image of it",
      );
      this.snapshot.keep(database, entry);
    } else if (withValue) {
      this.lazyFree.freeEntry(entry);
    } else {
      freeEntry(this.arena, entry);
    }
  }
}

/**
 * WATCH: which clients want to know that a key has changed before their EXEC.
 *
 * A changed key breaks the watches on it at once: the client is marked and forgets all its watches, so a key changed a
 * thousand times costs once. A key that has expired counts as absent: WATCH deletes it if it is there, so do FLUSHALL
 * and SWAPDB with watched ones, and EXEC asks each watched key whether it has expired since.
 */
import { KeyedHash } from "../base/keyed-hash.ts";
import type { ClientState } from "../commands/client-state.ts";
import type { Database } from "../keyspace/database.ts";
import { KeyRegistry } from "../keyspace/key-registry.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { Span } from "../structures/entry.ts";
import { HandleList } from "../structures/handle-list.ts";

/** Bit of `Keyspace.attention`. */
export const ATTENTION_WATCH = 1;

export class WatchTable {
  readonly #keyspace: Keyspace;
  readonly #hash: KeyedHash;
  /** By database; made with the first watch on it. */
  readonly #registries: (KeyRegistry<ClientState> | undefined)[] = [];
  #watches = 0;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    this.#hash = new KeyedHash(keyspace.random.next(), keyspace.random.next());
  }

  /** Adds a key to what the client watches; twice is once. */
  add(client: ClientState, databaseIndex: number, key: Uint8Array, start: number, length: number): void {
    let registry = this.#registries[databaseIndex];
    if (registry === undefined) {
      registry = new KeyRegistry(this.#keyspace.arena, this.#hash);
      this.#registries[databaseIndex] = registry;
    }
    if (!registry.add(key, start, length, client)) return;
    client.watched.push({ databaseIndex, key: key.slice(start, start + length) });
    this.#watches++;
    this.#keyspace.attention |= ATTENTION_WATCH;
  }

  /** Forgets what the client watches. */
  clear(client: ClientState): void {
    for (const { databaseIndex, key } of client.watched) {
      this.#registries[databaseIndex]?.remove(key, 0, key.length, client);
    }
    this.#watches -= client.watched.length;
    client.watched.length = 0;
    if (this.#watches === 0) this.#keyspace.attention &= ~ATTENTION_WATCH;
  }

  /** A key has changed. */
  touch(databaseIndex: number, key: Uint8Array, start: number, length: number): void {
    const registry = this.#registries[databaseIndex];
    if (registry !== undefined) this.#breakAll(registry.members(key, start, length));
  }

  /**
   * All keys of a database go, or are exchanged for another's: breaks the watches on keys that are there before or
   * after. What has expired of them goes first, by itself: that is a change where it is, and none where it would come.
   * @param after null when nothing comes instead.
   */
  touchDatabase(database: Database, after: Database | null): void {
    this.#dropExpired(database, database);
    if (after !== null) this.#dropExpired(database, after);
    const registry = this.#registries[database.index];
    if (registry === undefined || registry.count === 0) return;
    const span = new Span();
    const broken: ClientState[] = [];
    registry.forEach(span, (clients) => {
      if (isThere(database, span) || (after !== null && isThere(after, span))) broken.push(...clients);
    });
    this.#breakAll(broken);
  }

  /** Whether a key that the client watches has expired and nobody has noticed yet. */
  hasExpired(client: ClientState): boolean {
    return client.watched.some(({ databaseIndex, key }) => {
      const database = this.#keyspace.databases[databaseIndex];
      const entry = database.table.find(key, 0, key.length);
      return entry !== 0 && this.#keyspace.isExpired(entry);
    });
  }

  /** Deletes the keys that are watched in one database and have expired in another, or in the same. */
  #dropExpired(watched: Database, database: Database): void {
    const expired = new HandleList();
    const span = new Span();
    this.#registries[watched.index]?.forEach(span, () => {
      const entry = database.table.find(span.bytes, span.start, span.length);
      if (entry !== 0 && this.#keyspace.isExpired(entry)) expired.push(entry);
    });
    for (let index = 0; index < expired.length; index++) {
      this.#keyspace.dropIfExpired(database, expired.items[index]);
    }
  }

  #breakAll(clients: readonly ClientState[]): void {
    // A copy, since clearing a client's watches changes the list.
    for (const client of [...clients]) {
      client.watchBroken = true;
      this.clear(client);
    }
  }
}

function isThere(database: Database, { bytes, start, length }: Span): boolean {
  return database.table.find(bytes, start, length) !== 0;
}

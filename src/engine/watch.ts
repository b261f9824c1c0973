/**
 * WATCH: which clients want to know that a key has changed before their EXEC.
 *
 * A side table a database maps the key to a list of clients. A changed key breaks the watches on it at once: the
 * client is marked and forgets all its watches, so a key changed a thousand times costs once. A key that has expired
 * counts as absent: WATCH deletes it if it is there, and EXEC asks each watched key whether it has expired since.
 */
import { assert } from "../base/assert.ts";
import { KeyedHash } from "../base/keyed-hash.ts";
import type { ClientState } from "../commands/client-state.ts";
import type { Database } from "../keyspace/database.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { SideTable } from "../keyspace/side-table.ts";
import { keySpan, Span } from "../structures/entry.ts";
import { HandleList } from "../structures/handle-list.ts";

/** Bit of `Keyspace.attention`. */
export const ATTENTION_WATCH = 1;

export class WatchTable {
  readonly #keyspace: Keyspace;
  readonly #hash: KeyedHash;
  /** By database; made with the first watch on it. */
  readonly #tables: (SideTable | undefined)[] = [];
  readonly #lists: (ClientState[] | null)[] = [];
  readonly #freeLists: number[] = [];
  #watches = 0;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    this.#hash = new KeyedHash(keyspace.random.next(), keyspace.random.next());
  }

  /** Adds a key to what the client watches; twice is once. */
  add(client: ClientState, databaseIndex: number, key: Uint8Array, start: number, length: number): void {
    let table = this.#tables[databaseIndex];
    if (table === undefined) {
      table = new SideTable(this.#keyspace.arena, this.#hash);
      this.#tables[databaseIndex] = table;
    }
    let id = table.get(key, start, length);
    if (id < 0) {
      id = this.#freeLists.pop() ?? this.#lists.length;
      this.#lists[id] = [];
      table.set(key, start, length, id);
    }
    const list = this.#listOf(id);
    if (list.includes(client)) return;
    list.push(client);
    client.watched.push({ databaseIndex, key: key.slice(start, start + length) });
    this.#watches++;
    this.#keyspace.attention |= ATTENTION_WATCH;
  }

  /** Forgets what the client watches. */
  clear(client: ClientState): void {
    for (const { databaseIndex, key } of client.watched) {
      const table = this.#tables[databaseIndex];
      const id = table?.get(key, 0, key.length) ?? -1;
      assert(table !== undefined && id >= 0, "a watched key is in the table");
      const list = this.#listOf(id);
      list.splice(list.indexOf(client), 1);
      if (list.length > 0) continue;
      table.delete(key, 0, key.length);
      this.#lists[id] = null;
      this.#freeLists.push(id);
    }
    this.#watches -= client.watched.length;
    client.watched.length = 0;
    if (this.#watches === 0) this.#keyspace.attention &= ~ATTENTION_WATCH;
  }

  /** A key has changed. */
  touch(databaseIndex: number, key: Uint8Array, start: number, length: number): void {
    const id = this.#tables[databaseIndex]?.get(key, start, length) ?? -1;
    if (id >= 0) this.#breakAll(id);
  }

  /**
   * All keys of a database go, or are exchanged for another's: breaks the watches on keys that are there before or
   * after.
   * @param after null when nothing comes instead.
   */
  touchDatabase(database: Database, after: Database | null): void {
    const table = this.#tables[database.index];
    if (table === undefined || table.count === 0) return;
    const watched = new HandleList();
    let cursor = 0;
    do cursor = table.scan(cursor, watched);
    while (cursor !== 0);
    const span = new Span();
    const broken: number[] = [];
    for (let index = 0; index < watched.length; index++) {
      keySpan(this.#keyspace.arena, watched.items[index], span);
      if (this.#isThere(database, span) || (after !== null && this.#isThere(after, span))) {
        broken.push(table.valueOf(watched.items[index]));
      }
    }
    for (const id of broken) this.#breakAll(id);
  }

  /** Whether a key that the client watches has expired and nobody has noticed yet. */
  hasExpired(client: ClientState): boolean {
    return client.watched.some(({ databaseIndex, key }) => {
      const database = this.#keyspace.databases[databaseIndex];
      const entry = database.table.find(key, 0, key.length);
      return entry !== 0 && this.#keyspace.isExpired(entry);
    });
  }

  #isThere(database: Database, span: Span): boolean {
    const entry = database.table.find(span.bytes, span.start, span.length);
    return entry !== 0 && !this.#keyspace.isExpired(entry);
  }

  #breakAll(id: number): void {
    const list = this.#lists[id];
    if (list === null) return;
    for (const client of [...list]) {
      client.watchBroken = true;
      this.clear(client);
    }
  }

  #listOf(id: number): ClientState[] {
    const list = this.#lists[id];
    assert(list !== null && list !== undefined, "a list is there while its key is watched");
    return list;
  }
}

/** A keyspace by itself: repeatable from a seed, in memory that is counted, and observed by nobody. */
import { KeyedHash } from "../../src/base/keyed-hash.ts";
import { Prng } from "../../src/base/prng.ts";
import { type KeyObserver, Keyspace } from "../../src/keyspace/keyspace.ts";
import { countingSource } from "../memory/counting-source.ts";

const NOBODY: KeyObserver = {
  keyEvent() {},
  keyExpired() {},
  fieldsExpired() {},
  keyMissed() {},
  databaseFlushed() {},
  databasesExchanged() {},
};

export function seededKeyspace(seed: number, databases: number): Keyspace {
  return new Keyspace(countingSource(), new KeyedHash(seed, 7), new Prng(seed, 1), databases, NOBODY);
}

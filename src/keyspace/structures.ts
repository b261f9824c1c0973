/**
 * The lenses on what values are made of, one of each for a keyspace. A lens is attached to a value for as long as a call
 * lasts: whoever calls anything else in between attaches it again.
 */
import type { KeyedHash } from "../base/keyed-hash.ts";
import type { Prng } from "../base/prng.ts";
import type { Arena } from "../memory/arena.ts";
import { BigString } from "../structures/big-string.ts";
import { BitField } from "../structures/bit-field.ts";
import { HyperLogLog } from "../structures/hyperloglog.ts";
import { MemberTable } from "../structures/member-table.ts";
import { SortedIndex } from "../structures/sorted-index.ts";
import type { CollectionLimits } from "./collection-limits.ts";
import { GeoSearch } from "./geo-search.ts";
import type { FieldClock } from "./hash-reader.ts";
import { HashValue } from "./hash-value.ts";
import { ListValue } from "./list-value.ts";
import { SetValue } from "./set-value.ts";
import { SetAlgebra } from "./set-value-algebra.ts";
import { StreamValue } from "./stream-value.ts";
import { ZsetValue } from "./zset-value.ts";
import { ZsetAlgebra } from "./zset-value-algebra.ts";

export class Structures {
  readonly arena: Arena;
  readonly hash: KeyedHash;
  readonly random: Prng;
  readonly pages: BigString;
  readonly members: MemberTable;
  readonly sorted: SortedIndex;
  readonly hashes: HashValue;
  /** For removing what has lapsed of a hash while another may be open (`hash-lapse.ts`). */
  readonly lapsing: HashValue;
  /** By which fields of hashes lapse: that of the keyspace. */
  readonly fieldClock: FieldClock = { nowMs: 0 };
  readonly lists: ListValue;
  readonly zsets: ZsetValue;
  readonly zsetAlgebra: ZsetAlgebra;
  readonly geoSearch: GeoSearch;
  readonly sets: SetValue;
  readonly setAlgebra: SetAlgebra;
  readonly bitField: BitField;
  readonly sketch: HyperLogLog;
  readonly streams: StreamValue;

  constructor(arena: Arena, hash: KeyedHash, random: Prng, limits: CollectionLimits) {
    this.arena = arena;
    this.hash = hash;
    this.random = random;
    this.pages = new BigString(arena);
    this.members = new MemberTable(arena, hash);
    this.sorted = new SortedIndex(arena);
    this.hashes = new HashValue(arena, hash, limits, this.fieldClock);
    this.lapsing = new HashValue(arena, hash, limits, this.fieldClock);
    this.lists = new ListValue(arena, limits);
    this.zsets = new ZsetValue(arena, hash, limits);
    this.zsetAlgebra = new ZsetAlgebra(arena, hash, limits);
    this.geoSearch = new GeoSearch();
    this.sets = new SetValue(arena, hash, limits);
    this.setAlgebra = new SetAlgebra(arena, hash, limits);
    this.bitField = new BitField();
    this.sketch = new HyperLogLog();
    this.streams = new StreamValue(arena, limits);
  }
}

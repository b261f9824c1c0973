/**
 * Commands on collections that redis-benchmark does not know, or knows on small ones only: what `npm run bench:scenarios`
 * asks of servers that hold a sorted set of a million members, two sets of a thousand and a hash of a hundred fields.
 */
import type { Test } from "./throughput.ts";
import { encode, Wire } from "./wire.ts";

const BATCH_COMMANDS = 2_000;
const ZSET_MEMBERS = 1_000_000;
const SET_MEMBERS = 1_000;
/** Of them in both sets. */
const SHARED_MEMBERS = 500;
const HASH_FIELDS = 100;
/** Of redis-benchmark: `__rand_int__` is a number below this, in twelve digits. */
export const COLLECTION_KEYSPACE: number = ZSET_MEMBERS;

export const COLLECTION_TESTS: readonly Test[] = [
  { name: "zadd, 1 M members", command: ["ZADD", "z", "__rand_int__", "member:__rand_int__"] },
  { name: "zrank, 1 M members", command: ["ZRANK", "z", "member:__rand_int__"] },
  { name: "zscore, 1 M members", command: ["ZSCORE", "z", "member:__rand_int__"] },
  { name: "zrange of 100", command: ["ZRANGE", "z", "500000", "500099"], weight: 10 },
  { name: "zrangebyscore of 10", command: ["ZRANGEBYSCORE", "z", "__rand_int__", "+inf", "LIMIT", "0", "10"] },
  { name: "sinter of 1,000 each", command: ["SINTER", "s1", "s2"], weight: 100 },
  { name: "hgetall of 100 fields", command: ["HGETALL", "h"], weight: 10 },
];

const digits = (value: number): string => String(value).padStart(12, "0");

/** Fills an empty server. */
export async function prepareCollections(port: number): Promise<void> {
  const wire = await Wire.connect(port);
  const pour = async (count: number, make: (index: number) => string): Promise<void> => {
    for (let from = 0; from < count; from += BATCH_COMMANDS) {
      const size = Math.min(BATCH_COMMANDS, count - from);
      const text = Array.from({ length: size }, (_, index) => make(from + index)).join("");
      await wire.pour(Buffer.from(text, "latin1"), size);
    }
  };
  // Scores in another order than members.
  await pour(ZSET_MEMBERS, (i) => encode("ZADD", "z", String((i * 7919) % ZSET_MEMBERS), `member:${digits(i)}`));
  await pour(SET_MEMBERS, (i) => encode("SADD", "s1", `member:${digits(i)}`));
  await pour(SET_MEMBERS, (i) => encode("SADD", "s2", `member:${digits(i + SET_MEMBERS - SHARED_MEMBERS)}`));
  await pour(HASH_FIELDS, (i) => encode("HSET", "h", `field:${digits(i)}`, "abcdefghijklmnop"));
  wire.close();
}

/** The commands on keys of any type, call by call beside a real Redis: replies of both protocols, and the dataset. */
import { test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { besideRedis, type Conversations, callsOf, type ShowReply, showUnordered } from "./family-oracle.ts";
import { type Call, show, showTimeToLive } from "./generic-oracle.ts";

const FUTURE_S = 4_000_000_000;
const FUTURE_MS = FUTURE_S * 1000;

/** Points in time that were counted from now. */
function withoutNow(effect: string): string {
  return effect.replace(/^(PEXPIREAT \S+ )1\d{12}\b/, "$1soon");
}

/** The order of KEYS is the table's own, and times to live are told at another moment. */
const showReply: ShowReply = (call, reply) => {
  if (call[0] === "KEYS") return showUnordered(reply, 1);
  return call[0] === "TTL" ? showTimeToLive(reply) : show(reply);
};

const conversations: Conversations = {
  "keys that are and are not there": [
    ...callsOf(`
      SET a 1
      SET b hello
      EXISTS a b c a
      TYPE a
      TYPE nokey
      TOUCH a b nokey
      RANDOMKEY x
      KEYS a
      KEYS nokey
      KEYS [ab
      KEYS ?
      DEL a nokey a
      UNLINK b nokey
      DBSIZE
      RANDOMKEY
      KEYS *
      DBSIZE x
      FLUSHDB SYNC
      FLUSHDB ASYNC
      FLUSHDB NOW
      FLUSHDB SYNC ASYNC
      FLUSHALL sync
      FLUSHALL nonsense
      FLUSHALL async x
      OBJECT
      OBJECT ENCODING
      OBJECT ENCODING a b
      OBJECT NONSENSE a
      OBJECT IDLETIME nokey
      OBJECT HELP
      OBJECT HELP x
      object help`),
    ["SET", "", "empty"],
    ["KEYS", ""],
    ["KEYS", "*"],
    ["KEYS", "**"],
    ["SCAN", 0, "MATCH", "*"],
    ["SCAN", 0, "MATCH", ""],
    ["SET", "k\\y", "backslash"],
    ["KEYS", "k\\\\y"],
    ["KEYS", "k\\y"],
  ],
  encodings: [
    ...callsOf(`
      SET int 123
      SET neg -5
      SET big 9223372036854775807
      SET over 9223372036854775808
      SET padded 0123
      SET short abc
      SET shared 9999
      SET unshared 10000`),
    ["SET", "embstr", "x".repeat(44)],
    ["SET", "raw", "x".repeat(45)],
    ["SET", "long", "x".repeat(100_000)],
    ...["int", "neg", "big", "over", "padded", "short", "shared", "unshared", "embstr", "raw", "long", "nokey"].flatMap(
      (key): Call[] => [
        ["OBJECT", "ENCODING", key],
        ["OBJECT", "REFCOUNT", key],
        ["OBJECT", "FREQ", key],
        ["DEBUG", "DIGEST-VALUE", key],
      ],
    ),
    ["DEBUG", "DIGEST"],
    ["COPY", "raw", "raw2"],
    ["OBJECT", "ENCODING", "raw2"],
    ["COPY", "embstr", "embstr2"],
    ["OBJECT", "ENCODING", "embstr2"],
    ["COPY", "int", "int2"],
    ["OBJECT", "ENCODING", "int2"],
    ["RENAME", "long", "longer"],
    ["OBJECT", "ENCODING", "longer"],
    ["DEBUG", "DIGEST"],
  ],
  "expiry times": callsOf(`
      SET k v
      EXPIRE k 100500 NX
      EXPIRE k 100500 NX
      TTL k
      EXPIRE k 50500 GT
      EXPIRE k 200500 GT
      EXPIRE k 300500 LT
      EXPIRE k 150500 LT
      TTL k
      EXPIRE k 160500 XX GT
      EXPIRE k 160500 xx lt
      EXPIRE k 140500 xx lt
      EXPIREAT k ${FUTURE_S}
      EXPIRETIME k
      PEXPIRETIME k
      PEXPIREAT k ${FUTURE_MS + 499}
      EXPIRETIME k
      PEXPIREAT k ${FUTURE_MS + 500}
      EXPIRETIME k
      PEXPIREAT k ${FUTURE_MS} GT
      PEXPIREAT k ${FUTURE_MS} LT
      PEXPIRETIME k
      PERSIST k
      PERSIST k
      PERSIST nokey
      TTL k
      PTTL k
      EXPIRETIME k
      PEXPIRETIME k
      EXPIRE k 10500 GT
      EXPIRE k 10500 XX
      EXPIRE k 10500 XX LT
      TTL k
      EXPIRE k 20500 LT
      PERSIST k
      EXPIRE k 1000500 LT
      TTL k
      TTL nokey
      PTTL nokey
      EXPIRETIME nokey
      PEXPIRETIME nokey
      EXPIRE nokey 10
      EXPIRE nokey -1
      EXPIRE k
      EXPIRE k abc
      EXPIRE k 1.5
      EXPIRE k 10 FOO
      EXPIRE k abc FOO
      EXPIRE k 10 NX XX
      EXPIRE k 10 NX GT
      EXPIRE k 10 GT LT
      EXPIRE k 10 NX NX
      EXPIRE k 9223372036854775807
      EXPIRE k 9223372036854776
      EXPIRE k 9223372036854775
      EXPIRE k 9223370399119966
      EXPIRE k -9223372036854776
      EXPIRE nokey -9223372036854775
      PEXPIRE k 9223372036854775807
      PEXPIRE k 9223372036854770000
      PEXPIREAT k 9223372036854775808
      PEXPIREAT nokey -9223372036854775808
      TTL k
      PEXPIREAT k 9223372036854770000
      EXISTS k
      PEXPIREAT k -9223372036854770000
      EXISTS k
      SET k v
      EXPIRE k 0
      EXISTS k
      SET k v
      EXPIREAT k 1
      EXISTS k
      SET k v
      PEXPIRE k -1
      EXISTS k
      SET k v PXAT ${FUTURE_MS}
      EXPIRE k -1 NX
      EXPIRE k -1 LT
      TTL k`),
  "two keys at once": callsOf(`
      SET a 1
      SET b 2
      RENAME a a
      RENAMENX a a
      RENAME nokey nokey
      RENAMENX nokey nokey
      RENAME nokey a
      RENAMENX nokey a
      RENAMENX a b
      RENAME a b
      GET a
      GET b
      RENAMENX b a
      PEXPIREAT a ${FUTURE_MS}
      RENAME a c
      PEXPIRETIME c
      SET d 4
      PEXPIREAT d ${FUTURE_MS + 1}
      SET e 5
      RENAME e d
      PEXPIRETIME d
      COPY c c
      COPY nokey nokey
      COPY c f
      PEXPIRETIME f
      COPY c f
      COPY d f REPLACE
      PEXPIRETIME f
      COPY c f replace replace
      COPY c c DB 1
      COPY c c DB 1
      COPY c c DB 1 REPLACE
      COPY c c DB 0
      COPY c g DB 99
      COPY c g DB -1
      COPY c g DB x
      COPY c g DB
      COPY c g DB 99999999999
      COPY c g FOO
      COPY nokey c REPLACE
      MOVE c 1
      MOVE c 0
      MOVE nokey 0
      MOVE nokey 1
      MOVE c 2
      MOVE c 16
      MOVE c -1
      MOVE c x
      MOVE c 2147483648
      MOVE c 9223372036854775807
      MOVE c 9223372036854775808
      EXISTS c
      DEBUG DIGEST
      SELECT 1
      PEXPIRETIME c
      DBSIZE
      SWAPDB 1 2
      DBSIZE
      SELECT 2
      DBSIZE
      SWAPDB 2 2
      SWAPDB 2 16
      SWAPDB -1 2
      SWAPDB x 2
      SWAPDB 2 x
      SWAPDB 2 99999999999
      SWAPDB 2
      DEBUG DIGEST
      DEL c
      DEBUG DIGEST`),
  "scan, wrong": [
    ...callsOf(`
      SCAN
      SCAN x
      SCAN -
      SCAN +
      SCAN 0x1
      SCAN 1.5
      SCAN 18446744073709551615
      SCAN 18446744073709551616
      SCAN 0 COUNT
      SCAN 0 COUNT x
      SCAN 0 COUNT 0
      SCAN 0 COUNT -1
      SCAN 0 COUNT 9223372036854775808
      SCAN 0 COUNT 9223372036854775807
      SCAN 0 COUNT 1 MATCH
      SCAN 0 TYPE
      SCAN 0 NOVALUES
      SCAN 0 COUNT x NONSENSE
      SCAN x COUNT x
      SCAN +0
      SCAN -0
      SCAN 000`),
    ["SCAN", " 0"],
    ["SCAN", "0 "],
    ["SCAN", ""],
    ["SET", "one", "1"],
    ["SCAN", 0, "TYPE", "STRING"],
    ["SCAN", 0, "type", "hash"],
    ["SCAN", 0, "TYPE", "nonsense"],
    ["SCAN", 0, "MATCH", "o*", "COUNT", "1000000"],
    ["SCAN", 0, "MATCH", "x*", "MATCH", "one"],
  ],
};

besideRedis({}, showReply, (family) => {
  family.testConversations(conversations);

  test("any keys may be moved, copied, renamed, given times and deleted in any order", async () => {
    for (const seed of [1, 2, 3]) await family.compare(randomCalls(new Prng(seed), 1500), seed === 3 ? 3 : 2);
  });

  family.testPropagation(
    (random) => [
      ...conversations["expiry times"],
      ...conversations["two keys at once"],
      ...[["SELECT", 0], ["FLUSHALL"], ["FLUSHDB"]],
      ...randomCalls(random, 1000),
    ],
    withoutNow,
  );

  test("POPULATE makes the same keys", async () => {
    await family.compare(
      [
        ["DEBUG", "POPULATE", 20],
        ["DEBUG", "DIGEST"],
        ["DEBUG", "POPULATE", 30, "key"],
        ["DEBUG", "POPULATE", 12, "sized", 100],
        ["DEBUG", "POPULATE", 12, "cut", 6],
        ["DEBUG", "POPULATE", 3, "p".repeat(200)],
        ["DEBUG", "DIGEST"],
        ["DBSIZE"],
        ["DEBUG", "POPULATE", 0],
        ["DEBUG", "POPULATE", -1],
        ["DEBUG", "POPULATE", "x"],
        ["DEBUG", "POPULATE", 1, "k", "x"],
        ["DEBUG", "POPULATE", 1, "k", -1],
        ["DEBUG", "POPULATE", 1, "k", 1, 1],
        ["DEBUG", "POPULATE"],
      ],
      2,
    );
  });
});

const VALUES = ["1", "-77", "123456789012", "hello", "", "é".repeat(10), "y".repeat(45), "z".repeat(20_000)];

function randomCalls(random: Prng, count: number): Call[] {
  const key = (): string => ["a", "b", "c", "d", "k".repeat(300), "K".repeat(9000)][random.below(6)];
  const pick = <T>(from: readonly T[]): T => from[random.below(from.length)];
  const database = (): number => random.below(3);
  const when = (): number => FUTURE_MS + random.below(10);
  const makers: (() => Call)[] = [
    () => ["SET", key(), pick(VALUES)],
    () => ["SET", key(), pick(VALUES), "PXAT", when()],
    () => ["DEL", key(), key()],
    () => ["UNLINK", key()],
    () => ["EXISTS", key(), key()],
    () => ["TYPE", key()],
    () => ["TOUCH", key(), key()],
    () => ["PEXPIREAT", key(), when()],
    () => ["PEXPIREAT", key(), when(), pick(["NX", "XX", "GT", "LT"])],
    () => ["EXPIREAT", key(), pick([FUTURE_S, FUTURE_S, 1])],
    () => ["PERSIST", key()],
    () => ["PEXPIRETIME", key()],
    () => ["RENAME", key(), key()],
    () => ["RENAMENX", key(), key()],
    () => ["COPY", key(), key()],
    () => ["COPY", key(), key(), "REPLACE"],
    () => ["COPY", key(), key(), "DB", database(), "REPLACE"],
    () => ["MOVE", key(), database()],
    () => ["SWAPDB", database(), database()],
    () => ["SELECT", database()],
    () => ["INCR", key()],
    () => ["GET", key()],
    () => ["OBJECT", "ENCODING", key()],
    () => ["DBSIZE"],
    () => ["DEBUG", "DIGEST-VALUE", key(), key()],
    () => ["DEBUG", "DIGEST"],
    () => (random.below(20) === 0 ? ["FLUSHDB"] : ["DBSIZE"]),
  ];
  return Array.from({ length: count }, () => pick(makers)());
}

/** SORT and SORT_RO, call by call beside a real Redis. */
import { test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { besideRedis, type Conversations, callsOf, draw, type ShowReply, showUnordered } from "./family-oracle.ts";
import { type Call, show } from "./generic-oracle.ts";
import { isUnordered, SortCalls, sortedKeys } from "./sort-calls.ts";

const SETTINGS = { "list-max-listpack-size": 8, "list-compress-depth": 1 };

const showReply: ShowReply = (call, reply) => (isUnordered(call) ? showUnordered(reply, 1) : show(reply));

const MADE = callsOf(`
  RPUSH l 3 1 2 10 -5 1.5
  RPUSH w c a b aa
  SADD i 5 3 9 1
  SADD s x y z
  ZADD z 3 a 1 b 2 c
  MSET w_1 30 w_2 20 w_3 10 w_10 x
  HSET h_1 f one g 1
  HSET h_2 f two
  HSET h_a f 7
  SET t text`);

const conversations: Conversations = {
  "orders and ranges": callsOf(`
    SORT l
    SORT l DESC
    SORT l DESC ASC
    SORT l ALPHA
    SORT l ALPHA DESC
    SORT l LIMIT 1 2
    SORT l LIMIT 0 0
    SORT l LIMIT -3 2
    SORT l LIMIT 4 100
    SORT l LIMIT 100 1
    SORT l LIMIT 0 -5
    SORT l LIMIT 1 1 LIMIT 2 2
    SORT l LIMIT x 1
    SORT l LIMIT 1 x
    SORT l LIMIT 1
    SORT l LIMIT 9223372036854775807 9223372036854775807
    SORT l LIMIT 2 9223372036854775807
    SORT l LIMIT 0 9223372036854775808
    SORT w
    SORT w ALPHA
    SORT w ALPHA DESC LIMIT 1 2
    SORT i
    SORT i DESC
    SORT s
    SORT s ALPHA
    SORT z
    SORT z ALPHA DESC
    SORT z BY nosort
    SORT z BY nosort DESC
    SORT z BY nosort LIMIT 1 1
    SORT z BY nosort DESC LIMIT 1 5
    SORT z BY nosort LIMIT 3 1
    SORT l BY nosort
    SORT l BY nosort DESC
    SORT l BY nosort DESC LIMIT 1 3
    SORT l BY nosort ALPHA LIMIT 0 2
    SORT none
    SORT none BY nosort LIMIT 0 1
    SORT none GET #
    SORT t
    SORT h_1
    SORT t BAD
    SORT
    SORT l BY
    SORT l GET
    SORT l STORE
    SORT l BAD
    SORT l 1`),
  patterns: callsOf(`
    SORT l BY w_*
    SORT l BY w_* LIMIT 0 2
    LREM l 0 10
    SORT l BY w_*
    SORT l BY w_* DESC
    SORT l BY w_* LIMIT 1 3
    SORT l BY h_*->f
    SORT l BY h_*->g
    SORT l BY h_*
    SORT l BY t->x
    SORT l BY w_* BY nosort
    SORT l BY nosort BY w_*
    SORT w BY h_*->f
    SORT l GET #
    SORT l GET # GET w_* GET h_*->f
    SORT l GET nothing
    SORT l GET h_*->
    SORT l GET h_*->none
    SORT l GET h_* LIMIT 0 2
    SORT l GET *
    SORT l GET w_*_* GET ##
    SORT_RO l BY w_* GET # DESC LIMIT 0 2
    SORT_RO l STORE x
    SORT_RO l
    SORT_RO none
    SORT_RO t
    COMMAND GETKEYS SORT l BY w_* STORE x STORE y
    COMMAND GETKEYS SORT l LIMIT STORE x GET STORE STORE z
    COMMAND GETKEYS SORT_RO l STORE x
    COMMAND GETKEYSANDFLAGS SORT l STORE x`),
  storing: callsOf(`
    SORT l STORE d
    LRANGE d 0 -1
    TYPE d
    EXPIREAT d 4000000000
    SORT l DESC LIMIT 0 2 STORE d
    TTL d
    LRANGE d 0 -1
    SORT l GET w_* GET # STORE d
    LRANGE d 0 -1
    SORT l STORE l
    LRANGE l 0 -1
    SORT s BY nosort STORE d
    LRANGE d 0 -1
    SORT s BY nosort DESC STORE d
    LRANGE d 0 -1
    SORT z BY nosort STORE d
    LRANGE d 0 -1
    SORT s STORE d
    LRANGE d 0 -1
    SORT none STORE d
    EXISTS d
    SORT none STORE d
    SORT l LIMIT 100 1 STORE t
    EXISTS t
    SORT w ALPHA STORE s
    TYPE s`),
};

const TABLES = ["ints", "set", "nums", "zset"];

besideRedis(SETTINGS, showReply, (family) => {
  const complete = Object.entries(conversations).map(([name, calls]) => [name, [...MADE, ...calls]]);
  family.testConversations(Object.fromEntries(complete));

  test.each([1, 2, 3, 4])("any calls (seed %i)", async (seed) => {
    const random = new Prng(seed);
    const calls = draw(new SortCalls(random), 1500).flat();
    await family.compare([...sortedKeys(random), ...calls], seed === 4 ? 3 : 2);
  });

  test("many elements", async () => {
    const random = new Prng(7);
    const calls: Call[] = [];
    for (let index = 0; index < 5000; index++) calls.push(["RPUSH", "many", random.below(1_000_000)]);
    for (let index = 0; index < 3000; index++) calls.push(["SADD", "names", `name:${random.below(100_000)}`]);
    for (const options of ["", "DESC", "ALPHA", "LIMIT 4000 20", "DESC LIMIT 10 20", "BY nosort LIMIT 2500 5"]) {
      calls.push(["SORT", "many", ...options.split(" ").filter((word) => word !== "")]);
    }
    calls.push(["SORT", "names", "ALPHA"], ["SORT", "names", "ALPHA", "DESC", "LIMIT", 0, 100]);
    calls.push(["SORT", "many", "STORE", "sorted"], ["LRANGE", "sorted", 0, -1], ["SORT", "sorted", "DESC"]);
    await family.compare(calls, 3);
  });

  test("what is propagated and what is told", async () => {
    const random = new Prng(11);
    // Keys are missed in the order of the elements, which only lists have in common.
    const calls = draw(new SortCalls(random), 900).filter(([call]) => !TABLES.includes(String(call[1])));
    await family.comparePropagation([
      ...MADE,
      ...Object.values(conversations).flat(),
      ...sortedKeys(random),
      ...calls.flat(),
    ]);
  });
});

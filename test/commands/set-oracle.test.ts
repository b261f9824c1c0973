/** The set commands, call by call beside a real Redis, which keeps no set as a listpack yet. */
import { test } from "vitest";
import {
  besideRedis,
  type Conversations,
  callsOf,
  draw,
  type ShowReply,
  showPage,
  showShape,
  showUnordered,
} from "./family-oracle.ts";
import { type Call, show } from "./generic-oracle.ts";
import { SetCalls } from "./set-calls.ts";

/** Small, so that sets of both other kinds are met; no listpacks. */
const SETTINGS = { "set-max-intset-entries": 6, "set-max-listpack-entries": 0 };

const showReply: ShowReply = (call, reply) => {
  switch (String(call[0]).toUpperCase()) {
    case "CONFIG":
      return "";
    case "SMEMBERS":
    case "SINTER":
    case "SUNION":
    case "SDIFF":
      return showUnordered(reply, 1);
    case "SSCAN":
      return showPage(reply, 1);
    case "SRANDMEMBER":
    case "SPOP":
      return showShape(reply);
    default:
      return show(reply);
  }
};

const conversations: Conversations = {
  "adding, asking, removing": callsOf(`
      SADD s a b a 1
      SADD s a
      SCARD s
      SMEMBERS s
      SISMEMBER s a
      SISMEMBER s none
      SISMEMBER none a
      SMISMEMBER s a none 1
      SMISMEMBER none a b
      SREM s a none a
      SREM s b 1 1
      EXISTS s
      SREM s a
      SCARD none
      SMEMBERS none
      SADD s 
      SISMEMBER s 
      SADD s
      SREM s
      SMISMEMBER s
      SET t x
      SADD t a
      SREM t a
      SCARD t
      SMEMBERS t
      SISMEMBER t a
      SMISMEMBER t a
      SRANDMEMBER t
      SRANDMEMBER t 1
      SPOP t
      SPOP t 1
      SPOP t -1
      SSCAN t 0
      SMOVE t s a
      SMOVE s t a
      SMOVE none t a`),
  moving: callsOf(`
      SADD s a b 1
      SADD d 1 2
      SMOVE s d none
      SMOVE s d a
      SMOVE s d 1
      SMOVE s s b
      SMOVE s s none
      SMOVE s new b
      EXISTS s
      SMOVE d other 2
      OBJECT ENCODING other
      SMOVE none d a
      DEBUG DIGEST-VALUE d new other`),
  "the turn from intset to table": callsOf(`
      SADD s 1 2 3 4 5
      SADD s 6 6
      OBJECT ENCODING s
      SADD s 7
      OBJECT ENCODING s
      SREM s 1 2 3 4 5 6
      OBJECT ENCODING s
      SADD t 1
      OBJECT ENCODING t
      SADD t x
      OBJECT ENCODING t
      SADD u x 1
      OBJECT ENCODING u
      SUNIONSTORE v t u
      OBJECT ENCODING v
      SREM t x
      SUNIONSTORE v t t
      OBJECT ENCODING v
      SINTERSTORE v t u
      OBJECT ENCODING v
      SDIFFSTORE v u t
      OBJECT ENCODING v`),
  algebra: callsOf(`
      SADD a 1 2 3 x y
      SADD b 2 3 4 y z
      SADD c 3 y
      SET t x
      SINTER a
      SINTER a b
      SINTER a b c
      SINTER a a
      SINTER a none
      SINTER none t
      SINTER t none
      SINTER a t
      SINTERCARD 2 a b
      SINTERCARD 2 a b LIMIT 1
      SINTERCARD 2 a b LIMIT 1 LIMIT 0
      SINTERCARD 2 a b LIMIT -1
      SINTERCARD 2 a b LIMIT
      SINTERCARD 2 a b BAD 1
      SINTERCARD 0 a
      SINTERCARD x a
      SINTERCARD 3 a b
      SINTERCARD 1 t
      SINTERCARD 2 none t
      SUNION a b c
      SUNION none
      SUNION a none a
      SUNION a t
      SUNION a b c a b c a b c a b c
      SDIFF a b
      SDIFF a b c
      SDIFF a none
      SDIFF none a
      SDIFF a a
      SDIFF a t
      SDIFF a c c c c c c
      SINTERSTORE d a b
      SMEMBERS d
      SUNIONSTORE d d c
      SMEMBERS d
      SDIFFSTORE d d a
      SMEMBERS d
      SDIFFSTORE d d d
      EXISTS d
      SINTERSTORE d a none
      SINTERSTORE a a none
      EXISTS a
      SINTERSTORE t b c
      TYPE t
      EXPIREAT t 4000000000
      SUNIONSTORE t b
      EXPIRETIME t
      SUNIONSTORE x none
      SINTERSTORE x
      SDIFFSTORE x`),
  "random members and pages": callsOf(`
      SADD s a b c
      SRANDMEMBER none
      SRANDMEMBER none 3
      SRANDMEMBER none x
      SRANDMEMBER s
      SRANDMEMBER s 0
      SRANDMEMBER s 2
      SRANDMEMBER s 10
      SRANDMEMBER s -10
      SRANDMEMBER s 9223372036854775807
      SRANDMEMBER s 9223372036854775808
      SRANDMEMBER s -9223372036854775808
      SRANDMEMBER s 1 2
      SPOP none
      SPOP none 1
      SPOP none -1
      SPOP s x
      SPOP s -1
      SPOP s 0
      SPOP s 1 2
      SPOP s
      SPOP s 1
      SPOP s
      EXISTS s
      SADD s 1 2 3
      SPOP s 2
      SPOP s 5
      EXISTS s
      SADD s 1 2 3
      SSCAN s 0
      SSCAN s 17
      SSCAN s 0 MATCH [12]
      SSCAN s 0 MATCH * COUNT 5 MATCH 1
      SSCAN s x
      SSCAN s 0 COUNT
      SSCAN s 0 COUNT x
      SSCAN s 0 COUNT 0
      SSCAN s 0 NOVALUES
      SSCAN none 0
      SSCAN none 0 BAD
      SSCAN s`),
};

besideRedis(SETTINGS, showReply, (family) => {
  family.testConversations(conversations);

  family.testAnyCalls([1, 2, 3], (random) => draw(new SetCalls(random, false), 4000));

  test("large sets", async () => {
    const calls: Call[] = [];
    for (let index = 0; index < 2000; index++) calls.push(["SADD", "s", `member:${index}`]);
    for (let index = 0; index < 2000; index += 3) calls.push(["SREM", "s", `member:${index}`]);
    for (let index = 0; index < 1000; index++) calls.push(["SADD", "o", `member:${index}`, index]);
    calls.push(["SCARD", "s"], ["SMEMBERS", "s"], ["SSCAN", "s", 0, "COUNT", 100_000], ["SRANDMEMBER", "s", 300]);
    calls.push(["SRANDMEMBER", "s", 1300], ["SRANDMEMBER", "s", -3000], ["SINTER", "s", "o"], ["SUNION", "s", "o"]);
    calls.push(["SADD", "few", "member:1"], ["SDIFF", "s", "few", "few", "few"], ["SDIFF", "s", "o", "few"]);
    calls.push(["SINTERCARD", 2, "s", "o"], ["SUNIONSTORE", "d", "s", "o"], ["SDIFFSTORE", "d", "d", "few", "few"]);
    calls.push(["DEBUG", "DIGEST-VALUE", "d"], ["SPOP", "d", 100_000], ["EXISTS", "d"], ["SUNION", "s", "s", "o"]);
    await family.compare(calls, 3);
  });

  const isCertain = (call: Call): boolean => call[0] !== "SPOP" && call[0] !== "CONFIG";
  family.testPropagation((random) => [
    ...Object.values(conversations).flat().filter(isCertain),
    ...draw(new SetCalls(random, false), 3000),
  ]);

  test("what SPOP propagates and tells, of sets of which it takes one or all", () =>
    family.comparePropagation(
      callsOf(`
        SADD s a
        SPOP s
        SADD s a
        SPOP s 1
        SADD s a b c
        SPOP s 3
        SADD s 1 2 3
        SPOP s 4
        SPOP s
        SPOP s 0`),
    ));
});

/** The sorted set commands, call by call beside a real Redis. */
import { test } from "vitest";
import type { Prng } from "../../src/base/prng.ts";
import {
  besideRedis,
  type Conversations,
  callsOf,
  draw,
  type ShowReply,
  showPage,
  showShape,
} from "./family-oracle.ts";
import { type Call, show } from "./generic-oracle.ts";
import { ZsetCalls } from "./zset-calls.ts";

/** Small, so that sorted sets of both kinds are met. */
const SETTINGS = { "zset-max-listpack-entries": 6, "zset-max-listpack-value": 20 };

/** Replies have doubles in the fewest digits, as since 7.2, where the oracle has 17: compared are their values. */
const showReply: ShowReply = (call, reply) =>
  showExact(call, reply).replace(/-?\d+(\.\d+)?(e[+-]\d+)?/g, (text) => String(Number(text)));

const showExact: ShowReply = (call, reply) => {
  switch (String(call[0]).toUpperCase()) {
    case "ZSCAN":
      return showPage(reply, 2);
    case "ZRANDMEMBER":
      return showShape(reply);
    default:
      return show(reply);
  }
};

const conversations: Conversations = {
  "adding and asking": callsOf(`
      ZADD z 1 a 2 b 1.5 c
      ZADD z 1 a
      ZADD z CH 2 a 3 d
      ZADD z NX 9 a 9 e
      ZADD z XX CH 7 a 9 f
      ZADD z GT CH 8 a 1 b
      ZADD z LT CH 9 a 1 b
      ZADD z INCR 5 a
      ZADD z NX INCR 5 a
      ZADD z XX INCR 5 none
      ZADD none XX 5 a
      ZADD none XX INCR 5 a
      ZADD z GT INCR -5 a
      ZADD z INCR 5 a 6 b
      ZADD z NX XX 1 a
      ZADD z GT LT 1 a
      ZADD z NX GT 1 a
      ZADD z 1
      ZADD z NX
      ZADD z 1 a 2
      ZADD z x a
      ZADD z 1 a x b
      ZADD z NX INCR x a
      ZINCRBY z XX -1
      ZINCRBY z ch 1
      ZINCRBY z 1 a
      ZINCRBY z x a
      ZINCRBY new 1.5 a
      ZADD i inf a
      ZINCRBY i -inf a
      ZADD i INCR -inf a
      ZSCORE i a
      ZSCORE z a
      ZSCORE z none
      ZSCORE none a
      ZMSCORE z a none b
      ZMSCORE none a b
      ZCARD z
      ZCARD none
      ZRANK z a
      ZREVRANK z a
      ZRANK z none
      ZRANK none a
      ZREM z a none a
      ZREM none a
      ZREM z b c d e
      EXISTS z
      SET s x
      ZADD s 1 a
      ZADD s x a
      ZINCRBY s 1 a
      ZREM s a
      ZSCORE s a
      ZMSCORE s a
      ZCARD s
      ZRANK s a
      ZCOUNT s 0 1
      ZCOUNT s x 1
      ZLEXCOUNT s - +
      ZRANGE s 0 1
      ZRANGE s x 1
      ZRANGESTORE d s 0 1
      ZREMRANGEBYRANK s 0 1
      ZPOPMIN s
      ZPOPMIN s -1
      ZMPOP 1 s MIN
      BZPOPMIN s 0
      BZMPOP 0 1 s MIN
      ZUNION 1 s
      ZRANDMEMBER s
      ZSCAN s 0`),
  "scores and their texts": callsOf(`
      ZADD z 0 zero -0 minus 4611686018427387904 big 0.125 part 1e15 e -4503599627370497.5 half
      ZRANGE z 0 -1 WITHSCORES
      OBJECT ENCODING z
      DEBUG DIGEST-VALUE z
      ZSCAN z 0
      ZADD z 5 a 6 b
      ZRANGE z 0 -1 WITHSCORES
      OBJECT ENCODING z
      DEBUG DIGEST-VALUE z
      ZADD z -0 minus2
      ZSCORE z minus2
      ZADD z 0.1 tenth 1e300 huge 1e-7 tiny 123456789012345680000 large
      ZSCAN z 0 COUNT 1000
      DEBUG DIGEST-VALUE z`),
  ranges: callsOf(`
      ZADD z 1 a 2 b 3 c 4 d 5 e
      ZRANGE z 0 -1
      ZRANGE z 1 2 WITHSCORES
      ZRANGE z 1 2 REV WITHSCORES
      ZRANGE z 5 1
      ZRANGE z -3 100
      ZRANGE z (1 3 BYSCORE
      ZRANGE z 3 (1 BYSCORE REV LIMIT 1 1
      ZRANGE z -inf inf BYSCORE LIMIT -1 1
      ZRANGE z -inf inf BYSCORE LIMIT 1 -1
      ZRANGE z -inf inf BYSCORE LIMIT 9 1
      ZRANGE z 0 1 LIMIT 0 1
      ZRANGE z 0 1 LIMIT 0 -1
      ZRANGE z [a [b BYLEX WITHSCORES
      ZRANGE z 0 1 BYSCORE BYLEX
      ZRANGE z 0 1 REV REV
      ZRANGE z a b BYLEX
      ZRANGE z [a + BYLEX
      ZREVRANGE z 0 1 WITHSCORES
      ZREVRANGE z 0 1 REV
      ZRANGEBYSCORE z 2 4 WITHSCORES LIMIT 1 1
      ZRANGEBYSCORE z 2 4 LIMIT 1
      ZRANGEBYSCORE z 2 4 BYSCORE
      ZREVRANGEBYSCORE z 4 2
      ZRANGEBYLEX z - +
      ZREVRANGEBYLEX z + -
      ZRANGEBYLEX z [c [b
      ZRANGEBYLEX z + +
      ZRANGESTORE d z 1 2
      ZRANGE d 0 -1 WITHSCORES
      ZRANGESTORE d z 1 2 WITHSCORES
      ZRANGESTORE d none 0 -1
      EXISTS d
      ZRANGESTORE d z 0 -1
      ZRANGESTORE z z 0 2
      ZRANGE z 0 -1
      ZREMRANGEBYRANK z 0 0
      ZREMRANGEBYSCORE z 2 2
      ZREMRANGEBYLEX d [a [b
      ZREMRANGEBYRANK d 0 -1
      EXISTS d
      ZREMRANGEBYRANK z x 1
      ZREMRANGEBYSCORE z x 1
      ZREMRANGEBYLEX z x 1`),
  "members of different scores by their order": callsOf(`
      ZADD z 1 d 2 a 3 c 4 b
      ZRANGEBYLEX z [a [c
      ZREVRANGEBYLEX z [c [a
      ZLEXCOUNT z [a [c
      ZRANGEBYLEX z [b +
      ZREVRANGEBYLEX z + [b
      ZRANGEBYLEX z - [d
      ZREMRANGEBYLEX z [a [b
      ZRANGE z 0 -1`),
  popping: callsOf(`
      ZADD z 1 a 2 b 3 c 4 d 5 e
      ZPOPMIN z
      ZPOPMAX z 2
      ZPOPMIN z 0
      ZPOPMIN z -1
      ZPOPMIN z x
      ZPOPMIN z 1 2
      ZPOPMIN none
      ZPOPMIN none 5
      ZPOPMIN z 10
      EXISTS z
      ZADD z 1 a 2 b 3 c 4 d 5 e
      ZMPOP 2 none z MIN
      ZMPOP 1 z MAX COUNT 2
      ZMPOP 1 none MIN
      ZMPOP 0 z MIN
      ZMPOP x z MIN
      ZMPOP 1 z
      ZMPOP 1 z BAD
      ZMPOP 1 z MIN COUNT
      ZMPOP 1 z MIN COUNT 0
      ZMPOP 1 z MIN COUNT 1 COUNT 1
      ZMPOP 5 z MIN
      BZPOPMIN none z 0
      BZPOPMAX z 0
      BZPOPMAX z x
      ZADD z 1 a 2 b
      BZMPOP 0 2 none z MIN COUNT 5
      BZMPOP x 1 z MIN
      BZMPOP 0 0 z MIN
      MULTI
      BZPOPMIN z 0
      BZMPOP 0 1 z MAX
      EXEC`),
  "several sorted sets and sets": callsOf(`
      ZADD a 1 x 2 y 3 z
      ZADD b 10 y 20 z 30 w
      SADD s y 5 w
      SADD i 1 2 5
      ZUNION 2 a b WITHSCORES
      ZUNION 3 a b s WITHSCORES
      ZUNION 2 a i WITHSCORES
      ZUNION 2 a a WEIGHTS 2 3 WITHSCORES
      ZUNION 2 a b AGGREGATE MIN WITHSCORES
      ZUNION 2 a b AGGREGATE max WITHSCORES
      ZUNION 2 a b WEIGHTS inf -inf WITHSCORES
      ZINTER 2 a b WITHSCORES
      ZINTER 3 a b s WITHSCORES
      ZINTER 2 a none
      ZINTER 2 a a WITHSCORES
      ZDIFF 2 a b WITHSCORES
      ZDIFF 2 a a
      ZDIFF 3 a s i
      ZDIFF 1 none
      ZDIFF 2 a b WEIGHTS 1 2
      ZINTERCARD 2 a b
      ZINTERCARD 2 a b LIMIT 1
      ZINTERCARD 2 a b LIMIT 0
      ZINTERCARD 2 a b LIMIT -1
      ZINTERCARD 2 a none
      ZUNIONSTORE d 2 a b
      ZUNIONSTORE a 2 a b WEIGHTS 1 2 AGGREGATE SUM
      ZRANGE a 0 -1 WITHSCORES
      ZINTERSTORE d 2 a s
      ZDIFFSTORE d 2 a b
      ZDIFFSTORE d 2 a a
      EXISTS d
      ZINTERSTORE d 2 a none
      SET text x
      ZUNION 2 a text
      ZUNIONSTORE text 2 a b
      TYPE text
      ZUNION 0 a
      ZUNION x a
      ZUNION 3 a b
      ZUNION 2 a b WEIGHTS 1
      ZUNION 2 a b WEIGHTS 1 x
      ZUNION 2 a b AGGREGATE
      ZUNION 2 a b AGGREGATE x
      ZUNIONSTORE d 2 a b WITHSCORES
      ZUNION 2 a b LIMIT 1
      ZADD e inf x
      ZADD f -inf x
      ZUNION 2 e f WITHSCORES
      ZINTER 2 e f WITHSCORES
      ZUNION 2 e f WEIGHTS 0 1 WITHSCORES
      ZUNION 1 e WEIGHTS 0 WITHSCORES`),
  "the turn from listpack to skiplist": callsOf(`
      ZADD z 1 a 2 b 3 c 4 d 5 e 6 f
      OBJECT ENCODING z
      ZADD z 7 f
      OBJECT ENCODING z
      ZADD z 7 g
      OBJECT ENCODING z
      ZPOPMIN z 5
      OBJECT ENCODING z
      ZRANGESTORE d z 0 -1
      OBJECT ENCODING d
      ZUNIONSTORE d 1 z
      OBJECT ENCODING d
      ZADD v 1 12345678901234567890
      OBJECT ENCODING v
      ZADD v 1 123456789012345678901
      OBJECT ENCODING v
      ZADD w 1 123456789012345678901
      OBJECT ENCODING w
      ZADD m 1 a 1 b 1 c 1 d 1 e 1 f 1 g
      OBJECT ENCODING m
      ZRANGESTORE n m 0 -1
      OBJECT ENCODING n
      ZUNIONSTORE n 1 w
      OBJECT ENCODING n
      CONFIG SET zset-max-listpack-entries 0
      ZADD q 1 a
      OBJECT ENCODING q
      CONFIG SET zset-max-ziplist-entries 6`),
};

besideRedis(SETTINGS, showReply, (family) => {
  family.testConversations(conversations);

  const drawSome = (random: Prng, count: number): Call[] =>
    draw(new ZsetCalls(random), count).filter((call) => !mayWait(call));
  family.testAnyCalls([1, 2, 3], (random) => drawSome(random, 4000));

  test("a large sorted set", async () => {
    const calls: Call[] = [];
    for (let index = 0; index < 2000; index++) calls.push(["ZADD", "z", (index * 7919) % 1000, `member:${index}`]);
    for (let index = 0; index < 2000; index += 3) calls.push(["ZREM", "z", `member:${index}`]);
    for (let index = 0; index < 2000; index += 50) {
      calls.push(["ZRANK", "z", `member:${index}`], ["ZREVRANK", "z", `member:${index}`]);
      calls.push(["ZRANGE", "z", index, index + 20, "WITHSCORES"], ["ZREVRANGE", "z", index, index + 20]);
      calls.push(["ZCOUNT", "z", index, index + 77], ["ZRANGEBYSCORE", "z", index / 2, 800, "LIMIT", 3, 10]);
      calls.push(["ZREVRANGEBYSCORE", "z", 900, index / 2, "LIMIT", 30, 10], ["ZINCRBY", "z", 17, `member:${index}`]);
    }
    calls.push(["COPY", "z", "y"], ["ZREMRANGEBYRANK", "y", 100, 400], ["ZREMRANGEBYSCORE", "y", 500, 700]);
    calls.push(["ZRANGE", "y", 0, -1, "WITHSCORES"], ["ZUNION", 2, "y", "z", "WITHSCORES"], ["ZDIFF", 2, "z", "y"]);
    calls.push(
      ["ZINTERSTORE", "x", 2, "y", "z"],
      ["ZRANGE", "x", 0, -1],
      ["ZPOPMAX", "x", 300],
      ["ZSCAN", "z", 0, "COUNT", 100_000],
    );
    calls.push(["ZRANDMEMBER", "z", 300], ["ZRANDMEMBER", "z", 1300, "WITHSCORES"], ["ZRANDMEMBER", "z", -3000]);
    await family.compare(calls, 3);
  });

  family.testPropagation((random) => [...Object.values(conversations).flat(), ...drawSome(random, 3000)]);
});

/** Commands that would wait if their keys are not there. */
function mayWait(call: Call): boolean {
  return String(call[0]).startsWith("B");
}

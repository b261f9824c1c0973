/** The string commands, call by call beside a real Redis: replies, encodings, digests, propagation and events. */
import { test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { besideRedis, type Conversations, callsOf, draw, type ShowReply } from "./family-oracle.ts";
import { type Call, show, showTimeToLive } from "./generic-oracle.ts";
import { StringCalls } from "./string-calls.ts";

/** Points in time that were counted from now, and those that are kept as the last exact one. */
const SOON = /(?!40000000)\d{13,19}$/;

function withoutNow(effect: string): string {
  return / PXAT \d+$|^PEXPIREAT /.test(effect) ? effect.replace(SOON, "soon") : effect;
}

/** The same in replies. */
const showNear: ShowReply = (call, reply) => {
  if (call[0] === "TTL") return showTimeToLive(reply);
  return call[0] === "PEXPIRETIME" ? show(reply).replace(SOON, "soon") : show(reply);
};

const conversations: Conversations = {
  "SET and its options": callsOf(`
    SET k v EX 100000 EX 200000
    SET k v PX 100000000 PX 200000000
    SET k v EX 10 PX 10
    SET k v EXAT 4000000000 PXAT 4000000000000
    SET k v KEEPTTL EX 10
    SET k v EX 10 KEEPTTL
    SET k v NX XX
    SET k v XX NX
    SET k v NX NX
    SET k v GET GET
    SET k v GET KEEPTTL XX
    SET k v EX
    SET k v EX 0
    SET k v EX -5
    SET k v PX 0
    SET k v EX abc
    SET k v EX 9223372036854775807
    SET k v EX 9223372036854775
    SET k v PX 9223372036854775807
    SET k v PXAT 9223372036854775807
    SET k v EXAT 9223372036854776
    SET k v PERSIST
    SET k v bad
    SET k v NX GET
    SET none v XX GET
    SET none v XX
    SET new v NX GET
    SET new w NX
    set new w xx get pxat 4000000000000
    PEXPIRETIME new
    SET new x KEEPTTL
    PEXPIRETIME new
    SET new x
    PEXPIRETIME new
    SET
    SET k`),
  "GETEX, GETDEL, GETSET": callsOf(`
    SET k v
    GETEX k
    GETEX k EXAT 4000000000
    PEXPIRETIME k
    GETEX k PXAT 4000000000001
    PEXPIRETIME k
    GETEX k PERSIST
    PEXPIRETIME k
    GETEX k PERSIST PERSIST
    GETEX k PERSIST EX 10
    GETEX k EX 10 PERSIST
    GETEX k EX 10 EX 20
    GETEX k KEEPTTL
    GETEX k NX
    GETEX k GET
    GETEX k EX
    GETEX k EX 0
    GETEX k EX x
    GETEX nokey EX 0
    GETEX nokey EX x
    GETEX nokey EX 10
    GETEX k EXAT 1
    EXISTS k
    SET k v
    GETEX k PXAT 1
    EXISTS k
    GETEX
    SET k v EX 1000
    GETSET k w
    TTL k
    GETSET k 12
    GETSET other 12
    OBJECT ENCODING k
    GETDEL k
    GETDEL k
    GETDEL
    GETSET k`),
  numbers: callsOf(`
    SET n 9223372036854775806
    INCR n
    INCR n
    DECR n
    INCRBY n -9223372036854775808
    INCRBY n -9223372036854775807
    DECRBY n 9223372036854775807
    DECRBY n -9223372036854775808
    DECRBY n 1
    DECRBY n 1
    GET n
    SET n 9007199254740991
    INCR n
    DECRBY n 18014398509481984
    INCRBY n 9223372036854775808
    INCRBY n abc
    INCRBY n 1.5
    DECRBY n 01
    SET n 0012
    INCR n
    SET n 12abc
    INCR n
    INCRBYFLOAT n 1
    SET n 12
    APPEND n 3
    OBJECT ENCODING n
    INCR n
    OBJECT ENCODING n
    INCRBYFLOAT n 0
    OBJECT ENCODING n
    INCR n
    OBJECT ENCODING n
    INCRBYFLOAT n 1.5
    INCR n
    INCRBYFLOAT n x
    INCRBYFLOAT n inf
    INCRBYFLOAT n -infinity
    INCRBYFLOAT n nan
    INCRBYFLOAT n 1e400
    INCRBYFLOAT n 1e5000
    INCRBYFLOAT new 3.0
    OBJECT ENCODING new
    SET f 10.5
    INCRBYFLOAT f 0.1
    INCRBYFLOAT f 1e30
    SET f 5.0e3
    INCRBYFLOAT f 2.0e2
    SET e 9007199254740993
    INCRBYFLOAT e 0.5
    SET n 1 EX 100500
    INCR n
    TTL n
    INCRBYFLOAT n 1.5
    TTL n
    INCR
    INCRBY n
    INCRBYFLOAT n`),
  ranges: callsOf(`
    SETRANGE k 0 abc
    OBJECT ENCODING k
    SETRANGE k 5 x
    GET k
    SETRANGE k 1 yy
    SETRANGE none 5 
    SETRANGE k 5 
    EXISTS none
    SETRANGE k -1 x
    SETRANGE k x x
    SETRANGE k 536870912 x
    SETRANGE k 536870911 xy
    SETRANGE none 536870912 x
    SETRANGE k 9223372036854775807 x
    SETRANGE none 9223372036854775807 
    SET n 123456
    SETRANGE n 2 xx
    GET n
    OBJECT ENCODING n
    SET n 123456
    GETRANGE n 0 -1
    GETRANGE n 2 3
    GETRANGE n -2 -1
    GETRANGE n -1 -2
    GETRANGE n 3 2
    GETRANGE n 5 1000
    GETRANGE n 6 1000
    GETRANGE n -1000 0
    GETRANGE n -1000 -500
    GETRANGE n -9223372036854775808 9223372036854775807
    GETRANGE n -9223372036854775806 -9223372036854775807
    GETRANGE n -9223372036854775807 -9223372036854775806
    GETRANGE n x 1
    GETRANGE n 0 x
    GETRANGE none 0 -1
    SUBSTR n 1 2
    SET e ab
    APPEND e 
    OBJECT ENCODING e
    APPEND new 12
    OBJECT ENCODING new
    APPEND new2 
    GET new2
    GETRANGE new2 0 -1
    STRLEN new2
    STRLEN n
    STRLEN none
    SET n -9223372036854775808
    STRLEN n
    SET n -5
    STRLEN n
    APPEND
    SETRANGE k 1
    GETRANGE k 1
    STRLEN`),
  "many at once": callsOf(`
    MSET a 1 b 2 a 3
    MGET a b c
    MSET a
    MSET a 1 b
    MSETNX a 1 d 2
    MSETNX d 2 e 3 d 4
    MGET a d e
    MSETNX d
    MSETNX x 1 y
    MGET`),
  "common subsequences": callsOf(`
    MSET a ohmytext b mynewtext
    LCS a b
    LCS a b LEN
    LCS a b IDX
    LCS a b IDX MINMATCHLEN 4
    LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN
    LCS a b WITHMATCHLEN IDX MINMATCHLEN -3
    LCS a b LEN IDX
    LCS a b MINMATCHLEN
    LCS a b MINMATCHLEN x
    LCS a b BAD
    LCS a none
    LCS none none2 LEN
    LCS none none2 IDX
    LCS none a IDX
    LCS a a IDX
    SET n 12345
    SET m 2134567
    LCS n m
    LCS n m IDX WITHMATCHLEN
    LCS a
    LCS`),
};

besideRedis({}, showNear, (family) => {
  family.testConversations(conversations);

  test("long common subsequences", async () => {
    const random = new Prng(5);
    const letters = (count: number): string => Array.from({ length: count }, () => "abcd"[random.below(4)]).join("");
    const calls: Call[] = [];
    for (let round = 0; round < 10; round++) {
      calls.push(["MSET", "a", letters(random.below(300)), "b", letters(random.below(300))]);
      calls.push(["LCS", "a", "b"], ["LCS", "a", "b", "LEN"], ["LCS", "a", "b", "IDX", "WITHMATCHLEN"]);
    }
    calls.push(["MSET", "a", "x".repeat(20_000), "b", "x".repeat(20_000)], ["LCS", "a", "b"], ["LCS", "a", "b", "LEN"]);
    await family.compare(calls, 3);
  });

  family.testAnyCalls([1, 2, 3], (random) => draw(new StringCalls(random), 3000));

  family.testPropagation(
    (random) => [...Object.values(conversations).flat(), ...draw(new StringCalls(random), 2000)],
    withoutNow,
  );
});

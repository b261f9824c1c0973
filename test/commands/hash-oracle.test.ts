/** The hash commands, call by call beside a real Redis. */
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
import { HashCalls } from "./hash-calls.ts";

/** Small, so that hashes of both kinds are met. */
const SETTINGS = { "hash-max-listpack-entries": 6, "hash-max-listpack-value": 20 };

const showReply: ShowReply = (call, reply) => {
  switch (String(call[0]).toUpperCase()) {
    case "HGETALL":
      return showUnordered(reply, 2);
    case "HKEYS":
    case "HVALS":
      return showUnordered(reply, 1);
    case "HSCAN":
      return showPage(reply, 2);
    case "HRANDFIELD":
      return showShape(reply);
    default:
      return show(reply);
  }
};

const conversations: Conversations = {
  "setting and getting": callsOf(`
      HSET h a 1 b 2 a 3
      HGET h a
      HGET h none
      HGET none a
      HMGET h a none b a
      HMGET none a b
      HMSET h c 4 d 5
      HMSET h c
      HMSET h c 4 d
      HSET h c
      HSET h c 4 d
      HSETNX h a x
      HSETNX h e x
      HSETNX new e x
      HEXISTS h a
      HEXISTS h none
      HEXISTS none a
      HSTRLEN h a
      HSTRLEN h none
      HSTRLEN none a
      HLEN h
      HLEN none
      HSET h e -128
      HSTRLEN h e
      HDEL h a none b a
      HDEL h c d e f
      EXISTS h
      HDEL h a
      SET s x
      HSET s a 1
      HGET s a
      HMGET s a
      HGETALL s
      HKEYS s
      HVALS s
      HLEN s
      HDEL s a
      HEXISTS s a
      HSTRLEN s a
      HINCRBY s a 1
      HINCRBYFLOAT s a 1
      HRANDFIELD s
      HRANDFIELD s 1
      HSCAN s 0
      HSETNX s a 1
      HMSET s a 1
      HGET
      HGET h
      HGETALL
      HDEL h
      HGETALL none
      HKEYS none
      HVALS none`),
  "numbers in fields": callsOf(`
      HINCRBY h n 5
      HINCRBY h n 9223372036854775807
      HINCRBY h n 9223372036854775802
      HINCRBY h n 1
      HINCRBY h n -9223372036854775808
      HINCRBY h n x
      HINCRBY h n 1.5
      HSET h t abc
      HINCRBY h t 1
      HINCRBYFLOAT h t 1
      HSET h f 10.5
      HINCRBYFLOAT h f 0.1
      HINCRBYFLOAT h f inf
      HINCRBYFLOAT h f -inf
      HINCRBYFLOAT h f nan
      HINCRBYFLOAT h f x
      HINCRBYFLOAT h new 3.0
      HINCRBYFLOAT h f 5.0e3
      HSET h f 3.0
      HINCRBYFLOAT h f 1
      HSET h i inf
      HINCRBYFLOAT h i 1
      HSET h big 1e4932
      HINCRBYFLOAT h big 1e4932
      HSET h e 
      HINCRBY h e 1
      HINCRBYFLOAT h e 1
      HSET h sp  1
      HINCRBY h sp 1
      HINCRBYFLOAT none x 1e20
      HINCRBYFLOAT none y 100000000000000000000000
      OBJECT ENCODING none`),
  "the turn from listpack to table": [
    ...callsOf(`
      HSET h a 1 b 2 c 3 d 4 e 5 f 6
      OBJECT ENCODING h
      HSET h f 7
      OBJECT ENCODING h
      HSET h g 7
      OBJECT ENCODING h
      HDEL h a b c d e
      OBJECT ENCODING h
      HSET v a 12345678901234567890
      OBJECT ENCODING v
      HSET v a 123456789012345678901
      OBJECT ENCODING v
      HSET w 123456789012345678901 a
      OBJECT ENCODING w
      HINCRBYFLOAT x a 100000000000000000000000
      OBJECT ENCODING x
      HSETNX y a 123456789012345678901
      OBJECT ENCODING y
      HSET z a 1
      HSETNX z a 123456789012345678901
      OBJECT ENCODING z
      CONFIG SET hash-max-listpack-entries 2
      HSET z a 2
      OBJECT ENCODING z
      HSET z b 2
      HSET z c 2
      OBJECT ENCODING z
      CONFIG SET hash-max-ziplist-entries 0
      HSET q a 1
      OBJECT ENCODING q
      CONFIG SET hash-max-ziplist-value 0 hash-max-listpack-entries 6
      HSET r a 1
      OBJECT ENCODING r
      CONFIG SET hash-max-listpack-value 20`),
    ["HSET", "long", "field", "x".repeat(100_000)],
    ["HSTRLEN", "long", "field"],
    ["HGET", "long", "field"],
    ["HGETALL", "long"],
    ["HSET", "long", "y".repeat(20_000), "x".repeat(50_000)],
    ["HSET", "long", "y".repeat(20_000), "short"],
    ["HGETALL", "long"],
    ["HSET", "long", "field", "short"],
    ["COPY", "long", "copy"],
    ["HDEL", "long", "y".repeat(20_000)],
    ["DEBUG", "DIGEST-VALUE", "long", "copy"],
  ],
  "random fields and pages": callsOf(`
      HSET h a 1 b 2 c 3
      HRANDFIELD none
      HRANDFIELD none 0
      HRANDFIELD none 3
      HRANDFIELD none -3 WITHVALUES
      HRANDFIELD none x
      HRANDFIELD h
      HRANDFIELD h 0
      HRANDFIELD h 1 WITHVALUES
      HRANDFIELD h 2 WITHVALUES
      HRANDFIELD h 3
      HRANDFIELD h 10 withvalues
      HRANDFIELD h -10 WITHVALUES
      HRANDFIELD h 9223372036854775807
      HRANDFIELD h 9223372036854775808
      HRANDFIELD h -9223372036854775808
      HRANDFIELD h -9223372036854775807 WITHVALUES
      HRANDFIELD h 4611686018427387903 WITHVALUES
      HRANDFIELD h 4611686018427387904 WITHVALUES
      HRANDFIELD h -4611686018427387904 WITHVALUES
      HRANDFIELD h 1 BAD
      HRANDFIELD h -9223372036854775808 BAD
      HRANDFIELD h 1 WITHVALUES BAD
      HSCAN h 0
      HSCAN h 17
      HSCAN h 0 COUNT 1
      HSCAN h 0 MATCH [ab]
      HSCAN h 0 MATCH * COUNT 5 MATCH b
      HSCAN h x
      HSCAN h 0 COUNT
      HSCAN h 0 COUNT x
      HSCAN h 0 COUNT 0
      HSCAN h 0 TYPE hash
      HSCAN none 0
      HSCAN none x
      HSCAN none 0 BAD
      HSCAN h`),
};

besideRedis(SETTINGS, showReply, (family) => {
  family.testConversations(conversations);

  family.testAnyCalls([1, 2, 3], (random) => draw(new HashCalls(random), 4000));

  test("a large hash", async () => {
    const calls: Call[] = [];
    for (let index = 0; index < 2000; index++) calls.push(["HSET", "h", `field:${index}`, index * 7]);
    for (let index = 0; index < 2000; index += 3) calls.push(["HDEL", "h", `field:${index}`]);
    calls.push(["HLEN", "h"], ["HGETALL", "h"], ["HSCAN", "h", 0, "COUNT", 100_000], ["HRANDFIELD", "h", 300]);
    calls.push(["HRANDFIELD", "h", 1300, "WITHVALUES"], ["HRANDFIELD", "h", -3000]);
    await family.compare(calls, 3);
  });

  family.testPropagation((random) => [...Object.values(conversations).flat(), ...draw(new HashCalls(random), 3000)]);
});

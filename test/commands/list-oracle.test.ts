/** The list commands, call by call beside a real Redis. Its lists of 7.0 are never listpacks: see list.test.ts. */
import { test } from "vitest";
import { besideRedis, type Conversations, callsOf, draw, type ShowReply } from "./family-oracle.ts";
import { type Call, show } from "./generic-oracle.ts";
import { ListCalls } from "./list-calls.ts";

/** Small, so that lists of both kinds are met; and compressed, so that these are too. */
const SETTINGS = { "list-max-listpack-size": 8, "list-compress-depth": 1 };

/** How long a list was idle tells how long the test has taken. */
const showReply: ShowReply = (call, reply) => (call[0] === "OBJECT" && reply.kind === "integer" ? "idle" : show(reply));

const conversations: Conversations = {
  "the ends": callsOf(`
      RPUSH l a b c
      LPUSH l z y
      LRANGE l 0 -1
      LPUSHX l x
      RPUSHX l d e
      LPUSHX none x
      RPUSHX none x
      LLEN l
      LLEN none
      LPOP l
      RPOP l
      LPOP l 2
      RPOP l 2
      LPOP l 0
      LPOP none
      LPOP none 0
      LPOP none 2
      RPOP l -1
      RPOP l x
      LPOP l 1 2
      LPOP l 100
      EXISTS l
      SET s x
      LPUSH s a
      LPUSHX s a
      LPOP s
      RPOP s 1
      LLEN s
      LRANGE s 0 -1
      LINDEX s 0
      LSET s 0 a
      LREM s 0 a
      LTRIM s 0 1
      LINSERT s BEFORE a b
      LPOS s a
      LMOVE s l LEFT LEFT
      RPOPLPUSH s l
      LMPOP 2 none s LEFT
      LPUSH
      LPUSH l
      LPOP
      LRANGE l 0`),
  "in between": callsOf(`
      RPUSH l 1 2 3 4 5 6 7 8 9 10 11 12
      LINSERT l BEFORE 5 x
      LINSERT l AFTER 5 y
      LINSERT l BEFORE none x
      LINSERT none BEFORE 5 x
      LINSERT l BESIDE 5 x
      LRANGE l 0 -1
      LRANGE l -3 100
      LRANGE l 5 2
      LRANGE l 100 200
      LRANGE l -100 1
      LRANGE l x 1
      LRANGE none x 1
      LRANGE none 0 1
      LINDEX l 3
      LINDEX l -1
      LINDEX l 100
      LINDEX l x
      LINDEX none x
      LSET l 3 three
      LSET l -1 last
      LSET l 100 x
      LSET l x x
      LSET none x x
      LSET none 0 x
      LREM l 0 5
      LREM l 1 5
      LREM l x 5
      LREM none 0 5
      LREM l -9223372036854775807 y
      LTRIM l 1 -2
      LTRIM l 0 100
      LTRIM l x 1
      LTRIM none 0 1
      LRANGE l 0 -1
      LTRIM l 5 1
      EXISTS l
      RPUSH l a a b a a
      LREM l 2 a
      LREM l -1 a
      LRANGE l 0 -1
      LREM l 0 a
      LREM l 0 b
      EXISTS l`),
  finding: callsOf(`
      RPUSH l a b c 1 2 3 c c
      LPOS l c
      LPOS l 2
      LPOS l none
      LPOS none a
      LPOS none a COUNT 2
      LPOS l none COUNT 2
      LPOS l c COUNT 2
      LPOS l c COUNT 0
      LPOS l c RANK 2
      LPOS l c RANK 4
      LPOS l c RANK -1
      LPOS l c RANK -2 COUNT 0
      LPOS l c RANK 2 COUNT 1
      LPOS l c COUNT 0 MAXLEN 3
      LPOS l c COUNT 0 MAXLEN 2
      LPOS l c COUNT 0 MAXLEN 7 RANK -2
      LPOS l c RANK 0
      LPOS l c RANK x
      LPOS l c COUNT -1
      LPOS l c COUNT x
      LPOS l c MAXLEN -1
      LPOS l c MAXLEN
      LPOS l c BAD 1
      LPOS l c RANK 9223372036854775807 COUNT 5`),
  "from list to list": [
    ...callsOf(`
      RPUSH l 1 2 3 4 5 6 7 8 9 10
      LMOVE l m LEFT RIGHT
      LMOVE l m RIGHT LEFT
      LMOVE l l LEFT RIGHT
      LMOVE l l RIGHT RIGHT
      LMOVE none m LEFT LEFT
      LMOVE l m UP LEFT
      LMOVE l m LEFT UP
      RPOPLPUSH l m
      RPOPLPUSH l l
      LRANGE l 0 -1
      LRANGE m 0 -1
      RPUSH one x
      LMOVE one one LEFT LEFT
      LMOVE one two LEFT LEFT
      EXISTS one
      SET s x
      LMOVE l s LEFT LEFT
      RPOPLPUSH l s
      LMOVE none s LEFT LEFT
      LMPOP 1 l LEFT
      LMPOP 2 none l RIGHT COUNT 3
      LMPOP 2 none none2 RIGHT
      LMPOP 0 l LEFT
      LMPOP x l LEFT
      LMPOP 3 l LEFT
      LMPOP 1 l UP
      LMPOP 1 l LEFT COUNT 0
      LMPOP 1 l LEFT COUNT x
      LMPOP 1 l LEFT COUNT
      LMPOP 1 l LEFT COUNT 1 COUNT 1
      LMPOP 1 l LEFT BAD 1
      LMPOP 1 l LEFT COUNT 100
      EXISTS l
      BLPOP none m 0
      BRPOP m 0
      BLPOP m x
      BLPOP m -1
      BLPOP s 0
      BLMOVE m q LEFT RIGHT 0
      BLMOVE m q LEFT RIGHT x
      BLMOVE m q UP RIGHT x
      BLMOVE s q LEFT RIGHT 0
      BRPOPLPUSH q m 0
      BRPOPLPUSH q s -1
      BLMPOP 0 2 none m LEFT COUNT 5
      BLMPOP x 2 none m LEFT COUNT 5
      BLMPOP x 0 m LEFT
      MULTI
      BLPOP none 0
      BLMOVE none q LEFT RIGHT 0
      BRPOPLPUSH none q 0
      BLMPOP 0 1 none LEFT
      EXEC`),
    ["RPUSH", "long", "x".repeat(100_000), "short"],
    ["LMOVE", "long", "longer", "LEFT", "RIGHT"],
    ["LINDEX", "longer", 0],
    ["LSET", "longer", 0, "y".repeat(200_000)],
    ["LRANGE", "longer", 0, -1],
    ["DEBUG", "DIGEST-VALUE", "long", "longer"],
  ],
};

besideRedis(SETTINGS, showReply, (family) => {
  family.testConversations(conversations);

  family.testAnyCalls([1, 2, 3], (random) => {
    const calls = new ListCalls(random);
    return Array.from({ length: 3000 }, (_, index) => (index % 50 === 0 ? calls.transaction() : [calls.next()])).flat();
  });

  test("a long list", async () => {
    const calls: Call[] = [["CONFIG", "SET", "list-max-listpack-size", -2]];
    for (let index = 0; index < 3000; index++) calls.push([index % 3 === 0 ? "LPUSH" : "RPUSH", "l", `item:${index}`]);
    for (let index = 0; index < 3000; index += 17) calls.push(["LSET", "l", index, index * 3], ["LINDEX", "l", -index]);
    for (let index = 0; index < 900; index += 9) calls.push(["LINSERT", "l", "AFTER", `item:${index}`, "new"]);
    calls.push(["LPOS", "l", "new", "COUNT", 0], ["LREM", "l", -40, "new"], ["LRANGE", "l", 0, -1]);
    calls.push(["LTRIM", "l", 500, -500], ["RPOP", "l", 900], ["LPOP", "l", 900], ["LLEN", "l"]);
    await family.compare([...calls, ["CONFIG", "SET", "list-max-listpack-size", 8]], 3);
  });

  family.testPropagation((random) => [...Object.values(conversations).flat(), ...draw(new ListCalls(random), 2000)]);
});

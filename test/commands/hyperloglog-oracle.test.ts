/** The HyperLogLog commands, call by call beside a real Redis: every byte of every sketch. */
import { test } from "vitest";
import { besideRedis, type Conversations, callsOf, draw, showAsIs } from "./family-oracle.ts";
import type { Call } from "./generic-oracle.ts";
import { HyperLogLogCalls } from "./hyperloglog-calls.ts";

const SETTINGS = { "hll-sparse-max-bytes": 3000 };

const conversations: Conversations = {
  "adding and counting": callsOf(`
      PFADD h
      PFADD h
      PFCOUNT h
      PFADD h a b c
      PFADD h a b c
      PFCOUNT h
      PFCOUNT h
      GET h
      PFDEBUG ENCODING h
      PFDEBUG DECODE h
      OBJECT ENCODING h
      PFADD h d
      GET h
      PFCOUNT h none
      PFCOUNT none
      PFCOUNT none none
      PFADD g x y a
      PFCOUNT g h
      PFMERGE m
      GET m
      PFMERGE m g h
      GET m
      PFCOUNT m
      PFMERGE m
      GET m
      PFDEBUG TODENSE g
      PFDEBUG TODENSE g
      PFDEBUG ENCODING g
      PFDEBUG DECODE g
      PFMERGE m g
      PFDEBUG ENCODING m
      PFDEBUG GETREG h
      PFDEBUG ENCODING h
      PFADD h e
      PFCOUNT h m g
      PFSELFTEST x
      PFDEBUG BAD h
      PFDEBUG GETREG none
      PFDEBUG GETREG
      PFDEBUG GETREG h x
      PFADD
      PFCOUNT
      PFMERGE
      EXPIREAT h 4000000000
      PFADD h f
      PFMERGE h g
      EXPIRETIME h`),
  "what is none": callsOf(`
      SET s text
      PFADD s a
      PFCOUNT s
      PFCOUNT h s
      PFMERGE s
      PFMERGE h s
      PFDEBUG GETREG s
      SET s 12345678901234567
      PFADD s a
      PFCOUNT s
      RPUSH l x
      PFADD l a
      PFCOUNT l
      PFCOUNT l s
      PFMERGE l
      PFMERGE h l
      PFDEBUG GETREG l
      PFDEBUG BAD l
      EXISTS h`),
};

besideRedis(SETTINGS, showAsIs, (family) => {
  family.testConversations(conversations);

  family.testAnyCalls([1, 2, 3, 4], (random) => draw(new HyperLogLogCalls(random), 700));

  test.each([0, 3000, 40_000])("a sketch that grows, sparse up to %i bytes", async (sparseMaxBytes) => {
    const calls: Call[] = [["CONFIG", "SET", "hll-sparse-max-bytes", sparseMaxBytes]];
    for (let step = 0; step < 120; step++) {
      const elements = Array.from({ length: 5 + step * 2 }, (_, index) => `${step}:${index}`);
      calls.push(["PFADD", "h", ...elements], ["PFCOUNT", "h"], ["STRLEN", "h"]);
      if (step % 20 === 0) calls.push(["PFMERGE", `union:${step}`, "h", `union:${step - 20}`]);
      if (step % 20 === 0) calls.push(["PFCOUNT", "h", `union:${step}`]);
    }
    calls.push(["GET", "h"], ["GET", "union:80"], ["GET", "union:100"], ["PFDEBUG", "GETREG", "h"]);
    await family.compare(calls, 2);
  });

  family.testPropagation((random) => [
    ...Object.values(conversations).flat(),
    ...draw(new HyperLogLogCalls(random), 500),
  ]);
});

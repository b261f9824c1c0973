/** The HyperLogLog commands, call by call beside a real Redis: every byte of every sketch. */
import { afterAll, beforeAll, describe, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { missingOracle } from "../oracle.ts";
import { callsOf, FamilyOracle } from "./family-oracle.ts";
import { type Call, show } from "./generic-oracle.ts";
import { HyperLogLogCalls } from "./hyperloglog-calls.ts";

const SETTINGS = { "hll-sparse-max-bytes": 3000 };

const conversations: Readonly<Record<string, readonly Call[]>> = {
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

describe.skipIf(missingOracle() !== undefined)("beside a real Redis", () => {
  let oracle: FamilyOracle;
  beforeAll(async () => {
    oracle = await FamilyOracle.start(SETTINGS, (_call, reply) => show(reply));
  });
  afterAll(() => oracle?.stop());

  for (const [name, calls] of Object.entries(conversations)) {
    test(`${name}, RESP2`, () => oracle.compare(calls, 2));
    test(`${name}, RESP3`, () => oracle.compare(calls, 3));
  }

  test.each([1, 2, 3, 4])("any calls in any order (seed %i)", async (seed) => {
    const calls = new HyperLogLogCalls(new Prng(seed));
    await oracle.compare(
      Array.from({ length: 700 }, () => calls.next()),
      seed === 3 ? 3 : 2,
    );
  });

  test.each([0, 3000, 40_000])("a sketch that grows, sparse up to %i bytes", async (sparseMaxBytes) => {
    const calls: Call[] = [["CONFIG", "SET", "hll-sparse-max-bytes", sparseMaxBytes]];
    for (let step = 0; step < 120; step++) {
      const elements = Array.from({ length: 5 + step * 2 }, (_, index) => `${step}:${index}`);
      calls.push(["PFADD", "h", ...elements], ["PFCOUNT", "h"], ["STRLEN", "h"]);
      if (step % 20 === 0) calls.push(["PFMERGE", `union:${step}`, "h", `union:${step - 20}`]);
      if (step % 20 === 0) calls.push(["PFCOUNT", "h", `union:${step}`]);
    }
    calls.push(["GET", "h"], ["GET", "union:80"], ["GET", "union:100"], ["PFDEBUG", "GETREG", "h"]);
    await oracle.compare(calls, 2);
  });

  test("what is propagated and what is told, command by command", async () => {
    const random = new HyperLogLogCalls(new Prng(9));
    const calls = Array.from({ length: 500 }, () => random.next());
    await oracle.comparePropagation([...Object.values(conversations).flat(), ...calls]);
  });
});

/** The comparison itself: that it repeats, covers every command, cuts replies right, and finds what is different. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Reply } from "../../src/protocol/reply.ts";
import { missingOracle, startOracle } from "../oracle.ts";
import { sameReply } from "./compare.ts";
import { Draw } from "./draw.ts";
import { Duel, RESP2, type Step, showStep } from "./duel.ts";
import { Frames } from "./frames.ts";
import { CommandGenerator, isNewer } from "./generator.ts";
import { NOT_GENERATED } from "./policy.ts";
import { playSteps, roundOf } from "./rounds.ts";
import { rowsToTest } from "./run.ts";

const rows = rowsToTest();

test("a seed and a number are a round", () => {
  expect(roundOf(rows, 7, 3)).toEqual(roundOf(rows, 7, 3));
  expect(roundOf(rows, 7, 3)).not.toEqual(roundOf(rows, 7, 4));
  expect(roundOf(rows, 7, 3)).not.toEqual(roundOf(rows, 8, 3));
});

test("every command that is not excluded comes, with each of its options", () => {
  const generator = new CommandGenerator(rows);
  const draw = new Draw(1);
  const words = new Set<string>();
  const commands = new Set<string>();
  for (let count = 0; count < 50_000; count++) {
    const { args } = generator.next(draw, false);
    commands.add(args[0].toLowerCase());
    for (const arg of args) words.add(arg.toUpperCase());
  }
  expect([...new Set(generator.names.map((name) => name.split("|")[0]))].filter((name) => !commands.has(name))).toEqual(
    [],
  );
  expect(
    ["NX", "XX", "GT", "LT", "GET", "EX", "PX", "EXAT", "PXAT", "KEEPTTL"].filter((word) => !words.has(word)),
  ).toEqual([]);
});

test("nothing is excluded that is generated, and versions compare as numbers", () => {
  const { names } = new CommandGenerator(rows);
  expect(names.filter((name) => name in NOT_GENERATED)).toEqual([]);
  expect(["7.0.15", "7.0.0", "2.8.13", undefined].some(isNewer)).toBe(false);
  expect(["7.0.16", "7.2.0", "7.10.0", "8.0.0"].every(isNewer)).toBe(true);
});

test("a stream of replies is cut where they end, whatever the chunks", () => {
  const replies = [
    "+OK\r\n",
    "$-1\r\n",
    "*-1\r\n",
    "$4\r\na\r\nb\r\n",
    "*2\r\n*1\r\n:1\r\n$0\r\n\r\n",
    "%1\r\n+a\r\n~1\r\n#t\r\n",
    "*0\r\n",
    "_\r\n",
  ];
  const bytes = Buffer.from(replies.join(""), "latin1");
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
      const frames = new Frames();
      const found: string[] = [];
      const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      for (let index = 1; index < edges.length; index++) {
        frames.add(bytes.subarray(edges[index - 1], edges[index]));
        for (let frame = frames.take(); frame !== null; frame = frames.take()) {
          found.push(Buffer.from(frame).toString("latin1"));
        }
      }
      expect(found).toEqual(replies);
    }),
  );
});

describe("replies that are alike", () => {
  const integer = (value: number): Reply => ({ kind: "integer", value });
  const array = (...items: Reply[]): Reply => ({ kind: "array", items });
  const error = (text: string): Reply => ({ kind: "error", text });

  test.each([
    ["the same", integer(1), integer(1), "bytes", true],
    ["another number", integer(1), integer(2), "bytes", false],
    ["another order", array(integer(1), integer(2)), array(integer(2), integer(1)), "unordered", true],
    ["another order where it counts", array(integer(1), integer(2)), array(integer(2), integer(1)), "bytes", false],
    ["one part twice", array(integer(1), integer(1)), array(integer(1), integer(2)), "unordered", false],
    ["a moment later", integer(5000), integer(4999), "near", true],
    ["no expiry and some", integer(-1), integer(1), "near", false],
    ["far from it", integer(1_000_000), integer(2), "near", false],
    ["the same type", integer(1), integer(2), "shape", true],
    ["another type", integer(1), array(), "shape", false],
    ["other errors", error("ERR a"), error("ERR b"), "shape", false],
  ] as const)("%s", (_name, ours, oracle, comparison, expected) => {
    expect(sameReply(ours, oracle, comparison)).toBe(expected);
  });
});

describe("a difference", () => {
  const missing = missingOracle();
  const step = (...args: string[]): Step => ({ connection: RESP2, args, comparison: "bytes" });

  test("is found and cut down to what it takes", async (context) => {
    context.skip(missing !== undefined, missing);
    const [one, other] = await Promise.all([startOracle(), startOracle(["--hash-max-listpack-entries", "1"])]);
    const duel = new Duel(one.port, other.port);
    const noise = Array.from({ length: 40 }, (_, index) => step("SET", `k${index}`, "v"));
    const steps = [...noise, step("HSET", "h", "a", "1"), ...noise, step("HSET", "h", "b", "2"), ...noise];
    const found = await playSteps(duel, [...steps, step("OBJECT", "ENCODING", "h"), ...noise]);
    await Promise.all([one.stop(), other.stop()]);
    expect(found?.steps.map(showStep)).toEqual(["RESP2> HSET h a 1", "RESP2> HSET h b 2", "RESP2> OBJECT ENCODING h"]);
    expect(found?.difference).toMatchObject({ ours: '"listpack"', oracle: '"hashtable"' });
  });

  test("is not found where there is none", async (context) => {
    context.skip(missing !== undefined, missing);
    const [one, other] = await Promise.all([startOracle(), startOracle()]);
    const found = await playSteps(new Duel(one.port, other.port), roundOf(rows, 5, 0));
    await Promise.all([one.stop(), other.stop()]);
    expect(found).toBeNull();
  });
});

/** SORT without a Redis to compare with: its order beside a plain one, its numbers, and what a look-up may change. */
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { SortOrder, textKeys } from "../../src/commands/generic/sort-order.ts";
import { sortScore } from "../../src/commands/generic/sort-score.ts";
import { SortTexts } from "../../src/commands/generic/sort-texts.ts";
import { Span } from "../../src/structures/entry.ts";
import { LocalServer, type Plain } from "./generic-server.ts";

function spanOf(text: string): Span {
  const span = new Span();
  span.bytes = new Uint8Array(Buffer.from(`>${text}<`, "latin1"));
  span.start = 1;
  span.length = text.length;
  return span;
}

function textsOf(texts: readonly (string | null)[]): SortTexts {
  const column = new SortTexts(texts.length);
  for (const text of texts) {
    if (text === null) column.addAbsent();
    else column.add(spanOf(text));
  }
  return column;
}

function compare(one: string | null, other: string | null): number {
  if (one === null || other === null) return Number(one !== null) - Number(other !== null);
  return one < other ? -1 : Number(one > other);
}

/** Texts with long beginnings in common, and some of them twice. */
const text = fc.string({
  unit: fc.constantFrom("a", "b", "\0", "\xff"),
  maxLength: 9,
});

describe("an order", () => {
  test("of texts is the plain one, for any first ranks", () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(text), { maxLength: 80 }),
        fc.boolean(),
        fc.nat(100),
        (texts, isDescending, wanted) => {
          const end = Math.min(wanted, texts.length);
          const column = textsOf(texts);
          const order = new SortOrder(textKeys(column, new Span()), column, null, isDescending);
          const sign = isDescending ? -1 : 1;
          const expected = texts
            .map((_, index) => index)
            .sort((one, other) => sign * compare(texts[one], texts[other]) || one - other);
          expect([...order.firstRanks(end)].slice(0, end)).toEqual(expected.slice(0, end));
        },
      ),
      { seed: 1 },
    );
  });

  test("of numbers goes on with texts and then with those that are never turned around", () => {
    const some = fc.record({ score: fc.constantFrom(-1, 0, -0, 2.5, Number.POSITIVE_INFINITY), one: text, two: text });
    fc.assert(
      fc.property(fc.array(some, { maxLength: 60 }), fc.boolean(), fc.nat(60), (rows, isDescending, wanted) => {
        const end = Math.min(wanted, rows.length);
        const scores = Float64Array.from(rows, ({ score }) => score);
        const first = textsOf(rows.map(({ one }) => one));
        const last = textsOf(rows.map(({ two }) => two));
        const sign = isDescending ? -1 : 1;
        const expected = rows
          .map((_, index) => index)
          .sort((a, b) => {
            const byScore = scores[a] < scores[b] ? -1 : Number(scores[a] > scores[b]);
            const turned = sign * (byScore || compare(rows[a].one, rows[b].one));
            return turned || compare(rows[a].two, rows[b].two) || a - b;
          });
        const order = new SortOrder(scores, first, last, isDescending).firstRanks(end);
        expect([...order].slice(0, end)).toEqual(expected.slice(0, end));
      }),
      { seed: 1 },
    );
  });

  test("of many that are in order already, or backwards, or all the same", () => {
    const count = 10_000;
    const same = new SortTexts(count);
    for (let index = 0; index < count; index++) same.add(spanOf(""));
    const up = Array.from({ length: count }, (_, index) => index);
    const orderOf = (key: (index: number) => number): number[] => [
      ...new SortOrder(Float64Array.from(up, key), same, null, false).firstRanks(count),
    ];
    expect(orderOf((index) => index)).toEqual(up);
    expect(orderOf((index) => -index)).toEqual([...up].reverse());
    expect(orderOf(() => 1)).toEqual(up);
  });
});

test("texts are kept whatever their length", () => {
  const lengths = [0, 1, 3000, 5000, 64 * 1024, 200_000, 2, 63 * 1024, 1_100_000, 0];
  const texts = lengths.map((length, index) => String.fromCharCode(97 + index).repeat(length));
  const column = textsOf(texts);
  const span = new Span();
  for (const [index, expected] of texts.entries()) {
    column.show(index, span);
    expect(Buffer.from(span.bytes.subarray(span.start, span.start + span.length)).toString()).toBe(expected);
  }
});

test.each([
  ["", 0],
  ["12", 12],
  ["-7", -7],
  ["  1.5", 1.5],
  ["\t\n\v\f\r+2", 2],
  ["0x1p3", 8],
  ["1e308", 1e308],
  ["-inf", Number.NEGATIVE_INFINITY],
  ["9223372036854775807", 2 ** 63],
  ["12\0x", 12],
  ["\0x", 0],
  ["2.2250738585072014e-308", 2 ** -1022],
  ["0e-400", 0],
  ["1e309", Number.NaN],
  ["1e-400", Number.NaN],
  ["1e-310", Number.NaN],
  [" ", Number.NaN],
  [" \0", Number.NaN],
  ["1 ", Number.NaN],
  ["nan", Number.NaN],
  ["1x", Number.NaN],
])("the number of %j is %d", (text, score) => {
  expect(sortScore(spanOf(text))).toBe(score);
});

describe("SORT", () => {
  let server: LocalServer;
  beforeEach(() => {
    server = new LocalServer();
  });

  function call(line: string): Plain {
    return server.call(...line.split(" "));
  }

  test("loses and invents nothing among 100,000 elements", () => {
    for (let batch = 0; batch < 100; batch++) {
      const elements = Array.from({ length: 1000 }, (_, index) => (index * 7919 + batch * 104_729) % 1_000_003);
      server.call("RPUSH", "l", ...elements);
    }
    expect(call("SORT l STORE up")).toBe(100_000);
    expect(call("SORT l DESC STORE down")).toBe(100_000);
    const up = call("LRANGE up 0 -1") as string[];
    expect(up.every((element, index) => index === 0 || Number(up[index - 1]) <= Number(element))).toBe(true);
    expect([...up].sort()).toEqual([...(call("LRANGE l 0 -1") as string[])].sort());
    expect((call("LRANGE down 0 -1") as string[]).map(Number)).toEqual(up.map(Number).reverse());
    expect(call("SORT l LIMIT 500 20")).toEqual(up.slice(500, 520));
    server.check();
  });

  test("leaves nothing of what it needed while it ran", () => {
    call("RPUSH l 1 2 3");
    const { keyspace } = server.server;
    const before = keyspace.usedBytes;
    for (let round = 0; round < 3; round++) call("SORT l BY w_* GET # GET o_*->f");
    expect(keyspace.usedBytes).toBe(before);
    expect(call("SORT l GET # GET # STORE d")).toBe(6);
    call("DEL d");
    expect(keyspace.usedBytes).toBe(before);
  });

  test("deletes keys that have expired when it looks them up, its own destination too", () => {
    call("RPUSH l 3 1 2");
    call("MSET w_1 5 w_2 4 w_3 6");
    call("HSET o_2 f two");
    for (const key of ["w_1", "o_2"]) call(`PEXPIRE ${key} 10`);
    call("SET d old PX 10");
    server.nowMs += 20;
    server.takeEffects();
    expect(call("SORT l BY w_* GET # GET o_*->f STORE d")).toBe(6);
    expect(server.takeEffects().sort()).toEqual(
      ["DEL d", "DEL o_2", "DEL w_1", "EXEC", "MULTI", "SORT l BY w_* GET # GET o_*->f STORE d"].sort(),
    );
    expect(call("LRANGE d 0 -1")).toEqual(["1", "", "2", "", "3", ""]);
    expect(call("TTL d")).toBe(-1);
    server.check();
  });

  test("finds star and arrow in front of a zero byte only", () => {
    call("RPUSH l 2 1");
    server.call("MSET", "a1\0b", "x", "w1", "9", "w2", "3");
    server.call("HSET", "o1", "f\0g", "field");
    expect(server.call("SORT", "l", "BY", "\0*", "GET", "a*\0b", "GET", "#\0", "GET", "o*->f\0g")).toEqual([
      ...[null, "2", null],
      ...["x", "1", "field"],
    ]);
    expect(server.call("SORT", "l", "GET", "o*\0->f")).toEqual([null, null]);
    expect(server.call("SORT", "l", "GET", "o*->\0")).toEqual([null, null]);
  });

  test("gives a large set of equal weights in the order of its texts, whatever the table's", () => {
    const members = Array.from({ length: 600 }, (_, index) => `m${index}`);
    server.call("SADD", "s", ...members);
    expect(call("SORT s BY none_* ALPHA")).toEqual([...members].sort());
    expect(call("SORT s BY none_* ALPHA DESC")).toEqual([...members].sort());
    expect(call("SORT s BY none_*")).toEqual([...members].sort());
    expect(call("SORT s BY none_* DESC")).toEqual([...members].sort().reverse());
    expect((call("SORT s BY nosort LIMIT 590 20") as string[]).length).toBe(10);
  });

  test("leaves a sorted set as it is kept", () => {
    call("ZADD z 1 a 2 b");
    expect(call("SORT z ALPHA DESC")).toEqual(["b", "a"]);
    expect(call("OBJECT ENCODING z")).toBe("listpack");
  });

  test("makes a small list a listpack and a large one a quicklist", () => {
    call("RPUSH l 3 2 1");
    call("SORT l STORE d");
    expect(call("OBJECT ENCODING d")).toBe("listpack");
    server.call("RPUSH", "l", ...Array.from({ length: 5000 }, (_, index) => `1${index}`));
    call("SORT l STORE d");
    expect(call("OBJECT ENCODING d")).toBe("quicklist");
  });

  test("gets values of any length", () => {
    call("RPUSH l 1");
    server.call("SET", "v_1", "v".repeat(3_000_000));
    server.call("HSET", "o_1", "f", "f".repeat(200_000));
    const [string, field] = call("SORT l GET v_* GET o_*->f") as string[];
    expect([string, field]).toEqual(["v".repeat(3_000_000), "f".repeat(200_000)]);
    expect(call("SORT l GET v_* GET o_*->f STORE d")).toBe(2);
    expect(call("LINDEX d 0")).toBe(string);
    call("APPEND v_1 more");
    expect(call("SORT l BY v_* ALPHA GET v_*")).toEqual([`${string}more`]);
  });
});

/** What stream commands do with time, and what Redis 7.0 does otherwise; the rest is compared with it (stream-oracle). */
import { beforeEach, describe, expect, test } from "vitest";
import { LocalServer, START_MS } from "./generic-server.ts";

let server: LocalServer;
const call = (line: string): unknown => server.call(...line.split(" "));
beforeEach(() => {
  server = new LocalServer();
});

describe("ids", () => {
  test("of the moment count on within a millisecond, and when the clock goes back", () => {
    expect(call("XADD s * f v")).toBe(`${START_MS}-0`);
    expect(call("XADD s * f v")).toBe(`${START_MS}-1`);
    server.nowMs += 5;
    expect(call("XADD s * f v")).toBe(`${START_MS + 5}-0`);
    server.nowMs -= 5;
    expect(call("XADD s * f v")).toBe(`${START_MS + 5}-1`);
    expect(call(`XADD s ${START_MS + 5}-* f v`)).toBe(`${START_MS + 5}-2`);
    expect(call(`XADD s ${START_MS + 6}-* f v`)).toBe(`${START_MS + 6}-0`);
  });

  test("are propagated as they were given, and trimming as it was done", () => {
    server.call("CONFIG", "SET", "stream-node-max-entries", 2);
    server.takeEffects();
    call("XADD s * f v");
    call("XADD s 1700000000001-* f v");
    call("XADD s MAXLEN ~ 1 LIMIT 5 * f v");
    call("XADD s NOMKSTREAM MINID ~ 1700000000001 1700000000009-0 f v");
    call("XADD s MINID = 1700000000009 1700000000010 f v");
    call("XTRIM s MAXLEN ~ 0 LIMIT 2");
    call("XTRIM s MAXLEN ~ 5");
    expect(server.takeEffects()).toEqual([
      "XADD s 1700000000000-0 f v",
      "XADD s 1700000000001-0 f v",
      "XADD s MAXLEN = 1 1700000000001-1 f v",
      "XADD s NOMKSTREAM MINID = 1700000000001-1 1700000000009-0 f v",
      "XADD s MINID = 1700000000009 1700000000010 f v",
      "XTRIM s MAXLEN = 0",
    ]);
  });
});

describe("consumers", () => {
  beforeEach(() => {
    call("XGROUP CREATE s g 0 MKSTREAM");
  });

  test("are made by asking, and tell when they last asked and when they last got something", () => {
    const consumers = (): unknown =>
      (call("XINFO CONSUMERS s g") as unknown[][]).map(([, name, , pending, , idle, , inactive]) => [
        ...[name, pending, idle, inactive],
      ]);
    expect(call("XREADGROUP GROUP g alice STREAMS s >")).toBe(null);
    server.nowMs += 100;
    call("XADD s 1-1 f v");
    call("XREADGROUP GROUP g bob STREAMS s >");
    server.nowMs += 50;
    expect(consumers()).toEqual([
      ["alice", 0, 150, -1],
      ["bob", 1, 50, 50],
    ]);
    call("XCLAIM s g carol 1000 1-1");
    call("XAUTOCLAIM s g alice 10 0");
    server.nowMs += 7;
    expect(consumers()).toEqual([
      ["alice", 1, 7, 7],
      ["bob", 0, 57, 57],
      ["carol", 0, 7, -1],
    ]);
    call("XREADGROUP GROUP g alice STREAMS s 0");
    expect(consumers()).toEqual([["alice", 1, 0, 7], ...(consumers() as unknown[]).slice(1)]);
  });

  test("have what was delivered to them so long ago", () => {
    call("XADD s 1-1 f v");
    call("XADD s 2-1 f v");
    call("XREADGROUP GROUP g alice COUNT 1 STREAMS s >");
    server.nowMs += 500;
    call("XREADGROUP GROUP g alice COUNT 1 STREAMS s >");
    server.nowMs += 20;
    expect(call("XPENDING s g IDLE 100 - + 10")).toEqual([["1-1", "alice", 520, 1]]);
    expect(call("XCLAIM s g bob 100 1-1 2-1 JUSTID")).toEqual(["1-1"]);
    expect(call("XCLAIM s g bob 0 2-1 IDLE 300")).toEqual([["2-1", ["f", "v"]]]);
    expect(call("XPENDING s g - + 10")).toEqual([
      ["1-1", "bob", 0, 1],
      ["2-1", "bob", 300, 2],
    ]);
    call(`XCLAIM s g bob 0 2-1 TIME ${server.nowMs + 1000}`);
    expect(call("XPENDING s g 2 2 10")).toEqual([["2-1", "bob", 0, 3]]);
  });

  test("are claimed from in pages", () => {
    for (let ms = 1; ms <= 250; ms++) call(`XADD s ${ms}-0 f v`);
    call("XREADGROUP GROUP g alice STREAMS s >");
    call("XDEL s 3-0");
    const [cursor, ids, deleted] = call("XAUTOCLAIM s g bob 0 0 JUSTID") as [string, string[], string[]];
    expect([cursor, ids.length, deleted]).toEqual(["101-0", 99, ["3-0"]]);
    server.nowMs += 10;
    // Ten times as many are looked at as wanted.
    expect(call("XAUTOCLAIM s g carol 20 0 COUNT 5")).toEqual(["52-0", [], []]);
    expect(call("XAUTOCLAIM s g carol 10 249-0 COUNT 5 JUSTID")).toEqual(["0-0", ["249-0", "250-0"], []]);
    expect(call("XPENDING s g")).toEqual([
      249,
      "1-0",
      "250-0",
      [
        ["alice", "148"],
        ["bob", "99"],
        ["carol", "2"],
      ],
    ]);
    expect(call("XGROUP DELCONSUMER s g bob")).toBe(99);
    expect(call("XPENDING s g")).toEqual([
      150,
      "101-0",
      "250-0",
      [
        ["alice", "148"],
        ["carol", "2"],
      ],
    ]);
    expect(call("XGROUP DESTROY s g")).toBe(1);
    server.call("DEL", "s");
    server.check();
  });
});

test("the last id is not set below a deleted one", () => {
  call("XADD s 5-0 f v");
  call("XADD s 9-0 f v");
  call("XDEL s 9-0");
  const error = "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id";
  expect(call("XSETID s 7-0")).toEqual({ error });
  expect(call("XSETID s 9-0")).toBe("OK");
});

test("keys and ids that do not come out even are told so", () => {
  expect(call("XREAD STREAMS s t 0")).toEqual({
    error: "ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.",
  });
  expect(call("XREADGROUP GROUP g c STREAMS s t >")).toEqual({
    error: "ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.",
  });
});

test("subcommands are described", () => {
  expect((call("XGROUP HELP") as string[])[0]).toMatch(/^XGROUP <subcommand>/);
  expect((call("XINFO HELP") as string[])[0]).toMatch(/^XINFO <subcommand>/);
});

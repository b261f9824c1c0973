/** XREAD and XREADGROUP that wait: who is served by what, and what they are told when there is nothing left to wait for. */
import { beforeEach, describe, expect, test } from "vitest";
import { type Caller, World } from "../engine/blocking-environment.ts";

const NOGROUP = "-NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option";

let world: World;
let me: Caller;
let other: Caller;
beforeEach(async () => {
  world = await World.create();
  me = await world.connect();
  other = await world.connect();
});

function expectNothingLeft(): void {
  const { blocking } = world;
  expect([blocking.count, blocking.keyCount, blocking.deletionKeyCount, blocking.timedCount]).toEqual([0, 0, 0, 0]);
  expect(world.server.keyspace.attention).toBe(0);
  world.server.keyspace.arena.check();
}

describe("XREAD", () => {
  test("waits for the first entry of a stream that is not there", async () => {
    await me.send("XREAD BLOCK 0 STREAMS s $");
    expect(world.blocking.count).toBe(1);
    expect(await other.ask("XADD s 1-1 f v")).toBe('"1-1"');
    expect(await me.next()).toBe('[["s", [["1-1", ["f", "v"]]]]]');
    expectNothingLeft();
  });

  test("means by $ the last id of the moment when it was called", async () => {
    await other.ask("XADD s 1-1 f v");
    await me.send("XREAD BLOCK 0 STREAMS s $");
    await other.send("MULTI", "XADD s 2-1 f v", "XADD s 3-1 f v", "EXEC");
    expect(await me.next()).toBe('[["s", [["2-1", ["f", "v"]], ["3-1", ["f", "v"]]]]]');
    expectNothingLeft();
  });

  test("takes what is there after its id at once, up to COUNT", async () => {
    await other.send("XADD s 1-1 f 1", "XADD s 2-1 f 2", "XADD s 3-1 f 3");
    expect(await me.ask("XREAD COUNT 1 BLOCK 0 STREAMS s 1")).toBe('[["s", [["1-1", ["f", "1"]]]]]');
    expect(await me.ask("XREAD BLOCK 0 STREAMS s 1-1 COUNT 1")).toMatch(/^-ERR Invalid stream ID/);
    expect(await me.ask("XREAD COUNT 5 BLOCK 0 STREAMS s 2-1")).toBe('[["s", [["3-1", ["f", "3"]]]]]');
    expectNothingLeft();
  });

  test("waits for several keys and is served by the one that comes", async () => {
    await other.ask("XADD b 5-1 f v");
    await me.send("XREAD BLOCK 0 STREAMS a b a $ $ 0");
    await other.send("XADD b 5-2 f v");
    expect(await me.next()).toBe('[["b", [["5-2", ["f", "v"]]]]]');
    expectNothingLeft();
  });

  test("gives every one who waits the same entry", async () => {
    const third = await world.connect();
    await me.send("XREAD BLOCK 0 STREAMS s $");
    await third.send("XREAD BLOCK 0 STREAMS s 0");
    await other.send("XADD s 1-1 f v");
    expect(await me.next()).toBe(await third.next());
    expectNothingLeft();
  });

  test("answers with a null when its time is up", async () => {
    await me.send("XREAD BLOCK 500 STREAMS s $");
    expect(await me.received()).toEqual([]);
    await world.simulation.advance(1000);
    expect(await me.received()).toEqual(["*nil"]);
    expectNothingLeft();
  });

  test("does not wait in a transaction, nor without BLOCK", async () => {
    await me.send("MULTI", "XREAD BLOCK 0 STREAMS s $", "EXEC", "XREAD STREAMS s 0");
    expect(await me.received()).toEqual(["+OK", "+QUEUED", "[*nil]", "*nil"]);
    expectNothingLeft();
  });

  test("waits on through deletions, other types and entries that go at once", async () => {
    await other.ask("XADD s 1-1 f v");
    await me.send("XREAD BLOCK 0 STREAMS s $");
    await other.send("DEL s", "SET s x", "DEL s");
    await other.send("MULTI", "XADD s 2-1 f v", "XDEL s 2-1", "EXEC", "XADD s MAXLEN 0 3-1 f v");
    expect(await me.received()).toEqual([]);
    await other.send("XADD s 4-1 f v");
    expect(await me.next()).toBe('[["s", [["4-1", ["f", "v"]]]]]');
    expectNothingLeft();
  });

  test("is told what is wrong with its timeout", async () => {
    expect(await me.ask("XREAD BLOCK -1 STREAMS s $")).toBe("-ERR timeout is negative");
    expect(await me.ask("XREAD BLOCK 1.5 STREAMS s $")).toBe("-ERR timeout is not an integer or out of range");
    expect(await me.ask("XREAD BLOCK 9223372036854775807 STREAMS s $")).toBe("-ERR timeout is out of range");
    expectNothingLeft();
  });

  test("reads the last entry by +, and waits for one where there is none", async () => {
    await other.send("XADD s 1-1 f 1", "XADD s 2-0 f 2", "XADD s 3-1 f 3", "XDEL s 3-1");
    expect(await me.ask("XREAD STREAMS s +")).toBe('[["s", [["2-0", ["f", "2"]]]]]');
    await other.ask("XDEL s 1-1 2-0");
    expect(await me.ask("XREAD STREAMS s +")).toBe("*nil");
    await me.send("XREAD BLOCK 0 STREAMS s none + +");
    await other.send("XADD s 4-1 f 4");
    expect(await me.next()).toBe('[["s", [["4-1", ["f", "4"]]]]]');
    expectNothingLeft();
  });

  test("has a map of streams for RESP3", async () => {
    await me.ask("HELLO 3");
    await me.send("XREAD BLOCK 0 STREAMS s t $ $");
    await other.send("MULTI", "XADD t 1-1 f v", "XADD s 2-2 f v", "EXEC");
    expect(await me.next()).toBe('{"s": [["2-2", ["f", "v"]]], "t": [["1-1", ["f", "v"]]]}');
    expectNothingLeft();
  });
});

describe("XREADGROUP", () => {
  beforeEach(async () => {
    await other.ask("XADD s 1-1 f v");
    await other.ask("XGROUP CREATE s g $");
  });

  test("gives an entry to who came first, and tells which consumers there are", async () => {
    const third = await world.connect();
    await me.send("XREADGROUP GROUP g alice BLOCK 0 STREAMS s >");
    await third.send("XREADGROUP GROUP g bob BLOCK 0 STREAMS s >");
    expect(await other.ask("XPENDING s g")).toBe("[:0, nil, nil, *nil]");
    expect(await other.ask("XINFO CONSUMERS s g")).toMatch(/"alice".*"inactive", :-1.*"bob".*"inactive", :-1/);
    await other.ask("XADD s 2-1 f v");
    expect(await me.next()).toBe('[["s", [["2-1", ["f", "v"]]]]]');
    expect(await third.received()).toEqual([]);
    await other.ask("XADD s 3-1 f v");
    expect(await third.next()).toBe('[["s", [["3-1", ["f", "v"]]]]]');
    expect(await other.ask("XINFO CONSUMERS s g")).toMatch(/"alice".*"inactive", :\d+.*"bob".*"inactive", :\d+/);
    expectNothingLeft();
  });

  test.each([
    ["DEL s", NOGROUP],
    ["UNLINK s", NOGROUP],
    ["FLUSHALL", NOGROUP],
    ["SWAPDB 0 5", NOGROUP],
    ["RENAME s t", NOGROUP],
    ["MOVE s 3", NOGROUP],
    ["PEXPIREAT s 1", NOGROUP],
    ["XGROUP DESTROY s g", NOGROUP],
    ["SET s x", "-WRONGTYPE Operation against a key holding the wrong kind of value"],
  ])("is told when %s ends what it waits for", async (command, error) => {
    await me.send("XREADGROUP GROUP g alice BLOCK 0 STREAMS s >");
    await other.send(command);
    expect(await me.received()).toEqual([error]);
    expectNothingLeft();
  });

  test("is told of a stream that has been put in the place of its own", async () => {
    await me.send("XREADGROUP GROUP g alice BLOCK 0 STREAMS s >");
    await other.send("MULTI", "DEL s", "XADD s 5-1 f v", "EXEC");
    expect(await me.received()).toEqual([NOGROUP]);
    await me.send("XGROUP CREATE s g $");
    await me.next();
    await me.send("XREADGROUP GROUP g alice BLOCK 0 STREAMS s >");
    await other.send("XADD t 9-1 f v", "XGROUP CREATE t g 0", "RENAME t s");
    expect(await me.next()).toBe('[["s", [["9-1", ["f", "v"]]]]]');
    expectNothingLeft();
  });

  test("does not wait for what its consumer has got already", async () => {
    expect(await me.ask("XREADGROUP GROUP g alice BLOCK 0 STREAMS s 0")).toBe('[["s", []]]');
    await other.ask("XGROUP SETID s g 0");
    await me.ask("XREADGROUP GROUP g alice BLOCK 0 STREAMS s >");
    await other.ask("XDEL s 1-1");
    expect(await me.ask("XREADGROUP GROUP g alice BLOCK 0 STREAMS s 0")).toBe('[["s", [["1-1", *nil]]]]');
    expectNothingLeft();
  });

  test("is served when its group is set back", async () => {
    await me.send("XREADGROUP GROUP g alice BLOCK 0 STREAMS s >");
    await other.send("XGROUP SETID s g 0");
    expect(await me.next()).toBe('[["s", [["1-1", ["f", "v"]]]]]');
    expectNothingLeft();
  });

  test("answers with a null when its time is up, and in a transaction", async () => {
    await me.send("XREADGROUP GROUP g alice BLOCK 100 STREAMS s >");
    await world.simulation.advance(1000);
    expect(await me.received()).toEqual(["*nil"]);
    await me.send("MULTI", "XREADGROUP GROUP g alice BLOCK 0 STREAMS s >", "EXEC");
    expect(await me.received()).toEqual(["+OK", "+QUEUED", "[*nil]"]);
    expectNothingLeft();
  });

  test("is propagated entry by entry, when it is served", async () => {
    world.readLog();
    await me.send("XREADGROUP GROUP g alice BLOCK 0 STREAMS s >");
    expect(world.takeEffects()).toEqual(["XGROUP CREATECONSUMER s g alice"]);
    await other.send("XADD s 2-1 f v");
    const [added, ...read] = world.takeEffects().map((line) => line.replace(/TIME \d+/, "TIME now"));
    expect(added).toBe("XADD s 2-1 f v");
    expect(read).toEqual([
      "MULTI",
      "XCLAIM s g alice 0 2-1 TIME now RETRYCOUNT 1 FORCE JUSTID LASTID 2-1",
      "XGROUP SETID s g 2-1 ENTRIESREAD 2",
      "EXEC",
    ]);
    await me.next();
    await me.send("XREADGROUP GROUP g alice BLOCK 0 NOACK STREAMS s >");
    await other.send("XADD s 3-1 f v");
    expect(world.takeEffects()).toEqual(["XADD s 3-1 f v", "XGROUP SETID s g 3-1 ENTRIESREAD 3"]);
  });
});

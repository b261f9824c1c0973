import { beforeEach, describe, expect, test } from "vitest";
import { fieldOf } from "../server/client-environment.ts";
import { type Caller, World } from "./blocking-environment.ts";

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
  const { sessions } = world.server;
  expect([blocking.count, blocking.keyCount, blocking.deletionKeyCount, blocking.timedCount]).toEqual([0, 0, 0, 0]);
  expect(blocking.sizeBytes).toBe(0);
  expect(world.server.keyspace.attention).toBe(0);
  expect([...sessions].some((session) => session.isParked)).toBe(false);
  world.server.keyspace.arena.check();
}

describe("a blocking command", () => {
  test("answers at once when there is something", async () => {
    await me.ask("SET k v");
    expect(await me.ask("TAKE a k 0")).toBe('["k", "v"]');
    expectNothingLeft();
  });

  test("waits until there is", async () => {
    await me.send("TAKE k 0");
    expect(world.blocking.count).toBe(1);
    expect(await other.ask("SET k v")).toBe("+OK");
    expect(await me.next()).toBe('["k", "v"]');
    expect(await other.ask("EXISTS k")).toBe(":0");
    expect(await me.ask("PING")).toBe("+PONG");
    expectNothingLeft();
  });

  test("waits for several keys, the same one twice among them, and takes the first as it names them", async () => {
    await me.send("TAKE a b a b 0");
    expect(world.blocking.keyCount).toBe(2);
    await other.send("MULTI", "SET b 2", "SET a 1", "EXEC");
    expect(await me.next()).toBe('["a", "1"]');
    expect(await other.ask("EXISTS a")).toBe("+OK");
    expectNothingLeft();
  });

  test("does not see what comes and goes within a transaction", async () => {
    await me.send("TAKE k 0");
    await other.send("MULTI", "SET k 1", "DEL k", "EXEC");
    expect(await me.received()).toEqual([]);
    expect(world.blocking.count).toBe(1);
    await other.send("SET k 2");
    expect(await me.received()).toEqual(['["k", "2"]']);
    expectNothingLeft();
  });

  test("sees the end of a transaction only", async () => {
    await me.send("TAKE k 0");
    await other.send("MULTI", "SET k 1", "SET k 2", "EXEC");
    expect(await me.next()).toBe('["k", "2"]');
  });

  test("does not wait in a transaction", async () => {
    await me.send("MULTI", "TAKE k 0", "PING", "EXEC");
    expect(await me.received()).toEqual(["+OK", "+QUEUED", "+QUEUED", "[*nil, +PONG]"]);
    expectNothingLeft();
  });

  test("waits in its own database", async () => {
    await me.ask("SELECT 3");
    await me.send("TAKE k 0");
    await other.send("SET k 0", "SELECT 3", "SET k 3");
    expect(await me.next()).toBe('["k", "3"]');
    expect(await other.ask("EXISTS k")).toBe("+OK");
    expectNothingLeft();
  });

  test("is not woken by a key of another type, and keeps waiting for the right one", async () => {
    await me.send("AWAITLIST k 0");
    await other.send("SET k v", "APPEND k w", "RENAME k l", "RENAME l k");
    expect(await me.received()).toEqual([]);
    expect(world.blocking.count).toBe(1);
    me.wire.destroy();
    await world.simulation.advance(100);
    expectNothingLeft();
  });

  test("has a long key and long arguments of its own", async () => {
    const key = "k".repeat(20_000);
    await me.send(`TAKE ${key} 0`);
    expect(world.blocking.sizeBytes).toBeGreaterThan(40_000);
    await other.send(`SET ${key} v`);
    expect(await me.next()).toContain('"v"');
    expectNothingLeft();
  });
});

describe("a waiter is woken by", () => {
  for (const [name, before, commands, reply] of [
    ["RENAME", "SET x v", ["RENAME x k"], "v"],
    ["RENAMENX", "SET x v", ["RENAMENX x k"], "v"],
    ["COPY", "SET x v", ["COPY x k"], "v"],
    ["MOVE", "SELECT 1", ["SET k v", "MOVE k 0"], "v"],
    ["COPY from another database", "SELECT 1", ["SET k v", "COPY k k DB 0"], "v"],
    ["SWAPDB", "SELECT 1", ["SET k v", "SWAPDB 0 1"], "v"],
    ["SWAPDB the other way", "SELECT 1", ["SET k v", "SWAPDB 1 0"], "v"],
    ["APPEND", "PING", ["APPEND k v"], "v"],
    ["INCR", "PING", ["INCR k"], "1"],
    ["MSET", "PING", ["MSET a 1 k 2"], "2"],
    ["what replaces a key that had expired", "SET k 1 PX 50", ["SET k v"], "v"],
  ] as const) {
    test(name, async () => {
      await other.ask(before);
      await world.simulation.advance(60);
      await me.send("TAKE k 0");
      await other.send(...commands);
      expect(await me.received()).toEqual([`["k", "${reply}"]`]);
      expectNothingLeft();
    });
  }

  test("nothing that only looks", async () => {
    await me.send("TAKE k 0");
    await other.send("GET k", "EXISTS k", "FLUSHALL", "SWAPDB 0 1", "DEL k", "SET l 1", "FLUSHDB");
    expect(await me.received()).toEqual([]);
    expect(world.blocking.count).toBe(1);
  });
});

describe("who waits", () => {
  test("is served in the order of coming, one for each that there is", async () => {
    const waiters: Caller[] = [];
    for (let index = 0; index < 4; index++) {
      const waiter = await world.connect();
      waiters.push(waiter);
      await waiter.send("TAKE k 0");
    }
    for (let index = 0; index < 4; index++) {
      await other.send(`SET k ${index}`);
      const received = await Promise.all(waiters.map((waiter) => waiter.received()));
      expect(received.map((replies) => replies.length)).toEqual(waiters.map((_, at) => (at === index ? 1 : 0)));
      expect(received[index]).toEqual([`["k", "${index}"]`]);
    }
    expectNothingLeft();
  });

  test("is served by one change, by readiness of keys first and then by coming", async () => {
    world.readLog();
    const third = await world.connect();
    await me.send("TAKE b 0");
    await third.send("TAKE a 0");
    await other.send("MULTI", "SET a 1", "SET b 2", "EXEC");
    expect(await me.received()).toEqual(['["b", "2"]']);
    expect(await third.received()).toEqual(['["a", "1"]']);
    expect(world.takeEffects()).toEqual(["MULTI", "SET a 1", "SET b 2", "EXEC", "DEL a", "DEL b"]);
    expectNothingLeft();
  });

  test("wakes others in turn", async () => {
    world.readLog();
    const third = await world.connect();
    await me.send("TAKEMOVE a b 0");
    await third.send("TAKEMOVE b c 0");
    await other.send("SET a v");
    expect(await me.received()).toEqual(["+MOVED"]);
    expect(await third.received()).toEqual(["+MOVED"]);
    expect(world.takeEffects()).toEqual(["SET a v", "TAKEMOVE a b 0", "TAKEMOVE b c 0"]);
    expect((await other.received()).concat(await other.ask("GET c"))).toEqual(["+OK", '"v"']);
    expectNothingLeft();
  });

  test("stays when the key that would wake him has expired: then it goes, after what has brought it", async () => {
    await other.ask("DEBUG SET-ACTIVE-EXPIRE 0");
    await other.ask("SELECT 1");
    await other.ask("SET k v PX 50");
    await me.send("TAKE k 0");
    world.readLog();
    await other.send("SWAPDB 0 1");
    expect(await me.received()).toEqual([]);
    expect(world.takeEffects()).toEqual(["SWAPDB 0 1", "DEL k"]);
    expect(world.blocking.count).toBe(1);
    expect(await other.ask("DEBUG SET-ACTIVE-EXPIRE 1")).toBe("+OK");
  });

  test("may go in a circle", async () => {
    const third = await world.connect();
    await me.send("TAKEMOVE a b 0");
    await third.send("TAKEMOVE b a 0");
    await other.send("SET a v");
    expect(await me.received()).toEqual(["+MOVED"]);
    expect(await third.received()).toEqual(["+MOVED"]);
    await other.received();
    expect(await other.ask("GET a")).toBe('"v"');
    expectNothingLeft();
  });

  test("stays in its place when it is asked in vain", async () => {
    const third = await world.connect();
    await me.send("TAKEIF k 1 1");
    await third.send("TAKEIF k 1 0");
    await other.send("SET k 0", "SET k 2", "INCR k", "SET k 1");
    expect(await me.received()).toEqual(["+TAKEN"]);
    expect(world.blocking.count).toBe(1);
    await me.send("TAKEIF k 1 0");
    await other.send("SET k 1", "SET k 2");
    expect(await me.received()).toEqual([]);
    expect(await third.received()).toEqual(["+TAKEN"]);
    await other.send("INCRBY k -1");
    expect(await me.received()).toEqual(["+TAKEN"]);
    expectNothingLeft();
  });

  test("keeps its timeout when it is asked in vain", async () => {
    const beganMs = world.simulation.nowMs;
    me.wire.send("TAKEIF", "k", "1", "1");
    for (let index = 0; index < 5; index++) await other.send("SET k 0", "DEL k");
    expect(await me.next()).toBe("*nil");
    expect(world.simulation.nowMs - beganMs).toBeLessThan(1050);
    expectNothingLeft();
  });

  test("is served before what its waker sends next", async () => {
    await me.send("TAKE k 0");
    await other.send("SET k 1", "EXISTS k", "SET k 2", "EXISTS k");
    expect(await other.received()).toEqual(["+OK", ":0", "+OK", ":1"]);
    expect(await me.received()).toEqual(['["k", "1"]']);
  });

  test("has its further commands wait, and then executed in order", async () => {
    await me.send("SET a 1", "TAKE k 0", "GET a", "TAKE l 0", "GET b", "PING");
    expect(await me.received()).toEqual(["+OK"]);
    await other.send("SET a 2", "SET k v");
    expect(await me.received()).toEqual(['["k", "v"]', '"2"']);
    await other.send("SET b 3", "SET l w");
    expect(await me.received()).toEqual(['["l", "w"]', '"3"', "+PONG"]);
    expectNothingLeft();
  });

  test("can wake itself through what it has sent behind", async () => {
    const third = await world.connect();
    await me.send("TAKE k 0", "SET m 1");
    await third.send("TAKE m 0");
    await other.send("SET k v");
    expect(await third.received()).toEqual(['["m", "1"]']);
  });

  test("does not hold up a server with much to serve", async () => {
    const waiters: Caller[] = [];
    for (let index = 0; index < 200; index++) waiters.push(await world.connect());
    for (const [index, waiter] of waiters.entries()) waiter.wire.send("TAKE", `k${index}`, "k", "0");
    await world.simulation.advance(500);
    expect(world.blocking.count).toBe(200);
    expect(world.blocking.keyCount).toBe(201);
    const pairs = waiters.map((_, index) => `k${index} ${index}`).join(" ");
    await other.send(`MSET ${pairs}`);
    for (const [index, waiter] of waiters.entries())
      expect(await waiter.received()).toEqual([`["k${index}", "${index}"]`]);
    expectNothingLeft();
  });
});

describe("waiting ends", () => {
  test("at its timeout, to the millisecond", async () => {
    const beganMs = world.simulation.nowMs;
    const reply = me.ask("TAKE k 0.25");
    expect(await reply).toBe("*nil");
    const tookMs = world.simulation.nowMs - beganMs;
    expect(tookMs).toBeGreaterThanOrEqual(250);
    expect(tookMs).toBeLessThan(270);
    expect(await other.ask("SET k v")).toBe("+OK");
    expect(await me.ask("EXISTS k")).toBe(":1");
    expectNothingLeft();
  });

  test("at a timeout of hours", async () => {
    await other.ask("CONFIG SET hz 1");
    await me.send("TAKE k 8000");
    await world.simulation.advance(7_999_000);
    expect(world.blocking.timedCount).toBe(1);
    await world.simulation.advance(2000);
    expect(await me.received()).toEqual(["*nil"]);
    expectNothingLeft();
  });

  test("not at a timeout that was taken back by an answer", async () => {
    await me.send("TAKE k 1");
    await other.send("SET k v");
    await world.simulation.advance(5000);
    expect(await me.received()).toEqual(['["k", "v"]']);
    await me.send("TAKE k 10");
    await world.simulation.advance(5000);
    expect(await me.received()).toEqual([]);
  });

  test("in RESP3 with its null", async () => {
    await me.ask("HELLO 3");
    expect(await me.ask("TAKE k 0.01")).toBe("_");
  });

  test("with its connection, whichever way that ends", async () => {
    const third = await world.connect();
    const id = await third.id();
    await me.send("TAKE k a 0", "PING");
    await third.send("TAKE k b 5");
    me.wire.destroy();
    await world.simulation.advance(100);
    expect(world.blocking.keyCount).toBe(2);
    expect(await other.ask(`CLIENT KILL ID ${id}`)).toBe(":1");
    await world.simulation.advance(100);
    expect(third.wire.isClosed).toBe(true);
    expectNothingLeft();
    expect(await other.ask("SET k v")).toBe("+OK");
    expect(await other.ask("EXISTS k")).toBe(":1");
  });

  test("with a half-closed connection", async () => {
    await me.send("TAKE k 0");
    me.wire.end();
    await world.simulation.advance(100);
    expectNothingLeft();
  });

  test("with its server", async () => {
    await me.send("TAKE k 100");
    await world.simulation.settle(world.server.close());
    await world.simulation.advance(100);
    expect(world.blocking.count).toBe(0);
    expect(world.blocking.timedCount).toBe(0);
  });

  test("by CLIENT UNBLOCK, as by a timeout or with an error", async () => {
    const id = await me.id();
    expect(await other.ask(`CLIENT UNBLOCK ${id}`)).toBe(":0");
    await me.send("TAKE k 0", "PING");
    expect(await other.ask(`CLIENT UNBLOCK ${id}`)).toBe(":1");
    expect(await me.next()).toBe("*nil");
    expect(await me.next()).toBe("+PONG");
    await me.send("TAKE k 9");
    expect(await other.ask(`CLIENT UNBLOCK ${id} timeout`)).toBe(":1");
    expect(await me.next()).toBe("*nil");
    await me.send("TAKE k 9");
    expect(await other.ask(`CLIENT UNBLOCK ${id} ERROR`)).toBe(":1");
    expect(await me.next()).toBe("-UNBLOCKED client unblocked via CLIENT UNBLOCK");
    expect(await other.ask(`CLIENT UNBLOCK ${id} ERROR`)).toBe(":0");
    expect(await other.ask("CLIENT UNBLOCK 12345")).toBe(":0");
    expectNothingLeft();
  });

  test("when a key goes, for who asks for that", async () => {
    await other.ask("SET k v");
    await me.send("GONE k 0");
    expect(world.blocking.deletionKeyCount).toBe(1);
    await other.send("SET l 1", "APPEND k w");
    expect(await me.received()).toEqual([]);
    await other.send("DEL k");
    expect(await me.received()).toEqual(["-GONE after 3"]);
    expectNothingLeft();
  });

  for (const command of ["FLUSHALL", "FLUSHDB", "SWAPDB 0 1", "RENAME k l", "UNLINK k", "MOVE k 1", "PEXPIRE k 30"]) {
    test(`when a key goes by ${command}`, async () => {
      await other.ask("SET k v");
      await me.send("GONE k 0");
      await other.send(command);
      await world.simulation.advance(500);
      expect(await me.received()).toHaveLength(1);
      expectNothingLeft();
    });
  }

  test("when it has a reply of its own for that", async () => {
    await other.ask("SET k v");
    expect(await me.ask("GONE k 0.01")).toBe("nil");
    expectNothingLeft();
  });
});

describe("while a client waits", () => {
  test("it is told so", async () => {
    const id = await me.id();
    await me.send("TAKE a b 7");
    await other.ask("SET g 1");
    const third = await world.connect();
    await third.send("GONE g 0");
    const line = await other.text(`CLIENT LIST ID ${id}`);
    expect(line).toMatch(/ flags=b .* cmd=take /);
    expect(Number(fieldOf(line, "argv-mem"))).toBeGreaterThan(0);
    const info = await other.text("INFO clients");
    expect(info).toContain("blocked_clients:2\r\n");
    expect(info).toContain("clients_in_timeout_table:1\r\n");
    expect(info).toContain("total_blocking_keys:3\r\n");
    expect(info).toContain("total_blocking_keys_on_nokey:1\r\n");
    await other.send("SET a 1", "DEL g");
    await other.received();
    expect(await other.text(`CLIENT LIST ID ${id}`)).toMatch(/ flags=N /);
    expect(await other.text("INFO clients")).toContain("blocked_clients:0\r\n");
  });

  test("its call is not counted yet, and once in the end", async () => {
    const stats = async (): Promise<string | undefined> =>
      /cmdstat_take:(.*)\r\n/.exec(await other.text("INFO commandstats"))?.[1].replace(/usec[^,]*,/g, "");
    await other.ask("CONFIG RESETSTAT");
    const id = await me.id();
    await me.send("TAKE k 0");
    expect(await stats()).toBeUndefined();
    await other.ask("SET k v");
    expect(await stats()).toMatch(/^calls=1,.*failed_calls=0$/);
    await me.received();
    await me.ask("TAKE k 0.01");
    expect(await stats()).toMatch(/^calls=2,.*failed_calls=0$/);
    await me.send("TAKE k 0");
    await other.ask(`CLIENT UNBLOCK ${id} ERROR`);
    expect(await stats()).toMatch(/^calls=3,.*failed_calls=1$/);
    expect(await other.text("INFO errorstats")).toContain("errorstat_UNBLOCKED:count=1\r\n");
  });

  test("it gets messages, and RESP2 ones after its reply", async () => {
    await me.ask("HELLO 3");
    await me.ask("SUBSCRIBE c");
    await me.send("TAKE k 0");
    await other.send("PUBLISH c m", "SET k v");
    expect(await me.received()).toEqual(['>["message", "c", "m"]', '["k", "v"]']);
  });

  test("its replies can be off", async () => {
    await me.send("CLIENT REPLY SKIP", "TAKE k 0", "PING");
    await other.send("SET k v");
    expect(await me.received()).toEqual(["+PONG"]);
    await me.send("CLIENT REPLY OFF", "TAKE k 0.5", "CLIENT REPLY ON");
    await world.simulation.advance(1000);
    expect(await me.received()).toEqual(["+OK"]);
    expectNothingLeft();
  });

  test("a pause holds it back", async () => {
    await me.send("TAKE k 0", "PING");
    await other.send("MULTI", "SET k v", "CLIENT PAUSE 1000 WRITE", "EXEC");
    expect(await me.received()).toEqual([]);
    expect(await other.ask("EXISTS k")).toBe("+OK");
    expect(world.blocking.count).toBe(0);
    await world.simulation.advance(1000);
    expect(await me.received()).toEqual(['["k", "v"]', "+PONG"]);
    expectNothingLeft();
  });

  test("what it sends is kept up to a bound, and no further read", async () => {
    await me.send("TAKE k 0");
    const [session] = [...world.server.sessions];
    const value = "v".repeat(100_000);
    for (let index = 0; index < 100; index++) me.wire.send("SET", `s${index}`, value);
    await world.simulation.advance(2000);
    expect(session.queryBufferBytes).toBeGreaterThan(1024 * 1024);
    expect(session.queryBufferBytes).toBeLessThan(2 * 1024 * 1024);
    await other.send("SET k v");
    await world.simulation.advance(2000);
    expect(await me.received()).toEqual(['["k", "v"]', ...Array.from({ length: 100 }, () => "+OK")]);
    expectNothingLeft();
  });

  test("its query buffer has its limit all the same", async () => {
    await other.ask("CONFIG SET client-query-buffer-limit 1048576");
    await me.send("TAKE k 0");
    me.wire.send("SET", "k", "v".repeat(3_000_000));
    await world.simulation.advance(2000);
    expect(me.wire.isClosed).toBe(true);
    expectNothingLeft();
  });
});

test("the same seed is the same run", async () => {
  const run = async (seed: number): Promise<string> => {
    const again = await World.create(seed);
    const callers: Caller[] = [];
    for (let index = 0; index < 5; index++) callers.push(await again.connect());
    for (const [index, caller] of callers.entries()) caller.wire.send("TAKE", "k", `l${index % 2}`, `0.${index + 1}`);
    const last = await again.connect();
    await again.simulation.advance(150);
    await last.send("SET l1 1", "MSET k 2 l0 3");
    await again.simulation.advance(2000);
    const received = await Promise.all(callers.map((caller) => caller.received()));
    return `${JSON.stringify(received)} ${again.simulation.traceHash}`;
  };
  expect(await run(5)).toBe(await run(5));
});

/** Commands on keys of any type, on a server without sockets whose time stands still until it is moved. */
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { ORIGINS } from "../../src/engine/unit.ts";
import { notifyBits } from "../../src/keyspace/notify-flags.ts";
import { Snapshot } from "../../src/keyspace/snapshot.ts";
import { keySpan, Span } from "../../src/structures/entry.ts";
import { LocalServer, type Plain, START_MS } from "./generic-server.ts";

let local: LocalServer;
const call = (...args: (string | number | Uint8Array)[]): Plain => local.call(...args);

beforeEach(() => {
  local = new LocalServer();
});

describe("expiry", () => {
  test("a key lives through the millisecond of its expiry and is gone in the next", () => {
    call("SET", "k", "v", "PXAT", START_MS + 1000);
    local.nowMs = START_MS + 1000;
    expect(call("PTTL", "k")).toBe(0);
    local.nowMs++;
    expect(call("PTTL", "k")).toBe(-2);
    expect(local.takeEffects().at(-1)).toBe("DEL k");
  });

  test("a command knows the time at which it came, however short ago the one before it ran", () => {
    local.nowMs = START_MS + 0.9;
    call("SET", "k", "v");
    local.nowMs = START_MS + 1;
    call("PEXPIREAT", "k", START_MS + 10_001);
    expect(call("PTTL", "k")).toBe(10_000);
  });

  test("keys that expire of themselves or are come upon are deleted one by one, those of a transaction within it", () => {
    const set = (): void => {
      for (const key of ["a", "b"]) call("SET", key, "v", "PX", 10);
      local.nowMs += 20;
      local.takeEffects();
    };
    const sorted = (): string[] => local.takeEffects().sort();
    set();
    call("SCAN", 0, "COUNT", 100);
    expect(sorted()).toEqual(["DEL a", "DEL b"]);
    set();
    expect(call("RANDOMKEY")).toBe(null);
    expect(sorted()).toEqual(["DEL a", "DEL b"]);
    set();
    call("EXISTS", "a", "b");
    expect(local.takeEffects()).toEqual(["MULTI", "DEL a", "DEL b", "EXEC"]);
    set();
    call("MULTI");
    call("SCAN", 0, "COUNT", 100);
    call("EXEC");
    expect(sorted()).toEqual(["DEL a", "DEL b", "EXEC", "MULTI"]);
    set();
    const { engine, keyspace } = local.server;
    engine.unit.open(local.nowMs, ORIGINS.expire);
    keyspace.expireDue(keyspace.databases[0], 10);
    engine.unit.commit();
    expect(sorted()).toEqual(["DEL a", "DEL b"]);
  });

  test("TTL rounds to the nearest second, EXPIRETIME too", () => {
    call("SET", "k", "v");
    for (const [leftMs, seconds] of [
      [1499, 1],
      [1500, 2],
      [499, 0],
      [500, 1],
    ]) {
      call("PEXPIRE", "k", leftMs);
      expect(call("TTL", "k")).toBe(seconds);
      expect(call("PTTL", "k")).toBe(leftMs);
      expect(call("PEXPIRETIME", "k")).toBe(START_MS + leftMs);
      expect(call("EXPIRETIME", "k")).toBe(START_MS / 1000 + seconds);
    }
  });

  test("is propagated as a point in time with its conditions, and what is past as a deletion", () => {
    call("SET", "k", "v");
    call("EXPIRE", "k", 10);
    call("pexpire", "k", 20_000, "gt");
    call("EXPIREAT", "k", 1_800_000_000, "XX");
    call("PEXPIREAT", "k", 1_900_000_000_000);
    call("EXPIRE", "k", 5, "GT");
    call("EXPIRE", "k", -1);
    call("EXPIRE", "k", 10);
    expect(local.takeEffects()).toEqual([
      "SET k v",
      `PEXPIREAT k ${START_MS + 10_000}`,
      `PEXPIREAT k ${START_MS + 20_000} gt`,
      "PEXPIREAT k 1800000000000 XX",
      "PEXPIREAT k 1900000000000",
      "DEL k",
    ]);
  });

  test("a time beyond the exact integers is kept as the last of them", () => {
    call("SET", "k", "v");
    expect(call("PEXPIREAT", "k", "9223372036854770000")).toBe(1);
    expect(call("PEXPIRETIME", "k")).toBe(Number.MAX_SAFE_INTEGER);
  });

  test("moves and copies take the time along, an overwritten key's own goes", () => {
    call("SET", "a", "1", "PXAT", START_MS + 1000);
    call("SET", "b", "2", "PXAT", START_MS + 2000);
    call("SET", "c", "3");
    call("RENAME", "a", "b");
    expect(call("PEXPIRETIME", "b")).toBe(START_MS + 1000);
    call("COPY", "b", "d");
    expect(call("PEXPIRETIME", "d")).toBe(START_MS + 1000);
    call("RENAME", "c", "b");
    expect(call("PEXPIRETIME", "b")).toBe(-1);
    call("MOVE", "d", 1);
    local.nowMs = START_MS + 1001;
    call("SELECT", 1);
    expect(call("EXISTS", "d")).toBe(0);
    local.check();
  });

  test("keys that have expired are absent to every command, and their deletion comes first", () => {
    for (const key of ["a", "b", "c", "d", "e", "f"]) call("SET", key, "v", "PXAT", START_MS + 1);
    call("SET", "x", "v");
    local.nowMs = START_MS + 2;
    local.takeEffects();
    expect(call("RENAMENX", "x", "a")).toBe(1);
    expect(call("COPY", "a", "b")).toBe(1);
    expect(call("RENAME", "c", "z")).toEqual({ error: "ERR no such key" });
    expect(call("MOVE", "d", 1)).toBe(0);
    expect(call("DEL", "e")).toBe(0);
    expect(call("PERSIST", "f")).toBe(0);
    expect(local.takeEffects()).toEqual([
      ...["MULTI", "DEL a", "RENAMENX x a", "EXEC"],
      ...["MULTI", "DEL b", "COPY a b", "EXEC"],
      ...["DEL c", "DEL d", "DEL e", "DEL f"],
    ]);
  });
});

describe("two grips are one", () => {
  test("renaming a key to itself changes nothing and says so", () => {
    call("SET", "k", "v", "PXAT", START_MS + 1000);
    local.takeEffects();
    expect(call("RENAME", "k", "k")).toBe("OK");
    expect(call("RENAMENX", "k", "k")).toBe(0);
    expect(call("COPY", "k", "k", "REPLACE")).toEqual({ error: "ERR source and destination objects are the same" });
    expect(call("MOVE", "k", 0)).toEqual({ error: "ERR source and destination objects are the same" });
    expect(call("PEXPIRETIME", "k")).toBe(START_MS + 1000);
    expect(local.takeEffects()).toEqual([]);
  });
});

describe("values change hands", () => {
  const sizes = [0, 10, 44, 45, 300, 5000, 20_000, 3_000_000];

  test.each(sizes)("%i bytes are renamed, moved and copied, and nothing is leaked", (size) => {
    const before = local.server.keyspace.usedBytes;
    const value = "v".repeat(size);
    call("SET", "short", value);
    const one = local.server.keyspace.usedBytes - before;
    call("RENAME", "short", "k".repeat(9000));
    call("COPY", "k".repeat(9000), "copy");
    call("MOVE", "k".repeat(9000), 3);
    call("SELECT", 3);
    expect(call("GET", "k".repeat(9000))).toBe(value);
    call("RENAME", "k".repeat(9000), "short");
    call("MOVE", "short", 0);
    call("SELECT", 0);
    call("SET", "copy", "x");
    call("RENAME", "copy", "other");
    call("DEL", "other");
    expect(call("GET", "short")).toBe(value);
    while (local.server.keyspace.lazyFree.step());
    expect(local.server.keyspace.usedBytes - before).toBeLessThanOrEqual(one + 64);
    call("DEL", "short");
    for (const database of local.server.keyspace.databases) expect(database.entryBytes).toBe(0);
    local.check();
  });

  test("a value in a block of its own is not copied by RENAME and MOVE", () => {
    call("SET", "big", "v".repeat(1_000_000));
    const allocated: number[] = [];
    const { arena } = local.server.keyspace;
    const { allocate } = arena;
    arena.allocate = (bytes: number): number => {
      allocated.push(bytes);
      return allocate.call(arena, bytes);
    };
    call("RENAME", "big", "bigger");
    call("MOVE", "bigger", 1);
    arena.allocate = allocate;
    expect(Math.max(...allocated)).toBeLessThan(1000);
  });

  test("what a running snapshot has yet to write is written as it was", () => {
    const values = ["1", "text", "v".repeat(100_000), "v".repeat(3_000_000)];
    const { keyspace } = local.server;
    values.forEach((value, index) => {
      call("SET", `k${index}`, value);
      call("SET", `m${index}`, value);
      call("SET", `c${index}`, value);
    });
    const expected = new Set(values.flatMap((_, index) => [`0 k${index}`, `0 m${index}`, `0 c${index}`]));
    const written = new Set<string>();
    const span = new Span();
    const snapshot = new Snapshot(keyspace, {
      entry: (database, entry) => {
        keySpan(keyspace.arena, entry, span);
        const { bytes, start, length } = span;
        written.add(`${database} ${Buffer.from(bytes.subarray(start, start + length)).toString()}`);
      },
      part() {},
    });
    values.forEach((_, index) => {
      call("RENAME", `k${index}`, `renamed${index}`);
      call("MOVE", `m${index}`, 2);
      call("COPY", `c${index}`, `copy${index}`);
    });
    call("SWAPDB", 0, 2);
    while (snapshot.step(2));
    expect(written).toEqual(expected);
    call("SELECT", 2);
    values.forEach((value, index) => {
      expect(call("GET", `renamed${index}`)).toBe(value);
      expect(call("GET", `copy${index}`)).toBe(value);
    });
    local.check();
  });
});

describe("databases", () => {
  test("SWAPDB exchanges keys for everybody and keeps selections", () => {
    const other = local.connect();
    other.call("SELECT", 5);
    call("SET", "k", "zero");
    other.call("SET", "k", "five", "PXAT", START_MS + 1000);
    local.takeEffects();
    expect(call("SWAPDB", 0, 5)).toBe("OK");
    expect(call("GET", "k")).toBe("five");
    expect(other.call("GET", "k")).toBe("zero");
    expect(call("PEXPIRETIME", "k")).toBe(START_MS + 1000);
    call("SET", "k", "new");
    expect(local.effects).toEqual(["SELECT 0", "SWAPDB 0 5", "SET k new"]);
    local.check();
  });

  test("a transaction sees that its keys were renamed, exchanged or moved", () => {
    const watcher = local.connect();
    const breaks = (...change: (string | number)[]): boolean => {
      watcher.call("WATCH", "w");
      call(...change);
      watcher.call("MULTI");
      watcher.call("PING");
      return watcher.call("EXEC") === null;
    };
    call("SET", "a", "1");
    expect(breaks("SWAPDB", 1, 2)).toBe(false);
    expect(breaks("RENAME", "a", "w")).toBe(true);
    expect(breaks("COPY", "w", "a")).toBe(false);
    expect(breaks("COPY", "a", "w")).toBe(false);
    expect(breaks("COPY", "a", "w", "REPLACE")).toBe(true);
    expect(breaks("SWAPDB", 0, 1)).toBe(true);
    expect(breaks("SWAPDB", 0, 1)).toBe(true);
    expect(breaks("MOVE", "w", 1)).toBe(true);
    expect(breaks("EXPIRE", "w", 10)).toBe(false);
    call("SET", "w", "1");
    expect(breaks("EXPIRE", "w", 10)).toBe(true);
    expect(breaks("PERSIST", "w")).toBe(true);
    expect(breaks("UNLINK", "w")).toBe(true);
    expect(breaks("FLUSHALL")).toBe(false);
  });

  test("a watched key that has expired is no key to SWAPDB and FLUSHALL", () => {
    const succeeds = (databaseIndex: number, between: () => void): boolean => {
      const watcher = local.connect();
      watcher.call("SELECT", databaseIndex);
      watcher.call("WATCH", "k");
      between();
      watcher.call("MULTI");
      watcher.call("PING");
      return watcher.call("EXEC") !== null;
    };
    const passes = (databaseIndex: number): void => {
      call("SELECT", databaseIndex);
      call("SET", "k", "v", "PX", 10);
      local.nowMs += 20;
    };
    const swap = (): void => void call("SWAPDB", 0, 1);
    passes(0);
    expect(succeeds(0, swap)).toBe(true);
    passes(0);
    expect(succeeds(1, swap)).toBe(true);
    passes(0);
    passes(1);
    expect(succeeds(1, swap)).toBe(true);
    // One that was there when it was watched has gone since.
    const goes = (then: () => void) => (): void => {
      local.nowMs += 20;
      then();
    };
    for (const then of [swap, () => void call("FLUSHALL")]) {
      call("SELECT", 0);
      call("SET", "k", "v", "PX", 10);
      expect(succeeds(0, goes(then))).toBe(false);
    }
    local.check();
  });

  test("FLUSHALL and FLUSHDB are propagated even when there is nothing to flush", () => {
    call("FLUSHDB", "ASYNC");
    call("FLUSHALL");
    expect(local.takeEffects()).toEqual(["FLUSHDB ASYNC", "FLUSHALL"]);
  });
});

describe("events", () => {
  test("in Redis's order, with the database of the key", () => {
    local.listen(notifyBits("AKEmn"));
    call("SET", "a", "1");
    call("RENAME", "a", "b");
    call("COPY", "b", "c");
    call("MOVE", "b", 2);
    call("EXPIRE", "c", 100);
    call("PERSIST", "c");
    call("EXPIRE", "c", -1);
    call("UNLINK", "c");
    expect(local.takeEvents()).toEqual([
      ...["new a", "set a"],
      ...["new b", "rename_from a", "rename_to b"],
      ...["new c", "copy_to c"],
      ...["2:new b", "move_from b", "2:move_to b"],
      ...["expire c", "persist c", "del c"],
    ]);
  });

  test("misses are told of reads, not of writes, and never of OBJECT", () => {
    local.listen(notifyBits("m"));
    for (const command of ["GET", "TTL", "PEXPIRETIME", "TYPE", "EXISTS", "TOUCH"]) call(command, "none");
    for (const command of ["DEL", "UNLINK", "PERSIST"]) call(command, "none");
    for (const sub of ["ENCODING", "REFCOUNT", "IDLETIME", "FREQ"]) call("OBJECT", sub, "none");
    call("EXPIRE", "none", 1);
    call("RENAME", "none", "other");
    call("COPY", "none", "other");
    call("DEBUG", "OBJECT", "none");
    expect(local.takeEvents()).toEqual(new Array(7).fill("keymiss none"));
  });

  test("hits and misses are counted by everything that reads", () => {
    const { stats } = local.server.keyspace;
    call("SET", "k", "v");
    for (const key of ["k", "none"]) {
      for (const command of ["GET", "TTL", "TYPE", "EXISTS", "TOUCH"]) call(command, key);
      call("OBJECT", "ENCODING", key);
      call("DEL", `${key}2`);
    }
    expect([stats.hits, stats.misses]).toEqual([6, 6]);
  });
});

describe("access", () => {
  test("IDLETIME counts seconds since the last use; looking at a key is none", () => {
    call("SET", "k", "v");
    call("SET", "long", "v".repeat(50));
    local.nowMs += 10_000;
    for (const command of ["TTL", "TYPE", "EXISTS"]) call(command, "k");
    expect(call("OBJECT", "IDLETIME", "k")).toBe(10);
    call("GET", "k");
    expect(call("OBJECT", "IDLETIME", "k")).toBe(0);
    call("RENAME", "long", "longer");
    call("COPY", "longer", "copy");
    local.nowMs += 5000;
    expect(call("OBJECT", "IDLETIME", "longer")).toBe(5);
    expect(call("OBJECT", "IDLETIME", "copy")).toBe(5);
    call("TOUCH", "longer");
    expect(call("OBJECT", "IDLETIME", "longer")).toBe(0);
    expect(call("OBJECT", "FREQ", "k")).toHaveProperty("error", expect.stringMatching(/^ERR An LFU .* not selected/));
  });

  test("a client that does not touch leaves no trace but by TOUCH", () => {
    call("SET", "k", "v");
    local.nowMs += 10_000;
    local.server.keyspace.touches = false;
    call("GET", "k");
    call("EXPIRE", "k", 100);
    expect(call("OBJECT", "IDLETIME", "k")).toBe(10);
    call("TOUCH", "k");
    expect(call("OBJECT", "IDLETIME", "k")).toBe(0);
    expect(local.server.keyspace.touches).toBe(false);
  });

  test("under LFU a key begins at 5, rises with use, falls with the minutes and keeps its count when renamed", () => {
    const { keyspace } = local.server;
    keyspace.lfu = true;
    keyspace.lfuSettings.logFactor = 0;
    call("SET", "k", "v");
    expect(call("OBJECT", "FREQ", "k")).toBe(5);
    for (let use = 0; use < 20; use++) call("GET", "k");
    expect(call("OBJECT", "FREQ", "k")).toBe(25);
    call("SET", "k", "overwritten");
    expect(call("OBJECT", "FREQ", "k")).toBe(26);
    call("RENAME", "k", "r");
    expect(call("OBJECT", "FREQ", "r")).toBe(27);
    call("COPY", "r", "c");
    expect(call("OBJECT", "FREQ", "c")).toBe(5);
    local.nowMs += 3 * 60_000;
    expect(call("OBJECT", "FREQ", "r")).toBe(25);
    keyspace.lfuSettings.decayMinutes = 0;
    expect(call("OBJECT", "FREQ", "r")).toBe(28);
    expect(call("OBJECT", "IDLETIME", "r")).toHaveProperty(
      "error",
      expect.stringMatching(/^ERR An LFU .* is selected/),
    );
  });

  test("REFCOUNT tells of shared integers only where Redis would share them", () => {
    call("SET", "small", 9999);
    call("SET", "large", 10_000);
    call("SET", "negative", -1);
    call("SET", "text", "0001");
    const counts = (): Plain[] => ["small", "large", "negative", "text"].map((key) => call("OBJECT", "REFCOUNT", key));
    expect(counts()).toEqual([2147483647, 1, 1, 1]);
    call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    expect(counts()[0]).toBe(2147483647);
    call("CONFIG", "SET", "maxmemory", "1gb");
    expect(counts()).toEqual([1, 1, 1, 1]);
    call("CONFIG", "SET", "maxmemory-policy", "volatile-ttl");
    expect(counts()[0]).toBe(2147483647);
  });
});

describe("KEYS, SCAN and RANDOMKEY", () => {
  test("KEYS gives what matches and has not expired, a literal pattern at once", () => {
    for (let index = 0; index < 3000; index++) call("SET", `key:${index}`, "v");
    call("SET", "expired", "v", "PXAT", START_MS);
    local.nowMs++;
    expect((call("KEYS", "*") as Plain[]).length).toBe(3000);
    expect((call("KEYS", "key:1??") as Plain[]).length).toBe(100);
    expect(call("KEYS", "key:1234")).toEqual(["key:1234"]);
    expect(call("KEYS", "key:9999")).toEqual([]);
    expect(call("KEYS", "expire[d]")).toEqual([]);
    expect(call("KEYS", "expired")).toEqual([]);
  });

  test("SCAN deletes what has expired where it passes, and only what matches", () => {
    call("SET", "stays", "v");
    for (let index = 0; index < 200; index++) call("SET", `gone:${index}`, "v", "PXAT", START_MS);
    for (let index = 0; index < 10; index++) call("SET", `other:${index}`, "v", "PXAT", START_MS);
    local.nowMs++;
    local.takeEffects();
    const found: Plain[] = [];
    let cursor = "0";
    do {
      const [next, page] = call("SCAN", cursor, "MATCH", "[gs]*") as [string, Plain[]];
      found.push(...page);
      cursor = next;
    } while (cursor !== "0");
    expect(found).toEqual(["stays"]);
    expect(call("DBSIZE")).toBe(11);
    expect(local.takeEffects().filter((effect) => effect.startsWith("DEL gone:"))).toHaveLength(200);
    local.check();
  });

  test("SCAN returns what is there throughout, whatever else comes and goes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.boolean(), (count, grows) => {
        const server = new LocalServer();
        for (let index = 0; index < 300; index++) server.call("SET", `fixed:${index}`, index);
        for (let index = 0; index < 2000 && !grows; index++) server.call("SET", `moving:${index}`, index);
        const found = new Set<Plain>();
        let cursor = "0";
        // The table grows or shrinks by a factor of seven while it is scanned.
        let changes = 0;
        do {
          const [next, page] = server.call("SCAN", cursor, "COUNT", count) as [string, Plain[]];
          for (const key of page) found.add(key);
          for (const stop = Math.min(2000, changes + 100); changes < stop; changes++) {
            if (grows) server.call("SET", `moving:${changes}`, "v");
            else server.call("DEL", `moving:${changes}`);
          }
          cursor = next;
        } while (cursor !== "0");
        for (let index = 0; index < 300; index++) expect(found.has(`fixed:${index}`)).toBe(true);
      }),
      { numRuns: 12, seed: 7 },
    );
  });

  test("RANDOMKEY gives every key sooner or later, and none that has expired", () => {
    for (const key of ["a", "b", "c"]) call("SET", key, "v");
    for (let index = 0; index < 50; index++) call("SET", `gone:${index}`, "v", "PXAT", START_MS);
    local.nowMs++;
    const seen = new Set<Plain>();
    for (let draw = 0; draw < 200; draw++) seen.add(call("RANDOMKEY"));
    expect([...seen].sort()).toEqual(["a", "b", "c"]);
  });
});

test("keys may hold any byte and be of any length", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 }), (one, other) => {
      fc.pre(Buffer.compare(one, other) !== 0);
      const server = new LocalServer();
      server.call("SET", one, other);
      expect(server.call("RENAME", one, other)).toBe("OK");
      expect(server.call("EXISTS", one, other)).toBe(1);
      expect(server.call("GET", other)).toBe(Buffer.from(other).toString("latin1"));
      expect(server.call("COPY", other, one)).toBe(1);
      expect(server.call("UNLINK", one, other)).toBe(2);
      server.check();
    }),
    { numRuns: 50, seed: 3 },
  );
});

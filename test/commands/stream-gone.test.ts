/** XGROUP DELCONSUMER of a consumer that owns much: nobody sees what is left to be removed, and no turn is long. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { REMOVED_AT_ONCE_MAX } from "../../src/keyspace/stream-gone.ts";
import { IdTree } from "../../src/structures/stream-tree.ts";
import { LocalServer, type Plain } from "./generic-server.ts";
import { StreamCalls } from "./stream-calls.ts";

const KEYS = ["a", "b", "s".repeat(200), "copy", "moved"];

describe("what is left behind", () => {
  test.each([1, 2, 3])("is not to be seen, whatever is done meanwhile (seed %i)", (seed) => {
    const [atOnce, later] = [new LocalServer(), new LocalServer()];
    atOnce.server.keyspace.structures.streams.gone.removedAtOnceMax = Number.POSITIVE_INFINITY;
    later.server.keyspace.structures.streams.gone.removedAtOnceMax = 0;
    const random = new Prng(seed, 5);
    const calls = new StreamCalls(random);
    const both = (...call: (string | number | Uint8Array)[]): void => {
      expect([call, later.call(...call)]).toEqual([call, atOnce.call(...call)]);
      expect(later.takeEffects()).toEqual(atOnce.takeEffects());
    };
    const pick = (from: readonly string[]): string => from[random.below(from.length)];
    let gone = 0;
    for (let count = 0; count < 2000; count++) {
      both(...calls.next());
      const kind = random.below(60);
      if (kind < 2) both("XGROUP", "DELCONSUMER", pick(KEYS), pick(["g", "h"]), pick(["alice", "bob"]));
      else if (kind < 6) both("XREADGROUP", "GROUP", "g", pick(["alice", "bob", "carol"]), "STREAMS", pick(KEYS), ">");
      else if (kind === 6) both("RENAME", pick(KEYS), pick(KEYS));
      else if (kind === 7) both("PEXPIRE", pick(KEYS), 1_000_000);
      else if (kind === 8) both("XPENDING", pick(KEYS), "g");
      else if (kind === 9) both("DUMP", pick(KEYS));
      else if (kind < 12) later.server.keyspace.streamSweep.discard(1 + random.below(3));
      if (kind === 12 && random.below(4) === 0) both("DEBUG", "RELOAD");
      if (kind === 13 && random.below(4) === 0) both("SWAPDB", 0, 1);
      gone += countGone(later);
    }
    expect(gone).toBeGreaterThan(50);
    later.check();
    while (later.server.keyspace.lazyFree.step());
    while (atOnce.server.keyspace.lazyFree.step());
    expect(countGone(later)).toBe(0);
    for (const key of KEYS) both("XINFO", "STREAM", key, "FULL", "COUNT", 0);
    for (const server of [later, atOnce]) {
      server.call("FLUSHALL");
      while (server.server.keyspace.lazyFree.step());
      server.check();
    }
  });

  /** Keys whose streams have something left to be removed, and are still found by the calls above. */
  function countGone(server: LocalServer): number {
    const { streams } = server.server.keyspace.structures;
    let count = 0;
    const database = server.server.keyspace.databases[0];
    for (const key of KEYS) {
      const bytes = new TextEncoder().encode(key);
      const entry = database.table.find(bytes, 0, bytes.length);
      if (entry !== 0 && server.call("TYPE", key) === "stream" && streams.open(entry).gone.isAny) count++;
    }
    return count;
  }
});

describe("the steps of a command", () => {
  const CONSUMERS = 4;
  const EACH = 5000;
  const STEPS_MAX = 2000;
  const methods = ["find", "first", "insert", "last", "next", "previous", "remove", "seek"] as const;
  let server: LocalServer;
  let steps = 0;

  const call = (line: string): Plain => server.call(...line.split(" "));
  /** Calls, and counts what it does with trees of ids. */
  const counted = (line: string): Plain => {
    const spies = methods.map((method) => vi.spyOn(IdTree.prototype, method));
    const reply = call(line);
    steps = spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
    for (const spy of spies) spy.mockRestore();
    expect(steps).toBeLessThan(STEPS_MAX);
    return reply;
  };

  beforeEach(() => {
    expect(EACH).toBeGreaterThan(REMOVED_AT_ONCE_MAX);
    server = new LocalServer();
    call("XGROUP CREATE s g 0 MKSTREAM");
    for (let ms = 1; ms <= CONSUMERS * EACH; ms++) call(`XADD s ${ms} f v`);
    for (let index = 0; index < CONSUMERS; index++) call(`XREADGROUP GROUP g c${index} COUNT ${EACH} STREAMS s >`);
  });

  afterEach(() => {
    while (server.server.keyspace.lazyFree.step());
    server.call("FLUSHALL");
    while (server.server.keyspace.lazyFree.step());
    server.check();
  });

  test("are few when a consumer of many is deleted, and of whoever looks afterwards", () => {
    expect(counted("XGROUP DELCONSUMER s g c0")).toBe(EACH);
    expect(counted("XGROUP DELCONSUMER s g c1")).toBe(EACH);
    const first = 2 * EACH + 1;
    const last = CONSUMERS * EACH;
    const owned = [
      ["c2", String(EACH)],
      ["c3", String(EACH)],
    ];
    expect(counted("XPENDING s g")).toEqual([2 * EACH, `${first}-0`, `${last}-0`, owned]);
    expect(counted("XPENDING s g - + 2")).toEqual([
      [`${first}-0`, "c2", 0, 1],
      [`${first + 1}-0`, "c2", 0, 1],
    ]);
    expect(counted("XPENDING s g 5 9 10")).toEqual([]);
    expect(counted("XAUTOCLAIM s g c3 0 0 COUNT 2 JUSTID")).toEqual([
      `${first + 2}-0`,
      [`${first}-0`, `${first + 1}-0`],
      [],
    ]);
    expect(counted("XACK s g 1 5000 10000 10003")).toBe(1);
    expect(counted("XCLAIM s g c3 0 17 JUSTID")).toEqual([]);
    expect(counted("XCLAIM s g c3 0 17 FORCE JUSTID")).toEqual(["17-0"]);
    expect(counted("XPENDING s g - + 2")).toEqual([
      ["17-0", "c3", 0, 1],
      [`${first}-0`, "c3", 0, 1],
    ]);
    // One of the same name is another.
    expect(counted("XGROUP CREATECONSUMER s g c0")).toBe(1);
    expect(counted("XREADGROUP GROUP g c0 STREAMS s 0")).toEqual([["s", []]]);
    expect(counted("XINFO CONSUMERS s g")).toHaveLength(3);
    expect(counted("XGROUP DELCONSUMER s g c0")).toBe(0);
  });

  test("and of each slice", () => {
    const { keyspace } = server.server;
    counted("XGROUP DELCONSUMER s g c1");
    const before = keyspace.usedBytes;
    let slices = 0;
    for (let isMore = true; isMore; slices++) {
      const removals = vi.spyOn(IdTree.prototype, "remove");
      isMore = keyspace.lazyFree.step();
      expect(removals.mock.calls.length).toBeLessThan(300);
      removals.mockRestore();
    }
    expect(slices).toBeGreaterThan(EACH / 256);
    expect(keyspace.usedBytes).toBeLessThan(before - EACH * 50);
    expect(call("XPENDING s g")).toEqual([3 * EACH, "1-0", `${4 * EACH}-0`, expect.anything()]);
  });

  test("where one consumer has all that is left, nothing is left to slices but the freeing", () => {
    for (const consumer of ["c3", "c1", "c0"]) expect(counted(`XGROUP DELCONSUMER s g ${consumer}`)).toBe(EACH);
    expect(counted("XPENDING s g - + 1")).toEqual([[`${2 * EACH + 1}-0`, "c2", 0, 1]]);
    expect(counted("XGROUP DELCONSUMER s g c2")).toBe(EACH);
    expect(counted("XPENDING s g")).toEqual([0, null, null, null]);
    expect(counted("XPENDING s g - + 10")).toEqual([]);
  });

  test("a group, and a key, may go with what is left of consumers", () => {
    counted("XGROUP DELCONSUMER s g c0");
    expect(counted("XGROUP DESTROY s g")).toBe(1);
    call("XGROUP CREATE s g 0");
    for (let index = 0; index < 2; index++) call(`XREADGROUP GROUP g c${index} COUNT ${EACH} STREAMS s >`);
    counted("XGROUP DELCONSUMER s g c0");
    expect(counted("DEL s")).toBe(1);
  });
});

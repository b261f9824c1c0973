/** Long elements, which replies point to instead of copying them: they have to stay as they were when they were read. */
import { beforeEach, expect, test } from "vitest";
import { LocalServer, type Plain } from "./generic-server.ts";

const LONG = "x".repeat(100_000);
const LONGER = "y".repeat(300_000);

let server: LocalServer;
beforeEach(() => {
  server = new LocalServer();
});

/** What a transaction replies: all of it leaves together, after the last command. */
function transaction(...calls: (string | number)[][]): Plain {
  server.call("MULTI");
  for (const call of calls) expect(server.call(...call)).toBe("QUEUED");
  return server.call("EXEC");
}

test.each([-5, -2, 4])("an element is changed, moved and deleted after it was read (fill %i)", (fill) => {
  server.call("CONFIG", "SET", "list-max-listpack-size", fill);
  const { keyspace } = server.server;
  const before = keyspace.usedBytes;
  server.call("RPUSH", "l", "a", LONG, "b", LONGER);
  expect(
    transaction(
      ["LINDEX", "l", 1],
      ["LRANGE", "l", 0, -1],
      ["LSET", "l", 1, LONGER],
      ["LINSERT", "l", "BEFORE", "b", LONG],
      ["LRANGE", "l", 1, 3],
      ["RPOP", "l"],
      ["LMOVE", "l", "m", "RIGHT", "LEFT"],
      ["LMOVE", "l", "m", "RIGHT", "LEFT"],
      ["RPUSH", "m", "c"],
      ["LPOP", "m", 2],
      ["DEL", "l", "m"],
    ),
  ).toEqual([LONG, ["a", LONG, "b", LONGER], "OK", 5, [LONGER, LONG, "b"], LONGER, "b", LONG, 3, [LONG, "b"], 2]);
  while (keyspace.lazyFree.step());
  expect(keyspace.usedBytes).toBe(before);
  server.check();
});

test("more replies than can point to one block", () => {
  server.call("RPUSH", "l", LONG, "a");
  const calls = Array.from({ length: 300 }, () => ["LINDEX", "l", 0]);
  expect(transaction(...calls, ["LPOP", "l"], ["LPUSH", "l", "new"], ["LRANGE", "l", 0, -1])).toEqual([
    ...Array.from({ length: 300 }, () => LONG),
    ...[LONG, 2, ["new", "a"]],
  ]);
  server.check();
});

test("compressed ones in the middle are copied", () => {
  server.call("CONFIG", "SET", "list-compress-depth", 1);
  server.call("RPUSH", "l", LONG, LONGER, LONG, LONG);
  expect(transaction(["LRANGE", "l", 0, -1], ["LINDEX", "l", 2], ["LPOP", "l"])).toEqual([
    [LONG, LONGER, LONG, LONG],
    ...[LONG, LONG],
  ]);
  server.check();
});

test.each([
  [["LTRIM", "l", -5, -1]],
  [["LTRIM", "l", 1, 5]],
  [["LTRIM", "l", 1_000, 1_050]],
  [["LTRIM", "l", 1, 0]],
  [["LPOP", "l", 2_450]],
])("%j of a list of many nodes frees the most of them later", (call) => {
  const { keyspace } = server.server;
  const before = keyspace.usedBytes;
  const elements = Array.from({ length: 100 }, () => "z".repeat(3_000));
  for (let batch = 0; batch < 25; batch++) server.call("RPUSH", "l", ...elements);
  for (const element of "abcde") server.call("RPUSH", "l", element);
  const { usedBytes } = keyspace.arena;
  server.call(...call);
  const left = server.call("LRANGE", "l", 0, -1);
  // Their key has them no longer, but they are there.
  expect(keyspace.usedBytes).toBeLessThan(before + 300_000);
  expect(usedBytes - keyspace.arena.usedBytes).toBeLessThan(5_000_000);
  expect(keyspace.lazyFree.pendingBytes).toBeGreaterThan(3_000_000);
  while (keyspace.lazyFree.step());
  server.check();
  expect(keyspace.lazyFree.pendingBytes).toBe(0);
  expect(server.call("LRANGE", "l", 0, -1)).toEqual(left);
  server.call("DEL", "l");
  while (keyspace.lazyFree.step());
  expect(keyspace.usedBytes).toBe(before);
  expect(keyspace.arena.usedBytes).toBeLessThan(before + 100_000);
});

/** SYNC with its slices taken by hand: who comes, and who goes, in the midst of a snapshot. */
import { expect, test } from "vitest";
import { LocalServer } from "../commands/generic-server.ts";
import { listen } from "./local-replica.ts";
import { rdbCommands, type SyncBytes } from "./sync-bytes.ts";

/** Some forty slices. */
const KEYS = 2000;

function filled(): LocalServer {
  const local = new LocalServer();
  local.call("DEBUG", "POPULATE", KEYS, "key", 100);
  local.call("SET", "long", "l".repeat(200_000));
  return local;
}

/** @returns the client's state and what it is sent. */
function follow(local: LocalServer): { leave: () => void; sent: SyncBytes } {
  const { rawSync } = local.server;
  const client = local.connect();
  const sent = listen(local, client);
  rawSync.start(client.state);
  return { sent, leave: () => rawSync.forget(client.state) };
}

function step(local: LocalServer, slices: number): void {
  for (let left = slices; left > 0; left--) local.server.rawSync.step(0);
}

/** Keys of an RDB, without the line that selects the database. */
function keyCount(sent: SyncBytes): number {
  return rdbCommands(sent.rdb as Buffer).length - 1;
}

test("who comes while a snapshot runs shares the next one", () => {
  const local = filled();
  const { rawSync, keyspace } = local.server;
  const first = follow(local);
  step(local, 10);
  const { snapshot } = keyspace;
  expect(snapshot).not.toBe(null);
  const [one, other] = [follow(local), follow(local)];
  expect(keyspace.snapshot).toBe(snapshot);
  expect(rawSync.overview().map(({ state }) => state)).toEqual(["wait_bgsave", "wait_bgsave", "wait_bgsave"]);
  local.call("SET", "late", "1");
  while (rawSync.step(0));
  local.call("SET", "later", "1");
  expect(rawSync.overview().map(({ state }) => state)).toEqual(["online", "online", "online"]);
  expect(keyCount(first.sent)).toBe(KEYS + 1);
  expect(keyCount(one.sent)).toBe(KEYS + 2);
  expect(one.sent.rdb).toEqual(other.sent.rdb);
  const keys = ({ stream }: SyncBytes): string[] => stream.filter(([name]) => name === "SET").map(([, key]) => key);
  expect(keys(first.sent)).toEqual(["late", "later"]);
  expect(keys(one.sent)).toEqual(["later"]);
  expect(keys(other.sent)).toEqual(["later"]);
});

test.each([0, 1, 10, 25, 35, 60, 80])("a client that goes after %i slices leaves nothing", (slices) => {
  const local = filled();
  const { rawSync, keyspace, engine } = local.server;
  const before = keyspace.arena.usedBytes;
  const readers = engine.unit.effects.active;
  const client = follow(local);
  step(local, slices);
  // Unsaved entries go to the pending list.
  local.call("SET", "key:7", "changed");
  local.call("DEL", "key:8", "long");
  step(local, 1);
  client.leave();
  while (rawSync.step(0));
  expect(keyspace.snapshot).toBe(null);
  expect(rawSync.clientCount).toBe(0);
  expect(rawSync.bufferBytes).toBe(0);
  expect(engine.unit.effects.active).toBe(readers);
  // As before, to the byte.
  local.call("DEL", "key:7");
  local.call("DEBUG", "POPULATE", KEYS, "key", 100);
  local.call("SET", "long", "l".repeat(200_000));
  while (keyspace.lazyFree.step());
  expect(keyspace.arena.usedBytes).toBe(before);
  local.check();
  const next = follow(local);
  while (rawSync.step(0));
  expect(keyCount(next.sent)).toBe(KEYS + 1);
});

test("of two that share a snapshot one may go", () => {
  const local = filled();
  const { rawSync } = local.server;
  const first = follow(local);
  const [goes, stays] = [follow(local), follow(local)];
  while (first.sent.rdb === null) step(local, 1);
  step(local, 5);
  goes.leave();
  while (rawSync.step(0));
  expect(goes.sent.text).toBe("");
  expect(keyCount(stays.sent)).toBe(KEYS + 1);
  first.leave();
  stays.leave();
  expect(rawSync.bufferBytes).toBe(0);
});

test("snapshots that are given up again and again wear nothing out", () => {
  const local = filled();
  const { rawSync, keyspace } = local.server;
  for (let round = 0; round < 600; round++) {
    const client = follow(local);
    step(local, 1);
    client.leave();
    if (round % 50 === 0) local.call("SET", `key:${round}`, "again");
    step(local, 1);
  }
  while (rawSync.step(0));
  expect(keyspace.snapshot).toBe(null);
  const last = follow(local);
  while (rawSync.step(0));
  expect(keyCount(last.sent)).toBe(KEYS + 1);
});

test("what is kept while the RDB is written is limited too", () => {
  const local = filled();
  local.call("CONFIG", "SET", "client-output-buffer-limit", "replica 2mb 0 0");
  const client = follow(local);
  step(local, 3);
  for (let writes = 0; writes < 5; writes++) local.call("SET", "a", "v".repeat(500_000));
  expect(local.server.rawSync.bufferBytes).toBeGreaterThan(2_500_000);
  step(local, 1);
  expect(client.sent.isClosed).toBe(true);
  while (local.server.rawSync.step(0));
  expect(local.server.rawSync.bufferBytes).toBe(0);
  expect(local.server.keyspace.snapshot).toBe(null);
});

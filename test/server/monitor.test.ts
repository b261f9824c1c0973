/** MONITOR: what other clients execute, as it is told to those who watch. */
import { expect, test } from "vitest";
import type { Outbox } from "../../src/commands/client-state.ts";
import type { ReplyBuffer } from "../../src/protocol/reply-writer.ts";
import { type LocalClient, LocalServer } from "../commands/generic-server.ts";

/** A client that watches, and what it has been told since the last time it was asked. */
function watch(local: LocalServer): [monitor: LocalClient, take: () => string[]] {
  const monitor = local.connect();
  const told: string[] = [];
  const reply = { simple: (line: string): void => void told.push(line) } as unknown as ReplyBuffer;
  const push: Outbox["push"] = (write) => write(reply);
  monitor.state.outbox = { push, authenticationChanged: () => {} } as unknown as Outbox;
  expect(monitor.call("MONITOR")).toBe("OK");
  return [monitor, () => told.splice(0).map((line) => line.replace(/^1700000000\.000000 \[(\d+) \S+\] /, "$1 "))];
}

function watched(): [local: LocalServer, take: () => string[]] {
  const local = new LocalServer();
  return [local, watch(local)[1]];
}

test("commands are told with their arguments, whatever their bytes", () => {
  const [local, take] = watched();
  local.call("SELECT", 3);
  local.call("set", "foo", 'a"b\r\n\0\xe9');
  local.call("GET", "foo", "wrong arity");
  local.call("NONE");
  local.call("LPUSH", "foo", "x");
  expect(take()).toEqual(['3 "SELECT" "3"', '3 "set" "foo" "a\\"b\\r\\n\\x00\\xe9"', '3 "LPUSH" "foo" "x"']);
});

test("secrets and what administrators do are not", () => {
  const [local, take] = watched();
  local.call("AUTH", "secret");
  local.call("CONFIG", "SET", "requirepass", "secret");
  local.call("DEBUG", "SLEEP", 0);
  expect(take()).toEqual(['0 "AUTH" "(redacted)"']);
});

test("a transaction is told when it runs, and EXEC behind it", () => {
  const [local, take] = watched();
  local.call("MULTI");
  local.call("SET", "foo", "bar");
  expect(take()).toEqual(['0 "MULTI"']);
  local.call("EXEC");
  expect(take()).toEqual(['0 "SET" "foo" "bar"', '0 "EXEC"']);
  local.call("MULTI");
  local.call("syntax", "error");
  local.call("EXEC");
  expect(take()).toEqual(['0 "MULTI"', '0 "EXEC"']);
});

test("it is over with RESET", () => {
  const local = new LocalServer();
  const { monitors } = local.server;
  const [monitor, take] = watch(local);
  expect(monitors.has(monitor.state)).toBe(true);
  expect(monitor.call("RESET")).toBe("RESET");
  expect(monitors.has(monitor.state)).toBe(false);
  take();
  local.call("PING");
  expect(take()).toEqual([]);
});

test("it is refused within a transaction", () => {
  const local = new LocalServer();
  local.call("MULTI");
  local.call("MONITOR");
  expect(local.call("EXEC")).toEqual([{ error: "ERR MONITOR isn't allowed for DENY BLOCKING client" }]);
});

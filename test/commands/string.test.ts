/** String commands where values are big, limits small, or a real Redis is not needed to know what is right. */
import { beforeEach, describe, expect, test } from "vitest";
import type { Arguments } from "../../src/commands/context.ts";
import { notifyBits } from "../../src/keyspace/notify-flags.ts";
import { ReplyBuffer } from "../../src/protocol/reply-writer.ts";
import { type Argument, LocalServer, START_MS } from "./generic-server.ts";

const MIB = 1024 * 1024;
const TOO_LONG = { error: "ERR string exceeds maximum allowed size (proto-max-bulk-len)" };

let local: LocalServer;

beforeEach(() => {
  local = new LocalServer();
});

/** Arguments as a connection has them: byte arrays have buffers of their own, which may be kept. */
function connectionArguments(args: readonly Argument[]): Arguments {
  const small = args.map((arg) => (arg instanceof Uint8Array ? Buffer.alloc(0) : Buffer.from(String(arg), "latin1")));
  const buffer = new Uint8Array(Buffer.concat(small));
  const argStart = new Int32Array(args.length);
  const argLength = Int32Array.from(args, (arg, index) => (arg instanceof Uint8Array ? arg : small[index]).length);
  let at = 0;
  for (const [index, arg] of args.entries()) {
    if (arg instanceof Uint8Array) continue;
    argStart[index] = at;
    at += argLength[index];
  }
  const bytesOf = (index: number): Uint8Array => {
    const arg = args[index];
    return arg instanceof Uint8Array ? arg : buffer;
  };
  const bigCount = args.filter((arg) => arg instanceof Uint8Array).length;
  return { argc: args.length, argStart, argLength, buffer, bigCount, bytesOf };
}

/** A client whose replies stay where they are until they are taken. */
class SlowClient {
  readonly #reply = new ReplyBuffer(local.server.outputBlocks);

  call(...args: Argument[]): void {
    const { engine } = local.server;
    engine.beginBatch();
    engine.execute(connectionArguments(args), local.client.state, this.#reply);
  }

  /** Everything that was not taken before, joined. */
  take(): Buffer {
    const pieces: Uint8Array[] = [];
    this.#reply.flush({ write: (bytes) => pieces.push(bytes.slice()) > 0 });
    return Buffer.concat(pieces);
  }
}

function bulk(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n")]);
}

function pattern(length: number, seed: number): Uint8Array {
  return new Uint8Array(length).map((_, index) => (index * 7 + (index >> 8) + seed) & 255);
}

describe("big values", () => {
  test("a long argument becomes the value without a copy, and a long reply is sent from it", () => {
    const client = new SlowClient();
    const value = pattern(3 * MIB, 1);
    client.call("SET", "k", value);
    client.call("GETRANGE", "k", 100_000, 1_100_000);
    client.call("STRLEN", "k");
    // Still where it was: what is changed behind our back is what the reply says.
    value[500_000] = 99;
    const expected = Buffer.concat([
      Buffer.from("+OK\r\n"),
      bulk(value.subarray(100_000, 1_100_001)),
      Buffer.from(":3145728\r\n"),
    ]);
    expect(client.take().equals(expected)).toBe(true);
  });

  test("a reply on its way says what was asked for, whatever happens to the value meanwhile", () => {
    const client = new SlowClient();
    const value = pattern(5 * MIB, 2);
    const plain = value.slice();
    client.call("SET", "k", value);
    client.take();
    client.call("GET", "k");
    for (const [at, text] of [
      [0, "abc"],
      [300_000, "x"],
      [5 * MIB - 1, "yz"],
    ] as const)
      client.call("SETRANGE", "k", at, text);
    client.call("APPEND", "k", "tail");
    client.call("GET", "k");
    const changed = Buffer.concat([plain, Buffer.from("ztail")]);
    changed.set(Buffer.from("abc"), 0);
    changed[300_000] = 120;
    changed[5 * MIB - 1] = 121;
    client.call("DEL", "k");
    const expected = Buffer.concat([
      ...[bulk(plain), Buffer.from(`:${5 * MIB}\r\n:${5 * MIB}\r\n:${5 * MIB + 1}\r\n:${5 * MIB + 5}\r\n`)],
      ...[bulk(changed), Buffer.from(":1\r\n")],
    ]);
    expect(client.take().equals(expected)).toBe(true);
    while (local.server.keyspace.lazyFree.step());
    expect(local.server.keyspace.arena.largeCount).toBe(0);
    local.check();
  });

  test("long arguments are appended and set in the middle without copying them", () => {
    const client = new SlowClient();
    const [first, second, third] = [pattern(5 * MIB, 3), pattern(6 * MIB, 4), pattern(4 * MIB, 5)];
    const plain = Buffer.concat([Buffer.from("head"), first, second]);
    plain.set(third, 2 * MIB + 1);
    client.call("SET", "k", "head");
    client.call("APPEND", "k", first);
    client.call("APPEND", "k", second);
    client.call("SETRANGE", "k", 2 * MIB + 1, third);
    client.take();
    // Three arguments, and the pages in which they meet.
    expect(local.server.keyspace.arena.largeCount).toBeLessThan(10);
    client.call("GET", "k");
    expect(client.take().equals(bulk(plain))).toBe(true);
    client.call("SETRANGE", "new", 0, pattern(2 * MIB, 6));
    client.call("OBJECT", "ENCODING", "new");
    expect(client.take().toString()).toBe(`:${2 * MIB}\r\n$3\r\nraw\r\n`);
    client.call("FLUSHALL");
    while (local.server.keyspace.lazyFree.step());
    expect(local.server.keyspace.arena.largeCount).toBe(0);
  });

  test("the far end of nothing costs a page", () => {
    const before = local.server.keyspace.arena.usedBytes;
    expect(local.call("SETRANGE", "k", 536_870_911, "x")).toBe(536_870_912);
    expect(local.server.keyspace.arena.usedBytes - before).toBeLessThan(MIB);
    expect(local.call("GETRANGE", "k", -3, -1)).toBe("\0\0x");
    expect(local.call("GETRANGE", "k", 1000, 1004)).toBe("\0".repeat(5));
    expect(local.call("STRLEN", "k")).toBe(536_870_912);
    expect(local.call("APPEND", "k", "y")).toEqual(TOO_LONG);
    expect(local.call("SETRANGE", "k", 536_870_912, "y")).toEqual(TOO_LONG);
    expect(local.call("COPY", "k", "copy")).toBe(1);
    expect(local.call("RENAME", "k", "renamed")).toBe("OK");
    expect(local.call("GETRANGE", "copy", -2, -1)).toBe("\0x");
    expect(local.server.keyspace.arena.usedBytes - before).toBeLessThan(2 * MIB);
    local.check();
  });

  test("a key that MSET sets twice is propagated as it was given", () => {
    const client = new SlowClient();
    const [one, two] = [pattern(100_000, 7), pattern(100_000, 8)];
    const text = [one, two].map((bytes) => Buffer.from(bytes).toString("latin1"));
    client.call("MSET", "k", one, "k", two);
    expect(local.takeEffects()).toEqual([`MSET k ${text[0]} k ${text[1]}`]);
    client.call("MSETNX", "l", pattern(100_000, 7), "l", pattern(100_000, 8));
    expect(local.takeEffects()).toEqual([`MSETNX l ${text[0]} l ${text[1]}`]);
    client.call("MSETNX", "l", pattern(100_000, 7));
    expect(local.takeEffects()).toEqual([]);
  });
});

describe("limits", () => {
  test("proto-max-bulk-len bounds what APPEND, SETRANGE and LCS make", () => {
    local.server.keyspace.stringBytesMax = MIB;
    local.call("SET", "k", "x".repeat(MIB - 1));
    expect(local.call("APPEND", "k", "yz")).toEqual(TOO_LONG);
    expect(local.call("APPEND", "k", "y")).toBe(MIB);
    expect(local.call("APPEND", "k", "y")).toEqual(TOO_LONG);
    expect(local.call("APPEND", "k", "")).toBe(MIB);
    expect(local.call("SETRANGE", "k", MIB - 1, "ab")).toEqual(TOO_LONG);
    expect(local.call("SETRANGE", "k", MIB - 1, "a")).toBe(MIB);
    expect(local.call("SETRANGE", "k", MIB, "")).toBe(MIB);
    local.call("SET", "a", "x".repeat(511));
    local.call("SET", "b", "x".repeat(511));
    expect(local.call("LCS", "a", "b", "LEN")).toBe(511);
    local.call("APPEND", "b", "x");
    expect(local.call("LCS", "a", "b", "LEN")).toEqual({
      error: "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
    });
  });

  test("other types are refused, and nothing is changed", () => {
    // There is no other type yet that a command can make, so the entry is made to look like one.
    local.call("SET", "k", "value");
    const { keyspace } = local.server;
    const key = new Uint8Array(Buffer.from("k"));
    const entry = keyspace.peek(keyspace.databases[0], key, 0, 1);
    keyspace.arena.words[entry >>> 22][(entry & 0x3fffff) << 2] |= 4;
    local.takeEffects();
    const wrong = { error: "WRONGTYPE Operation against a key holding the wrong kind of value" };
    for (const call of [
      ...[
        ["GET", "k"],
        ["GETDEL", "k"],
        ["GETEX", "k", "EX", 10],
        ["GETSET", "k", "v"],
        ["SET", "k", "v", "GET"],
      ],
      ...[
        ["STRLEN", "k"],
        ["GETRANGE", "k", 0, 1],
        ["SUBSTR", "k", 0, 1],
        ["APPEND", "k", "v"],
        ["INCR", "k"],
      ],
      ...[
        ["SETRANGE", "k", 0, "v"],
        ["SETRANGE", "k", 0, ""],
        ["SETRANGE", "k", 2 ** 40, "v"],
        ["INCRBY", "k", 5],
      ],
      ...[
        ["DECRBY", "k", "9223372036854775807"],
        ["INCRBYFLOAT", "k", 1],
      ],
    ]) {
      expect(local.call(...call)).toEqual(wrong);
    }
    expect(local.call("MGET", "k", "none")).toEqual([null, null]);
    expect(local.call("SETNX", "k", "v")).toBe(0);
    expect(local.call("LCS", "k", "none")).toEqual({ error: "ERR The specified keys must contain string values" });
    expect(local.takeEffects()).toEqual([]);
    keyspace.arena.words[entry >>> 22][(entry & 0x3fffff) << 2] &= ~15;
  });
});

describe("what is propagated", () => {
  const soon = START_MS + 10_000;
  test.each<[string, string, string[]]>([
    ["", "SET k v EX 10", [`SET k v PXAT ${soon}`]],
    ["", "SET k v px 10000 nx get", [`SET k v PXAT ${soon}`]],
    ["", "SET k v EXAT 4000000000", ["SET k v PXAT 4000000000000"]],
    ["", "SET k v KEEPTTL", ["SET k v KEEPTTL"]],
    ["", "set k v GET xx get", []],
    ["SET k 1", "set k v GET xx get", ["set k v xx"]],
    ["", "SETEX k 10 v", [`SET k v PXAT ${soon}`]],
    ["", "PSETEX k 10000 v", [`SET k v PXAT ${soon}`]],
    ["", "SETNX k v", ["SETNX k v"]],
    ["", "GETSET k v", ["SET k v"]],
    ["", "GETDEL k", []],
    ["SET k v", "GETDEL k", ["DEL k"]],
    ["SET k v", "GETEX k", []],
    ["SET k v", "GETEX k EX 10", [`PEXPIREAT k ${soon}`]],
    ["SET k v", "GETEX k PXAT 1", ["DEL k"]],
    ["SET k v", "GETEX k PERSIST", []],
    ["SET k v EX 5", "GETEX k PERSIST", ["PERSIST k"]],
    ["SET k 10.5", "INCRBYFLOAT k 0.1", ["SET k 10.6 KEEPTTL"]],
    ["SET k 10", "INCRBY k 5", ["INCRBY k 5"]],
    ["SET k v", "INCRBY k 5", []],
    ["SET k v", "APPEND k ", ["APPEND k "]],
    ["SET k v", "SETRANGE k 0 ", []],
    ["SET k v", "SETRANGE k 0 x", ["SETRANGE k 0 x"]],
    ["SET k v", "MSETNX k 1 l 2", []],
  ])("after %j, %s: %j", (before, call, effects) => {
    if (before !== "") local.call(...before.split(" "));
    local.takeEffects();
    local.call(...call.split(" "));
    expect(local.takeEffects()).toEqual(effects);
  });

  test("a change is counted once for each key", () => {
    const { keyspace } = local.server;
    const changes = (...call: string[]): number => {
      const before = keyspace.dirty;
      local.call(...call);
      return keyspace.dirty - before;
    };
    expect(changes("MSET", "a", "1", "b", "2", "a", "3")).toBe(3);
    expect(changes("SET", "a", "1", "EX", "10")).toBe(1);
    expect(changes("SET", "a", "1", "NX")).toBe(0);
    expect(changes("APPEND", "a", "")).toBe(1);
    expect(changes("SETRANGE", "a", "0", "")).toBe(0);
    expect(changes("GETEX", "a", "PERSIST")).toBe(1);
    expect(changes("GETEX", "a", "PERSIST")).toBe(0);
    expect(changes("GETDEL", "a")).toBe(1);
    expect(changes("GETDEL", "a")).toBe(0);
  });
});

test("events tell of each step", () => {
  local.listen(notifyBits("An"));
  const events = (...call: string[]): string[] => {
    local.call(...call);
    return local.takeEvents();
  };
  expect(events("SET", "k", "v", "EX", "10")).toEqual(["new k", "set k", "expire k"]);
  expect(events("APPEND", "k", "w")).toEqual(["append k"]);
  expect(events("SETRANGE", "k", "9", "w")).toEqual(["setrange k"]);
  expect(events("SETRANGE", "k", "9", "")).toEqual([]);
  expect(events("GETEX", "k", "PERSIST")).toEqual(["persist k"]);
  expect(events("GETEX", "k", "PX", "5")).toEqual(["expire k"]);
  expect(events("GETEX", "k", "PXAT", "5")).toEqual(["del k"]);
  expect(events("DECRBY", "k", "5")).toEqual(["new k", "incrby k"]);
  expect(events("INCRBYFLOAT", "k", "5")).toEqual(["incrbyfloat k"]);
  expect(events("GETSET", "k", "5")).toEqual(["set k"]);
  expect(events("GETDEL", "k")).toEqual(["del k"]);
  expect(events("MSETNX", "k", "1", "l", "2")).toEqual(["new k", "set k", "new l", "set l"]);
});

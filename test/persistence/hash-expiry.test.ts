/** Hashes of which fields expire, through DUMP, RESTORE and whole files, and what other versions wrote of them. */
import { beforeEach, describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { type Argument, LocalServer, type Plain, START_MS } from "../commands/generic-server.ts";
import { type Bytes, latin1, length, listpack, little, payload, string } from "./payloads.ts";

const OK = "OK";
const BAD = { error: "ERR Bad data format" };
const NO_EXPIRY = -1;
const SOON = START_MS + 5000;
const LATE = START_MS + 90_000;
const FIELDS = ["f1", "f2", "f3", "f4"];

let local: LocalServer;
beforeEach(() => {
  local = new LocalServer();
});

const call = (...args: Argument[]): Plain => local.call(...args);
const times = (key: string): Plain => call("HPEXPIRETIME", key, "FIELDS", 4, ...FIELDS);

/** f1 and f3 expire, f2 and f4 do not. */
function fill(key: string): void {
  call("HSET", key, "f1", "v1", "f2", "22", "f3", "v".repeat(40), "f4", "v4");
  call("HPEXPIREAT", key, LATE, "FIELDS", 1, "f1");
  call("HPEXPIREAT", key, SOON, "FIELDS", 1, "f3");
}

function dumpOf(key: string): Uint8Array {
  return latin1(String(call("DUMP", key)));
}

const versionOf = (dump: Uint8Array): number => dump[dump.length - 10] | (dump[dump.length - 9] << 8);

describe.each([
  ["listpackex", 512, 25],
  ["hashtable", 0, 24],
])("a %s", (encoding, entriesMax, code) => {
  beforeEach(() => {
    call("CONFIG", "SET", "hash-max-listpack-entries", entriesMax);
    fill("h");
  });

  test("is dumped with its times, and restored", () => {
    const dump = dumpOf("h");
    expect(dump[0]).toBe(code);
    expect(versionOf(dump)).toBe(12);
    expect(call("RESTORE", "copy", 0, dump)).toBe(OK);
    expect(call("OBJECT", "ENCODING", "copy")).toBe(encoding);
    expect(times("copy")).toEqual([LATE, NO_EXPIRY, SOON, NO_EXPIRY]);
    expect(call("HMGET", "copy", ...FIELDS)).toEqual(call("HMGET", "h", ...FIELDS));
    local.nowMs = SOON + 1;
    expect(call("HLEN", "copy")).toBe(3);
    local.check();
  });

  test("none of whose fields expires any more is dumped as any other hash", () => {
    call("HPERSIST", "h", "FIELDS", 2, "f1", "f3");
    const dump = dumpOf("h");
    expect(dump[0]).toBe(4);
    expect(versionOf(dump)).toBe(10);
    expect(call("RESTORE", "copy", 0, dump)).toBe(OK);
    expect(call("HLEN", "copy")).toBe(4);
    expect(call("OBJECT", "ENCODING", "copy")).toBe(entriesMax === 0 ? "hashtable" : "listpack");
  });

  test("is restored after some of it has lapsed, and all of it", () => {
    const dump = dumpOf("h");
    local.nowMs = SOON + 1;
    expect(call("RESTORE", "copy", 0, dump)).toBe(OK);
    expect(call("HLEN", "copy")).toBe(3);
    call("HDEL", "h", "f2", "f4");
    const volatile = dumpOf("h");
    local.nowMs = LATE + 1;
    expect(call("RESTORE", "gone", 0, volatile)).toBe(OK);
    expect(call("EXISTS", "gone")).toBe(0);
    expect(local.server.keyspace.databases[0].fieldExpiry.count).toBeLessThanOrEqual(2);
    local.check();
  });

  test("takes the place of another, and another its place", () => {
    const dump = dumpOf("h");
    expect(call("RESTORE", "h", 0, dump, "REPLACE")).toBe(OK);
    expect(local.server.keyspace.databases[0].fieldExpiry.count).toBe(1);
    call("SET", "s", "text");
    const text = dumpOf("s");
    expect(call("RESTORE", "h", 0, text, "REPLACE")).toBe(OK);
    expect(local.server.keyspace.databases[0].fieldExpiry.count).toBe(0);
    expect(call("RESTORE", "s", 0, dump, "REPLACE")).toBe(OK);
    expect(local.server.keyspace.databases[0].fieldExpiry.count).toBe(1);
    local.check();
  });

  test("comes through a whole file", () => {
    call("SELECT", 2);
    fill("other");
    call("PEXPIREAT", "other", LATE);
    expect(call("DEBUG", "RELOAD")).toBe(OK);
    expect(times("other")).toEqual([LATE, NO_EXPIRY, SOON, NO_EXPIRY]);
    expect(call("PEXPIRETIME", "other")).toBe(LATE);
    call("SELECT", 0);
    expect(times("h")).toEqual([LATE, NO_EXPIRY, SOON, NO_EXPIRY]);
    expect(call("OBJECT", "ENCODING", "h")).toBe(encoding);
    const counts = local.server.keyspace.databases.slice(0, 3).map(({ fieldExpiry }) => fieldExpiry.count);
    expect(counts).toEqual([1, 0, 1]);
    local.check();
  });

  test("is restored from damaged bytes as a hash, or not at all", () => {
    const dump = dumpOf("h");
    const random = new Prng(11);
    call("CONFIG", "SET", "sanitize-dump-payload", "yes");
    for (let round = 0; round < 3000; round++) {
      const body = Buffer.from(dump.subarray(1, dump.length - 10));
      for (let times = 1 + random.below(3); times > 0; times--) body[random.below(body.length)] = random.below(256);
      const reply = call("RESTORE", "broken", 0, payload(code, body.toString("latin1"), 12), "REPLACE");
      if (reply === OK) call("HGETALL", "broken");
      else expect(reply).toEqual(BAD);
    }
    call("FLUSHALL");
    while (local.server.keyspace.lazyFree.step());
    local.check();
    expect(local.server.keyspace.databases[0].entryBytes).toBe(0);
  });
});

describe("what versions have written", () => {
  const restore = (type: number, body: Bytes): Plain => call("RESTORE", "k", 0, payload(type, body, 12), "REPLACE");
  const field = (time: number, name: Bytes, value: Bytes): Bytes => length(time) + string(name) + string(value);
  const FEW = field(0, "f2", "2") + field(1, "f3", "3") + field(LATE - SOON + 1, "f1", "1");

  test("fields with times relative to the first", () => {
    expect(restore(24, little(SOON, 8) + length(3) + FEW)).toBe(OK);
    expect(times("k")).toEqual([LATE, NO_EXPIRY, SOON, -2]);
    expect(call("OBJECT", "ENCODING", "k")).toBe("listpackex");
    call("CONFIG", "SET", "hash-max-listpack-entries", 2);
    expect(restore(24, little(SOON, 8) + length(3) + FEW)).toBe(OK);
    expect(times("k")).toEqual([LATE, NO_EXPIRY, SOON, -2]);
    expect(call("OBJECT", "ENCODING", "k")).toBe("hashtable");
    call("CONFIG", "SET", "hash-max-listpack-entries", 9, "hash-max-listpack-value", 10);
    expect(restore(24, little(SOON, 8) + length(4) + FEW + field(0, "f4", "x".repeat(11)))).toBe(OK);
    expect(call("OBJECT", "ENCODING", "k")).toBe("hashtable");
    expect(times("k")).toEqual([LATE, NO_EXPIRY, SOON, NO_EXPIRY]);
  });

  test("fields with times as they are", () => {
    // A length of 64 bits: a time is longer than 32.
    const long = (time: number): Bytes => `\x81${[...little(time, 8)].reverse().join("")}`;
    const fields = `${long(LATE)}${string("f1")}${string("1")}${length(0)}${string("f2")}${string("2")}`;
    expect(restore(22, length(2) + fields)).toBe(OK);
    expect(times("k")).toEqual([LATE, NO_EXPIRY, -2, -2]);
  });

  test.each([
    [23, ""],
    [25, little(SOON, 8)],
  ])("a listpack (%i)", (code, head) => {
    const triples = ["f3", "3", String(SOON), "f1", "1", String(LATE), "f2", "2", "0"];
    expect(restore(code, head + string(listpack(triples)))).toBe(OK);
    expect(times("k")).toEqual([LATE, NO_EXPIRY, SOON, -2]);
    expect(call("OBJECT", "ENCODING", "k")).toBe("listpackex");
    const disorder = ["f2", "2", "0", "f1", "1", String(LATE), "f3", "3", String(SOON)];
    expect(restore(code, head + string(listpack(disorder)))).toBe(OK);
    expect(times("k")).toEqual([LATE, NO_EXPIRY, SOON, -2]);
    call("CONFIG", "SET", "hash-max-listpack-entries", 2);
    expect(restore(code, head + string(listpack(triples)))).toBe(OK);
    expect(call("OBJECT", "ENCODING", "k")).toBe("hashtable");
    expect(times("k")).toEqual([LATE, NO_EXPIRY, SOON, -2]);
    local.check();
  });

  test.each([
    ["no fields", 24, little(SOON, 8) + length(0)],
    ["a name twice", 24, little(SOON, 8) + length(2) + field(0, "f", "1") + field(1, "f", "2")],
    ["a time of more than 48 bits", 24, little(2 ** 48, 8) + length(1) + field(1, "f", "1")],
    ["a time before 1970", 24, little(-9n, 8) + length(1) + field(1, "f", "1")],
    ["fewer fields than said", 24, little(SOON, 8) + length(9) + FEW],
    ["half a time", 24, little(SOON, 4)],
    ["no listpack", 25, little(SOON, 8) + string("nothing")],
    ["pairs", 25, little(SOON, 8) + string(listpack(["a", "1", "b", "2"]))],
    ["a time that is none", 25, little(SOON, 8) + string(listpack(["a", "1", "soon"]))],
    ["a negative time", 25, little(SOON, 8) + string(listpack(["a", "1", "-5"]))],
    ["a time that is too late", 25, little(SOON, 8) + string(listpack(["a", "1", String(2 ** 48)]))],
    ["a name twice in a listpack", 25, little(SOON, 8) + string(listpack(["a", "1", "0", "a", "2", "0"]))],
    ["an empty listpack", 25, little(SOON, 8) + string(listpack([]))],
  ])("%s", (_what, code, body) => {
    expect(restore(code, body)).toEqual(BAD);
    expect(call("EXISTS", "k")).toBe(0);
    local.check();
    expect(local.server.keyspace.databases[0].entryBytes).toBe(0);
  });
});

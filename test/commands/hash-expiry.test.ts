/** Fields that expire: every sentence of the commands' documentation, what is propagated and what is told. */
import { beforeEach, describe, expect, test } from "vitest";
import { HASH_ROWS } from "../../src/commands/hash/rows.ts";
import { ORIGINS } from "../../src/engine/unit.ts";
import { CLASS_EXPIRED, CLASS_GENERIC, CLASS_HASH } from "../../src/keyspace/key-events.ts";
import { isNewer } from "../differential/generator.ts";
import { type Argument, LocalServer, type Plain, START_MS } from "./generic-server.ts";

const NO_FIELD = -2;
const NOT_MET = 0;
const SET = 1;
const DELETED = 2;
const NO_EXPIRY = -1;

const NO_FIELDS = { error: "ERR Mandatory argument FIELDS is missing or not at the right position" };
const MISMATCH = { error: "ERR The `numfields` parameter must match the number of arguments" };
const NOT_POSITIVE = { error: "ERR Number of fields must be a positive integer" };
const BELOW_ONE = { error: "ERR Parameter `numFields` should be greater than 0" };
const NOT_AN_INTEGER = { error: "ERR value is not an integer or out of range" };
const WRONG_TYPE = { error: "WRONGTYPE Operation against a key holding the wrong kind of value" };
const LATEST_MS = 2 ** 46 - 1;

/** Lets the slices run that remove what has lapsed without being asked. */
function expireActively({ server, nowMs }: LocalServer): void {
  server.engine.unit.open(nowMs, ORIGINS.expire);
  for (const database of server.keyspace.databases) server.keyspace.expireDueFields(database, 1_000_000);
  server.engine.unit.commit();
}

function checkAll(local: LocalServer): void {
  local.check();
  const { arena, structures, databases } = local.server.keyspace;
  for (const { fieldExpiry } of databases) {
    for (let at = 7; at < 7 + fieldExpiry.count; at++) {
      const hash = structures.hashes.open(fieldExpiry.handleAt(at));
      expect(fieldExpiry.whenAt(at)).toBe(hash.nextExpiryMs);
    }
  }
  expect(arena.usedBytes).toBeGreaterThan(0);
}

function texts(reply: Plain): string[] {
  return (reply as Plain[]).map(String);
}

describe.each([
  ["listpackex", 512],
  ["hashtable", 0],
])("a %s", (encoding, entriesMax) => {
  let local: LocalServer;
  const call = (...args: Argument[]): Plain => local.call(...args);
  const pass = (ms: number): void => {
    local.nowMs += ms;
  };

  beforeEach(() => {
    local = new LocalServer();
    call("CONFIG", "SET", "hash-max-listpack-entries", entriesMax);
    call("HSET", "h", "f1", "v1", "f2", "v2", "f3", "v3");
    local.takeEffects();
  });

  // ---- HEXPIRE and its kin ----------------------------------------------------------------------------------------

  test("lets fields expire, in each unit and from each base", () => {
    const nowS = START_MS / 1000;
    expect(call("HEXPIRE", "h", 10, "FIELDS", 2, "f1", "nothing")).toEqual([SET, NO_FIELD]);
    expect(call("HPEXPIRE", "h", 10_500, "FIELDS", 1, "f2")).toEqual([SET]);
    expect(call("HPTTL", "h", "FIELDS", 4, "f1", "f2", "f3", "nothing")).toEqual([10_000, 10_500, NO_EXPIRY, NO_FIELD]);
    expect(call("HTTL", "h", "FIELDS", 3, "f1", "f2", "f3")).toEqual([10, 11, NO_EXPIRY]);
    expect(call("HPEXPIRETIME", "h", "FIELDS", 2, "f1", "f2")).toEqual([START_MS + 10_000, START_MS + 10_500]);
    expect(call("HEXPIRETIME", "h", "FIELDS", 2, "f1", "f2")).toEqual([nowS + 10, nowS + 11]);
    expect(call("HEXPIREAT", "h", nowS + 7, "FIELDS", 1, "f1")).toEqual([SET]);
    expect(call("HPEXPIREAT", "h", START_MS + 8001, "FIELDS", 1, "f2")).toEqual([SET]);
    expect(call("HPTTL", "h", "FIELDS", 2, "f1", "f2")).toEqual([7000, 8001]);
    expect(call("OBJECT", "ENCODING", "h")).toBe(encoding);
    checkAll(local);
  });

  test("an absent key has no fields", () => {
    expect(call("HEXPIRE", "none", 10, "NX", "FIELDS", 2, "a", "b")).toEqual([NO_FIELD, NO_FIELD]);
    for (const name of ["HTTL", "HPTTL", "HEXPIRETIME", "HPEXPIRETIME", "HPERSIST"]) {
      expect(call(name, "none", "FIELDS", 2, "a", "b")).toEqual([NO_FIELD, NO_FIELD]);
    }
    expect(call("HGETEX", "none", "EX", 1, "FIELDS", 2, "a", "b")).toEqual([null, null]);
    expect(call("HGETDEL", "none", "FIELDS", 1, "a")).toEqual([null]);
    expect(call("EXISTS", "none")).toBe(0);
    expect(local.takeEffects()).toEqual([]);
  });

  test("NX sets a time only where there is none", () => {
    expect(call("HPEXPIRE", "h", 1000, "NX", "FIELDS", 1, "f1")).toEqual([SET]);
    expect(call("HPEXPIRE", "h", 2000, "nx", "FIELDS", 2, "f1", "f2")).toEqual([NOT_MET, SET]);
    expect(call("HPTTL", "h", "FIELDS", 2, "f1", "f2")).toEqual([1000, 2000]);
  });

  test("XX sets a time only where there is one", () => {
    call("HPEXPIRE", "h", 1000, "FIELDS", 2, "f1", "f2");
    expect(call("HPEXPIRE", "h", 2000, "XX", "FIELDS", 2, "f1", "f3")).toEqual([SET, NOT_MET]);
    expect(call("HPTTL", "h", "FIELDS", 3, "f1", "f2", "f3")).toEqual([2000, 1000, NO_EXPIRY]);
  });

  test("GT sets a later time only; no time is forever", () => {
    call("HPEXPIRE", "h", 1000, "FIELDS", 1, "f1");
    call("HPEXPIRE", "h", 2000, "FIELDS", 1, "f2");
    expect(call("HPEXPIRE", "h", 1500, "GT", "FIELDS", 3, "f1", "f2", "f3")).toEqual([SET, NOT_MET, NOT_MET]);
    expect(call("HPEXPIRE", "h", 1500, "GT", "FIELDS", 1, "f1")).toEqual([NOT_MET]);
  });

  test("LT sets an earlier time only; no time is forever", () => {
    call("HPEXPIRE", "h", 1000, "FIELDS", 1, "f1");
    call("HPEXPIRE", "h", 2000, "FIELDS", 1, "f2");
    expect(call("HPEXPIRE", "h", 1500, "LT", "FIELDS", 3, "f1", "f2", "f3")).toEqual([NOT_MET, SET, SET]);
    expect(call("HPTTL", "h", "FIELDS", 3, "f1", "f2", "f3")).toEqual([1000, 1500, 1500]);
  });

  test("a time that is or has passed deletes the field, with the last one the key", () => {
    expect(call("HEXPIRE", "h", 0, "FIELDS", 1, "f1")).toEqual([DELETED]);
    expect(call("HPEXPIREAT", "h", START_MS, "FIELDS", 2, "f2", "f1")).toEqual([DELETED, NO_FIELD]);
    expect(call("HGETALL", "h")).toEqual(["f3", "v3"]);
    expect(call("HEXPIREAT", "h", 1, "NX", "FIELDS", 1, "f3")).toEqual([DELETED]);
    expect(call("EXISTS", "h")).toBe(0);
    expect(local.takeEffects()).toEqual(["HDEL h f1", "HDEL h f2", "HDEL h f3"]);
    expect(call("INFO", "stats")).toMatch(/expired_subkeys:3\r/);
    checkAll(local);
  });

  test("a condition goes before the time having passed", () => {
    call("HEXPIRE", "h", 100, "FIELDS", 1, "f1");
    expect(call("HPEXPIREAT", "h", START_MS - 1, "NX", "FIELDS", 4, "f1", "f2", "none", "f3")).toEqual([
      NOT_MET,
      DELETED,
      NO_FIELD,
      DELETED,
    ]);
  });

  test("a field named twice is set twice", () => {
    expect(call("HPEXPIRE", "h", 1000, "NX", "FIELDS", 2, "f1", "f1")).toEqual([SET, NOT_MET]);
    expect(call("HPEXPIRE", "h", 0, "FIELDS", 2, "f1", "f1")).toEqual([DELETED, NO_FIELD]);
  });

  test("what a user may get wrong", () => {
    call("SET", "s", "text");
    expect(call("HEXPIRE", "s", "x", "FIELDS", 1, "f")).toEqual(WRONG_TYPE);
    expect(call("HTTL", "s", "FIELDS", 5, "f")).toEqual(WRONG_TYPE);
    expect(call("HPERSIST", "s", "FIELDS", 5, "f")).toEqual(WRONG_TYPE);
    expect(call("HGETEX", "s", "FIELDS", 5, "f")).toEqual(WRONG_TYPE);
    expect(call("HGETDEL", "s", "FIELDS", 5, "f")).toEqual(WRONG_TYPE);
    expect(call("HSETEX", "s", "FIELDS", 1, "f", "v")).toEqual(WRONG_TYPE);
    expect(call("HEXPIRE", "h", "x", "FIELDS", 1, "f1")).toEqual(NOT_AN_INTEGER);
    expect(call("HEXPIRE", "h", "9223372036854775808", "FIELDS", 1, "f1")).toEqual(NOT_AN_INTEGER);
    expect(call("HEXPIRE", "h", -1, "FIELDS", 1, "f1")).toEqual({ error: "ERR invalid expire time, must be >= 0" });
    expect(call("HEXPIRE", "h", 10, "f1", "FIELDS", 1)).toEqual(NO_FIELDS);
    expect(call("HEXPIRE", "h", 10, "NX", "XX", "FIELDS", 1, "f1")).toEqual(NO_FIELDS);
    expect(call("HEXPIRE", "h", 10, "FIELDS", 0, "f1")).toEqual(BELOW_ONE);
    expect(call("HEXPIRE", "h", 10, "FIELDS", "x", "f1")).toEqual(BELOW_ONE);
    expect(call("HEXPIRE", "h", 10, "FIELDS", 2, "f1")).toEqual(MISMATCH);
    expect(call("HEXPIRE", "h", 10, "FIELDS", 1, "f1", "f2")).toEqual(MISMATCH);
    expect(call("HEXPIRE", "h", 10, "NX", "FIELDS", 1)).toEqual(MISMATCH);
    expect(call("HTTL", "h", "FIELD", 1, "f1")).toEqual(NO_FIELDS);
    expect(call("HTTL", "h", "FIELDS", 0, "f1")).toEqual(NOT_POSITIVE);
    expect(call("HTTL", "h", "FIELDS", 3, "f1")).toEqual(MISMATCH);
    expect(call("HPERSIST", "h", "FIELDS", "x", "f1")).toEqual(NOT_POSITIVE);
    expect(call("HGETEX", "h", "EX", 10, "FIELDS")).toEqual(NOT_POSITIVE);
    expect(call("HGETEX", "h", "EX", "FIELDS", 1, "f1")).toEqual(NOT_AN_INTEGER);
    expect(call("HGETEX", "h", "EX", 1, "PX", 1, "FIELDS", 1, "f1")).toEqual(NO_FIELDS);
    expect(call("HGETDEL", "h", "FIELDS", 2, "f1")).toEqual(MISMATCH);
    expect(call("HEXPIRE", "h", 10, "FIELDS", 1)).toEqual({
      error: "ERR wrong number of arguments for 'hexpire' command",
    });
    expect(local.takeEffects()).toEqual(["SET s text"]);
  });

  test("times go up to 2^46 ms", () => {
    const tooLate = (name: string): Plain => ({ error: `ERR invalid expire time in '${name}' command` });
    expect(call("HPEXPIREAT", "h", LATEST_MS, "FIELDS", 1, "f1")).toEqual([SET]);
    expect(call("HPEXPIREAT", "h", LATEST_MS + 1, "FIELDS", 1, "f1")).toEqual(tooLate("hpexpireat"));
    expect(call("HPEXPIRE", "h", LATEST_MS - START_MS, "FIELDS", 1, "f2")).toEqual([SET]);
    expect(call("HPEXPIRE", "h", LATEST_MS - START_MS + 1, "FIELDS", 1, "f2")).toEqual(tooLate("hpexpire"));
    expect(call("HEXPIREAT", "h", Math.floor(LATEST_MS / 1000) + 1, "FIELDS", 1, "f2")).toEqual(tooLate("hexpireat"));
    expect(call("HEXPIRE", "h", "9223372036854775807", "FIELDS", 1, "f2")).toEqual(tooLate("hexpire"));
    expect(call("HPEXPIRETIME", "h", "FIELDS", 2, "f1", "f2")).toEqual([LATEST_MS, LATEST_MS]);
  });

  // ---- what becomes of the time -------------------------------------------------------------------------------------

  test("a value set anew lives on, one that is added to keeps its time", () => {
    call("HSET", "h", "n", "1", "x", "1.5");
    call("HEXPIRE", "h", 10, "FIELDS", 5, "f1", "f2", "f3", "n", "x");
    call("HSET", "h", "f1", "again");
    call("HMSET", "h", "f2", "again");
    expect(call("HSETNX", "h", "f3", "again")).toBe(0);
    expect(call("HINCRBY", "h", "n", 1_000_000)).toBe(1_000_001);
    expect(call("HINCRBYFLOAT", "h", "x", "0.25")).toBe("1.75");
    expect(call("HTTL", "h", "FIELDS", 5, "f1", "f2", "f3", "n", "x")).toEqual([NO_EXPIRY, NO_EXPIRY, 10, 10, 10]);
    checkAll(local);
  });

  test("a sum is propagated so that the field keeps its time", () => {
    call("HSET", "h", "x", "1.5");
    call("HINCRBYFLOAT", "h", "x", "0.25");
    call("HPEXPIRE", "h", 10, "FIELDS", 1, "x");
    call("HINCRBYFLOAT", "h", "x", "0.25");
    call("HINCRBYFLOAT", "h", "new", "2");
    expect(local.takeEffects()).toEqual([
      "HSET h x 1.5",
      "HSET h x 1.75",
      `HPEXPIREAT h ${START_MS + 10} FIELDS 1 x`,
      "HSETEX h KEEPTTL FIELDS 1 x 2",
      "HSET h new 2",
    ]);
  });

  test("HPERSIST takes a time away", () => {
    call("HEXPIRE", "h", 10, "FIELDS", 1, "f1");
    expect(call("HPERSIST", "h", "FIELDS", 3, "f1", "f2", "none")).toEqual([SET, NO_EXPIRY, NO_FIELD]);
    expect(call("HTTL", "h", "FIELDS", 1, "f1")).toEqual([NO_EXPIRY]);
    pass(20_000);
    expect(call("HLEN", "h")).toBe(3);
    expect(local.server.keyspace.databases[0].fieldExpiry.count).toBe(0);
    expect(call("OBJECT", "ENCODING", "h")).toBe(encoding);
  });

  test.each(["lazily", "actively"])("fields are gone from every command once their time has passed (%s)", (how) => {
    call("HPEXPIRE", "h", 100, "FIELDS", 2, "f1", "f3");
    pass(100);
    expect(call("HLEN", "h")).toBe(3);
    pass(1);
    if (how === "actively") expireActively(local);
    expect(call("HLEN", "h")).toBe(1);
    expect(call("HGETALL", "h")).toEqual(["f2", "v2"]);
    expect(call("HKEYS", "h")).toEqual(["f2"]);
    expect(call("HVALS", "h")).toEqual(["v2"]);
    expect(call("HGET", "h", "f1")).toBe(null);
    expect(call("HMGET", "h", "f1", "f2", "f3")).toEqual([null, "v2", null]);
    expect(call("HEXISTS", "h", "f3")).toBe(0);
    expect(call("HSTRLEN", "h", "f3")).toBe(0);
    expect(call("HSCAN", "h", 0)).toEqual(["0", ["f2", "v2"]]);
    expect(new Set(texts(call("HRANDFIELD", "h", -50)))).toEqual(new Set(["f2"]));
    expect(call("HRANDFIELD", "h")).toBe("f2");
    expect(call("HTTL", "h", "FIELDS", 2, "f1", "f2")).toEqual([NO_FIELD, NO_EXPIRY]);
    expect(call("HPERSIST", "h", "FIELDS", 1, "f1")).toEqual([NO_FIELD]);
    expect(call("HSETNX", "h", "f1", "new")).toBe(1);
    expect(call("HDEL", "h", "f3")).toBe(0);
    expect(call("HINCRBY", "h", "f3", 5)).toBe(5);
    expect(call("INFO", "stats")).toMatch(/expired_subkeys:2\r/);
    checkAll(local);
  });

  test.each(["EXISTS", "TYPE", "HLEN", "HGET", "TTL", "DUMP", "HSET"])(
    "a hash without fields is no key to %s",
    (name) => {
      call("HPEXPIRE", "h", 100, "FIELDS", 3, "f1", "f2", "f3");
      pass(101);
      const rest = name === "HGET" ? ["f1"] : name === "HSET" ? ["f1", "v"] : [];
      const reply = call(name, "h", ...rest);
      const none: Record<string, Plain> = { TYPE: "none", HGET: null, TTL: -2, DUMP: null, HSET: 1 };
      expect(reply).toBe(name in none ? none[name] : 0);
      expect(call("DBSIZE")).toBe(name === "HSET" ? 1 : 0);
      expect(local.server.keyspace.databases[0].fieldExpiry.count).toBe(0);
      checkAll(local);
    },
  );

  test("DEBUG SET-ACTIVE-EXPIRE stops the slices only", () => {
    call("DEBUG", "SET-ACTIVE-EXPIRE", 0);
    expect(local.server.background.activeExpire).toBe(false);
    call("HPEXPIRE", "h", 1, "FIELDS", 3, "f1", "f2", "f3");
    pass(2);
    expect(call("DBSIZE")).toBe(1);
    expect(call("EXISTS", "h")).toBe(0);
  });

  // ---- HGETEX, HGETDEL, HSETEX ----------------------------------------------------------------------------------------

  test("HGETEX returns values and sets times", () => {
    const nowS = START_MS / 1000;
    expect(call("HGETEX", "h", "FIELDS", 2, "f1", "none")).toEqual(["v1", null]);
    expect(local.takeEffects()).toEqual([]);
    expect(call("HGETEX", "h", "EX", 10, "FIELDS", 2, "f1", "none")).toEqual(["v1", null]);
    expect(call("HGETEX", "h", "px", 11_000, "FIELDS", 1, "f2")).toEqual(["v2"]);
    expect(call("HGETEX", "h", "EXAT", nowS + 12, "FIELDS", 1, "f3")).toEqual(["v3"]);
    expect(call("HTTL", "h", "FIELDS", 3, "f1", "f2", "f3")).toEqual([10, 11, 12]);
    expect(call("HGETEX", "h", "PXAT", START_MS + 13_000, "FIELDS", 1, "f1")).toEqual(["v1"]);
    expect(call("HGETEX", "h", "PERSIST", "FIELDS", 2, "f2", "none")).toEqual(["v2", null]);
    expect(call("HGETEX", "h", "PERSIST", "FIELDS", 1, "f2")).toEqual(["v2"]);
    expect(call("HTTL", "h", "FIELDS", 3, "f1", "f2", "f3")).toEqual([13, NO_EXPIRY, 12]);
    expect(call("HGETEX", "h", "EX", 0, "FIELDS", 2, "f1", "f1")).toEqual(["v1", null]);
    expect(local.takeEffects()).toEqual([
      `HPEXPIREAT h ${START_MS + 10_000} FIELDS 1 f1`,
      `HPEXPIREAT h ${START_MS + 11_000} FIELDS 1 f2`,
      `HPEXPIREAT h ${START_MS + 12_000} FIELDS 1 f3`,
      `HPEXPIREAT h ${START_MS + 13_000} FIELDS 1 f1`,
      "HPERSIST h FIELDS 2 f2 none",
      "HDEL h f1",
    ]);
    checkAll(local);
  });

  test("HGETDEL returns values and deletes fields, with the last one the key", () => {
    expect(call("HGETDEL", "h", "FIELDS", 2, "f3", "none")).toEqual(["v3", null]);
    expect(call("HGETDEL", "h", "FIELDS", 1, "none")).toEqual([null]);
    expect(call("HGETDEL", "h", "FIELDS", 3, "f1", "f2", "f1")).toEqual(["v1", "v2", null]);
    expect(call("KEYS", "*")).toEqual([]);
    expect(local.takeEffects()).toEqual(["HDEL h f3 none", "HDEL h f1 f2 f1"]);
  });

  test("HSETEX sets values and times", () => {
    const nowS = START_MS / 1000;
    expect(call("HSETEX", "n", "EX", 10, "FIELDS", 2, "a", "1", "b", "2")).toBe(1);
    expect(call("HSETEX", "n", "PXAT", START_MS + 20_000, "FIELDS", 1, "c", "3")).toBe(1);
    expect(call("HSETEX", "n", "EXAT", nowS + 30, "FIELDS", 1, "d", "4")).toBe(1);
    expect(call("HTTL", "n", "FIELDS", 4, "a", "b", "c", "d")).toEqual([10, 10, 20, 30]);
    expect(call("HSETEX", "n", "KEEPTTL", "FIELDS", 2, "a", "one", "e", "5")).toBe(1);
    expect(call("HSETEX", "n", "FIELDS", 1, "b", "two")).toBe(1);
    expect(call("HMGET", "n", "a", "b", "e")).toEqual(["one", "two", "5"]);
    expect(call("HTTL", "n", "FIELDS", 3, "a", "b", "e")).toEqual([10, NO_EXPIRY, NO_EXPIRY]);
    expect(local.takeEffects()).toEqual([
      `HSETEX n PXAT ${START_MS + 10_000} FIELDS 2 a 1 b 2`,
      `HSETEX n PXAT ${START_MS + 20_000} FIELDS 1 c 3`,
      `HSETEX n PXAT ${START_MS + 30_000} FIELDS 1 d 4`,
      "HSETEX n KEEPTTL FIELDS 2 a one e 5",
      "HSETEX n FIELDS 1 b two",
    ]);
    checkAll(local);
  });

  test("HSETEX with FNX sets all if there is none, with FXX if there are all", () => {
    expect(call("HSETEX", "h", "FNX", "FIELDS", 2, "new", "1", "f1", "2")).toBe(0);
    expect(call("HEXISTS", "h", "new")).toBe(0);
    expect(call("HSETEX", "h", "EX", 5, "FNX", "FIELDS", 2, "n1", "1", "n2", "2")).toBe(1);
    expect(call("HSETEX", "h", "FXX", "FIELDS", 2, "f1", "x", "none", "2")).toBe(0);
    expect(call("HSETEX", "h", "FXX", "PX", 7000, "FIELDS", 2, "f1", "x", "n1", "y")).toBe(1);
    expect(call("HTTL", "h", "FIELDS", 3, "f1", "n1", "n2")).toEqual([7, 7, 5]);
    expect(call("HSETEX", "none", "FXX", "FIELDS", 1, "a", "b")).toBe(0);
    expect(call("EXISTS", "none")).toBe(0);
    expect(call("HSETEX", "none", "FNX", "FIELDS", 1, "a", "b")).toBe(1);
  });

  test("HSETEX with a time that has passed leaves no field", () => {
    expect(call("HSETEX", "h", "PXAT", 1, "FIELDS", 2, "f1", "x", "new", "y")).toBe(1);
    expect(texts(call("HKEYS", "h")).sort()).toEqual(["f2", "f3"]);
    expect(call("HSETEX", "n", "EX", 0, "FIELDS", 1, "f1", "x")).toBe(1);
    expect(call("EXISTS", "n")).toBe(0);
    expect(local.takeEffects()).toEqual(["HDEL h f1 new", "HDEL n f1"]);
  });

  test("what a user may get wrong of HSETEX", () => {
    const arity = { error: "ERR wrong number of arguments for 'hsetex' command" };
    const twice = { error: "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified" };
    expect(call("HSETEX", "h", "FIELDS", 1, "f1", "v", "f2")).toEqual(arity);
    expect(call("HSETEX", "h", "FIELDS", 2, "f1", "v")).toEqual(arity);
    expect(call("HSETEX", "h", "FNX", "EX", 10, "FIELDS")).toEqual(arity);
    expect(call("HSETEX", "h", "FIELDS", 0, "f1", "v")).toEqual({ error: "ERR invalid number of fields" });
    expect(call("HSETEX", "h", "FIELDS", "x", "f1", "v")).toEqual({ error: "ERR invalid number of fields" });
    expect(call("HSETEX", "h", "EX", 60, "KEEPTTL", "FIELDS", 1, "f", "v")).toEqual(twice);
    expect(call("HSETEX", "h", "KEEPTTL", "PX", 60, "FIELDS", 1, "f", "v")).toEqual(twice);
    expect(call("HSETEX", "h", "FNX", "FXX", "FIELDS", 1, "f", "v")).toEqual({
      error: "ERR Only one of FXX or FNX arguments can be specified",
    });
    expect(call("HSETEX", "h", "BAD", "FIELDS", 1, "f", "v")).toEqual({ error: "ERR unknown argument: BAD" });
    expect(call("HSETEX", "h", "FNX", "KEEPTTL", "FNY", "EX")).toEqual({ error: "ERR unknown argument: FNY" });
    expect(call("HSETEX", "h", "FNX", "a", "b", "c")).toEqual({ error: "ERR unknown argument: a" });
    expect(call("HSETEX", "h", "EX", "x", "FIELDS", 1, "f", "v")).toEqual(NOT_AN_INTEGER);
    expect(call("HSETEX", "h", "EX", -1, "FIELDS", 1, "f", "v")).toEqual({
      error: "ERR invalid expire time, must be >= 0",
    });
    expect(local.takeEffects()).toEqual([]);
  });

  // ---- effects and events -------------------------------------------------------------------------------------------

  test("times are propagated as points in time, of the fields that have got one", () => {
    const when = START_MS + 10_000;
    call("HEXPIRE", "h", 10, "FIELDS", 2, "f1", "none");
    call("HPEXPIRE", "h", 10_000, "LT", "FIELDS", 2, "f1", "f2");
    call("HEXPIREAT", "h", when / 1000, "FIELDS", 1, "f3");
    call("HPEXPIREAT", "h", when, "FIELDS", 1, "f3");
    call("HPEXPIREAT", "h", when, "NX", "FIELDS", 1, "f3");
    call("HPERSIST", "h", "FIELDS", 2, "f1", "none");
    call("HPERSIST", "h", "FIELDS", 1, "none");
    expect(local.takeEffects()).toEqual([
      `HPEXPIREAT h ${when} FIELDS 1 f1`,
      `HPEXPIREAT h ${when} LT FIELDS 1 f2`,
      `HPEXPIREAT h ${when} FIELDS 1 f3`,
      `HPEXPIREAT h ${when} FIELDS 1 f3`,
      "HPERSIST h FIELDS 2 f1 none",
    ]);
  });

  test("fields that lapse are propagated as deletions, ahead of the command that notices", () => {
    call("HPEXPIRE", "h", 10, "FIELDS", 1, "f1");
    call("HPEXPIRE", "h", 20, "FIELDS", 2, "f2", "f3");
    local.takeEffects();
    pass(11);
    call("HINCRBY", "h", "f1", 7);
    expect(local.takeEffects()).toEqual(["MULTI", "HDEL h f1", "HINCRBY h f1 7", "EXEC"]);
    pass(10);
    expireActively(local);
    const [deletion, ...rest] = local.takeEffects();
    expect(deletion.split(" ").sort()).toEqual(["HDEL", "f2", "f3", "h"]);
    expect(rest).toEqual([]);
    expect(call("HGETALL", "h")).toEqual(["f1", "7"]);
  });

  test("what is told", () => {
    local.listen(CLASS_HASH | CLASS_GENERIC | CLASS_EXPIRED);
    call("HEXPIRE", "h", 10, "FIELDS", 2, "f1", "f2");
    call("HEXPIRE", "h", 10, "NX", "FIELDS", 1, "f1");
    call("HPERSIST", "h", "FIELDS", 1, "f1");
    call("HPERSIST", "h", "FIELDS", 1, "f1");
    call("HGETEX", "h", "FIELDS", 1, "f1");
    call("HGETEX", "h", "EX", 10, "FIELDS", 1, "f1");
    call("HGETEX", "h", "PERSIST", "FIELDS", 1, "f1");
    expect(local.takeEvents()).toEqual(["hexpire h", "hpersist h", "hexpire h", "hpersist h"]);
    call("HSETEX", "h", "FIELDS", 1, "f1", "v");
    call("HSETEX", "h", "EX", 10, "FIELDS", 1, "f1", "v");
    call("HSETEX", "h", "EX", 0, "FIELDS", 1, "f1", "v");
    expect(local.takeEvents()).toEqual(["hset h", "hset h", "hexpire h", "hset h", "hdel h"]);
    call("HEXPIRE", "h", 0, "FIELDS", 1, "f3");
    expect(local.takeEvents()).toEqual(["hdel h"]);
    call("HEXPIRE", "h", 0, "FIELDS", 1, "f2");
    expect(local.takeEvents()).toEqual(["hdel h", "del h"]);
    call("HSETEX", "h", "EX", 0, "FIELDS", 1, "f1", "v");
    expect(local.takeEvents()).toEqual(["hset h", "hdel h", "del h"]);
    call("HSETEX", "h", "PX", 10, "FIELDS", 2, "a", "v", "b", "v");
    call("HPEXPIRE", "h", 20, "FIELDS", 1, "b");
    local.takeEvents();
    pass(11);
    expect(call("HLEN", "h")).toBe(1);
    expect(local.takeEvents()).toEqual(["hexpired h"]);
    pass(10);
    expireActively(local);
    expect(local.takeEvents()).toEqual(["hexpired h", "del h"]);
    call("HSET", "h", "a", "1");
    call("HGETDEL", "h", "FIELDS", 1, "b");
    call("HGETDEL", "h", "FIELDS", 1, "a");
    expect(local.takeEvents()).toEqual(["hset h", "hdel h", "del h"]);
  });

  test("a field that lapses changes its key for whoever watches it", () => {
    const other = local.connect();
    call("HPEXPIRE", "h", 10, "FIELDS", 1, "f1");
    other.call("WATCH", "h");
    pass(11);
    expireActively(local);
    other.call("MULTI");
    other.call("PING");
    expect(other.call("EXEC")).toBe(null);
  });

  // ---- the key as a whole -----------------------------------------------------------------------------------------

  test("times go where the hash goes", () => {
    call("HPEXPIRE", "h", 100, "FIELDS", 1, "f1");
    call("HPEXPIRE", "h", 200, "FIELDS", 1, "f2");
    call("RENAME", "h", "renamed");
    call("COPY", "renamed", "copied");
    call("COPY", "renamed", "copied", "DB", 3);
    call("COPY", "renamed", "gone");
    call("SET", "gone", "text");
    call("COPY", "renamed", "flushed", "DB", 5);
    call("SELECT", 5);
    call("FLUSHDB");
    call("SELECT", 0);
    call("MOVE", "renamed", 4);
    call("SWAPDB", 0, 3);
    const counts = local.server.keyspace.databases.slice(0, 6).map(({ fieldExpiry }) => fieldExpiry.count);
    expect(counts).toEqual([1, 0, 0, 1, 1, 0]);
    checkAll(local);
    pass(101);
    for (const [database, key] of [
      [0, "copied"],
      [3, "copied"],
      [4, "renamed"],
    ] as const) {
      call("SELECT", database);
      expect(call("HLEN", key)).toBe(2);
      expect(call("HPTTL", key, "FIELDS", 3, "f1", "f2", "f3")).toEqual([NO_FIELD, 99, NO_EXPIRY]);
      expect(call("OBJECT", "ENCODING", key)).toBe(encoding);
    }
    expect(call("INFO", "keyspace")).toMatch(/db0:keys=1,expires=0,avg_ttl=0,subexpiry=1\r/);
    call("FLUSHALL");
    while (local.server.keyspace.lazyFree.step());
    expect(local.server.keyspace.databases.map(({ fieldExpiry }) => fieldExpiry.count)).toEqual(Array(16).fill(0));
    checkAll(local);
  });

  test("a key's own time and those of its fields do not mix", () => {
    call("HPEXPIRE", "h", 100, "FIELDS", 1, "f1");
    call("PEXPIRE", "h", 50);
    expect(call("HPTTL", "h", "FIELDS", 1, "f1")).toEqual([100]);
    call("PERSIST", "h");
    expect(call("HPTTL", "h", "FIELDS", 1, "f1")).toEqual([100]);
    expect(call("PTTL", "h")).toBe(-1);
    call("PEXPIRE", "h", 50);
    pass(51);
    expect(call("EXISTS", "h")).toBe(0);
    expect(local.server.keyspace.databases[0].fieldExpiry.count).toBe(0);
  });

  test("a hash that grows takes its times along", () => {
    call("CONFIG", "SET", "hash-max-listpack-entries", Math.min(entriesMax, 10));
    for (let index = 0; index < 30; index++) call("HSETEX", "g", "PX", 100 + index, "FIELDS", 1, `f${index}`, index);
    expect(call("OBJECT", "ENCODING", "g")).toBe("hashtable");
    const ttls = call("HPTTL", "g", "FIELDS", 30, ...Array.from({ length: 30 }, (_, index) => `f${index}`));
    expect(ttls).toEqual(Array.from({ length: 30 }, (_, index) => 100 + index));
    pass(110);
    expect(call("HLEN", "g")).toBe(20);
    checkAll(local);
  });
});

// ---- many at once -----------------------------------------------------------------------------------------------------

describe("fields that lapse by the thousand", () => {
  const COUNT = 5000;

  function filled(extra: string[]): LocalServer {
    const local = new LocalServer();
    for (let index = 0; index < COUNT; index += 100) {
      const pairs = Array.from({ length: 100 }, (_, more) => [`f${index + more}`, "v"]).flat();
      local.call("HSETEX", "h", "PX", 100, "FIELDS", 100, ...pairs);
    }
    if (extra.length > 0) local.call("HSET", "h", ...extra.flatMap((field) => [field, "stays"]));
    local.nowMs += 101;
    local.takeEffects();
    return local;
  }

  test("are out of sight at once, and removed a few at a time", () => {
    const local = filled(["a", "b", "c"]);
    expect(local.call("HLEN", "h")).toBe(3);
    const { keyspace } = local.server;
    expect(keyspace.stats.expiredFields).toBeGreaterThan(0);
    expect(keyspace.stats.expiredFields).toBeLessThan(COUNT / 10);
    expect(local.call("HGETALL", "h")).toHaveLength(6);
    expect(texts(local.call("HKEYS", "h")).sort()).toEqual(["a", "b", "c"]);
    expect(local.call("HGET", "h", "f4999")).toBe(null);
    expect(local.call("HEXISTS", "h", "f4999")).toBe(0);
    expect(local.call("HTTL", "h", "FIELDS", 1, "f4999")).toEqual([NO_FIELD]);
    const seen = new Set<string>();
    for (let times = 0; times < 30; times++) seen.add(String(local.call("HRANDFIELD", "h")));
    expect([...seen].sort()).toEqual(["a", "b", "c"]);
    let cursor = "0";
    const scanned: string[] = [];
    do {
      const [next, page] = local.call("HSCAN", "h", cursor, "COUNT", 50, "NOVALUES") as [string, string[]];
      cursor = next;
      scanned.push(...page);
    } while (cursor !== "0");
    expect(scanned.sort()).toEqual(["a", "b", "c"]);
    expect(local.call("DEBUG", "DIGEST-VALUE", "h")).toEqual(
      (() => {
        const plain = new LocalServer();
        plain.call("HSET", "h", "a", "stays", "b", "stays", "c", "stays");
        return plain.call("DEBUG", "DIGEST-VALUE", "h");
      })(),
    );
    checkAll(local);
    while (keyspace.databases[0].fieldExpiry.count > 0) expireActively(local);
    expect(keyspace.stats.expiredFields).toBe(COUNT);
    expect(local.call("HLEN", "h")).toBe(3);
    checkAll(local);
  });

  test("give way to new ones of the same name", () => {
    const local = filled(["a"]);
    expect(local.call("HSET", "h", "f4999", "new")).toBe(1);
    expect(local.call("HINCRBY", "h", "f4998", 3)).toBe(3);
    expect(local.call("HSETNX", "h", "f4997", "new")).toBe(1);
    expect(local.call("HSETEX", "h", "FNX", "EX", 9, "FIELDS", 1, "f4996", "new")).toBe(1);
    expect(local.call("HEXPIRE", "h", 9, "FIELDS", 2, "f4995", "f4998")).toEqual([NO_FIELD, SET]);
    expect(local.call("HDEL", "h", "f4994")).toBe(0);
    expect(local.call("HLEN", "h")).toBe(5);
    const effects = local.takeEffects().filter((line) => !line.startsWith("HDEL h f0 "));
    expect(effects.some((line) => line === "HDEL h f4998")).toBe(true);
    checkAll(local);
    while (local.server.keyspace.databases[0].fieldExpiry.nextDue() < local.nowMs) expireActively(local);
    expect(local.call("HLEN", "h")).toBe(5);
    checkAll(local);
  });

  test("go with their key when none is left", () => {
    const local = filled([]);
    expect(local.call("EXISTS", "h")).toBe(0);
    expect(local.takeEffects()).toEqual(["DEL h"]);
    expect(local.call("INFO", "stats")).toMatch(new RegExp(`expired_subkeys:${COUNT}\r`));
    while (local.server.keyspace.lazyFree.step());
    checkAll(local);
  });

  test("go with their key when the last other one is deleted", () => {
    const local = filled(["a"]);
    expect(local.call("HDEL", "h", "a")).toBe(1);
    expect(local.call("EXISTS", "h")).toBe(0);
    const effects = local.takeEffects();
    expect(effects.at(-2)).toBe("HDEL h a");
    expect(effects.at(-1)).toBe("EXEC");
    expect(effects).toContain("DEL h");
    checkAll(local);
  });
});

test("every command of fields that expire is newer than the oracle", () => {
  const newer = HASH_ROWS.filter(({ since }) => isNewer(since)).map(({ name }) => name);
  expect(newer.sort()).toEqual(
    "hexpire hexpireat hexpiretime hgetdel hgetex hpersist hpexpire hpexpireat hpexpiretime hpttl hsetex httl".split(
      " ",
    ),
  );
});

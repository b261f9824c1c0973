/** DUMP and RESTORE beside a real Redis: each reads what the other has written. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Reply } from "../../src/protocol/reply-reader.ts";
import { FamilyOracle } from "../commands/family-oracle.ts";
import { type Call, Oracle, show } from "../commands/generic-oracle.ts";
import { LocalServer } from "../commands/generic-server.ts";
import { missingOracle } from "../oracle.ts";
import { valueCalls } from "./values.ts";

const values = valueCalls();
/** 7.2 keeps small lists and sets as listpacks, 7.0 does not. */
const ENCODINGS_OF_72: Readonly<Record<string, string>> = { quicklist: "listpack", hashtable: "listpack" };
/** What is one run of bytes in memory, or several in an order that is told, is the same in every dump. */
const SMALL = new Set(["int", "embstr", "raw", "listpack", "intset", "stream"]);

function bytesOf(reply: Reply): Uint8Array {
  if (reply.kind !== "bulk") throw new Error(`no bytes: ${show(reply)}`);
  return reply.bytes;
}

describe.skipIf(missingOracle() !== undefined)("beside a real Redis", () => {
  let oracle: Oracle;
  let local: LocalServer;
  beforeAll(async () => {
    oracle = await Oracle.start();
    local = new LocalServer();
    await oracle.batch([...values.values()].flat());
  });
  afterAll(() => oracle?.stop());

  describe.each([["yes"], ["no"]])("rdbcompression %s", (compression) => {
    test.each([...values.keys()])("%s", async (key) => {
      const setting: Call = ["CONFIG", "SET", "rdbcompression", compression];
      local.call(...setting);
      const [, dumped, digest, encoding] = await oracle.batch([
        setting,
        ["DUMP", key],
        ["DEBUG", "DIGEST-VALUE", key],
        ["OBJECT", "ENCODING", key],
      ]);
      const dump = bytesOf(dumped);
      expect(local.call("RESTORE", "k", 0, dump, "REPLACE")).toBe("OK");
      expect(show(local.client.ask("DEBUG", "DIGEST-VALUE", "k"))).toBe(show(digest));
      const theirs = Buffer.from(bytesOf(encoding)).toString();
      const ours = local.call("OBJECT", "ENCODING", "k") as string;
      if (ours !== theirs) expect(ours).toBe(ENCODINGS_OF_72[theirs]);
      const again = bytesOf(local.client.ask("DUMP", "k"));
      // A set that is a listpack is written in its order.
      const isSame = compression === "no" && SMALL.has(ours) && !(key.startsWith("set:") && ours === "listpack");
      if (isSame) expect(Buffer.compare(again, dump)).toBe(0);
      const [restored, back] = await oracle.batch([
        ["RESTORE", "copy", 0, again, "REPLACE"],
        ["DEBUG", "DIGEST-VALUE", "copy"],
      ]);
      expect(show(restored)).toBe("+OK");
      expect(show(back)).toBe(show(digest));
    });
  });

  test("accounts for all of it, and gives it back", () => {
    local.call("FLUSHALL");
    while (local.server.keyspace.lazyFree.step());
    local.check();
    expect(local.server.keyspace.databases[0].entryBytes).toBe(0);
  });
});

describe.skipIf(missingOracle() !== undefined)("the commands beside a real Redis", () => {
  let family: FamilyOracle;
  beforeAll(async () => {
    family = await FamilyOracle.start({}, (call, reply) =>
      call[0] === "PTTL" || call[1] === "IDLETIME" ? near(reply) : show(reply),
    );
  });
  afterAll(() => family?.stop());

  /** Times differ by what lies between two servers: one digit is the same, far from where it would be another. */
  function near(reply: Reply): string {
    if (reply.kind !== "integer") return show(reply);
    const value = Number(reply.value);
    if (value < 0) return show(reply);
    return value < 100 ? "moments" : `about ${value.toPrecision(1)}`;
  }

  const HELLO = Buffer.from("\0\x05hello\n\0crßve4 \n", "latin1");
  const hello = Uint8Array.from([0, 5, ...Buffer.from("hello"), 10, 0]);
  const OPTIONS: Call[] = [
    [],
    ["REPLACE"],
    ["replace"],
    ["ABSTTL"],
    ["absttl", "REPLACE"],
    ["IDLETIME", "1000"],
    ["IDLETIME", "-1"],
    ["IDLETIME", "x"],
    ["IDLETIME"],
    ["FREQ", "100"],
    ["FREQ", "256"],
    ["FREQ", "-1"],
    ["FREQ", "x"],
    ["FREQ"],
    ["IDLETIME", "1", "FREQ", "1"],
    ["FREQ", "1", "IDLETIME", "1"],
    ["IDLETIME", "1", "IDLETIME", "2", "REPLACE"],
    ["KEEPTTL"],
    ["REPLACE", "REPLACE", "ABSTTL", "ABSTTL"],
    [""],
  ];
  const TIMES = ["0", "120000000", "-1", "x", "", "1.5", "99999999999999999999", "1", "4000000000000"];

  function conversation(payload: Uint8Array): Call[] {
    const calls: Call[] = [];
    for (const options of OPTIONS) {
      for (const time of TIMES) {
        // A moment, or one that is none to somebody else by then.
        if (time === "1" && !options.some((option) => /absttl/i.test(String(option)))) continue;
        calls.push(
          ["RESTORE", "k", time, payload, ...options],
          ["GET", "k"],
          ["PTTL", "k"],
          ["OBJECT", "IDLETIME", "k"],
        );
        calls.push(["RESTORE", "new", time, payload, ...options], ["GET", "new"], ["PTTL", "new"], ["DEL", "new"]);
      }
    }
    return calls;
  }

  test.each([2, 3] as const)("options and errors, RESP%i", async (resp) => {
    const oracle = await Oracle.start();
    const [, dumped] = await oracle.batch([
      ["SET", "k", "hello"],
      ["DUMP", "k"],
    ]);
    await oracle.stop();
    const payload = bytesOf(dumped);
    expect(payload.subarray(0, hello.length)).toEqual(hello);
    const broken = payload.slice();
    broken[3] ^= 1;
    const calls: Call[] = [["SET", "k", "old"], ...conversation(payload), ...conversation(broken).slice(0, 20)];
    calls.push(["RESTORE"], ["RESTORE", "k"], ["RESTORE", "k", "0"], ["DUMP"], ["DUMP", "a", "b"], ["DUMP", "none"]);
    calls.push(
      ["RESTORE", "k", "0", ""],
      ["RESTORE", "k", "0", "", "REPLACE"],
      ["RESTORE", "n", "0", HELLO.subarray(0, 9)],
    );
    calls.push(["RESTORE-ASKING", "n", "0", payload], ["GET", "n"], ["DUMP", "n"]);
    // A counter falls when the minute ends.
    calls.push(["CONFIG", "SET", "lfu-decay-time", "0"]);
    calls.push(["CONFIG", "SET", "maxmemory-policy", "allkeys-lfu"], ["RESTORE", "f", "0", payload, "FREQ", "77"]);
    calls.push(
      ["OBJECT", "FREQ", "f"],
      ["RESTORE", "f", "0", payload, "IDLETIME", "77", "REPLACE"],
      ["OBJECT", "FREQ", "f"],
    );
    calls.push(["CONFIG", "SET", "maxmemory-policy", "noeviction"], ["CONFIG", "SET", "lfu-decay-time", "1"]);
    await family.compare(calls, resp);
  });

  test("payloads that are no value", async () => {
    const calls: Call[] = [
      ["DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "1"],
      ["CONFIG", "SET", "sanitize-dump-payload", "yes"],
      ["SET", "k", "v"],
    ];
    const footer = `\x0a\0${"\0".repeat(8)}`;
    const bodies = [
      ...[
        "",
        "\0",
        "\0\x1fhell",
        "\0\x80\0\0",
        "\0\x81\xff\xff\xff\xff\xff\xff\xff\xf7",
        "\0\xc4",
        "\0\xc3\x05\x0a\0xx",
      ],
      ...["\x08\0", "\x15\0", "\xff", "\x01\0", "\x02\0", "\x03\0", "\x04\0", "\x05\0", "\x12\0", "\x0e\0"],
      ...[
        "\x02\x02\x01a\x01a",
        "\x04\x02\x01a\x01b\x01a\x01c",
        "\x03\x01\x01a\xfd",
        "\x05\x02\x01a\0\0\0\0\0\0\0\0\x01a\0\0\0\0\0\0\0\0",
      ],
      ...[
        "\x05\x01\x01a\0\0\0\0\0\0\xf8\x7f",
        "\x12\x01\x03\x07\x07\0\0\0\0\0\xff",
        "\x12\x01\x02\0",
        "\x0b\x08\x02\0\0\0\0\0\0\0",
      ],
      ...["\x10\x07\x07\0\0\0\0\0\xff", "\x11\x07\x07\0\0\0\0\0\xff", "\x0a\x0b\x0b\0\0\0\x0a\0\0\0\0\0\xff"],
    ];
    for (const body of bodies) {
      const payload = Buffer.from(body + footer, "latin1");
      calls.push(
        ["RESTORE", "n", "0", payload],
        ["EXISTS", "n"],
        ["RESTORE", "k", "0", payload, "REPLACE"],
        ["GET", "k"],
      );
    }
    calls.push(["RESTORE", "n", "0", Buffer.from(`\0\x01a\x0d\0${"\0".repeat(8)}`, "latin1")]);
    calls.push(["DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "0"]);
    await family.compare(calls, 2);
  });

  test("propagation and events", async () => {
    const oracle = await Oracle.start();
    const [, dumped] = await oracle.batch([
      ["RPUSH", "k", "hello"],
      ["DUMP", "k"],
    ]);
    await oracle.stop();
    const payload = bytesOf(dumped);
    await family.comparePropagation([
      ["RESTORE", "a", "0", payload],
      ["RESTORE", "a", "0", payload],
      ["RESTORE", "a", "0", payload, "replace"],
      ["RESTORE", "b", "4000000000000", payload, "ABSTTL"],
      ["RESTORE", "b", "4000000000001", payload, "ABSTTL", "REPLACE"],
      ["RESTORE", "b", "1", payload, "ABSTTL", "REPLACE"],
      ["RESTORE", "c", "1", payload, "ABSTTL"],
      ["RESTORE", "c", "1", payload, "ABSTTL", "REPLACE"],
      ["RESTORE", "c", "0", "nothing"],
      ["RESTORE", "d", "0", payload, "IDLETIME", "5"],
      ["RESTORE-ASKING", "e", "0", payload],
      ["DUMP", "a"],
      ["DUMP", "none"],
    ]);
  });
});

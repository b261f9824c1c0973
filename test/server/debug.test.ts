/** DEBUG, on a server without sockets and, where a real Redis is installed, beside it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { sha1Of } from "../../src/base/sha1.ts";
import { ClientState } from "../../src/commands/client-state.ts";
import { type Call, Oracle, show } from "../commands/generic-oracle.ts";
import { LocalServer, type Plain, START_MS } from "../commands/generic-server.ts";
import { missingOracle } from "../oracle.ts";

const absence = missingOracle();
const NOTHING = "0".repeat(40);

let local: LocalServer;
const call = (...args: (string | number | Uint8Array)[]): Plain => local.call(...args);

beforeEach(() => {
  local = new LocalServer();
});

describe("enable-debug-command", () => {
  const refusal = {
    error:
      'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.',
  };

  test("lets nobody, anybody, or clients of this machine", () => {
    const { authentication } = local.server;
    const client = (address: string): ClientState => new ClientState(1, address, "", 0);
    const people = ["127.0.0.1:1", "[::1]:1", "/tmp/socket:0", "10.0.0.1:1"].map(client);
    const allowed = (): boolean[] => people.map((person) => authentication.refuseProtected(person) === null);
    authentication.debugAccess = "no";
    expect(allowed()).toEqual([false, false, false, false]);
    authentication.debugAccess = "local";
    expect(allowed()).toEqual([true, true, true, false]);
    authentication.debugAccess = "yes";
    expect(allowed()).toEqual([true, true, true, true]);
  });

  test("refuses every subcommand, within MULTI too, and nothing can change that", () => {
    local.server.authentication.debugAccess = "no";
    for (const subcommand of ["HELP", "SLEEP", "NONSENSE"]) expect(call("DEBUG", subcommand)).toEqual(refusal);
    call("MULTI");
    expect(call("DEBUG", "HELP")).toEqual(refusal);
    expect(call("EXEC")).toEqual({ error: "EXECABORT Transaction discarded because of previous errors." });
    expect(call("CONFIG", "SET", "enable-debug-command", "yes")).toEqual({
      error: expect.stringContaining("can't set immutable config"),
    });
  });
});

describe("digest", () => {
  const xor = (one: Uint8Array, data: string): Buffer => {
    const hash = sha1Of(Buffer.from(data, "latin1"));
    return Buffer.from(one.map((byte, index) => byte ^ hash[index]));
  };
  const mix = (one: Uint8Array, data: string): Buffer => Buffer.from(sha1Of(xor(one, data)));

  test("follows Redis's formula: type, value, expiry; then key, database and all together", () => {
    call("SET", "k", "value", "PXAT", START_MS + 1000);
    const value = (key: Buffer): Buffer => xor(mix(mix(key, "\0\0\0\0"), "value"), "!!expire!!");
    expect(call("DEBUG", "DIGEST-VALUE", "k", "none")).toEqual([value(Buffer.alloc(20)).toString("hex"), NOTHING]);
    const entry = value(mix(Buffer.alloc(20), "k"));
    const database = mix(Buffer.alloc(20), "\0\0\0\0");
    expect(call("DEBUG", "DIGEST")).toBe(xor(database, entry.toString("latin1")).toString("hex"));
  });

  test("is zero without data, independent of order, and sees keys that have expired unnoticed", () => {
    expect(call("DEBUG", "DIGEST")).toBe(NOTHING);
    expect(call("DEBUG", "DIGEST-VALUE")).toEqual([]);
    call("SET", "a", "1");
    call("SET", "b", "text", "PXAT", START_MS + 1);
    const digest = call("DEBUG", "DIGEST");
    local.nowMs += 10;
    expect(call("DEBUG", "DIGEST")).toBe(digest);
    expect(call("DEBUG", "DIGEST-VALUE", "b")).not.toEqual([NOTHING]);
    const other = new LocalServer();
    other.call("SET", "b", "text", "PXAT", START_MS + 99);
    other.call("SET", "a", "1");
    expect(other.call("DEBUG", "DIGEST")).toBe(digest);
    expect(call("DBSIZE")).toBe(2);
  });
});

test("OBJECT tells how a key is kept, wherever it is", () => {
  call("SET", "k", "1234");
  local.nowMs += 7000;
  const line = String(call("DEBUG", "OBJECT", "k"));
  expect(line).toMatch(
    /^Value at:0x[0-9a-f]+ refcount:2147483647 encoding:int serializedlength:3 lru:\d+ lru_seconds_idle:7$/,
  );
  expect(call("DEBUG", "OBJECT", "none")).toEqual({ error: "ERR no such key" });
  call("SET", "k", "20000");
  const before = String(call("DEBUG", "OBJECT", "k")).split(" ")[1];
  call("INCR", "k");
  expect(String(call("DEBUG", "OBJECT", "k")).split(" ")[1]).toBe(before);
});

test("POPULATE fills what is missing and is propagated to nobody", () => {
  call("SET", "key:1", "mine");
  local.takeEffects();
  expect(call("DEBUG", "POPULATE", 3)).toBe("OK");
  expect(["key:0", "key:1", "key:2"].map((key) => call("GET", key))).toEqual(["value:0", "mine", "value:2"]);
  call("DEBUG", "POPULATE", 2, "p", 10);
  expect(call("GET", "p:1")).toBe("value:1\0\0\0");
  expect(local.takeEffects()).toEqual([]);
  expect(local.server.keyspace.dirty).toBe(1);
});

test("switches are switched", () => {
  const { background, debug } = local.server;
  call("DEBUG", "SET-ACTIVE-EXPIRE", 0);
  call("debug", "pause-cron", "1");
  call("DEBUG", "SET-DISABLE-DENY-SCRIPTS", "1");
  call("DEBUG", "REPLYBUFFER", "RESIZING", 0);
  call("DEBUG", "REPLYBUFFER", "PEAK-RESET-TIME", 100);
  expect([background.activeExpire, background.paused, debug.allowsDeniedInScripts]).toEqual([false, true, true]);
  expect([debug.resizesReplyBuffers, debug.replyPeakResetMs]).toEqual([false, 100]);
  call("DEBUG", "REPLYBUFFER", "PEAK-RESET-TIME", "NEVER");
  expect(debug.replyPeakResetMs).toBe(-1);
  call("DEBUG", "REPLYBUFFER", "peak-reset-time", "reset");
  call("DEBUG", "SET-ACTIVE-EXPIRE", "1");
  call("DEBUG", "PAUSE-CRON", "off");
  expect([debug.replyPeakResetMs, background.activeExpire, background.paused]).toEqual([5000, true, false]);
});

test("CHANGE-REPL-ID gives the history another name, LOG writes a line", () => {
  const before = local.server.replicationId;
  expect(call("DEBUG", "CHANGE-REPL-ID")).toBe("OK");
  expect(local.server.replicationId).toMatch(/^[0-9a-f]{40}$/);
  expect(local.server.replicationId).not.toBe(before);
  expect(call("DEBUG", "LOG", "hello there")).toBe("OK");
  expect(local.logged.join("")).toMatch(/# DEBUG LOG: hello there\n/);
});

test("SLEEP returns at once under a clock that only moves by hand, and for times that are none", () => {
  for (const seconds of ["0", "-1", "nonsense", "3600"]) expect(call("DEBUG", "SLEEP", seconds)).toBe("OK");
});

test("HTSTATS counts every key at one home", () => {
  call("DEBUG", "POPULATE", 5000);
  call("EXPIRE", "key:1", 100);
  const text = String(call("DEBUG", "HTSTATS", 0));
  const [table, expires] = text.split("[Expires HT]\n");
  const figure = (name: string): number => Number(new RegExp(` ${name}: (\\d+)\n`).exec(table)?.[1]);
  expect(table).toMatch(/^\[Dictionary HT\]\nHash table 0 stats \(main hash table\):\n table size: /);
  expect(figure("number of elements")).toBe(5000);
  const chains = [...table.matchAll(/^ {3}(\d+): (\d+) \(/gm)].map(([, length, count]) => [+length, +count]);
  expect(chains.reduce((sum, [length, count]) => sum + length * count, 0)).toBe(5000);
  expect(chains.reduce((sum, [, count]) => sum + count, 0)).toBe(figure("table size"));
  expect(Math.max(...chains.map(([length]) => length))).toBe(figure("max chain length"));
  expect(expires).toContain(" number of elements: 1\n");
});

describe.skipIf(absence !== undefined)("beside a real Redis", () => {
  let oracle: Oracle;
  beforeAll(async () => {
    oracle = await Oracle.start("--rdbcompression", "no");
  });
  afterAll(() => oracle?.stop());

  async function compare(calls: readonly Call[]): Promise<void> {
    const theirs = await oracle.batch([["FLUSHALL"], ...calls]);
    for (const [index, args] of calls.entries()) {
      const text = args.map(String).join(" ");
      expect(`${text} → ${show(local.client.ask(...args))}`).toBe(`${text} → ${show(theirs[index + 1])}`);
    }
  }

  const wrong: Call[] = [
    ["DEBUG"],
    ["DEBUG", "NONSENSE"],
    ["DEBUG", "nonsense".repeat(40), "x"],
    ["DEBUG", "DIGEST", "x"],
    ["DEBUG", "OBJECT"],
    ["DEBUG", "OBJECT", "none"],
    ["DEBUG", "OBJECT", "a", "b"],
    ["DEBUG", "SLEEP"],
    ["DEBUG", "PROTOCOL"],
    ["DEBUG", "PROTOCOL", "nonsense"],
    ["DEBUG", "HTSTATS"],
    ["DEBUG", "HTSTATS", "x"],
    ["DEBUG", "HTSTATS", 16],
    ["DEBUG", "HTSTATS", -1],
    ["DEBUG", "HTSTATS", 3],
    ["DEBUG", "HTSTATS-KEY", "none"],
    ["SET", "k", "v"],
    ["DEBUG", "HTSTATS-KEY", "k"],
    ["DEBUG", "REPLYBUFFER", "NONSENSE", 1],
    ["DEBUG", "REPLYBUFFER", "PEAK-RESET-TIME", "x"],
    ["DEBUG", "REPLYBUFFER", "RESIZING"],
    ["DEBUG", "SET-ACTIVE-EXPIRE"],
    ["DEBUG", "HELP", "x"],
    ["DEBUG", "ERROR", "WEIRD a\r\nb\n"],
    ["DEBUG", "ERROR", ""],
    ["DEBUG", "ERROR"],
    ["DEBUG", "digest-value"],
    ["DEBUG", "LOG"],
  ];

  test("errors and small replies, RESP2", () => compare([["HELLO", 2], ...wrong].slice(1)));

  /** Replies to PROTOCOL; a double of 7.0 has seventeen digits where 7.2 has the shortest. */
  const kinds = ["string", "integer", "bignum", "null", "array", "set", "map", "attrib", "verbatim", "true", "false"];

  test.each([2, 3])("a specimen of every kind of reply, RESP%i", async (resp) => {
    local.client.call("HELLO", resp);
    await oracle.batch([["HELLO", resp]]);
    await compare(kinds.map((kind) => ["DEBUG", "PROTOCOL", kind]));
    if (resp === 2) await compare([["DEBUG", "PROTOCOL", "push"]]);
    await compare(wrong);
    await oracle.batch([["HELLO", 2]]);
  });

  test("OBJECT's encodings and lengths", async () => {
    const values = ["", "0", "-128", "127", "128", "-129", "32767", "32768", "-32769", "2147483647", "-2147483648"];
    values.push("2147483648", "9223372036854775807", "-9223372036854775808", "hello", "01", "1.5", "x".repeat(63));
    values.push("x".repeat(64), "x".repeat(16383), "x".repeat(16384), "x".repeat(100_000));
    call("CONFIG", "SET", "rdbcompression", "no");
    const figures = (line: string): string => line.replace(/at:0x\w+|lru:\d+|lru_seconds_idle:\d+/g, "");
    for (const value of values) {
      const calls: Call[] = [
        ["SET", "k", value],
        ["DEBUG", "OBJECT", "k"],
      ];
      const theirs = await oracle.batch(calls);
      call(...calls[0]);
      expect(`${value.slice(0, 20)}: ${figures(show(local.client.ask(...calls[1])))}`).toBe(
        `${value.slice(0, 20)}: ${figures(show(theirs[1]))}`,
      );
    }
  });
});

test("what PROTOCOL shows of doubles and pushes", () => {
  expect(show(local.client.ask("DEBUG", "PROTOCOL", "double"))).toBe('"3.141"');
  expect(call("DEBUG", "PROTOCOL", "push")).toEqual({ error: "ERR RESP2 is not supported by this command" });
  local.client.call("HELLO", 3);
  expect(show(local.client.ask("DEBUG", "PROTOCOL", "double"))).toBe(",3.141");
  expect(Buffer.from(local.client.raw("DEBUG", "PROTOCOL", "push")).toString()).toBe(
    ">2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n$40\r\nSome real reply following the push reply\r\n",
  );
});

test("HELP lists what there is", () => {
  const lines = call("DEBUG", "HELP") as string[];
  expect(lines[0]).toBe("DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  for (const name of ["DIGEST", "SLEEP <seconds>", "POPULATE <count> [<prefix>] [<size>]", "HELP"]) {
    expect(lines).toContain(name);
  }
});

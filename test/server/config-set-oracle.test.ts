import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Config } from "../../src/server/config/config.ts";
import { describeParameters } from "../../src/server/config/describe.ts";
import { readCommandLine } from "../../src/server/config/grammar.ts";
import { TestHost } from "./config-host.ts";
import { GIVEN, HIDDEN_SINCE, NEWER, Oracle, oracleMissing, pairsOf } from "./config-oracle.ts";

if (oracleMissing) console.log("config: not compared with Redis, since redis-server is not installed");

const SERVER = ["--save", "", "--enable-protected-configs", "yes"];
const ANYONE = { isLocal: true, isLoading: false };

const host = new TestHost();
const beside = new TestHost();
let oracle: Oracle;
let config: Config;
beforeAll(async () => {
  if (oracleMissing) return;
  oracle = await Oracle.start(beside.root, SERVER);
  config = new Config(host);
  expect(config.load(readCommandLine([...SERVER, ...oracle.args]), null)).toBe(null);
  // Without a certificate, which the oracle has not.
  config.onChangeOfAny(["tls-replication", "tls-cluster", "tls-prefer-server-ciphers"], (values) =>
    values.tlsReplication || values.tlsCluster ? "Unable to update TLS configuration. Check server logs." : null,
  );
});
afterAll(async () => {
  await oracle?.stop();
  host.remove();
  beside.remove();
});

describe.skipIf(oracleMissing)("CONFIG GET", () => {
  test("every name and default", async () => {
    const [reply] = await oracle.ask([["CONFIG", "GET", "*"]]);
    const theirs = pairsOf(reply);
    const ours = new Map(config.get(["*"]));
    const shared = (names: Iterable<string>, without: string[]) =>
      [...names].filter((n) => !without.includes(n)).sort();
    expect(shared(ours.keys(), NEWER)).toEqual(shared(theirs.keys(), HIDDEN_SINCE));
    for (const [name, text] of ours)
      if (!NEWER.includes(name) && !GIVEN.includes(name)) expect(`${name} ${text}`).toBe(`${name} ${theirs.get(name)}`);
  });

  test("patterns, case and repetition", async () => {
    const questions = [
      ["MAXMEMORY", "maxmemory", "maxmemor?"],
      ["*of"],
      ["nothing"],
      ["nothing*", "SLAVEOF", "replicaof"],
      ["MAX*", "?av*", "h[za]*"],
      ["key-load-delay", "key-load*", "WATCHDOG-period"],
      ["*", "key-load-delay"],
    ];
    const replies = await oracle.ask(questions.map((patterns) => ["CONFIG", "GET", ...patterns]));
    for (const [index, patterns] of questions.entries()) {
      const names = [...pairsOf(replies[index]).keys()].filter((name) => !HIDDEN_SINCE.includes(name)).sort();
      const ours = config
        .get(patterns)
        .map(([name]) => name)
        .filter((name) => !NEWER.includes(name))
        .sort();
      expect(ours, patterns.join(" ")).toEqual(names);
    }
  });
});

const VALUES = [
  "",
  " ",
  "yes",
  "no",
  "YES",
  "No",
  "maybe",
  "0",
  "1",
  "-1",
  "-2",
  "5",
  "07",
  "+1",
  "1 ",
  " 1",
  "100",
  "101",
  "1024",
  "65535",
  "65536",
  "1048576",
  "2147483647",
  "2147483648",
  "-2147483648",
  "-2147483649",
  "4294967295",
  "4294967296",
  "9223372036854775807",
  "9223372036854775808",
  "-9223372036854775808",
  "18446744073709551615",
  "18446744073709551616",
  "99999999999999999999",
  "1e3",
  "1.5",
  "1k",
  "1kb",
  "3MB",
  "2gB",
  "1tb",
  "kb",
  "17179869185gb",
  "5%",
  "0%",
  "100%",
  "101%",
  "-5%",
  "%",
  "05%",
  "1\0x",
  "yes\0",
  "a/b",
  "a\\b",
  "plain",
  "\x80\xff",
  "two words",
  '"quoted"',
  "none",
  "default",
  "save",
  "nosave",
  "save nosave",
  "nosave now force",
  "Force  now",
  "now bad",
  "always",
  "everysec",
  "volatile-lru",
  "noeviction",
  "ALLKEYS-LFU",
  "debug",
  "loud",
  "local",
  "ip",
  "hostname",
  "relative",
  "absolute",
  "disabled",
  "swapdb",
  "allchannels",
  "clients",
  "panic",
  "optional",
  "900 1",
  "900 1 300 10",
  "900",
  "0 1",
  "900 -1",
  "900 x",
  "900 ",
  "99999999999 99999999999",
  "+60 +1",
  "KEA",
  "AKE",
  "g$lshzxetdn",
  "Kn",
  "An",
  "m",
  "Kq",
  "normal 0 0 0",
  "slave 1gb 512mb 60",
  "REPLICA 10 5 1",
  "pubsub 1 2",
  "master 0 0 0",
  "pubsub 1mb 1mb -1",
  "pubsub 1x 1 1",
  "pubsub 1 1 4294967299",
  "pubsub 18446744073709551615 7 5",
  "50 99 99.9",
  "0 100",
  "101",
  "12.3456789",
  "abc",
  "nan",
  "inf",
  "1e-3 1e1",
  "-0",
  "{title}",
  "{title} x",
  "{nope}",
  "{{x",
  "{",
  "{}",
  "{port}",
  "{server-mode}",
  "{unixsocket}",
  "{config-file}{tls-port}",
  "host-1.example",
  "host_1",
  "h".repeat(255),
  "h".repeat(256),
];

/** Not to be tried on the oracle: they move it away from under us, or act on the machine. */
const UNTRIED = [
  "port",
  "tls-port",
  "bind",
  "maxclients",
  "appendonly",
  "dir",
  "oom-score-adj",
  "oom-score-adj-values",
  "watchdog-period",
  "timeout",
  "maxmemory-clients",
  "client-output-buffer-limit",
  "client-query-buffer-limit",
  "requirepass",
];
/** These close the client that sets them to some of the values. */
const CAREFULLY: Readonly<Record<string, string[]>> = {
  "client-output-buffer-limit": VALUES.filter((value) => !/^(normal|0|5) [1-9]/.test(value)),
  "maxmemory-clients": [
    "5%",
    "0%",
    "100%",
    "101%",
    "-5%",
    "%",
    "05%",
    "",
    "abc",
    "2gB",
    "18446744073709551615",
    "9223372036854775808",
    "-1",
  ],
  "client-query-buffer-limit": VALUES,
};

describe.skipIf(oracleMissing)("CONFIG SET", () => {
  async function compare(sets: readonly (readonly string[])[]): Promise<void> {
    const names = (set: readonly string[]) => set.filter((_, index) => index % 2 === 0);
    const replies = await oracle.ask(
      sets.flatMap((set) => [
        ["CONFIG", "SET", ...set],
        ["CONFIG", "GET", ...names(set)],
      ]),
    );
    for (const [index, set] of sets.entries()) {
      const pairs = names(set).map((name, at): [string, string] => [name, set[2 * at + 1]]);
      const outcome = config.set(pairs, ANYONE);
      const ours = outcome === null ? "OK" : `-${outcome}`;
      const label = JSON.stringify(set);
      expect(`${label} ${ours}`).toBe(`${label} ${replies[2 * index]}`);
      expect([label, new Map(config.get(names(set)))]).toEqual([label, pairsOf(replies[2 * index + 1])]);
    }
  }

  const tried = describeParameters().filter(({ name }) => !NEWER.includes(name));

  test("each parameter with a hundred values", async () => {
    const names = tried.flatMap(({ name, alias }) => (alias === null ? [name] : [name, alias]));
    const sets = names
      .filter((name) => !UNTRIED.includes(name))
      // The level `nothing` is newer, and so is a bound on databases.
      .flatMap((name) => VALUES.map((value) => [name, value]))
      .filter(([name, value]) => name !== "loglevel" || ["debug", "NOTICE"].includes(value));
    for (const [name, values] of Object.entries(CAREFULLY)) sets.push(...values.map((value) => [name, value]));
    await compare(sets);
  });

  test("several at once, with unknown, immutable and repeated ones among them", async () => {
    const name = fc.constantFrom(
      "maxmemory",
      "MAXMEMORY",
      "maxmemory-samples",
      "hash-max-listpack-entries",
      "hash-max-ziplist-entries",
      "save",
      "dbfilename",
      "hz",
      "latency-tracking-info-percentiles",
      "shutdown-on-sigterm",
      "notify-keyspace-events",
      "lfu-log-factor",
      "daemonize",
      "unknown",
      "masterauth",
    );
    const value = fc.constantFrom(
      "1",
      "100",
      "1mb",
      "900 1",
      "yes",
      "",
      "bad",
      "save",
      "nosave now",
      "50 99",
      "KEA",
      "7",
      "600",
    );
    const sets = fc.sample(fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 5 }), { numRuns: 400, seed: 5 });
    await compare(sets.map((set) => set.flat()));
  });
});

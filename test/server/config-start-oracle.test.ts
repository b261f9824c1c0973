/** Starts beside those of a real Redis: what stops them and with which words, and what they make of files and options. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { byteText } from "../../src/server/config/byte-text.ts";
import { Config } from "../../src/server/config/config.ts";
import { readCommandLine } from "../../src/server/config/grammar.ts";
import { TestHost } from "./config-host.ts";
import { HIDDEN_SINCE, NEWER, Oracle, oracleMissing, pairsOf } from "./config-oracle.ts";

if (oracleMissing) console.log("config: not compared with Redis, since redis-server is not installed");

const host = new TestHost();
const beside = new TestHost();
afterAll(() => {
  host.remove();
  beside.remove();
});

const FILES: readonly (readonly [string, string[], string])[] = [
  ["an unknown directive", [], "port 1\n\n# c\nnonsense 1 2\n"],
  ["no argument", [], "port\n"],
  ["too many arguments", [], "maxmemory 1 2\n"],
  ["unbalanced quotes", [], 'requirepass "abc\n'],
  ["quotes closed within a word", [], "requirepass 'a'b\n"],
  ["not an integer", [], "  port abc\t\r\n"],
  ["out of bounds", [], "port 70000"],
  ["not a word", [], "maxmemory-policy sometimes\n"],
  ["not yes or no", [], "appendonly perhaps\n"],
  ["memory", [], "maxmemory 1x\n"],
  ["percentage", [], "maxmemory-clients 101%\n"],
  ["octal", [], "unixsocketperm 999\n"],
  ["octal bounds", [], "unixsocketperm 7777\n"],
  ["save", [], "save 1\n"],
  ["output limits", [], "client-output-buffer-limit normal 1 1\n"],
  ["bind", [], `bind ${"a ".repeat(17)}\n`],
  ["replicaof", [], "replicaof host\n"],
  ["replicaof, port", [], "slaveof host 99999\n"],
  ["replicaof in a cluster", [], "cluster-enabled yes\nreplicaof host 1\n"],
  ["oom scores", [], "oom-score-adj-values 1 2\n"],
  ["percentiles", [], "latency-tracking-info-percentiles 101\n"],
  ["directory", [], "dir /does/not/exist\n"],
  ["log file", [], "logfile /does/not/exist\n"],
  ["module setting", [], "module.setting\n"],
  ["sentinel", [], "sentinel monitor a b 1 2\n"],
  ["include alone", [], "include\n"],
  ["rename-command alone", [], "rename-command a\n"],
  ["within an included file", [], "include inner.conf\n"],
  ["after an included file", [], "include fine.conf\nport x\n"],
  ["a missing included file", [], "include missing.conf\n"],
  ["an included directory, then an error", [], "include conf.d\nport x\n"],
  ["wildcards that find nothing, then an error", [], "include none*.conf\nport x\n"],
  ["wildcards", [], "include conf.d/*.conf\n"],
  ["retired directives", [], "list-max-ziplist-entries 1\nlist-max-ziplist-value 1 2\n"],
  ["option without a value", ["--port"], ""],
  ["option without a value, last", ["--port", "6380", "--loglevel"], ""],
  ["option with two values", ["--port", "6379", "6380"], ""],
  ["option as a value", ["--port", "--loglevel", "verbose"], ""],
  ["option as a bad value", ["--port", "--bla", "--loglevel", "verbose"], ""],
  ["empty list", ["--shutdown-on-sigint"], ""],
  ["list in one argument", ["--shutdown-on-sigint", "now force", "--shutdown-on-sigterm"], ""],
  ["replicaof from the command line", ["--replicaof", "--127.0.0.1", "--abc"], ""],
  ["file and option", ["--maxmemory", "x y"], "port 1\n\n\n"],
  ["bytes", ["--requirepass", "ü", "\u0001"], ""],
];

describe.skipIf(oracleMissing)("what stops the start", () => {
  test.each(FILES)("%s", (_, args, text) => {
    for (const { root } of [host, beside]) {
      writeFileSync(join(root, "redis.conf"), text);
      writeFileSync(join(root, "inner.conf"), "# fine\nport 1\nhz many\n");
      writeFileSync(join(root, "fine.conf"), "hz 20\n");
      mkdirSync(join(root, "conf.d"), { recursive: true });
      writeFileSync(join(root, "conf.d", "a.conf"), "hz 20\n# a\n");
      writeFileSync(join(root, "conf.d", "b.conf"), "hz 20\nhz b\n");
      writeFileSync(join(root, "conf.d", ".c.conf"), "hz c\n");
    }
    const line = [...(text === "" ? [] : ["redis.conf"]), ...args];
    const theirs = spawnSync("redis-server", line, { cwd: beside.root, encoding: "latin1" });
    host.path = host.root;
    const failure = new Config(host).load(readCommandLine(line.map(byteText)), null);
    expect(failure).not.toBe(null);
    expect(theirs.status).toBe(1);
    if (failure?.channel === "stderr") {
      expect(failure.text).toBe(theirs.stderr.replace("Redis 7.0.15", "Redis 7.2.4"));
    } else {
      expect(theirs.stdout).toContain(` # ${failure?.text}\n`);
    }
  });
});

const STARTS: readonly (readonly [string, string, string[]])[] = [
  ["no save", "always-show-logo yes\n", []],
  ["one save in the file", "save 900 1\n", []],
  ["saves in the file and on the command line", "save 900 1\nsave 300 10\n", ["--save", "100", "100"]],
  ["an empty save on the command line", "save 900 1\n", ["--save", ""]],
  ["save without a value, last", "save 900 1\n", ["--loglevel", "verbose", "--save"]],
  ["save without a value, first", "save 900 1\n", ["--save", "--loglevel", "verbose"]],
  ["saves around an include", "save 1 1\ninclude fine.conf\nsave 2 2\nsave 3 3\n", []],
  ["saves after an include", "include fine.conf\nsave 2 2\nsave 3 3\n", ["--save", "4 4"]],
  ["name and value in one argument", "", ["--maxmemory 700mb", "--maxmemory-policy 'volatile-lru'", "--hz", "7"]],
  [
    "values that look like options",
    "",
    ["--proc-title-template", "--my--title", "--masterauth", "--save", "--save", ""],
  ],
  [
    "lists in one argument",
    "",
    ["--shutdown-on-sigint", "nosave", "force", "now", "--shutdown-on-sigterm", "nosave force"],
  ],
  [
    "lists, quoted and empty",
    'latency-tracking-info-percentiles ""\nclient-output-buffer-limit "replica 1mb 2mb 3"\n',
    [],
  ],
  ["out of the range of hz", "hz 100000\n", []],
  ["case, blanks and quotes", "  MAXMEMORY\t'1GB'  \r\nrequirepass \"\\x41\\n\"\nMaxMemory-Policy AllKeys-LRU", []],
  ["older and newer names", "slave-read-only no\nhash-max-ziplist-entries 20\nhash-max-listpack-entries 21\n", []],
  ["a directory, then what is found from it", "dir conf.d\ninclude *.conf\n", []],
];

describe.skipIf(oracleMissing)("what a start gives", () => {
  test.each(STARTS)("%s", async (_, text, args) => {
    const ours = new TestHost();
    const theirs = new TestHost();
    for (const { root } of [ours, theirs]) {
      writeFileSync(join(root, "redis.conf"), text);
      writeFileSync(join(root, "fine.conf"), "hz 20\n");
      mkdirSync(join(root, "conf.d"), { recursive: true });
      writeFileSync(join(root, "conf.d", "a.conf"), "lfu-log-factor 3\n");
      writeFileSync(join(root, "conf.d", "b.conf"), "lfu-decay-time 4\n");
    }
    const line = ["redis.conf", ...args];
    const other = await Oracle.start(theirs.root, line);
    try {
      const mine = new Config(ours);
      expect(mine.load(readCommandLine([...line, ...other.args]), null)).toBe(null);
      await other.ask([["AUTH", "A\n"]]);
      const [reply] = await other.ask([["CONFIG", "GET", "*"]]);
      const pairs = [...pairsOf(reply)].filter(([name]) => !HIDDEN_SINCE.includes(name)).sort();
      const own = mine
        .get(["*"])
        .filter(([name]) => !NEWER.includes(name))
        .sort();
      expect(own.map(([name, value]) => [name, value.replaceAll(ours.root, theirs.root)])).toEqual(pairs);
    } finally {
      await other.stop();
      ours.remove();
      theirs.remove();
    }
  });
});

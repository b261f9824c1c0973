import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Config } from "../../src/server/config/config.ts";
import { readCommandLine } from "../../src/server/config/grammar.ts";
import type { DirectiveSink } from "../../src/server/config/load.ts";
import { INCLUDE_DEPTH_MAX } from "../../src/server/config/load.ts";
import { PARAMETERS } from "../../src/server/config/parameters.ts";
import { TestHost } from "./config-host.ts";

const ANYONE = { isLocal: true, isLoading: false };
const ELSEWHERE = { isLocal: false, isLoading: false };

let host: TestHost;
let config: Config;
beforeEach(() => {
  host = new TestHost();
  config = new Config(host);
});
afterEach(() => host.remove());

function write(name: string, text: string): void {
  writeFileSync(join(host.root, name), text, "latin1");
}

function load(args: string[], input: string | null = null, sink: DirectiveSink = {}) {
  return config.load(readCommandLine(args), input, sink);
}

function get(name: string): string | undefined {
  return config.get([name])[0]?.[1];
}

describe("values", () => {
  test("are typed fields", () => {
    expect(load(["--maxmemory", "1mb", "--save", "60 1", "--maxmemory-clients", "5%", "--replicaof", "h", "1"])).toBe(
      null,
    );
    const { values } = config;
    const maxmemory: number = values.maxmemory;
    const policy: "noeviction" | "allkeys-lru" | string = values.maxmemoryPolicy;
    expect([maxmemory, policy]).toEqual([1_048_576, "noeviction"]);
    expect(values.save).toEqual([{ seconds: 60, changes: 1 }]);
    expect(values.maxmemoryClients).toBe(-5);
    expect(values.bind).toEqual(["*", "-::*"]);
    expect(values.replicaof).toEqual({ host: "h", port: 1 });
    expect(values.clientOutputBufferLimit.replica).toEqual({
      hardBytes: 268_435_456,
      softBytes: 67_108_864,
      softSeconds: 60,
    });
    expect(values.serverCpulist).toBe("");
    expect(values.oomScoreAdjValues).toEqual([0, 200, 800]);
    expect(values.shutdownOnSigterm).toEqual([]);
    expect(values.dir).toBe(host.root);
  });

  test("are exact where they are shown, also beyond 2^53", () => {
    expect(config.set([["maxmemory", "18446744073709551615"]], ANYONE)).toBe(null);
    expect(get("maxmemory")).toBe("18446744073709551615");
    expect(config.values.maxmemory).toBe(2 ** 64);
  });

  test("every parameter takes the value it shows", () => {
    expect(load(["--enable-protected-configs", "yes"])).toBe(null);
    for (const { name, traits } of PARAMETERS) {
      if (traits.immutable) continue;
      const shown = get(name) ?? "";
      expect(config.set([[name, shown]], ANYONE), name).toBe(null);
      expect(get(name)).toBe(shown);
    }
  });

  test("what the server records is shown", () => {
    config.record("replicaof", ["10.0.0.1", "6380"]);
    expect(get("slaveof")).toBe("10.0.0.1 6380");
    config.record("replicaof", ["no", "one"]);
    expect(get("replicaof")).toBe("");
  });
});

describe("what only 7.2 knows", () => {
  test("a log level, and sets as listpacks", () => {
    expect(
      config.set(
        [
          ["loglevel", "nothing"],
          ["set-max-listpack-entries", "7"],
          ["set-max-listpack-value", "8"],
        ],
        ANYONE,
      ),
    ).toBe(null);
    expect(config.get(["set-max-listpack-*", "loglevel"]).map(([, text]) => text)).toEqual(["7", "8", "nothing"]);
    expect(config.set([["loglevel", "loud"]], ANYONE)).toContain("debug, verbose, notice, warning, nothing");
  });

  test("a node's name for people", () => {
    expect(config.set([["cluster-announce-human-nodename", "rack 1"]], ANYONE)).toBe(null);
    expect(config.set([["cluster-announce-human-nodename", "a|b"]], ANYONE)).toContain("contained invalid character");
  });

  test("aof-disable-auto-gc is found by its name only", () => {
    expect(config.get(["aof-disable*"])).toEqual([]);
    expect(config.get(["aof-disable-auto-gc"])).toEqual([["aof-disable-auto-gc", "no"]]);
  });
});

describe("who may set what", () => {
  test.each([
    ["no", ANYONE, false],
    ["local", ANYONE, true],
    ["local", ELSEWHERE, false],
    ["yes", ELSEWHERE, true],
  ])("enable-protected-configs %s, %j: %s", (setting, access, isAllowed) => {
    load(["--enable-protected-configs", setting]);
    const refused = "ERR CONFIG SET failed (possibly related to argument 'DIR') - can't set protected config";
    expect(config.set([["DIR", host.root]], access)).toBe(isAllowed ? null : refused);
  });

  test("not while loading", () => {
    load(["--enable-protected-configs", "yes"]);
    const loading = { isLocal: true, isLoading: true };
    expect(config.set([["dir", "x"]], loading)).toBe("LOADING Redis is loading the dataset in memory");
    expect(config.set([["loglevel", "debug"]], loading)).toBe(null);
  });
});

describe("observers", () => {
  test("are called with what has changed, once, in order", () => {
    const seen: unknown[] = [];
    config.onChange("maxmemory", (value) => {
      seen.push(["maxmemory", value]);
      return null;
    });
    config.onChangeOfAny(["lfu-log-factor", "lfu-decay-time"], ({ lfuLogFactor, lfuDecayTime }) => {
      seen.push(["lfu", lfuLogFactor, lfuDecayTime]);
      return null;
    });
    expect(
      config.set(
        [
          ["lfu-decay-time", "2"],
          ["maxmemory", "0"],
          ["lfu-log-factor", "3"],
        ],
        ANYONE,
      ),
    ).toBe(null);
    expect(seen).toEqual([["lfu", 3, 2]]);
    expect(config.set([["maxmemory", "1kb"]], ANYONE)).toBe(null);
    expect(seen[1]).toEqual(["maxmemory", 1024]);
  });

  test("are called for a file again, since it may be another under its old name", () => {
    let calls = 0;
    config.onChange("tls-cert-file", () => {
      calls++;
      return null;
    });
    for (let i = 0; i < 2; i++) expect(config.set([["tls-cert-file", "a.pem"]], ANYONE)).toBe(null);
    expect(calls).toBe(2);
  });

  test("follow hands over the value now and later", () => {
    const seen: number[] = [];
    config.follow("hz", (value) => seen.push(value));
    config.set([["hz", "1000"]], ANYONE);
    expect(seen).toEqual([10, 500]);
  });

  test("that refuse bring everything back, and hear of it", () => {
    load(["--enable-protected-configs", "yes"]);
    mkdirSync(join(host.root, "inner"));
    const seen: number[] = [];
    config.follow("maxmemory", (value) => seen.push(value));
    config.onChange("port", (value) => (value === 1 ? "Unable to listen on this port. Check server logs." : null));
    const pairs = [
      ["maxmemory", "7"],
      ["dir", "inner"],
      ["port", "1"],
      ["save", "1 1"],
    ] as const;
    expect(config.set(pairs, ANYONE)).toBe(
      "ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.",
    );
    expect(seen).toEqual([0, 7, 0]);
    expect([get("port"), get("save"), get("dir")]).toEqual(["6379", "3600 1 300 100 60 10000", host.root]);
    expect(host.path).toBe(host.root);
    expect(host.logged[0]).toContain("Possibly related to new port setting. Restoring previous settings.");
  });

  test("may take their time, to agree or to refuse", async () => {
    const listened: number[] = [];
    config.onChange("port", async (port) => {
      await Promise.resolve();
      listened.push(port);
      return port === 1 ? "in use" : null;
    });
    const later: string[] = [];
    config.onChange("maxclients", (value) => {
      later.push(`maxclients ${value}`);
      return null;
    });
    const agreed = config.set(
      [
        ["port", "2"],
        ["maxclients", "5"],
      ],
      ANYONE,
    );
    expect(agreed).toBeInstanceOf(Promise);
    expect(later).toEqual([]);
    expect(await agreed).toBe(null);
    expect(later).toEqual(["maxclients 5"]);
    const refused = await config.set(
      [
        ["maxclients", "6"],
        ["port", "1"],
      ],
      ANYONE,
    );
    expect(refused).toBe("ERR CONFIG SET failed (possibly related to argument 'port') - in use");
    expect(listened).toEqual([2, 1, 2]);
    expect(later.slice(1)).toEqual(["maxclients 6", "maxclients 5"]);
    expect(config.values.port).toBe(2);
  });
});

test("a CONFIG SET that fails changes nothing", () => {
  const mutable = PARAMETERS.filter(({ traits, name }) => !traits.immutable && name !== "dir").map(({ name }) => name);
  const pair = fc.tuple(
    fc.constantFrom(...mutable),
    fc.constantFrom("1", "yes", "no", "100", "5%", "900 1", "bad value"),
  );
  fc.assert(
    fc.property(fc.array(pair, { minLength: 1, maxLength: 6 }), (pairs) => {
      const before = config.get(["*"]);
      if (config.set(pairs, ANYONE) !== null) expect(config.get(["*"])).toEqual(before);
      // And one that succeeds is seen.
      else for (const [name] of pairs) expect(get(name)).toBeDefined();
    }),
    { seed: 6, numRuns: 300 },
  );
});

describe("directives", () => {
  test("are collected", () => {
    write(
      "redis.conf",
      "rename-command FLUSHALL ''\nuser alice on >x\nloadmodule m.so a b\nmod.setting 1 2\nsentinel\n",
    );
    expect(load(["redis.conf", "--rename-command", "GET", "FETCH"])).toBe(null);
    const { renamedCommands, users, modules, moduleSettings } = config.directives;
    expect(renamedCommands).toEqual([
      ["FLUSHALL", ""],
      ["GET", "FETCH"],
    ]);
    expect(users).toEqual([["alice", "on", ">x"]]);
    expect(modules).toEqual([["m.so", "a", "b"]]);
    expect([...moduleSettings]).toEqual([["mod.setting", "1 2"]]);
    expect(config.file).toBe(join(host.root, "redis.conf"));
  });

  test("may be refused by who knows better, with the line", () => {
    const sink: DirectiveSink = {
      renameCommand: (from) => (from === "nosuch" ? "No such command in rename-command" : null),
      declareUser: (args) => (args[1] === "what" ? { argument: "what", reason: "Syntax error" } : null),
    };
    expect(load(["--rename-command", "get", "x", "--rename-command", "nosuch", "y"], null, sink)?.text).toBe(
      "\n*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***\nReading the configuration file, at line 3\n" +
        `>>> 'rename-command "nosuch" "y"'\nNo such command in rename-command\n`,
    );
    expect(load(["--user", "bob", "what"], null, sink)?.text).toContain(
      "Error in user declaration 'what': Syntax error\n",
    );
  });

  test("of a sentinel go to a sentinel only", () => {
    expect(load(["--sentinel", "monitor", "a", "h", "1", "2"])?.text).toContain("not in sentinel mode");
    expect(load(["--sentinel", "monitor", "a", "h", "1", "2"], null, { isSentinel: true })).toBe(null);
    expect(config.directives.sentinel[0]).toMatchObject({ args: ["monitor", "a", "h", "1", "2"], lineNumber: 2 });
  });

  test("standard input comes after the file and before the options", () => {
    write("redis.conf", "hz 20\nlfu-log-factor 20");
    expect(load(["redis.conf", "--hz", "40", "-"], "hz 30\nlfu-decay-time 30")).toBe(null);
    expect([get("hz"), get("lfu-log-factor"), get("lfu-decay-time")]).toEqual(["40", "20", "30"]);
    expect(load(["-"], "hz x")?.text).toContain("at line 1\n>>> 'hz x'\n");
  });

  test("a file that includes itself ends", () => {
    write("redis.conf", "include redis.conf\n");
    expect(load(["redis.conf"])?.text).toContain("Too many nested includes");
    for (let depth = 0; depth < INCLUDE_DEPTH_MAX; depth++) write(`${depth}.conf`, `include ${depth + 1}.conf\n`);
    write(`${INCLUDE_DEPTH_MAX}.conf`, "hz 20\n");
    expect(load(["0.conf"])).toBe(null);
    expect(get("hz")).toBe("20");
  });

  test("files without a line end do not run into each other", () => {
    mkdirSync(join(host.root, "conf.d"));
    write("conf.d/a.conf", "hz 20");
    write("conf.d/b.conf", "lfu-decay-time 3");
    write("redis.conf", "include conf.d/[!c]*.conf");
    expect(load(["redis.conf"])).toBe(null);
    expect([get("hz"), get("lfu-decay-time")]).toEqual(["20", "3"]);
  });

  test("any text is read, or refused with a message", () => {
    const word = fc.constantFrom(
      "save",
      "bind",
      "maxmemory",
      "include",
      "user",
      '"',
      "'",
      "\\x",
      "#",
      "900",
      "1gb",
      "\0",
      "\xff",
      "--",
      ".",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.constantFrom(" ", "\n", "\r\n", "\t"))), (words) => {
        const failure = new Config(host).load({ file: null, readsInput: true, options: "" }, words.join(""));
        if (failure !== null) expect(failure.text).toMatch(/FATAL CONFIG FILE ERROR|can't open config file/);
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});

describe("CONFIG REWRITE", () => {
  test("without a file", () => {
    expect(config.rewriteFile()).toBe("ERR The server is running without a config file");
  });

  test("keeps what it does not own, and repeats itself", async () => {
    write("redis.conf", "# mine\nrename-command flushdb badger\nuser alice on\n\n\nhz 20 # not a comment\n");
    expect(load(["redis.conf"])?.text).toContain(">>> 'hz 20 # not a comment'\nwrong number of arguments");
    write("redis.conf", "# mine\nrename-command flushdb badger\nuser alice on\n\n\nhz 20\n");
    expect(load(["redis.conf"])).toBe(null);
    expect(config.rewriteFile()).toBe(null);
    await config.settled();
    const first = readFileSync(join(host.root, "redis.conf"), "latin1");
    expect(first).toMatch(
      /^# mine\nrename-command flushdb badger\nuser alice on\n\nhz 20\n\n# Generated by CONFIG REWRITE\n/,
    );
    expect(config.rewriteFile()).toBe(null);
    // As with Redis, the end of the last line counts as an empty line; then it is there.
    expect(readFileSync(join(host.root, "redis.conf"), "latin1")).toBe(`${first}\n`);
    expect(config.rewrite(`${first}\n`)).toBe(`${first}\n`);
    expect(readdirSync(host.root)).toEqual(["redis.conf"]);
  });

  test("writes users when somebody owns them", () => {
    config.userLines = () => ["user default on", "user bob off"];
    expect(config.rewrite("user alice on\nuser carol on\nuser dave on\n")).toMatch(
      /^user default on\nuser bob off\n\n/,
    );
  });

  test("everything, by force, and it is read back as it was", () => {
    write("redis.conf", "");
    load([
      "redis.conf",
      "--maxmemory-clients",
      "7%",
      "--masterauth",
      '\x80 " \\',
      "--bind",
      "::1",
      "-::2",
      "--unixsocketperm",
      "770",
    ]);
    config.set(
      [
        ["save", "1 2 3 4"],
        ["shutdown-on-sigint", "now nosave"],
        ["notify-keyspace-events", "Kl"],
      ],
      ANYONE,
    );
    expect(config.rewriteFile(true)).toBe(null);
    const again = new Config(host);
    expect(again.load(readCommandLine(["redis.conf"]), null)).toBe(null);
    expect(again.get(["*"])).toEqual(config.get(["*"]));
    const lines = readFileSync(join(host.root, "redis.conf"), "latin1").split("\n");
    const written = new Set(lines.map((line) => line.split(" ")[0]));
    for (const { name, kind, standard } of PARAMETERS) {
      if (kind.rewrite(name, standard, standard).length > 0) expect(written).toContain(name);
    }
  });

  test("of random settings gives them back", () => {
    const pairs = fc.record({
      maxmemory: fc.bigInt({ min: 0n, max: 2n ** 62n }).map(String),
      masterauth: fc.string({ unit: "binary", maxLength: 8 }).map((text) => text.replace(/[^\0-\xff]/g, "ÿ")),
      "client-output-buffer-limit": fc.constantFrom("normal 1 2 3", "replica 1mb 2kb 3 pubsub 0 0 0"),
      save: fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(9))).map((points) => points.flat().join(" ")),
      "latency-tracking-info-percentiles": fc
        .array(fc.double({ min: 0, max: 100, noNaN: true }))
        .map((list) => list.join(" ")),
    });
    fc.assert(
      fc.property(pairs, (settings) => {
        const one = new Config(host);
        expect(one.set(Object.entries(settings), ANYONE)).toBe(null);
        const text = one.rewrite("# head\nsave 1 1\nmaxmemory 1\n\n");
        const other = new Config(host);
        expect(other.load({ file: null, readsInput: true, options: "" }, text)).toBe(null);
        expect(other.get(["*"])).toEqual(one.get(["*"]));
        const third = new Config(host);
        expect(third.load({ file: null, readsInput: true, options: "" }, other.rewrite(text))).toBe(null);
        expect(third.get(["*"])).toEqual(one.get(["*"]));
      }),
      { seed: 8, numRuns: 100 },
    );
  });

  test("that fails leaves the old file", () => {
    write("redis.conf", "hz 20\n");
    load(["redis.conf"]);
    const rename = host.files.rename.bind(host.files);
    host.files.rename = (from) => rename(from, join(host.root, "missing", "redis.conf"));
    expect(config.rewriteFile()).toBe("ERR Rewriting config file: No such file or directory");
    expect(readdirSync(host.root)).toEqual(["redis.conf"]);
    expect(readFileSync(join(host.root, "redis.conf"), "latin1")).toBe("hz 20\n");
    expect(host.logged.at(-1)).toBe("warning: CONFIG REWRITE failed: No such file or directory");
  });
});

test("what matters after a crash", () => {
  expect(config.debugText().split("\n")).toContain("io-threads 1");
});

import { afterEach, beforeEach, expect, test } from "vitest";
import type { Context } from "../../src/commands/context.ts";
import type { CommandRow } from "../../src/commands/spec.ts";
import { Config } from "../../src/server/config/config.ts";
import { readCommandLine } from "../../src/server/config/grammar.ts";
import { type ConfigPorts, configRows, isLocalAddress } from "../../src/server/config/rows.ts";
import { argumentsOf } from "../commands/generic-server.ts";
import { TestHost } from "./config-host.ts";

let host: TestHost;
let config: Config;
let resets: number;
let parked: Promise<string | null> | null;
beforeEach(() => {
  host = new TestHost();
  config = new Config(host);
  resets = 0;
  parked = null;
});
afterEach(() => host.remove());

const ports: ConfigPorts = {
  resetStatistics: () => {
    resets++;
  },
  replyLater: (_, outcome) => {
    parked = outcome;
  },
};

/** Runs CONFIG with some arguments on a context that notes what is replied. */
function run(...args: string[]): unknown[] {
  const replied: unknown[] = [];
  const text = (bytes: Uint8Array) => String.fromCharCode(...bytes);
  const context = {
    argc: args.length + 1,
    text: (index: number) => ["CONFIG", ...args][index],
    client: { address: "127.0.0.1:5000" },
    fail: (error: string) => replied.push(`-${error}`),
    reply: {
      ok: () => replied.push("+OK"),
      simple: (line: string) => replied.push(`+${line}`),
      mapHeader: (count: number) => replied.push({ map: count }),
      arrayHeader: (count: number) => replied.push({ array: count }),
      bulk: (bytes: Uint8Array, start: number, length: number) =>
        replied.push(text(bytes.subarray(start, start + length))),
    },
  };
  const row = configRows(config, ports);
  const subrow = row.subcommands?.find(({ name }) => name === args[0]) as CommandRow;
  subrow.handler(context as unknown as Context);
  return replied;
}

test("GET replies with a map of byte strings", () => {
  expect(run("set", "masterauth", "\xff\0")).toEqual(["+OK"]);
  expect(run("get", "MASTERAUTH", "hz", "nothing")).toEqual([{ map: 2 }, "MASTERAUTH", "\xff\0", "hz", "10"]);
});

test("SET replies OK or the error, and hides secrets", () => {
  expect(run("set", "requirepass", "x", "hz")).toEqual(["-ERR syntax error"]);
  expect(run("set", "nonsense", "1", "requirepass", "x", "hz", "1", "slaveof", "y", "masterauth", "z")).toEqual([
    "-ERR Unknown option or number of arguments for CONFIG SET - 'nonsense'",
  ]);
  const words = "CONFIG SET nonsense 1 requirepass x hz 1 slaveof y MasterAuth z".split(" ");
  const setRow = configRows(config, ports).subcommands?.find(({ name }) => name === "set");
  const secrets = words.filter((_, index) => setRow?.isSecret?.(argumentsOf(words), index));
  expect(secrets).toEqual(["x", "z"]);
});

test("SET waits for an observer that takes its time", async () => {
  config.onChange("port", async () => "in use");
  expect(run("set", "port", "1")).toEqual([]);
  expect(await parked).toBe("ERR CONFIG SET failed (possibly related to argument 'port') - in use");
});

test("RESETSTAT and REWRITE", () => {
  expect(run("resetstat")).toEqual(["+OK"]);
  expect(resets).toBe(1);
  expect(run("rewrite")).toEqual(["-ERR The server is running without a config file"]);
  config.load(readCommandLine(["--hz", "20"]), null);
  config.file = `${host.root}/new.conf`;
  expect(run("rewrite")).toEqual(["+OK"]);
});

test("HELP begins and ends as every HELP", () => {
  const [header, first, ...lines] = run("help");
  expect(header).toEqual({ array: lines.length + 1 });
  expect(first).toBe("+CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  expect(lines.slice(-2)).toEqual(["+HELP", "+    Prints this help."]);
});

test("which clients are on this machine", () => {
  for (const address of ["127.0.0.1:5", "127.8.0.1:5", "::1:5", "[::1]:5", "/tmp/redis.socket:0"]) {
    expect(isLocalAddress(address), address).toBe(true);
  }
  for (const address of ["10.0.0.1:5", "[::2]:5", "[fe80::1]:80"]) expect(isLocalAddress(address), address).toBe(false);
});

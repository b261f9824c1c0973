/** SLOWLOG and LATENCY on a server whose clock is steered. */
import { describe, expect, test } from "vitest";
import { createHistogram, latencyCell, latencyDistribution } from "../../src/engine/statistics.ts";
import { LocalServer, type Plain } from "../commands/generic-server.ts";

type Entry = [id: number, time: number, us: number, args: string[], address: string, name: string];

function entries(local: LocalServer, count = -1): Entry[] {
  return local.call("SLOWLOG", "GET", count) as unknown as Entry[];
}

function args(local: LocalServer): string[] {
  return entries(local).map((entry) => entry[3].join(" "));
}

function server(...directives: [string, string | number][]): LocalServer {
  const local = new LocalServer();
  for (const [name, value] of directives) local.call("CONFIG", "SET", name, value);
  return local;
}

describe("the slow log", () => {
  test("has what took at least the threshold, the newest first", () => {
    const local = server(["slowlog-log-slower-than", 0]);
    local.call("CLIENT", "SETNAME", "me");
    local.call("SLOWLOG", "RESET");
    local.call("SET", "key", "value");
    local.call("PING");
    expect(args(local)).toEqual(["PING", "SET key value", "SLOWLOG RESET"]);
    const [[id, time, us, , address, name]] = entries(local, 1);
    expect([time, name]).toEqual([1_700_000_000, "me"]);
    expect(address).toBe(local.client.state.address);
    expect(id).toBeGreaterThan(3);
    expect(us).toBeGreaterThanOrEqual(0);
    local.call("CONFIG", "SET", "slowlog-log-slower-than", 1_000_000);
    expect(local.call("SLOWLOG", "RESET")).toBe("OK");
    local.call("PING");
    expect(local.call("SLOWLOG", "LEN")).toBe(0);
    expect(entries(local)).toEqual([]);
  });

  test("is bounded, and its bytes are counted", () => {
    const local = server(["slowlog-log-slower-than", 0], ["slowlog-max-len", 5]);
    const { slowLog } = local.server.engine;
    for (let index = 0; index < 20; index++) local.call("SET", `key:${index}`, "x".repeat(100));
    expect(local.call("SLOWLOG", "LEN")).toBe(5);
    expect(slowLog.sizeBytes).toBeGreaterThan(500);
    const used = local.server.usedMemoryBytes;
    slowLog.clear();
    expect(local.server.usedMemoryBytes).toBeLessThan(used);
    expect(slowLog.sizeBytes).toBe(0);
    local.call("CONFIG", "SET", "slowlog-max-len", 0);
    local.call("PING");
    expect([slowLog.length, slowLog.sizeBytes]).toEqual([0, 0]);
  });

  test("cuts what is long, and hides what is secret", () => {
    const local = server(["slowlog-log-slower-than", 0]);
    local.call("SADD", "set", ...Array.from({ length: 31 }, (_, index) => index));
    expect(entries(local, 1)[0][3].slice(-2)).toEqual(["28", "... (2 more arguments)"]);
    local.call("SADD", "set", ...Array.from({ length: 30 }, (_, index) => index));
    expect(entries(local, 1)[0][3].at(-1)).toBe("29");
    local.call("SET", "key", "A".repeat(129));
    expect(entries(local, 1)[0][3][2]).toBe(`${"A".repeat(128)}... (1 more bytes)`);
    local.call("SET", "key", "A".repeat(128));
    expect(entries(local, 1)[0][3][2]).toBe("A".repeat(128));
    local.call("CONFIG", "SET", "masterauth", "secret", "hz", 10);
    local.call("AUTH", "secret");
    expect(args(local).slice(0, 2)).toEqual(["AUTH (redacted)", "CONFIG SET masterauth (redacted) hz 10"]);
  });

  test("has what EXEC runs and not EXEC", () => {
    const local = server(["slowlog-log-slower-than", 0]);
    local.call("SLOWLOG", "RESET");
    local.call("MULTI");
    local.call("SET", "key", 1);
    local.call("GET", "key");
    local.call("EXEC");
    expect(args(local)).toEqual(["GET key", "SET key 1", "MULTI", "SLOWLOG RESET"]);
  });

  test("refuses wrong counts", () => {
    const local = new LocalServer();
    const error = { error: "ERR count should be greater than or equal to -1" };
    expect([local.call("SLOWLOG", "GET", -2), local.call("SLOWLOG", "GET", "x")]).toEqual([error, error]);
    expect(local.call("SLOWLOG", "GET", 0)).toEqual([]);
  });
});

describe("the latency monitor", () => {
  const sample = (local: LocalServer, ms: number, seconds: number): void =>
    local.server.engine.latency.add("command", ms * 1000, local.nowMs + seconds * 1000);

  test("keeps the worst of a second, and a bounded number of seconds", () => {
    const local = new LocalServer();
    expect(local.call("LATENCY", "LATEST")).toEqual([]);
    sample(local, 5, 0);
    sample(local, 7, 0);
    sample(local, 6, 0);
    sample(local, 3, 1);
    expect(local.call("LATENCY", "HISTORY", "command")).toEqual([
      [1_700_000_000, 7],
      [1_700_000_001, 3],
    ]);
    expect(local.call("LATENCY", "LATEST")).toEqual([["command", 1_700_000_001, 3, 7]]);
    for (let second = 2; second < 500; second++) sample(local, second, second);
    expect((local.call("LATENCY", "HISTORY", "command") as Plain[]).length).toBe(160);
    expect(local.call("LATENCY", "HISTORY", "none")).toEqual([]);
    expect(local.call("LATENCY", "RESET", "none", "COMMAND")).toBe(1);
    expect(local.call("LATENCY", "RESET")).toBe(0);
  });

  test("is fed by commands, alone and in groups, when there is a threshold", () => {
    const local = new LocalServer();
    let nowMs = local.nowMs;
    // Each look at the clock is five milliseconds later.
    Object.defineProperty(local, "nowMs", { get: () => (nowMs += 5) });
    local.call("KEYS", "*");
    expect(local.call("LATENCY", "LATEST")).toEqual([]);
    local.call("CONFIG", "SET", "latency-monitor-threshold", 1);
    const { latency } = local.server.engine;
    latency.reset();
    // A group ends when something else comes.
    local.call("PING");
    local.call("KEYS", "*");
    expect([...latency.events.keys()]).toEqual(["fast-command", "command"]);
    expect(latency.events.get("command")?.worstMs).toBeGreaterThanOrEqual(5);
    local.call("CONFIG", "SET", "latency-monitor-threshold", 0);
    latency.reset();
    local.call("KEYS", "*");
    expect(latency.events.size).toBe(0);
  });

  test("draws its samples", () => {
    const local = new LocalServer();
    for (let second = 0; second < 5; second++) sample(local, 100 * second, second - 70);
    expect(local.call("LATENCY", "GRAPH", "command")).toBe(
      [
        "command - high 400 ms, low 0 ms (all time high 400 ms)",
        "-".repeat(80),
        "   _#",
        "  _||",
        " _|||",
        "_||||",
        "     ",
        "11111",
        "mmmmm",
        "",
      ].join("\n"),
    );
    expect(local.call("LATENCY", "GRAPH", "none")).toEqual({ error: "ERR No samples available for event 'none'" });
  });

  test("says what samples mean", () => {
    const local = new LocalServer();
    expect(local.call("LATENCY", "DOCTOR")).toMatch(/^Latency is not being monitored/);
    local.call("CONFIG", "SET", "latency-monitor-threshold", 100);
    expect(local.call("LATENCY", "DOCTOR")).toMatch(/^Nothing has taken/);
    sample(local, 100, -8);
    sample(local, 200, -4);
    local.call("CONFIG", "SET", "slowlog-log-slower-than", 200_000);
    const text = local.call("LATENCY", "DOCTOR");
    expect(text).toContain(
      "1. command: 2 latency spikes (average 150ms, mean deviation 50ms, period 4.00 sec). Worst all time event 200ms.",
    );
    expect(text).toContain("CONFIG SET slowlog-log-slower-than 100000");
  });
});

describe("histograms", () => {
  test("show calls up to doubling times", () => {
    const histogram = createHistogram();
    for (const us of [0.5, 1.5, 3, 3, 30, 5000, 5e6]) histogram[latencyCell(us)]++;
    expect(latencyDistribution(histogram)).toEqual({
      calls: 7,
      steps: [
        [1, 1],
        [2, 2],
        [4, 4],
        [33, 5],
        [8454, 6],
        [1082130, 7],
      ],
    });
  });

  test("are shown of the commands that are named, and of their subcommands", () => {
    const local = new LocalServer();
    local.call("HELLO", 3);
    local.call("CONFIG", "RESETSTAT");
    local.call("SET", "a", "b");
    local.call("CLIENT", "ID");
    local.call("CLIENT", "GETNAME");
    const shown = (...names: string[]): Plain[] => [
      ...(local.call("LATENCY", "HISTOGRAM", ...names) as Map<Plain, Plain>).keys(),
    ];
    expect(shown("get", "SET", "blabla")).toEqual(["set"]);
    expect(shown("client")).toEqual(
      ["client|getname", "client|id"].sort((a, b) => shown().indexOf(a) - shown().indexOf(b)),
    );
    expect(shown("client|id")).toEqual(["client|id"]);
    expect(shown()).toContain("config|resetstat");
    const [set] = (local.call("LATENCY", "HISTOGRAM", "set") as Map<Plain, Map<Plain, Plain>>).values();
    expect(set.get("calls")).toBe(1);
  });
});

import { expect, test } from "vitest";
import { cellEndNs, createHistogram, latencyCell, latencyPercentileNs } from "../../src/engine/statistics.ts";
import { LocalServer, type Plain } from "../commands/generic-server.ts";

function info(local: LocalServer, ...sections: string[]): string {
  return String(local.call("info", ...sections));
}

function figure(text: string, name: string): number {
  return Number(new RegExp(`^${name}:(.*)\r$`, "m").exec(text)?.[1]);
}

const titles = (text: string): string[] => [...text.matchAll(/^# (\w+)\r$/gm)].map(([, title]) => title);

test("sections come in Redis's order, each once, and unknown ones add nothing", () => {
  const local = new LocalServer();
  const standard = ["Server", "Clients", "Memory", "Persistence", "Stats", "Replication", "CPU", "Modules"];
  const byDefault = [...standard, "Errorstats", "Cluster", "Keyspace"];
  const all = [...standard, "Commandstats", "Errorstats", "Latencystats", "Cluster", "Keyspace"];
  expect(titles(info(local))).toEqual(byDefault);
  expect(titles(info(local, "cpu", "default"))).toEqual(byDefault);
  expect(titles(info(local, "ALL"))).toEqual(all);
  expect(titles(info(local, "cpu", "everything"))).toEqual(all);
  expect(titles(info(local, "keyspace", "cpu", "sentinel"))).toEqual(["CPU", "Keyspace"]);
  expect(info(local, "sentinel")).toBe("");
});

test("used memory is overhead and dataset, to the byte, in INFO and in MEMORY STATS", () => {
  const local = new LocalServer();
  for (let key = 0; key < 2000; key++) local.call("set", `key:${key}`, "x".repeat(100));
  const text = info(local, "memory");
  expect(figure(text, "used_memory_dataset")).toBe(figure(text, "used_memory") - figure(text, "used_memory_overhead"));
  expect(figure(text, "used_memory_dataset")).toBeGreaterThan(2000 * 100);
  expect(text).toContain("mem_allocator:redpoll-arena\r\n");
  const flat = local.call("memory", "stats") as Plain[];
  const stats = new Map(flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1]] as const] : [])));
  expect(stats.size).toBe(28);
  expect(stats.get("keys.count")).toBe(2000);
  expect(stats.get("dataset.bytes")).toBe(Number(stats.get("total.allocated")) - Number(stats.get("overhead.total")));
});

test("what a key is said to take grows with its value", () => {
  const local = new LocalServer();
  local.call("set", "short", "x");
  local.call("set", "long", "x".repeat(100_000));
  expect(local.call("memory", "usage", "short")).toBeLessThan(100);
  expect(local.call("memory", "usage", "long", "samples", "0")).toBeGreaterThan(100_000);
  expect(local.call("memory", "usage", "none")).toBeNull();
});

test("latencies are shown while they are tracked, and forgotten with the statistics", () => {
  const local = new LocalServer();
  local.call("set", "a", "b");
  const { server } = local;
  server.engine.endBatch();
  expect(info(local, "latencystats")).toMatch(/latency_percentiles_usec_set:p50=[\d.]+,p99=[\d.]+,p99.9=[\d.]+\r\n/);
  server.engine.statistics.tracksLatency = false;
  expect(info(local, "latencystats")).toBe("# Latencystats\r\n");
  server.engine.statistics.tracksLatency = true;
  server.resetStatistics();
  expect(info(local, "latencystats")).not.toContain("usec_set");
});

test("a cell of the histogram ends at most 1/32 above what is counted in it, and cells follow each other", () => {
  let before = 0;
  for (let ns = 1; ns < 2 ** 30; ns = Math.ceil(ns * 1.01)) {
    const cell = latencyCell(ns / 1000 + 1e-7);
    expect(cell).toBeGreaterThanOrEqual(before);
    before = cell;
    expect(cellEndNs(cell)).toBeGreaterThanOrEqual(ns);
    expect(cellEndNs(cell)).toBeLessThanOrEqual(ns * (1 + 1 / 32));
  }
  expect(latencyCell(0)).toBe(1);
  expect(latencyCell(1e12)).toBe(createHistogram().length - 1);
});

test("a percentile is the end of the cell in which it falls", () => {
  const histogram = createHistogram();
  for (let ns = 1; ns <= 60; ns++) histogram[latencyCell(ns / 1000 + 1e-7)]++;
  expect(latencyPercentileNs(histogram, 0)).toBe(1);
  expect(latencyPercentileNs(histogram, 50)).toBe(30);
  expect(latencyPercentileNs(histogram, 100)).toBe(60);
});

test("pictures end with the version", () => {
  const local = new LocalServer();
  for (const args of [[], ["version", "5", "30", "4"], ["version", "6", "10"], ["whatever"]]) {
    expect(String(local.call("lolwut", ...args))).toMatch(/\n\nRedis ver\. 7\.2\.4\n$/);
  }
});

test("names of subcommands that there are not are answered with nil", () => {
  const local = new LocalServer();
  expect(local.call("command", "info", "get|key", "config|get|key", "nothing")).toEqual([null, null, null]);
});

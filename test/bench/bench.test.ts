/**
 * The bench, run with tiny counts, mostly with a real redis-server on both sides, so that it cannot rot. Its figures mean
 * nothing here and are only looked at for being figures.
 */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { geometricMean, median, table } from "../../scripts/bench/figures.ts";
import { cells, footprint } from "../../scripts/bench/memory.ts";
import { withSection } from "../../scripts/bench/page.ts";
import { describeRedis, REDIS, redpollOn, splitWords } from "../../scripts/bench/servers.ts";
import { startTimes } from "../../scripts/bench/start.ts";
import { compare, parseCommandTest, renderRows } from "../../scripts/bench/throughput.ts";

const redis = describeRedis();

describe("measuring servers", () => {
  test("throughput: every cell has a rate, a ratio and a p99, custom commands too", async (context) => {
    context.skip(redis === undefined, "no redis-server installed");
    const rows = await compare(REDIS, REDIS, {
      tests: [{ name: "set" }, { name: "ping_mbulk" }, parseCommandTest("expire=EXPIRE key:__rand_int__ 100")],
      pipelines: [1, 16],
      sizes: [16],
      clients: 5,
      rounds: 2,
      seconds: 0.02,
      keyspace: 100,
      requestsMin: 1_000,
      requestsPipelinedMin: 10_000,
    });
    expect(rows.map(({ test, pipeline }) => `${test} ${pipeline}`)).toEqual([
      ...["set 1", "set 16", "ping_mbulk 1", "ping_mbulk 16", "expire 1", "expire 16"],
    ]);
    for (const row of rows) {
      expect(row.ratio).toBeGreaterThan(0);
      expect(row.ours.perSecond).toBeGreaterThan(0);
      expect(row.theirs.p99Ms).toBeGreaterThanOrEqual(0);
    }
    expect(renderRows(rows)).toMatch(/geometric mean at -P[\s\S]*\| 16 +\|/);
  });

  test("memory: an item costs something and both servers empty again", async (context) => {
    context.skip(redis === undefined, "no redis-server installed");
    const result = await footprint(REDIS, "str16", 5_000, 10);
    expect(result.usedPerItem).toBeGreaterThan(16);
    expect(result.itemsPerSecond).toBeGreaterThan(0);
    expect(result.longestTurnLoadedUs).toBeNaN();
    expect(cells("str16", 5_000, result, result).slice(0, 2)).toEqual(["str16", "5,000"]);
    await expect(footprint(REDIS, "nonsense", 1, 0)).rejects.toThrow("no shape");
  });

  test("memory: Redpoll tells its JavaScript heap and its longest turn", async (context) => {
    const command = redpollOn("node");
    context.skip(!existsSync("dist/redpoll.js"), "dist/ is not built");
    const result = await footprint(command, "int", 5_000, 10);
    expect(result.heapGrowthBytes).not.toBeNaN();
    expect(result.longestTurnLoadedUs).toBeGreaterThan(0);
    expect(result.longestTurnEmptiedUs).toBeGreaterThanOrEqual(result.longestTurnLoadedUs);
  });

  test("start: one time for each run", async (context) => {
    context.skip(redis === undefined, "no redis-server installed");
    expect(await startTimes(REDIS, 2)).toHaveLength(2);
  });

  test("a server that does not start is told with what it printed", async (context) => {
    context.skip(redis === undefined, "no redis-server installed");
    await expect(startTimes(["redis-server", "--port", "{port}", "--no-such-option", "1"], 1)).rejects.toThrow(
      /no answer from: redis-server[\s\S]*no-such-option/,
    );
    await expect(startTimes(["no-such-program-anywhere"], 1)).rejects.toThrow("ENOENT");
  });
});

test("median and geometric mean", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(geometricMean([0.5, 2])).toBeCloseTo(1);
});

test("words of a command line", () => {
  expect(splitWords(`redis-server --save '' --dir "a b" x`)).toEqual([
    "redis-server",
    "--save",
    "",
    "--dir",
    "a b",
    "x",
  ]);
  expect(parseCommandTest("get=GET a=b")).toEqual({ name: "get", command: ["GET", "a=b"] });
  expect(() => parseCommandTest("GET key")).toThrow("NAME=");
  expect(() => redpollOn("abacus")).toThrow("choose from node, ");
});

test("tables line up and sections are replaced in place", () => {
  expect(table(["a", "b"], [["long", "1"]])).toBe("| a    | b |\n|------|--:|\n| long | 1 |");
  const once = withSection("# Page\n", "x", "one");
  expect(once).toBe("# Page\n\n<!-- bench:x:begin -->\none\n<!-- bench:x:end -->\n");
  expect(withSection(`${once}tail\n`, "x", "two")).toBe(
    "# Page\n\n<!-- bench:x:begin -->\ntwo\n<!-- bench:x:end -->\ntail\n",
  );
});

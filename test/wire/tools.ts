/** Other people's programs against the server: ioredis, redis-cli, redis-benchmark. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { missingOracle } from "../oracle.ts";

const execute = promisify(execFile);

/** @param portOf the port, known once the server runs. */
export function toolSuite(portOf: () => number): void {
  describe("ioredis", () => {
    async function withRedis(body: (redis: Redis) => Promise<void>): Promise<void> {
      const redis = new Redis({ port: portOf(), host: "127.0.0.1", lazyConnect: true, maxRetriesPerRequest: 0 });
      try {
        await redis.connect();
        await redis.flushall();
        await body(redis);
      } finally {
        redis.disconnect();
      }
    }

    test("commands, binary values, errors", async () => {
      await withRedis(async (redis) => {
        expect(await redis.set("k", "v", "EX", 100_000)).toBe("OK");
        expect(await redis.get("k")).toBe("v");
        expect(await redis.ttl("k")).toBeGreaterThan(90_000);
        expect(await redis.incr("n")).toBe(1);
        expect(await redis.mget("k", "n", "none")).toEqual(["v", "1", null]);
        const bytes = Buffer.from(Uint8Array.from({ length: 256 }, (_, index) => index));
        await redis.set("binary", bytes);
        expect(await redis.getBuffer("binary")).toEqual(bytes);
        await expect(redis.incr("k")).rejects.toThrow("ERR value is not an integer or out of range");
      });
    });

    test("pipelines and transactions", async () => {
      await withRedis(async (redis) => {
        const pipeline = redis.pipeline();
        for (let index = 0; index < 1000; index++) pipeline.set(`key:${index}`, index).get(`key:${index}`);
        const results = (await pipeline.exec()) ?? [];
        expect(results).toHaveLength(2000);
        expect(results.at(-1)).toEqual([null, "999"]);
        const transaction = await redis.multi().incr("n").incr("n").get("n").exec();
        expect(transaction).toEqual([
          [null, 1],
          [null, 2],
          [null, "2"],
        ]);
      });
    });

    test("scanStream", async () => {
      await withRedis(async (redis) => {
        const pipeline = redis.pipeline();
        for (let index = 0; index < 1000; index++) pipeline.set(`key:${index}`, index);
        await pipeline.exec();
        const found = new Set<string>();
        for await (const keys of redis.scanStream({ match: "key:*", count: 100 })) {
          for (const key of keys as string[]) found.add(key);
        }
        expect(found.size).toBe(1000);
      });
    });
  });

  const missingCli = missingOracle("redis-cli");
  describe("redis-cli", () => {
    async function cli(...args: readonly string[]): Promise<string> {
      const { stdout } = await execute("redis-cli", ["-p", String(portOf()), ...args]);
      return stdout.trimEnd();
    }

    test("commands, RESP3, --scan", async (context) => {
      context.skip(missingCli !== undefined, missingCli);
      await cli("FLUSHALL");
      expect(await cli("SET", "k", "v")).toBe("OK");
      expect(await cli("-3", "GET", "k")).toBe("v");
      expect(await cli("--no-raw", "MGET", "k", "none")).toBe('1) "v"\n2) (nil)');
      expect(await cli("-n", "3", "SET", "k", "three")).toBe("OK");
      expect(await cli("--scan")).toBe("k");
      expect(await cli("-r", "3", "INCR", "n")).toBe("1\n2\n3");
      expect(await cli("INFO", "server")).toContain("redis_version:");
    });

    test("--pipe", async (context) => {
      context.skip(missingCli !== undefined, missingCli);
      const child = execute("redis-cli", ["-p", String(portOf()), "--pipe"]);
      child.child.stdin?.end("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\npiped\r\n".repeat(1000));
      expect((await child).stdout).toContain("errors: 0, replies: 1000");
      expect(await cli("GET", "k")).toBe("piped");
    });
  });

  const missingBenchmark = missingOracle("redis-benchmark");
  test("redis-benchmark", async (context) => {
    context.skip(missingBenchmark !== undefined, missingBenchmark);
    const tests = "ping_inline,ping_mbulk,set,get,incr,mset";
    const args = [
      "-p",
      String(portOf()),
      "-n",
      "2000",
      "-c",
      "20",
      "-P",
      "16",
      "-r",
      "1000",
      "-t",
      tests,
      "-q",
      "--csv",
    ];
    const { stdout } = await execute("redis-benchmark", args);
    expect(stdout.match(/^"(PING|SET|GET|INCR|MSET)/gm)).toHaveLength(6);
    expect(stdout).not.toMatch(/error/i);
  });
}

/**
 * `npm run bench:start`: from the start of the process to the first PONG, milliseconds. The first run of each server
 * warms the file cache and the runtime's own code cache and is not counted; the rest is shown as median and worst.
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { median, table } from "./figures.ts";
import { writeSection } from "./page.ts";
import { type Command, describeRedis, describeRuntime, REDIS, redpollOn, Server } from "./servers.ts";

/** Milliseconds from spawn to PONG, once for each run. */
export async function startTimes(command: Command, runs: number): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const startMs = performance.now();
    const server = await Server.start(command);
    if (run > 0) times.push(performance.now() - startMs);
    await server.stop();
  }
  return times;
}

const HELP = `npm run bench:start -- [--runtimes node,node-current,node-sources,bun,bun-sources,deno] [--runs 15]
    [--write docs/performance.md [--section start]]`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runtimes: { type: "string", default: "node,node-current,node-sources,bun,bun-sources,deno" },
      runs: { type: "string", default: "15" },
      write: { type: "string" },
      section: { type: "string", default: "start" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const rows: string[][] = [];
  const measure = async (name: string, command: Command) => {
    const times = await startTimes(command, Number(values.runs));
    rows.push([name, median(times).toFixed(0), Math.max(...times).toFixed(0)]);
  };
  for (const name of values.runtimes.split(",")) await measure(describeRuntime(name), redpollOn(name));
  const redis = describeRedis();
  if (redis !== undefined) await measure(redis, REDIS);
  const result = table(["start to first PONG", "median ms", "worst ms"], rows);
  console.log(result);
  if (values.write !== undefined) writeSection(values.write, values.section, "bench:start", result);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();

/**
 * `npm run bench:scenarios`: what redis-benchmark cannot say, against Redpoll and a real redis-server in turn.
 *
 * - Transactions: clients that send MULTI, ten SETs and EXEC, sixteen of these in a pipeline.
 * - Positions: GEOSEARCH of the nearest ten of some 80, and of all within 5 km, among 100,000 around a city.
 * - Expiry: a GET without a pipeline while all keys expire within one second: its p99 tells what expiring holds up.
 * - Streams: entries added and read; a group that reads and acknowledges; claims (`stream-scenarios.ts`).
 * - Bits: commands on bits and HyperLogLogs, and on strings of 100 MB (`bit-scenarios.ts`).
 * - Collections: commands on large ones (`collection-scenarios.ts`), with redis-benchmark as the client.
 */
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { BIT_TESTS, bitRows, prepareBits } from "./bit-scenarios.ts";
import { COLLECTION_KEYSPACE, COLLECTION_TESTS, prepareCollections } from "./collection-scenarios.ts";
import { median, table, thousands } from "./figures.ts";
import { writeSection } from "./page.ts";
import { type Command, describeRuntime, REDIS, redpollOn, Server } from "./servers.ts";
import { claims, groupReads, prepareStreams, STREAM_TESTS } from "./stream-scenarios.ts";
import { compare, renderRows, type Test } from "./throughput.ts";
import { encode, Wire } from "./wire.ts";

const TRANSACTIONS_PIPELINED = 16;
const COMMANDS_QUEUED = 10;
/** +OK, +QUEUED each, the array's header, +OK each. */
const REPLY_LINES = 2 + 2 * COMMANDS_QUEUED;
const WARMING_ROUNDS = 50;
const POURED_KEYS = 5_000;
/** Until the keys begin to go: time to load them. */
const LOAD_MS = 8_000;

export interface Rate {
  readonly perSecond: number;
  readonly cpuUs: number;
}

/** Transactions by second, and CPU of each. */
export async function transactions(server: Server, clients: number, rounds: number, keyspace: number): Promise<Rate> {
  const wires = await Promise.all(Array.from({ length: clients }, () => Wire.connect(server.port)));
  const batches = wires.map(() => transactionBatch(keyspace));
  const [startMs, startCpu] = [performance.now(), server.cpuSeconds()];
  await Promise.all(
    wires.map(async (wire, index) => {
      for (let round = 0; round < rounds; round++) {
        await wire.pour(batches[index] as Buffer, TRANSACTIONS_PIPELINED * REPLY_LINES);
      }
    }),
  );
  const seconds = (performance.now() - startMs) / 1000;
  const count = clients * rounds * TRANSACTIONS_PIPELINED;
  const cpuUs = ((server.cpuSeconds() - startCpu) / count) * 1e6;
  for (const wire of wires) wire.close();
  return { perSecond: count / seconds, cpuUs };
}

function transactionBatch(keyspace: number): Buffer {
  let text = "";
  for (let transaction = 0; transaction < TRANSACTIONS_PIPELINED; transaction++) {
    text += encode("MULTI");
    for (let index = 0; index < COMMANDS_QUEUED; index++) text += encode("SET", randomKey(keyspace), "x".repeat(16));
    text += encode("EXEC");
  }
  return Buffer.from(text, "latin1");
}

function randomKey(keyspace: number): string {
  return `key:${String(Math.floor(Math.random() * keyspace)).padStart(12, "0")}`;
}

const PLACES = 100_000;
const CENTER = ["2.35", "48.85"];
const SEARCHES: readonly (readonly [what: string, requests: number, search: readonly string[]])[] = [
  ["GEOSEARCH, the nearest ten within 1 km", 20_000, ["BYRADIUS", "1", "km", "ASC", "COUNT", "10", "WITHDIST"]],
  ["GEOSEARCH, all within 5 km", 2_000, ["BYRADIUS", "5", "km", "ASC"]],
];

/** Searches by second, of each kind. */
export async function searches(server: Server, clients: number): Promise<number[]> {
  const wire = await Wire.connect(server.port);
  // Some half a degree around, always the same.
  for (let first = 0; first < PLACES; first += POURED_KEYS) {
    let text = "";
    for (let place = first; place < first + POURED_KEYS; place++) {
      const longitude = Number(CENTER[0]) + ((place * 7919) % 99991) / 99991 - 0.5;
      const latitude = Number(CENTER[1]) + ((place * 6101) % 99989) / 99989 - 0.5;
      text += encode("GEOADD", "places", String(longitude), String(latitude), `place:${place}`);
    }
    await wire.pour(Buffer.from(text, "latin1"), POURED_KEYS);
  }
  wire.close();
  const rates: number[] = [];
  for (const [, requests, search] of SEARCHES) {
    const command = ["GEOSEARCH", "places", "FROMLONLAT", ...CENTER, ...search];
    const counts = ["-p", String(server.port), "-n", String(requests), "-c", String(clients), "--csv"];
    const { stdout } = await promisify(execFile)("redis-benchmark", [...counts, ...command]);
    rates.push(Number(stdout.trim().split("\n").at(-1)?.slice(1, -1).split('","')[1]));
  }
  return rates;
}

/** p99 of a GET in ms while `keys` keys expire within one second. */
export async function expiry(server: Server, keys: number, clients: number): Promise<number> {
  const wire = await Wire.connect(server.port);
  const fromMs = Date.now() + LOAD_MS;
  for (let first = 0; first < keys; first += POURED_KEYS) {
    let text = "";
    for (let key = first; key < Math.min(keys, first + POURED_KEYS); key++) {
      const whenMs = fromMs + Math.floor((key / keys) * 1000);
      text += encode("SET", `key:${String(key).padStart(12, "0")}`, "x".repeat(16), "PXAT", String(whenMs));
    }
    await wire.pour(Buffer.from(text, "latin1"), Math.min(keys, first + POURED_KEYS) - first);
  }
  const lateMs = Date.now() - fromMs;
  if (lateMs > 0) throw new Error(`loading took ${lateMs} ms longer than there was`);
  await sleep(-lateMs);
  const p99Ms = await getP99(server.port, keys, clients);
  wire.close();
  return p99Ms;
}

/** About a second of GETs. */
async function getP99(port: number, keyspace: number, clients: number): Promise<number> {
  const flags = [
    "-p",
    String(port),
    "-t",
    "get",
    "-n",
    "80000",
    "-c",
    String(clients),
    "-r",
    String(keyspace),
    "--csv",
  ];
  const { stdout } = await promisify(execFile)("redis-benchmark", flags);
  return Number(stdout.trim().split("\n").at(-1)?.slice(1, -1).split('","')[6]);
}

/** Commands on what an empty server is filled with, as the table of a throughput bench. */
async function commandsOn(
  ours: Command,
  rounds: number,
  tests: readonly Test[],
  prepare: (port: number) => Promise<void>,
): Promise<string> {
  const rows = await compare(ours, REDIS, {
    tests,
    pipelines: [16],
    sizes: [16],
    clients: 50,
    rounds,
    seconds: 0.7,
    keyspace: COLLECTION_KEYSPACE,
    requestsMin: 20_000,
    requestsPipelinedMin: 100_000,
    prepare,
  });
  return renderRows(rows);
}

async function compared<T>(ours: Command, run: (server: Server) => Promise<T>, times: number) {
  const results: { ours: T; theirs: T }[] = [];
  for (let time = 0; time < times; time++) {
    const measure = async (command: Command): Promise<T> => {
      const server = await Server.start(command);
      try {
        return await run(server);
      } finally {
        await server.stop();
      }
    };
    const first = await measure(time % 2 === 0 ? ours : REDIS);
    const second = await measure(time % 2 === 0 ? REDIS : ours);
    results.push(time % 2 === 0 ? { ours: first, theirs: second } : { ours: second, theirs: first });
  }
  return results;
}

async function transactionRows(name: string, runtime: string, rounds: number, keys: number): Promise<string[][]> {
  const measure = async (server: Server): Promise<Rate> => {
    // What is measured is a server that has done this before, as the other benches do.
    await transactions(server, 50, WARMING_ROUNDS, keys);
    return transactions(server, 50, 100, keys);
  };
  const rates = await compared(redpollOn(name), measure, rounds);
  const of = (pick: (round: (typeof rates)[number]) => number) => median(rates.map(pick));
  return [
    [
      `${runtime}: MULTI, 10 SET, EXEC; per second`,
      thousands(of(({ ours }) => ours.perSecond)),
      thousands(of(({ theirs }) => theirs.perSecond)),
      of(({ ours, theirs }) => ours.perSecond / theirs.perSecond).toFixed(2),
    ],
    [
      `${runtime}: the same; CPU µs`,
      of(({ ours }) => ours.cpuUs).toFixed(1),
      of(({ theirs }) => theirs.cpuUs).toFixed(1),
      of(({ ours, theirs }) => ours.cpuUs / theirs.cpuUs).toFixed(2),
    ],
  ];
}

async function positionRows(name: string, runtime: string, rounds: number): Promise<string[][]> {
  const found = await compared(redpollOn(name), (server) => searches(server, 20), rounds);
  return SEARCHES.map(([what], index) => {
    const [ours, theirs] = [found.map((round) => round.ours[index]), found.map((round) => round.theirs[index])];
    const ratio = median(ours.map((rate, round) => rate / theirs[round]));
    return [`${runtime}: ${what}; per second`, thousands(median(ours)), thousands(median(theirs)), ratio.toFixed(2)];
  });
}

const STREAM_SCENARIOS: readonly (readonly [what: string, run: (server: Server) => Promise<number>])[] = [
  ["XREADGROUP of ten and XACK of them", groupReads],
  ["XAUTOCLAIM of a hundred, among 100,000 pending", claims],
];

async function streamRows(name: string, runtime: string, rounds: number): Promise<string[][]> {
  const rows: string[][] = [];
  for (const [what, run] of STREAM_SCENARIOS) {
    const rates = await compared(redpollOn(name), run, rounds);
    const [ours, theirs] = [median(rates.map((round) => round.ours)), median(rates.map((round) => round.theirs))];
    const ratio = median(rates.map((round) => round.ours / round.theirs));
    rows.push([`${runtime}: ${what}; per second`, thousands(ours), thousands(theirs), ratio.toFixed(2)]);
  }
  return rows;
}

async function expiryRow(name: string, runtime: string, rounds: number, keys: number): Promise<string[]> {
  const p99s = await compared(redpollOn(name), (server) => expiry(server, keys, 50), rounds);
  const [ours, theirs] = [median(p99s.map((round) => round.ours)), median(p99s.map((round) => round.theirs))];
  const what = `${runtime}: p99 of GET while ${thousands(keys)} keys expire in a second; ms`;
  return [what, ours.toFixed(2), theirs.toFixed(2), (ours / theirs).toFixed(2)];
}

const SCENARIOS = ["transactions", "positions", "expiry", "collections", "streams", "bits"];

const HELP = `npm run bench:scenarios -- [--only ${SCENARIOS.join(",")}] [--runtimes node] [--rounds 3] [--keys 1000000]
    [--write docs/performance.md [--section scenarios]]`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", default: SCENARIOS.join(",") },
      runtimes: { type: "string", default: "node" },
      rounds: { type: "string", default: "3" },
      keys: { type: "string", default: "1000000" },
      write: { type: "string" },
      section: { type: "string", default: "scenarios" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const rounds = Number(values.rounds);
  const keys = Number(values.keys);
  const wanted = values.only.split(",");
  const parts: string[] = [];
  const rows: string[][] = [];
  for (const name of values.runtimes.split(",")) {
    const runtime = describeRuntime(name);
    if (wanted.includes("transactions")) rows.push(...(await transactionRows(name, runtime, rounds, keys)));
    if (wanted.includes("positions")) rows.push(...(await positionRows(name, runtime, rounds)));
    if (wanted.includes("expiry")) rows.push(await expiryRow(name, runtime, rounds, keys));
    if (wanted.includes("collections")) {
      parts.push(
        `### ${runtime}: large collections\n\n${await commandsOn(redpollOn(name), rounds, COLLECTION_TESTS, prepareCollections)}`,
      );
    }
    if (wanted.includes("streams")) {
      rows.push(...(await streamRows(name, runtime, rounds)));
      parts.push(
        `### ${runtime}: streams\n\n${await commandsOn(redpollOn(name), rounds, STREAM_TESTS, prepareStreams)}`,
      );
    }
    if (wanted.includes("bits")) {
      rows.push(...(await bitRows(redpollOn(name), runtime, rounds)));
      parts.push(`### ${runtime}: bits\n\n${await commandsOn(redpollOn(name), rounds, BIT_TESTS, prepareBits)}`);
    }
  }
  if (rows.length > 0) parts.unshift(table(["scenario", "Redpoll", "Redis", "ratio"], rows));
  const result = parts.join("\n\n");
  console.log(result);
  if (values.write !== undefined) writeSection(values.write, values.section, "bench:scenarios", result);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();

/**
 * `npm run bench:memory`: what an item costs in Redpoll and in a real redis-server.
 *
 * Each shape of data is poured into an empty, freshly started server over one pipelined connection, in batches of
 * 2,000 commands. Bytes per item are growth by count: of the resident set, which is what the machine pays, and of
 * used_memory, which is what the server says. The rate of loading leaves out the time to prepare the commands.
 * Redpoll also tells how far its JavaScript heap grew and the longest it held the event loop; and both are asked to
 * forget everything again (FLUSHALL ASYNC, then MEMORY PURGE), to see how much of the growth the machine gets back.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { table, thousands } from "./figures.ts";
import { writeSection } from "./page.ts";
import { type Command, describeRedis, describeRuntime, REDIS, redpollOn, Server, splitWords } from "./servers.ts";
import { encode, Wire } from "./wire.ts";

const BATCH_COMMANDS = 2_000;
const FLUSH_TIMEOUT_MS = 60_000;

const VALUE_16 = "abcdefghijklmnop";
const VALUE_100 = "x".repeat(100);
const digits = (value: number, width: number) => String(value).padStart(width, "0");
const key = (index: number) => `key:${digits(index, 12)}`;

/** A shape of data: the command that adds item number `index`. */
type Shape = (index: number) => string;

const SHAPES: Readonly<Record<string, Shape>> = {
  int: (i) => encode("SET", key(i), String(i * 7)),
  str16: (i) => encode("SET", key(i), VALUE_16),
  str100: (i) => encode("SET", key(i), VALUE_100),
  ttl: (i) => encode("SET", key(i), VALUE_16, "EX", "86400"),
  hash10: (i) => encode("HSET", `h:${digits(Math.floor(i / 10), 9)}`, `field${i % 10}`, `value${i}`),
  hash8w: (i) =>
    encode("HSET", `w:${digits(i >> 3, 9)}`, `field${i % 8}`, i % 8 === 7 ? VALUE_100 + VALUE_100 : `value${i}`),
  bighash: (i) => encode("HSET", "h", `field:${digits(i, 9)}`, VALUE_16),
  bigset: (i) => encode("SADD", "s", `member:${digits(i, 9)}`),
  bigzset: (i) => encode("ZADD", "z", `${(i * 7919) % 1000003}.5`, `member:${digits(i, 9)}`),
  biglist: () => encode("RPUSH", "l", VALUE_16),
  stream: (i) => encode("XADD", "x", `${i + 1}-1`, "temperature", `${i % 50}`, "humidity", `${i % 90}`),
};
/** A bulk reply (the id of XADD) is two lines, every other reply here is one. */
const replyLinesOf = (shape: string) => (shape === "stream" ? 2 : 1);

/** What one server made of one shape. Bytes per item are growth from the empty server. */
export interface Footprint {
  readonly residentPerItem: number;
  readonly usedPerItem: number;
  /** What the resident set kept of its growth after everything was deleted, 0 to 1. */
  readonly residentKept: number;
  readonly itemsPerSecond: number;
  /** Only Redpoll says these: NaN elsewhere. The longest turn since the start: after loading, and after emptying. */
  readonly heapGrowthBytes: number;
  readonly longestTurnLoadedUs: number;
  readonly longestTurnEmptiedUs: number;
}

/**
 * Starts the server, loads, reads, empties, reads again, stops.
 * @param restMs how long the server is left alone before each reading, for its own housekeeping to be done.
 */
export async function footprint(command: Command, shape: string, items: number, restMs = 1_000): Promise<Footprint> {
  const server = await Server.start(command);
  try {
    const wire = await Wire.connect(server.port);
    await sleep(restMs);
    const empty = { resident: server.residentBytes(), ...(await readInfo(wire)) };
    const seconds = await load(wire, shape, items);
    await sleep(restMs);
    const full = { resident: server.residentBytes(), ...(await readInfo(wire)) };
    await wire.ask("FLUSHALL", "ASYNC");
    await settle(wire);
    await wire.ask("MEMORY", "PURGE");
    await sleep(restMs);
    const { longestTurnUs } = await readInfo(wire);
    const growth = full.resident - empty.resident;
    const kept = server.residentBytes() - empty.resident;
    wire.close();
    return {
      residentPerItem: growth / items,
      usedPerItem: (full.used - empty.used) / items,
      residentKept: Math.max(0, kept) / Math.max(1, growth),
      itemsPerSecond: items / seconds,
      heapGrowthBytes: full.heap - empty.heap,
      longestTurnLoadedUs: full.longestTurnUs,
      longestTurnEmptiedUs: longestTurnUs,
    };
  } finally {
    await server.stop();
  }
}

/** @returns the seconds it took, without those for preparing the commands. */
async function load(wire: Wire, shape: string, items: number): Promise<number> {
  const make = SHAPES[shape];
  if (make === undefined) throw new Error(`no shape "${shape}": choose from ${Object.keys(SHAPES).join(", ")}`);
  let elapsedMs = 0;
  for (let from = 0; from < items; from += BATCH_COMMANDS) {
    const count = Math.min(BATCH_COMMANDS, items - from);
    const commands = Array.from({ length: count }, (_, index) => make(from + index));
    const bytes = Buffer.from(commands.join(""), "latin1");
    const startMs = performance.now();
    await wire.pour(bytes, count * replyLinesOf(shape));
    elapsedMs += performance.now() - startMs;
  }
  return elapsedMs / 1000;
}

async function readInfo(wire: Wire) {
  const info = await wire.ask("INFO", "everything");
  const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1] ?? Number.NaN);
  return {
    used: field("used_memory"),
    heap: field("redpoll_js_heap_used_bytes"),
    longestTurnUs: field("redpoll_longest_turn_us"),
    lazyfreePending: field("lazyfree_pending_objects") || 0,
  };
}

/** Waits until what was deleted is freed: used_memory no longer falls and nothing is pending. */
async function settle(wire: Wire): Promise<void> {
  const deadlineMs = performance.now() + FLUSH_TIMEOUT_MS;
  for (let last = Number.POSITIVE_INFINITY; performance.now() < deadlineMs; ) {
    const { used, lazyfreePending } = await readInfo(wire);
    if (lazyfreePending === 0 && used >= last) return;
    last = used;
    await sleep(200);
  }
}

const HEAD = [
  ...["shape", "items", "RSS/item", "Redis", "ratio", "used/item", "Redis", "ratio"],
  ...["load/s", "Redis", "heap MB", "turn ms: load", "+ flush", "RSS kept", "Redis"],
];

/** One line of the table: ours, theirs, and ours by theirs. */
export function cells(shape: string, items: number, ours: Footprint, theirs: Footprint): string[] {
  const perItem = (a: number, b: number) => [a.toFixed(1), b.toFixed(1), (a / Math.max(b, 1)).toFixed(2)];
  const unlessNaN = (value: number, text: string) => (Number.isNaN(value) ? "-" : text);
  const percent = (part: number) => `${Math.round(part * 100)} %`;
  return [
    shape,
    thousands(items),
    ...perItem(ours.residentPerItem, theirs.residentPerItem),
    ...perItem(ours.usedPerItem, theirs.usedPerItem),
    thousands(ours.itemsPerSecond),
    thousands(theirs.itemsPerSecond),
    unlessNaN(ours.heapGrowthBytes, (ours.heapGrowthBytes / 2 ** 20).toFixed(1)),
    unlessNaN(ours.longestTurnLoadedUs, (ours.longestTurnLoadedUs / 1000).toFixed(1)),
    unlessNaN(ours.longestTurnEmptiedUs, (ours.longestTurnEmptiedUs / 1000).toFixed(1)),
    percent(ours.residentKept),
    percent(theirs.residentKept),
  ];
}

const HELP = `npm run bench:memory -- [--shapes int,str16,str100,ttl] [--n 700000,1000000,1500000,5000000]
    [--runtimes node] [--write docs/performance.md [--section memory]]
    [--a 'PROGRAM ARGS {port}'] [--b 'PROGRAM ARGS {port}']   any other server in Redpoll's or in Redis's place
    shapes: ${Object.keys(SHAPES).join(", ")}`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      shapes: { type: "string", default: "int,str16,str100,ttl" },
      n: { type: "string", default: "700000,1000000,1500000,5000000" },
      runtimes: { type: "string", default: "node" },
      write: { type: "string" },
      section: { type: "string", default: "memory" },
      a: { type: "string" },
      b: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const reference = values.b === undefined ? REDIS : splitWords(values.b);
  const contestants = values.a === undefined ? values.runtimes.split(",") : [values.a];
  const measured = new Map<string, Footprint>();
  const parts: string[] = [];
  for (const name of contestants) {
    const command = values.a === undefined ? redpollOn(name) : splitWords(name);
    const title = `### ${values.a === undefined ? describeRuntime(name) : name} beside ${values.b ?? describeRedis()}`;
    console.log(`\n${title}\n`);
    const rows: string[][] = [];
    for (const shape of values.shapes.split(",")) {
      for (const items of values.n.split(",").map(Number)) {
        const ours = await footprint(command, shape, items);
        // The reference is the same for every runtime: once is enough.
        const cell = `${shape} ${items}`;
        const theirs = measured.get(cell) ?? (await footprint(reference, shape, items));
        measured.set(cell, theirs);
        rows.push(cells(shape, items, ours, theirs));
        console.log(rows.at(-1)?.join("  "));
      }
    }
    console.log(`\n${table(HEAD, rows)}`);
    parts.push(`${title}\n\n${table(HEAD, rows)}`);
  }
  if (values.write !== undefined) writeSection(values.write, values.section, "bench:memory", parts.join("\n\n"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();

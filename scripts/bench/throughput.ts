/**
 * `npm run bench`: redis-benchmark against Redpoll and against a real redis-server, on one machine, in one go.
 *
 * Both servers run side by side; a round measures one and then the other, the order swapped every other round, so
 * that whatever else the machine does meets both. The number of requests is first calibrated so that one run lasts
 * about `--seconds` on the faster of the two. A row gives the medians of the rounds, and as ratio the median of the
 * rounds' own ratios, which is steadier than the ratio of the medians. CPU is what the server process itself used,
 * user and system, by request: it tells what throughput hides when the benchmark client is the slower side.
 *
 * Tests share the two servers in the order given: `get` finds what `set` before it stored.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { geometricMean, median, table, thousands } from "./figures.ts";
import { writeSection } from "./page.ts";
import { type Command, describeRedis, describeRuntime, REDIS, redpollOn, Server, splitWords } from "./servers.ts";

/** A test: a name of redis-benchmark's own (`-t`), or a command of one's own with a name. */
export interface Test {
  readonly name: string;
  readonly command?: readonly string[];
  /** Requests of an ordinary test that one is worth, when its reply is long. */
  readonly weight?: number;
}

export interface Settings {
  readonly tests: readonly Test[];
  readonly pipelines: readonly number[];
  /** Value sizes, bytes. */
  readonly sizes: readonly number[];
  readonly clients: number;
  readonly rounds: number;
  readonly seconds: number;
  /** Number of different random keys. */
  readonly keyspace: number;
  /** Requests of a run at least, without a pipeline and with one; also of the run that calibrates. */
  readonly requestsMin: number;
  readonly requestsPipelinedMin: number;
  /** Fills each server before the first test. */
  readonly prepare?: (port: number) => Promise<void>;
}

/** One server in one cell of the table: medians of the rounds. */
interface Side {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly cpuUs: number;
}

export interface Row {
  readonly test: string;
  readonly pipeline: number;
  readonly sizeBytes: number;
  readonly ours: Side;
  readonly theirs: Side;
  /** Ours by theirs. */
  readonly ratio: number;
  readonly cpuRatio: number;
}

const CSV_PER_SECOND = 1;
const CSV_P99_MS = 6;
const RUN_TIMEOUT_MS = 300_000;
/** CPU comes in hundredths of a second: a run too short to show any counts as one. */
const CPU_US_MIN = 1e-3;

/** Compares two servers in every cell that the settings ask for. */
export async function compare(a: Command, b: Command, settings: Settings, onRow: (row: Row) => void = () => {}) {
  const rows: Row[] = [];
  const ours = await Server.start(a);
  const theirs = await Server.start(b).catch(async (error) => {
    await ours.stop();
    throw error;
  });
  try {
    for (const server of [ours, theirs]) await settings.prepare?.(server.port);
    for (const sizeBytes of settings.sizes) {
      for (const test of settings.tests) {
        for (const pipeline of settings.pipelines) {
          const row = await compareCell(ours, theirs, { test, pipeline, sizeBytes }, settings);
          rows.push(row);
          onRow(row);
        }
      }
    }
  } finally {
    await Promise.all([ours.stop(), theirs.stop()]);
  }
  return rows;
}

interface Cell {
  readonly test: Test;
  readonly pipeline: number;
  readonly sizeBytes: number;
}

async function compareCell(ours: Server, theirs: Server, cell: Cell, settings: Settings): Promise<Row> {
  const requests = await calibrate([ours, theirs], cell, settings);
  const rounds: { ours: Side; theirs: Side }[] = [];
  for (let round = 0; round < settings.rounds; round++) {
    if (round % 2 === 0) {
      const first = await measure(ours, cell, requests, settings);
      rounds.push({ ours: first, theirs: await measure(theirs, cell, requests, settings) });
    } else {
      const first = await measure(theirs, cell, requests, settings);
      rounds.push({ ours: await measure(ours, cell, requests, settings), theirs: first });
    }
  }
  const [a, b] = [medianSide(rounds.map((round) => round.ours)), medianSide(rounds.map((round) => round.theirs))];
  return {
    test: cell.test.name,
    pipeline: cell.pipeline,
    sizeBytes: cell.sizeBytes,
    ours: a,
    theirs: b,
    ratio: median(rounds.map((round) => round.ours.perSecond / round.theirs.perSecond)),
    cpuRatio: Math.max(a.cpuUs, CPU_US_MIN) / Math.max(b.cpuUs, CPU_US_MIN),
  };
}

/** The number of requests that takes the faster server about the seconds asked for. */
async function calibrate(servers: readonly Server[], cell: Cell, settings: Settings): Promise<number> {
  // A reply of hundreds of elements is worth many requests of one.
  const weight = cell.test.weight ?? (cell.test.name.startsWith("lrange") ? 10 : 1);
  const least = cell.pipeline === 1 ? settings.requestsMin : settings.requestsPipelinedMin;
  const requests = Math.ceil(least / weight);
  let fastest = 0;
  for (const server of servers) {
    fastest = Math.max(fastest, (await measure(server, cell, requests, settings)).perSecond);
  }
  return Math.max(requests, Math.round(fastest * settings.seconds));
}

async function measure(server: Server, cell: Cell, requests: number, settings: Settings): Promise<Side> {
  const before = server.cpuSeconds();
  const { perSecond, p99Ms } = await runBenchmark(server.port, cell, requests, settings);
  return { perSecond, p99Ms, cpuUs: ((server.cpuSeconds() - before) / requests) * 1e6 };
}

async function runBenchmark(port: number, cell: Cell, requests: number, { clients, keyspace }: Settings) {
  const { test, pipeline, sizeBytes } = cell;
  const flags = { "-p": port, "-n": requests, "-P": pipeline, "-c": clients, "-r": keyspace, "-d": sizeBytes };
  const args = ["-h", "127.0.0.1", ...Object.entries(flags).flatMap(([flag, value]) => [flag, String(value)]), "--csv"];
  const what = test.command ?? ["-t", test.name];
  const { stdout, stderr } = await promisify(execFile)("redis-benchmark", [...args, ...what], {
    timeout: RUN_TIMEOUT_MS,
  });
  // lrange_* prints the LPUSH that prepares it first: the last row is the test's own.
  const row = stdout.split("\n").findLast((line) => line.startsWith('"') && !line.startsWith('"test"'));
  const fields = row?.slice(1, -1).split('","') ?? [];
  const [perSecond, p99Ms] = [Number(fields[CSV_PER_SECOND]), Number(fields[CSV_P99_MS])];
  // "inf" is what it prints for a run shorter than its own millisecond.
  if (!(perSecond > 0)) throw new Error(`redis-benchmark ${test.name}: no result\n${stdout}${stderr}`);
  return { perSecond, p99Ms };
}

function medianSide(sides: readonly Side[]): Side {
  return {
    perSecond: median(sides.map((side) => side.perSecond)),
    p99Ms: median(sides.map((side) => side.p99Ms)),
    cpuUs: median(sides.map((side) => side.cpuUs)),
  };
}

const HEAD = ["test", "-P", "-d", "ops/s", "Redis", "ratio", "CPU µs/op", "Redis", "ratio", "p99 ms", "Redis"];

function cells({ test, pipeline, sizeBytes, ours, theirs, ratio, cpuRatio }: Row): string[] {
  const rates = [thousands(ours.perSecond), thousands(theirs.perSecond), ratio.toFixed(2)];
  const costs = [ours.cpuUs.toFixed(2), theirs.cpuUs.toFixed(2), cpuRatio.toFixed(2)];
  return [
    test,
    String(pipeline),
    String(sizeBytes),
    ...rates,
    ...costs,
    ours.p99Ms.toFixed(2),
    theirs.p99Ms.toFixed(2),
  ];
}

/** A row as it is measured, before the widths of the table are known. */
function renderLine(row: Row): string {
  return cells(row)
    .map((cell, column) =>
      column === 0 ? cell.padEnd(12) : cell.padStart(Math.max((HEAD[column] as string).length + 2, 10)),
    )
    .join("");
}

/** The rows as a table, and under it the geometric means of each pipeline and the row that does worst. */
export function renderRows(rows: readonly Row[]): string {
  const means = [...new Set(rows.map((row) => row.pipeline))].map((pipeline) => {
    const chosen = rows.filter((row) => row.pipeline === pipeline);
    const worst = chosen.reduce((least, row) => (row.ratio < least.ratio ? row : least));
    const [rate, cpu] = [
      geometricMean(chosen.map((row) => row.ratio)),
      geometricMean(chosen.map((row) => row.cpuRatio)),
    ];
    return [
      String(pipeline),
      rate.toFixed(2),
      cpu.toFixed(2),
      `${worst.ratio.toFixed(2)} (${worst.test}, ${worst.sizeBytes} bytes)`,
    ];
  });
  const meansHead = ["geometric mean at -P", "throughput", "CPU per operation", "least throughput"];
  return `${table(HEAD, rows.map(cells))}\n\n${table(meansHead, means)}`;
}

/** `NAME=COMMAND ARGS`, e.g. `expire=EXPIRE key:__rand_int__ 100`. */
export function parseCommandTest(text: string): Test {
  const split = text.indexOf("=");
  if (split <= 0) throw new Error(`--command wants NAME=COMMAND ARGS, not: ${text}`);
  return { name: text.slice(0, split), command: splitWords(text.slice(split + 1)) };
}

const HELP = `npm run bench -- [--tests set,get,incr,mset,ping_mbulk] [--command 'NAME=COMMAND ARGS'] ...
    [--pipelines 1,16,64] [--sizes 16] [--clients 50] [--keyspace 1000000] [--runtimes node,bun,deno,node-current]
    [--rounds 5] [--seconds 1.5] [--write docs/performance.md [--section throughput]]
    [--a 'PROGRAM ARGS {port}'] [--b 'PROGRAM ARGS {port}']   any other server in Redpoll's or in Redis's place`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      tests: { type: "string", default: "set,get,incr,mset,ping_mbulk" },
      command: { type: "string", multiple: true, default: [] },
      pipelines: { type: "string", default: "1,16,64" },
      sizes: { type: "string", default: "16" },
      clients: { type: "string", default: "50" },
      keyspace: { type: "string", default: "1000000" },
      runtimes: { type: "string", default: "node" },
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "1.5" },
      write: { type: "string" },
      section: { type: "string", default: "throughput" },
      a: { type: "string" },
      b: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const named = values.tests.split(",").filter(Boolean);
  const settings: Settings = {
    tests: [...named.map((name) => ({ name })), ...values.command.map(parseCommandTest)],
    pipelines: values.pipelines.split(",").map(Number),
    sizes: values.sizes.split(",").map(Number),
    clients: Number(values.clients),
    keyspace: Number(values.keyspace),
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    requestsMin: 20_000,
    requestsPipelinedMin: 100_000,
  };
  const reference = values.b === undefined ? REDIS : splitWords(values.b);
  const contestants = values.a === undefined ? values.runtimes.split(",") : [values.a];
  const parts: string[] = [];
  for (const name of contestants) {
    const command = values.a === undefined ? redpollOn(name) : splitWords(name);
    const title = `### ${values.a === undefined ? describeRuntime(name) : name} beside ${values.b ?? describeRedis()}`;
    console.log(`\n${title}\n`);
    const rows = await compare(command, reference, settings, (row) => console.log(renderLine(row)));
    console.log(`\n${renderRows(rows)}`);
    parts.push(`${title}, ${settings.clients} clients, ${thousands(settings.keyspace)} keys\n\n${renderRows(rows)}`);
  }
  if (values.write !== undefined) writeSection(values.write, values.section, "bench", parts.join("\n\n"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();

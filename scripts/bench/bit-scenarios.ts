/**
 * Commands on bits and HyperLogLogs: small ones with redis-benchmark as the client, those on strings of 100 MB one at a
 * time. (redis-benchmark draws numbers with leading zeros, which are no offsets: keys are drawn instead.)
 */
import { median } from "./figures.ts";
import { type Command, REDIS, Server } from "./servers.ts";
import type { Test } from "./throughput.ts";
import { encode, Wire } from "./wire.ts";

const BITS = 100_000_000;
const DENSE_ELEMENTS = 100_000;
const BATCH_ELEMENTS = 1_000;
const LONG_BYTES = 100 * 1024 * 1024;
const LONG_ROUNDS = 7;
const PIECE_BYTES = 1024 * 1024;
const FAR = String(BITS - 7);

export const BIT_TESTS: readonly Test[] = [
  { name: "setbit in one of 1 M strings", command: ["SETBIT", "b:__rand_int__", "123", "1"] },
  { name: "getbit of one of 1 M strings", command: ["GETBIT", "b:__rand_int__", "123"] },
  { name: "setbit, 100 M bits", command: ["SETBIT", "bits", FAR, "1"] },
  { name: "getbit, 100 M bits", command: ["GETBIT", "bits", FAR] },
  { name: "bitfield incrby u16", command: ["BITFIELD", "fields", "INCRBY", "u16", "#1000", "1"] },
  { name: "pfadd, dense", command: ["PFADD", "dense", "element:__rand_int__"] },
  { name: "pfadd, sparse", command: ["PFADD", "h:__rand_int__", "element:__rand_int__"] },
  { name: "pfcount", command: ["PFCOUNT", "dense"] },
  { name: "pfcount of two", command: ["PFCOUNT", "dense", "other"], weight: 50 },
  { name: "pfmerge", command: ["PFMERGE", "merged", "dense", "other"], weight: 50 },
];

/** Fills an empty server for these. */
export async function prepareBits(port: number): Promise<void> {
  const wire = await Wire.connect(port);
  await wire.ask("SETBIT", "bits", String(BITS), "1");
  for (const key of ["dense", "other"]) {
    for (let from = 0; from < DENSE_ELEMENTS; from += BATCH_ELEMENTS) {
      const elements = Array.from({ length: BATCH_ELEMENTS }, (_, index) => `${key}:${from + index}`);
      await wire.pour(Buffer.from(encode("PFADD", key, ...elements), "latin1"), 1);
    }
  }
  wire.close();
}

const LONG: readonly (readonly string[])[] = [
  ["BITCOUNT", "x"],
  ["BITOP", "AND", "d", "x", "y"],
  ["BITOP", "XOR", "d", "x", "y"],
  ["BITOP", "NOT", "d", "x"],
];

/** Rows for the table of scenarios: milliseconds, and the ratio of speeds. */
export async function bitRows(ours: Command, runtime: string, rounds: number): Promise<string[][]> {
  const times = LONG.map(() => ({ ours: [] as number[], theirs: [] as number[] }));
  for (let round = 0; round < rounds; round++) {
    const order = [true, false];
    for (const isOurs of round % 2 === 0 ? order : order.reverse()) {
      const measured = await longTimes(isOurs ? ours : REDIS);
      for (const [index, ms] of measured.entries()) times[index]?.[isOurs ? "ours" : "theirs"].push(ms);
    }
  }
  return LONG.map((words, index) => {
    const { ours: mine = [], theirs = [] } = times[index] ?? {};
    const ratios = mine.map((ms, round) => (theirs[round] as number) / ms);
    const what = `${runtime}: ${words.slice(0, words.length > 2 ? 2 : 1).join(" ")} of 100 MB; ms, and ratio of speeds`;
    return [what, median(mine).toFixed(0), median(theirs).toFixed(0), median(ratios).toFixed(2)];
  });
}

async function longTimes(command: Command): Promise<number[]> {
  const server = await Server.start(command);
  try {
    const wire = await Wire.connect(server.port);
    const piece = Array.from({ length: PIECE_BYTES }, () => String.fromCharCode(Math.random() * 256)).join("");
    const text = piece.repeat(LONG_BYTES / PIECE_BYTES);
    await wire.ask("SET", "x", text);
    await wire.ask("SET", "y", text.slice(1) + text.slice(0, 1));
    const results: number[] = [];
    for (const words of LONG) results.push(await medianMs(wire, words));
    wire.close();
    return results;
  } finally {
    await server.stop();
  }
}

async function medianMs(wire: Wire, words: readonly string[]): Promise<number> {
  const times: number[] = [];
  // The first time does not count.
  await wire.ask(...words);
  for (let round = 0; round < LONG_ROUNDS; round++) {
    const start = performance.now();
    await wire.ask(...words);
    times.push(performance.now() - start);
  }
  return median(times);
}

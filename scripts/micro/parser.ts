/**
 * What the request parser costs, in nanoseconds an argument: `node scripts/micro/parser.ts` (Deno and Bun run it as it
 * is; for Node 20: `npx esbuild scripts/micro/parser.ts --bundle --format=esm --outfile=parser.mjs`).
 *
 * Each case parses the same pipeline over and over, cut into chunks of the given size, and counts the best of several
 * rounds: the machine's other work can only make a round slower.
 */
import { COMMAND, defaultParserLimits, RequestParser } from "../../src/protocol/request-parser.ts";

const ROUNDS = 12;
const ROUND_MS = 60;

interface Case {
  readonly name: string;
  readonly pipeline: Uint8Array;
  readonly chunkBytes: number;
}

function multibulk(...args: string[]): string {
  return `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join("")}`;
}

function numbered(i: number): string {
  return `key:${String(i).padStart(12, "0")}`;
}

function repeated(count: number, make: (i: number) => string): Uint8Array {
  return new TextEncoder().encode(Array.from({ length: count }, (_, i) => make(i)).join(""));
}

const set = (valueBytes: number) => (i: number) => multibulk("SET", numbered(i), "v".repeat(valueBytes));
const manyKeys = (i: number) => multibulk("MSET", ...Array.from({ length: 20 }, (_, j) => numbered(i + j)));

const cases: readonly Case[] = [
  { name: "SET 16 B, pipeline 1", pipeline: repeated(1, set(16)), chunkBytes: 65536 },
  { name: "SET 16 B, pipeline 64", pipeline: repeated(64, set(16)), chunkBytes: 65536 },
  { name: "GET, pipeline 64", pipeline: repeated(64, (i) => multibulk("GET", numbered(i))), chunkBytes: 65536 },
  { name: "MSET 10 keys", pipeline: repeated(64, manyKeys), chunkBytes: 65536 },
  { name: "SET 256 B", pipeline: repeated(64, set(256)), chunkBytes: 65536 },
  { name: "SET 4 KB, 64 KB chunks", pipeline: repeated(256, set(4096)), chunkBytes: 65536 },
  { name: "SET 16 B, 1,400 B chunks", pipeline: repeated(512, set(16)), chunkBytes: 1400 },
  { name: "PING inline", pipeline: repeated(64, () => "PING\r\n"), chunkBytes: 65536 },
];

/** Parses the pipeline once. @returns arguments seen; the positions are used, so that no engine can drop the work. */
function parseAll(parser: RequestParser, { pipeline, chunkBytes }: Case): number {
  let seen = 0;
  for (let start = 0; start < pipeline.length; start += chunkBytes) {
    parser.begin(pipeline, start, Math.min(start + chunkBytes, pipeline.length));
    while (parser.next() === COMMAND) {
      const last = parser.argc - 1;
      if (parser.argStart[last] + parser.argLength[last] < 0) throw new Error("impossible");
      seen += parser.argc;
    }
    parser.finish();
  }
  return seen;
}

/** @returns nanoseconds an argument, the best round. */
function measure(parser: RequestParser, one: Case): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    let seen = 0;
    while (performance.now() - startMs < ROUND_MS) {
      for (let i = 0; i < 100; i++) seen += parseAll(parser, one);
    }
    best = Math.min(best, ((performance.now() - startMs) * 1e6) / seen);
  }
  return best;
}

const parser = new RequestParser(defaultParserLimits());
for (const one of cases) measure(parser, { ...one, chunkBytes: one.chunkBytes });
for (const one of cases)
  console.log(`${one.name.padEnd(28)} ${measure(parser, one).toFixed(1).padStart(7)} ns/argument`);

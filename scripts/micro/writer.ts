/**
 * What a reply costs, in nanoseconds: `node scripts/micro/writer.ts` (Deno and Bun run it as it is; for Node 20:
 * `npx esbuild scripts/micro/writer.ts --bundle --format=esm --outfile=writer.mjs`).
 *
 * Each case writes 64 replies and flushes them, over and over; the best of several rounds counts.
 */
import { OutputBlockPool } from "../../src/protocol/output-blocks.ts";
import { ReplyBuffer } from "../../src/protocol/reply-writer.ts";

const ROUNDS = 12;
const ROUND_MS = 40;
const REPLIES = 64;

interface Case {
  readonly name: string;
  readonly write: (out: ReplyBuffer, i: number) => void;
}

const values = new Uint8Array(1 << 20).map((_, i) => i);
const view = new DataView(values.buffer);
const at = (i: number) => (i * 4099) & 0x7fff3;

const cases: readonly Case[] = [
  { name: "+OK", write: (out) => out.ok() },
  { name: ":N", write: (out, i) => out.integer(i * 37) },
  { name: "null", write: (out) => out.nullBulk() },
  { name: "double", write: (out, i) => out.double(i + 0.25) },
  { name: "bulk integer", write: (out, i) => out.bulkInteger(i * 123456) },
  { name: "array header", write: (out, i) => out.arrayHeader(i) },
  ...[3, 16, 24, 32, 48, 64, 100, 256, 4096].flatMap((bytes) => [
    { name: `bulk ${bytes} B`, write: (out: ReplyBuffer, i: number) => out.bulk(values, at(i), bytes) },
    {
      name: `bulk ${bytes} B, words`,
      write: (out: ReplyBuffer, i: number) => out.bulkWords(values, view, at(i), bytes),
    },
  ]),
];

const sink = { write: (bytes: Uint8Array) => bytes.length > 0 };

/** @returns nanoseconds a reply, the best round. */
function measure(buffers: readonly ReplyBuffer[], { write }: Case): number {
  let best = Number.POSITIVE_INFINITY;
  let turn = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const startMs = performance.now();
    let written = 0;
    while (performance.now() - startMs < ROUND_MS) {
      for (let i = 0; i < 50; i++) {
        const out = buffers[turn++ & 7];
        for (let j = 0; j < REPLIES; j++) write(out, j);
        out.flush(sink);
      }
      written += 50 * REPLIES;
    }
    best = Math.min(best, ((performance.now() - startMs) * 1e6) / written);
  }
  return best;
}

const pool = new OutputBlockPool();
const buffers = Array.from({ length: 8 }, () => new ReplyBuffer(pool));
for (const one of cases) measure(buffers, one);
for (const one of cases) console.log(`${one.name.padEnd(24)} ${measure(buffers, one).toFixed(1).padStart(7)} ns`);

/**
 * What commands cost without the network, in nanoseconds: `node scripts/micro/commands.ts` (Deno and Bun run it as it
 * is). A server whose sockets are functions is given the chunks that fifty pipelining clients would send, a turn at a
 * time; everything from the parser to the reply is measured, nothing of the system.
 *
 *     node scripts/micro/commands.ts [--pipeline 16] [--range 1000] [--rounds 60] ["SADD myset element:RAND" …]
 *
 * RAND stands for twelve random digits below the range. Of all rounds the tenth percentile counts: the machine's other
 * work can only make a round slower. With `--steered` it runs a round of all commands for each line on its standard
 * input, and prints the figures of that: `compare.ts` has two trees do so in turn.
 */
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { Prng } from "../../src/base/prng.ts";
import { UnwiredServer } from "../../test/server/unwired-server.ts";

const CLIENTS = 50;
/** Of a round, for each command. */
const TURNS = 4;
const DIGITS = 12;
const PLACE = "@".repeat(DIGITS);
const ZERO = 0x30;
const COMMANDS = [
  "PING",
  "SET key:RAND xxxxxxxxxxxxxxxx",
  "GET key:RAND",
  "INCR counter:RAND",
  "RPUSH mylist xxx",
  "LPOP mylist",
  "SADD myset element:RAND",
  "HSET myhash element:RAND xxx",
  "ZADD myzset 0 element:RAND",
  "XADD mystream * field xxx",
];

const { values: options, positionals } = parseArgs({
  options: {
    pipeline: { type: "string", default: "16" },
    range: { type: "string", default: "1000" },
    rounds: { type: "string", default: "60" },
    steered: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const pipeline = Number(options.pipeline);
const range = Number(options.range);
const commands = positionals.length > 0 ? positionals : COMMANDS;

const server = new UnwiredServer();
const sessions = Array.from({ length: CLIENTS }, () => server.connect(() => {}));

/** The chunk of one client: the same command over and over, and where its random numbers stand. */
class Chunk {
  readonly bytes: Uint8Array;
  readonly #places: number[] = [];

  constructor(command: string) {
    const words = command.split(" ").map((word) => word.replace("RAND", PLACE));
    const request = `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
    const text = request.repeat(pipeline);
    this.bytes = new TextEncoder().encode(text);
    for (let at = text.indexOf(PLACE); at >= 0; at = text.indexOf(PLACE, at + DIGITS)) this.#places.push(at);
  }

  /** Other random numbers. */
  renew(random: Prng): void {
    for (const place of this.#places) {
      let rest = random.below(range);
      for (let at = place + DIGITS - 1; at >= place; at--) {
        this.bytes[at] = ZERO + (rest % 10);
        rest = Math.floor(rest / 10);
      }
    }
  }
}

const chunks = commands.map((command) => new Chunk(command));
const random = new Prng(1);

/** Every client sends a chunk; the turn is over when everything has been answered. */
function turn(chunk: Chunk): void {
  for (const session of sessions) {
    chunk.renew(random);
    session.onData(chunk.bytes, 0, chunk.bytes.length);
  }
  while (server.endTurn());
}

/** @returns nanoseconds a command, without what it takes to make the chunks. */
function measure(chunk: Chunk): number {
  const began = performance.now();
  for (let made = 0; made < TURNS * CLIENTS; made++) chunk.renew(random);
  const ready = performance.now();
  for (let taken = 0; taken < TURNS; taken++) turn(chunk);
  const ended = performance.now();
  return ((ended - ready - (ready - began)) * 1e6) / (TURNS * CLIENTS * pipeline);
}

/** @returns nanoseconds by command. */
function round(): Record<string, number> {
  return Object.fromEntries(commands.map((command, index) => [command, measure(chunks[index] as Chunk)]));
}

if (options.steered) {
  for await (const _ of createInterface({ input: process.stdin })) console.log(JSON.stringify(round()));
} else {
  const rounds = Array.from({ length: Number(options.rounds) }, round);
  for (const command of commands) {
    const sorted = rounds.map((figures) => figures[command] as number).sort((a, b) => a - b);
    console.log(
      `${command.padEnd(44)} ${(sorted[Math.floor(sorted.length / 10)] as number).toFixed(0).padStart(7)} ns`,
    );
  }
}
process.exit();

/**
 * Commands on streams beside Redis: entries added and read by redis-benchmark; and what needs one reply to follow
 * another, a group that reads and acknowledges, and a consumer that claims what is pending for others. For these the ids
 * are known beforehand, so that a pipeline can be written at once.
 */
import type { Server } from "./servers.ts";
import type { Test } from "./throughput.ts";
import { encode, Wire } from "./wire.ts";

const BATCH_COMMANDS = 2_000;
const ENTRIES = 100_000;
const READ_COUNT = 10;
const READS_PIPELINED = 16;
const PAIRS = ENTRIES / READ_COUNT;
const CLAIM_COUNT = 100;
const CLAIMS_PIPELINED = 10;
const CLAIM_ROUNDS = 5;
const VALUE = "abcdefghijklmnop";

export const STREAM_TESTS: readonly Test[] = [
  { name: "xadd", command: ["XADD", "added", "*", "field", VALUE] },
  { name: "xadd, 5 fields", command: ["XADD", "wide", "*", ...["a", "b", "c", "d", "e"].flatMap((f) => [f, VALUE])] },
  { name: "xadd, trimmed to about 10,000", command: ["XADD", "kept", "MAXLEN", "~", "10000", "*", "field", VALUE] },
  { name: "xrange of 100", command: ["XRANGE", "s", "50000", "+", "COUNT", "100"], weight: 10 },
  { name: "xread of 10", command: ["XREAD", "COUNT", "10", "STREAMS", "s", "50000"], weight: 2 },
];

/** Lines of a reply: an entry is `*2`, its id, `*2`, field and value, each string with its length. */
const ENTRY_LINES = 8;
const READ_LINES = 5 + READ_COUNT * ENTRY_LINES;
/** Header, cursor, header, ids, and no deleted ones. */
const CLAIM_LINES = 5 + CLAIM_COUNT * 2;

/** A stream `s` with the ids 1-0 to 100000-0. */
export async function prepareStreams(port: number): Promise<void> {
  const wire = await Wire.connect(port);
  await fill(wire);
  wire.close();
}

async function fill(wire: Wire): Promise<void> {
  for (let first = 1; first <= ENTRIES; first += BATCH_COMMANDS) {
    const commands = Array.from({ length: BATCH_COMMANDS }, (_, i) =>
      encode("XADD", "s", `${first + i}-0`, "field", VALUE),
    );
    await wire.pour(Buffer.from(commands.join(""), "latin1"), 2 * BATCH_COMMANDS);
  }
}

/** Pairs of XREADGROUP and XACK by second, of ten entries each, by one consumer in a pipeline; a first group warms up. */
export async function groupReads(server: Server): Promise<number> {
  const wire = await Wire.connect(server.port);
  await fill(wire);
  await readAsGroup(wire, "warm");
  const seconds = await readAsGroup(wire, "g");
  wire.close();
  return PAIRS / seconds;
}

/** Reads the stream and acknowledges it. @returns seconds. */
async function readAsGroup(wire: Wire, group: string): Promise<number> {
  await wire.pour(Buffer.from(encode("XGROUP", "CREATE", "s", group, "0"), "latin1"), 1);
  const batches: Buffer[] = [];
  for (let pair = 0; pair < PAIRS; pair += READS_PIPELINED) {
    let text = "";
    for (let at = pair; at < pair + READS_PIPELINED; at++) {
      const ids = Array.from({ length: READ_COUNT }, (_, i) => `${at * READ_COUNT + i + 1}-0`);
      text += encode("XREADGROUP", "GROUP", group, "c", "COUNT", String(READ_COUNT), "STREAMS", "s", ">");
      text += encode("XACK", "s", group, ...ids);
    }
    batches.push(Buffer.from(text, "latin1"));
  }
  const startMs = performance.now();
  for (const batch of batches) await wire.pour(batch, READS_PIPELINED * (READ_LINES + 1));
  return (performance.now() - startMs) / 1000;
}

/** XAUTOCLAIMs by second, each of a hundred among 100,000 entries that are pending for another. */
export async function claims(server: Server): Promise<number> {
  const wire = await Wire.connect(server.port);
  await fill(wire);
  await wire.pour(Buffer.from(encode("XGROUP", "CREATE", "s", "g", "0"), "latin1"), 1);
  const reads = Array.from({ length: ENTRIES / CLAIM_COUNT }, () =>
    encode("XREADGROUP", "GROUP", "g", "c0", "COUNT", String(CLAIM_COUNT), "STREAMS", "s", ">"),
  );
  await wire.pour(Buffer.from(reads.join(""), "latin1"), reads.length * (5 + CLAIM_COUNT * ENTRY_LINES));
  const batches = Array.from({ length: CLAIM_ROUNDS }, (_, round) => claimBatches(`c${round + 1}`)).flat();
  const startMs = performance.now();
  for (const batch of batches) await wire.pour(batch, CLAIMS_PIPELINED * CLAIM_LINES);
  const seconds = (performance.now() - startMs) / 1000;
  wire.close();
  return (batches.length * CLAIMS_PIPELINED) / seconds;
}

/** Everything once over, for one consumer. */
function claimBatches(consumer: string): Buffer[] {
  const batches: Buffer[] = [];
  for (let first = 1; first <= ENTRIES; first += CLAIM_COUNT * CLAIMS_PIPELINED) {
    let text = "";
    for (let at = 0; at < CLAIMS_PIPELINED; at++) {
      const from = `${first + at * CLAIM_COUNT}-0`;
      text += encode("XAUTOCLAIM", "s", "g", consumer, "0", from, "COUNT", String(CLAIM_COUNT), "JUSTID");
    }
    batches.push(Buffer.from(text, "latin1"));
  }
  return batches;
}

/**
 * What sorted sets cost below the commands: `node scripts/micro/sorted-index.ts [members]` (Deno and Bun run it as it
 * is; for Node 20: `npx esbuild scripts/micro/sorted-index.ts --bundle --format=esm --outfile=sorted-index.mjs`).
 */
import { KeyedHash } from "../../src/base/keyed-hash.ts";
import { Prng } from "../../src/base/prng.ts";
import { Arena } from "../../src/memory/arena.ts";
import { MemberTable } from "../../src/structures/member-table.ts";
import { SortedIndex } from "../../src/structures/sorted-index.ts";
import { SortedCursor } from "../../src/structures/sorted-index-cursor.ts";

const members = Number(process.argv[2] ?? 1_000_000);
const SAMPLES = Math.min(members, 300_000);
const KEY_BYTES = 10;

const arena = new Arena({ allocate: (sizeBytes) => new ArrayBuffer(sizeBytes), release: () => {} });
const table = new MemberTable(arena, new KeyedHash(1, 2));
const index = new SortedIndex(arena);
const cursor = new SortedCursor(arena);
const prng = new Prng(7);
const key = new Uint8Array(KEY_BYTES);
const entries = new Int32Array(members);
const scores = new Float64Array(members);

function report(name: string, count: number, work: () => void): void {
  // Processor time, as others may be at work on the machine.
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  const ns = ((user + system) * 1000) / count;
  console.log(`${name.padEnd(44)} ${ns.toFixed(0).padStart(7)} ns`);
}

function writeKey(number: number): void {
  for (let at = KEY_BYTES - 1, rest = number; at >= 0; at--, rest = Math.floor(rest / 10)) key[at] = 48 + (rest % 10);
}

function bytes(name: string, work: () => number): void {
  const before = arena.usedBytes;
  const count = work();
  console.log(`${name.padEnd(44)} ${((arena.usedBytes - before) / count).toFixed(2).padStart(7)} bytes`);
}

function fill(name: string, scoreOf: (at: number) => number): void {
  const root = index.create();
  for (let at = 0; at < members; at++) scores[at] = scoreOf(at);
  bytes(name, () => {
    report(name, members, () => {
      for (let at = 0; at < members; at++) index.insert(scores[at], entries[at]);
    });
    return members;
  });
  if (name !== "insert, random scores") while (index.free(root, 1000) > 0);
}

bytes("scored members in the table", () => {
  table.create();
  report("add scored members", members, () => {
    for (let at = 0; at < members; at++) {
      writeKey(at);
      table.find(key, 0, KEY_BYTES);
      entries[at] = table.addScored(key, 0, KEY_BYTES, at);
    }
  });
  return members;
});

fill("insert, ascending scores", (at) => at);
fill("insert, descending scores", (at) => -at);
fill("insert, equal scores, ascending members", () => 0);
fill("insert, random scores", () => prng.float());

report("rankOf", SAMPLES, () => {
  for (let n = 0; n < SAMPLES; n++) {
    const at = prng.below(members);
    index.rankOf(scores[at], entries[at]);
  }
});
report("at(rank)", SAMPLES, () => {
  for (let n = 0; n < SAMPLES; n++) index.at(prng.below(members), cursor);
});
report("seekScore", SAMPLES, () => {
  for (let n = 0; n < SAMPLES; n++) index.seekScore(prng.float(), false, cursor);
});
report("a step of a cursor", members, () => {
  index.at(0, cursor);
  while (cursor.next());
});
report("rescore nearby", SAMPLES, () => {
  for (let n = 0; n < SAMPLES; n++) {
    const at = prng.below(members);
    const score = scores[at] + 10 / members;
    index.rescore(scores[at], entries[at], score);
    scores[at] = score;
  }
});
report("rescore anywhere", members, () => {
  for (let n = 0; n < members; n++) {
    const at = prng.below(members);
    const score = prng.float();
    index.rescore(scores[at], entries[at], score);
    scores[at] = score;
  }
});
console.log(`${"then the index takes".padEnd(44)} ${(index.blockBytes / members).toFixed(2).padStart(7)} bytes`);
report("remove and insert again", SAMPLES, () => {
  for (let n = 0; n < SAMPLES; n++) {
    const at = prng.below(members);
    index.remove(scores[at], entries[at]);
    index.insert(scores[at], entries[at]);
  }
});
report("removeAt(0)", SAMPLES, () => {
  for (let n = 0; n < SAMPLES; n++) index.removeAt(0);
});

bytes("members of 10 bytes", () => {
  table.create();
  for (let at = 0; at < members; at++) {
    writeKey(at);
    table.addMember(key, 0, KEY_BYTES);
  }
  return members;
});
bytes("fields of 10 with values of 16 bytes", () => {
  const value = new Uint8Array(16);
  table.create();
  for (let at = 0; at < members; at++) {
    writeKey(at);
    table.setField(key, 0, KEY_BYTES, value, 0, 16);
  }
  return members;
});

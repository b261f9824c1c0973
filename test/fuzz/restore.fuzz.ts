/**
 * Fuzzes RESTORE: payloads of every type and version, damaged or not, with no checksum to stop them. Whatever comes, there
 * is a whole key or none, nothing is lost or leaks, and a key that there is can be walked, written, moved and freed.
 */
import type { Prng } from "../../src/base/prng.ts";
import { DumpCodec } from "../../src/persistence/dump.ts";
import type { RdbValueReader } from "../../src/persistence/rdb-value-reader.ts";
import { LocalServer, type Plain } from "../commands/generic-server.ts";
import {
  type Bytes,
  double,
  idBytes,
  intset,
  length,
  listpack,
  literally,
  little,
  type PlainEntry,
  payload,
  streamElements,
  streamListpack,
  string,
  ziplist,
  zipmap,
} from "../persistence/payloads.ts";
import { type FuzzTarget, mutate, oneIn, pick, someSize } from "./fuzz.ts";

/** Bytes that mean something somewhere: lengths, encodings, ends, a NaN, heads of listpacks, the odd count. */
const WORDS = [
  ...["\0", "\x01", "\x02", "\x3f", "\x40\x40", "\x80\0\0\0\x05", "\x80\xff\xff\xff\xff", "\x81\0\0\0\0\0\0\0\x05"],
  ...[
    "\x81\xff\xff\xff\xff\xff\xff\xff\xff",
    "\xc0\x05",
    "\xc1\0\x80",
    "\xc2\0\0\0\x80",
    "\xc3\x05\x0a",
    "\xf0",
    "\xf4",
    "\xff",
  ],
  ...[
    "\xfe",
    "\xfd",
    "\xfe\xff\xff\xff\xff",
    "\x7f\xf8",
    "\xf8\x7f",
    "\x07\0\0\0\0\0\xff",
    "\x80\0",
    "\xe0\0",
    "a",
    "nan",
  ],
];
const TEXTS = ["a", "b", "c", "field", "0", "1", "-1", "12", "300", "-40000", "1234567", "", "1.5", "inf", "nan", "\0"];
const TYPES = [0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21];
const DIGEST_OF_NOTHING = "0".repeat(40);
const ROUNDS_A_SERVER = 500;

/** What a key is asked that holds a type of value; without errors if all is well. */
const QUESTIONS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  string: [
    ["GET", "k"],
    ["STRLEN", "k"],
    ["APPEND", "k", "x"],
  ],
  list: [
    ["LRANGE", "k", "0", "-1"],
    ["LINDEX", "k", "-1"],
    ["RPUSH", "k", "x"],
    ["LPUSH", "k", "y"],
    ["LREM", "k", "0", "a"],
  ],
  set: [
    ["SMEMBERS", "k"],
    ["SADD", "k", "x", "17", "y"],
    ["SREM", "k", "a", "1"],
  ],
  zset: [
    ["ZRANGE", "k", "0", "-1", "WITHSCORES"],
    ["ZADD", "k", "5", "x", "-1", "y"],
    ["ZREM", "k", "a", "1"],
  ],
  hash: [
    ["HGETALL", "k"],
    ["HSET", "k", "x", "y"],
    ["HDEL", "k", "a", "1"],
  ],
  stream: [
    ["XRANGE", "k", "-", "+"],
    ["XREVRANGE", "k", "+", "-", "COUNT", "3"],
    ["XINFO", "STREAM", "k", "FULL", "COUNT", "0"],
    ["XINFO", "GROUPS", "k"],
    ["XDEL", "k", "5-0", "7-1"],
    ["XTRIM", "k", "MINID", "6"],
    ["XTRIM", "k", "MAXLEN", "1"],
  ],
};

type MakeCodec = (server: LocalServer["server"]) => DumpCodec;

export function restoreTarget(
  name = "restore",
  make: MakeCodec = ({ keyspace, rdb }) => new DumpCodec(keyspace, rdb),
): FuzzTarget {
  let local: LocalServer | null = null;
  let played = 0;
  return {
    name,
    round(random) {
      if (local === null || played++ % ROUNDS_A_SERVER === 0) {
        local = new LocalServer();
        (local.server as { dumps: DumpCodec }).dumps = make(local.server);
        local.call("DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", 1);
      }
      try {
        playRound(random, local);
      } catch (error) {
        // What comes after must not depend on it.
        local = null;
        throw error;
      }
    },
  };
}

function playRound(random: Prng, local: LocalServer): void {
  const type = pick(random, TYPES);
  let body = value(random, type);
  const damages = oneIn(random, 4) ? 0 : 1 + random.below(3);
  for (let left = damages; left > 0; left--) body = mutate(random, body, WORDS);
  for (const name of ["hash", "zset", "set"]) limit(local, `${name}-max-listpack-entries`, random.below(12));
  limit(local, "list-max-listpack-size", pick(random, [-2, 1, 3, -1]));
  const { keyspace } = local.server;
  const before = keyspace.usedBytes;
  const code = damages > 0 && oneIn(random, 20) ? random.below(256) : type;
  const restored = local.call("RESTORE", "k", 0, payload(code, body));
  if (restored === "OK") use(local);
  else if (damages === 0) throw new Error(`refused what is sound: type ${type}, ${JSON.stringify(body.slice(0, 500))}`);
  else if (local.call("EXISTS", "k") !== 0) throw new Error("half a key");
  local.call("FLUSHALL");
  while (keyspace.lazyFree.step());
  if (keyspace.usedBytes !== before) throw new Error(`${keyspace.usedBytes - before} bytes are lost`);
  if (keyspace.databases[0].entryBytes !== 0) throw new Error("an empty database has entries");
  if (oneIn(random, 50)) local.check();
}

function limit(local: LocalServer, name: string, count: number): void {
  if (local.call("CONFIG", "SET", name, count) !== "OK") throw new Error(`no ${name}`);
}

/** Does with the key what a client may do. */
function use(local: LocalServer): void {
  const name = String(local.call("TYPE", "k"));
  const [digest] = local.call("DEBUG", "DIGEST-VALUE", "k") as string[];
  if (digest === DIGEST_OF_NOTHING) throw new Error("a key without a value");
  const dumped = local.call("DUMP", "k") as string;
  sound(local.call("RESTORE", "copy", 0, Uint8Array.from(Buffer.from(dumped, "latin1"))));
  sound(local.call("COPY", "k", "other"));
  sound(local.call("DEBUG", "RELOAD"));
  const digests = local.call("DEBUG", "DIGEST-VALUE", "k", "copy", "other") as string[];
  // Written and read once more it is the same, but for what chance a table's order is.
  if (digests.some((other) => other !== digest))
    throw new Error(`another value after DUMP, COPY or RELOAD: ${digests}`);
  for (const question of QUESTIONS[name] ?? []) sound(local.call(...question));
}

function sound(reply: Plain): void {
  const isError = typeof reply === "object" && reply !== null && "error" in reply;
  if (isError && !/^ERR unknown command/.test(reply.error)) throw new Error(`an error: ${reply.error}`);
}

// ---- values ---------------------------------------------------------------------------------------------------------

function text(random: Prng): Bytes {
  if (!oneIn(random, 3)) return pick(random, TEXTS);
  const size = someSize(random, [63, 64, 254, 300, 4096, 16_384], oneIn(random, 20) ? 40_000 : 500);
  return String.fromCharCode(97 + random.below(26)).repeat(size);
}

function texts(random: Prng): Bytes[] {
  return Array.from({ length: 1 + random.below(oneIn(random, 5) ? 60 : 8) }, () => text(random));
}

function names(random: Prng): Bytes[] {
  return [...new Set(texts(random))];
}

function scores(random: Prng): string {
  return pick(random, ["0", "1", "-1.5", "12", "1e20", "inf", "-inf", "3.0000000000000004"]);
}

function blob(random: Prng, bytes: Bytes): Bytes {
  return oneIn(random, 4) ? literally(bytes) : string(bytes);
}

/** A sound value of a type. */
function value(random: Prng, type: number): Bytes {
  const pairs = names(random).map((name): [Bytes, Bytes] => [name, text(random)]);
  const scored = pairs.map(([name]): [Bytes, string] => [name, scores(random)]);
  const numbers = [...new Set(Array.from({ length: 1 + random.below(20) }, () => random.below(60_000) - 30_000))].sort(
    (a, b) => a - b,
  );
  const nodes = Array.from({ length: 1 + random.below(4) }, () => texts(random));
  switch (type) {
    case 0:
      return blob(random, text(random));
    case 1:
      return length(nodes[0].length) + nodes[0].map((element) => blob(random, element)).join("");
    case 2:
      return length(pairs.length) + pairs.map(([name]) => blob(random, name)).join("");
    case 3:
      return length(scored.length) + scored.map(([name, score]) => string(name) + string(score)).join("");
    case 4:
      return length(pairs.length) + pairs.map(([name, content]) => string(name) + blob(random, content)).join("");
    case 5:
      return length(pairs.length) + pairs.map(([name]) => string(name) + double(random.below(100) - 50.5)).join("");
    case 9:
      return blob(random, zipmap(pairs, random.below(4)));
    case 10:
      return blob(random, ziplist(nodes[0]));
    case 11:
      return blob(random, oneIn(random, 2) ? intset(numbers, 2) : intset(numbers, oneIn(random, 2) ? 4 : 8));
    case 12:
      return blob(random, ziplist(scored.flat()));
    case 13:
      return blob(random, ziplist(pairs.flat()));
    case 14:
      return length(nodes.length) + nodes.map((node) => blob(random, ziplist(node))).join("");
    case 16:
      return blob(random, listpack(pairs.flat()));
    case 17:
      return blob(random, listpack(scored.flat()));
    case 15:
    case 19:
    case 21:
      return someStream(random, type);
    case 18:
      return length(nodes.length) + nodes.map((node) => someNode(random, node)).join("");
    default:
      return blob(random, listpack(pairs.map(([name]) => name)));
  }
}

function someNode(random: Prng, elements: readonly Bytes[]): Bytes {
  if (oneIn(random, 5)) return little(1, 1) + string(`plain ${elements[0]}`);
  return little(2, 1) + blob(random, listpack(elements));
}

/** A stream of some nodes and groups; all ids have the same distance. */
function someStream(random: Prng, type: number): Bytes {
  let nodes = "";
  let nodeCount = 0;
  let live = 0;
  let ms = 0;
  for (let left = random.below(4); left > 0; left--) {
    const entries = Array.from({ length: 1 + random.below(12) }, (_, index) => someEntry(random, index));
    nodes += string(idBytes(ms, 1)) + blob(random, streamListpack(streamElements(["a", "b"], entries)));
    live += entries.filter(({ isDeleted }) => isDeleted !== true).length;
    ms += entries.length;
    nodeCount++;
  }
  const last = length(ms) + length(5);
  const facts = type === 15 ? "" : length(0) + length(1) + length(random.below(9)) + length(0) + length(live + 3);
  const groups = names(random).slice(0, 3);
  const body = length(nodeCount) + nodes + length(live) + last + facts + length(groups.length);
  return body + groups.map((name) => someGroup(random, type, name)).join("");
}

function someEntry(random: Prng, index: number): PlainEntry {
  const isDeleted = oneIn(random, 3);
  const values = [text(random), text(random)];
  return oneIn(random, 2)
    ? { ms: index, seq: 0, values, isDeleted }
    : { ms: index, seq: 0, fields: [text(random), "f"], values, isDeleted };
}

function someGroup(random: Prng, type: number, name: Bytes): Bytes {
  const ids = Array.from({ length: random.below(8) }, (_, index) => idBytes(index, random.below(3)));
  const split = random.below(ids.length + 1);
  const pending = ids.map((id) => id + little(1_600_000_000_000 + random.below(99), 8) + length(random.below(300)));
  const consumers = [ids.slice(0, split), ids.slice(split), []].map(
    (own, index) =>
      string(`consumer ${index}`) +
      little(1_600_000_000_000, 8) +
      (type === 21 ? little(oneIn(random, 2) ? -1 : 1_500_000_000_000, 8) : "") +
      length(own.length) +
      own.join(""),
  );
  const read = type === 15 ? "" : length(random.below(20));
  const head = string(name) + length(random.below(9)) + length(0) + read;
  return head + length(pending.length) + pending.join("") + length(consumers.length) + consumers.join("");
}

// ---- canaries -------------------------------------------------------------------------------------------------------

/** Loses some bytes with what it refuses. */
class LeakCanary extends DumpCodec {
  readonly #leak: () => void;

  constructor({ keyspace, rdb }: LocalServer["server"]) {
    super(keyspace, rdb);
    this.#leak = () => void keyspace.arena.allocate(32);
  }

  override read(bytes: Uint8Array, start: number, lengthBytes: number): RdbValueReader | null {
    const reader = super.read(bytes, start, lengthBytes);
    if (reader === null) this.#leak();
    return reader;
  }
}

/** Takes the type of a set for that of a list. */
class TypeCanary extends DumpCodec {
  override dump(entry: number): Uint8Array[] {
    const pieces = super.dump(entry);
    if (pieces[0][0] === 2) pieces[0][0] = 1;
    return pieces;
  }
}

export const canaries: readonly FuzzTarget[] = [
  restoreTarget("canary of lost bytes", (server) => new LeakCanary(server)),
  restoreTarget("canary of sets as lists", ({ keyspace, rdb }) => new TypeCanary(keyspace, rdb)),
];

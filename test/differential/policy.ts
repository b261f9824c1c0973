/**
 * What the comparison cannot ask two servers alike, each with its reason, and how replies are compared that are alike
 * only in part. Everything else is compared to the byte.
 */
import type { CommandRow } from "../../src/commands/spec.ts";
import { WAIT_IF_TOLD } from "./streams.ts";
import { isLow, type Thresholds } from "./thresholds.ts";

/** Commands that are not generated. A container's name stands for all its subcommands. */
export const NOT_GENERATED: Readonly<Record<string, string>> = {
  auth: "tested with requirepass, where it decides something",
  bgrewriteaof: "starts work in the background",
  bgsave: "starts work in the background",
  client: "other clients, their ids and their sockets differ",
  cluster: "another configuration",
  command: "another version's table; compared row by row",
  config: "another version's parameters",
  debug: "steers the server itself",
  failover: "changes the server's role",
  function: "the engine's names and the stored code are part of the reply",
  hello: "shows version and client id",
  info: "numbers of another implementation",
  lastsave: "shows when the process started",
  latency: "measures time",
  lolwut: "a picture of our own",
  memory: "counts bytes of another implementation",
  migrate: "needs a third server",
  module: "another server's modules",
  monitor: "turns the connection into a stream",
  pfselftest: "takes seconds in Redis",
  psubscribe: "turns the connection into a stream",
  psync: "turns the connection into a stream",
  punsubscribe: "as many replies as channels",
  quit: "closes the connection",
  randomkey: "random",
  readonly: "another configuration",
  readwrite: "another configuration",
  replconf: "part of a conversation between servers",
  replicaof: "changes the server's role",
  role: "shows an offset that depends on how effects are written",
  save: "writes a file",
  shutdown: "ends the server",
  slaveof: "changes the server's role",
  slowlog: "measures time",
  spop: "random, and changes what it picks",
  ssubscribe: "turns the connection into a stream",
  subscribe: "turns the connection into a stream",
  sunsubscribe: "as many replies as channels",
  sync: "turns the connection into a stream",
  time: "shows the time",
  unsubscribe: "as many replies as channels",
  "xgroup|help": "a text of our own",
  xsetid: "7.2 refuses ids that 7.0 takes, after which the stream is another; compared call by call",
  "xinfo|help": "a text of our own",
  "object|help": "a text of our own",
  "pubsub|help": "a text of our own",
  "script|help": "a text of our own",
  acl: "passwords, logs and generated texts",
};

/** Flags of commands that may wait, so that no reply comes. */
const WAITS = "blocking";

/**
 * - `bytes`: alike to the byte;
 * - `unordered`: the same parts in any order;
 * - `near`: numbers may differ by what passes of time between two servers;
 * - `shape`: the same types, whatever the values.
 */
export type Comparison = "bytes" | "unordered" | "near" | "shape";

/** Where the tips of a command ask for less than there is to compare, or for more. */
const COMPARISONS: Readonly<Record<string, Comparison>> = {
  "object|encoding": "bytes",
  "object|refcount": "bytes",
  "object|freq": "bytes",
  "object|idletime": "near",
  ttl: "near",
  pttl: "near",
  // Without the tip, but from relative times.
  expiretime: "near",
  pexpiretime: "near",
  scan: "shape",
  // A key whose time is past counts until somebody asks for it.
  dbsize: "shape",
  dump: "shape",
  // With given ids, and idle times that no time between two servers reaches.
  xadd: "bytes",
  xtrim: "bytes",
  xclaim: "bytes",
  xautoclaim: "bytes",
  xpending: "near",
  "xinfo|stream": "near",
  "xinfo|consumers": "near",
};

const LEAST_INT64 = "-9223372036854775808";

export function whyNotGenerated(row: CommandRow, fullName: string): string | undefined {
  const parent = fullName.split("|", 1)[0];
  const reason = NOT_GENERATED[fullName] ?? NOT_GENERATED[parent];
  if (reason !== undefined) return reason;
  return row.flags.includes(WAITS) && !WAIT_IF_TOLD.includes(fullName) ? "may wait" : undefined;
}

export function comparisonOf(row: CommandRow, fullName: string): Comparison {
  const told = COMPARISONS[fullName];
  if (told !== undefined) return told;
  const tips = row.tips ?? [];
  if (tips.includes("nondeterministic_output")) return "shape";
  return tips.includes("nondeterministic_output_order") ? "unordered" : "bytes";
}

/**
 * Whether what a command leaves behind differs for a reason in `deliberate.ts`, so that everything after it would: a
 * list that SORT has stored; the last bit of a distance that is stored; what a count without a negative removes; a score
 * of -0, which only a large sorted set keeps; and where these get large early, what a range by members removes or stores.
 */
export function leavesDifference(args: readonly string[], thresholds: Thresholds): boolean {
  if (/^sort$/i.test(args[0])) return args.some((arg) => /^store$/i.test(arg));
  if (/^geo/i.test(args[0])) return args.some((arg) => /^storedist$/i.test(arg));
  if (/^lrem$/i.test(args[0])) return args[2] === LEAST_INT64;
  const name = args[0].toLowerCase();
  if (name === "zadd") return args.includes("-0");
  if (!isLow(thresholds, "zset-max-listpack-entries", "zset-max-listpack-value")) return false;
  return name === "zremrangebylex" || (name === "zrangestore" && args.some((arg) => /^bylex$/i.test(arg)));
}

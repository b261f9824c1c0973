/**
 * The row: all that is known about a command, beside its handler.
 *
 * COMMAND and its subcommands, the gates, key extraction (WATCH, tracking, cluster routing, ACL), docs/commands.md and
 * the generators of the tests derive from rows; nothing about a command stands anywhere else. Names of flags,
 * categories, key specifications and argument types are Redis's own, since COMMAND shows them.
 */
import type { Arguments, Context } from "./context.ts";

export type CommandFlag =
  | "write"
  | "readonly"
  | "denyoom"
  | "admin"
  | "pubsub"
  | "noscript"
  | "random"
  | "blocking"
  | "loading"
  | "stale"
  | "skip_monitor"
  | "skip_slowlog"
  | "asking"
  | "fast"
  | "no_auth"
  | "may_replicate"
  | "no_mandatory_keys"
  | "no_async_loading"
  | "no_multi"
  /** Of use to tests and attackers: a parameter says who may call it. */
  | "protected"
  | "movablekeys"
  | "allow_busy";

export type AclCategory =
  | "keyspace"
  | "read"
  | "write"
  | "set"
  | "sortedset"
  | "list"
  | "hash"
  | "string"
  | "bitmap"
  | "hyperloglog"
  | "geo"
  | "stream"
  | "pubsub"
  | "admin"
  | "fast"
  | "slow"
  | "blocking"
  | "dangerous"
  | "connection"
  | "transaction"
  | "scripting";

export type CommandGroup =
  | "generic"
  | "string"
  | "list"
  | "set"
  | "sorted-set"
  | "hash"
  | "pubsub"
  | "transactions"
  | "connection"
  | "server"
  | "scripting"
  | "hyperloglog"
  | "cluster"
  | "sentinel"
  | "geo"
  | "stream"
  | "bitmap";

export type KeySpecFlag =
  | "RO"
  | "RW"
  | "OW"
  | "RM"
  | "ACCESS"
  | "UPDATE"
  | "INSERT"
  | "DELETE"
  | "not_key"
  | "incomplete"
  | "variable_flags";

/** Keys whose places no specification can tell: names made of other data, keywords that stand anywhere. */
export const UNKNOWN = { unknown: true } as const;

/** Where keys stand among the arguments, in the form that COMMAND INFO shows. */
export interface KeySpec {
  readonly notes?: string;
  readonly flags: readonly KeySpecFlag[];
  readonly begin:
    | { readonly index: number }
    | { readonly keyword: string; readonly startFrom: number }
    | typeof UNKNOWN;
  readonly find:
    | { readonly lastKey: number; readonly step: number; readonly limit: number }
    | { readonly keyNumIndex: number; readonly firstKey: number; readonly step: number }
    | typeof UNKNOWN;
}

export type ArgumentType =
  | "string"
  | "integer"
  | "double"
  | "key"
  | "pattern"
  | "unix-time"
  | "pure-token"
  | "oneof"
  | "block";

/** What COMMAND DOCS says about a command as a whole. */
export type DocFlag = "deprecated" | "syscmd";

/** One argument of the grammar, as COMMAND DOCS shows it. */
export interface ArgumentSpec {
  readonly name: string;
  readonly type: ArgumentType;
  readonly displayText?: string;
  readonly keySpecIndex?: number;
  readonly token?: string;
  readonly summary?: string;
  readonly since?: string;
  readonly deprecatedSince?: string;
  readonly optional?: boolean;
  readonly multiple?: boolean;
  readonly multipleToken?: boolean;
  readonly arguments?: readonly ArgumentSpec[];
}

/**
 * What goes into the log when the command has changed something: its own bytes, or what the handler recorded instead
 * because time, randomness or rounding must not be repeated elsewhere.
 */
export type Effects = "none" | "verbatim" | "rewritten";

/** Runs one command: reads the arguments, works on the keyspace, writes exactly one reply. Never throws for a user's error. */
export type Handler = (context: Context) => void;

export interface CommandRow {
  /** Lower case; of a subcommand only its own part. */
  readonly name: string;
  /** Arguments with the name; negative: at least that many. */
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  /** Categories beyond those that follow from the flags (see `categoriesOf`). */
  readonly categories: readonly AclCategory[];
  readonly keySpecs: readonly KeySpec[];
  readonly tips?: readonly string[];
  readonly group: CommandGroup;
  readonly since: string;
  readonly complexity: string;
  readonly summary: string;
  readonly docFlags?: readonly DocFlag[];
  /** The version since which it should no longer be used, and what to use instead. */
  readonly deprecatedSince?: string;
  readonly replacedBy?: string;
  /** Pairs of version and change. */
  readonly history?: readonly (readonly [string, string])[];
  readonly arguments?: readonly ArgumentSpec[];
  readonly effects: Effects;
  /**
   * Takes constant time, or one that grows with a logarithm, although its arity varies; or does with as many arguments
   * (the name counted) at the most. Where it is left out, flags and arguments tell: see the engine's command table.
   */
  readonly constantTime?: boolean | number;
  /** Whether an argument must not be shown to others than its client: see `redaction.ts`. */
  readonly isSecret?: (args: Arguments, index: number) => boolean;
  readonly handler: Handler;
  readonly subcommands?: readonly CommandRow[];
}

const KEY_AT_1 = { index: 1 } as const;
const ONE = { lastKey: 0, step: 1, limit: 0 } as const;
const TO_THE_END = { lastKey: -1, step: 1, limit: 0 } as const;

/** One key, the first argument. */
export function oneKey(...flags: KeySpecFlag[]): readonly KeySpec[] {
  return [{ flags, begin: KEY_AT_1, find: ONE }];
}

/** All arguments are keys. */
export function allKeys(...flags: KeySpecFlag[]): readonly KeySpec[] {
  return [{ flags, begin: KEY_AT_1, find: TO_THE_END }];
}

/** Keys alternate with something else, as in MSET. */
export function everySecondKey(...flags: KeySpecFlag[]): readonly KeySpec[] {
  return [{ flags, begin: KEY_AT_1, find: { lastKey: -1, step: 2, limit: 0 } }];
}

/** The order in which COMMAND lists categories. */
const CATEGORY_ORDER: readonly AclCategory[] = [
  ...(["keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap", "hyperloglog"] as const),
  ...(["geo", "stream", "pubsub", "admin", "fast", "slow", "blocking", "dangerous", "connection"] as const),
  ...(["transaction", "scripting"] as const),
];

/** The categories of a row: those it names, and those that its flags imply. */
export function categoriesOf(row: CommandRow): AclCategory[] {
  const has = (flag: CommandFlag): boolean => row.flags.includes(flag);
  const implied: AclCategory[] = [];
  if (has("write")) implied.push("write");
  if (has("readonly") && !row.categories.includes("scripting")) implied.push("read");
  if (has("admin")) implied.push("admin", "dangerous");
  if (has("pubsub")) implied.push("pubsub");
  if (has("fast")) implied.push("fast");
  if (has("blocking")) implied.push("blocking");
  const all = [...new Set([...row.categories, ...implied])];
  // What is not fast is slow.
  if (!all.includes("fast")) all.push("slow");
  return all.sort((a, b) => CATEGORY_ORDER.indexOf(a) - CATEGORY_ORDER.indexOf(b));
}

/** Keys that follow their number, which is argument `index`. */
export function countedKeys(index: number, ...flags: KeySpecFlag[]): readonly KeySpec[] {
  return [{ flags, begin: { index }, find: { keyNumIndex: 0, firstKey: 1, step: 1 } }];
}

/** The argument that is the one key. */
export const KEY = { name: "key", type: "key", keySpecIndex: 0 } as const;
/** Arguments that are all keys. */
export const KEYS: ArgumentSpec = { ...KEY, multiple: true };

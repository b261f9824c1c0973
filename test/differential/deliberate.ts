/**
 * The one list of deliberate differences from Redis 7.0.15, the oracle. `docs/compatibility.md` shows it; a difference
 * that is not on it is a bug. Where the comparison meets one, a rule recognizes it.
 */
import type { Reply } from "../../src/protocol/reply.ts";
import { latin1Text, show } from "../wire/notation.ts";
import { isLow, SET_LISTPACK_ENTRIES, type Thresholds } from "./thresholds.ts";

export interface Occurrence {
  /** The command, as sent. */
  readonly args: readonly string[];
  readonly ours: Reply;
  readonly oracle: Reply;
  /** Those of the round. */
  readonly thresholds: Thresholds;
}

export interface DeliberateDifference {
  /** What is different, in a sentence. */
  readonly what: string;
  readonly why: string;
  /** The version of Redis that behaves as we do, where one does. */
  readonly since?: string;
  /** Whether this is it; absent where generated commands cannot meet it. */
  readonly matches?: (occurrence: Occurrence) => boolean;
}

/** Beyond this a point in time is not an exact double. */
const TIME_MAX = 2 ** 53;
const COMMANDS_WITH_TIMES =
  /^(expire|pexpire|expireat|pexpireat|set|setex|psetex|getex|ttl|pttl|expiretime|pexpiretime)$/i;

const COMMANDS_WITH_SCORES = /^(b?z|geo)/i;

/** Redis 7.0 prints doubles with 17 digits. */
const ORACLE_DIGITS = 17;

/** Whether the oracle's reply is ours but for doubles with more digits than it takes. */
function differInDigitsOnly(ours: Reply, oracle: Reply): boolean {
  if (show(ours) === show(oracle)) return true;
  if (ours.kind === "double" && oracle.kind === "double") return isShorterDouble(ours.text, oracle.text);
  if (ours.kind === "bulk" && oracle.kind === "bulk") {
    return isShorterDouble(latin1Text(ours.bytes), latin1Text(oracle.bytes));
  }
  if (ours.kind !== "array" || oracle.kind !== "array" || ours.items.length !== oracle.items.length) return false;
  return ours.items.every((item, index) => differInDigitsOnly(item, oracle.items[index]));
}

function isShorterDouble(ours: string, oracle: string): boolean {
  if (!/^-?\d[\d.]*(e[+-]?\d+)?$/.test(ours) || Number(ours) !== Number(oracle)) return false;
  // Large integral ones are written out by one and with an exponent by the other.
  return Number(oracle).toPrecision(ORACLE_DIGITS) === Number(ours).toPrecision(ORACLE_DIGITS);
}

/** Whether ours is of a larger kind than the oracle's, where a command may name too many elements at once. */
function isLargeEarly(ours: string, oracle: string, thresholds: Thresholds): boolean {
  if (ours === '"hashtable"' && oracle === '"listpack"') return isLow(thresholds, "hash-max-listpack-entries");
  if (ours === '"skiplist"' && oracle === '"listpack"') return isLow(thresholds, "zset-max-listpack-entries");
  return /hashtable|listpack/.test(ours) && oracle === '"intset"' && isLow(thresholds, "set-max-intset-entries");
}

export const DELIBERATE_DIFFERENCES: readonly DeliberateDifference[] = [
  {
    what: "A small list is one listpack, and OBJECT ENCODING says so.",
    why: "The level of behaviour is 7.2, which has that encoding.",
    since: "7.2",
    matches: ({ args, ours, oracle }) =>
      /^object$/i.test(args[0]) && show(ours) === '"listpack"' && show(oracle) === '"quicklist"',
  },
  {
    what: "A small set with a member that is no integer is a listpack, and OBJECT ENCODING says so.",
    why: "The level of behaviour is 7.2, which has that encoding, with `set-max-listpack-entries` and `-value`.",
    since: "7.2",
    // Where sets may be listpacks. In the other rounds a set, like a hash, has to have Redis's encoding.
    matches: ({ args, ours, oracle, thresholds }) =>
      /^object$/i.test(args[0]) &&
      show(ours) === '"listpack"' &&
      show(oracle) === '"hashtable"' &&
      Number(thresholds[SET_LISTPACK_ENTRIES] ?? 0) > 0,
  },
  {
    what: "A command that names more elements than a small hash, set or sorted set may have makes it a large one, even if the same element is named twice.",
    why: "7.2 goes by the number of arguments, and so spares building what would not last.",
    since: "7.2",
    matches: ({ args, ours, oracle, thresholds }) =>
      /^object$/i.test(args[0]) && isLargeEarly(show(ours), show(oracle), thresholds),
  },
  {
    what: "What a range by members holds in a large sorted set whose scores differ.",
    why: "Such ranges are only defined where all scores are the same; otherwise Redis's answer depends on random levels.",
    // A small one answers as Redis does, so rounds in which they stay small are compared.
    matches: ({ args, thresholds }) =>
      (/^z.*lex/i.test(args[0]) || args.some((arg) => /^bylex$/i.test(arg))) &&
      isLow(thresholds, "zset-max-listpack-entries", "zset-max-listpack-value"),
  },
  {
    what: "Scores are written with as many digits as tell them from their neighbours: 3.14, not 3.1400000000000001.",
    why: "7.2 writes doubles so; a client that reads numbers reads the same ones.",
    since: "7.2",
    matches: ({ args, ours, oracle }) => COMMANDS_WITH_SCORES.test(args[0]) && differInDigitsOnly(ours, oracle),
  },
  {
    what: "LPOS refuses a RANK of -9223372036854775808, whose negative is no integer.",
    why: "Redis 7.0 takes it for another number; later versions refuse it, with this text.",
    since: "7.2",
    matches: ({ args, ours }) => /^lpos$/i.test(args[0]) && show(ours).startsWith("-ERR value is out of range"),
  },
  {
    what: "LREM refuses a count of -9223372036854775808, whose negative is no integer.",
    why: "Redis 7.0 removes all elements then; later versions refuse it, with this text.",
    since: "7.2",
    matches: ({ args, ours }) => /^lrem$/i.test(args[0]) && show(ours).startsWith("-ERR value is out of range"),
  },
  {
    what: "SORT leaves a sorted set as it is kept.",
    why: "Redis makes a large one of a small one to read it, and leaves it so. A look does not change a value here.",
    matches: ({ args, ours, oracle }) =>
      /^object$/i.test(args[0]) && show(ours) === '"listpack"' && show(oracle) === '"skiplist"',
  },
  {
    what: "SORT takes each number for itself, whether one before it was too large or too small for a double or not.",
    why: "Redis asks C's errno without clearing it first, so that after one such number others are refused too.",
    matches: ({ args, ours, oracle }) =>
      /^sort/i.test(args[0]) && ours.kind === "array" && /can't be converted into double/.test(show(oracle)),
  },
  {
    what: "What is the same to SORT BY keeps its order, or has that of the texts in a set that is a table.",
    why: "Redis leaves that to qsort. So a list that is stored is the same on every replica.",
    matches: ({ args, ours, oracle }) =>
      /^sort/i.test(args[0]) &&
      args.some((arg) => /^by$/i.test(arg)) &&
      ours.kind === "array" &&
      oracle.kind === "array" &&
      ours.items.length === oracle.items.length,
  },
  {
    what: "SORT with ALPHA compares bytes, in every locale.",
    why: "The order of texts does not depend on the machine; `locale-collate` is accepted and changes nothing.",
    // C's comparison of texts ends at a zero byte.
    matches: ({ args, ours, oracle }) =>
      /^sort/i.test(args[0]) &&
      args.some((arg) => /^alpha$/i.test(arg)) &&
      `${show(ours)}${show(oracle)}`.includes("\\x00"),
  },
  {
    what: "Points in time end at 2^53 ms (the year 287396); a later one is taken for that.",
    why: "Times are exact doubles, so that arithmetic on them costs what arithmetic costs.",
    matches: ({ args, oracle }) =>
      COMMANDS_WITH_TIMES.test(args[0]) && oracle.kind === "integer" && Number(oracle.value) > TIME_MAX / 1001,
  },
  {
    what: "OBJECT REFCOUNT says 2147483647 for every integer from 0 to 9999, and 1 for everything else.",
    why: "No value is shared here. Redis shares such integers almost everywhere, and any value with a waiting transaction.",
    matches: ({ args, ours, oracle }) =>
      /^refcount$/i.test(args[1] ?? "") && /^:(1|2147483647)$/.test(show(ours)) && /^:[12]$/.test(show(oracle)),
  },
  {
    what: "An option word, number or cursor is read to its end, and shown in errors so, also behind a zero byte in it.",
    why: "Redis hands some arguments to functions of C, for which a string ends at its first zero byte.",
    matches: ({ args, ours, oracle }) =>
      args.some((arg) => arg.includes("\0")) && (ours.kind === "error" || oracle.kind === "error"),
  },
  {
    what: "COMMAND DOCS calls arguments by the names of 7.2, has `display_text` for each, and summaries in words of its own.",
    why: "Client libraries and command-line help are made from what the newest of the compatible versions says.",
    since: "7.2",
  },
  {
    what: "Fields of a hash whose time has passed are gone from every command at once, and with the last of them the key.",
    why: "Redis 7.4 counts them in HLEN, may draw them with HRANDFIELD, and keeps the key of a hash without others, until it gets round to removing them.",
  },
  {
    what: "Fields of a hash that have lapsed are propagated as one HDEL, or as DEL with a key that goes with more than 128.",
    why: "The same for replicas and the AOF as Redis's HDEL for each field, in fewer bytes and a bounded turn.",
  },
  {
    what: "A hash becomes a listpackex when the first field gets a time, not when one is asked for and none is set.",
    why: "A command that changes nothing changes nothing.",
  },
  {
    what: "An RDB is of version 10, and of version 12 when fields of hashes expire.",
    why: "Redis 7.0, everything later and Valkey load version 10; older versions would lose the times without a word.",
  },
  {
    what: "REPLCONF knows no `rdb-filter-only`, and a SYNC after `capa eof` still gets the length of its RDB first.",
    why: "The RDB of a raw SYNC is complete before it leaves; a client that can do with a mark at its end can do without.",
  },
];

/** The deliberate difference that explains two replies, or undefined. */
export function deliberate(occurrence: Occurrence): DeliberateDifference | undefined {
  return DELIBERATE_DIFFERENCES.find((difference) => difference.matches?.(occurrence) === true);
}

export function texts(occurrence: Occurrence): readonly [ours: string, oracle: string] {
  return [show(occurrence.ours), show(occurrence.oracle)];
}

/** The list as docs/compatibility.md shows it. */
export function differencesMarkdown(): string {
  const rows = DELIBERATE_DIFFERENCES.map(({ what, why, since }) => `| ${what} | ${why} | ${since ?? ""} |`);
  return ["| Difference from Redis 7.0.15 | Reason | As Redis since |", "|---|---|---|", ...rows].join("\n");
}

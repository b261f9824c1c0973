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

/** What XINFO says of consumers, as 7.2 makes them, and of times. */
const OF_CONSUMERS: readonly string[] = ["consumers", "inactive", "active-time", "idle", "seen-time"];
/** Milliseconds since 1970. */
const TIME_MIN = 1e11;

/** Whether two replies of XINFO are the same but for these; of a list of consumers ours may have more. */
function tellsOfSame(ours: Reply, oracle: Reply): boolean {
  if (ours.kind === "array" && oracle.kind === "array" && ours.items[0]?.kind !== "bulk") {
    const mine = ours.items.map(withoutConsumers);
    return oracle.items.every((item) => mine.includes(withoutConsumers(item)));
  }
  return withoutConsumers(ours) === withoutConsumers(oracle);
}

function withoutConsumers(reply: Reply): string {
  if (reply.kind === "integer") return Number(reply.value) > TIME_MIN ? "time" : show(reply);
  const isTold = (name: Reply | undefined): boolean =>
    name?.kind !== "bulk" || !OF_CONSUMERS.includes(latin1Text(name.bytes));
  if (reply.kind === "map") {
    return reply.entries
      .filter(([name]) => isTold(name))
      .map((pair) => pair.map(withoutConsumers).join(": "))
      .join();
  }
  if (reply.kind !== "array") return show(reply);
  const told = reply.items.filter((item, index) => isTold(item) && isTold(reply.items[index - 1]));
  return `[${told.map(withoutConsumers).join()}]`;
}

/** Whether two arrays have the same items, in any order. */
function holdSame(ours: Reply, oracle: Reply): boolean {
  if (ours.kind !== "array" || oracle.kind !== "array") return false;
  return ours.items.map(show).sort().join() === oracle.items.map(show).sort().join();
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
    what: "XREADGROUP, XCLAIM and XAUTOCLAIM make their consumer even if there is nothing for it.",
    why: "Since 7.2 a consumer shows when it last asked, not only when it last got something.",
    since: "7.2",
    matches: ({ args, ours, oracle }) =>
      /^xgroup$/i.test(args[0]) && /^createconsumer$/i.test(args[1]) && show(ours) === ":0" && show(oracle) === ":1",
  },
  {
    what: "XINFO tells of a consumer when it last got something, as `inactive` and `active-time`, and of consumers who never did.",
    why: "The level of behaviour is 7.2, which has these fields and makes consumers so.",
    since: "7.2",
    matches: ({ args, ours, oracle }) => /^xinfo$/i.test(args[0]) && tellsOfSame(ours, oracle),
  },
  {
    what: "A consumer that has been made by asking, and the entries read as a group, are propagated: XGROUP CREATECONSUMER, XGROUP SETID with ENTRIESREAD.",
    why: "Otherwise replicas have other consumers and other lags than their primary. Redis tells of the entries read since 7.4.",
    since: "7.4",
  },
  {
    what: "A trimming with `~` is propagated as the exact one with its result, without the LIMIT.",
    why: "The limit has been applied. With it only a server that obeys its primary would accept the command.",
  },
  {
    what: "An XREADGROUP that waits when its key goes, or comes to hold another type, gets the error that it would get now: NOGROUP or WRONGTYPE.",
    why: "7.2 runs the command again, where 7.0 has an error of its own for it (UNBLOCKED).",
    since: "7.2",
  },
  {
    what: "XGROUP and XSETID count as changes of the key, for WATCH and for whoever waits for the stream.",
    why: "They change what is kept under the key. A group that is set back serves who waits at once, not with the next entry.",
  },
  {
    what: "A stream that comes from outside has to be as one can only be: nodes and entries in the order of their ids, counts that add up.",
    why: "Redis looks only whether the listpacks can be walked, and by default not even that. What is checked once is trusted by everything else.",
  },
  {
    what: "When a consumer was last active is not written by SAVE and DUMP; what is read has it where 7.2 wrote it.",
    why: "Version 10 of RDB, which every Redis from 7.0 on and Valkey read, has no place for it.",
  },
  {
    what: "XREAD takes `+` for the last entry.",
    why: "A client that wants to begin with what was there last needs no XREVRANGE before.",
    since: "7.4",
    matches: ({ args }) => /^xread/i.test(args[0]) && args.includes("+"),
  },
  {
    what: "XREAD and XREADGROUP name themselves, and the id that they would take, when keys and ids are not as many.",
    why: "The level of behaviour is 7.2, which words it so.",
    since: "7.2",
    matches: ({ args, ours, oracle }) =>
      /^xread/i.test(args[0]) && [ours, oracle].every((reply) => show(reply).startsWith("-ERR Unbalanced")),
  },
  {
    what: "XSETID refuses an id that is smaller than that of an entry which has been deleted.",
    why: "The id would be given twice.",
    since: "7.2",
    matches: ({ args, ours }) => /^xsetid$/i.test(args[0]) && show(ours).includes("current max_deleted_entry_id"),
  },
  {
    what: "XADD with `ms-*`, where the sequence of that millisecond is full, says that the id is too small.",
    why: "Redis 7.0 asks C's errno, which nobody has set, and may say that the entry is too large.",
    since: "7.2",
    matches: ({ args, ours, oracle }) =>
      /^xadd$/i.test(args[0]) && /equal or smaller/.test(show(ours)) && /too large/.test(show(oracle)),
  },
  {
    what: "A PFADD that comes upon a corrupt HyperLogLog changes nothing; a string that ends within a run of it is corrupt.",
    why: "Redis keeps what it has added before, without propagating it, and takes the byte behind the string for a part of it.",
  },
  {
    what: "PFSELFTEST tries 100,000 elements where Redis tries ten million.",
    why: "Redis serves nobody for seconds meanwhile; the test is for tests.",
  },
  {
    what: "COMMAND DOCS calls arguments by the names of 7.2, has `display_text` for each, and summaries in words of its own.",
    why: "Client libraries and command-line help are made from what the newest of the compatible versions says.",
    since: "7.2",
  },
  {
    what: "Distances stored by STOREDIST are of the nearest doubles, the same on every runtime; their last bit can be another than Redis's.",
    why: "Redis has it from C's library, which is off by one in a thousand functions and differs between machines. Four decimals, as they are replied, are the same.",
  },
  {
    what: "Members at the same distance come in the order in which they are found, with COUNT as well.",
    why: "Redis leaves their order to a partial quicksort.",
    matches: ({ args, ours, oracle }) =>
      /^geo(search|radius)/i.test(args[0]) && args.some((arg) => /^count$/i.test(arg)) && holdSame(ours, oracle),
  },
  {
    what: "SLOWLOG and LATENCY time commands of constant time in groups while the slow log begins at a millisecond or later.",
    why: "Reading the clock for each would cost as much as the commands. None of them takes a millisecond; a hold-up among them is a fast-command event of the whole group.",
  },
  {
    what: "LATENCY DOCTOR and MEMORY DOCTOR have texts of their own.",
    why: "They speak of this server's parts.",
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

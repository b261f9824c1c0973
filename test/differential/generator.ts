/**
 * Commands out of the rows: a command that the server has is generated with every option its row names, without a line
 * about it here. What is newer than the oracle is left out by the `since` of the command or of the argument.
 *
 * Most commands are as the grammar wants them; some are then damaged: an argument too few or too many, two exchanged,
 * one doubled, one replaced by something else.
 */
import type { ArgumentSpec, CommandRow } from "../../src/commands/spec.ts";
import { integer, key, type Surroundings, text, valueFor } from "./arguments.ts";
import type { Draw } from "./draw.ts";
import { type Comparison, comparisonOf, whyNotGenerated } from "./policy.ts";
import { isLeftOut } from "./streams.ts";

/** The version of the oracle. */
export const ORACLE_VERSION = "7.0.15";

export interface GeneratedCommand {
  readonly args: readonly string[];
  readonly comparison: Comparison;
}

interface Candidate {
  readonly fullName: string;
  readonly row: CommandRow;
  readonly comparison: Comparison;
}

const OPTION_CHANCE = 0.3;
const DAMAGE_CHANCE = 0.12;
const REPEATS_MAX = 4;
/** Commands that change what all others work on come now and then only. */
const RARE: Readonly<Record<string, number>> = {
  flushall: 0.03,
  flushdb: 0.05,
  swapdb: 0.1,
  select: 0.3,
  multi: 0.5,
  exec: 0.2,
  discard: 0.05,
  watch: 0.3,
  unwatch: 0.1,
  reset: 0.05,
  move: 0.5,
};
/** Within a transaction the next command is its end this often. */
const EXEC_CHANCE = 0.2;

export class CommandGenerator {
  readonly #weighted: readonly (readonly [number, Candidate])[];

  constructor(rows: readonly CommandRow[]) {
    this.#weighted = candidates(rows).map((candidate) => [RARE[candidate.fullName] ?? 1, candidate]);
  }

  get names(): readonly string[] {
    return this.#weighted.map(([, { fullName }]) => fullName);
  }

  /** @param inTransaction whether the connection is between MULTI and EXEC. */
  next(draw: Draw, inTransaction: boolean): GeneratedCommand {
    if (inTransaction && draw.chance(EXEC_CHANCE)) return { args: ["EXEC"], comparison: "bytes" };
    const { fullName, row, comparison } = draw.weighted(this.#weighted);
    const around: Surroundings = { group: row.group, command: fullName };
    const args = fullName.split("|");
    for (const argument of row.arguments ?? []) appendArgument(args, argument, draw, around);
    if (draw.chance(DAMAGE_CHANCE)) damage(args, fullName.split("|").length, draw, around);
    putOffExpiry(args, draw);
    putOffIdleTime(args);
    limitDraws(args);
    return { args: args.map((arg, index) => (index === 0 ? anyCase(arg, draw) : arg)), comparison };
  }
}

function candidates(rows: readonly CommandRow[]): Candidate[] {
  const found: Candidate[] = [];
  const add = (row: CommandRow, fullName: string): void => {
    if (isNewer(row.since) || whyNotGenerated(row, fullName) !== undefined) return;
    for (const subrow of row.subcommands ?? []) add(subrow, `${fullName}|${subrow.name}`);
    if (row.subcommands === undefined) found.push({ fullName, row, comparison: comparisonOf(row, fullName) });
  };
  for (const row of rows) add(row, row.name);
  return found;
}

/** Whether the oracle does not know it yet. */
export function isNewer(since: string | undefined): boolean {
  if (since === undefined) return false;
  const theirs = ORACLE_VERSION.split(".").map(Number);
  const ours = since.split(".").map(Number);
  for (let part = 0; part < theirs.length; part++) {
    if (ours[part] !== theirs[part]) return ours[part] > theirs[part];
  }
  return false;
}

function appendArgument(args: string[], argument: ArgumentSpec, draw: Draw, around: Surroundings): void {
  if (isNewer(argument.since) || isLeftOut(argument) || (argument.optional === true && !draw.chance(OPTION_CHANCE)))
    return;
  const repeats = argument.multiple === true ? draw.between(1, REPEATS_MAX) : 1;
  for (let index = 0; index < repeats; index++) {
    const { token } = argument;
    if (token !== undefined && (index === 0 || argument.multipleToken === true)) args.push(anyCase(token, draw));
    appendValue(args, argument, draw, around);
  }
}

function appendValue(args: string[], argument: ArgumentSpec, draw: Draw, around: Surroundings): void {
  const inner = (argument.arguments ?? []).filter((one) => !isNewer(one.since) && !isLeftOut(one));
  if (argument.type === "oneof") {
    if (inner.length > 0) appendArgument(args, { ...draw.pick(inner), optional: false }, draw, around);
  } else if (argument.type === "block") {
    for (const part of inner) appendArgument(args, part, draw, around);
  } else if (argument.type !== "pure-token") {
    args.push(valueFor(argument, draw, around));
  }
}

/** Makes a mistake in what follows the command's name. */
function damage(args: string[], nameLength: number, draw: Draw, around: Surroundings): void {
  const count = args.length - nameLength;
  const at = nameLength + draw.below(count + 1);
  const other = nameLength + draw.below(Math.max(1, count));
  const stranger = draw.weighted([
    [2, text(draw)],
    [2, integer(draw)],
    [1, key(draw, around)],
    [1, draw.pick(OPTIONS)],
  ]);
  const ways: readonly (() => void)[] = [
    () => args.splice(at, 0, stranger),
    () => args.push(draw.pick(OPTIONS)),
    () => args.splice(other, count > 0 ? 1 : 0),
    () => args.splice(other, Math.min(count, 1), stranger),
    () => args.splice(at, 0, ...args.slice(other, other + 2)),
    () => args.splice(nameLength, count, ...args.slice(nameLength).reverse()),
  ];
  draw.pick(ways)();
}

const OPTIONS = [
  ...[
    "NX",
    "XX",
    "GT",
    "LT",
    "GET",
    "EX",
    "PX",
    "EXAT",
    "PXAT",
    "KEEPTTL",
    "PERSIST",
    "COUNT",
    "MATCH",
    "LIMIT",
    "WITHSCORES",
  ],
  ...["IDX", "LEN", "MINMATCHLEN", "WITHMATCHLEN", "ASYNC", "SYNC", "REPLACE", "DB", "ASC", "DESC", "STORE", "WEIGHTS"],
  ...["AGGREGATE", "MAXLEN", "~", "=", "LEFT", "BEFORE", "BYSCORE", "BYLEX", "REV"],
];

/** Commands whose second argument is a time to live. */
const TAKES_TTL = /^(expire|pexpire|setex|psetex|restore)$/i;
const SOON_DIGITS = 7;
const SOON_MAX = 10 ** SOON_DIGITS;

/** From here on, in seconds, a time is one that Redpoll takes for the last exact one (see `deliberate.ts`). */
const INEXACT_MIN = 2 ** 53 / 1000;
const COMPARES_TIMES = /^[gl]t$/i;

/**
 * What a mistake has made expire soon would expire on one server before the other. And of two equal times to live the
 * second is the later one only if a millisecond has passed meanwhile, which GT and LT tell: so the last digits of all
 * are drawn, but for those that are too large to be compared at all.
 */
function putOffExpiry(args: string[], draw: Draw): void {
  for (let index = 1; index < args.length; index++) {
    const isTtl = (index === 2 && TAKES_TTL.test(args[0])) || /^p?ex$/i.test(args[index - 1]);
    if (!isTtl || !/^[1-9]\d*$/.test(args[index])) continue;
    const isExact = Number(args[index]) < INEXACT_MIN;
    if (!isExact && !args.some((arg) => COMPARES_TIMES.test(arg))) continue;
    const first = Number(args[index]) < SOON_MAX ? args[index] : isExact ? args[index].slice(0, -SOON_DIGITS) : "1";
    args[index] = first + String(draw.below(SOON_MAX)).padStart(SOON_DIGITS, "0");
  }
}

/** Whose fourth argument is how long an entry must have been idle. */
const TAKES_IDLE_TIME = /^(xclaim|xautoclaim)$/i;

/** What a mistake has made short may have passed on one server and not yet on the other. */
function putOffIdleTime(args: string[]): void {
  for (let index = 1; index < args.length; index++) {
    const isOption = /^xpending$/i.test(args[0]) && /^idle$/i.test(args[index - 1]);
    const isIdleTime = isOption || (index === 4 && TAKES_IDLE_TIME.test(args[0]));
    const idleMs = Number(args[index]);
    if (isIdleTime && idleMs > 0 && idleMs < SOON_MAX) args[index] += "0".repeat(SOON_DIGITS);
  }
}

/** Commands that draw as often as their negative second argument says, without an end. */
const DRAWS = /^(srandmember|hrandfield|zrandmember)$/i;
const DRAWS_MAX = 1000;

/** A reply of 2^31 draws takes all memory there is, on either server. */
function limitDraws(args: string[]): void {
  if (DRAWS.test(args[0]) && Number(args[2]) < -DRAWS_MAX) args[2] = String(-DRAWS_MAX);
}

function anyCase(word: string, draw: Draw): string {
  return draw.chance(0.8) ? word.toUpperCase() : word.toLowerCase();
}

/**
 * Values for the arguments of a command, from its grammar: mostly of the kind that the grammar names, sometimes at the
 * edge of it, sometimes of another.
 *
 * Keys are few, so that commands meet, and their names say what type most commands make of them. Times are far away or
 * past, never soon: nothing may expire on one server a moment before it does on the other.
 */
import type { ArgumentSpec, CommandGroup } from "../../src/commands/spec.ts";
import type { Draw } from "./draw.ts";
import { streamValue } from "./streams.ts";

const KEYS_OF_TYPE = 3;
/** Names of keys by the group of commands that works on them. */
const KEY_PREFIXES: Partial<Record<CommandGroup, string>> = {
  string: "string",
  bitmap: "string",
  hyperloglog: "hll",
  list: "list",
  set: "set",
  "sorted-set": "zset",
  geo: "geo",
  hash: "hash",
  stream: "stream",
};
const ODD_KEYS = ["", "{tag}a", "\x00\xff\r\n", "a key", "k".repeat(80)];
/** Every key that can come to exist, for looking at the whole of a database. */
export const ALL_KEYS: readonly string[] = [
  ...[...new Set(Object.values(KEY_PREFIXES))].flatMap((prefix) =>
    Array.from({ length: KEYS_OF_TYPE }, (_, index) => `${prefix}:${index}`),
  ),
  ...ODD_KEYS,
];

const WORDS = ["a", "b", "c", "d", "e", "foo", "bar", "hello world", "member", "Aa"];
const INTEGERS = ["0", "1", "2", "3", "5", "10", "-1", "-2", "-10", "100", "1000"];
const EDGE_INTEGERS = [
  ...["9223372036854775807", "-9223372036854775808", "9223372036854775806", "4294967296", "2147483647", "-2147483648"],
  ...["9007199254740991", "9007199254740993", "-9007199254740993", "65535", "128", "512"],
];
const NOT_INTEGERS = [
  "",
  "x",
  "1.5",
  " 1",
  "1 ",
  "01",
  "+1",
  "-0",
  "0x10",
  "1e3",
  "9223372036854775808",
  "\x001",
  "--1",
];
const DOUBLES = ["0", "1", "-1", "1.5", "3.14", "-2.25", "1e3", "0.1", "10.5", "100", "3", "2.5e-3"];
const EDGE_DOUBLES = [
  "inf",
  "-inf",
  "+inf",
  "1e308",
  "-1e308",
  "1e-320",
  "17179869184.123",
  "0.30000000000000004",
  "-0",
];
const NOT_DOUBLES = ["", "nan", "x", "1.5x", " 1", "1 ", "0x1p3", "1,5", "infinit", "--1"];
const PATTERNS = ["*", "string:*", "*:1", "?", "[a-c]*", "[^s]*", "hash:?", "\\*", "", "a*b", "{tag}?", "[", "*\xff*"];
/** Seconds: past, and so far away that a second more or less is nothing. */
const UNIX_SECONDS = ["1", "1000000000", "4102444800", "33177117420", "5000000000"];
const EDGE_TIMES = ["0", "-1", "9223372036854775807", "9223372036854775", "9223372036854776", "-9223372036854775808"];

/** Far enough that the run is over long before; spread, so that two are hardly ever compared within a moment. */
const RELATIVE_SECONDS_MIN = 100_000;
const RELATIVE_SECONDS_SPAN = 100_000_000;

export interface Surroundings {
  readonly group: CommandGroup;
  /** Full name of the command. */
  readonly command: string;
}

type Maker = (draw: Draw, around: Surroundings) => string;

/** Arguments whose name says more than their type. */
const BY_NAME: Readonly<Record<string, Maker>> = {
  seconds: relativeTime(1),
  milliseconds: relativeTime(1000),
  "unix-time-seconds": (draw) =>
    draw.weighted([
      [8, draw.pick(UNIX_SECONDS)],
      [1, draw.pick(EDGE_TIMES)],
      [1, integer(draw)],
    ]),
  "unix-time-milliseconds": (draw) =>
    draw.weighted([
      [8, `${draw.pick(UNIX_SECONDS)}000`],
      [1, draw.pick(EDGE_TIMES)],
      [1, integer(draw)],
    ]),
  cursor: (draw) =>
    draw.weighted([
      [8, "0"],
      [2, integer(draw)],
    ]),
  index: (draw, { command }) => (command === "select" ? databaseIndex(draw) : offset(draw)),
  index1: databaseIndex,
  index2: databaseIndex,
  db: databaseIndex,
  "destination-db": databaseIndex,
  // A string of gigabytes is no test of replies.
  offset: (draw, { command, group }) =>
    group === "bitmap" ? bitOffset(draw, command) : command === "setrange" ? position(draw) : offset(draw),
  start: offset,
  end: offset,
  stop: offset,
  count: smallCount,
  len: smallCount,
  "min-match-len": smallCount,
  increment: (draw, { command }) => (command.endsWith("float") ? double(draw) : integer(draw)),
  decrement: integer,
  min: bound,
  max: bound,
  score: double,
  weight: double,
  longitude: (draw) =>
    draw.weighted([
      [8, (draw.between(-179_000_000, 179_000_000) / 1e6).toString()],
      [1, double(draw)],
    ]),
  latitude: (draw) =>
    draw.weighted([
      [8, (draw.between(-85_000_000, 85_000_000) / 1e6).toString()],
      [1, double(draw)],
    ]),
  radius: (draw) =>
    draw.weighted([
      [8, String(draw.between(1, 20_000))],
      [1, double(draw)],
    ]),
  bit: (draw) =>
    draw.weighted([
      [6, draw.pick(["0", "1"])],
      [1, integer(draw)],
    ]),
  "by-pattern": (draw) => draw.pick(["string:*", "hash:*->a", "nosort", "string:*", "*", "hash:*"]),
  "get-pattern": (draw) => draw.pick(["#", "string:*", "hash:*->a", "list:*", "hash:*->", "*", "x"]),
  numkeys: (draw) =>
    draw.weighted([
      [8, draw.pick(["1", "2"])],
      [1, integer(draw)],
    ]),
  type: (draw) => draw.pick(["string", "list", "set", "zset", "hash", "stream", "STRING", "none", "x"]),
  encoding: (draw) => draw.pick(["u8", "i8", "u1", "i64", "u63", "u64", "i16", "i5", "u33", "i62", "x"]),
};

/** @param around the command that the argument is of. */
export function valueFor(argument: ArgumentSpec, draw: Draw, around: Surroundings): string {
  if (around.group === "stream") {
    const ofStreams = streamValue(argument, draw);
    if (ofStreams !== undefined) return ofStreams;
  }
  const byName = BY_NAME[argument.name];
  if (byName !== undefined && argument.type !== "key") return byName(draw, around);
  switch (argument.type) {
    case "key":
      return key(draw, around);
    case "integer":
      return integer(draw);
    case "double":
      return double(draw);
    case "pattern":
      return draw.pick(PATTERNS);
    case "unix-time":
      return BY_NAME["unix-time-seconds"](draw, around);
    default:
      return text(draw);
  }
}

export function key(draw: Draw, { group }: Surroundings): string {
  const prefix = KEY_PREFIXES[group];
  if (prefix !== undefined && draw.chance(0.8)) return `${prefix}:${draw.below(KEYS_OF_TYPE)}`;
  return draw.pick(ALL_KEYS);
}

export function integer(draw: Draw): string {
  return draw.weighted([
    [12, draw.pick(INTEGERS)],
    [4, String(draw.between(-100, 100))],
    [2, draw.pick(EDGE_INTEGERS)],
    [1, draw.pick(NOT_INTEGERS)],
  ]);
}

function double(draw: Draw): string {
  return draw.weighted([
    [12, draw.pick(DOUBLES)],
    [3, String(draw.between(-1000, 1000) / 8)],
    [2, draw.pick(EDGE_DOUBLES)],
    [1, draw.pick(NOT_DOUBLES)],
  ]);
}

/** Any value: words, numbers in every notation, bytes, the lengths at which something changes. */
export function text(draw: Draw): string {
  return draw.weighted([
    [8, draw.pick(WORDS)],
    [6, integer(draw)],
    [3, double(draw)],
    [1, ""],
    [1, "\x00\x01\xfe\xff\r\n"],
    [1, draw.pick(WORDS).repeat(draw.between(1, 20))],
    [0.3, "x".repeat(draw.pick([43, 44, 45, 63, 64, 65, 127, 128, 1000]))],
    [0.02, "y".repeat(draw.pick([16_000, 33_000, 70_000]))],
  ]);
}

function offset(draw: Draw): string {
  return draw.weighted([
    [8, String(draw.between(-8, 8))],
    [2, String(draw.between(-100, 100))],
    [1, draw.pick(EDGE_INTEGERS)],
    [1, draw.pick(NOT_INTEGERS)],
  ]);
}

/** Where something is written: near the beginning, or where Redis refuses it. */
function position(draw: Draw): string {
  return draw.weighted([
    [10, String(draw.between(0, 40))],
    [2, String(draw.between(0, 5000))],
    [1, draw.pick(["-1", "536870912", "4294967296", "9223372036854775807", "-9223372036854775808"])],
    [1, draw.pick(NOT_INTEGERS)],
  ]);
}

/** Of a bit, or of an integer of bits: near the beginning, or where Redis refuses it. */
function bitOffset(draw: Draw, command: string): string {
  const ordinal = command.startsWith("bitfield") && draw.chance(0.3) ? "#" : "";
  return `${ordinal}${draw.weighted([
    [10, String(draw.between(0, 100))],
    [2, String(draw.between(0, 20_000))],
    [1, draw.pick(["-1", "4294967296", "9223372036854775807", "-9223372036854775808"])],
    [1, draw.pick(NOT_INTEGERS)],
  ])}`;
}

function smallCount(draw: Draw): string {
  return draw.weighted([
    [10, String(draw.between(0, 12))],
    [2, String(draw.between(-12, 1))],
    [1, draw.pick(["100", "1000", "9223372036854775807", "9223372036854775808"])],
    [1, draw.pick(NOT_INTEGERS)],
  ]);
}

function databaseIndex(draw: Draw): string {
  return draw.weighted([
    [12, draw.pick(["0", "1", "2", "0"])],
    [1, draw.pick(["15", "16", "-1"])],
    [1, integer(draw)],
  ]);
}

/** An end of a range of scores, or of names. */
function bound(draw: Draw, { command }: Surroundings): string {
  if (command.includes("lex"))
    return draw.pick(["-", "+", "[a", "(b", "[d", "(", "[", "a", "+inf", `[${draw.pick(WORDS)}`]);
  if (command.startsWith("x")) return draw.pick(["-", "+", "0", "1-1", "5", "(2-0", "10-3", "x"]);
  return draw.weighted([
    [4, draw.pick(["-inf", "+inf", "inf"])],
    [6, double(draw)],
    [3, `(${double(draw)}`],
  ]);
}

function relativeTime(unit: number): Maker {
  return (draw) =>
    draw.weighted([
      [10, String((RELATIVE_SECONDS_MIN + draw.below(RELATIVE_SECONDS_SPAN)) * unit)],
      [2, draw.pick(["0", "-1", "-1000"])],
      [1, draw.pick(EDGE_TIMES)],
      [1, draw.pick(NOT_INTEGERS)],
    ]);
}

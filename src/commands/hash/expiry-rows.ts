import { type ArgumentSpec, type CommandRow, KEY, oneKey } from "../spec.ts";
import {
  hexpire,
  hexpireat,
  hexpiretime,
  hpersist,
  hpexpire,
  hpexpireat,
  hpexpiretime,
  hpttl,
  httl,
} from "./expire.ts";
import { hgetdel, hgetex } from "./get-expire.ts";
import { hsetex } from "./set-expire.ts";

const FIELD = { name: "field", type: "string" } as const;
const NUMFIELDS = { name: "numfields", type: "integer" } as const;
const FIELDS: ArgumentSpec = {
  name: "fields",
  type: "block",
  token: "FIELDS",
  arguments: [NUMFIELDS, { ...FIELD, multiple: true }],
};
const CONDITION: ArgumentSpec = oneOf("condition", "NX", "XX", "GT", "LT");
const TIMES: readonly ArgumentSpec[] = [
  { name: "seconds", type: "integer", token: "EX" },
  { name: "milliseconds", type: "integer", token: "PX" },
  { name: "unix-time-seconds", type: "unix-time", token: "EXAT" },
  { name: "unix-time-milliseconds", type: "unix-time", token: "PXAT" },
];
const PER_FIELD =
  "O(N) where N is the number of fields given: O(1) for each, O(log M) in a large hash of which M expire.";

/** Fields that expire: as of Redis 7.4 and 8.0. */
export const EXPIRY_ROWS: readonly CommandRow[] = [
  expiring("hexpire", { name: "seconds", type: "integer" }, "in so many seconds", hexpire),
  expiring("hpexpire", { name: "milliseconds", type: "integer" }, "in so many milliseconds", hpexpire),
  expiring("hexpireat", { name: "unix-time-seconds", type: "unix-time" }, "at a Unix time in seconds", hexpireat),
  expiring(
    "hpexpireat",
    { name: "unix-time-milliseconds", type: "unix-time" },
    "at a Unix time in milliseconds",
    hpexpireat,
  ),
  telling("httl", "Returns how many seconds fields of a hash have left.", httl),
  {
    ...telling("hpttl", "Returns how many milliseconds fields of a hash have left.", hpttl),
    tips: ["nondeterministic_output"],
  },
  telling("hexpiretime", "Returns the Unix times in seconds at which fields of a hash expire.", hexpiretime),
  telling("hpexpiretime", "Returns the Unix times in milliseconds at which fields of a hash expire.", hpexpiretime),
  {
    name: "hpersist",
    arity: -5,
    flags: ["write", "fast"],
    categories: ["hash"],
    keySpecs: oneKey("RW", "UPDATE"),
    group: "hash",
    since: "7.4.0",
    complexity: PER_FIELD,
    summary: "Lets fields of a hash live on that were to expire.",
    arguments: [KEY, FIELDS],
    effects: "verbatim",
    handler: hpersist,
  },
  {
    name: "hgetex",
    arity: -5,
    flags: ["write", "fast"],
    categories: ["hash"],
    keySpecs: oneKey("RW", "ACCESS", "UPDATE").map((spec) => ({
      notes: "RW and UPDATE because it changes the TTL",
      ...spec,
    })),
    group: "hash",
    since: "8.0.0",
    complexity: PER_FIELD,
    summary: "Returns the values of fields of a hash, and says when the fields expire.",
    arguments: [
      KEY,
      {
        name: "expiration",
        type: "oneof",
        optional: true,
        arguments: [...TIMES, { name: "persist", type: "pure-token", token: "PERSIST" }],
      },
      FIELDS,
    ],
    effects: "rewritten",
    handler: hgetex,
  },
  {
    name: "hsetex",
    arity: -6,
    flags: ["write", "denyoom", "fast"],
    categories: ["hash"],
    keySpecs: oneKey("RW", "UPDATE"),
    group: "hash",
    since: "8.0.0",
    complexity: PER_FIELD,
    summary: "Gives fields of a hash their values, and says when the fields expire.",
    arguments: [
      KEY,
      oneOf("condition", "FNX", "FXX"),
      {
        name: "expiration",
        type: "oneof",
        optional: true,
        arguments: [...TIMES, { name: "keepttl", type: "pure-token", token: "KEEPTTL" }],
      },
      {
        name: "fields",
        type: "block",
        token: "FIELDS",
        arguments: [
          NUMFIELDS,
          { name: "data", type: "block", multiple: true, arguments: [FIELD, { name: "value", type: "string" }] },
        ],
      },
    ],
    effects: "rewritten",
    handler: hsetex,
  },
  {
    name: "hgetdel",
    arity: -5,
    flags: ["write", "fast"],
    categories: ["hash"],
    keySpecs: oneKey("RW", "ACCESS", "DELETE"),
    group: "hash",
    since: "8.0.0",
    complexity: PER_FIELD,
    summary: "Returns the values of fields of a hash and removes the fields, with the last one the key.",
    arguments: [KEY, FIELDS],
    effects: "rewritten",
    handler: hgetdel,
  },
];

function oneOf(name: string, ...tokens: readonly string[]): ArgumentSpec {
  const choices = tokens.map((token) => ({ name: token.toLowerCase(), type: "pure-token", token }) as const);
  return { name, type: "oneof", optional: true, arguments: choices };
}

function expiring(name: string, time: ArgumentSpec, when: string, handler: CommandRow["handler"]): CommandRow {
  return {
    name,
    arity: -6,
    flags: ["write", "denyoom", "fast"],
    categories: ["hash"],
    keySpecs: oneKey("RW", "UPDATE"),
    group: "hash",
    since: "7.4.0",
    complexity: PER_FIELD,
    summary: `Lets fields of a hash expire ${when}.`,
    arguments: [KEY, time, CONDITION, FIELDS],
    effects: "rewritten",
    handler,
  };
}

function telling(name: string, summary: string, handler: CommandRow["handler"]): CommandRow {
  return {
    name,
    arity: -5,
    flags: ["readonly", "fast"],
    categories: ["hash"],
    keySpecs: oneKey("RO", "ACCESS"),
    group: "hash",
    since: "7.4.0",
    complexity: PER_FIELD,
    summary,
    arguments: [KEY, FIELDS],
    effects: "none",
    handler,
  };
}

import { type ArgumentSpec, type CommandRow, type Handler, KEY, oneKey } from "../spec.ts";
import { expire, expireat, expiretime, persist, pexpire, pexpireat, pexpiretime, pttl, ttl } from "./expire.ts";

const EXPIRE_CONDITION: ArgumentSpec = {
  name: "condition",
  type: "oneof",
  optional: true,
  since: "7.0.0",
  arguments: [
    { name: "nx", type: "pure-token", token: "NX" },
    { name: "xx", type: "pure-token", token: "XX" },
    { name: "gt", type: "pure-token", token: "GT" },
    { name: "lt", type: "pure-token", token: "LT" },
  ],
};

interface Since {
  readonly since: string;
}

/** What is left depends on when one asks. */
const LEFT: Partial<CommandRow> = {
  tips: ["nondeterministic_output"],
  history: [["2.8.0", "Added the -2 reply."]],
};

function expireRow(name: string, since: string, summary: string, time: ArgumentSpec, handler: Handler): CommandRow {
  return {
    name,
    arity: -3,
    flags: ["write", "fast"],
    categories: ["keyspace"],
    keySpecs: oneKey("RW", "UPDATE"),
    group: "generic",
    since,
    complexity: "O(1)",
    summary,
    history: [["7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`."]],
    arguments: [KEY, time, EXPIRE_CONDITION],
    effects: "rewritten",
    constantTime: true,
    handler,
  };
}

function ttlRow(name: string, summary: string, handler: Handler, more: Partial<CommandRow> & Since): CommandRow {
  return {
    name,
    arity: 2,
    flags: ["readonly", "fast"],
    categories: ["keyspace"],
    keySpecs: oneKey("RO", "ACCESS"),
    group: "generic",
    complexity: "O(1)",
    summary,
    arguments: [KEY],
    effects: "none",
    handler,
    ...more,
  };
}

/** When keys expire. */
export const EXPIRY_ROWS: readonly CommandRow[] = [
  expireRow(
    "expire",
    "1.0.0",
    "Sets the time to live of a key in seconds.",
    { name: "seconds", type: "integer" },
    expire,
  ),
  expireRow(
    "pexpire",
    "2.6.0",
    "Sets the time to live of a key in milliseconds.",
    { name: "milliseconds", type: "integer" },
    pexpire,
  ),
  expireRow(
    "expireat",
    "1.2.0",
    "Sets the Unix time, in seconds, at which a key expires.",
    { name: "unix-time-seconds", type: "unix-time" },
    expireat,
  ),
  expireRow(
    "pexpireat",
    "2.6.0",
    "Sets the Unix time, in milliseconds, at which a key expires.",
    { name: "unix-time-milliseconds", type: "unix-time" },
    pexpireat,
  ),
  ttlRow("ttl", "Returns the time to live of a key in seconds.", ttl, { ...LEFT, since: "1.0.0" }),
  ttlRow("pttl", "Returns the time to live of a key in milliseconds.", pttl, { ...LEFT, since: "2.6.0" }),
  ttlRow("expiretime", "Returns the Unix time, in seconds, at which a key expires.", expiretime, { since: "7.0.0" }),
  ttlRow("pexpiretime", "Returns the Unix time, in milliseconds, at which a key expires.", pexpiretime, {
    since: "7.0.0",
  }),
  {
    name: "persist",
    arity: 2,
    flags: ["write", "fast"],
    categories: ["keyspace"],
    keySpecs: oneKey("RW", "UPDATE"),
    group: "generic",
    since: "2.2.0",
    complexity: "O(1)",
    summary: "Takes the time to live away from a key.",
    arguments: [KEY],
    effects: "verbatim",
    handler: persist,
  },
];

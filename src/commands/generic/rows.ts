/** Commands on keys of any type. */
import { type ArgumentSpec, allKeys, type CommandRow, type Handler, oneKey } from "../spec.ts";
import { expire, expireat, persist, pexpire, pexpireat, pttl, ttl } from "./expire.ts";
import { dbsize, flushall, flushdb } from "./flush.ts";
import { del, exists } from "./keys.ts";
import { scan } from "./scan.ts";

const KEY = { name: "key", type: "key", keySpecIndex: 0 } as const;

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

const FLUSH_MODE: ArgumentSpec = {
  name: "flush-type",
  type: "oneof",
  optional: true,
  arguments: [
    { name: "async", type: "pure-token", token: "ASYNC", since: "4.0.0" },
    { name: "sync", type: "pure-token", token: "SYNC", since: "6.2.0" },
  ],
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
    handler,
  };
}

function ttlRow(name: string, since: string, summary: string, handler: Handler): CommandRow {
  return {
    name,
    arity: 2,
    flags: ["readonly", "fast"],
    categories: ["keyspace"],
    keySpecs: oneKey("RO", "ACCESS"),
    tips: ["nondeterministic_output"],
    group: "generic",
    since,
    complexity: "O(1)",
    summary,
    history: [["2.8.0", "Added the -2 reply."]],
    arguments: [KEY],
    effects: "none",
    handler,
  };
}

export const GENERIC_ROWS: readonly CommandRow[] = [
  {
    name: "del",
    arity: -2,
    flags: ["write"],
    categories: ["keyspace"],
    keySpecs: allKeys("RM", "DELETE"),
    tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
    group: "generic",
    since: "1.0.0",
    complexity: "O(N) where N is the number of keys; the memory of large values is freed in slices.",
    summary: "Deletes keys.",
    arguments: [{ ...KEY, multiple: true }],
    effects: "verbatim",
    handler: del,
  },
  {
    name: "exists",
    arity: -2,
    flags: ["readonly", "fast"],
    categories: ["keyspace"],
    keySpecs: allKeys("RO"),
    tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
    group: "generic",
    since: "1.0.0",
    complexity: "O(N) where N is the number of keys.",
    summary: "Counts how many of the given keys exist; one given twice counts twice.",
    history: [["3.0.3", "Accepts multiple `key` arguments."]],
    arguments: [{ ...KEY, multiple: true }],
    effects: "none",
    handler: exists,
  },
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
  ttlRow("ttl", "1.0.0", "Returns the time to live of a key in seconds.", ttl),
  ttlRow("pttl", "2.6.0", "Returns the time to live of a key in milliseconds.", pttl),
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
  {
    name: "scan",
    arity: -2,
    flags: ["readonly"],
    categories: ["keyspace"],
    keySpecs: [],
    tips: ["nondeterministic_output", "request_policy:special"],
    group: "generic",
    since: "2.8.0",
    complexity: "O(1) a call, O(N) for a complete iteration over N keys.",
    summary: "Iterates over the names of the keys, a page a call.",
    history: [["6.0.0", "Added the `TYPE` subcommand."]],
    arguments: [
      { name: "cursor", type: "integer" },
      { name: "pattern", type: "pattern", token: "MATCH", optional: true },
      { name: "count", type: "integer", token: "COUNT", optional: true },
      { name: "type", type: "string", token: "TYPE", optional: true, since: "6.0.0" },
    ],
    effects: "none",
    handler: scan,
  },
  {
    name: "dbsize",
    arity: 1,
    flags: ["readonly", "fast"],
    categories: ["keyspace"],
    keySpecs: [],
    tips: ["request_policy:all_shards", "response_policy:agg_sum"],
    group: "server",
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Returns the number of keys in the selected database.",
    effects: "none",
    handler: dbsize,
  },
  {
    name: "flushall",
    arity: -1,
    flags: ["write"],
    categories: ["keyspace", "dangerous"],
    keySpecs: [],
    tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
    group: "server",
    since: "1.0.0",
    complexity: "O(1); the memory is freed in slices afterwards.",
    summary: "Removes all keys from all databases.",
    history: [
      ["4.0.0", "Added the `ASYNC` flushing mode modifier."],
      ["6.2.0", "Added the `SYNC` flushing mode modifier."],
    ],
    arguments: [FLUSH_MODE],
    effects: "verbatim",
    handler: flushall,
  },
  {
    name: "flushdb",
    arity: -1,
    flags: ["write"],
    categories: ["keyspace", "dangerous"],
    keySpecs: [],
    tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
    group: "server",
    since: "1.0.0",
    complexity: "O(1); the memory is freed in slices afterwards.",
    summary: "Removes all keys from the selected database.",
    history: [
      ["4.0.0", "Added the `ASYNC` flushing mode modifier."],
      ["6.2.0", "Added the `SYNC` flushing mode modifier."],
    ],
    arguments: [FLUSH_MODE],
    effects: "verbatim",
    handler: flushdb,
  },
];

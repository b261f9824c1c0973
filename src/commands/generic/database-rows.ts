import type { ArgumentSpec, CommandRow } from "../spec.ts";
import { dbsize, flushall, flushdb } from "./flush.ts";
import { swapdb } from "./moves.ts";

const FLUSH_MODE: ArgumentSpec = {
  name: "flush-type",
  type: "oneof",
  optional: true,
  arguments: [
    { name: "async", type: "pure-token", token: "ASYNC", since: "4.0.0" },
    { name: "sync", type: "pure-token", token: "SYNC", since: "6.2.0" },
  ],
};

/** Whole databases. */
export const DATABASE_ROWS: readonly CommandRow[] = [
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
  {
    name: "swapdb",
    arity: 3,
    flags: ["write", "fast"],
    categories: ["keyspace", "dangerous"],
    keySpecs: [],
    group: "server",
    since: "4.0.0",
    complexity: "O(N) where N is the number of clients that watch or wait for keys of the two databases.",
    summary: "Exchanges two databases.",
    arguments: [
      { name: "index1", type: "integer" },
      { name: "index2", type: "integer" },
    ],
    effects: "verbatim",
    handler: swapdb,
  },
];

import { type CommandRow, countedKeys, KEYS, type KeySpec, oneKey } from "../spec.ts";
import { zdiff, zdiffstore, zinter, zintercard, zinterstore, zunion, zunionstore } from "./combine.ts";
import { WITHSCORES } from "./row-parts.ts";

const WEIGHTS = { name: "weight", type: "integer", token: "WEIGHTS", optional: true, multiple: true } as const;
const AGGREGATE = {
  name: "aggregate",
  type: "oneof",
  token: "AGGREGATE",
  optional: true,
  arguments: [
    { name: "sum", type: "pure-token", token: "SUM" },
    { name: "min", type: "pure-token", token: "MIN" },
    { name: "max", type: "pure-token", token: "MAX" },
  ],
} as const;

/** A destination, and keys that follow their number. */
const STORED: readonly KeySpec[] = [...oneKey("OW", "UPDATE"), ...countedKeys(2, "RO", "ACCESS")];

/** What makes one sorted set of several. */
export const COMBINE_ROWS: readonly CommandRow[] = [
  {
    name: "zunion",
    arity: -3,
    flags: ["readonly", "movablekeys"],
    categories: ["sortedset"],
    keySpecs: countedKeys(1, "RO", "ACCESS"),
    group: "sorted-set",
    since: "6.2.0",
    complexity: "O(N+M*log(M)) where N is the number of members of all sorted sets and M that of the result.",
    summary: "Returns the members that any of several sorted sets has.",
    arguments: [{ name: "numkeys", type: "integer" }, KEYS, WEIGHTS, AGGREGATE, WITHSCORES],
    effects: "none",
    handler: zunion,
  },
  {
    name: "zinter",
    arity: -3,
    flags: ["readonly", "movablekeys"],
    categories: ["sortedset"],
    keySpecs: countedKeys(1, "RO", "ACCESS"),
    group: "sorted-set",
    since: "6.2.0",
    complexity:
      "O(N*K+M*log(M)) where N is the number of members of the smallest, K that of the sorted sets and M that of the result.",
    summary: "Returns the members that all of several sorted sets have.",
    arguments: [{ name: "numkeys", type: "integer" }, KEYS, WEIGHTS, AGGREGATE, WITHSCORES],
    effects: "none",
    handler: zinter,
  },
  {
    name: "zdiff",
    arity: -3,
    flags: ["readonly", "movablekeys"],
    categories: ["sortedset"],
    keySpecs: countedKeys(1, "RO", "ACCESS"),
    group: "sorted-set",
    since: "6.2.0",
    complexity:
      "O(N*K+M*log(M)) where N is the number of members of the first, K that of the sorted sets and M that of the result.",
    summary: "Returns the members of a sorted set that none of the others has.",
    arguments: [{ name: "numkeys", type: "integer" }, KEYS, WITHSCORES],
    effects: "none",
    handler: zdiff,
  },
  {
    name: "zunionstore",
    arity: -4,
    flags: ["write", "denyoom", "movablekeys"],
    categories: ["sortedset"],
    keySpecs: STORED,
    group: "sorted-set",
    since: "2.0.0",
    complexity: "O(N+M*log(M)) where N is the number of members of all sorted sets and M that of the result.",
    summary: "Stores the members that any of several sorted sets has.",
    arguments: [
      { name: "destination", type: "key", keySpecIndex: 0 },
      { name: "numkeys", type: "integer" },
      { name: "key", type: "key", keySpecIndex: 1, multiple: true },
      WEIGHTS,
      AGGREGATE,
    ],
    effects: "verbatim",
    handler: zunionstore,
  },
  {
    name: "zinterstore",
    arity: -4,
    flags: ["write", "denyoom", "movablekeys"],
    categories: ["sortedset"],
    keySpecs: STORED,
    group: "sorted-set",
    since: "2.0.0",
    complexity:
      "O(N*K+M*log(M)) where N is the number of members of the smallest, K that of the sorted sets and M that of the result.",
    summary: "Stores the members that all of several sorted sets have.",
    arguments: [
      { name: "destination", type: "key", keySpecIndex: 0 },
      { name: "numkeys", type: "integer" },
      { name: "key", type: "key", keySpecIndex: 1, multiple: true },
      WEIGHTS,
      AGGREGATE,
    ],
    effects: "verbatim",
    handler: zinterstore,
  },
  {
    name: "zdiffstore",
    arity: -4,
    flags: ["write", "denyoom", "movablekeys"],
    categories: ["sortedset"],
    keySpecs: STORED,
    group: "sorted-set",
    since: "6.2.0",
    complexity:
      "O(N*K+M*log(M)) where N is the number of members of the first, K that of the sorted sets and M that of the result.",
    summary: "Stores the members of a sorted set that none of the others has.",
    arguments: [
      { name: "destination", type: "key", keySpecIndex: 0 },
      { name: "numkeys", type: "integer" },
      { name: "key", type: "key", keySpecIndex: 1, multiple: true },
    ],
    effects: "verbatim",
    handler: zdiffstore,
  },
  {
    name: "zintercard",
    arity: -3,
    flags: ["readonly", "movablekeys"],
    categories: ["sortedset"],
    keySpecs: countedKeys(1, "RO", "ACCESS"),
    group: "sorted-set",
    since: "7.0.0",
    complexity: "O(N*K) where N is the number of members of the smallest and K the number of sorted sets.",
    summary: "Returns how many members all of several sorted sets have.",
    arguments: [
      { name: "numkeys", type: "integer" },
      KEYS,
      { name: "limit", type: "integer", token: "LIMIT", optional: true },
    ],
    effects: "none",
    handler: zintercard,
  },
];

import { type CommandRow, countedKeys, KEY, KEYS, oneKey } from "../spec.ts";
import { bzmpop, bzpopmax, bzpopmin, zmpop, zpopmax, zpopmin } from "./pop.ts";

const WHERE = {
  name: "where",
  type: "oneof",
  arguments: [
    { name: "min", type: "pure-token", token: "MIN" },
    { name: "max", type: "pure-token", token: "MAX" },
  ],
} as const;

/** What takes members from an end of a sorted set. */
export const POP_ROWS: readonly CommandRow[] = [
  {
    name: "zpopmin",
    arity: -2,
    flags: ["write", "fast"],
    categories: ["sortedset"],
    keySpecs: oneKey("RW", "ACCESS", "DELETE"),
    group: "sorted-set",
    since: "5.0.0",
    complexity: "O(M*log(N)) where N is the number of members of the sorted set and M that of those removed.",
    summary: "Removes and returns the members with the lowest scores of a sorted set, and with the last one the key.",
    arguments: [KEY, { name: "count", type: "integer", optional: true }],
    effects: "verbatim",
    constantTime: 2,
    handler: zpopmin,
  },
  {
    name: "zpopmax",
    arity: -2,
    flags: ["write", "fast"],
    categories: ["sortedset"],
    keySpecs: oneKey("RW", "ACCESS", "DELETE"),
    group: "sorted-set",
    since: "5.0.0",
    complexity: "O(M*log(N)) where N is the number of members of the sorted set and M that of those removed.",
    summary: "Removes and returns the members with the highest scores of a sorted set, and with the last one the key.",
    arguments: [KEY, { name: "count", type: "integer", optional: true }],
    effects: "verbatim",
    constantTime: 2,
    handler: zpopmax,
  },
  {
    name: "zmpop",
    arity: -4,
    flags: ["write", "movablekeys"],
    categories: ["sortedset"],
    keySpecs: countedKeys(1, "RW", "ACCESS", "DELETE"),
    group: "sorted-set",
    since: "7.0.0",
    complexity:
      "O(K+M*log(N)) where K is the number of keys, N that of the sorted set's members and M of those removed.",
    summary: "Removes and returns members from an end of the first of several sorted sets that is there.",
    arguments: [
      { name: "numkeys", type: "integer" },
      KEYS,
      WHERE,
      { name: "count", type: "integer", token: "COUNT", optional: true },
    ],
    effects: "rewritten",
    handler: zmpop,
  },
  {
    name: "bzpopmin",
    arity: -3,
    flags: ["write", "noscript", "fast", "blocking"],
    categories: ["sortedset"],
    keySpecs: [{ flags: ["RW", "ACCESS", "DELETE"], begin: { index: 1 }, find: { lastKey: -2, step: 1, limit: 0 } }],
    group: "sorted-set",
    since: "5.0.0",
    complexity: "O(log(N)) where N is the number of members of the sorted set.",
    summary:
      "Removes and returns the member with the lowest score of the first sorted set that is there; waits for one.",
    history: [["6.0.0", "`timeout` is interpreted as a double instead of an integer."]],
    arguments: [KEYS, { name: "timeout", type: "double" }],
    effects: "rewritten",
    handler: bzpopmin,
  },
  {
    name: "bzpopmax",
    arity: -3,
    flags: ["write", "noscript", "fast", "blocking"],
    categories: ["sortedset"],
    keySpecs: [{ flags: ["RW", "ACCESS", "DELETE"], begin: { index: 1 }, find: { lastKey: -2, step: 1, limit: 0 } }],
    group: "sorted-set",
    since: "5.0.0",
    complexity: "O(log(N)) where N is the number of members of the sorted set.",
    summary:
      "Removes and returns the member with the highest score of the first sorted set that is there; waits for one.",
    history: [["6.0.0", "`timeout` is interpreted as a double instead of an integer."]],
    arguments: [KEYS, { name: "timeout", type: "double" }],
    effects: "rewritten",
    handler: bzpopmax,
  },
  {
    name: "bzmpop",
    arity: -5,
    flags: ["write", "blocking", "movablekeys"],
    categories: ["sortedset"],
    keySpecs: countedKeys(2, "RW", "ACCESS", "DELETE"),
    group: "sorted-set",
    since: "7.0.0",
    complexity:
      "O(K+M*log(N)) where K is the number of keys, N that of the sorted set's members and M of those removed.",
    summary:
      "Removes and returns members from an end of the first of several sorted sets that is there; waits for one.",
    arguments: [
      { name: "timeout", type: "double" },
      { name: "numkeys", type: "integer" },
      KEYS,
      WHERE,
      { name: "count", type: "integer", token: "COUNT", optional: true },
    ],
    effects: "rewritten",
    handler: bzmpop,
  },
];

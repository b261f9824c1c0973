import { type CommandRow, countedKeys, KEYS, type KeySpec } from "../spec.ts";
import { blmove, blmpop, blpop, brpop, brpoplpush } from "./blocking.ts";
import { DESTINATION, MOVED, SOURCE, WHERE, WHERE_FROM, WHERE_TO } from "./row-parts.ts";

const TIMEOUT = { name: "timeout", type: "double" } as const;
/** All arguments but the last are keys. */
const POPPED_BUT_LAST: readonly KeySpec[] = [
  { flags: ["RW", "ACCESS", "DELETE"], begin: { index: 1 }, find: { lastKey: -2, step: 1, limit: 0 } },
];

/** What takes elements off the ends of lists, and waits for them. */
export const BLOCKING_ROWS: readonly CommandRow[] = [
  {
    name: "blpop",
    arity: -3,
    flags: ["write", "noscript", "blocking"],
    categories: ["list"],
    keySpecs: POPPED_BUT_LAST,
    group: "list",
    since: "2.0.0",
    complexity: "O(N) where N is the number of keys.",
    summary: "Takes an element off the head of the first list that is there, and waits for one if none is.",
    history: [["6.0.0", "`timeout` is interpreted as a double instead of an integer."]],
    arguments: [KEYS, TIMEOUT],
    effects: "rewritten",
    handler: blpop,
  },
  {
    name: "brpop",
    arity: -3,
    flags: ["write", "noscript", "blocking"],
    categories: ["list"],
    keySpecs: POPPED_BUT_LAST,
    group: "list",
    since: "2.0.0",
    complexity: "O(N) where N is the number of keys.",
    summary: "Takes an element off the tail of the first list that is there, and waits for one if none is.",
    history: [["6.0.0", "`timeout` is interpreted as a double instead of an integer."]],
    arguments: [KEYS, TIMEOUT],
    effects: "rewritten",
    handler: brpop,
  },
  {
    name: "blmpop",
    arity: -5,
    flags: ["write", "blocking", "movablekeys"],
    categories: ["list"],
    keySpecs: countedKeys(2, "RW", "ACCESS", "DELETE"),
    group: "list",
    since: "7.0.0",
    complexity: "O(N+M) where N is the number of keys and M the number of elements taken.",
    summary: "Takes elements off an end of the first list that is there, and waits for one if none is.",
    arguments: [
      TIMEOUT,
      { name: "numkeys", type: "integer" },
      KEYS,
      WHERE,
      { name: "count", type: "integer", token: "COUNT", optional: true },
    ],
    effects: "rewritten",
    handler: blmpop,
  },
  {
    name: "blmove",
    arity: 6,
    flags: ["write", "denyoom", "noscript", "blocking"],
    categories: ["list"],
    keySpecs: MOVED,
    group: "list",
    since: "6.2.0",
    complexity: "O(1)",
    summary:
      "Takes an element off an end of a list and adds it at an end of another; waits for a list if there is none.",
    arguments: [SOURCE, DESTINATION, WHERE_FROM, WHERE_TO, TIMEOUT],
    effects: "rewritten",
    handler: blmove,
  },
  {
    name: "brpoplpush",
    arity: 4,
    flags: ["write", "denyoom", "noscript", "blocking"],
    categories: ["list"],
    keySpecs: MOVED,
    group: "list",
    since: "2.2.0",
    complexity: "O(1)",
    summary:
      "Takes an element off the tail of a list and adds it at the head of another; waits for a list if there is none.",
    docFlags: ["deprecated"],
    deprecatedSince: "6.2.0",
    replacedBy: "`BLMOVE` with the `RIGHT` and `LEFT` arguments",
    history: [["6.0.0", "`timeout` is interpreted as a double instead of an integer."]],
    arguments: [SOURCE, DESTINATION, TIMEOUT],
    effects: "rewritten",
    handler: brpoplpush,
  },
];

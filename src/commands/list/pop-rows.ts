import { type CommandRow, type KeySpec, oneKey } from "../spec.ts";
import { lmove, rpoplpush } from "./move.ts";
import { lmpop, lpop, rpop } from "./pop.ts";

const ENDS = [
  { name: "left", type: "pure-token", token: "LEFT" },
  { name: "right", type: "pure-token", token: "RIGHT" },
] as const;
const KEY = { name: "key", type: "key", keySpecIndex: 0 } as const;
const KEYS = { ...KEY, multiple: true } as const;
const SOURCE = { name: "source", type: "key", keySpecIndex: 0 } as const;
const DESTINATION = { name: "destination", type: "key", keySpecIndex: 1 } as const;
const WHERE = { name: "where", type: "oneof", arguments: ENDS } as const;
const WHERE_FROM = { name: "wherefrom", type: "oneof", arguments: ENDS } as const;
const WHERE_TO = { name: "whereto", type: "oneof", arguments: ENDS } as const;
const MOVED: readonly KeySpec[] = [
  { flags: ["RW", "ACCESS", "DELETE"], begin: { index: 1 }, find: { lastKey: 0, step: 1, limit: 0 } },
  { flags: ["RW", "INSERT"], begin: { index: 2 }, find: { lastKey: 0, step: 1, limit: 0 } },
];
/** The keys follow their number. */
const COUNTED_FROM_FIRST: readonly KeySpec[] = [
  { flags: ["RW", "ACCESS", "DELETE"], begin: { index: 1 }, find: { keyNumIndex: 0, firstKey: 1, step: 1 } },
];

/** What takes elements off the ends of lists. */
export const POP_ROWS: readonly CommandRow[] = [
  {
    name: "lpop",
    arity: -2,
    flags: ["write", "fast"],
    categories: ["list"],
    keySpecs: oneKey("RW", "ACCESS", "DELETE"),
    group: "list",
    since: "1.0.0",
    complexity: "O(N) where N is the number of elements taken.",
    summary: "Takes elements off the head of a list, and with the last one the key.",
    history: [["6.2.0", "Added the `count` argument."]],
    arguments: [KEY, { name: "count", type: "integer", since: "6.2.0", optional: true }],
    effects: "verbatim",
    constantTime: 2,
    handler: lpop,
  },
  {
    name: "rpop",
    arity: -2,
    flags: ["write", "fast"],
    categories: ["list"],
    keySpecs: oneKey("RW", "ACCESS", "DELETE"),
    group: "list",
    since: "1.0.0",
    complexity: "O(N) where N is the number of elements taken.",
    summary: "Takes elements off the tail of a list, and with the last one the key.",
    history: [["6.2.0", "Added the `count` argument."]],
    arguments: [KEY, { name: "count", type: "integer", since: "6.2.0", optional: true }],
    effects: "verbatim",
    constantTime: 2,
    handler: rpop,
  },
  {
    name: "lmpop",
    arity: -4,
    flags: ["write", "movablekeys"],
    categories: ["list"],
    keySpecs: COUNTED_FROM_FIRST,
    group: "list",
    since: "7.0.0",
    complexity: "O(N+M) where N is the number of keys and M the number of elements taken.",
    summary: "Takes elements off an end of the first list that is there.",
    arguments: [
      { name: "numkeys", type: "integer" },
      KEYS,
      WHERE,
      { name: "count", type: "integer", token: "COUNT", optional: true },
    ],
    effects: "rewritten",
    handler: lmpop,
  },
  {
    name: "lmove",
    arity: 5,
    flags: ["write", "denyoom"],
    categories: ["list"],
    keySpecs: MOVED,
    group: "list",
    since: "6.2.0",
    complexity: "O(1)",
    summary: "Takes an element off an end of a list and adds it at an end of another, or of the same.",
    arguments: [SOURCE, DESTINATION, WHERE_FROM, WHERE_TO],
    effects: "verbatim",
    handler: lmove,
  },
  {
    name: "rpoplpush",
    arity: 3,
    flags: ["write", "denyoom"],
    categories: ["list"],
    keySpecs: MOVED,
    group: "list",
    since: "1.2.0",
    complexity: "O(1)",
    summary: "Takes an element off the tail of a list and adds it at the head of another, or of the same.",
    docFlags: ["deprecated"],
    deprecatedSince: "6.2.0",
    replacedBy: "`LMOVE` with the `RIGHT` and `LEFT` arguments",
    arguments: [SOURCE, DESTINATION],
    effects: "verbatim",
    handler: rpoplpush,
  },
];

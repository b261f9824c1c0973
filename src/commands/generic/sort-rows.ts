import { type AclCategory, type ArgumentSpec, type CommandRow, KEY, type KeySpec, oneKey, UNKNOWN } from "../spec.ts";
import { sort, sortReadOnly } from "./sort.ts";

const CATEGORIES: readonly AclCategory[] = ["set", "sortedset", "list", "dangerous"];

/** Names that are made of the elements. */
const MADE_OF_ELEMENTS: KeySpec = {
  notes:
    "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort",
  flags: ["RO", "ACCESS"],
  begin: UNKNOWN,
  find: UNKNOWN,
};
const DESTINATION: KeySpec = {
  notes:
    "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument array",
  flags: ["OW", "UPDATE"],
  begin: UNKNOWN,
  find: UNKNOWN,
};

const PATTERN = { displayText: "pattern", type: "pattern", keySpecIndex: 1, optional: true } as const;

const ARGUMENTS: readonly ArgumentSpec[] = [
  KEY,
  { ...PATTERN, name: "by-pattern", token: "BY" },
  {
    name: "limit",
    type: "block",
    token: "LIMIT",
    optional: true,
    arguments: [
      { name: "offset", type: "integer" },
      { name: "count", type: "integer" },
    ],
  },
  { ...PATTERN, name: "get-pattern", token: "GET", multiple: true, multipleToken: true },
  {
    name: "order",
    type: "oneof",
    optional: true,
    arguments: [
      { name: "asc", type: "pure-token", token: "ASC" },
      { name: "desc", type: "pure-token", token: "DESC" },
    ],
  },
  { name: "sorting", type: "pure-token", token: "ALPHA", optional: true },
];

const COMPLEXITY =
  "O(N*log(N)) where N is the number of elements; O(N*log(M)) with a LIMIT whose end M is much smaller, O(M) for the M " +
  "elements of a range without an order.";

/** SORT, and what of it a replica may do. */
export const SORT_ROWS: readonly CommandRow[] = [
  {
    name: "sort",
    arity: -2,
    flags: ["write", "denyoom"],
    categories: CATEGORIES,
    keySpecs: [...oneKey("RO", "ACCESS"), MADE_OF_ELEMENTS, DESTINATION],
    group: "generic",
    since: "1.0.0",
    complexity: COMPLEXITY,
    summary:
      "Returns or stores the elements of a list, set or sorted set in an order, or what other keys hold for them.",
    arguments: [...ARGUMENTS, { name: "destination", type: "key", token: "STORE", keySpecIndex: 2, optional: true }],
    effects: "verbatim",
    handler: sort,
  },
  {
    name: "sort_ro",
    arity: -2,
    flags: ["readonly"],
    categories: CATEGORIES,
    keySpecs: [...oneKey("RO", "ACCESS"), MADE_OF_ELEMENTS],
    group: "generic",
    since: "7.0.0",
    complexity: COMPLEXITY,
    summary: "Returns the elements of a list, set or sorted set in an order, or what other keys hold for them.",
    arguments: ARGUMENTS,
    effects: "none",
    handler: sortReadOnly,
  },
];

import { type CommandRow, KEY, oneKey } from "../spec.ts";
import { lindex, llen, lrange } from "./get.ts";
import { lpos } from "./position.ts";

const ELEMENT = { name: "element", type: "string" } as const;

/** What looks at elements of a list. */
export const READ_ROWS: readonly CommandRow[] = [
  {
    name: "llen",
    arity: 2,
    flags: ["readonly", "fast"],
    categories: ["list"],
    keySpecs: oneKey("RO"),
    group: "list",
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Returns the number of elements of a list.",
    arguments: [KEY],
    effects: "none",
    handler: llen,
  },
  {
    name: "lindex",
    arity: 3,
    flags: ["readonly"],
    categories: ["list"],
    keySpecs: oneKey("RO", "ACCESS"),
    group: "list",
    since: "1.0.0",
    complexity: "O(N) where N is the distance of the element from the nearer end: O(1) at both ends.",
    summary: "Returns the element at an index of a list.",
    arguments: [KEY, { name: "index", type: "integer" }],
    effects: "none",
    handler: lindex,
  },
  {
    name: "lrange",
    arity: 4,
    flags: ["readonly"],
    categories: ["list"],
    keySpecs: oneKey("RO", "ACCESS"),
    group: "list",
    since: "1.0.0",
    complexity: "O(S+N) where S is the distance of the range from the nearer end and N the number of elements in it.",
    summary: "Returns a range of elements of a list.",
    arguments: [KEY, { name: "start", type: "integer" }, { name: "stop", type: "integer" }],
    effects: "none",
    handler: lrange,
  },
  {
    name: "lpos",
    arity: -3,
    flags: ["readonly"],
    categories: ["list"],
    keySpecs: oneKey("RO", "ACCESS"),
    group: "list",
    since: "6.0.6",
    complexity: "O(N) where N is the number of elements compared.",
    summary: "Returns the indexes at which an element stands in a list.",
    arguments: [
      KEY,
      ELEMENT,
      { name: "rank", type: "integer", token: "RANK", optional: true },
      { name: "num-matches", type: "integer", token: "COUNT", optional: true },
      { name: "len", type: "integer", token: "MAXLEN", optional: true },
    ],
    effects: "none",
    handler: lpos,
  },
];

import { type CommandRow, KEY, type KeySpec, oneKey } from "../spec.ts";
import { sadd, smove, srem } from "./add.ts";
import { spop } from "./pop.ts";

const MEMBER = { name: "member", type: "string" } as const;
const SECOND_KEY: KeySpec = {
  flags: ["RW", "INSERT"],
  begin: { index: 2 },
  find: { lastKey: 0, step: 1, limit: 0 },
};

/** What changes members of a set. */
export const WRITE_ROWS: readonly CommandRow[] = [
  {
    name: "sadd",
    arity: -3,
    flags: ["write", "denyoom", "fast"],
    categories: ["set"],
    keySpecs: oneKey("RW", "INSERT"),
    group: "set",
    since: "1.0.0",
    complexity: "O(N) where N is the number of members given: O(1) for each.",
    summary: "Adds members to a set, and makes the set if there is none.",
    history: [["2.4.0", "Accepts multiple `member` arguments."]],
    arguments: [KEY, { ...MEMBER, multiple: true }],
    effects: "verbatim",
    handler: sadd,
  },
  {
    name: "srem",
    arity: -3,
    flags: ["write", "fast"],
    categories: ["set"],
    keySpecs: oneKey("RW", "DELETE"),
    group: "set",
    since: "1.0.0",
    complexity: "O(N) where N is the number of members given: O(1) for each.",
    summary: "Removes members from a set, and with the last one the key.",
    history: [["2.4.0", "Accepts multiple `member` arguments."]],
    arguments: [KEY, { ...MEMBER, multiple: true }],
    effects: "verbatim",
    handler: srem,
  },
  {
    name: "smove",
    arity: 4,
    flags: ["write", "fast"],
    categories: ["set"],
    keySpecs: [...oneKey("RW", "ACCESS", "DELETE"), SECOND_KEY],
    group: "set",
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Moves a member from one set to another.",
    arguments: [
      { name: "source", type: "key", keySpecIndex: 0 },
      { name: "destination", type: "key", keySpecIndex: 1 },
      MEMBER,
    ],
    effects: "verbatim",
    handler: smove,
  },
  {
    name: "spop",
    arity: -2,
    flags: ["write", "fast"],
    categories: ["set"],
    keySpecs: oneKey("RW", "ACCESS", "DELETE"),
    tips: ["nondeterministic_output"],
    group: "set",
    since: "1.0.0",
    complexity: "O(1) without a count, otherwise O(N) where N is the count.",
    summary: "Takes members picked at random out of a set, and returns them.",
    history: [["3.2.0", "Added the `count` argument."]],
    arguments: [KEY, { name: "count", type: "integer", optional: true, since: "3.2.0" }],
    effects: "rewritten",
    constantTime: 2,
    handler: spop,
  },
];

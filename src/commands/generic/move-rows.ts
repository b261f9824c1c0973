import { type CommandRow, KEY, type KeySpec, type KeySpecFlag } from "../spec.ts";
import { copy, move, rename, renamenx } from "./moves.ts";

function keyAt(index: number, ...flags: KeySpecFlag[]): KeySpec {
  return { flags, begin: { index }, find: { lastKey: 0, step: 1, limit: 0 } };
}

const NEW_KEY = { name: "newkey", type: "key", keySpecIndex: 1 } as const;

/** Keys that get another name, or their value another key. */
export const MOVE_ROWS: readonly CommandRow[] = [
  {
    name: "rename",
    arity: 3,
    flags: ["write"],
    categories: ["keyspace"],
    keySpecs: [keyAt(1, "RW", "ACCESS", "DELETE"), keyAt(2, "OW", "UPDATE")],
    group: "generic",
    since: "1.0.0",
    complexity: "O(1); the memory of an overwritten large value is freed in slices.",
    summary: "Renames a key, in place of whatever has the new name.",
    arguments: [KEY, NEW_KEY],
    effects: "verbatim",
    handler: rename,
  },
  {
    name: "renamenx",
    arity: 3,
    flags: ["write", "fast"],
    categories: ["keyspace"],
    keySpecs: [keyAt(1, "RW", "ACCESS", "DELETE"), keyAt(2, "OW", "INSERT")],
    group: "generic",
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Renames a key unless another one has the new name.",
    history: [["3.2.0", "The command no longer returns an error when source and destination names are the same."]],
    arguments: [KEY, NEW_KEY],
    effects: "verbatim",
    handler: renamenx,
  },
  {
    name: "move",
    arity: 3,
    flags: ["write", "fast"],
    categories: ["keyspace"],
    keySpecs: [keyAt(1, "RW", "ACCESS", "UPDATE")],
    group: "generic",
    since: "1.0.0",
    complexity: "O(1)",
    summary: "Moves a key to another database.",
    arguments: [KEY, { name: "db", type: "integer" }],
    effects: "verbatim",
    handler: move,
  },
  {
    name: "copy",
    arity: -3,
    flags: ["write", "denyoom"],
    categories: ["keyspace"],
    keySpecs: [keyAt(1, "RO", "ACCESS"), keyAt(2, "OW", "UPDATE")],
    group: "generic",
    since: "6.2.0",
    complexity: "O(N) where N is the number of elements of a collection, or of bytes of a string.",
    summary: "Gives a key a copy of the value of another one.",
    arguments: [
      { name: "source", type: "key", keySpecIndex: 0 },
      { name: "destination", type: "key", keySpecIndex: 1 },
      { name: "destination-db", type: "integer", token: "DB", optional: true },
      { name: "replace", type: "pure-token", token: "REPLACE", optional: true },
    ],
    effects: "verbatim",
    handler: copy,
  },
];

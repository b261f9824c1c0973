import { SYNTAX_ERROR } from "../errors.ts";
import { type CommandRow, type Handler, KEY } from "../spec.ts";
import { encoding, freq, help, idletime, refcount } from "./object.ts";

function objectRow(name: string, since: string, summary: string, handler: Handler): CommandRow {
  return {
    name,
    arity: 3,
    flags: ["readonly"],
    categories: ["keyspace"],
    keySpecs: [{ flags: ["RO"], begin: { index: 2 }, find: { lastKey: 0, step: 1, limit: 0 } }],
    tips: ["nondeterministic_output"],
    group: "generic",
    since,
    complexity: "O(1)",
    summary,
    arguments: [KEY],
    effects: "none",
    handler,
  };
}

/** How keys are kept. */
export const OBJECT_ROWS: readonly CommandRow[] = [
  {
    name: "object",
    arity: -2,
    flags: [],
    categories: [],
    keySpecs: [],
    group: "generic",
    since: "2.2.3",
    complexity: "Depends on subcommand.",
    summary: "A container for commands that tell how a key is kept.",
    effects: "none",
    handler: (context) => context.fail(SYNTAX_ERROR),
    subcommands: [
      objectRow("encoding", "2.2.3", "Returns the internal encoding of the value of a key.", encoding),
      objectRow("refcount", "2.2.3", "Returns the number of references to the value of a key.", refcount),
      objectRow("idletime", "2.2.3", "Returns the seconds since the last use of a key.", idletime),
      objectRow("freq", "4.0.0", "Returns the logarithmic count of the uses of a key.", freq),
      {
        name: "help",
        arity: 2,
        flags: ["loading", "stale"],
        categories: ["keyspace"],
        keySpecs: [],
        group: "generic",
        since: "6.2.0",
        complexity: "O(1)",
        summary: "Describes the subcommands.",
        effects: "none",
        handler: help,
      },
    ],
  },
];

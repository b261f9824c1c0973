import { SYNTAX_ERROR } from "../errors.ts";
import { type CommandRow, KEY } from "../spec.ts";
import { addConsumer, create, deleteConsumer, destroy, groupHelp, setId } from "./group.ts";
import { CONSUMER, GROUP, keyOfSubcommand } from "./row-parts.ts";

const ID_SELECTOR = {
  name: "id-selector",
  type: "oneof",
  arguments: [
    { name: "id", type: "string" },
    { name: "new-id", type: "pure-token", token: "$" },
  ],
} as const;
const ENTRIES_READ = {
  name: "entriesread",
  displayText: "entries-read",
  type: "integer",
  token: "ENTRIESREAD",
  optional: true,
} as const;
const SUBCOMMAND = { categories: ["stream"], group: "stream", since: "5.0.0", effects: "verbatim" } as const;

/** Consumer groups. */
export const GROUP_ROWS: readonly CommandRow[] = [
  {
    name: "xgroup",
    arity: -2,
    flags: [],
    categories: [],
    keySpecs: [],
    group: "stream",
    since: "5.0.0",
    complexity: "Depends on subcommand.",
    summary: "A container for commands on consumer groups.",
    effects: "none",
    handler: (context) => context.fail(SYNTAX_ERROR),
    subcommands: [
      {
        ...SUBCOMMAND,
        name: "create",
        arity: -5,
        flags: ["write", "denyoom"],
        keySpecs: keyOfSubcommand("RW", "INSERT"),
        complexity: "O(1)",
        summary: "Makes a consumer group.",
        history: [["7.0.0", "Added the `entries_read` named argument."]],
        arguments: [
          ...[KEY, GROUP, ID_SELECTOR],
          { name: "mkstream", type: "pure-token", token: "MKSTREAM", optional: true },
          ENTRIES_READ,
        ],
        handler: create,
      },
      {
        ...SUBCOMMAND,
        name: "setid",
        arity: -5,
        flags: ["write"],
        keySpecs: keyOfSubcommand("RW", "UPDATE"),
        complexity: "O(1)",
        summary: "Sets the id after which a consumer group reads on.",
        history: [["7.0.0", "Added the optional `entries_read` argument."]],
        arguments: [KEY, GROUP, ID_SELECTOR, ENTRIES_READ],
        handler: setId,
      },
      {
        ...SUBCOMMAND,
        name: "destroy",
        arity: 4,
        flags: ["write"],
        keySpecs: keyOfSubcommand("RW", "DELETE"),
        complexity: "O(N) where N is the number of entries pending in the group.",
        summary: "Deletes a consumer group.",
        arguments: [KEY, GROUP],
        handler: destroy,
      },
      {
        ...SUBCOMMAND,
        name: "createconsumer",
        arity: 5,
        flags: ["write", "denyoom"],
        keySpecs: keyOfSubcommand("RW", "INSERT"),
        since: "6.2.0",
        complexity: "O(1)",
        summary: "Makes a consumer in a group.",
        arguments: [KEY, GROUP, CONSUMER],
        handler: addConsumer,
      },
      {
        ...SUBCOMMAND,
        name: "delconsumer",
        arity: 5,
        flags: ["write"],
        keySpecs: keyOfSubcommand("RW", "DELETE"),
        complexity: "O(N) where N is the number of entries pending for the consumer.",
        summary: "Deletes a consumer of a group, and what is pending for it.",
        arguments: [KEY, GROUP, CONSUMER],
        handler: deleteConsumer,
      },
      {
        ...SUBCOMMAND,
        name: "help",
        arity: 2,
        flags: ["loading", "stale"],
        keySpecs: [],
        complexity: "O(1)",
        summary: "Describes the subcommands.",
        effects: "none",
        handler: groupHelp,
      },
    ],
  },
];

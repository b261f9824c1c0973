import { SYNTAX_ERROR } from "../errors.ts";
import { type CommandRow, KEY } from "../spec.ts";
import { consumersInfo, groupsInfo, infoHelp, streamInfo } from "./info.ts";
import { COUNT, GROUP, keyOfSubcommand } from "./row-parts.ts";

const SUBCOMMAND = { categories: ["stream"], group: "stream", since: "5.0.0", effects: "none" } as const;

/** What there is to know of streams. */
export const INFO_ROWS: readonly CommandRow[] = [
  {
    name: "xinfo",
    arity: -2,
    flags: [],
    categories: [],
    keySpecs: [],
    group: "stream",
    since: "5.0.0",
    complexity: "Depends on subcommand.",
    summary: "A container for commands that tell about streams.",
    effects: "none",
    handler: (context) => context.fail(SYNTAX_ERROR),
    subcommands: [
      {
        ...SUBCOMMAND,
        name: "consumers",
        arity: 4,
        flags: ["readonly"],
        keySpecs: keyOfSubcommand("RO", "ACCESS"),
        tips: ["nondeterministic_output"],
        complexity: "O(N) where N is the number of consumers.",
        summary: "Tells about the consumers of a group.",
        history: [["7.2.0", "Added the `inactive` field, and changed the meaning of `idle`."]],
        arguments: [KEY, GROUP],
        handler: consumersInfo,
      },
      {
        ...SUBCOMMAND,
        name: "groups",
        arity: 3,
        flags: ["readonly"],
        keySpecs: keyOfSubcommand("RO", "ACCESS"),
        complexity: "O(N) where N is the number of groups.",
        summary: "Tells about the consumer groups of a stream.",
        history: [["7.0.0", "Added the `entries-read` and `lag` fields"]],
        arguments: [KEY],
        handler: groupsInfo,
      },
      {
        ...SUBCOMMAND,
        name: "stream",
        arity: -3,
        flags: ["readonly"],
        keySpecs: keyOfSubcommand("RO", "ACCESS"),
        complexity: "O(N) where N is the number of nodes that keep the stream.",
        summary: "Tells about a stream; with FULL about its entries, groups and consumers too.",
        history: [
          ["6.0.0", "Added the `FULL` modifier."],
          [
            "7.0.0",
            "Added the `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, `entries-read` and `lag` fields",
          ],
          ["7.2.0", "Added the `active-time` field, and changed the meaning of `seen-time`."],
        ],
        arguments: [
          KEY,
          {
            name: "full-block",
            type: "block",
            optional: true,
            arguments: [{ name: "full", type: "pure-token", token: "FULL" }, COUNT],
          },
        ],
        handler: streamInfo,
      },
      {
        ...SUBCOMMAND,
        name: "help",
        arity: 2,
        flags: ["loading", "stale"],
        keySpecs: [],
        complexity: "O(1)",
        summary: "Describes the subcommands.",
        handler: infoHelp,
      },
    ],
  },
];

/** COMMAND: what the rows say, told to clients. */
import { globMatches } from "../../base/glob.ts";
import { asciiBytes } from "../../base/text.ts";
import type { Context } from "../../commands/context.ts";
import { SYNTAX_ERROR } from "../../commands/errors.ts";
import { replyHelp } from "../../commands/help.ts";
import { type CommandWords, canHaveKeys, keysOf } from "../../commands/key-extraction.ts";
import { type CommandRow, categoriesOf } from "../../commands/spec.ts";
import type { Command } from "../../engine/command-table.ts";
import type { Server } from "../server.ts";
import { replyDocs } from "./command-docs.ts";
import { replyCommand, replyKeyFlags } from "./command-info.ts";

const FILTERBY = asciiBytes("FILTERBY");
const NAMES = [{ name: "command-name", type: "string", optional: true, multiple: true }] as const;

const HELP = [
  "(no subcommand)",
  "    Describe all commands.",
  "COUNT",
  "    Return the number of commands.",
  "LIST [FILTERBY MODULE <name>|ACLCAT <category>|PATTERN <pattern>]",
  "    Return the names of all commands, or of those that fit.",
  "INFO [<command-name> ...]",
  "    Describe the named commands, or all of them, for programs.",
  "DOCS [<command-name> ...]",
  "    Describe the named commands, or all of them, for people.",
  "GETKEYS <full-command>",
  "    Return the keys among the words of a command.",
  "GETKEYSANDFLAGS <full-command>",
  "    Return the keys among the words of a command, and what it does with them.",
];

export function commandRows(server: Server): CommandRow[] {
  const shared = {
    flags: ["loading", "stale"],
    categories: ["connection"],
    keySpecs: [],
    group: "server",
    effects: "none",
  } as const;
  const unordered = { ...shared, tips: ["nondeterministic_output_order"] } as const;
  const perName = "O(N) where N is the number of names asked for.";
  const perWord = "O(N) where N is the number of words of the command.";
  return [
    {
      ...unordered,
      name: "command",
      arity: -1,
      since: "2.8.13",
      complexity: "O(N) where N is the number of commands.",
      summary: "Describes all commands.",
      handler: (context) => replyAll(context, server),
      subcommands: [
        {
          ...shared,
          name: "count",
          arity: 2,
          since: "2.8.13",
          complexity: "O(1)",
          summary: "Returns the number of commands.",
          handler: (context) => context.reply.integer(server.engine.table.commands.length),
        },
        {
          ...unordered,
          name: "docs",
          arity: -2,
          since: "7.0.0",
          complexity: perName,
          summary: "Describes the named commands, or all of them, for people.",
          arguments: NAMES,
          handler: (context) => docs(context, server),
        },
        {
          ...shared,
          name: "getkeys",
          arity: -3,
          since: "2.8.13",
          complexity: perWord,
          summary: "Returns the keys among the words of a command.",
          arguments: FULL_COMMAND,
          handler: (context) => getKeys(context, server, false),
        },
        {
          ...shared,
          name: "getkeysandflags",
          arity: -3,
          since: "7.0.0",
          complexity: perWord,
          summary: "Returns the keys among the words of a command, and what it does with them.",
          arguments: FULL_COMMAND,
          handler: (context) => getKeys(context, server, true),
        },
        {
          ...shared,
          name: "help",
          arity: 2,
          since: "5.0.0",
          complexity: "O(1)",
          summary: "Shows what the subcommands do.",
          handler: (context) => replyHelp(context, HELP),
        },
        {
          ...unordered,
          name: "info",
          arity: -2,
          since: "2.8.13",
          complexity: perName,
          summary: "Describes the named commands, or all of them, for programs.",
          history: [["7.0.0", "Allowed to be called with no argument to get info on all commands."]],
          arguments: NAMES,
          handler: (context) => info(context, server),
        },
        {
          ...unordered,
          name: "list",
          arity: -2,
          since: "7.0.0",
          complexity: "O(N) where N is the number of commands.",
          summary: "Returns the names of all commands, or of those that fit.",
          arguments: [
            {
              name: "filterby",
              type: "oneof",
              token: "FILTERBY",
              optional: true,
              arguments: [
                { name: "module-name", type: "string", token: "MODULE" },
                { name: "category", type: "string", token: "ACLCAT" },
                { name: "pattern", type: "pattern", token: "PATTERN" },
              ],
            },
          ],
          handler: (context) => list(context, server),
        },
      ],
    },
  ];
}

const FULL_COMMAND = [
  { name: "command", type: "string" },
  { name: "arg", type: "string", optional: true, multiple: true },
] as const;

function replyAll(context: Context, server: Server): void {
  const { commands } = server.engine.table;
  context.reply.arrayHeader(commands.length);
  for (const command of commands) replyCommand(context, command);
}

/** The command of a name, `config|get` for a subcommand. */
function named(server: Server, name: string): Command | null {
  return name.split("|").length > 2 ? null : server.engine.table.byName(name.toLowerCase());
}

function info(context: Context, server: Server): void {
  if (context.argc === 2) {
    replyAll(context, server);
    return;
  }
  context.reply.arrayHeader(context.argc - 2);
  for (let index = 2; index < context.argc; index++) {
    const command = named(server, context.text(index));
    if (command === null) context.reply.nullBulk();
    else replyCommand(context, command);
  }
}

/** Names that are not known are left out. */
function docs(context: Context, server: Server): void {
  let commands = server.engine.table.commands;
  if (context.argc > 2) {
    const found: Command[] = [];
    for (let index = 2; index < context.argc; index++) {
      const command = named(server, context.text(index));
      if (command !== null) found.push(command);
    }
    commands = found;
  }
  context.reply.mapHeader(commands.length);
  for (const command of commands) {
    context.reply.bulkText(command.fullName);
    replyDocs(context, command);
  }
}

// ---- LIST ----------------------------------------------------------------------------------------------------------

/** Subcommands are listed as well. */
function list(context: Context, server: Server): void {
  const filter = context.argc === 2 ? () => true : context.argc === 5 && context.is(2, FILTERBY) && filterOf(context);
  if (!filter) {
    context.fail(SYNTAX_ERROR);
    return;
  }
  const names = [...server.engine.table.all()].filter(filter).map((command) => command.fullName);
  context.reply.arrayHeader(names.length);
  for (const name of names) context.reply.bulkText(name);
}

/** @returns null for a kind of filter that there is not. */
function filterOf(context: Context): ((command: Command) => boolean) | null {
  const wanted = context.text(4);
  switch (context.text(3).toLowerCase()) {
    case "module":
      return () => false;
    case "aclcat":
      return ({ row }) => categoriesOf(row).some((category) => category === wanted.toLowerCase());
    case "pattern":
      return ({ fullName }) => matches(context, 4, fullName);
    default:
      return null;
  }
}

function matches(context: Context, index: number, name: string): boolean {
  const bytes = asciiBytes(name);
  const pattern = context.bytes(index);
  return globMatches(pattern, context.start(index), context.length(index), bytes, 0, bytes.length, true);
}

// ---- GETKEYS -------------------------------------------------------------------------------------------------------

/** Where the words of the command in question begin. */
const FIRST_WORD = 2;

function getKeys(context: Context, server: Server, withFlags: boolean): void {
  const command = commandInWords(context, server);
  if (command === null) {
    context.fail("ERR Invalid command specified");
    return;
  }
  if (!canHaveKeys(command.row)) {
    context.fail("ERR The command has no key arguments");
    return;
  }
  if (!command.acceptsCount(context.argc - FIRST_WORD)) {
    context.fail("ERR Invalid number of arguments specified for command");
    return;
  }
  const keys = keysOf(command.row, wordsOf(context));
  if (keys.length === 0 && !command.row.flags.includes("no_mandatory_keys")) {
    context.fail("ERR Invalid arguments specified for command");
    return;
  }
  const { reply } = context;
  reply.arrayHeader(keys.length);
  for (const { index, flags } of keys) {
    if (withFlags) reply.arrayHeader(2);
    const at = index + FIRST_WORD;
    reply.bulk(context.bytes(at), context.start(at), context.length(at));
    if (withFlags) replyKeyFlags(context, flags);
  }
}

function commandInWords(context: Context, server: Server): Command | null {
  const command = server.engine.table.byName(context.text(FIRST_WORD).toLowerCase());
  if (command === null || context.text(FIRST_WORD).includes("|")) return null;
  if (command.subcommands === null || context.argc === FIRST_WORD + 1) return command;
  return command.subcommands.get(context.text(FIRST_WORD + 1).toLowerCase()) ?? null;
}

function wordsOf(context: Context): CommandWords {
  return {
    count: context.argc - FIRST_WORD,
    is: (index, upperText) => context.is(index + FIRST_WORD, upperText),
    integer: (index) => context.integer(index + FIRST_WORD),
  };
}

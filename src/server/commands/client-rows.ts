/** CLIENT and RESET. A factory: what they look at belongs to one server. */
import { CLIENT_OWN_ROWS, CLIENT_SUBCOMMAND } from "../../commands/connection/client-rows.ts";
import { replyHelp } from "../../commands/help.ts";
import type { ArgumentSpec, CommandRow } from "../../commands/spec.ts";
import type { Server } from "../server.ts";
import { info, kill, list, pause, unblock } from "./client-handlers.ts";
import { CLIENT_HELP } from "./client-help.ts";
import { reset } from "./reset.ts";

const ADMIN_FLAGS = ["admin", "noscript", "loading", "stale"] as const;

export function clientRows(server: Server): CommandRow[] {
  return [
    {
      ...CLIENT_SUBCOMMAND,
      name: "client",
      arity: -2,
      flags: [],
      categories: [],
      since: "2.4.0",
      complexity: "Depends on subcommand.",
      summary: "A container for commands about connections.",
      handler: () => {},
      subcommands: [...CLIENT_OWN_ROWS, listRow(server), infoRow(server), killRow(server), ...waitRows(server), HELP],
    },
    {
      ...CLIENT_SUBCOMMAND,
      name: "reset",
      arity: 1,
      flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
      since: "6.2.0",
      summary: "Makes the connection as it was when it was new.",
      handler: (context) => reset(context, server),
    },
  ];
}

function types(...names: readonly string[]): ArgumentSpec[] {
  return names.map((name) => ({ name, type: "pure-token", token: name.toUpperCase() }));
}

function listRow(server: Server): CommandRow {
  return {
    ...CLIENT_SUBCOMMAND,
    name: "list",
    arity: -2,
    flags: ADMIN_FLAGS,
    tips: ["nondeterministic_output"],
    since: "2.4.0",
    complexity: "O(N) where N is the number of client connections",
    summary: "Shows connections, a line each.",
    history: [
      ["2.8.12", "Added unique client `id` field."],
      ["5.0.0", "Added optional `TYPE` filter."],
      ["6.0.0", "Added `user` field."],
      ["6.2.0", "Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter."],
      ["7.0.0", "Added `resp`, `multi-mem`, `rbs` and `rbp` fields."],
      ["7.0.3", "Added `ssub` field."],
      ["7.2.0", "Added `lib-name` and `lib-ver` fields."],
    ],
    arguments: [
      {
        name: "client-type",
        type: "oneof",
        token: "TYPE",
        optional: true,
        since: "5.0.0",
        arguments: types("normal", "master", "replica", "pubsub"),
      },
      { name: "client-id", type: "integer", token: "ID", optional: true, multiple: true, since: "6.2.0" },
    ],
    handler: (context) => list(context, server),
  };
}

function infoRow(server: Server): CommandRow {
  return {
    ...CLIENT_SUBCOMMAND,
    name: "info",
    arity: 2,
    tips: ["nondeterministic_output"],
    since: "6.2.0",
    summary: "Shows facts about the connection.",
    handler: (context) => info(context, server),
  };
}

function killRow(server: Server): CommandRow {
  return {
    ...CLIENT_SUBCOMMAND,
    name: "kill",
    arity: -3,
    flags: ADMIN_FLAGS,
    since: "2.4.0",
    complexity: "O(N) where N is the number of client connections",
    summary: "Closes connections.",
    history: [
      ["2.8.12", "Added new filter format."],
      ["2.8.12", "`ID` option."],
      ["3.2.0", "Added `master` type in for `TYPE` option."],
      ["5.0.0", "Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward compatibility."],
      ["6.2.0", "`LADDR` option."],
    ],
    arguments: [
      {
        name: "filter",
        type: "oneof",
        arguments: [
          { name: "old-format", displayText: "ip:port", type: "string", deprecatedSince: "2.8.12" },
          { name: "new-format", type: "oneof", multiple: true, arguments: KILL_FILTERS },
        ],
      },
    ],
    handler: (context) => kill(context, server),
  };
}

const KILL_FILTERS: readonly ArgumentSpec[] = [
  { name: "client-id", type: "integer", token: "ID", optional: true, since: "2.8.12" },
  {
    name: "client-type",
    type: "oneof",
    token: "TYPE",
    optional: true,
    since: "2.8.12",
    arguments: [
      ...types("normal"),
      { name: "master", type: "pure-token", token: "MASTER", since: "3.2.0" },
      ...types("slave"),
      { name: "replica", type: "pure-token", token: "REPLICA", since: "5.0.0" },
      ...types("pubsub"),
    ],
  },
  { name: "username", type: "string", token: "USER", optional: true },
  { name: "addr", displayText: "ip:port", type: "string", token: "ADDR", optional: true },
  { name: "laddr", displayText: "ip:port", type: "string", token: "LADDR", optional: true, since: "6.2.0" },
  { name: "skipme", type: "oneof", token: "SKIPME", optional: true, arguments: types("yes", "no") },
];

/** UNBLOCK, PAUSE and UNPAUSE. */
function waitRows(server: Server): CommandRow[] {
  return [
    {
      ...CLIENT_SUBCOMMAND,
      name: "unblock",
      arity: -3,
      flags: ADMIN_FLAGS,
      since: "5.0.0",
      complexity: "O(log N) where N is the number of client connections",
      summary: "Ends the waiting of a blocked client.",
      arguments: [
        { name: "client-id", type: "integer" },
        { name: "unblock-type", type: "oneof", optional: true, arguments: types("timeout", "error") },
      ],
      handler: (context) => unblock(context, server),
    },
    {
      ...CLIENT_SUBCOMMAND,
      name: "pause",
      arity: -3,
      flags: ADMIN_FLAGS,
      since: "3.0.0",
      summary: "Lets the commands of all clients wait.",
      history: [["6.2.0", "`CLIENT PAUSE WRITE` mode added along with the `mode` option."]],
      arguments: [
        { name: "timeout", type: "integer" },
        { name: "mode", type: "oneof", optional: true, since: "6.2.0", arguments: types("write", "all") },
      ],
      handler: (context) => pause(context, server),
    },
    {
      ...CLIENT_SUBCOMMAND,
      name: "unpause",
      arity: 2,
      flags: ADMIN_FLAGS,
      since: "6.2.0",
      complexity: "O(N) Where N is the number of paused clients",
      summary: "Ends a pause before its time.",
      handler(context) {
        server.pause.end();
        context.reply.ok();
      },
    },
  ];
}

const HELP: CommandRow = {
  ...CLIENT_SUBCOMMAND,
  name: "help",
  arity: 2,
  flags: ["loading", "stale"],
  since: "5.0.0",
  summary: "Shows what the subcommands do.",
  handler: (context) => replyHelp(context, CLIENT_HELP),
};

/** SLOWLOG: what took long of late. */
import type { Context } from "../../commands/context.ts";
import { wrongArity } from "../../commands/errors.ts";
import { replyHelp } from "../../commands/help.ts";
import type { CommandRow } from "../../commands/spec.ts";
import { bytesOfText } from "../config/byte-text.ts";
import type { Server } from "../server.ts";

const ENTRIES_DEFAULT = 10;
const ENTRY_FIELDS = 6;
const WRONG_COUNT = "ERR count should be greater than or equal to -1";

const HELP = [
  "GET [<count>]",
  "    Show the newest entries, 10 by default, all with -1. An entry is:",
  "    id, Unix time, microseconds, arguments, address and name of the client.",
  "LEN",
  "    Show how many entries there are.",
  "RESET",
  "    Remove all entries.",
];

export function slowlogRow(server: Server): CommandRow {
  const shared = {
    arity: 2,
    flags: ["admin", "loading", "stale"],
    categories: [],
    keySpecs: [],
    group: "server",
    since: "2.2.12",
    complexity: "O(1)",
    effects: "none",
  } as const;
  return {
    ...shared,
    name: "slowlog",
    arity: -2,
    flags: [],
    complexity: "Depends on subcommand.",
    summary: "A container for commands about the slow log.",
    handler: (context) => context.fail(wrongArity("slowlog")),
    subcommands: [
      {
        ...shared,
        name: "get",
        arity: -2,
        tips: ["request_policy:all_nodes", "nondeterministic_output"],
        complexity: "O(N) where N is the number of entries that are shown.",
        summary: "Shows the newest entries.",
        history: [["4.0.0", "Added client IP address, port and name to the reply."]],
        arguments: [{ name: "count", type: "integer", optional: true }],
        handler: (context) => get(context, server),
      },
      {
        ...shared,
        name: "help",
        flags: ["loading", "stale"],
        since: "6.2.0",
        summary: "Shows what the subcommands do.",
        handler: (context) => replyHelp(context, HELP),
      },
      {
        ...shared,
        name: "len",
        tips: ["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"],
        summary: "Shows how many entries there are.",
        handler: (context) => context.reply.integer(server.engine.slowLog.length),
      },
      {
        ...shared,
        name: "reset",
        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
        complexity: "O(N) where N is the number of entries.",
        summary: "Removes all entries.",
        handler: (context) => {
          server.engine.slowLog.clear();
          context.reply.ok();
        },
      },
    ],
  };
}

function get(context: Context, server: Server): void {
  const { argc, reply } = context;
  if (argc > 3) {
    context.fail(`ERR unknown subcommand or wrong number of arguments for '${context.text(1)}'. Try SLOWLOG HELP.`);
    return;
  }
  const count = argc === 3 ? context.integer64(2) : ENTRIES_DEFAULT;
  if (count === null || count < -1) {
    context.fail(WRONG_COUNT);
    return;
  }
  const { slowLog } = server.engine;
  reply.arrayHeader(count < 0 ? slowLog.length : Math.min(count, slowLog.length));
  for (const { id, timeSeconds, durationUs, args, address, clientName } of slowLog.newest(count)) {
    reply.arrayHeader(ENTRY_FIELDS);
    reply.integer(id);
    reply.integer(timeSeconds);
    reply.integer(durationUs);
    reply.arrayHeader(args.length);
    for (const text of [...args, address, clientName]) {
      const bytes = bytesOfText(text);
      reply.bulk(bytes, 0, bytes.length);
    }
  }
}

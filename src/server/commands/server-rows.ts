/** Commands about the server as a whole: INFO, MEMORY, SHUTDOWN. */
import { asciiBytes } from "../../base/text.ts";
import type { Context } from "../../commands/context.ts";
import { SYNTAX_ERROR } from "../../commands/errors.ts";
import type { CommandRow } from "../../commands/spec.ts";
import { infoText } from "../info.ts";
import type { Server } from "../server.ts";

const SHUTDOWN_MODES = ["NOSAVE", "SAVE", "NOW", "FORCE", "ABORT"].map((word) => asciiBytes(word));

export function serverRows(server: Server): CommandRow[] {
  return [
    {
      name: "info",
      arity: -1,
      flags: ["loading", "stale"],
      categories: ["dangerous"],
      keySpecs: [],
      tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
      group: "server",
      since: "1.0.0",
      complexity: "O(1)",
      summary: "Returns facts and figures about the server.",
      history: [["7.0.0", "Added support for taking multiple section arguments."]],
      arguments: [{ name: "section", type: "string", optional: true, multiple: true }],
      effects: "none",
      handler: (context) => info(context, server),
    },
    {
      name: "shutdown",
      arity: -1,
      flags: ["admin", "noscript", "loading", "stale", "no_multi", "allow_busy"],
      categories: [],
      keySpecs: [],
      group: "server",
      since: "1.0.0",
      complexity: "O(1)",
      summary: "Ends the server.",
      history: [["7.0.0", "Added the `NOW`, `FORCE` and `ABORT` modifiers."]],
      arguments: [
        {
          name: "save-selector",
          type: "oneof",
          optional: true,
          arguments: [
            { name: "nosave", type: "pure-token", token: "NOSAVE" },
            { name: "save", type: "pure-token", token: "SAVE" },
          ],
        },
        { name: "now", type: "pure-token", token: "NOW", optional: true, since: "7.0.0" },
        { name: "force", type: "pure-token", token: "FORCE", optional: true, since: "7.0.0" },
        { name: "abort", type: "pure-token", token: "ABORT", optional: true, since: "7.0.0" },
      ],
      effects: "none",
      handler: (context) => shutdown(context, server),
    },
    {
      name: "memory",
      arity: -2,
      flags: [],
      categories: [],
      keySpecs: [],
      group: "server",
      since: "4.0.0",
      complexity: "Depends on subcommand.",
      summary: "A container for commands about memory.",
      effects: "none",
      handler: (context) => context.fail(SYNTAX_ERROR),
      subcommands: [
        {
          name: "purge",
          arity: 2,
          flags: [],
          categories: [],
          keySpecs: [],
          group: "server",
          since: "4.0.0",
          complexity: "O(M) where M is the memory that waits to be given back.",
          summary: "Gives memory that nothing uses back to the system.",
          effects: "none",
          handler: (context) => purge(context, server),
        },
      ],
    },
  ];
}

function info(context: Context, server: Server): void {
  const sections: string[] = [];
  for (let index = 1; index < context.argc; index++) sections.push(context.text(index).toLowerCase());
  context.reply.verbatim("txt", infoText(server, sections));
}

/** There is nothing to save yet: every mode ends the server. */
function shutdown(context: Context, server: Server): void {
  for (let index = 1; index < context.argc; index++) {
    if (!SHUTDOWN_MODES.some((word) => context.is(index, word))) {
      context.fail(SYNTAX_ERROR);
      return;
    }
  }
  server.log.warning("User requested shutdown...");
  context.client.closeAfterReply = true;
  server.onShutdown();
}

/** Finishes freeing first, so that what a flush has left behind goes too: asked for by name, so exempt from slices. */
function purge(context: Context, server: Server): void {
  const { keyspace, outputBlocks, platform } = server;
  while (keyspace.lazyFree.step());
  for (const database of keyspace.databases) while (database.expiry.releaseSome(64));
  keyspace.arena.trim();
  outputBlocks.trim();
  platform.memory.collect();
  context.reply.ok();
}

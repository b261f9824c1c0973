import { asciiBytes } from "../../base/text.ts";
import type { Context } from "../../commands/context.ts";
import { SYNTAX_ERROR } from "../../commands/errors.ts";
import type { CommandRow } from "../../commands/spec.ts";
import type { Server } from "../server.ts";

const MODIFIERS = ["NOSAVE", "SAVE", "NOW", "FORCE", "ABORT"] as const;
type Modifier = (typeof MODIFIERS)[number];
const MODIFIER_BYTES = MODIFIERS.map((word) => asciiBytes(word));

export function shutdownRow(server: Server): CommandRow {
  return {
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
  };
}

/** Nothing is saved and no replica is waited for, so every mode ends the server at once, and none can be aborted. */
function shutdown(context: Context, server: Server): void {
  const given = modifiersOf(context);
  if (given === null || (given.has("NOSAVE") && given.has("SAVE")) || (given.has("ABORT") && given.size > 1)) {
    context.fail(SYNTAX_ERROR);
    return;
  }
  if (given.has("ABORT")) {
    context.fail("ERR No shutdown in progress.");
    return;
  }
  server.log.warning("User requested shutdown...");
  context.client.closeAfterReply = true;
  server.onShutdown();
}

/** @returns null when there is a word that is none. */
function modifiersOf(context: Context): Set<Modifier> | null {
  const given = new Set<Modifier>();
  for (let index = 1; index < context.argc; index++) {
    const found = MODIFIER_BYTES.findIndex((word) => context.is(index, word));
    if (found < 0) return null;
    given.add(MODIFIERS[found]);
  }
  return given;
}

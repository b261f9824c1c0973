import type { Context } from "../../commands/context.ts";
import type { CommandRow } from "../../commands/spec.ts";
import type { Server } from "../server.ts";

export function monitorRow(server: Server): CommandRow {
  return {
    name: "monitor",
    arity: 1,
    flags: ["admin", "noscript", "loading", "stale"],
    categories: [],
    keySpecs: [],
    group: "server",
    since: "1.0.0",
    complexity: "O(1), and O(N) for each command that is executed from then on, where N is the length of its text.",
    summary: "Shows every command that the server executes, from now on.",
    effects: "none",
    handler: (context) => monitor(context, server),
  };
}

function monitor(context: Context, server: Server): void {
  const { client, reply } = context;
  if (!context.mayBlock) {
    context.fail("ERR MONITOR isn't allowed for DENY BLOCKING client");
    return;
  }
  // One that listens already, or a replica, has no answer to wait for.
  if (client.isReplica || server.monitors.has(client)) return;
  server.monitors.add(client);
  reply.ok();
}

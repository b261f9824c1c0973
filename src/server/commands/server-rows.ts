/** Commands about the server as a whole. */
import type { Context } from "../../commands/context.ts";
import type { CommandRow } from "../../commands/spec.ts";
import { lastSaveSeconds } from "../info/data-sections.ts";
import { infoText } from "../info.ts";
import type { Server } from "../server.ts";
import { latencyRow } from "./latency.ts";
import { lolwut } from "./lolwut.ts";
import { memoryRow } from "./memory-rows.ts";
import { monitorRow } from "./monitor.ts";
import { shutdownRow } from "./shutdown.ts";
import { slowlogRow } from "./slowlog.ts";

export function serverRows(server: Server): CommandRow[] {
  const shared = {
    categories: [],
    keySpecs: [],
    group: "server",
    complexity: "O(1)",
    effects: "none",
  } as const;
  return [
    {
      ...shared,
      name: "info",
      arity: -1,
      flags: ["loading", "stale"],
      categories: ["dangerous"],
      tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
      since: "1.0.0",
      summary: "Returns facts and figures about the server.",
      history: [["7.0.0", "Added support for taking multiple section arguments."]],
      arguments: [{ name: "section", type: "string", optional: true, multiple: true }],
      handler: (context) => info(context, server),
    },
    {
      ...shared,
      name: "time",
      arity: 1,
      flags: ["loading", "stale", "fast"],
      tips: ["nondeterministic_output"],
      since: "2.6.0",
      summary: "Returns the time of the server's clock: seconds since 1970, and microseconds of the second.",
      handler: (context) => time(context, server),
    },
    {
      ...shared,
      name: "lolwut",
      arity: -1,
      flags: ["readonly", "fast"],
      since: "5.0.0",
      summary: "Draws a picture, and tells the version.",
      arguments: [{ name: "version", type: "integer", token: "VERSION", optional: true }],
      handler: lolwut,
    },
    {
      ...shared,
      name: "role",
      arity: 1,
      flags: ["noscript", "loading", "stale", "fast"],
      categories: ["admin", "dangerous"],
      since: "2.8.12",
      summary: "Returns the part that the server plays in replication.",
      handler: (context) => role(context, server),
    },
    {
      ...shared,
      name: "lastsave",
      arity: 1,
      flags: ["loading", "stale", "fast"],
      categories: ["admin", "dangerous"],
      tips: ["nondeterministic_output"],
      since: "1.0.0",
      summary: "Returns when the dataset was last saved, in seconds since 1970.",
      handler: (context) => context.reply.integer(lastSaveSeconds(server)),
    },
    shutdownRow(server),
    memoryRow(server),
    slowlogRow(server),
    latencyRow(server),
    monitorRow(server),
  ];
}

function info(context: Context, server: Server): void {
  const sections: string[] = [];
  for (let index = 1; index < context.argc; index++) sections.push(context.text(index).toLowerCase());
  context.reply.verbatim("txt", infoText(server, sections));
}

function time({ reply }: Context, server: Server): void {
  const nowUs = Math.floor(server.platform.clock.wallUs());
  const seconds = Math.floor(nowUs / 1_000_000);
  reply.arrayHeader(2);
  reply.bulkText(String(seconds));
  reply.bulkText(String(nowUs - seconds * 1_000_000));
}

/** A primary, and those that follow it. */
function role({ reply }: Context, server: Server): void {
  const online = server.rawSync.overview().filter(({ state }) => state === "online");
  reply.arrayHeader(3);
  reply.bulkText("master");
  reply.integer(server.engine.unit.log.offset);
  reply.arrayHeader(online.length);
  for (const { host, port, offset } of online) {
    reply.arrayHeader(3);
    reply.bulkText(host);
    reply.bulkText(String(port));
    reply.bulkText(String(offset));
  }
}

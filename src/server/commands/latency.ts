/** LATENCY: what has held the server up, and how long commands take. */
import type { Context } from "../../commands/context.ts";
import { wrongArity } from "../../commands/errors.ts";
import { replyHelp } from "../../commands/help.ts";
import type { CommandRow } from "../../commands/spec.ts";
import type { Command } from "../../engine/command-table.ts";
import { latencyDistribution } from "../../engine/statistics.ts";
import type { Server } from "../server.ts";
import { latencyAdvice } from "./latency-doctor.ts";
import { latencyGraph } from "./latency-graph.ts";

const HELP = [
  "DOCTOR",
  "    Say what the samples mean, and what may help.",
  "GRAPH <event>",
  "    Draw the samples of a kind of event.",
  "HISTORY <event>",
  "    Show the samples of a kind of event, each with its time.",
  "LATEST",
  "    Show the last sample and the worst of every kind of event.",
  "RESET [<event> ...]",
  "    Forget the samples of some kinds of events, or of all.",
  "HISTOGRAM [COMMAND ...]",
  "    Show how many calls of commands took up to how long;",
  "    of all commands that have been called, if none is named.",
];

const NODES = ["request_policy:all_nodes", "response_policy:special"] as const;
const SHOWN = ["nondeterministic_output", ...NODES] as const;

export function latencyRow(server: Server): CommandRow {
  const shared = {
    arity: 2,
    flags: ["admin", "noscript", "loading", "stale"],
    categories: [],
    keySpecs: [],
    group: "server",
    since: "2.8.13",
    complexity: "O(1)",
    effects: "none",
  } as const;
  const event = { name: "event", type: "string" } as const;
  return {
    ...shared,
    name: "latency",
    arity: -2,
    flags: [],
    complexity: "Depends on subcommand.",
    summary: "A container for commands about latency.",
    handler: (context) => context.fail(wrongArity("latency")),
    subcommands: [
      {
        ...shared,
        name: "doctor",
        tips: SHOWN,
        summary: "Says what the samples of events mean.",
        handler: (context) => context.reply.verbatim("txt", latencyAdvice(server)),
      },
      {
        ...shared,
        name: "graph",
        arity: 3,
        tips: SHOWN,
        summary: "Draws the samples of a kind of event.",
        arguments: [event],
        handler: (context) => graph(context, server),
      },
      {
        ...shared,
        name: "help",
        flags: ["loading", "stale"],
        summary: "Shows what the subcommands do.",
        handler: (context) => replyHelp(context, HELP),
      },
      {
        ...shared,
        name: "histogram",
        arity: -2,
        tips: SHOWN,
        since: "7.0.0",
        complexity: "O(N) where N is the number of commands that are shown.",
        summary: "Shows how many calls of commands took up to how long.",
        arguments: [{ name: "command", type: "string", optional: true, multiple: true }],
        handler: (context) => histogram(context, server),
      },
      {
        ...shared,
        name: "history",
        arity: 3,
        tips: SHOWN,
        summary: "Shows the samples of a kind of event.",
        arguments: [event],
        handler: (context) => history(context, server),
      },
      {
        ...shared,
        name: "latest",
        tips: SHOWN,
        summary: "Shows the last sample of every kind of event.",
        handler: (context) => latest(context, server),
      },
      {
        ...shared,
        name: "reset",
        arity: -2,
        tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
        summary: "Forgets the samples of some kinds of events, or of all.",
        arguments: [{ ...event, optional: true, multiple: true }],
        handler: (context) => reset(context, server),
      },
    ],
  };
}

function history(context: Context, server: Server): void {
  const samples = server.engine.latency.events.get(context.text(2))?.samples ?? [];
  context.reply.arrayHeader(samples.length);
  for (const { timeSeconds, latencyMs } of samples) {
    context.reply.arrayHeader(2);
    context.reply.integer(timeSeconds);
    context.reply.integer(latencyMs);
  }
}

function latest(context: Context, server: Server): void {
  const { reply } = context;
  const { events } = server.engine.latency;
  reply.arrayHeader(events.size);
  for (const [name, { samples, worstMs }] of events) {
    const { timeSeconds, latencyMs } = samples[samples.length - 1];
    reply.arrayHeader(4);
    reply.bulkText(name);
    reply.integer(timeSeconds);
    reply.integer(latencyMs);
    reply.integer(worstMs);
  }
}

function reset(context: Context, server: Server): void {
  const { latency } = server.engine;
  let count = context.argc === 2 ? latency.reset() : 0;
  for (let index = 2; index < context.argc; index++) count += latency.reset(context.text(index));
  context.reply.integer(count);
}

function graph(context: Context, server: Server): void {
  const event = context.text(2);
  const series = server.engine.latency.events.get(event);
  if (series === undefined) context.fail(`ERR No samples available for event '${event}'`);
  else context.reply.verbatim("txt", latencyGraph(event, series, server.platform.clock.wallMs()));
}

function histogram(context: Context, server: Server): void {
  const { table } = server.engine;
  const commands: Command[] = [];
  if (context.argc === 2) commands.push(...table.all());
  for (let index = 2; index < context.argc; index++) {
    const command = table.byName(context.text(index).toLowerCase());
    if (command === null) continue;
    commands.push(command, ...(command.subcommands?.values() ?? []));
  }
  const timed = commands.filter((command) => command.isTimed);
  context.reply.mapHeader(timed.length);
  for (const command of timed) replyDistribution(context, command);
}

/** How many calls there were, and of them how many up to each of some times, µs. */
function replyDistribution({ reply }: Context, command: Command): void {
  const { calls, steps } = latencyDistribution(command.histogram);
  reply.bulkText(command.fullName);
  reply.mapHeader(2);
  reply.bulkText("calls");
  reply.integer(calls);
  reply.bulkText("histogram_usec");
  reply.mapHeader(steps.length);
  for (const [us, count] of steps) {
    reply.integer(us);
    reply.integer(count);
  }
}

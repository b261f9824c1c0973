/** The CONFIG command over one server's configuration. A factory: the rows close over what they work on. */
import { assert } from "../../base/assert.ts";
import { latin1Text } from "../../base/text.ts";
import type { Arguments, Context } from "../../commands/context.ts";
import { SYNTAX_ERROR, wrongArity } from "../../commands/errors.ts";
import type { CommandRow } from "../../commands/spec.ts";
import { bytesOfText } from "./byte-text.ts";
import type { Config, SetResult } from "./config.ts";

/** What CONFIG needs of the server beyond its configuration. */
export interface ConfigPorts {
  /** CONFIG RESETSTAT. */
  resetStatistics(): void;
  /** Whether a data set is being loaded. Without it, never. */
  isLoading?(): boolean;
  /** Parks the client until an observer has finished. Needed only where an observer answers with a promise. */
  replyLater?(context: Context, outcome: Promise<SetResult>): void;
}

const ADMIN_FLAGS = ["admin", "noscript", "loading", "stale"] as const;

const HELP = [
  "CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
  "GET <pattern> [<pattern> ...]",
  "    Show the parameters whose names match a glob-like <pattern>, with their values.",
  "SET <parameter> <value> [<parameter> <value> ...]",
  "    Change parameters while the server runs: all of them, or none when one is refused.",
  "RESETSTAT",
  "    Set the counters that INFO shows back to zero.",
  "REWRITE",
  "    Bring the configuration file up to date, keeping its comments.",
  "HELP",
  "    Prints this help.",
];

export function configRows(config: Config, ports: ConfigPorts): CommandRow {
  return {
    name: "config",
    arity: -2,
    flags: [],
    categories: [],
    keySpecs: [],
    group: "server",
    since: "2.0.0",
    complexity: "Depends on subcommand.",
    summary: "A container for commands about the configuration.",
    effects: "none",
    handler: (context) => context.fail(wrongArity("config")),
    subcommands: [getRow(config), setRow(config, ports), rewriteRow(config), resetstatRow(ports), helpRow()],
  };
}

function getRow(config: Config): CommandRow {
  return {
    name: "get",
    arity: -3,
    flags: ADMIN_FLAGS,
    categories: [],
    keySpecs: [],
    group: "server",
    since: "2.0.0",
    complexity: "O(N) when N is the number of configuration parameters provided",
    summary: "Shows parameters and their values.",
    history: [["7.0.0", "Added the ability to pass multiple pattern parameters in one call"]],
    arguments: [
      { name: "parameter", type: "block", multiple: true, arguments: [{ name: "parameter", type: "string" }] },
    ],
    effects: "none",
    handler: (context) => get(config, context),
  };
}

function get(config: Config, context: Context): void {
  const patterns: string[] = [];
  for (let index = 2; index < context.argc; index++) patterns.push(context.text(index));
  const found = config.get(patterns);
  context.reply.mapHeader(found.length);
  for (const [name, text] of found) {
    replyBytes(context, name);
    replyBytes(context, text);
  }
}

function replyBytes(context: Context, text: string): void {
  context.reply.bulk(bytesOfText(text), 0, text.length);
}

function setRow(config: Config, ports: ConfigPorts): CommandRow {
  return {
    name: "set",
    arity: -4,
    flags: ADMIN_FLAGS,
    categories: [],
    keySpecs: [],
    tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
    group: "server",
    since: "2.0.0",
    complexity: "O(N) when N is the number of configuration parameters provided",
    summary: "Changes parameters, all of them or none.",
    history: [["7.0.0", "Added the ability to set multiple parameters in one call."]],
    arguments: [
      {
        name: "parameter_value",
        type: "block",
        multiple: true,
        arguments: [
          { name: "parameter", type: "string" },
          { name: "value", type: "string" },
        ],
      },
    ],
    effects: "none",
    isSecret: (args, index) => isSecretOfSet(config, args, index),
    handler: (context) => set(config, ports, context),
  };
}

/** Also of pairs that come after a wrong one: nobody is to read a password in a log for that. */
function isSecretOfSet(config: Config, args: Arguments, index: number): boolean {
  if (index < 3 || index % 2 === 0) return false;
  return config.isSensitive(latin1Text(args.bytesOf(index - 1), args.argStart[index - 1], args.argLength[index - 1]));
}

function set(config: Config, ports: ConfigPorts, context: Context): void {
  if (context.argc % 2 !== 0) {
    context.fail(SYNTAX_ERROR);
    return;
  }
  const pairs: [string, string][] = [];
  for (let index = 2; index < context.argc; index += 2) {
    pairs.push([context.text(index), context.text(index + 1)]);
  }
  const access = { isLocal: isLocalAddress(context.client.address), isLoading: ports.isLoading?.() ?? false };
  const outcome = config.set(pairs, access);
  if (!(outcome instanceof Promise)) {
    replyResult(context, outcome);
    return;
  }
  assert(ports.replyLater !== undefined, "an observer that takes its time needs a client that can be parked");
  ports.replyLater(context, outcome);
}

/** Whether a client's address, `ip:port` or a path with `:0`, is of this machine. */
export function isLocalAddress(address: string): boolean {
  const host = address.slice(0, address.lastIndexOf(":"));
  return host.startsWith("127.") || host === "::1" || host === "[::1]" || host === "" || host.includes("/");
}

function replyResult(context: Context, error: SetResult): void {
  if (error === null) context.reply.ok();
  else context.fail(error);
}

function rewriteRow(config: Config): CommandRow {
  return {
    name: "rewrite",
    arity: 2,
    flags: ADMIN_FLAGS,
    categories: [],
    keySpecs: [],
    group: "server",
    since: "2.8.0",
    complexity: "O(1)",
    summary: "Brings the configuration file up to date.",
    effects: "none",
    handler: (context) => replyResult(context, config.rewriteFile()),
  };
}

function resetstatRow(ports: ConfigPorts): CommandRow {
  return {
    name: "resetstat",
    arity: 2,
    flags: ADMIN_FLAGS,
    categories: [],
    keySpecs: [],
    group: "server",
    since: "2.0.0",
    complexity: "O(1)",
    summary: "Sets the counters of INFO back to zero.",
    effects: "none",
    handler(context) {
      ports.resetStatistics();
      context.reply.ok();
    },
  };
}

function helpRow(): CommandRow {
  return {
    name: "help",
    arity: 2,
    flags: ["loading", "stale"],
    categories: [],
    keySpecs: [],
    group: "server",
    since: "5.0.0",
    complexity: "O(1)",
    summary: "Shows what the subcommands do.",
    effects: "none",
    handler(context) {
      context.reply.arrayHeader(HELP.length);
      for (const line of HELP) context.reply.simple(line);
    },
  };
}

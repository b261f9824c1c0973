/** COMMAND: what the rows say, told to clients. */
import type { Context } from "../../commands/context.ts";
import { type CommandRow, categoriesOf, type KeySpec } from "../../commands/spec.ts";
import type { Command } from "../../engine/command-table.ts";
import type { Server } from "../server.ts";

export function commandRows(server: Server): CommandRow[] {
  const shared = {
    flags: ["loading", "stale"],
    categories: ["connection"],
    keySpecs: [],
    tips: ["nondeterministic_output_order"],
    group: "server",
    effects: "none",
  } as const;
  return [
    {
      ...shared,
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
          ...shared,
          name: "info",
          arity: -2,
          since: "2.8.13",
          complexity: "O(N) where N is the number of names asked for.",
          summary: "Describes the named commands, or all of them.",
          arguments: [{ name: "command-name", type: "string", optional: true, multiple: true }],
          handler: (context) => replyInfo(context, server),
        },
        {
          ...shared,
          name: "list",
          arity: -2,
          since: "7.0.0",
          complexity: "O(N) where N is the number of commands.",
          summary: "Returns the names of all commands.",
          handler: (context) => replyNames(context, server),
        },
      ],
    },
  ];
}

function replyAll(context: Context, server: Server): void {
  const { commands } = server.engine.table;
  context.reply.arrayHeader(commands.length);
  for (const command of commands) replyCommand(context, command);
}

function replyInfo(context: Context, server: Server): void {
  if (context.argc === 2) {
    replyAll(context, server);
    return;
  }
  context.reply.arrayHeader(context.argc - 2);
  for (let index = 2; index < context.argc; index++) {
    const command = server.engine.table.byName(context.text(index).toLowerCase());
    if (command === null) context.reply.nullBulk();
    else replyCommand(context, command);
  }
}

function replyNames(context: Context, server: Server): void {
  const { commands } = server.engine.table;
  context.reply.arrayHeader(commands.length);
  for (const command of commands) context.reply.bulkText(command.row.name);
}

function replyCommand(context: Context, command: Command): void {
  const { reply } = context;
  const { row } = command;
  const [first, last, step] = legacyRange(row.keySpecs);
  reply.arrayHeader(10);
  reply.bulkText(command.fullName);
  reply.integer(row.arity);
  replyStatusSet(context, flagsOf(row));
  reply.integer(first);
  reply.integer(last);
  reply.integer(step);
  replyStatusSet(
    context,
    categoriesOf(row).map((category) => `@${category}`),
  );
  replyTexts(context, row.tips ?? []);
  reply.setHeader(row.keySpecs.length);
  for (const spec of row.keySpecs) replyKeySpec(context, spec);
  const subcommands = command.subcommands === null ? [] : [...command.subcommands.values()];
  reply.arrayHeader(subcommands.length);
  for (const subcommand of subcommands) replyCommand(context, subcommand);
}

/** The flags of a row, with those that follow from the rest of it. */
function flagsOf(row: CommandRow): string[] {
  const movable = row.keySpecs.some((spec) => !("lastKey" in spec.find) || !("index" in spec.begin));
  return movable && !row.flags.includes("movablekeys") ? [...row.flags, "movablekeys"] : [...row.flags];
}

/** First key, last key and step, as far as a range from a fixed index can say it. */
function legacyRange(specs: readonly KeySpec[]): readonly [number, number, number] {
  const spec = specs[0];
  if (spec === undefined || !("index" in spec.begin) || !("lastKey" in spec.find)) return [0, 0, 0];
  const { lastKey, step } = spec.find;
  return [spec.begin.index, lastKey >= 0 ? spec.begin.index + lastKey : lastKey, step];
}

function replyStatusSet(context: Context, names: readonly string[]): void {
  context.reply.setHeader(names.length);
  for (const name of names) context.reply.simple(name);
}

function replyTexts(context: Context, texts: readonly string[]): void {
  context.reply.arrayHeader(texts.length);
  for (const text of texts) context.reply.bulkText(text);
}

function replyKeySpec(context: Context, spec: KeySpec): void {
  const { reply } = context;
  reply.mapHeader(spec.notes === undefined ? 3 : 4);
  if (spec.notes !== undefined) {
    reply.bulkText("notes");
    reply.bulkText(spec.notes);
  }
  reply.bulkText("flags");
  // COMMAND shows the flags about the whole key in capitals, the others not.
  replyStatusSet(
    context,
    spec.flags.map((flag) => (flag.length === 2 ? flag : flag.toLowerCase())),
  );
  reply.bulkText("begin_search");
  if ("index" in spec.begin) replyTyped(context, "index", [["index", spec.begin.index]]);
  else {
    replyTyped(context, "keyword", [
      ["keyword", spec.begin.keyword],
      ["startfrom", spec.begin.startFrom],
    ]);
  }
  reply.bulkText("find_keys");
  if ("lastKey" in spec.find) {
    replyTyped(context, "range", [
      ["lastkey", spec.find.lastKey],
      ["keystep", spec.find.step],
      ["limit", spec.find.limit],
    ]);
  } else {
    replyTyped(context, "keynum", [
      ["keynumidx", spec.find.keyNumIndex],
      ["firstkey", spec.find.firstKey],
      ["keystep", spec.find.step],
    ]);
  }
}

function replyTyped(context: Context, type: string, spec: readonly (readonly [string, string | number])[]): void {
  const { reply } = context;
  reply.mapHeader(2);
  reply.bulkText("type");
  reply.bulkText(type);
  reply.bulkText("spec");
  reply.mapHeader(spec.length);
  for (const [name, value] of spec) {
    reply.bulkText(name);
    if (typeof value === "number") reply.integer(value);
    else reply.bulkText(value);
  }
}

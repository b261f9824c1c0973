/** COMMAND and COMMAND INFO: the row of a command as an array of ten. */
import type { Context } from "../../commands/context.ts";
import {
  type CommandFlag,
  type CommandRow,
  categoriesOf,
  type KeySpec,
  type KeySpecFlag,
} from "../../commands/spec.ts";
import type { Command } from "../../engine/command-table.ts";

/** Flags in the order in which they are shown; those that are not here are the server's own business. */
const FLAG_ORDER: readonly CommandFlag[] = [
  ...(["write", "readonly", "denyoom", "admin", "pubsub", "noscript", "blocking", "loading", "stale"] as const),
  ...(["skip_monitor", "skip_slowlog", "asking", "fast", "no_auth", "no_mandatory_keys"] as const),
  ...(["no_async_loading", "no_multi", "movablekeys", "allow_busy"] as const),
];

const KEY_FLAG_ORDER: readonly KeySpecFlag[] = [
  ...(["RO", "RW", "OW", "RM", "ACCESS", "UPDATE", "INSERT", "DELETE"] as const),
  ...(["not_key", "incomplete", "variable_flags"] as const),
];

export function replyCommand(context: Context, command: Command): void {
  const { reply } = context;
  const { row } = command;
  const { first, last, step } = legacyRange(row.keySpecs);
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
  replyTips(context, row.tips ?? []);
  reply.setHeader(row.keySpecs.length);
  for (const spec of row.keySpecs) replyKeySpec(context, spec);
  if (command.subcommands === null) {
    reply.setHeader(0);
    return;
  }
  reply.arrayHeader(command.subcommands.size);
  for (const subcommand of command.subcommands.values()) replyCommand(context, subcommand);
}

/** The flags of a row, with the one that follows from its key specifications. */
export function flagsOf(row: CommandRow): CommandFlag[] {
  const movable = legacyRange(row.keySpecs).isMovable;
  return FLAG_ORDER.filter((flag) => row.flags.includes(flag) || (flag === "movablekeys" && movable));
}

interface LegacyRange {
  readonly first: number;
  readonly last: number;
  readonly step: number;
  /** Not all keys are in the range. */
  readonly isMovable: boolean;
}

/** First key, last key and step, as far as one range of consecutive arguments can say it. */
export function legacyRange(specs: readonly KeySpec[]): LegacyRange {
  let isMovable = false;
  let first = 0;
  let last = 0;
  let step = 0;
  for (const { begin, find, flags } of specs) {
    const isOnly = specs.length === 1;
    if (!("index" in begin) || !("lastKey" in find)) {
      isMovable = true;
      continue;
    }
    if (!isOnly && (find.step !== 1 || (last !== 0 && last !== begin.index - 1))) {
      isMovable = true;
      continue;
    }
    if (flags.includes("incomplete")) isMovable = true;
    if (first === 0) first = begin.index;
    last = find.lastKey >= 0 ? begin.index + find.lastKey : find.lastKey;
    step = find.step;
  }
  return { first, last, step, isMovable };
}

function replyStatusSet(context: Context, names: readonly string[]): void {
  context.reply.setHeader(names.length);
  for (const name of names) context.reply.simple(name);
}

function replyTips(context: Context, tips: readonly string[]): void {
  context.reply.setHeader(tips.length);
  for (const tip of tips) context.reply.bulkText(tip);
}

/** Flags about the whole key stand in capitals, the others do not. */
export function replyKeyFlags(context: Context, flags: readonly KeySpecFlag[]): void {
  const ordered = KEY_FLAG_ORDER.filter((flag) => flags.includes(flag));
  replyStatusSet(
    context,
    ordered.map((flag) => (flag.length === 2 ? flag : flag.toLowerCase())),
  );
}

function replyKeySpec(context: Context, spec: KeySpec): void {
  const { reply } = context;
  reply.mapHeader(spec.notes === undefined ? 3 : 4);
  if (spec.notes !== undefined) {
    reply.bulkText("notes");
    reply.bulkText(spec.notes);
  }
  reply.bulkText("flags");
  replyKeyFlags(context, spec.flags);
  reply.bulkText("begin_search");
  if ("unknown" in spec.begin) {
    replyTyped(context, "unknown", []);
  } else if ("index" in spec.begin) {
    replyTyped(context, "index", [["index", spec.begin.index]]);
  } else {
    replyTyped(context, "keyword", [
      ["keyword", spec.begin.keyword],
      ["startfrom", spec.begin.startFrom],
    ]);
  }
  reply.bulkText("find_keys");
  if ("unknown" in spec.find) {
    replyTyped(context, "unknown", []);
  } else if ("lastKey" in spec.find) {
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

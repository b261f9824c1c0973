/** COMMAND DOCS: what the row of a command says to people, as a map. */
import type { Context } from "../../commands/context.ts";
import type { ArgumentSpec } from "../../commands/spec.ts";
import type { Command } from "../../engine/command-table.ts";
import type { ReplyBuffer } from "../../protocol/reply-writer.ts";

/** A field of the map: its name, and what writes its value. */
type Field = readonly [name: string, write: (reply: ReplyBuffer) => void];

export function replyDocs(context: Context, command: Command): void {
  const { row, subcommands } = command;
  const history = row.history ?? [];
  const fields: Field[] = [];
  text(fields, "summary", row.summary);
  text(fields, "since", row.since);
  text(fields, "group", row.group);
  text(fields, "complexity", row.complexity);
  flags(fields, "doc_flags", row.docFlags ?? []);
  text(fields, "deprecated_since", row.deprecatedSince);
  text(fields, "replaced_by", row.replacedBy);
  if (history.length > 0) fields.push(["history", (reply) => writeHistory(reply, history)]);
  const args = row.arguments;
  if (args !== undefined) fields.push(["arguments", (reply) => writeArguments(reply, args)]);
  if (subcommands !== null) {
    fields.push([
      "subcommands",
      (reply) => {
        reply.mapHeader(subcommands.size);
        for (const subcommand of subcommands.values()) {
          reply.bulkText(subcommand.fullName);
          replyDocs(context, subcommand);
        }
      },
    ]);
  }
  writeMap(context.reply, fields);
}

function writeHistory(reply: ReplyBuffer, history: readonly (readonly [string, string])[]): void {
  reply.setHeader(history.length);
  for (const [version, change] of history) {
    reply.arrayHeader(2);
    reply.bulkText(version);
    reply.bulkText(change);
  }
}

function writeArguments(reply: ReplyBuffer, args: readonly ArgumentSpec[]): void {
  reply.arrayHeader(args.length);
  for (const argument of args) writeArgument(reply, argument);
}

function writeArgument(reply: ReplyBuffer, argument: ArgumentSpec): void {
  const { name, type, keySpecIndex, arguments: inner } = argument;
  const fields: Field[] = [];
  text(fields, "name", name);
  text(fields, "type", type);
  if (type !== "oneof" && type !== "block") text(fields, "display_text", argument.displayText ?? name);
  if (keySpecIndex !== undefined) fields.push(["key_spec_index", (to) => to.integer(keySpecIndex)]);
  text(fields, "token", argument.token);
  text(fields, "summary", argument.summary);
  text(fields, "since", argument.since);
  text(fields, "deprecated_since", argument.deprecatedSince);
  const traits = [
    ...(argument.optional === true ? ["optional"] : []),
    ...(argument.multiple === true ? ["multiple"] : []),
    ...(argument.multipleToken === true ? ["multiple_token"] : []),
  ];
  flags(fields, "flags", traits);
  if (inner !== undefined) fields.push(["arguments", (to) => writeArguments(to, inner)]);
  writeMap(reply, fields);
}

function text(fields: Field[], name: string, value: string | undefined): void {
  if (value !== undefined) fields.push([name, (reply) => reply.bulkText(value)]);
}

function flags(fields: Field[], name: string, names: readonly string[]): void {
  if (names.length === 0) return;
  fields.push([
    name,
    (reply) => {
      reply.setHeader(names.length);
      for (const flag of names) reply.simple(flag);
    },
  ]);
}

function writeMap(reply: ReplyBuffer, fields: readonly Field[]): void {
  reply.mapHeader(fields.length);
  for (const [name, write] of fields) {
    reply.bulkText(name);
    write(reply);
  }
}

/** The commands as docs/commands.md shows them. `scripts/docs.ts` puts them there. */
import type { ArgumentSpec, CommandRow } from "../../commands/spec.ts";
import { allRows } from "../rows.ts";
import type { Server } from "../server.ts";
import { flagsOf } from "./command-info.ts";

interface Described {
  readonly row: CommandRow;
  /** In capitals, with that of the container. */
  readonly name: string;
}

/** A heading for each group, and under it a table of its commands. */
export function commandsMarkdown(): string {
  // Rows look at nothing of their server until they run.
  const commands = describe(allRows({} as Server));
  const groups = [...new Set(commands.map(({ row }) => row.group))].sort();
  const sections = groups.map((group) => {
    const rows = commands.filter(({ row }) => row.group === group).map(rowMarkdown);
    const head = ["| command | since | complexity | flags | what it does |", "|---|---|---|---|---|"];
    return [`### ${group}`, "", ...head, ...rows].join("\n");
  });
  return sections.join("\n\n");
}

function describe(rows: readonly CommandRow[]): Described[] {
  const all: Described[] = [];
  for (const row of rows) {
    const name = row.name.toUpperCase();
    const subcommands = row.subcommands ?? [];
    // A container that does nothing by itself is described by its parts.
    if (subcommands.length === 0 || row.arity === -1) all.push({ row, name });
    for (const part of subcommands) all.push({ row: part, name: `${name} ${part.name.toUpperCase()}` });
  }
  return all.sort((one, other) => (one.name < other.name ? -1 : 1));
}

function rowMarkdown({ row, name }: Described): string {
  const usage = `\`${[name, ...(row.arguments ?? []).map(syntaxOf)].join(" ")}\``;
  const deprecated = row.deprecatedSince === undefined ? "" : ` Deprecated since ${row.deprecatedSince}.`;
  const cells = [usage, row.since, row.complexity, flagsOf(row).join(" "), row.summary + deprecated];
  return `| ${cells.map((cell) => cell.replace(/\|/g, "\\|")).join(" | ")} |`;
}

/** An argument of the grammar: tokens in capitals, values in lower case, `[optional]`, `a | b`, `more ...`. */
function syntaxOf(argument: ArgumentSpec): string {
  const { token, arguments: inner = [] } = argument;
  const value = valueText(argument, inner);
  const once = token === undefined ? value : value === "" ? token : `${token} ${value}`;
  // A token that is repeated stands before every value, else only before the first.
  const again = argument.multipleToken === true || value === "" ? once : value;
  const text = argument.multiple === true ? `${once} [${again} ...]` : once;
  return argument.optional === true ? `[${text}]` : text;
}

function valueText({ type, name, displayText }: ArgumentSpec, inner: readonly ArgumentSpec[]): string {
  if (type === "pure-token") return "";
  if (type === "block") return inner.map(syntaxOf).join(" ");
  if (type === "oneof") return inner.map(syntaxOf).join(" | ");
  return displayText ?? name;
}

import type { Context } from "./context.ts";

/** Answers `<COMMAND> HELP`: a heading, the lines of the subcommands, and HELP itself. */
export function replyHelp(context: Context, lines: readonly string[]): void {
  const { reply } = context;
  reply.arrayHeader(lines.length + 3);
  reply.simple(`${context.text(0).toUpperCase()} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
  for (const line of lines) reply.simple(line);
  reply.simple("HELP");
  reply.simple("    Prints this help.");
}

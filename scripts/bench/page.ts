/**
 * Keeps the last result of a bench on a page, between two markers, with the machine and the command that repeats it.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describeMachine, describeRedis } from "./servers.ts";

/** Replaces the section of that name; a page that has none yet gets it at its end. */
export function withSection(page: string, name: string, body: string): string {
  const [begin, end] = [`<!-- bench:${name}:begin -->`, `<!-- bench:${name}:end -->`];
  const section = `${begin}\n${body}\n${end}`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) return `${page.trimEnd()}\n\n${section}\n`;
  return page.slice(0, from) + section + page.slice(to + end.length);
}

/** @param script the npm script that was run, e.g. `bench:memory`; its arguments are those of the process. */
export function writeSection(path: string, name: string, script: string, tables: string): void {
  const page = existsSync(path) ? readFileSync(path, "utf8") : "# Performance\n";
  const args = process.argv.slice(2).map((arg) => (/^[\w,./=:-]+$/.test(arg) ? arg : `'${arg}'`));
  const body = [
    `${describeMachine()}; ${describeRedis() ?? "no redis-server"}. To repeat:`,
    "",
    "```",
    `npm run ${script} -- ${args.join(" ")}`,
    "```",
    "",
    tables,
  ];
  writeFileSync(path, withSection(page, name, body.join("\n")));
  console.log(`${path}: section ${name} written`);
}

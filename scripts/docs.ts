/**
 * The generated parts of docs/: each stands between two markers of its page, and derives from what the server itself
 * works with, so that it cannot drift.
 *
 *     node scripts/docs.ts           writes them
 *     node scripts/docs.ts --check   says whether they are what they should be (a test asks the same)
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commandsMarkdown } from "../src/server/commands/describe.ts";
import { parametersMarkdown } from "../src/server/config/describe.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

export interface Section {
  readonly page: string;
  /** The markers are `<!-- name:begin -->` and `<!-- name:end -->`. */
  readonly name: string;
  readonly render: () => string;
}

export const SECTIONS: readonly Section[] = [
  { page: "docs/configuration.md", name: "parameters", render: parametersMarkdown },
  { page: "docs/commands.md", name: "commands", render: commandsMarkdown },
];

/** A page with the section between its markers replaced. */
export function withSection(page: string, { page: path, name, render }: Section): string {
  const begin = `<!-- ${name}:begin -->`;
  const end = `<!-- ${name}:end -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${path} needs the markers ${begin} and ${end}, each on its own line`);
  return `${page.slice(0, from + begin.length)}\n\n${render()}\n\n${page.slice(to)}`;
}

/** The pages that are not what they should be, as they should be. */
export function stalePages(root: string = ROOT): Map<string, string> {
  const stale = new Map<string, string>();
  for (const section of SECTIONS) {
    const actual = readFileSync(join(root, section.page), "utf8");
    const expected = withSection(stale.get(section.page) ?? actual, section);
    if (expected !== actual) stale.set(section.page, expected);
  }
  return stale;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const stale = stalePages();
  const isCheck = process.argv.includes("--check");
  for (const [page, text] of stale) {
    if (!isCheck) writeFileSync(join(ROOT, page), text);
    console.log(isCheck ? `${page} is out of date. Run: node scripts/docs.ts` : `${page}: written`);
  }
  if (stale.size === 0) console.log("docs: up to date");
  else if (isCheck) process.exitCode = 1;
}

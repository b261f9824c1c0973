/**
 * `npm run conformance -- [unit …] [--jobs N]`: Redis's own test suite against Redpoll, unit by unit, beside what Redis
 * itself passes. Units are names (`unit/type/string`), globs (`'unit/info*'`) or folders (`type`); none means all.
 *
 *     --suite DIR      an unpacked source tree of Redis 7.0.15 (else the cache; fetched with apt-get where it is absent)
 *     --server "CMD"   what is judged instead of dist/redpoll.js; `--server redis-server` judges Redis
 *     --jobs N         units at a time (1)
 *     --out DIR        logs and failures (a folder in the system's temporary one)
 *     --only NAME      only this test, or /regular expression
 *     --tags TAGS      as the suite's own option, e.g. --tags=-slow
 *     --timeout S      a test without progress for so long is given up (120)
 *     --list           names the units
 *     --docs           keeps the results, and writes the generated sections of docs/compatibility.md
 *     --pages          writes these sections without running anything
 *     --baseline       keeps the results as those of Redis
 *
 * Needs tclsh, and Redis's tools for the units that use them.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { differencesMarkdown } from "../test/differential/deliberate.ts";
import { findProgram } from "../test/oracle.ts";
import { BUILD_COMMAND, SERVER_COMMANDS } from "../test/wire/targets.ts";
import { runConformance } from "./conformance/conformance.ts";
import { judge, readKnownFailures } from "./conformance/known-failures.ts";
import {
  BASELINE_FILE,
  RESULTS_FILE,
  readScores,
  renderTable,
  resultsMarkdown,
  type Scores,
  scoreOf,
  writeScores,
} from "./conformance/results.ts";
import { findSuite, pickUnits, SuiteMissing, unitsOf } from "./conformance/suite.ts";
import type { UnitResult } from "./conformance/unit-run.ts";
import { withSection } from "./docs.ts";

const PAGE = fileURLToPath(new URL("../docs/compatibility.md", import.meta.url));
const UNIT_LIMIT_SECONDS = 1800;

/** The page with its generated sections as they should be. */
export function compatibilityPage(page: string): string {
  const sections = [
    { name: "conformance", render: () => resultsMarkdown(readScores(RESULTS_FILE), readScores(BASELINE_FILE)) },
    { name: "differences", render: differencesMarkdown },
  ];
  return sections.reduce((text, section) => withSection(text, { page: "docs/compatibility.md", ...section }), page);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      suite: { type: "string" },
      server: { type: "string" },
      jobs: { type: "string", default: "1" },
      out: { type: "string" },
      only: { type: "string", multiple: true, default: [] },
      tags: { type: "string" },
      timeout: { type: "string", default: "120" },
      list: { type: "boolean", default: false },
      docs: { type: "boolean", default: false },
      pages: { type: "boolean", default: false },
      baseline: { type: "boolean", default: false },
    },
  });
  if (values.pages) {
    writePage();
    return 0;
  }
  if (findProgram("tclsh") === undefined) throw new SuiteMissing("the suite needs tclsh, which is not installed");
  const suite = findSuite(values.suite, true);
  const units = pickUnits(unitsOf(suite), positionals);
  if (values.list) {
    console.log(units.join("\n"));
    return 0;
  }
  const out = resolve(values.out ?? mkdtempSync(join(tmpdir(), "conformance-results-")));
  const results = await runConformance(units, {
    suite,
    server: serverCommand(values.server),
    findTool: findProgram,
    jobs: Number(values.jobs),
    out,
    idleLimitSeconds: Number(values.timeout),
    limitSeconds: UNIT_LIMIT_SECONDS,
    runnerArguments: [
      ...values.only.flatMap((name) => ["--only", name]),
      ...(values.tags === undefined ? [] : ["--tags", values.tags]),
    ],
    onUnit: printUnit,
  });
  const scores: Scores = new Map(results.map((result) => [result.unit, scoreOf(result)]));
  if (values.baseline) keep(BASELINE_FILE, "What Redis 7.0.15 passes itself, of each unit.", scores);
  console.log(`\n${renderTable(scores, readScores(BASELINE_FILE))}\nfailures: ${join(out, "failures.txt")}`);
  if (values.docs) {
    keep(RESULTS_FILE, "What Redpoll passes, of each unit when it was run last.", scores);
    writePage();
  }
  return tellNews(results);
}

function writePage(): void {
  writeFileSync(PAGE, compatibilityPage(readFileSync(PAGE, "utf8")));
}

/** A command line's words; by default the bundle, built anew. */
function serverCommand(told: string | undefined): readonly string[] {
  if (told === undefined) {
    const [program, ...args] = BUILD_COMMAND;
    execFileSync(program, args, { stdio: "inherit" });
    return SERVER_COMMANDS.node20;
  }
  const [program, ...args] = told.split(/\s+/);
  const path = findProgram(program) ?? program;
  return [path.includes("/") ? resolve(path) : path, ...args];
}

function printUnit(result: UnitResult): void {
  const { passed, failed, skipped } = scoreOf(result);
  const figures = [`${passed} ok`, `${failed} failed`, `${skipped} skipped`].map((text) => text.padStart(12)).join("");
  console.log(`${result.unit.padEnd(40)}${figures}  ${result.seconds.toFixed(1).padStart(7)} s  ${result.status}`);
}

function keep(path: string, about: string, scores: Scores): void {
  writeScores(path, about, new Map([...readScores(path), ...scores]));
}

function tellNews(results: readonly UnitResult[]): number {
  const list = readKnownFailures();
  const baseline = readScores(BASELINE_FILE);
  const verdicts = results.map((result) => judge(result, list, baseline.get(result.unit)));
  for (const { unit, test } of verdicts.flatMap(({ outdated }) => outdated)) {
    console.log(`known failure that passes: ${unit}: ${test}`);
  }
  const news = verdicts.flatMap((verdict) => verdict.news);
  if (news.length > 0) console.log(`\nnot in known-failures.tsv:\n${news.join("\n")}`);
  return news.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof SuiteMissing)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}

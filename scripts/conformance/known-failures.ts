/**
 * Failures that are known, with the reason (`known-failures.tsv`): what is missing, or what a server of this kind does
 * not have. A failure that is not on the list is news.
 *
 * A line is `unit`, `test` and `message`, each a pattern in which `*` stands for anything, and the reason. An exact line
 * whose test passes is out of date, which is told. The message `-` names a test that its unit leaves out by itself.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { notRun, scoreOf, type UnitScore } from "./results.ts";
import type { TestResult } from "./runner-output.ts";
import type { UnitResult } from "./unit-run.ts";

const LEFT_OUT = "-";
const LIST_FILE = fileURLToPath(new URL("known-failures.tsv", import.meta.url));

export interface KnownFailure {
  readonly unit: string;
  readonly test: string;
  readonly message: string;
  readonly reason: string;
}

export function readKnownFailures(text: string = readFileSync(LIST_FILE, "utf8")): KnownFailure[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line, index) => {
      const [unit, test, message, reason] = line.split("\t");
      if (reason === undefined || reason === "")
        throw new Error(`known-failures.tsv: entry ${index + 1} has no reason`);
      return { unit, test, message, reason };
    });
}

export interface Verdict {
  /** Failures that nobody knows of, and tests that were not run without a known reason. */
  readonly news: readonly string[];
  /** Entries whose test passes. */
  readonly outdated: readonly KnownFailure[];
}

/** Judges a unit by the list. @param baseline what Redis passes in it. */
export function judge(result: UnitResult, list: readonly KnownFailure[], baseline: UnitScore | undefined): Verdict {
  const { unit, tests } = result;
  const news = tests
    .filter(({ status }) => status === "err" || status === "exception")
    .filter((test) => !list.some((known) => knows(known, unit, test)))
    .map(({ status, name, details }) => [`${unit} [${status}] ${name}`, ...shown(details)].join("\n    "));
  const leftOut = tests.filter((test) => test.status === "skip" && list.some((known) => knows(known, unit, test)));
  const names = new Set(tests.map(({ name }) => name));
  const absent = list.filter(({ unit: of, test, message }) => of === unit && message === LEFT_OUT && !names.has(test));
  const missing = notRun(scoreOf(result), baseline) - leftOut.length - absent.length;
  // A failure hides the tests within it, an exception those behind it: they are known where it is.
  const explainsTheRest = list.some(
    (known) => matches(known.unit, unit) && known.test === "*" && known.message === "*",
  );
  const isExplained =
    explainsTheRest || (news.length === 0 && tests.some(({ status }) => status === "err" || status === "exception"));
  if (missing > 0 && !isExplained)
    news.push(`${unit}: ${missing} tests that Redis passes were not run (${result.status})`);
  const passed = new Set(tests.filter(({ status }) => status === "ok").map(({ name }) => name));
  const failed = new Set(tests.filter(({ status }) => status === "err").map(({ name }) => name));
  const outdated = list.filter((known) => known.unit === unit && passed.has(known.test) && !failed.has(known.test));
  return { news, outdated };
}

/** Lines of a failure's details worth showing in a list. */
const SHOWN_DETAILS = 4;

function shown(details: readonly string[]): string[] {
  return details.filter((line) => line.trim() !== "").slice(0, SHOWN_DETAILS);
}

function knows(known: KnownFailure, unit: string, { name, details }: TestResult): boolean {
  return matches(known.unit, unit) && matches(known.test, name) && matches(known.message, [name, ...details].join(" "));
}

/** `*` stands for anything, also for nothing. Names of commands come as each test writes them: case makes no difference. */
function matches(pattern: string, text: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "is").test(text);
}

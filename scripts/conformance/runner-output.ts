/** Reads what the suite's runner prints: a line for every test, details behind those that fail, how it came to its end. */

export type TestStatus = "ok" | "err" | "exception" | "skip";

export interface TestResult {
  readonly status: TestStatus;
  readonly name: string;
  /** What the runner printed about a failure. */
  readonly details: readonly string[];
}

/**
 * - `done`: the unit has run to its end;
 * - `exception`: something outside a test went wrong, and the rest of the unit was not run;
 * - `timeout`: a test made no progress; `limit`: the unit took too long; `crash`: the runner itself ended early.
 */
export type UnitStatus = "done" | "exception" | "timeout" | "limit" | "crash";

export interface UnitOutput {
  readonly tests: readonly TestResult[];
  readonly status: Exclude<UnitStatus, "limit">;
  /** Tests in progress when time ran out. */
  readonly hanging: readonly string[];
}

const DETAILS_MAX = 40;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the runner colours its output.
const COLOURS = /\x1b\[[0-9;]*m/g;

export function parseRunnerOutput(text: string): UnitOutput {
  const tests: { status: TestStatus; name: string; details: string[] }[] = [];
  const hanging: string[] = [];
  let isDone = false;
  let hasTimedOut = false;
  for (const line of text.replaceAll(COLOURS, "").split("\n")) {
    // The summary at the end says the failures again.
    if (/^(\*\*\* \[|!!! WARNING|\s+The End)/.test(line)) break;
    if (/\bdone\]: \S+ \(\d+ seconds\)/.test(line)) {
      isDone = true;
      continue;
    }
    const [, mark, rest] = /\[(ok|err|exception|skip|ignore|TIMEOUT)\]: ?(.*)$/.exec(line) ?? [];
    if (mark === undefined) {
      const [, name] = /=> \(IN PROGRESS\) (.*)$/.exec(line) ?? [];
      const last = tests[tests.length - 1];
      if (name !== undefined && hasTimedOut) hanging.push(name);
      else if (
        last !== undefined &&
        last.status !== "ok" &&
        last.status !== "skip" &&
        last.details.length < DETAILS_MAX
      ) {
        last.details.push(line);
      }
      continue;
    }
    if (mark === "TIMEOUT") hasTimedOut = true;
    else tests.push({ status: statusOf(mark), name: nameOf(mark, rest), details: [] });
  }
  const hasException = tests.some(({ status }) => status === "exception");
  const status = hasTimedOut ? "timeout" : hasException ? "exception" : isDone ? "done" : "crash";
  return { tests, status, hanging };
}

function statusOf(mark: string): TestStatus {
  return mark === "ok" || mark === "err" || mark === "exception" ? mark : "skip";
}

function nameOf(mark: string, rest: string): string {
  if (mark === "ok") return rest.replace(/ \(\d+ ms\)\s*$/, "");
  return mark === "err" ? rest.replace(/ in tests\/\S+\.tcl\s*$/, "") : rest;
}

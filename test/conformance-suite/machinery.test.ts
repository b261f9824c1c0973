/** How the runner of the original suite reads, judges and counts, without the suite. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { judge, readKnownFailures } from "../../scripts/conformance/known-failures.ts";
import { notRun, renderTable, resultsMarkdown, scoreOf } from "../../scripts/conformance/results.ts";
import { parseRunnerOutput } from "../../scripts/conformance/runner-output.ts";
import { pickUnits } from "../../scripts/conformance/suite.ts";
import type { UnitResult } from "../../scripts/conformance/unit-run.ts";
import { compatibilityPage } from "../../scripts/conformance.ts";

const OUTPUT = `Testing unit/example
\x1b[32m[ok]\x1b[0m: first test (3 ms)
[ok]: name (with parentheses) (12 ms)
[err]: second test in tests/unit/example.tcl
Expected 1 to be equal to '2' (context: type eval line 3 cmd {x} proc ::test)
[skip]: large memory flag not provided: third test
[ignore]: not for these tags
[1/1 done]: unit/example (2 seconds)

                   The End

!!! WARNING The following tests failed:

*** [err]: second test in tests/unit/example.tcl
`;

function unitOf(output: string): UnitResult {
  const { tests, status } = parseRunnerOutput(output);
  return { unit: "unit/example", tests, status, seconds: 1 };
}

test("the runner's output becomes tests", () => {
  const { tests, status, hanging } = parseRunnerOutput(OUTPUT);
  expect(tests.map(({ status, name }) => `${status} ${name}`)).toEqual([
    "ok first test",
    "ok name (with parentheses)",
    "err second test",
    "skip large memory flag not provided: third test",
    "skip not for these tags",
  ]);
  expect(tests[2].details[0]).toContain("Expected 1");
  expect(status).toBe("done");
  expect(hanging).toEqual([]);
});

test("a unit that does not come to its end is told from one that does", () => {
  const cut = (text: string): string => text.slice(0, text.indexOf("[1/1 done]"));
  expect(parseRunnerOutput(cut(OUTPUT)).status).toBe("crash");
  expect(parseRunnerOutput(`${cut(OUTPUT)}[exception]: Executing test client: ERR unknown command 'x'.\n`).status).toBe(
    "exception",
  );
  const hung = parseRunnerOutput(
    `${cut(OUTPUT)}[TIMEOUT]: clients state report follows.\nsock5 => (IN PROGRESS) slow one\n`,
  );
  expect(hung.status).toBe("timeout");
  expect(hung.hanging).toEqual(["slow one"]);
});

test("failures are news unless they are on the list, and so is what was not run", () => {
  const list = (text: string) => readKnownFailures(`# comment\n${text}`);
  const baseline = { passed: 3, failed: 0, skipped: 2 };
  const unit = unitOf(OUTPUT);
  expect(judge(unit, [], baseline).news).toEqual([
    expect.stringContaining("unit/example [err] second test\n    Expected 1"),
  ]);
  expect(judge(unit, list("unit/example\tsecond test\t*\tit waits"), baseline).news).toEqual([]);
  expect(judge(unit, list("*\t*\t*be equal to*\tit waits"), baseline).news).toEqual([]);
  expect(judge(unit, list("unit/other\t*\t*\tit waits"), baseline).news).toHaveLength(1);
  const passing = unitOf(OUTPUT.replace("[err]: second test in tests/unit/example.tcl", "[ok]: second test (1 ms)"));
  expect(judge(passing, [], { ...baseline, passed: 9 }).news).toEqual([
    "unit/example: 6 tests that Redis passes were not run (done)",
  ]);
  expect(judge(unit, list("unit/example\tfirst test\t*\tit waits"), baseline).outdated).toHaveLength(1);
  expect(() => list("unit/example\tfirst test\t*")).toThrow("no reason");
});

test("what an exception hides is known where the exception is", () => {
  const unit = unitOf("[ok]: first (1 ms)\n[exception]: Executing test client: ERR unknown command 'x'.\n");
  const baseline = { passed: 20, failed: 0, skipped: 0 };
  expect(judge(unit, readKnownFailures("*\t*\t*unknown command*\tit waits"), baseline).news).toEqual([]);
  expect(judge(unit, [], baseline).news).toHaveLength(2);
  expect(notRun(scoreOf(unit), baseline)).toBe(18);
});

test("units are picked by name, glob and folder", () => {
  const units = ["integration/aof", "unit/info", "unit/info-command", "unit/type/hash", "unit/type/set"];
  expect(pickUnits(units, [])).toEqual(units);
  expect(pickUnits(units, ["unit/info"])).toEqual(["unit/info"]);
  expect(pickUnits(units, ["unit/info*", "unit/info"])).toEqual(["unit/info", "unit/info-command"]);
  expect(pickUnits(units, ["type"])).toEqual(["unit/type/hash", "unit/type/set"]);
  expect(pickUnits(units, ["integration"])).toEqual(["integration/aof"]);
  expect(() => pickUnits(units, ["unit/nosuch"])).toThrow("no such unit");
});

test("tables count no unit for more than Redis passes in it", () => {
  const scores = new Map([["unit/type/set", { passed: 12, failed: 1, skipped: 0 }]]);
  const baseline = new Map([
    ["unit/type/set", { passed: 10, failed: 0, skipped: 0 }],
    ["unit/scan", { passed: 5, failed: 0, skipped: 0 }],
  ]);
  expect(renderTable(scores, baseline)).toContain("10 of 10 (100.0 %)");
  expect(resultsMarkdown(scores, baseline)).toContain("| sets | 10 | 10 |  |");
  expect(resultsMarkdown(scores, baseline)).toContain("| **all** | **10** | **15** | |");
});

test("docs/compatibility.md shows what is known", () => {
  const page = readFileSync(new URL("../../docs/compatibility.md", import.meta.url), "utf8");
  expect(compatibilityPage(page), "run node scripts/conformance.ts --pages").toBe(page);
});

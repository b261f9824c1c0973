/**
 * A part of Redis's own test suite against Redpoll, as far as it fits into a test run. All of it by hand:
 * `npm run conformance`. A unit fails when a test of it fails that is not in scripts/conformance/known-failures.tsv.
 *
 * Needs tclsh and the source of Redis, which is looked for in `REDIS_SUITE` and in the cache that `npm run conformance`
 * fills; with `REDIS_SUITE_FETCH=1` it is fetched.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runConformance } from "../../scripts/conformance/conformance.ts";
import { judge, readKnownFailures } from "../../scripts/conformance/known-failures.ts";
import { BASELINE_FILE, readScores } from "../../scripts/conformance/results.ts";
import { findSuite, SuiteMissing } from "../../scripts/conformance/suite.ts";
import type { UnitResult } from "../../scripts/conformance/unit-run.ts";
import { findProgram, missingOracle } from "../oracle.ts";
import { prepare } from "../wire/suite.ts";
import { SERVER_COMMANDS } from "../wire/targets.ts";

/** Longest first, so that two at a time end together. */
const UNITS = [
  ...["unit/expire", "unit/type/string", "unit/introspection", "unit/scan", "unit/other", "unit/introspection-2"],
  ...["unit/multi", "unit/auth", "unit/querybuf", "unit/keyspace", "unit/protocol", "unit/info", "unit/type/set"],
  ...["unit/type/incr", "unit/info-command", "unit/quit"],
];
const JOBS = 2;
/** These only end what hangs. */
const IDLE_LIMIT_SECONDS = 300;
const UNIT_LIMIT_SECONDS = 900;
const LIMIT_MS = 3_600_000;

const { suite, missing } = lookForSuite();

function lookForSuite(): { suite: string; missing: string | undefined } {
  const tools = missingOracle("tclsh") ?? missingOracle("redis-cli");
  if (tools !== undefined) return { suite: "", missing: tools };
  try {
    return { suite: findSuite(undefined, process.env.REDIS_SUITE_FETCH === "1"), missing: undefined };
  } catch (error) {
    if (!(error instanceof SuiteMissing)) throw error;
    return { suite: "", missing: error.message };
  }
}

describe("the original suite", () => {
  const out = mkdtempSync(join(tmpdir(), "conformance-test-"));
  const results = new Map<string, UnitResult>();
  const list = readKnownFailures();
  const baseline = readScores(BASELINE_FILE);

  beforeAll(async () => {
    if (missing !== undefined) return;
    await prepare("node20");
    const all = await runConformance(UNITS, {
      suite,
      server: SERVER_COMMANDS.node20,
      findTool: findProgram,
      jobs: JOBS,
      out,
      idleLimitSeconds: IDLE_LIMIT_SECONDS,
      limitSeconds: UNIT_LIMIT_SECONDS,
      runnerArguments: [],
    });
    for (const result of all) results.set(result.unit, result);
  }, LIMIT_MS);

  afterAll(() => rmSync(out, { recursive: true, force: true }));

  for (const unit of [...UNITS].sort()) {
    test(unit, (context) => {
      context.skip(missing !== undefined, missing);
      const result = results.get(unit);
      expect(result).toBeDefined();
      const { news, outdated } = judge(result as UnitResult, list, baseline.get(unit));
      for (const { test: name } of outdated) console.log(`known failure that passes: ${unit}: ${name}`);
      expect(news.join("\n")).toBe("");
    });
  }
});

/** What COMMAND says about the HyperLogLog commands, beside a real Redis. */
import { beforeAll, describe, expect, test } from "vitest";
import { HYPERLOGLOG_ROWS } from "../../src/commands/hyperloglog/rows.ts";
import { missingOracle } from "../oracle.ts";
import { RowComparison } from "./row-comparison.ts";

test("the family is complete", () => {
  expect(HYPERLOGLOG_ROWS.map((row) => row.name).sort()).toEqual("pfadd pfcount pfdebug pfmerge pfselftest".split(" "));
  for (const row of HYPERLOGLOG_ROWS) expect(row.summary).toMatch(/^[A-Z].*\.$/);
});

describe.skipIf(missingOracle() !== undefined)("beside a real Redis", () => {
  let comparison: RowComparison;
  beforeAll(async () => {
    comparison = await RowComparison.of(HYPERLOGLOG_ROWS);
  });

  test.each(HYPERLOGLOG_ROWS.map((row) => [row.name, row] as const))("%s", (_name, row) => comparison.expectSame(row));
});

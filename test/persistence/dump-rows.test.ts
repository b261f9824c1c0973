/** What COMMAND says about DUMP and RESTORE, beside a real Redis. */
import { beforeAll, describe, expect, test } from "vitest";
import { dumpRows } from "../../src/persistence/dump-rows.ts";
import { RowComparison } from "../commands/row-comparison.ts";
import { missingOracle } from "../oracle.ts";

const rows = dumpRows(() => {
  throw new Error("no command runs here");
});

test("the family is complete", () => {
  expect(rows.map((row) => row.name)).toEqual(["dump", "restore", "restore-asking"]);
});

describe.skipIf(missingOracle() !== undefined)("beside a real Redis", () => {
  let comparison: RowComparison;
  beforeAll(async () => {
    comparison = await RowComparison.of(rows);
  });

  test.each(rows.map((row) => [row.name, row] as const))("%s", (_name, row) => comparison.expectSame(row));
});

/** What COMMAND says about the commands on bits, beside a real Redis. */
import { beforeAll, describe, expect, test } from "vitest";
import { BITS_ROWS } from "../../src/commands/bits/rows.ts";
import { missingOracle } from "../oracle.ts";
import { RowComparison } from "./row-comparison.ts";

test("the family is complete", () => {
  expect(BITS_ROWS.map((row) => row.name).sort()).toEqual(
    "bitcount bitfield bitfield_ro bitop bitpos getbit setbit".split(" "),
  );
  for (const row of BITS_ROWS) expect(row.summary).toMatch(/^[A-Z].*\.$/);
});

describe.skipIf(missingOracle() !== undefined)("beside a real Redis", () => {
  let comparison: RowComparison;
  beforeAll(async () => {
    comparison = await RowComparison.of(BITS_ROWS);
  });

  test.each(BITS_ROWS.map((row) => [row.name, row] as const))("%s", (_name, row) => comparison.expectSame(row));
});

/** What COMMAND says about the set commands, beside a real Redis. */
import { beforeAll, describe, expect, test } from "vitest";
import { SET_ROWS } from "../../src/commands/set/rows.ts";
import { missingOracle } from "../oracle.ts";
import { RowComparison } from "./row-comparison.ts";

test("the family is complete", () => {
  expect(SET_ROWS.map((row) => row.name).sort()).toEqual(
    (
      "sadd scard sdiff sdiffstore sinter sintercard sinterstore sismember smembers smismember smove spop " +
      "srandmember srem sscan sunion sunionstore"
    ).split(" "),
  );
  for (const row of SET_ROWS) expect(row.summary).toMatch(/^[A-Z].*\.$/);
});

describe.skipIf(missingOracle() !== undefined)("beside a real Redis", () => {
  let comparison: RowComparison;
  beforeAll(async () => {
    comparison = await RowComparison.of(SET_ROWS);
  });

  test.each(SET_ROWS.map((row) => [row.name, row] as const))("%s", (_name, row) => comparison.expectSame(row));
});

/** What COMMAND says about the list commands, beside a real Redis. */
import { beforeAll, describe, expect, test } from "vitest";
import { LIST_ROWS } from "../../src/commands/list/rows.ts";
import { missingOracle } from "../oracle.ts";
import { RowComparison } from "./row-comparison.ts";

test("the family is complete", () => {
  expect(LIST_ROWS.map((row) => row.name).sort()).toEqual(
    (
      "blmove blmpop blpop brpop brpoplpush lindex linsert llen lmove lmpop lpop lpos lpush lpushx lrange lrem lset " +
      "ltrim rpop rpoplpush rpush rpushx"
    ).split(" "),
  );
  for (const row of LIST_ROWS) expect(row.summary).toMatch(/^[A-Z].*\.$/);
});

describe.skipIf(missingOracle() !== undefined)("beside a real Redis", () => {
  let comparison: RowComparison;
  beforeAll(async () => {
    comparison = await RowComparison.of(LIST_ROWS);
  });

  test.each(LIST_ROWS.map((row) => [row.name, row] as const))("%s", (_name, row) => comparison.expectSame(row));
});

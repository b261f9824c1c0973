/** What COMMAND says about the string commands, beside a real Redis. */
import { beforeAll, describe, expect, test } from "vitest";
import { STRING_ROWS } from "../../src/commands/string/rows.ts";
import { missingOracle } from "../oracle.ts";
import { RowComparison } from "./row-comparison.ts";

test("the family is complete", () => {
  expect(STRING_ROWS.map((row) => row.name).sort()).toEqual(
    (
      "append decr decrby get getdel getex getrange getset incr incrby incrbyfloat lcs mget mset msetnx psetex set " +
      "setex setnx setrange strlen substr"
    ).split(" "),
  );
  for (const row of STRING_ROWS) expect(row.summary).toMatch(/^[A-Z].*\.$/);
});

describe.skipIf(missingOracle() !== undefined)("beside a real Redis", () => {
  let comparison: RowComparison;
  beforeAll(async () => {
    comparison = await RowComparison.of(STRING_ROWS);
  });

  test.each(STRING_ROWS.map((row) => [row.name, row] as const))("%s", (_name, row) => comparison.expectSame(row));
});

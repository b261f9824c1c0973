/** What COMMAND says about the hash commands, beside a real Redis. */
import { beforeAll, describe, expect, test } from "vitest";
import { HASH_ROWS } from "../../src/commands/hash/rows.ts";
import { missingOracle } from "../oracle.ts";
import { RowComparison } from "./row-comparison.ts";

test("the family is complete", () => {
  expect(HASH_ROWS.map((row) => row.name).sort()).toEqual(
    (
      "hdel hexists hget hgetall hincrby hincrbyfloat hkeys hlen hmget hmset hrandfield hscan hset hsetnx hstrlen " +
      "hvals"
    ).split(" "),
  );
  for (const row of HASH_ROWS) expect(row.summary).toMatch(/^[A-Z].*\.$/);
});

describe.skipIf(missingOracle() !== undefined)("beside a real Redis", () => {
  let comparison: RowComparison;
  beforeAll(async () => {
    comparison = await RowComparison.of(HASH_ROWS);
  });

  test.each(HASH_ROWS.map((row) => [row.name, row] as const))("%s", (_name, row) => comparison.expectSame(row));
});

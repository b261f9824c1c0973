/** What COMMAND says about the sorted set commands, beside a real Redis. */
import { beforeAll, describe, expect, test } from "vitest";
import { ZSET_ROWS } from "../../src/commands/zset/rows.ts";
import { missingOracle } from "../oracle.ts";
import { RowComparison } from "./row-comparison.ts";

test("the family is complete", () => {
  expect(ZSET_ROWS.map((row) => row.name).sort()).toEqual(
    (
      "bzmpop bzpopmax bzpopmin zadd zcard zcount zdiff zdiffstore zincrby zinter zintercard zinterstore zlexcount " +
      "zmpop zmscore zpopmax zpopmin zrandmember zrange zrangebylex zrangebyscore zrangestore zrank zrem " +
      "zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan " +
      "zscore zunion zunionstore"
    ).split(" "),
  );
  for (const row of ZSET_ROWS) expect(row.summary).toMatch(/^[A-Z].*\.$/);
});

describe.skipIf(missingOracle() !== undefined)("beside a real Redis", () => {
  let comparison: RowComparison;
  beforeAll(async () => {
    comparison = await RowComparison.of(ZSET_ROWS);
  });

  test.each(ZSET_ROWS.map((row) => [row.name, row] as const))("%s", (_name, row) => comparison.expectSame(row));
});

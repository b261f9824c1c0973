/** What COMMAND says about the hash commands, beside a real Redis. */
import { beforeAll, describe, expect, test } from "vitest";
import { HASH_ROWS } from "../../src/commands/hash/rows.ts";
import { isNewer } from "../differential/generator.ts";
import { missingOracle } from "../oracle.ts";
import { RowComparison } from "./row-comparison.ts";

test("the family is complete", () => {
  expect(HASH_ROWS.map((row) => row.name).sort()).toEqual(
    (
      "hdel hexists hexpire hexpireat hexpiretime hget hgetall hgetdel hgetex hincrby hincrbyfloat hkeys hlen hmget " +
      "hmset hpersist hpexpire hpexpireat hpexpiretime hpttl hrandfield hscan hset hsetex hsetnx hstrlen httl hvals"
    ).split(" "),
  );
  for (const row of HASH_ROWS) expect(row.summary).toMatch(/^[A-Z].*\.$/);
});

/** Those that the oracle knows too. */
const KNOWN = HASH_ROWS.filter(({ since }) => !isNewer(since));

describe.skipIf(missingOracle() !== undefined)("beside a real Redis", () => {
  let comparison: RowComparison;
  beforeAll(async () => {
    comparison = await RowComparison.of(KNOWN);
  });

  test.each(KNOWN.map((row) => [row.name, row] as const))("%s", (_name, row) => comparison.expectSame(row));
});

/** What COMMAND says about the geo commands, beside a real Redis. */
import { beforeAll, describe, expect, test } from "vitest";
import { GEO_ROWS } from "../../src/commands/geo/rows.ts";
import { missingOracle } from "../oracle.ts";
import { RowComparison } from "./row-comparison.ts";

test("the family is complete", () => {
  expect(GEO_ROWS.map((row) => row.name).sort()).toEqual(
    (
      "geoadd geodist geohash geopos georadius georadius_ro georadiusbymember georadiusbymember_ro geosearch " +
      "geosearchstore"
    ).split(" "),
  );
  for (const row of GEO_ROWS) expect(row.summary).toMatch(/^[A-Z].*\.$/);
});

describe.skipIf(missingOracle() !== undefined)("beside a real Redis", () => {
  let comparison: RowComparison;
  beforeAll(async () => {
    comparison = await RowComparison.of(GEO_ROWS);
  });

  test.each(GEO_ROWS.map((row) => [row.name, row] as const))("%s", (_name, row) => comparison.expectSame(row));
});

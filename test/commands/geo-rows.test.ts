/** What COMMAND says about the geo commands, beside a real Redis. */
import { GEO_ROWS } from "../../src/commands/geo/rows.ts";
import { testFamily } from "./row-comparison.ts";

testFamily(
  GEO_ROWS,
  "geoadd geodist geohash geopos georadius georadius_ro georadiusbymember georadiusbymember_ro geosearch " +
    "geosearchstore",
);

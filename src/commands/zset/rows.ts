import type { CommandRow } from "../spec.ts";
import { COMBINE_ROWS } from "./combine-rows.ts";
import { POP_ROWS } from "./pop-rows.ts";
import { RANGE_ROWS } from "./range-rows.ts";
import { READ_ROWS } from "./read-rows.ts";
import { WRITE_ROWS } from "./write-rows.ts";

/** Commands on sorted sets. */
export const ZSET_ROWS: readonly CommandRow[] = [
  ...WRITE_ROWS,
  ...POP_ROWS,
  ...READ_ROWS,
  ...RANGE_ROWS,
  ...COMBINE_ROWS,
];

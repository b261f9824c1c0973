/** Commands on string values. */
import type { CommandRow } from "../spec.ts";
import { COUNTER_ROWS } from "./counter-rows.ts";
import { READ_ROWS } from "./read-rows.ts";
import { WRITE_ROWS } from "./write-rows.ts";

export const STRING_ROWS: readonly CommandRow[] = [...READ_ROWS, ...WRITE_ROWS, ...COUNTER_ROWS];

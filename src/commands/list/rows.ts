import type { CommandRow } from "../spec.ts";
import { BLOCKING_ROWS } from "./blocking-rows.ts";
import { POP_ROWS } from "./pop-rows.ts";
import { READ_ROWS } from "./read-rows.ts";
import { WRITE_ROWS } from "./write-rows.ts";

/** Commands on lists. */
export const LIST_ROWS: readonly CommandRow[] = [...WRITE_ROWS, ...POP_ROWS, ...BLOCKING_ROWS, ...READ_ROWS];

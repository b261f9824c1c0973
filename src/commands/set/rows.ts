import type { CommandRow } from "../spec.ts";
import { ALGEBRA_ROWS } from "./algebra-rows.ts";
import { READ_ROWS } from "./read-rows.ts";
import { WRITE_ROWS } from "./write-rows.ts";

/** Commands on sets. */
export const SET_ROWS: readonly CommandRow[] = [...WRITE_ROWS, ...READ_ROWS, ...ALGEBRA_ROWS];

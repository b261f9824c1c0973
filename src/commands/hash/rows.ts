import type { CommandRow } from "../spec.ts";
import { EXPIRY_ROWS } from "./expiry-rows.ts";
import { READ_ROWS } from "./read-rows.ts";
import { WRITE_ROWS } from "./write-rows.ts";

/** Commands on hashes. */
export const HASH_ROWS: readonly CommandRow[] = [...WRITE_ROWS, ...READ_ROWS, ...EXPIRY_ROWS];

/** All commands on streams. */
import type { CommandRow } from "../spec.ts";
import { GROUP_ROWS } from "./group-rows.ts";
import { INFO_ROWS } from "./info-rows.ts";
import { READ_ROWS } from "./read-rows.ts";
import { WRITE_ROWS } from "./write-rows.ts";

export const STREAM_ROWS: readonly CommandRow[] = [...WRITE_ROWS, ...READ_ROWS, ...GROUP_ROWS, ...INFO_ROWS];

/** Commands on keys of any type. */
import type { CommandRow } from "../spec.ts";
import { DATABASE_ROWS } from "./database-rows.ts";
import { EXPIRY_ROWS } from "./expiry-rows.ts";
import { KEY_ROWS } from "./key-rows.ts";
import { MOVE_ROWS } from "./move-rows.ts";
import { OBJECT_ROWS } from "./object-rows.ts";
import { SORT_ROWS } from "./sort-rows.ts";

export const GENERIC_ROWS: readonly CommandRow[] = [
  ...KEY_ROWS,
  ...MOVE_ROWS,
  ...EXPIRY_ROWS,
  ...OBJECT_ROWS,
  ...SORT_ROWS,
  ...DATABASE_ROWS,
];

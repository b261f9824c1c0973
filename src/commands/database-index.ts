import type { Context } from "./context.ts";
import { DATABASE_OUT_OF_RANGE, NOT_AN_INT32, NOT_AN_INTEGER } from "./errors.ts";

/** Reads argument `index` as the number of a database. @returns -1 when an error has been replied. */
export function readDatabaseIndex(context: Context, index: number): number {
  const number = context.integer64(index);
  if (number === null) {
    context.fail(NOT_AN_INTEGER);
  } else if (number !== (number | 0)) {
    context.fail(NOT_AN_INT32);
  } else if (number < 0 || number >= context.keyspace.databases.length) {
    context.fail(DATABASE_OUT_OF_RANGE);
  } else {
    return number;
  }
  return -1;
}

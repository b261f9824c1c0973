/** The option LIMIT as SORT and the ranges of sorted sets take it: `LIMIT offset count`. */
import { asciiBytes } from "../base/text.ts";
import type { Context } from "./context.ts";
import { NOT_AN_INTEGER } from "./errors.ts";

export const LIMIT: Uint8Array = asciiBytes("LIMIT");

/** What is wanted of a sequence. */
export interface Limited {
  /** How many come before the first that is wanted. */
  offset: number;
  /** How many are wanted at the most, negative for all. */
  limit: number;
}

/**
 * Reads offset and count, which may be of any sign, from the two arguments from `index` on.
 * @returns false when an error has been replied.
 */
export function readLimit(context: Context, index: number, request: Limited): boolean {
  const offset = context.integer64(index);
  const limit = context.integer64(index + 1);
  if (offset === null || limit === null) {
    context.fail(NOT_AN_INTEGER);
    return false;
  }
  request.offset = offset;
  request.limit = limit;
  return true;
}

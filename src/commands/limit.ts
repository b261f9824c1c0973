/** The option LIMIT as SORT and the ranges of sorted sets take it: `LIMIT offset count`. */
import { asciiBytes } from "../base/text.ts";
import type { Context } from "./context.ts";
import { readInteger } from "./integers.ts";

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
  const offset = readInteger(context, index);
  if (Number.isNaN(offset)) return false;
  const limit = readInteger(context, index + 1);
  if (Number.isNaN(limit)) return false;
  request.offset = offset;
  request.limit = limit;
  return true;
}

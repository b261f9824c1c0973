/** Integers among the arguments of list commands, with the errors of each kind. */
import { Int64, parseInt64 } from "../../base/text.ts";
import type { Context } from "../context.ts";
import { NOT_AN_INTEGER } from "../errors.ts";

const OUT_OF_RANGE = "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";
export const NOT_POSITIVE = "ERR value is out of range, must be positive";
const LEAST_HIGH = -0x80000000;

/**
 * An index into a list, or a number of elements from either end.
 * @returns the exact or, beyond 2^53, the nearest double; NaN when an error has been replied.
 */
export function readIndex(context: Context, index: number): number {
  const value = context.integer64(index);
  if (value !== null) return value;
  context.fail(NOT_AN_INTEGER);
  return Number.NaN;
}

/** As `readIndex`, of a number whose sign says from which end: the least 64-bit integer has no opposite. */
export function readDirected(context: Context, index: number): number {
  const value = new Int64();
  if (!parseInt64(context.bytes(index), context.start(index), context.length(index), value)) {
    context.fail(NOT_AN_INTEGER);
    return Number.NaN;
  }
  if (value.hi !== LEAST_HIGH || value.lo !== 0) return value.value;
  context.fail(OUT_OF_RANGE);
  return Number.NaN;
}

/**
 * As `readIndex`, of a number that must not be below a bound.
 * @param problem the error for whatever is not, or is no integer.
 */
export function readAtLeast(context: Context, index: number, least: number, problem: string): number {
  const value = context.integer64(index);
  if (value !== null && value >= least) return value;
  context.fail(problem);
  return Number.NaN;
}

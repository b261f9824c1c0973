/** 64-bit integers among the arguments, with the errors of each kind. */
import { Int64, parseInt64 } from "../base/text.ts";
import type { Context } from "./context.ts";
import { NOT_AN_INTEGER, NOT_REVERSIBLE } from "./errors.ts";

/** Upper word of the least 64-bit integer, whose lower one is 0. */
const LEAST_HIGH = -0x80000000;

/**
 * Any integer: an index, an offset.
 * @returns the exact or, beyond 2^53, the nearest double; NaN when an error has been replied.
 */
export function readInteger(context: Context, index: number): number {
  const value = context.integer64(index);
  if (value !== null) return value;
  context.fail(NOT_AN_INTEGER);
  return Number.NaN;
}

/** As `readInteger`, of a number whose sign says from which end: the least 64-bit integer has no opposite. */
export function readDirected(context: Context, index: number): number {
  const value = new Int64();
  if (!parseInt64(context.bytes(index), context.start(index), context.length(index), value)) {
    context.fail(NOT_AN_INTEGER);
    return Number.NaN;
  }
  if (!isLeast(value)) return value.value;
  context.fail(NOT_REVERSIBLE);
  return Number.NaN;
}

/** Whether an integer is the one that has no opposite. */
export function isLeast({ hi, lo }: Int64): boolean {
  return hi === LEAST_HIGH && lo === 0;
}

/**
 * As `readInteger`, of a number that must not be below a bound.
 * @param problem the error for whatever is, or is no integer.
 */
export function readAtLeast(context: Context, index: number, least: number, problem: string): number {
  const value = context.integer64(index);
  if (value !== null && value >= least) return value;
  context.fail(problem);
  return Number.NaN;
}

/** Timeouts of blocking commands. */
import { parseDouble } from "../base/double-text.ts";
import { parseLongDouble } from "../base/long-double.ts";
import type { Context } from "./context.ts";

const INT64_MAX = 2 ** 63;
/**
 * Redis multiplies in long doubles, in which 16.1 s are 16100 ms; in doubles they are 16100.000000000002. So much of a
 * product is no wish of the user's and is not rounded up to the next millisecond.
 */
const ROUNDING = 1 - 2 ** -50;

const OUT_OF_RANGE = "ERR timeout is out of range";
const NEGATIVE = "ERR timeout is negative";

/**
 * Argument `index` as a timeout in seconds with decimals.
 * @returns ms, rounded up, 0 for ever; NaN when an error has been replied.
 */
export function readTimeout(context: Context, index: number): number {
  const seconds = readSeconds(context.bytes(index), context.start(index), context.length(index));
  if (seconds === null) return refuse(context, "ERR timeout is not a float or out of range");
  const timeoutMs = seconds * 1000;
  // A negative one of less than a millisecond is none, as in Redis.
  return check(context, timeoutMs < 0 ? Math.ceil(timeoutMs) + 0 : Math.ceil(timeoutMs * ROUNDING));
}

/** What no double can hold may still be a long double, in which Redis reads: an eternity, or next to nothing. */
function readSeconds(bytes: Uint8Array, start: number, length: number): number | null {
  const seconds = parseDouble(bytes, start, length);
  if (seconds !== null) return seconds;
  const wide = parseLongDouble(bytes, start, length);
  if (wide === null) return null;
  const magnitude = wide.exponent > 0 ? Number.POSITIVE_INFINITY : Number.MIN_VALUE;
  return wide.negative ? -magnitude : magnitude;
}

/** As `readTimeout`, of a whole number of milliseconds: XREAD's BLOCK. */
export function readTimeoutMs(context: Context, index: number): number {
  const timeoutMs = context.integer64(index);
  if (timeoutMs === null) return refuse(context, "ERR timeout is not an integer or out of range");
  return check(context, timeoutMs);
}

function check(context: Context, timeoutMs: number): number {
  if (timeoutMs < 0) return refuse(context, NEGATIVE);
  if (timeoutMs > INT64_MAX - context.nowMs) return refuse(context, OUT_OF_RANGE);
  return timeoutMs;
}

function refuse(context: Context, error: string): number {
  context.fail(error);
  return Number.NaN;
}

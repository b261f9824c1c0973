import type { Context } from "./context.ts";
import { invalidExpireTime, NOT_AN_INTEGER } from "./errors.ts";

/** The latest point in time, ms, that arithmetic on 64 bits leaves to Redis; ours ends at the exact doubles. */
const WHEN_MS_MAX = Number.MAX_SAFE_INTEGER;
/** What is past need not be exact: as far as 64 bits reach. */
const PAST_MS_MIN = -(2 ** 63);
const PAST_SECONDS_MIN = -9_223_372_036_854_774;

/**
 * Reads argument `index` as a time and makes it a point in time.
 * @param unitMs 1000 for seconds, 1 for milliseconds.
 * @param relative whether it counts from now.
 * @param positiveOnly whether 0 and less are refused (SET and its kin), or mean the past (EXPIRE).
 * @returns ms since the epoch, or NaN when an error has been replied.
 */
export function readExpiryTime(
  context: Context,
  index: number,
  unitMs: number,
  relative: boolean,
  positiveOnly: boolean,
): number {
  const amount = context.integer64(index);
  if (amount === null) {
    context.fail(NOT_AN_INTEGER);
    return Number.NaN;
  }
  const whenMs = amount * unitMs + (relative ? context.nowMs : 0);
  const amountMin = unitMs === 1 ? PAST_MS_MIN : PAST_SECONDS_MIN;
  if ((positiveOnly && amount <= 0) || whenMs > WHEN_MS_MAX || amount < amountMin) {
    context.fail(invalidExpireTime(context.row.name));
    return Number.NaN;
  }
  return whenMs;
}

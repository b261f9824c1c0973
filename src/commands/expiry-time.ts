import { TIME_MS_MAX } from "../base/limits.ts";
import type { Context } from "./context.ts";
import { invalidExpireTime, NOT_AN_INTEGER } from "./errors.ts";

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/**
 * Reads argument `index` as a time and makes it a point in time. What overflows 64 bits is refused as in Redis; what
 * does not but is beyond the exact doubles (the year 287,396) is kept as the last of them.
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
  const baseMs = relative ? context.nowMs : 0;
  // A safe integer times 1000, and the time of any day with it, is below 2^63.
  const overflows = !Number.isSafeInteger(amount) && overflows64(BigInt(context.text(index)), unitMs, baseMs);
  if ((positiveOnly && amount <= 0) || overflows) {
    context.fail(invalidExpireTime(context.row.name));
    return Number.NaN;
  }
  return Math.max(-TIME_MS_MAX, Math.min(TIME_MS_MAX, amount * unitMs + baseMs));
}

/** Of the past only the change of unit can overflow. */
function overflows64(amount: bigint, unitMs: number, baseMs: number): boolean {
  const unit = BigInt(unitMs);
  return amount < INT64_MIN / unit || amount * unit > INT64_MAX - BigInt(baseMs);
}

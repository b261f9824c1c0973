/** What the commands on fields that expire have in common: `FIELDS count field …`, and times. */
import { asciiBytes } from "../../base/text.ts";
import type { HashValue } from "../../keyspace/hash-value.ts";
import type { Context } from "../context.ts";
import { invalidExpireTime, NOT_AN_INTEGER } from "../errors.ts";

export const FIELDS: Uint8Array = asciiBytes("FIELDS");
/** As in Redis: some two thousand years from 1970, in ms. */
const FIELD_TIME_MS_MAX = 2 ** 46 - 1;
export const SECOND_MS = 1000;

const NO_FIELDS = "ERR Mandatory argument FIELDS is missing or not at the right position";
const WRONG_COUNT = "ERR The `numfields` parameter must match the number of arguments";
const NEGATIVE_TIME = "ERR invalid expire time, must be >= 0";
export const COUNT_NOT_POSITIVE = "ERR Number of fields must be a positive integer";

/**
 * Reads `FIELDS count` from argument `at` on: as many fields as `count` says follow, and nothing else.
 * @param countError the error when that is no number above 0.
 * @returns the index of the first field, or the error.
 */
export function readFields(context: Context, at: number, countError: string): number | string {
  if (at >= context.argc || !context.is(at, FIELDS)) return NO_FIELDS;
  const count = at + 1 < context.argc ? context.integer64(at + 1) : null;
  if (count === null || count < 1) return countError;
  return count === context.argc - at - 2 ? at + 2 : WRONG_COUNT;
}

/**
 * Reads argument `index` as the time at which fields expire.
 * @param unitMs 1000 for seconds, 1 for milliseconds. @param baseMs what it counts from.
 * @returns ms since the epoch, or the error.
 */
export function readFieldTime(context: Context, index: number, unitMs: number, baseMs: number): number | string {
  const amount = context.integer64(index);
  if (amount === null) return NOT_AN_INTEGER;
  if (amount < 0) return NEGATIVE_TIME;
  if (amount > Math.floor(FIELD_TIME_MS_MAX / unitMs)) return invalidExpireTime(context.row.name);
  const whenMs = amount * unitMs + baseMs;
  return whenMs > FIELD_TIME_MS_MAX ? invalidExpireTime(context.row.name) : whenMs;
}

/** Looks for the field that an argument names, and points the hash's `value` at its value. */
export function findField(context: Context, hash: HashValue, index: number): boolean {
  return hash.find(context.bytes(index), context.start(index), context.length(index));
}

/** Says when the field that an argument names, and that is there, expires: 0 for never. */
export function setFieldExpiry(context: Context, hash: HashValue, index: number, whenMs: number): void {
  hash.setExpiry(context.bytes(index), context.start(index), context.length(index), whenMs);
}

/** What an element is worth to a SORT by numbers. */
import { parseDouble, parseSafeInt } from "../../base/text.ts";
import type { Span } from "../../structures/entry.ts";

const BLANK = 0x20;
const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;
/** The smallest double with all its digits: what is nearer to zero has lost some. */
const NORMAL_MIN = 2 ** -1022;

/**
 * The number that a text is, as SORT reads it: with strtod, which lets blanks in front pass, takes no text at all for 0,
 * ends at a zero byte, and refuses what a double cannot hold.
 * @returns NaN when it is none.
 */
export function sortScore({ bytes, start, length }: Span): number {
  const integer = parseSafeInt(bytes, start, length);
  if (!Number.isNaN(integer)) return integer;
  let end = start;
  while (end < start + length && bytes[end] !== 0) end++;
  if (end === start) return 0;
  let at = start;
  while (at < end && isBlank(bytes[at])) at++;
  const value = parseDouble(bytes, at, end - at);
  if (value === null || (value !== 0 && Math.abs(value) < NORMAL_MIN)) return Number.NaN;
  return value;
}

function isBlank(byte: number): boolean {
  return byte === BLANK || (byte >= TAB && byte <= CARRIAGE_RETURN);
}

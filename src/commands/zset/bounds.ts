/** The bounds of ranges by score and by member, as commands are given them. */
import { parseLongDouble } from "../../base/long-double.ts";
import { parseDouble } from "../../base/text.ts";
import {
  LEX_FIRST,
  LEX_LAST,
  LEX_MEMBER,
  type LexBound,
  type LexBounds,
  ScoreBounds,
} from "../../keyspace/zset-value-ranges.ts";
import { Span } from "../../structures/entry.ts";
import type { Context } from "../context.ts";

export const NOT_SCORES = "ERR min or max is not a float";
export const NOT_MEMBERS = "ERR min or max not valid string range item";

const PARENTHESIS = 0x28;
const BRACKET = 0x5b;
const PLUS = 0x2b;
const MINUS = 0x2d;
const BLANK = 0x20;
const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;

/** Reads `1.5`, `(1.5`, `-inf` in two arguments. @returns null when an error has been replied. */
export function readScoreBounds(context: Context, minIndex: number, maxIndex: number): ScoreBounds | null {
  const bounds = new ScoreBounds();
  bounds.minExclusive = isExclusive(context, minIndex);
  bounds.maxExclusive = isExclusive(context, maxIndex);
  const min = readScore(context, minIndex, bounds.minExclusive ? 1 : 0);
  const max = readScore(context, maxIndex, bounds.maxExclusive ? 1 : 0);
  if (min === null || max === null) {
    context.fail(NOT_SCORES);
    return null;
  }
  bounds.min = min;
  bounds.max = max;
  return bounds;
}

function isExclusive(context: Context, index: number): boolean {
  return context.length(index) > 0 && context.bytes(index)[context.start(index)] === PARENTHESIS;
}

/**
 * As C's strtod reads it, by which bounds are more than scores may be: blanks before, nothing at all for 0, and what is
 * too large or too small for a double as an infinity or 0.
 */
function readScore(context: Context, index: number, skip: number): number | null {
  const bytes = context.bytes(index);
  const end = context.start(index) + context.length(index);
  let start = context.start(index) + skip;
  if (start === end) return 0;
  while (start < end && (bytes[start] === BLANK || (bytes[start] >= TAB && bytes[start] <= CARRIAGE_RETURN))) start++;
  const score = parseDouble(bytes, start, end - start);
  if (score !== null) return score;
  const wide = parseLongDouble(bytes, start, end - start);
  if (wide === null) return null;
  const magnitude = wide.exponent > 0 ? Number.POSITIVE_INFINITY : 0;
  return wide.negative ? -magnitude : magnitude;
}

/** Reads `[member`, `(member`, `-` and `+` in two arguments. @returns null when an error has been replied. */
export function readLexBounds(context: Context, minIndex: number, maxIndex: number): LexBounds | null {
  const min = readLexBound(context, minIndex);
  const max = readLexBound(context, maxIndex);
  if (min !== null && max !== null) return { min, max };
  context.fail(NOT_MEMBERS);
  return null;
}

function readLexBound(context: Context, index: number): LexBound | null {
  const member = new Span();
  member.bytes = context.bytes(index);
  member.start = context.start(index) + 1;
  member.length = context.length(index) - 1;
  if (member.length < 0) return null;
  const first = member.bytes[member.start - 1];
  if (first === BRACKET || first === PARENTHESIS) {
    return { kind: LEX_MEMBER, member, exclusive: first === PARENTHESIS };
  }
  if (member.length > 0 || (first !== MINUS && first !== PLUS)) return null;
  return { kind: first === MINUS ? LEX_FIRST : LEX_LAST, member, exclusive: true };
}

/** What SCAN has in common with the scans of collections: cursor, COUNT, MATCH. */
import { globMatches } from "../base/glob.ts";
import { asciiBytes } from "../base/text.ts";
import type { Span } from "../structures/entry.ts";
import type { Context } from "./context.ts";
import { NOT_AN_INTEGER, SYNTAX_ERROR } from "./errors.ts";

export const MATCH: Uint8Array = asciiBytes("MATCH");
export const COUNT: Uint8Array = asciiBytes("COUNT");
const NOVALUES = asciiBytes("NOVALUES");
const STAR = 0x2a;
export const COUNT_DEFAULT = 10;
const CURSOR_MAX = 2n ** 64n - 1n;

export interface ScanOptions {
  /** Elements wanted, about. */
  count: number;
  /** Index of the argument with the pattern; 0 when everything matches. */
  pattern: number;
  /** Whether what belongs to each element is wanted too. */
  withValues: boolean;
}

/**
 * An unsigned decimal as C's strtoul reads it: nothing is 0, and a sign counts backwards from 2^64. A cursor that no
 * scan has given is as good as any other.
 * @returns -1 when it is none: then the error is replied.
 */
export function readCursor(context: Context, index: number): number {
  const text = context.text(index);
  const magnitude = /^([+-]?\d{1,40})?$/.test(text) ? BigInt(text.replace(/^[+-]/, "")) : null;
  if (magnitude === null || magnitude > CURSOR_MAX) {
    context.fail("ERR invalid cursor");
    return -1;
  }
  return Number(text.startsWith("-") ? BigInt.asUintN(64, -magnitude) : magnitude);
}

/**
 * Reads the options of a collection's scan from an argument on.
 * @param isPaired whether its elements have values, which NOVALUES leaves out.
 * @returns null when an error has been replied.
 */
export function readScanOptions(context: Context, from: number, isPaired: boolean): ScanOptions | null {
  const options: ScanOptions = { count: COUNT_DEFAULT, pattern: 0, withValues: isPaired };
  for (let index = from; index < context.argc; index++) {
    const hasValue = index + 1 < context.argc;
    if (isPaired && context.is(index, NOVALUES)) {
      options.withValues = false;
    } else if (hasValue && context.is(index, COUNT)) {
      options.count = readCount(context, ++index);
      if (options.count < 0) return null;
    } else if (hasValue && context.is(index, MATCH)) {
      options.pattern = patternAt(context, ++index);
    } else {
      context.fail(SYNTAX_ERROR);
      return null;
    }
  }
  return options;
}

/** @returns -1 when an error has been replied. */
export function readCount(context: Context, index: number): number {
  const count = context.integer64(index);
  if (count !== null && count >= 1) return count;
  context.fail(count === null ? NOT_AN_INTEGER : SYNTAX_ERROR);
  return -1;
}

/** Whether the argument is a lone star, which matches everything, the empty string too. */
export function matchesAll(context: Context, index: number): boolean {
  return context.length(index) === 1 && context.bytes(index)[context.start(index)] === STAR;
}

/** The index of the argument with a pattern, or 0 when it matches everything. */
export function patternAt(context: Context, index: number): number {
  return matchesAll(context, index) ? 0 : index;
}

/** Whether an element matches the pattern in an argument. */
export function matchesPattern(context: Context, pattern: number, { bytes, start, length }: Span): boolean {
  const patternBytes = context.bytes(pattern);
  return globMatches(patternBytes, context.start(pattern), context.length(pattern), bytes, start, length, false);
}

/** The page of a scan of nothing. */
export function replyEmptyScan({ reply }: Context): void {
  reply.arrayHeader(2);
  reply.bulkText("0");
  reply.arrayHeader(0);
}

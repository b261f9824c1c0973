/**
 * LCS: the longest common subsequence of two strings, by the textbook's dynamic programme.
 *
 *     length(i, j) = length(i−1, j−1) + 1                      where a[i−1] = b[j−1]
 *                  = max(length(i−1, j), length(i, j−1))       elsewhere
 *
 * The lengths need one row. Walking back from the end needs to know, at each pair of different bytes, whether the cell
 * above was the longer: one bit a pair, where a table of lengths takes 32. The limit on memory is nevertheless that of
 * the table which Redis would make, since it is part of what the command answers. O(N × M) time, in one turn.
 */
import { asciiBytes } from "../../base/text.ts";
import type { Handle } from "../../memory/arena.ts";
import { type Span, TYPE_STRING, typeOf } from "../../structures/entry.ts";
import { Run, StringReader } from "../../structures/string-reader.ts";
import type { Context } from "../context.ts";
import { SYNTAX_ERROR } from "../errors.ts";
import { readInteger } from "../integers.ts";

const LEN = asciiBytes("LEN");
const IDX = asciiBytes("IDX");
const MINMATCHLEN = asciiBytes("MINMATCHLEN");
const WITHMATCHLEN = asciiBytes("WITHMATCHLEN");

/** Bytes of a cell in the table that is not made. */
const CELL_BYTES = 4;

interface LcsOptions {
  lengthOnly: boolean;
  ranges: boolean;
  minimum: number;
  withLengths: boolean;
}

/** A stretch that the strings share, as positions in both; ends are inclusive. */
interface Match {
  readonly a: number;
  readonly b: number;
  readonly length: number;
}

export function lcs(context: Context): void {
  const first = context.lookupRead(1);
  const second = context.lookupRead(2);
  if (isOther(context, first) || isOther(context, second)) {
    context.fail("ERR The specified keys must contain string values");
    return;
  }
  const options = readOptions(context);
  if (options === null) return;
  if (options.lengthOnly && options.ranges) {
    context.fail("ERR If you want both the length and indexes, please just use IDX.");
    return;
  }
  const a = bytesOf(context, first);
  const b = bytesOf(context, second);
  if ((a.length + 1) * (b.length + 1) * CELL_BYTES > context.keyspace.stringBytesMax) {
    context.fail("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
    return;
  }
  const directions = options.lengthOnly ? null : new Uint8Array(Math.ceil((a.length * b.length) / 8));
  const length = lcsLength(a, b, directions);
  if (directions === null) context.reply.integer(length);
  else if (options.ranges) replyRanges(context, options, matchesOf(a, b, directions), length);
  else replySubsequence(context, a, matchesOf(a, b, directions), length);
}

function isOther(context: Context, entry: Handle): boolean {
  return entry !== 0 && typeOf(context.keyspace.arena, entry) !== TYPE_STRING;
}

/** @returns null when an error has been replied. */
function readOptions(context: Context): LcsOptions | null {
  const options: LcsOptions = { lengthOnly: false, ranges: false, minimum: 0, withLengths: false };
  for (let index = 3; index < context.argc; index++) {
    if (context.is(index, IDX)) options.ranges = true;
    else if (context.is(index, LEN)) options.lengthOnly = true;
    else if (context.is(index, WITHMATCHLEN)) options.withLengths = true;
    else if (context.is(index, MINMATCHLEN) && index + 1 < context.argc) {
      const minimum = readInteger(context, ++index);
      if (Number.isNaN(minimum)) return null;
      options.minimum = Math.max(0, minimum);
    } else {
      context.fail(SYNTAX_ERROR);
      return null;
    }
  }
  return options;
}

function bytesOf(context: Context, entry: Handle): Span {
  const run = new Run();
  if (entry === 0) return run;
  const reader = new StringReader(context.keyspace.arena).open(entry);
  reader.findWhole(0, reader.length, run);
  return run;
}

/** @param directions gets a bit for each pair of bytes: whether the way back goes on in `a`. */
function lcsLength(a: Span, b: Span, directions: Uint8Array | null): number {
  const row = new Uint32Array(b.length + 1);
  for (let i = 0; i < a.length; i++) {
    const byte = a.bytes[a.start + i];
    let diagonal = 0;
    let left = 0;
    for (let j = 0; j < b.length; j++) {
      const above = row[j + 1];
      let here: number;
      if (byte === b.bytes[b.start + j]) {
        here = diagonal + 1;
      } else if (above > left) {
        here = above;
        if (directions !== null) setBit(directions, i * b.length + j);
      } else {
        here = left;
      }
      row[j + 1] = here;
      diagonal = above;
      left = here;
    }
  }
  return row[b.length];
}

function setBit(bits: Uint8Array, index: number): void {
  bits[Math.floor(index / 8)] |= 1 << (index & 7);
}

function hasBit(bits: Uint8Array, index: number): boolean {
  return (bits[Math.floor(index / 8)] & (1 << (index & 7))) !== 0;
}

/** Walks back from the ends. @returns the stretches, the last one first. */
function matchesOf(a: Span, b: Span, directions: Uint8Array): Match[] {
  const matches: Match[] = [];
  let i = a.length;
  let j = b.length;
  while (i > 0 && j > 0) {
    let length = 0;
    while (i > 0 && j > 0 && a.bytes[a.start + i - 1] === b.bytes[b.start + j - 1]) {
      length++;
      i--;
      j--;
    }
    if (length > 0) matches.push({ a: i, b: j, length });
    else if (hasBit(directions, (i - 1) * b.length + j - 1)) i--;
    else j--;
  }
  return matches;
}

function replySubsequence(context: Context, a: Span, matches: readonly Match[], length: number): void {
  const { reply } = context;
  reply.bulkHeader(length);
  for (let index = matches.length - 1; index >= 0; index--) {
    reply.append(a.bytes, a.start + matches[index].a, matches[index].length);
  }
  reply.crlf();
}

function replyRanges(context: Context, options: LcsOptions, matches: readonly Match[], length: number): void {
  const { reply } = context;
  const shown = matches.filter((match) => match.length >= options.minimum);
  reply.mapHeader(2);
  reply.bulkText("matches");
  reply.arrayHeader(shown.length);
  for (const match of shown) {
    reply.arrayHeader(options.withLengths ? 3 : 2);
    replyRange(context, match.a, match.length);
    replyRange(context, match.b, match.length);
    if (options.withLengths) reply.integer(match.length);
  }
  reply.bulkText("len");
  reply.integer(length);
}

function replyRange(context: Context, start: number, length: number): void {
  context.reply.arrayHeader(2);
  context.reply.integer(start);
  context.reply.integer(start + length - 1);
}

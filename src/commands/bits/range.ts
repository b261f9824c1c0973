/**
 * BITCOUNT and BITPOS: bits in a range of a string, which is counted in bytes or in bits.
 *
 * A range is kept as bits, `first` and `end` (behind the last): what is not whole bytes at its edges is looked at alone,
 * and everything between run by run.
 */
import { asciiBytes, parseInt64 } from "../../base/text.ts";
import { bitsOfWord, countBits, findOtherByte, firstBitOfByte } from "../../structures/bitmap.ts";
import { TYPE_STRING } from "../../structures/entry.ts";
import type { StringReader } from "../../structures/string-reader.ts";
import type { Context } from "../context.ts";
import { WRONG_TYPE_FOUND } from "../context.ts";
import { SYNTAX_ERROR } from "../errors.ts";
import { readInteger } from "../integers.ts";

const BYTE = asciiBytes("BYTE");
const BIT = asciiBytes("BIT");
const BITS_PER_BYTE = 8;

const BAD_BIT = "ERR The bit argument must be 1 or 0.";

export function bitcount(context: Context): void {
  const entry = context.lookupTyped(1, TYPE_STRING);
  if (entry === WRONG_TYPE_FOUND) return;
  const { reply } = context;
  if (entry === 0) {
    reply.integer(0);
    return;
  }
  const reader = context.keyspace.reader.open(entry);
  const { argc } = context;
  if (argc === 2) {
    reply.integer(countRange(reader, 0, reader.length * BITS_PER_BYTE));
    return;
  }
  if (argc !== 4 && argc !== 5) {
    context.fail(SYNTAX_ERROR);
    return;
  }
  const start = readInteger(context, 2);
  const end = Number.isNaN(start) ? Number.NaN : readInteger(context, 3);
  if (Number.isNaN(end)) return;
  // Decided before the unit is looked at: a unit that makes no sense is then none.
  if (start < 0 && end < 0 && isGreater(context, 2, 3)) {
    reply.integer(0);
    return;
  }
  const unit = readUnit(context, 4);
  if (unit === 0) return;
  const length = (reader.length * BITS_PER_BYTE) / unit;
  const first = fromStart(start, length);
  const last = Math.min(fromStart(end, length), length - 1);
  reply.integer(first > last ? 0 : countRange(reader, first * unit, (last + 1) * unit));
}

export function bitpos(context: Context): void {
  const bit = readInteger(context, 2);
  if (Number.isNaN(bit)) return;
  if (bit !== 0 && bit !== 1) {
    context.fail(BAD_BIT);
    return;
  }
  const entry = context.lookupTyped(1, TYPE_STRING);
  if (entry === WRONG_TYPE_FOUND) return;
  if (entry === 0) {
    context.reply.integer(bit === 1 ? -1 : 0);
    return;
  }
  searchFor(context, context.keyspace.reader.open(entry), bit);
}

function searchFor(context: Context, reader: StringReader, bit: number): void {
  const { argc, reply } = context;
  let first = 0;
  let end = reader.length * BITS_PER_BYTE;
  if (argc > 6) {
    context.fail(SYNTAX_ERROR);
    return;
  }
  if (argc > 3) {
    const start = readInteger(context, 3);
    const unit = Number.isNaN(start) ? 0 : readUnit(context, 5);
    const stop = unit === 0 ? Number.NaN : argc > 4 ? readInteger(context, 4) : Number.POSITIVE_INFINITY;
    if (Number.isNaN(stop)) return;
    const length = end / unit;
    first = fromStart(start, length) * unit;
    end = (Math.min(fromStart(stop, length), length - 1) + 1) * unit;
  }
  if (first >= end) {
    reply.integer(-1);
    return;
  }
  const found = findInRange(reader, first, end, bit);
  // Without an end, a string is followed by zeros for ever.
  if (found === end) reply.integer(bit === 0 && argc <= 4 ? end : -1);
  else reply.integer(found);
}

/** Whether one of two integers among the arguments is greater than the other, also where their doubles are the same. */
function isGreater(context: Context, index: number, other: number): boolean {
  const { value, next } = context.keyspace.structures.bitField;
  parseInt64(context.bytes(index), context.start(index), context.length(index), value);
  parseInt64(context.bytes(other), context.start(other), context.length(other), next);
  return value.hi === next.hi ? value.lo >>> 0 > next.lo >>> 0 : value.hi > next.hi;
}

/** @returns bits of the unit that argument `index` names, bytes if there is none; 0 when an error has been replied. */
function readUnit(context: Context, index: number): number {
  if (index >= context.argc || context.is(index, BYTE)) return BITS_PER_BYTE;
  if (context.is(index, BIT)) return 1;
  context.fail(SYNTAX_ERROR);
  return 0;
}

/** An index that counts from the end if it is negative, as one that does not. */
function fromStart(index: number, length: number): number {
  return index < 0 ? Math.max(0, index + length) : index;
}

/** Ones from bit `first` up to bit `end`, which is behind it. */
function countRange(reader: StringReader, first: number, end: number): number {
  if (first >= end) return 0;
  const { run } = reader;
  const from = Math.floor(first / BITS_PER_BYTE);
  const to = Math.ceil(end / BITS_PER_BYTE);
  let count = 0;
  for (let at = from; at < to; at += run.length) {
    reader.find(at, to);
    if (!run.isConstant) count += countBits(run.bytes, run.start, run.length);
  }
  const before = first & 7;
  if (before !== 0) count -= bitsOfWord(byteOf(reader, from) & ~(0xff >> before) & 0xff);
  const behind = -end & 7;
  if (behind !== 0) count -= bitsOfWord(byteOf(reader, to - 1) & ((1 << behind) - 1));
  return count;
}

function byteOf(reader: StringReader, position: number): number {
  const { run } = reader;
  reader.find(position, position + 1);
  return run.bytes[run.start];
}

/** The first bit of this kind from bit `first` up to bit `end`, which is behind it. @returns `end` when there is none. */
function findInRange(reader: StringReader, first: number, end: number, bit: number): number {
  const { run } = reader;
  const other = bit === 1 ? 0 : 0xff;
  const to = Math.ceil(end / BITS_PER_BYTE);
  let at = Math.floor(first / BITS_PER_BYTE);
  if ((first & 7) !== 0) {
    // The bits in front of the first are made such that they are not the ones.
    const skipped = ~(0xff >> (first & 7)) & 0xff;
    const byte = byteOf(reader, at);
    const found = firstBitOfByte(bit === 1 ? byte & ~skipped : byte | skipped, bit);
    if (found < BITS_PER_BYTE) return Math.min(end, at * BITS_PER_BYTE + found);
    at++;
  }
  while (at < to) {
    reader.find(at, to);
    const isPassed = run.isConstant && bit === 1;
    const distance = isPassed ? run.length : findOtherByte(run.bytes, run.start, run.length, other);
    if (distance < run.length) {
      const found = firstBitOfByte(run.bytes[run.start + distance], bit);
      return Math.min(end, (at + distance) * BITS_PER_BYTE + found);
    }
    at += run.length;
  }
  return end;
}

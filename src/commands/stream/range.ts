/** XLEN, XRANGE and XREVRANGE. */
import { asciiBytes } from "../../base/text.ts";
import { TYPE_STREAM } from "../../structures/entry.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";
import { NOT_AN_INTEGER, SYNTAX_ERROR } from "../errors.ts";
import { readRange } from "./id-arguments.ts";
import { replyEntries } from "./reply-entry.ts";

const COUNT = asciiBytes("COUNT");
const FIRST_OPTION = 4;
const ALL = -1;

export function xlen(context: Context): void {
  const entry = context.lookupTyped(1, TYPE_STREAM);
  if (entry === WRONG_TYPE_FOUND) return;
  context.reply.integer(entry === 0 ? 0 : context.keyspace.structures.streams.open(entry).length);
}

export function xrange(context: Context): void {
  replyRange(context, 2, 3, false);
}

export function xrevrange(context: Context): void {
  replyRange(context, 3, 2, true);
}

function replyRange(context: Context, fromIndex: number, toIndex: number, isReverse: boolean): void {
  const { first: from, last: to } = context.stream;
  if (!readRange(context, fromIndex, toIndex, from, to)) return;
  const count = readCount(context);
  if (Number.isNaN(count)) return;
  const entry = context.lookupTyped(1, TYPE_STREAM);
  if (entry === WRONG_TYPE_FOUND) return;
  const { reply } = context;
  if (entry === 0) {
    reply.arrayHeader(0);
  } else if (count === 0) {
    reply.nullArray();
  } else {
    const stream = context.keyspace.structures.streams.open(entry);
    stream.range(from, to, isReverse);
    replyEntries(reply, stream, count === ALL ? 0 : count);
  }
}

/** @returns ALL unless there is a COUNT, NaN when an error has been replied. */
function readCount(context: Context): number {
  let count = ALL;
  for (let index = FIRST_OPTION; index < context.argc; index += 2) {
    const isCount = index + 1 < context.argc && context.is(index, COUNT);
    const given = isCount ? context.integer64(index + 1) : null;
    if (given === null) {
      context.fail(isCount ? NOT_AN_INTEGER : SYNTAX_ERROR);
      return Number.NaN;
    }
    count = Math.max(0, given);
  }
  return count;
}

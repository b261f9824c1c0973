/** LPOS: where an element stands. */
import { asciiBytes } from "../../base/text.ts";
import type { ListReader } from "../../keyspace/list-reader.ts";
import { TYPE_LIST } from "../../structures/entry.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";
import { SYNTAX_ERROR } from "../errors.ts";
import { readAtLeast, readDirected } from "../integers.ts";

const RANK = asciiBytes("RANK");
const COUNT = asciiBytes("COUNT");
const MAXLEN = asciiBytes("MAXLEN");

const RANK_ZERO =
  "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... " +
  "or use negative to start from the end of the list";
const COUNT_NEGATIVE = "ERR COUNT can't be negative";
const MAXLEN_NEGATIVE = "ERR MAXLEN can't be negative";

interface Search {
  /** Of the first match that counts, from 1; from the tail when negative. */
  rank: number;
  /** Matches wanted, 0 for all; null for one, which is not replied as an array. */
  count: number | null;
  /** Elements to compare at the most. */
  compareMax: number;
}

export function lpos(context: Context): void {
  const search = readSearch(context);
  if (search === null) return;
  const entry = context.lookupTyped(1, TYPE_LIST);
  if (entry === WRONG_TYPE_FOUND) return;
  const { reply } = context;
  const list = context.keyspace.structures.lists;
  if (entry === 0 || !list.open(entry).seek(search.rank < 0 ? -1 : 0)) {
    if (search.count === null) reply.nullBulk();
    else reply.arrayHeader(0);
  } else if (search.count === null) {
    if (replyMatches(context, list, search, 1) === 0) reply.nullBulk();
  } else {
    reply.deferHeader();
    reply.fillArrayHeader(replyMatches(context, list, search, search.count || Number.POSITIVE_INFINITY));
  }
}

function readSearch(context: Context): Search | null {
  const search: Search = { rank: 1, count: null, compareMax: Number.POSITIVE_INFINITY };
  for (let index = 3; index < context.argc; index += 2) {
    if (!readOption(context, index, search)) return null;
  }
  return search;
}

/** @returns false when an error has been replied. */
function readOption(context: Context, index: number, search: Search): boolean {
  const value = index + 1;
  let read = Number.NaN;
  if (value === context.argc) {
    context.fail(SYNTAX_ERROR);
  } else if (context.is(index, RANK)) {
    read = readDirected(context, value);
    search.rank = read;
    if (read === 0) context.fail(RANK_ZERO);
    if (read === 0) return false;
  } else if (context.is(index, COUNT)) {
    read = readAtLeast(context, value, 0, COUNT_NEGATIVE);
    search.count = read;
  } else if (context.is(index, MAXLEN)) {
    read = readAtLeast(context, value, 0, MAXLEN_NEGATIVE);
    search.compareMax = read || Number.POSITIVE_INFINITY;
  } else {
    context.fail(SYNTAX_ERROR);
  }
  return !Number.isNaN(read);
}

/** Replies with the indexes of up to `countMax` matches, from where the list stands. @returns how many. */
function replyMatches(context: Context, list: ListReader, search: Search, countMax: number): number {
  const { rank } = search;
  const { count } = list;
  const isBackward = rank < 0;
  const bytes = context.bytes(2);
  const start = context.start(2);
  const length = context.length(2);
  const end = Math.min(count, search.compareMax);
  let skipped = Math.abs(rank) - 1;
  let replied = 0;
  for (let at = 0; at < end && replied < countMax; at++) {
    if (at > 0) list.move(isBackward);
    const passed = list.find(bytes, start, length, isBackward, end - at);
    if (passed < 0) break;
    at += passed;
    if (skipped > 0) {
      skipped--;
      continue;
    }
    context.reply.integer(isBackward ? count - 1 - at : at);
    replied++;
  }
  return replied;
}

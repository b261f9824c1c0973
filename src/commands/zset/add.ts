/** ZADD and ZINCRBY. */
import { parseDouble } from "../../base/text.ts";
import { EVENT_ZADD, EVENT_ZINCR } from "../../keyspace/key-events.ts";
import {
  ADD_IF_ABSENT,
  ADD_IF_GREATER,
  ADD_IF_LESS,
  ADD_IF_PRESENT,
  ADD_INCREMENTS,
  ADDED,
  NOT_A_NUMBER,
  UNMET,
  UPDATED,
} from "../../keyspace/zset-value.ts";
import { TYPE_ZSET } from "../../structures/entry.ts";
import { encodedSize } from "../../structures/listpack.ts";
import type { Context } from "../context.ts";
import { NOT_A_FLOAT, SYNTAX_ERROR } from "../errors.ts";
import { ALL_OPTIONS, COUNTS_CHANGES, endOf, optionsOf, readAddOptions } from "./add-options.ts";

const NX_AND_XX = "ERR XX and NX options at the same time are not compatible";
const NX_GT_LT = "ERR GT, LT, and/or NX options at the same time are not compatible";
const ONE_INCREMENT = "ERR INCR option supports a single increment-element pair";
const SUM_NOT_A_NUMBER = "ERR resulting score is not a number (NaN)";

export function zadd(context: Context): void {
  const read = readAddOptions(context, ALL_OPTIONS);
  addPairs(context, endOf(read), optionsOf(read));
}

export function zincrby(context: Context): void {
  // Redis reads options here as well, behind which there would have to be pairs.
  const read = readAddOptions(context, ALL_OPTIONS);
  if (optionsOf(read) !== 0) context.fail(SYNTAX_ERROR);
  else addPairs(context, endOf(read), ADD_INCREMENTS);
}

/** @param first where scores and members begin. */
function addPairs(context: Context, first: number, options: number): void {
  const problem = problemOf(context, first, options);
  if (problem !== null) {
    context.fail(problem);
    return;
  }
  const handle = context.openTyped(1, TYPE_ZSET);
  if (handle === null) return;
  const isNew = handle.entry === 0;
  if (isNew && (options & ADD_IF_PRESENT) !== 0) {
    handle.close(null, 0);
    replyUnchanged(context, options);
    return;
  }
  const { argc } = context;
  const { zsets } = context.keyspace.structures;
  zsets.beginEdit(handle, (argc - first) / 2, context.length(first + 1), isNew ? packedBytes(context, first) : 0);
  let added = 0;
  let updated = 0;
  let outcome = UNMET;
  for (let index = first; index < argc; index += 2) {
    outcome = addPair(context, index, options);
    if (outcome === ADDED) added++;
    else if (outcome === UPDATED) updated++;
  }
  const { score } = zsets;
  zsets.endEdit();
  if (added + updated === 0) handle.close(null, 0);
  else handle.close((options & ADD_INCREMENTS) !== 0 ? EVENT_ZINCR : EVENT_ZADD, added + updated);
  if (outcome === NOT_A_NUMBER) context.fail(SUM_NOT_A_NUMBER);
  else if ((options & ADD_INCREMENTS) === 0) {
    context.reply.integer((options & COUNTS_CHANGES) !== 0 ? added + updated : added);
  } else if (outcome === UNMET) context.reply.nullBulk();
  else context.reply.double(score);
}

/** @returns an error, or null: nothing may be added before all scores are known to be some. */
function problemOf(context: Context, first: number, options: number): string | null {
  const count = context.argc - first;
  if (count === 0 || count % 2 === 1) return SYNTAX_ERROR;
  const isIfAbsent = (options & ADD_IF_ABSENT) !== 0;
  if (isIfAbsent && (options & ADD_IF_PRESENT) !== 0) return NX_AND_XX;
  const compared = options & (ADD_IF_GREATER | ADD_IF_LESS);
  if (compared === (ADD_IF_GREATER | ADD_IF_LESS) || (isIfAbsent && compared !== 0)) return NX_GT_LT;
  if ((options & ADD_INCREMENTS) !== 0 && count > 2) return ONE_INCREMENT;
  // Of one pair the score is read here and once more; of many too: that is cheaper than to keep them.
  for (let index = first; index < context.argc; index += 2) if (scoreAt(context, index) === null) return NOT_A_FLOAT;
  return null;
}

function addPair(context: Context, index: number, options: number): number {
  const score = scoreAt(context, index) ?? 0;
  const { zsets } = context.keyspace.structures;
  const member = index + 1;
  return zsets.add(context.bytes(member), context.start(member), context.length(member), score, options);
}

function scoreAt(context: Context, index: number): number | null {
  return parseDouble(context.bytes(index), context.start(index), context.length(index));
}

function replyUnchanged(context: Context, options: number): void {
  if ((options & ADD_INCREMENTS) !== 0) context.reply.nullBulk();
  else context.reply.integer(0);
}

/** What the pairs take in a listpack, about: scores may be written otherwise than they are kept. */
function packedBytes(context: Context, first: number): number {
  let bytes = 0;
  for (let index = first; index < context.argc; index++) {
    bytes += encodedSize(context.bytes(index), context.start(index), context.length(index));
  }
  return bytes;
}

/** What is known about single members, and how many there are. */
import { asciiBytes } from "../../base/text.ts";
import type { ZsetValue } from "../../keyspace/zset-value.ts";
import { TYPE_ZSET } from "../../structures/entry.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";
import { SYNTAX_ERROR, wrongArity } from "../errors.ts";
import { readLexBounds, readScoreBounds } from "./bounds.ts";

const WITHSCORE = asciiBytes("WITHSCORE");
const RANK_ARGUMENTS_MAX = 4;

export function zcard(context: Context): void {
  const entry = context.lookupTyped(1, TYPE_ZSET);
  if (entry === WRONG_TYPE_FOUND) return;
  context.reply.integer(entry === 0 ? 0 : context.keyspace.structures.zsets.open(entry).count);
}

export function zscore(context: Context): void {
  const entry = context.lookupTyped(1, TYPE_ZSET);
  if (entry === WRONG_TYPE_FOUND) return;
  if (entry === 0) context.reply.nullBulk();
  else replyScore(context, context.keyspace.structures.zsets.open(entry), 2);
}

export function zmscore(context: Context): void {
  const entry = context.lookupTyped(1, TYPE_ZSET);
  if (entry === WRONG_TYPE_FOUND) return;
  const { argc, reply } = context;
  const { zsets } = context.keyspace.structures;
  if (entry !== 0) zsets.open(entry);
  reply.arrayHeader(argc - 2);
  for (let index = 2; index < argc; index++) {
    if (entry === 0) reply.nullBulk();
    else replyScore(context, zsets, index);
  }
}

function replyScore(context: Context, zset: ZsetValue, index: number): void {
  if (findMember(context, zset, index)) context.reply.double(zset.score);
  else context.reply.nullBulk();
}

export function zrank(context: Context): void {
  replyRank(context, false);
}

export function zrevrank(context: Context): void {
  replyRank(context, true);
}

function replyRank(context: Context, isReversed: boolean): void {
  const { argc, reply } = context;
  const withScore = argc > 3;
  if (argc > RANK_ARGUMENTS_MAX || (withScore && !context.is(3, WITHSCORE))) {
    context.fail(argc > RANK_ARGUMENTS_MAX ? wrongArity(context.row.name) : SYNTAX_ERROR);
    return;
  }
  const entry = context.lookupTyped(1, TYPE_ZSET);
  if (entry === WRONG_TYPE_FOUND) return;
  const { zsets } = context.keyspace.structures;
  if (entry === 0 || !findMember(context, zsets.open(entry), 2)) {
    if (withScore) reply.nullArray();
    else reply.nullBulk();
    return;
  }
  const rank = zsets.rankOfFound();
  if (withScore) reply.arrayHeader(2);
  reply.integer(isReversed ? zsets.count - 1 - rank : rank);
  if (withScore) reply.double(zsets.score);
}

export function zcount(context: Context): void {
  const bounds = readScoreBounds(context, 2, 3);
  if (bounds === null) return;
  const entry = context.lookupTyped(1, TYPE_ZSET);
  if (entry === WRONG_TYPE_FOUND) return;
  context.reply.integer(entry === 0 ? 0 : context.keyspace.structures.zsets.open(entry).scoreRange(bounds).count);
}

export function zlexcount(context: Context): void {
  const bounds = readLexBounds(context, 2, 3);
  if (bounds === null) return;
  const entry = context.lookupTyped(1, TYPE_ZSET);
  if (entry === WRONG_TYPE_FOUND) return;
  context.reply.integer(entry === 0 ? 0 : context.keyspace.structures.zsets.open(entry).lexRange(bounds, false).count);
}

/** Looks for the member that an argument names. */
function findMember(context: Context, zset: ZsetValue, index: number): boolean {
  return zset.find(context.bytes(index), context.start(index), context.length(index));
}

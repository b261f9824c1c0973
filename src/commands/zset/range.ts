/**
 * ZRANGE in its unified form, the commands that it has replaced, and ZRANGESTORE. Whatever a range is given by, it
 * becomes one of ranks: an offset of a million costs no more than none.
 */
import { asciiBytes } from "../../base/text.ts";
import { EVENT_ZRANGESTORE } from "../../keyspace/key-events.ts";
import type { ZsetValue } from "../../keyspace/zset-value.ts";
import type { LexBounds, ScoreBounds } from "../../keyspace/zset-value-ranges.ts";
import { TYPE_ZSET } from "../../structures/entry.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";
import { SYNTAX_ERROR } from "../errors.ts";
import { readInteger } from "../integers.ts";
import { LIMIT, type Limited, readLimit } from "../limit.ts";
import { replyPairsHeader } from "../reply-pairs.ts";
import { readLexBounds, readScoreBounds } from "./bounds.ts";
import { replyPair } from "./reply-member.ts";
import { storeResult } from "./store.ts";

const BYSCORE = asciiBytes("BYSCORE");
const BYLEX = asciiBytes("BYLEX");
const REV = asciiBytes("REV");
const WITHSCORES = asciiBytes("WITHSCORES");

const LIMIT_BY_RANK = "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX";
const SCORES_BY_LEX = "ERR syntax error, WITHSCORES not supported in combination with BYLEX";

/** What a range is given by. */
type By = "rank" | "score" | "lex";

/** What a command leaves to its options: null for what they may say. */
interface RangeForm {
  readonly by: By | null;
  readonly isReversed: boolean | null;
}

const UNIFIED: RangeForm = { by: null, isReversed: null };
const BY_SCORE: RangeForm = { by: "score", isReversed: false };
const BY_SCORE_REVERSED: RangeForm = { by: "score", isReversed: true };
const BY_LEX: RangeForm = { by: "lex", isReversed: false };
const BY_LEX_REVERSED: RangeForm = { by: "lex", isReversed: true };
const BY_RANK_REVERSED: RangeForm = { by: "rank", isReversed: true };

/** Everything that is said about a range. */
class RangeRequest implements Limited {
  by: By = "rank";
  isReversed = false;
  withScores = false;
  offset = 0;
  /** −1 is all. */
  limit = -1;
  start = 0;
  stop = 0;
  scores: ScoreBounds | null = null;
  members: LexBounds | null = null;

  /** Finds the range in a sorted set. */
  find(zset: ZsetValue): void {
    const { range } = zset;
    if (this.by === "rank") {
      range.setIndexes(this.start, this.stop, zset.count, this.isReversed);
      return;
    }
    if (this.scores !== null) zset.scoreRange(this.scores);
    else if (this.members !== null) zset.lexRange(this.members, this.isReversed);
    range.limit(this.offset, this.limit, this.isReversed);
  }
}

export function zrange(context: Context): void {
  replyRange(context, UNIFIED);
}

export function zrevrange(context: Context): void {
  replyRange(context, BY_RANK_REVERSED);
}

export function zrangebyscore(context: Context): void {
  replyRange(context, BY_SCORE);
}

export function zrevrangebyscore(context: Context): void {
  replyRange(context, BY_SCORE_REVERSED);
}

export function zrangebylex(context: Context): void {
  replyRange(context, BY_LEX);
}

export function zrevrangebylex(context: Context): void {
  replyRange(context, BY_LEX_REVERSED);
}

function replyRange(context: Context, form: RangeForm): void {
  const request = readRange(context, 1, form, true);
  if (request === null) return;
  const entry = context.lookupTyped(1, TYPE_ZSET);
  if (entry === WRONG_TYPE_FOUND) return;
  const { reply } = context;
  if (entry === 0) {
    reply.arrayHeader(0);
    return;
  }
  const { zsets } = context.keyspace.structures;
  request.find(zsets.open(entry));
  const { withScores, isReversed } = request;
  const { first, end, count } = zsets.range;
  replyPairsHeader(reply, count, withScores);
  if (count === 0) return;
  zsets.seek(isReversed ? end - 1 : first);
  for (let left = count; left > 0; left--) {
    zsets.take(isReversed);
    replyPair(reply, zsets, withScores);
  }
}

export function zrangestore(context: Context): void {
  const request = readRange(context, 2, UNIFIED, false);
  if (request === null) return;
  const entry = context.lookupTyped(2, TYPE_ZSET);
  if (entry === WRONG_TYPE_FOUND) return;
  const handle = context.openWrite(1);
  const { zsets, zsetAlgebra } = context.keyspace.structures;
  const { range } = zsets;
  if (entry === 0) range.set(0, 0);
  else request.find(zsets.open(entry));
  const { result } = zsetAlgebra;
  const { member } = zsets;
  result.beginResult(handle, range.count);
  if (range.count > 0) zsets.seek(range.first);
  for (let left = range.count; left > 0; left--) {
    zsets.take(false);
    result.add(member.bytes, member.start, member.length, zsets.score, 0);
  }
  storeResult(context, handle, EVENT_ZRANGESTORE);
}

/**
 * @param keyIndex where the key stands; bounds and options follow.
 * @param isReplied whether scores may be asked for.
 * @returns null when an error has been replied.
 */
function readRange(context: Context, keyIndex: number, form: RangeForm, isReplied: boolean): RangeRequest | null {
  const request = new RangeRequest();
  request.by = form.by ?? "rank";
  request.isReversed = form.isReversed ?? false;
  let chosen = form.by;
  for (let index = keyIndex + 3; index < context.argc; index++) {
    if (isReplied && context.is(index, WITHSCORES)) {
      request.withScores = true;
    } else if (context.is(index, LIMIT) && index + 2 < context.argc) {
      if (!readLimit(context, index + 1, request)) return null;
      index += 2;
    } else if (form.isReversed === null && !request.isReversed && context.is(index, REV)) {
      request.isReversed = true;
    } else if (chosen === null && context.is(index, BYLEX)) {
      chosen = "lex";
    } else if (chosen === null && context.is(index, BYSCORE)) {
      chosen = "score";
    } else {
      context.fail(SYNTAX_ERROR);
      return null;
    }
  }
  request.by = chosen ?? "rank";
  const conflict = conflictOf(request);
  if (conflict !== null) {
    context.fail(conflict);
    return null;
  }
  return readBounds(context, keyIndex, request) ? request : null;
}

function conflictOf({ by, limit, withScores }: RangeRequest): string | null {
  if (limit !== -1 && by === "rank") return LIMIT_BY_RANK;
  return withScores && by === "lex" ? SCORES_BY_LEX : null;
}

/** @returns false when an error has been replied. */
function readBounds(context: Context, keyIndex: number, request: RangeRequest): boolean {
  // A range back is given with its greater bound first, but ranks count from where it begins.
  const minIndex = keyIndex + (request.isReversed ? 2 : 1);
  const maxIndex = keyIndex + (request.isReversed ? 1 : 2);
  if (request.by === "score") {
    request.scores = readScoreBounds(context, minIndex, maxIndex);
    return request.scores !== null;
  }
  if (request.by === "lex") {
    request.members = readLexBounds(context, minIndex, maxIndex);
    return request.members !== null;
  }
  const start = readInteger(context, keyIndex + 1);
  if (Number.isNaN(start)) return false;
  const stop = readInteger(context, keyIndex + 2);
  if (Number.isNaN(stop)) return false;
  request.start = start;
  request.stop = stop;
  return true;
}

/**
 * How much of a stream is to be left, as XTRIM and XADD are told: `MAXLEN|MINID [=|~] threshold [LIMIT count]`.
 *
 * With `~` only whole nodes go, and no more than a limit of entries, so what is left depends on how the stream is kept.
 * What is recorded as the effect is therefore the exact trimming that has the same result, without the limit.
 */
import { asciiBytes } from "../../base/text.ts";
import { EVENT_XTRIM } from "../../keyspace/key-events.ts";
import type { StreamValue } from "../../keyspace/stream-value.ts";
import { TYPE_STREAM } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { NOT_AN_INTEGER, SYNTAX_ERROR } from "../errors.ts";
import { openPresent } from "../write-steps.ts";
import { isCharacter, readId } from "./id-arguments.ts";
import { recordId } from "./propagation.ts";
import type { TrimRequest, TrimStrategy } from "./stream-arguments.ts";

const MAXLEN = asciiBytes("MAXLEN");
const MINID = asciiBytes("MINID");
const LIMIT = asciiBytes("LIMIT");
const NOMKSTREAM = asciiBytes("NOMKSTREAM");
const EXACTLY = asciiBytes("=");
const TILDE = 0x7e;
const EQUALS = 0x3d;

const ONE_STRATEGY = "ERR syntax error, MAXLEN and MINID options at the same time are not compatible";
const NO_STRATEGY = "ERR syntax error, XTRIM must be called with a trimming strategy";
const LIMIT_OF_NOTHING = "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy";
const LIMIT_OF_EXACT = "ERR syntax error, LIMIT cannot be used without the special ~ option";
const NEGATIVE_MAXLEN = "ERR The MAXLEN argument must be >= 0.";
const NEGATIVE_LIMIT = "ERR The LIMIT argument must be >= 0.";

const FIRST_OPTION = 2;
/** Nodes that an approximate trimming without a limit of its own removes, and what that comes to at least and most. */
const NODES_TRIMMED_MAX = 100;
const LIMIT_WITHOUT_NODES = 10_000;
const LIMIT_MAX = 1_000_000;

/** Trims as it is asked. @returns entries removed. */
export function trimAsAsked(context: Context, stream: StreamValue, request: TrimRequest): number {
  const { isApproximate, lengthMax, limit, strategy } = request;
  if (strategy === "none") return 0;
  if (strategy === "length") return stream.trimToLength(lengthMax, isApproximate, limit);
  return stream.trimToId(context.stream.limit, isApproximate, limit);
}

/**
 * Reads options from the third argument on, up to the first that is none.
 * @returns null when an error has been replied.
 */
export function readTrim(context: Context, isAdd: boolean): TrimRequest | null {
  const request = context.stream.trim;
  request.reset();
  let index = FIRST_OPTION;
  for (; index < context.argc; index++) {
    const hasMore = index + 1 < context.argc;
    let problem: string | null = null;
    if (hasMore && context.is(index, MAXLEN)) {
      problem = readThreshold(context, index, request, "length");
      index = request.thresholdIndex;
    } else if (hasMore && context.is(index, MINID)) {
      problem = readThreshold(context, index, request, "id");
      index = request.thresholdIndex;
    } else if (hasMore && context.is(index, LIMIT)) {
      request.limitIndex = index;
      problem = readLimit(context, ++index, request);
    } else if (isAdd && context.is(index, NOMKSTREAM)) {
      request.makesNoStream = true;
    } else if (isAdd) {
      break;
    } else {
      problem = SYNTAX_ERROR;
    }
    if (problem !== null) {
      if (problem !== REPLIED) context.fail(problem);
      return null;
    }
  }
  request.end = index;
  return request;
}

/** Instead of a problem: the error has been replied. */
const REPLIED = "";

/** Reads what follows MAXLEN or MINID. @returns the problem, or null. */
function readThreshold(context: Context, index: number, request: TrimRequest, strategy: TrimStrategy): string | null {
  if (request.strategy !== "none") return ONE_STRATEGY;
  const hasOperator =
    index + 2 < context.argc && (isCharacter(context, index + 1, TILDE) || isCharacter(context, index + 1, EQUALS));
  request.isApproximate = hasOperator && isCharacter(context, index + 1, TILDE);
  request.strategy = strategy;
  request.thresholdIndex = index + (hasOperator ? 2 : 1);
  if (strategy === "id") return readId(context, request.thresholdIndex, context.stream.limit) ? null : REPLIED;
  const lengthMax = context.integer64(request.thresholdIndex);
  if (lengthMax === null) return NOT_AN_INTEGER;
  request.lengthMax = lengthMax;
  return lengthMax < 0 ? NEGATIVE_MAXLEN : null;
}

function readLimit(context: Context, index: number, request: TrimRequest): string | null {
  const limit = context.integer64(index);
  if (limit === null) return NOT_AN_INTEGER;
  request.limit = limit;
  return limit < 0 ? NEGATIVE_LIMIT : null;
}

/** Settles the limit, once everything is read. @returns false when an error has been replied. */
export function settleTrim(context: Context, request: TrimRequest, isAdd: boolean): boolean {
  const problem = conflictOf(request, isAdd);
  if (problem !== null) {
    context.fail(problem);
    return false;
  }
  if (request.isApproximate && request.limitIndex === 0) {
    const limit = NODES_TRIMMED_MAX * context.keyspace.collectionLimits.streamNodeMaxEntries;
    request.limit = limit <= 0 ? LIMIT_WITHOUT_NODES : Math.min(limit, LIMIT_MAX);
  }
  return true;
}

function conflictOf({ isApproximate, limit, limitIndex, strategy }: TrimRequest, isAdd: boolean): string | null {
  if (limit !== 0 && strategy === "none") return LIMIT_OF_NOTHING;
  if (!isAdd && strategy === "none") return NO_STRATEGY;
  return limitIndex !== 0 && !isApproximate ? LIMIT_OF_EXACT : null;
}

export function xtrim(context: Context): void {
  const request = readTrim(context, false);
  if (request === null || !settleTrim(context, request, false)) return;
  const handle = openPresent(context, TYPE_STREAM);
  if (handle === null) return;
  const { streams } = context.keyspace.structures;
  streams.beginEdit(handle);
  const removed = trimAsAsked(context, streams, request);
  streams.endEdit();
  if (removed > 0 && request.isApproximate && context.effects.active) recordTrimmed(context, streams, request, 0);
  handle.close(removed === 0 ? null : EVENT_XTRIM, removed);
  context.reply.integer(removed);
}

/**
 * Records the command with the trimming that has been done, and with the id that has been given.
 * @param request null when nothing was to be trimmed.
 * @param idIndex where the id stands that `stream.first` is to be; 0 when all arguments but the trimming stay.
 */
export function recordTrimmed(
  context: Context,
  stream: StreamValue,
  request: TrimRequest | null,
  idIndex: number,
): void {
  const { argc, effects } = context;
  const isRewritten = request?.isApproximate === true;
  const threshold = isRewritten ? request.thresholdIndex : 0;
  const limit = isRewritten ? request.limitIndex : 0;
  effects.begin(context.database.index, limit === 0 ? argc : argc - 2);
  for (let index = 0; index < argc; index++) {
    if (limit !== 0 && (index === limit || index === limit + 1)) continue;
    if (index === 0 || (index !== idIndex && index !== threshold && index !== threshold - 1)) {
      effects.argument(context.bytes(index), context.start(index), context.length(index));
    } else if (index === idIndex) {
      recordId(context, context.stream.first);
    } else if (index !== threshold) {
      effects.constant(EXACTLY);
    } else if (request?.strategy === "length") {
      effects.integer(stream.length);
    } else {
      // As Redis has it: the first entry that is kept, deleted or not.
      const { last: edge, max } = context.stream;
      recordId(context, stream.firstEdgeId(edge) ? edge : max);
    }
  }
}

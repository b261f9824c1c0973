/** GEODIST, GEOHASH, GEOPOS: what is known about single members. */
import { decodeScore, distanceMeters, geohashText, Position } from "../../base/geohash.ts";
import type { ZsetValue } from "../../keyspace/zset-value.ts";
import { TYPE_ZSET } from "../../structures/entry.ts";
import { type Context, WRONG_TYPE_FOUND } from "../context.ts";
import { SYNTAX_ERROR } from "../errors.ts";
import { readUnit } from "./arguments.ts";
import { replyDistance, replyPosition } from "./replies.ts";

const UNIT_INDEX = 4;

export function geodist(context: Context): void {
  const { argc, reply } = context;
  const unit = argc > UNIT_INDEX ? readUnit(context, UNIT_INDEX) : 1;
  if (argc > UNIT_INDEX + 1 || typeof unit === "string") {
    context.fail(argc > UNIT_INDEX + 1 || typeof unit !== "string" ? SYNTAX_ERROR : unit);
    return;
  }
  const entry = context.lookupTyped(1, TYPE_ZSET);
  if (entry === WRONG_TYPE_FOUND) return;
  const from = new Position();
  const to = new Position();
  const { zsets } = context.keyspace.structures;
  if (entry === 0 || !findPosition(context, zsets.open(entry), 2, from) || !findPosition(context, zsets, 3, to)) {
    reply.nullBulk();
    return;
  }
  replyDistance(reply, distanceMeters(from, to) / unit);
}

export function geohash(context: Context): void {
  replyEach(context, (position) => {
    if (position === null) context.reply.nullBulk();
    else context.reply.bulkText(geohashText(position));
  });
}

export function geopos(context: Context): void {
  replyEach(context, (position) => {
    if (position === null) context.reply.nullArray();
    else replyPosition(context.reply, position);
  });
}

/** Replies an array, an element for each member that is asked for. @param replyOne is given null for one not there. */
function replyEach(context: Context, replyOne: (position: Position | null) => void): void {
  const entry = context.lookupTyped(1, TYPE_ZSET);
  if (entry === WRONG_TYPE_FOUND) return;
  const { argc } = context;
  const { zsets } = context.keyspace.structures;
  const position = new Position();
  if (entry !== 0) zsets.open(entry);
  context.reply.arrayHeader(argc - 2);
  for (let index = 2; index < argc; index++) {
    replyOne(entry !== 0 && findPosition(context, zsets, index, position) ? position : null);
  }
}

/** Sets the position of the member that an argument names. @returns false when there is none. */
export function findPosition(context: Context, zset: ZsetValue, index: number, into: Position): boolean {
  if (!zset.find(context.bytes(index), context.start(index), context.length(index))) return false;
  decodeScore(zset.score, into);
  return true;
}

/** GEOADD: a ZADD of scores that are made of positions, and so it is propagated. */
import { Position, scoreOf, scoreText } from "../../base/geohash.ts";
import { asciiBytes } from "../../base/text.ts";
import { EVENT_ZADD } from "../../keyspace/key-events.ts";
import { ADD_IF_ABSENT, ADD_IF_PRESENT, ADDED, UPDATED } from "../../keyspace/zset-value.ts";
import { TYPE_ZSET } from "../../structures/entry.ts";
import { encodedSize } from "../../structures/listpack.ts";
import type { Context } from "../context.ts";
import { SYNTAX_ERROR } from "../errors.ts";
import { COUNTS_CHANGES, endOf, optionsOf, readAddOptions } from "../zset/add-options.ts";
import { readPosition } from "./arguments.ts";

/** Longitude, latitude, member. */
const TRIPLE = 3;
/** A score in a listpack: an integer of 64 bits with its lead and its back-length. */
const PACKED_SCORE_BYTES = 10;

const OPTIONS = ADD_IF_ABSENT | ADD_IF_PRESENT | COUNTS_CHANGES;
const ZADD = asciiBytes("zadd");

export function geoadd(context: Context): void {
  const read = readAddOptions(context, OPTIONS);
  const first = endOf(read);
  const options = optionsOf(read);
  const problem = problemOf(context, first, options);
  if (problem === null) addTriples(context, first, options);
  else context.fail(problem);
}

/** @returns an error, or null: nothing may be added before all positions are known to be some. */
function problemOf(context: Context, first: number, options: number): string | null {
  const count = context.argc - first;
  const both = ADD_IF_ABSENT | ADD_IF_PRESENT;
  if (count === 0 || count % TRIPLE !== 0 || (options & both) === both) return SYNTAX_ERROR;
  const position = new Position();
  for (let index = first; index < context.argc; index += TRIPLE) {
    const problem = readPosition(context, index, position);
    if (problem !== null) return problem;
  }
  return null;
}

function addTriples(context: Context, first: number, options: number): void {
  const handle = context.openTyped(1, TYPE_ZSET);
  if (handle === null) return;
  const isNew = handle.entry === 0;
  if (isNew && (options & ADD_IF_PRESENT) !== 0) {
    handle.close(null, 0);
    context.reply.integer(0);
    return;
  }
  const { argc } = context;
  const { zsets } = context.keyspace.structures;
  const position = new Position();
  zsets.beginEdit(handle, (argc - first) / TRIPLE, context.length(first + 2), isNew ? packedBytes(context, first) : 0);
  let added = 0;
  let updated = 0;
  for (let index = first; index < argc; index += TRIPLE) {
    readPosition(context, index, position);
    const score = scoreOf(position.longitude, position.latitude);
    const member = index + 2;
    const outcome = zsets.add(context.bytes(member), context.start(member), context.length(member), score, options);
    if (outcome === ADDED) added++;
    else if (outcome === UPDATED) updated++;
  }
  zsets.endEdit();
  handle.close(added + updated === 0 ? null : EVENT_ZADD, added + updated);
  context.reply.integer((options & COUNTS_CHANGES) !== 0 ? added + updated : added);
  if (added + updated > 0) propagate(context, first);
}

/** `zadd key [options] score member …`. */
function propagate(context: Context, first: number): void {
  const { effects, argc } = context;
  if (!effects.active) return;
  const position = new Position();
  effects.begin(context.database.index, first + ((argc - first) / TRIPLE) * 2);
  effects.constant(ZADD);
  const repeat = (index: number): void => {
    effects.argument(context.bytes(index), context.start(index), context.length(index));
  };
  for (let index = 1; index < first; index++) repeat(index);
  for (let index = first; index < argc; index += TRIPLE) {
    readPosition(context, index, position);
    effects.constant(asciiBytes(scoreText(position.longitude, position.latitude)));
    repeat(index + 2);
  }
}

/** What the members and their scores take in a listpack, about. */
function packedBytes(context: Context, first: number): number {
  let bytes = 0;
  for (let index = first + 2; index < context.argc; index += TRIPLE) {
    bytes += encodedSize(context.bytes(index), context.start(index), context.length(index)) + PACKED_SCORE_BYTES;
  }
  return bytes;
}

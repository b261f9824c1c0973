/** Commands on two keys or two databases at once: RENAME, RENAMENX, MOVE, COPY, SWAPDB. */
import { equalBytes } from "../../base/bytes.ts";
import { asciiBytes } from "../../base/text.ts";
import {
  EVENT_COPY_TO,
  EVENT_MOVE_FROM,
  EVENT_MOVE_TO,
  EVENT_RENAME_FROM,
  EVENT_RENAME_TO,
} from "../../keyspace/key-events.ts";
import { copyKey, moveKey } from "../../keyspace/key-moves.ts";
import type { WriteHandle } from "../../keyspace/write-handle.ts";
import type { Context } from "../context.ts";
import { readDatabaseIndex } from "../database-index.ts";
import { DATABASE_OUT_OF_RANGE, NO_SUCH_KEY, SYNTAX_ERROR } from "../errors.ts";

const DB = asciiBytes("DB");
const REPLACE = asciiBytes("REPLACE");
const SAME_OBJECT = "ERR source and destination objects are the same";

export function rename(context: Context): void {
  if (renameTo(context, false) !== null) context.reply.ok();
}

export function renamenx(context: Context): void {
  const renamed = renameTo(context, true);
  if (renamed !== null) context.reply.integer(renamed ? 1 : 0);
}

/** @returns whether something has changed; null when an error has been replied. */
function renameTo(context: Context, onlyIfAbsent: boolean): boolean | null {
  const from = context.openWrite(1);
  if (from.entry === 0) {
    from.close(null, 0);
    context.fail(NO_SUCH_KEY);
    return null;
  }
  // Two grips on one key would be one: renaming a key to itself does nothing.
  if (areEqual(context, 1, 2)) {
    from.close(null, 0);
    return false;
  }
  const to = context.openWrite(2);
  const renames = to.entry === 0 || !onlyIfAbsent;
  if (renames) {
    moveKey(context.keyspace, from, to);
    from.signal(EVENT_RENAME_FROM);
  }
  to.close(renames ? EVENT_RENAME_TO : null, renames ? 1 : 0);
  from.close(null, 0);
  return renames;
}

export function move(context: Context): void {
  const target = readDatabaseIndex(context, 2);
  if (target < 0) return;
  const { keyspace, database } = context;
  if (target === database.index) {
    context.fail(SAME_OBJECT);
    return;
  }
  const from = context.openWrite(1);
  if (from.entry === 0) {
    from.close(null, 0);
    context.reply.integer(0);
    return;
  }
  const to = openIn(context, target, 1);
  const moves = to.entry === 0;
  if (moves) {
    moveKey(keyspace, from, to);
    from.signal(EVENT_MOVE_FROM);
  }
  to.close(moves ? EVENT_MOVE_TO : null, moves ? 1 : 0);
  from.close(null, 0);
  context.reply.integer(moves ? 1 : 0);
}

export function copy(context: Context): void {
  let target = context.database.index;
  let replaces = false;
  for (let index = 3; index < context.argc; index++) {
    if (context.is(index, REPLACE)) {
      replaces = true;
    } else if (context.is(index, DB) && index + 1 < context.argc) {
      target = readDatabaseIndex(context, ++index);
      if (target < 0) return;
    } else {
      context.fail(SYNTAX_ERROR);
      return;
    }
  }
  if (target === context.database.index && areEqual(context, 1, 2)) {
    context.fail(SAME_OBJECT);
    return;
  }
  context.reply.integer(copyTo(context, target, replaces) ? 1 : 0);
}

function copyTo(context: Context, target: number, replaces: boolean): boolean {
  const from = context.lookupRead(1);
  if (from === 0) return false;
  const to = openIn(context, target, 2);
  const copies = to.entry === 0 || replaces;
  if (copies) copyKey(context.keyspace, from, to);
  to.close(copies ? EVENT_COPY_TO : null, copies ? 1 : 0);
  return copies;
}

export function swapdb(context: Context): void {
  const { keyspace } = context;
  const one = readInt32(context, 1);
  if (one === null) {
    context.fail("ERR invalid first DB index");
    return;
  }
  const other = readInt32(context, 2);
  if (other === null) {
    context.fail("ERR invalid second DB index");
    return;
  }
  const count = keyspace.databases.length;
  if (one < 0 || one >= count || other < 0 || other >= count) {
    context.fail(DATABASE_OUT_OF_RANGE);
    return;
  }
  // Recorded first: afterwards the selected database may go by another number.
  context.propagateVerbatim();
  keyspace.exchange(one, other);
  keyspace.dirty++;
  context.reply.ok();
}

/** @returns null when it is not an integer of 32 bits. */
function readInt32(context: Context, index: number): number | null {
  const number = context.integer(index);
  return number === (number | 0) ? number : null;
}

function openIn(context: Context, databaseIndex: number, keyIndex: number): WriteHandle {
  const { keyspace } = context;
  const database = keyspace.databases[databaseIndex];
  return keyspace.openWrite(database, context.bytes(keyIndex), context.start(keyIndex), context.length(keyIndex));
}

function areEqual(context: Context, one: number, other: number): boolean {
  const length = context.length(one);
  if (length !== context.length(other)) return false;
  return equalBytes(context.bytes(one), context.start(one), context.bytes(other), context.start(other), length);
}

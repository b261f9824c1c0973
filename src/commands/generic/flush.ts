import { asciiBytes } from "../../base/text.ts";
import type { Context } from "../context.ts";
import { SYNTAX_ERROR } from "../errors.ts";

const SYNC = asciiBytes("SYNC");
const ASYNC = asciiBytes("ASYNC");

/** SYNC and ASYNC do the same: the keys are gone at once, and their memory is freed in slices. */
export function flushall(context: Context): void {
  if (!readMode(context)) return;
  for (const database of context.keyspace.databases) context.keyspace.dirty += context.keyspace.flush(database);
  // Replicas and the AOF hear of it even if there was nothing to remove here.
  context.propagateVerbatim();
  context.reply.ok();
}

export function flushdb(context: Context): void {
  if (!readMode(context)) return;
  context.keyspace.dirty += context.keyspace.flush(context.database);
  context.propagateVerbatim();
  context.reply.ok();
}

function readMode(context: Context): boolean {
  if (context.argc === 1) return true;
  if (context.argc === 2 && (context.is(1, SYNC) || context.is(1, ASYNC))) return true;
  context.fail(SYNTAX_ERROR);
  return false;
}

export function dbsize(context: Context): void {
  context.reply.integer(context.database.count);
}

import { EVENT_SILENT } from "../../keyspace/key-events.ts";
import type { Handle } from "../../memory/arena.ts";
import { ENCODING_EMBSTR, encodingOf, TYPE_STRING } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { WRONG_TYPE_FOUND } from "../context.ts";
import { attachSketch, CORRUPT_SKETCH, makeRaw, makeWritable } from "./sketch.ts";
import { joinKeys } from "./union.ts";

export function pfcount(context: Context): void {
  if (context.argc > 2) countUnion(context);
  else countOne(context);
}

function countUnion(context: Context): void {
  if (joinKeys(context) === null) return;
  context.keyspace.structures.sketch.countUnion();
  replyEstimate(context);
}

function countOne(context: Context): void {
  const entry = context.lookupTyped(1, TYPE_STRING);
  if (entry === WRONG_TYPE_FOUND) return;
  if (entry === 0) {
    context.reply.integer(0);
    return;
  }
  const sketch = attachSketch(context, entry);
  if (sketch === null) return;
  if (sketch.hasEstimate) {
    sketch.readEstimate();
    leaveRaw(context, entry);
  } else if (sketch.count()) {
    keepEstimate(context);
  } else {
    context.fail(CORRUPT_SKETCH);
    return;
  }
  replyEstimate(context);
}

function replyEstimate(context: Context): void {
  const { estimate } = context.keyspace.structures.sketch;
  context.reply.integer64(estimate.hi, estimate.lo);
}

/** A change of the value, and propagated as one, although the command only reads. */
function keepEstimate(context: Context): void {
  const handle = context.openWrite(1);
  makeWritable(context, handle);
  context.keyspace.structures.sketch.writeEstimate();
  handle.close(EVENT_SILENT, 1);
}

function leaveRaw(context: Context, entry: Handle): void {
  if (encodingOf(context.keyspace.arena, entry) !== ENCODING_EMBSTR) return;
  const handle = context.openWrite(1);
  makeRaw(context, handle);
  handle.close(null, 0);
}

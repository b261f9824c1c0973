import { EVENT_PFADD } from "../../keyspace/key-events.ts";
import type { WriteHandle } from "../../keyspace/write-handle.ts";
import { TYPE_STRING } from "../../structures/entry.ts";
import { CORRUPT, SKETCH_DENSE } from "../../structures/hyperloglog.ts";
import type { Context } from "../context.ts";
import { attachSketch, CORRUPT_SKETCH, makeRaw, makeWritable, storeScratch } from "./sketch.ts";

export function pfadd(context: Context): void {
  const handle = context.openTyped(1, TYPE_STRING);
  if (handle === null) return;
  const { sketch } = context.keyspace.structures;
  const isNew = handle.entry === 0;
  if (isNew) {
    sketch.create();
  } else if (attachSketch(context, handle.entry) === null) {
    handle.close(null, 0);
    return;
  }
  const added = addElements(context, handle);
  if (added === CORRUPT) {
    handle.close(null, 0);
    context.fail(CORRUPT_SKETCH);
    return;
  }
  const changes = added + (isNew ? 1 : 0);
  if (changes === 0) {
    if (sketch.encoding !== SKETCH_DENSE) makeRaw(context, handle);
    handle.close(null, 0);
  } else {
    sketch.invalidate();
    if (sketch.isInScratch) storeScratch(context, handle);
    handle.close(EVENT_PFADD, changes);
  }
  context.reply.integer(changes > 0 ? 1 : 0);
}

/** @returns how many elements have changed the sketch, or CORRUPT. */
function addElements(context: Context, handle: WriteHandle): number {
  const { collectionLimits, structures } = context.keyspace;
  const { sketch } = structures;
  const { hash } = sketch;
  const { argc } = context;
  let changes = 0;
  let isWritable = false;
  for (let index = 2; index < argc; index++) {
    hash.take(context.bytes(index), context.start(index), context.length(index));
    const { register, rank } = hash;
    if (sketch.encoding !== SKETCH_DENSE) {
      const change = sketch.raiseSparse(register, rank, collectionLimits.hllSparseMaxBytes);
      if (change === CORRUPT) return CORRUPT;
      changes += change;
    } else if (sketch.denseRank(register) < rank) {
      if (!isWritable && !sketch.isInScratch) makeWritable(context, handle);
      isWritable = true;
      sketch.setDenseRank(register, rank);
      changes++;
    }
  }
  return changes;
}

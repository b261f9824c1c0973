import { EVENT_PFADD } from "../../keyspace/key-events.ts";
import type { WriteHandle } from "../../keyspace/write-handle.ts";
import { CORRUPT, SKETCH_DENSE } from "../../structures/hyperloglog.ts";
import type { Context } from "../context.ts";
import { attachSketch, CORRUPT_SKETCH, makeWritable, storeScratch } from "./sketch.ts";
import { joinKeys } from "./union.ts";

export function pfmerge(context: Context): void {
  const hasDense = joinKeys(context);
  if (hasDense === null) return;
  const handle = context.openWrite(1);
  const { sketch } = context.keyspace.structures;
  if (handle.entry === 0) {
    sketch.create();
  } else if (attachSketch(context, handle.entry) === null) {
    handle.close(null, 0);
    return;
  }
  if (!storeUnion(context, handle, hasDense)) {
    handle.close(null, 0);
    context.fail(CORRUPT_SKETCH);
    return;
  }
  sketch.invalidate();
  if (sketch.isInScratch) storeScratch(context, handle);
  handle.close(EVENT_PFADD, 1);
  context.reply.ok();
}

/** The destination is part of the union, so no register gets lower. @returns false when the destination is corrupt. */
function storeUnion(context: Context, handle: WriteHandle, isDense: boolean): boolean {
  const { collectionLimits, structures } = context.keyspace;
  const { sketch } = structures;
  if (isDense && sketch.encoding !== SKETCH_DENSE && !sketch.makeDense()) return false;
  if (sketch.encoding === SKETCH_DENSE) {
    if (!sketch.isInScratch) makeWritable(context, handle);
    sketch.storeUnion();
    return true;
  }
  if (sketch.addUnion(collectionLimits.hllSparseMaxBytes) === CORRUPT) return false;
  if (!sketch.isInScratch) makeWritable(context, handle);
  return true;
}

/** Opening a string as a HyperLogLog, to read it and to change it. */
import { assert } from "../../base/assert.ts";
import { EXPIRY_KEEP, type WriteHandle } from "../../keyspace/write-handle.ts";
import { type Handle, SEGMENT_SHIFT } from "../../memory/arena.ts";
import { ENCODING_EMBSTR, ENCODING_RAW, encodingOf, inlineLength, inlineStart } from "../../structures/entry.ts";
import { HyperLogLog, SKETCH_BYTES_MAX } from "../../structures/hyperloglog.ts";
import type { Context } from "../context.ts";

export const CORRUPT_SKETCH = "INVALIDOBJ Corrupted HLL object detected";
const NOT_A_SKETCH = "WRONGTYPE Key is not a valid HyperLogLog string value.";

/**
 * Points the keyspace's sketch at a string.
 * @returns null when it is none; then the error has been replied.
 */
export function attachSketch(context: Context, entry: Handle): HyperLogLog | null {
  const { arena, reader, structures } = context.keyspace;
  if (encodingOf(arena, entry) === ENCODING_RAW) {
    // Nearly always: it stands in the entry.
    const bytes = arena.bytes[entry >>> SEGMENT_SHIFT];
    const start = inlineStart(arena, entry);
    const length = inlineLength(arena, entry);
    if (HyperLogLog.isSketch(bytes, start, length)) return structures.sketch.attach(bytes, start, length);
    context.fail(NOT_A_SKETCH);
    return null;
  }
  const { run } = reader.open(entry);
  const { length } = reader;
  // An integer is never taken for one, being too short.
  const isShort = length <= SKETCH_BYTES_MAX;
  reader.findWhole(0, isShort ? length : SKETCH_BYTES_MAX);
  if (!HyperLogLog.isSketch(run.bytes, run.start, run.length)) {
    context.fail(NOT_A_SKETCH);
    return null;
  }
  if (!isShort) {
    context.fail(CORRUPT_SKETCH);
    return null;
  }
  return structures.sketch.attach(run.bytes, run.start, length);
}

/** Sees to it that the attached sketch, which is the handle's value as it lies there, may be written to. */
export function makeWritable(context: Context, handle: WriteHandle): void {
  const { reader, structures } = context.keyspace;
  const { sketch } = structures;
  const { length } = sketch;
  assert(!sketch.isInScratch, "what is in the scratch is written to at once");
  handle.extendString(length);
  const { run } = reader;
  handle.findWritable(0, length, run);
  assert(run.length === length, "so short a string stands in one piece");
  sketch.attach(run.bytes, run.start, length);
}

/** Makes the sketch in the scratch the handle's value. */
export function storeScratch(context: Context, handle: WriteHandle): void {
  const { sketch } = context.keyspace.structures;
  assert(sketch.isInScratch, "only a sketch that has been changed there");
  handle.setRaw(sketch.scratch, 0, sketch.length, EXPIRY_KEEP, false);
}

/** Makes the string raw, as Redis does before it knows whether there is something to change. */
export function makeRaw(context: Context, handle: WriteHandle): void {
  if (encodingOf(context.keyspace.arena, handle.entry) === ENCODING_EMBSTR) handle.extendString(0);
}

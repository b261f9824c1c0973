import { TYPE_STRING } from "../../structures/entry.ts";
import { SKETCH_DENSE } from "../../structures/hyperloglog.ts";
import type { Context } from "../context.ts";
import { WRONG_TYPE_FOUND } from "../context.ts";
import { attachSketch, CORRUPT_SKETCH } from "./sketch.ts";

/**
 * Makes the union of the sketches that all arguments name, in `structures.sketch`.
 * @returns whether any of them is dense; null when an error has been replied.
 */
export function joinKeys(context: Context): boolean | null {
  const { sketch } = context.keyspace.structures;
  let hasDense = false;
  sketch.clearUnion();
  for (let index = 1; index < context.argc; index++) {
    const entry = context.lookupTyped(index, TYPE_STRING);
    if (entry === WRONG_TYPE_FOUND) return null;
    if (entry === 0) continue;
    if (attachSketch(context, entry) === null) return null;
    if (sketch.encoding === SKETCH_DENSE) hasDense = true;
    if (!sketch.joinUnion()) {
      context.fail(CORRUPT_SKETCH);
      return null;
    }
  }
  return hasDense;
}

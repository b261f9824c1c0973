/** PFDEBUG: looking into a HyperLogLog. */
import { asciiBytes } from "../../base/text.ts";
import type { WriteHandle } from "../../keyspace/write-handle.ts";
import { TYPE_STRING } from "../../structures/entry.ts";
import { SKETCH_DENSE, SKETCH_SPARSE } from "../../structures/hyperloglog.ts";
import { REGISTERS } from "../../structures/hyperloglog-hash.ts";
import type { Context } from "../context.ts";
import { attachSketch, CORRUPT_SKETCH, makeRaw, storeScratch } from "./sketch.ts";

/** Each closes the handle, and then answers. */
const SUBCOMMANDS: readonly (readonly [Uint8Array, (context: Context, handle: WriteHandle) => void])[] = [
  [asciiBytes("GETREG"), getRegisters],
  [asciiBytes("DECODE"), decode],
  [asciiBytes("ENCODING"), encoding],
  [asciiBytes("TODENSE"), toDense],
];

export function pfdebug(context: Context): void {
  const handle = context.openTyped(2, TYPE_STRING);
  if (handle === null) return;
  if (handle.entry === 0) {
    handle.close(null, 0);
    context.fail("ERR The specified key does not exist");
    return;
  }
  if (attachSketch(context, handle.entry) === null) {
    handle.close(null, 0);
    return;
  }
  for (const [word, run] of SUBCOMMANDS) {
    if (!context.is(1, word)) continue;
    run(context, handle);
    return;
  }
  makeRaw(context, handle);
  handle.close(null, 0);
  context.fail(`ERR Unknown PFDEBUG subcommand '${context.text(1)}'`);
}

/**
 * Makes the sketch dense, which is propagated though nobody is told, and closes the handle.
 * @returns whether it was sparse; null when it is corrupt and the error has been replied.
 */
function closeDense(context: Context, handle: WriteHandle): boolean | null {
  const { sketch } = context.keyspace.structures;
  if (sketch.encoding === SKETCH_DENSE) {
    handle.close(null, 0);
    return false;
  }
  if (!sketch.makeDense()) {
    handle.close(null, 0);
    context.fail(CORRUPT_SKETCH);
    return null;
  }
  storeScratch(context, handle);
  handle.close(null, 1);
  return true;
}

function getRegisters(context: Context, handle: WriteHandle): void {
  if (closeDense(context, handle) === null) return;
  const { reply } = context;
  const { sketch } = context.keyspace.structures;
  reply.arrayHeader(REGISTERS);
  for (let register = 0; register < REGISTERS; register++) reply.integer(sketch.denseRank(register));
}

function toDense(context: Context, handle: WriteHandle): void {
  const wasSparse = closeDense(context, handle);
  if (wasSparse !== null) context.reply.integer(wasSparse ? 1 : 0);
}

function encoding(context: Context, handle: WriteHandle): void {
  const isSparse = context.keyspace.structures.sketch.encoding === SKETCH_SPARSE;
  makeRaw(context, handle);
  handle.close(null, 0);
  context.reply.simple(isSparse ? "sparse" : "dense");
}

/** The runs of a sparse sketch: `z:` and `Z:` are registers that hold nothing, `v:` a rank and registers. */
function decode(context: Context, handle: WriteHandle): void {
  const { sketch } = context.keyspace.structures;
  const isSparse = sketch.encoding === SKETCH_SPARSE;
  const runs: string[] = [];
  if (isSparse) {
    sketch.eachRun((rank, count, isLong) => {
      runs.push(rank > 0 ? `v:${rank},${count}` : `${isLong ? "Z" : "z"}:${count}`);
    });
  }
  makeRaw(context, handle);
  handle.close(null, 0);
  if (isSparse) context.reply.bulkText(runs.join(" "));
  else context.fail("ERR HLL encoding is not sparse");
}

/**
 * PFSELFTEST: whether registers keep what they are given, whether both encodings agree, and whether estimates are as
 * good as the theory says. With fewer elements than in Redis, where the test takes seconds in which nobody is served.
 */
import { CORRUPT, HyperLogLog, SKETCH_SPARSE } from "../../structures/hyperloglog.ts";
import { REGISTERS } from "../../structures/hyperloglog-hash.ts";
import type { Context } from "../context.ts";

const CYCLES = 4;
const ELEMENTS = 100_000;
const ELEMENT_BYTES = 8;
const RANKS = 64;
/** Standard errors that an estimate may be off. */
const ERRORS_MAX = 6;
const STANDARD_ERROR = 1.04 / Math.sqrt(REGISTERS);

export function pfselftest(context: Context): void {
  const failure = testRegisters(context) ?? testEstimates(context);
  if (failure === null) context.reply.ok();
  else context.fail(failure);
}

function emptyDense(): HyperLogLog {
  const sketch = new HyperLogLog().create();
  sketch.makeDense();
  return sketch;
}

function testRegisters(context: Context): string | null {
  const { random } = context.keyspace;
  const sketch = emptyDense();
  const ranks = new Uint8Array(REGISTERS);
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    for (let register = 0; register < REGISTERS; register++) {
      ranks[register] = random.below(RANKS);
      sketch.setDenseRank(register, ranks[register]);
    }
    for (let register = 0; register < REGISTERS; register++) {
      const held = sketch.denseRank(register);
      if (held !== ranks[register]) {
        return `TESTFAILED Register ${register} should be ${ranks[register]} but is ${held}`;
      }
    }
  }
  return null;
}

function testEstimates(context: Context): string | null {
  const { collectionLimits, random } = context.keyspace;
  const { hllSparseMaxBytes } = collectionLimits;
  const dense = emptyDense();
  const other = new HyperLogLog().create();
  const element = new Uint8Array(ELEMENT_BYTES);
  const words = new Int32Array(element.buffer);
  words[1] = random.below(0x7fffffff);
  let checkpoint = 1;
  for (let count = 1; count <= ELEMENTS; count++) {
    words[0] = count;
    if (!add(dense, element, hllSparseMaxBytes) || !add(other, element, hllSparseMaxBytes)) {
      return "TESTFAILED sparse encoding is corrupt";
    }
    if (count !== checkpoint) continue;
    const failure = checkAt(count, dense, other, hllSparseMaxBytes);
    if (failure !== null) return failure;
    checkpoint *= 10;
  }
  return null;
}

function add(sketch: HyperLogLog, element: Uint8Array, sparseBytesMax: number): boolean {
  const { hash } = sketch;
  hash.take(element, 0, element.length);
  const { register, rank } = hash;
  if (sketch.encoding === SKETCH_SPARSE) return sketch.raiseSparse(register, rank, sparseBytesMax) !== CORRUPT;
  if (sketch.denseRank(register) < rank) sketch.setDenseRank(register, rank);
  return true;
}

function checkAt(count: number, dense: HyperLogLog, other: HyperLogLog, sparseBytesMax: number): string | null {
  if (count < sparseBytesMax / 2 && other.encoding !== SKETCH_SPARSE) return "TESTFAILED sparse encoding not used";
  const hasBoth = dense.count() && other.count();
  const { value } = dense.estimate;
  if (!hasBoth || value !== other.estimate.value) return "TESTFAILED dense/sparse disagree";
  const error = Math.abs(count - value);
  // Among ten elements two may meet in a register.
  const errorMax = count === 10 ? 1 : Math.ceil(STANDARD_ERROR * ERRORS_MAX * count);
  return error > errorMax ? `TESTFAILED Too big error. card:${count} abserr:${error}` : null;
}

/** HyperLogLogs beside plain arrays of registers: both encodings, unions, estimates, and strings that are none. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { CORRUPT, HyperLogLog, SKETCH_DENSE, SKETCH_SPARSE } from "../../src/structures/hyperloglog.ts";
import { ElementHash, RANK_BITS, REGISTERS } from "../../src/structures/hyperloglog-hash.ts";

const MASK_64 = (1n << 64n) - 1n;
const MULTIPLIER = 0xc6a4a7935bd1e995n;

/** MurmurHash64A as it is written down, with BigInt. */
function murmur(bytes: Uint8Array): bigint {
  const times = (a: bigint): bigint => (a * MULTIPLIER) & MASK_64;
  let h = 0xadc83b19n ^ times(BigInt(bytes.length));
  const tail = bytes.length & ~7;
  for (let at = 0; at < tail; at += 8) {
    let k = times(Buffer.from(bytes).readBigUInt64LE(at));
    k = times(k ^ (k >> 47n));
    h = times(h ^ k);
  }
  for (let index = bytes.length - 1; index >= tail; index--) h ^= BigInt(bytes[index]) << BigInt(8 * (index - tail));
  if (tail < bytes.length) h = times(h);
  h = times(h ^ (h >> 47n));
  return h ^ (h >> 47n);
}

function plainHash(bytes: Uint8Array): [register: number, rank: number] {
  const hash = murmur(bytes);
  const rest = hash >> 14n;
  let rank = 1;
  while (rank <= RANK_BITS && ((rest >> BigInt(rank - 1)) & 1n) === 0n) rank++;
  return [Number(hash & 0x3fffn), rank];
}

test("the hash is MurmurHash64A", () => {
  const hash = new ElementHash();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(9), (bytes, before) => {
      const shifted = new Uint8Array(before + bytes.length + 3).fill(7);
      shifted.set(bytes, before);
      hash.take(shifted, before, bytes.length);
      expect([hash.register, hash.rank]).toEqual(plainHash(bytes));
    }),
    { numRuns: 1000, seed: 1 },
  );
});

function registersOf(sketch: HyperLogLog): number[] {
  sketch.clearUnion();
  expect(sketch.joinUnion()).toBe(true);
  return [...sketch.union];
}

/** Sketch and plain registers that have had the same done to them. */
function grown(random: Prng, count: number, sparseBytesMax: number, registersMax: number) {
  const sketch = new HyperLogLog().create();
  const plain = new Array<number>(REGISTERS).fill(0);
  for (let done = 0; done < count; done++) {
    const register = random.below(registersMax);
    const rank = random.below(50) === 0 ? 1 + random.below(51) : 1 + random.below(4);
    raise(sketch, register, rank, sparseBytesMax);
    plain[register] = Math.max(plain[register], rank);
  }
  return { sketch, plain };
}

function raise(sketch: HyperLogLog, register: number, rank: number, sparseBytesMax: number): void {
  if (sketch.encoding === SKETCH_SPARSE) {
    if (sketch.raiseSparse(register, rank, sparseBytesMax) === CORRUPT) throw new Error("a good sketch got corrupt");
  } else if (sketch.denseRank(register) < rank) {
    sketch.setDenseRank(register, rank);
  }
}

test.each([
  [50, 3000, REGISTERS],
  [2000, 3000, REGISTERS],
  [2000, 40_000, REGISTERS],
  [6000, 40_000, 500],
  [6000, 100, REGISTERS],
  [60_000, 0, REGISTERS],
])("registers keep the highest ranks: %i of them, sparse up to %i bytes, below %i", (count, sparseBytesMax, below) => {
  const { sketch, plain } = grown(new Prng(count), count, sparseBytesMax, below);
  expect(registersOf(sketch)).toEqual(plain);
  if (sketch.encoding === SKETCH_SPARSE) {
    // As many as there have to be, and never two neighbours that could be one.
    expect(sketch.length).toBeLessThanOrEqual(Math.max(18, sparseBytesMax));
    const before = sketch.count() ? sketch.estimate.value : Number.NaN;
    expect(sketch.makeDense()).toBe(true);
    expect(sketch.count()).toBe(true);
    expect(sketch.estimate.value).toBe(before);
  }
  expect(sketch.encoding).toBe(SKETCH_DENSE);
  expect(plain.map((_, register) => sketch.denseRank(register))).toEqual(plain);
});

test("unions hold the higher rank of each register, and are stored as they are", () => {
  const random = new Prng(5);
  const all = [100, 2000, 60_000].map((count) => grown(random, count, count === 2000 ? 40_000 : 3000, REGISTERS));
  const union = new HyperLogLog();
  union.clearUnion();
  for (const { sketch } of all) {
    union.attach(sketch.scratch, 0, sketch.length);
    expect(union.joinUnion()).toBe(true);
  }
  const plain = all[0].plain.map((rank, register) => Math.max(rank, all[1].plain[register], all[2].plain[register]));
  expect([...union.union]).toEqual(plain);
  union.countUnion();
  const estimate = union.estimate.value;
  const stored = union.create();
  expect(stored.makeDense()).toBe(true);
  stored.storeUnion();
  expect(plain.map((_, register) => stored.denseRank(register))).toEqual(plain);
  expect(stored.count()).toBe(true);
  expect(stored.estimate.value).toBe(estimate);
});

test("a union is added to a sparse sketch as its registers would be one by one", () => {
  for (const [seed, sparseBytesMax] of [
    [1, 3000],
    [2, 40_000],
    [3, 400],
  ]) {
    const random = new Prng(seed);
    const one = grown(random, 300, 40_000, 900);
    const other = grown(random, 300, 40_000, 900);
    const first = new HyperLogLog();
    first.scratch.set(one.sketch.scratch);
    first.attach(first.scratch, 0, one.sketch.length);
    first.clearUnion();
    const lens = new HyperLogLog();
    lens.clearUnion();
    for (const { sketch } of [one, other]) {
      lens.attach(sketch.scratch, 0, sketch.length);
      lens.joinUnion();
    }
    first.union.set(lens.union);
    expect(first.addUnion(sparseBytesMax)).not.toBe(CORRUPT);
    for (let register = 0; register < REGISTERS; register++) {
      if (lens.union[register] > 0) raise(one.sketch, register, lens.union[register], sparseBytesMax);
    }
    expect(first.length).toBe(one.sketch.length);
    expect(Buffer.from(first.scratch.subarray(8, first.length)).toString("hex")).toBe(
      Buffer.from(one.sketch.scratch.subarray(8, first.length)).toString("hex"),
    );
  }
});

test("estimates are within a few standard errors", () => {
  const sketch = new HyperLogLog().create();
  const element = new Uint8Array(8);
  const view = new DataView(element.buffer);
  for (let count = 1, checked = 1; count <= 50_000; count++) {
    view.setUint32(0, count);
    sketch.hash.take(element, 0, element.length);
    raise(sketch, sketch.hash.register, sketch.hash.rank, 3000);
    if (count !== checked) continue;
    expect(sketch.count()).toBe(true);
    expect(Math.abs(sketch.estimate.value - count)).toBeLessThanOrEqual(1 + 0.04 * count);
    checked = Math.ceil(checked * 1.7);
  }
});

test("whatever the bytes, every question has an answer and none reaches beyond them", () => {
  const header = [0x48, 0x59, 0x4c, 0x4c, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80];
  const run = fc.oneof(fc.constantFrom(0x7f, 0xff, 0x40, 0x3f, 0x00, 0x80, 0x83), fc.nat(255));
  fc.assert(
    fc.property(
      fc.array(run, { maxLength: 300 }),
      fc.nat(REGISTERS - 1),
      fc.integer({ min: 1, max: 51 }),
      (runs, register, rank) => {
        const bytes = Uint8Array.from([9, ...header, ...runs, 0x7f, 0xff, 9]);
        const length = header.length + runs.length;
        const before = [...bytes];
        const sketch = new HyperLogLog();
        expect(HyperLogLog.isSketch(bytes, 1, length)).toBe(true);
        const total = (): boolean => sketch.attach(bytes, 1, length).count();
        const isValid = total();
        sketch.clearUnion();
        expect(sketch.joinUnion()).toBe(isValid);
        const change = sketch.raiseSparse(register, rank, 3000);
        if (isValid && runs.length > 0 && (runs.at(-1) as number) >= 0x80) expect(change).not.toBe(CORRUPT);
        sketch.attach(bytes, 1, length);
        expect(sketch.makeDense()).toBe(isValid);
        expect([...bytes]).toEqual(before);
      },
    ),
    { numRuns: 2000, seed: 2 },
  );
});

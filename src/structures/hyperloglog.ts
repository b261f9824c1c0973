/**
 * HyperLogLog as a string, bit for bit as in Redis: 16384 registers, of which each holds the highest rank that an
 * element has brought to it (`hyperloglog-hash.ts`); from their distribution follows how many elements there were
 * (`hyperloglog-estimate.ts`).
 *
 *     header   "HYLL" │ encoding 8 │ 3 unused bytes │ cached estimate 64, little-endian; its highest bit: not valid
 *     dense    6 bits a register, from the lowest bit of each byte upwards: 12288 bytes
 *     sparse   runs of equal registers:
 *              00nnnnnn             n + 1 registers that hold nothing                     ZERO
 *              01nnnnnn nnnnnnnn    the same, up to 16384                                 XZERO
 *              1vvvvvnn             n + 1 registers that hold v + 1                       VALUE
 *
 * A sketch begins sparse, as one run, and gets dense for good when it would take more than `hll-sparse-max-bytes`, or
 * when a rank above 32 comes.
 *
 * This class is a lens: `attach` points it at a value where it lies, for reading. What changes a sparse one first moves
 * it to `scratch`, where it has room to grow; the caller then makes the scratch the value. So a string that turns out
 * to be corrupt half-way leaves everything as it was. A dense one has a fixed shape: it is changed where it lies, when
 * the caller has made sure that it may be.
 *
 * What is done with all registers of a dense sketch is done on words, four registers at a time, and counted in pairs of
 * registers: half as many additions, which seldom meet in the same place. (Words are little-endian, as everywhere that
 * runs JavaScript.)
 *
 * Anybody may write anything into a string, so nothing is believed: runs that miss 16384 registers make the sketch
 * corrupt, and every loop ends with the bytes. No valid sketch is longer than two bytes a register.
 */
import { assert } from "../base/assert.ts";
import { copyBytes } from "../base/bytes.ts";
import { Int64 } from "../base/text.ts";
import { estimate } from "./hyperloglog-estimate.ts";
import { ElementHash, REGISTERS } from "./hyperloglog-hash.ts";

export const SKETCH_DENSE = 0;
export const SKETCH_SPARSE = 1;

const ENCODING_AT = 4;
const ESTIMATE_AT = 8;
const HEADER_BYTES = 16;
const INVALID_AT = 15;
const INVALID = 0x80;

const RANK_BITS_STORED = 6;
const RANK_MASK = 63;
const RANKS: number = RANK_MASK + 1;
const PAIR_MASK = 0xfff;
const REGISTER_BYTES: number = (REGISTERS * RANK_BITS_STORED) / 8;
const DENSE_BYTES: number = HEADER_BYTES + REGISTER_BYTES;
/** The longest string that can be a sketch. */
export const SKETCH_BYTES_MAX: number = HEADER_BYTES + 2 * REGISTERS;
/** What one change of a sparse sketch adds at most: one XZERO becomes XZERO, VALUE, XZERO. */
const SPLIT_BYTES_MAX = 3;

const VALUE_BIT = 0x80;
const XZERO_BIT = 0x40;
const LENGTH_MASK = 0x3f;
const ZERO_LENGTH_MAX = 64;
const VALUE_LENGTH_MAX = 4;
const VALUE_RANK_MAX = 32;
/** Runs from the one before a change on that are looked at for such as can be one. */
const MERGED_RUNS_MAX = 5;

/** What is moved by a loop; more of it by the engine's own routine, to call which takes longer than this. */
const MOVED_BY_LOOP_MAX = 48;

const NO_BYTES = new Uint8Array(0);
/** "HYLL" as a word. */
const MAGIC = 0x4c4c5948;
/** One run of nothing; its estimate, none, holds. */
const EMPTY = [0x48, 0x59, 0x4c, 0x4c, SKETCH_SPARSE, ...new Array<number>(HEADER_BYTES - 5).fill(0), 0x7f, 0xff];

/** What an addition comes to. */
export const UNCHANGED = 0;
export const CHANGED = 1;
export const CORRUPT = -1;

export class HyperLogLog {
  /** Where sparse sketches are changed and new ones made. */
  readonly scratch: Uint8Array = new Uint8Array(SKETCH_BYTES_MAX + SPLIT_BYTES_MAX);
  /** Bytes of the sketch, here or where it was attached. */
  length = 0;
  /** A number of elements, as a signed integer of 64 bits. */
  readonly estimate: Int64 = new Int64();
  /** For whoever adds elements. */
  readonly hash: ElementHash = new ElementHash();
  /** A register a byte, for unions. */
  readonly union: Uint8Array = new Uint8Array(REGISTERS);
  readonly #unionWords: Int32Array = new Int32Array(this.union.buffer);
  /** Registers by the rank that they hold. */
  readonly #histogram: Int32Array = new Int32Array(RANKS);
  /** Pairs of neighbouring registers by what both hold; zero in between. */
  readonly #pairs: Int32Array = new Int32Array(RANKS * RANKS);
  /** The registers of a dense sketch, moved to where they can be read word by word. */
  readonly #denseWords: Int32Array = new Int32Array(REGISTER_BYTES >> 2);
  readonly #denseBytes: Uint8Array = new Uint8Array(this.#denseWords.buffer);
  #bytes: Uint8Array = NO_BYTES;
  #start = 0;
  #isInScratch = false;

  // The run that covers a register, as `#find` has found it: where it and the one before it begin, and its registers.
  #run = 0;
  #runBefore = -1;
  #firstOfRun = 0;
  #registersOfRun = 0;
  /** Where the next `#find` may begin, in a walk through ascending registers: a run that is not the first wanted. */
  #walkRun = HEADER_BYTES;
  #walkFirst = 0;

  // ---- what there is ----------------------------------------------------------------------------------------------

  /** Whether a string may be a sketch: what can be told from its header and length. */
  static isSketch(bytes: Uint8Array, start: number, length: number): boolean {
    if (length < HEADER_BYTES) return false;
    const magic = bytes[start] | (bytes[start + 1] << 8) | (bytes[start + 2] << 16) | (bytes[start + 3] << 24);
    if (magic !== MAGIC) return false;
    const encoding = bytes[start + ENCODING_AT];
    return encoding === SKETCH_SPARSE || (encoding === SKETCH_DENSE && length === DENSE_BYTES);
  }

  /** @param length bytes of a string for which `isSketch` holds. */
  attach(bytes: Uint8Array, start: number, length: number): this {
    this.#bytes = bytes;
    this.#start = start;
    this.length = length;
    this.#isInScratch = bytes === this.scratch;
    return this;
  }

  /** Makes an empty sketch in the scratch. */
  create(): this {
    const { scratch } = this;
    for (let at = 0; at < EMPTY.length; at++) scratch[at] = EMPTY[at];
    return this.attach(scratch, 0, EMPTY.length);
  }

  /** Whether the sketch is in the scratch, where it was made or has been changed. */
  get isInScratch(): boolean {
    return this.#isInScratch;
  }

  get encoding(): number {
    return this.#bytes[this.#start + ENCODING_AT];
  }

  // ---- the estimate -----------------------------------------------------------------------------------------------

  get hasEstimate(): boolean {
    return (this.#bytes[this.#start + INVALID_AT] & INVALID) === 0;
  }

  /** Says that the estimate that is kept does not hold any more. */
  invalidate(): void {
    this.#bytes[this.#start + INVALID_AT] |= INVALID;
  }

  /** Makes `estimate` the one that is kept. */
  readEstimate(): void {
    this.estimate.setWords(this.#wordAt(ESTIMATE_AT + 4), this.#wordAt(ESTIMATE_AT));
  }

  #wordAt(position: number): number {
    const bytes = this.#bytes;
    const at = this.#start + position;
    return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
  }

  /** Keeps `estimate` in the sketch, which may be written to. */
  writeEstimate(): void {
    const { hi, lo } = this.estimate;
    const at = this.#start + ESTIMATE_AT;
    for (let index = 0; index < 4; index++) {
      this.#bytes[at + index] = lo >>> (8 * index);
      this.#bytes[at + 4 + index] = hi >>> (8 * index);
    }
  }

  /** Makes `estimate` how many elements the sketch has seen. @returns false when it is corrupt. */
  count(): boolean {
    this.#histogram.fill(0);
    if (this.encoding === SKETCH_DENSE) this.#countDense();
    else if (!this.#countSparse()) return false;
    estimate(this.#histogram, this.estimate);
    return true;
  }

  #countDense(): void {
    const words = this.#readDense();
    const pairs = this.#pairs;
    for (let at = 0; at < words.length; at += 3) {
      const w0 = words[at];
      const w1 = words[at + 1];
      const w2 = words[at + 2];
      pairs[w0 & PAIR_MASK]++;
      pairs[(w0 >>> 12) & PAIR_MASK]++;
      pairs[(w0 >>> 24) | ((w1 << 8) & PAIR_MASK)]++;
      pairs[(w1 >>> 4) & PAIR_MASK]++;
      pairs[(w1 >>> 16) & PAIR_MASK]++;
      pairs[(w1 >>> 28) | ((w2 << 4) & PAIR_MASK)]++;
      pairs[(w2 >>> 8) & PAIR_MASK]++;
      pairs[w2 >>> 20]++;
    }
    this.#addPairs();
  }

  /** Moves what has been counted in pairs to the histogram. */
  #addPairs(): void {
    const pairs = this.#pairs;
    const histogram = this.#histogram;
    for (let pair = 0; pair < pairs.length; pair++) {
      const count = pairs[pair];
      if (count === 0) continue;
      histogram[pair & RANK_MASK] += count;
      histogram[pair >>> RANK_BITS_STORED] += count;
      pairs[pair] = 0;
    }
  }

  /** The registers of a dense sketch, sixteen in three words. */
  #readDense(): Int32Array {
    const start = this.#start + HEADER_BYTES;
    this.#denseBytes.set(this.#bytes.subarray(start, start + REGISTER_BYTES));
    return this.#denseWords;
  }

  #countSparse(): boolean {
    let registers = 0;
    for (let at = HEADER_BYTES; at < this.length; at += this.#runBytes(at)) {
      const count = this.#runLength(at);
      registers += count;
      if (registers > REGISTERS) return false;
      this.#histogram[this.#runRank(at)] += count;
    }
    return registers === REGISTERS;
  }

  // ---- unions -----------------------------------------------------------------------------------------------------

  clearUnion(): void {
    this.union.fill(0);
  }

  /** Raises each register of the union to that of this sketch. @returns false when the sketch is corrupt. */
  joinUnion(): boolean {
    if (this.encoding === SKETCH_SPARSE) return this.#joinSparse();
    const words = this.#readDense();
    const union = this.#unionWords;
    let into = 0;
    for (let at = 0; at < words.length; at += 3, into += 4) {
      const w0 = words[at];
      const w1 = words[at + 1];
      const w2 = words[at + 2];
      union[into] = greaterOfEach(union[into], spread(w0));
      union[into + 1] = greaterOfEach(union[into + 1], spread((w0 >>> 24) | (w1 << 8)));
      union[into + 2] = greaterOfEach(union[into + 2], spread((w1 >>> 16) | (w2 << 16)));
      union[into + 3] = greaterOfEach(union[into + 3], spread(w2 >>> 8));
    }
    return true;
  }

  #joinSparse(): boolean {
    const { union } = this;
    let register = 0;
    for (let at = HEADER_BYTES; at < this.length; at += this.#runBytes(at)) {
      const end = register + this.#runLength(at);
      if (end > REGISTERS) return false;
      const rank = this.#runRank(at);
      if (rank === 0) register = end;
      for (; register < end; register++) if (rank > union[register]) union[register] = rank;
    }
    return register === REGISTERS;
  }

  /** Makes `estimate` how many elements the sketches of the union have seen together. */
  countUnion(): void {
    this.#histogram.fill(0);
    const union = this.#unionWords;
    const pairs = this.#pairs;
    for (let at = 0; at < union.length; at++) {
      const word = union[at];
      pairs[(word & RANK_MASK) | ((word >>> 2) & 0xfc0)]++;
      pairs[((word >>> 16) & RANK_MASK) | ((word >>> 18) & 0xfc0)]++;
    }
    this.#addPairs();
    estimate(this.#histogram, this.estimate);
  }

  /** Makes the registers of a dense sketch, which may be written to, those of the union. */
  storeUnion(): void {
    const union = this.#unionWords;
    const words = this.#denseWords;
    let from = 0;
    for (let at = 0; at < words.length; at += 3, from += 4) {
      const second = gather(union[from + 1]);
      const third = gather(union[from + 2]);
      words[at] = gather(union[from]) | (second << 24);
      words[at + 1] = (second >>> 8) | (third << 16);
      words[at + 2] = (third >>> 16) | (gather(union[from + 3]) << 8);
    }
    this.#bytes.set(this.#denseBytes, this.#start + HEADER_BYTES);
  }

  /**
   * Raises the registers of a sparse sketch to those of the union, in the scratch, in ascending order: so the runs come
   * out, and the sketch gets dense at the moment, as if each register had been an element.
   */
  addUnion(sparseBytesMax: number): number {
    const { union } = this;
    let result = UNCHANGED;
    this.#walkRun = HEADER_BYTES;
    this.#walkFirst = 0;
    for (let register = 0; register < REGISTERS; register++) {
      if (union[register] === 0) continue;
      if (this.encoding === SKETCH_DENSE) {
        // It has just got dense, from registers that the union has too: what is left of the union is all there is.
        this.storeUnion();
        return CHANGED;
      }
      const change = this.#raiseSparse(register, union[register], sparseBytesMax, true);
      if (change === CORRUPT) return CORRUPT;
      result |= change;
    }
    return result;
  }

  // ---- dense ------------------------------------------------------------------------------------------------------

  /** What a register of a dense sketch holds. */
  denseRank(register: number): number {
    const bit = register * RANK_BITS_STORED;
    const at = this.#start + HEADER_BYTES + (bit >>> 3);
    const shift = bit & 7;
    const bytes = this.#bytes;
    // The register's last bits are in the next byte if they begin behind the second.
    const both = shift > 2 ? bytes[at] | (bytes[at + 1] << 8) : bytes[at];
    return (both >> shift) & RANK_MASK;
  }

  /** Sets a register of a dense sketch, which may be written to. */
  setDenseRank(register: number, rank: number): void {
    const bit = register * RANK_BITS_STORED;
    const at = this.#start + HEADER_BYTES + (bit >>> 3);
    const shift = bit & 7;
    const bytes = this.#bytes;
    bytes[at] = (bytes[at] & ~(RANK_MASK << shift)) | (rank << shift);
    if (shift > 2) bytes[at + 1] = (bytes[at + 1] & ~(RANK_MASK >> (8 - shift))) | (rank >> (8 - shift));
  }

  /** Makes a dense sketch of a sparse one, in the scratch. @returns false when it is corrupt. */
  makeDense(): boolean {
    assert(this.encoding === SKETCH_SPARSE, "only a sparse sketch gets dense");
    this.#moveToScratch();
    const { scratch } = this;
    // From the runs, which are in the way of the registers, by way of a copy.
    const runs = scratch.slice(HEADER_BYTES, this.length);
    const sparseBytes = this.length;
    scratch.fill(0, HEADER_BYTES, DENSE_BYTES);
    let register = 0;
    for (let at = 0; at < runs.length; at += runBytes(runs[at])) {
      const end = register + runLength(runs, at, runs.length);
      const rank = runRank(runs[at]);
      if (end > REGISTERS) break;
      if (rank === 0) register = end;
      for (; register < end; register++) this.setDenseRank(register, rank);
    }
    const isValid = register === REGISTERS && lengthOfRuns(runs) === REGISTERS;
    if (isValid) {
      scratch[ENCODING_AT] = SKETCH_DENSE;
      this.length = DENSE_BYTES;
    } else {
      scratch.set(runs, HEADER_BYTES);
      this.length = sparseBytes;
    }
    return isValid;
  }

  // ---- sparse -----------------------------------------------------------------------------------------------------

  /** Raises a register of a sparse sketch, which is in the scratch after any change, and may be dense then. */
  raiseSparse(register: number, rank: number, sparseBytesMax: number): number {
    return this.#raiseSparse(register, rank, sparseBytesMax, false);
  }

  #raiseSparse(register: number, rank: number, sparseBytesMax: number, isWalk: boolean): number {
    if (rank > VALUE_RANK_MAX) return this.#raiseDense(register, rank);
    if (!this.#find(register, isWalk)) return CORRUPT;
    const held = this.#runRank(this.#run);
    if (held >= rank) return UNCHANGED;
    this.#moveToScratch();
    if (this.#registersOfRun === 1 && this.#runBytes(this.#run) === 1) {
      this.scratch[this.#run] = valueRun(rank, 1);
    } else if (!this.#splitRun(register, rank, held, sparseBytesMax)) {
      return this.#raiseDense(register, rank);
    }
    this.#mergeRuns();
    this.invalidate();
    return CHANGED;
  }

  #raiseDense(register: number, rank: number): number {
    if (!this.makeDense()) return CORRUPT;
    assert(this.denseRank(register) < rank, "a sketch gets dense for a register that has to be raised");
    this.setDenseRank(register, rank);
    return CHANGED;
  }

  /** Finds the run that covers a register. @returns false when there is none, or the last one is cut short. */
  #find(register: number, isWalk: boolean): boolean {
    const goesOn = isWalk && register >= this.#walkFirst;
    let at = goesOn ? this.#walkRun : HEADER_BYTES;
    let first = goesOn ? this.#walkFirst : 0;
    let before = -1;
    let firstBefore = 0;
    while (at < this.length) {
      const count = this.#runLength(at);
      if (register < first + count) {
        // Which run comes before the first of a walk is not known there.
        if (goesOn && before < 0 && at > HEADER_BYTES) return this.#find(register, false);
        this.#run = at;
        this.#runBefore = before;
        this.#firstOfRun = first;
        this.#registersOfRun = count;
        this.#walkRun = before < 0 ? HEADER_BYTES : before;
        this.#walkFirst = before < 0 ? 0 : firstBefore;
        return at + this.#runBytes(at) <= this.length;
      }
      before = at;
      firstBefore = first;
      first += count;
      at += this.#runBytes(at);
    }
    return false;
  }

  /** Cuts a register out of the run that `#find` has found. @returns false when the sketch would get too long. */
  #splitRun(register: number, rank: number, held: number, sparseBytesMax: number): boolean {
    const { scratch } = this;
    const run = this.#run;
    const before = register - this.#firstOfRun;
    const behind = this.#firstOfRun + this.#registersOfRun - 1 - register;
    const bytesBefore = partBytes(before, held);
    const bytesBehind = partBytes(behind, held);
    const oldBytes = this.#runBytes(run);
    const added = bytesBefore + 1 + bytesBehind - oldBytes;
    if (added > 0 && this.length + added > sparseBytesMax) return false;
    if (this.length + added > scratch.length) return false;
    this.#moveEnd(run + oldBytes, added);
    if (before > 0) this.#setPart(run, before, held);
    scratch[run + bytesBefore] = valueRun(rank, 1);
    if (behind > 0) this.#setPart(run + bytesBefore + 1, behind, held);
    return true;
  }

  #setPart(at: number, count: number, rank: number): void {
    if (rank > 0) this.scratch[at] = valueRun(rank, count);
    else this.#setZeros(at, count);
  }

  #setZeros(at: number, count: number): void {
    const { scratch } = this;
    if (count <= ZERO_LENGTH_MAX) {
      scratch[at] = count - 1;
    } else {
      scratch[at] = XZERO_BIT | ((count - 1) >> 8);
      scratch[at + 1] = count - 1;
    }
  }

  /** Moves what stands in the scratch from `from` to the end, and the end with it. */
  #moveEnd(from: number, by: number): void {
    const { length, scratch } = this;
    this.length = length + by;
    if (length - from > MOVED_BY_LOOP_MAX) scratch.copyWithin(from + by, from, length);
    else if (by < 0) for (let at = from; at < length; at++) scratch[at + by] = scratch[at];
    else for (let at = length - 1; at >= from; at--) scratch[at + by] = scratch[at];
  }

  /** Makes one of neighbours with the same rank, among the few runs around a change. */
  #mergeRuns(): void {
    const { scratch } = this;
    let at = this.#runBefore < 0 ? HEADER_BYTES : this.#runBefore;
    for (let left = MERGED_RUNS_MAX; left > 0 && at < this.length; left--) {
      const run = scratch[at];
      if ((run & VALUE_BIT) === 0) {
        at += runBytes(run);
        continue;
      }
      const next = at + 1 < this.length ? scratch[at + 1] : 0;
      const count = (run & 3) + (next & 3) + 2;
      if ((next & VALUE_BIT) !== 0 && runRank(next) === runRank(run) && count <= VALUE_LENGTH_MAX) {
        scratch[at + 1] = valueRun(runRank(run), count);
        this.#moveEnd(at + 1, -1);
      } else {
        at++;
      }
    }
  }

  #moveToScratch(): void {
    if (this.#isInScratch) return;
    const { scratch } = this;
    assert(this.length <= SKETCH_BYTES_MAX, "no sketch is longer than two bytes a register");
    copyBytes(this.#bytes, this.#start, scratch, 0, this.length);
    this.attach(scratch, 0, this.length);
  }

  // ---- runs -------------------------------------------------------------------------------------------------------

  /** Calls with rank (0 for none) and registers of each run of a sparse sketch. */
  eachRun(visit: (rank: number, count: number, isLong: boolean) => void): void {
    for (let at = HEADER_BYTES; at < this.length; at += this.#runBytes(at)) {
      visit(this.#runRank(at), this.#runLength(at), this.#runBytes(at) === 2);
    }
  }

  #runBytes(at: number): number {
    return runBytes(this.#bytes[this.#start + at]);
  }

  #runLength(at: number): number {
    return runLength(this.#bytes, this.#start + at, this.#start + this.length);
  }

  #runRank(at: number): number {
    return runRank(this.#bytes[this.#start + at]);
  }
}

/** Four registers of six bits each, a byte for each. */
function spread(four: number): number {
  return (four & 0x3f) | ((four << 2) & 0x3f00) | ((four << 4) & 0x3f0000) | ((four << 6) & 0x3f000000);
}

/** The contrary. */
function gather(word: number): number {
  return (word & 0x3f) | ((word >>> 2) & 0xfc0) | ((word >>> 4) & 0x3f000) | ((word >>> 6) & 0xfc0000);
}

/** The greater of each two of four bytes below 128: a byte's highest bit stays when the other can be taken from it. */
function greaterOfEach(one: number, other: number): number {
  const isFirst = (((one | 0x80808080) - other) | 0) & 0x80808080;
  const mask = (isFirst - (isFirst >>> 7)) | 0;
  return (one & mask) | (other & ~mask);
}

function runBytes(first: number): number {
  return (first & (VALUE_BIT | XZERO_BIT)) === XZERO_BIT ? 2 : 1;
}

/** Registers of the run at `at`. Behind the end of a string there is, as in Redis, a zero. */
function runLength(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at];
  if ((first & VALUE_BIT) !== 0) return (first & 3) + 1;
  if ((first & XZERO_BIT) === 0) return first + 1;
  return (((first & LENGTH_MASK) << 8) | (at + 1 < end ? bytes[at + 1] : 0)) + 1;
}

/** What the registers of a run hold; 0 for nothing. */
function runRank(first: number): number {
  return (first & VALUE_BIT) === 0 ? 0 : ((first >> 2) & 0x1f) + 1;
}

function valueRun(rank: number, count: number): number {
  return VALUE_BIT | ((rank - 1) << 2) | (count - 1);
}

/** Bytes of a part of a run. */
function partBytes(count: number, rank: number): number {
  if (count === 0) return 0;
  return rank === 0 && count > ZERO_LENGTH_MAX ? 2 : 1;
}

function lengthOfRuns(runs: Uint8Array): number {
  let registers = 0;
  for (let at = 0; at < runs.length; at += runBytes(runs[at])) registers += runLength(runs, at, runs.length);
  return registers;
}

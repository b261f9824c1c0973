/**
 * What the engine counts. Owners of other counts (network, keyspace) keep their own.
 *
 * Latencies are counted in log-linear histograms (as HdrHistogram, hdrhistogram.org, does): a command has one array of
 * counts, made when it first runs. A cell stands for one nanosecond below 64 ns; above, every octave is cut into 32
 * cells, so that a percentile is at most 3 % too high. 832 cells reach to 1.07 s; longer counts as that long.
 *
 *     index = ns                                   ns < 64
 *     index = shift · 32 + (ns >> shift)           shift = position of the highest bit − 5
 *
 * The cost: one look for the cell per closed group of commands (see the engine), one addition per command.
 */
const CELLS_EXACT = 64;
const CELLS_OF_OCTAVE_BITS = 5;
const LATENCY_CELLS = 832;
const LATENCY_NS_MAX = 2 ** 30 - 1;
/** Counts are doubles: a busy server passes 2^32 calls within the hour. */
export const LATENCY_HISTOGRAM_BYTES: number = LATENCY_CELLS * Float64Array.BYTES_PER_ELEMENT;

export function createHistogram(): Float64Array {
  return new Float64Array(LATENCY_CELLS);
}

/** The cell in which a command that took so long is counted. */
export function latencyCell(elapsedUs: number): number {
  return cellOfNs(elapsedUs * 1000);
}

function cellOfNs(ns: number): number {
  const bounded = ns >= LATENCY_NS_MAX ? LATENCY_NS_MAX : ns < 1 ? 1 : ns | 0;
  if (bounded < CELLS_EXACT) return bounded;
  const shift = 31 - CELLS_OF_OCTAVE_BITS - Math.clz32(bounded);
  return (shift << CELLS_OF_OCTAVE_BITS) + (bounded >> shift);
}

/** The longest time, ns, that is counted in a cell. */
export function cellEndNs(cell: number): number {
  if (cell < CELLS_EXACT) return cell;
  const shift = (cell >> CELLS_OF_OCTAVE_BITS) - 1;
  const mantissa = cell - (shift << CELLS_OF_OCTAVE_BITS);
  return ((mantissa + 1) << shift) - 1;
}

/** The time, ns, within which `percent` of the counted calls ended. @param histogram with at least one call. */
export function latencyPercentileNs(histogram: Float64Array, percent: number): number {
  let total = 0;
  for (const count of histogram) total += count;
  const wanted = Math.max(1, Math.floor((percent / 100) * total + 0.5));
  let seen = 0;
  for (let cell = 0; cell < histogram.length; cell++) {
    seen += histogram[cell];
    if (seen >= wanted) return cellEndNs(cell);
  }
  return LATENCY_NS_MAX;
}

/** Steps of LATENCY HISTOGRAM: the first, and how often it is doubled. */
const STEP_NS_MIN = 1024;
const STEPS = 21;
/** Redis counts in cells of a 128th of an octave, and a step reaches to the end of the cell that it begins. */
const STEP_CELLS_BITS = 7;

/** How many calls were counted, and of them how many up to each of some times, if more than up to the one before. */
export function latencyDistribution(histogram: Float64Array): {
  calls: number;
  steps: (readonly [us: number, calls: number])[];
} {
  const steps: (readonly [number, number])[] = [];
  let calls = 0;
  let cell = 0;
  for (let step = 0; step < STEPS; step++) {
    const ns = STEP_NS_MIN * 2 ** step;
    const before = calls;
    const last = step === STEPS - 1 ? histogram.length - 1 : cellOfNs(ns);
    for (; cell <= last; cell++) calls += histogram[cell];
    if (calls > before) steps.push([Math.floor((ns + ns / 2 ** STEP_CELLS_BITS - 1) / 1000), calls]);
  }
  return { calls, steps };
}

/** What `latencyCell` would be of a call that is not counted. */
export const NOT_COUNTED = -1;

export class EngineStatistics {
  commandsProcessed = 0;
  errorReplies = 0;
  /** Commands slower than the slow log's threshold since the start. */
  slowCommands = 0;
  /** Calls by the error code they were answered with, for INFO errorstats. */
  readonly errors: Map<string, number> = new Map();
  /** `latency-tracking`. */
  tracksLatency = true;

  /** The cell of the histograms for calls that took so long each, or NOT_COUNTED. */
  cellOf(elapsedUs: number): number {
    return this.tracksLatency ? latencyCell(elapsedUs) : NOT_COUNTED;
  }

  countError(text: string): void {
    this.errorReplies++;
    const blank = text.indexOf(" ");
    const code = blank < 0 ? text : text.slice(0, blank);
    const count = this.errors.get(code);
    if (count !== undefined) this.errors.set(code, count + 1);
    else if (this.errors.size < ERROR_CODES_MAX) this.errors.set(code, 1);
  }

  reset(): void {
    this.commandsProcessed = 0;
    this.errorReplies = 0;
    this.slowCommands = 0;
    this.errors.clear();
  }
}

/** Codes come from scripts too, later: a bound on how many are told apart. */
const ERROR_CODES_MAX = 128;

/**
 * Bytes whose place in a stream can be told from their value: position modulo a prime. A lost, doubled or swapped
 * stretch shows wherever its length is no multiple of the prime.
 */
const PERIOD = 251;

/** Bytes `from` to `from + sizeBytes` of the stream. */
export function patternBytes(sizeBytes: number, from = 0): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  const first = Math.min(PERIOD, sizeBytes);
  for (let i = 0; i < first; i++) bytes[i] = (from + i) % PERIOD;
  // What is filled is doubled, which keeps whole periods, until everything is.
  for (let filled = first; filled < sizeBytes; filled *= 2) bytes.copyWithin(filled, 0, filled);
  return bytes;
}

/** `sizeBytes` rounded down so that blocks of it can follow each other in the pattern. */
export function wholePeriods(sizeBytes: number): number {
  return sizeBytes - (sizeBytes % PERIOD);
}

/** That `buffer[start..end)` is the stream from `position` on; every `step`-th byte is looked at, and the last. */
export function checkPattern(buffer: Uint8Array, start: number, end: number, position: number, step = 1): void {
  for (let i = start; i < end; i += step) {
    if (buffer[i] !== (position + i - start) % PERIOD) wrong(position + i - start);
  }
  if (buffer[end - 1] !== (position + end - 1 - start) % PERIOD) wrong(position + end - 1 - start);
}

function wrong(position: number): never {
  throw new Error(`byte ${position} of the stream is wrong`);
}

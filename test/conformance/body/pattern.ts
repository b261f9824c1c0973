/**
 * Bytes whose place in a stream can be told from their value: position modulo a prime. A lost, doubled or swapped
 * stretch shows wherever its length is no multiple of the prime.
 */
import { check } from "./assert.ts";

const PERIOD = 251;

/** Bytes `from` to `from + sizeBytes` of the stream. */
export function patternBytes(sizeBytes: number, from = 0): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  for (let i = 0; i < sizeBytes; i++) bytes[i] = (from + i) % PERIOD;
  return bytes;
}

/** `sizeBytes` rounded down so that blocks of it can follow each other in the pattern. */
export function wholePeriods(sizeBytes: number): number {
  return sizeBytes - (sizeBytes % PERIOD);
}

/** That `buffer[start..end)` is the stream from `position` on; every `step`-th byte is looked at, and the last. */
export function checkPattern(buffer: Uint8Array, start: number, end: number, position: number, step = 1): void {
  for (let i = start; i < end; i += step) {
    check(buffer[i] === (position + i - start) % PERIOD, `byte ${position + i - start} of the stream is wrong`);
  }
  check(buffer[end - 1] === (position + end - 1 - start) % PERIOD, `byte ${position + end - 1 - start} is wrong`);
}

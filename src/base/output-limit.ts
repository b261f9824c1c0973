/**
 * `client-output-buffer-limit`: how much may wait for a client that does not read, and for how long.
 *
 * Output up to OUTPUT_UNLIMITED_BYTES counts as none: a limit of one byte closes nobody who is being answered OK.
 */
import { OUTPUT_UNLIMITED_BYTES } from "./limits.ts";

/** Of a class of clients. 0 is no limit. */
export interface OutputLimit {
  /** From here on the client is closed at once. */
  readonly hardBytes: number;
  /** From here on for longer than `softSeconds` on end, the client is closed. */
  readonly softBytes: number;
  readonly softSeconds: number;
}

const NEVER = Number.NaN;
const MICROSECONDS = 1_000_000;

/** Holds one client's output to its limit. */
export class OutputWatch {
  /** Since when the output has been at the soft limit, monotonic µs. */
  #softSinceUs = NEVER;

  /** Everything has been sent. */
  reset(): void {
    this.#softSinceUs = NEVER;
  }

  /** @returns whether the client is to be closed. */
  exceeds(waitingBytes: number, { hardBytes, softBytes, softSeconds }: OutputLimit, nowUs: number): boolean {
    const counted = waitingBytes > OUTPUT_UNLIMITED_BYTES ? waitingBytes : 0;
    if (hardBytes > 0 && counted >= hardBytes) return true;
    if (softBytes === 0 || counted < softBytes) {
      this.#softSinceUs = NEVER;
      return false;
    }
    if (Number.isNaN(this.#softSinceUs)) this.#softSinceUs = nowUs;
    return nowUs - this.#softSinceUs > softSeconds * MICROSECONDS;
  }
}

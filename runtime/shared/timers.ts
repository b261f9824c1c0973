/**
 * Timers over the globals `setTimeout`, `setInterval` and `setImmediate`. The end of a turn is `setImmediate` on all
 * three runtimes: it runs after the poll phase has handed out the I/O that was ready.
 */
import type { TimerHandle, Timers } from "../../src/platform/index.ts";

/** The runtimes fire a longer delay at once instead of late. */
const DELAY_MS_MAX = 2 ** 31 - 1;

class OnceTimer implements TimerHandle {
  #leftMs: number;
  readonly #callback: () => void;
  #timeout: ReturnType<typeof setTimeout> | null = null;

  constructor(delayMs: number, callback: () => void) {
    this.#leftMs = delayMs;
    this.#callback = callback;
    this.#arm();
  }

  cancel(): void {
    if (this.#timeout === null) return;
    clearTimeout(this.#timeout);
    this.#timeout = null;
  }

  /** Sets the next leg: the whole delay, unless it is longer than the runtime can count. */
  #arm(): void {
    const legMs = Math.min(this.#leftMs, DELAY_MS_MAX);
    this.#leftMs -= legMs;
    this.#timeout = setTimeout(() => {
      // Deno still calls what fell due together with the callback that has just cancelled it.
      if (this.#timeout === null) return;
      if (this.#leftMs > 0) {
        this.#arm();
        return;
      }
      this.#timeout = null;
      this.#callback();
    }, legMs);
  }
}

class EveryTimer implements TimerHandle {
  readonly #interval: ReturnType<typeof setInterval>;
  #isCancelled = false;

  constructor(periodMs: number, callback: () => void) {
    this.#interval = setInterval(
      () => {
        if (!this.#isCancelled) callback();
      },
      Math.min(periodMs, DELAY_MS_MAX),
    );
  }

  cancel(): void {
    this.#isCancelled = true;
    clearInterval(this.#interval);
  }
}

export class SystemTimers implements Timers {
  once(delayMs: number, callback: () => void): TimerHandle {
    return new OnceTimer(delayMs, callback);
  }

  every(periodMs: number, callback: () => void): TimerHandle {
    return new EveryTimer(periodMs, callback);
  }

  atTurnEnd(callback: () => void): void {
    setImmediate(callback);
  }
}

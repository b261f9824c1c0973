import type { Clock, TimerHandle, Timers } from "../platform/index.ts";

/** Longer is slept in pieces: timers are not made for months. */
const SLEEP_MS_MAX = 3_600_000;

/** Calls back once when a moment has come, never before it: a timer that fires a little early is set again. */
export class Alarm {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #dueUs: number;
  readonly #callback: () => void;
  #timer: TimerHandle | null = null;

  /** @param dueUs monotonic µs. */
  constructor(clock: Clock, timers: Timers, dueUs: number, callback: () => void) {
    this.#clock = clock;
    this.#timers = timers;
    this.#dueUs = dueUs;
    this.#callback = callback;
    this.#sleep();
  }

  /** Idempotent; after it the callback never runs. */
  cancel(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #sleep(): void {
    const leftMs = Math.ceil((this.#dueUs - this.#clock.monotonicUs()) / 1000);
    this.#timer = this.#timers.once(Math.max(0, Math.min(leftMs, SLEEP_MS_MAX)), () => {
      this.#timer = null;
      if (this.#clock.monotonicUs() < this.#dueUs) this.#sleep();
      else this.#callback();
    });
  }
}

import type { Clock, Timers } from "../platform/index.ts";

/**
 * The event turn: from the first callback of an iteration of the event loop to its end. The longest one ever is what
 * shows whether anything has held the loop.
 */
export class Turn {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #end: () => void;
  #open = false;
  #startedUs = 0;
  /** µs. */
  longestUs = 0;
  count = 0;

  constructor(clock: Clock, timers: Timers) {
    this.#clock = clock;
    this.#timers = timers;
    this.#end = () => this.#close();
  }

  /** Called first by everything that the event loop calls. */
  enter(): void {
    if (this.#open) return;
    this.#open = true;
    this.#startedUs = this.#clock.monotonicUs();
    this.#timers.atTurnEnd(this.#end);
  }

  #close(): void {
    this.#open = false;
    this.count++;
    const elapsedUs = this.#clock.monotonicUs() - this.#startedUs;
    if (elapsedUs > this.longestUs) this.longestUs = elapsedUs;
  }

  reset(): void {
    this.longestUs = 0;
    this.count = 0;
  }
}

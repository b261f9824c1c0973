/**
 * Clocks over `Date.now` and `performance.now`, which all three runtimes carry and answer in some 30 ns.
 *
 * There is no wall clock of microseconds in JavaScript, so one is made: the monotonic clock plus an offset that was
 * taken from the wall clock, and is taken anew when the two have drifted apart (the system's time was set).
 */
import type { Clock } from "../../src/platform/index.ts";

/** Drift between the two clocks that means the wall clock was set; its own granularity is 1 ms. */
const DRIFT_US_MAX = 2000;

/** Node's global is a getter, which costs a third as much again as the call. */
const { performance } = globalThis;

export class SystemClock implements Clock {
  #offsetUs = Date.now() * 1000 - performance.now() * 1000;

  wallMs(): number {
    return Date.now();
  }

  wallUs(): number {
    const monotonicUs = performance.now() * 1000;
    const coarseUs = Date.now() * 1000;
    const driftUs = monotonicUs + this.#offsetUs - coarseUs;
    if (driftUs < -DRIFT_US_MAX || driftUs > DRIFT_US_MAX) this.#offsetUs = coarseUs - monotonicUs;
    return Math.floor(monotonicUs + this.#offsetUs);
  }

  monotonicUs(): number {
    return performance.now() * 1000;
  }
}

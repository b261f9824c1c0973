/** The two clocks. Neither is read per command: a unit of work reads them once and passes the value on. */
export interface Clock {
  /** Milliseconds since the Unix epoch, an integer. May jump. */
  wallMs(): number;
  /** Microseconds since the Unix epoch, an integer. May jump. */
  wallUs(): number;
  /** Microseconds since some fixed point; never goes back. May carry a fraction. */
  monotonicUs(): number;
}

/** A timer that has been set. */
export interface TimerHandle {
  /** Idempotent; after it the callback never runs. */
  cancel(): void;
}

/**
 * Timers. A pending timer keeps the process alive, as a listening socket does; whoever closes a server cancels them.
 * A callback that throws is a bug of the core: adapters let it surface as an uncaught error.
 */
export interface Timers {
  /** Runs once, `delayMs` (≥ 0) from now. */
  once(delayMs: number, callback: () => void): TimerHandle;
  /** Runs every `periodMs` (≥ 1); a late run is not made up for. */
  every(periodMs: number, callback: () => void): TimerHandle;
  /**
   * Runs once when the current turn of the event loop has handled the I/O that was ready, before the loop waits
   * again. Several callbacks run in the order they were given. A microtask is not a turn.
   */
  atTurnEnd(callback: () => void): void;
}

import type { Clock, Timers } from "../platform/index.ts";

/** What has something to do when the turn ends, such as a session with messages to send. */
export interface TurnTask {
  atTurnEnd(): void;
}

/**
 * The event turn: from the first callback of an iteration of the event loop to its end. The longest one ever is what
 * shows whether anything has held the loop.
 */
export class Turn {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #end: () => void;
  #open = false;
  #tasks: TurnTask[] = [];
  #startedUs = 0;
  /** µs. */
  longestUs = 0;
  /** Of all turns together, µs. */
  totalUs = 0;
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

  /** Has a task called at the end of this turn. Whoever calls it sees to it that it is not there twice. */
  add(task: TurnTask): void {
    this.enter();
    this.#tasks.push(task);
  }

  #close(): void {
    if (this.#tasks.length > 0) this.#runTasks();
    this.#open = false;
    this.count++;
    const elapsedUs = this.#clock.monotonicUs() - this.#startedUs;
    this.totalUs += elapsedUs;
    if (elapsedUs > this.longestUs) this.longestUs = elapsedUs;
  }

  #runTasks(): void {
    const tasks = this.#tasks;
    this.#tasks = [];
    for (const task of tasks) task.atTurnEnd();
  }

  reset(): void {
    this.longestUs = 0;
    this.totalUs = 0;
    this.count = 0;
  }
}

import type { Clock, Timers } from "../platform/index.ts";

/** What has something to do when the turn ends, such as a session with messages to send. */
export interface TurnTask {
  atTurnEnd(): void;
}

/** What has been put off because its turn had taken long enough. */
export interface DeferredTask {
  /** Called in a later turn. */
  proceed(): void;
}

/** In the place of a task that is done. */
const DONE: TurnTask = { atTurnEnd() {} };

/** After so long a turn takes on nothing new. What one client is being served ends after its present command. */
const BUDGET_US = 8000;

/**
 * The event turn: from the first callback of an iteration of the event loop to its end. The longest one ever is what
 * shows whether anything has held the loop.
 *
 * A turn has a budget. The system hands over megabytes a client and iteration when clients send as fast as they can;
 * past the budget a session keeps what it gets, and goes on in a later turn, in the order of waiting. So timers,
 * background work and other clients come in between, and the loop is never held for longer than the budget and one
 * command.
 */
export class Turn {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #end: () => void;
  readonly #next: () => void;
  #open = false;
  /** The first `#taskCount` wait. Neither array is ever shortened: it would be allocated anew in every turn. */
  #tasks: TurnTask[] = [];
  #taskCount = 0;
  /** Takes the place of the other while that is worked off. */
  #spareTasks: TurnTask[] = [];
  #deferred: DeferredTask[] = [];
  #startedUs = 0;
  /** When the running turn's budget is used up, monotonic µs. */
  deadlineUs = 0;
  /** µs. */
  longestUs = 0;
  /** Of all turns together, µs. */
  totalUs = 0;
  count = 0;

  constructor(clock: Clock, timers: Timers) {
    this.#clock = clock;
    this.#timers = timers;
    this.#end = () => this.#close();
    this.#next = () => this.#proceed();
  }

  /** Called first by everything that the event loop calls. */
  enter(): void {
    if (this.#open) return;
    this.#open = true;
    this.#startedUs = this.#clock.monotonicUs();
    this.deadlineUs = this.#startedUs + BUDGET_US;
    this.#timers.atTurnEnd(this.#end);
  }

  /** Has a task called at the end of this turn. Whoever calls it sees to it that it is not there twice. */
  add(task: TurnTask): void {
    this.enter();
    this.#tasks[this.#taskCount++] = task;
  }

  /** Has a task go on in a later turn. Whoever calls it sees to it that it is not there twice. */
  defer(task: DeferredTask): void {
    this.#deferred.push(task);
  }

  #close(): void {
    while (this.#taskCount > 0) this.#runTasks();
    this.#open = false;
    this.count++;
    const elapsedUs = this.#clock.monotonicUs() - this.#startedUs;
    this.totalUs += elapsedUs;
    if (elapsedUs > this.longestUs) this.longestUs = elapsedUs;
    if (this.#deferred.length > 0) this.#timers.atTurnEnd(this.#next);
  }

  #runTasks(): void {
    const tasks = this.#tasks;
    const count = this.#taskCount;
    this.#tasks = this.#spareTasks;
    this.#taskCount = 0;
    this.#spareTasks = tasks;
    for (let i = 0; i < count; i++) {
      const task = tasks[i];
      // Nothing here keeps a closed session from the collector.
      tasks[i] = DONE;
      task.atTurnEnd();
    }
  }

  /** Goes on with what waits, until the new turn's budget too is used up. */
  #proceed(): void {
    this.enter();
    const waiting = this.#deferred;
    this.#deferred = [];
    let next = 0;
    while (next < waiting.length && this.#clock.monotonicUs() < this.deadlineUs) waiting[next++].proceed();
    // Those that have waited longest stay ahead of those that were put off again.
    if (next < waiting.length) this.#deferred = [...waiting.slice(next), ...this.#deferred];
  }

  reset(): void {
    this.longestUs = 0;
    this.totalUs = 0;
    this.count = 0;
  }
}

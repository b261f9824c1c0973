/**
 * The event loop of all simulated hosts: virtual time, turns, and the checkpoint that lets promises settle.
 *
 * A turn takes every event due at one instant, in order; events scheduled meanwhile for the same instant wait for the
 * next turn. Then come the callbacks given to `atTurnEnd`, of all hosts in the order given. Promise reactions run where
 * a real runtime would run them: between the events and the turn-end callbacks, and again after these.
 *
 * That checkpoint is a real macrotask (`setImmediate`), because it is the only point at which a JavaScript program can
 * know that no microtask is left, however long a chain of awaits is. Nothing about it depends on time: whether the
 * macrotask comes after one microsecond or one second, the same microtasks have run in the same order. It costs about a
 * microsecond, so it is left out where no code of a host has run since the last one (packets between kernels).
 */
import { assert } from "../../src/base/assert.ts";
import { CallbackEvent, EventQueue, type SimEvent } from "./queue.ts";
import { Trace } from "./trace.ts";

/**
 * Virtual time between the end of a turn and the turn in which callbacks given meanwhile run. Not zero: a host that
 * works in slices, one a turn, would otherwise keep the world standing still.
 */
const NEXT_TURN_US = 10;

/** Wall time at which every simulation starts: 2024-05-01T00:00:00Z. */
export const START_WALL_MS = 1_714_521_600_000;

/** Thrown through the code of a host that has left its process; the loop swallows it. */
export class SimExit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`the simulated process has exited with code ${code}`);
    this.name = "SimExit";
    this.code = code;
  }
}

// Taken at load, so that a test with faked timers cannot stop the world.
const nextMacrotask = setImmediate;

/** Resolves when no microtask is left. */
export function settleMicrotasks(): Promise<void> {
  return new Promise((resolve) => nextMacrotask(resolve));
}

export class Loop {
  readonly trace = new Trace();
  readonly queue = new EventQueue();
  /** Virtual time since the start of the simulation, an integer. */
  nowUs = 0;
  /** Turns so far. */
  turnCount = 0;
  /** Events so far. */
  eventCount = 0;
  /** Whether code of a host, which may leave microtasks behind, has run since the last checkpoint. */
  hostCodeRan = false;
  private isInTurn = false;
  private turnEnds: SimEvent[] = [];
  private readonly nextTurn = new CallbackEvent(() => {});

  /** @param delayUs from now, an integer ≥ 0; 0 is the next turn of the same instant. */
  schedule(event: SimEvent, delayUs: number): void {
    assert(Number.isSafeInteger(delayUs) && delayUs >= 0, "a delay is a whole number of microseconds");
    this.queue.push(event, this.nowUs + delayUs);
  }

  /** @param dueUs a time before now counts as now. */
  scheduleAt(event: SimEvent, dueUs: number): void {
    this.queue.push(event, Math.max(dueUs, this.nowUs));
  }

  cancel(event: SimEvent): void {
    this.queue.remove(event);
  }

  /** Fires `event` at the end of this turn or, outside a turn or during its end, of the next. */
  atTurnEnd(event: SimEvent): void {
    this.turnEnds.push(event);
    if (!this.isInTurn && !this.nextTurn.isScheduled) this.schedule(this.nextTurn, NEXT_TURN_US);
  }

  /** Time of the next turn, µs; Infinity when nothing is going to happen. */
  nextTurnUs(): number {
    const next = this.queue.peek();
    return next === undefined ? Number.POSITIVE_INFINITY : next.dueUs;
  }

  /** Runs the next turn. @throws whatever the code of a host throws. */
  async turn(): Promise<void> {
    this.isInTurn = true;
    try {
      this.turnCount++;
      this.runDue();
      if (this.turnEnds.length > 0) {
        await this.checkpoint();
        this.runTurnEnds();
      }
    } finally {
      this.isInTurn = false;
    }
    await this.checkpoint();
  }

  private runDue(): void {
    const queue = this.queue;
    const nowUs = this.nextTurnUs();
    assert(nowUs >= this.nowUs && nowUs < Number.POSITIVE_INFINITY, "time moves forward, to an event");
    this.nowUs = nowUs;
    const limit = queue.nextOrder;
    for (let next = queue.peek(); next !== undefined; next = queue.peek()) {
      if (next.dueUs > nowUs || next.order >= limit) break;
      queue.remove(next);
      this.fire(next);
    }
  }

  private runTurnEnds(): void {
    const due = this.turnEnds;
    this.turnEnds = [];
    this.isInTurn = false;
    this.cancel(this.nextTurn);
    for (const event of due) this.fire(event);
  }

  private fire(event: SimEvent): void {
    this.eventCount++;
    try {
      event.fire();
    } catch (error) {
      if (!(error instanceof SimExit)) throw error;
    }
  }

  private async checkpoint(): Promise<void> {
    if (!this.hostCodeRan) return;
    this.hostCodeRan = false;
    await settleMicrotasks();
  }
}

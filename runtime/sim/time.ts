/** Clocks and timers of one incarnation of a host, on virtual time. Reading a clock does not advance it. */
import { assert } from "../../src/base/assert.ts";
import type { Clock, TimerHandle, Timers } from "../../src/platform/index.ts";
import { HostEvent, type Incarnation } from "./incarnation.ts";
import { SimEvent } from "./queue.ts";

/** Even a timer of 0 ms lets some time pass, or two of them could keep the world standing still. */
const TIMER_US_MIN = 1;

export class SimClock implements Clock {
  private readonly owner: Incarnation;

  constructor(owner: Incarnation) {
    this.owner = owner;
  }

  wallMs(): number {
    return Math.floor(this.wallUs() / 1000);
  }

  wallUs(): number {
    return this.owner.host.wallUs;
  }

  monotonicUs(): number {
    return this.owner.loop.nowUs;
  }
}

class SimTimer extends SimEvent implements TimerHandle {
  private readonly owner: Incarnation;
  private readonly callback: () => void;
  /** 0 for one-shot. */
  private readonly periodUs: number;
  private isCancelled = false;

  constructor(owner: Incarnation, callback: () => void, periodUs: number) {
    super();
    this.owner = owner;
    this.callback = callback;
    this.periodUs = periodUs;
  }

  start(delayUs: number): void {
    if (!this.owner.isAlive) return;
    this.owner.timers.add(this);
    this.owner.loop.schedule(this, delayUs);
  }

  cancel(): void {
    this.isCancelled = true;
    this.owner.timers.delete(this);
    this.owner.held.delete(this);
    this.owner.loop.cancel(this);
  }

  fire(): void {
    const { owner } = this;
    if (this.isCancelled || !owner.admits(this)) return;
    owner.loop.trace.event(owner.loop.nowUs, owner.host.id, "timer", this.periodUs);
    if (this.periodUs === 0) {
      owner.timers.delete(this);
    } else {
      // A run that came late (the host was frozen) is not made up for.
      const nextUs = this.dueUs + this.periodUs;
      owner.loop.scheduleAt(this, nextUs > owner.loop.nowUs ? nextUs : owner.loop.nowUs + this.periodUs);
    }
    this.callback();
  }
}

export class SimTimers implements Timers {
  private readonly owner: Incarnation;

  constructor(owner: Incarnation) {
    this.owner = owner;
  }

  once(delayMs: number, callback: () => void): TimerHandle {
    assert(delayMs >= 0, "a timer's delay is not negative");
    const timer = new SimTimer(this.owner, callback, 0);
    timer.start(wholeUs(delayMs));
    return timer;
  }

  every(periodMs: number, callback: () => void): TimerHandle {
    assert(periodMs >= 1, "a timer's period is 1 ms or more");
    const timer = new SimTimer(this.owner, callback, wholeUs(periodMs));
    timer.start(wholeUs(periodMs));
    return timer;
  }

  atTurnEnd(callback: () => void): void {
    const { owner } = this;
    if (!owner.isAlive) return;
    const event = new HostEvent(owner, () => {
      owner.loop.trace.event(owner.loop.nowUs, owner.host.id, "turn-end", 0);
      callback();
    });
    owner.loop.atTurnEnd(event);
  }
}

function wholeUs(ms: number): number {
  return Math.max(TIMER_US_MIN, Math.ceil(ms * 1000));
}

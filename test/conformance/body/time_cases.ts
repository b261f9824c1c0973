/** Clocks, timers and the end of a turn. */
import { check, equal } from "./assert.ts";
import { type ConformanceCase, type Environment, until } from "./environment.ts";

/** How much a sleeping runtime may round a delay down, and never more. */
const TIMER_EARLY_US = 1500;

/** How much one wall clock may be ahead of the other. */
const WALL_SKEW_MS = 20;

/** Whatever passes from one reading to the next, the second lies between the first and the third. */
function checkWallClocks(env: Environment): void {
  const { clock } = env.platform;
  const beforeMs = clock.wallMs();
  const wallMs = clock.wallUs() / 1000;
  const afterMs = clock.wallMs();
  check(wallMs >= beforeMs - WALL_SKEW_MS && wallMs <= afterMs + WALL_SKEW_MS, "the wall clocks agree");
}

async function clocksAdvance(env: Environment): Promise<void> {
  const { clock } = env.platform;
  checkWallClocks(env);
  const wallMs = clock.wallMs();
  const wallUs = clock.wallUs();
  const monotonicUs = clock.monotonicUs();
  check(Number.isSafeInteger(wallMs) && Number.isSafeInteger(wallUs), "wall clocks are integers");
  await env.advance(20);
  const elapsedUs = clock.monotonicUs() - monotonicUs;
  check(elapsedUs >= 20_000 - TIMER_EARLY_US, `20 ms are at least that on the monotonic clock, got ${elapsedUs} µs`);
  check(clock.wallMs() - wallMs >= 18, "20 ms are at least that on the wall clock");
  check(clock.wallUs() - wallUs >= 18_000, "20 ms are at least that on the wall clock in µs");
  let previous = clock.monotonicUs();
  for (let i = 0; i < 1000; i++) {
    const now = clock.monotonicUs();
    check(now >= previous, "the monotonic clock goes back");
    previous = now;
  }
}

async function wallClockIsReal(env: Environment): Promise<void> {
  const wallMs = env.platform.clock.wallMs();
  const year2024Ms = 1_704_067_200_000;
  check(wallMs > year2024Ms && wallMs < year2024Ms * 4, `the wall clock counts ms since 1970, got ${wallMs}`);
  checkWallClocks(env);
}

async function timersFireInOrder(env: Environment): Promise<void> {
  const { timers, clock } = env.platform;
  const order: string[] = [];
  /** When it is due, as far as that can be known: time may pass while it is set. */
  const set = (delayMs: number, name: string): { name: string; fromUs: number; toUs: number; delayMs: number } => {
    const fromUs = clock.monotonicUs() + delayMs * 1000;
    timers.once(delayMs, () => {
      check(clock.monotonicUs() >= fromUs - TIMER_EARLY_US, "a timer does not fire early");
      order.push(name);
    });
    return { name, delayMs, fromUs, toUs: clock.monotonicUs() + delayMs * 1000 };
  };
  const all = [set(30, "30"), set(10, "10"), set(0, "0"), set(10, "10 again")];
  equal(order, [], "nothing runs within the call");
  await until(env, "the last timer fired", () => order.length === all.length);
  for (const [index, one] of all.entries()) {
    for (const [otherIndex, other] of all.entries()) {
      const isBefore = one.delayMs === other.delayMs ? index < otherIndex : one.toUs < other.fromUs - TIMER_EARLY_US;
      if (isBefore) check(order.indexOf(one.name) < order.indexOf(other.name), `order of timers: ${order}`);
    }
  }
}

async function cancelledTimersStaySilent(env: Environment): Promise<void> {
  const { timers } = env.platform;
  let fired = 0;
  let cancels = 0;
  const first = timers.once(5, () => fired++);
  first.cancel();
  first.cancel();
  // What cancels is set first, so that it is due first, whatever passes between the two.
  timers.once(1, () => {
    second.cancel();
    cancels++;
  });
  const second = timers.once(5, () => fired++);
  // Two timers that are due in the same turn: the first may still cancel the second.
  timers.once(6, () => {
    third.cancel();
    cancels++;
  });
  let third = timers.once(8, () => fired++);
  await env.advance(40);
  await until(env, "all that cancel have run", () => cancels === 2);
  await env.advance(10);
  equal(fired, 0, "cancelled timers that fired");
  third = timers.once(0, () => fired++);
  await until(env, "the timer fired", () => fired === 1);
  third.cancel();
}

async function everyRepeats(env: Environment): Promise<void> {
  const { timers, clock } = env.platform;
  let count = 0;
  const startUs = clock.monotonicUs();
  const handle = timers.every(5, () => {
    count++;
    if (count === 5) handle.cancel();
  });
  await until(env, "the repeating timer fired five times", () => count === 5);
  check(clock.monotonicUs() - startUs >= 25_000 - 5 * TIMER_EARLY_US, "five periods of 5 ms are 25 ms");
  await env.advance(30);
  equal(count, 5, "runs, after it was cancelled from within");
}

async function turnEndKeepsOrder(env: Environment): Promise<void> {
  const { timers } = env.platform;
  const order: string[] = [];
  timers.atTurnEnd(() => {
    order.push("first");
    timers.atTurnEnd(() => order.push("nested"));
    Promise.resolve().then(() => order.push("microtask"));
  });
  timers.atTurnEnd(() => order.push("second"));
  Promise.resolve().then(() => order.push("microtask before"));
  equal(order, [], "nothing runs within the call");
  await until(env, "all callbacks ran", () => order.length === 5);
  check(order[0] === "microtask before", "a microtask comes before the end of the turn");
  check(order.indexOf("first") < order.indexOf("second"), "the order in which they were given");
  check(order.indexOf("second") < order.indexOf("nested"), "one given at the end of a turn runs after the others");
}

async function turnEndBeforeTimers(env: Environment): Promise<void> {
  const { timers } = env.platform;
  const order: string[] = [];
  // From within a timer's callback: what is asked for the end of this turn comes before a timer set afterwards.
  timers.once(1, () => {
    timers.atTurnEnd(() => {
      order.push("turn end");
      timers.once(0, () => order.push("timer set at the turn's end"));
      timers.atTurnEnd(() => order.push("next turn end"));
    });
    timers.once(2, () => order.push("timer"));
  });
  await until(env, "all callbacks ran", () => order.length === 4);
  equal(order[0], "turn end", "what comes first");
}

export const timeCases: readonly ConformanceCase[] = [
  { name: "clock: wall and monotonic clocks advance together", run: clocksAdvance },
  { name: "clock: wall time is the time of day", needs: ["realTime"], run: wallClockIsReal },
  { name: "timers: once fires in order of time, then of setting", run: timersFireInOrder },
  { name: "timers: cancel, twice and from another timer", run: cancelledTimersStaySilent },
  { name: "timers: every repeats until cancelled from within", run: everyRepeats },
  { name: "turn end: in the order given, after microtasks", run: turnEndKeepsOrder },
  { name: "turn end: before a timer that is set later", run: turnEndBeforeTimers },
];

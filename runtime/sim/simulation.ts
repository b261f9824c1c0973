/**
 * The fourth runtime: whole servers, several in one process, on a simulated network, disk and clock, reproducible from
 * one seed.
 *
 * ```ts
 * const simulation = new Simulation({ seed: 42 });
 * const primary = simulation.createHost("primary");
 * const replica = simulation.createHost("replica");
 * await simulation.settle(startServer(primary.platform));      // runs the world until the promise is settled
 * await simulation.advance(5_000);                             // five seconds of virtual time, in milliseconds of real
 * simulation.network.partition([primary], [replica]);
 * replica.crash({ keepUnsynced: "seeded", connections: "lose" });
 * ```
 *
 * What makes a run repeat
 * - *Time* is a number that jumps from event to event (`loop.ts`). Nothing reads a real clock; code takes no time.
 * - *Order*: events due at the same microsecond happen in the order of scheduling (`queue.ts`).
 * - *Chance*: every draw comes from a generator made from the seed and the name of its user, so that a host that draws
 *   one number more does not shift what happens to the others.
 * - *Promises*: between turns the loop waits until no microtask is left. The code under test must await nothing but
 *   what comes from the platform: a real timer, a dynamic import or Web Crypto would settle at a moment of its own.
 * - The *trace* (`trace.ts`) hashes every event and every byte across the seam. Equal hashes are equal runs; a test
 *   that runs a seed twice and compares is the cheapest guard against anything above being broken.
 *
 * What is modelled, and where it is kinder or harsher than reality
 * - `stream.ts`, `socket.ts`, `network.ts`: order, fragmentation, windows, handshakes, half-close, reset, partitions,
 *   hosts without power. No bandwidth and no loss of single packets, which TCP would hide in latency anyway.
 * - `disk.ts`: what a loss of power leaves of unsynced writes and directory changes; torn writes; a full disk.
 * - `host.ts`: death, rebirth and freezing of a process. Memory and CPU readings are counters a test may set.
 * - Bugs of ownership show at once: delivered buffers are overwritten after the call, lent ones are checked for changes.
 *
 * The driver is whoever calls `run`, `settle` or `advance`, one call at a time. Scenario code that itself runs under
 * `settle` waits with `sleep`.
 *
 * Cost: about a microsecond of real time for each turn in which code of a host runs (the wait for microtasks), half of
 * one for an event besides what the code itself does.
 */
import { assert } from "../../src/base/assert.ts";
import { Prng } from "../../src/base/prng.ts";
import type { DiskOptions } from "./disk.ts";
import { SimHost } from "./host.ts";
import type { ProcessOptions } from "./incarnation.ts";
import { Loop, settleMicrotasks } from "./loop.ts";
import { Network, type NetworkOptions } from "./network.ts";
import { CallbackEvent } from "./queue.ts";

export type { DiskOptions, SimDisk } from "./disk.ts";
export type { CrashOptions, SimHost } from "./host.ts";
export type { ConnectionFate, ProcessOptions } from "./incarnation.ts";
export type { Latency } from "./link.ts";
export { SimExit, START_WALL_MS } from "./loop.ts";
export type { Network, NetworkOptions, Partition } from "./network.ts";
export { POISON_BYTE, READ_BYTES_MAX } from "./socket.ts";

export interface SimulationOptions {
  /** A whole number up to 2^53: all there is to choose about a run. */
  readonly seed: number;
  readonly network?: NetworkOptions;
  /** Virtual time after which `settle`, and `run` with a predicate or promise, give up. */
  readonly patienceMs?: number;
  /** Events after which one call of `run`, `settle` or `advance` gives up. */
  readonly eventsMax?: number;
}

export interface HostOptions extends ProcessOptions {
  /** IPv4 address; 10.0.0.1 and so on when not given. */
  readonly address?: string;
  readonly disk?: DiskOptions;
  /** How much the wall clock is ahead. */
  readonly wallOffsetMs?: number;
  readonly totalSystemBytes?: number;
}

const PATIENCE_MS_DEFAULT = 600_000;
const EVENTS_MAX_DEFAULT = 50_000_000;
const HOSTS_MAX = 60_000;
const TOTAL_SYSTEM_BYTES_DEFAULT = 8 * 1024 * 1024 * 1024;
/** Events shown in a report. */
const REPORT_EVENTS = 12;

/** A run that cannot go on: deadlock, endless loop, or an error thrown by the code of a host. */
export class SimulationError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "SimulationError";
  }
}

/** Why `drive` returned. */
type Outcome = "done" | "deadline" | "idle";

export class Simulation {
  readonly seed: number;
  readonly network: Network;
  readonly hosts: SimHost[] = [];
  private readonly loop = new Loop();
  private readonly patienceMs: number;
  private readonly eventsMax: number;
  private isDriven = false;

  constructor(options: SimulationOptions) {
    assert(Number.isSafeInteger(options.seed) && options.seed >= 0, "a seed is a whole number, not negative");
    this.seed = options.seed;
    this.patienceMs = options.patienceMs ?? PATIENCE_MS_DEFAULT;
    this.eventsMax = options.eventsMax ?? EVENTS_MAX_DEFAULT;
    this.network = new Network(this.loop, this.stream("network"), options.network);
  }

  /** Virtual time since the start. */
  get nowMs(): number {
    return this.loop.nowUs / 1000;
  }

  /** Fingerprint of everything so far, 16 hexadecimal digits. */
  get traceHash(): string {
    return this.loop.trace.hash();
  }

  /** Events and turns so far. */
  get counters(): { readonly events: number; readonly turns: number } {
    return { events: this.loop.eventCount, turns: this.loop.turnCount };
  }

  /** A host that runs at once. @param name resolves to its address. */
  createHost(name: string, options: HostOptions = {}): SimHost {
    const id = this.hosts.length + 1;
    assert(id <= HOSTS_MAX, "the number of hosts is bounded");
    const parts = {
      id,
      name,
      address: options.address ?? `10.0.${id >> 8}.${id & 255}`,
      disk: options.disk ?? {},
      diskRandom: this.stream(`disk of ${name}`),
      random: this.stream(`random bytes of ${name}`),
      wallOffsetUs: Math.round((options.wallOffsetMs ?? 0) * 1000),
      totalSystemBytes: options.totalSystemBytes ?? TOTAL_SYSTEM_BYTES_DEFAULT,
    };
    const host = new SimHost(this.loop, this.network, parts, options);
    this.hosts.push(host);
    this.network.addHost(host);
    return host;
  }

  /** A generator of its own for a scenario that wants chance from the same seed. */
  stream(name: string): Prng {
    let low = (this.seed % 4294967296) | 0;
    let high = Math.floor(this.seed / 4294967296) | 0;
    for (let index = 0; index < name.length; index++) {
      low = Math.imul(low ^ name.charCodeAt(index), 0x01000193);
      high = Math.imul(high + low, 0x85ebca6b) ^ (high >>> 13);
    }
    return new Prng(low, high);
  }

  /**
   * Runs until a virtual time in ms since the start, until a predicate (asked after each turn) holds, or until a
   * promise is settled, whose value it returns.
   */
  async run<T = void>(until: number | (() => boolean) | Promise<T>): Promise<T | undefined> {
    if (typeof until === "number") {
      await this.advance(Math.max(0, until - this.nowMs));
    } else if (typeof until === "function") {
      const outcome = await this.drive(until, this.patienceUs());
      if (outcome !== "done") throw this.stuck(outcome, "the predicate does not hold");
    } else {
      return this.settle(until);
    }
    return undefined;
  }

  /** Lets virtual time pass; everything due in it happens. @param ms ≥ 0 */
  async advance(ms: number): Promise<void> {
    assert(ms >= 0, "time does not go back");
    const deadlineUs = this.loop.nowUs + Math.round(ms * 1000);
    await this.drive(() => false, deadlineUs);
    this.loop.nowUs = deadlineUs;
  }

  /**
   * Runs until `promise` is settled. @returns its value.
   * @throws what it rejects with; SimulationError when nothing is left to happen or patience is at its end.
   */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settled = () => {
      isSettled = true;
    };
    promise.then(settled, settled);
    const outcome = await this.drive(() => isSettled, this.patienceUs());
    if (outcome !== "done") throw this.stuck(outcome, "the promise is still pending");
    return promise;
  }

  /** Resolves after `ms` of virtual time, for scenario code that runs under `settle`. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const event = new CallbackEvent(() => {
        this.loop.hostCodeRan = true;
        resolve();
      });
      this.loop.schedule(event, Math.round(ms * 1000));
    });
  }

  /** Where everything stands: hosts, connections, partitions, the last events. */
  describe(): string {
    const nameOf = (id: number) => (id === 0 ? "world" : this.hosts[id - 1].name);
    const recent = this.loop.trace.recent(nameOf).slice(-REPORT_EVENTS);
    return [
      `seed ${this.seed}, ${this.nowMs} ms, ${this.loop.queue.size} events pending`,
      ...this.hosts.map((host) => `  ${host.describe()}`),
      ...(this.network.describe() === "" ? [] : [this.network.describe()]),
      "  last events:",
      ...recent.map((line) => `    ${line}`),
    ].join("\n");
  }

  private patienceUs(): number {
    return this.loop.nowUs + this.patienceMs * 1000;
  }

  /** Runs turns until `isDone`, until the next turn would be after `deadlineUs`, or until nothing is left. */
  private async drive(isDone: () => boolean, deadlineUs: number): Promise<Outcome> {
    assert(!this.isDriven, "the simulation is driven by one call at a time; scenario code waits with sleep()");
    this.isDriven = true;
    const eventLimit = this.loop.eventCount + this.eventsMax;
    try {
      await settleMicrotasks();
      while (!isDone()) {
        const nextUs = this.loop.nextTurnUs();
        if (nextUs === Number.POSITIVE_INFINITY) return "idle";
        if (nextUs > deadlineUs) return "deadline";
        await this.turn();
        if (this.loop.eventCount > eventLimit) throw new SimulationError(`too many events\n${this.describe()}`);
      }
      return "done";
    } finally {
      this.isDriven = false;
    }
  }

  private async turn(): Promise<void> {
    try {
      await this.loop.turn();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new SimulationError(`${message}\n${this.describe()}`, error);
    }
  }

  private stuck(outcome: Outcome, what: string): SimulationError {
    const why = outcome === "idle" ? "nothing is left to happen (deadlock)" : `${this.patienceMs} ms have passed`;
    return new SimulationError(`${what}, but ${why}\n${this.describe()}`);
  }
}

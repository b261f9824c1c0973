/**
 * What the server does on its own: deleting what has expired, freeing what was flushed, sampling its speed. All of it
 * in slices; while there is more to do, the next slice comes after the I/O that is ready, so clients wait for one slice
 * at the most. A slice takes a millisecond when nobody waits, else a share of what clients take: `sliceUs`.
 */
import { CRON_HZ_DEFAULT } from "../base/limits.ts";
import { ORIGINS } from "../engine/unit.ts";
import type { TimerHandle } from "../platform/index.ts";
import type { Server } from "./server.ts";

const SLICE_US_MAX = 1000;
const SLICE_US_MIN = 300;
/** Of the time that clients take; the more the longer something has been due, up to as much as they do. */
const SHARE_MIN = 1 / 5;
const BEHIND_MS_MAX = 60_000;
/** Entries between two looks at the clock. */
const EXPIRE_BATCH = 32;

/** Work of another part of the server that is done in slices. */
export interface BackgroundTask {
  /** One slice, at least a little of it. @returns whether more is to be done at once. */
  step(untilUs: number): boolean;
}

/**
 * How long a slice may take, in µs.
 * @param servedUs what serving clients has taken since the last slice; 0 when nobody was served.
 * @param behindMs for how long what is due first has been so, at least 0: it must not grow for ever.
 */
export function sliceUs(servedUs: number, behindMs: number): number {
  if (servedUs === 0) return SLICE_US_MAX;
  const share = SHARE_MIN + (1 - SHARE_MIN) * Math.min(behindMs / BEHIND_MS_MAX, 1);
  return Math.min(Math.max(servedUs * share, SLICE_US_MIN), SLICE_US_MAX);
}

export class Background {
  /** Stepped in every slice, ten times a second at the least. */
  readonly tasks: BackgroundTask[] = [];
  readonly #server: Server;
  #cron: TimerHandle | null = null;
  #sliceTimer: TimerHandle | null = null;
  #enabled = false;
  hz = CRON_HZ_DEFAULT;
  /** `DEBUG SET-ACTIVE-EXPIRE`. */
  activeExpire = true;
  /** `DEBUG PAUSE-CRON`. */
  paused = false;
  /** When the last slice began: commands served, and what turns had taken; then what it took itself. In µs. */
  #slicedCommands = 0;
  #slicedTurnsUs = 0;
  #sliceTookUs = 0;
  #sampleUs = 0;
  #sampleCommands = 0;
  #sampleInput = 0;
  #sampleOutput = 0;
  instantaneousOps = 0;
  instantaneousInputKbps = 0;
  instantaneousOutputKbps = 0;
  /** Turns a second, and µs of one on average. */
  instantaneousTurns = 0;
  instantaneousTurnUs = 0;
  #sampleTurns = 0;
  #sampleTurnUs = 0;

  constructor(server: Server) {
    this.#server = server;
  }

  start(): void {
    this.#enabled = true;
    this.#cron = this.#server.platform.timers.every(Math.round(1000 / this.hz), () => this.#tick());
  }

  /** `hz`: ticks a second. */
  setFrequency(hz: number): void {
    this.hz = hz;
    if (!this.#enabled) return;
    this.#cron?.cancel();
    this.start();
  }

  stop(): void {
    this.#enabled = false;
    this.#cron?.cancel();
    this.#sliceTimer?.cancel();
    this.#cron = null;
    this.#sliceTimer = null;
  }

  /** Something has been left to do: begins with the next turn. */
  wake(): void {
    if (!this.#enabled || this.#sliceTimer !== null) return;
    this.#sliceTimer = this.#server.platform.timers.once(0, () => {
      this.#sliceTimer = null;
      this.#slice();
    });
  }

  #tick(): void {
    // In the first one, before a large dataset needs it: nobody's turn waits for it then.
    this.#server.platform.memory.prepare();
    this.#server.turn.enter();
    if (this.paused) return;
    const server = this.#server;
    server.peakMemoryBytes = Math.max(server.peakMemoryBytes, server.usedMemoryBytes);
    const elapsedUs = server.platform.clock.monotonicUs() - this.#sampleUs;
    if (elapsedUs >= 1_000_000) {
      this.#sampleRates(elapsedUs);
      server.outputBlocks.shrink();
      server.spareBuffers.shrink();
    }
    this.#closeIdle();
    this.#closeUnread();
    this.#slice();
  }

  /** `timeout`: closes clients that have been silent for too long. */
  #closeIdle(): void {
    const { idleSecondsMax, sessions, platform } = this.#server;
    if (idleSecondsMax === 0) return;
    const sinceUs = platform.clock.monotonicUs() - idleSecondsMax * 1_000_000;
    for (const session of sessions) session.closeIfIdleSince(sinceUs);
  }

  /** The soft output limit: time passes also for those to whom nothing more is sent. */
  #closeUnread(): void {
    for (const session of this.#server.sessions) if (session.reply.isBlocked) session.closeIfOverLimit();
  }

  /** One slice of everything that waits. */
  #slice(): void {
    this.#server.turn.enter();
    const { clock } = this.#server.platform;
    const sinceUs = clock.monotonicUs();
    const untilUs = sinceUs + sliceUs(this.#servedUs(), this.#behindMs());
    const expireMore = this.#expire(untilUs);
    this.#noteLatency(sinceUs);
    const freeMore = this.#free(untilUs);
    let taskMore = false;
    for (const task of this.tasks) taskMore = task.step(untilUs) || taskMore;
    this.#sliceTookUs = clock.monotonicUs() - sinceUs;
    if (expireMore || freeMore || taskMore) this.wake();
  }

  /** What serving clients has taken since the last slice. */
  #servedUs(): number {
    const { engine, turn } = this.#server;
    const { commandsProcessed } = engine.statistics;
    const isServing = commandsProcessed !== this.#slicedCommands;
    // The turn of the last slice has ended after it.
    const othersUs = turn.totalUs - this.#slicedTurnsUs - this.#sliceTookUs;
    this.#slicedCommands = commandsProcessed;
    this.#slicedTurnsUs = turn.totalUs;
    return isServing ? Math.max(othersUs, 1) : 0;
  }

  #behindMs(): number {
    const nowMs = this.#server.platform.clock.wallMs();
    let behindMs = 0;
    for (const { expiry, fieldExpiry } of this.#server.keyspace.databases) {
      behindMs = Math.max(behindMs, nowMs - expiry.nextDue(), nowMs - fieldExpiry.nextDue());
    }
    return behindMs;
  }

  /** @returns whether something that is due is left. */
  #expire(untilUs: number): boolean {
    if (!this.activeExpire || this.#server.pause.isActive) return false;
    const { keyspace, engine, platform } = this.#server;
    const nowMs = platform.clock.wallMs();
    for (const database of keyspace.databases) {
      while (database.expiry.count > 0 && database.expiry.nextDue() < nowMs) {
        engine.unit.open(nowMs, ORIGINS.expire);
        keyspace.expireDue(database, EXPIRE_BATCH);
        engine.unit.commit();
        if (engine.blocking.hasReady) engine.serveWaiters();
        if (platform.clock.monotonicUs() >= untilUs) return true;
      }
      while (database.fieldExpiry.count > 0 && database.fieldExpiry.nextDue() < nowMs) {
        engine.unit.open(nowMs, ORIGINS.expire);
        keyspace.expireDueFields(database, EXPIRE_BATCH);
        engine.unit.commit();
        if (engine.blocking.hasReady) engine.serveWaiters();
        if (platform.clock.monotonicUs() >= untilUs) return true;
      }
    }
    return false;
  }

  /** Tells the latency monitor of a slice of expiring that has taken long. */
  #noteLatency(sinceUs: number): void {
    const { engine, platform } = this.#server;
    if (engine.latency.thresholdUs === Number.POSITIVE_INFINITY) return;
    const elapsedUs = platform.clock.monotonicUs() - sinceUs;
    if (elapsedUs >= engine.latency.thresholdUs) {
      engine.latency.add("expire-cycle", elapsedUs, platform.clock.wallMs());
    }
  }

  #free(untilUs: number): boolean {
    const { keyspace, platform } = this.#server;
    if (keyspace.lazyFree.isIdle) return false;
    while (keyspace.lazyFree.step()) {
      if (platform.clock.monotonicUs() >= untilUs) return true;
    }
    return false;
  }

  /** @param elapsedUs since the last sample. */
  #sampleRates(elapsedUs: number): void {
    const { engine, network, turn } = this.#server;
    const perSecond = (delta: number): number => Math.round((Math.max(0, delta) * 1_000_000) / elapsedUs);
    this.instantaneousOps = perSecond(engine.statistics.commandsProcessed - this.#sampleCommands);
    this.instantaneousInputKbps = perSecond(network.inputBytes - this.#sampleInput) / 1024;
    this.instantaneousOutputKbps = perSecond(network.outputBytes - this.#sampleOutput) / 1024;
    const turns = Math.max(0, turn.count - this.#sampleTurns);
    this.instantaneousTurns = perSecond(turns);
    const turnUs = Math.max(0, turn.totalUs - this.#sampleTurnUs);
    this.instantaneousTurnUs = turns === 0 ? 0 : Math.round(turnUs / turns);
    this.#sampleTurns = turn.count;
    this.#sampleTurnUs = turn.totalUs;
    this.#sampleUs += elapsedUs;
    this.#sampleCommands = engine.statistics.commandsProcessed;
    this.#sampleInput = network.inputBytes;
    this.#sampleOutput = network.outputBytes;
  }
}

/**
 * How recently, or how often, a key is used: the 24 bits that eviction compares and OBJECT IDLETIME and FREQ tell.
 *
 *     LRU    seconds since 1970, modulo 2^24 (194 days)
 *     LFU    minutes since 1970, modulo 2^16 │ counter 8
 *
 * Which of the two an entry holds depends on `maxmemory-policy`; switching it converts nothing, since soon every key
 * that matters has been used again.
 *
 * The LFU counter is Morris's (Counting large numbers of events in small registers, CACM 1978) with a floor and decay:
 * a use adds one with probability 1 / ((counter − 5) × factor + 1), so that 255 stands for about a million uses at the
 * default factor of 10; every `lfu-decay-time` minutes without a look at it take one off. A new key begins at 5, or it
 * would be the first to go before it had a chance to be used.
 */
import type { Prng } from "../base/prng.ts";
import { ACCESS_MASK } from "../structures/entry.ts";

/** Redis's LRU clock ticks once a second. */
const LRU_RESOLUTION_MS = 1000;
const MINUTE_MS = 60_000;
const MINUTES_MASK = 0xffff;
const COUNTER_BITS = 8;
const COUNTER_MAX = 255;
const COUNTER_INITIAL = 5;

/** `lfu-log-factor` and `lfu-decay-time`. */
export interface LfuSettings {
  /** The higher, the more uses a counter step takes. */
  logFactor: number;
  /** Minutes after which a counter loses one; 0 is never. */
  decayMinutes: number;
}

export const LFU_LOG_FACTOR_DEFAULT = 10;
export const LFU_DECAY_MINUTES_DEFAULT = 1;

/** The LRU clock, 24 bits. */
export function lruClock(nowMs: number): number {
  return Math.floor(nowMs / LRU_RESOLUTION_MS) & ACCESS_MASK;
}

/** How long a key has not been used, by the LRU clock: at most 194 days. */
export function idleMs(access: number, clock: number): number {
  const ticks = clock >= access ? clock - access : clock + ACCESS_MASK - access;
  return ticks * LRU_RESOLUTION_MS;
}

/** The access field of a key that was last used so long ago: at most 97 days, which every longer time counts as. */
export function lruIdleFor(idleSeconds: number, clock: number): number {
  const access = clock - idleSeconds;
  return access >= 0 ? access : (clock + (ACCESS_MASK >>> 1)) % ACCESS_MASK;
}

/** The access field of a key that is used so often. @param counter 0 to 255. */
export function lfuOf(counter: number, nowMs: number): number {
  return (lfuMinutes(nowMs) << COUNTER_BITS) | counter;
}

/** What a new key holds under LFU. */
export function newLfu(nowMs: number): number {
  return lfuOf(COUNTER_INITIAL, nowMs);
}

/** What a key holds under LFU after one more use. */
export function usedLfu(access: number, nowMs: number, settings: LfuSettings, random: Prng): number {
  const counter = lfuFrequency(access, nowMs, settings);
  return (lfuMinutes(nowMs) << COUNTER_BITS) | raised(counter, settings, random);
}

/** The counter, 0 to 255, as time has left it. */
export function lfuFrequency(access: number, nowMs: number, settings: LfuSettings): number {
  const counter = access & COUNTER_MAX;
  if (settings.decayMinutes === 0) return counter;
  const now = lfuMinutes(nowMs);
  const then = access >>> COUNTER_BITS;
  const elapsed = now >= then ? now - then : now + MINUTES_MASK - then;
  return Math.max(0, counter - Math.floor(elapsed / settings.decayMinutes));
}

function lfuMinutes(nowMs: number): number {
  return Math.floor(nowMs / MINUTE_MS) & MINUTES_MASK;
}

function raised(counter: number, settings: LfuSettings, random: Prng): number {
  if (counter === COUNTER_MAX) return counter;
  const above = Math.max(0, counter - COUNTER_INITIAL);
  return random.float() < 1 / (above * settings.logFactor + 1) ? counter + 1 : counter;
}

/**
 * What has held the server up, and for how long: for each kind of event the last samples that reached a threshold, at
 * most one a second, the worst of it.
 *
 *     command              a command that may take its time
 *     fast-command         one that should not, or a group of such
 *     expire-cycle         deleting what has expired, one slice of it
 *
 * Kinds come into being with their first sample. While the threshold is 0 nothing is looked at: who times something
 * compares with `thresholdUs`, which is infinite then.
 */

/** Samples of a kind that are kept. */
const SAMPLES_MAX = 160;

export type LatencyEvent = "command" | "fast-command" | "expire-cycle";

export interface LatencySample {
  /** Unix seconds. */
  readonly timeSeconds: number;
  latencyMs: number;
}

export interface LatencySeries {
  /** From the oldest on. */
  readonly samples: LatencySample[];
  /** Of all samples since the kind came into being. */
  worstMs: number;
}

export class LatencyMonitor {
  /** By kind, in the order of their coming into being. */
  readonly events: Map<string, LatencySeries> = new Map();
  /** `latency-monitor-threshold`, µs; infinite when that is off. */
  thresholdUs: number = Number.POSITIVE_INFINITY;

  /** Notes what has reached the threshold. @param nowMs wall clock. */
  add(event: LatencyEvent, elapsedUs: number, nowMs: number): void {
    const latencyMs = Math.floor(elapsedUs / 1000);
    const timeSeconds = Math.floor(nowMs / 1000);
    const series = this.events.get(event);
    if (series === undefined) {
      this.events.set(event, { samples: [{ timeSeconds, latencyMs }], worstMs: latencyMs });
      return;
    }
    const { samples } = series;
    series.worstMs = Math.max(series.worstMs, latencyMs);
    const last = samples[samples.length - 1];
    if (last.timeSeconds === timeSeconds) {
      last.latencyMs = Math.max(last.latencyMs, latencyMs);
      return;
    }
    if (samples.length === SAMPLES_MAX) samples.shift();
    samples.push({ timeSeconds, latencyMs });
  }

  /** Forgets one kind, or all. @param event in any case. @returns how many there were. */
  reset(event?: string): number {
    let count = 0;
    for (const name of [...this.events.keys()]) {
      if (event !== undefined && name !== event.toLowerCase()) continue;
      this.events.delete(name);
      count++;
    }
    return count;
  }
}

/** LATENCY GRAPH: samples as columns of characters, under each how long ago it was. */
import type { LatencySeries } from "../../engine/latency-monitor.ts";

const COLUMNS = 80;
const ROWS = 4;
/** What fills a row by a third, by two, and whole up to where the column ends; above that, and below. */
const PARTS = ["_", "o", "#"];
const FULL = "|";
const BLANK = " ";

export function latencyGraph(event: string, { samples, worstMs }: LatencySeries, nowMs: number): string {
  const values = samples.map(({ latencyMs }) => latencyMs);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const labels = samples.map(({ timeSeconds }) => agoText(Math.floor(nowMs / 1000) - timeSeconds));
  const lines = [`${event} - high ${high} ms, low ${low} ms (all time high ${worstMs} ms)`, "-".repeat(COLUMNS)];
  for (let start = 0; start < values.length; start += COLUMNS) {
    const heights = values.slice(start, start + COLUMNS).map((value) => heightOf(value, low, high));
    if (start > 0) lines.push("");
    lines.push(...columnRows(heights), BLANK.repeat(heights.length));
    lines.push(...labelRows(labels.slice(start, start + COLUMNS)));
  }
  return `${lines.join("\n")}\n`;
}

/** In thirds of rows, from 0. */
function heightOf(value: number, low: number, high: number): number {
  const steps = PARTS.length * ROWS;
  return Math.min(Math.floor(((value - low) * steps) / (high === low ? 1 : high - low)), steps - 1);
}

function columnRows(heights: readonly number[]): string[] {
  return Array.from({ length: ROWS }, (_, row) => {
    const below = (ROWS - row - 1) * PARTS.length;
    return heights.map((height) => (height < below ? BLANK : (PARTS[height - below] ?? FULL))).join("");
  });
}

/** Labels from top to bottom. */
function labelRows(labels: readonly string[]): string[] {
  const length = Math.max(...labels.map((label) => label.length));
  return Array.from({ length }, (_, row) => labels.map((label) => label[row] ?? BLANK).join(""));
}

function agoText(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/**
 * The thresholds of a round: where a small collection becomes a large one. With the usual ones most generated
 * collections would stay small for ever; so they are drawn anew for each round, on both servers alike, and often low.
 */
import type { Draw } from "./draw.ts";

/** Values of parameters that both servers know. */
export type Thresholds = Readonly<Record<string, string>>;

/** Known only since 7.2, so only to Redpoll. At 0 no set is a listpack, as before 7.2. */
export const SET_LISTPACK_ENTRIES = "set-max-listpack-entries";

const VALUES: readonly (readonly [parameter: string, values: readonly string[]])[] = [
  ["hash-max-listpack-entries", ["1", "3", "128"]],
  ["hash-max-listpack-value", ["8", "64"]],
  ["set-max-intset-entries", ["2", "4", "512"]],
  ["zset-max-listpack-entries", ["0", "2", "4", "128"]],
  ["zset-max-listpack-value", ["8", "100000"]],
  ["list-max-listpack-size", ["-2", "1", "3"]],
  ["list-compress-depth", ["0", "1"]],
  ["stream-node-max-entries", ["1", "3", "100"]],
  ["stream-node-max-bytes", ["64", "4096"]],
  [SET_LISTPACK_ENTRIES, ["0", "3", "128"]],
];

export function drawThresholds(draw: Draw): Thresholds {
  return Object.fromEntries(VALUES.map(([parameter, values]) => [parameter, draw.pick(values)]));
}

/** More than the elements that a generated command names. */
const MANY = 16;

/** Whether a generated command may name more elements than fit. */
export function isLow(thresholds: Thresholds, ...parameters: readonly string[]): boolean {
  return parameters.some((parameter) => parameter in thresholds && Number(thresholds[parameter]) < MANY);
}

/** The command that sets them on a server, or none. */
export function settingThresholds(thresholds: Thresholds, isOracle: boolean): readonly string[] | null {
  const known = Object.entries(thresholds).filter(([parameter]) => !isOracle || parameter !== SET_LISTPACK_ENTRIES);
  return known.length === 0 ? null : ["CONFIG", "SET", ...known.flat()];
}

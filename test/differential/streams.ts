/**
 * Arguments of stream commands: few ids, groups and consumers, so that commands meet. Ids are given, since what `*`
 * stands for is another on another server; times of waiting are such that no time between two servers matters.
 */
import type { ArgumentSpec } from "../../src/commands/spec.ts";
import type { Draw } from "./draw.ts";

const ID_MS_MAX = 60;
const ODD_IDS = [
  ...["-", "+", "$", ">", "0", "0-0", "x", "", "1-", "-1", "1-x", "+1", " 1", "01-1", "18446744073709551615"],
  ...["18446744073709551615-18446744073709551615", "18446744073709551616", "1-*", "1--1", "(", "(1", "(0-0"],
];
const GROUPS = ["g", "h"];
const CONSUMERS = ["alice", "bob", "carol"];
const IDLE_TIMES = ["0", "0", "-1", "100000000", "9223372036854775807", "x"];

/** @returns undefined for an argument that is like those of other commands. */
export function streamValue({ name, token }: ArgumentSpec, draw: Draw): string | undefined {
  switch (name) {
    case "id":
    case "lastid":
      return id(draw);
    case "start":
    case "end":
      return bound(draw);
    case "threshold":
      return draw.chance(0.5) ? String(draw.between(0, 20)) : id(draw);
    case "group":
      return draw.pick(GROUPS);
    case "consumer":
      return draw.pick(CONSUMERS);
    case "min-idle-time":
      return draw.pick(IDLE_TIMES);
    case "ms":
    case "unix-time-milliseconds":
      return draw.pick(token === "TIME" ? ["1", "1000000", "-1", "x"] : ["100000000", "1000000000", "0", "x"]);
    default:
      return undefined;
  }
}

function id(draw: Draw): string {
  return draw.weighted([
    [12, `${draw.below(ID_MS_MAX)}-${draw.below(4)}`],
    [3, String(draw.below(ID_MS_MAX))],
    [2, draw.pick(ODD_IDS)],
  ]);
}

function bound(draw: Draw): string {
  return draw.weighted([
    [6, draw.pick(["-", "+"])],
    [6, id(draw)],
    [3, `(${id(draw)}`],
  ]);
}

/** Arguments that would make a command wait, or do what no other server does. */
const LEFT_OUT: readonly string[] = ["auto-id"];
const WAITING = "BLOCK";

export function isLeftOut({ name, token }: ArgumentSpec): boolean {
  return LEFT_OUT.includes(name) || token === WAITING;
}

/** Commands that wait only when they are told to. */
export const WAIT_IF_TOLD: readonly string[] = ["xread", "xreadgroup"];

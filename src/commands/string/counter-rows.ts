import { type ArgumentSpec, type CommandRow, type Handler, KEY, oneKey } from "../spec.ts";
import { decr, decrby, incr, incrby } from "./incr.ts";
import { incrbyfloat } from "./incr-float.ts";

function counterRow(name: string, summary: string, handler: Handler, amount?: ArgumentSpec): CommandRow {
  return {
    name,
    arity: amount === undefined ? 2 : 3,
    flags: ["write", "denyoom", "fast"],
    categories: ["string"],
    keySpecs: oneKey("RW", "ACCESS", "UPDATE"),
    group: "string",
    since: "1.0.0",
    complexity: "O(1)",
    summary,
    arguments: amount === undefined ? [KEY] : [KEY, amount],
    effects: "verbatim",
    handler,
  };
}

/** Strings as numbers. */
export const COUNTER_ROWS: readonly CommandRow[] = [
  counterRow("incr", "Adds one to the integer value of a key; a missing key counts as 0.", incr),
  counterRow("decr", "Takes one from the integer value of a key; a missing key counts as 0.", decr),
  counterRow("incrby", "Adds to the integer value of a key; a missing key counts as 0.", incrby, {
    name: "increment",
    type: "integer",
  }),
  counterRow("decrby", "Takes from the integer value of a key; a missing key counts as 0.", decrby, {
    name: "decrement",
    type: "integer",
  }),
  {
    ...counterRow("incrbyfloat", "Adds to the decimal value of a key; a missing key counts as 0.", incrbyfloat, {
      name: "increment",
      type: "double",
    }),
    since: "2.6.0",
    effects: "rewritten",
  },
];

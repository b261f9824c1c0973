import type { ArgumentSpec } from "../spec.ts";

/** The unit of a length. */
export const UNIT: ArgumentSpec = {
  name: "unit",
  type: "oneof",
  arguments: ["m", "km", "ft", "mi"].map((name) => ({ name, type: "pure-token", token: name.toUpperCase() })),
};

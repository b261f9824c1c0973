import { VALUE_TYPES } from "../../keyspace/value-types.ts";
import type { Context } from "../context.ts";

/** What no entry's type equals: an unknown name matches nothing. */
const NO_TYPE = 15;

/** The type that argument `index` names, in any case. */
export function typeByName(context: Context, index: number): number {
  const name = context.text(index).toLowerCase();
  return VALUE_TYPES.find((type) => type.name === name)?.type ?? NO_TYPE;
}

import { TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_STREAM, TYPE_STRING, TYPE_ZSET } from "../../structures/entry.ts";
import type { Context } from "../context.ts";

const NAMES: ReadonlyMap<string, number> = new Map([
  ["string", TYPE_STRING],
  ["list", TYPE_LIST],
  ["set", TYPE_SET],
  ["zset", TYPE_ZSET],
  ["hash", TYPE_HASH],
  ["stream", TYPE_STREAM],
]);

/** What no entry's type equals: an unknown name matches nothing. */
const NO_TYPE = 15;

export function typeByName(context: Context, index: number): number {
  return NAMES.get(context.text(index).toLowerCase()) ?? NO_TYPE;
}

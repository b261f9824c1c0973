/** What takes elements from the first of several keys: LMPOP, ZMPOP and the forms of them that wait. */
import { asciiBytes } from "../base/text.ts";
import type { Context } from "./context.ts";
import { NO_KEYS, SYNTAX_ERROR } from "./errors.ts";
import { readAtLeast } from "./integers.ts";

const COUNT = asciiBytes("COUNT");
const NO_ELEMENTS = "ERR count should be greater than 0";

/** Which keys, which end and how many: `numkeys key … end [COUNT count]`. */
export interface MultiPop<End> {
  readonly firstKey: number;
  readonly keyCount: number;
  readonly end: End;
  readonly count: number;
}

/**
 * Reads it from an argument on.
 * @param readEnd reads one argument, and replies with an error and gives null when that names no end.
 * @returns null when an error has been replied.
 */
export function readMultiPop<End>(
  context: Context,
  at: number,
  readEnd: (context: Context, index: number) => End | null,
): MultiPop<End> | null {
  const { argc } = context;
  const firstKey = at + 1;
  const keyCount = readAtLeast(context, at, 1, NO_KEYS);
  if (Number.isNaN(keyCount)) return null;
  const endAt = firstKey + keyCount;
  if (endAt >= argc) return refuse(context);
  const end = readEnd(context, endAt);
  if (end === null) return null;
  if (endAt + 1 === argc) return { firstKey, keyCount, end, count: 1 };
  if (endAt + 2 === argc || !context.is(endAt + 1, COUNT)) return refuse(context);
  const count = readAtLeast(context, endAt + 2, 1, NO_ELEMENTS);
  if (Number.isNaN(count)) return null;
  return endAt + 3 === argc ? { firstKey, keyCount, end, count } : refuse(context);
}

function refuse(context: Context): null {
  context.fail(SYNTAX_ERROR);
  return null;
}

/** The count and option of HRANDFIELD, SRANDMEMBER and ZRANDMEMBER. */
import { asciiBytes, Int64, parseInt64 } from "../base/text.ts";
import type { Context } from "./context.ts";
import { NOT_AN_INTEGER, NOT_REVERSIBLE, SYNTAX_ERROR } from "./errors.ts";
import { isLeast } from "./integers.ts";

/** A count doubled has to be a 64-bit integer still: half of the largest is the bound, and as far below zero. */
const PAIRED_OUT_OF_RANGE = "ERR value is out of range";
const COUNT = 2;
const OPTION = 3;
/** Upper word of 2^62. */
const PAIRED_HIGH = 0x40000000;

export interface RandomCount {
  /** The exact or, beyond 2^53, the nearest double. Negative for draws that may repeat. */
  readonly count: number;
  /** Whether what belongs to each element is wanted too. */
  readonly isPaired: boolean;
}

/**
 * Reads `count [option]` from the second argument on.
 * @param option null where there is none.
 * @returns null when an error has been replied.
 */
export function readRandomCount(context: Context, option: string | null): RandomCount | null {
  const { argc } = context;
  if (option === null && argc > OPTION) {
    context.fail(SYNTAX_ERROR);
    return null;
  }
  const value = new Int64();
  if (!parseInt64(context.bytes(COUNT), context.start(COUNT), context.length(COUNT), value)) {
    context.fail(NOT_AN_INTEGER);
    return null;
  }
  const isPaired = option !== null && argc === OPTION + 1 && context.is(OPTION, asciiBytes(option));
  const problem = problemOf(value, argc > OPTION, isPaired);
  if (problem === null) return { count: value.value, isPaired };
  context.fail(problem);
  return null;
}

function problemOf(value: Int64, hasOption: boolean, isPaired: boolean): string | null {
  if (isLeast(value)) return NOT_REVERSIBLE;
  if (hasOption && !isPaired) return SYNTAX_ERROR;
  const { hi, lo } = value;
  const isTooFar = hi >= PAIRED_HIGH || hi < -PAIRED_HIGH || (hi === -PAIRED_HIGH && lo === 0);
  return isPaired && isTooFar ? PAIRED_OUT_OF_RANGE : null;
}

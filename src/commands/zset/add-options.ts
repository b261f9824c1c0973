/** The options of ZADD, of which GEOADD takes a part. They stand behind the key, before what is added. */
import { asciiBytes } from "../../base/text.ts";
import {
  ADD_IF_ABSENT,
  ADD_IF_GREATER,
  ADD_IF_LESS,
  ADD_IF_PRESENT,
  ADD_INCREMENTS,
} from "../../keyspace/zset-value.ts";
import type { Context } from "../context.ts";

const FIRST_OPTION = 2;
/** Beside the conditions of `ZsetValue.add`: the reply counts changes of scores too. */
export const COUNTS_CHANGES = 32;

export const ALL_OPTIONS = 63;
/** What is left of an int32 above them counts more arguments than a command may have. */
const OPTIONS_BITS = 6;

const OPTIONS: readonly (readonly [Uint8Array, number])[] = [
  [asciiBytes("NX"), ADD_IF_ABSENT],
  [asciiBytes("XX"), ADD_IF_PRESENT],
  [asciiBytes("GT"), ADD_IF_GREATER],
  [asciiBytes("LT"), ADD_IF_LESS],
  [asciiBytes("CH"), COUNTS_CHANGES],
  [asciiBytes("INCR"), ADD_INCREMENTS],
];
/** An option has no digit, sign or point at its start, and a number other than an infinity has. */
const LAST_DIGIT = 0x39;

/**
 * Reads options up to the first argument that is none.
 * @param allowed those that the command takes.
 * @returns the options and the place of that argument in one number, for `optionsOf` and `endOf`.
 */
export function readAddOptions(context: Context, allowed: number): number {
  let options = 0;
  let index = FIRST_OPTION;
  for (; index < context.argc; index++) {
    const option = optionAt(context, index) & allowed;
    if (option === 0) break;
    options |= option;
  }
  return (index << OPTIONS_BITS) | options;
}

export function optionsOf(read: number): number {
  return read & ALL_OPTIONS;
}

/** Where that which is added begins. */
export function endOf(read: number): number {
  return read >> OPTIONS_BITS;
}

/** @returns the option that an argument is, 0 when it is none. */
function optionAt(context: Context, index: number): number {
  const length = context.length(index);
  if (length < 2 || length > 4 || context.bytes(index)[context.start(index)] <= LAST_DIGIT) return 0;
  for (const [word, option] of OPTIONS) if (context.is(index, word)) return option;
  return 0;
}

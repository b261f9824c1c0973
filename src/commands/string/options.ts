/** The options of SET and GETEX: one grammar, of which each command takes a part. */
import { asciiBytes } from "../../base/text.ts";
import type { Context } from "../context.ts";
import { SYNTAX_ERROR } from "../errors.ts";
import { readExpiryTime } from "../expiry-time.ts";

export const NX = 1;
export const XX = 2;
export const GET = 4;
export const KEEPTTL = 8;
export const EX = 16;
export const PX = 32;
export const EXAT = 64;
export const PXAT = 128;
export const PERSIST = 256;

/** Options that are followed by a time. */
export const TIMES: number = EX | PX | EXAT | PXAT;
export const SET_OPTIONS: number = NX | XX | GET | KEEPTTL | TIMES;
export const GETEX_OPTIONS: number = PERSIST | TIMES;

const FLAGS_MASK = 511;
const FLAGS_SPAN = 512;

const WORDS_BY_LENGTH: readonly (readonly (readonly [Uint8Array, number])[])[] = [
  [],
  [],
  [
    [asciiBytes("EX"), EX],
    [asciiBytes("PX"), PX],
    [asciiBytes("NX"), NX],
    [asciiBytes("XX"), XX],
  ],
  [[asciiBytes("GET"), GET]],
  [
    [asciiBytes("PXAT"), PXAT],
    [asciiBytes("EXAT"), EXAT],
  ],
  [],
  [],
  [
    [asciiBytes("KEEPTTL"), KEEPTTL],
    [asciiBytes("PERSIST"), PERSIST],
  ],
];
const LENGTH_MAX = WORDS_BY_LENGTH.length - 1;

/**
 * Reads the arguments from `first` on.
 * @param allowed the options that the command takes.
 * @returns flags and the place of the time in one number, for `flagsOf` and `timeOf`; -1 when an error has been replied.
 */
export function readOptions(context: Context, first: number, allowed: number): number {
  const { argc } = context;
  let flags = 0;
  let timeIndex = 0;
  for (let index = first; index < argc; index++) {
    const option = optionAt(context, index) & allowed;
    const needsTime = (option & TIMES) !== 0;
    if (option === 0 || (flags & clashesWith(option)) !== 0 || (needsTime && index + 1 === argc)) {
      context.fail(SYNTAX_ERROR);
      return -1;
    }
    flags |= option;
    if (needsTime) timeIndex = ++index;
  }
  return timeIndex * FLAGS_SPAN + flags;
}

export function flagsOf(options: number): number {
  return options & FLAGS_MASK;
}

/** The argument that holds the time; 0 without one. */
export function timeOf(options: number): number {
  return Math.floor(options / FLAGS_SPAN);
}

/**
 * Reads the time that belongs to the one of TIMES which is in `flags`.
 * @returns ms since the epoch, NaN when an error has been replied.
 */
export function readTime(context: Context, flags: number, timeIndex: number): number {
  const unitMs = (flags & (EX | EXAT)) !== 0 ? 1000 : 1;
  return readExpiryTime(context, timeIndex, unitMs, (flags & (EX | PX)) !== 0, true);
}

/** The option that argument `index` spells, 0 for none. */
function optionAt(context: Context, index: number): number {
  const length = context.length(index);
  if (length > LENGTH_MAX) return 0;
  for (const [word, option] of WORDS_BY_LENGTH[length]) if (context.is(index, word)) return option;
  return 0;
}

/** What an option cannot stand beside. The same option again is allowed, and the last time counts. */
function clashesWith(option: number): number {
  if ((option & TIMES) !== 0) return (TIMES & ~option) | KEEPTTL | PERSIST;
  if ((option & (KEEPTTL | PERSIST)) !== 0) return TIMES;
  return option === NX ? XX : option === XX ? NX : 0;
}

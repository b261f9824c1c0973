/**
 * Which of a command's arguments are keys, and what is done with them: from the key specifications of its row, as
 * Redis 7 reads them.
 *
 * A specification says where to begin (at an index, or after a keyword) and how to go on (to a last key in steps, or as
 * many as a number says). Where the arguments decide what a key is used for (SET with GET), or where a later argument
 * names another (SORT … STORE), specifications do not suffice; the few such commands have a function here.
 */
import { asciiBytes } from "../base/text.ts";
import type { CommandRow, KeySpec, KeySpecFlag } from "./spec.ts";

/** The words of a command, wherever they stand; the first is its name. */
export interface CommandWords {
  readonly count: number;
  /** Whether a word is this keyword (ASCII, upper case) in any case. */
  is(index: number, upperText: Uint8Array): boolean;
  /** The word as a safe integer, or NaN. */
  integer(index: number): number;
}

export interface KeyReference {
  /** Index among the words. */
  readonly index: number;
  readonly flags: readonly KeySpecFlag[];
}

type KeyFinder = (words: CommandWords) => readonly KeyReference[];

const READS: readonly KeySpecFlag[] = ["RO", "ACCESS"];
const CHANGES: readonly KeySpecFlag[] = ["RW", "ACCESS", "UPDATE"];
const OVERWRITES: readonly KeySpecFlag[] = ["OW", "UPDATE"];

const GET = asciiBytes("GET");
const OVERFLOW = asciiBytes("OVERFLOW");
const STORE = asciiBytes("STORE");
const LIMIT = asciiBytes("LIMIT");
const BY = asciiBytes("BY");

/** Commands of which the specifications do not tell all, by name. */
const FINDERS: ReadonlyMap<string, KeyFinder> = new Map([
  ["set", keysOfSet],
  ["sort", keysOfSort],
  ["sort_ro", () => [{ index: 1, flags: READS }]],
  ["bitfield", keysOfBitfield],
]);

/** Whether the command can have keys at all. */
export function canHaveKeys(row: CommandRow): boolean {
  return row.keySpecs.some(isKey) || FINDERS.has(row.name);
}

/** The keys among the words, in the order of the specifications; none where the words make no sense. */
export function keysOf(row: CommandRow, words: CommandWords): readonly KeyReference[] {
  const isVariable = row.keySpecs.some((spec) => spec.flags.includes("variable_flags"));
  if (!isVariable && row.keySpecs.some(isKey)) {
    const found = keysBySpecs(row.keySpecs, words);
    if (found !== null) return found;
  }
  return FINDERS.get(row.name)?.(words) ?? [];
}

function isKey(spec: KeySpec): boolean {
  return !spec.flags.includes("not_key");
}

/** @returns null when a specification does not fit the words, or is known not to find all. */
function keysBySpecs(specs: readonly KeySpec[], words: CommandWords): KeyReference[] | null {
  const found: KeyReference[] = [];
  for (const spec of specs) {
    if (!isKey(spec)) continue;
    if ("unknown" in spec.begin) return null;
    const begin = beginOf(spec, words);
    if (begin === 0) continue;
    const range = rangeOf(spec, begin, words);
    if (range === null) return null;
    const { first, last, step } = range;
    if (last >= words.count || last < first || first >= words.count) return null;
    for (let index = first; index <= last; index += step) found.push({ index, flags: spec.flags });
    if (spec.flags.includes("incomplete")) return null;
  }
  return found;
}

/** @returns 0 when a keyword does not occur. */
function beginOf({ begin }: KeySpec, words: CommandWords): number {
  if ("index" in begin) return begin.index;
  if ("unknown" in begin) return 0;
  const keyword = asciiBytes(begin.keyword.toUpperCase());
  const { startFrom } = begin;
  if (startFrom > 0) {
    // The last word cannot be a keyword that a key follows.
    for (let index = startFrom; index < words.count - 1; index++) if (words.is(index, keyword)) return index + 1;
    return 0;
  }
  for (let index = words.count + startFrom; index > 1; index--) {
    if (index < words.count && words.is(index, keyword)) return index + 1;
  }
  return 0;
}

interface KeyRange {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

function rangeOf({ find }: KeySpec, begin: number, words: CommandWords): KeyRange | null {
  if ("keyNumIndex" in find) {
    const at = begin + find.keyNumIndex;
    if (at >= words.count) return null;
    const count = words.integer(at);
    if (Number.isNaN(count) || count < 0) return null;
    const first = begin + find.firstKey;
    return { first, last: first + count - 1, step: find.step };
  }
  if ("unknown" in find) return null;
  const { lastKey, step, limit } = find;
  if (lastKey >= 0) return { first: begin, last: begin + lastKey, step };
  if (limit === 0) return { first: begin, last: words.count + lastKey, step };
  // The first of `limit` equal parts of what is left, as the keys of XREAD before their ids.
  return { first: begin, last: begin + Math.floor((words.count - begin) / limit) + lastKey, step };
}

// ---- commands that need more ---------------------------------------------------------------------------------------

function keysOfSet(words: CommandWords): readonly KeyReference[] {
  for (let index = 3; index < words.count; index++) if (words.is(index, GET)) return [{ index: 1, flags: CHANGES }];
  return [{ index: 1, flags: OVERWRITES }];
}

/** The destination of the last STORE counts, as it does for SORT. */
function keysOfSort(words: CommandWords): readonly KeyReference[] {
  let destination = 0;
  for (let index = 2; index < words.count; index++) {
    if (words.is(index, LIMIT)) index += 2;
    else if (words.is(index, GET) || words.is(index, BY)) index++;
    else if (words.is(index, STORE) && index + 1 < words.count) destination = index + 1;
  }
  const source: KeyReference = { index: 1, flags: READS };
  return destination === 0 ? [source] : [source, { index: destination, flags: OVERWRITES }];
}

/** Only GET and OVERFLOW: a reader. Anything that makes no sense counts as a change. */
function keysOfBitfield(words: CommandWords): readonly KeyReference[] {
  let index = 2;
  while (index < words.count) {
    const left = words.count - index - 1;
    if (words.is(index, GET) && left >= 2) index += 3;
    else if (words.is(index, OVERFLOW) && left >= 1) index += 2;
    else return [{ index: 1, flags: CHANGES }];
  }
  return [{ index: 1, flags: READS }];
}

/**
 * `notify-keyspace-events`: the letters of the directive and the bits that they stand for.
 *
 * `A` is short for all classes but two: key misses (`m`) are no changes, and new keys (`n`) would be told twice.
 */
import {
  CLASS_EVICTED,
  CLASS_EXPIRED,
  CLASS_GENERIC,
  CLASS_HASH,
  CLASS_KEY_MISS,
  CLASS_LIST,
  CLASS_MODULE,
  CLASS_NEW,
  CLASS_SET,
  CLASS_STREAM,
  CLASS_STRING,
  CLASS_ZSET,
} from "./key-events.ts";

/** Published on `__keyspace@<db>__:<key>`. */
export const NOTIFY_KEYSPACE = 1;
/** Published on `__keyevent@<db>__:<event>`. */
export const NOTIFY_KEYEVENT = 2;

const ALL_LETTER = "A";

/** In the order in which CONFIG GET shows them. */
const CLASSES: readonly (readonly [string, number])[] = [
  ["g", CLASS_GENERIC],
  ["$", CLASS_STRING],
  ["l", CLASS_LIST],
  ["s", CLASS_SET],
  ["h", CLASS_HASH],
  ["z", CLASS_ZSET],
  ["x", CLASS_EXPIRED],
  ["e", CLASS_EVICTED],
  ["t", CLASS_STREAM],
  ["d", CLASS_MODULE],
];
const ALL = CLASSES.reduce((bits, [, bit]) => bits | bit, 0);
/** Shown one by one when not all classes are on; with all of them on Redis leaves `n` out, and so does this. */
const NEW: readonly [string, number] = ["n", CLASS_NEW];
const CHANNELS: readonly (readonly [string, number])[] = [
  ["K", NOTIFY_KEYSPACE],
  ["E", NOTIFY_KEYEVENT],
  ["m", CLASS_KEY_MISS],
];
const BY_LETTER: ReadonlyMap<string, number> = new Map([[ALL_LETTER, ALL], ...CLASSES, NEW, ...CHANNELS]);

/** The bits of a value of the directive; -1 when it has a letter that means nothing. */
export function notifyBits(letters: string): number {
  let bits = 0;
  for (const letter of letters) {
    const bit = BY_LETTER.get(letter);
    if (bit === undefined) return -1;
    bits |= bit;
  }
  return bits;
}

/** The shortest value of the directive with these bits, in Redis's order. */
export function notifyLetters(bits: number): string {
  const classes = (bits & ALL) === ALL ? ALL_LETTER : lettersOf([...CLASSES, NEW], bits);
  return classes + lettersOf(CHANNELS, bits);
}

function lettersOf(table: readonly (readonly [string, number])[], bits: number): string {
  return table.map(([letter, bit]) => ((bits & bit) === 0 ? "" : letter)).join("");
}

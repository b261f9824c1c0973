/**
 * Glob patterns as Redis understands them (KEYS, SCAN MATCH, PSUBSCRIBE, CONFIG GET, ACL rules), on bytes.
 *
 * `*` any run, `?` any one byte, `[abc]` `[a-z]` `[^a]` classes, `\x` the byte x itself; everything else is literal.
 * The corners are Redis's too, since patterns live in clients and access rules:
 * - an empty text is matched by the empty pattern only, not even by `*` (KEYS and SCAN treat a lone `*` apart);
 * - a class that is not closed ends with the pattern; `]` right after `[` closes it; a range may run backwards, and one
 *   whose end is `]` takes it as a bound; `^` is the only negation;
 * - within a range bytes are signed, so 0x80–0xff lie below 0x00, as with C's char on the usual machines;
 * - ignoring case folds A–Z only, and not a byte that is escaped within a class;
 * - a pattern that needs more than 1,000 stars before its last matches nothing.
 *
 * Cost. Only the last star seen is ever taken back: if the part after it matches nowhere in the rest of the text, no
 * longer run for an earlier star can help, for that would leave less text to search. So a match takes at most pattern
 * length × text length steps and no recursion, whatever the pattern (`a*a*a*a*b` is the classic that explodes).
 */

const STAR = 0x2a;
const ANY = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const ESCAPE = 0x5c;
const NOT = 0x5e;
const DASH = 0x2d;

/** Stars that are not the last thing in the pattern. Redis: the recursion's depth. */
const STARS_MAX = 1000;

/** Whether the pattern matches the whole text. @param ignoreCase folds ASCII letters. */
export function globMatches(
  pattern: Uint8Array,
  patternStart: number,
  patternLength: number,
  text: Uint8Array,
  textStart: number,
  textLength: number,
  ignoreCase: boolean,
): boolean {
  if (textLength === 0) return patternLength === 0;
  const patternEnd = patternStart + patternLength;
  const textEnd = textStart + textLength;
  let at = patternStart;
  let textAt = textStart;
  /** What follows the last star, and where in the text it was last tried. */
  let afterStar = -1;
  let triedAt = -1;
  let stars = 0;

  while (textAt < textEnd) {
    let next = -1;
    if (at < patternEnd) {
      if (pattern[at] === STAR) {
        at = skipStars(pattern, at, patternEnd);
        if (at === patternEnd) return true;
        if (++stars > STARS_MAX) return false;
        afterStar = at;
        triedAt = textAt;
        continue;
      }
      next = matchOne(pattern, at, patternEnd, text[textAt], ignoreCase);
    }
    if (next >= 0) {
      at = next;
      textAt++;
    } else {
      if (afterStar < 0) return false;
      at = afterStar;
      textAt = ++triedAt;
    }
  }
  return skipStars(pattern, at, patternEnd) === patternEnd;
}

function skipStars(pattern: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && pattern[at] === STAR) at++;
  return at;
}

/** Matches one byte of text with what stands at `at`, no star. @returns where the pattern goes on, or -1. */
function matchOne(pattern: Uint8Array, at: number, end: number, byte: number, ignoreCase: boolean): number {
  const symbol = pattern[at];
  if (symbol === ANY) return at + 1;
  if (symbol === OPEN) return matchClass(pattern, at + 1, end, byte, ignoreCase);
  const literalAt = symbol === ESCAPE && at + 1 < end ? at + 1 : at;
  return sameByte(pattern[literalAt], byte, ignoreCase) ? literalAt + 1 : -1;
}

/** @param start after the bracket. @returns the position after the class, or -1 when the byte is not in it. */
function matchClass(pattern: Uint8Array, start: number, end: number, byte: number, ignoreCase: boolean): number {
  const negated = start < end && pattern[start] === NOT;
  let at = negated ? start + 1 : start;
  let found = false;
  while (at < end && pattern[at] !== CLOSE) {
    if (pattern[at] === ESCAPE && at + 1 < end) {
      found ||= pattern[at + 1] === byte;
      at += 2;
    } else if (at + 2 < end && pattern[at + 1] === DASH) {
      found ||= inRange(pattern[at], pattern[at + 2], byte, ignoreCase);
      at += 3;
    } else {
      found ||= sameByte(pattern[at], byte, ignoreCase);
      at++;
    }
  }
  if (found === negated) return -1;
  return at < end ? at + 1 : end;
}

function inRange(one: number, other: number, byte: number, ignoreCase: boolean): boolean {
  const a = signed(one);
  const b = signed(other);
  // The bounds are put in order first and folded then, so `[Z-a]` is empty when the case is ignored.
  const low = Math.min(a, b);
  const high = Math.max(a, b);
  if (!ignoreCase) return signed(byte) >= low && signed(byte) <= high;
  const folded = fold(signed(byte));
  return folded >= fold(low) && folded <= fold(high);
}

function sameByte(one: number, other: number, ignoreCase: boolean): boolean {
  return one === other || (ignoreCase && fold(one) === fold(other));
}

function signed(byte: number): number {
  return (byte << 24) >> 24;
}

/** A–Z to a–z. */
function fold(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}

/**
 * Splits an inline request (`SET key "a value"`), as somebody types it into telnet, into arguments.
 *
 * The quoting is that of redis-cli and of configuration files:
 * - blanks separate arguments;
 * - within "…" the escapes \n \r \t \b \a, \xHH, and a backslash before anything else stands for that character;
 * - within '…' only \' is an escape;
 * - a closing quote must be followed by a blank or by the end of the line.
 * A quote may also open in the middle of a word: ab"c d" is one argument of six bytes.
 *
 * A line without quotes is split where it stands. One with quotes is rewritten into a buffer of the caller's: decoding
 * never makes a line longer, but it must not write into the chunk, which belongs to whoever delivered it.
 */

/** What the splitters answer when a quote is not closed, or closed in the middle of a word. */
export const UNBALANCED_QUOTES = -1;

const NUL = 0x00;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const BACKSLASH = 0x5c;
const LETTER_X = 0x78;

/** The most arguments that a line of so many bytes can hold: one byte each, with one blank between them. */
export function inlineArgumentsMax(lineBytes: number): number {
  return (lineBytes + 1) >> 1;
}

export function hasQuotes(line: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if (line[i] === DOUBLE_QUOTE || line[i] === SINGLE_QUOTE) return true;
  }
  return false;
}

/**
 * Splits a line without quotes. `starts` are positions in `line`; both arrays have room for `inlineArgumentsMax`.
 * @returns the number of arguments, 0 for a blank line.
 */
export function splitPlain(
  line: Uint8Array,
  start: number,
  end: number,
  starts: Int32Array,
  lengths: Int32Array,
): number {
  let count = 0;
  let at = start;
  for (;;) {
    while (at < end && isBlank(line[at])) at++;
    if (at === end) return count;
    const from = at;
    while (at < end && !endsWord(line[at])) at++;
    starts[count] = from;
    lengths[count] = at - from;
    count++;
  }
}

/**
 * Splits a line with quotes, decoded into `into`, which has room for the whole line. `starts` are positions in `into`.
 * @returns the number of arguments, or `UNBALANCED_QUOTES`.
 */
export function splitQuoted(
  line: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
  starts: Int32Array,
  lengths: Int32Array,
): number {
  let count = 0;
  let at = start;
  let out = 0;
  for (;;) {
    while (at < end && isBlank(line[at])) at++;
    if (at === end) return count;
    starts[count] = out;
    // One word: runs outside quotes and quoted runs, in any order, the latter ending it.
    let open = NUL;
    for (; at < end; at++) {
      const byte = line[at];
      if (open === NUL) {
        if (endsWord(byte)) break;
        if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) open = byte;
        else into[out++] = byte;
      } else if (byte === open) {
        if (at + 1 < end && !isBlank(line[at + 1])) return UNBALANCED_QUOTES;
        open = NUL;
        at++;
        break;
      } else if (byte === BACKSLASH && at + 1 < end) {
        const consumed = decodeEscape(line, at, end, open, into, out++);
        at += consumed - 1;
      } else {
        into[out++] = byte;
      }
    }
    if (open !== NUL) return UNBALANCED_QUOTES;
    lengths[count] = out - starts[count];
    count++;
  }
}

/** Decodes the escape at `at`, where a backslash stands and is not the last byte. @returns bytes read, 1, 2 or 4. */
function decodeEscape(line: Uint8Array, at: number, end: number, quote: number, into: Uint8Array, out: number): number {
  const next = line[at + 1];
  if (quote === SINGLE_QUOTE) {
    into[out] = next === SINGLE_QUOTE ? SINGLE_QUOTE : BACKSLASH;
    return next === SINGLE_QUOTE ? 2 : 1;
  }
  if (next === LETTER_X && at + 3 < end) {
    const high = hexDigit(line[at + 2]);
    const low = hexDigit(line[at + 3]);
    if (high >= 0 && low >= 0) {
      into[out] = high * 16 + low;
      return 4;
    }
  }
  into[out] = escaped(next);
  return 2;
}

function escaped(letter: number): number {
  switch (letter) {
    case 0x6e:
      return LINE_FEED;
    case 0x72:
      return CARRIAGE_RETURN;
    case 0x74:
      return TAB;
    case 0x62:
      return 0x08;
    case 0x61:
      return 0x07;
    default:
      return letter;
  }
}

/** @returns -1 when the byte is no hexadecimal digit. */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}

/** What separates words: C's isspace. */
function isBlank(byte: number): boolean {
  return byte === SPACE || (byte >= TAB && byte <= CARRIAGE_RETURN);
}

/** What ends a word outside quotes. Fewer than separate them: a vertical tab within a word belongs to it. */
function endsWord(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === CARRIAGE_RETURN || byte === LINE_FEED || byte === NUL;
}

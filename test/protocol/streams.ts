/** Random requests for fast-check: byte strings, well formed and not. */
import fc from "fast-check";

/** Any bytes, as a byte string. */
export function byteString(maxLength: number): fc.Arbitrary<string> {
  return fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes).toString("latin1"));
}

export function multibulk(args: readonly string[]): string {
  return `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join("")}`;
}

const word = fc.stringMatching(/^[!#-&(-~]{1,8}$/);
const blanks = fc.constantFrom(" ", "  ", "\t", " \v ");
const doubleQuoted = fc
  .array(fc.oneof(word, fc.constantFrom("\\n", '\\"', "\\x41", "\\xfF", "\\xg", "\\q", "'", " ", "\xe9")), {
    maxLength: 4,
  })
  .map((parts) => `"${parts.join("").replace(/\\$/, "")}"`);
const singleQuoted = fc
  .array(fc.oneof(word, fc.constantFrom("\\'", "\\n", '"', " ")), { maxLength: 4 })
  .map((parts) => `'${parts.join("").replace(/\\$/, "")}'`);

const inlineRequest = fc
  .array(
    fc.tuple(
      fc.oneof(
        word,
        doubleQuoted,
        singleQuoted,
        fc.tuple(word, doubleQuoted).map((two) => two.join("")),
      ),
      blanks,
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .chain((parts) => {
    const line = parts.flat().join("").replace(/^\*/, "+");
    return fc.constantFrom("\n", "\r\n").map((end) => line + end);
  });

const nothing = fc.constantFrom("\r\n", "\n", " \t\r\n", "*0\r\n", "*-1\r\n", "*-9223372036854775808\r\n");

/** Whole requests, and lines that are skipped. */
export function requests(maxCount: number, maxArgumentBytes: number): fc.Arbitrary<string> {
  const command = fc.array(byteString(maxArgumentBytes), { minLength: 1, maxLength: 12 }).map(multibulk);
  const one = fc.oneof({ weight: 6, arbitrary: command }, { weight: 2, arbitrary: inlineRequest }, nothing);
  return fc.array(one, { maxLength: maxCount }).map((parts) => parts.join(""));
}

/** What ends a connection, or never gets complete. */
export const nonsense = fc.constantFrom(
  "*a\r\n",
  "*\r\n",
  "*01\r\n",
  "*+1\r\n",
  "*-0\r\n",
  "*1048577\r\n",
  "*3000000000\r\n",
  "*99999999999999999999\r\n",
  "*-9223372036854775809\r\n",
  "*1\r\n$-1\r\n",
  "*1\r\n$x\r\n",
  "*1\r\n$=\r\n",
  "*1\r\n$1=\r\n",
  "*1\r\n$\r\n",
  "*1\r\n$00\r\n",
  "*1\r\n$03\r\nabc\r\n",
  "*1\r\n$003\r\nabc\r\n",
  "*01\r\n$1\r\na\r\n",
  "*1\r\n$+1\r\na\r\n",
  "*1\r\n$536870913\r\n",
  "*1\r\n:1\r\n",
  "*1\r\n\r\n",
  "*1\r\n\n\r\n",
  "*1\r\n\xff\r\n",
  "*2\r\n$1\r\na\r\nfoo\r\n",
  "*1\0\r\n",
  "*1\r\n$\x001\r\n",
  "a\0b\r\n",
  'say "a\r\n',
  "say 'a\r\n",
  "say 'a\\'\r\n",
  'say "a"b\r\n',
  "say 'a'b\r\n",
  'say "\\\r\n',
  "*1",
  "*1\r",
  "*2\r\n$3\r\nab",
  "*2\r\n$3\r\nabc\r",
  "unfinished",
);

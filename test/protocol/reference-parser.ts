/**
 * The request parser's twin: plain, slow, and given all bytes at once. It works on a byte string (one character a byte)
 * with the string functions everybody knows, and shares no code with the real one, so that an error would have to be
 * made twice to go unseen.
 */

export interface ReferenceOptions {
  readonly protoMaxBulkLen: number;
  readonly maxMultibulk: number;
  readonly inlineMax: number;
  readonly authenticated: boolean;
}

export interface ReferenceCommand {
  /** Byte strings. */
  readonly args: readonly string[];
  /** The command's own bytes; null when it is inline. */
  readonly raw: string | null;
}

export interface ReferenceResult {
  readonly commands: readonly ReferenceCommand[];
  /** What follows `-ERR `, or null. */
  readonly error: string | null;
  /** Bytes that belong to no complete command and to no skipped line. */
  readonly pendingBytes: number;
}

const DEFAULTS: ReferenceOptions = {
  protoMaxBulkLen: 512 * 1024 * 1024,
  maxMultibulk: 1024 * 1024,
  inlineMax: 64 * 1024,
  authenticated: true,
};

class Failure extends Error {}
class Incomplete extends Error {}

export function referenceParse(stream: string, given: Partial<ReferenceOptions> = {}): ReferenceResult {
  const options = { ...DEFAULTS, ...given };
  const commands: ReferenceCommand[] = [];
  let at = 0;
  try {
    while (at < stream.length) {
      const one = stream[at] === "*" ? multibulk(stream, at, options) : inline(stream, at, options);
      if (one.args.length > 0) commands.push({ args: one.args, raw: one.isInline ? null : stream.slice(at, one.end) });
      at = one.end;
    }
    return { commands, error: null, pendingBytes: 0 };
  } catch (reason) {
    if (reason instanceof Incomplete) return { commands, error: null, pendingBytes: stream.length - at };
    if (!(reason instanceof Failure)) throw reason;
    return { commands, error: `Protocol error: ${reason.message}`, pendingBytes: 0 };
  }
}

interface Parsed {
  readonly args: readonly string[];
  readonly end: number;
  readonly isInline: boolean;
}

/** The position of `terminator`, which stands before any NUL and within the limit for a line. */
function lineEnd(stream: string, from: number, terminator: string, tooLong: string, options: ReferenceOptions): number {
  const found = stream.indexOf(terminator, from);
  const nul = stream.indexOf("\0", from);
  const hidden = nul !== -1 && nul < found;
  if (found !== -1 && !hidden && found - from <= options.inlineMax) return found;
  if (stream.length - from > options.inlineMax) throw new Failure(tooLong);
  throw new Incomplete();
}

/** A header's number, without its first byte, and where the next line starts. */
function header(
  stream: string,
  from: number,
  tooLong: string,
  options: ReferenceOptions,
): { text: string; end: number } {
  const end = lineEnd(stream, from, "\r", tooLong, options);
  if (end + 2 > stream.length) throw new Incomplete();
  return { text: stream.slice(from + 1, end), end: end + 2 };
}

/** A 64-bit integer in its one canonical form, or null. */
function canonicalInteger(text: string): bigint | null {
  if (!/^(0|-?[1-9][0-9]*)$/.test(text)) return null;
  const value = BigInt(text);
  return BigInt.asIntN(64, value) === value ? value : null;
}

function multibulk(stream: string, from: number, options: ReferenceOptions): Parsed {
  const start = header(stream, from, "too big mbulk count string", options);
  const count = canonicalInteger(start.text);
  if (count === null || count > options.maxMultibulk) throw new Failure("invalid multibulk length");
  if (count > 10 && !options.authenticated) throw new Failure("unauthenticated multibulk length");
  const args: string[] = [];
  let at = start.end;
  while (args.length < count) {
    const line = header(stream, at, "too big bulk count string", options);
    if (stream[at] !== "$") {
      const got = stream[at] === "\r" || stream[at] === "\n" ? " " : stream[at];
      throw new Failure(`expected '$', got '${got}'`);
    }
    const length = canonicalInteger(line.text);
    if (length === null || length < 0 || length > options.protoMaxBulkLen) throw new Failure("invalid bulk length");
    if (length > 16384 && !options.authenticated) throw new Failure("unauthenticated bulk length");
    at = line.end + Number(length) + 2;
    if (at > stream.length) throw new Incomplete();
    args.push(stream.slice(line.end, at - 2));
  }
  return { args, end: at, isInline: false };
}

function inline(stream: string, from: number, options: ReferenceOptions): Parsed {
  const end = lineEnd(stream, from, "\n", "too big inline request", options);
  let line = stream.slice(from, end);
  if (line.endsWith("\r")) line = line.slice(0, -1);
  return { args: splitInline(line), end: end + 1, isInline: true };
}

const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" };

/** Words are taken from the front, each by the first pattern that fits. */
function splitInline(line: string): string[] {
  const args: string[] = [];
  let rest = line;
  for (;;) {
    rest = rest.replace(/^[ \t\n\v\f\r]+/, "");
    if (rest === "") return args;
    const plain = /^[^ \t\n\r"']*/.exec(rest)?.[0] ?? "";
    rest = rest.slice(plain.length);
    let arg = plain;
    const quoted = /^"((?:[^"\\]|\\[\s\S])*)"/.exec(rest) ?? /^'((?:\\'|\\(?!')|[^'\\])*)'/.exec(rest);
    if (quoted !== null) {
      const after = rest[quoted[0].length];
      if (after !== undefined && !/[ \t\n\v\f\r]/.test(after)) throw new Failure("unbalanced quotes in request");
      arg += quoted[0][0] === '"' ? unescapeDouble(quoted[1]) : quoted[1].replace(/\\'/g, "'");
      rest = rest.slice(quoted[0].length);
    } else if (rest[0] === '"' || rest[0] === "'") {
      throw new Failure("unbalanced quotes in request");
    }
    args.push(arg);
  }
}

function unescapeDouble(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|([\s\S]))/g, (_, hex: string | undefined, letter: string) =>
    hex !== undefined ? String.fromCharCode(Number.parseInt(hex, 16)) : (ESCAPES[letter] ?? letter),
  );
}

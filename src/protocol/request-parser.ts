/**
 * The request parser: bytes of a socket in, commands out, in whatever pieces the bytes come. This is the first thing
 * that every request meets, so it is written for speed, and its plain twin in the tests says what it must do.
 *
 * ## What it yields
 * No object per command or argument. `next()` answers with a small integer, and after COMMAND the arguments are two
 * int arrays over one buffer:
 *
 *     buffer     * 2 \r \n $ 3 \r \n G E T \r \n $ 5 \r \n h e l l o \r \n * 1 …
 *                ^commandStart       ^argStart[0] (3)  ^argStart[1] (5)    ^commandEnd
 *
 * All of it is valid until the next call of `next`, `begin` or `finish`. Where the bytes stand, and what becomes of them
 * between chunks, is told in `RequestInput`.
 *
 * ## Compatibility
 * Texts and limits are those of Redis 7, in its own order of checks, with its oddities: the line end after a bulk is
 * skipped unread, as is the byte after the \r of a header; the search for a line end stops at a NUL, so that such a
 * line never ends and is answered when it has grown too long; a header is judged only when its line is complete. Whether a
 * line is too long depends in Redis on how much one read delivers; here the limit holds for every chunking, as for
 * Redis when bytes come one by one.
 *
 * ## Cost
 * Some 12 to 20 ns an argument in a pipeline (scripts/micro/parser.ts): `readArguments` reads lengths of up to four
 * digits without a call. Everything else (longer numbers, inline, incomplete, errors) takes the careful way, one step
 * at a time. In the two hot methods bytes are spelled out, for V8 loads and checks a module's constant anew at every use,
 * which on Node 20 made a third of the cost of an argument.
 */
import {
  BIG_ARGUMENT_BYTES,
  BULK_BYTES_DEFAULT,
  INLINE_BYTES_MAX,
  MULTIBULK_ARGUMENTS_MAX,
  QUERY_BUFFER_BYTES_DEFAULT,
  UNAUTHENTICATED_ARGUMENTS_MAX,
  UNAUTHENTICATED_BULK_BYTES_MAX,
} from "../base/limits.ts";
import { Int64, parseInt64 } from "../base/text.ts";
import { hasQuotes, inlineArgumentsMax, splitPlain, splitQuoted, UNBALANCED_QUOTES } from "./inline-arguments.ts";
import { FAILED, HELD, NO_SPARES, PARTIAL, RequestInput, type SpareBufferSource } from "./request-input.ts";

/** Everything that was given is used up: no complete command is left. */
export const NEED_MORE = 0;
/** A command is ready: `argc` (≥ 1) arguments. */
export const COMMAND = 1;
/** The stream makes no sense: answer `-ERR ` and `error`, then close. Every later call says the same. */
export const PROTOCOL_ERROR = 2;

export type ParseResult = typeof NEED_MORE | typeof COMMAND | typeof PROTOCOL_ERROR;

/** Shared by all parsers of a server. Its owner may change a value at any time; it holds from the next argument on. */
export interface ParserLimits {
  /** `proto-max-bulk-len`, bytes. At least 9,999: lengths of four digits are not checked. */
  protoMaxBulkLen: number;
  /** Arguments of one command. At least 9. */
  maxMultibulk: number;
  /** Bytes of an inline request, and of a header line, without its line end. */
  inlineMax: number;
  /** `client-query-buffer-limit`. The session compares it with `pendingBytes`; the parser does not look at it. */
  queryBufferLimit: number;
}

export function defaultParserLimits(): ParserLimits {
  return {
    protoMaxBulkLen: BULK_BYTES_DEFAULT,
    maxMultibulk: MULTIBULK_ARGUMENTS_MAX,
    inlineMax: INLINE_BYTES_MAX,
    queryBufferLimit: QUERY_BUFFER_BYTES_DEFAULT,
  };
}

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const NUL = 0x00;
const DOLLAR = 0x24;
const STAR = 0x2a;

/** What the careful steps answer, beside the three results. */
const CONTINUE = 3;
type Step = ParseResult | typeof CONTINUE;

/** Where a search for a line end stands when there is none (yet). */
const LINE_INCOMPLETE = -1;
const LINE_TOO_LONG = -2;

/** Room made for a command's arguments on its word alone; beyond, as they come. */
const ANNOUNCED_ARGUMENTS_MAX = 1024;

export class RequestParser extends RequestInput {
  private readonly limits: ParserLimits;
  private authenticated = true;

  /** @param spares where buffers for big arguments come from, before new ones are made. */
  constructor(limits: ParserLimits, spares: SpareBufferSource = NO_SPARES) {
    super(spares);
    this.limits = limits;
  }

  /** Before authentication the limits are tight: 10 arguments, 16 KB each. A new parser is authenticated. */
  setAuthenticated(authenticated: boolean): void {
    this.authenticated = authenticated;
  }

  /** The next command. Call it until it does not answer COMMAND, then call `finish`. */
  next(): ParseResult {
    if (this.flags !== 0 && !this.settle()) return (this.flags & FAILED) === 0 ? this.parseOn() : PROTOCOL_ERROR;
    const source = this.source;
    const position = this.position;
    // *N, one digit from 1 to 9, with its line end. Anything else takes the careful way.
    if (this.end - position < 4 || source[position] !== 0x2a /* * */ || source[position + 2] !== 0x0d /* \r */) {
      return this.parseOn();
    }
    const expected = source[position + 1] - 0x30; /* 0 */
    if (expected < 1 || expected > 9) return this.parseOn();
    this.rawStart = position;
    return this.readArguments(position + 4, 0, expected) ? COMMAND : this.parseOn();
  }

  // --- The fast way -------------------------------------------------------------------------------------------------

  /**
   * Reads arguments from `position` on, until there are `expected` or one is not of the common kind: `$N` with one to
   * four digits and its line end, then the argument and its line end, all there.
   * @returns whether the command is complete; if not, `parseOn` has to go on.
   */
  private readArguments(position: number, count: number, expected: number): boolean {
    const source = this.source;
    const end = this.end;
    const starts = this.argStart;
    const lengths = this.argLength;
    const room = Math.min(expected, starts.length);
    let at = position;
    let i = count;
    for (; i < room; i++) {
      if (end - at < 6 || source[at] !== 0x24 /* $ */) break;
      let length = source[at + 1] - 0x30; /* 0 */
      if (length < 0 || length > 9) break;
      let byte = source[at + 2];
      let start = at + 4;
      if (byte !== 0x0d /* \r */) {
        if (byte < 0x30 || byte > 0x39 || length === 0) break;
        length = length * 10 + byte - 0x30;
        byte = source[at + 3];
        start = at + 5;
        if (byte !== 0x0d) {
          if (byte < 0x30 || byte > 0x39) break;
          length = length * 10 + byte - 0x30;
          byte = source[at + 4];
          start = at + 6;
          if (byte !== 0x0d) {
            if (byte < 0x30 || byte > 0x39 || source[at + 5] !== 0x0d) break;
            length = length * 10 + byte - 0x30;
            start = at + 7;
          }
        }
      }
      if (end - start < length + 2) break;
      starts[i] = start;
      lengths[i] = length;
      at = start + length + 2;
    }
    this.argc = i;
    this.position = at;
    const complete = i === expected;
    this.expected = complete ? 0 : expected;
    return complete;
  }

  // --- The careful way: one step each -------------------------------------------------------------------------------

  /** Goes on from wherever the parser stands, taking more of the chunk where it has been in held mode. */
  private parseOn(): ParseResult {
    for (;;) {
      const step = this.expected === 0 ? this.parseStart() : this.parseArgument();
      if (step === CONTINUE) {
        if (this.readArguments(this.position, this.argc, this.expected)) return COMMAND;
        continue;
      }
      if (step !== NEED_MORE) return step;
      if ((this.flags & HELD) === 0) {
        if (this.expected !== 0 || this.scanned !== 0) this.flags |= PARTIAL;
        return NEED_MORE;
      }
      if (!this.refill()) return (this.flags & FAILED) === 0 ? NEED_MORE : PROTOCOL_ERROR;
    }
  }

  /** At the start of a command: reads its header, or all of it when it is inline. CONTINUE: arguments follow. */
  private parseStart(): Step {
    for (;;) {
      if (this.position === this.end) return NEED_MORE;
      if (this.source[this.position] !== STAR) {
        const inline = this.parseInline();
        if (inline !== CONTINUE) return inline;
        continue;
      }
      const lineEnd = this.findLineEnd(CARRIAGE_RETURN);
      if (lineEnd === LINE_TOO_LONG) return this.refuse("too big mbulk count string");
      if (lineEnd === LINE_INCOMPLETE) return NEED_MORE;
      const count = this.readLength(lineEnd);
      if (!(count <= this.limits.maxMultibulk)) return this.refuse("invalid multibulk length");
      if (!this.authenticated && count > UNAUTHENTICATED_ARGUMENTS_MAX) {
        return this.refuse("unauthenticated multibulk length");
      }
      this.rawStart = this.position;
      this.position = lineEnd + 2;
      if (count <= 0) continue;
      this.argc = 0;
      this.expected = count;
      this.makeRoomForArguments(Math.min(count, ANNOUNCED_ARGUMENTS_MAX));
      return CONTINUE;
    }
  }

  /** One argument, or as much of it as there is. CONTINUE: it is complete. */
  private parseArgument(): Step {
    if (this.bulkLength === -1) {
      const step = this.parseBulkHeader();
      if (step !== CONTINUE) return step;
    }
    const length = this.bulkLength;
    if (this.filling !== null) {
      if (this.filled < length + 2) return NEED_MORE;
      this.addBigArgument();
      return CONTINUE;
    }
    if (this.end - this.position < length + 2) {
      if (length >= BIG_ARGUMENT_BYTES) this.startBigArgument();
      return (this.flags & FAILED) === 0 ? NEED_MORE : PROTOCOL_ERROR;
    }
    this.addArgument(this.position, length);
    this.position += length + 2;
    return CONTINUE;
  }

  private parseBulkHeader(): Step {
    const lineEnd = this.findLineEnd(CARRIAGE_RETURN);
    if (lineEnd === LINE_TOO_LONG) return this.refuse("too big bulk count string");
    if (lineEnd === LINE_INCOMPLETE) return NEED_MORE;
    const kind = this.source[this.position];
    if (kind !== DOLLAR) {
      const shown = kind === CARRIAGE_RETURN || kind === LINE_FEED ? " " : String.fromCharCode(kind);
      return this.refuse(`expected '$', got '${shown}'`);
    }
    const length = this.readLength(lineEnd);
    if (!(length >= 0 && length <= this.limits.protoMaxBulkLen)) return this.refuse("invalid bulk length");
    if (!this.authenticated && length > UNAUTHENTICATED_BULK_BYTES_MAX) {
      return this.refuse("unauthenticated bulk length");
    }
    this.position = lineEnd + 2;
    this.bulkLength = length;
    return CONTINUE;
  }

  /** An inline request. CONTINUE: the line was blank. */
  private parseInline(): Step {
    const lineFeed = this.findLineEnd(LINE_FEED);
    if (lineFeed === LINE_TOO_LONG) return this.refuse("too big inline request");
    if (lineFeed === LINE_INCOMPLETE) return NEED_MORE;
    const start = this.position;
    const end = lineFeed > start && this.source[lineFeed - 1] === CARRIAGE_RETURN ? lineFeed - 1 : lineFeed;
    this.argc = 0;
    this.makeRoomForArguments(inlineArgumentsMax(end - start));
    const count = hasQuotes(this.source, start, end)
      ? this.splitWithQuotes(start, end)
      : splitPlain(this.source, start, end, this.argStart, this.argLength);
    if (count === UNBALANCED_QUOTES) return this.refuse("unbalanced quotes in request");
    this.position = lineFeed + 1;
    this.rawStart = -1;
    if (count === 0) return CONTINUE;
    this.argc = count;
    return COMMAND;
  }

  private splitWithQuotes(start: number, end: number): number {
    this.turnToUnquoted(end - start);
    return splitQuoted(this.source, start, end, this.buffer, this.argStart, this.argLength);
  }

  /**
   * Looks for the end of the line at `position`, going on where the last search stopped. A header's line is complete
   * only with one byte after its \r.
   */
  private findLineEnd(terminator: number): number {
    const source = this.source;
    const start = this.position;
    const available = this.end - start;
    const stop = start + Math.min(available, this.limits.inlineMax + 1);
    let at = start + this.scanned;
    while (at < stop && source[at] !== terminator && source[at] !== NUL) at++;
    this.scanned = at - start;
    if (at < stop && source[at] === terminator) {
      if (terminator === CARRIAGE_RETURN && at + 2 > this.end) return LINE_INCOMPLETE;
      this.scanned = 0;
      return at;
    }
    return available > this.limits.inlineMax ? LINE_TOO_LONG : LINE_INCOMPLETE;
  }

  /** The number in a header line, after its first byte. NaN when it is none; inexact when far beyond any limit. */
  private readLength(lineEnd: number): number {
    const integer = new Int64();
    const start = this.position + 1;
    return parseInt64(this.source, start, lineEnd - start, integer) ? integer.value : Number.NaN;
  }

  private refuse(reason: string): ParseResult {
    this.fail(reason);
    return PROTOCOL_ERROR;
  }
}

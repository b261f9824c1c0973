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
 * All of it is valid until the next call of `next`, `begin` or `finish`.
 *
 * ## Where the bytes stand
 * Chunk mode, the normal one: requests end where chunks end, and are parsed in the chunk itself. Nothing is copied.
 *
 * Held mode: `finish()` found an incomplete command (or the session stopped mid-pipeline), and kept its bytes in
 * `held`. The next chunk is then appended in pieces, each as long as what is already held or what is known to be
 * missing; once the parser has got through what was held, it changes over to the chunk again. So a chunk of 64 KB that
 * starts with the second half of a short command is not copied. The place reached within a command is remembered (how
 * many arguments are complete, the length of the one that is not, how far a line was searched for its end), so no byte
 * is looked at twice however small the chunks are, and positions are moved only when a command changes over into `held`
 * or `held` is compacted: the cost of a command is linear in its size.
 *
 *     held       [ consumed | incomplete command … position … end )  room   <- appended from [chunkPosition, chunkEnd)
 *                            ^rawStart
 *
 * Big arguments: one of at least 32 KB that is not wholly there when its length is read gets an ArrayBuffer of its own,
 * exactly as long as it is, and is copied there from the chunks, once. The handler may keep that buffer as the stored
 * value. The bytes around it stay in `held`, so such a command is not contiguous.
 *
 * Hostile lengths: `$536870912` and then silence must cost little. An ArrayBuffer is zeroed lazily by the system, so an
 * untouched one takes address space only, but the collector is told its full size and some kernels are strict. Hence up
 * to `TRUSTED_BYTES` the buffer is made at once; beyond, a buffer of that size is filled first, and only then is the
 * full one made and the first part copied over: at most 1 MB is copied twice, and who wants 512 MB reserved has to send
 * a megabyte first. Growing geometrically would copy everything about once more; an argument in pages could not be
 * adopted in one piece.
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
import { assert } from "../base/assert.ts";
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

/** Bytes of a big argument that are reserved on its word alone. */
const TRUSTED_BYTES = 1024 * 1024;
/** Arguments there is room for from the start; more are kept for the next command up to `KEPT_ARGUMENTS`. */
const INITIAL_ARGUMENTS = 16;
const KEPT_ARGUMENTS = 256;
/** Room made for a command on its word alone; beyond, as the arguments come. */
const ANNOUNCED_ARGUMENTS_MAX = 1024;
/** The buffer for incomplete commands starts so small, and is given up when empty and larger than `KEPT_HELD_BYTES`. */
const INITIAL_HELD_BYTES = 512;
const KEPT_HELD_BYTES = 16 * 1024;
/** Positions are int32. A session closes a client long before, by `queryBufferLimit`. */
const HELD_BYTES_MAX = 0x7fff_0000;
const KEPT_UNQUOTED_BYTES = 1024;

const EMPTY = new Uint8Array(0);

/** What the careful steps answer, beside the three results. */
const CONTINUE = 3;
type Step = ParseResult | typeof CONTINUE;

/** Where a search for a line end stands when there is none (yet). */
const LINE_INCOMPLETE = -1;
const LINE_TOO_LONG = -2;

/** What has to be put in order before the next command is parsed. */
const HELD = 1;
const BIG_ARGUMENTS = 2;
const UNQUOTED = 4;
const MANY_ARGUMENTS = 8;
const PARTIAL = 16;
const FAILED = 32;

export class RequestParser {
  /** Arguments of the command, its name included. Like all fields below: valid after COMMAND, until the next call. */
  argc = 0;
  /** Where argument i starts, in `bytesOf(i)`. The arrays may be longer than `argc`, and may be replaced. */
  argStart: Int32Array = new Int32Array(INITIAL_ARGUMENTS);
  argLength: Int32Array = new Int32Array(INITIAL_ARGUMENTS);
  /** Where all arguments stand that have no buffer of their own. */
  buffer: Uint8Array = EMPTY;
  /** How many arguments have a buffer of their own: when 0, which is nearly always, `buffer` serves all. */
  bigCount = 0;
  /** The buffers of these arguments, by argument; may be shorter than `argc`. They are the taker's to keep. */
  big: (Uint8Array | null)[] = [];
  /** After PROTOCOL_ERROR the reply without `-ERR `, as a byte string: one character (≤ U+00FF) a byte. */
  error = "";

  private readonly limits: ParserLimits;
  private authenticated = true;
  private flags = 0;

  /** What is being parsed, from `position` to `end`: the chunk or `held`. */
  private source: Uint8Array = EMPTY;
  private position = 0;
  private end = 0;

  /** Where the command being parsed begins in `source`; -1 for an inline one. */
  private rawStart = -1;
  /** Arguments of the command being parsed, 0 between commands and for inline ones. */
  private expected = 0;
  /** Length of the argument being read, -1 while its header is not read. */
  private bulkLength = -1;
  /** Bytes from `position` on that hold no line end. */
  private scanned = 0;

  /** The buffer of the big argument being filled, and the bytes it has (its line end counted). */
  private filling: Uint8Array | null = null;
  private filled = 0;
  /** Bytes of the incomplete command's big arguments. */
  private bigBytes = 0;

  /** In held mode: the chunk, and what of it is not yet in `held`. */
  private chunk: Uint8Array = EMPTY;
  private chunkBegin = 0;
  private chunkPosition = 0;
  private chunkEnd = 0;
  private held: Uint8Array = EMPTY;
  /** Where inline arguments with quotes are decoded. */
  private unquoted: Uint8Array = EMPTY;

  constructor(limits: ParserLimits) {
    this.limits = limits;
  }

  /** Before authentication the limits are tight: 10 arguments, 16 KB each. A new parser is authenticated. */
  setAuthenticated(authenticated: boolean): void {
    this.authenticated = authenticated;
  }

  /** The bytes in which argument `index` stands, at `argStart[index]`. */
  bytesOf(index: number): Uint8Array {
    if (this.bigCount === 0 || index >= this.big.length) return this.buffer;
    return this.big[index] ?? this.buffer;
  }

  /** Where the command's own bytes are in `buffer`, to forward them as they came; -1 when inline or not contiguous. */
  get commandStart(): number {
    return this.bigCount === 0 ? this.rawStart : -1;
  }

  /** Where they end. */
  get commandEnd(): number {
    return this.bigCount === 0 && this.rawStart >= 0 ? this.position : -1;
  }

  /** Bytes kept for later: after `finish`, all that was received and not yet returned as a command. */
  get pendingBytes(): number {
    return ((this.flags & HELD) === 0 ? 0 : this.end - this.keptFrom()) + this.bigBytes;
  }

  /** What the kept bytes occupy, room for more included. */
  get capacityBytes(): number {
    return this.held.length + this.unquoted.length + this.bigBytes;
  }

  /** A chunk from the socket: bytes `start` to `end` of it, valid until `finish`, which must follow. */
  begin(chunk: Uint8Array, start: number, end: number): void {
    assert(this.chunkPosition === this.chunkEnd, "begin follows finish");
    if ((this.flags & HELD) !== 0) {
      this.chunk = chunk;
      this.chunkBegin = start;
      this.chunkPosition = start;
      this.chunkEnd = end;
    } else {
      this.source = chunk;
      this.buffer = chunk;
      this.position = start;
      this.end = end;
    }
  }

  /** Goes on with what was kept, without new bytes. `finish` must follow here too. */
  resume(): void {
    this.begin(EMPTY, 0, 0);
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

  /**
   * Keeps what has not been returned as a command; the chunk may be reused after it. Also where execution stops in the
   * middle of a pipeline: the commands that follow are kept, and parsed after `resume` or the next `begin`.
   */
  finish(): void {
    if (this.flags === 0 && this.position === this.end && this.expected === 0) {
      this.source = EMPTY;
      this.buffer = EMPTY;
      return;
    }
    this.keep();
  }

  /** Gives up room that an idle client does not need. */
  trim(): void {
    if ((this.flags & HELD) === 0) {
      this.held = EMPTY;
      if (this.argStart.length > INITIAL_ARGUMENTS) this.resetArguments();
    }
    this.unquoted = EMPTY;
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
      if (lineEnd === LINE_TOO_LONG) return this.fail("too big mbulk count string");
      if (lineEnd === LINE_INCOMPLETE) return NEED_MORE;
      const count = this.readLength(lineEnd);
      if (!(count <= this.limits.maxMultibulk)) return this.fail("invalid multibulk length");
      if (!this.authenticated && count > UNAUTHENTICATED_ARGUMENTS_MAX) {
        return this.fail("unauthenticated multibulk length");
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
      if (length >= BIG_ARGUMENT_BYTES) return this.startBigArgument();
      return NEED_MORE;
    }
    this.addArgument(this.position, length);
    this.position += length + 2;
    return CONTINUE;
  }

  private parseBulkHeader(): Step {
    const lineEnd = this.findLineEnd(CARRIAGE_RETURN);
    if (lineEnd === LINE_TOO_LONG) return this.fail("too big bulk count string");
    if (lineEnd === LINE_INCOMPLETE) return NEED_MORE;
    const kind = this.source[this.position];
    if (kind !== DOLLAR) {
      const shown = kind === CARRIAGE_RETURN || kind === LINE_FEED ? " " : String.fromCharCode(kind);
      return this.fail(`expected '$', got '${shown}'`);
    }
    const length = this.readLength(lineEnd);
    if (!(length >= 0 && length <= this.limits.protoMaxBulkLen)) return this.fail("invalid bulk length");
    if (!this.authenticated && length > UNAUTHENTICATED_BULK_BYTES_MAX) {
      return this.fail("unauthenticated bulk length");
    }
    this.position = lineEnd + 2;
    this.bulkLength = length;
    return CONTINUE;
  }

  /** An inline request. CONTINUE: the line was blank. */
  private parseInline(): Step {
    const lineFeed = this.findLineEnd(LINE_FEED);
    if (lineFeed === LINE_TOO_LONG) return this.fail("too big inline request");
    if (lineFeed === LINE_INCOMPLETE) return NEED_MORE;
    const start = this.position;
    const end = lineFeed > start && this.source[lineFeed - 1] === CARRIAGE_RETURN ? lineFeed - 1 : lineFeed;
    this.argc = 0;
    this.makeRoomForArguments(inlineArgumentsMax(end - start));
    const count = hasQuotes(this.source, start, end)
      ? this.splitWithQuotes(start, end)
      : splitPlain(this.source, start, end, this.argStart, this.argLength);
    if (count === UNBALANCED_QUOTES) return this.fail("unbalanced quotes in request");
    this.position = lineFeed + 1;
    this.rawStart = -1;
    if (count === 0) return CONTINUE;
    this.argc = count;
    return COMMAND;
  }

  private splitWithQuotes(start: number, end: number): number {
    if (this.unquoted.length < end - start) this.unquoted = new Uint8Array(Math.max(end - start, INITIAL_HELD_BYTES));
    this.buffer = this.unquoted;
    this.flags |= UNQUOTED;
    return splitQuoted(this.source, start, end, this.unquoted, this.argStart, this.argLength);
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

  private addArgument(start: number, length: number): void {
    if (this.argc === this.argStart.length) {
      this.makeRoomForArguments(Math.min(this.argc * 2, Math.max(this.expected, this.argc + 1)));
    }
    this.argStart[this.argc] = start;
    this.argLength[this.argc] = length;
    this.argc++;
    this.bulkLength = -1;
  }

  private makeRoomForArguments(count: number): void {
    if (count <= this.argStart.length) return;
    const starts = new Int32Array(count);
    const lengths = new Int32Array(count);
    starts.set(this.argStart);
    lengths.set(this.argLength);
    this.argStart = starts;
    this.argLength = lengths;
    if (count > KEPT_ARGUMENTS) this.flags |= MANY_ARGUMENTS;
  }

  private resetArguments(): void {
    this.argStart = new Int32Array(INITIAL_ARGUMENTS);
    this.argLength = new Int32Array(INITIAL_ARGUMENTS);
  }

  private fail(reason: string): ParseResult {
    this.error = `Protocol error: ${reason}`;
    this.flags |= FAILED;
    return PROTOCOL_ERROR;
  }

  // --- Big arguments ------------------------------------------------------------------------------------------------

  /** Gives the argument at `position`, of which something is missing, a buffer of its own. */
  private startBigArgument(): Step {
    if ((this.flags & HELD) === 0) this.holdCommandInChunk();
    const first = allocate(Math.min(this.bulkLength, TRUSTED_BYTES));
    if (first === null) return this.fail("invalid bulk length");
    this.filling = first;
    this.filled = 0;
    // What `held` has of the argument leaves it, so that what follows the argument is appended in its place.
    const tail = this.end;
    this.end = this.position;
    if (this.fill(this.held, this.position, tail) < 0) return PROTOCOL_ERROR;
    return NEED_MORE;
  }

  /** Takes what belongs to the big argument and its line end. @returns bytes taken, or -1 after an error. */
  private fill(bytes: Uint8Array, start: number, end: number): number {
    const length = this.bulkLength;
    const taken = Math.min(end - start, length + 2 - this.filled);
    const body = Math.min(taken, Math.max(0, length - this.filled));
    if (body > 0) {
      let target = this.filling;
      assert(target !== null, "a big argument has its buffer");
      if (this.filled + body > target.length) {
        const full = allocate(length);
        if (full === null) {
          this.fail("invalid bulk length");
          return -1;
        }
        full.set(target.subarray(0, this.filled));
        target = full;
        this.filling = full;
      }
      target.set(bytes.subarray(start, start + body), this.filled);
    }
    this.filled += taken;
    this.bigBytes += taken;
    return taken;
  }

  private addBigArgument(): void {
    const bytes = this.filling;
    assert(bytes !== null && bytes.length === this.bulkLength, "a big argument fills its buffer");
    while (this.big.length < this.argc) this.big.push(null);
    this.big.push(bytes);
    this.bigCount++;
    this.flags |= BIG_ARGUMENTS;
    this.filling = null;
    this.addArgument(0, bytes.length);
  }

  // --- Held bytes ---------------------------------------------------------------------------------------------------

  /** Puts in order what the last command left. @returns whether a new one starts: not within one or after an error. */
  private settle(): boolean {
    if ((this.flags & FAILED) !== 0 || this.expected !== 0 || this.scanned !== 0) return false;
    if ((this.flags & BIG_ARGUMENTS) !== 0) {
      this.big = [];
      this.bigCount = 0;
      this.bigBytes = 0;
    }
    if ((this.flags & MANY_ARGUMENTS) !== 0) this.resetArguments();
    if ((this.flags & UNQUOTED) !== 0 && this.unquoted.length > KEPT_UNQUOTED_BYTES) this.unquoted = EMPTY;
    this.flags &= HELD;
    if (this.flags !== 0) this.leaveHeld();
    this.buffer = this.source;
    return true;
  }

  /** Changes over to the chunk when all that is left in `held` came from it. */
  private leaveHeld(): void {
    const rest = this.end - this.position;
    if (rest > this.chunkPosition - this.chunkBegin) return;
    this.source = this.chunk;
    this.position = this.chunkPosition - rest;
    this.end = this.chunkEnd;
    this.forgetChunk();
    this.flags &= ~HELD;
    if (this.held.length > KEPT_HELD_BYTES) this.held = EMPTY;
  }

  private forgetChunk(): void {
    this.chunk = EMPTY;
    this.chunkBegin = 0;
    this.chunkPosition = 0;
    this.chunkEnd = 0;
  }

  /** In held mode, when `held` is used up: takes more of the chunk. @returns whether there was any. */
  private refill(): boolean {
    const rest = this.chunkEnd - this.chunkPosition;
    if (rest === 0) return false;
    if (this.filling !== null && this.filled < this.bulkLength + 2) {
      const taken = this.fill(this.chunk, this.chunkPosition, this.chunkEnd);
      this.chunkPosition += Math.max(0, taken);
      return taken > 0;
    }
    const missing = this.bulkLength === -1 ? 0 : this.bulkLength + 2 - (this.end - this.position);
    return this.append(Math.min(rest, Math.max(missing, this.end - this.keptFrom(), INITIAL_HELD_BYTES)));
  }

  private append(count: number): boolean {
    if (!this.makeRoomInHeld(count)) return false;
    this.held.set(this.chunk.subarray(this.chunkPosition, this.chunkPosition + count), this.end);
    this.chunkPosition += count;
    this.end += count;
    return true;
  }

  /** The first byte in `source` that is still needed. */
  private keptFrom(): number {
    return this.expected === 0 ? this.position : this.rawStart;
  }

  /** Moves into held mode what has been read of the command in the chunk. The rest of the chunk waits. */
  private holdCommandInChunk(): void {
    this.chunk = this.source;
    this.chunkBegin = this.position;
    this.chunkPosition = this.position;
    this.chunkEnd = this.end;
    this.hold(this.rawStart, this.position);
  }

  /** Copies a run of the chunk being parsed into the empty `held`, and goes on there. */
  private hold(start: number, end: number): void {
    const length = end - start;
    if (this.held.length < length) this.held = new Uint8Array(roundUp(length));
    this.held.set(this.source.subarray(start, end));
    this.flags |= HELD;
    this.source = this.held;
    this.buffer = this.held;
    this.end = length;
    this.moveBy(-start);
  }

  /** After bytes in `source` have moved: so do the positions in it. */
  private moveBy(distance: number): void {
    this.position += distance;
    if (this.expected === 0) return;
    this.rawStart += distance;
    const starts = this.argStart;
    for (let i = 0; i < this.argc; i++) {
      if (i >= this.big.length || this.big[i] === null) starts[i] += distance;
    }
  }

  /** @returns false when positions would leave the int32: the parser has then failed. */
  private makeRoomInHeld(count: number): boolean {
    if (this.end + count <= this.held.length) return true;
    const from = this.keptFrom();
    const length = this.end - from;
    if (from >= length && length + count <= this.held.length) {
      // At least as much is dropped as is moved, so that moving stays linear.
      this.held.copyWithin(0, from, this.end);
    } else {
      // With room left for a quarter of what is moved, or small appends to much would move it every time.
      const room = roundUp(length + count + (length >> 2));
      const larger = room > HELD_BYTES_MAX ? null : allocate(room);
      if (larger === null) {
        this.fail("too big request");
        return false;
      }
      larger.set(this.held.subarray(from, this.end));
      this.held = larger;
      this.source = larger;
      this.buffer = larger;
    }
    this.end = length;
    this.moveBy(-from);
    return true;
  }

  /** What `finish` does when there is something to keep or to give up. */
  private keep(): void {
    this.settle();
    if ((this.flags & FAILED) !== 0) this.drop();
    else if ((this.flags & HELD) !== 0) this.keepRestOfChunk();
    else if (this.keptFrom() < this.end) this.hold(this.keptFrom(), this.end);
    else this.drop();
  }

  private keepRestOfChunk(): void {
    while (this.chunkPosition < this.chunkEnd && (this.flags & FAILED) === 0) {
      if (this.filling !== null && this.filled < this.bulkLength + 2) this.refill();
      else this.append(this.chunkEnd - this.chunkPosition);
    }
    this.forgetChunk();
  }

  /** Between commands with nothing left, or for good after an error. */
  private drop(): void {
    this.forgetChunk();
    this.flags &= FAILED;
    this.source = EMPTY;
    this.buffer = EMPTY;
    this.position = 0;
    this.end = 0;
    this.expected = 0;
    if ((this.flags & FAILED) === 0) return;
    this.held = EMPTY;
    this.filling = null;
    this.big = [];
    this.bigCount = 0;
    this.bigBytes = 0;
  }
}

/** The next power of two, at least what `held` starts with. */
function roundUp(size: number): number {
  let capacity = INITIAL_HELD_BYTES;
  while (capacity < size) capacity *= 2;
  return capacity;
}

/** @returns null when the system has no room: a length that a client announces must not end the server. */
function allocate(size: number): Uint8Array | null {
  try {
    return new Uint8Array(size);
  } catch {
    return null;
  }
}

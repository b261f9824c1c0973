/**
 * The lower half of the request parser: where the bytes of requests and their arguments stand, from chunk to chunk. What
 * they mean is the business of the upper half, `RequestParser`.
 *
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
 * as long as it is or a used one that is a little longer, and is copied there from the chunks, once. The handler may keep
 * that buffer as the stored value. The bytes around it stay in `held`, so such a command is not contiguous.
 *
 * Hostile lengths: `$536870912` and then silence must cost little. An ArrayBuffer is zeroed lazily by the system, so an
 * untouched one takes address space only, but the collector is told its full size and some kernels are strict. Hence up
 * to `TRUSTED_BYTES` the buffer is made at once; beyond, a buffer of that size is filled first, and only then is the
 * full one made and the first part copied over: at most 1 MB is copied twice, and who wants 512 MB reserved has to send
 * a megabyte first. Growing geometrically would copy everything about once more; an argument in pages could not be
 * adopted in one piece.
 */
import { assert } from "../base/assert.ts";

/** Bytes of a big argument that are reserved on its word alone. */
const TRUSTED_BYTES = 1024 * 1024;
/** Arguments there is room for from the start; more are kept for the next command up to `KEPT_ARGUMENTS`. */
const INITIAL_ARGUMENTS = 16;
const KEPT_ARGUMENTS = 256;
/** The buffer for incomplete commands starts so small, and is given up when empty and larger than `KEPT_HELD_BYTES`. */
const INITIAL_HELD_BYTES = 512;
const KEPT_HELD_BYTES = 16 * 1024;
/** Positions are int32. A session closes a client long before, by `queryBufferLimit`. */
const HELD_BYTES_MAX = 0x7fff_0000;
const KEPT_UNQUOTED_BYTES = 1024;

const EMPTY = new Uint8Array(0);

// What has to be put in order before the next command is parsed.

/** Bytes are parsed in `held`. */
export const HELD = 1;
const BIG_ARGUMENTS = 2;
const UNQUOTED = 4;
const MANY_ARGUMENTS = 8;
/** The chunk has ended within a command. */
export const PARTIAL = 16;
/** For good: the stream made no sense. */
export const FAILED = 32;

/** Where used buffers for big arguments come from. */
export interface SpareBufferSource {
  /** A buffer of at least so many bytes with anything in it, or null. */
  take(sizeBytes: number): ArrayBuffer | null;
}

export const NO_SPARES: SpareBufferSource = { take: () => null };

export class RequestInput {
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

  protected flags = 0;

  /** What is being parsed, from `position` to `end`: the chunk or `held`. */
  protected source: Uint8Array = EMPTY;
  protected position = 0;
  protected end = 0;

  /** Where the command being parsed begins in `source`; -1 for an inline one. */
  protected rawStart = -1;
  /** Arguments of the command being parsed, 0 between commands and for inline ones. */
  protected expected = 0;
  /** Length of the argument being read, -1 while its header is not read. */
  protected bulkLength = -1;
  /** Bytes from `position` on that hold no line end. */
  protected scanned = 0;

  private readonly spares: SpareBufferSource;
  /** The buffer of the big argument being filled, and the bytes it has (its line end counted). */
  protected filling: Uint8Array | null = null;
  protected filled = 0;
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

  constructor(spares: SpareBufferSource) {
    this.spares = spares;
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

  protected addArgument(start: number, length: number): void {
    if (this.argc === this.argStart.length) {
      this.makeRoomForArguments(Math.min(this.argc * 2, Math.max(this.expected, this.argc + 1)));
    }
    this.argStart[this.argc] = start;
    this.argLength[this.argc] = length;
    this.argc++;
    this.bulkLength = -1;
  }

  protected makeRoomForArguments(count: number): void {
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

  /** Where inline arguments with quotes are decoded, into at most so many bytes: `buffer` from now on. */
  protected turnToUnquoted(bytesMax: number): void {
    if (this.unquoted.length < bytesMax) this.unquoted = new Uint8Array(Math.max(bytesMax, INITIAL_HELD_BYTES));
    this.buffer = this.unquoted;
    this.flags |= UNQUOTED;
  }

  protected fail(reason: string): void {
    this.error = `Protocol error: ${reason}`;
    this.flags |= FAILED;
  }

  // --- Big arguments ------------------------------------------------------------------------------------------------

  /** Gives the argument at `position`, of which something is missing, a buffer of its own. */
  protected startBigArgument(): void {
    if ((this.flags & HELD) === 0) this.holdCommandInChunk();
    const first = this.allocateBig(Math.min(this.bulkLength, TRUSTED_BYTES));
    if (first === null) {
      this.fail("invalid bulk length");
      return;
    }
    this.filling = first;
    this.filled = 0;
    // What `held` has of the argument leaves it, so that what follows the argument is appended in its place.
    const tail = this.end;
    this.end = this.position;
    this.fill(this.held, this.position, tail);
  }

  private allocateBig(size: number): Uint8Array | null {
    const spare = this.spares.take(size);
    return spare === null ? allocate(size) : new Uint8Array(spare, 0, size);
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
        const full = this.allocateBig(length);
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

  protected addBigArgument(): void {
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
  protected settle(): boolean {
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
  protected refill(): boolean {
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

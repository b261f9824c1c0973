/**
 * The output of one connection: bytes in order, some in blocks of the pool, some still where the value lives.
 *
 *     queue   [ block A 0..65536 | value (pinned) | block B 0..14 | value ]   bytes/position  block B 14..
 *
 * Writing goes into the current block, `bytes` at `position`; both are plain fields so that a handler in a hurry can
 * write by itself after `ensure`. When a block is full, or when bytes that are not copied must come in between, what
 * was written becomes a segment of the queue; a block that still has room goes on behind the foreign bytes and returns
 * to the pool with its last segment.
 *
 * Places in the stream are counted in bytes produced since the connection began, which no later event changes for what
 * stands before them: marks to rewind to, and headers whose count is not known yet. Such a header is reserved at its
 * longest; when the count is known the gap is closed by moving whichever side of the block is shorter, the bytes
 * behind it or the bytes of its segment in front of it (the segment then simply starts later).
 *
 * Flushing follows the contract of `Socket.write`: bytes of which it answers false belong to the socket until it has
 * drained; they stay in flight here, and nothing else is written until `drained` is called.
 */
import { assert } from "../base/assert.ts";
import { digits10, writeInt } from "../base/text.ts";
import { OutputBlock, type OutputBlockPool } from "./output-blocks.ts";

/** Where output goes: `Socket` of the platform is one. */
export interface OutputSink {
  /** @returns false when the sink still refers to the bytes; it says later that it has drained. */
  write(bytes: Uint8Array): boolean;
}

/** Whoever lent bytes to the output, and is told once when they are sent or dropped. */
export interface PinnedBytes {
  unpin(): void;
}

/** A run of output that is complete. */
class Segment {
  readonly bytes: Uint8Array;
  start: number;
  readonly end: number;
  /** The block, when this is its last segment. It returns to the pool when the segment is gone. */
  readonly block: OutputBlock | null;
  /** Not null for foreign bytes. */
  readonly pin: PinnedBytes | null;

  constructor(bytes: Uint8Array, start: number, end: number, block: OutputBlock | null, pin: PinnedBytes | null) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.block = block;
    this.pin = pin;
  }
}

const NO_BLOCK = new OutputBlock(0, 0);
const NOTHING_TO_UNPIN: PinnedBytes = { unpin() {} };

/** Up to here bytes are copied by a loop; beyond by `set`, whose call and view cost some 90 ns. */
const COPY_BYTES_LOOP_MAX = 32;
/** Room for a header of the longest count: kind, ten digits and the line end. */
const RESERVED_HEADER_BYTES = 13;

export class OutputBuffer {
  /** The current block; empty until something is written. Replaced by `ensure` and everything that calls it. */
  bytes: Uint8Array = NO_BLOCK.bytes;
  /** The same bytes. */
  view: DataView = NO_BLOCK.view;
  /** Where the next byte goes in `bytes`. */
  position = 0;

  protected readonly pool: OutputBlockPool;
  private block: OutputBlock = NO_BLOCK;
  /** Where the current segment begins in `bytes`. */
  private segmentStart = 0;
  private queue: Segment[] = [];
  /** Bytes of the queue. */
  private queueBytes = 0;
  /** Bytes handed to the sink since the beginning. */
  private flushedBytes = 0;
  private inFlight: Segment | null = null;
  /** Places of the reserved headers, outermost first. */
  private readonly reserved: number[] = [];

  constructor(pool: OutputBlockPool) {
    this.pool = pool;
  }

  // --- Writing ------------------------------------------------------------------------------------------------------

  /** Makes sure that `count` bytes fit behind `position`. At most what a block of the largest size holds. */
  ensure(count: number): void {
    if (this.position + count > this.bytes.length) this.makeRoom(count);
  }

  /** Copies a run of bytes, however long. */
  append(source: Uint8Array, start: number, length: number): void {
    if (this.position + length > this.bytes.length) {
      this.appendAcross(source, start, length);
      return;
    }
    this.copy(source, start, length);
  }

  /** Queues bytes without copying them. They must not change or go before `pin` is told. */
  appendForeign(view: Uint8Array, pin: PinnedBytes | null): void {
    this.seal(false);
    this.queue.push(new Segment(view, 0, view.length, null, pin ?? NOTHING_TO_UNPIN));
    this.queueBytes += view.length;
  }

  private makeRoom(count: number): void {
    const pool = this.pool;
    assert(count <= pool.largestBytes, "contiguous room is asked for in pieces that a block can hold");
    const old = this.block;
    const end = this.position + count;
    if (old === NO_BLOCK) {
      this.goOnIn(pool.take(count));
    } else if (this.segmentStart === 0 && end <= pool.largestBytes) {
      this.goOnIn(pool.take(end));
      this.bytes.set(old.bytes.subarray(0, this.position));
      pool.give(old);
    } else {
      this.seal(true);
      this.goOnIn(pool.take(pool.largestBytes));
    }
  }

  private goOnIn(block: OutputBlock): void {
    this.block = block;
    this.bytes = block.bytes;
    this.view = block.view;
  }

  /** The current block has gone its way. */
  private leaveBlock(): void {
    this.goOnIn(NO_BLOCK);
    this.position = 0;
    this.segmentStart = 0;
  }

  private appendAcross(source: Uint8Array, start: number, length: number): void {
    const largest = this.pool.largestBytes;
    let at = start;
    const end = start + length;
    while (at < end) {
      // Fills a block of the largest size to its end before it goes on in the next.
      if (this.bytes.length !== largest) this.ensure(Math.min(end - at, largest - this.position));
      else if (this.position === largest) this.makeRoom(1);
      const piece = Math.min(end - at, this.bytes.length - this.position);
      this.copy(source, at, piece);
      at += piece;
    }
  }

  private copy(source: Uint8Array, start: number, length: number): void {
    const target = this.bytes;
    const position = this.position;
    if (length <= COPY_BYTES_LOOP_MAX) {
      for (let i = 0; i < length; i++) target[position + i] = source[start + i];
    } else {
      target.set(source.subarray(start, start + length), position);
    }
    this.position = position + length;
  }

  /** Ends the current segment. @param blockEnds whether nothing more goes into its block. */
  private seal(blockEnds: boolean): void {
    const written = this.position - this.segmentStart;
    if (written > 0 || (blockEnds && this.segmentStart > 0)) {
      const last = blockEnds ? this.block : null;
      this.queue.push(new Segment(this.bytes, this.segmentStart, this.position, last, null));
      this.queueBytes += written;
    } else if (blockEnds && this.block !== NO_BLOCK) {
      this.pool.give(this.block);
    }
    this.segmentStart = this.position;
    if (blockEnds) this.leaveBlock();
  }

  // --- Marks and reserved headers -----------------------------------------------------------------------------------

  /** The place after the last byte written, to rewind to. It keeps its meaning until the next `flush`. */
  mark(): number {
    return this.flushedBytes + this.queueBytes + this.position - this.segmentStart;
  }

  /** Drops what was written since the mark was taken. */
  rewindTo(mark: number): void {
    assert(mark >= this.flushedBytes && mark <= this.mark(), "rewinds to a mark of output that is still here");
    while (this.reserved.length > 0 && this.reserved[this.reserved.length - 1] >= mark) this.reserved.pop();
    let excess = this.mark() - mark;
    for (;;) {
      const written = this.position - this.segmentStart;
      if (excess <= written) {
        this.position -= excess;
        return;
      }
      excess -= written;
      this.position = this.segmentStart;
      const last = this.queue.pop();
      assert(last !== undefined, "output before the current block is in the queue");
      const length = last.end - last.start;
      this.queueBytes -= length;
      if (last.pin !== null) {
        assert(excess >= length, "a mark does not stand within foreign bytes");
        excess -= length;
        last.pin.unpin();
      } else {
        if (last.block !== null) {
          if (this.block !== NO_BLOCK) this.pool.give(this.block);
          this.goOnIn(last.block);
        }
        assert(last.bytes === this.bytes, "segments of a block follow each other");
        this.segmentStart = last.start;
        this.position = last.end;
      }
    }
  }

  /** Leaves room for a header whose count comes later. Reserved headers are filled in innermost first. */
  protected reserveHeader(): void {
    this.ensure(RESERVED_HEADER_BYTES);
    this.reserved.push(this.mark());
    this.position += RESERVED_HEADER_BYTES;
  }

  /** Writes the last reserved header: `kind`, the count and a line end. */
  protected fillHeader(kind: number, count: number): void {
    const place = this.reserved.pop();
    assert(place !== undefined, "a header is reserved before it is filled in");
    const gap = RESERVED_HEADER_BYTES - digits10(count) - 3;
    assert(gap >= 0, "a count has at most ten digits");
    const behind = this.mark() - place;
    if (behind > this.position - this.segmentStart) {
      this.fillQueuedHeader(kind, count, place, gap);
      return;
    }
    const bytes = this.bytes;
    const at = this.position - behind;
    if (behind - RESERVED_HEADER_BYTES <= at - this.segmentStart) {
      bytes.copyWithin(at + RESERVED_HEADER_BYTES - gap, at + RESERVED_HEADER_BYTES, this.position);
      this.position -= gap;
      writeHeader(kind, count, bytes, at);
    } else {
      this.segmentStart = pushForward(bytes, this.segmentStart, at, gap);
      writeHeader(kind, count, bytes, at + gap);
    }
  }

  private fillQueuedHeader(kind: number, count: number, place: number, gap: number): void {
    let index = this.queue.length - 1;
    let start = this.flushedBytes + this.queueBytes - segmentLength(this.queue[index]);
    while (start > place) start -= segmentLength(this.queue[--index]);
    const segment = this.queue[index];
    const at = segment.start + place - start;
    segment.start = pushForward(segment.bytes, segment.start, at, gap);
    this.queueBytes -= gap;
    writeHeader(kind, count, segment.bytes, at + gap);
  }

  // --- Sending ------------------------------------------------------------------------------------------------------

  /** Bytes written and not yet handed to a sink. */
  get queuedBytes(): number {
    return this.queueBytes + this.position - this.segmentStart;
  }

  /** These, and what a sink has not let go of: for `client-output-buffer-limit`. */
  totalBytes(): number {
    return this.queuedBytes + (this.inFlight === null ? 0 : segmentLength(this.inFlight));
  }

  /** Whether a sink holds bytes, so that `drained` is awaited. */
  get isBlocked(): boolean {
    return this.inFlight !== null;
  }

  /** Hands everything to the sink, in order. @returns whether all was taken; if not, go on after `drained`. */
  flush(sink: OutputSink): boolean {
    if (this.inFlight !== null) return false;
    assert(this.reserved.length === 0, "a reply is complete before it is sent");
    if (this.queue.length > 0 && !this.flushQueue(sink)) return false;
    const start = this.segmentStart;
    const end = this.position;
    const block = this.block;
    if (block === NO_BLOCK) return true;
    this.leaveBlock();
    this.flushedBytes += end - start;
    if (start === end || sink.write(block.run(start, end))) {
      this.pool.give(block);
      return true;
    }
    this.inFlight = new Segment(block.bytes, start, end, block, null);
    return false;
  }

  private flushQueue(sink: OutputSink): boolean {
    let sent = 0;
    const queue = this.queue;
    while (sent < queue.length) {
      const segment = queue[sent++];
      const length = segmentLength(segment);
      if (length > 0) {
        this.queueBytes -= length;
        this.flushedBytes += length;
        if (!sink.write(segment.bytes.subarray(segment.start, segment.end))) {
          this.inFlight = segment;
          break;
        }
      }
      this.letGo(segment);
    }
    if (sent === queue.length) this.queue = [];
    else queue.splice(0, sent);
    return this.inFlight === null;
  }

  /** The sink has let go of the bytes it answered false for. Call `flush` again. */
  drained(): void {
    const segment = this.inFlight;
    if (segment === null) return;
    this.inFlight = null;
    this.letGo(segment);
  }

  /** The connection is gone, and with it the sink: gives everything back. */
  discard(): void {
    this.drained();
    for (const segment of this.queue) this.letGo(segment);
    this.queue = [];
    this.queueBytes = 0;
    if (this.block !== NO_BLOCK) this.pool.give(this.block);
    this.leaveBlock();
    this.reserved.length = 0;
  }

  private letGo(segment: Segment): void {
    if (segment.pin !== null) segment.pin.unpin();
    else if (segment.block !== null) this.pool.give(segment.block);
  }
}

function segmentLength(segment: Segment): number {
  return segment.end - segment.start;
}

/** Moves the bytes from `start` to `end` behind a gap in front of them. @returns where they start now. */
function pushForward(bytes: Uint8Array, start: number, end: number, gap: number): number {
  bytes.copyWithin(start + gap, start, end);
  return start + gap;
}

/** Writes a header into `bytes` at `at`. @returns the position after it. */
export function writeHeader(kind: number, count: number, bytes: Uint8Array, at: number): number {
  bytes[at] = kind;
  const end = writeInt(count, bytes, at + 1);
  bytes[end] = 0x0d;
  bytes[end + 1] = 0x0a;
  return end + 2;
}

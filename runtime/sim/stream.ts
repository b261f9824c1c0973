/**
 * One direction of a connection: bytes and marks (open, end, reset) on their way, in order.
 *
 * What is sent together is cut into segments at places drawn from the seed, and each segment has a latency of its own;
 * one that would overtake its predecessor arrives together with it. So a receiver meets every fragmentation: whole
 * requests, halves, single bytes, several in one. The window bounds what the receiver has not consumed yet, on the wire
 * and in its kernel; beyond it the sender has to wait, which is all there is to backpressure.
 *
 * The stream is itself the event of its next arrival, so a connection costs one entry in the event queue, however much
 * is under way.
 */
import { assert } from "../../src/base/assert.ts";
import type { Prng } from "../../src/base/prng.ts";
import type { Link } from "./link.ts";
import type { Loop } from "./loop.ts";
import { SimEvent } from "./queue.ts";
import type { SimSocket } from "./socket.ts";

/** `open` completes the handshake: the listener accepts when it arrives. */
export type Mark = "open" | "end" | "reset";

/** How a network treats what is sent. */
export interface StreamOptions {
  /** Bytes that may be sent and not yet consumed. */
  readonly windowBytes: number;
  /** Whether to cut at seeded places, and to take only a part of a write now and then. */
  readonly fragments: boolean;
  /** Arrivals happen at multiples of this, so that several connections share a turn now and then. */
  readonly grainUs: number;
}

interface Segment {
  readonly arrivalUs: number;
  /** Bytes, or a mark. */
  readonly content: Uint8Array | Mark;
}

/** Most pieces one write is cut into, except a short one that is cut into single bytes. */
const PIECES_MAX = 8;
const SINGLE_BYTES_MAX = 48;
/** Beyond this many taken segments the list is moved down. */
const COMPACT_SEGMENTS = 64;

export class Stream extends SimEvent {
  readonly sender: SimSocket;
  readonly receiver: SimSocket;
  readonly link: Link;
  /** The way acknowledgements take. */
  readonly reverse: Link;
  /** Bytes on the wire and in the receiver's kernel. */
  unconsumedBytes = 0;
  private readonly loop: Loop;
  private readonly prng: Prng;
  private readonly options: StreamOptions;
  private segments: Segment[] = [];
  private takenCount = 0;
  private lastArrivalUs = 0;
  private isCut = false;

  constructor(
    ends: { sender: SimSocket; receiver: SimSocket; link: Link; reverse: Link },
    loop: Loop,
    prng: Prng,
    options: StreamOptions,
  ) {
    super();
    this.sender = ends.sender;
    this.receiver = ends.receiver;
    this.link = ends.link;
    this.reverse = ends.reverse;
    this.loop = loop;
    this.prng = prng;
    this.options = options;
  }

  /** Bytes that may be sent now. */
  get roomBytes(): number {
    return this.options.windowBytes - this.unconsumedBytes;
  }

  /** How many of `lengthBytes` the sender's kernel takes at once: all it has room for, or now and then fewer. */
  acceptable(lengthBytes: number): number {
    const room = Math.min(lengthBytes, this.roomBytes);
    if (!this.options.fragments || this.prng.below(32) !== 0) return room;
    return this.prng.below(room + 1);
  }

  /** Sends a copy of `bytes`, which there must be room for. */
  send(bytes: Uint8Array): void {
    assert(bytes.length > 0 && bytes.length <= this.roomBytes, "a stream carries what its window has room for");
    const copy = bytes.slice();
    this.loop.trace.bytes(copy);
    this.unconsumedBytes += copy.length;
    const style = this.options.fragments ? this.prng.below(8) : 0;
    const pieceBytesMax = longestPiece(style, copy.length);
    let cutsLeft = mostCuts(style, copy.length);
    for (let start = 0; start < copy.length; cutsLeft--) {
      const restBytes = copy.length - start;
      const pieceBytes = cutsLeft > 0 ? 1 + this.prng.below(Math.min(pieceBytesMax, restBytes)) : restBytes;
      this.enqueue(copy.subarray(start, start + pieceBytes), start > 0);
      start += pieceBytes;
    }
  }

  sendMark(mark: Mark): void {
    this.enqueue(mark, false);
  }

  /** The receiver has consumed bytes: the sender may go on when the acknowledgement has travelled back. */
  consumed(lengthBytes: number): void {
    this.unconsumedBytes -= lengthBytes;
    assert(this.unconsumedBytes >= 0, "nothing is consumed that was not sent");
    this.sender.windowOpens(this.reverse);
  }

  /** Nothing more arrives. */
  cut(): void {
    this.isCut = true;
    this.segments = [];
    this.takenCount = 0;
    this.loop.cancel(this);
  }

  /** An arrival is due. */
  fire(): void {
    if (this.isCut) return;
    if (this.link.isBlocked) {
      this.link.hold(this);
      this.sender.doubt(this.link);
      return;
    }
    const nowUs = this.loop.nowUs;
    while (this.takenCount < this.segments.length && this.segments[this.takenCount].arrivalUs <= nowUs) {
      this.arrive(this.segments[this.takenCount++].content);
      if (this.isCut) return;
    }
    if (this.takenCount >= COMPACT_SEGMENTS || this.takenCount === this.segments.length) {
      this.segments.splice(0, this.takenCount);
      this.takenCount = 0;
    }
    if (this.reverse.isBlocked) this.sender.doubt(this.reverse);
    this.scheduleNext();
    this.receiver.wakeReader();
  }

  private arrive(content: Uint8Array | Mark): void {
    if (content instanceof Uint8Array) this.receiver.bytesArrived(content);
    else this.receiver.markArrived(content);
  }

  private enqueue(content: Uint8Array | Mark, isContinuation: boolean): void {
    if (this.isCut) return;
    const { grainUs } = this.options;
    const earliestUs = Math.ceil((this.loop.nowUs + this.link.transitUs()) / grainUs) * grainUs;
    // The rest of a cut piece comes apart from its beginning, or the cut would not be seen.
    const notBeforeUs = isContinuation ? this.lastArrivalUs + grainUs : this.lastArrivalUs;
    this.lastArrivalUs = Math.max(earliestUs, notBeforeUs);
    this.segments.push({ arrivalUs: this.lastArrivalUs, content });
    this.scheduleNext();
  }

  private scheduleNext(): void {
    if (this.isScheduled || this.takenCount === this.segments.length || this.link.isHolding(this)) return;
    this.loop.scheduleAt(this, this.segments[this.takenCount].arrivalUs);
  }
}

/** How often to cut a write, by a style drawn from 0 … 7: half of the writes stay whole, a quarter is cut in two. */
function mostCuts(style: number, lengthBytes: number): number {
  if (style < 4) return 0;
  if (style < 6) return 1;
  return style === 7 && lengthBytes <= SINGLE_BYTES_MAX ? lengthBytes - 1 : PIECES_MAX - 1;
}

function longestPiece(style: number, lengthBytes: number): number {
  if (style < 6) return Math.max(1, lengthBytes - 1);
  return style === 7 && lengthBytes <= SINGLE_BYTES_MAX ? 1 : (lengthBytes + 1) >> 1;
}

/**
 * The blocks that replies are written into, lent to connections for as long as they have something to say.
 *
 * Ten thousand idle clients must not own ten thousand blocks, and fifty busy ones must find theirs still in the
 * processor's cache. So blocks belong to a pool of the server: a connection takes one with its first reply of a turn
 * and gives it back once the socket has taken the bytes, and the pool hands out last the one that came back last.
 *
 * There are two sizes. Most replies of a turn fit a small block; who outgrows it moves over to a large one with one
 * copy of at most a small block, so that still a single write carries everything up to a large block's size.
 *
 * What comes back beyond the bound is left to the collector.
 */
import { assert } from "../base/assert.ts";
import { viewOf } from "../base/bytes.ts";

const SMALL_BLOCK_BYTES = 4 * 1024;
const LARGE_BLOCK_BYTES = 64 * 1024;
/** Kept for reuse, each size: a turn's worth of many clients. */
const SMALL_POOLED_MAX = 512;
const LARGE_POOLED_MAX = 64;

/** Every writer step that asks for contiguous room asks for at most so much. */
export const CONTIGUOUS_BYTES_MAX = 64;

/** The shortest runs of bytes are sent again and again. Making a view costs as much as writing one of them. */
const KEPT_VIEW_BYTES_MAX = 64;

/** A block, as bytes and as what writes four of them at a time. */
export class OutputBlock {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** By length: the first so many bytes. */
  readonly #heads: (Uint8Array | undefined)[] = [];

  constructor(sizeBytes: number) {
    this.bytes = new Uint8Array(sizeBytes);
    this.view = viewOf(this.bytes);
  }

  /** The bytes from `start` to `end` as a view of their own. */
  run(start: number, end: number): Uint8Array {
    if (start > 0 || end > KEPT_VIEW_BYTES_MAX) return this.bytes.subarray(start, end);
    const heads = this.#heads;
    while (heads.length <= end) heads.push(undefined);
    let head = heads[end];
    if (head === undefined) {
      head = this.bytes.subarray(0, end);
      heads[end] = head;
    }
    return head;
  }
}

export interface OutputBlockOptions {
  readonly smallBytes?: number;
  readonly largeBytes?: number;
  readonly smallPooledMax?: number;
  readonly largePooledMax?: number;
}

export class OutputBlockPool {
  readonly smallBytes: number;
  readonly largeBytes: number;
  /** Bytes of the blocks that are lent. */
  lentBytes = 0;
  /** Bytes of the blocks that wait for reuse. */
  pooledBytes = 0;

  private readonly smallPooledMax: number;
  private readonly largePooledMax: number;
  private readonly small: OutputBlock[] = [];
  private readonly large: OutputBlock[] = [];

  constructor(options: OutputBlockOptions = {}) {
    this.smallBytes = options.smallBytes ?? SMALL_BLOCK_BYTES;
    this.largeBytes = options.largeBytes ?? LARGE_BLOCK_BYTES;
    this.smallPooledMax = options.smallPooledMax ?? SMALL_POOLED_MAX;
    this.largePooledMax = options.largePooledMax ?? LARGE_POOLED_MAX;
    assert(this.smallBytes >= CONTIGUOUS_BYTES_MAX, "a small block holds any contiguous piece");
    assert(this.largeBytes > this.smallBytes, "two sizes of blocks, told apart by their length");
  }

  takeSmall(): OutputBlock {
    return this.lend(this.small.pop(), this.smallBytes);
  }

  takeLarge(): OutputBlock {
    return this.lend(this.large.pop(), this.largeBytes);
  }

  /** Takes a block back. Nobody may hold a view of it any more. */
  give(block: OutputBlock): void {
    const sizeBytes = block.bytes.length;
    const isLarge = sizeBytes === this.largeBytes;
    assert(isLarge || sizeBytes === this.smallBytes, "a block returns to the pool it came from");
    this.lentBytes -= sizeBytes;
    const pooled = isLarge ? this.large : this.small;
    if (pooled.length >= (isLarge ? this.largePooledMax : this.smallPooledMax)) return;
    pooled.push(block);
    this.pooledBytes += sizeBytes;
  }

  /** Leaves all blocks that wait for reuse to the collector. */
  trim(): void {
    this.small.length = 0;
    this.large.length = 0;
    this.pooledBytes = 0;
  }

  private lend(pooled: OutputBlock | undefined, sizeBytes: number): OutputBlock {
    this.lentBytes += sizeBytes;
    if (pooled === undefined) return new OutputBlock(sizeBytes);
    this.pooledBytes -= sizeBytes;
    return pooled;
  }
}

/**
 * The blocks that replies are written into, lent to connections for as long as they have something to say.
 *
 * Ten thousand idle clients must not own ten thousand blocks, and fifty busy ones must find theirs still in the
 * processor's cache. So blocks belong to a pool of the server: a connection takes one with its first reply of a turn
 * and gives it back once the socket has taken the bytes, and the pool hands out last the one that came back last.
 *
 * There are three sizes, each four times the one before. Most replies of a turn fit the smallest; who outgrows a block
 * moves over to a larger one with a copy of what is in it, so that still a single write carries everything up to the
 * largest size.
 *
 * How many blocks are lent at once is a matter of how many clients a turn serves, and of how much they ask for: a pool
 * of a fixed size is either a waste or, with two hundred clients that read 4 KiB each, too small, and then every turn
 * leaves megabytes to the collector (measured: half as much processor again for every GET). So the pool keeps what
 * comes back and shrinks by what nobody has asked for lately (`shrink`): half of the blocks that have lain in it
 * throughout. What would make a size hold more than `pooledBytesMax` is left to the collector.
 */
import { assert } from "../base/assert.ts";
import { viewOf } from "../base/bytes.ts";
import { SpareStack } from "../base/spare-stack.ts";

const BLOCK_BYTES = [4 * 1024, 16 * 1024, 64 * 1024];
/** Of each size: a block for each of eight thousand clients that a turn answers, or 64 KiB for each of five hundred. */
const POOLED_BYTES_MAX = 32 * 1024 * 1024;
/** Of each size, kept however little is going on, so that the occasional command makes no garbage. */
const POOLED_BLOCKS_MIN = 2;

/** Every writer step that asks for contiguous room asks for at most so much. */
export const CONTIGUOUS_BYTES_MAX = 64;

/** The shortest runs of bytes are sent again and again. Making a view costs as much as writing one of them. */
const KEPT_VIEW_BYTES_MAX = 64;

/** A block, as bytes and as what writes four of them at a time. */
export class OutputBlock {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Which of the pool's sizes it has. */
  readonly size: number;
  /** By length: the first so many bytes. */
  readonly #heads: (Uint8Array | undefined)[] = [];

  constructor(sizeBytes: number, size: number) {
    this.bytes = new Uint8Array(sizeBytes);
    this.view = viewOf(this.bytes);
    this.size = size;
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

/** The blocks of one size that wait for reuse. */
class Shelf extends SpareStack<OutputBlock> {
  readonly sizeBytes: number;
  readonly blocksMax: number;

  constructor(sizeBytes: number, blocksMax: number) {
    super();
    this.sizeBytes = sizeBytes;
    this.blocksMax = blocksMax;
  }
}

export interface OutputBlockOptions {
  /** Bytes of a block of each size, growing. */
  readonly blockBytes?: readonly number[];
  /** Of each size. */
  readonly pooledBytesMax?: number;
}

export class OutputBlockPool {
  readonly smallestBytes: number;
  readonly largestBytes: number;
  /** Bytes of the blocks that are lent. */
  lentBytes = 0;
  /** Bytes of the blocks that wait for reuse. */
  pooledBytes = 0;

  private readonly shelves: readonly Shelf[];

  constructor(options: OutputBlockOptions = {}) {
    const sizes = options.blockBytes ?? BLOCK_BYTES;
    const pooledBytesMax = options.pooledBytesMax ?? POOLED_BYTES_MAX;
    this.shelves = sizes.map((sizeBytes) => new Shelf(sizeBytes, Math.floor(pooledBytesMax / sizeBytes)));
    this.smallestBytes = sizes[0];
    this.largestBytes = sizes[sizes.length - 1];
    assert(this.smallestBytes >= CONTIGUOUS_BYTES_MAX, "a block holds any contiguous piece");
  }

  /** A block of the smallest size that holds so many bytes, at most those of the largest. */
  take(bytes: number): OutputBlock {
    const { shelves } = this;
    let size = 0;
    while (shelves[size].sizeBytes < bytes) size++;
    const shelf = shelves[size];
    const block = shelf.pop();
    this.lentBytes += shelf.sizeBytes;
    if (block === undefined) return new OutputBlock(shelf.sizeBytes, size);
    this.pooledBytes -= shelf.sizeBytes;
    return block;
  }

  /** Takes a block back. Nobody may hold a view of it any more. */
  give(block: OutputBlock): void {
    const shelf = this.shelves[block.size];
    assert(block.bytes.length === shelf.sizeBytes, "a block returns to the pool it came from");
    this.lentBytes -= shelf.sizeBytes;
    if (shelf.length >= shelf.blocksMax) return;
    shelf.push(block);
    this.pooledBytes += shelf.sizeBytes;
  }

  /** To be called now and then, some seconds or less apart: leaves blocks nobody needs to the collector. */
  shrink(): void {
    for (const shelf of this.shelves) {
      this.pooledBytes -= shelf.takeSurplus(POOLED_BLOCKS_MIN).length * shelf.sizeBytes;
    }
  }

  /** Leaves all blocks that wait for reuse to the collector. */
  trim(): void {
    for (const shelf of this.shelves) shelf.takeAll();
    this.pooledBytes = 0;
  }
}

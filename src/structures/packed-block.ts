/**
 * What listpack and intset have in common: a whole collection as one run of bytes in one block, edited by moving what
 * follows the edit.
 *
 * A packed block is a lens: made once, attached to one block after another. `handle` changes when an edit had to move
 * the run to another block; the owner stores it again after every edit.
 *
 * Growth. A block from the slabs has the room of its size class, which steps by a quarter or less; beyond the slabs
 * blocks grow by a quarter of their own accord. So appending one by one copies each byte some five times in all. A block
 * is exchanged for a smaller one when less than half of it is used: any later and removing would give nothing back, any
 * earlier and adding and removing at a boundary would copy each time.
 *
 * Replies may point into a block beyond the slabs (`Arena.pin`): an edit then moves the run and leaves the old block
 * to them.
 */
import { assert } from "../base/assert.ts";
import { copyBytes } from "../base/bytes.ts";
import { type Arena, type Handle, SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";
import { SLAB_BYTES_MAX } from "../memory/size-classes.ts";
import type { Span } from "./entry.ts";

/** No packed collection grows beyond this, as in Redis. */
export const PACKED_BYTES_MAX: number = 1 << 30;
/** A block up to this size is kept however little of it is used. */
const SPARE_BLOCK_BYTES = 64;
/** Up to here bytes are moved within an array by a loop, beyond by the engine. */
const MOVE_LOOP_MAX = 24;

const NO_BYTES = new Uint8Array(0);

export abstract class PackedBlock {
  /** Changes when an edit moves the run to another block. */
  handle: Handle = 0;
  protected readonly arena: Arena;
  /** The array that holds the run, and where the run starts in it. */
  protected bytes: Uint8Array = NO_BYTES;
  protected base = 0;

  constructor(arena: Arena) {
    this.arena = arena;
  }

  /** Bytes of the run; its block may be larger. */
  abstract get sizeBytes(): number;

  attach(handle: Handle): this {
    this.handle = handle;
    if (handle < 0) {
      this.bytes = this.arena.largeBytes(handle);
      this.base = 0;
    } else {
      this.bytes = this.arena.bytes[handle >>> SEGMENT_SHIFT];
      this.base = (handle & SEGMENT_MASK) << 4;
    }
    return this;
  }

  /** Frees the block. The lens is attached to nothing then. */
  free(): void {
    this.arena.free(this.handle);
    this.handle = 0;
    this.bytes = NO_BYTES;
    this.base = 0;
  }

  /** Copies the run to a block of its own; the lens stays where it is. */
  duplicate(): Handle {
    const sizeBytes = this.sizeBytes;
    const copy = this.arena.allocate(sizeBytes);
    const isLarge = copy < 0;
    const bytes = isLarge ? this.arena.largeBytes(copy) : this.arena.bytes[copy >>> SEGMENT_SHIFT];
    copyRun(this.bytes, this.base, bytes, isLarge ? 0 : (copy & SEGMENT_MASK) << 4, sizeBytes);
    return copy;
  }

  /** Points a span at the whole run, as it goes into DUMP and RDB. */
  whole(span: Span): void {
    span.bytes = this.bytes;
    span.start = this.base;
    span.length = this.sizeBytes;
  }

  /** Moves a run beyond the slabs, whose room is up to a quarter more than it needs, to a block that just fits. */
  trim(): void {
    const sizeBytes = this.sizeBytes;
    if (this.handle < 0 && this.bytes.length > sizeBytes) this.#relocate(sizeBytes, sizeBytes, 0, 0, sizeBytes);
  }

  /** Whether a reply points into the block: it may not be changed in place. */
  protected get isPinned(): boolean {
    return this.handle < 0 && this.arena.isPinned(this.handle);
  }

  /**
   * Gives the bytes at a position of the run another length, their content undefined where there are more of them, and
   * moves what follows; the run itself too when it has to. Who calls it writes down the new length.
   * @param sizeBytes of the run as it is.
   */
  protected resize(sizeBytes: number, position: number, oldBytes: number, newBytes: number): void {
    const newSizeBytes = sizeBytes + newBytes - oldBytes;
    assert(newSizeBytes <= PACKED_BYTES_MAX, "a packed collection stays below its largest size");
    const room = this.handle < 0 ? this.bytes.length : this.arena.sizeOf(this.handle);
    const isWasteful = newBytes < oldBytes && newSizeBytes * 2 < room && room > SPARE_BLOCK_BYTES;
    if (newSizeBytes > room || isWasteful || this.isPinned) {
      const isGrowing = newSizeBytes > room && newSizeBytes > SLAB_BYTES_MAX;
      const roomBytes = isGrowing ? newSizeBytes + (newSizeBytes >>> 2) : newSizeBytes;
      this.#relocate(sizeBytes, position, oldBytes, newBytes, roomBytes);
    } else if (newBytes !== oldBytes) {
      const tail = this.base + position + oldBytes;
      moveRun(this.bytes, tail, tail + newBytes - oldBytes, sizeBytes - position - oldBytes);
    }
  }

  /** `resize` into a new block. */
  #relocate(sizeBytes: number, position: number, oldBytes: number, newBytes: number, roomBytes: number): void {
    const from = this.bytes;
    const base = this.base;
    const old = this.handle;
    const tail = position + oldBytes;
    this.attach(this.arena.allocate(roomBytes));
    copyRun(from, base, this.bytes, this.base, position);
    copyRun(from, base + tail, this.bytes, this.base + position + newBytes, sizeBytes - tail);
    this.arena.free(old);
  }
}

/** Copies between blocks. Within a segment the engine does it without a temporary view. */
export function copyRun(from: Uint8Array, start: number, to: Uint8Array, toStart: number, length: number): void {
  if (from === to && length > MOVE_LOOP_MAX) to.copyWithin(toStart, start, start + length);
  else copyBytes(from, start, to, toStart, length);
}

/** Moves bytes within an array; the runs may overlap. */
export function moveRun(bytes: Uint8Array, start: number, to: number, length: number): void {
  if (length > MOVE_LOOP_MAX) {
    if (start !== to) bytes.copyWithin(to, start, start + length);
  } else if (to < start) {
    for (let i = 0; i < length; i++) bytes[to + i] = bytes[start + i];
  } else {
    for (let i = length - 1; i >= 0; i--) bytes[to + i] = bytes[start + i];
  }
}

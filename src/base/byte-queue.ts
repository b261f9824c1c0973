/**
 * Bytes of a length that nobody knows yet: appended to blocks, taken as a row of pieces. Nothing is ever copied again,
 * and bytes that stand still elsewhere can be put in between without being copied at all.
 */
import { copyBytes } from "./bytes.ts";

const BLOCK_BYTES = 64 * 1024;

export class ByteQueue {
  /** Bytes appended. */
  sizeBytes = 0;
  /** Complete pieces, in order. What is still being filled is not among them: see `seal`. */
  readonly pieces: Uint8Array[] = [];
  #block = new Uint8Array(0);
  #start = 0;
  #position = 0;

  append(bytes: Uint8Array, start: number, length: number): void {
    this.sizeBytes += length;
    for (let at = start, left = length; left > 0; ) {
      if (this.#position === this.#block.length) this.#nextBlock();
      const run = Math.min(left, this.#block.length - this.#position);
      copyBytes(bytes, at, this.#block, this.#position, run);
      this.#position += run;
      at += run;
      left -= run;
    }
  }

  appendByte(byte: number): void {
    if (this.#position === this.#block.length) this.#nextBlock();
    this.#block[this.#position++] = byte;
    this.sizeBytes++;
  }

  /** Appends bytes that stay as they are, where they are, for as long as this queue's pieces are in use. */
  appendForeign(bytes: Uint8Array): void {
    this.seal();
    this.sizeBytes += bytes.length;
    this.pieces.push(bytes);
  }

  /** Completes the last piece, so that `pieces` is all that was appended. */
  seal(): void {
    if (this.#position > this.#start) this.pieces.push(this.#block.subarray(this.#start, this.#position));
    this.#start = this.#position;
  }

  /** Gives everything away and is empty: what is appended from here on touches none of it. */
  take(): Uint8Array[] {
    this.seal();
    this.sizeBytes = 0;
    return this.pieces.splice(0);
  }

  #nextBlock(): void {
    this.seal();
    this.#block = new Uint8Array(BLOCK_BYTES);
    this.#start = 0;
    this.#position = 0;
  }
}

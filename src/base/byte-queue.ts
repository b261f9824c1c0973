/**
 * Bytes of a length that nobody knows yet: appended to blocks, taken as a row of pieces. Nothing is ever copied again,
 * and bytes that stand still elsewhere can be put in between without being copied at all.
 */
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
      this.#block.set(bytes.subarray(at, at + run), this.#position);
      this.#position += run;
      at += run;
      left -= run;
    }
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

  #nextBlock(): void {
    this.seal();
    this.#block = new Uint8Array(BLOCK_BYTES);
    this.#start = 0;
    this.#position = 0;
  }
}

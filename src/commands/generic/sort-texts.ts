/**
 * Many texts in a few arrays: what SORT holds while it runs.
 *
 *     chunks       the bytes of text after text; a long text has a chunk to itself
 *     #chunkOf, #startOf, #lengthOf       where each text stands: three integers
 *
 * SORT looks other keys up for each element, and any look-up may delete a key whose time is up, so it cannot point into
 * the value that it sorts: it copies. An object for each text would cost five times as much as these columns, and the
 * garbage collector's time on top.
 */
import { compareBytes, copyBytes } from "../../base/bytes.ts";
import type { Span } from "../../structures/entry.ts";

const CHUNK_BYTES_MIN = 4 * 1024;
const CHUNK_BYTES_MAX = 1024 * 1024;
/** A text from this length on does not share its chunk. */
const LONG_BYTES = 64 * 1024;
/** Instead of a length: there is none. */
const ABSENT = -1;

export class SortTexts {
  count = 0;
  readonly #chunks: Uint8Array[] = [];
  readonly #chunkOf: Int32Array;
  readonly #startOf: Int32Array;
  readonly #lengthOf: Int32Array;
  /** The chunk that is being filled, and how far it is. */
  #filling = 0;
  #filled = 0;

  /** @param capacity texts that will be added, at the most. */
  constructor(capacity: number) {
    this.#chunkOf = new Int32Array(capacity);
    this.#startOf = new Int32Array(capacity);
    this.#lengthOf = new Int32Array(capacity);
    this.#chunks.push(new Uint8Array(CHUNK_BYTES_MIN));
  }

  add({ bytes, start, length }: Span): void {
    const index = this.count++;
    this.#lengthOf[index] = length;
    if (length >= LONG_BYTES) {
      this.#chunkOf[index] = this.#chunks.length;
      this.#chunks.push(bytes.slice(start, start + length));
      return;
    }
    if (this.#filled + length > this.#chunks[this.#filling].length) this.#beginChunk(length);
    copyBytes(bytes, start, this.#chunks[this.#filling], this.#filled, length);
    this.#chunkOf[index] = this.#filling;
    this.#startOf[index] = this.#filled;
    this.#filled += length;
  }

  /** Adds the place of a text that there is not. */
  addAbsent(): void {
    this.#lengthOf[this.count++] = ABSENT;
  }

  /** Each chunk is twice as long as the one before, so that sorting ten elements costs little. */
  #beginChunk(lengthBytes: number): void {
    const sizeBytes = Math.min(CHUNK_BYTES_MAX, 2 * this.#chunks[this.#filling].length);
    this.#filling = this.#chunks.length;
    this.#filled = 0;
    this.#chunks.push(new Uint8Array(Math.max(sizeBytes, lengthBytes)));
  }

  isAbsent(index: number): boolean {
    return this.#lengthOf[index] === ABSENT;
  }

  /** Points a span at a text that there is. */
  show(index: number, into: Span): void {
    into.bytes = this.#chunks[this.#chunkOf[index]];
    into.start = this.#startOf[index];
    into.length = this.#lengthOf[index];
  }

  /** The order of their bytes; one that there is not comes before all others. */
  compare(one: number, other: number): number {
    const length = this.#lengthOf[one];
    const otherLength = this.#lengthOf[other];
    if (length === ABSENT || otherLength === ABSENT) return Math.sign(length - otherLength);
    return compareBytes(
      this.#chunks[this.#chunkOf[one]],
      this.#startOf[one],
      length,
      this.#chunks[this.#chunkOf[other]],
      this.#startOf[other],
      otherLength,
    );
  }
}

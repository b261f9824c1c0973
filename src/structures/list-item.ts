/** One element of a small collection as it is read: of a listpack or of an intset. */
import { INT64_TEXT_BYTES_MAX } from "../base/limits.ts";
import { writeInt64 } from "../base/text.ts";
import { Span } from "./entry.ts";

/** Its bytes can be used in any case: for an integer they are its decimal text. */
export class ListItem extends Span {
  isInteger = false;
  /** The words of an integer, int32 each. */
  high = 0;
  low = 0;
  readonly #text = new Uint8Array(INT64_TEXT_BYTES_MAX);

  setInteger(high: number, low: number): void {
    this.isInteger = true;
    this.high = high;
    this.low = low;
    this.bytes = this.#text;
    this.start = 0;
    this.length = writeInt64(high, low, this.#text, 0);
  }

  setBytes(bytes: Uint8Array, start: number, length: number): void {
    this.isInteger = false;
    this.bytes = bytes;
    this.start = start;
    this.length = length;
  }
}

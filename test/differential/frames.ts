/**
 * Cuts a stream of replies into the bytes of each, without reading more into them than where they end: a second,
 * independent look at the wire beside the project's own reply reader.
 */

const EMPTY = new Uint8Array(0);

export class Frames {
  #bytes: Uint8Array = EMPTY;
  #start = 0;
  #end = 0;

  add(chunk: Uint8Array): void {
    const kept = this.#end - this.#start;
    if (this.#end + chunk.length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(64 * 1024, 2 * (kept + chunk.length)));
      larger.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = larger;
      this.#start = 0;
      this.#end = kept;
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The bytes of the next complete reply (a copy), or null. */
  take(): Uint8Array | null {
    const end = this.#replyEnd(this.#start);
    if (end < 0) return null;
    const frame = this.#bytes.slice(this.#start, end);
    this.#start = end;
    return frame;
  }

  /** Where the reply that begins at `at` ends, or -1 when it is not complete. */
  #replyEnd(at: number): number {
    let position = at;
    for (let missing = 1; missing > 0; missing--) {
      const lineEnd = this.#lineEnd(position);
      if (lineEnd < 0) return -1;
      const type = String.fromCharCode(this.#bytes[position]);
      const isSized = "$=!*~>%|".includes(type);
      const size = isSized ? this.#number(position + 1, lineEnd - 2) : 0;
      position = lineEnd;
      if ("$=!".includes(type) && size >= 0) position += size + 2;
      else if ("*~>".includes(type) && size > 0) missing += size;
      else if (type === "%") missing += 2 * size;
      // Attributes, and the reply behind them.
      else if (type === "|") missing += 2 * size + 1;
      if (position > this.#end) return -1;
    }
    return position;
  }

  /** Behind the line feed of the line, or -1. */
  #lineEnd(from: number): number {
    const at = this.#bytes.subarray(0, this.#end).indexOf(10, from);
    return at < 0 ? -1 : at + 1;
  }

  #number(from: number, to: number): number {
    let text = "";
    for (let at = from; at < to; at++) text += String.fromCharCode(this.#bytes[at]);
    return Number(text);
  }
}

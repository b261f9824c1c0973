/**
 * The order of a sorted set: by score, then by member bytes (as memcmp, then the shorter first).
 *
 * A search compares one thing with many. The probe holds the one, prepared: where its bytes stand and how many they
 * are. The many are entries, which are read only where scores are equal: each costs a cache miss.
 */
import { viewOf } from "../base/bytes.ts";
import { type Arena, type Handle, SEGMENT_SHIFT } from "../memory/arena.ts";
import { keySpan, Span, shortKeyLength, shortKeyStart } from "./entry.ts";

const NO_VIEW: DataView = new DataView(new ArrayBuffer(0));

/** What a search looks for beside the score: a member. */
export class MemberProbe {
  readonly #arena: Arena;
  /** The entry whose member it is; 0 for bytes from elsewhere. */
  #entry: Handle = 0;
  #isRead = true;
  #view: DataView = NO_VIEW;
  #start = 0;
  #length = 0;
  readonly #span = new Span();

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /** Its member is read only when a tie asks for it. */
  setEntry(entry: Handle): void {
    this.#entry = entry;
    this.#isRead = false;
  }

  #read(): void {
    const entry = this.#entry;
    this.#isRead = true;
    const start = shortKeyStart(this.#arena, entry);
    if (start >= 0) {
      this.#view = this.#arena.views[entry >>> SEGMENT_SHIFT];
      this.#start = start;
      this.#length = shortKeyLength(this.#arena, entry);
    } else {
      keySpan(this.#arena, entry, this.#span);
      this.#setSpan();
    }
  }

  setBytes(bytes: Uint8Array, start: number, length: number): void {
    this.#entry = 0;
    this.#isRead = true;
    this.#span.bytes = bytes;
    this.#span.start = start;
    this.#span.length = length;
    this.#setSpan();
  }

  #setSpan(): void {
    this.#view = viewOf(this.#span.bytes);
    this.#start = this.#span.start;
    this.#length = this.#span.length;
  }

  /** @returns negative, 0 or positive: whether the probe comes before the entry's member, is it, or comes after it. */
  compareWith(entry: Handle): number {
    if (entry === this.#entry) return 0;
    if (!this.#isRead) this.#read();
    const start = shortKeyStart(this.#arena, entry);
    if (start >= 0) {
      return this.#compare(this.#arena.views[entry >>> SEGMENT_SHIFT], start, shortKeyLength(this.#arena, entry));
    }
    keySpan(this.#arena, entry, this.#span);
    return this.#compare(viewOf(this.#span.bytes), this.#span.start, this.#span.length);
  }

  #compare(view: DataView, start: number, length: number): number {
    const mine = this.#view;
    const shared = this.#length < length ? this.#length : length;
    const distance = start - this.#start;
    let at = this.#start;
    const end = at + shared;
    for (const wordsEnd = at + (shared & ~3); at < wordsEnd; at += 4) {
      if (mine.getInt32(at, true) === view.getInt32(at + distance, true)) continue;
      return mine.getUint32(at, false) < view.getUint32(at + distance, false) ? -1 : 1;
    }
    for (; at < end; at++) {
      const difference = mine.getUint8(at) - view.getUint8(at + distance);
      if (difference !== 0) return difference;
    }
    return this.#length - length;
  }
}

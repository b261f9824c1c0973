/** Asserts what must hold of a table, reading every key: see the essay in `table.ts`. For tests and DEBUG. */
import { assert } from "../base/assert.ts";
import { SEGMENT_MASK, SEGMENT_SHIFT } from "../memory/arena.ts";
import {
  BUCKET_WORDS,
  FIRST_HANDLE_WORD,
  META_WORD,
  PRINT_MASK,
  printAt,
  RECORD_COUNT,
  RECORD_DEPTH,
  RECORD_HANDLE,
  RECORD_PREFIX,
  ROOT_DEEPEST,
} from "./table-layout.ts";
import { TableShape } from "./table-shape.ts";

/** A lens of its own over the table that is checked. */
export class TableCheck extends TableShape {
  /** Asserts the invariants of the essay, reading every key. O(entries): for tests and DEBUG. */
  check(): void {
    let total = 0;
    let slots = 0;
    let deepest = 0;
    const multiple = this.depth > 0;
    for (let id = 0; id < this.segmentCount(); id++) {
      const count = this.#checkSegment(id);
      total += count;
      if (!multiple) continue;
      const depth = this.record(id, RECORD_DEPTH);
      assert(count === this.record(id, RECORD_COUNT), "a segment knows its count");
      const span = 1 << (this.depth - depth);
      const first = this.record(id, RECORD_PREFIX) * span;
      for (let slot = first; slot < first + span; slot++) {
        const at = this.directoryAt + slot * 2;
        assert(this.directory[at] === this.record(id, RECORD_HANDLE), "the directory names the segment");
        assert(this.directory[at + 1] === ((id << 5) | depth), "the directory names id and depth");
      }
      slots += span;
      if (depth === this.depth) deepest++;
    }
    assert(total === this.entries, "the table knows its count");
    if (!multiple) return;
    assert(slots === 1 << this.depth, "every directory slot is owned once");
    assert(deepest === this.rootWord(ROOT_DEEPEST), "the deepest segments are counted");
  }

  #checkSegment(id: number): number {
    const segment = this.segmentHandle(id);
    const words = this.arena.words[segment >>> SEGMENT_SHIFT];
    const base = (segment & SEGMENT_MASK) << 2;
    const buckets = 1 << this.log2;
    const displaced = new Array<number>(buckets).fill(0);
    const depth = this.depth > 0 ? this.record(id, RECORD_DEPTH) : 0;
    let count = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      const at = base + bucket * BUCKET_WORDS;
      for (let slot = 0; slot < this.printWords * 4; slot++) {
        const entry = words[at + FIRST_HANDLE_WORD + slot];
        const print = printAt(words, at, slot);
        assert((entry === 0) === (print === 0), "a slot is wholly taken or wholly empty");
        if (entry === 0) continue;
        count++;
        const home = (bucket - ((words[at + META_WORD] >>> (slot << 1)) & 3)) & (buckets - 1);
        if (home !== bucket) displaced[home]++;
        this.hashEntry(entry);
        assert(print === (this.lo & PRINT_MASK || 1), "the fingerprint is the hash's");
        assert(home === ((this.hi << depth) >>> 1) >>> (31 - this.log2), "an entry stands at its home");
        assert(
          this.depth === 0 || this.hi >>> (32 - depth) === this.record(id, RECORD_PREFIX) || depth === 0,
          "prefix",
        );
      }
    }
    for (let bucket = 0; bucket < buckets; bucket++) {
      const overflow = words[base + bucket * BUCKET_WORDS + META_WORD] >>> 24;
      assert(overflow === displaced[bucket], "overflow counts the displaced");
    }
    return count;
  }
}

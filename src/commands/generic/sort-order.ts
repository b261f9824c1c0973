/**
 * In which order SORT's elements come: ranks are found for ordinals, the numbers of the elements as they were read.
 *
 * Each element has a key of its own, a double: what it is worth as a number, or the first six bytes of the text by which
 * it is sorted, which are a number below 2^48. A comparison is one of two doubles then, and nearly always over. What
 * follows where they are the same is
 *
 *     1  the texts in full          those of the elements or, BY a pattern with ALPHA, of what the pattern has found
 *     2  the elements' texts        of a large set, which is a table and so has another order on each server
 *     3  the ordinals               so that what is the same stays as it was
 *
 * DESC turns the first two comparisons (keys and texts) around. So no two elements are ever the same, and any way of
 * sorting gives the same result; Redis leaves to qsort what it finds equal.
 *
 * Sorting is a merge sort from short runs up, over ordinals: 2 × 4 bytes an element beside its key, no recursion, and
 * one pass over what is in order already. When only the first few ranks are wanted (LIMIT), a heap keeps those:
 * O(N log k).
 */
import type { Span } from "../../structures/entry.ts";
import type { SortTexts } from "./sort-texts.ts";

/** Bytes of a text in its key: as many as a double can hold. */
const KEY_BYTES = 6;
/** The key of a text that there is not. */
const BEFORE_ALL_TEXTS = -1;
/** Runs that are sorted by insertion. */
const RUN_LENGTH = 8;
/** A heap is for ranks that are a smaller part of all than this. */
const HEAP_PART = 1 / 8;

/** The keys of texts. */
export function textKeys(texts: SortTexts, span: Span): Float64Array {
  const keys = new Float64Array(texts.count);
  for (let index = 0; index < keys.length; index++) {
    if (texts.isAbsent(index)) {
      keys[index] = BEFORE_ALL_TEXTS;
    } else {
      texts.show(index, span);
      keys[index] = textKey(span);
    }
  }
  return keys;
}

function textKey({ bytes, start, length }: Span): number {
  let key = 0;
  for (let index = 0; index < KEY_BYTES; index++) key = key * 256 + (index < length ? bytes[start + index] : 0);
  return key;
}

export class SortOrder {
  readonly #keys: Float64Array;
  readonly #texts: SortTexts;
  readonly #last: SortTexts | null;
  readonly #isDescending: boolean;

  /**
   * @param keys one for each element, no NaN. @param texts what is compared where keys are the same.
   * @param last what is compared where these are the same too, never turned around.
   */
  constructor(keys: Float64Array, texts: SortTexts, last: SortTexts | null, isDescending: boolean) {
    this.#keys = keys;
    this.#texts = texts;
    this.#last = last;
    this.#isDescending = isDescending;
  }

  /** The ordinals of the first `end` ranks, in their order; any others may follow. */
  firstRanks(end: number): Int32Array {
    const count = this.#keys.length;
    return this.#sort(end < count * HEAP_PART ? this.#smallest(end) : ordinals(count));
  }

  /** Negative when one element comes before the other. Never 0. */
  #compare(one: number, other: number): number {
    const key = this.#keys[one];
    const otherKey = this.#keys[other];
    if (key !== otherKey) return key < otherKey === this.#isDescending ? 1 : -1;
    return this.#compareTexts(one, other);
  }

  #compareTexts(one: number, other: number): number {
    const order = this.#texts.compare(one, other);
    if (order !== 0) return this.#isDescending ? -order : order;
    return this.#last?.compare(one, other) || one - other;
  }

  // ---- all of them ----------------------------------------------------------------------------------------------

  #sort(order: Int32Array): Int32Array {
    const { length } = order;
    for (let start = 0; start < length; start += RUN_LENGTH) {
      this.#insertionSort(order, start, Math.min(length, start + RUN_LENGTH));
    }
    let from: Int32Array = order;
    let to: Int32Array = new Int32Array(length);
    for (let width = RUN_LENGTH; width < length; width *= 2) {
      for (let start = 0; start < length; start += 2 * width) {
        this.#merge(from, to, start, Math.min(length, start + width), Math.min(length, start + 2 * width));
      }
      [from, to] = [to, from];
    }
    return from;
  }

  #insertionSort(order: Int32Array, start: number, end: number): void {
    for (let next = start + 1; next < end; next++) {
      const ordinal = order[next];
      let at = next;
      for (; at > start && this.#compare(order[at - 1], ordinal) > 0; at--) order[at] = order[at - 1];
      order[at] = ordinal;
    }
  }

  /** Merges the runs from `start` and from `middle` up to `end`. */
  #merge(from: Int32Array, to: Int32Array, start: number, middle: number, end: number): void {
    if (middle >= end || this.#compare(from[middle - 1], from[middle]) < 0) {
      to.set(from.subarray(start, end), start);
      return;
    }
    let left = start;
    let right = middle;
    for (let at = start; at < end; at++) {
      const isLeft = right === end || (left < middle && this.#compare(from[left], from[right]) < 0);
      to[at] = isLeft ? from[left++] : from[right++];
    }
  }

  // ---- the first of them ----------------------------------------------------------------------------------------

  /** The ordinals of the first ranks, in no order: a heap whose top is the last of those found so far. */
  #smallest(count: number): Int32Array {
    const heap = ordinals(count);
    for (let at = (count >>> 1) - 1; at >= 0; at--) this.#siftDown(heap, at);
    if (count === 0) return heap;
    for (let ordinal = count; ordinal < this.#keys.length; ordinal++) {
      if (this.#compare(ordinal, heap[0]) > 0) continue;
      heap[0] = ordinal;
      this.#siftDown(heap, 0);
    }
    return heap;
  }

  #siftDown(heap: Int32Array, from: number): void {
    const ordinal = heap[from];
    let at = from;
    for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && this.#compare(heap[child], heap[child + 1]) < 0) child++;
      if (this.#compare(ordinal, heap[child]) > 0) break;
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = ordinal;
  }
}

/** Elements as they were read. */
export function ordinals(count: number): Int32Array {
  const order = new Int32Array(count);
  for (let index = 0; index < count; index++) order[index] = index;
  return order;
}

/**
 * What a search by position finds: members of a sorted set whose scores are positions, in typed arrays, and their order
 * by distance.
 *
 * The arrays are kept from search to search and given up when one was large. Nothing is made for a hit: its member is a
 * reference into the sorted set (`zset-value.ts`), good until that changes.
 */
import { decodeScore, endScore, firstScore, Position } from "../base/geohash.ts";
import type { Handle } from "../memory/arena.ts";
import type { GeoArea } from "./geo-area.ts";
import type { ZsetValue } from "./zset-value.ts";

const HITS_MIN = 64;
/** Arrays for more hits than this are not kept. */
const KEPT_HITS_MAX = 16_384;
/** Runs of this many are sorted by insertion before they are merged. */
const RUN_LENGTH = 8;

export class GeoSearch {
  /** Hits that were found. */
  count = 0;
  /** Of each hit, in the order in which they were found: its member, its score, its distance if that was asked for. */
  references: Int32Array = new Int32Array(HITS_MIN);
  scores: Float64Array = new Float64Array(HITS_MIN);
  distancesMeters: Float64Array = new Float64Array(HITS_MIN);
  /** The hits as they are to be told. */
  order: Int32Array = new Int32Array(HITS_MIN);
  #merged: Int32Array = new Int32Array(HITS_MIN);
  readonly #position = new Position();

  /**
   * Finds the members of a sorted set within an area, square by square.
   * @param limit hits to stop at; 0 is all.
   * @param wantsDistances whether distances are needed.
   */
  find(zset: ZsetValue, area: GeoArea, limit: number, wantsDistances: boolean): void {
    this.#reset();
    area.begin();
    const end = limit === 0 ? Number.POSITIVE_INFINITY : limit;
    for (const square of area.squares()) {
      if (this.count >= end) break;
      this.#findBetween(zset, firstScore(square), endScore(square), area, end, wantsDistances);
    }
    this.#layOut();
  }

  #findBetween(zset: ZsetValue, min: number, max: number, area: GeoArea, end: number, wantsDistances: boolean): void {
    const position = this.#position;
    zset.seekScore(min);
    while (zset.nextReference() && zset.score < max) {
      decodeScore(zset.score, position);
      if (!area.contains(position, wantsDistances)) continue;
      this.#add(zset.reference, zset.score, area.distanceMeters);
      if (this.count >= end) break;
    }
  }

  /**
   * Puts the hits in the order of distance; of equally distant ones that comes first which was found first.
   * @param kept hits that are told: only as many are put in order, at the start.
   */
  sort(isDescending: boolean, kept: number): void {
    const { count, distancesMeters } = this;
    if (isDescending) negate(distancesMeters, count);
    if (kept < count) this.#select(kept);
    this.#sortFirst(Math.min(kept, count));
    if (isDescending) negate(distancesMeters, count);
  }

  #add(reference: Handle, score: number, distanceMeters: number): void {
    if (this.count === this.references.length) this.#widen();
    this.references[this.count] = reference;
    this.scores[this.count] = score;
    this.distancesMeters[this.count++] = distanceMeters;
  }

  #widen(): void {
    const length = 2 * this.references.length;
    this.references = widened(this.references, new Int32Array(length));
    this.scores = widened(this.scores, new Float64Array(length));
    this.distancesMeters = widened(this.distancesMeters, new Float64Array(length));
  }

  #reset(): void {
    this.count = 0;
    if (this.references.length <= KEPT_HITS_MAX) return;
    this.references = new Int32Array(HITS_MIN);
    this.scores = new Float64Array(HITS_MIN);
    this.distancesMeters = new Float64Array(HITS_MIN);
    this.order = new Int32Array(HITS_MIN);
    this.#merged = new Int32Array(HITS_MIN);
  }

  #layOut(): void {
    if (this.order.length < this.references.length) {
      this.order = new Int32Array(this.references.length);
      this.#merged = new Int32Array(this.references.length);
    }
    for (let hit = 0; hit < this.count; hit++) this.order[hit] = hit;
  }

  // ---- order ----------------------------------------------------------------------------------------------------

  /** Puts the nearest `kept` hits at the start, in the order in which they were found: a heap with the furthest on top. */
  #select(kept: number): void {
    const { order, distancesMeters, count } = this;
    for (let at = (kept >>> 1) - 1; at >= 0; at--) this.#sink(at, kept);
    for (let hit = kept; hit < count; hit++) {
      if (distancesMeters[hit] >= distancesMeters[order[0]]) continue;
      order[0] = hit;
      this.#sink(0, kept);
    }
    // Hits in the order of their number are in the order in which they were found, which the sort then keeps.
    order.subarray(0, kept).sort();
  }

  /** Moves what is at a place of the heap down to where it belongs. */
  #sink(from: number, length: number): void {
    const { order } = this;
    const hit = order[from];
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && this.#isBefore(order[child], order[child + 1])) child++;
      if (!this.#isBefore(hit, order[child])) break;
      order[at] = order[child];
      at = child;
    }
    order[at] = hit;
  }

  #isBefore(hit: number, other: number): boolean {
    const nearness = this.distancesMeters[hit] - this.distancesMeters[other];
    return nearness === 0 ? hit < other : nearness < 0;
  }

  /** Sorts the first `length` hits by merging, which keeps equals as they are. */
  #sortFirst(length: number): void {
    for (let start = 0; start < length; start += RUN_LENGTH) {
      this.#insertRun(start, Math.min(start + RUN_LENGTH, length));
    }
    for (let width = RUN_LENGTH; width < length; width *= 2) {
      for (let start = 0; start < length; start += 2 * width) {
        this.#merge(start, Math.min(start + width, length), Math.min(start + 2 * width, length));
      }
      const { order } = this;
      this.order = this.#merged;
      this.#merged = order;
    }
  }

  #insertRun(start: number, end: number): void {
    const { order, distancesMeters } = this;
    for (let next = start + 1; next < end; next++) {
      const hit = order[next];
      const distance = distancesMeters[hit];
      let at = next;
      for (; at > start && distancesMeters[order[at - 1]] > distance; at--) order[at] = order[at - 1];
      order[at] = hit;
    }
  }

  /** Merges two runs that follow each other. */
  #merge(start: number, middle: number, end: number): void {
    const { order, distancesMeters } = this;
    const merged = this.#merged;
    let left = start;
    let right = middle;
    for (let at = start; at < end; at++) {
      const takesLeft =
        left < middle && (right === end || distancesMeters[order[left]] <= distancesMeters[order[right]]);
      merged[at] = takesLeft ? order[left++] : order[right++];
    }
  }
}

function widened<T extends Int32Array | Float64Array>(from: T, into: T): T {
  into.set(from);
  return into;
}

function negate(numbers: Float64Array, count: number): void {
  for (let at = 0; at < count; at++) numbers[at] = -numbers[at];
}

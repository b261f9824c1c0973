/**
 * Whether bytes from outside (RESTORE, an RDB file, a primary) are a node of a stream. What walks nodes trusts them, so
 * nothing may become one that has not passed here.
 *
 * Beyond what Redis looks at (the elements add up to entries, as many as the master says) ids must ascend from the
 * master's on, as many entries must be flagged as deleted as the master counts, and counts must be written as integers:
 * all of that is so in every node that was ever made by adding and deleting entries.
 */
import { END, elementBytes, HEADER_BYTES, integerHigh, integerLow, isIntegerLead } from "./listpack-encoding.ts";
import { validateListpack } from "./listpack-validation.ts";
import { PACKED_BYTES_MAX } from "./packed-block.ts";
import { StreamId } from "./stream-id.ts";
import { ENTRY_DELETED, ENTRY_SAME_FIELDS } from "./stream-node.ts";

const FLAGS_MAX: number = ENTRY_DELETED | ENTRY_SAME_FIELDS;
/** Instead of a count. */
const NO_COUNT = -1;

export class StreamNodeCheck {
  /** Entries that are not deleted. */
  liveCount = 0;
  /** Of the last entry, deleted or not; the master's without entries. */
  readonly lastId: StreamId = new StreamId();

  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  readonly #id = new StreamId();

  /** @returns whether this is a node with this master; if so, the fields say more of it. */
  check(bytes: Uint8Array, start: number, length: number, masterId: StreamId): boolean {
    if (length > PACKED_BYTES_MAX || !validateListpack(bytes, start, length, true)) return false;
    this.#bytes = bytes;
    this.#at = start + HEADER_BYTES;
    const isNode = this.#checkEntries(masterId) && bytes[this.#at] === END;
    this.#bytes = new Uint8Array(0);
    return isNode;
  }

  #checkEntries(masterId: StreamId): boolean {
    const live = this.#count();
    const deleted = this.#count();
    const fields = this.#count();
    if (live < 0 || deleted < 0 || fields < 0) return false;
    if (!this.#skip(fields) || this.#count() !== 0) return false;
    this.liveCount = live;
    this.lastId.setFrom(masterId);
    let deletedSeen = 0;
    for (let entry = 0; entry < live + deleted; entry++) {
      const flags = this.#flags();
      if (flags < 0 || !this.#advance(masterId, entry === 0)) return false;
      if ((flags & ENTRY_DELETED) !== 0) deletedSeen++;
      if (!this.#skipTexts((flags & ENTRY_SAME_FIELDS) !== 0, fields)) return false;
    }
    return deletedSeen === deleted;
  }

  /** Reads an entry's id, which comes after `lastId` and becomes it. */
  #advance(masterId: StreamId, isFirst: boolean): boolean {
    const id = this.#id.setFrom(masterId);
    for (const isMs of [true, false]) {
      const at = this.#at;
      const bytes = this.#bytes;
      if (!isIntegerLead(bytes[at]) || bytes[at] === END) return false;
      const low = (isMs ? id.msLow : id.seqLow) >>> 0;
      const sum = low + (integerLow(bytes, at) >>> 0);
      const high = (isMs ? id.msHigh : id.seqHigh) + integerHigh(bytes, at) + (sum > 0xffffffff ? 1 : 0);
      if (isMs) id.setWords(high, sum, id.seqHigh, id.seqLow);
      else id.setWords(id.msHigh, id.msLow, high, sum);
      this.#at = at + elementBytes(bytes, at);
    }
    const order = id.compare(this.lastId);
    this.lastId.setFrom(id);
    return isFirst ? order >= 0 : order > 0;
  }

  /** The fields and values of an entry, and the number of its elements. */
  #skipTexts(isSame: boolean, masterFields: number): boolean {
    const fields = isSame ? masterFields : this.#count();
    if (fields < 0 || !this.#skip(isSame ? fields : 2 * fields)) return false;
    return this.#count() === (isSame ? fields + 3 : 2 * fields + 4);
  }

  /** An integer from 0 to 2^31 - 1, written as one. */
  #count(): number {
    const at = this.#at;
    const bytes = this.#bytes;
    if (bytes[at] === END || !isIntegerLead(bytes[at])) return NO_COUNT;
    this.#at = at + elementBytes(bytes, at);
    return integerHigh(bytes, at) === 0 && integerLow(bytes, at) >= 0 ? integerLow(bytes, at) : NO_COUNT;
  }

  /** Flags are changed in place, so they are the one byte that they always are. */
  #flags(): number {
    const flags = this.#bytes[this.#at];
    if (flags > FLAGS_MAX) return NO_COUNT;
    this.#at += elementBytes(this.#bytes, this.#at);
    return flags;
  }

  #skip(elements: number): boolean {
    const bytes = this.#bytes;
    let at = this.#at;
    for (let left = elements; left > 0; left--) {
      if (bytes[at] === END) return false;
      at += elementBytes(bytes, at);
    }
    this.#at = at;
    return true;
  }
}

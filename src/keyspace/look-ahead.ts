/**
 * Looking ahead in a pipeline: fetches the cache lines of the next commands' keys before the commands run.
 *
 * A look-up in a large table waits for main memory twice, for the bucket and for the entry, some 100 ns each, and
 * commands run one after the other. But a chunk from a pipelining client holds the keys of many of them. So the chunk is
 * skimmed for up to sixteen commands: the first argument of each is taken to be a key, hashed, and its bucket and entry
 * are read (`Table.warm`), all independent of each other, which the processor does at the same time. The commands then
 * find both in the cache, and their hash done.
 *
 * A command on many keys does the same with its own (`fetch`).
 *
 * A key that is the one before it needs nothing: `Table.find` knows it again. Where the same key comes over and over the
 * skimming ends, and is not begun again before another one is looked up.
 *
 * It is a guess that can only cost time: a first argument that is no key warms a line nobody needs, a SELECT in the
 * chunk the wrong table. Nothing is judged here; whatever is not a plain short request ends the skimming.
 */
import { equalBytes } from "../base/bytes.ts";
import type { KeyedHash } from "../base/keyed-hash.ts";
import type { Database } from "./database.ts";

const STAR = 0x2a;
const DOLLAR = 0x24;
const CARRIAGE_RETURN = 0x0d;
const ZERO = 0x30;
/** Smaller tables are in the processor's cache anyway. */
const ENTRIES_MIN = 16_384;
/** A chunk below this is one command. */
const CHUNK_BYTES_MIN = 100;
/** A longer command has many keys, and fetches them itself. */
const ARGUMENTS_MAX = 8;
/** So often the same key again is the end. */
const REPEATED_MAX = 3;

export class LookAhead {
  readonly #hash: KeyedHash;
  /** The last key that was hashed, and how often it has come again. */
  #keyStart = 0;
  #keyLength = 0;
  #repeated = 0;

  constructor(hash: KeyedHash) {
    this.#hash = hash;
  }

  /** Whether the commands that were skimmed have been executed, and it is time to skim again. */
  get isSpent(): boolean {
    return this.#hash.isAheadSpent;
  }

  /** Nothing is known of any chunk any more: its buffer is about to be reused. */
  forget(): void {
    if (this.#hash.ahead > 0) this.#hash.beginAhead(NO_BYTES);
  }

  /**
   * Skims what begins at `start`, where a request begins.
   * @returns false where it is not worth doing: a short rest, or a small table.
   */
  skim(database: Database, bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start < CHUNK_BYTES_MIN || database.count < ENTRIES_MIN) return false;
    const hash = this.#hash;
    hash.beginAhead(bytes);
    this.#repeated = 0;
    let at = start;
    while (at >= 0 && at + 8 < end && this.#repeated < REPEATED_MAX) at = this.#skimRequest(bytes, at, end);
    if (hash.ahead > 1) database.table.warm();
    return hash.ahead > 0;
  }

  /**
   * The same for the keys of one command, which stand in every `step`th argument from `from` on: as many of them as can
   * be under way at a time.
   */
  fetch(
    database: Database,
    bytes: Uint8Array,
    starts: Int32Array,
    lengths: Int32Array,
    from: number,
    step: number,
    end: number,
  ): void {
    if (database.count < ENTRIES_MIN) return;
    const hash = this.#hash;
    hash.beginAhead(bytes);
    for (let index = from; index < end; index += step) if (!hash.addAhead(starts[index], lengths[index])) break;
    if (hash.ahead > 1) database.table.warm();
  }

  /** @returns where the next request begins, -1 to end. */
  #skimRequest(bytes: Uint8Array, start: number, end: number): number {
    if (bytes[start] !== STAR) return -1;
    let at = start + 1;
    let argc = 0;
    for (let byte = bytes[at]; byte !== CARRIAGE_RETURN; byte = bytes[++at]) {
      argc = argc * 10 + byte - ZERO;
      if (!(argc > 0 && argc <= ARGUMENTS_MAX)) return -1;
    }
    // A request without a key is one of many of its kind: PING after PING.
    if (argc === 1) return -1;
    at += 2;
    for (let index = 0; index < argc; index++) {
      if (bytes[at] !== DOLLAR) return -1;
      let length = 0;
      at++;
      for (let byte = bytes[at]; byte !== CARRIAGE_RETURN; byte = bytes[++at]) {
        length = length * 10 + byte - ZERO;
        if (!(length >= 0 && length <= end)) return -1;
      }
      const from = at + 2;
      at = from + length + 2;
      if (at > end) return -1;
      if (index === 1 && !this.#addKey(bytes, from, length)) return -1;
    }
    return at;
  }

  /** @returns false when there is room for no more. */
  #addKey(bytes: Uint8Array, start: number, length: number): boolean {
    if (this.#isRepeated(bytes, start, length)) {
      this.#repeated++;
      return true;
    }
    this.#keyStart = start;
    this.#keyLength = length;
    this.#repeated = 0;
    return this.#hash.addAhead(start, length);
  }

  #isRepeated(bytes: Uint8Array, start: number, length: number): boolean {
    if (this.#hash.ahead === 0 || length !== this.#keyLength) return false;
    // Keys that share a prefix differ at the end.
    if (bytes[this.#keyStart + length - 1] !== bytes[start + length - 1]) return false;
    return equalBytes(bytes, this.#keyStart, bytes, start, length);
  }
}

const NO_BYTES = new Uint8Array(0);

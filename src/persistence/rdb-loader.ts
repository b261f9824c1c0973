/**
 * Loads an RDB into a keyspace: a file, what a primary sends, or what DEBUG RELOAD has just written. The bytes come by
 * and by (`append`), or as one piece, and loading goes in steps of so many keys or elements, so that neither the file
 * nor a single value need be loaded in one turn.
 *
 *     new RdbLoader(…) → append, step … until LOAD_DONE or LOAD_FAILED → `error` says what was wrong
 *
 * A step that answers LOAD_MORE wants to be called again, one that answers LOAD_HUNGRY wants more bytes first, or to be
 * told by `complete` that there are none.
 *
 * Loading tells nobody: keys appear without notifications, and nothing is propagated. The checksum is that of the bytes
 * that have been read; it is compared in the end, when everything has been loaded, as in Redis.
 */
import { Crc64 } from "../base/crc64.ts";
import { TIME_MS_MAX } from "../base/limits.ts";
import { latin1Text } from "../base/text.ts";
import type { Database } from "../keyspace/database.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";
import { EXPIRY_NONE } from "../keyspace/write-handle.ts";
import { setUse } from "./key-use.ts";
import {
  OPCODE_AUX,
  OPCODE_DATABASE,
  OPCODE_END,
  OPCODE_EXPIRES,
  OPCODE_EXPIRES_MS,
  OPCODE_FREQUENCY,
  OPCODE_FUNCTION,
  OPCODE_FUNCTION_OLD,
  OPCODE_IDLE,
  OPCODE_MODULE_AUX,
  OPCODE_RESIZE,
  OPCODE_SLOT_INFO,
  RDB_VERSION_CHECKSUM,
  RDB_VERSION_READ_MAX,
} from "./rdb-format.ts";
import { FAULT_BAD, FAULT_NONE, RdbInput, RdbString } from "./rdb-input.ts";
import { RdbValueReader, READ_BAD, READ_EMPTY, READ_MORE, READ_SHORT } from "./rdb-value-reader.ts";

export const LOAD_MORE = 0;
export const LOAD_HUNGRY = 1;
export const LOAD_DONE = 2;
export const LOAD_FAILED = 3;

const HEAD_BYTES = 9;
/** Facts of a file that are kept: Redis writes nine at the most. */
const FACTS_MAX = 64;
const HEAD_PATTERN = /^REDIS(\d{4})$/;
const SECOND_MS = 1000;
const NOT_GIVEN = -1;
const UNEXPECTED_END = "Unexpected EOF reading RDB file";

export interface LoadOptions {
  /** Whether a key that is there already is replaced; otherwise it is an error. */
  readonly replaces: boolean;
  /** Whether keys that have expired are left out: not by a replica, whose primary says when they go. */
  readonly dropsExpired: boolean;
  /** Whether the checksum is compared. */
  readonly checks: boolean;
}

export class RdbLoader {
  /** What was wrong, when a step has answered LOAD_FAILED. */
  error = "";
  keysLoaded = 0;
  keysExpired = 0;
  keysEmpty = 0;
  /** What the file says about itself. */
  readonly facts: Map<string, string> = new Map();
  /** Libraries of functions, each as its source, for whoever can load them. */
  readonly functions: Uint8Array[] = [];

  readonly #keyspace: Keyspace;
  readonly #options: LoadOptions;
  readonly #input = new RdbInput();
  readonly #value: RdbValueReader;
  readonly #first = new RdbString();
  readonly #second = new RdbString();
  readonly #sum = new Crc64();
  #version = 0;
  #isEnding = false;
  /** Whether a value has begun and is not complete, and its key. */
  #isInside = false;
  #key = new Uint8Array(256);
  #keyLength = 0;
  #database: Database;
  // Of the next key.
  #expiresAtMs = NOT_GIVEN;
  #idleSeconds = NOT_GIVEN;
  #frequency = NOT_GIVEN;

  constructor(keyspace: Keyspace, options: LoadOptions) {
    this.#keyspace = keyspace;
    this.#options = options;
    this.#value = new RdbValueReader(keyspace);
    this.#database = keyspace.databases[0];
  }

  /** Adds bytes, which must stay as they are until the next `append` or the end. */
  append(bytes: Uint8Array, start: number, end: number): void {
    this.#input.append(bytes, start, end);
  }

  /** All bytes have come. */
  complete(): void {
    this.#input.complete();
  }

  /** Gives up. What has been loaded stays. */
  abandon(): void {
    if (this.#isInside) this.#value.discard();
    this.#isInside = false;
  }

  /** Loads about so many keys, or elements of one. */
  step(countMax: number): number {
    const keyspace = this.#keyspace;
    // Nobody is told of what is loaded.
    const { attention } = keyspace;
    keyspace.attention = 0;
    let state = LOAD_MORE;
    for (let left = countMax; left > 0 && state === LOAD_MORE; ) {
      const { bytes, position } = this.#input;
      const { elementsRead } = this.#value;
      const isEnding = this.#isEnding;
      state = this.#part(left);
      if (!isEnding) this.#sum.update(bytes, position, this.#input.position);
      left -= 1 + this.#value.elementsRead - elementsRead;
    }
    keyspace.attention = attention;
    if (state === LOAD_FAILED) this.abandon();
    return state;
  }

  /** Reads one part of the file. */
  #part(countMax: number): number {
    const input = this.#input;
    const start = input.position;
    if (this.#isInside) return this.#stepValue(countMax);
    const state =
      this.#version === 0 ? this.#head() : this.#isEnding ? this.#end() : this.#code(input.byte(), countMax);
    if (state !== LOAD_MORE || input.fault === FAULT_NONE) return state;
    if (input.fault === FAULT_BAD) return this.#fail(UNEXPECTED_END);
    input.rewind(start);
    return LOAD_HUNGRY;
  }

  #head(): number {
    const input = this.#input;
    const { bytes, position } = input;
    if (!input.skip(HEAD_BYTES)) return LOAD_MORE;
    const [, digits] = HEAD_PATTERN.exec(latin1Text(bytes, position, HEAD_BYTES)) ?? [];
    if (digits === undefined) return this.#fail("Wrong signature trying to load DB from file");
    this.#version = Number(digits);
    if (this.#version >= 1 && this.#version <= RDB_VERSION_READ_MAX) return LOAD_MORE;
    return this.#fail(`Can't handle RDB format version ${this.#version}`);
  }

  /** A part that begins with a code. A fault of the input goes before what is answered. */
  #code(code: number, countMax: number): number {
    const input = this.#input;
    if (input.fault !== FAULT_NONE) return LOAD_MORE;
    switch (code) {
      case OPCODE_AUX:
        return this.#fact();
      case OPCODE_DATABASE:
        return this.#select(input.length());
      case OPCODE_RESIZE:
        input.length();
        input.length();
        return LOAD_MORE;
      case OPCODE_SLOT_INFO:
        input.length();
        input.length();
        input.length();
        return LOAD_MORE;
      case OPCODE_EXPIRES_MS:
        return this.#expiry(input.int64());
      case OPCODE_EXPIRES:
        return this.#expiry(input.int32() * SECOND_MS);
      case OPCODE_IDLE:
        return this.#use(input.length(), NOT_GIVEN);
      case OPCODE_FREQUENCY:
        return this.#use(NOT_GIVEN, input.byte());
      case OPCODE_END:
        this.#isEnding = true;
        return LOAD_MORE;
      case OPCODE_FUNCTION:
        if (input.string(this.#first)) this.functions.push(copyOf(this.#first));
        return LOAD_MORE;
      case OPCODE_FUNCTION_OLD:
        return this.#fail("Pre-release function format not supported.");
      case OPCODE_MODULE_AUX:
        return this.#fail("The RDB file contains AUX module data, and there are no modules.");
      default:
        return this.#beginValue(code, countMax);
    }
  }

  #fact(): number {
    const input = this.#input;
    const isRead = input.string(this.#first) && input.string(this.#second);
    if (isRead && this.facts.size < FACTS_MAX) this.facts.set(textOf(this.#first), textOf(this.#second));
    return LOAD_MORE;
  }

  #select(index: number): number {
    const database = this.#keyspace.databases[index];
    if (this.#input.fault !== FAULT_NONE) return LOAD_MORE;
    if (database === undefined) return this.#fail(`The data was written by a server with more databases: ${index}`);
    this.#database = database;
    return LOAD_MORE;
  }

  #expiry(whenMs: number): number {
    // One before 1970 has expired like any other.
    if (this.#input.fault === FAULT_NONE) this.#expiresAtMs = Math.max(1, Math.min(TIME_MS_MAX, whenMs));
    return LOAD_MORE;
  }

  #use(idleSeconds: number, frequency: number): number {
    this.#idleSeconds = idleSeconds;
    this.#frequency = frequency;
    return LOAD_MORE;
  }

  #end(): number {
    const input = this.#input;
    if (this.#version < RDB_VERSION_CHECKSUM) return LOAD_DONE;
    const low = input.int32();
    const high = input.int32();
    if (input.fault !== FAULT_NONE) return LOAD_MORE;
    const isGiven = low !== 0 || high !== 0;
    const isRight = low === this.#sum.low && high === this.#sum.high;
    return isRight || !isGiven || !this.#options.checks ? LOAD_DONE : this.#fail("RDB CRC error");
  }

  // ---- keys -----------------------------------------------------------------------------------------------------

  #beginValue(code: number, countMax: number): number {
    if (!this.#value.begin(code)) return this.#fail(`Unknown RDB encoding type ${code}`);
    const key = this.#first;
    if (!this.#input.string(key)) return LOAD_MORE;
    // The input may move before the value is complete.
    if (key.length > this.#key.length) this.#key = new Uint8Array(2 * key.length);
    this.#key.set(key.bytes.subarray(key.start, key.start + key.length));
    this.#keyLength = key.length;
    this.#isInside = true;
    return this.#stepValue(countMax);
  }

  #stepValue(countMax: number): number {
    switch (this.#value.step(this.#input, countMax)) {
      case READ_MORE:
        return LOAD_MORE;
      case READ_SHORT:
        return LOAD_HUNGRY;
      case READ_BAD:
        this.#isInside = false;
        return this.#fail(`The value of key '${latin1Text(this.#key, 0, this.#keyLength)}' is malformed`);
      case READ_EMPTY:
        this.keysEmpty++;
        return this.#endValue(LOAD_MORE);
      default:
        return this.#endValue(this.#store());
    }
  }

  #endValue(state: number): number {
    this.#isInside = false;
    this.#expiresAtMs = NOT_GIVEN;
    this.#idleSeconds = NOT_GIVEN;
    this.#frequency = NOT_GIVEN;
    return state;
  }

  #store(): number {
    const keyspace = this.#keyspace;
    const expiresAtMs = this.#expiresAtMs;
    if (expiresAtMs !== NOT_GIVEN && this.#options.dropsExpired && expiresAtMs < keyspace.nowMs) {
      this.#value.discard();
      this.keysExpired++;
      return LOAD_MORE;
    }
    const handle = keyspace.openWrite(this.#database, this.#key, 0, this.#keyLength);
    const isStored = handle.entry === 0 || this.#options.replaces;
    if (isStored) {
      this.#value.store(handle, expiresAtMs === NOT_GIVEN ? EXPIRY_NONE : expiresAtMs);
      setUse(keyspace, handle.entry, this.#idleSeconds, this.#frequency);
      this.keysLoaded++;
    } else {
      this.#value.discard();
    }
    handle.close(null, 0);
    if (isStored) return LOAD_MORE;
    const name = latin1Text(this.#key, 0, this.#keyLength);
    return this.#fail(`RDB has duplicated key '${name}' in DB ${this.#database.index}`);
  }

  #fail(error: string): number {
    this.error = error;
    return LOAD_FAILED;
  }
}

function copyOf({ bytes, start, length }: RdbString): Uint8Array {
  return bytes.slice(start, start + length);
}

function textOf({ bytes, start, length }: RdbString): string {
  return latin1Text(bytes, start, length);
}

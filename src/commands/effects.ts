/**
 * The effects of a unit of work: the commands that repeat it elsewhere, encoded once, in order.
 *
 * A handler that must not be repeated as it was called (because of time, randomness or rounding) records what it has
 * done: `begin`, then each argument. If it records nothing, the engine records its own arguments. While nobody reads
 * the log `active` is false, and everything here is skipped.
 */
import { assert } from "../base/assert.ts";
import { copyBytes } from "../base/bytes.ts";
import { asciiBytes, digits10, writeInt } from "../base/text.ts";
import type { Arguments } from "./context.ts";

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const DOLLAR = 0x24;
const STAR = 0x2a;
const HEADER_BYTES_MAX = 24;
const INITIAL_BYTES = 1024;
/** A buffer that one large unit has made is not kept. */
const KEPT_BYTES = 1024 * 1024;

const DEL = asciiBytes("DEL");
const HDEL = asciiBytes("HDEL");

export class Effects {
  /** Whether anybody reads the log; set by its owner. */
  active = false;
  bytes: Uint8Array = new Uint8Array(INITIAL_BYTES);
  length = 0;
  /** Commands recorded. */
  count = 0;
  /** Commands recorded by handlers, deletions by expiry not counted; only ever grows. */
  recorded = 0;
  /** Whether they are repeated as one, if there are several. */
  isAtomic = true;
  /** For each recorded command: its database, and where it begins. */
  readonly databases: number[] = [];
  readonly starts: number[] = [];
  #argumentsLeft = 0;

  /** Starts a command of `argc` arguments on a database. */
  begin(databaseIndex: number, argc: number): void {
    this.recorded++;
    this.#begin(databaseIndex, argc);
  }

  #begin(databaseIndex: number, argc: number): void {
    assert(this.#argumentsLeft === 0, "an effect is complete before the next begins");
    this.databases.push(databaseIndex);
    this.starts.push(this.length);
    this.count++;
    this.#argumentsLeft = argc;
    this.#header(STAR, argc, 0);
  }

  argument(bytes: Uint8Array, start: number, length: number): void {
    this.#header(DOLLAR, length, length + 2);
    copyBytes(bytes, start, this.bytes, this.length, length);
    this.length += length;
    this.#lineEnd();
    this.#argumentsLeft--;
  }

  constant(bytes: Uint8Array): void {
    this.argument(bytes, 0, bytes.length);
  }

  /** @param value a safe integer. */
  integer(value: number): void {
    const digits = digits10(Math.abs(value)) + (value < 0 ? 1 : 0);
    this.#header(DOLLAR, digits, digits + 2);
    this.length = writeInt(value, this.bytes, this.length);
    this.#lineEnd();
    this.#argumentsLeft--;
  }

  /** The arguments of a command as they were given. */
  verbatim(databaseIndex: number, args: Arguments): void {
    this.begin(databaseIndex, args.argc);
    for (let index = 0; index < args.argc; index++) {
      this.argument(args.bytesOf(index), args.argStart[index], args.argLength[index]);
    }
  }

  /** A key that has gone by itself: expired or evicted. Comes ahead of the effects of the command that noticed. */
  deletion(databaseIndex: number, key: Uint8Array, start: number, length: number): void {
    this.#begin(databaseIndex, 2);
    this.constant(DEL);
    this.argument(key, start, length);
  }

  /** Fields of a hash that have gone by themselves, as `deletion`; `count` calls of `argument` are to follow. */
  fieldDeletion(databaseIndex: number, key: Uint8Array, start: number, length: number, count: number): void {
    this.#begin(databaseIndex, 2 + count);
    this.constant(HDEL);
    this.argument(key, start, length);
  }

  /**
   * What has been recorded need not happen at once elsewhere: deletions by a command that came upon expired keys which
   * nobody has named, however many (SCAN). Within a larger unit they are part of that all the same.
   */
  separate(): void {
    if (this.count > 0) this.isAtomic = false;
  }

  clear(): void {
    assert(this.#argumentsLeft === 0, "every effect is complete");
    this.length = 0;
    this.count = 0;
    this.isAtomic = true;
    this.databases.length = 0;
    this.starts.length = 0;
    if (this.bytes.length > KEPT_BYTES) this.bytes = new Uint8Array(INITIAL_BYTES);
  }

  #header(kind: number, count: number, more: number): void {
    const needed = this.length + HEADER_BYTES_MAX + more;
    if (needed > this.bytes.length) {
      const wider = new Uint8Array(Math.max(needed, this.bytes.length * 2));
      wider.set(this.bytes.subarray(0, this.length));
      this.bytes = wider;
    }
    this.bytes[this.length++] = kind;
    this.length = writeInt(count, this.bytes, this.length);
    this.#lineEnd();
  }

  #lineEnd(): void {
    this.bytes[this.length++] = CARRIAGE_RETURN;
    this.bytes[this.length++] = LINE_FEED;
  }
}

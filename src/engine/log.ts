/**
 * The log: every effect on the dataset, as commands, in one order, at byte offsets.
 *
 * Whoever needs that stream (the raw SYNC of a client, the AOF, the backlog) registers as a reader. Only a unit of work
 * appends, when it commits, and what it appends is encoded once for all readers. The offset counts the bytes since the
 * start and is the replication offset. Without a reader nothing is encoded and the offset stands.
 */
import { asciiBytes, utf8Bytes } from "../base/text.ts";
import type { Effects } from "../commands/effects.ts";

export interface LogReader {
  /** Bytes `start` to `end` follow what was appended before; valid during the call. */
  append(bytes: Uint8Array, start: number, end: number): void;
}

const MULTI = asciiBytes("*1\r\n$5\r\nMULTI\r\n");
const EXEC = asciiBytes("*1\r\n$4\r\nEXEC\r\n");
const NO_DATABASE = -1;

export class Log {
  /** Bytes appended since the start. */
  offset = 0;
  readonly #readers: Set<LogReader> = new Set();
  readonly #effects: Effects;
  /** The database that the stream has selected. */
  #database = NO_DATABASE;

  /** @param effects what units record into: told whether anybody reads. */
  constructor(effects: Effects) {
    this.#effects = effects;
  }

  /** From now on the reader gets everything. The stream selects its database anew. */
  addReader(reader: LogReader): void {
    this.#readers.add(reader);
    this.#effects.active = true;
    this.#database = NO_DATABASE;
  }

  removeReader(reader: LogReader): void {
    this.#readers.delete(reader);
    this.#effects.active = this.#readers.size > 0;
  }

  /** Appends the effects of a unit; more than one are wrapped in MULTI and EXEC, so that they stay one if they must. */
  append(effects: Effects): void {
    const wrapped = effects.count > 1 && effects.isAtomic;
    for (let index = 0; index < effects.count; index++) {
      const database = effects.databases[index];
      if (database !== this.#database) {
        this.#database = database;
        this.#write(selectCommand(database));
      }
      if (wrapped && index === 0) this.#write(MULTI);
      const end = index + 1 < effects.count ? effects.starts[index + 1] : effects.length;
      this.#writeRange(effects.bytes, effects.starts[index], end);
    }
    if (wrapped) this.#write(EXEC);
  }

  /** A command that belongs to no unit, such as a PING of the primary. */
  appendRaw(bytes: Uint8Array): void {
    this.#write(bytes);
  }

  #write(bytes: Uint8Array): void {
    this.#writeRange(bytes, 0, bytes.length);
  }

  #writeRange(bytes: Uint8Array, start: number, end: number): void {
    for (const reader of this.#readers) reader.append(bytes, start, end);
    this.offset += end - start;
  }
}

function selectCommand(database: number): Uint8Array {
  const text = String(database);
  return utf8Bytes(`*2\r\n$6\r\nSELECT\r\n$${text.length}\r\n${text}\r\n`);
}

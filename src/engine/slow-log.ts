/**
 * The slow log: the last commands that took longer than a threshold.
 *
 * Entries live on the JavaScript heap, since they are few and made only when something was slow anyway. They are bounded
 * by `slowlog-max-len` entries of 32 arguments of 128 bytes, and `sizeBytes` is their part of the used memory.
 *
 * Ids go on for ever and are consecutive, so that the entries from the newest on are found by counting down.
 */
import { SLOWLOG_ARGUMENT_BYTES_MAX, SLOWLOG_ARGUMENTS_MAX, SLOWLOG_ENTRIES_DEFAULT } from "../base/limits.ts";
import type { Arguments } from "../commands/context.ts";
import { shownArgument } from "../commands/redaction.ts";
import type { CommandRow } from "../commands/spec.ts";

/** What an entry takes on the heap without its texts, and each text without its characters: about. */
const ENTRY_OBJECT_BYTES = 160;
const TEXT_OBJECT_BYTES = 24;

export interface SlowLogEntry {
  readonly id: number;
  /** When it had run, Unix seconds. */
  readonly timeSeconds: number;
  readonly durationUs: number;
  /** The first arguments, each from its start; a character a byte. The last may say how many more there were. */
  readonly args: readonly string[];
  readonly address: string;
  readonly clientName: string;
}

export class SlowLog {
  #capacity = SLOWLOG_ENTRIES_DEFAULT;
  /** By id, in their order. */
  readonly #entries = new Map<number, SlowLogEntry>();
  #nextId = 0;
  sizeBytes = 0;

  get length(): number {
    return this.#entries.size;
  }

  /** `slowlog-max-len`. */
  set capacity(entries: number) {
    this.#capacity = entries;
    this.#trim();
  }

  /** Adds what a client's command has taken. @param nowMs wall clock. */
  add(
    row: CommandRow,
    args: Arguments,
    who: { address: string; name: string },
    durationUs: number,
    nowMs: number,
  ): void {
    const entry: SlowLogEntry = {
      id: this.#nextId++,
      timeSeconds: Math.floor(nowMs / 1000),
      durationUs: Math.floor(durationUs),
      args: shownArguments(row, args),
      address: who.address,
      clientName: who.name,
    };
    this.#entries.set(entry.id, entry);
    this.sizeBytes += bytesOf(entry);
    this.#trim();
  }

  /** The newest entries, the newest first. @param count at the most; negative is all. */
  *newest(count: number): Generator<SlowLogEntry> {
    let left = count < 0 ? this.length : Math.min(count, this.length);
    for (let id = this.#nextId - 1; left > 0; id--, left--) {
      const entry = this.#entries.get(id);
      if (entry !== undefined) yield entry;
    }
  }

  clear(): void {
    this.#entries.clear();
    this.sizeBytes = 0;
  }

  #trim(): void {
    if (this.#entries.size <= this.#capacity) return;
    for (const [id, entry] of this.#entries) {
      this.#entries.delete(id);
      this.sizeBytes -= bytesOf(entry);
      if (this.#entries.size <= this.#capacity) return;
    }
  }
}

function shownArguments(row: CommandRow, args: Arguments): string[] {
  const { argc } = args;
  const isCut = argc > SLOWLOG_ARGUMENTS_MAX;
  const shown = isCut ? SLOWLOG_ARGUMENTS_MAX - 1 : argc;
  const texts: string[] = [];
  for (let index = 0; index < shown; index++) {
    const text = shownArgument(row, args, index, SLOWLOG_ARGUMENT_BYTES_MAX);
    const more = text.length === SLOWLOG_ARGUMENT_BYTES_MAX ? args.argLength[index] - text.length : 0;
    texts.push(more > 0 ? `${text}... (${more} more bytes)` : text);
  }
  if (isCut) texts.push(`... (${argc - shown} more arguments)`);
  return texts;
}

function bytesOf({ args, address, clientName }: SlowLogEntry): number {
  let bytes = ENTRY_OBJECT_BYTES + 2 * TEXT_OBJECT_BYTES + address.length + clientName.length;
  for (const text of args) bytes += TEXT_OBJECT_BYTES + text.length;
  return bytes;
}

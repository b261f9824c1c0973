/** What a client has queued since MULTI. */
import { copyBytes } from "../base/bytes.ts";
import type { Arguments } from "./context.ts";

/** Arguments, by index, that are to be others in a copy. */
export type Replacements = ReadonlyMap<number, Uint8Array>;

/** Arguments copied out of a connection's buffers into one of their own. */
export class ArgumentCopy implements Arguments {
  readonly argc: number;
  readonly argStart: Int32Array;
  readonly argLength: Int32Array;
  readonly buffer: Uint8Array;
  readonly bigCount = 0;

  constructor(args: Arguments, replacements: Replacements | null = null) {
    const { argc } = args;
    this.argc = argc;
    this.argStart = new Int32Array(argc);
    this.argLength = args.argLength.slice(0, argc);
    replacements?.forEach((bytes, index) => {
      this.argLength[index] = bytes.length;
    });
    let total = 0;
    for (let index = 0; index < argc; index++) {
      this.argStart[index] = total;
      total += this.argLength[index];
    }
    this.buffer = new Uint8Array(total);
    for (let index = 0; index < argc; index++) {
      const start = args.argStart[index];
      const bytes = replacements?.get(index) ?? args.bytesOf(index).subarray(start, start + args.argLength[index]);
      this.buffer.set(bytes, this.argStart[index]);
    }
  }

  bytesOf(_index: number): Uint8Array {
    return this.buffer;
  }

  /** Bytes held, a constant for the objects included. */
  get sizeBytes(): number {
    return this.buffer.length + this.argc * 8 + 256;
  }
}

const QUEUE_BYTES_INITIAL = 1024;
const QUEUE_ARGUMENTS_INITIAL = 64;
/** What one long transaction has grown is not kept for the next. */
const QUEUE_BYTES_KEPT = 64 * 1024;
const QUEUE_OBJECT_BYTES = 512;

/**
 * The commands of a transaction, their arguments one behind the other in one buffer: queueing a command makes no
 * object. As `Arguments` it shows one of them at a time, the one that `show` was called for.
 *
 *     buffer        k e y 1 1 6 k e y 2 …
 *     starts        0 3 … of every argument of every command, and the end of the last
 *     firsts        for each command, the number of its first argument
 *
 * @typeParam C what the engine resolves a command to.
 */
export class TransactionQueue<C = unknown> implements Arguments {
  readonly commands: C[] = [];
  argc = 0;
  argStart: Int32Array = new Int32Array(QUEUE_ARGUMENTS_INITIAL);
  argLength: Int32Array = new Int32Array(QUEUE_ARGUMENTS_INITIAL);
  buffer: Uint8Array = new Uint8Array(QUEUE_BYTES_INITIAL);
  readonly bigCount = 0;
  readonly #firsts: number[] = [];
  #starts: Int32Array = new Int32Array(QUEUE_ARGUMENTS_INITIAL);
  #arguments = 0;
  #end = 0;

  get count(): number {
    return this.commands.length;
  }

  /** Bytes held, a constant for the objects included. */
  get sizeBytes(): number {
    const words = this.#starts.length + this.argStart.length + this.argLength.length;
    return this.buffer.length + words * 4 + this.commands.length * 16 + QUEUE_OBJECT_BYTES;
  }

  bytesOf(_index: number): Uint8Array {
    return this.buffer;
  }

  add(command: C, args: Arguments): void {
    const { argc } = args;
    let bytes = 0;
    for (let index = 0; index < argc; index++) bytes += args.argLength[index];
    this.#reserve(bytes, argc);
    this.commands.push(command);
    this.#firsts.push(this.#arguments);
    let end = this.#end;
    for (let index = 0; index < argc; index++) {
      const length = args.argLength[index];
      copyBytes(args.bytesOf(index), args.argStart[index], this.buffer, end, length);
      end += length;
      this.#starts[++this.#arguments] = end;
    }
    this.#end = end;
  }

  /** Shows the arguments of a command. */
  show(index: number): void {
    const first = this.#firsts[index];
    const next = index + 1 < this.#firsts.length ? this.#firsts[index + 1] : this.#arguments;
    const argc = next - first;
    if (argc > this.argStart.length) {
      this.argStart = new Int32Array(argc);
      this.argLength = new Int32Array(argc);
    }
    for (let argument = 0; argument < argc; argument++) {
      const start = this.#starts[first + argument];
      this.argStart[argument] = start;
      this.argLength[argument] = this.#starts[first + argument + 1] - start;
    }
    this.argc = argc;
  }

  /** Forgets all commands. @returns whether it may serve again. */
  clear(): boolean {
    this.commands.length = 0;
    this.#firsts.length = 0;
    this.#arguments = 0;
    this.#end = 0;
    this.argc = 0;
    return this.sizeBytes <= QUEUE_BYTES_KEPT;
  }

  #reserve(bytes: number, argc: number): void {
    if (this.#end + bytes > this.buffer.length) {
      const wider = new Uint8Array(Math.max(this.#end + bytes, this.buffer.length * 2));
      wider.set(this.buffer.subarray(0, this.#end));
      this.buffer = wider;
    }
    if (this.#arguments + argc + 1 > this.#starts.length) {
      const wider = new Int32Array(Math.max(this.#arguments + argc + 1, this.#starts.length * 2));
      wider.set(this.#starts.subarray(0, this.#arguments + 1));
      this.#starts = wider;
    }
  }
}

export interface Transaction {
  readonly queue: TransactionQueue;
  /** A command was refused while queueing: EXEC answers EXECABORT. */
  aborted: boolean;
}

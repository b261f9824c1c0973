/** What a client has queued since MULTI. */
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

/** @typeParam C what the engine resolves a command to. */
export interface QueuedCommand<C = unknown> {
  readonly command: C;
  readonly args: ArgumentCopy;
}

export interface Transaction {
  readonly queued: QueuedCommand[];
  /** A command was refused while queueing: EXEC answers EXECABORT. */
  aborted: boolean;
  /** Bytes of the queue, for the client's memory. */
  sizeBytes: number;
}

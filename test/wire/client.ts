/** A client as the tests want one: sends anything, reads replies as values, can stop reading, knows when it is closed. */
import { REPLY_BROKEN, REPLY_READY, type Reply, ReplyReader } from "../../src/protocol/reply-reader.ts";
import { latin1Bytes } from "./notation.ts";
import type { ByteHandler, ByteStream, OpenStream } from "./stream.ts";

/** A string stands for its characters as bytes (latin1), so that any byte can be written. */
export type Argument = string | Uint8Array | number;

interface Waiter {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

export class WireClient implements ByteHandler {
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  isClosed = false;
  receivedBytes = 0;
  #stream!: ByteStream;
  #resolveClosed!: () => void;
  readonly #reader = new ReplyReader();
  readonly #replies: Reply[] = [];
  readonly #waiters: Waiter[] = [];

  private constructor() {
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  static async connect(open: OpenStream): Promise<WireClient> {
    const client = new WireClient();
    client.#stream = await open(client);
    return client;
  }

  /** Sends a command and waits for its reply (and for those of what was sent before, which must have been read). */
  call(...args: readonly Argument[]): Promise<Reply> {
    this.send(...args);
    return this.reply();
  }

  send(...args: readonly Argument[]): void {
    this.#stream.write(encodeCommand(args));
  }

  sendBytes(bytes: Uint8Array | string): void {
    this.#stream.write(typeof bytes === "string" ? latin1Bytes(bytes) : bytes);
  }

  /** The next reply. Rejects when the connection ends before it. */
  reply(): Promise<Reply> {
    const ready = this.#replies.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    if (this.isClosed) return Promise.reject(new Error("the server has closed the connection"));
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** Replies that have come and were not asked for yet. */
  get pendingReplies(): number {
    return this.#replies.length;
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Sends no more. */
  end(): void {
    this.#stream.end();
  }

  destroy(): void {
    this.#stream.destroy();
  }

  // ---- of the stream --------------------------------------------------------------------------------------------

  onData(buffer: Uint8Array, start: number, end: number): void {
    this.receivedBytes += end - start;
    const reader = this.#reader;
    reader.begin(buffer, start, end);
    for (;;) {
      const result = reader.next();
      if (result === REPLY_BROKEN) this.#failAll(new Error(`unreadable reply: ${reader.error}`));
      if (result !== REPLY_READY) break;
      const waiter = this.#waiters.shift();
      if (waiter === undefined) this.#replies.push(reader.reply);
      else waiter.resolve(reader.reply);
    }
    reader.finish();
  }

  onClose(): void {
    this.isClosed = true;
    this.#failAll(new Error("the server has closed the connection"));
    this.#resolveClosed();
  }

  #failAll(error: Error): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }
}

export function argumentBytes(argument: Argument): Uint8Array {
  return argument instanceof Uint8Array ? argument : latin1Bytes(String(argument));
}

/** A command as an array of bulk strings. */
export function encodeCommand(args: readonly Argument[]): Uint8Array {
  const parts = args.map(argumentBytes);
  const heads = parts.map((part, index) =>
    latin1Bytes(`${index === 0 ? `*${args.length}\r\n` : "\r\n"}$${part.length}\r\n`),
  );
  let sizeBytes = 2;
  for (let index = 0; index < parts.length; index++) sizeBytes += heads[index].length + parts[index].length;
  const bytes = new Uint8Array(sizeBytes);
  let at = 0;
  for (let index = 0; index < parts.length; index++) {
    bytes.set(heads[index], at);
    bytes.set(parts[index], at + heads[index].length);
    at += heads[index].length + parts[index].length;
  }
  bytes[at] = 13;
  bytes[at + 1] = 10;
  return bytes;
}

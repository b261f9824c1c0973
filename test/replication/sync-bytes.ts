/** What SYNC sends, taken apart: the RDB (of strings: a plain twin of the writer) and the stream behind it. */
import { REPLY_READY, ReplyReader } from "../../src/protocol/reply-reader.ts";
import { type Plain, plain } from "../commands/generic-server.ts";
import type { ByteHandler } from "../wire/stream.ts";

/** A command, a character a byte. */
export type Words = readonly string[];

/** Collects what one client is sent. */
export class SyncBytes implements ByteHandler {
  isClosed = false;
  readonly #pieces: Buffer[] = [];

  onData(buffer: Uint8Array, start: number, end: number): void {
    this.#pieces.push(Buffer.from(buffer.slice(start, end)));
  }

  onClose(): void {
    this.isClosed = true;
  }

  get text(): string {
    return this.#all().toString("latin1");
  }

  /** The RDB, once all of it has come. */
  get rdb(): Buffer | null {
    const [start, end] = this.#rdbRange();
    const all = this.#all();
    return end > 0 && all.length >= end ? all.subarray(start, end) : null;
  }

  /** The commands behind it, but for signs of life. */
  get stream(): Words[] {
    const [, end] = this.#rdbRange();
    const bytes = new Uint8Array(this.#all().subarray(end));
    const reader = new ReplyReader();
    const commands: Words[] = [];
    reader.begin(bytes, 0, bytes.length);
    while (reader.next() === REPLY_READY) commands.push(plain(reader.reply) as Plain[] as string[]);
    return commands.filter(([name]) => name !== "PING");
  }

  #all(): Buffer {
    if (this.#pieces.length > 1) this.#pieces.splice(0, this.#pieces.length, Buffer.concat(this.#pieces));
    return this.#pieces[0] ?? Buffer.alloc(0);
  }

  #rdbRange(): [start: number, end: number] {
    // Every second that the RDB takes to be ready, a line feed says that it is still being made.
    const head = /^\n*\$(\d+)\r\n/.exec(this.#all().toString("latin1", 0, 1024));
    return head === null ? [0, 0] : [head[0].length, head[0].length + Number(head[1])];
  }
}

/** The commands that make the dataset of an RDB of strings. */
export function rdbCommands(rdb: Buffer): Words[] {
  if (rdb.toString("latin1", 0, 9) !== "REDIS0010") throw new Error("not an RDB of version 10");
  const commands: Words[] = [];
  let at = 9;
  let expiresAtMs: bigint | null = null;
  const length = (): number => {
    const first = rdb[at++];
    if (first < 0x40) return first;
    if (first < 0x80) return ((first & 0x3f) << 8) | rdb[at++];
    const wide = first === 0x81;
    const value = wide ? Number(rdb.readBigUInt64BE(at)) : rdb.readUInt32BE(at);
    at += wide ? 8 : 4;
    return value;
  };
  const text = (): string => {
    const widths: Record<number, number> = { 192: 1, 193: 2, 194: 4 };
    const width = widths[rdb[at]];
    if (rdb[at] === 0xc3) {
      at++;
      const [compressed, size] = [length(), length()];
      at += compressed;
      return unpacked(rdb.subarray(at - compressed, at), size).toString("latin1");
    }
    if (width === undefined) {
      const size = length();
      at += size;
      return rdb.toString("latin1", at - size, at);
    }
    at += 1 + width;
    return String(rdb.readIntLE(at - width, width));
  };
  for (;;) {
    const code = rdb[at++];
    if (code === 0xff) return at + 8 === rdb.length ? commands : fail(code, at);
    if (code === 0xfa) {
      text();
      text();
    } else if (code === 0xfe) {
      commands.push(["SELECT", String(length())]);
    } else if (code === 0xfb) {
      length();
      length();
    } else if (code === 0xfc) {
      expiresAtMs = rdb.readBigInt64LE(at);
      at += 8;
    } else if (code === 0) {
      const [key, value] = [text(), text()];
      commands.push(expiresAtMs === null ? ["SET", key, value] : ["SET", key, value, "PXAT", String(expiresAtMs)]);
      expiresAtMs = null;
    } else {
      fail(code, at);
    }
  }
}

/** LZF, as plainly as it can be read. */
function unpacked(bytes: Buffer, size: number): Buffer {
  const out: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const control = bytes[at++];
    if (control < 32) {
      out.push(...bytes.subarray(at, at + control + 1));
      at += control + 1;
      continue;
    }
    const run = (control >> 5) + 2 + (control >> 5 === 7 ? bytes[at++] : 0);
    const from = out.length - ((control & 31) << 8) - bytes[at++] - 1;
    for (let index = 0; index < run; index++) out.push(out[from + index]);
  }
  if (out.length !== size) throw new Error(`${out.length} bytes where the RDB says ${size}`);
  return Buffer.from(out);
}

function fail(code: number, at: number): never {
  throw new Error(`unknown code ${code} in the RDB before byte ${at}`);
}

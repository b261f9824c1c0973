/**
 * Gives a stream to the request parser in pieces, as a socket would, and collects what comes out. Each piece stands in
 * a buffer of its own, away from position 0, that is overwritten once `finish` has been called.
 */
import { COMMAND, NEED_MORE, PROTOCOL_ERROR, type RequestParser } from "../../src/protocol/request-parser.ts";
import type { ReferenceCommand, ReferenceResult } from "./reference-parser.ts";

const MARGIN_BYTES = 5;

export interface FeedOptions {
  /** The size of the next piece, at least 0. */
  readonly pieceBytes: (left: number) => number;
  /** After a command: whether execution stops here, for a while. */
  readonly stops?: () => boolean;
  /** While it is stopped, and before a piece is looked at: whether it stays so, and the next piece is only kept. */
  readonly waits?: () => boolean;
}

const never = () => false;

export function feed(parser: RequestParser, stream: string, options: FeedOptions): ReferenceResult {
  const { pieceBytes, stops = never, waits = never } = options;
  const commands: ReferenceCommand[] = [];
  let result: number = COMMAND;
  /** Executes what there is, or until it stops and has to wait. */
  const run = (overwrite: () => void) => {
    for (result = parser.next(); result === COMMAND; result = parser.next()) {
      commands.push(taken(parser));
      if (!stops()) continue;
      parser.finish();
      overwrite();
      if (waits()) return;
      parser.resume();
    }
    parser.finish();
    overwrite();
  };
  for (let at = 0; at < stream.length && result !== PROTOCOL_ERROR; ) {
    const piece = stream.slice(at, at + pieceBytes(stream.length - at));
    at += piece.length;
    const buffer = Buffer.alloc(piece.length + 2 * MARGIN_BYTES, "*1\r\n$1\r\nX\r\n");
    buffer.write(piece, MARGIN_BYTES, "latin1");
    parser.begin(buffer, MARGIN_BYTES, MARGIN_BYTES + piece.length);
    const overwrite = () => buffer.fill(0xee);
    if (!waits()) {
      run(overwrite);
    } else {
      parser.finish();
      overwrite();
    }
  }
  while (result === COMMAND || (waits !== never && result === NEED_MORE && parser.pendingBytes > 0)) {
    const before = commands.length;
    parser.resume();
    run(never);
    if (commands.length === before) break;
  }
  return {
    commands,
    error: result === PROTOCOL_ERROR ? parser.error : null,
    pendingBytes: result === PROTOCOL_ERROR ? 0 : parser.pendingBytes,
  };
}

/** The command that `next` announced. */
export function taken(parser: RequestParser): ReferenceCommand {
  const args: string[] = [];
  for (let i = 0; i < parser.argc; i++) {
    const own = parser.bigCount > 0 ? (parser.big[i] ?? null) : null;
    const start = parser.argStart[i];
    const length = parser.argLength[i];
    if (own !== null && (start !== 0 || own.byteLength !== length || own.buffer.byteLength !== length)) {
      throw new Error("a big argument does not fill its buffer exactly");
    }
    args.push(text(parser.bytesOf(i), start, start + length));
  }
  const { commandStart, commandEnd, buffer } = parser;
  return { args, raw: commandStart < 0 ? null : text(buffer, commandStart, commandEnd) };
}

export function text(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
}

/**
 * What differs, or null. A command with a big argument has no contiguous bytes in the parser, unless it came in one
 * piece, so nothing is asked of `raw` there.
 */
export function difference(got: ReferenceResult, want: ReferenceResult): string | null {
  if (got.error !== want.error) return `error ${got.error} instead of ${want.error}`;
  if (got.commands.length !== want.commands.length) {
    return `${got.commands.length} commands instead of ${want.commands.length}`;
  }
  for (let i = 0; i < want.commands.length; i++) {
    const { args, raw } = got.commands[i];
    const wanted = want.commands[i];
    if (args.length !== wanted.args.length || args.some((arg, j) => arg !== wanted.args[j])) {
      return `command ${i}: ${shown(args)} instead of ${shown(wanted.args)}`;
    }
    const mayBeApart = wanted.args.some((arg) => arg.length >= 32 * 1024);
    if (raw !== wanted.raw && !(raw === null && mayBeApart)) return `command ${i}: other raw bytes`;
  }
  if (got.pendingBytes !== want.pendingBytes) {
    return `${got.pendingBytes} bytes pending instead of ${want.pendingBytes}`;
  }
  return null;
}

function shown(args: readonly string[]): string {
  return JSON.stringify(args.map((arg) => (arg.length > 40 ? `${arg.slice(0, 40)}… (${arg.length})` : arg)));
}

/**
 * Replies, RESP2 and RESP3, written straight into the connection's output blocks.
 *
 * A handler says what the reply is (`mapHeader`, `double`, `nullBulk`), and the protocol version the client chose with
 * HELLO decides how it looks:
 *
 *     type            RESP2                      RESP3
 *     null            $-1 (array: *-1)           _
 *     map of n        *2n                        %n
 *     set, push       *n                         ~n, >n
 *     double          bulk string of its text    ,1.5
 *     boolean         :1 or :0                   #t or #f
 *     big number      bulk string                (123
 *     verbatim        bulk string                =7 txt:abc
 *
 * Every method is one `ensure` for all it writes but the payload, then a store or two: short headers are little-endian
 * words, `$0\r\n` plus the digit. Short payloads are copied by a loop.
 *
 * Texts that are given as strings are either byte strings, one character (≤ U+00FF) a byte, so that an error can echo a
 * client's bytes as they came, or, with any character above, written as UTF-8.
 */
import { assert } from "../base/assert.ts";
import { formatDouble, utf8Bytes, writeInt, writeInt64 } from "../base/text.ts";
import { OutputBuffer, type PinnedBytes, writeHeader } from "./output-buffer.ts";

export type { OutputSink, PinnedBytes } from "./output-buffer.ts";

/** The version of the protocol that a client speaks. */
export type RespVersion = 2 | 3;

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const DOLLAR = 0x24;
const STAR = 0x2a;
const COLON = 0x3a;
const PLUS = 0x2b;
const MINUS = 0x2d;
const COMMA = 0x2c;
const PERCENT = 0x25;
const TILDE = 0x7e;
const GREATER = 0x3e;
const BAR = 0x7c;
const PARENTHESIS = 0x28;
const EQUALS = 0x3d;
const EXCLAMATION = 0x21;

/** Room for a header or an integer with its sign and line end. */
const HEADER_BYTES_MAX = 24;
/** Strings up to here are copied word by word. */
const WORDS_BYTES_MAX = 64;
/** What such a bulk string takes beside its bytes: a header with two digits, a line end. */
const SHORT_BULK_OVERHEAD_BYTES = 7;
/** Room for a bulk string that holds an integer: its header, the text, two line ends. */
const BULK_INTEGER_BYTES_MAX = 32;

export class ReplyBuffer extends OutputBuffer {
  /** What the client chose with HELLO. */
  resp: RespVersion = 2;

  // --- Simple types -------------------------------------------------------------------------------------------------

  /** Bytes that are a reply as they stand, such as a constant made at start. */
  raw(reply: Uint8Array): void {
    this.append(reply, 0, reply.length);
  }

  /** `+OK`. */
  ok(): void {
    this.ensure(5);
    const at = this.position;
    this.view.setInt32(at, 0x0d4b4f2b /* +OK\r */, true);
    this.bytes[at + 4] = 0x0a;
    this.position = at + 5;
  }

  /** `+PONG`. */
  pong(): void {
    this.ensure(7);
    const at = this.position;
    this.view.setInt32(at, 0x4e4f502b /* +PON */, true);
    this.view.setInt32(at + 3, 0x0a0d474e /* NG\r\n */, true);
    this.position = at + 7;
  }

  /** `+QUEUED`. */
  queued(): void {
    this.ensure(9);
    const at = this.position;
    this.view.setInt32(at, 0x4555512b /* +QUE */, true);
    this.view.setInt32(at + 4, 0x0d444555 /* UED\r */, true);
    this.bytes[at + 8] = 0x0a;
    this.position = at + 9;
  }

  /** A status, without its plus. Line breaks within become blanks. */
  simple(text: string): void {
    this.line(PLUS, text);
  }

  /** An error, its code included (`ERR syntax error`), without its minus. Line breaks within become blanks. */
  error(text: string): void {
    this.line(MINUS, text);
  }

  /** @param value a safe integer. */
  integer(value: number): void {
    if (value >= 0) this.header(COLON, value);
    else this.negative(value);
  }

  private negative(value: number): void {
    this.ensure(HEADER_BYTES_MAX);
    this.position = writeHeader(COLON, value, this.bytes, this.position);
  }

  /** A signed 64-bit integer of two int32 words. */
  integer64(hi: number, lo: number): void {
    this.ensure(HEADER_BYTES_MAX);
    this.bytes[this.position] = COLON;
    this.position = writeInt64(hi, lo, this.bytes, this.position + 1);
    this.lineEnd();
  }

  boolean(value: boolean): void {
    if (this.resp === 2) {
      this.header(COLON, value ? 1 : 0);
      return;
    }
    this.ensure(4);
    this.view.setInt32(this.position, value ? 0x0a0d7423 /* #t\r\n */ : 0x0a0d6623 /* #f\r\n */, true);
    this.position += 4;
  }

  double(value: number): void {
    // Scores mostly are integers, and print as such. The text of -0 is not that of 0.
    if (Number.isSafeInteger(value) && (value !== 0 || 1 / value > 0)) {
      if (this.resp === 2) {
        this.bulkInteger(value);
      } else {
        this.ensure(HEADER_BYTES_MAX);
        this.position = writeHeader(COMMA, value, this.bytes, this.position);
      }
      return;
    }
    this.doubleText(formatDouble(value));
  }

  /** A double in a text of its own. */
  doubleText(text: string): void {
    if (this.resp === 2) this.bulkText(text);
    else this.line(COMMA, text);
  }

  /** @param text decimal digits, with a minus if any. */
  bigNumber(text: string): void {
    if (this.resp === 2) this.bulkText(text);
    else this.line(PARENTHESIS, text);
  }

  /** The absence of a string. */
  nullBulk(): void {
    this.nothing(DOLLAR);
  }

  /** The absence of an array. */
  nullArray(): void {
    this.nothing(STAR);
  }

  // --- Bulk strings -------------------------------------------------------------------------------------------------

  /** A bulk string: `length` bytes of `source` from `start` on, copied. */
  bulk(source: Uint8Array, start: number, length: number): void {
    this.bulkHeader(length);
    this.append(source, start, length);
    this.ensure(2);
    this.lineEnd();
  }

  /**
   * As `bulk`, for strings that lie in a view too: short ones, copied word by word, take half the time.
   * @param view of the same bytes as `source`, from the same beginning.
   */
  bulkWords(source: Uint8Array, view: DataView, start: number, length: number): void {
    if (length > WORDS_BYTES_MAX) {
      this.bulk(source, start, length);
      return;
    }
    this.ensure(length + SHORT_BULK_OVERHEAD_BYTES);
    const target = this.view;
    const at = this.position;
    let to: number;
    if (length < 10) {
      target.setInt32(at, 0x0a0d3024 /* $0\r\n */ + (length << 8), true);
      to = at + 4;
    } else {
      const tens = (length / 10) | 0;
      target.setInt32(at, 0x0d303024 /* $00\r */ + ((length - tens * 10) << 16) + (tens << 8), true);
      target.setUint8(at + 4, LINE_FEED);
      to = at + 5;
    }
    const wordsEnd = length & ~3;
    let i = 0;
    for (; i < wordsEnd; i += 4) target.setInt32(to + i, view.getInt32(start + i, true), true);
    for (; i < length; i++) target.setUint8(to + i, view.getUint8(start + i));
    target.setInt16(to + length, 0x0a0d, true);
    this.position = to + length + 2;
  }

  /** A bulk string that is not copied: the view is queued itself, and `pin` is told when it is sent or dropped. */
  bulkForeign(view: Uint8Array, pin: PinnedBytes | null): void {
    this.bulkHeader(view.length);
    this.appendForeign(view, pin);
    this.ensure(2);
    this.lineEnd();
  }

  /** A bulk string of a text, in UTF-8. */
  bulkText(text: string): void {
    if (isAscii(text)) {
      this.bulkHeader(text.length);
      this.appendByteString(text);
      this.ensure(2);
      this.lineEnd();
    } else {
      const bytes = utf8Bytes(text);
      this.bulk(bytes, 0, bytes.length);
    }
  }

  /** A bulk string of a safe integer's text. */
  bulkInteger(value: number): void {
    this.ensure(BULK_INTEGER_BYTES_MAX);
    const { bytes, view } = this;
    const at = this.position;
    // The length takes one digit in nearly all cases: write the text behind it, then make room if there are two.
    let end = writeInt(value, bytes, at + 4);
    const length = end - at - 4;
    if (length < 10) {
      view.setInt32(at, 0x0a0d3024 /* $0\r\n */ + (length << 8), true);
    } else {
      bytes.copyWithin(at + 5, at + 4, end);
      view.setInt32(at, 0x0d303124 /* $10\r */ + ((length - 10) << 16), true);
      bytes[at + 4] = 0x0a;
      end++;
    }
    view.setInt16(end, 0x0a0d, true);
    this.position = end + 2;
  }

  /** A bulk string of a number with a fixed number of decimals. @param scaled the number without its point; no minus. */
  bulkDecimal(scaled: number, decimals: number): void {
    const digits = String(scaled).padStart(decimals + 1, "0");
    this.bulkText(`${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`);
  }

  /** The header of a bulk string; `length` bytes (with `append`, `appendForeign`) and `crlf` have to follow. */
  bulkHeader(length: number): void {
    this.header(DOLLAR, length);
  }

  /** The line end after a payload. */
  crlf(): void {
    this.ensure(2);
    this.lineEnd();
  }

  /** A text with its format, of three letters: `txt` or `mkd`. */
  verbatim(format: string, text: string): void {
    if (this.resp === 2) {
      this.bulkText(text);
      return;
    }
    assert(format.length === 3, "the format of a verbatim string has three letters");
    const bytes = utf8Bytes(text);
    this.header(EQUALS, bytes.length + 4);
    this.appendByteString(`${format}:`);
    this.append(bytes, 0, bytes.length);
    this.crlf();
  }

  /** An error that may hold line breaks; for RESP2 clients an ordinary one. */
  blobError(text: string): void {
    if (this.resp === 2) {
      this.error(text);
      return;
    }
    const bytes = utf8Bytes(text);
    this.header(EXCLAMATION, bytes.length);
    this.append(bytes, 0, bytes.length);
    this.crlf();
  }

  // --- Aggregates ---------------------------------------------------------------------------------------------------

  /** `count` replies have to follow. */
  arrayHeader(count: number): void {
    this.header(STAR, count);
  }

  /** `count` pairs of replies have to follow. */
  mapHeader(count: number): void {
    if (this.resp === 2) this.header(STAR, 2 * count);
    else this.header(PERCENT, count);
  }

  setHeader(count: number): void {
    this.header(this.resp === 2 ? STAR : TILDE, count);
  }

  /** A message that is no answer to a command. */
  pushHeader(count: number): void {
    this.header(this.resp === 2 ? STAR : GREATER, count);
  }

  /** `count` pairs about the reply that comes after them. RESP3 only: RESP2 has no place for it. */
  attributeHeader(count: number): void {
    assert(this.resp === 3, "attributes exist in RESP3 only");
    this.header(BAR, count);
  }

  /**
   * Begins an array, map or set whose count is known only when it has been written: a `fill…` has to follow it, before
   * that of any aggregate that was begun earlier.
   */
  deferHeader(): void {
    this.reserveHeader();
  }

  fillArrayHeader(count: number): void {
    this.fillHeader(STAR, count);
  }

  /** @param count pairs. */
  fillMapHeader(count: number): void {
    if (this.resp === 2) this.fillHeader(STAR, 2 * count);
    else this.fillHeader(PERCENT, count);
  }

  fillSetHeader(count: number): void {
    this.fillHeader(this.resp === 2 ? STAR : TILDE, count);
  }

  fillPushHeader(count: number): void {
    this.fillHeader(this.resp === 2 ? STAR : GREATER, count);
  }

  // --- Pieces -------------------------------------------------------------------------------------------------------

  private header(kind: number, count: number): void {
    this.ensure(HEADER_BYTES_MAX);
    const at = this.position;
    if (count < 10) {
      this.view.setInt32(at, 0x0a0d3000 /* .0\r\n */ + (count << 8) + kind, true);
      this.position = at + 4;
    } else if (count < 100) {
      const tens = (count / 10) | 0;
      this.view.setInt32(at, 0x0d303000 /* .00\r */ + ((count - tens * 10) << 16) + (tens << 8) + kind, true);
      this.bytes[at + 4] = 0x0a;
      this.position = at + 5;
    } else {
      this.position = writeHeader(kind, count, this.bytes, at);
    }
  }

  private nothing(kind: number): void {
    this.ensure(5);
    const at = this.position;
    if (this.resp === 2) {
      this.view.setInt32(at, 0x0d312d00 /* .-1\r */ + kind, true);
      this.bytes[at + 4] = 0x0a;
      this.position = at + 5;
    } else {
      this.bytes[at] = 0x5f; /* _ */
      this.view.setInt16(at + 1, 0x0a0d, true);
      this.position = at + 3;
    }
  }

  /** The caller has ensured room. */
  private lineEnd(): void {
    this.view.setInt16(this.position, 0x0a0d, true);
    this.position += 2;
  }

  private line(kind: number, text: string): void {
    this.ensure(1);
    this.bytes[this.position++] = kind;
    const clean = withoutLineBreaks(text);
    if (isByteString(clean)) {
      this.appendByteString(clean);
    } else {
      const bytes = utf8Bytes(clean);
      this.append(bytes, 0, bytes.length);
    }
    this.crlf();
  }

  private appendByteString(text: string): void {
    let at = 0;
    while (at < text.length) {
      this.ensure(1);
      const bytes = this.bytes;
      let position = this.position;
      const stop = Math.min(text.length, at + bytes.length - position);
      while (at < stop) bytes[position++] = text.charCodeAt(at++);
      this.position = position;
    }
  }
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return false;
  }
  return true;
}

function isByteString(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0xff) return false;
  }
  return true;
}

/** Line breaks at the ends go, others become blanks: a status or an error is one line. */
function withoutLineBreaks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isLineBreak(text.charCodeAt(start))) start++;
  while (end > start && isLineBreak(text.charCodeAt(end - 1))) end--;
  const trimmed = start === 0 && end === text.length ? text : text.slice(start, end);
  for (let i = 0; i < trimmed.length; i++) {
    if (isLineBreak(trimmed.charCodeAt(i))) return trimmed.replace(/[\r\n]/g, " ");
  }
  return trimmed;
}

function isLineBreak(code: number): boolean {
  return code === CARRIAGE_RETURN || code === LINE_FEED;
}

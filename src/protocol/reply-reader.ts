/**
 * Reads replies, RESP2 and RESP3, in whatever pieces they arrive. For the client, the tools and the tests: replies
 * become values (`Reply`), so it is meant to be right and bounded rather than free of garbage.
 *
 * A reply is a tree. The aggregates that are open stand on a stack, each with the number of items it still wants; every
 * complete scalar, and every aggregate that this completes, is added to the one above. So what is kept between chunks
 * is the stack and at most one incomplete scalar: how far its line was searched is remembered, and a bulk string of
 * 32 KB or more is filled into its own buffer as its bytes come. Reading is linear in the bytes however they are cut.
 *
 *     *2 %1 +a :1 …      stack  [ array: 1 of 2 missing | map: +a :1 -> complete, goes up ]
 *
 * A peer may lie about a count or a length, so no room is made on its word but that of one bulk string, which grows
 * with the bytes that really come.
 */
import { assert } from "../base/assert.ts";
import { BIG_ARGUMENT_BYTES, BULK_BYTES_MAX, INLINE_BYTES_MAX } from "../base/limits.ts";
import { Int64, latin1Text, parseDouble, parseInt64 } from "../base/text.ts";
import type { NullForm, Reply, ReplyPair } from "./reply.ts";

export type { NullForm, Reply, ReplyPair } from "./reply.ts";

/** All that was given is used up. */
export const REPLY_INCOMPLETE = 0;
/** `reply` holds the next reply. */
export const REPLY_READY = 1;
/** The stream makes no sense, `error` says why; nothing more can be read from it. */
export const REPLY_BROKEN = 2;

export type ReplyReaderResult = typeof REPLY_INCOMPLETE | typeof REPLY_READY | typeof REPLY_BROKEN;

export interface ReplyReaderLimits {
  /** One bulk string, bytes. */
  readonly bulkBytesMax: number;
  /** A line: a status, an error, a number. */
  readonly lineBytesMax: number;
  /** Items of one aggregate, pairs counted as two. */
  readonly itemsMax: number;
  /** Aggregates within each other. */
  readonly depthMax: number;
}

const DEFAULT_LIMITS: ReplyReaderLimits = {
  bulkBytesMax: BULK_BYTES_MAX,
  lineBytesMax: INLINE_BYTES_MAX,
  itemsMax: 2 ** 32 - 1,
  depthMax: 128,
};

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
/** A long bulk string's buffer starts so large and doubles. */
const FIRST_BULK_BYTES = 1024 * 1024;
const FIRST_HELD_BYTES = 1024;
const KEPT_HELD_BYTES = 64 * 1024;
const EMPTY = new Uint8Array(0);

type AggregateKind = "array" | "set" | "push" | "map" | "attributed";
type BlobKind = "bulk" | "verbatim" | "blobError";

/** An aggregate that is not complete. */
interface Open {
  readonly kind: AggregateKind;
  missing: number;
  readonly items: Reply[];
}

export class ReplyReader {
  /** The reply that REPLY_READY announced. */
  reply: Reply = { kind: "null", of: "resp3" };
  /** Why REPLY_BROKEN. */
  error = "";

  private readonly limits: ReplyReaderLimits;
  /** What is read, from `position` to `end`: the chunk, or `held`. */
  private source: Uint8Array = EMPTY;
  private position = 0;
  private end = 0;
  private held: Uint8Array = EMPTY;
  private isHeld = false;
  /** Bytes from `position` on that hold no line end. */
  private scanned = 0;
  private readonly open: Open[] = [];
  /** The blob whose header is read. */
  private blob: BlobKind | null = null;
  private blobLength = 0;
  /** Its bytes so far, when it is long. */
  private filling: Uint8Array | null = null;
  private filled = 0;

  constructor(limits: Partial<ReplyReaderLimits> = {}) {
    this.limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** Bytes that came, valid until `finish`, which must follow. Replies have copies of what they hold. */
  begin(chunk: Uint8Array, start: number, end: number): void {
    if (this.isHeld) {
      this.hold(chunk, start, end);
    } else {
      this.source = chunk;
      this.position = start;
      this.end = end;
    }
  }

  /** The next complete reply. Call it until it does not answer REPLY_READY. */
  next(): ReplyReaderResult {
    if (this.error !== "") return REPLY_BROKEN;
    for (;;) {
      const value = this.blob === null ? this.readElement() : this.readBlob();
      if (value === undefined) return this.error === "" ? REPLY_INCOMPLETE : REPLY_BROKEN;
      if (value === null) continue;
      const whole = this.add(value);
      if (whole === null) continue;
      this.reply = whole;
      return REPLY_READY;
    }
  }

  /** Keeps what is incomplete. */
  finish(): void {
    if (this.position === this.end || this.error !== "") {
      this.isHeld = false;
      this.source = EMPTY;
      this.position = 0;
      this.end = 0;
      if (this.held.length > KEPT_HELD_BYTES) this.held = EMPTY;
    } else if (!this.isHeld) {
      const { source, position, end } = this;
      this.isHeld = true;
      this.source = this.held;
      this.position = 0;
      this.end = 0;
      this.hold(source, position, end);
    }
  }

  private hold(chunk: Uint8Array, start: number, end: number): void {
    const added = end - start;
    const length = this.end - this.position;
    if (this.end + added > this.held.length) {
      // Moving costs no more than what was consumed since the last time, or is paid for by doubling.
      const fits = this.position >= length && length + added <= this.held.length;
      const target = fits ? this.held : new Uint8Array(Math.max(FIRST_HELD_BYTES, 2 * (length + added)));
      target.set(this.held.subarray(this.position, this.end));
      this.held = target;
      this.position = 0;
      this.end = length;
    }
    this.held.set(chunk.subarray(start, end), this.end);
    this.source = this.held;
    this.end += added;
  }

  /** A scalar; null when a header was read instead; undefined when there is not enough, or after an error. */
  private readElement(): Reply | null | undefined {
    const lineEnd = this.findLineEnd();
    if (lineEnd < 0) return undefined;
    const kind = String.fromCharCode(this.source[this.position]);
    const start = this.position + 1;
    const length = lineEnd - start;
    if (length < 0) return this.fail("an empty line");
    this.position = lineEnd + 2;
    switch (kind) {
      case "+":
        return { kind: "simple", text: latin1Text(this.source, start, length) };
      case "-":
        return { kind: "error", text: latin1Text(this.source, start, length) };
      case ":":
        return this.integer(start, length);
      case ",":
        return this.double(start, length);
      case "#":
        return this.boolean(start, length);
      case "(":
        return this.bigNumber(start, length);
      case "_":
        return length === 0 ? { kind: "null", of: "resp3" } : this.fail("a null with a value");
      case "$":
        return this.blobHeader("bulk", start, length);
      case "=":
        return this.blobHeader("verbatim", start, length);
      case "!":
        return this.blobHeader("blobError", start, length);
      case "*":
        return this.aggregateHeader("array", 1, start, length);
      case "~":
        return this.aggregateHeader("set", 1, start, length);
      case ">":
        return this.aggregateHeader("push", 1, start, length);
      case "%":
        return this.aggregateHeader("map", 2, start, length);
      case "|":
        return this.aggregateHeader("attributed", 2, start, length);
      default:
        return this.fail(`an unknown type, byte ${kind.charCodeAt(0)}`);
    }
  }

  /** @returns where the \r of a complete line is, or -1. */
  private findLineEnd(): number {
    const { source, position, end } = this;
    const stop = Math.min(end, position + this.limits.lineBytesMax + 1);
    let at = position + this.scanned;
    while (at < stop && source[at] !== CARRIAGE_RETURN) at++;
    this.scanned = at - position;
    if (at === stop) {
      if (at < end) this.fail("a line that is too long");
      return -1;
    }
    if (at + 1 === end) return -1;
    this.scanned = 0;
    if (source[at + 1] === LINE_FEED) return at;
    this.fail("a line end without its line feed");
    return -1;
  }

  private integer(start: number, length: number): Reply | undefined {
    const integer = new Int64();
    // RESP allows a plus, which Redis never writes.
    if (!parseInt64(this.source, start, length, integer)) return this.fail("not an integer");
    if (integer.safe) return { kind: "integer", value: integer.value };
    return { kind: "integer", value: (BigInt(integer.hi) << 32n) + BigInt(integer.lo >>> 0) };
  }

  private double(start: number, length: number): Reply | undefined {
    const text = latin1Text(this.source, start, length);
    const value = text === "nan" ? Number.NaN : parseDouble(this.source, start, length);
    return value === null ? this.fail("not a double") : { kind: "double", value, text };
  }

  private boolean(start: number, length: number): Reply | undefined {
    const text = latin1Text(this.source, start, length);
    if (text !== "t" && text !== "f") return this.fail("not a boolean");
    return { kind: "boolean", value: text === "t" };
  }

  private bigNumber(start: number, length: number): Reply | undefined {
    const text = latin1Text(this.source, start, length);
    return /^[+-]?\d+$/.test(text) ? { kind: "bigNumber", text } : this.fail("not a big number");
  }

  /** @returns a count from -1 to `max`, or NaN after an error. */
  private count(start: number, length: number, max: number): number {
    const integer = new Int64();
    if (parseInt64(this.source, start, length, integer) && integer.value >= -1 && integer.value <= max) {
      return integer.value;
    }
    this.fail("a length that is none or too large");
    return Number.NaN;
  }

  private blobHeader(kind: BlobKind, start: number, length: number): Reply | null | undefined {
    const count = this.count(start, length, this.limits.bulkBytesMax);
    if (Number.isNaN(count)) return undefined;
    if (count === -1) return kind === "bulk" ? nothing("bulk") : this.fail("a negative length");
    this.blob = kind;
    this.blobLength = count;
    if (count >= BIG_ARGUMENT_BYTES) {
      this.filling = new Uint8Array(Math.min(count, FIRST_BULK_BYTES));
      this.filled = 0;
    }
    return null;
  }

  private readBlob(): Reply | undefined {
    const kind = this.blob;
    assert(kind !== null, "a blob's header is read before its bytes");
    const length = this.blobLength;
    if (this.filling !== null) this.fill(this.filling, length);
    const missing = this.filling === null ? length : length - this.filled;
    const { source, position } = this;
    if (this.end - position < missing + 2) return undefined;
    const bytes = this.filling ?? copyOf(source, position, position + length);
    const lineEnd = position + missing;
    if (source[lineEnd] !== CARRIAGE_RETURN || source[lineEnd + 1] !== LINE_FEED) {
      return this.fail("a blob longer than its length");
    }
    this.position = lineEnd + 2;
    this.blob = null;
    this.filling = null;
    if (kind !== "verbatim") return { kind, bytes };
    if (length < 4 || bytes[3] !== 0x3a) return this.fail("a verbatim string without its format");
    return { kind, format: latin1Text(bytes, 0, 3), bytes: copyOf(bytes, 4, length) };
  }

  private fill(started: Uint8Array, length: number): void {
    const taken = Math.min(this.end - this.position, length - this.filled);
    let target = started;
    if (this.filled + taken > target.length) {
      target = new Uint8Array(Math.min(length, Math.max(2 * target.length, this.filled + taken)));
      target.set(started.subarray(0, this.filled));
      this.filling = target;
    }
    target.set(this.source.subarray(this.position, this.position + taken), this.filled);
    this.position += taken;
    this.filled += taken;
  }

  private aggregateHeader(
    kind: AggregateKind,
    perItem: number,
    start: number,
    length: number,
  ): Reply | null | undefined {
    const count = this.count(start, length, this.limits.itemsMax / perItem);
    if (Number.isNaN(count)) return undefined;
    if (count === -1) return kind === "array" ? nothing("array") : this.fail("a negative count");
    if (this.open.length === this.limits.depthMax) return this.fail("aggregates nested too deep");
    // Attributes are complete only with the reply behind them.
    const missing = count * perItem + (kind === "attributed" ? 1 : 0);
    if (missing === 0) return close({ kind, missing, items: [] });
    this.open.push({ kind, missing, items: [] });
    return null;
  }

  /** Adds a value to the aggregate it belongs to. @returns the reply, when this completes it. */
  private add(value: Reply): Reply | null {
    let complete = value;
    for (;;) {
      const parent = this.open[this.open.length - 1];
      if (parent === undefined) return complete;
      parent.items.push(complete);
      if (--parent.missing > 0) return null;
      this.open.pop();
      complete = close(parent);
    }
  }

  private fail(reason: string): undefined {
    this.error = `the peer sent ${reason}`;
    return undefined;
  }
}

/** Not `slice`: chunks may be of a subclass (Node's Buffer) whose `slice` is a view. */
function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start);
  copy.set(bytes.subarray(start, end));
  return copy;
}

function nothing(of: NullForm): Reply {
  return { kind: "null", of };
}

function close(aggregate: Open): Reply {
  const { kind, items } = aggregate;
  if (kind === "map") return { kind, entries: pairs(items) };
  if (kind !== "attributed") return { kind, items };
  const reply = items.pop();
  assert(reply !== undefined, "attributes are followed by a reply");
  return { kind, attributes: pairs(items), reply };
}

function pairs(items: readonly Reply[]): ReplyPair[] {
  const result: ReplyPair[] = [];
  for (let i = 0; i < items.length; i += 2) result.push([items[i], items[i + 1]]);
  return result;
}

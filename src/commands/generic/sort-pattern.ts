/**
 * The patterns of SORT, by which an element leads to something else:
 *
 *     #                the element itself
 *     weight_*         the string under the key that the pattern gives with the element in the place of the star
 *     obj_*->field     a field of the hash under that key
 *     anything else    nothing
 *
 * Redis looks for star and arrow in C strings, that is up to the first zero byte; so does this.
 */
import { copyBytes } from "../../base/bytes.ts";
import type { Handle } from "../../memory/arena.ts";
import { Span, TYPE_HASH, TYPE_STRING, typeOf } from "../../structures/entry.ts";
import type { Context } from "../context.ts";
import { replyValue } from "../hash/reply-field.ts";
import { replyString } from "../string/reply-string.ts";

const STAR = 0x2a;
const HASH_SIGN = 0x23;
const MINUS = 0x2d;
const GREATER = 0x3e;
const NONE = -1;

/** What a pattern has found. */
type Found = "nothing" | "element" | "string" | "field";

export class SortPattern {
  readonly #context: Context;
  readonly #bytes: Uint8Array;
  readonly #isElement: boolean;
  /** Where the star stands, −1 for nowhere. */
  readonly #star: number;
  /** Where the key's part behind the star ends. */
  readonly #keyEnd: number;
  /** Where the name of a field begins, −1 when there is none. */
  readonly #field: number;
  /** The key, of which all but the element and what follows it stays as it is. */
  #key: Uint8Array;

  #found: Found = "nothing";
  #entry: Handle = 0;
  #element: Span = new Span();

  constructor(context: Context, index: number) {
    const start = context.start(index);
    const bytes = context.bytes(index).slice(start, start + context.length(index));
    this.#context = context;
    this.#bytes = bytes;
    const textEnd = endOfText(bytes);
    this.#isElement = textEnd === 1 && bytes[0] === HASH_SIGN;
    this.#star = bytes.subarray(0, textEnd).indexOf(STAR);
    const arrow = this.#star === NONE ? NONE : findArrow(bytes, this.#star + 1, textEnd);
    this.#keyEnd = arrow === NONE ? bytes.length : arrow;
    this.#field = arrow === NONE ? NONE : arrow + 2;
    this.#key = new Uint8Array(Math.max(64, 2 * bytes.length));
  }

  /** Whether what it leads to depends on the element. */
  get hasStar(): boolean {
    return this.#star !== NONE;
  }

  /** Looks up what an element leads to. Good until the next look-up of any pattern. */
  find(element: Span): void {
    this.#element = element;
    this.#found = this.#lookUp(element);
  }

  #lookUp(element: Span): Found {
    if (this.#isElement) return "element";
    if (this.#star === NONE) return "nothing";
    const { database, keyspace } = this.#context;
    const { arena, structures } = keyspace;
    const length = this.#substitute(element);
    const entry = keyspace.lookupRead(database, this.#key, 0, length);
    this.#entry = entry;
    if (entry === 0) return "nothing";
    const type = typeOf(arena, entry);
    if (this.#field === NONE) return type === TYPE_STRING ? "string" : "nothing";
    if (type !== TYPE_HASH) return "nothing";
    const bytes = this.#bytes;
    const isThere = structures.hashes.open(entry).find(bytes, this.#field, bytes.length - this.#field);
    return isThere ? "field" : "nothing";
  }

  /** @returns the length of the key. */
  #substitute({ bytes, start, length }: Span): number {
    const pattern = this.#bytes;
    const star = this.#star;
    const keyBytes = this.#keyEnd - 1 + length;
    if (this.#key.length < keyBytes) this.#key = new Uint8Array(2 * keyBytes);
    copyBytes(pattern, 0, this.#key, 0, star);
    copyBytes(bytes, start, this.#key, star, length);
    copyBytes(pattern, star + 1, this.#key, star + length, this.#keyEnd - star - 1);
    return keyBytes;
  }

  /** Points a span at what was found. @returns false when that is nothing. */
  show(into: Span): boolean {
    const { reader, structures } = this.#context.keyspace;
    let found = this.#element;
    if (this.#found === "nothing") return false;
    if (this.#found === "field") {
      found = structures.hashes.value;
    } else if (this.#found === "string") {
      reader.open(this.#entry).findWhole(0, reader.length);
      found = reader.run;
    }
    into.bytes = found.bytes;
    into.start = found.start;
    into.length = found.length;
    return true;
  }

  /** Replies with what was found. */
  reply(): void {
    const context = this.#context;
    const { reply } = context;
    if (this.#found === "nothing") {
      reply.nullBulk();
    } else if (this.#found === "string") {
      replyString(context, this.#entry);
    } else if (this.#found === "field") {
      replyValue(context, context.keyspace.structures.hashes);
    } else {
      reply.bulk(this.#element.bytes, this.#element.start, this.#element.length);
    }
  }
}

/** Where a C string ends. */
function endOfText(bytes: Uint8Array): number {
  const zero = bytes.indexOf(0);
  return zero === NONE ? bytes.length : zero;
}

/** An arrow with a name behind it. Only the first one counts. */
function findArrow(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at + 1 < end; at++) {
    if (bytes[at] === MINUS && bytes[at + 1] === GREATER) return at + 2 < end ? at : NONE;
  }
  return NONE;
}

/** Puts a collection together from the parts that a snapshot tells, as texts that can be compared. */
import { KeyedHash } from "../../src/base/keyed-hash.ts";
import type { Arena, Handle } from "../../src/memory/arena.ts";
import { keySpan, Span, TYPE_HASH, TYPE_LIST, TYPE_ZSET, typeOf } from "../../src/structures/entry.ts";
import { ListItem } from "../../src/structures/list-item.ts";
import { elementBytes, HEADER_BYTES } from "../../src/structures/listpack-encoding.ts";
import { MemberTable } from "../../src/structures/member-table.ts";
import { NodeRecord, readElement, Scratch } from "../../src/structures/quicklist-record.ts";
import { textOf } from "./texts.ts";

export class PartCollector {
  /** Parts that are still to come. */
  left = 0;
  texts: string[] = [];
  #type = 0;
  readonly #arena: Arena;
  readonly #members: MemberTable;
  readonly #node: NodeRecord;
  readonly #scratch = new Scratch();
  readonly #span = new Span();
  readonly #item = new ListItem();

  constructor(arena: Arena) {
    this.#arena = arena;
    this.#members = new MemberTable(arena, new KeyedHash(1, 2));
    this.#node = new NodeRecord(arena);
  }

  begin(entry: Handle, parts: number): void {
    this.left = parts;
    this.texts = [];
    this.#type = typeOf(this.#arena, entry);
  }

  part(part: Handle): void {
    this.left--;
    if (this.#type === TYPE_LIST) this.#readNode(part);
    else this.#readMember(part);
  }

  /** All of it, as `textsOf` has it. */
  end(): string[] {
    return this.#type === TYPE_LIST ? this.texts : this.texts.sort();
  }

  #readMember(entry: Handle): void {
    keySpan(this.#arena, entry, this.#span);
    let text = textOf(this.#span);
    if (this.#type === TYPE_HASH) {
      this.#members.valueSpan(entry, this.#span);
      text += fieldText(textOf(this.#span), this.#members.expiryOf(entry));
    } else if (this.#type === TYPE_ZSET) {
      text += ` ${this.#members.scoreOf(entry)}`;
    }
    this.texts.push(text);
  }

  #readNode(handle: Handle): void {
    const item = this.#item;
    this.#node.attach(handle).show(item, this.#scratch);
    if (this.#node.isPlain) {
      this.texts.push(textOf(item));
      return;
    }
    const { bytes, start, length } = item;
    for (let at = start + HEADER_BYTES; at < start + length - 1; at += elementBytes(bytes, at)) {
      readElement(bytes, at, item);
      this.texts.push(textOf(item));
    }
  }
}

/** What a plain list, set, hash or sorted set would be told as. */
export function textsOf(value: unknown): string[] {
  if (Array.isArray(value)) return [...value];
  if (value instanceof Set) return [...value].sort();
  if (value instanceof Map) return [...value].map(([name, content]) => name + contentText(content)).sort();
  throw new Error("no collection");
}

/** @param content the value of a field, also with the time at which it expires; or a score. */
function contentText(content: unknown): string {
  if (typeof content !== "object" || content === null) return ` ${content}`;
  const { value, whenMs } = content as { value: string; whenMs: number };
  return fieldText(value, whenMs);
}

function fieldText(value: string, whenMs: number): string {
  return whenMs === 0 ? ` ${value}` : ` ${value} until ${whenMs}`;
}

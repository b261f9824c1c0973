/** Places in a quicklist and what stands there: everything that changes nothing. `quicklist.ts` has the essay. */
import { assert } from "../base/assert.ts";
import { equalBytes } from "../base/bytes.ts";
import { Int64, parseInt64 } from "../base/text.ts";
import type { Handle } from "../memory/arena.ts";
import type { Span } from "./entry.ts";
import { ListItem } from "./list-item.ts";
import {
  elementBefore,
  elementBytes,
  HEADER_BYTES,
  integerHigh,
  integerLow,
  isIntegerLead,
  leadBytes,
  stringLength,
} from "./listpack-encoding.ts";
import { HEAD, QuicklistChain, TAIL } from "./quicklist-chain.ts";
import { readElement } from "./quicklist-record.ts";

/** A place in a list: an element in a node. */
export class ListCursor {
  /** 0 when it stands nowhere. */
  node: Handle = 0;
  /** Of the element in its node. */
  index = 0;
  /** Of the element in its node's listpack; of no meaning in a plain node. */
  position = 0;
}

export class QuicklistReader extends QuicklistChain {
  /** Content of the node that is shown. */
  readonly #content = new ListItem();
  #isPlain = false;
  /** What comparisons are with, when it is an integer. */
  readonly #sought = new Int64();

  /** @param index from the end when negative: -1 is the last element. @returns false when there is none. */
  seek(cursor: ListCursor, index: number): boolean {
    const { count, walker } = this;
    const fromHead = index < 0 ? index + count : index;
    cursor.node = 0;
    if (fromHead < 0 || fromHead >= count) return false;
    const isForward = fromHead * 2 < count;
    /** Elements between this end of the node and the sought one. */
    let rest = isForward ? fromHead : count - 1 - fromHead;
    let node = this.words[this.at + (isForward ? HEAD : TAIL)];
    while (rest >= walker.attach(node).count) {
      rest -= walker.count;
      node = isForward ? walker.next : walker.previous;
    }
    this.#seekInNode(cursor, node, isForward ? rest : walker.count - 1 - rest, walker.count);
    return true;
  }

  #seekInNode(cursor: ListCursor, node: Handle, index: number, count: number): void {
    this.#show(node);
    cursor.node = node;
    cursor.index = index;
    cursor.position = HEADER_BYTES;
    if (this.#isPlain) return;
    const { bytes, start, length } = this.#content;
    let at: number;
    if (index * 2 < count) {
      at = start + HEADER_BYTES;
      for (let passed = 0; passed < index; passed++) at += elementBytes(bytes, at);
    } else {
      at = start + length - 1;
      for (let left = count; left > index; left--) at = elementBefore(bytes, at);
    }
    cursor.position = at - start;
  }

  /** Moves to the following element. @returns false, and stands nowhere, when there is none. */
  next(cursor: ListCursor): boolean {
    this.#show(cursor.node);
    if (!this.#isPlain) {
      const { bytes, start, length } = this.#content;
      const position = cursor.position + elementBytes(bytes, start + cursor.position);
      if (position < length - 1) {
        cursor.position = position;
        cursor.index++;
        return true;
      }
    }
    return this.nextNodeOf(cursor);
  }

  /** Moves to the element before. @returns false, and stands nowhere, when there is none. */
  previous(cursor: ListCursor): boolean {
    this.#show(cursor.node);
    if (cursor.index > 0) {
      const { bytes, start } = this.#content;
      cursor.position = elementBefore(bytes, start + cursor.position) - start;
      cursor.index--;
      return true;
    }
    return this.enterAtTail(cursor, this.walker.attach(cursor.node).previous);
  }

  protected enterAtHead(cursor: ListCursor, node: Handle): boolean {
    cursor.node = node;
    cursor.index = 0;
    cursor.position = HEADER_BYTES;
    return node !== 0;
  }

  protected enterAtTail(cursor: ListCursor, node: Handle): boolean {
    cursor.node = node;
    if (node === 0) return false;
    const { count } = this.walker.attach(node);
    this.#seekInNode(cursor, node, count - 1, count);
    return true;
  }

  /** Points an item at the element. */
  read(cursor: ListCursor, item: ListItem): void {
    this.#show(cursor.node);
    const { bytes, start, length } = this.#content;
    if (this.#isPlain) item.setBytes(bytes, start, length);
    else readElement(bytes, start + cursor.position, item);
  }

  /**
   * Points a span at the rest of a node's listpack: the element and those behind it as they are encoded, without the end.
   * @returns false for a plain node.
   */
  readRest(cursor: ListCursor, rest: Span): boolean {
    this.#show(cursor.node);
    if (this.#isPlain) return false;
    const { bytes, start, length } = this.#content;
    rest.bytes = bytes;
    rest.start = start + cursor.position;
    rest.length = length - 1 - cursor.position;
    return true;
  }

  /** Moves to the first element of the following node. @returns false, and stands nowhere, when there is none. */
  nextNodeOf(cursor: ListCursor): boolean {
    return this.enterAtHead(cursor, this.walker.attach(cursor.node).next);
  }

  /** Whether the element has these bytes. */
  equals(cursor: ListCursor, bytes: Uint8Array, start: number, length: number): boolean {
    return this.find(cursor, bytes, start, length, false, 1) === 0;
  }

  /**
   * Looks for an element with these bytes, beginning with the one that the cursor is on.
   * @param isBackward towards the head. @param compareMax elements to compare at the most.
   * @returns how many elements were passed, with the cursor on the one that was found; -1 when there is none, with the
   *   cursor on any or none.
   */
  find(
    cursor: ListCursor,
    bytes: Uint8Array,
    start: number,
    length: number,
    isBackward: boolean,
    compareMax: number,
  ): number {
    const isInteger = this.seekValue(bytes, start, length);
    for (let passed = 0; passed < compareMax; passed++) {
      if (this.isSought(cursor, bytes, start, length, isInteger)) return passed;
      if (passed + 1 < compareMax && !(isBackward ? this.previous(cursor) : this.next(cursor))) return -1;
    }
    return -1;
  }

  /** Prepares `isSought`. @returns whether these bytes are an integer's text. */
  protected seekValue(bytes: Uint8Array, start: number, length: number): boolean {
    return parseInt64(bytes, start, length, this.#sought);
  }

  protected isSought(
    cursor: ListCursor,
    bytes: Uint8Array,
    start: number,
    length: number,
    isInteger: boolean,
  ): boolean {
    this.#show(cursor.node);
    const content = this.#content;
    const here = content.bytes;
    if (this.#isPlain) return content.length === length && equalBytes(here, content.start, bytes, start, length);
    const at = content.start + cursor.position;
    const lead = here[at];
    if (isIntegerLead(lead)) {
      const sought = this.#sought;
      return isInteger && integerLow(here, at) === sought.lo && integerHigh(here, at) === sought.hi;
    }
    return stringLength(here, at) === length && equalBytes(here, at + leadBytes(lead), bytes, start, length);
  }

  #show(node: Handle): void {
    if (this.shown === node) return;
    assert(node !== 0, "a cursor stands on an element");
    this.#isPlain = this.showNode(node, this.#content);
    this.shown = node;
  }
}

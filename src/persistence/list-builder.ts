import type { Keyspace } from "../keyspace/keyspace.ts";
import { ENCODING_LISTPACK, ENCODING_QUICKLIST, type Span, TYPE_LIST } from "../structures/entry.ts";
import { Listpack } from "../structures/listpack.ts";
import { Quicklist } from "../structures/quicklist.ts";
import { CollectionBuilder } from "./collection-builder.ts";

/** Elements of a list. */
const COUNT_MAX = 0x7fffffff;

/**
 * Builds a list, of elements or of the nodes of one that was a quicklist, which stay as they are. What is one node that
 * fits a listpack is one.
 */
export class ListBuilder extends CollectionBuilder {
  protected readonly type = TYPE_LIST;
  readonly #list: Quicklist;
  readonly #node: Listpack;

  constructor(keyspace: Keyspace) {
    super(keyspace);
    this.#list = new Quicklist(keyspace.arena);
    this.#node = new Listpack(keyspace.arena);
  }

  begin(): void {
    const { listMaxListpackSize, listCompressDepth } = this.keyspace.collectionLimits;
    const before = this.arena.usedBytes;
    this.hangs(ENCODING_QUICKLIST, this.#list.create(listMaxListpackSize, listCompressDepth));
    this.sizeBytes = this.arena.usedBytes - before;
  }

  push({ bytes, start, length }: Span): void {
    const before = this.arena.usedBytes;
    this.#list.attach(this.handle).pushTail(bytes, start, length);
    this.sizeBytes += this.arena.usedBytes - before;
  }

  /** A node that is one long element. */
  appendPlain({ bytes, start, length }: Span): void {
    const before = this.arena.usedBytes;
    this.#list.attach(this.handle).appendPlain(bytes, start, length);
    this.sizeBytes += this.arena.usedBytes - before;
  }

  /** A node that is a valid listpack, with elements. @returns false when these are too many. */
  appendListpack({ bytes, start, length }: Span): boolean {
    const before = this.arena.usedBytes;
    this.#node.load(bytes, start, length);
    return this.#appendNode(before);
  }

  beginNode(): void {
    this.#node.create();
  }

  /** @returns false when the node would be too long. */
  addToNode({ bytes, start, length }: Span): boolean {
    if (!this.#node.hasRoomFor(length)) return false;
    this.#node.append(bytes, start, length);
    return true;
  }

  /** @param isValid whether all of the node has come; otherwise, and without elements, it is none. */
  endNode(isValid: boolean): boolean {
    const node = this.#node;
    if (!isValid || node.count === 0) {
      node.free();
      return isValid;
    }
    node.trim();
    return this.#appendNode(this.arena.usedBytes - this.arena.sizeOf(node.handle));
  }

  #appendNode(usedBefore: number): boolean {
    const list = this.#list.attach(this.handle);
    if (list.count + this.#node.count > COUNT_MAX) {
      this.#node.free();
      return false;
    }
    list.appendListpack(this.#node.handle);
    this.sizeBytes += this.arena.usedBytes - usedBefore;
    return true;
  }

  /** All elements have come. @returns false when there are none. */
  finish(): boolean {
    const list = this.#list.attach(this.handle);
    if (list.count === 0) return false;
    if (!list.canBeListpack(this.keyspace.collectionLimits.listMaxListpackSize, false)) return true;
    const block = list.takeListpack();
    const { sizeBytes } = this.#node.attach(block);
    this.stands(ENCODING_LISTPACK, block, sizeBytes);
    return true;
  }
}

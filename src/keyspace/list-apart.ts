/**
 * The nodes that a change takes out of a list. Few of them are freed at once; what would take long, as when LTRIM leaves
 * ten of ten million elements, is hung as it is below the root of another list, which no key has, and which is freed in
 * slices as a deleted one is.
 */
import type { Arena } from "../memory/arena.ts";
import { ENCODING_QUICKLIST, TYPE_LIST } from "../structures/entry.ts";
import type { NodeTaker } from "../structures/part-guards.ts";
import { Quicklist } from "../structures/quicklist.ts";
import { NodeRecord } from "../structures/quicklist-record.ts";
import type { NodeRun } from "../structures/quicklist-run.ts";
import type { CollectionGrip } from "./collection-grip.ts";
import { FREED_AT_ONCE } from "./lazy-free.ts";

export class ListApart implements NodeTaker {
  readonly #arena: Arena;
  readonly #list: Quicklist;
  readonly #node: NodeRecord;
  #stepsLeft = FREED_AT_ONCE;
  /** Of all that was taken, and of the root that it is hung below; 0 when there is none. */
  #bytes = 0;

  constructor(arena: Arena) {
    this.#arena = arena;
    this.#list = new Quicklist(arena);
    this.#node = new NodeRecord(arena);
  }

  takeNodes(run: NodeRun): void {
    if (run.freeingSteps <= this.#stepsLeft) {
      this.#stepsLeft -= run.freeingSteps;
      run.free(this.#node);
      return;
    }
    if (this.#bytes === 0) this.#bytes = this.#arena.sizeOf(this.#list.create(0, 0));
    this.#bytes += run.bytes;
    this.#list.adopt(run);
  }

  /** At the end of a change: has all that was taken freed. */
  free(handle: CollectionGrip): void {
    this.#stepsLeft = FREED_AT_ONCE;
    if (this.#bytes === 0) return;
    handle.freeApart(TYPE_LIST, ENCODING_QUICKLIST, this.#list.root, this.#bytes);
    this.#bytes = 0;
  }
}

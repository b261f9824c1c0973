/** Puts a stream together from the parts that a snapshot tells, as texts that can be compared. */
import { expect } from "vitest";
import type {
  ConsumerFacts,
  GroupFacts,
  PendingFacts,
  StreamFacts,
  StreamPartReader,
} from "../../src/keyspace/stream-parts.ts";
import type { Arena, Handle } from "../../src/memory/arena.ts";
import { ListItem } from "../../src/structures/list-item.ts";
import type { StreamId } from "../../src/structures/stream-id.ts";
import { StreamNode } from "../../src/structures/stream-node.ts";
import { textOf } from "./texts.ts";

export class StreamCollector implements StreamPartReader {
  /** Whether a stream has been begun and is not at its end. */
  isOpen = false;
  texts: string[] = [];
  readonly #node: StreamNode;
  readonly #field = new ListItem();
  readonly #value = new ListItem();
  readonly #onEnd: (texts: readonly string[]) => void;
  #nodesLeft = 0;
  #pendingLeft = 0;
  #groupsLeft = 0;
  #consumersLeft = 0;
  #idsLeft = 0;

  constructor(arena: Arena, onEnd: (texts: readonly string[]) => void) {
    this.#node = new StreamNode(arena);
    this.#onEnd = onEnd;
  }

  begin(nodes: number): void {
    expect(this.isOpen).toBe(false);
    this.isOpen = true;
    this.texts = [];
    this.#nodesLeft = nodes;
  }

  node(masterId: StreamId, handle: Handle): void {
    this.#nodesLeft--;
    const node = this.#node;
    node.masterId.setFrom(masterId);
    node.enter(handle);
    while (node.nextEntry()) {
      if (node.isDeleted) continue;
      const fields = [String(node.id)];
      while (node.nextField(this.#field, this.#value)) fields.push(textOf(this.#field), textOf(this.#value));
      this.texts.push(fields.join(" "));
    }
  }

  facts({ entriesAdded, firstId, groupCount, lastId, length, maxDeletedId }: StreamFacts): void {
    expect(this.#nodesLeft).toBe(0);
    this.#groupsLeft = groupCount;
    this.texts.push([length, lastId, firstId, maxDeletedId, entriesAdded.value, groupCount].join(" "));
  }

  group({ lastId, name, pendingCount }: GroupFacts): void {
    this.#groupsLeft--;
    this.#pendingLeft = pendingCount;
    expect([this.#consumersLeft, this.#idsLeft]).toEqual([0, 0]);
    this.texts.push(`group ${textOf(name)} ${lastId} ${pendingCount}`);
  }

  pending({ deliveredAtMs, deliveries, id }: PendingFacts): void {
    this.#pendingLeft--;
    this.texts.push(`${id} ${deliveredAtMs.value} ${deliveries.value}`);
  }

  consumers(count: number): void {
    expect(this.#pendingLeft).toBe(0);
    this.#consumersLeft = count;
  }

  consumer({ activeAtMs, name, pendingCount, seenAtMs }: ConsumerFacts): void {
    expect(this.#idsLeft).toBe(0);
    this.#consumersLeft--;
    this.#idsLeft = pendingCount;
    this.texts.push(`consumer ${textOf(name)} ${seenAtMs} ${activeAtMs} ${pendingCount}`);
  }

  consumerId(id: StreamId): void {
    this.#idsLeft--;
    this.texts.push(String(id));
  }

  end(): void {
    expect([this.#groupsLeft, this.#consumersLeft, this.#idsLeft]).toEqual([0, 0, 0]);
    this.isOpen = false;
    this.#onEnd(this.texts);
  }
}

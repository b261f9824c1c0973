/** Lists of both kinds through all changes, beside plain arrays. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { ListReader } from "../../src/keyspace/list-reader.ts";
import { EXPIRY_NONE } from "../../src/keyspace/write-handle.ts";
import type { Handle } from "../../src/memory/arena.ts";
import { ENCODING_LISTPACK, ENCODING_QUICKLIST, encodingOf, outsideHandle } from "../../src/structures/entry.ts";
import { ListItem } from "../../src/structures/list-item.ts";
import { encodedSize } from "../../src/structures/listpack.ts";
import { Quicklist } from "../../src/structures/quicklist.ts";
import { QuicklistNode } from "../../src/structures/quicklist-node.ts";
import { CollectionModel } from "./collection-model.ts";
import { bytesOf, randomText, textOf } from "./texts.ts";

class ListModel extends CollectionModel<string[]> {
  /** Lenses of their own: snapshots read while others are attached. */
  readonly #reader: ListReader;

  constructor(seed: number, listpackSize: number, depth: number) {
    super(seed);
    const { arena, collectionLimits } = this.keyspace;
    collectionLimits.listMaxListpackSize = listpackSize;
    collectionLimits.listCompressDepth = depth;
    this.#reader = new ListReader(arena);
  }

  push(key: string, isTail: boolean, items: readonly string[]): void {
    const { lists } = this.keyspace.structures;
    const plain = this.plain.get(key) ?? [];
    for (const item of items) {
      if (isTail) plain.push(item);
      else plain.unshift(item);
    }
    const count = this.change(key, (handle) => {
      lists.growth.reset(items.length);
      for (const item of items) {
        lists.growth.textBytes += item.length;
        if (handle.entry === 0) lists.growth.packedBytes += encodedSize(bytesOf(item), 0, item.length);
      }
      lists.beginGrowth(handle);
      for (const item of items) lists.push(isTail, bytesOf(item), 0, item.length);
      return lists.endEdit(false);
    });
    this.plain.set(key, plain);
    expect(count).toBe(plain.length);
  }

  /** Takes an element off an end and adds it at the other. */
  rotate(key: string, isTail: boolean): void {
    const { lists } = this.keyspace.structures;
    const plain = this.plain.get(key);
    if (plain === undefined) return;
    this.change(key, (handle) => {
      lists.beginEdit(handle);
      lists.take(isTail);
      const { item } = lists;
      lists.growth.reset(1);
      lists.growth.textBytes = item.length;
      lists.grow();
      lists.push(!isTail, item.bytes, item.start, item.length);
      lists.endEdit(true);
    });
    if (isTail) plain.unshift(plain.pop() ?? "");
    else plain.push(plain.shift() ?? "");
  }

  drop(key: string, isTail: boolean): void {
    this.#shrink(key, (lists, plain) => {
      lists.peek(isTail);
      expect(textOf(lists.item)).toBe(isTail ? plain.pop() : plain.shift());
      lists.drop(isTail);
    });
  }

  removeRange(key: string, from: number, count: number): void {
    this.#shrink(key, (lists, plain) => {
      const first = Math.min(from, plain.length);
      lists.removeRange(first, plain.splice(first, count).length);
    });
  }

  /** Leaves the elements from `first` to `end`, all others go in one change. */
  trim(key: string, first: number, end: number): void {
    this.#shrink(key, (lists, plain) => {
      lists.removeRange(end, plain.length - end);
      lists.removeRange(0, first);
      plain.splice(end);
      plain.splice(0, first);
    });
  }

  removeEqual(key: string, item: string, isBackward: boolean, countMax: number): void {
    this.#shrink(key, (lists, plain) => {
      let removed = 0;
      for (; removed < countMax; removed++) {
        const at = isBackward ? plain.lastIndexOf(item) : plain.indexOf(item);
        if (at < 0) break;
        plain.splice(at, 1);
      }
      expect(lists.removeEqual(bytesOf(item), 0, item.length, isBackward, countMax)).toBe(removed);
    });
  }

  /** Inserts beside the first that equals a pivot, or replaces it. */
  edit(key: string, pivot: string, item: string, how: "before" | "after" | "replace"): void {
    const { lists } = this.keyspace.structures;
    const plain = this.plain.get(key);
    if (plain === undefined) return;
    const at = plain.indexOf(pivot);
    this.change(key, (handle) => {
      lists.growth.reset(1);
      lists.growth.textBytes = item.length;
      lists.beginGrowth(handle);
      lists.seek(0);
      expect(lists.find(bytesOf(pivot), 0, pivot.length, false, lists.count)).toBe(at);
      if (at >= 0 && how === "replace") lists.replace(bytesOf(item), 0, item.length);
      else if (at >= 0) lists.insert(how === "after", bytesOf(item), 0, item.length);
      lists.endEdit(how === "replace");
    });
    if (at >= 0) plain.splice(how === "after" ? at + 1 : at, how === "replace" ? 1 : 0, item);
  }

  /** A new list in the key's place. */
  build(key: string, items: readonly string[]): void {
    const { lists } = this.keyspace.structures;
    this.change(key, (handle) => {
      lists.beginBuild(handle);
      for (const item of items) lists.push(true, bytesOf(item), 0, item.length);
      lists.endBuild();
    });
    this.plain.set(key, [...items]);
  }

  #shrink(key: string, change: (lists: ListModel["keyspace"]["structures"]["lists"], plain: string[]) => void): void {
    const { lists } = this.keyspace.structures;
    const plain = this.plain.get(key);
    if (plain === undefined) return;
    const left = this.change(key, (handle) => {
      lists.beginEdit(handle);
      change(lists, plain);
      return lists.endEdit(true);
    });
    expect(left).toBe(plain.length);
    if (left === 0) this.plain.delete(key);
  }

  protected clone(value: string[]): string[] {
    return [...value];
  }

  protected expectSame(entry: Handle, plain: string[]): void {
    const list = this.#reader.open(entry);
    expect(list.count).toBe(plain.length);
    const walked: string[] = [];
    for (let isMore = list.seek(0); isMore; isMore = list.move(false)) {
      list.show();
      walked.push(textOf(list.item));
    }
    expect(walked).toEqual(plain);
    const back: string[] = [];
    for (let isMore = list.seek(-1); isMore; isMore = list.move(true)) {
      list.show();
      back.unshift(textOf(list.item));
    }
    expect(back).toEqual(plain);
    expect(list.seek(plain.length)).toBe(false);
    expect(list.seek(-plain.length - 1)).toBe(false);
  }

  protected countOutside(entry: Handle): number {
    const { arena } = this.keyspace;
    const handle = outsideHandle(arena, entry);
    if (encodingOf(arena, entry) === ENCODING_LISTPACK) return arena.sizeOf(handle);
    const list = new Quicklist(arena).attach(handle);
    list.check(new ListItem());
    const copy = new NodeBytes(arena);
    let bytes = arena.sizeOf(handle);
    for (let node = list.firstNode; node !== 0; node = list.nextNode(node)) bytes += copy.of(node);
    return bytes;
  }
}

/** Bytes of a node with its block. */
class NodeBytes extends QuicklistNode {
  of(node: Handle): number {
    this.attach(node);
    return this.arena.sizeOf(node) + this.arena.sizeOf(this.words[this.at + 2]);
  }
}

const LENGTHS = [0, 1, 5, 20, 63, 64, 200, 1000, 9000];

/** Does something to one of a few lists. */
function step(model: ListModel, random: Prng): void {
  const key = (): string => `key:${random.below(4)}`;
  const item = (): string => randomText(random, 30, LENGTHS);
  const coin = (): boolean => random.below(2) === 0;
  const several = (most: number): string[] => Array.from({ length: 1 + random.below(most) }, item);
  const kind = random.below(100);
  if (kind < 25) model.push(key(), coin(), several(1));
  else if (kind < 38) model.push(key(), coin(), several(10));
  else if (kind < 50) model.drop(key(), coin());
  else if (kind < 55) model.removeRange(key(), random.below(30), random.below(6));
  else if (kind < 57) model.removeRange(key(), 0, random.below(60));
  else if (kind < 67) model.removeEqual(key(), item(), coin(), coin() ? 1000 : 1 + random.below(2));
  else if (kind < 82) model.edit(key(), item(), item(), (["before", "after", "replace"] as const)[random.below(3)]);
  else if (kind < 87) model.rotate(key(), coin());
  else if (kind < 89) model.build(key(), several(40));
  else if (kind < 91) model.delete(key());
  else if (kind < 93) model.transfer(key(), key(), coin());
  else if (kind < 95) model.expire(key(), coin() ? EXPIRY_NONE : 4e12);
  else if (kind < 97) model.startSnapshot();
  else model.stepSnapshot(20);
}

describe("lists in the keyspace", () => {
  test.each([
    [1, -2, 0],
    [2, 8, 0],
    [3, 5, 1],
    [4, 0, 2],
    [5, -1, 1],
  ])("equal plain arrays after any work, and leave nothing behind (seed %i)", (seed, listpackSize, depth) => {
    const model = new ListModel(seed, listpackSize, depth);
    const random = new Prng(seed, 2);
    model.play(1500, 50, () => step(model, random));
  });

  test("a long list is counted out at once and freed in slices", () => {
    const model = new ListModel(6, 2, 0);
    for (let index = 0; index < 10_000; index += 100) {
      model.push(
        "l",
        true,
        Array.from({ length: 100 }, (_, more) => `item:${index + more}`),
      );
    }
    model.checkFreedInSlices("l", 3);
  });
});

/** What is done to a long list: fractions say how much of it. */
const TRIMS = fc.array(
  fc.record({
    how: fc.constantFrom("trim", "head", "tail", "middle", "push"),
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    share: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.002, 0.998, 1)),
    freed: fc.nat(3),
    told: fc.nat(60),
  }),
  { minLength: 1, maxLength: 5 },
);

describe("what goes of a long list", () => {
  const items = Array.from({ length: 2_000 }, (_, index) => `item:${index}${"x".repeat(index % 23)}`);

  test.each([
    ["alone", false],
    ["during a snapshot", true],
  ])("is counted out to the byte and freed to the last block, %s", (_, isSnapshotRunning) => {
    let pendingMost = 0;
    const property = fc.property(fc.constantFrom(1, 3, 4), fc.nat(2), TRIMS, (listpackSize, depth, trims) => {
      const model = new ListModel(10, listpackSize, depth);
      const { lazyFree } = model.keyspace;
      model.push("l", true, items);
      for (const { how, from, share, freed, told } of trims) {
        const count = model.plain.get("l")?.length ?? 0;
        const going = Math.round(share * count);
        const rest = count - going;
        if (isSnapshotRunning) model.startSnapshot();
        if (isSnapshotRunning) model.stepSnapshot(told);
        if (how === "push" || count === 0) model.push("l", from < 0.5, items.slice(0, 1_000));
        else if (how === "trim") model.trim("l", Math.round(from * going), Math.round(from * going) + rest);
        else if (how === "middle") model.removeRange("l", Math.round(from * rest), going);
        else model.removeRange("l", how === "head" ? 0 : rest, going);
        pendingMost = Math.max(pendingMost, lazyFree.pendingBytes);
        for (let slices = 0; slices < freed; slices++) lazyFree.step();
        model.checkAll();
      }
      model.endSnapshot();
      model.checkAll();
      model.checkNothingIsLeft();
    });
    fc.assert(property, { numRuns: 30, seed: 11 });
    // Some were long enough to be freed later.
    expect(pendingMost).toBeGreaterThan(10_000);
  });
});

describe("the form of a list", () => {
  const encoding = (model: ListModel): number => encodingOf(model.keyspace.arena, model.peek("l"));

  test("more elements than a node has make a quicklist, half as many a listpack again", () => {
    const model = new ListModel(7, 8, 0);
    const items = Array.from({ length: 8 }, (_, index) => `${index}`);
    model.push("l", true, items);
    expect(encoding(model)).toBe(ENCODING_LISTPACK);
    model.push("l", false, ["x"]);
    expect(encoding(model)).toBe(ENCODING_QUICKLIST);
    for (let count = 9; count > 5; count--) model.drop("l", false);
    expect(encoding(model)).toBe(ENCODING_QUICKLIST);
    model.drop("l", false);
    expect(encoding(model)).toBe(ENCODING_LISTPACK);
    model.push("l", true, items);
    expect(encoding(model)).toBe(ENCODING_QUICKLIST);
    model.checkAll();
  });

  test("by bytes it is the text to come that counts, before any of it is added", () => {
    const model = new ListModel(8, -1, 0);
    model.push("l", true, ["x".repeat(4089)]);
    expect(encoding(model)).toBe(ENCODING_LISTPACK);
    model.delete("l");
    model.push("l", true, ["x".repeat(4090)]);
    expect(encoding(model)).toBe(ENCODING_QUICKLIST);
    model.edit("l", "x".repeat(4090), "short", "replace");
    expect(encoding(model)).toBe(ENCODING_LISTPACK);
  });

  test("a list that is built is a listpack up to the limit itself", () => {
    const model = new ListModel(9, 8, 0);
    const items = Array.from({ length: 9 }, (_, index) => `${index}`);
    model.build("l", items.slice(1));
    expect(encoding(model)).toBe(ENCODING_LISTPACK);
    model.build("l", items);
    expect(encoding(model)).toBe(ENCODING_QUICKLIST);
    model.checkAll();
    model.checkNothingIsLeft();
  });
});

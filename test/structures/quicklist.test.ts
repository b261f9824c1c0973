import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { Arena } from "../../src/memory/arena.ts";
import { rootBytes } from "../../src/structures/collection-root.ts";
import { ListItem } from "../../src/structures/list-item.ts";
import { Listpack } from "../../src/structures/listpack.ts";
import type { NodeTaker } from "../../src/structures/part-guards.ts";
import { ListCursor, Quicklist } from "../../src/structures/quicklist.ts";
import { NodeRecord } from "../../src/structures/quicklist-record.ts";
import type { NodeRun } from "../../src/structures/quicklist-run.ts";
import { QuicklistWalker } from "../../src/structures/quicklist-walker.ts";
import { countingSource } from "../memory/counting-source.ts";

const bytesOf = (text: string): Uint8Array => Buffer.from(text, "latin1");
const textOf = ({ bytes, start, length }: ListItem): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString("latin1");

/** A quicklist beside the plain array that it must equal. */
class Model {
  readonly arena = new Arena(countingSource());
  readonly list = new Quicklist(this.arena);
  readonly item = new ListItem();
  readonly cursor = new ListCursor();
  readonly usedBefore = this.arena.usedBytes;
  twin: string[] = [];

  constructor(fill: number, depth: number) {
    this.list.create(fill, depth);
  }

  push(isTail: boolean, text: string): void {
    const bytes = bytesOf(text);
    if (isTail) {
      this.list.pushTail(bytes, 0, bytes.length);
      this.twin.push(text);
    } else {
      this.list.pushHead(bytes, 0, bytes.length);
      this.twin.unshift(text);
    }
  }

  pop(isTail: boolean): void {
    const { list, item, twin } = this;
    expect(isTail ? list.popTail(item) : list.popHead(item)).toBe(twin.length > 0);
    if (twin.length > 0) expect(textOf(item)).toBe(isTail ? twin.pop() : twin.shift());
  }

  insert(index: number, isAfter: boolean, text: string): void {
    const { list, cursor, twin } = this;
    expect(list.seek(cursor, index)).toBe(true);
    const bytes = bytesOf(text);
    if (isAfter) list.insertAfter(cursor, bytes, 0, bytes.length);
    else list.insertBefore(cursor, bytes, 0, bytes.length);
    twin.splice(isAfter ? index + 1 : index, 0, text);
  }

  replace(index: number, text: string): void {
    expect(this.list.seek(this.cursor, index)).toBe(true);
    const bytes = bytesOf(text);
    this.list.replace(this.cursor, bytes, 0, bytes.length);
    this.twin[index] = text;
  }

  /** Removes elements one after another from an index on. */
  removeRun(index: number, count: number, isBackward: boolean): void {
    const { list, cursor, item, twin } = this;
    list.seek(cursor, index);
    let at = index;
    for (let removed = 0; removed < count && cursor.node !== 0; removed++) {
      const isMore = list.remove(cursor, isBackward);
      twin.splice(at, 1);
      if (isBackward) at--;
      expect(isMore).toBe(at >= 0 && at < twin.length);
      if (!isMore) continue;
      list.read(cursor, item);
      expect(textOf(item)).toBe(twin[at]);
    }
  }

  removeEqual(text: string, isBackward: boolean, countMax: number): void {
    const bytes = bytesOf(text);
    let removed = 0;
    if (isBackward) this.twin.reverse();
    this.twin = this.twin.filter((element) => element !== text || removed++ >= countMax);
    if (isBackward) this.twin.reverse();
    const expected = Math.min(removed, countMax);
    expect(this.list.removeEqual(bytes, 0, bytes.length, isBackward, countMax)).toBe(expected);
  }

  removeRange(from: number, count: number): void {
    this.list.removeRange(from, count);
    this.twin.splice(from, count);
  }

  /** All elements, read by the walk and backward by a cursor. */
  check(): void {
    const { list, cursor, item, twin, arena } = this;
    list.check(item);
    const walker = new QuicklistWalker(arena);
    const seen: string[] = [];
    walker.open(list.root);
    expect(walker.count).toBe(twin.length);
    const visitor = {
      element(bytes: Uint8Array, start: number, length: number): void {
        seen.push(Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString("latin1"));
      },
    };
    while (walker.step(7, visitor));
    expect(seen).toEqual(twin);
    const backward: string[] = [];
    for (let isMore = list.seek(cursor, -1); isMore; isMore = list.previous(cursor)) {
      list.read(cursor, item);
      backward.push(textOf(item));
    }
    expect(backward.reverse()).toEqual(twin);
  }

  checkAt(index: number): void {
    const { list, cursor, item, twin } = this;
    const isThere = list.seek(cursor, index);
    expect(isThere).toBe(twin.at(index) !== undefined);
    if (!isThere) return;
    list.read(cursor, item);
    expect(textOf(item)).toBe(twin.at(index));
    const bytes = bytesOf(twin.at(index) ?? "");
    expect(list.equals(cursor, bytes, 0, bytes.length)).toBe(true);
  }

  /** Frees everything in small slices. */
  end(): void {
    const { root } = this.list;
    let left = Number.POSITIVE_INFINITY;
    while (left > 0) {
      const now = this.list.free(root, 1);
      expect(now).toBeLessThanOrEqual(left);
      left = now;
    }
    expect(this.arena.usedBytes).toBe(this.usedBefore);
    expect(this.arena.check()).toBe(this.usedBefore);
  }
}

/** Frees some of what it is given, and hangs the rest below another list. */
class Taker implements NodeTaker {
  readonly list: Quicklist;
  /** Of the nodes that it holds, and of the root. */
  bytes: number;
  readonly nodes: number[] = [];
  readonly #node: NodeRecord;
  readonly #freesEvery: number;

  constructor(arena: Arena, freesEvery: number) {
    this.list = new Quicklist(arena);
    this.#node = new NodeRecord(arena);
    this.#freesEvery = freesEvery;
    this.bytes = arena.sizeOf(this.list.create(0, 0));
  }

  takeNodes(run: NodeRun): void {
    this.nodes.push(run.nodes);
    if (this.nodes.length % this.#freesEvery === 0) {
      run.free(this.#node);
    } else {
      this.bytes += run.bytes;
      this.list.adopt(run);
    }
    expect([run.nodes, run.elements, run.bytes, run.freeingSteps]).toEqual([0, 0, 0, 0]);
  }
}

/** An element: numbers of all widths, short text, text that compresses, text that does not, long text. */
function drawElement(random: Prng): string {
  const kind = random.below(12);
  if (kind === 0) return String(random.below(200) - 100);
  if (kind === 1) return String(BigInt.asIntN(64, BigInt(random.below(2 ** 31)) << BigInt(random.below(34))));
  if (kind === 2) return "";
  if (kind === 3) return "abc".repeat(random.below(60));
  if (kind === 4) return "x".repeat(random.below(3000));
  if (kind < 10) return `element:${random.below(50)}`;
  return String.fromCharCode(...Array.from({ length: random.below(300) }, () => random.below(256)));
}

function drawOperation(random: Prng, model: Model): void {
  const size = model.twin.length;
  const kind = random.below(40);
  if (kind < 10) model.push(kind % 2 === 0, drawElement(random));
  else if (kind < 16) model.pop(kind % 2 === 0);
  else if (size === 0) model.push(true, drawElement(random));
  else if (kind < 26) model.insert(random.below(size), kind % 2 === 0, drawElement(random));
  else if (kind < 31) model.replace(random.below(size), drawElement(random));
  else if (kind < 34) model.removeRun(random.below(size), 1 + random.below(4), kind % 2 === 0);
  else if (kind < 37) model.removeEqual(model.twin[random.below(size)], kind % 2 === 0, 1 + random.below(3));
  else if (kind < 38) model.removeRange(...drawRange(random, size));
  else model.checkAt(random.below(2 * size + 2) - size - 1);
}

function drawRange(random: Prng, size: number): [number, number] {
  const from = random.below(size);
  return [from, random.below(Math.min(size - from, 1 + (size >> 2)) + 1)];
}

const fills = [-5, -4, -3, -2, -1, 0, 1, 2, 128];

describe("a quicklist", () => {
  test.each(fills.flatMap((fill) => [0, 1, 2].map((depth) => [fill, depth])))(
    "equals an array whatever is done to it (fill %i, depth %i)",
    (fill, depth) => {
      const random = new Prng(fill + 100, depth);
      for (let round = 0; round < 3; round++) {
        const model = new Model(fill, depth);
        // Now and then elements of some length are plain.
        if (round === 1) model.list.packedThresholdBytes = 200;
        const start = random.below(1500) * (fill < 0 ? 1 : 0.2);
        for (let pushed = 0; pushed < start; pushed++) model.push(random.below(2) === 0, drawElement(random));
        model.check();
        for (let done = 0; done < 300; done++) {
          drawOperation(random, model);
          if (done % 50 === 0) model.check();
        }
        model.check();
        model.end();
      }
    },
  );

  test("equals an array after every single operation", () => {
    const element = fc.oneof(
      fc.integer().map(String),
      fc.string({ maxLength: 20 }),
      fc.integer({ min: 0, max: 9000 }).map((length) => "y".repeat(length)),
    );
    const place = fc.nat(1000);
    const operation = fc.oneof(
      fc.record({ kind: fc.constant("push"), place, text: element, side: fc.boolean() }),
      fc.record({ kind: fc.constant("pop"), place, text: element, side: fc.boolean() }),
      fc.record({ kind: fc.constant("insert"), place, text: element, side: fc.boolean() }),
      fc.record({ kind: fc.constant("replace"), place, text: element, side: fc.boolean() }),
      fc.record({ kind: fc.constant("remove"), place, text: element, side: fc.boolean() }),
    );
    const property = fc.property(
      fc.constantFrom(...fills),
      fc.nat(3),
      fc.constantFrom(2 ** 30, 100, 10),
      fc.array(operation, { maxLength: 60 }),
      (fill, depth, packedThreshold, operations) => {
        const model = new Model(fill, depth);
        model.list.packedThresholdBytes = packedThreshold;
        for (const { kind, place: at, text, side } of operations) {
          const latin1 = Buffer.from(text).toString("latin1");
          const index = at % Math.max(1, model.twin.length);
          if (kind === "pop") model.pop(side);
          else if (kind === "push" || model.twin.length === 0) model.push(side, latin1);
          else if (kind === "insert") model.insert(index, side, latin1);
          else if (kind === "replace") model.replace(index, latin1);
          else model.removeRun(index, 2, side);
          model.check();
        }
        model.end();
      },
    );
    fc.assert(property, { numRuns: 60, seed: 7 });
  });

  test("gives ranges away as runs of whole nodes, and knows what they take", () => {
    const property = fc.property(
      fc.constantFrom(-1, 1, 2, 5, 20),
      fc.nat(3),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.constantFrom("a", "element", "12345", "z".repeat(100), "long".repeat(300), "y".repeat(40_000)), {
        minLength: 1,
        maxLength: 12,
      }),
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom("head", "tail", "middle")), {
        maxLength: 6,
      }),
      (fill, depth, freesEvery, elements, ranges) => {
        const model = new Model(fill, depth);
        const { arena, list, twin } = model;
        list.packedThresholdBytes = 20_000;
        for (let pushed = 0; pushed < 200; pushed++) model.push(true, elements[pushed % elements.length]);
        const rootOnly = arena.usedBytes;
        const taker = new Taker(arena, freesEvery);
        expect(arena.usedBytes - rootOnly).toBe(taker.bytes);
        list.taker = taker;
        for (const [share, where] of ranges) {
          const count = Math.round(share * twin.length);
          const rest = twin.length - count;
          model.removeRange(where === "head" ? 0 : where === "tail" ? rest : rest >> 1, count);
          model.check();
        }
        const heldElements = taker.list.count;
        list.taker = null;
        model.list.free(list.root, 1e6);
        expect(arena.usedBytes - model.usedBefore).toBe(taker.bytes);
        expect(taker.list.free(taker.list.root, 1e6)).toBe(0);
        expect(heldElements).toBeLessThanOrEqual(200 - twin.length);
        expect(arena.check()).toBe(model.usedBefore);
      },
    );
    fc.assert(property, { numRuns: 60, seed: 9 });
  });

  test("gives a long range away at once", () => {
    const model = new Model(2, 1);
    const { arena, list } = model;
    for (let pushed = 0; pushed < 2001; pushed++) model.push(true, `element:${pushed}`);
    const taker = new Taker(arena, 1000);
    list.taker = taker;
    model.removeRange(3, 1996);
    model.check();
    expect(taker.nodes).toEqual([997]);
    expect([taker.list.nodeCount, taker.list.count]).toEqual([997, 1994]);
    model.removeRange(0, 5);
    expect(taker.nodes).toEqual([997, 4]);
    expect([list.nodeCount, list.firstNode, list.lastNode]).toEqual([0, 0, 0]);
    taker.list.free(taker.list.root, 1e6);
    model.end();
  });

  test.each([true, false])("costs what its bytes cost (pushed at the tail: %s)", (isTail) => {
    const model = new Model(-2, 0);
    const count = 50_000;
    let bytes = 0;
    for (let pushed = 0; pushed < count; pushed++) {
      const text = `element:${pushed}`;
      model.push(true, text);
      bytes += text.length + 2;
      if (!isTail) model.list.popTail(model.item);
      if (!isTail) model.list.pushHead(bytesOf(text), 0, text.length);
    }
    const used = model.arena.usedBytes - model.usedBefore;
    expect(used / bytes).toBeLessThan(1.02);
    model.list.free(model.list.root, count);
    expect(model.arena.usedBytes).toBe(model.usedBefore);
  });

  test("compresses what stands between its ends, and only that", () => {
    const model = new Model(-1, 2);
    for (let pushed = 0; pushed < 2000; pushed++) model.push(true, `${pushed % 10}${"abc".repeat(20)}`);
    const used = model.arena.usedBytes - model.usedBefore;
    expect(used).toBeLessThan(model.list.uncompressedBytes() / 3);
    const isCompressed: boolean[] = [];
    for (let node = model.list.firstNode; node !== 0; node = model.list.nextNode(node)) {
      model.list.showNode(node, model.item);
      // What is unpacked stands in a buffer of its own, outside of the arena.
      isCompressed.push(!model.arena.bytes.includes(model.item.bytes));
    }
    const nodes = model.list.nodeCount;
    expect(isCompressed).toEqual(Array.from({ length: nodes }, (_, index) => index >= 2 && index < nodes - 2));
    model.check();
    model.end();
  });

  test("becomes a listpack and comes of one", () => {
    const model = new Model(-2, 0);
    const { list, arena, item } = model;
    for (let pushed = 0; pushed < 300; pushed++) model.push(pushed % 3 === 0, `element:${pushed}`);
    expect([list.nodeCount, list.canBeListpack(-2, false), list.canBeListpack(-2, true)]).toEqual([1, true, true]);
    expect([list.canBeListpack(-1, true), list.canBeListpack(300, false), list.canBeListpack(300, true)]).toEqual([
      false,
      true,
      false,
    ]);
    const block = list.takeListpack();
    expect(arena.usedBytes - model.usedBefore).toBe(arena.sizeOf(block));
    const listpack = new Listpack(arena).attach(block);
    expect(listpack.count).toBe(300);
    listpack.read(listpack.first(), item);
    expect(textOf(item)).toBe(model.twin[0]);
    list.create(-2, 0);
    list.appendListpack(block);
    list.appendPlain(bytesOf("plain"), 0, 5);
    model.twin.push("plain");
    model.check();
    expect(list.canBeListpack(-2, false)).toBe(false);
    model.end();
  });

  test.each([0, 1])("is copied node by node (depth %i)", (depth) => {
    const model = new Model(-1, depth);
    for (let pushed = 0; pushed < 1000; pushed++) model.push(pushed % 3 === 0, `element:${pushed}`);
    model.list.packedThresholdBytes = 20;
    model.push(true, "p".repeat(30));
    const before = model.arena.usedBytes;
    const original = model.list.root;
    const copy = model.list.copy();
    expect(model.list.root).toBe(original);
    expect(rootBytes(model.arena, copy)).toBe(model.arena.usedBytes - before);
    model.list.free(original, 1000);
    model.list.attach(copy);
    model.check();
    model.end();
  });

  test("tells how far away an equal element is", () => {
    const model = new Model(2, 1);
    const { list, cursor } = model;
    for (let pushed = 0; pushed < 40; pushed++) model.push(true, pushed % 10 === 7 ? "7" : `x${pushed}`);
    const seven = bytesOf("7");
    list.seek(cursor, 0);
    expect(list.find(cursor, seven, 0, 1, false, 7)).toBe(-1);
    list.seek(cursor, 0);
    expect(list.find(cursor, seven, 0, 1, false, 8)).toBe(7);
    expect(list.next(cursor)).toBe(true);
    expect(list.find(cursor, seven, 0, 1, false, 100)).toBe(9);
    list.seek(cursor, -1);
    expect(list.find(cursor, seven, 0, 1, true, 100)).toBe(2);
    list.seek(cursor, -2);
    expect(list.find(cursor, seven, 0, 1, false, 100)).toBe(-1);
    model.end();
  });
});

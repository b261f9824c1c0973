/** Trees of ids beside sorted arrays. */
import { describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { Arena } from "../../src/memory/arena.ts";
import { StreamId } from "../../src/structures/stream-id.ts";
import { IdTree, TREE_ROOT_WORDS } from "../../src/structures/stream-tree.ts";

/** `expect` takes its time. */
function same(got: unknown, wanted: unknown): void {
  if (got !== wanted) expect(got).toBe(wanted);
}

const heap = { allocate: (sizeBytes: number): ArrayBuffer => new ArrayBuffer(sizeBytes), release(): void {} };

/** A tree whose value is a double of the id's sequence number, and the numbers that should be in it. */
class Twin {
  readonly arena: Arena;
  readonly root: number;
  readonly tree: IdTree;
  readonly plain: number[] = [];
  readonly id: StreamId = new StreamId();
  readonly valueWords: number;

  constructor(valueWords: number, arena: Arena = new Arena(heap)) {
    this.arena = arena;
    this.valueWords = valueWords;
    this.root = this.arena.allocate(TREE_ROOT_WORDS * 4);
    this.tree = new IdTree(this.arena, valueWords).create(this.root, 0);
  }

  /** Numbers that differ in all parts of the id. */
  idOf(value: number): StreamId {
    return this.id.setWords(0, value >> 12, (value >> 6) & 63, value & 63);
  }

  numberOf(id: StreamId): number {
    return id.msLow * 4096 + id.seqHigh * 64 + id.seqLow;
  }

  /** The first place whose number is not smaller. */
  place(value: number): number {
    let low = 0;
    let high = this.plain.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.plain[middle] < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  add(value: number): void {
    const place = this.place(value);
    const isNew = this.plain[place] !== value;
    same(this.tree.insert(this.idOf(value)), isNew);
    same(this.shown(), value);
    if (isNew) this.plain.splice(place, 0, value);
    for (let index = 0; index < this.valueWords; index++) this.tree.setWord(index, value + index);
  }

  remove(value: number): void {
    const place = this.place(value);
    const isThere = this.plain[place] === value;
    same(this.tree.find(this.idOf(value)), isThere);
    if (!isThere) return;
    this.tree.remove();
    this.plain.splice(place, 1);
  }

  removeFirst(count: number): void {
    this.tree.removeFirst(this.plain.splice(0, count).length);
  }

  /** What the lens stands at. */
  shown(): number {
    return this.tree.isPlaced ? this.numberOf(this.tree.readId(new StreamId())) : -1;
  }

  look(value: number): void {
    const place = this.place(value);
    this.tree.seek(this.idOf(value));
    same(this.shown(), this.plain[place] ?? -1);
    const last = this.plain[place] === value ? place : place - 1;
    this.tree.seekBack(this.idOf(value));
    same(this.shown(), this.plain[last] ?? -1);
    if (last < 0) return;
    this.tree.next();
    same(this.shown(), this.plain[last + 1] ?? -1);
  }

  /** @param other what else is in the arena. */
  check(other?: Twin): void {
    const { tree, plain } = this;
    tree.check();
    expect(tree.count).toBe(plain.length);
    const otherBytes = other === undefined ? 0 : other.tree.blockBytes + this.arena.sizeOf(other.root);
    expect(this.arena.usedBytes - this.arena.sizeOf(this.root) - otherBytes).toBe(tree.blockBytes);
    const up: number[] = [];
    for (let isMore = tree.first(); isMore; isMore = tree.next()) {
      up.push(this.shown());
      for (let index = 0; index < this.valueWords; index++) same(tree.word(index), this.shown() + index);
    }
    expect(up).toEqual(plain);
    const down: number[] = [];
    for (let isMore = tree.last(); isMore; isMore = tree.previous()) down.push(this.shown());
    expect(down.reverse()).toEqual(plain);
    this.arena.check();
  }
}

describe.each([0, 1, 5])("with %i words beside an id", (valueWords) => {
  test("random additions and removals", () => {
    const twin = new Twin(valueWords);
    const prng = new Prng(valueWords + 1);
    const range = 40_000;
    for (let step = 0; step < 16; step++) {
      const isGrowing = step < 8;
      for (let change = 0; change < 1500; change++) {
        const value = prng.below(range);
        if (prng.below(10) < (isGrowing ? 8 : 1)) twin.add(value);
        else if (isGrowing || prng.below(4) > 0) twin.remove(twin.plain[prng.below(twin.plain.length + 1)] ?? value);
        if (change % 10 === 0) twin.look(prng.below(range));
      }
      twin.check();
    }
    while (twin.plain.length > 0) twin.remove(twin.plain[prng.below(twin.plain.length)]);
    twin.check();
    expect(twin.tree.blockBytes).toBe(0);
  });

  test("a queue: added at the end, taken from the front", () => {
    const twin = new Twin(valueWords);
    const prng = new Prng(7);
    let next = 0;
    for (let step = 0; step < 40; step++) {
      for (let added = prng.below(1200); added > 0; added--) twin.add(next++);
      if (prng.below(2) === 0) twin.removeFirst(prng.below(1500));
      else for (let left = prng.below(900); left > 0; left--) twin.remove(twin.plain[0] ?? -1);
    }
    twin.check();
    twin.removeFirst(twin.plain.length);
    twin.check();
  });

  if (valueWords > 0)
    test("the first of them are passed as long as a word sums up to no more than so much", () => {
      const prng = new Prng(9);
      const twin = new Twin(valueWords);
      for (let value = 0; value < 3000; value++) twin.add(value);
      const word = valueWords - 1;
      for (let step = 0; step < 200; step++) {
        // Up to an element, or to the end.
        const end = step % 3 === 0 ? 3000 : prng.below(3000);
        const max = step % 5 === 0 ? Number.POSITIVE_INFINITY : prng.below(5_000_000);
        const enough = step % 2 === 0 ? Number.POSITIVE_INFINITY : prng.below(5_000_000);
        let passed = 0;
        let sum = 0;
        for (; passed < end && sum < enough && sum + passed + word <= max; passed++) sum += passed + word;
        if (end < 3000) twin.tree.find(twin.idOf(end));
        else twin.tree.leave();
        expect([twin.tree.pass(word, enough, max), twin.tree.passed, twin.shown()]).toEqual([
          sum,
          passed,
          passed < 3000 ? passed : -1,
        ]);
      }
    });

  if (valueWords > 0)
    test("the blocks that the first of them name are counted", () => {
      const twin = new Twin(valueWords);
      let bytes = 0;
      for (let value = 0; value < 300; value++) {
        twin.add(value);
        const block = twin.arena.allocate(16 * (1 + (value % 90)) + (value % 7 === 0 ? 100_000 : 0));
        twin.tree.setWord(valueWords - 1, block);
        expect(twin.tree.sizeOfFirst(value, valueWords - 1)).toBe(bytes);
        bytes += twin.arena.sizeOf(block);
      }
      expect(twin.tree.sizeOfFirst(300, valueWords - 1)).toBe(bytes);
    });

  test("those before a place are cut off, to be freed", () => {
    const prng = new Prng(4);
    for (const [size, count] of [
      [1, 1],
      [30, 12],
      [300, 0],
      [300, 1],
      [300, 300],
      [9000, 4000],
      [9000, 8990],
      [9000, 9000],
      [70_000, 69_000],
      [300_000, 150_000],
    ]) {
      const twin = new Twin(valueWords);
      for (let left = size, value = 0; left > 0; left--, value += 1 + prng.below(5)) {
        twin.tree.insert(twin.idOf(value));
        for (let index = 0; index < valueWords; index++) twin.tree.setWord(index, value + index);
        twin.plain.push(value);
      }
      for (let left = Math.min(size >> 3, 9000); left > 0; left--)
        twin.remove(twin.plain[prng.below(twin.plain.length)]);
      const gone = twin.plain.splice(0, count);
      if (twin.plain.length > 0) twin.tree.find(twin.idOf(twin.plain[0]));
      else twin.tree.leave();
      const cut = new Twin(valueWords, twin.arena);
      twin.tree.cut(cut.tree);
      twin.check(cut);
      for (const removed of [1, 2, 100, 200]) {
        twin.add(gone[0] ?? 0);
        twin.removeFirst(removed);
        twin.add(1e6 + removed);
        twin.check(cut);
      }
      const freed: number[] = [];
      const take = (words: Int32Array, at: number): number => {
        freed.push(words[at]);
        return 1;
      };
      expect(cut.tree.count).toBe(gone.length);
      while (cut.tree.free(500, valueWords > 0 ? take : undefined) === 0);
      expect(freed.reverse()).toEqual(valueWords > 0 ? gone : []);
      twin.check(cut);
    }
  });

  test("elements in order fill the leaves", () => {
    const twin = new Twin(valueWords);
    for (let value = 0; value < 20_000; value++) twin.tree.insert(twin.idOf(value));
    const idBytes = 16 + 4 * valueWords;
    expect(twin.tree.blockBytes / 20_000).toBeLessThan(idBytes * 1.05);
  });

  test("freed in steps, with what the values own", () => {
    const twin = new Twin(valueWords);
    for (let value = 0; value < 30_000; value++) twin.add(value);
    const freed: number[] = [];
    const take = (words: Int32Array, at: number): number => {
      freed.push(words[at]);
      return 1;
    };
    let steps = 1;
    while (twin.tree.free(500, valueWords > 0 ? take : undefined) === 0) steps++;
    expect(twin.tree.isGone).toBe(true);
    expect(freed.reverse()).toEqual(valueWords > 0 ? twin.plain : []);
    expect(steps).toBeGreaterThan(valueWords > 0 ? 50 : 0);
    expect(twin.arena.usedBytes).toBe(twin.arena.sizeOf(twin.root));
    twin.arena.check();
  });
});

test("an empty tree has nothing anywhere", () => {
  const { tree, id } = new Twin(1);
  expect([tree.first(), tree.last(), tree.find(id), tree.seek(id), tree.seekBack(id), tree.isPlaced]).not.toContain(
    true,
  );
  expect(tree.free(1)).toBe(1);
});

import { describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { Arena, type Handle } from "../../src/memory/arena.ts";
import { ADOPTED_BYTES_MIN, BigString, Run, STRING_PAGE_BYTES } from "../../src/structures/big-string.ts";
import { countingSource } from "../memory/counting-source.ts";

/** A big string beside the plain bytes that it must equal. */
class Model {
  readonly arena: Arena;
  readonly string: BigString;
  bytes: Uint8Array;

  constructor(arena: Arena, length: number) {
    this.arena = arena;
    this.bytes = new Uint8Array(length);
    this.string = new BigString(arena).createZeros(length);
  }

  grow(length: number): void {
    this.string.grow(this.bytes.length, length);
    const wider = new Uint8Array(length);
    wider.set(this.bytes);
    this.bytes = wider;
  }

  write(position: number, source: Uint8Array, adopted: boolean): void {
    const seenEnd = this.bytes.length;
    if (position + source.length > seenEnd) this.grow(position + source.length);
    this.bytes.set(source, position);
    if (adopted) this.string.adopt(position, source, this.bytes.length, seenEnd);
    else this.string.write(position, source, 0, source.length, seenEnd);
  }
}

/** All bytes, put together from the runs. */
function contentOf(arena: Arena, root: Handle, length: number): Uint8Array {
  const string = new BigString(arena).attach(root);
  const bytes = new Uint8Array(length);
  const run = new Run();
  for (let at = 0; at < length; at += run.length) {
    string.find(at, length, run);
    expect(run.length).toBeGreaterThan(0);
    bytes.set(run.bytes.subarray(run.start, run.start + run.length), at);
  }
  return bytes;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function randomBytes(random: Prng, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.fill(1 + random.below(255));
  for (let count = 0; count < 20 && length > 0; count++) bytes[random.below(length)] = random.below(256);
  return bytes;
}

describe("a big string", () => {
  test("costs a root until it is written to", () => {
    const arena = new Arena(countingSource());
    const before = arena.usedBytes;
    const { string } = new Model(arena, 4 * 1024 * 1024);
    expect(arena.largeCount).toBe(0);
    expect(arena.usedBytes - before).toBe(string.sizeBytes);
    const run = new Run();
    string.find(3_000_000, 3_000_010, run);
    expect(run.isConstant).toBe(true);
    expect([...run.bytes.subarray(run.start, run.start + run.length)]).toEqual(new Array(10).fill(0));
    string.write(3_000_000, Uint8Array.of(7), 0, 1, 0);
    expect(arena.largeCount).toBe(1);
    expect(arena.usedBytes - before).toBe(string.sizeBytes);
    expect(string.free(Number.POSITIVE_INFINITY)).toBe(0);
    expect(arena.usedBytes).toBe(before);
  });

  test.each([1, 2, 3, 4, 5, 6])(
    "equals plain bytes whatever is written and adopted, and gives all back (seed %i)",
    (seed) => {
      const random = new Prng(seed, 17);
      const arena = new Arena(countingSource());
      const before = arena.usedBytes;
      const model = new Model(arena, random.below(3 * STRING_PAGE_BYTES));
      for (let step = 0; step < 40; step++) {
        const { length } = model.bytes;
        const position = random.below(8) === 0 ? length + random.below(STRING_PAGE_BYTES) : random.below(length + 1);
        if (random.below(10) === 0 && length < 3 * ADOPTED_BYTES_MIN) {
          model.write(position, randomBytes(random, ADOPTED_BYTES_MIN + random.below(STRING_PAGE_BYTES)), true);
        } else {
          const most = random.below(2) === 0 ? 100 : 2 * STRING_PAGE_BYTES;
          model.write(position, randomBytes(random, 1 + random.below(most)), false);
        }
        expect(arena.usedBytes - before).toBe(model.string.sizeBytes);
        if (step % 4 === 0)
          expect(isSame(contentOf(arena, model.string.root, model.bytes.length), model.bytes)).toBe(true);
      }
      expect(isSame(contentOf(arena, model.string.root, model.bytes.length), model.bytes)).toBe(true);
      const copy = model.string.copy(model.bytes.length);
      expect(isSame(contentOf(arena, copy, model.bytes.length), model.bytes)).toBe(true);
      expect(new BigString(arena).attach(copy).free(Number.POSITIVE_INFINITY)).toBe(0);
      let left = model.string.sizeBytes;
      while (left > 0) {
        const now = model.string.free(3);
        expect(now).toBeLessThanOrEqual(left);
        expect(arena.usedBytes - before).toBe(now);
        left = now;
      }
      arena.check();
    },
  );

  test("is cut out of a block without a copy, and changed in place while nobody else sees it", () => {
    const arena = new Arena(countingSource());
    const source = randomBytes(new Prng(9, 9), 5 * STRING_PAGE_BYTES + 1234);
    const plain = source.slice();
    const block = arena.adopt(source);
    const string = new BigString(arena).createFromBlock(block, source.length);
    string.write(1_000_000, Uint8Array.of(1, 2, 3), 0, 3, source.length);
    plain.set([1, 2, 3], 1_000_000);
    expect(source[1_000_001]).toBe(2);
    expect(arena.largeCount).toBe(1);
    const run = new Run();
    string.find(0, source.length, run);
    expect(run.length).toBe(source.length);
    string.grow(source.length, source.length + 1);
    expect(arena.largeCount).toBe(2);
    expect(isSame(contentOf(arena, string.root, source.length), plain)).toBe(true);
    expect(string.free(Number.POSITIVE_INFINITY)).toBe(0);
    expect(arena.largeCount).toBe(0);
  });

  test("copies the page that a reply points into, and only that", () => {
    const arena = new Arena(countingSource());
    const model = new Model(arena, 0);
    model.write(0, randomBytes(new Prng(3, 4), 6 * STRING_PAGE_BYTES - 100), false);
    const run = new Run();
    model.string.find(STRING_PAGE_BYTES, 2 * STRING_PAGE_BYTES, run);
    const { block } = run;
    const seen = run.bytes.slice();
    arena.pin(block);
    const pages = arena.largeCount;
    model.write(STRING_PAGE_BYTES + 5, Uint8Array.of(250, 251), false);
    expect(isSame(arena.largeBytes(block), seen)).toBe(true);
    expect(arena.largeCount).toBe(pages);
    expect(isSame(contentOf(arena, model.string.root, model.bytes.length), model.bytes)).toBe(true);
    arena.unpin(block);
    // Behind the end nobody sees anything, so the last page stays.
    model.string.find(5 * STRING_PAGE_BYTES, model.bytes.length, run);
    const last = run.block;
    arena.pin(last);
    model.write(model.bytes.length, Uint8Array.of(1, 2, 3), false);
    model.string.find(5 * STRING_PAGE_BYTES, model.bytes.length, run);
    expect(run.block).toBe(last);
    arena.unpin(last);
    expect(isSame(contentOf(arena, model.string.root, model.bytes.length), model.bytes)).toBe(true);
  });

  test.each([1, 2, 3, 4])(
    "shares its blocks: the borrower keeps what there was, whoever goes first (seed %i)",
    (seed) => {
      const random = new Prng(seed, 5);
      const arena = new Arena(countingSource());
      const before = arena.usedBytes;
      const model = new Model(arena, 0);
      model.write(0, randomBytes(random, 2 * STRING_PAGE_BYTES), false);
      model.write(model.bytes.length + 3, randomBytes(random, ADOPTED_BYTES_MIN), true);
      model.grow(model.bytes.length + 2 * STRING_PAGE_BYTES);
      const borrower = model.string.root;
      const old = model.bytes.slice();
      const owner = model.string.share();
      model.string.attach(owner);
      for (let step = 0; step < 12; step++) {
        const position = random.below(model.bytes.length + 1000);
        model.write(position, randomBytes(random, 1 + random.below(STRING_PAGE_BYTES)), false);
      }
      expect(isSame(contentOf(arena, borrower, old.length), old)).toBe(true);
      expect(isSame(contentOf(arena, owner, model.bytes.length), model.bytes)).toBe(true);
      const lent = new BigString(arena).attach(borrower);
      if (seed % 2 === 0) {
        expect(lent.free(Number.POSITIVE_INFINITY)).toBe(0);
        expect(isSame(contentOf(arena, owner, model.bytes.length), model.bytes)).toBe(true);
        expect(arena.usedBytes - before).toBe(model.string.sizeBytes);
        expect(model.string.free(Number.POSITIVE_INFINITY)).toBe(0);
      } else {
        expect(model.string.free(Number.POSITIVE_INFINITY)).toBe(0);
        expect(isSame(contentOf(arena, borrower, old.length), old)).toBe(true);
        expect(lent.free(2)).toBe(arena.usedBytes - before);
        while (lent.free(2) > 0);
      }
      expect(arena.usedBytes).toBe(before);
      expect(arena.largeCount).toBe(0);
      arena.check();
    },
  );

  test("reaches as far as an int32", () => {
    const arena = new Arena(countingSource());
    const length = 2 ** 31 - 1;
    const string = new BigString(arena).createZeros(1);
    string.grow(1, length);
    string.write(length - 2, Uint8Array.of(8, 9), 0, 2, 0);
    const run = new Run();
    string.find(length - 3, length, run);
    expect([...run.bytes.subarray(run.start, run.start + run.length)]).toEqual([0, 8, 9]);
    expect(arena.largeCount).toBe(2);
    expect(string.free(Number.POSITIVE_INFINITY)).toBe(0);
    expect(arena.largeCount).toBe(0);
  });
});

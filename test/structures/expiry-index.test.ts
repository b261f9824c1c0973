import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import type { BufferSource } from "../../src/memory/arena.ts";
import { ExpiryIndex, type ExpiryPositions } from "../../src/structures/expiry-index.ts";

const BASE_MS = 1_700_000_000_000;
const CHUNK_NODES = 65536;

/** The owners: what the entries of a keyspace would keep. */
class Owners implements ExpiryPositions {
  readonly positions = new Map<number, number>();

  setPosition(handle: number, position: number): void {
    this.positions.set(handle, position);
  }

  positionOf(handle: number): number {
    return this.positions.get(handle) ?? -1;
  }
}

/** As `Owners`, for handles that are small numbers, and quicker. */
class ArrayOwners implements ExpiryPositions {
  private readonly positions: Int32Array;

  constructor(positions: Int32Array) {
    this.positions = positions;
  }

  setPosition(handle: number, position: number): void {
    this.positions[handle] = position;
  }
}

/** Counts buffers that are out. */
class CountedBuffers implements BufferSource {
  readonly held = new Set<ArrayBuffer>();

  allocate(sizeBytes: number): ArrayBuffer {
    const buffer = new ArrayBuffer(sizeBytes);
    this.held.add(buffer);
    return buffer;
  }

  release(buffer: ArrayBuffer): void {
    expect(this.held.delete(buffer)).toBe(true);
  }
}

/** Plain twin: a Map by handle, with the earliest found by looking at all. */
class Twin {
  readonly whens = new Map<number, number>();

  nextDue(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const when of this.whens.values()) if (when < earliest) earliest = when;
    return earliest;
  }

  averageTtlMs(nowMs: number): number {
    if (this.whens.size === 0) return 0;
    let sum = 0n;
    for (const when of this.whens.values()) sum += BigInt(when);
    return Math.max(0, Number(sum) / this.whens.size - nowMs);
  }
}

const make = () => {
  const owners = new Owners();
  const index = new ExpiryIndex(owners);
  const check = () => index.check((handle) => owners.positionOf(handle));
  const remove = (handle: number) => {
    index.remove(owners.positionOf(handle));
    owners.positions.delete(handle);
  };
  return { owners, index, check, remove };
};

describe("expiry index", () => {
  test("is empty at first and costs nothing", () => {
    const { index, check } = make();
    check();
    expect([index.count, index.sizeBytes, index.nextDue(), index.averageTtlMs(0)]).toEqual([0, 0, Infinity, 0]);
    expect(() => index.topHandle()).toThrow();
    expect(() => index.randomPosition(new Prng(1))).toThrow();
    expect(() => index.remove(7)).toThrow();
    index.clear();
    check();
  });

  type Step = readonly ["add" | "remove" | "update" | "rehandle" | "pop", number, number];
  const steps: fc.Arbitrary<Step[]> = fc.array(
    fc.tuple(
      fc.constantFrom("add", "add", "remove", "update", "rehandle", "pop"),
      fc.nat(),
      fc.oneof(fc.nat({ max: 20 }), fc.maxSafeInteger()),
    ),
    { maxLength: 400 },
  );

  test("equals the twin after every step", () => {
    fc.assert(
      fc.property(steps, (list) => {
        const { owners, index, check, remove } = make();
        const twin = new Twin();
        let nextHandle = 1;
        for (const [kind, pick, when] of list) {
          const handles = [...twin.whens.keys()];
          const handle = handles[pick % Math.max(1, handles.length)];
          if (kind === "add") {
            const fresh = nextHandle++ * (pick & 1 ? 1 : -1);
            index.add(fresh, when);
            twin.whens.set(fresh, when);
          } else if (handles.length === 0) {
            continue;
          } else if (kind === "remove") {
            remove(handle);
            twin.whens.delete(handle);
          } else if (kind === "update") {
            index.update(owners.positionOf(handle), when);
            twin.whens.set(handle, when);
          } else if (kind === "rehandle") {
            const fresh = nextHandle++;
            index.rehandle(owners.positionOf(handle), fresh);
            owners.positions.set(fresh, owners.positionOf(handle));
            owners.positions.delete(handle);
            twin.whens.set(fresh, twin.whens.get(handle) as number);
            twin.whens.delete(handle);
          } else {
            const top = index.topHandle();
            expect(twin.whens.get(top)).toBe(twin.nextDue());
            index.removeTop();
            owners.positions.delete(top);
            twin.whens.delete(top);
          }
          if (index.count !== twin.whens.size || index.nextDue() !== twin.nextDue())
            expect.fail("differs from the twin");
        }
        check();
        for (const [handle, when] of twin.whens) expect(index.whenAt(owners.positionOf(handle))).toBe(when);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test("a million operations over several chunks, then everything in order of time", () => {
    const prng = new Prng(2);
    const count = 200_000;
    const positions = new Int32Array(count).fill(-1);
    const whens = new Float64Array(count);
    const buffers = new CountedBuffers();
    const owner = new ArrayOwners(positions);
    const index = new ExpiryIndex(owner, buffers);
    const check = () => index.check((handle) => positions[handle]);

    for (let handle = 0; handle < count; handle++) {
      whens[handle] = BASE_MS + prng.below(1_000_000);
      index.add(handle, whens[handle]);
    }
    check();
    for (let step = 0; step < 800_000; step++) {
      const handle = prng.below(count);
      const when = BASE_MS + prng.below(1_000_000);
      if (positions[handle] < 0) {
        index.add(handle, when);
        whens[handle] = when;
      } else if ((step & 3) === 0) {
        index.remove(positions[handle]);
        positions[handle] = -1;
      } else {
        index.update(positions[handle], when);
        whens[handle] = when;
      }
    }
    check();
    let live = 0;
    let sum = 0;
    for (let handle = 0; handle < count; handle++) {
      if (positions[handle] < 0) continue;
      live++;
      sum += whens[handle] - BASE_MS;
      if (index.whenAt(positions[handle]) !== whens[handle]) expect.fail("a time is wrong");
      if (index.handleAt(positions[handle]) !== handle) expect.fail("a handle is wrong");
    }
    expect(index.count).toBe(live);
    expect(index.averageTtlMs(BASE_MS)).toBe(Math.round(sum / live));

    let before = 0;
    while (index.count > 0) {
      const due = index.nextDue();
      const handle = index.topHandle();
      if (due < before || whens[handle] !== due) expect.fail("out of order");
      before = due;
      index.removeTop();
      if ((index.count & 0x7fff) === 0) check();
    }
    expect(index.averageTtlMs(0)).toBe(0);
    expect(buffers.held.size).toBe(1);
    expect(index.sizeBytes).toBeLessThan(2048);
  });

  test("the mean is exact for distant and for negative times", () => {
    const { index, check } = make();
    const twin = new Twin();
    const whens = [Number.MAX_SAFE_INTEGER, 1, BASE_MS, -5, 2 ** 40 + 1, Number.MAX_SAFE_INTEGER];
    for (const [handle, when] of whens.entries()) {
      index.add(handle, when);
      twin.whens.set(handle, when);
    }
    check();
    const want = twin.averageTtlMs(BASE_MS);
    expect(Math.abs(index.averageTtlMs(BASE_MS) - want)).toBeLessThanOrEqual(2);
    expect(index.averageTtlMs(Number.MAX_SAFE_INTEGER)).toBe(0);
    expect(index.nextDue()).toBe(-5);
  });

  test("a random pick is uniform", () => {
    const { index } = make();
    for (let handle = 0; handle < 50; handle++) index.add(handle, BASE_MS + ((handle * 37) % 50));
    const prng = new Prng(3);
    const counts = new Int32Array(50);
    for (let i = 0; i < 50_000; i++) counts[index.handleAt(index.randomPosition(prng))]++;
    const chiSquare = counts.reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(chiSquare).toBeLessThan(49 + 5 * Math.sqrt(98));
  });

  test("memory follows the number of elements, with one chunk in reserve", () => {
    const buffers = new CountedBuffers();
    const positions = new Int32Array(400_000);
    const owner = new ArrayOwners(positions);
    const index = new ExpiryIndex(owner, buffers);
    const heldBytes = () => [...buffers.held].reduce((sum, buffer) => sum + buffer.byteLength, 0);
    const agree = () => {
      const overhead = index.sizeBytes - heldBytes();
      expect(overhead).toBeGreaterThanOrEqual(0);
      expect(overhead).toBeLessThanOrEqual(buffers.held.size * 1024);
    };

    index.add(0, 1);
    agree();
    expect(index.sizeBytes).toBeLessThan(2048);
    for (let handle = 1; handle < 400_000; handle++) index.add(handle, handle);
    agree();
    expect(heldBytes()).toBeLessThanOrEqual((400_000 + CHUNK_NODES) * 12);

    // To and fro over the boundary of a chunk: no buffer comes or goes.
    while (index.count > 5 * CHUNK_NODES) index.removeTop();
    for (let i = 0; i < 10; i++) index.removeTop();
    const held = [...buffers.held];
    for (let i = 0; i < 20; i++) {
      for (let handle = 0; handle < 20; handle++) index.add(handle, 1);
      for (let handle = 0; handle < 20; handle++) index.remove(positions[handle]);
    }
    expect([...buffers.held]).toEqual(held);

    while (index.count > 100) index.removeTop();
    agree();
    expect(heldBytes()).toBeLessThanOrEqual(8 * 100 * 12);
    index.check((handle) => positions[handle]);
  });

  test("clear gives a large index back in portions, and it can be filled again at once", () => {
    const buffers = new CountedBuffers();
    const owners = new Owners();
    const index = new ExpiryIndex(owners, buffers);
    for (let handle = 0; handle < 20 * CHUNK_NODES; handle++) index.add(1, BASE_MS);
    const held = buffers.held.size;
    expect(held).toBeGreaterThanOrEqual(20);
    index.clear();
    expect([index.count, index.sizeBytes, index.nextDue()]).toEqual([0, 0, Infinity]);
    expect(buffers.held.size).toBeGreaterThan(0);
    index.add(5, BASE_MS);
    expect(index.topHandle()).toBe(5);
    let calls = 1;
    while (index.releaseSome(4)) calls++;
    expect(calls).toBeGreaterThan(1);
    expect(buffers.held.size).toBe(1);
    owners.positions.delete(1);
    index.check((handle) => owners.positionOf(handle));
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { Arena, LARGE_BLOCK_OVERHEAD_BYTES } from "../../src/memory/arena.ts";
import {
  CLASS_BLOCKS,
  CLASS_GRANULES,
  PAGE_GRANULES,
  SLAB_BYTES_MAX,
  slabBytes,
} from "../../src/memory/size-classes.ts";
import { countingSource } from "./counting-source.ts";

describe("size classes", () => {
  it("grow, fill their page and lose at most a fifth of a block", () => {
    for (let index = 1; index < CLASS_GRANULES.length; index++) {
      expect(CLASS_GRANULES[index]).toBeGreaterThan(CLASS_GRANULES[index - 1]);
      const smallest = CLASS_GRANULES[index - 1] + 1;
      if (CLASS_GRANULES[index] > 8) expect(smallest / CLASS_GRANULES[index]).toBeGreaterThan(0.66);
      expect(CLASS_BLOCKS[index] * CLASS_GRANULES[index]).toBeGreaterThan(PAGE_GRANULES * 0.9);
    }
    expect(slabBytes(1)).toBe(16);
    expect(slabBytes(129)).toBe(160);
    expect(slabBytes(SLAB_BYTES_MAX)).toBe(SLAB_BYTES_MAX);
  });
});

describe("arena", () => {
  it("gives out disjoint blocks and counts them exactly, whatever is allocated and freed", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 4 }), (seed, style) => {
        const random = new Prng(seed);
        const arena = new Arena(countingSource());
        const live: { handle: number; size: number; stamp: number }[] = [];
        let expected = 0;
        for (let step = 0; step < 4000; step++) {
          if (live.length === 0 || random.below(100) < (step < 2500 ? 65 : 30)) {
            const size = 1 + random.below([64, 400, 9000, 40000][style - 1]);
            const handle = arena.allocate(size);
            const stamp = random.next();
            stampBlock(arena, handle, size, stamp);
            live.push({ handle, size, stamp });
            expected += arena.sizeOf(handle);
            if (arena.sizeOf(handle) < size) throw new Error(`block of ${size} bytes is too small`);
          } else {
            const index = random.below(live.length);
            const block = live[index];
            checkStamp(arena, block.handle, block.size, block.stamp);
            expected -= arena.sizeOf(block.handle);
            arena.free(block.handle);
            live[index] = live[live.length - 1];
            live.pop();
          }
        }
        for (const block of live) checkStamp(arena, block.handle, block.size, block.stamp);
        expect(arena.usedBytes).toBe(expected);
        expect(arena.check()).toBe(expected);
        for (const block of live) arena.free(block.handle);
        expect(arena.usedBytes).toBe(0);
        arena.check();
      }),
      { numRuns: 40 },
    );
  });

  it("gives empty segments back, one kept until trim", () => {
    const source = countingSource();
    const arena = new Arena(source);
    const blocks: number[] = [];
    // Three segments of 64 MiB beside the first small one.
    for (let bytes = 0; bytes < 140 * 1024 * 1024; bytes += 32768) blocks.push(arena.allocate(32768));
    expect(arena.segmentCount).toBe(4);
    for (const block of blocks) arena.free(block);
    arena.check();
    expect(arena.segmentCount).toBe(2);
    arena.trim();
    expect(arena.segmentCount).toBe(1);
    expect(source.liveBytes).toBe(1024 * 1024);
    expect(arena.usedBytes).toBe(0);
    const again = arena.allocate(100);
    expect(again).toBeGreaterThan(0);
  });

  it("reuses a page for another size once it is empty", () => {
    const arena = new Arena(countingSource());
    const blocks = Array.from({ length: 20000 }, () => arena.allocate(48));
    const touched = arena.touchedBytes;
    for (const block of blocks) arena.free(block);
    const others = Array.from({ length: 9000 }, () => arena.allocate(96));
    expect(arena.touchedBytes).toBeLessThanOrEqual(touched);
    for (const block of others) arena.free(block);
    arena.check();
  });

  it("keeps large blocks apart, adopts buffers, and puts the free of a pinned one off", () => {
    const source = countingSource();
    const arena = new Arena(source);
    const bytes = new Uint8Array(source.allocate(100_000));
    const handle = arena.adopt(bytes);
    expect(handle).toBeLessThan(0);
    expect(arena.usedBytes).toBe(100_000 + LARGE_BLOCK_OVERHEAD_BYTES);
    expect(arena.largeBytes(handle)).toBe(bytes);
    arena.pin(handle);
    arena.free(handle);
    expect(arena.usedBytes).toBe(0);
    expect(source.released).toBe(0);
    const other = arena.allocate(50_000);
    expect(other).not.toBe(handle);
    arena.unpin(handle);
    expect(source.released).toBe(1);
    arena.free(other);
    arena.check();
  });

  it("refuses to free what is not allocated", () => {
    const arena = new Arena(countingSource());
    expect(() => arena.free(0)).toThrow(/handle/);
    expect(() => arena.free(5000)).toThrow(/handle/);
    expect(() => arena.free(-1)).toThrow(/large block/);
  });
});

function locate(arena: Arena, handle: number): { bytes: Uint8Array; start: number } {
  if (handle < 0) return { bytes: arena.largeBytes(handle), start: 0 };
  return { bytes: arena.bytes[handle >>> 22], start: (handle & 0x3fffff) << 4 };
}

function stampBlock(arena: Arena, handle: number, size: number, stamp: number): void {
  const { bytes, start } = locate(arena, handle);
  bytes[start] = stamp;
  bytes[start + (size >> 1)] = stamp >> 8;
  bytes[start + size - 1] = stamp >> 16;
}

function checkStamp(arena: Arena, handle: number, size: number, stamp: number): void {
  const { bytes, start } = locate(arena, handle);
  const intact =
    bytes[start + size - 1] === ((stamp >> 16) & 255) &&
    (size <= 2 || bytes[start + (size >> 1)] === ((stamp >> 8) & 255)) &&
    (size <= 1 || bytes[start] === (stamp & 255));
  if (!intact) throw new Error(`block of ${size} bytes was overwritten`);
}

import fc from "fast-check";
import { expect, test } from "vitest";
import { SpareBuffers } from "../../src/memory/spare-buffers.ts";
import { countingSource } from "./counting-source.ts";

const KIBIBYTE = 1024;
const MEBIBYTE = 1024 * 1024;

test("a freed buffer serves the next block of its length, zeroed for who wants zeros", () => {
  const source = countingSource();
  const spares = new SpareBuffers(source);
  const buffer = spares.allocate(100_000);
  new Uint8Array(buffer).fill(7);
  spares.release(buffer);
  expect([spares.pooledBytes, source.released]).toEqual([100_000, 0]);
  expect(spares.take(100_000)).toBe(buffer);
  expect(new Uint8Array(buffer)[99_999]).toBe(7);
  spares.release(buffer);
  expect(spares.allocate(99_000)).toBe(buffer);
  expect(new Uint8Array(buffer).every((byte) => byte === 0)).toBe(true);
  expect(spares.pooledBytes).toBe(0);
});

test("what is too short, or longer by more than an eighth, is not taken", () => {
  const spares = new SpareBuffers(countingSource());
  spares.release(new ArrayBuffer(100_000));
  for (const sizeBytes of [100_001, 88_000, 33_000, 1000, 2 * MEBIBYTE]) expect(spares.take(sizeBytes)).toBeNull();
  expect(spares.take(97_000)?.byteLength).toBe(100_000);
});

test("short and very long buffers are passed on, and what exceeds the bound", () => {
  const source = countingSource();
  const spares = new SpareBuffers(source, MEBIBYTE);
  for (const sizeBytes of [32 * KIBIBYTE, MEBIBYTE + 1, 64 * MEBIBYTE]) spares.release(new ArrayBuffer(sizeBytes));
  expect([spares.pooledBytes, source.released]).toEqual([0, 3]);
  for (let count = 0; count < 11; count++) spares.release(new ArrayBuffer(100 * KIBIBYTE));
  expect([spares.pooledBytes, source.released]).toEqual([1000 * KIBIBYTE, 4]);
  spares.drain();
  expect([spares.pooledBytes, source.released]).toEqual([0, 14]);
});

test("half of what nobody has needed goes each time, the rest stays", () => {
  const spares = new SpareBuffers(countingSource());
  for (let count = 0; count < 20; count++) spares.release(new ArrayBuffer(50_000));
  const kept = () => spares.pooledBytes / 50_000;
  spares.shrink();
  expect(kept()).toBe(20);
  const used = [spares.take(50_000), spares.take(50_000)];
  for (const buffer of used) if (buffer !== null) spares.release(buffer);
  spares.shrink();
  expect(kept()).toBe(11);
  const counts = Array.from({ length: 5 }, () => {
    spares.shrink();
    return kept();
  });
  expect(counts).toEqual([5, 2, 1, 0, 0]);
});

test("whatever is taken, given and dropped: long enough, not too long, never lent twice, and counted", () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ take: fc.integer({ min: 30_000, max: 1_100_000 }) }),
      fc.record({ give: fc.nat(50) }),
      fc.constant("shrink" as const),
      fc.constant("drain" as const),
    ),
    { maxLength: 200 },
  );
  fc.assert(
    fc.property(steps, (script) => {
      const source = countingSource();
      const spares = new SpareBuffers(source, 4 * MEBIBYTE);
      const lent: ArrayBuffer[] = [];
      for (const step of script) {
        if (step === "shrink") spares.shrink();
        else if (step === "drain") spares.drain();
        else if ("take" in step) {
          const buffer = spares.take(step.take) ?? source.allocate(step.take);
          expect(buffer.byteLength).toBeGreaterThanOrEqual(step.take);
          expect(buffer.byteLength - step.take).toBeLessThanOrEqual(step.take / 8);
          expect(lent).not.toContain(buffer);
          lent.push(buffer);
        } else if (lent.length > 0) spares.release(lent.splice(step.give % lent.length, 1)[0]);
        spares.check();
      }
      for (const buffer of lent) spares.release(buffer);
      spares.drain();
      expect([source.liveBytes, spares.pooledBytes]).toEqual([0, 0]);
    }),
    { numRuns: 200 },
  );
});

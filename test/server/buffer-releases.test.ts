import { expect, test } from "vitest";
import type { Memory } from "../../src/platform/index.ts";
import { BufferReleases } from "../../src/server/buffer-releases.ts";

const MEBIBYTE = 1024 * 1024;

function watched(): { releases: BufferReleases; released: number[] } {
  const released: number[] = [];
  const memory: Memory = {
    allocate: (sizeBytes) => new ArrayBuffer(sizeBytes),
    prepare: () => {},
    release: (buffer) => void released.push(buffer.byteLength),
    collect: () => {},
    residentBytes: () => 0,
    heapUsedBytes: () => 0,
    totalSystemBytes: () => 0,
  };
  return { releases: new BufferReleases(memory), released };
}

test("small buffers go at once, large ones one a step, in order", () => {
  const { releases, released } = watched();
  for (const mebibytes of [1, 5, 6, 2, 7]) releases.release(new ArrayBuffer(mebibytes * MEBIBYTE));
  expect(released).toEqual([MEBIBYTE, 2 * MEBIBYTE]);
  expect([releases.step(), releases.step(), releases.step(), releases.step()]).toEqual([true, true, false, false]);
  expect(released.slice(2)).toEqual([5 * MEBIBYTE, 6 * MEBIBYTE, 7 * MEBIBYTE]);
});

test("no more than a few wait, and all go when they are asked to", () => {
  const { releases, released } = watched();
  for (let count = 0; count < 20; count++) releases.release(new ArrayBuffer(4 * MEBIBYTE));
  expect(released).toHaveLength(4);
  releases.drain();
  expect(released).toHaveLength(20);
});

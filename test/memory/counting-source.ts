import type { BufferSource } from "../../src/memory/arena.ts";

/** A buffer source that counts what it has given out. */
export function countingSource(): BufferSource & { liveBytes: number; released: number } {
  return {
    liveBytes: 0,
    released: 0,
    allocate(sizeBytes: number): ArrayBuffer {
      this.liveBytes += sizeBytes;
      return new ArrayBuffer(sizeBytes);
    },
    release(buffer: ArrayBuffer): void {
      this.liveBytes -= buffer.byteLength;
      this.released++;
    },
  };
}

/** Memory of a Bun process. */
import { totalmem } from "node:os";
import process from "node:process";
import type { Memory } from "../../src/platform/index.ts";
import { bun } from "./globals.ts";

type Transferable = ArrayBuffer & { transfer(sizeBytes: number): ArrayBuffer };

export class BunMemory implements Memory {
  release(buffer: ArrayBuffer): void {
    (buffer as Transferable).transfer(0);
  }

  collect(): void {
    bun.gc(true);
  }

  residentBytes(): number {
    return process.memoryUsage.rss();
  }

  heapUsedBytes(): number {
    // JavaScriptCore counts what hangs on the heap's objects as heap.
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return Math.max(0, heapUsed - arrayBuffers);
  }

  totalSystemBytes(): number {
    return totalmem();
  }
}

/** Memory of a Bun process. */
import { totalmem } from "node:os";
import process from "node:process";
import type { Memory } from "../../src/platform/index.ts";
import { builtin } from "../shared/builtin.ts";
import { HugePages, type MemoryAdvisor } from "../shared/huge_pages.ts";
import { bun } from "./globals.ts";

type Transferable = ArrayBuffer & { transfer(sizeBytes: number): ArrayBuffer };

/** The part of `bun:ffi` that is used. */
interface ForeignFunctions {
  dlopen(
    library: string,
    functions: Record<string, { readonly args: readonly string[]; readonly returns: string }>,
  ): { readonly symbols: Record<string, (...args: number[]) => number> };
  ptr(buffer: ArrayBuffer): number;
}

/** @throws where there is no C library of this name. */
function connectAdvisor(): MemoryAdvisor {
  const ffi = builtin<ForeignFunctions>("bun:ffi");
  const { madvise } = ffi.dlopen("libc.so.6", { madvise: { args: ["usize", "usize", "i32"], returns: "i32" } }).symbols;
  return { addressOf: (buffer) => ffi.ptr(buffer), madvise };
}

export class BunMemory implements Memory {
  readonly #hugePages = new HugePages(connectAdvisor);

  allocate(sizeBytes: number): ArrayBuffer {
    return this.#hugePages.allocate(sizeBytes);
  }

  prepare(): void {
    this.#hugePages.prepare();
  }

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

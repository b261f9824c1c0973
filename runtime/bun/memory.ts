/** Memory of a Bun process. */
import { totalmem } from "node:os";
import process from "node:process";
import type { Memory } from "../../src/platform/index.ts";
import { builtin } from "../shared/builtin.ts";
import { type MemoryAdvisor, PageAdvice } from "../shared/page_advice.ts";
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
  const { getpagesize, madvise } = ffi.dlopen("libc.so.6", {
    getpagesize: { args: [], returns: "i32" },
    madvise: { args: ["usize", "usize", "i32"], returns: "i32" },
  }).symbols;
  return { pageBytes: getpagesize(), addressOf: (buffer) => ffi.ptr(buffer), madvise };
}

export class BunMemory implements Memory {
  readonly #pages = new PageAdvice(connectAdvisor);

  allocate(sizeBytes: number): ArrayBuffer {
    return this.#pages.allocate(sizeBytes);
  }

  prepare(): void {
    this.#pages.prepare();
  }

  release(buffer: ArrayBuffer): void {
    // Bun's allocator keeps freed pages for a while.
    this.#pages.discard(buffer);
    // JavaScriptCore's compiled code does not mind a detached buffer, as V8's does (`v8_memory.ts`).
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

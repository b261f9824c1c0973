/**
 * Memory of a process on V8: Node and Deno.
 *
 * A buffer is given back at once by detaching it (`transfer(0)`), where the language has that. Node 20 has not: there
 * the buffer goes with the next garbage collection, and `collect` asks for one. The function that does is not exposed
 * by default; a flag set at run time exposes it to contexts created from then on.
 */
import { totalmem } from "node:os";
import process from "node:process";
import type { Memory } from "../../src/platform/index.ts";
import { builtin } from "./builtin.ts";
import { HugePages, type MemoryAdvisor } from "./huge_pages.ts";

const v8 = (): typeof import("node:v8") => builtin("node:v8");

type Transferable = ArrayBuffer & { transfer?: (sizeBytes: number) => ArrayBuffer };

function findCollector(): (() => void) | null {
  const exposed = (globalThis as { gc?: () => void }).gc;
  if (typeof exposed === "function") return exposed;
  try {
    v8().setFlagsFromString("--expose-gc");
    const found: unknown = builtin<typeof import("node:vm")>("node:vm").runInNewContext("gc");
    return typeof found === "function" ? (found as () => void) : null;
  } catch {
    return null;
  }
}

export class V8Memory implements Memory {
  /** Undefined until it is first asked for. */
  #collector: (() => void) | null | undefined;
  readonly #hugePages: HugePages;

  /** @param connect binds the system's functions; throws where they cannot be had. */
  constructor(connect: () => MemoryAdvisor) {
    this.#hugePages = new HugePages(connect);
  }

  allocate(sizeBytes: number): ArrayBuffer {
    return this.#hugePages.allocate(sizeBytes);
  }

  prepare(): void {
    this.#hugePages.prepare();
  }

  release(buffer: ArrayBuffer): void {
    (buffer as Transferable).transfer?.(0);
  }

  collect(): void {
    if (this.#collector === undefined) this.#collector = findCollector();
    this.#collector?.();
  }

  residentBytes(): number {
    return process.memoryUsage.rss();
  }

  heapUsedBytes(): number {
    return v8().getHeapStatistics().used_heap_size;
  }

  totalSystemBytes(): number {
    return totalmem();
  }
}

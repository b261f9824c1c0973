/**
 * Memory of a Node process: V8's, with huge pages where the optional package koffi is installed. Node itself cannot call
 * the system.
 */
import { createRequire } from "node:module";
import process from "node:process";
import type { MemoryAdvisor } from "../shared/page_advice.ts";
import { V8Memory } from "../shared/v8_memory.ts";

/** The part of koffi that is used. */
interface Koffi {
  /** @param library null for what the process has loaded already. */
  load(library: null): { func(declaration: string): (...args: number[]) => number };
  address(value: Uint8Array): bigint;
}

/** @throws where koffi is missing or may not be loaded, and on systems other than Linux. */
function connectAdvisor(): MemoryAdvisor {
  if (process.platform !== "linux") throw new Error("no madvise with this advice");
  const koffi: Koffi = createRequire(import.meta.url)("koffi");
  const library = koffi.load(null);
  return {
    pageBytes: library.func("int getpagesize()")(),
    addressOf: (buffer) => Number(koffi.address(new Uint8Array(buffer))),
    madvise: library.func("int madvise(uintptr_t address, size_t size, int advice)"),
  };
}

export class NodeMemory extends V8Memory {
  constructor() {
    super(connectAdvisor);
  }
}

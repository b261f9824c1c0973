/** Memory of a Deno process: V8's, with huge pages where the process may call the system. */
import type { MemoryAdvisor } from "../shared/page_advice.ts";
import { V8Memory } from "../shared/v8_memory.ts";

/** The part of Deno's global that is used. */
interface DenoGlobal {
  readonly permissions: { querySync(wanted: { readonly name: "ffi" }): { readonly state: string } };
  dlopen(
    library: string,
    functions: Record<string, { readonly parameters: readonly string[]; readonly result: string }>,
  ): { readonly symbols: Record<string, (...args: unknown[]) => unknown> };
  readonly UnsafePointer: {
    of(buffer: ArrayBuffer): object;
    value(pointer: object): bigint;
    create(address: bigint): object;
  };
}

/** @throws where there is no C library of this name, or no permission to call it. */
function connectAdvisor(): MemoryAdvisor {
  const { Deno } = globalThis as unknown as { Deno: DenoGlobal };
  // Calling without it would stop and ask.
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") throw new Error("no permission");
  const { UnsafePointer } = Deno;
  const { symbols } = Deno.dlopen("libc.so.6", {
    getpagesize: { parameters: [], result: "i32" },
    madvise: { parameters: ["pointer", "usize", "i32"], result: "i32" },
  });
  return {
    pageBytes: symbols.getpagesize() as number,
    addressOf: (buffer) => Number(UnsafePointer.value(UnsafePointer.of(buffer))),
    madvise(address, sizeBytes, advice) {
      symbols.madvise(UnsafePointer.create(BigInt(address)), BigInt(sizeBytes), advice);
    },
  };
}

export class DenoMemory extends V8Memory {
  constructor() {
    super(connectAdvisor);
  }
}

/**
 * Large buffers on huge pages. A look-up in a large dataset goes to a page that the processor's table of addresses
 * (1,536 of 4 KiB) does not have, once for the bucket and once for the entry, and walks the page tables for it; in a
 * virtual machine that is two sets of tables. With pages of 2 MiB SET, GET and INCR among a million keys took 7 to
 * 18 % less. What Redis turns them off for, copies of whole huge pages after a fork, does not happen here.
 *
 * Linux gives huge pages to memory that asks for them (`madvise`, the usual setting of
 * /sys/kernel/mm/transparent_hugepage/enabled). Bun and Deno let a program call the system; Node does with the package
 * koffi.
 */

/** `MADV_HUGEPAGE` of Linux. */
const MADV_HUGEPAGE = 14;
/** A smaller buffer would hardly contain an aligned huge page of 2 MiB. */
const BUFFER_BYTES_MIN = 4 * 1024 * 1024;
/** The largest page that a system counts addresses in. */
const PAGE_BYTES = 65_536;

/** How a runtime calls the system. Addresses are below 2^53. */
export interface MemoryAdvisor {
  addressOf(buffer: ArrayBuffer): number;
  /** `madvise(2)`; what it answers is nobody's concern. */
  madvise(address: number, sizeBytes: number, advice: number): void;
}

export class HugePages {
  readonly #connect: () => MemoryAdvisor;
  /** Undefined until it is first needed, null where there is none. */
  #advisor: MemoryAdvisor | null | undefined;

  /** @param connect binds the system's function; throws where that cannot be had. */
  constructor(connect: () => MemoryAdvisor) {
    this.#connect = connect;
  }

  allocate(sizeBytes: number): ArrayBuffer {
    const buffer = new ArrayBuffer(sizeBytes);
    if (sizeBytes < BUFFER_BYTES_MIN) return buffer;
    this.prepare();
    const advisor = this.#advisor;
    if (!advisor) return buffer;
    const address = advisor.addressOf(buffer);
    const start = Math.ceil(address / PAGE_BYTES) * PAGE_BYTES;
    const end = Math.floor((address + sizeBytes) / PAGE_BYTES) * PAGE_BYTES;
    advisor.madvise(start, end - start, MADV_HUGEPAGE);
    return buffer;
  }

  prepare(): void {
    if (this.#advisor === undefined) this.#advisor = this.#find();
  }

  #find(): MemoryAdvisor | null {
    try {
      return this.#connect();
    } catch {
      // Another system, another C library, or no permission: pages of the usual size.
      return null;
    }
  }
}

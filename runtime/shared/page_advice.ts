/**
 * What is asked of the system for large buffers: huge pages when they are made, and to take the pages back when nobody
 * needs them any more.
 *
 * A look-up in a large dataset goes to a page that the processor's table of addresses (1,536 of 4 KiB) does not have,
 * once for the bucket and once for the entry, and walks the page tables for it; in a virtual machine that is two sets of
 * tables. With pages of 2 MiB SET, GET and INCR among a million keys took 7 to 18 % less. What Redis turns them off for,
 * copies of whole huge pages after a fork, does not happen here.
 *
 * Linux gives huge pages to memory that asks for them (`madvise`, the usual setting of
 * /sys/kernel/mm/transparent_hugepage/enabled). Bun and Deno let a program call the system; Node does with the package
 * koffi.
 */

/** `MADV_HUGEPAGE` of Linux. */
const MADV_HUGEPAGE = 14;
/** `MADV_DONTNEED` of Linux: the pages go at once; whoever touched the buffer all the same would find zeros. */
const MADV_DONTNEED = 4;
/** A smaller buffer would hardly contain an aligned huge page of 2 MiB. */
const HUGE_BYTES_MIN = 4 * 1024 * 1024;
/** A call costs a microsecond or two: a smaller buffer is not worth it. */
const DISCARDED_BYTES_MIN = 32 * 1024;

/** How a runtime calls the system. Addresses are below 2^53. */
export interface MemoryAdvisor {
  /** `getpagesize(3)`. */
  readonly pageBytes: number;
  addressOf(buffer: ArrayBuffer): number;
  /** `madvise(2)`; what it answers is nobody's concern. */
  madvise(address: number, sizeBytes: number, advice: number): void;
}

export class PageAdvice {
  readonly #connect: () => MemoryAdvisor;
  /** Undefined until it is first needed, null where there is none. */
  #advisor: MemoryAdvisor | null | undefined;

  /** @param connect binds the system's function; throws where that cannot be had. */
  constructor(connect: () => MemoryAdvisor) {
    this.#connect = connect;
  }

  /** A buffer of zeros, on huge pages if it is large. */
  allocate(sizeBytes: number): ArrayBuffer {
    const buffer = new ArrayBuffer(sizeBytes);
    if (sizeBytes >= HUGE_BYTES_MIN) this.#advise(buffer, MADV_HUGEPAGE);
    return buffer;
  }

  /** Takes the pages from a buffer that nobody will touch again, if it is large. Its addresses stay until it is collected. */
  discard(buffer: ArrayBuffer): void {
    if (buffer.byteLength >= DISCARDED_BYTES_MIN) this.#advise(buffer, MADV_DONTNEED);
  }

  prepare(): void {
    if (this.#advisor === undefined) this.#advisor = this.#find();
  }

  /** Of the whole pages within the buffer. */
  #advise(buffer: ArrayBuffer, advice: number): void {
    this.prepare();
    const advisor = this.#advisor;
    if (!advisor) return;
    const { pageBytes } = advisor;
    const address = advisor.addressOf(buffer);
    const start = Math.ceil(address / pageBytes) * pageBytes;
    const end = Math.floor((address + buffer.byteLength) / pageBytes) * pageBytes;
    advisor.madvise(start, end - start, advice);
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

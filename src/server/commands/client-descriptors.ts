/** Redis's descriptors begin somewhere here, after those of its own files. */
const FIRST = 8;

/**
 * Small numbers for connections, as Redis shows file descriptors: a connection has one to itself while it lasts, and
 * the next one may get it after that.
 */
export class ClientDescriptors {
  readonly #free: number[] = [];
  #next = FIRST;

  take(): number {
    return this.#free.pop() ?? this.#next++;
  }

  give(descriptor: number): void {
    this.#free.push(descriptor);
  }
}

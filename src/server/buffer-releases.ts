/**
 * Gives large buffers back to the system, one in a slice of the background. To give back 64 MiB that were in use takes
 * several milliseconds, and a collection of millions of elements, whose blocks are freed in no order of their places,
 * leaves all its segments empty at almost the same moment.
 */
import type { Memory } from "../platform/index.ts";
import type { BackgroundTask } from "./background.ts";

/** Less is given back at once. */
const LARGE_BYTES = 4 * 1024 * 1024;
/** Buffers that wait; when there are more, the oldest goes at once. */
const WAITING_MAX = 16;

export class BufferReleases implements BackgroundTask {
  readonly #memory: Memory;
  readonly #waiting: ArrayBuffer[] = [];

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** Takes a buffer that nobody will touch again. */
  release(buffer: ArrayBuffer): void {
    if (buffer.byteLength < LARGE_BYTES) {
      this.#memory.release(buffer);
      return;
    }
    this.#waiting.push(buffer);
    if (this.#waiting.length > WAITING_MAX) this.step();
  }

  step(): boolean {
    const buffer = this.#waiting.shift();
    if (buffer !== undefined) this.#memory.release(buffer);
    return this.#waiting.length > 0;
  }

  /** Gives all back that wait. */
  drain(): void {
    while (this.step());
  }
}

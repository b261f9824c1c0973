import type { Handle } from "../memory/arena.ts";

/** A growing list of handles that is reused from call to call: what scans and walkers emit into. */
export class HandleList {
  items: Int32Array = new Int32Array(64);
  length = 0;

  push(handle: Handle): void {
    if (this.length === this.items.length) {
      const wider = new Int32Array(this.items.length * 2);
      wider.set(this.items);
      this.items = wider;
    }
    this.items[this.length++] = handle;
  }

  clear(): void {
    this.length = 0;
  }
}

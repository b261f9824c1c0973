/** The part of Bun's global that the adapters use, as types: the project carries no type package of Bun. */

export interface BunGlobal {
  /** Collects garbage; blocks until done when `force` is set. */
  gc(force: boolean): void;
}

export const bun: BunGlobal = (globalThis as unknown as { Bun: BunGlobal }).Bun;

/**
 * The unit of work: everything between the first look at the keyspace and the moment its effects are out.
 *
 * A command of a client is a unit; EXEC, a script and a woken waiter join their parent's; expiry, eviction and cron
 * open units of their own. Time stands still within one. Only a unit hands effects to the log, so there is one place
 * where propagation happens; the origin says what that means for it.
 */
import { assert } from "../base/assert.ts";
import type { Keyspace } from "../keyspace/keyspace.ts";

/** Where a unit comes from, and what follows from that. */
export interface Origin {
  readonly name: string;
  /** Whether its commands pass the gates. */
  readonly gated: boolean;
  /** Whether its effects go to the log. */
  readonly logged: boolean;
  /** Whether somebody waits for a reply. */
  readonly replied: boolean;
}

export const ORIGIN_CLIENT: Origin = { name: "client", gated: true, logged: true, replied: true };
export const ORIGIN_EXPIRE: Origin = { name: "expire", gated: false, logged: true, replied: false };

export class Unit {
  readonly #keyspace: Keyspace;
  #depth = 0;
  /** Of the outermost unit. */
  origin: Origin = ORIGIN_CLIENT;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  open(nowMs: number, origin: Origin): void {
    if (this.#depth++ > 0) return;
    this.origin = origin;
    this.#keyspace.setNow(nowMs);
  }

  commit(): void {
    assert(this.#keyspace.isQuiet, "a command closes its write handles");
    this.#depth--;
    assert(this.#depth >= 0, "a unit is committed once");
  }
}

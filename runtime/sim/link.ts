/**
 * One direction of the way between two hosts: how long packets take, and whether they pass at all.
 *
 * A packet that finds its link blocked when it should arrive is held and comes one latency after the link is open
 * again, as if it had been sent once more. Who waits for it, or for its acknowledgement, doubts the connection and gives
 * up when nothing comes for long enough; the link lets the doubters know when it is open again.
 */
import type { Prng } from "../../src/base/prng.ts";
import type { Loop } from "./loop.ts";
import type { SimEvent } from "./queue.ts";

export interface Latency {
  /** Shortest way of a packet, µs. */
  readonly latencyUs: number;
  /** Up to this much is added, drawn for each packet. */
  readonly jitterUs: number;
}

/** Somebody whose connection is in doubt while the link is blocked. */
export interface Doubter {
  linkIsOpen(link: Link): void;
}

export class Link {
  latencyUs: number;
  jitterUs: number;
  private readonly loop: Loop;
  private readonly prng: Prng;
  /** Partitions may overlap. */
  private blockCount = 0;
  private readonly held = new Set<SimEvent>();
  private readonly doubters = new Set<Doubter>();

  constructor(loop: Loop, prng: Prng, latency: Latency) {
    this.loop = loop;
    this.prng = prng;
    this.latencyUs = latency.latencyUs;
    this.jitterUs = latency.jitterUs;
  }

  get isBlocked(): boolean {
    return this.blockCount > 0;
  }

  get heldCount(): number {
    return this.held.size;
  }

  /** How long the next packet takes, µs. */
  transitUs(): number {
    return this.latencyUs + (this.jitterUs === 0 ? 0 : this.prng.below(this.jitterUs + 1));
  }

  /** Keeps a packet until the link is open again. */
  hold(packet: SimEvent): void {
    this.held.add(packet);
  }

  isHolding(packet: SimEvent): boolean {
    return this.held.has(packet);
  }

  addDoubter(doubter: Doubter): void {
    this.doubters.add(doubter);
  }

  removeDoubter(doubter: Doubter): void {
    this.doubters.delete(doubter);
  }

  block(): void {
    this.blockCount++;
  }

  unblock(): void {
    this.blockCount--;
    if (this.blockCount > 0) return;
    const held = [...this.held];
    this.held.clear();
    for (const packet of held) this.loop.schedule(packet, this.latencyUs);
    const doubters = [...this.doubters];
    this.doubters.clear();
    for (const doubter of doubters) doubter.linkIsOpen(this);
  }
}

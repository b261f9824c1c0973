/**
 * The patience of one end of a connection: while no answer can come (a blocked link, a peer without power) a deadline
 * runs, and when it passes the end gives up. The earliest deadline counts; an open link ends the doubts about it.
 */
import type { Doubter, Link } from "./link.ts";
import type { Loop } from "./loop.ts";
import { CallbackEvent } from "./queue.ts";

/** Gives up after this many idle times without an answer to the probes of keep-alive. */
const KEEP_ALIVE_IDLE_TIMES = 2;

export class Doubt implements Doubter {
  /** 0: no keep-alive. */
  keepAliveSeconds = 0;
  private readonly loop: Loop;
  private readonly links = new Set<Link>();
  private readonly givingUp: CallbackEvent;
  /** Whether there is a doubt that no link can end: the peer is without power, or has not answered yet. */
  private isBare = false;

  constructor(loop: Loop, giveUp: () => void) {
    this.loop = loop;
    this.givingUp = new CallbackEvent(giveUp);
  }

  get isRunning(): boolean {
    return this.givingUp.isScheduled;
  }

  get isAboutLink(): boolean {
    return this.links.size > 0;
  }

  /** Gives up after `afterMs`, or earlier when that was agreed before. @param link null when no link is to blame. */
  start(link: Link | null, afterMs: number): void {
    if (link === null) {
      this.isBare = true;
    } else {
      this.links.add(link);
      link.addDoubter(this);
    }
    const dueUs = this.loop.nowUs + Math.round(afterMs * 1000);
    if (this.givingUp.isScheduled && this.givingUp.dueUs <= dueUs) return;
    this.loop.cancel(this.givingUp);
    this.loop.scheduleAt(this.givingUp, dueUs);
  }

  /** Keep-alive asks over a way that does not answer. */
  probe(link: Link | null): void {
    if (this.keepAliveSeconds > 0) this.start(link, this.keepAliveSeconds * 1000 * KEEP_ALIVE_IDLE_TIMES);
  }

  /** All is well, or over. */
  stop(): void {
    this.isBare = false;
    for (const link of this.links) link.removeDoubter(this);
    this.links.clear();
    this.loop.cancel(this.givingUp);
  }

  linkIsOpen(link: Link): void {
    this.links.delete(link);
    if (this.links.size === 0 && !this.isBare) this.loop.cancel(this.givingUp);
  }
}

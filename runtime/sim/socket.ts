/**
 * One end of a simulated connection: what the kernel keeps for it, and the `Socket` the core holds.
 *
 * A connection is two of these and two streams. Life of an end: *opening* until the handshake is through, *announced*
 * once the process knows of it (`onOpen` was called, or `accept` returned a handler), *closed* for good. Code of the
 * process is never run from within a call of the process: every callback has an event of its own, so `onClose` follows
 * a `destroy` and data follows a `resume` in a later turn.
 *
 * Made to catch bugs of ownership. `onData` gets a window into a shared buffer, never at its start, which is overwritten
 * as soon as the call returns. What `write` keeps by reference is compared with a copy before `onDrain` (`LentBytes`).
 */
import { assert } from "../../src/base/assert.ts";
import {
  type Address,
  type PeerCertificate,
  PlatformError,
  type Socket,
  type SocketHandler,
} from "../../src/platform/index.ts";
import { Doubt } from "./doubt.ts";
import { Inbox } from "./inbox.ts";
import { type ConnectionFate, HostEvent, type Incarnation, worldEvent } from "./incarnation.ts";
import { LentBytes } from "./lent_bytes.ts";
import type { Link } from "./link.ts";
import type { Network } from "./network.ts";
import type { Mark, Stream } from "./stream.ts";

/** What is left in a delivered buffer after the call: recognizable, and no valid text. */
export const POISON_BYTE = 0xdb;
/** Most bytes one `onData` delivers. */
export const READ_BYTES_MAX = 64 * 1024;
/** The delivered bytes begin at up to this offset in the buffer, never at 0. */
export const READ_OFFSET_MAX = 16;

export class SimSocket implements Socket {
  readonly owner: Incarnation;
  readonly local: Address;
  readonly remote: Address;
  readonly peerCertificate: PeerCertificate | null = null;
  handler: SocketHandler | null = null;
  isClosed = false;
  /** Runs the listener's `accept`, on the accepting side. */
  onAccept: (() => void) | null = null;
  private readonly network: Network;
  private outgoing: Stream | null = null;
  private incoming: Stream | null = null;
  private isOpen = false;
  private isAnnounced = false;
  private isPaused = false;
  /** The process died without a word, and its machine with it. */
  private isLost = false;
  private readonly lent = new LentBytes();
  private drainIsDue = false;
  private endIsWanted = false;
  private endIsSent = false;
  private resetIsSent = false;
  private endHasArrived = false;
  private endIsDelivered = false;
  private readonly inbox = new Inbox();
  private readonly patience: Doubt;
  /** Delivers what has arrived. */
  private readonly reader = worldEvent(() => this.read());
  /** An acknowledgement has opened the window; it travels back and may meet a partition. */
  private readonly windowOpening = worldEvent(() => this.sendLent());

  constructor(network: Network, owner: Incarnation, local: Address, remote: Address) {
    this.network = network;
    this.owner = owner;
    this.local = local;
    this.remote = remote;
    this.patience = new Doubt(owner.loop, () => this.giveUp());
    owner.sockets.add(this);
  }

  // --- What the process calls -----------------------------------------------------------------------------------

  write(bytes: Uint8Array): boolean {
    if (this.isClosed || this.endIsWanted || bytes.length === 0) return true;
    this.owner.note("write", bytes.length);
    let sentBytes = 0;
    if (this.isOpen && this.lent.pendingBytes === 0) {
      const stream = this.stream();
      sentBytes = stream.acceptable(bytes.length);
      if (sentBytes > 0) stream.send(bytes.subarray(0, sentBytes));
      if (sentBytes === bytes.length) return true;
    }
    this.lent.add(bytes.subarray(sentBytes));
    this.drainIsDue = true;
    if (this.isOpen && this.stream().roomBytes > 0) this.windowOpens(this.stream().reverse);
    return false;
  }

  get bufferedBytes(): number {
    return this.lent.pendingBytes;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    if (!this.isPaused) return;
    this.isPaused = false;
    this.scheduleRead();
  }

  end(): void {
    if (this.isClosed || this.endIsWanted) return;
    this.endIsWanted = true;
    if (this.isOpen && this.lent.pendingBytes === 0) this.sendEnd();
  }

  destroy(): void {
    if (this.isClosed) return;
    this.closeAsKernel();
    this.finish(null);
  }

  reset(): void {
    if (this.isClosed) return;
    if (this.local.kind === "unix") this.closeAsKernel();
    else this.sendReset();
    this.finish(null);
  }

  /** Nothing waits to be sent together with more here. */
  setNoDelay(_on: boolean): void {}

  setKeepAlive(idleSeconds: number): void {
    this.patience.keepAliveSeconds = this.local.kind === "unix" ? 0 : idleSeconds;
    for (const stream of [this.outgoing, this.incoming]) {
      if (stream?.link.isBlocked) this.probe(stream.link);
    }
  }

  // --- What the network and the kernel do -----------------------------------------------------------------------

  /** The handshake has got so far that there are two streams. */
  attach(outgoing: Stream, incoming: Stream): void {
    this.outgoing = outgoing;
    this.incoming = incoming;
  }

  /** The far end, once there are streams. */
  get peer(): SimSocket | null {
    return this.outgoing === null ? null : this.outgoing.receiver;
  }

  /** The handshake is through on the connecting side. */
  open(): void {
    if (this.isClosed) {
      // Given up in the meantime: the listener's side learns it before it accepts.
      if (this.isLost) this.answerForLost();
      else this.sendReset();
      return;
    }
    this.isOpen = true;
    this.patience.stop();
    this.stream().sendMark("open");
    const opened = new HostEvent(this.owner, () => {
      if (this.isClosed) return;
      this.isAnnounced = true;
      this.owner.note("open", this.local.port);
      this.handler?.onOpen();
      if (!this.owner.isAlive || this.isClosed) return;
      if (this.lent.pendingBytes > 0) this.windowOpens(this.stream().reverse);
      else if (this.endIsWanted) this.sendEnd();
      this.scheduleRead();
    });
    this.owner.loop.schedule(opened, 0);
  }

  /** The listener has called `accept`. @param handler null closes the connection. */
  accepted(handler: SocketHandler | null): void {
    this.handler = handler;
    if (handler === null) this.destroy();
    this.isAnnounced = true;
    this.scheduleRead();
  }

  bytesArrived(bytes: Uint8Array): void {
    if (this.isLost) {
      this.answerForLost();
    } else if (this.isClosed) {
      this.sendReset();
    } else {
      this.inbox.add(bytes);
    }
  }

  markArrived(mark: Mark): void {
    if (this.isLost) this.answerForLost();
    if (this.isClosed) return;
    if (mark === "reset") {
      this.finish(new PlatformError("connection-reset", `reset by ${describeAddress(this.remote)}`));
    } else if (mark === "end") {
      this.endHasArrived = true;
    } else {
      this.isOpen = true;
      this.patience.stop();
      const accepting = new HostEvent(this.owner, () => {
        if (!this.isClosed) this.onAccept?.();
      });
      this.owner.loop.schedule(accepting, 0);
    }
  }

  /** Something has arrived: deliver it, now if the process can take it. */
  wakeReader(): void {
    if (!this.reader.isScheduled) this.read();
  }

  /** Delivers one chunk, or the end of the stream. */
  read(): void {
    if (!this.isReadable() || !this.owner.admits(this.reader)) return;
    if (this.inbox.sizeBytes > 0) this.deliverBytes();
    else this.deliverEnd();
    this.scheduleRead();
  }

  /** Sends what the process has lent, as far as the window allows. */
  sendLent(): void {
    if (this.isClosed) return;
    const stream = this.stream();
    if (stream.reverse.isBlocked) {
      stream.reverse.hold(this.windowOpening);
      this.doubt(stream.reverse);
      return;
    }
    if (!this.owner.admits(this.windowOpening)) return;
    while (this.lent.pendingBytes > 0 && stream.roomBytes > 0) stream.send(this.lent.take(stream.roomBytes));
    if (this.lent.pendingBytes > 0) return;
    this.lent.giveBack();
    if (this.drainIsDue) this.deliverDrain();
    if (this.endIsWanted && !this.isClosed && this.lent.pendingBytes === 0) this.sendEnd();
  }

  /** There is room to send: lent bytes go on when the acknowledgement has come by `reverse`. */
  windowOpens(reverse: Link): void {
    if (this.isClosed || this.lent.pendingBytes === 0) return;
    const { windowOpening } = this;
    if (windowOpening.isScheduled || reverse.isHolding(windowOpening) || this.owner.held.has(windowOpening)) return;
    this.owner.loop.schedule(windowOpening, reverse.transitUs());
  }

  /** The connection is gone, on this side. `onClose` follows in a later turn. */
  finish(error: PlatformError | null): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.forget();
    const { owner } = this;
    const closing = new HostEvent(owner, () => {
      owner.note("close", error === null ? 0 : 1);
      owner.loop.trace.text(error === null ? "" : error.kind);
      this.handler?.onClose(error);
    });
    owner.loop.schedule(closing, 0);
  }

  /** The process has died; the kernel does the rest, if it lives. */
  abandon(fate: ConnectionFate): void {
    if (this.isClosed) return;
    if (fate === "lose") {
      this.isLost = true;
    } else if (fate === "reset") {
      this.sendReset();
    } else {
      this.closeAsKernel();
    }
    this.isClosed = true;
    this.forget();
    if (this.isLost) this.network.lost(this);
  }

  /** Whether the far end of a lost end waits for an answer, and so sends again. */
  get peerAsks(): boolean {
    return this.incoming !== null && (this.incoming.unconsumedBytes > 0 || this.incoming.sender.isInDoubt);
  }

  get isInDoubt(): boolean {
    return this.patience.isRunning;
  }

  /** The machine of a lost end is back, knows nothing of the connection, and says so. */
  resetAfterLoss(): void {
    this.isLost = false;
    this.sendReset();
  }

  /** The connection is gone on both sides, from one moment to the next. */
  sever(): void {
    this.outgoing?.cut();
    this.finish(new PlatformError("connection-reset", `the way to ${describeAddress(this.remote)} is broken`));
  }

  /** No answer comes by `link`: give up when that lasts. */
  doubt(link: Link | null, afterMs = this.network.connectionTimeoutMs): void {
    if (!this.isClosed) this.patience.start(link, afterMs);
  }

  /** Keep-alive asks over a way that does not answer. */
  probe(link: Link | null): void {
    if (!this.isClosed) this.patience.probe(link);
  }

  describe(): string {
    const state = [
      this.isOpen ? (this.isAnnounced ? "open" : "not accepted yet") : "opening",
      this.isPaused ? "paused" : "",
      this.inbox.sizeBytes > 0 ? `${this.inbox.sizeBytes} bytes not read` : "",
      this.lent.pendingBytes > 0 ? `${this.lent.pendingBytes} bytes not sent` : "",
      this.endIsSent ? "end sent" : "",
      this.endHasArrived ? "end received" : "",
      this.patience.isAboutLink ? "cut off by a partition" : "",
    ];
    const ends = `${describeAddress(this.local)} to ${describeAddress(this.remote)}`;
    return `${ends}: ${state.filter((part) => part !== "").join(", ")}`;
  }

  // --- Within ---------------------------------------------------------------------------------------------------

  private stream(): Stream {
    assert(this.outgoing !== null, "an open connection has its streams");
    return this.outgoing;
  }

  private isReadable(): boolean {
    if (this.isClosed || this.isPaused || !this.isAnnounced) return false;
    return this.inbox.sizeBytes > 0 || (this.endHasArrived && !this.endIsDelivered);
  }

  private scheduleRead(): void {
    if (this.isReadable() && !this.reader.isScheduled) this.owner.loop.schedule(this.reader, 0);
  }

  private deliverBytes(): void {
    const { scratch, prng } = this.network;
    const start = 1 + prng.below(READ_OFFSET_MAX);
    const end = this.inbox.take(scratch, start, READ_BYTES_MAX);
    this.incoming?.consumed(end - start);
    this.owner.note("data", end - start);
    try {
      this.handler?.onData(scratch, start, end);
    } finally {
      scratch.fill(POISON_BYTE, start, end);
    }
  }

  private deliverEnd(): void {
    this.endIsDelivered = true;
    this.owner.note("end", 0);
    this.handler?.onEnd();
    if (this.endIsSent) this.finish(null);
  }

  private deliverDrain(): void {
    this.drainIsDue = false;
    this.owner.note("drain", 0);
    this.handler?.onDrain();
  }

  private sendEnd(): void {
    if (this.endIsSent) return;
    this.endIsSent = true;
    this.stream().sendMark("end");
    if (this.endIsDelivered) this.finish(null);
  }

  /** What a kernel does when the last handle of a socket is closed: a reset when bytes were left unread. */
  private closeAsKernel(): void {
    if (this.inbox.sizeBytes > 0) this.sendReset();
    else if (this.isOpen) this.sendEnd();
  }

  private sendReset(): void {
    if (this.resetIsSent) return;
    this.resetIsSent = true;
    this.outgoing?.sendMark("reset");
  }

  /** Bytes for a machine without power; or for one that is back, which answers with a reset. */
  private answerForLost(): void {
    if (this.owner.host.isDark) this.peer?.doubt(null);
    else this.resetAfterLoss();
  }

  private giveUp(): void {
    if (this.isClosed) return;
    this.sendReset();
    this.finish(new PlatformError("timed-out", `no answer from ${describeAddress(this.remote)}`));
  }

  private forget(): void {
    const { owner } = this;
    owner.sockets.delete(this);
    owner.loop.cancel(this.reader);
    owner.held.delete(this.reader);
    owner.loop.cancel(this.windowOpening);
    owner.held.delete(this.windowOpening);
    this.patience.stop();
    this.lent.drop();
    this.inbox.clear();
    this.network.closed(this);
  }
}

export function describeAddress(address: Address): string {
  if (address.kind === "tcp") return `${address.host}:${address.port}`;
  return address.host === "" ? "a Unix socket" : address.host;
}

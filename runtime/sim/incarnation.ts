/**
 * One life of the process on a host: its timers, sockets, open files and handlers, which go when it dies.
 *
 * Code of a dead process may still run: a promise that another host resolves, the rest of the callback in which the test
 * pulled the plug. It finds a platform that does nothing any more. Every event that is about to run code of a process
 * asks `admits` first, which is also where a frozen host keeps its events for later.
 */
import type { SimHost } from "./host.ts";
import type { Loop } from "./loop.ts";
import type { Network } from "./network.ts";
import { CallbackEvent, SimEvent } from "./queue.ts";
import type { SimSocket } from "./socket.ts";
import type { TraceKind } from "./trace.ts";

/** What a process is started with. */
export interface ProcessOptions {
  /** Arguments after the program. */
  readonly arguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** What comes on standard input. */
  readonly input?: Uint8Array;
  /** Must exist; `/data` when not given. */
  readonly workingDirectory?: string;
}

/**
 * What the peers of a dead process see. `close`: its kernel closes the sockets, as after kill -9. `reset`: a reset.
 * `lose`: nothing at all, as when the machine loses power, until they time out or the host is back.
 */
export type ConnectionFate = "close" | "reset" | "lose";

/** Code of a host that runs once, unless the host is dead by then; later when it is frozen. */
export class HostEvent extends SimEvent {
  private readonly owner: Incarnation;
  private readonly callback: () => void;

  constructor(owner: Incarnation, callback: () => void) {
    super();
    this.owner = owner;
    this.callback = callback;
  }

  fire(): void {
    if (this.owner.admits(this)) this.callback();
  }
}

/** An event between hosts, not held back by a frozen one. */
export function worldEvent(callback: () => void): SimEvent {
  return new CallbackEvent(callback);
}

/** One life of the process on a host. */
export class Incarnation {
  readonly host: SimHost;
  readonly loop: Loop;
  readonly network: Network;
  isAlive = true;
  /** What came due while the host was frozen, in that order. */
  readonly held = new Set<SimEvent>();
  readonly timers = new Set<SimEvent>();
  readonly sockets = new Set<SimSocket>();
  /** Open files, closed by the kernel when the process dies. */
  readonly openFiles = new Set<{ release(): void }>();
  /** Callbacks run so far: the simulated process's CPU time. */
  callbackCount = 0;

  constructor(host: SimHost, loop: Loop, network: Network) {
    this.host = host;
    this.loop = loop;
    this.network = network;
  }

  /** Whether `event`, which is about to run code of this process, may do so now. A frozen host keeps it for later. */
  admits(event: SimEvent): boolean {
    if (!this.isAlive) return false;
    if (this.host.isFrozen) {
      this.held.add(event);
      return false;
    }
    this.loop.hostCodeRan = true;
    this.callbackCount++;
    return true;
  }

  /** Records something that this host did or saw. */
  note(kind: TraceKind, detail: number): void {
    this.loop.trace.event(this.loop.nowUs, this.host.id, kind, detail);
  }

  /** The process is gone: nothing of it runs from now on. */
  die(connections: ConnectionFate): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    for (const timer of this.timers) this.loop.cancel(timer);
    this.timers.clear();
    this.held.clear();
    this.network.closeListeners(this);
    for (const socket of [...this.sockets]) socket.abandon(connections);
    this.sockets.clear();
    for (const file of this.openFiles) file.release();
    this.openFiles.clear();
  }
}

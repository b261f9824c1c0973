/**
 * A small world for random scripts: three hosts that listen, connect, write, pause, end, break, freeze and crash as told,
 * while every end of every connection watches over the contract of `Socket`. The bytes of each direction are a pattern
 * of their position, so anything lost, doubled or out of order shows at the receiver.
 */
import { type Partition, type SimHost, Simulation } from "../../runtime/sim/simulation.ts";
import type { PlatformError, Socket, SocketHandler } from "../../src/platform/index.ts";
import { PORT } from "./end.ts";

export interface Step {
  readonly kind:
    | "connect"
    | "write"
    | "pause"
    | "resume"
    | "end"
    | "destroy"
    | "reset"
    | "advance"
    | "partition"
    | "heal"
    | "break"
    | "freeze"
    | "thaw"
    | "crash"
    | "restart"
    | "latency";
  /** What they mean depends on the kind: which end or host, how many bytes, how long. */
  readonly a: number;
  readonly b: number;
}

export class ContractError extends Error {}

function patternByte(port: number, direction: number, position: number): number {
  return (Math.imul(port * 2 + direction, 0x9e3779b1) >>> 24) ^ (position % 253);
}

/** One end that writes its pattern and checks the other's. */
export class Watcher implements SocketHandler {
  socket!: Socket;
  readonly host: SimHost;
  readonly isClient: boolean;
  sentBytes = 0;
  receivedBytes = 0;
  /** Which of its own calls ended it; `crash` when its process died. */
  endedBy: "end" | "destroy" | "reset" | "crash" | null = null;
  sawEnd = false;
  isClosed = false;
  error: PlatformError | null = null;
  /** What write kept; to be left alone until onDrain. */
  lent: Uint8Array | null = null;
  private isOpen: boolean;
  private isPaused = false;
  private isCalling = false;

  constructor(host: SimHost, isClient: boolean) {
    this.host = host;
    this.isClient = isClient;
    this.isOpen = !isClient;
  }

  get port(): number {
    return this.isClient ? this.socket.local.port : this.socket.remote.port;
  }

  onOpen(): void {
    this.enter("onOpen");
    this.require(!this.isOpen, "onOpen comes once, and only to who connects");
    this.isOpen = true;
  }

  onData(buffer: Uint8Array, start: number, end: number): void {
    this.enter("onData");
    this.require(this.isOpen, "data comes after onOpen");
    this.require(!this.isPaused, "no data while paused");
    this.require(!this.sawEnd, "no data after the end");
    this.require(start < end, "data is not empty");
    for (let index = start; index < end; index++) {
      const expected = patternByte(this.port, this.isClient ? 1 : 0, this.receivedBytes++);
      this.require(buffer[index] === expected, "bytes arrive in order, each once");
    }
  }

  onDrain(): void {
    this.enter("onDrain");
    this.require(this.lent !== null, "onDrain follows a write that returned false");
    this.require(this.socket.bufferedBytes === 0, "nothing is buffered when drained");
    this.lent?.fill(0);
    this.lent = null;
  }

  onEnd(): void {
    this.enter("onEnd");
    this.require(!this.sawEnd && !this.isPaused, "the end comes once, and not while paused");
    this.sawEnd = true;
  }

  onClose(error: PlatformError | null): void {
    this.enter("onClose");
    this.isClosed = true;
    this.error = error;
    this.lent?.fill(0);
    this.lent = null;
  }

  write(sizeBytes: number): void {
    if (this.lent !== null || this.endedBy !== null || this.isClosed) return;
    const bytes = new Uint8Array(sizeBytes);
    const direction = this.isClient ? 0 : 1;
    for (let index = 0; index < sizeBytes; index++) {
      bytes[index] = patternByte(this.port, direction, this.sentBytes++);
    }
    const isDone = this.call((socket) => socket.write(bytes));
    this.require(isDone === (this.socket.bufferedBytes === 0), "write says whether bytes are kept");
    if (isDone) bytes.fill(0);
    else this.lent = bytes;
  }

  setPaused(isPaused: boolean): void {
    this.isPaused = isPaused;
    this.call((socket) => (isPaused ? socket.pause() : socket.resume()));
  }

  finish(how: "end" | "destroy" | "reset"): void {
    // An end may be cut short by a destroy, never the other way round.
    if (!this.isClosed && (this.endedBy === null || this.endedBy === "end")) this.endedBy = how;
    this.call((socket) => socket[how]());
  }

  private call<T>(action: (socket: Socket) => T): T {
    this.isCalling = true;
    const result = action(this.socket);
    this.isCalling = false;
    return result;
  }

  private enter(callback: string): void {
    this.require(!this.isCalling, `${callback} from within a call`);
    this.require(!this.isClosed, `${callback} after onClose`);
    this.require(this.host.isRunning && !this.host.isFrozen, `${callback} on a host that does not run`);
  }

  private require(condition: boolean, message: string): void {
    if (!condition) throw new ContractError(`${this.isClient ? "client" : "server"} ${this.port}: ${message}`);
  }
}

export class World {
  readonly simulation: Simulation;
  readonly hosts: SimHost[];
  readonly watchers: Watcher[] = [];
  private partitions: Partition[] = [];

  constructor(seed: number) {
    this.simulation = new Simulation({ seed, network: { windowBytes: 2000, connectionTimeoutMs: 20_000 } });
    this.hosts = ["a", "b", "c"].map((name) => this.simulation.createHost(name));
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const host of this.hosts) await this.listen(host);
    for (const step of steps) await this.step(step);
    await this.settle();
  }

  /** Ends all faults and lets everything that can still happen happen. */
  private async settle(): Promise<void> {
    for (const partition of this.partitions) partition.heal();
    for (const host of this.hosts) host.thaw();
    for (const watcher of this.watchers) watcher.setPaused(false);
    await this.simulation.advance(60_000);
  }

  /** The two ends of every connection that was accepted, client first. */
  pairs(): [Watcher, Watcher][] {
    const clients = this.watchers.filter((watcher) => watcher.isClient);
    return clients.flatMap((client) => {
      const { host, port } = client.socket.local;
      const isOther = ({ socket, isClient }: Watcher) =>
        !isClient &&
        socket.remote.port === port &&
        socket.remote.host === host &&
        socket.local.host === client.socket.remote.host;
      const server = this.watchers.find(isOther);
      return server === undefined ? [] : [[client, server] as [Watcher, Watcher]];
    });
  }

  private async listen(host: SimHost): Promise<void> {
    await host.platform.net.listen({ kind: "tcp", host: "0.0.0.0", port: PORT, backlog: 100 }, (socket) => {
      const watcher = new Watcher(host, false);
      watcher.socket = socket;
      this.watchers.push(watcher);
      return watcher;
    });
  }

  private connect(from: SimHost, to: SimHost): void {
    if (!from.isRunning) return;
    const watcher = new Watcher(from, true);
    watcher.socket = from.platform.net.connect({ kind: "tcp", host: to.name, port: PORT }, watcher);
    this.watchers.push(watcher);
  }

  /** The processes of ends on a host that dies are gone: nothing may reach them any more. */
  private async crash(host: SimHost, how: number): Promise<void> {
    if (!host.isRunning) return;
    host.crash({ connections: (["reset", "close", "lose"] as const)[how % 3] });
    for (const watcher of this.watchers) {
      if (watcher.host !== host || watcher.isClosed) continue;
      watcher.isClosed = true;
      watcher.endedBy = "crash";
    }
  }

  private async step({ kind, a, b }: Step): Promise<void> {
    const { hosts, watchers } = this;
    const [host, other] = [hosts[a % hosts.length], hosts[b % hosts.length]];
    const watcher = watchers.length === 0 ? null : watchers[a % watchers.length];
    if (kind === "advance") await this.simulation.advance((a % 50) ** 2 / 10);
    else if (kind === "connect") this.connect(host, other);
    else if (kind === "partition")
      this.partitions.push(this.simulation.network.partition([host], [other], { oneWay: a % 2 === 0 }));
    else if (kind === "heal") this.partitions.pop()?.heal();
    else if (kind === "break") this.simulation.network.breakConnections(host, other);
    else if (kind === "latency")
      this.simulation.network.setLatency(host, other, { latencyUs: a * 100, jitterUs: b * 100 });
    else if (kind === "freeze") host.freeze();
    else if (kind === "thaw") host.thaw();
    else if (kind === "crash") await this.crash(host, b);
    else if (kind === "restart") {
      if (host.isRunning) return;
      host.restart();
      await this.listen(host);
    } else if (watcher === null) return;
    else if (kind === "write") watcher.write(1 + ((b * b) % 7000));
    else if (kind === "pause" || kind === "resume") watcher.setPaused(kind === "pause");
    else watcher.finish(kind);
  }
}

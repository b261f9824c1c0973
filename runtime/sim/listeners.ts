/** Who listens where: TCP ports of each host, and Unix sockets by the file they are bound to. */
import {
  type Address,
  type Listener,
  PlatformError,
  type Socket,
  type SocketHandler,
} from "../../src/platform/index.ts";
import { SocketNode } from "./directory_tree.ts";
import type { SimHost } from "./host.ts";
import type { Incarnation } from "./incarnation.ts";
import type { SimSocket } from "./socket.ts";

export const EPHEMERAL_PORT_MIN = 49152;

/** Connections to a Unix socket that wait to be accepted; the seam gives no backlog for them. */
const UNIX_BACKLOG = 511;

export type Accept = (socket: Socket) => SocketHandler | null;

export class SimListener implements Listener {
  readonly owner: Incarnation;
  readonly address: Address;
  readonly accept: Accept;
  /** The file a Unix socket is bound to. */
  readonly node: SocketNode | null;
  /** Connections whose handshake is through, or nearly, and that `accept` has not seen yet. */
  readonly waiting = new Set<SimSocket>();
  private readonly table: ListenerTable;
  private readonly backlog: number;

  constructor(
    table: ListenerTable,
    owner: Incarnation,
    address: Address,
    options: { readonly accept: Accept; readonly backlog?: number; readonly node?: SocketNode },
  ) {
    this.table = table;
    this.owner = owner;
    this.address = address;
    this.accept = options.accept;
    this.backlog = Math.max(1, options.backlog ?? UNIX_BACKLOG);
    this.node = options.node ?? null;
  }

  get hasRoom(): boolean {
    return this.waiting.size < this.backlog;
  }

  async close(): Promise<void> {
    if (!this.owner.isAlive) return;
    if (this.shut() && this.node !== null) this.owner.host.disk.removeSocket(this.address.host, this.node);
  }

  /** Stops listening; who waits is turned away. The file of a Unix socket stays. @returns whether it was listening. */
  shut(): boolean {
    if (!this.table.remove(this)) return false;
    for (const socket of [...this.waiting]) socket.reset();
    return true;
  }
}

export class ListenerTable {
  private readonly listeners = new Set<SimListener>();
  private readonly listenerOfWaiting = new Map<SimSocket, SimListener>();

  /** @throws PlatformError `address-in-use` */
  add(listener: SimListener): void {
    const { address } = listener;
    for (const other of this.onPort(listener.owner.host, address)) {
      if (conflicts(other.address.host, address.host)) {
        throw new PlatformError("address-in-use", `${address.host}:${address.port}`);
      }
    }
    this.listeners.add(listener);
  }

  remove(listener: SimListener): boolean {
    return this.listeners.delete(listener);
  }

  of(owner: Incarnation): SimListener[] {
    return [...this.listeners].filter((listener) => listener.owner === owner);
  }

  isPortUsed(host: SimHost, port: number): boolean {
    return this.onPort(host, { kind: "tcp", host: "", port }).length > 0;
  }

  /** Who takes a connection to `address` of `host`; otherwise how it is refused. */
  find(host: SimHost, address: Address): SimListener | PlatformError {
    if (address.kind === "unix") return this.findUnix(host, address.host);
    const candidates = this.onPort(host, address);
    for (const bound of [address.host, ...wildcards(address.host)]) {
      const listener = candidates.find((candidate) => candidate.address.host === bound);
      if (listener !== undefined) return listener;
    }
    return new PlatformError("connection-refused", `nobody listens on ${address.host}:${address.port}`);
  }

  addWaiting(socket: SimSocket, listener: SimListener): void {
    listener.waiting.add(socket);
    this.listenerOfWaiting.set(socket, listener);
  }

  notWaiting(socket: SimSocket): void {
    this.listenerOfWaiting.get(socket)?.waiting.delete(socket);
    this.listenerOfWaiting.delete(socket);
  }

  private findUnix(host: SimHost, path: string): SimListener | PlatformError {
    let node: unknown;
    try {
      node = host.disk.find(path).node;
    } catch (error) {
      if (error instanceof PlatformError) return error;
      throw error;
    }
    if (node === undefined) return new PlatformError("not-found", `no socket at ${path}`);
    if (node instanceof SocketNode) {
      for (const listener of this.listeners) {
        if (listener.node === node) return listener;
      }
    }
    return new PlatformError("connection-refused", `nobody listens on ${path}`);
  }

  private onPort(host: SimHost, address: Address): SimListener[] {
    if (address.kind === "unix") return [];
    const matching: SimListener[] = [];
    for (const listener of this.listeners) {
      const { kind, port } = listener.address;
      if (kind === "tcp" && port === address.port && listener.owner.host === host) matching.push(listener);
    }
    return matching;
  }
}

/** Addresses that stand for every one, in the order in which they take a connection to `host`. */
function wildcards(host: string): readonly string[] {
  return host.includes(":") ? ["::"] : ["0.0.0.0", "::"];
}

function conflicts(a: string, b: string): boolean {
  if (a === b) return true;
  if (a.includes(":") !== b.includes(":")) return false;
  return [a, b].some((host) => host === "0.0.0.0" || host === "::");
}

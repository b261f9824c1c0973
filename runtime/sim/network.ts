/**
 * The network between the simulated hosts: names, listeners, handshakes, links, and the faults a test asks for.
 *
 * A connection is opened as TCP opens it: a request to the listener's kernel, its answer, and a third packet with which
 * the listener accepts; so a frozen server's kernel still opens connections, a dark host lets the caller time out, and a
 * partition may leave one side open and the other not. Unix sockets go the same way over the host's own loopback.
 */
import { assert } from "../../src/base/assert.ts";
import type { Prng } from "../../src/base/prng.ts";
import { type Address, type ConnectOptions, PlatformError, type SocketHandler } from "../../src/platform/index.ts";
import type { SimHost } from "./host.ts";
import { type Incarnation, worldEvent } from "./incarnation.ts";
import { type Latency, Link } from "./link.ts";
import { EPHEMERAL_PORT_MIN, ListenerTable, type SimListener } from "./listeners.ts";
import type { Loop } from "./loop.ts";
import { SimEvent } from "./queue.ts";
import { POISON_BYTE, READ_BYTES_MAX, READ_OFFSET_MAX, SimSocket } from "./socket.ts";
import { Stream, type StreamOptions } from "./stream.ts";

export interface NetworkOptions extends Partial<StreamOptions> {
  /** Of every link between two hosts; drawn for each pair when not given. */
  readonly latency?: Latency;
  /** How long a sender waits for an answer from a peer behind a partition or without power. */
  readonly connectionTimeoutMs?: number;
  /** How long `connect` waits. */
  readonly connectTimeoutMs?: number;
}

const WINDOW_BYTES_DEFAULT = 128 * 1024;
const GRAIN_US_DEFAULT = 10;
const CONNECTION_TIMEOUT_MS_DEFAULT = 120_000;
const CONNECT_TIMEOUT_MS_DEFAULT = 10_000;
/** A lost host that is back hears from its peers when they send again, after this. */
const RETRANSMISSION_US = 200_000;

/** Within a host. */
const LOOPBACK_LATENCY: Latency = { latencyUs: 10, jitterUs: 20 };
/** Between hosts: the latency is drawn from here, once for each pair. */
const LATENCY_US_MIN = 50;
const LATENCY_US_RANGE = 450;
const JITTER_US = 100;

const LOOPBACK_NAMES: Readonly<Record<string, string>> = {
  localhost: "127.0.0.1",
  "127.0.0.1": "127.0.0.1",
  "::1": "::1",
};

/** Undoes one partition. */
export interface Partition {
  heal(): void;
}

/** A packet of a handshake. */
class Packet extends SimEvent {
  private readonly link: Link;
  private readonly arrive: () => void;

  constructor(link: Link, arrive: () => void) {
    super();
    this.link = link;
    this.arrive = arrive;
  }

  fire(): void {
    if (this.link.isBlocked) this.link.hold(this);
    else this.arrive();
  }
}

/** Where a connection is going. `null` for a host: an address nobody has. */
interface Destination {
  readonly host: SimHost | null;
  readonly address: Address;
  readonly local: Address;
}

export class Network {
  /** What all deliveries of all sockets go through; full of poison between them. */
  readonly scratch = new Uint8Array(READ_BYTES_MAX + 2 * READ_OFFSET_MAX).fill(POISON_BYTE);
  readonly prng: Prng;
  readonly connectionTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly listeners = new ListenerTable();
  private readonly loop: Loop;
  private readonly streamOptions: StreamOptions;
  private readonly latency: Latency | null;
  private readonly hosts: SimHost[] = [];
  private readonly hostByName = new Map<string, SimHost>();
  private readonly links = new Map<string, Link>();
  private readonly partitions = new Set<Partition>();
  private readonly openSockets = new Set<SimSocket>();
  private readonly lostSockets = new Set<SimSocket>();
  private readonly nextPort = new Map<SimHost, number>();

  constructor(loop: Loop, prng: Prng, options: NetworkOptions = {}) {
    this.loop = loop;
    this.prng = prng;
    this.latency = options.latency ?? null;
    this.connectionTimeoutMs = options.connectionTimeoutMs ?? CONNECTION_TIMEOUT_MS_DEFAULT;
    this.connectTimeoutMs = options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS_DEFAULT;
    this.streamOptions = {
      windowBytes: options.windowBytes ?? WINDOW_BYTES_DEFAULT,
      fragments: options.fragments ?? true,
      grainUs: options.grainUs ?? GRAIN_US_DEFAULT,
    };
    assert(this.streamOptions.windowBytes >= 1 && this.streamOptions.grainUs >= 1, "window and grain are positive");
  }

  // --- Faults ---------------------------------------------------------------------------------------------------

  /**
   * Cuts every way between a host of `from` and a host of `to`, or only the way there. What is sent is held until the
   * partition is healed, unless the sender gives up before.
   */
  partition(from: readonly SimHost[], to: readonly SimHost[], options: { readonly oneWay?: boolean } = {}): Partition {
    const cut: Link[] = [];
    for (const a of from) {
      for (const b of to) {
        if (a === b) continue;
        cut.push(this.link(a, b));
        if (options.oneWay !== true) cut.push(this.link(b, a));
      }
    }
    this.note("partition", cut.length);
    for (const link of cut) link.block();
    for (const socket of this.openSockets) {
      const peer = socket.peer;
      if (peer === null) continue;
      for (const link of [this.linkOf(socket, peer), this.linkOf(peer, socket)]) {
        if (link.isBlocked) socket.probe(link);
      }
    }
    const partition: Partition = {
      heal: () => {
        if (!this.partitions.delete(partition)) return;
        this.note("heal", cut.length);
        for (const link of cut) link.unblock();
      },
    };
    this.partitions.add(partition);
    return partition;
  }

  /** Heals every partition. */
  heal(): void {
    for (const partition of [...this.partitions]) partition.heal();
  }

  /** Breaks every connection between two hosts: both ends see a reset, what was on its way is lost. */
  breakConnections(a: SimHost, b: SimHost): void {
    for (const socket of [...this.openSockets]) {
      const peer = socket.peer;
      if (peer === null || socket.isClosed) continue;
      const ends = [socket.owner.host, peer.owner.host];
      if ((ends[0] !== a || ends[1] !== b) && (ends[0] !== b || ends[1] !== a)) continue;
      socket.sever();
      peer.sever();
    }
  }

  /** Changes how long packets take between two hosts from now on, both ways. */
  setLatency(a: SimHost, b: SimHost, latency: Latency): void {
    for (const link of [this.link(a, b), this.link(b, a)]) {
      link.latencyUs = Math.max(1, latency.latencyUs);
      link.jitterUs = latency.jitterUs;
    }
  }

  // --- What hosts use -------------------------------------------------------------------------------------------

  addHost(host: SimHost): void {
    for (const name of [host.name, host.address]) {
      assert(!this.hostByName.has(name) && !Object.hasOwn(LOOPBACK_NAMES, name), "host names and addresses are unique");
      this.hostByName.set(name, host);
    }
    this.hosts.push(host);
  }

  /** Name or address as an address of `host` or of another. @returns null when nobody has that name. */
  resolve(host: SimHost, name: string): { host: SimHost | null; address: string } | null {
    if (Object.hasOwn(LOOPBACK_NAMES, name)) return { host, address: LOOPBACK_NAMES[name] };
    const found = this.hostByName.get(name);
    if (found !== undefined) return { host: found, address: found.address };
    return isNumericAddress(name) ? { host: null, address: name } : null;
  }

  /** A port of `host` that nobody uses. */
  freePort(host: SimHost): number {
    for (;;) {
      const port = this.nextPort.get(host) ?? EPHEMERAL_PORT_MIN;
      this.nextPort.set(host, port === 65535 ? EPHEMERAL_PORT_MIN : port + 1);
      if (!this.listeners.isPortUsed(host, port)) return port;
    }
  }

  connect(owner: Incarnation, options: ConnectOptions, handler: SocketHandler): SimSocket {
    const destination = this.destination(owner, options);
    const local = destination instanceof PlatformError ? nowhere(options) : destination.local;
    const remote = destination instanceof PlatformError ? nowhere(options) : destination.address;
    const socket = new SimSocket(this, owner, local, remote);
    socket.handler = handler;
    owner.note("connect", remote.port);
    if (destination instanceof PlatformError) {
      socket.finish(destination);
      return socket;
    }
    this.openSockets.add(socket);
    socket.doubt(null, this.connectTimeoutMs);
    const { host } = destination;
    if (host !== null) this.send(this.link(owner.host, host), () => this.requestArrived(socket, host));
    return socket;
  }

  closeListeners(owner: Incarnation): void {
    for (const listener of this.listeners.of(owner)) listener.shut();
  }

  /** `socket` has closed on its side. */
  closed(socket: SimSocket): void {
    this.openSockets.delete(socket);
    this.listeners.notWaiting(socket);
  }

  /** `socket` is gone without a word. */
  lost(socket: SimSocket): void {
    this.lostSockets.add(socket);
    socket.peer?.probe(null);
  }

  hostIsBack(host: SimHost): void {
    for (const socket of [...this.lostSockets]) {
      if (socket.owner.host !== host) continue;
      this.lostSockets.delete(socket);
      if (socket.peerAsks)
        this.loop.schedule(
          worldEvent(() => socket.resetAfterLoss()),
          RETRANSMISSION_US,
        );
    }
  }

  describe(): string {
    const blocked = [...this.links].filter(([, link]) => link.isBlocked);
    return blocked.map(([name, link]) => `${name}: blocked by a partition, ${link.heldCount} packets held`).join("\n");
  }

  // --- Within ---------------------------------------------------------------------------------------------------

  private note(kind: "partition" | "heal", detail: number): void {
    this.loop.trace.event(this.loop.nowUs, 0, kind, detail);
  }

  private linkOf(from: SimSocket, to: SimSocket): Link {
    return this.link(from.owner.host, to.owner.host);
  }

  private link(from: SimHost, to: SimHost): Link {
    const key = `${from.name} to ${to.name}`;
    let link = this.links.get(key);
    if (link === undefined) {
      link = new Link(this.loop, this.prng, from === to ? LOOPBACK_LATENCY : this.drawLatency(from, to));
      this.links.set(key, link);
    }
    return link;
  }

  /** The same both ways, as it mostly is. */
  private drawLatency(from: SimHost, to: SimHost): Latency {
    const back = this.links.get(`${to.name} to ${from.name}`);
    if (back !== undefined) return back;
    return this.latency ?? { latencyUs: LATENCY_US_MIN + this.prng.below(LATENCY_US_RANGE), jitterUs: JITTER_US };
  }

  private send(link: Link, arrive: () => void): void {
    this.loop.schedule(new Packet(link, arrive), link.transitUs());
  }

  private destination(owner: Incarnation, options: ConnectOptions): Destination | PlatformError {
    if (options.kind === "unix") {
      const address: Address = { kind: "unix", host: options.path, port: 0 };
      return { host: owner.host, address, local: { kind: "unix", host: "", port: 0 } };
    }
    if (options.tls !== undefined) return new PlatformError("unsupported", "the simulated network has no TLS");
    const found = this.resolve(owner.host, options.host);
    if (found === null) return new PlatformError("host-not-found", options.host);
    const isLoopback = Object.hasOwn(LOOPBACK_NAMES, found.address);
    return {
      host: found.host,
      address: { kind: "tcp", host: found.address, port: options.port },
      local: { kind: "tcp", host: isLoopback ? found.address : owner.host.address, port: this.freePort(owner.host) },
    };
  }

  /** First packet: the listener's kernel answers, or refuses. */
  private requestArrived(client: SimSocket, host: SimHost): void {
    if (host.isDark) return;
    const back = this.link(host, client.owner.host);
    const listener = this.listeners.find(host, client.remote);
    if (listener instanceof PlatformError) {
      this.send(back, () => client.finish(listener));
      return;
    }
    if (!listener.hasRoom) return;
    this.acceptLater(listener, client, back);
    this.send(back, () => client.open());
  }

  /** Makes the listener's end, which waits for the third packet. */
  private acceptLater(listener: SimListener, client: SimSocket, back: Link): void {
    const { owner } = listener;
    const server = new SimSocket(this, owner, client.remote, client.local);
    this.openSockets.add(server);
    this.listeners.addWaiting(server, listener);
    server.onAccept = () => {
      this.listeners.notWaiting(server);
      owner.note("accept", client.local.port);
      server.accepted(listener.accept(server));
    };
    const there = this.link(client.owner.host, owner.host);
    const toServer = { sender: client, receiver: server, link: there, reverse: back };
    const toClient = { sender: server, receiver: client, link: back, reverse: there };
    const up = new Stream(toServer, this.loop, this.prng, this.streamOptions);
    const down = new Stream(toClient, this.loop, this.prng, this.streamOptions);
    client.attach(up, down);
    server.attach(down, up);
    server.doubt(null, this.connectTimeoutMs);
  }
}

function nowhere(options: ConnectOptions): Address {
  if (options.kind === "unix") return { kind: "unix", host: options.path, port: 0 };
  return { kind: "tcp", host: options.host, port: options.port };
}

function isNumericAddress(name: string): boolean {
  return name.includes(":") || /^\d+\.\d+\.\d+\.\d+$/.test(name);
}

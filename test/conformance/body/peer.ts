/** One end of a connection that writes down what happens to it, and the ways to make such ends. */
import type {
  Address,
  Listener,
  ListenOptions,
  PlatformError,
  Socket,
  SocketHandler,
  TlsClientOptions,
} from "../../../src/platform/index.ts";
import { check, equal } from "./assert.ts";
import { type Capability, type Environment, until } from "./environment.ts";

/** Most bytes a peer keeps; cases that move more look at them as they pass. */
const KEPT_BYTES_MAX = 64 * 1024 * 1024;

export class Peer implements SocketHandler {
  socket: Socket | null = null;
  opens = 0;
  deliveries = 0;
  receivedBytes = 0;
  drains = 0;
  ends = 0;
  closes = 0;
  error: PlatformError | null = null;
  /** True while a call of the socket is on the stack, in which no callback may come. */
  inCall = false;
  /** First thing that must not have happened. */
  offence: string | null = null;
  /** Instead of keeping what arrives. */
  whenData: ((buffer: Uint8Array, start: number, end: number) => void) | null = null;
  whenDrain: (() => void) | null = null;
  whenEnd: (() => void) | null = null;
  readonly #kept: Uint8Array[] = [];

  onOpen(): void {
    this.#note("onOpen");
    if (this.receivedBytes > 0) this.offence ??= "onOpen came after data";
    this.opens++;
  }

  onData(buffer: Uint8Array, start: number, end: number): void {
    this.#note("onData");
    if (!(start >= 0 && start < end && end <= buffer.length)) this.offence ??= `onData(${start}, ${end})`;
    if (this.ends > 0) this.offence ??= "onData after onEnd";
    this.deliveries++;
    this.receivedBytes += end - start;
    if (this.whenData !== null) this.whenData(buffer, start, end);
    else {
      check(this.receivedBytes <= KEPT_BYTES_MAX, "a case keeps too much");
      this.#kept.push(buffer.slice(start, end));
    }
  }

  onDrain(): void {
    this.#note("onDrain");
    this.drains++;
    this.whenDrain?.();
  }

  onEnd(): void {
    this.#note("onEnd");
    this.ends++;
    if (this.ends > 1) this.offence ??= "onEnd twice";
    this.whenEnd?.();
  }

  onClose(error: PlatformError | null): void {
    this.#note("onClose");
    this.closes++;
    this.error = error;
  }

  #note(callback: string): void {
    if (this.closes > 0) this.offence ??= `${callback} after onClose`;
    if (this.inCall) this.offence ??= `${callback} from within a call of the socket`;
  }

  /** The socket, while there is one. */
  get live(): Socket {
    check(this.socket !== null, "the peer has no socket yet");
    return this.socket;
  }

  /** Calls the socket and sees to it that nothing calls back meanwhile. */
  call<T>(action: (socket: Socket) => T): T {
    const outer = this.inCall;
    this.inCall = true;
    try {
      return action(this.live);
    } finally {
      this.inCall = outer;
    }
  }

  write(bytes: Uint8Array): boolean {
    return this.call((socket) => socket.write(bytes));
  }

  send(text: string): boolean {
    return this.write(ascii(text));
  }

  /** Everything kept so far, as one. */
  received(): Uint8Array {
    let sizeBytes = 0;
    for (const piece of this.#kept) sizeBytes += piece.length;
    const all = new Uint8Array(sizeBytes);
    let at = 0;
    for (const piece of this.#kept) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }

  receivedText(): string {
    return String.fromCharCode(...this.received().subarray(0, 10_000));
  }
}

export function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** A way of connecting, over which the common cases run. */
export interface Transport {
  readonly name: "tcp" | "unix" | "tls";
  readonly needs: readonly Capability[];
  listenOptions(env: Environment): ListenOptions;
  connect(env: Environment, address: Address, handler: SocketHandler): Socket;
}

export const LOOPBACK = "127.0.0.1";
const BACKLOG = 511;

export const tcp: Transport = {
  name: "tcp",
  needs: [],
  listenOptions: () => ({ kind: "tcp", host: LOOPBACK, port: 0, backlog: BACKLOG }),
  connect: (env, address, handler) =>
    env.platform.net.connect({ kind: "tcp", host: LOOPBACK, port: address.port }, handler),
};

export const unix: Transport = {
  name: "unix",
  needs: ["unix"],
  listenOptions: (env) => ({ kind: "unix", path: `${env.directory}/s` }),
  connect: (env, address, handler) => env.platform.net.connect({ kind: "unix", path: address.host }, handler),
};

export const tls: Transport = {
  name: "tls",
  needs: ["tls"],
  listenOptions: (env) => tlsListenOptions(env, "none"),
  connect: (env, address, handler) => connectTls(env, address, handler, {}),
};

/** A TLS listener with the server's certificate; `certificates` of clients are asked for as told. */
export function tlsListenOptions(
  env: Environment,
  clientCertificate: "none" | "optional" | "require",
  secret: { privateKeyPem: string; privateKeyPassphrase?: string } = { privateKeyPem: fixtures(env).serverKeyPem },
): ListenOptions {
  return {
    kind: "tcp",
    host: LOOPBACK,
    port: 0,
    backlog: BACKLOG,
    tls: {
      certificatePem: fixtures(env).serverCertificatePem,
      authoritiesPem: fixtures(env).authorityPem,
      clientCertificate,
      ...secret,
    },
  };
}

/** Connects as a client that knows the authority and the server's name, but for what `options` changes. */
export function connectTls(
  env: Environment,
  address: Address,
  handler: SocketHandler,
  options: Partial<TlsClientOptions>,
): Socket {
  const base = { authoritiesPem: fixtures(env).authorityPem, serverName: "localhost", verify: true };
  const target = { kind: "tcp", host: LOOPBACK, port: address.port } as const;
  return env.platform.net.connect({ ...target, tls: { ...base, ...options } }, handler);
}

export function fixtures(env: Environment): NonNullable<Environment["tls"]> {
  check(env.tls !== null, "the TLS cases need certificates");
  return env.tls;
}

/** A listener with the peers it has accepted, in order. */
export class Hub {
  readonly listener: Listener;
  readonly accepted: Peer[];

  constructor(listener: Listener, accepted: Peer[]) {
    this.listener = listener;
    this.accepted = accepted;
  }

  get address(): Address {
    return this.listener.address;
  }
}

/** @param prepare is shown each accepted peer before its first byte. */
export async function openHub(
  env: Environment,
  options: ListenOptions,
  prepare: (peer: Peer) => void = () => {},
): Promise<Hub> {
  const accepted: Peer[] = [];
  const listening = env.platform.net.listen(options, (socket) => {
    const peer = new Peer();
    peer.socket = socket;
    accepted.push(peer);
    prepare(peer);
    return peer;
  });
  return new Hub(await env.settle(listening), accepted);
}

export function connectPeer(env: Environment, transport: Transport, address: Address): Peer {
  const peer = new Peer();
  peer.inCall = true;
  peer.socket = transport.connect(env, address, peer);
  peer.inCall = false;
  return peer;
}

export interface Pair {
  readonly hub: Hub;
  readonly server: Peer;
  readonly client: Peer;
}

/** A connection with both ends in hand, open. */
export async function openPair(
  env: Environment,
  transport: Transport,
  prepare: (server: Peer) => void = () => {},
): Promise<Pair> {
  const hub = await openHub(env, transport.listenOptions(env), prepare);
  const client = connectPeer(env, transport, hub.address);
  await until(env, "the connection is open", () => client.opens === 1 && hub.accepted.length === 1);
  return { hub, client, server: hub.accepted[0] };
}

/** Ends both sides, waits for an orderly close, and judges what the peers have written down. */
export async function closePair(env: Environment, pair: Pair): Promise<void> {
  for (const peer of [pair.client, pair.server]) peer.call((socket) => socket.end());
  await until(env, "both ends are closed", () => pair.client.closes === 1 && pair.server.closes === 1);
  equal(pair.client.error, null, "error of the client's orderly close");
  equal(pair.server.error, null, "error of the server's orderly close");
  await closeHub(env, pair.hub);
  judge(pair.client, pair.server);
}

export async function closeHub(env: Environment, hub: Hub): Promise<void> {
  await env.settle(hub.listener.close());
}

export function judge(...peers: Peer[]): void {
  for (const peer of peers) equal(peer.offence, null, "what must not have happened");
}

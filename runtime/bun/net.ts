/**
 * Sockets of Bun: its own for TCP and Unix, which read and write with less in between than its node:net does; node:tls
 * for TLS.
 */
import { chmodSync, statSync, unlinkSync } from "node:fs";
import {
  type Address,
  type ConnectOptions,
  type Listener,
  type ListenOptions,
  type Net,
  PlatformError,
  type Socket,
  type SocketHandler,
} from "../../src/platform/index.ts";
import { toPlatformError } from "../shared/errors.ts";
import { connectStream, listenStream, type StreamTraits } from "../shared/stream_net.ts";
import { type BunTcpListener, bun } from "./globals.ts";
import { type Acceptor, BunSocket, callbacks } from "./socket.ts";

/** Bun's node:net delivers nothing to a shared buffer. */
const TLS_STREAMS: StreamTraits = { readBuffer: null, tlsReadGate: null };

class BunListener implements Listener {
  readonly address: Address;
  #native: BunTcpListener | null;

  constructor(native: BunTcpListener, path: string | null) {
    this.#native = native;
    this.address =
      path === null ? { kind: "tcp", host: native.hostname, port: native.port } : { kind: "unix", host: path, port: 0 };
  }

  async close(): Promise<void> {
    const native = this.#native;
    if (native === null) return;
    this.#native = null;
    native.stop(false);
    if (this.address.kind === "unix") removePath(this.address.host);
  }
}

/** Bun leaves the path behind. */
function removePath(path: string): void {
  if (pathStands(path)) unlinkSync(path);
}

function pathStands(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function listenNative(options: ListenOptions, accept: Acceptor["accept"]): Listener {
  const path = options.kind === "unix" ? options.path : null;
  const data: Acceptor = { path, accept };
  const common = { data, allowHalfOpen: true, socket: callbacks };
  if (options.kind === "tcp") {
    const { host, port, ipv6Only = false } = options;
    return new BunListener(bun.listen({ hostname: host, port, ipv6Only, ...common }), null);
  }
  // Bun would take a path over from whoever listens there.
  if (pathStands(options.path)) throw new PlatformError("address-in-use", `listen ${options.path}`);
  const listener = new BunListener(bun.listen({ unix: options.path, ...common }), options.path);
  if (options.mode !== undefined) chmodSync(options.path, options.mode);
  return listener;
}

export class BunNet implements Net {
  async listen(options: ListenOptions, accept: (socket: Socket) => SocketHandler | null): Promise<Listener> {
    if (options.kind === "tcp" && options.tls !== undefined) return listenStream(options, accept, TLS_STREAMS, null);
    try {
      return listenNative(options, accept);
    } catch (error) {
      throw toPlatformError(error);
    }
  }

  connect(options: ConnectOptions, handler: SocketHandler): Socket {
    if (options.kind === "tcp" && options.tls !== undefined) return connectStream(options, handler, TLS_STREAMS);
    const socket = new BunSocket(options.kind === "unix" ? options.path : null);
    socket.attach(handler);
    const common = { data: socket, allowHalfOpen: true, socket: callbacks };
    const place = options.kind === "unix" ? { unix: options.path } : { hostname: options.host, port: options.port };
    // What it rejects with has been told to `connectError` as well, or was refused before anything was tried.
    bun.connect({ ...place, ...common }).catch((error: unknown) => socket.gone(error));
    return socket;
  }
}

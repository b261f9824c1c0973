/**
 * Listening and connecting over node:net and node:tls. The runtimes differ in how a plain connection is best read, so
 * what to do with an accepted one is a parameter; TLS is the same everywhere.
 */
import { chmodSync } from "node:fs";
import {
  createConnection,
  createServer as createNetServer,
  type Server as NetServer,
  type Socket as NetSocket,
} from "node:net";
import {
  connect as connectTls,
  createServer as createTlsServer,
  type ConnectionOptions as NodeTlsClientOptions,
  type TLSSocket,
  type TlsOptions,
} from "node:tls";
import {
  type Address,
  type ConnectOptions,
  type Listener,
  type ListenOptions,
  PlatformError,
  type Socket,
  type SocketHandler,
  type TlsClientOptions,
  type TlsServerOptions,
} from "../../src/platform/index.ts";
import { toPlatformError } from "./errors.ts";
import { StillbornSocket } from "./stillborn_socket.ts";
import { StreamSocket } from "./stream_socket.ts";

export type Accept = (socket: Socket) => SocketHandler | null;

/** Takes over a server that listens, so that its connections come another way; false when it cannot. */
export type Takeover = (server: NetServer, path: string | null, accept: Accept) => boolean;

/** The same tick delivers nothing: an accepted socket is shown to the core before its first byte. */
function acceptStream(stream: NetSocket, path: string | null, tls: boolean, accept: Accept): void {
  const socket = new StreamSocket(stream, { path, tls });
  const handler = accept(socket);
  if (handler === null) socket.destroy();
  else socket.attach(handler, false);
}

function tlsServerOptions(tls: TlsServerOptions): TlsOptions {
  const options: TlsOptions = {
    allowHalfOpen: true,
    cert: tls.certificatePem,
    key: tls.privateKeyPem,
    requestCert: tls.clientCertificate !== "none",
    rejectUnauthorized: tls.clientCertificate === "require",
  };
  if (tls.privateKeyPassphrase !== undefined) options.passphrase = tls.privateKeyPassphrase;
  if (tls.authoritiesPem !== undefined) options.ca = tls.authoritiesPem;
  return options;
}

function createTls(tls: TlsServerOptions, accept: Accept): NetServer {
  const server = createTlsServer(tlsServerOptions(tls), (stream: TLSSocket) => {
    stream.setNoDelay(true);
    acceptStream(stream, null, true, accept);
  });
  // A handshake that fails is the peer's affair; node:tls closes the connection itself.
  server.on("tlsClientError", () => {});
  return server;
}

function createPlain(path: string | null, accept: Accept): NetServer {
  return createNetServer({ allowHalfOpen: true, noDelay: path === null }, (stream) => {
    acceptStream(stream, path, false, accept);
  });
}

class StreamListener implements Listener {
  readonly address: Address;
  readonly #server: NetServer;
  #closing: Promise<void> | null = null;

  constructor(server: NetServer, path: string | null) {
    this.#server = server;
    const bound = server.address();
    if (path !== null) this.address = { kind: "unix", host: path, port: 0 };
    else if (bound !== null && typeof bound === "object") {
      this.address = { kind: "tcp", host: bound.address, port: bound.port };
    } else throw new PlatformError("io", "a listening server without an address");
  }

  close(): Promise<void> {
    // node:net reports the close when the last connection is gone, but the address is free when `close` returns.
    this.#closing ??= new Promise((resolve) => {
      this.#server.close();
      setImmediate(resolve);
    });
    return this.#closing;
  }
}

/** @param takeover tried on every plain server once it listens; without it connections are `StreamSocket`s. */
export function listenStream(options: ListenOptions, accept: Accept, takeover: Takeover | null): Promise<Listener> {
  const path = options.kind === "unix" ? options.path : null;
  const tls = options.kind === "tcp" ? options.tls : undefined;
  return new Promise((resolve, reject) => {
    let server: NetServer;
    try {
      server = tls === undefined ? createPlain(path, accept) : createTls(tls, accept);
    } catch (error) {
      reject(toPlatformError(error));
      return;
    }
    server.once("error", (error) => reject(toPlatformError(error)));
    server.once("listening", () => {
      server.removeAllListeners("error");
      // A failing accept (no descriptors left) leaves the listener as it is.
      server.on("error", () => {});
      try {
        if (options.kind === "unix" && options.mode !== undefined) chmodSync(options.path, options.mode);
        if (tls === undefined && takeover !== null) takeover(server, path, accept);
        resolve(new StreamListener(server, path));
      } catch (error) {
        server.close();
        reject(toPlatformError(error));
      }
    });
    if (options.kind === "unix") server.listen({ path: options.path });
    else server.listen({ host: options.host, port: options.port, backlog: options.backlog });
  });
}

function tlsClientOptions(host: string, port: number, tls: TlsClientOptions): NodeTlsClientOptions {
  const options: NodeTlsClientOptions & { allowHalfOpen: boolean } = {
    host,
    port,
    allowHalfOpen: true,
    rejectUnauthorized: tls.verify,
  };
  if (tls.authoritiesPem !== undefined) options.ca = tls.authoritiesPem;
  if (tls.certificatePem !== undefined) options.cert = tls.certificatePem;
  if (tls.privateKeyPem !== undefined) options.key = tls.privateKeyPem;
  if (tls.serverName !== undefined) options.servername = tls.serverName;
  return options;
}

/**
 * @param buffer read into by every plain connection, where the runtime can (`onread`); null where it cannot, and each
 *   read then gets a buffer of its own.
 */
export function connectStream(options: ConnectOptions, handler: SocketHandler, buffer: Uint8Array | null): Socket {
  try {
    return startConnecting(options, handler, buffer);
  } catch (error) {
    // Refused before anything was tried: a certificate that cannot be read, a port out of range.
    return new StillbornSocket(handler, toPlatformError(error));
  }
}

function startConnecting(options: ConnectOptions, handler: SocketHandler, buffer: Uint8Array | null): Socket {
  const path = options.kind === "unix" ? options.path : null;
  if (options.kind === "tcp" && options.tls !== undefined) {
    const stream = connectTls(tlsClientOptions(options.host, options.port, options.tls));
    return openStream(stream, "secureConnect", path, handler, false);
  }
  const target = options.kind === "unix" ? { path: options.path } : { host: options.host, port: options.port };
  if (buffer === null) {
    return openStream(createConnection({ ...target, allowHalfOpen: true }), "connect", path, handler, false);
  }
  let socket: StreamSocket | null = null;
  const stream = createConnection({
    ...target,
    allowHalfOpen: true,
    onread: {
      buffer,
      callback(sizeBytes: number): boolean {
        socket?.deliver(buffer, 0, sizeBytes);
        return true;
      },
    },
  });
  socket = openStream(stream, "connect", path, handler, true);
  return socket;
}

function openStream(
  stream: NetSocket,
  openEvent: "connect" | "secureConnect",
  path: string | null,
  handler: SocketHandler,
  deliversItself: boolean,
): StreamSocket {
  const socket = new StreamSocket(stream, { path, tls: openEvent === "secureConnect" });
  if (path === null) stream.setNoDelay(true);
  stream.once(openEvent, () => socket.opened());
  socket.attach(handler, deliversItself);
  return socket;
}

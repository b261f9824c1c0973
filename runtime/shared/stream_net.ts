/**
 * Listening and connecting over node:net and node:tls. The runtimes differ in how a plain connection is best read, so
 * what to do with an accepted one is a parameter; TLS is the same everywhere.
 */
import { chmodSync } from "node:fs";
import type { Server as NetServer, Socket as NetSocket } from "node:net";
import type { ConnectionOptions as NodeTlsClientOptions, TLSSocket, TlsOptions } from "node:tls";
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
import { builtin } from "./builtin.ts";
import { toPlatformError } from "./errors.ts";
import { StillbornSocket } from "./stillborn_socket.ts";
import { type ReadGate, StreamSocket, type StreamSocketOptions } from "./stream_socket.ts";
import { surface } from "./surface.ts";

export type Accept = (socket: Socket) => SocketHandler | null;

/** Takes over a server that listens, so that its connections come another way. */
export type Takeover = (server: NetServer, path: string | null, accept: Accept) => void;

/** In what the streams of a runtime differ. */
export interface StreamTraits {
  /**
   * Every plain connection that is made reads into this one (`onread`), where the runtime can; null where it cannot,
   * and each read then gets a buffer of its own.
   */
  readonly readBuffer: Uint8Array | null;
  readonly tlsReadGate: ReadGate | null;
}

const net = (): typeof import("node:net") => builtin("node:net");
const tls = (): typeof import("node:tls") => builtin("node:tls");

/** The same tick delivers nothing: an accepted socket is shown to the core before its first byte. */
function acceptStream(stream: NetSocket, options: StreamSocketOptions, accept: Accept): void {
  const socket = new StreamSocket(stream, options);
  let handler: SocketHandler | null = null;
  try {
    handler = accept(socket);
  } catch (error) {
    surface(error);
  }
  if (handler === null) socket.refuse();
  else socket.attach(handler, false);
}

function tlsServerOptions(given: TlsServerOptions): TlsOptions {
  const options: TlsOptions = {
    allowHalfOpen: true,
    cert: given.certificatePem,
    key: given.privateKeyPem,
    requestCert: given.clientCertificate !== "none",
    rejectUnauthorized: given.clientCertificate === "require",
  };
  if (given.privateKeyPassphrase !== undefined) options.passphrase = given.privateKeyPassphrase;
  if (given.authoritiesPem !== undefined) options.ca = given.authoritiesPem;
  return options;
}

/** Reads a certificate and its key, which throws when that cannot be done. Not every runtime looks before it serves. */
function checkSecret(certificatePem: string, privateKeyPem: string, passphrase: string | undefined): void {
  const crypto = builtin<typeof import("node:crypto")>("node:crypto");
  try {
    const key = passphrase === undefined ? { key: privateKeyPem } : { key: privateKeyPem, passphrase };
    crypto.createPrivateKey(key);
    new crypto.X509Certificate(certificatePem);
  } catch (error) {
    throw new PlatformError("tls", error instanceof Error ? error.message : String(error));
  }
}

function createTls(given: TlsServerOptions, readGate: ReadGate | null, accept: Accept): NetServer {
  checkSecret(given.certificatePem, given.privateKeyPem, given.privateKeyPassphrase);
  const server = tls().createServer(tlsServerOptions(given), (stream: TLSSocket) => {
    stream.setNoDelay(true);
    acceptStream(stream, { path: null, tls: true, readGate }, accept);
  });
  // A handshake that fails is the peer's affair; node:tls closes the connection itself.
  server.on("tlsClientError", () => {});
  return server;
}

function createPlain(path: string | null, accept: Accept): NetServer {
  return net().createServer({ allowHalfOpen: true, noDelay: path === null }, (stream) => {
    acceptStream(stream, { path, tls: false, readGate: null }, accept);
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

function listenError(error: Error): PlatformError {
  // Deno's word for an address that this machine has not.
  if ((error as { code?: string }).code === "EINVAL") return new PlatformError("address-unavailable", error.message);
  return toPlatformError(error);
}

/** @param takeover tried on every plain server once it listens; without it connections are `StreamSocket`s. */
export function listenStream(
  options: ListenOptions,
  accept: Accept,
  traits: StreamTraits,
  takeover: Takeover | null,
): Promise<Listener> {
  const path = options.kind === "unix" ? options.path : null;
  const secure = options.kind === "tcp" ? options.tls : undefined;
  return new Promise((resolve, reject) => {
    let server: NetServer;
    try {
      server = secure === undefined ? createPlain(path, accept) : createTls(secure, traits.tlsReadGate, accept);
    } catch (error) {
      reject(toPlatformError(error));
      return;
    }
    server.once("error", (error) => reject(listenError(error)));
    server.once("listening", () => {
      server.removeAllListeners("error");
      // A failing accept (no descriptors left) leaves the listener as it is.
      server.on("error", () => {});
      try {
        if (options.kind === "unix" && options.mode !== undefined) chmodSync(options.path, options.mode);
        if (secure === undefined && takeover !== null) takeover(server, path, accept);
        resolve(new StreamListener(server, path));
      } catch (error) {
        server.close();
        reject(toPlatformError(error));
      }
    });
    if (options.kind === "unix") server.listen({ path: options.path });
    else {
      const { host, port, backlog, ipv6Only = false } = options;
      server.listen({ host, port, backlog, ipv6Only });
    }
  });
}

function tlsClientOptions(host: string, port: number, given: TlsClientOptions): NodeTlsClientOptions {
  const options: NodeTlsClientOptions & { allowHalfOpen: boolean } = {
    host,
    port,
    allowHalfOpen: true,
    rejectUnauthorized: given.verify,
  };
  if (given.authoritiesPem !== undefined) options.ca = given.authoritiesPem;
  if (given.certificatePem !== undefined) options.cert = given.certificatePem;
  if (given.privateKeyPem !== undefined) options.key = given.privateKeyPem;
  if (given.serverName !== undefined) options.servername = given.serverName;
  return options;
}

export function connectStream(options: ConnectOptions, handler: SocketHandler, traits: StreamTraits): Socket {
  try {
    if (options.kind === "tcp" && options.tls !== undefined) {
      return connectSecure(options.host, options.port, options.tls, handler, traits.tlsReadGate);
    }
    return connectPlain(options, handler, traits.readBuffer);
  } catch (error) {
    // Refused before anything was tried: a certificate that cannot be read, a port out of range.
    return new StillbornSocket(handler, toPlatformError(error));
  }
}

function connectSecure(
  host: string,
  port: number,
  given: TlsClientOptions,
  handler: SocketHandler,
  readGate: ReadGate | null,
): Socket {
  if (given.certificatePem !== undefined && given.privateKeyPem !== undefined) {
    checkSecret(given.certificatePem, given.privateKeyPem, undefined);
  }
  const stream = tls().connect(tlsClientOptions(host, port, given));
  const socket = new StreamSocket(stream, { path: null, tls: true, readGate });
  stream.setNoDelay(true);
  stream.once("secureConnect", () => socket.opened());
  socket.attach(handler, false);
  return socket;
}

function connectPlain(options: ConnectOptions, handler: SocketHandler, buffer: Uint8Array | null): Socket {
  const path = options.kind === "unix" ? options.path : null;
  const place = options.kind === "unix" ? { path: options.path } : { host: options.host, port: options.port };
  const target = { ...place, allowHalfOpen: true };
  let socket: StreamSocket | null = null;
  const stream =
    buffer === null
      ? net().createConnection(target)
      : net().createConnection({
          ...target,
          onread: {
            buffer,
            callback(sizeBytes: number): boolean {
              socket?.deliver(buffer, 0, sizeBytes);
              return true;
            },
          },
        });
  socket = new StreamSocket(stream, { path, tls: false, readGate: null });
  if (path === null) stream.setNoDelay(true);
  stream.once("connect", () => socket?.opened());
  socket.attach(handler, buffer !== null);
  return socket;
}

/**
 * The seam's socket over a `Socket` of node:net or a `TLSSocket` of node:tls: what every runtime can do, and what they
 * all use for TLS. The faster ways are beside the runtimes they belong to; this one is also what they fall back to.
 *
 * Listeners are plain functions shared by all sockets, which find their owner through a symbol on the emitter: a
 * connection costs no closures. Every write carries the same callback, so that `onDrain` comes when the system has
 * taken everything, not when a high-water mark is passed.
 */
import type { Socket as NetSocket } from "node:net";
import type { PeerCertificate as NodeCertificate, TLSSocket } from "node:tls";
import type { Address, PeerCertificate, PlatformError, Socket, SocketHandler } from "../../src/platform/index.ts";
import { toPlatformError } from "./errors.ts";
import { surface } from "./surface.ts";

const OWNER = Symbol("owner");

/** A node:net socket that knows its wrapper. */
interface OwnedSocket extends NetSocket {
  [OWNER]: StreamSocket;
}

/** Stops and starts reading below a socket, where pausing the socket does not. */
export interface ReadGate {
  close(socket: NetSocket): void;
  open(socket: NetSocket): void;
}

/** How a socket came to be, which decides what its addresses are and how it is paused. */
export interface StreamSocketOptions {
  /** `unix`: the path, else null. */
  readonly path: string | null;
  readonly tls: boolean;
  readonly readGate: ReadGate | null;
}

export class StreamSocket implements Socket {
  readonly #socket: OwnedSocket;
  readonly #path: string | null;
  readonly #tls: boolean;
  readonly #readGate: ReadGate | null;
  #handler: SocketHandler | null = null;
  #error: PlatformError | null = null;
  #closed = false;
  #ended = false;
  #paused = false;
  /** A write answered false and `onDrain` has not followed yet. */
  #awaitsDrain = false;
  #remote: Address | null = null;
  #local: Address | null = null;
  readonly #onWritten = (): void => this.#written();

  constructor(socket: NetSocket, options: StreamSocketOptions) {
    this.#socket = socket as OwnedSocket;
    this.#socket[OWNER] = this;
    this.#path = options.path;
    this.#tls = options.tls;
    this.#readGate = options.readGate;
    socket.on("error", onError);
    socket.on("close", onClose);
  }

  /** Gives the connection its handler and lets bytes flow, unless it has been paused already. */
  attach(handler: SocketHandler, deliversItself: boolean): void {
    this.#handler = handler;
    if (!deliversItself) this.#socket.on("data", onData);
    this.#socket.on("end", onEnd);
    if (this.#paused) this.#pauseNow();
    else this.#socket.resume();
  }

  #pauseNow(): void {
    this.#socket.pause();
    this.#readGate?.close(this.#socket);
  }

  /** For a connection that is being made. */
  opened(): void {
    if (this.#closed) return;
    // What was paused while there was nothing below it to be stopped.
    if (this.#paused) this.#pauseNow();
    try {
      this.#handler?.onOpen();
    } catch (error) {
      surface(error);
    }
  }

  deliver(buffer: Uint8Array, start: number, end: number): void {
    if (!this.#closed) this.#handler?.onData(buffer, start, end);
  }

  peerEnded(): void {
    if (!this.#closed) this.#handler?.onEnd();
  }

  failed(error: unknown): void {
    if (!this.#closed) this.#error ??= toPlatformError(error);
  }

  gone(): void {
    this.#closed = true;
    const handler = this.#handler;
    this.#handler = null;
    try {
      handler?.onClose(this.#error);
    } catch (error) {
      surface(error);
    }
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closed || this.#ended || bytes.length === 0) return !this.#awaitsDrain;
    const socket = this.#socket;
    socket.write(bytes, this.#onWritten);
    if (socket.writableLength === 0) return true;
    this.#awaitsDrain = true;
    return false;
  }

  get bufferedBytes(): number {
    return this.#closed ? 0 : this.#socket.writableLength;
  }

  pause(): void {
    if (this.#paused || this.#closed) return;
    this.#paused = true;
    this.#pauseNow();
  }

  resume(): void {
    if (!this.#paused || this.#closed) return;
    this.#paused = false;
    if (this.#handler === null) return;
    this.#readGate?.open(this.#socket);
    this.#socket.resume();
  }

  end(): void {
    if (this.#closed || this.#ended) return;
    this.#ended = true;
    this.#socket.end();
  }

  destroy(): void {
    this.#closed = true;
    this.#socket.destroy();
  }

  reset(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#path === null && !this.#tls) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  /** Closes when what has been written is sent: for a connection that is refused with a last word. */
  refuse(): void {
    this.#closed = true;
    this.#socket.destroySoon();
  }

  setNoDelay(on: boolean): void {
    if (this.#path === null) this.#socket.setNoDelay(on);
  }

  setKeepAlive(idleSeconds: number): void {
    if (this.#path === null) this.#socket.setKeepAlive(idleSeconds > 0, idleSeconds * 1000);
  }

  get remote(): Address {
    if (this.#remote !== null) return this.#remote;
    const { remoteAddress, remotePort } = this.#socket;
    const address = this.#address(remoteAddress, remotePort);
    // Kept, since a socket that is gone cannot say any more; an empty answer is not worth keeping.
    if (address.host !== "") this.#remote = address;
    return address;
  }

  get local(): Address {
    if (this.#local !== null) return this.#local;
    const { localAddress, localPort } = this.#socket;
    const address = this.#address(localAddress, localPort);
    if (address.host !== "") this.#local = address;
    return address;
  }

  get peerCertificate(): PeerCertificate | null {
    if (!this.#tls) return null;
    const socket = this.#socket as unknown as TLSSocket;
    const certificate = socket.getPeerCertificate() as NodeCertificate | Record<string, never> | null;
    const subject = certificate?.subject;
    if (subject === undefined) return null;
    // Several common names in one subject: the last is the most specific.
    const commonName: unknown = Array.isArray(subject.CN) ? subject.CN.at(-1) : subject.CN;
    return { authorized: socket.authorized, commonName: typeof commonName === "string" ? commonName : "" };
  }

  #address(host: string | undefined, port: number | undefined): Address {
    if (this.#path !== null) return { kind: "unix", host: this.#path, port: 0 };
    return { kind: "tcp", host: host ?? "", port: port ?? 0 };
  }

  #written(): void {
    if (!this.#awaitsDrain || this.#closed || this.#socket.writableLength !== 0) return;
    this.#awaitsDrain = false;
    try {
      this.#handler?.onDrain();
    } catch (error) {
      surface(error);
    }
  }
}

function onData(this: NetSocket, chunk: Uint8Array): void {
  // A plain view: a Buffer's `slice` would share where a Uint8Array's copies.
  const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
  (this as OwnedSocket)[OWNER].deliver(bytes, 0, bytes.length);
}

function onEnd(this: NetSocket): void {
  (this as OwnedSocket)[OWNER].peerEnded();
}

function onError(this: NetSocket, error: Error): void {
  (this as OwnedSocket)[OWNER].failed(error);
}

function onClose(this: NetSocket): void {
  (this as OwnedSocket)[OWNER].gone();
}

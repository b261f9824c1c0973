/**
 * The seam's socket over one of Bun's own, accepted or connecting.
 *
 * Bun's `write` takes what the system takes and says how much that was; the rest waits here, by reference, and goes out
 * from `drain`. Bun calls `close` from within the calls that close a socket: what the core hears of it is put off to
 * the end of the turn, since the seam promises that no callback comes from within a call.
 */
import { type Address, PlatformError, type Socket, type SocketHandler } from "../../src/platform/index.ts";
import { toPlatformError } from "../shared/errors.ts";
import { surface } from "../shared/surface.ts";
import type { BunSocketCallbacks, BunTcpSocket } from "./globals.ts";

const NOWHERE: Address = { kind: "tcp", host: "", port: 0 };

/**
 * Bun reads up to 512 KB at a time, and goes on while there is more: megabytes of small commands in one turn. After a
 * read of this size a socket waits for the next turn.
 */
const BULK_BYTES = 262_144;

/** What hangs on a socket that has just been accepted, until it has an owner. */
export interface Acceptor {
  readonly path: string | null;
  readonly accept: (socket: Socket) => SocketHandler | null;
}

export class BunSocket implements Socket {
  #native: BunTcpSocket | null = null;
  readonly #path: string | null;
  #handler: SocketHandler | null = null;
  #error: PlatformError | null = null;
  /** Closed for the core: by itself, or because the native socket is gone. */
  #closed = false;
  #paused = false;
  #ended = false;
  #shutDown = false;
  #peerEnded = false;
  /** The peer's end is still to be told, right before the close. */
  #owesEnd = false;
  /** Written and not taken by the system; the first from `#headOffset` on. */
  readonly #waiting: Uint8Array[] = [];
  #headOffset = 0;
  #waitingBytes = 0;
  #remote: Address | null = null;
  #local: Address | null = null;
  readonly peerCertificate = null;

  /** @param path of the listener or the target, when it is a Unix socket. */
  constructor(path: string | null) {
    this.#path = path;
  }

  attach(handler: SocketHandler): void {
    this.#handler = handler;
  }

  accepted(native: BunTcpSocket): void {
    this.#native = native;
    if (this.#path === null) native.setNoDelay(true);
  }

  /** A connection that was being made is open. */
  opened(native: BunTcpSocket): void {
    if (this.#closed) {
      native.close();
      return;
    }
    this.accepted(native);
    if (this.#paused) native.pause();
    this.#handler?.onOpen();
    this.drain();
    if (this.#ended) this.#shutdownWhenDrained();
  }

  data(bytes: Uint8Array): void {
    if (this.#closed) return;
    if (bytes.length >= BULK_BYTES) this.#yieldReading();
    this.#handler?.onData(bytes, 0, bytes.length);
  }

  /** Lets others have their turn before it reads on. */
  #yieldReading(): void {
    this.#native?.pause();
    setImmediate(() => {
      if (!this.#paused) this.#native?.resume();
    });
  }

  /** The system takes bytes again. Also called for no reason. */
  drain(): void {
    const native = this.#native;
    if (native === null || this.#waitingBytes === 0) return;
    while (this.#waiting.length > 0) {
      const head = this.#waiting[0];
      const left = head.length - this.#headOffset;
      const sent = native.write(head, this.#headOffset, left);
      if (sent < 0) {
        this.#refused();
        return;
      }
      this.#waitingBytes -= sent;
      if (sent < left) {
        this.#headOffset += sent;
        return;
      }
      this.#waiting.shift();
      this.#headOffset = 0;
    }
    if (this.#ended) this.#shutdownWhenDrained();
    if (!this.#closed) this.#handler?.onDrain();
  }

  peerEnded(): void {
    if (this.#closed) return;
    this.#peerEnded = true;
    this.#handler?.onEnd();
    this.#closeWhenBothEnded();
  }

  /** The native socket is gone, or could not be made. */
  gone(error: unknown): void {
    if (this.#closed) return;
    if (error !== undefined && error !== null) this.#error = toPlatformError(error);
    // When our side has ended before, Bun says `close` where it would otherwise say `end`.
    else if (this.#shutDown) this.#owesEnd = !this.#peerEnded;
    // On a Unix socket Bun closes as soon as the peer has closed, with nothing said by us: not in order.
    else this.#error = new PlatformError("broken-pipe", "closed by the peer");
    this.#close();
  }

  /** A write said that the peer is gone. Bun may have called `close` from within it, which knows no reason. */
  #refused(): void {
    this.#error = new PlatformError("broken-pipe", "write");
    this.destroy();
  }

  write(bytes: Uint8Array): boolean {
    const native = this.#native;
    if (this.#closed) return true;
    if (this.#ended || bytes.length === 0) return this.#waitingBytes === 0;
    if (native !== null && this.#waitingBytes === 0) {
      const sent = native.write(bytes);
      if (sent === bytes.length) return true;
      if (sent < 0) {
        this.#refused();
        return true;
      }
      this.#headOffset = sent;
      this.#waitingBytes = -sent;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    return false;
  }

  get bufferedBytes(): number {
    return this.#waitingBytes;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    if (!this.#closed) this.#native?.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (!this.#closed) this.#native?.resume();
  }

  end(): void {
    if (this.#closed || this.#ended) return;
    this.#ended = true;
    this.#shutdownWhenDrained();
  }

  #shutdownWhenDrained(): void {
    if (this.#native === null || this.#waitingBytes > 0 || this.#shutDown) return;
    this.#shutDown = true;
    this.#native.shutdown();
    this.#closeWhenBothEnded();
  }

  #closeWhenBothEnded(): void {
    if (!this.#shutDown || !this.#peerEnded) return;
    const native = this.#native;
    this.#close();
    native?.close();
  }

  destroy(): void {
    if (this.#closed) return;
    const native = this.#native;
    this.#close();
    native?.close();
  }

  reset(): void {
    if (this.#closed) return;
    const native = this.#native;
    this.#close();
    native?.terminate();
  }

  #close(): void {
    if (this.#closed) return;
    this.#remote = this.remote;
    this.#local = this.local;
    this.#closed = true;
    this.#native = null;
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    setImmediate(() => {
      const handler = this.#handler;
      if (this.#owesEnd) handler?.onEnd();
      this.#handler = null;
      handler?.onClose(this.#error);
    });
  }

  setNoDelay(on: boolean): void {
    if (this.#path === null) this.#native?.setNoDelay(on);
  }

  setKeepAlive(idleSeconds: number): void {
    if (this.#path === null) this.#native?.setKeepAlive(idleSeconds > 0, idleSeconds * 1000);
  }

  get remote(): Address {
    if (this.#remote !== null) return this.#remote;
    if (this.#path !== null) return this.#unixAddress(this.#path);
    const native = this.#native;
    if (native?.remoteAddress === undefined) return NOWHERE;
    this.#remote = { kind: "tcp", host: native.remoteAddress, port: native.remotePort ?? 0 };
    return this.#remote;
  }

  get local(): Address {
    if (this.#local !== null) return this.#local;
    if (this.#path !== null) return this.#unixAddress(this.#path);
    const native = this.#native;
    if (native?.localAddress === undefined) return NOWHERE;
    this.#local = { kind: "tcp", host: native.localAddress, port: native.localPort ?? 0 };
    return this.#local;
  }

  #unixAddress(path: string): Address {
    return { kind: "unix", host: path, port: 0 };
  }
}

function open(native: BunTcpSocket): void {
  const { data } = native;
  if (data instanceof BunSocket) {
    data.opened(native);
    return;
  }
  const { path, accept } = data as Acceptor;
  const socket = new BunSocket(path);
  native.data = socket;
  socket.accepted(native);
  const handler = accept(socket);
  if (handler === null) socket.destroy();
  else socket.attach(handler);
}

/** The callbacks of every socket; each finds its owner in `data`. */
export const callbacks: BunSocketCallbacks = {
  binaryType: "uint8array",
  open,
  data(native, bytes) {
    (native.data as BunSocket).data(bytes);
  },
  drain(native) {
    (native.data as BunSocket).drain();
  },
  end(native) {
    (native.data as BunSocket).peerEnded();
  },
  close(native, error) {
    // A socket may be gone before it ever had an owner.
    if (native.data instanceof BunSocket) native.data.gone(error);
  },
  error(_native, error) {
    surface(error);
  },
  connectError(native, error) {
    (native.data as BunSocket).gone(error);
  },
};

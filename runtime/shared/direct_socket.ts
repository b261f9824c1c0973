/**
 * An accepted connection, driven on its libuv handle (see `private_api.ts` for why and how safely).
 *
 * Reading: every handle reads into one shared buffer, since what was read is consumed before the next read happens.
 * Writing: the handle first tries `write(2)` at once. Almost always that takes everything, and then nothing has been
 * allocated: the request object that the call wants is used only by a write that has to wait, so one spare request
 * serves all sockets until that happens. A write that waits keeps its bytes in the request.
 *
 * Measured with a server that answers `+PONG` and nothing else, 50 clients, against a whole redis-server's 6.3 µs of CPU
 * per request without pipelining: on Node 20 streams with `data` events take 13, with the `onread` option over the
 * accepted handle 8, the handle itself 6.8 (Node 26: 6.3); on Deno streams take 12 to 14, `Deno.listen` 9, the handle
 * 7.5. An idle connection costs 1.1 to 1.7 KB on Node (streams 3.4 to 4.1) and 2.5 KB on Deno (streams 4.3,
 * `Deno.listen` 63 with its read buffer).
 */
import { getSystemErrorName } from "node:util";
import { type Address, PlatformError, type Socket, type SocketHandler } from "../../src/platform/index.ts";
import { kindOfCode } from "./errors.ts";
import type { PrivateApi, RawAddress, StreamHandle, WriteRequest } from "./private_api.ts";
import { surface } from "./surface.ts";

/** libuv's name for the end of a stream; the same number on every system. */
const UV_EOF = -4095;

/** What one `read(2)` takes at most; small enough to stay in the cache. */
const READ_BUFFER_BYTES = 65_536;

/**
 * The event loop reads on, up to 32 times, while a read fills the buffer: 2 MB of small commands in one turn. After so
 * many full reads a socket waits for the next turn, which bounds a turn and costs nothing that can be measured.
 */
const FULL_READS_MAX = 4;

function platformError(status: number, call: string): PlatformError {
  const code = getSystemErrorName(status);
  return new PlatformError(kindOfCode(code), `${call} ${code}`);
}

/** What all direct sockets of one platform share. */
export class DirectShared {
  readonly api: PrivateApi;
  readonly readBuffer = new Uint8Array(READ_BUFFER_BYTES);
  spareRequest: WriteRequest;
  /** Open sockets: a runtime need not keep a handle alive that only its own event loop knows. */
  readonly open = new Set<DirectSocket>();
  /** `onread` of every handle. */
  readonly onRead: (this: StreamHandle) => void;

  constructor(api: PrivateApi) {
    this.api = api;
    this.spareRequest = new api.WriteRequest();
    const { state, readStatusIndex } = api;
    this.onRead = function (this: StreamHandle): void {
      const status = state[readStatusIndex];
      if (status !== 0) (this.owner as DirectSocket).readDone(status);
    };
  }
}

function onWriteDone(this: WriteRequest, status: number): void {
  const socket = this.owner as DirectSocket;
  const sizeBytes = this.buffer?.length ?? 0;
  this.buffer = null;
  socket.writeDone(status, sizeBytes);
}

export class DirectSocket implements Socket {
  readonly #shared: DirectShared;
  readonly #handle: StreamHandle;
  readonly #path: string | null;
  #handler: SocketHandler | null = null;
  #error: PlatformError | null = null;
  /** Requests that wait for the system to take their bytes. */
  #writesWaiting = 0;
  #waitingBytes = 0;
  #closing = false;
  #refused = false;
  #paused = false;
  #fullReads = 0;
  #yielding = false;
  /** We have said that no more follows, and the system has been told. */
  #ended = false;
  #shutDown = false;
  #peerEnded = false;
  #local: Address | null = null;
  readonly remote: Address;
  readonly peerCertificate = null;

  /** @param path of the listener, when it is a Unix socket. */
  constructor(shared: DirectShared, handle: StreamHandle, path: string | null) {
    this.#shared = shared;
    this.#handle = handle;
    this.#path = path;
    this.remote = path === null ? tcpAddress(handle, "getpeername") : { kind: "unix", host: path, port: 0 };
    shared.open.add(this);
    handle.owner = this;
    handle.onread = shared.onRead;
    handle.useUserBuffer(shared.readBuffer);
    handle.setNoDelay?.(true);
  }

  attach(handler: SocketHandler): void {
    this.#handler = handler;
    if (!this.#paused) this.#startReading();
  }

  /** Closes a connection that nobody wants, after the last word that it may have been given. */
  refuse(): void {
    // A handle that has just been accepted takes bytes only later on Deno.
    if (this.#writesWaiting === 0) this.#close();
    else this.#refused = true;
  }

  #startReading(): void {
    if (this.#closing || this.#peerEnded) return;
    const status = this.#handle.readStart();
    if (status < 0) this.#fail(status, "read");
  }

  /** @param status bytes that are in the shared buffer, or a negative error, or the end. */
  readDone(status: number): void {
    const handler = this.#handler;
    if (this.#closing || handler === null) return;
    if (status > 0) {
      if (status === READ_BUFFER_BYTES && ++this.#fullReads === FULL_READS_MAX) this.#yieldReading();
      handler.onData(this.#shared.readBuffer, 0, status);
    } else if (status === UV_EOF) this.#readEnded(handler);
    else this.#fail(status, "read");
  }

  /** Lets others have their turn before it reads on. */
  #yieldReading(): void {
    this.#fullReads = 0;
    this.#yielding = true;
    this.#handle.readStop();
    setImmediate(() => {
      this.#yielding = false;
      if (!this.#paused) this.#startReading();
    });
  }

  #readEnded(handler: SocketHandler): void {
    this.#peerEnded = true;
    this.#handle.readStop();
    try {
      handler.onEnd();
    } catch (error) {
      surface(error);
    }
    if (this.#shutDown) this.#close();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closing || this.#ended || bytes.length === 0) return this.#writesWaiting === 0 || this.#closing;
    const shared = this.#shared;
    const api = shared.api;
    const spare = shared.spareRequest;
    const result = this.#handle.writeBuffer(spare, bytes);
    if (result !== 0 && typeof result === "number") {
      this.#fail(result, "write");
      return true;
    }
    if (api.state[api.wasAsyncIndex] === 0) return true;
    this.#writeWaits(typeof result === "number" ? spare : result, bytes);
    return false;
  }

  #writeWaits(request: WriteRequest, bytes: Uint8Array): void {
    const shared = this.#shared;
    request.owner = this;
    request.buffer = bytes;
    request.oncomplete = onWriteDone;
    if (request === shared.spareRequest) shared.spareRequest = new shared.api.WriteRequest();
    this.#writesWaiting++;
    this.#waitingBytes += bytes.length;
  }

  writeDone(status: number, sizeBytes: number): void {
    this.#writesWaiting--;
    this.#waitingBytes -= sizeBytes;
    if (this.#closing) return;
    if (status < 0) this.#fail(status, "write");
    else if (this.#writesWaiting === 0) this.#drained();
  }

  #drained(): void {
    if (this.#refused) {
      this.#close();
      return;
    }
    try {
      this.#handler?.onDrain();
    } catch (error) {
      surface(error);
    }
  }

  get bufferedBytes(): number {
    if (this.#writesWaiting === 0 || this.#closing) return 0;
    // Where the handle does not count, a write counts whole until it is done.
    return this.#handle.writeQueueSize ?? this.#waitingBytes;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    if (!this.#closing) this.#handle.readStop();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    // To start what reads already is an error.
    if (this.#handler !== null && !this.#yielding) this.#startReading();
  }

  end(): void {
    if (this.#ended || this.#closing) return;
    this.#ended = true;
    const request = new this.#shared.api.ShutdownRequest();
    // libuv shuts the connection down when everything before it is written.
    request.oncomplete = () => this.#shutdownDone();
    // Other than 0: done at once, or refused since the peer has gone already, of which reading tells.
    if (this.#handle.shutdown(request) !== 0) this.#shutdownDone();
  }

  #shutdownDone(): void {
    this.#shutDown = true;
    if (this.#peerEnded) this.#close();
  }

  destroy(): void {
    this.#close();
  }

  reset(): void {
    if (this.#closing) return;
    const status = this.#handle.reset?.(() => this.#closed());
    if (status === 0) this.#closing = true;
    else this.#close();
  }

  setNoDelay(on: boolean): void {
    if (!this.#closing) this.#handle.setNoDelay?.(on);
  }

  setKeepAlive(idleSeconds: number): void {
    if (!this.#closing) this.#handle.setKeepAlive?.(idleSeconds > 0, idleSeconds);
  }

  get local(): Address {
    if (this.#path !== null) return this.remote;
    if (this.#local === null) {
      if (this.#closing) return { kind: "tcp", host: "", port: 0 };
      this.#local = tcpAddress(this.#handle, "getsockname");
    }
    return this.#local;
  }

  #fail(status: number, call: string): void {
    if (this.#closing) return;
    this.#error = platformError(status, call);
    this.#close();
  }

  #close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#handle.close(() => this.#closed());
  }

  /** The handle is closed; libuv says so at the end of a turn, never from within `close`. */
  #closed(): void {
    this.#shared.open.delete(this);
    const handler = this.#handler;
    this.#handler = null;
    try {
      handler?.onClose(this.#error);
    } catch (error) {
      surface(error);
    }
  }
}

function tcpAddress(handle: StreamHandle, side: "getpeername" | "getsockname"): Address {
  const raw: RawAddress = {};
  handle[side]?.(raw);
  return { kind: "tcp", host: raw.address ?? "", port: raw.port ?? 0 };
}

/** The part of Bun's global that the adapters use, as types: the project carries no type package of Bun. */

/** A socket of Bun's own. `data` is whatever its owner hangs there. */
export interface BunTcpSocket {
  data: unknown;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  /** @returns how many bytes the system took, or a negative number when the socket is closed. */
  write(bytes: Uint8Array, offset?: number, sizeBytes?: number): number;
  /** Sends the end of the stream; the other direction stays open. */
  shutdown(): void;
  /** Closes without a reset. Calls `close` before it returns. */
  close(): void;
  /** Closes with a reset. Calls `close` before it returns. */
  terminate(): void;
  pause(): void;
  resume(): void;
  setNoDelay(on: boolean): boolean;
  setKeepAlive(on: boolean, idleMs: number): boolean;
}

/** One object for any number of sockets. */
export interface BunSocketCallbacks {
  readonly binaryType: "uint8array";
  open(socket: BunTcpSocket): void;
  data(socket: BunTcpSocket, bytes: Uint8Array): void;
  drain(socket: BunTcpSocket): void;
  end(socket: BunTcpSocket): void;
  close(socket: BunTcpSocket, error?: unknown): void;
  /** Something was thrown in one of the others. */
  error(socket: BunTcpSocket, error: unknown): void;
  connectError(socket: BunTcpSocket, error: unknown): void;
}

type Place =
  | { readonly hostname: string; readonly port: number; readonly ipv6Only?: boolean }
  | { readonly unix: string };

interface SocketOptions {
  readonly data: unknown;
  readonly allowHalfOpen: boolean;
  readonly socket: BunSocketCallbacks;
}

export interface BunTcpListener {
  readonly hostname: string;
  readonly port: number;
  /** @param closeConnections also those that are open. */
  stop(closeConnections: boolean): void;
}

export interface BunGlobal {
  /** Collects garbage; blocks until done when `force` is set. */
  gc(force: boolean): void;
  listen(options: Place & SocketOptions): BunTcpListener;
  connect(options: Place & SocketOptions): Promise<unknown>;
}

export const bun: BunGlobal = (globalThis as unknown as { Bun: BunGlobal }).Bun;

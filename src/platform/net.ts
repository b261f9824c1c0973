/**
 * Push sockets: the adapter delivers bytes as they come and the core answers within the call.
 *
 * Ownership of bytes is the contract that matters here, since neither side wants to copy:
 * - what `onData` hands in is the adapter's and valid only during the call;
 * - what `write` is given is the adapter's until it says otherwise (see `Socket.write`).
 */
import type { PlatformError } from "./errors.ts";

/** One end of a connection. `port` is 0 and `host` the path (may be empty) for a Unix socket. */
export interface Address {
  readonly kind: "tcp" | "unix";
  readonly host: string;
  readonly port: number;
}

/** What a client's or server's certificate said, after the handshake. */
export interface PeerCertificate {
  /** Whether the chain was verified against the configured authorities. */
  readonly authorized: boolean;
  readonly commonName: string;
}

/** Callbacks of one connection. The methods are called with the handler as `this`. */
export interface SocketHandler {
  /** A connection made with `connect` is open (TLS: the handshake is done). Not called for accepted sockets. */
  onOpen(): void;
  /** Bytes `start` to `end` of `buffer` have arrived. Valid only during the call. Never called while paused. */
  onData(buffer: Uint8Array, start: number, end: number): void;
  /** Everything that was buffered has been handed to the system: after a `write` that returned false. */
  onDrain(): void;
  /** The peer has finished sending (half-close). Writing is still possible. */
  onEnd(): void;
  /** The connection is gone. Called exactly once, last; `error` is null after an orderly close of both sides. */
  onClose(error: PlatformError | null): void;
}

/** An open (or opening) connection. Calls after the close are ignored; `write` then answers true. */
export interface Socket {
  /**
   * Sends all of `bytes`, in order.
   * @returns true: the bytes are sent or copied, the caller may reuse the buffer at once. false: the adapter keeps a
   *   reference; the caller must leave the buffer alone until `onDrain` (or `onClose`) and should write no more till then.
   */
  write(bytes: Uint8Array): boolean;
  /** Bytes accepted by `write` and not yet handed to the system. */
  readonly bufferedBytes: number;
  /** No `onData` from now on, so that the system's buffers fill and the peer is slowed. */
  pause(): void;
  resume(): void;
  /** Half-close: the peer sees the end of the stream after everything written. */
  end(): void;
  /** Closes now; what is still buffered is dropped. `onClose` follows (never from within this call). */
  destroy(): void;
  /** As `destroy`, but the peer sees a reset where the transport can say so. */
  reset(): void;
  setNoDelay(on: boolean): void;
  /** TCP keep-alive; 0 turns it off. Ignored on Unix sockets. */
  setKeepAlive(idleSeconds: number): void;
  readonly remote: Address;
  readonly local: Address;
  /** Null without TLS or when the peer sent no certificate. */
  readonly peerCertificate: PeerCertificate | null;
}

/** Texts are PEM. */
export interface TlsServerOptions {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly privateKeyPassphrase?: string;
  readonly authoritiesPem?: string;
  /** `require`: a connection without a certificate signed by the authorities is closed in the handshake. */
  readonly clientCertificate: "none" | "optional" | "require";
}

export interface TlsClientOptions {
  readonly authoritiesPem?: string;
  readonly certificatePem?: string;
  readonly privateKeyPem?: string;
  readonly serverName?: string;
  /** Whether a server certificate that does not verify ends the connection. */
  readonly verify: boolean;
}

export type ListenOptions =
  | {
      readonly kind: "tcp";
      readonly host: string;
      /** 0 picks a free one; the listener tells which. */
      readonly port: number;
      readonly backlog: number;
      /** An IPv6 address that does not take connections to IPv4 addresses as well. */
      readonly ipv6Only?: boolean;
      readonly tls?: TlsServerOptions;
    }
  | { readonly kind: "unix"; readonly path: string; readonly mode?: number };

export type ConnectOptions =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly tls?: TlsClientOptions }
  | { readonly kind: "unix"; readonly path: string };

export interface Listener {
  readonly address: Address;
  /** Stops accepting. Open connections live on. Resolves when the address is free again. */
  close(): Promise<void>;
}

export interface Net {
  /**
   * @param accept is called for every connection and returns its handler, or null to have it closed at once.
   * @throws PlatformError (as a rejection) `address-in-use`, `permission`, `address-unavailable` …
   */
  listen(options: ListenOptions, accept: (socket: Socket) => SocketHandler | null): Promise<Listener>;
  /** Errors of connecting arrive as `onClose(error)`. */
  connect(options: ConnectOptions, handler: SocketHandler): Socket;
}

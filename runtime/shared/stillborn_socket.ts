/** A connection that failed before it was tried: says so in `onClose`, never from within `connect`, and does nothing. */
import type { Address, PlatformError, Socket, SocketHandler } from "../../src/platform/index.ts";

const NOWHERE: Address = { kind: "tcp", host: "", port: 0 };

export class StillbornSocket implements Socket {
  readonly bufferedBytes = 0;
  readonly remote = NOWHERE;
  readonly local = NOWHERE;
  readonly peerCertificate = null;

  constructor(handler: SocketHandler, error: PlatformError) {
    setImmediate(() => handler.onClose(error));
  }

  write(): boolean {
    return true;
  }
  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {}
  reset(): void {}
  setNoDelay(): void {}
  setKeepAlive(): void {}
}

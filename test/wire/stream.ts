/** A connection as bytes in and bytes out: over node:net to a process, over the simulated network to a simulated one. */
import { connect as connectTcp } from "node:net";
import type { Platform } from "../../src/platform/index.ts";

export interface ByteHandler {
  /** Bytes `start` to `end` of `buffer`, valid during the call. */
  onData(buffer: Uint8Array, start: number, end: number): void;
  /** The connection is gone, from whichever side. Called once. */
  onClose(): void;
}

export interface ByteStream {
  write(bytes: Uint8Array): void;
  pause(): void;
  resume(): void;
  /** Half-close: no more will be written. */
  end(): void;
  destroy(): void;
}

export type OpenStream = (handler: ByteHandler) => Promise<ByteStream>;

/** Connections to a TCP port of this machine. */
export function tcpStreams(port: number): OpenStream {
  return (handler) =>
    new Promise((resolve, reject) => {
      const socket = connectTcp(port, "127.0.0.1");
      socket.setNoDelay(true);
      socket.once("error", reject);
      socket.on("data", (chunk) => handler.onData(chunk, 0, chunk.length));
      socket.on("close", () => handler.onClose());
      socket.once("connect", () => {
        socket.off("error", reject);
        // A reset is a close like any other here.
        socket.on("error", () => {});
        resolve({
          write: (bytes) => void socket.write(bytes),
          pause: () => void socket.pause(),
          resume: () => void socket.resume(),
          end: () => void socket.end(),
          destroy: () => void socket.destroy(),
        });
      });
    });
}

/** Connections from a simulated host. */
export function simulatedStreams(from: Platform, host: string, port: number): OpenStream {
  return (handler) =>
    new Promise((resolve, reject) => {
      let isOpen = false;
      const socket = from.net.connect(
        { kind: "tcp", host, port },
        {
          onOpen: () => {
            isOpen = true;
            resolve({
              // The bytes are the network's until it has sent them, so it gets its own (a Buffer's slice is not).
              write: (bytes) => void socket.write(Uint8Array.from(bytes)),
              pause: () => socket.pause(),
              resume: () => socket.resume(),
              end: () => socket.end(),
              destroy: () => socket.destroy(),
            });
          },
          onData: (buffer, start, end) => handler.onData(buffer, start, end),
          onDrain: () => {},
          onEnd: () => socket.end(),
          onClose: (error) => {
            if (isOpen) handler.onClose();
            else reject(error ?? new Error("refused"));
          },
        },
      );
    });
}

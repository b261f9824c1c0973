/**
 * Sockets of Deno: accepted connections on the handles of its node:net, which is faster than `Deno.listen` and needs no
 * read buffer per connection; the others through node:net and node:tls, since `Deno.listenTls` ignores client
 * certificates.
 */
import { DirectNet } from "../shared/direct_net.ts";
import type { ReadGate } from "../shared/stream_socket.ts";

/** What stands below a TLS socket of Deno. */
interface ReadingHandle {
  readStop(): unknown;
  readStart(): unknown;
}

function plainHandle(socket: object): ReadingHandle | null {
  const handle = (socket as { _handle?: { _parent?: Partial<ReadingHandle> } | null })._handle?._parent;
  if (typeof handle?.readStop !== "function" || typeof handle.readStart !== "function") return null;
  return handle as ReadingHandle;
}

/**
 * A paused TLS socket of Deno goes on reading from the network and keeps what it reads, without bound: the connection
 * below it has to be stopped as well.
 */
const tlsReadGate: ReadGate = {
  close(socket) {
    plainHandle(socket)?.readStop();
  },
  open(socket) {
    plainHandle(socket)?.readStart();
  },
};

export class DenoNet extends DirectNet {
  constructor() {
    // The `onread` option leaks on Deno: connections that are made read into buffers of their own.
    super({ readBuffer: null, tlsReadGate });
  }
}

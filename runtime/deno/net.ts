/**
 * Sockets of Deno: accepted connections on the handles of its node:net, which is faster than `Deno.listen` and needs no
 * read buffer per connection; the others through node:net and node:tls, since `Deno.listenTls` ignores client
 * certificates.
 */
import {
  type Listener,
  type ListenOptions,
  PlatformError,
  type Socket,
  type SocketHandler,
} from "../../src/platform/index.ts";
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

type Accept = (socket: Socket) => SocketHandler | null;

/** How an IPv6 socket names a peer that came over IPv4. */
const MAPPED_PREFIX = "::ffff:";

export class DenoNet extends DirectNet {
  constructor() {
    // The `onread` option leaks on Deno: connections that are made read into buffers of their own.
    super({ readBuffer: null, tlsReadGate });
  }

  override listen(options: ListenOptions, accept: Accept): Promise<Listener> {
    return options.kind === "tcp" && options.ipv6Only === true && options.host === "::"
      ? this.#listenSeparated(options, accept)
      : super.listen(options, accept);
  }

  /** Deno has no way to ask for IPv6 alone: it gets both, of which one is turned away. */
  async #listenSeparated(options: ListenOptions, accept: Accept): Promise<Listener> {
    try {
      return await super.listen(options, (socket) =>
        socket.remote.host.startsWith(MAPPED_PREFIX) ? null : accept(socket),
      );
    } catch (error) {
      if (!(error instanceof PlatformError) || error.kind !== "address-in-use") throw error;
      // Perhaps only the IPv4 half is: that cannot be told from here.
      throw new PlatformError("unsupported", `${error.detail}, and IPv6 cannot be separated from IPv4`);
    }
  }
}

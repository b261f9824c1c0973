/**
 * Sockets of Node. An accepted TCP or Unix connection is driven on its handle (`direct_socket.ts`); connections that
 * are made, TLS, and everything on a Node whose insides look different go through documented streams.
 *
 * Measured with a server that answers `+PONG` and nothing else, CPU per request without pipelining, Node 20: streams
 * with `data` events 12 µs, streams with the `onread` option over the accepted handle 11 µs, the handle itself 9 µs.
 */
import type { Server } from "node:net";
import type { ConnectOptions, Listener, ListenOptions, Net, Socket, SocketHandler } from "../../src/platform/index.ts";
import { type Accept, connectStream, listenStream, type Takeover } from "../shared/stream_net.ts";
import { DirectShared, DirectSocket } from "./direct_socket.ts";
import { findPrivateApi, isStreamHandle, serverHandle } from "./private_api.ts";

const CONNECT_BUFFER_BYTES = 65_536;

export class NodeNet implements Net {
  readonly #takeover: Takeover | null;
  readonly #connectBuffer = new Uint8Array(CONNECT_BUFFER_BYTES);

  /** @param direct false serves accepted connections through streams too, as on a Node that is built differently. */
  constructor(direct = true) {
    const api = direct ? findPrivateApi() : null;
    this.#takeover = api === null ? null : makeTakeover(new DirectShared(api));
  }

  listen(options: ListenOptions, accept: (socket: Socket) => SocketHandler | null): Promise<Listener> {
    return listenStream(options, accept, this.#takeover);
  }

  connect(options: ConnectOptions, handler: SocketHandler): Socket {
    return connectStream(options, handler, this.#connectBuffer);
  }
}

function makeTakeover(shared: DirectShared): Takeover {
  return (server: Server, path: string | null, accept: Accept): boolean => {
    const listening = serverHandle(server);
    if (listening === null) return false;
    const stream = listening.onconnection;
    listening.onconnection = function (status, handle): void {
      // An accept that failed, or a handle of another shape: node:net knows what to do.
      if (status !== 0 || !isStreamHandle(handle)) {
        stream.call(this, status, handle);
        return;
      }
      const socket = new DirectSocket(shared, handle, path);
      const handler = accept(socket);
      if (handler === null) socket.destroy();
      else socket.attach(handler);
    };
    return true;
  };
}

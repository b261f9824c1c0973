/**
 * Sockets of Node and Deno: an accepted TCP or Unix connection is driven on its handle (`direct_socket.ts`);
 * connections that are made, TLS, and everything on a runtime whose insides look different go through documented
 * streams.
 */
import type { Server } from "node:net";
import type { ConnectOptions, Listener, ListenOptions, Net, Socket, SocketHandler } from "../../src/platform/index.ts";
import { DirectShared, DirectSocket } from "./direct_socket.ts";
import { acceptedHandle, findPrivateApi, type PrivateApi, serverHandle } from "./private_api.ts";
import { type Accept, connectStream, listenStream, type StreamTraits, type Takeover } from "./stream_net.ts";
import { surface } from "./surface.ts";

export class DirectNet implements Net {
  readonly #takeover: Takeover | null;
  readonly #traits: StreamTraits;

  /** @param traits how this runtime's streams are best treated. */
  constructor(traits: StreamTraits) {
    const api = findPrivateApi();
    this.#takeover = api === null ? null : makeTakeover(api);
    this.#traits = traits;
  }

  listen(options: ListenOptions, accept: (socket: Socket) => SocketHandler | null): Promise<Listener> {
    return listenStream(options, accept, this.#traits, this.#takeover);
  }

  connect(options: ConnectOptions, handler: SocketHandler): Socket {
    return connectStream(options, handler, this.#traits);
  }
}

function makeTakeover(api: PrivateApi): Takeover {
  const shared = new DirectShared(api);
  return (server: Server, path: string | null, accept: Accept): void => {
    const listening = serverHandle(server);
    if (listening === null) return;
    const stream = listening.onconnection;
    listening.onconnection = function (status, offered): void {
      const handle = status === 0 ? acceptedHandle(api, this, offered, path !== null) : null;
      if (handle === null) {
        // An accept that failed, or a handle of another shape: node:net knows what to do.
        stream.call(this, status, offered);
        return;
      }
      welcome(new DirectSocket(shared, handle, path), accept);
    };
  };
}

function welcome(socket: DirectSocket, accept: Accept): void {
  let handler: SocketHandler | null = null;
  try {
    handler = accept(socket);
  } catch (error) {
    surface(error);
  }
  if (handler === null) socket.refuse();
  else socket.attach(handler);
}

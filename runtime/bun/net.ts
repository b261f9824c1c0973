import type { ConnectOptions, Listener, ListenOptions, Net, Socket, SocketHandler } from "../../src/platform/index.ts";
import { connectStream, listenStream } from "../shared/stream_net.ts";

export class BunNet implements Net {
  listen(options: ListenOptions, accept: (socket: Socket) => SocketHandler | null): Promise<Listener> {
    return listenStream(options, accept, null);
  }

  connect(options: ConnectOptions, handler: SocketHandler): Socket {
    return connectStream(options, handler, null);
  }
}

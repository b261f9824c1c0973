/** A server without network and timers: whoever makes it hands it the chunks of connections, and ends its turns. */
import { createPlatform } from "../../runtime/node/platform.ts";
import { ClientState } from "../../src/commands/client-state.ts";
import type { Address, Socket } from "../../src/platform/index.ts";
import { Server } from "../../src/server/server.ts";
import { Session } from "../../src/server/session.ts";

const HERE: Address = { kind: "tcp", host: "127.0.0.1", port: 1 };

export class UnwiredServer {
  readonly #server: Server;
  #turnEnds: (() => void)[] = [];

  constructor() {
    const never = { cancel: (): void => {} };
    const atTurnEnd = (callback: () => void): void => void this.#turnEnds.push(callback);
    const timers = { once: () => never, every: () => never, atTurnEnd };
    this.#server = new Server({ ...createPlatform(), timers }, { port: null, logSink: () => {} });
  }

  /** A connection whose socket takes everything. @param write is told of each write. */
  connect(write: (bytes: Uint8Array) => void): Session {
    const nothing = (): void => {};
    const socket: Socket = {
      write: (bytes) => {
        write(bytes);
        return true;
      },
      bufferedBytes: 0,
      pause: nothing,
      resume: nothing,
      end: nothing,
      destroy: nothing,
      reset: nothing,
      setNoDelay: nothing,
      setKeepAlive: nothing,
      remote: HERE,
      local: HERE,
      peerCertificate: null,
    };
    const client = new ClientState(1, "127.0.0.1:1", "127.0.0.1:2", 0);
    this.#server.authentication.greet(client);
    return new Session(this.#server, socket, client);
  }

  /** Ends the turn. @returns whether another has been asked for by what was put off. */
  endTurn(): boolean {
    for (const end of this.#turnEnds.splice(0)) end();
    return this.#turnEnds.length > 0;
  }
}

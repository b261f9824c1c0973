/** When replies leave: at the end of the turn, or at once when there is much of them. */
import { beforeEach, expect, test } from "vitest";
import { createPlatform } from "../../runtime/node/platform.ts";
import { ClientState } from "../../src/commands/client-state.ts";
import type { Address, Socket } from "../../src/platform/index.ts";
import { Server } from "../../src/server/server.ts";
import { Session } from "../../src/server/session.ts";

const HERE: Address = { kind: "tcp", host: "127.0.0.1", port: 1 };

let turnEnds: (() => void)[] = [];
let server: Server;

beforeEach(() => {
  turnEnds = [];
  const platform = createPlatform();
  const never = { cancel: (): void => {} };
  const atTurnEnd = (callback: () => void): void => void turnEnds.push(callback);
  const timers = { once: () => never, every: () => never, atTurnEnd };
  server = new Server({ ...platform, timers }, { port: null, logSink: () => {} });
});

/** A connection whose socket takes everything. */
class Connection {
  /** Bytes of each write. */
  readonly writes: number[] = [];
  readonly #session: Session;

  constructor() {
    const nothing = (): void => {};
    const socket: Socket = {
      write: (bytes) => this.writes.push(bytes.length) > 0,
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
    server.authentication.greet(client);
    this.#session = new Session(server, socket, client);
  }

  send(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.#session.onData(bytes, 0, bytes.length);
  }
}

function endTurn(): void {
  for (const end of turnEnds.splice(0)) end();
}

test("replies of all chunks of a turn leave at its end, in one write each", () => {
  const [one, other] = [new Connection(), new Connection()];
  one.send("PING\r\nPING\r\n");
  other.send("PING\r\n");
  one.send("PING\r\n");
  expect([one.writes, other.writes]).toEqual([[], []]);
  endTurn();
  expect([one.writes, other.writes]).toEqual([[21], [7]]);
});

test("many KB leave when their chunk has been served", () => {
  const connection = new Connection();
  connection.send(`SET large ${"x".repeat(9000)}\r\n`);
  endTurn();
  connection.send("GET large\r\nPING\r\n");
  expect(connection.writes).toEqual([5, "$9000\r\n".length + 9000 + 2 + 7]);
  connection.send("PING\r\n");
  endTurn();
  expect(connection.writes.slice(2)).toEqual([7]);
});

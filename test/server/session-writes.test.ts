/** When replies leave: at the end of the turn, or at once when there is much of them. */
import { beforeEach, expect, test } from "vitest";
import type { Session } from "../../src/server/session.ts";
import { UnwiredServer } from "./unwired-server.ts";

let server: UnwiredServer;

beforeEach(() => {
  server = new UnwiredServer();
});

class Connection {
  /** Bytes of each write. */
  readonly writes: number[] = [];
  readonly #session: Session = server.connect((bytes) => this.writes.push(bytes.length));

  send(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.#session.onData(bytes, 0, bytes.length);
  }
}

test("replies of all chunks of a turn leave at its end, in one write each", () => {
  const [one, other] = [new Connection(), new Connection()];
  one.send("PING\r\nPING\r\n");
  other.send("PING\r\n");
  one.send("PING\r\n");
  expect([one.writes, other.writes]).toEqual([[], []]);
  server.endTurn();
  expect([one.writes, other.writes]).toEqual([[21], [7]]);
});

test("many KB leave when their chunk has been served", () => {
  const connection = new Connection();
  connection.send(`SET large ${"x".repeat(9000)}\r\n`);
  server.endTurn();
  connection.send("GET large\r\nPING\r\n");
  expect(connection.writes).toEqual([5, "$9000\r\n".length + 9000 + 2 + 7]);
  connection.send("PING\r\n");
  server.endTurn();
  expect(connection.writes.slice(2)).toEqual([7]);
});

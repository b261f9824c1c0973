/** SYNC in the simulated runtime: the payload, then the stream; redis-check-rdb judges the payload where installed. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Simulation } from "../../runtime/sim/simulation.ts";
import { Server } from "../../src/server/server.ts";
import { findProgram } from "../oracle.ts";

test("the dataset as it was, then what changed it, and nothing left behind", async () => {
  const simulation = new Simulation({ seed: 5 });
  const host = simulation.createHost("server");
  const from = simulation.createHost("clients");
  const server = new Server(host.platform, {
    port: 6379,
    hosts: [host.address],
    directives: { "protected-mode": "no" },
  });
  await simulation.settle(server.listen());
  const connect = () => {
    const got: Buffer[] = [];
    const ignore = () => {};
    const socket = from.platform.net.connect(
      { kind: "tcp", host: host.address, port: 6379 },
      {
        onOpen: ignore,
        onDrain: ignore,
        onEnd: ignore,
        onClose: ignore,
        onData: (bytes, start, end) => void got.push(Buffer.from(bytes.slice(start, end))),
      },
    );
    return { socket, text: () => Buffer.concat(got).toString("latin1") };
  };
  const writer = connect();
  const send = (to: { socket: { write(bytes: Uint8Array): boolean } }, text: string) =>
    to.socket.write(new TextEncoder().encode(text));
  send(writer, `SET a 1\r\nSET b -70000\r\nSET c ${"x".repeat(300)}\r\nSET d v PX 100000000\r\n`);
  await simulation.advance(500);
  const used = server.keyspace.arena.usedBytes;
  const replica = connect();
  send(replica, "SYNC\r\n");
  await simulation.advance(500);
  send(writer, "SELECT 2\r\nSET after 1\r\n");
  await simulation.advance(500);
  const all = replica.text();
  expect(all.slice(0, 60)).toMatch(/^\$\d+\r\n/);
  const [head, length] = /^\$(\d+)\r\n/.exec(all) as unknown as [string, string];
  const rdb = all.slice(head.length, head.length + Number(length));
  expect(rdb.startsWith("REDIS0010")).toBe(true);
  expect(all.slice(head.length + Number(length))).toBe(
    "*2\r\n$6\r\nSELECT\r\n$1\r\n2\r\n*3\r\n$3\r\nSET\r\n$5\r\nafter\r\n$1\r\n1\r\n",
  );
  const checker = findProgram("redis-check-rdb");
  if (checker !== undefined) {
    const folder = mkdtempSync(join(tmpdir(), "rdb-"));
    writeFileSync(join(folder, "dump.rdb"), Buffer.from(rdb, "latin1"));
    const said = execFileSync(checker, [join(folder, "dump.rdb")], { encoding: "utf8" });
    rmSync(folder, { recursive: true });
    expect(said).toMatch(/Checksum OK[\s\S]*4 keys read/);
  }
  send(writer, "DEL after\r\n");
  replica.socket.destroy();
  await simulation.advance(500);
  expect(server.rawSync.clientCount).toBe(0);
  expect(server.engine.unit.effects.active).toBe(false);
  expect(server.keyspace.snapshot).toBe(null);
  expect(server.keyspace.arena.usedBytes).toBe(used);
  await simulation.settle(server.close());
});

/** `client-output-buffer-limit` of clients that are no replicas, in the simulated runtime; and what it is made of. */
import { expect, test } from "vitest";
import { Simulation } from "../../runtime/sim/simulation.ts";
import { OUTPUT_UNLIMITED_BYTES } from "../../src/base/limits.ts";
import { OutputWatch } from "../../src/base/output-limit.ts";
import { Server } from "../../src/server/server.ts";
import { WireClient } from "../wire/client.ts";
import { simulatedStreams } from "../wire/stream.ts";

const PORT = 6379;
const SECOND_US = 1_000_000;

async function world(limit: string): Promise<{ simulation: Simulation; connect: () => Promise<WireClient> }> {
  const simulation = new Simulation({ seed: 4 });
  const host = simulation.createHost("server");
  const from = simulation.createHost("clients");
  const directives = { "protected-mode": "no", "client-output-buffer-limit": limit };
  const server = new Server(host.platform, { port: PORT, hosts: [host.address], directives });
  await simulation.settle(server.listen());
  const open = simulatedStreams(from.platform, host.address, PORT);
  return { simulation, connect: () => simulation.settle(WireClient.connect(open)) };
}

test("hard at once, soft after its time on end, and nothing below what every client may have", () => {
  const watch = new OutputWatch();
  const hard = { hardBytes: 100_000, softBytes: 0, softSeconds: 0 };
  expect([99_999, 100_000].map((bytes) => watch.exceeds(bytes, hard, 0))).toEqual([false, true]);
  const soft = { hardBytes: 0, softBytes: 50_000, softSeconds: 2 };
  const at = (seconds: number, bytes: number): boolean => watch.exceeds(bytes, soft, seconds * SECOND_US);
  expect([at(0, 50_000), at(2, 50_000), at(2.1, 50_000)]).toEqual([false, false, true]);
  expect([at(3, 49_999), at(4, 60_000), at(6, 60_000), at(6.1, 60_000)]).toEqual([false, false, false, true]);
  watch.reset();
  expect(at(9, 60_000)).toBe(false);
  const tiny = { hardBytes: 1, softBytes: 1, softSeconds: 0 };
  expect(watch.exceeds(OUTPUT_UNLIMITED_BYTES, tiny, 0)).toBe(false);
  expect(watch.exceeds(OUTPUT_UNLIMITED_BYTES + 1, tiny, 0)).toBe(true);
  expect(watch.exceeds(2 ** 40, { hardBytes: 0, softBytes: 0, softSeconds: 0 }, 0)).toBe(false);
});

test("a reply above the hard limit is not sent, although the client reads; what it has changed stays", async () => {
  const { simulation, connect } = await world("normal 100000 0 0");
  const client = await connect();
  await simulation.settle(client.call("SET", "big", "b".repeat(20_000)));
  client.send("MULTI");
  for (let copies = 0; copies < 10; copies++) client.send("GET", "big");
  client.send("SET", "written", "1");
  client.send("EXEC");
  await simulation.settle(client.closed);
  const other = await connect();
  expect(await simulation.settle(other.call("EXISTS", "written"))).toEqual({ kind: "integer", value: 1 });
});

test("a limit of one byte lets short replies pass", async () => {
  const { simulation, connect } = await world("normal 1 1 0");
  const client = await connect();
  for (let pings = 0; pings < 20; pings++) await simulation.settle(client.call("PING", "p".repeat(500)));
  await simulation.advance(5000);
  expect(client.isClosed).toBe(false);
});

test("a subscriber that does not read is closed when its time above the soft limit is over", async () => {
  const { simulation, connect } = await world("pubsub 0 1mb 3");
  const [subscriber, publisher] = [await connect(), await connect()];
  await simulation.settle(subscriber.call("SUBSCRIBE", "news"));
  subscriber.pause();
  // Into the network goes some of it, so there is more than the limit.
  for (let messages = 0; messages < 64; messages++) {
    await simulation.settle(publisher.call("PUBLISH", "news", "n".repeat(100_000)));
  }
  await simulation.advance(2000);
  const subscribers = async (): Promise<unknown> => simulation.settle(publisher.call("PUBSUB", "NUMSUB", "news"));
  expect(JSON.stringify(await subscribers())).toContain('"value":1');
  await simulation.advance(2500);
  expect(JSON.stringify(await subscribers())).toContain('"value":0');
});

/**
 * The property of SYNC: RDB and stream together make the dataset, whatever is written between the slices of the
 * snapshot. First with the slices taken by hand; then in the simulated runtime, where a snapshot takes no time but
 * several clients come and go on reading.
 */
import { expect, test } from "vitest";
import { Simulation } from "../../runtime/sim/simulation.ts";
import { ORIGINS } from "../../src/engine/unit.ts";
import { Server } from "../../src/server/server.ts";
import { LocalServer, START_MS } from "../commands/generic-server.ts";
import { Draw } from "../differential/draw.ts";
import { WireClient } from "../wire/client.ts";
import { textOf } from "../wire/notation.ts";
import { simulatedStreams } from "../wire/stream.ts";
import { listen } from "./local-replica.ts";
import { DATABASES, RandomWrites } from "./random-writes.ts";
import { rdbCommands, SyncBytes, type Words } from "./sync-bytes.ts";

/** Another server with what SYNC has sent. Its time stands still: as a replica's, its keys go when it is told so. */
function replay(rdb: Buffer, stream: readonly Words[], nowMs: number): LocalServer {
  const copy = new LocalServer();
  copy.nowMs = nowMs;
  for (const words of rdbCommands(rdb)) copy.call(...words);
  copy.call("SELECT", 0);
  for (const words of stream) {
    const reply = copy.call(...words);
    expect(reply, words.join(" ").slice(0, 200)).not.toHaveProperty("error");
  }
  return copy;
}

/** Databases one by one, so that a difference is easier to find, then all. */
function digests(server: LocalServer): string[] {
  const found: string[] = [];
  for (let database = 0; database < DATABASES; database++) {
    server.call("SELECT", database);
    found.push(`${database}: ${server.call("DBSIZE")} keys`);
  }
  return [...found, String(server.call("DEBUG", "DIGEST"))];
}

/** Deletes whatever is due by now, and has that told. */
function expireAll({ server, nowMs }: LocalServer): void {
  const { keyspace, engine } = server;
  for (const database of keyspace.databases) {
    while (database.expiry.count > 0 && database.expiry.nextDue() < nowMs) {
      engine.unit.open(nowMs, ORIGINS.expire);
      keyspace.expireDue(database, 64);
      engine.unit.commit();
    }
  }
}

test.each([1, 2, 3])("slices by hand, seed %i", (seed) => {
  const draw = new Draw(seed);
  const writes = new RandomWrites(draw);
  const local = new LocalServer();
  const { rawSync, keyspace } = local.server;
  for (const words of writes.fill(START_MS)) local.call(...words);
  const replica = local.connect();
  const sent = listen(local, replica);
  rawSync.start(replica.state);
  for (let slice = 0; sent.rdb === null; slice++) {
    expect(slice).toBeLessThan(100_000);
    for (let left = draw.below(8); left > 0; left--) local.call(...writes.next());
    if (draw.chance(0.1)) local.nowMs += draw.below(20);
    rawSync.step(0);
  }
  for (let left = 200; left > 0; left--) local.call(...writes.next());
  expireAll(local);
  const copy = replay(sent.rdb as Buffer, sent.stream, START_MS);
  expect(digests(copy)).toEqual(digests(local));
  rawSync.forget(replica.state);
  expect(keyspace.snapshot).toBe(null);
  expect(rawSync.bufferBytes).toBe(0);
  local.check();
});

test.each([11, 12])("in the simulated runtime, seed %i", async (seed) => {
  const simulation = new Simulation({ seed });
  const host = simulation.createHost("server");
  const from = simulation.createHost("clients");
  const directives = { "protected-mode": "no", "enable-debug-command": "yes" };
  const server = new Server(host.platform, { port: 6379, hosts: [host.address], directives });
  await simulation.settle(server.listen());
  const open = simulatedStreams(from.platform, host.address, 6379);
  const writes = new RandomWrites(new Draw(seed));
  const writer = await simulation.settle(WireClient.connect(open));
  let asked = 0;
  const send = (words: readonly string[]): void => {
    writer.send(...words);
    asked++;
  };
  const answered = async (): Promise<void> => {
    await simulation.settle(
      (async () => {
        for (; asked > 0; asked--) await writer.reply();
      })(),
    );
  };
  const startMs = from.platform.clock.wallMs();
  for (const words of writes.fill(startMs)) send(words);
  await answered();
  const replicas = [new SyncBytes(), new SyncBytes(), new SyncBytes()];
  for (const replica of replicas) {
    const stream = await simulation.settle(open(replica));
    stream.write(Buffer.from("SYNC\r\n"));
    // The first begins a snapshot; those that come meanwhile share the next one.
    for (let left = 60; left > 0; left--) send(writes.next());
    await simulation.advance(1);
  }
  await answered();
  await simulation.advance(3000);
  for (let left = 60; left > 0; left--) send(writes.next());
  await answered();
  // Deletes what is due.
  await simulation.advance(3000);
  const digest = textOf(await simulation.settle(writer.call("DEBUG", "DIGEST")));
  for (const replica of replicas) {
    const copy = replay(replica.rdb as Buffer, replica.stream, startMs);
    expect(copy.call("DEBUG", "DIGEST")).toBe(digest);
  }
  await simulation.settle(server.close());
});

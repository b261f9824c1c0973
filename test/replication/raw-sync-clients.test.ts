/** Clients of SYNC in the simulated runtime: what they cost, what becomes of slow ones and of silent ones. */
import { expect, test } from "vitest";
import { Simulation } from "../../runtime/sim/simulation.ts";
import { Server } from "../../src/server/server.ts";
import { CLIENT_OBJECT_BYTES } from "../../src/server/session.ts";
import { WireClient } from "../wire/client.ts";
import { show, textOf } from "../wire/notation.ts";
import { type ByteStream, simulatedStreams } from "../wire/stream.ts";
import { SyncBytes } from "./sync-bytes.ts";

const PORT = 6379;
const MIB = 1024 * 1024;

/** A server with keys, and who writes and who follows. */
class World {
  readonly simulation: Simulation;
  readonly server: Server;
  writer!: WireClient;
  readonly #open: ReturnType<typeof simulatedStreams>;

  private constructor(directives: Record<string, string>) {
    this.simulation = new Simulation({ seed: 3 });
    const host = this.simulation.createHost("server");
    const from = this.simulation.createHost("clients");
    const everybody = { "protected-mode": "no", "enable-debug-command": "yes" };
    this.server = new Server(host.platform, {
      port: PORT,
      hosts: [host.address],
      directives: { ...everybody, ...directives },
    });
    this.#open = simulatedStreams(from.platform, host.address, PORT);
  }

  static async create(directives: Record<string, string>, keys: number): Promise<World> {
    const world = new World(directives);
    await world.simulation.settle(world.server.listen());
    world.writer = await world.simulation.settle(WireClient.connect(world.#open));
    if (keys > 0) await world.ask("DEBUG", "POPULATE", String(keys), "key", "100");
    return world;
  }

  async ask(...words: string[]): Promise<string> {
    return show(await this.simulation.settle(this.writer.call(...words)));
  }

  async info(field: string): Promise<string | undefined> {
    const text = textOf(await this.simulation.settle(this.writer.call("INFO", "everything")));
    return new RegExp(`^${field}:(.*)\r$`, "m").exec(text)?.[1];
  }

  async follow(): Promise<{ sent: SyncBytes; stream: ByteStream }> {
    const sent = new SyncBytes();
    const stream = await this.simulation.settle(this.#open(sent));
    stream.write(Buffer.from("SYNC\r\n"));
    return { sent, stream };
  }

  /** Lets the server work until something is so. */
  async until(condition: () => boolean): Promise<void> {
    for (let waitedMs = 0; !condition(); waitedMs++) {
      expect(waitedMs).toBeLessThan(60_000);
      await this.simulation.advance(1);
    }
  }

  async close(): Promise<void> {
    await this.simulation.settle(this.server.close());
  }
}

test("memory is counted once, whoever reads it, and given back", async () => {
  const world = await World.create({ rdbcompression: "no" }, 5000);
  const { server } = world;
  await world.ask("SET", "long", "l".repeat(3_000_000));
  const before = server.usedMemoryBytes;
  const slow = [await world.follow(), await world.follow(), await world.follow()];
  for (const { stream } of slow) stream.pause();
  await world.until(
    () =>
      server.rawSync
        .overview()
        .map(({ state }) => state)
        .join() === "send_bulk,send_bulk,send_bulk",
  );
  const held = server.rawSync.bufferBytes;
  // The long value stays where it is; the rest of the RDB is written, once for each of at most three snapshots.
  expect(held).toBeGreaterThan(5000 * 100);
  expect(held).toBeLessThan(3 * 5000 * 150);
  expect(server.replicaBytes).toBeGreaterThanOrEqual(3 * CLIENT_OBJECT_BYTES);
  expect(server.replicaBytes).toBeLessThan(3 * CLIENT_OBJECT_BYTES + 1_000_000);
  const used = server.usedMemoryBytes - before;
  expect(used).toBeGreaterThan(held);
  expect(used).toBeLessThan(held + 1_200_000);
  expect(Number(await world.info("mem_total_replication_buffers"))).toBe(server.rawSync.bufferBytes);
  for (const { stream } of slow) stream.resume();
  await world.until(() => slow.every(({ sent }) => sent.rdb !== null));
  await world.simulation.advance(100);
  expect(server.rawSync.bufferBytes).toBe(0);
  for (const { stream } of slow) stream.destroy();
  await world.simulation.advance(100);
  expect(server.replicaBytes).toBe(0);
  await world.close();
});

test("latencies that are kept take memory", async () => {
  const world = await World.create({}, 0);
  await world.ask("CONFIG", "SET", "latency-tracking", "no");
  await world.ask("CONFIG", "RESETSTAT");
  await world.ask("PING");
  const before = world.server.usedMemoryBytes;
  await world.ask("CONFIG", "SET", "latency-tracking", "yes");
  await world.ask("PING");
  await world.ask("PING");
  const { timedCount } = world.server.engine.table;
  expect(timedCount).toBeGreaterThan(0);
  expect(world.server.usedMemoryBytes - before).toBe(timedCount * 832 * 8);
  await world.close();
});

const LIMITS = [
  { name: "hard", limit: "replica 2mb 0 0", seconds: 0 },
  { name: "soft", limit: "replica 0 2mb 5", seconds: 6 },
];
for (const { name, limit, seconds } of LIMITS) {
  test(`a replica that does not read is closed at its ${name} limit, and only then`, async () => {
    const world = await World.create({ "client-output-buffer-limit": limit }, 10);
    const { sent, stream } = await world.follow();
    const steady = await world.follow();
    await world.until(() => sent.rdb !== null && steady.sent.rdb !== null);
    stream.pause();
    const write = (): Promise<string> => world.ask("SET", "a", "v".repeat(MIB / 2));
    // What the network holds is not counted, so there is some more to write than the limit.
    for (let writes = 0; writes < 20; writes++) await write();
    await world.simulation.advance(500);
    expect(world.server.rawSync.clientCount).toBe(seconds === 0 ? 1 : 2);
    await world.simulation.advance(seconds * 1000);
    expect(world.server.rawSync.clientCount).toBe(1);
    await write();
    await world.simulation.advance(500);
    expect(steady.sent.isClosed).toBe(false);
    expect(steady.sent.stream.filter(([command]) => command === "SET").length).toBe(21);
    await world.close();
  });
}

test("a limit below repl-backlog-size is that size", async () => {
  const world = await World.create({ "client-output-buffer-limit": "replica 20kb 0 0" }, 10);
  const { sent, stream } = await world.follow();
  await world.until(() => sent.rdb !== null);
  stream.pause();
  await world.ask("SET", "a", "v".repeat(MIB / 2));
  await world.simulation.advance(500);
  expect(world.server.rawSync.clientCount).toBe(1);
  await world.close();
});

test("timeout closes others, not replicas; they hear from the server now and then", async () => {
  const world = await World.create({ timeout: "2", "repl-ping-replica-period": "3" }, 10);
  const { sent } = await world.follow();
  await world.until(() => sent.rdb !== null);
  await world.simulation.advance(10_000);
  expect(world.writer.isClosed).toBe(true);
  expect(sent.isClosed).toBe(false);
  expect(sent.text.match(/PING/g)?.length).toBe(3);
  expect(world.server.rawSync.clientCount).toBe(1);
  await world.close();
});

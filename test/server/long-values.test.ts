/**
 * Values over 32 KiB that overwrite each other, in the simulated runtime: their buffers go from value to value
 * (`SpareBuffers`), while others still read the values they held before.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Simulation } from "../../runtime/sim/simulation.ts";
import { Server } from "../../src/server/server.ts";
import { WireClient } from "../wire/client.ts";
import { simulatedStreams } from "../wire/stream.ts";

const PORT = 6379;
const KEYS = 4;

async function world(
  seed: number,
): Promise<{ simulation: Simulation; server: Server; connect: () => Promise<WireClient> }> {
  const simulation = new Simulation({ seed });
  const host = simulation.createHost("server");
  const from = simulation.createHost("clients");
  const server = new Server(host.platform, {
    port: PORT,
    hosts: [host.address],
    directives: { "protected-mode": "no" },
  });
  await simulation.settle(server.listen());
  const open = simulatedStreams(from.platform, host.address, PORT);
  return { simulation, server, connect: () => simulation.settle(WireClient.connect(open)) };
}

/** Bytes that tell which value they are of, and where in it. */
function patternOf(mark: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (mark * 31 + i * 7 + (i >>> 8)) & 255;
  return bytes;
}

const lengths = fc.oneof(
  fc.integer({ min: 30_000, max: 140_000 }),
  fc.constantFrom(32_768, 32_769, 65_536, 100_000, 1_048_576, 1_200_000),
);
const keys = fc.nat(KEYS - 1);
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ name: fc.constant("set" as const), key: keys, length: lengths }) },
    { weight: 2, arbitrary: fc.record({ name: fc.constant("append" as const), key: keys, length: lengths }) },
    { weight: 1, arbitrary: fc.record({ name: fc.constant("refused" as const), key: keys, length: lengths }) },
    { weight: 1, arbitrary: fc.record({ name: fc.constant("del" as const), key: keys, length: lengths }) },
    { weight: 4, arbitrary: fc.record({ name: fc.constant("get" as const), key: keys, length: lengths }) },
    { weight: 2, arbitrary: fc.record({ name: fc.constant("slow" as const), key: keys, length: lengths }) },
  ),
  { minLength: 10, maxLength: 60 },
);

test("every reader gets the value as it was, whatever has become of its buffer since", async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.nat(), async (script, seed) => {
      const { simulation, server, connect } = await world(seed);
      const [writer, reader] = [await connect(), await connect()];
      reader.pause();
      const model = new Map<string, Uint8Array>();
      const slow: (Uint8Array | undefined)[] = [];
      for (const [mark, { name, key: index, length }] of script.entries()) {
        const key = `k${index}`;
        const old = model.get(key);
        const value = patternOf(mark, length);
        if (name === "set") {
          await simulation.settle(writer.call("SET", key, value));
          model.set(key, value);
        } else if (name === "append") {
          await simulation.settle(writer.call("APPEND", key, value));
          model.set(key, Buffer.concat([old ?? new Uint8Array(0), value]));
        } else if (name === "refused") {
          await simulation.settle(writer.call("SET", key, value, old === undefined ? "XX" : "NX"));
        } else if (name === "del") {
          await simulation.settle(writer.call("DEL", key));
          model.delete(key);
        } else if (name === "get") {
          expectValue(await simulation.settle(writer.call("GET", key)), old);
        } else {
          reader.send("GET", key);
          slow.push(old);
          // For the request to arrive.
          await simulation.settle(writer.call("PING"));
        }
        server.spareBuffers.check();
      }
      for (const [key, value] of model) expectValue(await simulation.settle(writer.call("GET", key)), value);
      reader.resume();
      for (const value of slow) expectValue(await simulation.settle(reader.reply()), value);
      server.keyspace.arena.check();
    }),
    { numRuns: 25 },
  );
});

function expectValue(reply: unknown, value: Uint8Array | undefined): void {
  const found = reply as { readonly kind: string; readonly bytes?: Uint8Array };
  if (value === undefined) expect(found.kind).toBe("null");
  else expect(Buffer.compare(found.bytes ?? new Uint8Array(0), value)).toBe(0);
}

test("values of one length that overwrite each other need no new buffers", async () => {
  const { simulation, server, connect } = await world(1);
  const client = await connect();
  for (let round = 0; round < 3; round++) await simulation.settle(client.call("SET", "k", patternOf(round, 100_000)));
  const before = server.spareBuffers.pooledBytes;
  expect(before).toBe(100_000);
  for (let round = 0; round < 20; round++) await simulation.settle(client.call("SET", "k", patternOf(round, 100_000)));
  expect(server.spareBuffers.pooledBytes).toBe(before);
  await simulation.settle(client.call("MEMORY", "PURGE"));
  expect(server.spareBuffers.pooledBytes).toBe(0);
});

/**
 * The wire cases against a whole server within the simulated runtime: a world of its own for each case, in which every
 * chunk is cut and delayed as the seed wants it.
 */
import { describe, expect, test } from "vitest";
import { Simulation } from "../../runtime/sim/simulation.ts";
import { Server } from "../../src/server/server.ts";
import { wireCases } from "./cases/index.ts";
import { WireClient } from "./client.ts";
import type { Capability, Wire, WireCase } from "./environment.ts";
import { simulatedStreams } from "./stream.ts";
import { missingCapability } from "./suite.ts";

const PORT = 6379;
/** Virtual time that one case may take. */
const PATIENCE_MS = 3_600_000;

async function simulatedWire(simulation: Simulation): Promise<Wire> {
  const host = simulation.createHost("server");
  const from = simulation.createHost("clients");
  const directives = { "protected-mode": "no" };
  const server = new Server(host.platform, { port: PORT, hosts: [host.address], directives });
  await simulation.settle(server.listen());
  const capabilities = new Set<Capability>(["ours", "virtual"]);
  if (server.engine.table.byName("config") !== null) capabilities.add("config");
  const open = simulatedStreams(from.platform, host.address, PORT);
  return {
    target: "sim",
    has: (capability) => capabilities.has(capability),
    connect: () => WireClient.connect(open),
    sleep: (ms) => simulation.sleep(ms),
  };
}

/** @returns the trace of the whole run. */
async function run(item: WireCase, seed: number): Promise<string> {
  const simulation = new Simulation({ seed, patienceMs: PATIENCE_MS });
  const wire = await simulatedWire(simulation);
  await simulation.settle(item.run(wire));
  return simulation.traceHash;
}

describe("wire: sim", () => {
  for (const item of wireCases) {
    test(item.name, async (context) => {
      const simulation = new Simulation({ seed: 1 });
      const reason = missingCapability(await simulatedWire(simulation), item);
      context.skip(reason !== undefined, reason);
      await run(item, 1);
    });
  }

  test("the same seed is the same run", async () => {
    const item = wireCases.find(({ name }) => name === "a hundred clients at once");
    expect(await run(item as WireCase, 7)).toBe(await run(item as WireCase, 7));
    expect(await run(item as WireCase, 7)).not.toBe(await run(item as WireCase, 8));
  });
});

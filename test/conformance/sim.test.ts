/**
 * The conformance body against the simulated runtime. Every case runs on a world of its own, twice under the same seed:
 * it passes, and the second run is the first to the byte. Skipped is what needs TLS, which the simulated network
 * refuses, and what compares readings with a real machine.
 */
import { describe, expect, it } from "vitest";
import { Simulation } from "../../runtime/sim/simulation.ts";
import { type Capabilities, type Capability, type ConformanceCase, conformanceCases } from "./body/index.ts";

const SEED = 1;
/** The bulk case moves this much in both runs, and the whole gigabyte once. */
const BULK_BYTES = 16 * 1024 * 1024;
const GIGABYTE = 1024 * 1024 * 1024;
const BULK_CASE = "tcp: bulk through one socket, in bounded memory";

const CAPABILITIES: Capabilities = { tls: false, unix: true, realTime: false };

const SKIP_REASONS: Readonly<Record<Capability, string>> = {
  unix: "the simulated network has no Unix sockets",
  tls: "the simulated network has no TLS",
  realTime: "compares with a real machine",
};

/** Counts deliveries, so what is sent at once has to arrive at once, as it does over a real loopback. */
const WHOLE_SEGMENTS = ["turn end: after the I/O that was ready"];

/** @returns the trace of the whole run. */
async function runCase(item: ConformanceCase, bulkBytes: number): Promise<string> {
  const simulation = new Simulation({ seed: SEED, network: { fragments: !WHOLE_SEGMENTS.includes(item.name) } });
  const { platform } = simulation.createHost("alone");
  await item.run({
    platform,
    capabilities: CAPABILITIES,
    directory: "/tmp",
    bulkBytes,
    tls: null,
    settle: (promise) => simulation.settle(promise),
    advance: (ms) => simulation.advance(ms),
  });
  return simulation.traceHash;
}

describe("conformance: sim", () => {
  for (const item of conformanceCases) {
    const missing = item.needs?.find((capability) => !CAPABILITIES[capability]);
    if (missing !== undefined) {
      it(item.name, (context) => context.skip(SKIP_REASONS[missing]));
      continue;
    }
    it(item.name, async () => {
      const trace = await runCase(item, BULK_BYTES);
      expect(await runCase(item, BULK_BYTES)).toBe(trace);
    });
  }

  it("moves a gigabyte through one socket", async () => {
    const bulk = conformanceCases.find((item) => item.name === BULK_CASE);
    expect(bulk).toBeDefined();
    if (bulk !== undefined) await runCase(bulk, GIGABYTE);
  });
});

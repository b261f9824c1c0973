/**
 * The conformance body against the simulated runtime. Every case runs on a world of its own, under two seeds: what is
 * cut where, when it arrives and how much of a write is taken at once differ between them, what the seam promises does
 * not. Skipped is what needs TLS, which the simulated network refuses, and what compares readings with a real machine.
 */
import { describe, expect, it } from "vitest";
import { Simulation } from "../../runtime/sim/simulation.ts";
import { type Capabilities, type ConformanceCase, conformanceCases } from "./body/index.ts";

const FIRST_SEED = 1;
const SECOND_SEED = 2;
/** Sent by the bulk case under the first seed, and under the second. */
const BULK_BYTES = 1024 * 1024 * 1024;
const BULK_BYTES_AGAIN = 16 * 1024 * 1024;

const CAPABILITIES: Capabilities = { tls: false, unix: true, realTime: false };

const SKIP_REASONS: Readonly<Record<string, string>> = {
  tls: "the simulated network has no TLS",
  realTime: "compares with a real machine",
};

/** Counts deliveries, so what is sent at once has to arrive at once, as it does over a real loopback. */
const WHOLE_SEGMENTS = ["turn end: after the I/O that was ready"];

/** @returns the trace of the whole run. */
async function runCase(item: ConformanceCase, seed: number, bulkBytes: number): Promise<string> {
  const simulation = new Simulation({ seed, network: { fragments: !WHOLE_SEGMENTS.includes(item.name) } });
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
      it.skip(`${item.name} (${SKIP_REASONS[missing]})`, () => {});
      continue;
    }
    it(item.name, async () => {
      await runCase(item, FIRST_SEED, BULK_BYTES);
      const trace = await runCase(item, SECOND_SEED, BULK_BYTES_AGAIN);
      // Once more: the same run, to the byte.
      expect(await runCase(item, SECOND_SEED, BULK_BYTES_AGAIN)).toBe(trace);
    });
  }
});

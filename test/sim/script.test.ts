import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Step, World } from "./script.ts";

const WEIGHTS: Readonly<Record<Step["kind"], number>> = {
  connect: 6,
  write: 20,
  advance: 20,
  pause: 3,
  resume: 4,
  end: 2,
  destroy: 1,
  reset: 1,
  partition: 1,
  heal: 2,
  break: 1,
  latency: 1,
  freeze: 1,
  thaw: 2,
  crash: 1,
  restart: 3,
};

const kinds = Object.entries(WEIGHTS).map(([kind, weight]) => ({
  weight,
  arbitrary: fc.constant(kind as Step["kind"]),
}));
const step = fc.record({ kind: fc.oneof(...kinds), a: fc.nat(1000), b: fc.nat(1000) });
const script = fc.array(step, { minLength: 5, maxLength: 120 });

describe("any script", () => {
  it("keeps the contract of sockets, and repeats to the byte", async () => {
    const property = fc.asyncProperty(script, fc.nat(), async (steps, seed) => {
      const world = new World(seed);
      await world.run(steps);
      const again = new World(seed);
      await again.run(steps);
      expect(again.simulation.traceHash).toBe(world.simulation.traceHash);
    });
    await fc.assert(property, { seed: 1, numRuns: 300 });
  });

  it("loses nothing of what was written, once all faults have ended", async () => {
    let wholeCount = 0;
    const property = fc.asyncProperty(script, fc.nat(), async (steps, seed) => {
      const world = new World(seed);
      await world.run(steps);
      for (const [client, server] of world.pairs()) {
        for (const [from, to] of [
          [client, server],
          [server, client],
        ]) {
          expect(to.receivedBytes).toBeLessThanOrEqual(from.sentBytes);
          const isOpen = !from.isClosed && !to.isClosed;
          const hasEnded = from.endedBy === "end" && to.sawEnd;
          if (!isOpen && !hasEnded) continue;
          wholeCount++;
          expect(to.receivedBytes).toBe(from.sentBytes);
          expect(from.lent).toBe(null);
          if (from.endedBy !== null) expect(to.sawEnd).toBe(true);
        }
      }
    });
    await fc.assert(property, { seed: 2, numRuns: 500 });
    expect(wholeCount).toBeGreaterThan(300);
  });

  it("runs differently under another seed", async () => {
    const steps: Step[] = [
      { kind: "connect", a: 0, b: 1 },
      { kind: "advance", a: 10, b: 0 },
      { kind: "write", a: 0, b: 50 },
    ];
    const hashes = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const world = new World(seed);
      await world.run(steps);
      hashes.add(world.simulation.traceHash);
    }
    expect(hashes.size).toBe(20);
  });
});

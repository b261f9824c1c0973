import { describe, expect, it } from "vitest";
import { Trace } from "../../runtime/sim/trace.ts";

function hashOf(fill: (trace: Trace) => void): string {
  const trace = new Trace();
  fill(trace);
  return trace.hash();
}

describe("trace", () => {
  it("is the same for the same bytes wherever they lie", () => {
    for (const sizeBytes of [0, 1, 5, 31, 32, 33, 35, 1000, 1003]) {
      const backing = new Uint8Array(sizeBytes + 8);
      const hashes = [0, 1, 2, 3, 4].map((offset) => {
        const bytes = backing.subarray(offset, offset + sizeBytes);
        for (let index = 0; index < sizeBytes; index++) bytes[index] = index * 7;
        return hashOf((trace) => trace.bytes(bytes));
      });
      expect(new Set(hashes).size, `${sizeBytes} bytes`).toBe(1);
    }
  });

  it("differs for any single byte, and for any number of zeros", () => {
    const hashes = new Set<string>();
    for (let at = 0; at < 100; at++) {
      const bytes = new Uint8Array(100);
      bytes[at] = 1;
      hashes.add(hashOf((trace) => trace.bytes(bytes)));
      hashes.add(hashOf((trace) => trace.bytes(new Uint8Array(at))));
    }
    expect(hashes.size).toBe(200);
  });

  it("differs by time, host, kind and detail, and by the order of events", () => {
    const hashes = new Set([
      hashOf((trace) => trace.event(1, 1, "data", 1)),
      hashOf((trace) => trace.event(2, 1, "data", 1)),
      hashOf((trace) => trace.event(1 + 2 ** 32, 1, "data", 1)),
      hashOf((trace) => trace.event(1, 2, "data", 1)),
      hashOf((trace) => trace.event(1, 1, "write", 1)),
      hashOf((trace) => trace.event(1, 1, "data", 2)),
      hashOf((trace) => {
        trace.event(1, 1, "data", 1);
        trace.event(1, 2, "data", 1);
      }),
      hashOf((trace) => {
        trace.event(1, 2, "data", 1);
        trace.event(1, 1, "data", 1);
      }),
    ]);
    expect(hashes.size).toBe(8);
  });

  it("keeps the newest events for people", () => {
    const trace = new Trace();
    for (let event = 0; event < 1000; event++) trace.event(event * 1000, 1, "timer", event);
    const lines = trace.recent((id) => `host ${id}`);
    expect(lines).toHaveLength(256);
    expect(lines[0]).toBe("744.000 ms host 1 timer 744");
    expect(lines[255]).toBe("999.000 ms host 1 timer 999");
  });
});

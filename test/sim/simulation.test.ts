import { describe, expect, it, vi } from "vitest";
import { Simulation, SimulationError, START_WALL_MS } from "../../runtime/sim/simulation.ts";
import { connect, listen, pair } from "./end.ts";

function oneHost(options: { patienceMs?: number; eventsMax?: number } = {}) {
  const simulation = new Simulation({ seed: 1, ...options });
  const host = simulation.createHost("a");
  return { simulation, host, timers: host.platform.timers };
}

describe("the loop", () => {
  it("lets virtual time pass without real time, and reads it on every clock", async () => {
    const { simulation, host } = oneHost();
    const { clock } = host.platform;
    expect(clock.wallMs()).toBe(START_WALL_MS);
    await simulation.advance(86_400_000.5);
    expect(simulation.nowMs).toBe(86_400_000.5);
    expect(clock.monotonicUs()).toBe(86_400_000_500);
    expect(clock.wallMs()).toBe(START_WALL_MS + 86_400_000);
    expect(clock.wallUs()).toBe(START_WALL_MS * 1000 + 86_400_000_500);
  });

  it("takes all events of an instant, then microtasks, then the turn's end, then its microtasks", async () => {
    const { simulation, timers } = oneHost();
    const order: string[] = [];
    const event = (name: string) => () => {
      order.push(name);
      Promise.resolve().then(() => order.push(`${name} microtask`));
      timers.atTurnEnd(() => {
        order.push(`${name} turn end`);
        Promise.resolve().then(() => order.push(`${name} turn end microtask`));
      });
    };
    timers.once(1, event("one"));
    timers.once(1, event("two"));
    await simulation.advance(2);
    expect(order).toEqual([
      "one",
      "two",
      "one microtask",
      "two microtask",
      "one turn end",
      "two turn end",
      "one turn end microtask",
      "two turn end microtask",
    ]);
  });

  it("leaves to the next turn what an event of this one brings about, even at the same instant", async () => {
    const simulation = new Simulation({ seed: 1 });
    const [a, b] = [simulation.createHost("a"), simulation.createHost("b")];
    const { client, server } = await pair(simulation, a, b);
    const order: string[] = [];
    server.onBytes = () => order.push(`data at ${b.platform.clock.monotonicUs() - startUs}`);
    server.socket.pause();
    client.send("x");
    await simulation.advance(10);
    const startUs = b.platform.clock.monotonicUs();
    b.platform.timers.once(1, () => {
      server.socket.resume();
      b.platform.timers.atTurnEnd(() => order.push("turn end"));
    });
    await simulation.advance(2);
    expect(order).toEqual(["turn end", "data at 1000"]);
  });

  it("lets chains of awaits of any length settle before time moves on", async () => {
    const { simulation, timers, host } = oneHost();
    let doneAtUs = 0;
    timers.once(1, async () => {
      for (let step = 0; step < 500; step++) await null;
      doneAtUs = host.platform.clock.monotonicUs();
    });
    timers.once(1.001, () => expect(doneAtUs).toBe(1000));
    await simulation.advance(2);
    expect(doneAtUs).toBe(1000);
  });

  it("moves time even for a host that works every turn", async () => {
    const { simulation, timers } = oneHost();
    let turns = 0;
    const again = () => {
      turns++;
      timers.atTurnEnd(again);
    };
    timers.atTurnEnd(again);
    await simulation.advance(1);
    expect(turns).toBeGreaterThan(50);
    expect(turns).toBeLessThan(200);
  });

  it("does not depend on the process's own timers", async () => {
    vi.useFakeTimers();
    try {
      const { simulation, timers } = oneHost();
      let fired = false;
      timers.once(5, () => {
        fired = true;
      });
      await simulation.advance(10);
      expect(fired).toBe(true);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("the driver", () => {
  it("runs until a time, a predicate or a promise", async () => {
    const { simulation, timers } = oneHost();
    let count = 0;
    timers.every(10, () => count++);
    await simulation.run(55);
    expect([simulation.nowMs, count]).toEqual([55, 5]);
    await simulation.run(() => count === 8);
    expect(simulation.nowMs).toBe(80);
    const value = await simulation.run(new Promise<string>((resolve) => timers.once(7, () => resolve("done"))));
    expect([value, simulation.nowMs]).toEqual(["done", 87]);
  });

  it("passes a rejection on", async () => {
    const { simulation, timers } = oneHost();
    const failing = new Promise((_, reject) => timers.once(1, () => reject(new Error("as told"))));
    await expect(simulation.settle(failing)).rejects.toThrow("as told");
  });

  it("settles scenario code that sleeps", async () => {
    const { simulation } = oneHost();
    const scenario = async () => {
      await simulation.sleep(30);
      await simulation.sleep(12);
      return simulation.nowMs;
    };
    expect(await simulation.settle(scenario())).toBe(42);
  });

  it("reports a deadlock with who waits for what", async () => {
    const simulation = new Simulation({ seed: 9 });
    const [a, b] = [simulation.createHost("a"), simulation.createHost("b")];
    const { server } = await pair(simulation, a, b);
    server.socket.pause();
    const never = new Promise<void>(() => {});
    const report = await simulation.settle(never).catch((error: Error) => error.message);
    expect(report).toMatch(/^the promise is still pending, but nothing is left to happen \(deadlock\)/);
    expect(report).toContain("seed 9");
    expect(report).toContain("10.0.0.2:6379 to 10.0.0.1:49152: open, paused");
    expect(report).toMatch(/ms b accept/);
  });

  it("loses patience in virtual time while something still happens", async () => {
    const { simulation, timers } = oneHost({ patienceMs: 500 });
    timers.every(100, () => {});
    await expect(simulation.settle(new Promise(() => {}))).rejects.toThrow("500 ms have passed");
    await expect(simulation.run(() => false)).rejects.toThrow("the predicate does not hold");
  });

  it("stops a run of too many events", async () => {
    const { simulation, timers } = oneHost({ eventsMax: 100 });
    timers.every(1, () => {});
    await expect(simulation.advance(1000)).rejects.toThrow("too many events");
  });

  it("turns an error of a host's code into one that tells the seed, and keeps the cause", async () => {
    const { simulation, timers } = oneHost();
    const bug = new TypeError("a bug");
    timers.once(3, () => {
      throw bug;
    });
    const error = await simulation.advance(10).catch((caught: SimulationError) => caught);
    expect(error).toBeInstanceOf(SimulationError);
    expect(error).toMatchObject({ cause: bug });
    expect(String(error)).toMatch(/a bug\nseed 1, 3 ms/);
    await simulation.advance(10);
  });

  it("has one driver at a time", async () => {
    const { simulation } = oneHost();
    const first = simulation.advance(1);
    await expect(simulation.advance(1)).rejects.toThrow("driven by one call at a time");
    await first;
  });
});

describe("timers", () => {
  it("fire to the microsecond, never early, and not after a cancel", async () => {
    const { simulation, timers, host } = oneHost();
    const firedUs: number[] = [];
    for (const delayMs of [0, 0.0001, 2.5, 1])
      timers.once(delayMs, () => firedUs.push(host.platform.clock.monotonicUs()));
    const cancelled = timers.once(2, () => expect.unreachable());
    timers.once(2, () => cancelled.cancel());
    cancelled.cancel();
    cancelled.cancel();
    await simulation.advance(5);
    expect(firedUs).toEqual([1, 1, 1000, 2500]);
  });

  it("repeat without drift until cancelled, also from within", async () => {
    const { simulation, timers, host } = oneHost();
    const firedUs: number[] = [];
    const handle = timers.every(2.5, () => {
      firedUs.push(host.platform.clock.monotonicUs());
      if (firedUs.length === 3) handle.cancel();
    });
    await simulation.advance(50);
    expect(firedUs).toEqual([2500, 5000, 7500]);
  });
});

describe("reproducibility", () => {
  /** A busy little world: two clients, a server that answers, everything random drawn from the seed. */
  async function world(seed: number): Promise<string> {
    const simulation = new Simulation({ seed });
    const server = simulation.createHost("server");
    const { accepted } = await listen(server);
    const clients = ["a", "b"].map((name) => connect(simulation.createHost(name), "server"));
    const bytes = new Uint8Array(300);
    for (let round = 0; round < 20; round++) {
      for (const { platform } of simulation.hosts) platform.random.fill(bytes);
      for (const end of [...clients, ...accepted]) end.socket.write(bytes.slice());
      await simulation.advance(1);
    }
    return simulation.traceHash;
  }

  it("runs the same for the same seed and differs for another", async () => {
    const hashes = await Promise.all([1, 1, 2, 3, 2 ** 40, 2 ** 40 + 1].map(world));
    expect(hashes[0]).toBe(hashes[1]);
    expect(new Set(hashes).size).toBe(5);
  });

  it("gives each user of chance a stream of its own", () => {
    const simulation = new Simulation({ seed: 5 });
    const drawn = ["a", "b", "ab", "ba", "network"].map((name) => simulation.stream(name).next());
    expect(new Set(drawn).size).toBe(5);
    expect(simulation.stream("a").next()).toBe(drawn[0]);
  });
});

import { describe, expect, test } from "vitest";
import { World } from "../engine/blocking-environment.ts";

const FLOAT = "-ERR timeout is not a float or out of range";
const RANGE = "-ERR timeout is out of range";
const NEGATIVE = "-ERR timeout is negative";

describe("a timeout in seconds", () => {
  for (const [text, reply] of [
    ["abc", FLOAT],
    ["''", FLOAT],
    ["' 1'", FLOAT],
    ["'1 '", FLOAT],
    ["1s", FLOAT],
    ["nan", FLOAT],
    ["-1", NEGATIVE],
    ["-0.001", NEGATIVE],
    ["-inf", NEGATIVE],
    ["-1e400", NEGATIVE],
    ["inf", RANGE],
    ["1e400", RANGE],
    ["1e16", RANGE],
    ["9223372036854775807", RANGE],
    ["9223372036854775", RANGE],
    ["0x7FFFFFFFFFFFFF", RANGE],
    ["0x7FFFFFFFFFFFFFFF", RANGE],
  ] as const) {
    test(`${text} is refused`, async () => {
      const world = await World.create();
      expect(await (await world.connect()).ask(`TAKE k ${text}`)).toBe(reply);
    });
  }

  for (const [text, expectedMs] of [
    ["0.001", 1],
    ["0.0001", 1],
    ["1e-400", 1],
    ["0.0101", 11],
    ["16.1", 16_100],
    ["1.005", 1005],
    ["0x1", 1000],
    ["1e1", 10_000],
  ] as const) {
    test(`${text} is ${expectedMs} ms`, async () => {
      const world = await World.create();
      const caller = await world.connect();
      await caller.ask("PING");
      await caller.send("PING");
      caller.wire.send("TAKE", "k", text);
      // Asked of the server itself, so that the network's delays do not count.
      await world.simulation.run(() => world.blocking.count > 0);
      const beganMs = world.simulation.nowMs;
      await world.simulation.run(() => world.blocking.count === 0);
      expect(world.simulation.nowMs - beganMs).toBeCloseTo(expectedMs, 6);
    });
  }

  for (const text of ["0", "-0", "-0.0001", "0.0", "9e15"]) {
    test(`${text} does not end`, async () => {
      const world = await World.create();
      const caller = await world.connect();
      await caller.send(`TAKE k ${text}`);
      await world.simulation.advance(600_000);
      expect(world.blocking.count).toBe(1);
    });
  }
});

/** The snapshot rule, with a toy reader: what it is told is the dataset at the start, whatever is written meanwhile. */
import { describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { ABANDONED_MAX, Snapshot } from "../../src/keyspace/snapshot.ts";
import { RandomWork } from "./random-strings.ts";
import { EXPIRY_NONE, StringModel } from "./string-model.ts";

const MIB = 1024 * 1024;

/** A server's life, shortened: work, snapshots now and then, flushes and exchanges of databases. */
function live(model: StringModel, random: Prng, work: RandomWork, steps: number): void {
  for (let step = 0; step < steps; step++) {
    work.step();
    const kind = random.below(100);
    if (model.snapshot === null) {
      if (kind < 5) model.startSnapshot();
    } else if (kind < 25) {
      model.stepSnapshot(1 + random.below(10));
    } else if (kind === 25) {
      model.abandonSnapshot();
    } else if (kind === 26) {
      model.flush(random.below(2));
    } else if (kind === 27) {
      model.exchange();
    }
    if (random.below(4) === 0) model.keyspace.lazyFree.step();
  }
  while (model.snapshot !== null) model.stepSnapshot(5);
}

describe("a snapshot", () => {
  test.each([1, 2, 3, 4, 5])("is the dataset as it was when it began (seed %i)", (seed) => {
    const model = new StringModel(seed);
    const random = new Prng(seed, 3);
    live(model, random, new RandomWork(model, random, 120, 60_000), 2500);
    expect(model.snapshots).toBeGreaterThan(3);
    model.checkAll();
    model.checkNothingIsLeft();
  });

  test.each([21, 22, 23])("also of big values, whose pages it shares with those who change them (seed %i)", (seed) => {
    const model = new StringModel(seed);
    const random = new Prng(seed, 4);
    live(model, random, new RandomWork(model, random, 8, 6 * MIB), 400);
    expect(model.snapshots).toBeGreaterThan(0);
    model.checkAll();
    model.checkNothingIsLeft();
  });

  test("does not copy a big value for the sake of one byte", () => {
    const model = new StringModel(31);
    const { arena } = model.keyspace;
    model.set(0, "whole", new Uint8Array(16 * MIB).fill(1), EXPIRY_NONE, true);
    model.set(0, "paged", new Uint8Array(16 * MIB).fill(2), EXPIRY_NONE, true);
    model.append(0, "paged", Uint8Array.of(3), false);
    model.startSnapshot();
    const before = arena.usedBytes;
    model.poke(0, "whole", [5_000_000]);
    model.setRange(0, "paged", 7_000_000, Uint8Array.of(4, 5), false);
    model.expire(0, "paged", model.nowMs + 1000);
    model.transfer(0, "whole", 1, "moved", false);
    expect(arena.usedBytes - before).toBeLessThan(MIB);
    while (model.stepSnapshot(1));
    model.checkAll();
    expect(arena.usedBytes - before).toBeLessThan(MIB);
    model.checkNothingIsLeft();
  });

  test("keeps what was deleted until it has been told of it, and only then frees it", () => {
    const model = new StringModel(32);
    for (let index = 0; index < 200; index++) model.set(0, `k${index}`, new Uint8Array(1000), EXPIRY_NONE, false);
    model.startSnapshot();
    for (let index = 0; index < 200; index++) model.delete(0, `k${index}`);
    expect(model.snapshot?.pendingCount).toBe(200);
    expect(model.keyspace.arena.usedBytes).toBeGreaterThan(200_000);
    while (model.stepSnapshot(10));
    model.checkNothingIsLeft();
  });

  test("generations come round, though many snapshots in a row are abandoned", () => {
    const model = new StringModel(33);
    model.set(0, "old", Uint8Array.of(1), EXPIRY_NONE, false);
    for (let count = 0; count < 3 * ABANDONED_MAX; count++) {
      const snapshot = new Snapshot(model.keyspace, {
        entry() {
          throw new Error("an abandoned snapshot tells nothing");
        },
        part() {},
      });
      model.set(0, `new${count % 10}`, Uint8Array.of(1), EXPIRY_NONE, false);
      // It may have to walk to its end all the same, for the sake of later ones.
      if (!snapshot.abandon()) while (snapshot.step(100));
    }
    for (let count = 0; count < 300; count++) {
      model.startSnapshot();
      while (model.stepSnapshot(100));
    }
    expect(model.snapshots).toBe(300);
    model.checkNothingIsLeft();
  });
});

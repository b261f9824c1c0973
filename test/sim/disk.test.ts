import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DiskOptions, type SimHost, Simulation } from "../../runtime/sim/simulation.ts";
import { PlatformError } from "../../src/platform/index.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function world(disk: DiskOptions = {}, seed = 1) {
  const simulation = new Simulation({ seed });
  const host = simulation.createHost("a", { disk });
  const losePower = (keepUnsynced: "none" | "seeded" = "none") => {
    host.crash({ keepUnsynced, connections: "lose" });
    return host.restart().files;
  };
  return { simulation, host, files: host.platform.files, losePower };
}

function contentOf(host: SimHost, path: string): string | null {
  const { files } = host.platform;
  return files.stat(path) === null ? null : new TextDecoder().decode(files.readFile(path));
}

function write(host: SimHost, path: string, text: string) {
  const handle = host.platform.files.open(path, "append");
  handle.append(bytes(text));
  return handle;
}

describe("a loss of power", () => {
  it("takes what no sync covered, but not with a mere death of the process", async () => {
    const { simulation, host, files, losePower } = world();
    const handle = write(host, "/data/log", "synced,");
    await simulation.settle(Promise.all([handle.sync(), files.syncDirectory("/data")]));
    handle.append(bytes("not synced"));
    host.crash();
    host.restart();
    expect(contentOf(host, "/data/log")).toBe("synced,not synced");
    losePower();
    expect(contentOf(host, "/data/log")).toBe("synced,");
  });

  it("takes a file whose directory was not synced, however well the file was", async () => {
    const { simulation, host, losePower } = world();
    await simulation.settle(write(host, "/data/log", "synced").sync());
    losePower();
    expect(contentOf(host, "/data/log")).toBe(null);
  });

  it("leaves an empty file where only the directory was synced", async () => {
    const { simulation, host, files, losePower } = world();
    write(host, "/data/log", "not synced");
    await simulation.settle(files.syncDirectory("/data"));
    losePower();
    expect(contentOf(host, "/data/log")).toBe("");
  });

  it("covers with a sync only what was written before it was asked for", async () => {
    const { simulation, host, files, losePower } = world();
    const handle = write(host, "/data/log", "before,");
    await simulation.settle(files.syncDirectory("/data"));
    const syncing = handle.sync();
    handle.append(bytes("meanwhile,"));
    await simulation.settle(syncing);
    losePower();
    expect(contentOf(host, "/data/log")).toBe("before,");
  });

  it("takes everything when it comes during the sync", async () => {
    const { simulation, host, files, losePower } = world({ syncUs: [500, 500] });
    const handle = write(host, "/data/log", "text");
    await simulation.settle(files.syncDirectory("/data"));
    handle.sync().then(() => expect.unreachable());
    await simulation.advance(0.4);
    losePower();
    await simulation.advance(10);
    expect(contentOf(host, "/data/log")).toBe("");
  });

  it("undoes overwrites and truncations", async () => {
    const { simulation, host, files, losePower } = world();
    const handle = files.open("/data/f", "write");
    handle.writeAt(bytes("0123456789"), 0);
    await simulation.settle(Promise.all([handle.sync(), files.syncDirectory("/data")]));
    handle.writeAt(bytes("abc"), 2);
    handle.truncate(6);
    handle.truncate(8);
    handle.writeAt(bytes("xyz"), 12);
    expect(contentOf(host, "/data/f")).toBe("01abc5\0\0\0\0\0\0xyz");
    losePower();
    expect(contentOf(host, "/data/f")).toBe("0123456789");
  });

  it("makes a rename durable with either directory, and whole", async () => {
    for (const synced of ["/data", "/tmp"]) {
      const { simulation, host, files, losePower } = world();
      await simulation.settle(write(host, "/tmp/new", "new").sync());
      await simulation.settle(write(host, "/data/old", "old").sync());
      await simulation.settle(Promise.all([files.syncDirectory("/data"), files.syncDirectory("/tmp")]));
      files.rename("/tmp/new", "/data/old");
      await simulation.settle(files.syncDirectory(synced));
      losePower();
      expect([contentOf(host, "/tmp/new"), contentOf(host, "/data/old")]).toEqual([null, "new"]);
    }
  });

  it("commits with a change the earlier changes it builds on, and no later one", async () => {
    const { simulation, host, files, losePower } = world();
    write(host, "/tmp/f", "");
    files.rename("/tmp/f", "/data/f");
    files.makeDirectory("/tmp/later");
    await simulation.settle(files.syncDirectory("/data"));
    files.remove("/data/f");
    const left = losePower();
    // Without the creation that came first, a later sync of /tmp would bring the old name back.
    await simulation.settle(left.syncDirectory("/tmp"));
    expect([left.list("/tmp"), left.list("/data")]).toEqual([[], ["f"]]);
  });

  it("keeps the order of changes of a name across directories", async () => {
    const { simulation, host, files, losePower } = world();
    write(host, "/tmp/f", "");
    files.rename("/tmp/f", "/data/f");
    await simulation.settle(files.syncDirectory("/data"));
    // Had the creation of /tmp/f not been committed with the rename, it would be now, after it.
    await simulation.settle(files.syncDirectory("/tmp"));
    expect(losePower().list("/tmp")).toEqual([]);
  });

  it("takes back a rename that was not synced", async () => {
    const { simulation, host, files, losePower } = world();
    await simulation.settle(write(host, "/data/temp", "new").sync());
    await simulation.settle(write(host, "/data/file", "old").sync());
    await simulation.settle(files.syncDirectory("/data"));
    files.rename("/data/temp", "/data/file");
    losePower();
    expect([contentOf(host, "/data/temp"), contentOf(host, "/data/file")]).toEqual(["new", "old"]);
  });

  it("brings removed files back, and their directories", async () => {
    const { simulation, host, files, losePower } = world();
    files.makeDirectory("/data/d");
    await simulation.settle(write(host, "/data/d/f", "text").sync());
    await simulation.settle(Promise.all([files.syncDirectory("/data"), files.syncDirectory("/data/d")]));
    files.remove("/data/d/f");
    files.removeDirectory("/data/d");
    losePower();
    expect(contentOf(host, "/data/d/f")).toBe("text");
  });

  it("tears the last write at any byte, over the seeds, and keeps what came before it", async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 200; seed++) {
      const { simulation, host, files, losePower } = world({}, seed);
      const handle = files.open("/data/f", "write");
      handle.writeAt(bytes("...."), 0);
      await simulation.settle(Promise.all([handle.sync(), files.syncDirectory("/data")]));
      handle.writeAt(bytes("ab"), 0);
      handle.writeAt(bytes("cd"), 2);
      losePower("seeded");
      seen.add(contentOf(host, "/data/f") as string);
    }
    expect([...seen].sort()).toEqual(["....", "a...", "ab..", "abc.", "abcd"]);
  });

  it("keeps any prefix of the directory changes, over the seeds", async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 100; seed++) {
      const { host, files, losePower } = world({}, seed);
      write(host, "/data/a", "");
      files.rename("/data/a", "/data/b");
      files.makeDirectory("/data/c");
      seen.add(losePower("seeded").list("/data").join());
    }
    expect([...seen].sort()).toEqual(["", "a", "b", "b,c"]);
  });
});

/**
 * Any script of writes, truncations and syncs on one file, then a loss of power. With `none` the file is as it was when
 * the last finished sync was asked for. With `seeded` it is one of the states since then, or the step from one to the
 * next done in part: equal to the later state up to some byte and to the earlier one beyond it.
 */
describe("a file after any script", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("append" as const), size: fc.integer({ min: 1, max: 20 }), at: fc.constant(0) }),
    fc.record({ kind: fc.constant("write" as const), size: fc.integer({ min: 1, max: 20 }), at: fc.nat(40) }),
    fc.record({ kind: fc.constant("truncate" as const), size: fc.nat(40), at: fc.constant(0) }),
    fc.record({ kind: fc.constant("sync" as const), size: fc.constant(0), at: fc.constant(0) }),
  );

  async function run(steps: { kind: string; size: number; at: number }[], seed: number, keep: "none" | "seeded") {
    const { simulation, host, files, losePower } = world({}, seed);
    const handle = files.open("/data/f", "write");
    await simulation.settle(files.syncDirectory("/data"));
    let states = [""];
    for (const [index, { kind, size, at }] of steps.entries()) {
      const fresh = new Uint8Array(size).fill(65 + (index % 26));
      if (kind === "append") handle.append(fresh);
      else if (kind === "write") handle.writeAt(fresh, at);
      else if (kind === "truncate") handle.truncate(size);
      else await simulation.settle(handle.sync());
      const now = contentOf(host, "/data/f") as string;
      if (kind === "sync") states = [now];
      else states.push(now);
    }
    losePower(keep);
    return { states, left: contentOf(host, "/data/f") as string };
  }

  /** Whether `left` is on the way from `earlier` to `later`: the new bytes up to some place, the old ones after it. */
  function isOnTheWay(left: string, earlier: string, later: string): boolean {
    for (let cut = 0; cut <= later.length; cut++) {
      const padded = earlier.padEnd(cut, "\0");
      if (left === later.slice(0, cut) + padded.slice(cut)) return true;
    }
    return left === later;
  }

  it("holds what was synced and nothing else", async () => {
    const property = fc.asyncProperty(fc.array(step, { maxLength: 15 }), fc.nat(), async (steps, seed) => {
      const { states, left } = await run(steps, seed, "none");
      expect(left).toBe(states[0]);
    });
    await fc.assert(property, { seed: 1, numRuns: 150 });
  });

  it("is on the way from what was synced to what was written", async () => {
    const property = fc.asyncProperty(fc.array(step, { maxLength: 15 }), fc.nat(), async (steps, seed) => {
      const { states, left } = await run(steps, seed, "seeded");
      const isPossible = states.some(
        (state, index) => left === state || isOnTheWay(left, states[Math.max(0, index - 1)], state),
      );
      expect(isPossible, `${JSON.stringify(left)} of ${JSON.stringify(states)}`).toBe(true);
    });
    await fc.assert(property, { seed: 1, numRuns: 150 });
  });
});

describe("errors", () => {
  const kindOf = (action: () => unknown): string => {
    try {
      action();
    } catch (error) {
      if (error instanceof PlatformError) return error.kind;
      throw error;
    }
    return "none";
  };

  it("have the kinds of a real file system", () => {
    const { host, files } = world();
    write(host, "/data/f", "x");
    files.makeDirectory("/data/d");
    write(host, "/data/d/f", "y");
    expect(kindOf(() => files.open("/data/none", "read"))).toBe("not-found");
    expect(kindOf(() => files.open("/none/f", "create"))).toBe("not-found");
    expect(kindOf(() => files.open("/data/d", "read"))).toBe("is-directory");
    expect(kindOf(() => files.open("", "read"))).toBe("not-found");
    expect(kindOf(() => files.remove("/data/d"))).toBe("is-directory");
    expect(kindOf(() => files.remove("/data/none"))).toBe("not-found");
    expect(kindOf(() => files.removeDirectory("/data/d"))).toBe("not-empty");
    expect(kindOf(() => files.makeDirectory("/data/f"))).toBe("exists");
    expect(kindOf(() => files.makeDirectory("/data/d"))).toBe("none");
    expect(kindOf(() => files.rename("/data/none", "/data/x"))).toBe("not-found");
    expect(kindOf(() => files.rename("/data/f", "/data/d"))).toBe("is-directory");
    expect(kindOf(() => files.rename("/data/d", "/data/d/e"))).toBe("io");
    expect(kindOf(() => files.rename("/data/d", "/data/f"))).toBe("exists");
    expect(kindOf(() => files.rename("/data/d", "/data"))).toBe("not-empty");
    expect(kindOf(() => files.open("/data/f", "read").append(bytes("x")))).toBe("permission");
    const closed = files.open("/data/f", "append");
    closed.close();
    closed.close();
    expect(kindOf(() => closed.size())).toBe("closed");
    expect(files.stat("/data/f/x")).toBe(null);
  });

  it("run out of space in the middle of a write, and have it again after a removal", () => {
    const { host, files } = world({ capacityBytes: 10 });
    const handle = write(host, "/data/f", "1234567");
    expect(kindOf(() => handle.append(bytes("89abc")))).toBe("no-space");
    expect([contentOf(host, "/data/f"), host.disk.usedBytes]).toEqual(["123456789a", 10]);
    expect(kindOf(() => handle.truncate(11))).toBe("no-space");
    // Overwriting needs no room.
    const other = files.open("/data/f", "write");
    other.writeAt(bytes("xyz"), 0);
    files.remove("/data/f");
    expect(host.disk.usedBytes).toBe(10);
    handle.close();
    other.close();
    expect(host.disk.usedBytes).toBe(0);
    write(host, "/data/g", "0123456789");
  });

  it("count the space again after a crash closed all files and after a loss of power", async () => {
    const { simulation, host, files, losePower } = world();
    await simulation.settle(write(host, "/data/kept", "12345").sync());
    await simulation.settle(files.syncDirectory("/data"));
    write(host, "/data/gone", "678");
    write(host, "/data/unlinked", "9");
    files.remove("/data/unlinked");
    expect(host.disk.usedBytes).toBe(9);
    host.crash();
    host.restart();
    expect(host.disk.usedBytes).toBe(8);
    losePower();
    expect(host.disk.usedBytes).toBe(5);
  });

  it("come from the device when a test says so", async () => {
    const { simulation, host, losePower } = world();
    const handle = write(host, "/data/f", "x");
    host.disk.syncError = "io";
    await expect(simulation.settle(handle.sync())).rejects.toMatchObject({ kind: "io" });
    host.disk.writeError = "no-space";
    expect(kindOf(() => handle.append(bytes("y")))).toBe("no-space");
    expect(kindOf(() => handle.truncate(0))).toBe("no-space");
    host.disk.syncError = null;
    await simulation.settle(handle.sync());
    losePower();
    expect(contentOf(host, "/data/f")).toBe(null);
  });

  it("does one sync at a time", async () => {
    const { simulation, host } = world({ syncUs: [1000, 1000] });
    const handles = ["a", "b", "c"].map((name) => write(host, `/data/${name}`, name));
    await simulation.settle(Promise.all(handles.map((handle) => handle.sync())));
    expect(simulation.nowMs).toBe(3);
  });
});

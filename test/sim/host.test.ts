import { describe, expect, it } from "vitest";
import { type HostOptions, SimExit, Simulation, START_WALL_MS } from "../../runtime/sim/simulation.ts";
import { PlatformError } from "../../src/platform/index.ts";
import { connect, listen, pair } from "./end.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function world(options: HostOptions = {}) {
  const simulation = new Simulation({ seed: 1, network: { fragments: false } });
  return { simulation, a: simulation.createHost("a", options), b: simulation.createHost("b") };
}

describe("the process", () => {
  it("sees its arguments, environment, input and directory", async () => {
    const { a } = world({ arguments: ["--port", "1"], environment: { HOME: "/root" }, input: bytes("in") });
    const { process } = a.platform;
    expect(process.arguments).toEqual(["--port", "1"]);
    expect([process.environment("HOME"), process.environment("toString")]).toEqual(["/root", undefined]);
    expect(await process.readInput()).toEqual(bytes("in"));
    expect(process.workingDirectory()).toBe("/data");
    process.changeDirectory("../tmp/.");
    a.platform.files.makeDirectory("sub");
    expect(a.platform.files.stat("/tmp/sub")?.kind).toBe("directory");
    expect(() => process.changeDirectory("nowhere")).toThrow(PlatformError);
    expect(process.workingDirectory()).toBe("/tmp");
  });

  it("prints where the test can read it, also what an earlier life printed", () => {
    const { a } = world();
    const buffer = bytes("before ");
    a.platform.process.writeOut(buffer);
    buffer.fill(0);
    a.crash();
    a.platform.process.writeOut(bytes("a ghost "));
    a.restart().process.writeOut(bytes("after ✓"));
    a.platform.process.writeError(bytes("error"));
    expect([a.standardOutput.text(), a.standardError.text()]).toEqual(["before after ✓", "error"]);
  });

  it("exits through everything above it, and its kernel closes what it left open", async () => {
    const { simulation, a, b } = world();
    const { client, server } = await pair(simulation, a, b);
    let wentOn = false;
    a.platform.timers.once(1, () => {
      a.platform.process.exit(3);
      wentOn = true;
    });
    a.platform.timers.once(2, () => expect.unreachable());
    await simulation.advance(10);
    expect([wentOn, a.isRunning, a.exitCode]).toEqual([false, false, 3]);
    expect([server.ended, server.fate, client.closed]).toEqual([1, undefined, 0]);
    expect(() => a.platform.process.exit(4)).toThrow(SimExit);
    expect(a.exitCode).toBe(3);
    a.restart();
    expect([a.isRunning, a.exitCode]).toEqual([true, null]);
  });

  it("handles signals, or ends by them", async () => {
    const { simulation, a } = world();
    const heard: string[] = [];
    const stop = a.platform.process.onSignal("SIGTERM", () => heard.push("one"));
    a.platform.process.onSignal("SIGTERM", () => heard.push("two"));
    a.signal("SIGTERM");
    expect(heard).toEqual([]);
    await simulation.advance(1);
    stop();
    a.signal("SIGTERM");
    await simulation.advance(1);
    expect(heard).toEqual(["one", "two", "two"]);
    a.signal("SIGINT");
    await simulation.advance(1);
    expect(a.exitCode).toBe(130);
  });

  it("reads a wall clock that is off, and jumps", async () => {
    const { simulation, a, b } = world({ wallOffsetMs: -5000 });
    expect(a.platform.clock.wallMs()).toBe(START_WALL_MS - 5000);
    a.jumpWallClock(-3_600_000.5);
    expect(a.platform.clock.wallUs()).toBe((START_WALL_MS - 3_605_000.5) * 1000);
    expect([a.platform.clock.monotonicUs(), b.platform.clock.wallMs()]).toEqual([0, START_WALL_MS]);
    await simulation.advance(1);
    expect(a.platform.clock.monotonicUs()).toBe(1000);
  });

  it("releases memory so that a later use shows", () => {
    const { a } = world({ totalSystemBytes: 1000 });
    const buffer = new ArrayBuffer(64);
    a.platform.memory.release(buffer);
    a.platform.memory.release(new ArrayBuffer(0));
    a.platform.memory.collect();
    a.residentBytes = 77;
    expect([buffer.byteLength, a.releasedBytes, a.collectCount]).toEqual([0, 64, 1]);
    expect([a.platform.memory.residentBytes(), a.platform.memory.totalSystemBytes()]).toEqual([77, 1000]);
  });

  it("draws other random bytes in its next life", () => {
    const { a, b } = world();
    const draw = () => {
      const drawn = new Uint8Array(16);
      a.platform.random.fill(drawn);
      return drawn.join();
    };
    const first = draw();
    a.crash();
    a.restart();
    const other = new Uint8Array(16);
    b.platform.random.fill(other);
    expect(new Set([first, draw(), other.join()]).size).toBe(3);
  });
});

describe("crash", () => {
  it("runs nothing of the old life any more", async () => {
    const { simulation, a, b } = world();
    const { client, server } = await pair(simulation, a, b);
    const { timers, files, net } = a.platform;
    timers.once(1, () => expect.unreachable());
    timers.every(1, () => expect.unreachable());
    timers.atTurnEnd(() => expect.unreachable());
    const handle = files.open("/tmp/f", "create");
    const pending = handle.sync();
    pending.then(() => expect.unreachable());
    a.platform.process.onSignal("SIGTERM", () => expect.unreachable());
    server.send("for nobody");
    a.crash();
    // What still unwinds finds a dead platform.
    timers.once(1, () => expect.unreachable());
    timers.atTurnEnd(() => expect.unreachable());
    expect(client.send("from a ghost")).toBe(true);
    expect(() => handle.append(bytes("x"))).toThrow("the process is gone");
    expect(() => files.list("/tmp")).toThrow("the process is gone");
    await expect(net.listen({ kind: "tcp", host: "a", port: 1, backlog: 1 }, () => null)).rejects.toThrow("gone");
    connect(a, "b");
    a.signal("SIGTERM");
    await simulation.advance(1000);
    expect([client.closed, server.fate, server.text, a.exitCode]).toEqual([0, "connection-reset", "", null]);
    expect(simulation.describe()).toContain(" 0 events pending");
  });

  it("refuses connections until the restart, then serves on the same port", async () => {
    const { simulation, a, b } = world();
    await listen(b);
    b.crash();
    const refused = connect(a, "b");
    await simulation.advance(10);
    expect(refused.fate).toBe("connection-refused");
    b.restart();
    await listen(b);
    const served = connect(a, "b");
    await simulation.advance(10);
    expect(served.opened).toBe(1);
  });

  it("may close connections as the kernel of a killed process does", async () => {
    const { simulation, a, b } = world();
    const { server } = await pair(simulation, a, b);
    a.crash({ connections: "close" });
    await simulation.advance(10);
    expect([server.ended, server.fate]).toEqual([1, undefined]);
    server.send("hello?");
    await simulation.advance(10);
    expect(server.fate).toBe("connection-reset");
  });

  it("may lose connections without a word: peers time out", async () => {
    const { simulation, a, b } = world();
    const { server } = await pair(simulation, a, b);
    const idle = await pair(simulation, a, b);
    const probing = await pair(simulation, a, b);
    probing.server.socket.setKeepAlive(5);
    server.send("hello?");
    a.crash({ connections: "lose" });
    const silent = connect(b, "a");
    await simulation.advance(11_000);
    expect([server.fate, idle.server.fate, probing.server.fate, silent.fate]).toEqual([
      undefined,
      undefined,
      "timed-out",
      "timed-out",
    ]);
    await simulation.advance(120_000);
    expect([server.fate, idle.server.fate]).toEqual(["timed-out", undefined]);
  });

  it("makes a lost host that is back answer with a reset to who still asks", async () => {
    const { simulation, a, b } = world();
    const asking = await pair(simulation, a, b);
    const idle = await pair(simulation, a, b);
    a.crash({ connections: "lose" });
    asking.server.send("hello?");
    await simulation.advance(5000);
    a.restart();
    await simulation.advance(1000);
    expect([asking.server.fate, idle.server.fate]).toEqual(["connection-reset", undefined]);
    idle.server.send("hello?");
    await simulation.advance(1000);
    expect(idle.server.fate).toBe("connection-reset");
  });

  it("restarts only what is dead", () => {
    const { a } = world();
    expect(() => a.restart()).toThrow("crash() it first");
  });
});

describe("freeze", () => {
  it("holds everything back and then lets it come in order, timers once", async () => {
    const { simulation, a, b } = world();
    const { client, server } = await pair(simulation, a, b);
    const seen: string[] = [];
    client.onBytes = (_buffer, start, end) => seen.push(`${end - start} bytes`);
    a.platform.timers.every(10, () => seen.push("tick"));
    a.platform.timers.once(15, () => seen.push("once"));
    a.platform.timers.atTurnEnd(() => seen.push("turn end"));
    a.platform.timers.once(16, () => expect.unreachable()).cancel();
    const late = a.platform.timers.once(17, () => expect.unreachable());
    a.freeze();
    server.send("12345");
    await simulation.advance(5);
    server.send("678");
    await simulation.advance(1000);
    late.cancel();
    expect(seen).toEqual([]);
    a.thaw();
    await simulation.advance(25);
    expect(seen).toEqual(["turn end", "8 bytes", "tick", "once", "tick", "tick"]);
    a.thaw();
  });

  it("still opens connections and takes a window of bytes, in the kernel", async () => {
    const { simulation, a, b } = world();
    const { accepted } = await listen(b);
    b.freeze();
    const end = connect(a, "b");
    await simulation.advance(10);
    expect([end.opened, accepted.length]).toEqual([1, 0]);
    expect(end.socket.write(new Uint8Array(1000))).toBe(true);
    expect(end.socket.write(new Uint8Array(1_000_000))).toBe(false);
    end.socket.end();
    await simulation.advance(10_000);
    expect([end.closed, end.socket.bufferedBytes > 0]).toEqual([0, true]);
    b.thaw();
    await simulation.advance(100);
    expect([accepted[0].receivedBytes, accepted[0].ended, end.drained]).toEqual([1_001_000, 1, 1]);
    expect(accepted[0].offences).toEqual([]);
  });

  it("holds back the end of a sync, which the disk has done", async () => {
    const { simulation, a } = world();
    const handle = a.platform.files.open("/tmp/f", "create");
    handle.append(bytes("kept"));
    await simulation.settle(a.platform.files.syncDirectory("/tmp"));
    let done = false;
    handle.sync().then(() => {
      done = true;
    });
    a.freeze();
    await simulation.advance(1000);
    expect(done).toBe(false);
    a.crash({ keepUnsynced: "none" });
    expect(a.restart().files.readFile("/tmp/f")).toEqual(bytes("kept"));
  });
});

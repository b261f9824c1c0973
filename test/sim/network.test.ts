import { describe, expect, it } from "vitest";
import { type NetworkOptions, Simulation } from "../../runtime/sim/simulation.ts";
import { connect, End, listen, PORT, pair } from "./end.ts";

const LATENCY = { latencyUs: 1000, jitterUs: 0 };

function twoHosts(network: NetworkOptions = {}) {
  const simulation = new Simulation({ seed: 1, network: { latency: LATENCY, fragments: false, ...network } });
  return { simulation, a: simulation.createHost("a"), b: simulation.createHost("b") };
}

async function connected(network: NetworkOptions = {}) {
  const world = twoHosts(network);
  return { ...world, ...(await pair(world.simulation, world.a, world.b)) };
}

describe("names and ports", () => {
  it("resolves names and addresses, and knows a host's own from another's", async () => {
    const { simulation, a, b } = twoHosts();
    await listen(b);
    for (const [from, name] of [
      [a, "b"],
      [a, "10.0.0.2"],
      [b, "b"],
      [b, "localhost"],
      [b, "127.0.0.1"],
    ] as const) {
      const end = connect(from, name);
      await simulation.advance(10);
      expect(end.opened, name).toBe(1);
    }
    await expect(listen(a, { host: "10.0.0.2" })).rejects.toMatchObject({ kind: "address-unavailable" });
    await expect(listen(a, { host: "192.0.2.1" })).rejects.toMatchObject({ kind: "address-unavailable" });
    await expect(listen(a, { host: "nobody" })).rejects.toMatchObject({ kind: "host-not-found" });
  });

  it("reaches a loopback listener from its own host only", async () => {
    const { simulation, a, b } = twoHosts();
    await listen(b, { host: "127.0.0.1" });
    const [near, far, own] = [connect(b, "127.0.0.1"), connect(a, "b"), connect(b, "b")];
    await simulation.advance(10);
    expect([near.opened, far.fate, own.fate]).toEqual([1, "connection-refused", "connection-refused"]);
  });

  it("keeps ports apart by host and by address", async () => {
    const { a, b } = twoHosts();
    await listen(a, { host: "127.0.0.1" });
    await listen(a, { host: "a" });
    await listen(a, { host: "::" });
    await listen(b);
    await expect(listen(a)).rejects.toMatchObject({ kind: "address-in-use" });
    await expect(listen(a, { host: "localhost" })).rejects.toMatchObject({ kind: "address-in-use" });
  });

  it("fails to connect with the reason, never from within the call", async () => {
    const { simulation, a } = twoHosts({ connectTimeoutMs: 3000 });
    const unknown = connect(a, "nobody.invalid");
    const refused = connect(a, "b");
    const silent = connect(a, "192.0.2.1");
    const missing = new End();
    missing.socket = a.platform.net.connect({ kind: "unix", path: "/tmp/nobody" }, missing);
    expect([unknown, refused, silent, missing].map((end) => end.closed)).toEqual([0, 0, 0, 0]);
    await simulation.advance(2999);
    expect([unknown, refused, silent, missing].map((end) => end.fate)).toEqual([
      "host-not-found",
      "connection-refused",
      undefined,
      "not-found",
    ]);
    await simulation.advance(2);
    expect(silent.fate).toBe("timed-out");
  });

  it("refuses TLS rather than pretending", async () => {
    const { simulation, a, b } = twoHosts();
    const tls = { certificatePem: "", privateKeyPem: "", clientCertificate: "none" } as const;
    await expect(listen(b, { tls })).rejects.toMatchObject({ kind: "unsupported" });
    const end = new End();
    end.socket = a.platform.net.connect({ kind: "tcp", host: "b", port: PORT, tls: { verify: false } }, end);
    await simulation.advance(1);
    expect(end.fate).toBe("unsupported");
  });

  it("leaves the file of a Unix socket behind when its process dies", async () => {
    const { simulation, a } = twoHosts();
    const options = { kind: "unix", path: "/tmp/s" } as const;
    await a.platform.net.listen(options, () => null);
    a.crash();
    const { net, files } = a.restart();
    expect(files.stat("/tmp/s")?.kind).toBe("other");
    const end = new End();
    end.socket = net.connect(options, end);
    await simulation.advance(1);
    expect(end.fate).toBe("connection-refused");
    await expect(net.listen(options, () => null)).rejects.toMatchObject({ kind: "address-in-use" });
    files.remove("/tmp/s");
    const listener = await net.listen(options, () => null);
    await listener.close();
    expect(files.stat("/tmp/s")).toBe(null);
  });
});

describe("latency", () => {
  it("is the link's, and can be changed", async () => {
    const { simulation, a, b, client, server } = await connected();
    const { clock } = b.platform;
    const arrivalUs = async () => {
      const startUs = clock.monotonicUs();
      const before = server.receivedBytes;
      client.send("x");
      await simulation.run(() => server.receivedBytes > before);
      return clock.monotonicUs() - startUs;
    };
    expect(await arrivalUs()).toBe(1000);
    simulation.network.setLatency(a, b, { latencyUs: 250_000, jitterUs: 0 });
    expect(await arrivalUs()).toBe(250_000);
    simulation.network.setLatency(a, b, { latencyUs: 10, jitterUs: 0 });
    expect(await arrivalUs()).toBe(10);
  });

  it("never lets bytes of one connection overtake each other, whatever the jitter", async () => {
    const { simulation, a, b, client, server } = await connected();
    simulation.network.setLatency(a, b, { latencyUs: 10, jitterUs: 100_000 });
    let sent = "";
    for (let index = 0; index < 100; index++) {
      client.send(`${index},`);
      sent += `${index},`;
      await simulation.advance(0.5);
    }
    await simulation.advance(1000);
    expect(server.text).toBe(sent);
    expect(server.chunkSizes.length).toBeLessThan(100);
  });
});

describe("partitions", () => {
  it("hold packets until healed, in order, also those under way", async () => {
    const { simulation, a, b, client, server } = await connected();
    client.send("under way, ");
    await simulation.advance(0.5);
    const partition = simulation.network.partition([a], [b]);
    client.send("held");
    server.send("held too");
    await simulation.advance(60_000);
    expect([server.text, client.text]).toEqual(["", ""]);
    partition.heal();
    partition.heal();
    await simulation.advance(10);
    expect([server.text, client.text]).toEqual(["under way, held", "held too"]);
    await simulation.advance(1_000_000);
    expect([client.closed, server.closed]).toEqual([0, 0]);
  });

  it("make the one who waits for an answer give up, and the other learn it later", async () => {
    const { simulation, a, b, client, server } = await connected({ connectionTimeoutMs: 30_000 });
    simulation.network.partition([a], [b]);
    client.send("anybody?");
    await simulation.advance(29_000);
    expect(client.fate).toBe(undefined);
    await simulation.advance(2000);
    expect([client.fate, server.fate]).toEqual(["timed-out", undefined]);
    simulation.network.heal();
    await simulation.advance(10);
    // Nobody sends the bytes again once their sender has given up.
    expect([server.fate, server.text]).toEqual(["connection-reset", ""]);
  });

  it("may cut one way only: bytes arrive, acknowledgements do not", async () => {
    const { simulation, a, b, client, server } = await connected({ connectionTimeoutMs: 30_000 });
    simulation.network.partition([b], [a], { oneWay: true });
    client.send("heard");
    await simulation.advance(10_000);
    server.send("unheard");
    await simulation.advance(10_000);
    expect([server.text, client.text]).toEqual(["heard", ""]);
    await simulation.advance(11_000);
    expect([client.fate, server.fate]).toEqual(["timed-out", "connection-reset"]);
  });

  it("stall a full window until the acknowledgements come", async () => {
    const { simulation, a, b, client, server } = await connected({ windowBytes: 1000 });
    const partition = simulation.network.partition([b], [a], { oneWay: true });
    client.socket.write(new Uint8Array(5000));
    await simulation.advance(1000);
    expect([server.receivedBytes, client.socket.bufferedBytes]).toEqual([1000, 4000]);
    partition.heal();
    await simulation.advance(1000);
    expect([server.receivedBytes, client.socket.bufferedBytes, client.drained]).toEqual([5000, 0, 1]);
  });

  it("let new connections time out, and may overlap", async () => {
    const { simulation, a, b } = twoHosts({ connectTimeoutMs: 5000 });
    await listen(b);
    const first = simulation.network.partition([a], [b]);
    const second = simulation.network.partition([a, b], [b, a]);
    const early = connect(a, "b");
    await simulation.advance(6000);
    expect(early.fate).toBe("timed-out");
    const late = connect(a, "b");
    first.heal();
    await simulation.advance(100);
    expect(late.opened).toBe(0);
    second.heal();
    await simulation.advance(100);
    expect(late.opened).toBe(1);
  });

  it("are noticed by keep-alive on an idle connection", async () => {
    const { simulation, a, b, client, server } = await connected();
    client.socket.setKeepAlive(10);
    const partition = simulation.network.partition([a], [b]);
    await simulation.advance(15_000);
    partition.heal();
    await simulation.advance(60_000);
    expect(client.fate).toBe(undefined);
    simulation.network.partition([a], [b]);
    await simulation.advance(21_000);
    expect([client.fate, server.fate]).toEqual(["timed-out", undefined]);
  });
});

describe("broken connections", () => {
  it("reset both ends and spare the rest", async () => {
    const { simulation, a, b, client, server } = await connected();
    const c = simulation.createHost("c");
    const other = await pair(simulation, c, b);
    client.send("lost");
    simulation.network.breakConnections(b, a);
    expect(client.closed).toBe(0);
    await simulation.advance(10);
    expect([client.fate, server.fate, server.text]).toEqual(["connection-reset", "connection-reset", ""]);
    other.client.send("still here");
    await simulation.advance(10);
    expect(other.server.text).toBe("still here");
  });
});

describe("listening", () => {
  it("turns away beyond the backlog while nobody accepts", async () => {
    const { simulation, a, b } = twoHosts({ connectTimeoutMs: 1000 });
    const { accepted } = await listen(b, { backlog: 2 });
    b.freeze();
    const ends = [1, 2, 3].map(() => connect(a, "b"));
    await simulation.advance(500);
    expect(ends.map((end) => end.opened)).toEqual([1, 1, 0]);
    await simulation.advance(1000);
    expect(ends[2].fate).toBe("timed-out");
    b.thaw();
    await simulation.advance(10);
    expect(accepted).toHaveLength(2);
  });

  it("resets who still waits when the listener closes", async () => {
    const { simulation, a, b } = twoHosts();
    const { listener, accepted } = await listen(b);
    const end = connect(a, "b");
    await simulation.advance(1.5);
    await listener.close();
    await simulation.advance(10);
    expect([end.fate, accepted.length]).toEqual(["connection-reset", 0]);
  });

  it("never accepts what was given up before the handshake was through", async () => {
    const { simulation, a, b } = twoHosts();
    const { accepted } = await listen(b);
    const end = connect(a, "b");
    end.call((socket) => socket.destroy());
    await simulation.advance(10);
    expect([end.fate, end.opened, accepted.length]).toEqual([null, 0, 0]);
  });
});

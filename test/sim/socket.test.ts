import { describe, expect, it } from "vitest";
import { POISON_BYTE, READ_BYTES_MAX, Simulation } from "../../runtime/sim/simulation.ts";
import { pair } from "./end.ts";

async function connected(seed = 1, network = {}) {
  const simulation = new Simulation({ seed, network });
  const [a, b] = [simulation.createHost("a"), simulation.createHost("b")];
  return { simulation, a, b, ...(await pair(simulation, a, b)) };
}

describe("ownership of bytes", () => {
  it("overwrites what onData delivered as soon as the call returns", async () => {
    const { simulation, client, server } = await connected(1, { fragments: false });
    const kept: Uint8Array[] = [];
    server.onBytes = (buffer, start, end) => {
      expect(start).toBeGreaterThan(0);
      expect(buffer[start - 1]).toBe(POISON_BYTE);
      expect(buffer[end]).toBe(POISON_BYTE);
      kept.push(buffer.subarray(start, end));
    };
    client.send("hello");
    await simulation.advance(10);
    expect([...kept[0]]).toEqual(new Array(5).fill(POISON_BYTE));
  });

  it("has copied what write took at once", async () => {
    const { simulation, client, server } = await connected(1, { fragments: false });
    const bytes = new TextEncoder().encode("hello");
    expect(client.socket.write(bytes)).toBe(true);
    bytes.fill(0);
    await simulation.advance(10);
    expect(server.text).toBe("hello");
  });

  it.each([0, 1, 77, 299_999])("notices a change at %i of what write has kept", async (at) => {
    const { simulation, client } = await connected();
    const bytes = new Uint8Array(300_001).subarray(1);
    expect(client.socket.write(bytes)).toBe(false);
    const keptFrom = bytes.length - client.socket.bufferedBytes;
    bytes[Math.max(at, keptFrom)] ^= 1;
    await expect(simulation.advance(100)).rejects.toThrow("lent to write() were changed before onDrain");
  });

  it("notices a kept buffer that was given away", async () => {
    const { simulation, client } = await connected();
    const bytes = new Uint8Array(300_000);
    client.socket.write(bytes);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    await expect(simulation.advance(100)).rejects.toThrow("lent to write() were changed");
  });

  it("leaves the bytes to the caller after onDrain, and after onClose", async () => {
    const { simulation, client, server } = await connected();
    const bytes = new Uint8Array(300_000);
    client.socket.write(bytes);
    client.onDrained = () => bytes.fill(1);
    await simulation.advance(100);
    expect(client.drained).toBe(1);
    expect(server.receivedBytes).toBe(300_000);
    client.socket.write(bytes);
    client.socket.destroy();
    bytes.fill(2);
    await simulation.advance(100);
  });
});

describe("fragmentation", () => {
  it("delivers every way of cutting a short message, over the seeds", async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 120; seed++) {
      const { simulation, client, server } = await connected(seed);
      client.send("abcd");
      await simulation.advance(10);
      expect(server.text).toBe("abcd");
      seen.add(server.chunkSizes.join());
    }
    expect([...seen].sort()).toEqual(["1,1,1,1", "1,1,2", "1,2,1", "1,3", "2,1,1", "2,2", "3,1", "4"]);
  });

  it("joins what is written in quick succession, sometimes", async () => {
    let joined = 0;
    for (let seed = 0; seed < 30; seed++) {
      const { simulation, client, server } = await connected(seed);
      client.send("one");
      client.send("two");
      await simulation.advance(10);
      expect(server.text).toBe("onetwo");
      if (server.chunkSizes.some((size) => size > 3)) joined++;
    }
    expect(joined).toBeGreaterThan(3);
    expect(joined).toBeLessThan(27);
  });

  it("keeps back a part of a small write now and then, so that drains are exercised", async () => {
    const { simulation, client, server } = await connected();
    let kept = 0;
    for (let round = 0; round < 300; round++) {
      if (!client.send("0123456789")) {
        kept++;
        await simulation.run(() => client.drained === kept);
      }
    }
    await simulation.advance(100);
    expect(kept).toBeGreaterThan(2);
    expect(server.text).toBe("0123456789".repeat(300));
  });

  it("can be turned off", async () => {
    const { simulation, client, server } = await connected(1, { fragments: false });
    for (let round = 0; round < 50; round++) {
      expect(client.send("whole")).toBe(true);
      await simulation.advance(10);
    }
    expect(server.chunkSizes).toEqual(new Array(50).fill(5));
  });
});

describe("backpressure", () => {
  it("takes a window's worth while the peer is paused, and the rest as it reads", async () => {
    const { simulation, client, server } = await connected(3, { windowBytes: 10_000, fragments: false });
    server.call((socket) => socket.pause());
    server.isPaused = true;
    expect(client.socket.write(new Uint8Array(25_000))).toBe(false);
    await simulation.advance(1000);
    expect([client.socket.bufferedBytes, client.drained, server.receivedBytes]).toEqual([15_000, 0, 0]);
    server.isPaused = false;
    server.call((socket) => socket.resume());
    await simulation.advance(1000);
    expect([client.socket.bufferedBytes, client.drained, server.receivedBytes]).toEqual([0, 1, 25_000]);
    expect([...client.offences, ...server.offences]).toEqual([]);
  });

  it("delivers at most a read buffer at once", async () => {
    const { simulation, client, server } = await connected(3, { windowBytes: 1_000_000, fragments: false });
    client.socket.write(new Uint8Array(1_000_000));
    await simulation.advance(100);
    expect(server.receivedBytes).toBe(1_000_000);
    expect(Math.max(...server.chunkSizes)).toBe(READ_BYTES_MAX);
  });

  it("stops at once when paused within onData", async () => {
    const { simulation, client, server } = await connected(3, { windowBytes: 1_000_000 });
    server.onBytes = () => {
      server.socket.pause();
      server.isPaused = true;
    };
    client.socket.write(new Uint8Array(500_000));
    await simulation.advance(100);
    expect(server.chunkSizes).toHaveLength(1);
    expect(server.offences).toEqual([]);
  });
});

describe("closing", () => {
  it("is orderly when both ends have ended, and tells each once", async () => {
    const { simulation, client, server } = await connected();
    client.send("last");
    client.call((socket) => socket.end());
    expect(client.send("too late")).toBe(true);
    await simulation.advance(10);
    expect([server.text, server.ended, server.closed, client.closed]).toEqual(["last", 1, 0, 0]);
    server.send("bye");
    server.call((socket) => socket.end());
    await simulation.advance(10);
    expect([client.text, client.fate, server.fate]).toEqual(["bye", null, null]);
    for (const end of [client, server]) {
      end.call((socket) => socket.destroy());
      expect(end.send("nobody")).toBe(true);
    }
    await simulation.advance(10);
    expect([client.closed, server.closed, ...client.offences, ...server.offences]).toEqual([1, 1]);
  });

  it("sends the end after everything that was written, however long that takes", async () => {
    const { simulation, client, server } = await connected(1, { windowBytes: 1000 });
    client.socket.write(new Uint8Array(50_000));
    client.socket.end();
    await simulation.advance(1000);
    expect([server.receivedBytes, server.ended]).toEqual([50_000, 1]);
  });

  it("shows a destroyed end as the end of the stream, and a write to it as a reset", async () => {
    const { simulation, client, server } = await connected();
    server.call((socket) => socket.destroy());
    expect(server.closed).toBe(0);
    await simulation.advance(10);
    expect([server.fate, client.fate, client.ended]).toEqual([null, undefined, 1]);
    client.send("hello?");
    await simulation.advance(10);
    expect(client.fate).toBe("connection-reset");
  });

  it("resets when bytes were left unread, as a kernel does", async () => {
    const { simulation, client, server } = await connected();
    server.socket.pause();
    client.send("unread");
    await simulation.advance(10);
    server.socket.destroy();
    await simulation.advance(10);
    expect([server.fate, client.fate, client.ended]).toEqual([null, "connection-reset", 0]);
  });

  it("holds the end back while paused", async () => {
    const { simulation, client, server } = await connected();
    server.socket.pause();
    client.socket.end();
    await simulation.advance(10);
    expect(server.ended).toBe(0);
    server.socket.resume();
    await simulation.advance(10);
    expect(server.ended).toBe(1);
  });
});

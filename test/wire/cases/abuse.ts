/** Clients that take more than their share: the others are served all the same, and memory stays bounded. */
import { expect } from "vitest";
import { ask, infoField, until, type WireCase } from "../environment.ts";
import { numberOf, show, textOf } from "../notation.ts";

const MEGABYTE = 1024 * 1024;

export const abuseCases: readonly WireCase[] = [
  {
    name: "a client that never reads is served no further than a bound",
    needs: { ours: "a real Redis buffers replies to a normal client without bound" },
    async run(wire) {
      const value = new Uint8Array(MEGABYTE).fill(120);
      const bystander = await wire.connect();
      await bystander.call("SET", "big", value);
      const before = Number(await infoField(bystander, "used_memory"));
      const sloth = await wire.connect();
      sloth.pause();
      // Four times what the server will hold for one client.
      const asked = 256;
      for (let index = 0; index < asked; index++) sloth.send("GET", "big");
      sloth.send("SET", "end", "reached");
      for (let round = 0; round < 20; round++) {
        expect(await ask(bystander, "PING")).toBe("+PONG");
        await wire.sleep(5);
      }
      expect(await ask(bystander, "EXISTS end")).toBe(":0");
      expect(Number(await infoField(bystander, "used_memory"))).toBeLessThan(before + 128 * MEGABYTE);
      // Once it reads, it gets everything.
      sloth.resume();
      for (let index = 0; index < asked; index++) {
        expect(await sloth.reply()).toMatchObject({ kind: "bulk", bytes: { length: value.length } });
      }
      expect(show(await sloth.reply())).toBe("+OK");
      sloth.destroy();
      bystander.destroy();
    },
  },
  {
    name: "what was asked for is sent as it was, though it changes before it is read",
    async run(wire) {
      const writer = await wire.connect();
      const reader = await wire.connect();
      const first = new Uint8Array(2 * MEGABYTE).fill(97);
      await writer.call("SET", "big", first);
      reader.pause();
      for (let index = 0; index < 10; index++) reader.send("GET", "big");
      reader.send("SET", "asked", "yes");
      await until(
        wire,
        "the reader's requests are executed",
        async () => numberOf(await writer.call("EXISTS", "asked")) === 1,
      );
      await writer.call("SET", "big", new Uint8Array(2 * MEGABYTE).fill(98));
      await writer.call("DEL", "big");
      await writer.call("FLUSHALL");
      reader.resume();
      for (let index = 0; index < 10; index++) {
        const reply = await reader.reply();
        expect(reply.kind === "bulk" && Buffer.compare(reply.bytes, first) === 0, `reply ${index}`).toBe(true);
      }
      writer.destroy();
      reader.destroy();
    },
  },
  {
    name: "a client that leaves with its replies unread frees them",
    async run(wire) {
      const bystander = await wire.connect();
      await bystander.call("SET", "big", new Uint8Array(MEGABYTE).fill(120));
      const before = Number(await infoField(bystander, "used_memory"));
      const sloth = await wire.connect();
      sloth.pause();
      for (let index = 0; index < 32; index++) sloth.send("GET", "big");
      sloth.send("SET", "asked", "yes");
      await until(
        wire,
        "its requests are executed",
        async () => numberOf(await bystander.call("EXISTS", "asked")) === 1,
      );
      sloth.destroy();
      await until(
        wire,
        "the memory is free again",
        async () => Number(await infoField(bystander, "used_memory")) < before + 4 * MEGABYTE,
      );
      bystander.destroy();
    },
  },
  {
    name: "a hundred clients at once",
    async run(wire) {
      const clients = await Promise.all(Array.from({ length: 100 }, () => wire.connect()));
      const rounds = 20;
      for (const client of clients) for (let round = 0; round < rounds; round++) client.send("INCR", "counter");
      for (const client of clients) for (let round = 0; round < rounds; round++) await client.reply();
      expect(await ask(clients[0], "GET counter")).toBe(`"${clients.length * rounds}"`);
      for (const client of clients) client.destroy();
    },
  },
  {
    name: "a connection too many is told so and closed",
    needs: { config: "the server does not know CONFIG" },
    async run(wire) {
      const admin = await wire.connect();
      const clients = async (): Promise<number> => Number(await infoField(admin, "connected_clients"));
      // Those of other cases have gone, but the server may not know it yet.
      await until(wire, "nobody else is connected", async () => (await clients()) === 1);
      const connected = 1;
      const maximum = textOf((await configValue(admin, "maxclients")) as never);
      expect(show(await admin.call("CONFIG", "SET", "maxclients", connected + 4))).toBe("+OK");
      try {
        const admitted = [];
        for (let index = 0; index < 4; index++) admitted.push(await wire.connect());
        for (const client of admitted) expect(await ask(client, "PING")).toBe("+PONG");
        for (let index = 0; index < 5; index++) {
          const refused = await wire.connect();
          expect(show(await refused.reply())).toBe("-ERR max number of clients reached");
          await refused.closed;
        }
        expect(Number(await infoField(admin, "rejected_connections"))).toBeGreaterThanOrEqual(5);
        admitted[0].destroy();
        await admitted[0].closed;
        await until(wire, "the place is free", async () => (await clients()) < connected + 4);
        const next = await wire.connect();
        expect(await ask(next, "PING")).toBe("+PONG");
        for (const client of [...admitted, next]) client.destroy();
      } finally {
        await admin.call("CONFIG", "SET", "maxclients", maximum);
      }
      admin.destroy();
    },
  },
  {
    name: "a request longer than the query buffer may be",
    needs: { config: "the server does not know CONFIG" },
    async run(wire) {
      const admin = await wire.connect();
      expect(await ask(admin, "CONFIG SET client-query-buffer-limit 1mb")).toBe("+OK");
      try {
        const client = await wire.connect();
        client.sendBytes(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${16 * MEGABYTE}\r\n`);
        for (let sent = 0; sent < 8 && !client.isClosed; sent++) client.sendBytes(new Uint8Array(MEGABYTE));
        await client.closed;
        expect(await ask(admin, "EXISTS k")).toBe(":0");
        const within = await wire.connect();
        expect(show(await within.call("SET", "k", new Uint8Array(900_000)))).toBe("+OK");
        within.destroy();
      } finally {
        await admin.call("CONFIG", "SET", "client-query-buffer-limit", "1gb");
      }
      admin.destroy();
    },
  },
  {
    name: "a value longer than proto-max-bulk-len",
    needs: { config: "the server does not know CONFIG" },
    async run(wire) {
      const admin = await wire.connect();
      expect(await ask(admin, "CONFIG SET proto-max-bulk-len 1mb")).toBe("+OK");
      try {
        const client = await wire.connect();
        expect(show(await client.call("SET", "k", new Uint8Array(MEGABYTE)))).toBe("+OK");
        // Only what announces it: with the bytes on their way the close would be a reset, which may overtake the reply.
        client.sendBytes(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${MEGABYTE + 1}\r\n`);
        expect(show(await client.reply())).toBe("-ERR Protocol error: invalid bulk length");
        await client.closed;
      } finally {
        await admin.call("CONFIG", "SET", "proto-max-bulk-len", "512mb");
      }
      admin.destroy();
    },
  },
];

async function configValue(client: { call(...args: string[]): Promise<unknown> }, name: string): Promise<unknown> {
  const reply = (await client.call("CONFIG", "GET", name)) as { items?: unknown[] };
  return reply.items?.[1];
}

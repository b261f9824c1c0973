/** INFO, COMMAND, MEMORY. */
import { expect } from "vitest";
import { ask, infoField, type WireCase } from "../environment.ts";
import { itemsOf, numberOf, show, textOf } from "../notation.ts";
import { transcript } from "../transcript.ts";

export const serverCases: readonly WireCase[] = [
  {
    name: "info has its sections",
    async run(wire) {
      const client = await wire.connect();
      const text = textOf(await client.call("INFO"));
      for (const title of ["Server", "Clients", "Memory", "Stats", "CPU", "Keyspace"])
        expect(text).toContain(`# ${title}\r\n`);
      const one = textOf(await client.call("INFO", "Server"));
      expect(one).toMatch(/^# Server\r\nredis_version:\d+\.\d+\.\d+\r\n/);
      expect(one).not.toContain("# Clients");
      const two = textOf(await client.call("INFO", "clients", "memory"));
      expect(two.match(/^# \w+/gm)).toEqual(["# Clients", "# Memory"]);
      expect(textOf(await client.call("INFO", "nosuch"))).toBe("");
      await client.call("HELLO", 3);
      expect(show(await client.call("INFO", "server"))).toMatch(/^=txt:"# Server/);
      client.destroy();
    },
  },
  {
    name: "info counts",
    async run(wire) {
      const client = await wire.connect();
      const other = await wire.connect();
      const before = Number(await infoField(client, "total_commands_processed"));
      await client.call("SET", "k", "v", "EX", 100);
      await client.call("GET", "k");
      await client.call("GET", "none");
      expect(Number(await infoField(client, "total_commands_processed"))).toBeGreaterThanOrEqual(before + 3);
      expect(await infoField(client, "db0")).toMatch(/^keys=1,expires=1,avg_ttl=\d+/);
      expect(Number(await infoField(client, "connected_clients"))).toBeGreaterThanOrEqual(2);
      expect(Number(await infoField(client, "used_memory"))).toBeGreaterThan(100_000);
      expect(Number(await infoField(client, "keyspace_hits"))).toBeGreaterThan(0);
      expect(await infoField(client, "cmdstat_get")).toMatch(
        /^calls=\d+,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=\d+,failed_calls=\d+/,
      );
      client.destroy();
      other.destroy();
    },
  },
  {
    name: "info reports what only Redpoll has",
    needs: { ours: "a real Redis has none of it" },
    async run(wire) {
      const client = await wire.connect();
      for (const field of ["redpoll_longest_turn_us", "redpoll_js_heap_used_bytes"]) {
        expect(Number(await infoField(client, field)), field).toBeGreaterThanOrEqual(0);
      }
      expect(await infoField(client, "redpoll_version")).toMatch(/^\d+\.\d+\.\d+/);
      expect(await infoField(client, "redpoll_runtime")).toMatch(/^\S+ /);
      expect(await infoField(client, "redis_version")).toMatch(/^7\.2\./);
      client.destroy();
    },
  },
  {
    name: "command describes commands",
    async run(wire) {
      const client = await wire.connect();
      const count = numberOf(await client.call("COMMAND", "COUNT"));
      expect(itemsOf(await client.call("COMMAND"))).toHaveLength(count);
      const names = itemsOf(await client.call("COMMAND", "LIST")).map(textOf);
      expect(names).toContain("get");
      expect(await ask(client, "COMMAND INFO get nosuch")).toBe(
        '[["get", :2, [+readonly, +fast], :1, :1, :1, [+@read, +@string, +@fast], [], ' +
          '[["flags", [+RO, +access], "begin_search", ["type", "index", "spec", ["index", :1]], ' +
          '"find_keys", ["type", "range", "spec", ["lastkey", :0, "keystep", :1, "limit", :0]]]], []], nil]',
      );
      client.destroy();
    },
  },
  ...transcript("memory purge", [
    ["MEMORY PURGE", "+OK"],
    ["MEMORY purge x", "-ERR wrong number of arguments for 'memory|purge' command"],
  ]),
  {
    name: "flushing and purging give the memory back",
    needs: { ours: "counts in Redpoll's own terms" },
    async run(wire) {
      const client = await wire.connect();
      await client.call("MEMORY", "PURGE");
      const before = Number(await infoField(client, "used_memory"));
      const value = "x".repeat(1000);
      for (let index = 0; index < 5000; index++) client.send("SET", `key:${index}`, value);
      for (let index = 0; index < 5000; index++) await client.reply();
      expect(Number(await infoField(client, "used_memory"))).toBeGreaterThan(before + 5_000_000);
      await client.call("FLUSHALL");
      await client.call("MEMORY", "PURGE");
      expect(Number(await infoField(client, "used_memory"))).toBeLessThan(before + 500_000);
      client.destroy();
    },
  },
];

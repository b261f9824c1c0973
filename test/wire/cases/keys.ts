/** Commands on keys: existence, expiry, SCAN, flushing. */
import { expect } from "vitest";
import { ask, infoField, until, type WireCase } from "../environment.ts";
import { itemsOf, numberOf, textOf } from "../notation.ts";
import { transcript } from "../transcript.ts";

const NOT_AN_INTEGER = "-ERR value is not an integer or out of range";
const INT64_MAX = "9223372036854775807";

export const keyCases: readonly WireCase[] = [
  ...transcript("del and exists", [
    ["MSET a 1 b 2 c 3", "+OK"],
    ["EXISTS a", ":1"],
    ["EXISTS a a none b", ":3"],
    ["DEL a none a", ":1"],
    ["EXISTS a", ":0"],
    ["DEL b c", ":2"],
    ["DBSIZE", ":0"],
    ["DEL", "-ERR wrong number of arguments for 'del' command"],
    ["EXISTS", "-ERR wrong number of arguments for 'exists' command"],
    ["DBSIZE x", "-ERR wrong number of arguments for 'dbsize' command"],
  ]),
  ...transcript("times to live", [
    ["TTL none", ":-2"],
    ["PTTL none", ":-2"],
    ["EXPIRE none 10", ":0"],
    ["PERSIST none", ":0"],
    ["SET k v", "+OK"],
    ["TTL k", ":-1"],
    ["PTTL k", ":-1"],
    ["PERSIST k", ":0"],
    ["EXPIRE k 100000", ":1"],
    ["TTL k", /^:(99\d{3}|100000)$/],
    ["PTTL k", /^:(99\d{6}|100000000)$/],
    ["PERSIST k", ":1"],
    ["TTL k", ":-1"],
    ["PEXPIRE k 100000000", ":1"],
    ["TTL k", /^:(99\d{3}|100000)$/],
    ["EXPIREAT k 33177117420", ":1"],
    ["PEXPIREAT k 33177117420000", ":1"],
    ["TTL k", /^:\d{11}$/],
    ["EXPIRE k -1", ":1"],
    ["EXISTS k", ":0"],
    ["SET k v", "+OK"],
    ["EXPIRE k 0", ":1"],
    ["GET k", "nil"],
    ["SET k v", "+OK"],
    ["EXPIREAT k 1", ":1"],
    ["SET k v", "+OK"],
    ["PEXPIREAT k -9223372036854775808", ":1"],
    ["DBSIZE", ":0"],
  ]),
  ...transcript("expire with conditions", [
    ["SET k v", "+OK"],
    ["EXPIRE k 100000 XX", ":0"],
    ["EXPIRE k 100000 GT", ":0"],
    ["EXPIRE k 100000 NX", ":1"],
    ["EXPIRE k 200000 NX", ":0"],
    ["EXPIRE k 50000 GT", ":0"],
    ["EXPIRE k 200000 GT", ":1"],
    ["TTL k", /^:(199\d{3}|200000)$/],
    ["EXPIRE k 300000 LT", ":0"],
    ["EXPIRE k 50000 lt", ":1"],
    ["TTL k", /^:(49\d{3}|50000)$/],
    ["EXPIRE k 60000 XX GT", ":1"],
    ["PERSIST k", ":1"],
    ["EXPIRE k 60000 XX LT", ":0"],
    ["EXPIRE k 60000 LT", ":1"],
    ["EXPIRE k 10 NX XX", "-ERR NX and XX, GT or LT options at the same time are not compatible"],
    ["EXPIRE k 10 NX GT", "-ERR NX and XX, GT or LT options at the same time are not compatible"],
    ["EXPIRE k 10 GT LT", "-ERR GT and LT options at the same time are not compatible"],
    ["EXPIRE k 10 NOSUCH", "-ERR Unsupported option NOSUCH"],
    ["EXPIRE none 10 GT LT", "-ERR GT and LT options at the same time are not compatible"],
  ]),
  ...transcript("expire with mistakes changes nothing", [
    ["SET k v", "+OK"],
    ["EXPIRE k x", NOT_AN_INTEGER],
    ["EXPIRE k 1.5", NOT_AN_INTEGER],
    [`EXPIRE k ${INT64_MAX}`, "-ERR invalid expire time in 'expire' command"],
    ["EXPIRE k 9223372036854776", "-ERR invalid expire time in 'expire' command"],
    ["EXPIREAT k -9223372036854776", "-ERR invalid expire time in 'expireat' command"],
    [`PEXPIRE k ${INT64_MAX}`, "-ERR invalid expire time in 'pexpire' command"],
    ["PEXPIREAT k 9223372036854775808", NOT_AN_INTEGER],
    ["EXPIRE k", "-ERR wrong number of arguments for 'expire' command"],
    ["TTL", "-ERR wrong number of arguments for 'ttl' command"],
    ["PERSIST k x", "-ERR wrong number of arguments for 'persist' command"],
    ["TTL k", ":-1"],
  ]),
  ...transcript("scan with mistakes", [
    ["SCAN x", "-ERR invalid cursor"],
    ["SCAN -1", '["0", []]'],
    ["SCAN ''", '["0", []]'],
    ["SCAN 18446744073709551616", "-ERR invalid cursor"],
    ["SCAN ' 1'", "-ERR invalid cursor"],
    ["SCAN 0 COUNT 0", "-ERR syntax error"],
    ["SCAN 0 COUNT -1", "-ERR syntax error"],
    ["SCAN 0 COUNT x", NOT_AN_INTEGER],
    ["SCAN 0 COUNT", "-ERR syntax error"],
    ["SCAN 0 MATCH", "-ERR syntax error"],
    ["SCAN 0 NOSUCH 1", "-ERR syntax error"],
    ["SCAN", "-ERR wrong number of arguments for 'scan' command"],
    ["SCAN 0", '["0", []]'],
    ["SET key v", "+OK"],
    ["SCAN 0", '["0", ["key"]]'],
    ["SCAN 0 MATCH k* TYPE string COUNT 100", '["0", ["key"]]'],
    ["SCAN 0 MATCH x*", '["0", []]'],
    ["SCAN 0 TYPE hash", '["0", []]'],
    ["SCAN 0 TYPE STRING", '["0", ["key"]]'],
  ]),
  {
    name: "scan finds every key, whatever the page",
    async run(wire) {
      const client = await wire.connect();
      const count = 500;
      for (let index = 0; index < count; index++) client.send("SET", `key:${index}`, index);
      for (let index = 0; index < count; index++) await client.reply();
      for (const page of [1, 7, 100, 1000]) {
        const found = new Set<string>();
        let cursor = "0";
        do {
          const [next, keys] = itemsOf(await client.call("SCAN", cursor, "COUNT", page));
          cursor = textOf(next);
          for (const key of itemsOf(keys)) found.add(textOf(key));
        } while (cursor !== "0");
        expect(found.size, `COUNT ${page}`).toBe(count);
      }
      const matched: string[] = [];
      let cursor = "0";
      do {
        const [next, keys] = itemsOf(await client.call("SCAN", cursor, "MATCH", "key:1?", "COUNT", 50));
        cursor = textOf(next);
        matched.push(...itemsOf(keys).map(textOf));
      } while (cursor !== "0");
      expect([...new Set(matched)].sort()).toEqual(Array.from({ length: 10 }, (_, index) => `key:1${index}`));
      client.destroy();
    },
  },
  ...transcript("flushing", [
    ["SET k v", "+OK"],
    ["SELECT 1", "+OK"],
    ["SET k v", "+OK"],
    ["FLUSHDB nosuch", "-ERR syntax error"],
    ["FLUSHDB ASYNC SYNC", "-ERR syntax error"],
    ["DBSIZE", ":1"],
    ["FLUSHDB async", "+OK"],
    ["DBSIZE", ":0"],
    ["SELECT 0", "+OK"],
    ["DBSIZE", ":1"],
    ["FLUSHALL SYNC", "+OK"],
    ["DBSIZE", ":0"],
    ["FLUSHALL x", "-ERR syntax error"],
    ["FLUSHALL x y", "-ERR syntax error"],
  ]),
  {
    name: "what has expired is gone at once, whatever is asked",
    async run(wire) {
      const client = await wire.connect();
      for (const key of ["a", "b", "c", "d"]) await client.call("SET", key, "v", "PX", 20);
      await wire.sleep(40);
      expect(await ask(client, "GET a")).toBe("nil");
      expect(await ask(client, "MGET b a")).toBe("[nil, nil]");
      expect(await ask(client, "EXISTS c")).toBe(":0");
      expect(await ask(client, "TTL d")).toBe(":-2");
      expect(await ask(client, "DEL d")).toBe(":0");
      expect(await ask(client, "INCR a")).toBe(":1");
      expect(await ask(client, "TTL a")).toBe(":-1");
      client.destroy();
    },
  },
  {
    name: "what nobody asks for expires by itself",
    async run(wire) {
      const client = await wire.connect();
      const before = Number(await infoField(client, "expired_keys"));
      for (let index = 0; index < 200; index++)
        client.send("SET", `k${index}`, "v", "PX", index % 2 === 0 ? 30 : 600_000);
      for (let index = 0; index < 200; index++) await client.reply();
      await until(wire, "every second key has expired", async () => numberOf(await client.call("DBSIZE")) <= 100);
      expect(numberOf(await client.call("DBSIZE"))).toBe(100);
      expect(Number(await infoField(client, "expired_keys"))).toBe(before + 100);
      client.destroy();
    },
  },
  {
    name: "ten minutes pass in a moment",
    needs: { virtual: "time is real here" },
    async run(wire) {
      const client = await wire.connect();
      await client.call("SET", "long", "v", "EX", 600);
      await client.call("SET", "longer", "v", "EX", 601);
      await wire.sleep(599_000);
      expect(await ask(client, "TTL long")).toBe(":1");
      await wire.sleep(1500);
      expect(await ask(client, "DBSIZE")).toBe(":1");
      await wire.sleep(1000);
      expect(await ask(client, "DBSIZE")).toBe(":0");
      client.destroy();
    },
  },
];

/** Commands on strings: SET with every option, GET, MSET, MGET, INCR, DECR. */
import { expect } from "vitest";
import type { WireClient } from "../client.ts";
import { ask, type WireCase } from "../environment.ts";
import { latin1Bytes, numberOf, show } from "../notation.ts";
import { transcript } from "../transcript.ts";

const EXPIRE_ERROR = "-ERR invalid expire time in 'set' command";
const NOT_AN_INTEGER = "-ERR value is not an integer or out of range";
const INT64_MAX = "9223372036854775807";
const INT64_MIN = "-9223372036854775808";

export const stringCases: readonly WireCase[] = [
  ...transcript("set and get", [
    ["GET none", "nil"],
    ["SET k v", "+OK"],
    ["GET k", '"v"'],
    ["SET k ''", "+OK"],
    ["GET k", '""'],
    ["SET '' empty", "+OK"],
    ["GET ''", '"empty"'],
    ["SET k 12345", "+OK"],
    ["GET k", '"12345"'],
    ["SET k 0012", "+OK"],
    ["GET k", '"0012"'],
    [`SET k ${INT64_MIN}`, "+OK"],
    ["GET k", `"${INT64_MIN}"`],
    [`SET k ${"x".repeat(300)}`, "+OK"],
    ["GET k", `"${"x".repeat(300)}"`],
    ["DBSIZE", ":2"],
    ["SET k", "-ERR wrong number of arguments for 'set' command"],
    ["GET", "-ERR wrong number of arguments for 'get' command"],
    ["GET a b", "-ERR wrong number of arguments for 'get' command"],
  ]),
  ...transcript("set with conditions", [
    ["SET k v XX", "nil"],
    ["EXISTS k", ":0"],
    ["SET k v NX", "+OK"],
    ["SET k w nx", "nil"],
    ["GET k", '"v"'],
    ["SET k w xx", "+OK"],
    ["GET k", '"w"'],
    ["SET k x NX XX", "-ERR syntax error"],
    ["SET k x GET", '"w"'],
    ["SET k y NX GET", '"x"'],
    ["GET k", '"x"'],
    ["SET new y XX GET", "nil"],
    ["EXISTS new", ":0"],
    ["SET new y NX GET", "nil"],
    ["GET new", '"y"'],
  ]),
  ...transcript("set with expiry", [
    ["SET k v EX 100000", "+OK"],
    ["TTL k", /^:(99\d{3}|100000)$/],
    ["SET k v KEEPTTL", "+OK"],
    ["TTL k", /^:(99\d{3}|100000)$/],
    ["SET k v", "+OK"],
    ["TTL k", ":-1"],
    ["SET k v PX 100000000", "+OK"],
    ["PTTL k", /^:(99\d{6}|100000000)$/],
    ["SET k v EXAT 33177117420", "+OK"],
    ["SET k v PXAT 33177117420000", "+OK"],
    ["TTL k", /^:\d{11}$/],
    ["SET k v PXAT 1", "+OK"],
    ["GET k", "nil"],
    ["SET k v EXAT 1 GET", "nil"],
    ["EXISTS k", ":0"],
  ]),
  ...transcript("set with mistakes changes nothing", [
    ["SET k v", "+OK"],
    ["SET k w EX 0", EXPIRE_ERROR],
    ["SET k w EX -1", EXPIRE_ERROR],
    ["SET k w PX 0", EXPIRE_ERROR],
    ["SET k w EXAT 0", EXPIRE_ERROR],
    ["SET k w PXAT -5", EXPIRE_ERROR],
    [`SET k w EX ${INT64_MAX}`, EXPIRE_ERROR],
    ["SET k w EX 9223372036854776", EXPIRE_ERROR],
    ["SET k w EX x", NOT_AN_INTEGER],
    ["SET k w EX 1.5", NOT_AN_INTEGER],
    ["SET k w EX ''", NOT_AN_INTEGER],
    ["SET k w EX ' 1'", NOT_AN_INTEGER],
    ["SET k w PX 9223372036854775808", NOT_AN_INTEGER],
    ["SET k w EX", "-ERR syntax error"],
    ["SET k w EX 10 PX 10", "-ERR syntax error"],
    ["SET k w EX 10 KEEPTTL", "-ERR syntax error"],
    ["SET k w KEEPTTL EX 10", "-ERR syntax error"],
    ["SET k w NOSUCH", "-ERR syntax error"],
    ["SET k w NX NX", "nil"],
    ["SET k w EX x NOSUCH", "-ERR syntax error"],
    ["GET k", '"v"'],
    ["TTL k", ":-1"],
  ]),
  ...transcript("mset and mget", [
    ["MSET a 1 b 2 c ''", "+OK"],
    ["MGET a b c none", '["1", "2", "", nil]'],
    ["MGET a a a", '["1", "1", "1"]'],
    ["MSET a x a y", "+OK"],
    ["GET a", '"y"'],
    ["MSET a", "-ERR wrong number of arguments for 'mset' command"],
    ["MSET a 1 b", "-ERR wrong number of arguments for 'mset' command"],
    ["MGET", "-ERR wrong number of arguments for 'mget' command"],
    ["EXPIRE b 100", ":1"],
    ["MSET b 3", "+OK"],
    ["TTL b", ":-1"],
  ]),
  ...transcript("incr and decr", [
    ["INCR n", ":1"],
    ["INCR n", ":2"],
    ["DECR n", ":1"],
    ["DECR m", ":-1"],
    ["GET m", '"-1"'],
    [`SET n ${INT64_MAX}`, "+OK"],
    ["INCR n", "-ERR increment or decrement would overflow"],
    ["GET n", `"${INT64_MAX}"`],
    ["DECR n", ":9223372036854775806"],
    [`SET n ${INT64_MIN}`, "+OK"],
    ["DECR n", "-ERR increment or decrement would overflow"],
    ["INCR n", ":-9223372036854775807"],
    ["SET n 9007199254740991", "+OK"],
    ["INCR n", ":9007199254740992"],
    ["INCR n", ":9007199254740993"],
    ["GET n", '"9007199254740993"'],
    ["SET n -9007199254740993", "+OK"],
    ["INCR n", ":-9007199254740992"],
    ["INCR n", ":-9007199254740991"],
    ["SET n x", "+OK"],
    ["INCR n", NOT_AN_INTEGER],
    ["SET n ' 1'", "+OK"],
    ["INCR n", NOT_AN_INTEGER],
    ["SET n '1 '", "+OK"],
    ["INCR n", NOT_AN_INTEGER],
    ["SET n 01", "+OK"],
    ["INCR n", NOT_AN_INTEGER],
    ["SET n -0", "+OK"],
    ["INCR n", NOT_AN_INTEGER],
    ["SET n 1.0", "+OK"],
    ["INCR n", NOT_AN_INTEGER],
    ["SET n 9223372036854775808", "+OK"],
    ["INCR n", NOT_AN_INTEGER],
    ["SET n ''", "+OK"],
    ["INCR n", NOT_AN_INTEGER],
    ["SET n 5 EX 100000", "+OK"],
    ["INCR n", ":6"],
    ["TTL n", /^:(99\d{3}|100000)$/],
    ["INCR", "-ERR wrong number of arguments for 'incr' command"],
    ["DECR a b", "-ERR wrong number of arguments for 'decr' command"],
  ]),
  {
    name: "keys and values hold every byte",
    async run(wire) {
      const client = await wire.connect();
      const every = Uint8Array.from({ length: 256 }, (_, index) => index);
      await client.call("SET", every, every);
      expect(show(await client.call("GET", every))).toBe(show({ kind: "bulk", bytes: every }));
      for (let byte = 0; byte < 256; byte++) client.send("SET", Uint8Array.of(byte), Uint8Array.of(255 - byte));
      for (let byte = 0; byte < 256; byte++) expect(show(await client.reply())).toBe("+OK");
      expect(await ask(client, "DBSIZE")).toBe(":257");
      for (let byte = 0; byte < 256; byte++) client.send("GET", Uint8Array.of(byte));
      for (let byte = 0; byte < 256; byte++) {
        expect(await client.reply()).toMatchObject({ kind: "bulk", bytes: Uint8Array.of(255 - byte) });
      }
      client.destroy();
    },
  },
  {
    name: "values of a megabyte",
    run: async (wire) => holdsValue(await wire.connect(), 1024 * 1024),
  },
  {
    name: "values of 64 MB",
    needs: { real: "the simulated network would take its time" },
    run: async (wire) => holdsValue(await wire.connect(), 64 * 1024 * 1024),
  },
  {
    name: "a key of a megabyte",
    async run(wire) {
      const client = await wire.connect();
      const key = patterned(1024 * 1024);
      await client.call("SET", key, "v");
      expect(show(await client.call("GET", key))).toBe('"v"');
      expect(show(await client.call("GET", patterned(1024 * 1024 - 1)))).toBe("nil");
      expect(show(await client.call("DEL", key))).toBe(":1");
      client.destroy();
    },
  },
  {
    name: "sizes around every boundary of the buffers",
    async run(wire) {
      const client = await wire.connect();
      for (const around of [16, 44, 64, 512, 4096, 16 * 1024, 32 * 1024, 64 * 1024, 256 * 1024]) {
        for (const sizeBytes of [around - 2, around - 1, around, around + 1]) {
          const value = patterned(sizeBytes);
          client.send("SET", `size:${sizeBytes}`, value);
          client.send("GET", `size:${sizeBytes}`);
          expect(show(await client.reply())).toBe("+OK");
          expect(sameBytes(await client.reply(), value), `value of ${sizeBytes} bytes`).toBe(true);
        }
      }
      client.destroy();
    },
  },
  {
    name: "a value of 512 MB, the largest there is",
    needs: { real: "the simulated network would take its time", huge: "takes seconds and gigabytes: WIRE_HUGE=1" },
    run: async (wire) => holdsValue(await wire.connect(), 512 * 1024 * 1024),
  },
];

/** Bytes in which a swap, a gap or a repetition shows. */
export function patterned(sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  const seed = latin1Bytes("The five boxing wizards jump quickly; \x00\xff\r\n$3*2");
  const first = Math.min(sizeBytes, 64 * 1024);
  for (let at = 0; at < first; at++) bytes[at] = seed[at % seed.length] ^ (at >>> 8);
  for (let filled = first; filled < sizeBytes; filled *= 2)
    bytes.copyWithin(filled, 0, Math.min(filled, sizeBytes - filled));
  // Doubling repeats itself: marks make each 64 KB different.
  for (let at = 0; at + 4 <= sizeBytes; at += 64 * 1024) new DataView(bytes.buffer).setUint32(at, at);
  return bytes;
}

export function sameBytes(reply: unknown, expected: Uint8Array): boolean {
  const { bytes } = reply as { bytes?: Uint8Array };
  return bytes !== undefined && Buffer.compare(bytes, expected) === 0;
}

async function holdsValue(client: WireClient, sizeBytes: number): Promise<void> {
  const value = patterned(sizeBytes);
  expect(show(await client.call("SET", "big", value))).toBe("+OK");
  expect(sameBytes(await client.call("GET", "big"), value)).toBe(true);
  // Overwritten by a small one, and gone.
  expect(show(await client.call("SET", "big", "small"))).toBe("+OK");
  expect(show(await client.call("GET", "big"))).toBe('"small"');
  expect(numberOf(await client.call("DEL", "big"))).toBe(1);
  client.destroy();
}

/**
 * Listpacks, intsets and LZF beside those of a real Redis. What it made of the same elements comes through DUMP, which
 * holds small values as they are in memory; what is compressed here goes to it through RESTORE.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Crc64 } from "../../src/base/crc64.ts";
import { LzfCompressor, lzfDecompress } from "../../src/base/lzf.ts";
import { Prng } from "../../src/base/prng.ts";
import { Span } from "../../src/structures/entry.ts";
import { Intset, validateIntset } from "../../src/structures/intset.ts";
import { Listpack, validateListpack } from "../../src/structures/listpack.ts";
import { missingOracle, startOracle } from "../oracle.ts";
import type { ServerProcess } from "../server-process.ts";
import { type Argument, WireClient } from "../wire/client.ts";
import { tcpStreams } from "../wire/stream.ts";
import { bytesOf, highOf, INTEGER_BOUNDS, LENGTH_BOUNDS, lowOf, NOT_INTEGERS, newArena } from "./packed-elements.ts";

const missing = missingOracle();
const reason = missing === undefined ? "" : ` (skipped: ${missing})`;

const RDB_VERSION = 10;
const RDB_TYPE_STRING = 0;
const RDB_TYPE_SET_INTSET = 11;
const RDB_TYPE_HASH_LISTPACK = 16;
const RDB_TYPE_ZSET_LISTPACK = 17;
const RDB_TYPE_LIST_QUICKLIST_2 = 18;

/** Reads the payload of a DUMP: lengths, and strings that are not numbers. */
class PayloadReader {
  readonly bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  byte(): number {
    return this.bytes[this.at++];
  }

  length(): number {
    const first = this.byte();
    if (first < 0x40) return first;
    if (first < 0x80) return ((first & 0x3f) << 8) | this.byte();
    expect(first).toBe(0x80);
    this.at += 4;
    return new DataView(this.bytes.buffer, this.bytes.byteOffset).getUint32(this.at - 4);
  }

  string(): Uint8Array {
    if (this.bytes[this.at] !== 0xc3) {
      const length = this.length();
      this.at += length;
      return this.bytes.slice(this.at - length, this.at);
    }
    this.at++;
    const packedLength = this.length();
    const length = this.length();
    const plain = new Uint8Array(length);
    expect(lzfDecompress(this.bytes, this.at, packedLength, plain, 0, length)).toBe(length);
    this.at += packedLength;
    return plain;
  }
}

/** The payload of a string that is stored compressed. */
function compressedPayload(packed: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(2 + 5 + 5 + packed.length + 2 + 8);
  const view = new DataView(bytes.buffer);
  bytes.set([RDB_TYPE_STRING, 0xc3, 0x80]);
  view.setUint32(3, packed.length);
  bytes[7] = 0x80;
  view.setUint32(8, length);
  bytes.set(packed, 12);
  const end = 12 + packed.length;
  view.setUint16(end, RDB_VERSION, true);
  const sum = new Crc64();
  sum.update(bytes, 0, end + 2);
  view.setUint32(end + 2, sum.low >>> 0, true);
  view.setUint32(end + 6, sum.high >>> 0, true);
  return bytes;
}

function wholeOf(block: Listpack | Intset): Uint8Array {
  const span = new Span();
  block.whole(span);
  return span.bytes.slice(span.start, span.start + span.length);
}

function listpackOf(texts: readonly string[]): Uint8Array {
  const pack = new Listpack(newArena());
  pack.create();
  for (const text of texts) pack.append(bytesOf(text), 0, text.length);
  return wholeOf(pack);
}

/** Elements of all kinds, different in each round. */
function drawTexts(prng: Prng, count: number): string[] {
  const bounds = [...INTEGER_BOUNDS.map(String), ...NOT_INTEGERS];
  return Array.from({ length: count }, () => {
    const kind = prng.below(4);
    if (kind === 0) return bounds[prng.below(bounds.length)];
    if (kind === 1) return String(prng.next() >> prng.below(32));
    if (kind === 2) return String(BigInt.asIntN(64, BigInt(prng.next()) * BigInt(prng.next())));
    return String.fromCharCode(0x61 + prng.below(26), 0xe9).repeat(prng.below(60));
  });
}

describe.skipIf(missing !== undefined)(`beside a real Redis${reason}`, () => {
  let server: ServerProcess;
  let client: WireClient;

  beforeAll(async () => {
    server = await startOracle([
      ...["--rdbcompression", "no", "--list-max-listpack-size", "-5", "--set-max-intset-entries", "100000"],
      ...["--hash-max-listpack-value", "100000", "--hash-max-listpack-entries", "100000"],
      ...["--zset-max-listpack-value", "100000", "--zset-max-listpack-entries", "100000"],
    ]);
    client = await WireClient.connect(tcpStreams(server.port));
  });

  afterAll(async () => {
    client?.destroy();
    await server?.stop();
  });

  /** Runs commands and returns what DUMP says of the key `k`. */
  async function dumpAfter(...commands: readonly (readonly Argument[])[]): Promise<PayloadReader> {
    await client.call("DEL", "k");
    for (const command of commands) {
      const reply = await client.call(...command);
      expect(reply.kind).not.toBe("error");
    }
    const reply = await client.call("DUMP", "k");
    if (reply.kind !== "bulk") throw new Error(`DUMP answered ${reply.kind}`);
    return new PayloadReader(reply.bytes);
  }

  async function dumpedList(...commands: readonly (readonly Argument[])[]): Promise<Uint8Array> {
    const payload = await dumpAfter(...commands);
    expect(payload.byte()).toBe(RDB_TYPE_LIST_QUICKLIST_2);
    expect([payload.length(), payload.length()], "one packed node").toEqual([1, 2]);
    return payload.string();
  }

  test("every bound, one by one", async () => {
    const lengths = [...LENGTH_BOUNDS, 16_377, 16_378, 16_383, 16_384].map((length) => "z".repeat(length));
    for (const text of [...INTEGER_BOUNDS.map(String), ...NOT_INTEGERS, ...lengths]) {
      expect(listpackOf([text])).toEqual(await dumpedList(["RPUSH", "k", text]));
    }
  });

  test("lists, appended to", async () => {
    const prng = new Prng(21);
    for (let round = 0; round < 20; round++) {
      const texts = drawTexts(prng, 1 + prng.below(100));
      expect(listpackOf(texts)).toEqual(await dumpedList(["RPUSH", "k", ...texts]));
    }
  });

  test("lists, changed at any place", async () => {
    const prng = new Prng(22);
    for (let round = 0; round < 20; round++) {
      const texts = drawTexts(prng, 20).map((text, index) => `${text}#${index}`);
      const pack = new Listpack(newArena());
      pack.create();
      const commands: Argument[][] = [["RPUSH", "k", ...texts]];
      for (const text of texts) pack.append(bytesOf(text), 0, text.length);
      for (const [index, text] of drawTexts(prng, 12).entries()) {
        const bytes = bytesOf(text);
        const at = prng.below(19 - index);
        const pivot = pack.seek(at);
        if (index % 3 === 0) {
          commands.push(["LSET", "k", at, text]);
          pack.replace(pivot, bytes, 0, bytes.length);
        } else if (index % 3 === 1) {
          commands.push(["LPUSH", "k", text]);
          pack.prepend(bytes, 0, bytes.length);
        } else {
          commands.push(["LTRIM", "k", "0", at + 1], ["RPUSH", "k", ...texts]);
          if (at + 2 < pack.count) pack.remove(pack.seek(at + 2), pack.count);
          for (const one of texts) pack.append(bytesOf(one), 0, one.length);
        }
      }
      expect(wholeOf(pack)).toEqual(await dumpedList(...commands));
    }
  });

  test("hashes, with fields deleted and set again", async () => {
    const prng = new Prng(23);
    const pack = new Listpack(newArena());
    pack.create();
    const commands: Argument[][] = [];
    const values = drawTexts(prng, 300);
    for (const value of values) {
      const field = String(prng.below(40) * (prng.below(2) === 0 ? 1 : 1000));
      const found = pack.find(pack.first(), bytesOf(field), 0, field.length, 1);
      if (prng.below(4) === 0 && pack.count > 2) {
        commands.push(["HDEL", "k", field]);
        if (found !== -1) pack.remove(found, 2);
      } else {
        commands.push(["HSET", "k", field, value]);
        const bytes = bytesOf(value);
        if (found === -1) pack.append(bytesOf(field), 0, field.length);
        if (found === -1) pack.append(bytes, 0, bytes.length);
        else pack.replace(pack.next(found), bytes, 0, bytes.length);
      }
    }
    const payload = await dumpAfter(...commands);
    expect(payload.byte()).toBe(RDB_TYPE_HASH_LISTPACK);
    expect(wholeOf(pack)).toEqual(payload.string());
  });

  test("sorted sets, with whole scores as integers", async () => {
    const scores = ["-1", "0", "0.1", "1", "128", "70000", "4294967296", "1e300"];
    const payload = await dumpAfter(["ZADD", "k", ...scores.flatMap((score, index) => [score, `m${index}`])]);
    expect(payload.byte()).toBe(RDB_TYPE_ZSET_LISTPACK);
    const bytes = payload.string();
    expect(validateListpack(bytes, 0, bytes.length, true)).toBe(true);
    const pack = new Listpack(newArena());
    pack.load(bytes, 0, bytes.length);
    const read = scores.map((_, index) => pack.doubleAt(pack.seek(index * 2 + 1)));
    expect(read).toEqual(scores.map(Number));
    expect(scores.map((_, index) => pack.isIntegerAt(pack.seek(index * 2 + 1)))).toEqual(
      scores.map((score) => Number.isInteger(Number(score)) && score !== "1e300"),
    );
  });

  test("sets of integers of every width", async () => {
    const prng = new Prng(24);
    for (let round = 0; round < 30; round++) {
      const set = new Intset(newArena());
      set.create();
      const commands: Argument[][] = [["SADD", "k", "1"]];
      set.add(0, 1);
      const bits = [12, 20, 40, 63][round % 4];
      for (let i = 0; i < 40; i++) {
        const random = (BigInt(prng.next()) << 32n) | BigInt(prng.next() >>> 0);
        const bound = INTEGER_BOUNDS[prng.below(INTEGER_BOUNDS.length)];
        const value = prng.below(3) === 0 ? BigInt.asIntN(bits, bound) : BigInt.asIntN(bits, random);
        if (prng.below(3) === 0 && value !== 1n) {
          commands.push(["SREM", "k", String(value)]);
          set.remove(highOf(value), lowOf(value));
        } else {
          commands.push(["SADD", "k", String(value)]);
          set.add(highOf(value), lowOf(value));
        }
      }
      const payload = await dumpAfter(...commands);
      expect(payload.byte()).toBe(RDB_TYPE_SET_INTSET);
      const bytes = payload.string();
      expect(wholeOf(set)).toEqual(bytes);
      expect(validateIntset(bytes, 0, bytes.length, true)).toBe(true);
    }
  });

  test("LZF is read both ways", async () => {
    const prng = new Prng(25);
    const compressor = new LzfCompressor();
    await client.call("CONFIG", "SET", "rdbcompression", "yes");
    for (const alphabet of [1, 2, 4, 16]) {
      for (const length of [30, 100, 1000, 9000, 70_000]) {
        const plain = Uint8Array.from({ length }, () => 0x61 + prng.below(alphabet));
        const theirs = await dumpAfter(["SET", "k", plain]);
        expect(theirs.byte()).toBe(RDB_TYPE_STRING);
        expect(Buffer.compare(theirs.string(), plain)).toBe(0);
        const room = new Uint8Array(length * 2);
        const packedLength = compressor.compress(plain, 0, length, room, 0, room.length);
        const payload = compressedPayload(room.subarray(0, packedLength), length);
        expect(await client.call("RESTORE", "k", "0", payload, "REPLACE")).toEqual({ kind: "simple", text: "OK" });
        const reply = await client.call("GET", "k");
        expect(reply.kind === "bulk" && Buffer.compare(reply.bytes, plain) === 0).toBe(true);
      }
    }
    await client.call("CONFIG", "SET", "rdbcompression", "no");
  });
});

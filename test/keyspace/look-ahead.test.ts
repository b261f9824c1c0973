import { expect, it } from "vitest";
import { KeyedHash } from "../../src/base/keyed-hash.ts";
import { Prng } from "../../src/base/prng.ts";
import { asciiBytes } from "../../src/base/text.ts";
import { Unit } from "../../src/engine/unit.ts";
import { Keyspace } from "../../src/keyspace/keyspace.ts";
import { EXPIRY_NONE } from "../../src/keyspace/write-handle.ts";
import { countingSource } from "../memory/counting-source.ts";

const KEYS = 20_000;

function filled(): Keyspace {
  const keyspace = new Keyspace(countingSource(), new KeyedHash(1, 2), new Prng(3), 1, new Unit());
  const value = asciiBytes("value");
  for (let id = 0; id < KEYS; id++) {
    const key = asciiBytes(`key:${id}`);
    const handle = keyspace.openWrite(keyspace.databases[0], key, 0, key.length);
    handle.setString(value, 0, value.length, EXPIRY_NONE, false);
    handle.close(null, 1);
  }
  return keyspace;
}

function request(...words: string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
}

it("finds the same keys as without looking ahead, whatever the commands and wherever the chunk ends", () => {
  const keyspace = filled();
  const [database] = keyspace.databases;
  const random = new Prng(5);
  for (let round = 0; round < 300; round++) {
    let text = "";
    const keys: [at: number, key: string][] = [];
    let key = "key:1";
    for (let command = 0; command < 30; command++) {
      if (random.below(3) > 0) key = `key:${random.below(KEYS * 2)}`;
      const words = [["GET", key], ["PING"], ["SET", key, "x".repeat(random.below(200))]][random.below(3)];
      const at = text.length + request(...words).indexOf(key);
      if (words.length > 1 && random.below(5) > 0) keys.push([at, key]);
      text += request(...words);
    }
    const chunk = asciiBytes(text.slice(0, text.length - random.below(60)));
    keyspace.lookAhead.skim(database, chunk, 0, chunk.length);
    for (const [at, key] of keys) {
      if (at + key.length > chunk.length) break;
      const found = database.table.find(chunk, at, key.length);
      expect(found !== 0).toBe(Number(key.slice(4)) < KEYS);
      if (keyspace.lookAhead.isSpent) keyspace.lookAhead.skim(database, chunk, 0, chunk.length);
    }
    keyspace.lookAhead.forget();
  }
});

it("does not hash a key that is the one before it, and ends where the same comes over and over", () => {
  const keyspace = filled();
  const [database] = keyspace.databases;
  const skim = (...keys: string[]): number => {
    const chunk = asciiBytes(keys.map((key) => request("INCR", key)).join(""));
    keyspace.lookAhead.skim(database, chunk, 0, chunk.length);
    return keyspace.hash.ahead;
  };
  expect(skim("key:1", "key:1", "key:2", "key:2", "key:2", "key:3", "key:1")).toBe(4);
  expect(skim("key:1", "key:11", "key:1", "key:11", "key:1", "key:11")).toBe(6);
  expect(skim(..."1111".split(""), "key:2", "key:3", "key:4")).toBe(1);
  expect(skim("key:5", ..."1111".split(""), "key:2", "key:3")).toBe(2);
});

it("hashes anew after the buffer has been reused", () => {
  const keyspace = filled();
  const [database] = keyspace.databases;
  const chunk = asciiBytes(request("GET", "key:1").repeat(8));
  expect(keyspace.lookAhead.skim(database, chunk, 0, chunk.length)).toBe(true);
  keyspace.lookAhead.forget();
  const other = asciiBytes(request("GET", "key:X").repeat(8));
  chunk.set(other);
  expect(database.table.find(chunk, other.indexOf(0x6b), 5)).toBe(0);
});

it("leaves small tables, short rests and anything unusual alone", () => {
  const keyspace = filled();
  const [database] = keyspace.databases;
  const skim = (text: string): boolean => {
    const chunk = asciiBytes(text.padEnd(200, "\r\n"));
    return keyspace.lookAhead.skim(database, chunk, 0, chunk.length);
  };
  expect(skim("GET key:1\r\n")).toBe(false);
  expect(skim("*2\r\n$3\r\nGET\r\n$99999999\r\nx")).toBe(false);
  expect(skim("*-1\r\n*0\r\n")).toBe(false);
  expect(skim("*x\r\n$")).toBe(false);
  expect(keyspace.lookAhead.skim(database, asciiBytes(request("GET", "a")), 0, 20)).toBe(false);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { Span } from "../../src/structures/entry.ts";
import { ListItem, Listpack, validateListpack } from "../../src/structures/listpack.ts";
import { bytesOf, elementText, newArena } from "./packed-elements.ts";

/** One for all: making an arena is what takes the time. */
const arena = newArena();

function listpackOf(texts: readonly string[]): Uint8Array {
  const pack = new Listpack(arena);
  pack.create();
  for (const text of texts) pack.append(bytesOf(text), 0, text.length);
  const span = new Span();
  pack.whole(span);
  const bytes = span.bytes.slice(span.start, span.start + span.length);
  pack.free();
  return bytes;
}

/** The reads that were asked for outside of the run are the failure: a proxy would hide how views really behave. */
class Guarded {
  readonly bytes: Uint8Array;
  outside = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = new Proxy(bytes, {
      get: (target, key) => {
        if (typeof key === "string" && /^-?\d+$/.test(key) && !(key in target)) this.outside++;
        return Reflect.get(target, key, target);
      },
    });
  }
}

function isValid(bytes: Uint8Array, isDeep = true): boolean {
  const guarded = new Guarded(bytes);
  const answer = validateListpack(guarded.bytes, 0, bytes.length, isDeep);
  expect(guarded.outside).toBe(0);
  return answer;
}

/** Walks and edits what has been found valid; an assertion or an endless loop would fail the test. */
function use(bytes: Uint8Array): void {
  const pack = new Listpack(arena);
  const item = new ListItem();
  pack.load(bytes, 0, bytes.length);
  let count = 0;
  for (let at = pack.first(); at !== -1; at = pack.next(at), count++) {
    pack.read(at, item);
    expect(item.start + item.length).toBeLessThanOrEqual(item.bytes.length);
    pack.doubleAt(at);
    pack.equals(at, bytes, 0, 3);
  }
  expect(pack.count).toBe(count);
  for (let at = pack.last(); at !== -1; at = pack.previous(at)) count--;
  expect(count).toBe(0);
  pack.find(pack.first(), bytes, 0, 2, 1);
  while (pack.count > 0) pack.remove(pack.seek(-1));
  expect(pack.sizeBytes).toBe(7);
  pack.free();
  expect(arena.usedBytes).toBe(0);
}

describe("validating a listpack", () => {
  test("is watched by a guard that notices a read outside", () => {
    const guarded = new Guarded(new Uint8Array(3));
    expect([guarded.bytes[2], guarded.outside, guarded.bytes[3], guarded.outside]).toEqual([0, 0, undefined, 1]);
  });

  test("accepts what the listpack itself writes", () => {
    fc.assert(
      fc.property(fc.array(elementText, { maxLength: 20 }), (texts) => {
        const bytes = listpackOf(texts);
        expect(isValid(bytes)).toBe(true);
        let visits = 0;
        const visit = (position: number, stated: number): boolean => {
          expect(position).toBeGreaterThanOrEqual(6);
          expect(stated).toBe(texts.length);
          visits++;
          return true;
        };
        expect(validateListpack(bytes, 0, bytes.length, true, visit)).toBe(true);
        expect(visits).toBe(texts.length);
        expect(validateListpack(bytes, 0, bytes.length, true, () => false)).toBe(texts.length === 0);
      }),
      { numRuns: 50, seed: 6 },
    );
  });

  test.each([
    ["nothing", ""],
    ["half a header", "070000"],
    ["no end", "070000000000fe"],
    ["a total that is too large", "080000000000ff"],
    ["a total that is too small", "060000000000ff"],
    ["a count that is too large", "0700000001 00ff"],
    ["a count that is too small", "090000000000 0101ff"],
    ["an end in the middle", "090000000000 ff01ff"],
    ["an unknown encoding", "090000000100 f501ff"],
    ["a string beyond the end", "090000000100 8501ff"],
    ["a length beyond the end", "090000000100 f001ff"],
    ["a back-length that is wrong", "0a0000000100 816103ff"],
    ["an integer cut off", "090000000100 f101ff"],
    ["a length of 2^32 - 1", "0f0000000100 f0ffffffff01020304ff"],
    ["a back-length that never ends", "0a0000000100 8161ffff"],
  ])("refuses %s", (_, hex) => {
    const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
    expect(isValid(new Uint8Array(bytes))).toBe(false);
  });

  test("looks at header and end only when it is not deep", () => {
    expect(isValid(new Uint8Array(Buffer.from("090000000100f501ff", "hex")), false)).toBe(true);
    expect(isValid(new Uint8Array(Buffer.from("0a0000000100f501ff", "hex")), false)).toBe(false);
  });

  test("refuses a run that is not within the array", () => {
    const bytes = listpackOf(["a"]);
    expect(validateListpack(bytes, 0, bytes.length + 1, true)).toBe(false);
    expect(validateListpack(bytes, -1, bytes.length, true)).toBe(false);
  });

  test("never reads outside, and what it accepts can be used", () => {
    const prng = new Prng(77);
    const seeds = [["a", "1", "hello"], ["x".repeat(70), "-5000", "70000"], [String(2 ** 40), "y".repeat(130)], []];
    let accepted = 0;
    for (let round = 0; round < 2500; round++) {
      const bytes = listpackOf(seeds[prng.below(seeds.length)]);
      for (let change = prng.below(4); change >= 0; change--) {
        // The header is left alone mostly: what it refuses is refused at once.
        const from = prng.below(8) === 0 ? 0 : 6;
        const at = Math.min(from + prng.below(bytes.length - from), bytes.length - 1);
        bytes[at] = prng.below(3) === 0 ? 0xe0 + prng.below(32) : prng.below(256);
      }
      if (isValid(bytes)) {
        accepted++;
        use(bytes);
      }
    }
    expect(accepted).toBeGreaterThan(100);
  });

  test("bytes at random are refused or can be used", () => {
    const prng = new Prng(78);
    for (let round = 0; round < 2500; round++) {
      const length = 7 + prng.below(20);
      const bytes = Uint8Array.from({ length }, () => prng.below(256));
      bytes.set([length, 0, 0, 0, 0xff, 0xff]);
      bytes[length - 1] = 0xff;
      // Short elements, so that some get through.
      for (let at = 6; at + 2 < length; at += 2) if (prng.below(8) > 0) bytes.set([prng.below(128), 1], at);
      if (isValid(bytes)) use(bytes);
    }
  });
});

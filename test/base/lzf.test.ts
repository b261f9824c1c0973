import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LzfCompressor, lzfDecompress } from "../../src/base/lzf.ts";
import { Prng } from "../../src/base/prng.ts";

const AROUND = 5;
const MARK = 0xa5;

/** Compresses with bytes around source and room, and sees to it that those of the room stay as they are. */
function compress(compressor: LzfCompressor, bytes: Uint8Array, maxBytes: number): Uint8Array | null {
  const source = new Uint8Array(bytes.length + 2 * AROUND).fill(bytes[0] ?? 0);
  source.set(bytes, AROUND);
  const room = new Uint8Array(maxBytes + 2 * AROUND).fill(MARK);
  const length = compressor.compress(source, AROUND, bytes.length, room, AROUND, maxBytes);
  expect(length).toBeLessThanOrEqual(maxBytes);
  expectMarks(room, maxBytes);
  return length === 0 ? null : room.slice(AROUND, AROUND + length);
}

function decompress(bytes: Uint8Array, maxBytes: number): Uint8Array | null {
  const source = new Uint8Array(bytes.length + 2 * AROUND).fill(MARK);
  source.set(bytes, AROUND);
  const room = new Uint8Array(maxBytes + 2 * AROUND).fill(MARK);
  const length = lzfDecompress(source, AROUND, bytes.length, room, AROUND, maxBytes);
  expectMarks(room, maxBytes);
  return length < 0 ? null : room.slice(AROUND, AROUND + length);
}

function expectMarks(room: Uint8Array, maxBytes: number): void {
  expect(room.subarray(0, AROUND).every((byte) => byte === MARK)).toBe(true);
  expect(room.subarray(AROUND + maxBytes).every((byte) => byte === MARK)).toBe(true);
}

/** What bytes take that do not compress at all. */
function worstBytes(length: number): number {
  return length + Math.ceil(length / 32);
}

function drawBytes(prng: Prng, length: number, alphabet: number): Uint8Array {
  return Uint8Array.from({ length }, () => prng.below(alphabet));
}

describe("LZF", () => {
  test("whatever is compressed comes back, one compressor for all", () => {
    const compressor = new LzfCompressor();
    fc.assert(
      fc.property(
        fc.integer(),
        fc.constantFrom(0, 1, 2, 3, 4, 31, 32, 33, 64, 65, 263, 264, 265, 266, 300, 8191, 8192, 8193, 20_000),
        fc.constantFrom(1, 2, 3, 5, 20, 256),
        (seed, length, alphabet) => {
          const bytes = drawBytes(new Prng(seed), length, alphabet);
          const packed = compress(compressor, bytes, worstBytes(length));
          if (length === 0) {
            expect(packed).toBeNull();
            return;
          }
          expect(packed).not.toBeNull();
          expect(Buffer.compare(decompress(packed as Uint8Array, length) as Uint8Array, bytes)).toBe(0);
          // One byte of room less than it takes, and one less than it holds.
          expect(compress(compressor, bytes, (packed as Uint8Array).length - 1)).toBeNull();
          expect(decompress(packed as Uint8Array, length - 1)).toBeNull();
        },
      ),
      { numRuns: 150, seed: 12 },
    );
  });

  test("repetitions at any distance", () => {
    const compressor = new LzfCompressor();
    const prng = new Prng(13);
    const word = drawBytes(prng, 40, 256);
    for (const distance of [40, 41, 500, 4095, 4096, 4097, 8190, 8191, 8192, 8193, 9000]) {
      const bytes = drawBytes(prng, distance + 40, 256);
      bytes.set(word, 0);
      bytes.set(word, distance);
      const packed = compress(compressor, bytes, worstBytes(bytes.length)) as Uint8Array;
      expect(Buffer.compare(decompress(packed, bytes.length) as Uint8Array, bytes)).toBe(0);
    }
  });

  test("a run takes three bytes in 264", () => {
    const packed = compress(new LzfCompressor(), new Uint8Array(100_000).fill(7), 2000) as Uint8Array;
    expect(packed.length).toBeLessThan(1200);
    const plain = decompress(packed, 100_000) as Uint8Array;
    expect([plain.length, plain.every((byte) => byte === 7)]).toEqual([100_000, true]);
  });

  test("text becomes much shorter", () => {
    const text = Buffer.from("user:1000 name:Maria city:Lisboa;user:1001 name:Mario city:Lima;".repeat(30));
    const packed = compress(new LzfCompressor(), text, text.length) as Uint8Array;
    expect(packed.length).toBeLessThan(text.length / 8);
  });

  test("the same bytes are compressed the same, whatever went before", () => {
    const bytes = drawBytes(new Prng(14), 3000, 5);
    const compressor = new LzfCompressor();
    const first = compress(compressor, bytes, 4000);
    for (let i = 0; i < 20; i++) compress(compressor, drawBytes(new Prng(i), 2000, 5), 4000);
    expect(compress(compressor, bytes, 4000)).toEqual(first);
  });

  test.each([
    ["bytes as they are", "02616263", "616263"],
    ["a short match", "0061 2000", "61616161"],
    ["a long match", "0061 e00000", "61616161616161616161"],
    ["a match at a distance", "03 61626364 2002", "61626364626364"],
    ["nothing", "", ""],
  ])("reads %s", (_, packed, plain) => {
    const bytes = Uint8Array.from(Buffer.from(packed.replaceAll(" ", ""), "hex"));
    expect(decompress(bytes, 100)).toEqual(Uint8Array.from(Buffer.from(plain, "hex")));
  });

  test.each([
    ["literals cut off", "0261"],
    ["a match without its offset", "006120"],
    ["a long match without its length", "0061e0"],
    ["a long match without its offset", "0061e000"],
    ["a match before the beginning", "00612001"],
    ["a match far before the beginning", "00613fff"],
  ])("refuses %s", (_, packed) => {
    expect(decompress(Uint8Array.from(Buffer.from(packed, "hex")), 100)).toBeNull();
  });

  test("bytes at random neither throw nor write outside of the room", () => {
    const prng = new Prng(15);
    for (let round = 0; round < 5000; round++) {
      const bytes = drawBytes(prng, prng.below(40), 256);
      // Mostly literals in the beginning, so that there is something to refer to.
      if (bytes.length > 4) bytes[0] = prng.below(4);
      decompress(bytes, prng.below(300));
    }
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KeyedHash } from "../../src/base/keyed-hash.ts";

/**
 * The plain twin: HalfSipHash-c-d with 64-bit output, word by word as its authors describe it, rounds configurable.
 * It is checked against the published vectors, which exist for 2-4; the fast one is then checked against it.
 */
function halfSipHash(c: number, d: number, key: Uint8Array, input: Uint8Array): [first: number, second: number] {
  const words = new Uint32Array(4);
  const rotate = (x: number, by: number) => (x << by) | (x >>> (32 - by));
  const rounds = (count: number) => {
    for (let i = 0; i < count; i++) {
      words[0] += words[1];
      words[1] = rotate(words[1], 5) ^ words[0];
      words[0] = rotate(words[0], 16);
      words[2] += words[3];
      words[3] = rotate(words[3], 8) ^ words[2];
      words[0] += words[3];
      words[3] = rotate(words[3], 7) ^ words[0];
      words[2] += words[1];
      words[1] = rotate(words[1], 13) ^ words[2];
      words[2] = rotate(words[2], 16);
    }
  };
  const keyView = new DataView(key.buffer, key.byteOffset, 8);
  const k0 = keyView.getUint32(0, true);
  const k1 = keyView.getUint32(4, true);
  words.set([k0, k1 ^ 0xee, k0 ^ 0x6c796765, k1 ^ 0x74656462]);

  const padded = new Uint8Array((input.length & ~3) + 4);
  padded.set(input);
  padded[padded.length - 1] = input.length & 0xff;
  const message = new DataView(padded.buffer);
  for (let at = 0; at < padded.length; at += 4) {
    const word = message.getUint32(at, true);
    words[3] ^= word;
    rounds(c);
    words[0] ^= word;
  }
  words[2] ^= 0xee;
  rounds(d);
  const first = words[1] ^ words[3];
  words[1] ^= 0xdd;
  rounds(d);
  return [first | 0, (words[1] ^ words[3]) | 0];
}

/** Published with the reference implementation: HalfSipHash-2-4-64, key 00…07, input 00 01 … of length = index. */
const VECTORS_2_4_64 = `
  218d1f59b9b83cc8 be552412f8387315 064f39ef7c50eb57 ce0f1a45f7060679 d5e78a175be52ea1 cb9d7c3f2f3db580
  ce3e91358aa2bc25 ff202728b07bc684 edfee820bce4858c 5b51cccc13888307 95b0469f06a6f2ee ae26333994ddcd48
  7bc71f9faef5c799 5a2352d75a0c3744 3bb1a870eae8e658 217d0bcb4e81c902 7336aad25f7bf3b5 37adc0641c4c4f6a
  c9b2db2b9a3e42f9 f910e48020ab363c 1bf52b0a6feea7db 00741dc269e8b3ef e20103fa1ba776ef 4c2210e54b681d73
  70741045ae3fa6f1 0c86403739714038 0d899ed8112923f0 226bf5fab81ee1b8 2d925ffb1e0016b5 361958d52cee10f1
  291aaf864898179d 863c7f155c34117c 28709d46d811626c 248477681d28f89c 8324e4d7528f9830 f9efd4e13aea6bd8
  86d67a40ec4276dc 3f6292eccca97e35 cbd92ee724d42109 368df6808d403d79 5b38c81c67c8ae4c 95ab7189d439acb3
  a91a52c025327024 5b0087c69528acea 1e30f3ad27dcb15a 697f5c9a90324ed4 495c0f995557dc38 9427202a3c29f94d
  a9eaa8c04ba93e3e eea4c1737d011218 912d568fd8f65a49 56919596b0ff5c97 02445a7998f550e1 86ec466ce71d1fb2
  359569e7d289e3bc 871b05ca62bb7c96 a1a492f942f15f1d 12ec267ff6095b6e 5d1b5ea1b231d89d d8cfb4453f92ee54
  d6762890bf26e460 313563a4b7ed5cf3 f90b3ab572d46693 2ea63c71bf326087`
  .trim()
  .split(/\s+/);

const littleEndianHex = (words: readonly number[]) =>
  words
    .flatMap((word) => [word, word >>> 8, word >>> 16, word >>> 24])
    .map((byte) => (byte & 0xff).toString(16).padStart(2, "0"))
    .join("");

const keyBytes = (k0: number, k1: number) => new Uint8Array(new Int32Array([k0, k1]).buffer);

describe("keyed hash", () => {
  test("the twin reproduces the published vectors", () => {
    const key = Uint8Array.from({ length: 8 }, (_, i) => i);
    expect(VECTORS_2_4_64).toHaveLength(64);
    for (const [length, vector] of VECTORS_2_4_64.entries()) {
      const input = Uint8Array.from({ length }, (_, i) => i);
      expect(littleEndianHex(halfSipHash(2, 4, key, input))).toBe(vector);
    }
  });

  test("equals the twin for any key, bytes and offset", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer(),
        fc.uint8Array({ maxLength: 300 }),
        fc.nat({ max: 7 }),
        (k0, k1, input, offset) => {
          const padded = new Uint8Array(input.length + offset + 5).fill(0xa5);
          padded.set(input, offset);
          const hash = new KeyedHash(k0, k1);
          hash.hash(padded, offset, input.length);
          expect([hash.lo, hash.hi]).toEqual(halfSipHash(1, 3, keyBytes(k0, k1), input));
        },
      ),
      { numRuns: 2000, seed: 1 },
    );
  });

  test("goes from array to array, and takes views that begin within a buffer", () => {
    const buffer = Uint8Array.from({ length: 64 }, (_, i) => i * 5).buffer;
    const key = keyBytes(7, -9);
    const hash = new KeyedHash(7, -9);
    for (const [offset, start, length] of [
      [0, 0, 16],
      [3, 2, 17],
      [8, 0, 3],
      [3, 2, 17],
    ]) {
      const want = halfSipHash(1, 3, key, new Uint8Array(buffer, offset + start, length));
      hash.hash(new Uint8Array(buffer, offset), start, length);
      expect([hash.lo, hash.hi]).toEqual(want);
      hash.hashView(new DataView(buffer, offset), start, length);
      expect([hash.lo, hash.hi]).toEqual(want);
    }
  });

  test("words are int32 and depend on the key", () => {
    const input = new Uint8Array(16);
    const one = new KeyedHash(0x9e3779b9, 0xffffffff);
    const other = new KeyedHash(0x9e3779b9, 0xfffffffe);
    one.hash(input, 0, 16);
    other.hash(input, 0, 16);
    expect([one.hi, one.lo]).toEqual([one.hi | 0, one.lo | 0]);
    expect([one.hi, one.lo]).not.toEqual([other.hi, other.lo]);
  });

  test("flipping any input bit flips each output bit about half of the time", () => {
    const hash = new KeyedHash(0x01234567, 0x76543210);
    const flips = new Int32Array(64);
    let trials = 0;
    for (let sample = 0; sample < 400; sample++) {
      const input = Uint8Array.from({ length: 12 }, (_, i) => (sample * 167 + i * 31) & 0xff);
      hash.hash(input, 0, 12);
      const { hi, lo } = hash;
      for (let bit = 0; bit < 96; bit++) {
        input[bit >> 3] ^= 1 << (bit & 7);
        hash.hash(input, 0, 12);
        input[bit >> 3] ^= 1 << (bit & 7);
        for (let out = 0; out < 32; out++) {
          flips[out] += ((hash.hi ^ hi) >>> out) & 1;
          flips[out + 32] += ((hash.lo ^ lo) >>> out) & 1;
        }
        trials++;
      }
    }
    for (const count of flips) expect(Math.abs(count / trials - 0.5)).toBeLessThan(0.02);
  });

  test("sequential keys spread evenly over the top bits of hi, over lo, and never collide in 64 bits", () => {
    const hash = new KeyedHash(0x0badcafe, 0x5eed5eed);
    const buckets = 1024;
    const byHi = new Int32Array(buckets);
    const byLo = new Int32Array(buckets);
    const seen = new Set<string>();
    const count = 65536;
    const input = new Uint8Array(16);
    for (let i = 0; i < count; i++) {
      const text = `key:${String(i).padStart(12, "0")}`;
      for (let j = 0; j < 16; j++) input[j] = text.charCodeAt(j);
      hash.hash(input, 0, 16);
      byHi[hash.hi >>> 22]++;
      byLo[hash.lo & (buckets - 1)]++;
      seen.add(`${hash.hi},${hash.lo}`);
    }
    expect(seen.size).toBe(count);
    // Chi-square with 1023 degrees of freedom: mean 1023, standard deviation 45.
    for (const counts of [byHi, byLo]) {
      const expected = count / buckets;
      const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
      expect(Math.abs(chiSquare - 1023)).toBeLessThan(5 * 45);
    }
  });
});

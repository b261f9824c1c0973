import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { SHA1_BYTES, sha1Of, startSha1 } from "../../src/base/sha1.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("FIPS 180-4: the hash of abc", () => {
  const hash = sha1Of(new Uint8Array([0x61, 0x62, 0x63]));
  expect(hash).toHaveLength(SHA1_BYTES);
  expect(hex(hash)).toBe("a9993e364706816aba3e25717850c26c9cd0d89d");
});

test("in one go and in pieces it is what the system's library says", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 5 }), (pieces) => {
      const whole = Buffer.concat(pieces);
      const running = startSha1();
      for (const piece of pieces) running.update(piece);
      const expected = createHash("sha1").update(whole).digest("hex");
      expect(hex(running.digest())).toBe(expected);
      expect(hex(sha1Of(whole))).toBe(expected);
    }),
    { numRuns: 200, seed: 1 },
  );
});

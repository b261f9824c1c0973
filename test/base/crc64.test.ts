import { expect, test } from "vitest";
import { Crc64 } from "../../src/base/crc64.ts";

test("the known sum, however the bytes are cut", () => {
  const bytes = new TextEncoder().encode("123456789");
  for (let cut = 0; cut <= bytes.length; cut++) {
    const sum = new Crc64();
    sum.update(bytes, 0, cut);
    sum.update(bytes, cut, bytes.length);
    expect([sum.high >>> 0, sum.low >>> 0]).toEqual([0xe9c6d914, 0xc4b8d9ca]);
  }
});

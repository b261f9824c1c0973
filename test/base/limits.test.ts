import { describe, expect, test } from "vitest";
import { AssertionError, assert, unreachable } from "../../src/base/assert.ts";
import * as limits from "../../src/base/limits.ts";

const INT32_MAX = 2 ** 31 - 1;

describe("limits", () => {
  test("are whole numbers, and lengths fit an int32", () => {
    for (const [name, value] of Object.entries(limits)) {
      for (const number of typeof value === "number" ? [value] : Object.values(value)) {
        expect(Number.isSafeInteger(number), name).toBe(true);
        expect(number, name).toBeGreaterThanOrEqual(0);
        if (name !== "TIME_MS_MAX") expect(number, name).toBeLessThanOrEqual(INT32_MAX);
      }
    }
  });

  test("every default lies within its range", () => {
    const all = new Map<string, unknown>(Object.entries(limits));
    for (const [name, value] of all) {
      const stem = name.replace(/_DEFAULT$/, "");
      if (stem === name || typeof value !== "number") continue;
      expect(value, name).toBeGreaterThanOrEqual(Number(all.get(`${stem}_MIN`) ?? 0));
      expect(value, name).toBeLessThanOrEqual(Number(all.get(`${stem}_MAX`) ?? INT32_MAX));
    }
  });

  test("hang together", () => {
    const l = limits;
    // A stranger gets less than a client, and room for AUTH with a user and HELLO with all its options.
    expect(l.UNAUTHENTICATED_ARGUMENTS_MAX).toBeLessThan(l.MULTIBULK_ARGUMENTS_MAX);
    expect(l.UNAUTHENTICATED_BULK_BYTES_MAX).toBeLessThan(l.BULK_BYTES_MIN);
    expect(l.UNAUTHENTICATED_ARGUMENTS_MAX).toBeGreaterThanOrEqual(7);
    // A request within the bulk limit must not trip over the query buffer's.
    expect(l.QUERY_BUFFER_BYTES_DEFAULT).toBeGreaterThanOrEqual(l.BULK_BYTES_DEFAULT + l.INLINE_BYTES_MAX);
    expect(l.QUERY_BUFFER_BYTES_MIN).toBeGreaterThanOrEqual(l.INLINE_BYTES_MAX + l.BIG_ARGUMENT_BYTES);
    expect(l.BIG_ARGUMENT_BYTES).toBeLessThan(l.INLINE_BYTES_MAX);
    // Any line of the protocol that carries a number fits a line.
    expect(l.INT64_TEXT_BYTES_MAX).toBeLessThan(l.INLINE_BYTES_MAX);
    expect(l.DOUBLE_TEXT_WRITTEN_BYTES_MAX).toBeLessThan(l.DOUBLE_TEXT_BYTES_MAX);
    expect(l.DOUBLE_TEXT_BYTES_MAX).toBeLessThan(l.OUTPUT_UNLIMITED_BYTES);
    for (const limit of [l.OUTPUT_LIMIT_REPLICA, l.OUTPUT_LIMIT_PUBSUB]) {
      expect(limit.softBytes).toBeLessThan(limit.hardBytes);
      expect(limit.softBytes).toBeGreaterThan(l.OUTPUT_UNLIMITED_BYTES);
      expect(limit.softSeconds).toBeGreaterThan(0);
    }
    // What every client may leave unread passes no int32.
    expect(l.CLIENTS_DEFAULT * l.OUTPUT_UNLIMITED_BYTES).toBeLessThan(INT32_MAX);
  });
});

describe("assertions", () => {
  test("throw their own error, and only when the condition does not hold", () => {
    assert(true, "holds");
    expect(() => assert(false, "the queue is empty")).toThrow(AssertionError);
    expect(() => assert(false, "the queue is empty")).toThrow("assertion failed: the queue is empty");
    expect(() => unreachable("no such kind")).toThrow(AssertionError);
  });
});

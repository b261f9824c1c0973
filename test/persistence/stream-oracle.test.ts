/** Streams made here and by a real Redis with the same commands: the same bytes, and read from bytes that come by and by. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Prng } from "../../src/base/prng.ts";
import { RdbInput } from "../../src/persistence/rdb-input.ts";
import { RdbValueReader, READ_MORE, READ_SHORT } from "../../src/persistence/rdb-value-reader.ts";
import { type Call, Oracle, show } from "../commands/generic-oracle.ts";
import { LocalServer } from "../commands/generic-server.ts";
import { missingOracle } from "../oracle.ts";
import { valueCalls } from "./values.ts";

const streams = [...valueCalls()].filter(([key]) => key.startsWith("stream:"));
/** When something was seen or delivered is told by the clock. */
const timeless = streams.filter(([key]) => key !== "stream:groups");
/** Behind the value. */
const FOOTER_BYTES = 10;

describe.skipIf(missingOracle() !== undefined)("made by the same commands", () => {
  let oracle: Oracle;
  let local: LocalServer;
  beforeAll(async () => {
    oracle = await Oracle.start("--rdbcompression", "no");
    local = new LocalServer();
    local.call("CONFIG", "SET", "rdbcompression", "no");
  });
  afterAll(() => oracle?.stop());

  /** Replies of both to the same calls are the same. */
  async function expectSame(calls: Call[]): Promise<void> {
    const theirs = await oracle.batch(calls);
    for (const [index, call] of calls.entries()) {
      const ours = show(local.client.ask(...call));
      if (ours !== show(theirs[index])) expect([call.join(" "), ours]).toEqual([call.join(" "), show(theirs[index])]);
    }
  }

  test.each(timeless)("%s is the same to the last byte", async (key, calls) => {
    await expectSame([...calls, ["DUMP", key]]);
  });

  test.each([
    [1, "4096", "100"],
    [2, "200", "0"],
    [3, "0", "7"],
    [4, "1", "3"],
    [5, "700", "1"],
  ])("so is what random commands make (seed %i)", async (seed, bytesMax, entriesMax) => {
    const random = new Prng(seed, 3);
    const calls: Call[] = [
      ["DEL", "s"],
      ["CONFIG", "SET", "stream-node-max-bytes", bytesMax],
      ["CONFIG", "SET", "stream-node-max-entries", entriesMax],
    ];
    const ids: string[] = [];
    let ms = 0;
    for (let count = 0; count < 500; count++) {
      const kind = random.below(20);
      if (kind < 16) {
        // Far apart at times: seconds, days, ages.
        ms += random.below(2) * 2 ** random.below(40);
        const id = `${ms}-${count * (random.below(8) === 0 ? 4294967296 : 1)}`;
        calls.push(["XADD", "s", id, ...fields(random)]);
        ids.push(id);
      } else if (kind < 19) {
        calls.push(["XDEL", "s", ...Array.from({ length: 4 }, () => ids[random.below(ids.length + 1)] ?? "1-1")]);
      } else {
        calls.push(["XTRIM", "s", "MAXLEN", random.below(2) === 0 ? "~" : "=", String(200 + random.below(300))]);
      }
      if (count % 25 === 0) calls.push(["DUMP", "s"], ["XINFO", "STREAM", "s"]);
    }
    await expectSame([...calls, ["DUMP", "s"], ["XRANGE", "s", "-", "+"], ["XREVRANGE", "s", "+", "-"]]);
    local.check();
  });
});

function fields(random: Prng): string[] {
  const value = (): string =>
    random.below(3) === 0
      ? String(random.below(100_000) - 50_000)
      : "v".repeat(random.below(random.below(20) === 0 ? 700 : 20));
  if (random.below(4) > 0) return ["name", value(), "17", value()];
  return Array.from({ length: 2 + 2 * random.below(4) }, value);
}

describe("read from bytes that come by and by", () => {
  const local = new LocalServer();
  for (const [, calls] of streams) for (const call of calls) local.call(...(call as string[]));

  test.each(streams.map(([key]) => key))("%s", (key) => {
    const { keyspace } = local.server;
    const dump = Buffer.from(local.call("DUMP", key) as string, "latin1");
    const random = new Prng(dump.length, 5);
    const reader = new RdbValueReader(keyspace);
    const input = new RdbInput();
    expect(reader.begin(dump[0])).toBe(true);
    let at = 1;
    let result = READ_SHORT;
    while (result === READ_SHORT || result === READ_MORE) {
      if (result === READ_SHORT) {
        const end = Math.min(at + 1 + random.below(random.below(2) === 0 ? 40 : 4000), dump.length - FOOTER_BYTES);
        input.append(new Uint8Array(dump.subarray(at, end)), 0, end - at);
        at = end;
        if (end === dump.length - FOOTER_BYTES) input.complete();
      }
      result = reader.step(input, 1 + random.below(100));
    }
    const name = Buffer.from("copy");
    const handle = keyspace.openWrite(keyspace.databases[0], name, 0, name.length);
    reader.store(handle, 0);
    handle.close(null, 1);
    expect(local.call("DUMP", "copy")).toBe(dump.toString("latin1"));
    // What is cut off is given up.
    const half = new RdbInput().open(new Uint8Array(dump), 1, dump.length >> 1);
    expect(reader.begin(dump[0])).toBe(true);
    for (result = READ_MORE; result === READ_MORE; ) result = reader.step(half, 50);
    local.call("DEL", "copy");
  });

  test("and nothing is left of it", () => {
    local.call("FLUSHALL");
    while (local.server.keyspace.lazyFree.step());
    local.check();
    expect(local.server.keyspace.databases[0].entryBytes).toBe(0);
    expect(local.server.keyspace.lazyFree.pendingBytes).toBe(0);
  });
});
